"""What is said of a release: better, worse, no clear change and why, too few reviews to tell.

A verdict is of a change, and a change is somebody's once. The same fall stands in the windows of every
release around it, so tests of one measure that look at one change are copies of one test: they are one
cluster, with one p value (Simes), and false discoveries are controlled over clusters (Benjamini and Heller
2007). Of a cluster that is found, the owner of the change gets the verdict; the others say which change it
was that they saw. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from models.ratings.attribution import Candidate, OwnedChange, attribute, holes_of
from models.ratings.changepoints import ChangePoint, review_changes
from models.ratings.counts import MEAN_STARS, SENTIMENT, ReviewCounts, Span
from models.ratings.false_discoveries import q_values
from models.ratings.release_impact import Event, Impact, Release, Verdict, release_impact

FALSE_DISCOVERIES = 0.05
"""Of the changes that are said to be a release's in one measure, the share that may be none."""

SURE_OWNER = 0.75
"""The chance from which the test that dated a change is one of its owner's cluster. The owner's own test has
to say the same: without that, 13 % of lone fake releases were told (`benchmarks/level_steps.py`)."""

Evidence = Mapping[str, tuple[float, float]]
"""By version: the likelihood ratios of its own reviews for a fall and for a rise."""


def release_verdicts(
    counts: ReviewCounts,
    releases: Sequence[Release],
    topics: Sequence[str],
    events: Sequence[Event],
    changes: Sequence[OwnedChange] | None = None,
    holes: Sequence[Span] = (),
) -> list[Impact]:
    """One Impact with its verdict a release and measure, oldest release first.

    `changes` are those of series B with their owners; they are worked out, by days alone, where they are not
    given. `holes` were not collected: no verdict rests on the day of a release in one.
    """
    if changes is None:
        own = review_changes(counts) if releases and len(counts.day) else []
        changes = attribute(own, candidates(releases, events), counts, holes_of(holes))
    return control_false_discoveries(release_impact(counts, releases, topics, events), changes, holes)


def candidates(
    releases: Sequence[Release], events: Sequence[Event], evidence: Evidence | None = None
) -> list[Candidate]:
    """Releases and events as what may own a change."""
    known = evidence or {}
    return [
        *(
            Candidate("release", r.version, r.released_on, r.released_on, known.get(r.version, (1.0, 1.0)))
            for r in releases
        ),
        *(Candidate("event", e.label or e.kind, e.first, e.last) for e in events),
    ]


def control_false_discoveries(
    impacts: Sequence[Impact], changes: Sequence[OwnedChange] = (), holes: Sequence[Span] = ()
) -> list[Impact]:
    """q values and verdicts of the impacts of one app in one store, in their order.

    By families: each of the three measures of the whole, and all topics together.
    """
    families: dict[str, list[int]] = {}
    for i, impact in enumerate(impacts):
        if impact.p_value is not None:
            families.setdefault("topics" if impact.topic is not None else impact.measure, []).append(i)
    out = list(impacts)
    for members in families.values():
        clusters = [*_clusters(impacts, members, changes)]
        p_values = [_simes([*(impacts[i].p_value or 0.0 for i in c.members), *c.dated_by]) for c in clusters]
        for cluster, q in zip(clusters, q_values(p_values).tolist(), strict=True):
            for i in cluster.members:
                out[i] = _judged(impacts[i], q, cluster, i == cluster.owner, holes)
    return out


@dataclass(frozen=True, slots=True)
class _Cluster:
    """Impacts (by number) that look at one change: a dated one of the level, or one about a release."""

    members: tuple[int, ...]
    owner: int | None
    moved_on: date
    explained_by: str | None
    is_dated: bool
    dated_by: tuple[float, ...] = ()
    """The p value of the test that dated the level of this very measure: one test more of the same change."""


def _clusters(
    impacts: Sequence[Impact], members: Sequence[int], changes: Sequence[OwnedChange]
) -> Iterator[_Cluster]:
    of_change: dict[int, list[int]] = {}
    left = []
    for i in members:
        at = _change_seen(impacts[i], changes)
        if at is None:
            left.append(i)
        else:
            of_change.setdefault(at, []).append(i)
    for at, those in of_change.items():
        own = changes[at]
        name = own.owner.label if own.owner is not None else None
        is_release = own.owner is not None and own.owner.kind == "release"
        owner = next((i for i in those if is_release and impacts[i].release_version == name), None)
        # What is dated in series B is the mean of the stars.
        is_mean = own.change.series == "B" and impacts[those[0]].measure == MEAN_STARS
        p_value = own.change.p_value if is_mean and (own.chance or 0.0) >= SURE_OWNER else None
        dated_by = () if p_value is None else (p_value,)
        yield _Cluster(tuple(those), owner, own.change.changed_on, name, is_dated=True, dated_by=dated_by)
    # Where no level was dated: the clearest release, with those whose day lies in its windows, and so on.
    left.sort(key=lambda i: (impacts[i].p_value, impacts[i].released_at, impacts[i].release_version))
    # Copies are of one measure and go one way.
    alike: dict[tuple[str, bool], list[int]] = {}
    for i in left:
        alike.setdefault((impacts[i].measure, (impacts[i].effect or 0) > 0), []).append(i)
    for waiting in alike.values():
        while waiting:
            centre = impacts[waiting[0]]
            those = [i for i in waiting if centre.before_from <= impacts[i].released_at <= centre.after_until]
            yield _Cluster(tuple(those), those[0], centre.released_at, centre.release_version, is_dated=False)
            waiting[:] = [i for i in waiting if i not in those]


def _change_seen(impact: Impact, changes: Sequence[OwnedChange]) -> int | None:
    """The change of level that an impact of the whole looks at: it went the same way within the windows.

    Of several, the one that is likeliest the release's, else the nearest. Topics have changes of their own,
    which nobody dates.
    """
    if impact.topic is not None or not impact.effect:
        return None
    up = _is_up(impact)
    inside = [
        (-c.chances.get(impact.release_version, 0.0), _away(c.change, impact.released_at), at)
        for at, c in enumerate(changes)
        if (c.change.size > 0) == up and impact.before_from < c.change.changed_on <= impact.after_until
    ]
    return min(inside)[2] if inside else None


def _judged(impact: Impact, q: float, cluster: _Cluster, is_owner: bool, holes: Sequence[Span]) -> Impact:
    if not impact.effect or impact.low is None or impact.high is None or impact.low <= 0 <= impact.high:
        return replace(impact, q_value=q, verdict="no_clear_change", why="spans_zero")
    is_beyond = max(q, impact.p_value or 0.0) <= FALSE_DISCOVERIES
    # A level that was dated has passed a test of its own: it explains what the windows show.
    if not is_owner and (cluster.is_dated or is_beyond):
        return replace(
            impact, q_value=q, verdict="no_clear_change", why="explained", moved_on=cluster.moved_on,
            explained_by=cluster.explained_by,
        )  # fmt: skip
    if not is_beyond:
        return replace(impact, q_value=q, verdict="no_clear_change", why="not_beyond_usual")
    if any(h.first <= impact.released_at <= h.last for h in holes) and cluster.moved_on == impact.released_at:
        return replace(impact, q_value=q, verdict="no_clear_change", why="hole")
    verdict: Verdict = "better" if _is_up(impact) else "worse"
    return replace(impact, q_value=q, verdict=verdict, why=None)


def _is_up(impact: Impact) -> bool:
    """Whether an effect is for the better: fewer ones and fewer complaints are."""
    return ((impact.effect or 0) > 0) == (impact.measure in (MEAN_STARS, SENTIMENT))


def _away(change: ChangePoint, on: date) -> int:
    """Days from a day to the date interval of a change."""
    return max((change.low_on - on).days, (on - change.high_on).days, 0)


def _simes(p_values: Sequence[float]) -> float:
    """One p value of several tests that rise and fall together (Simes 1986): min of k p_(i) / i."""
    ordered = sorted(p_values)
    return min(1.0, min(len(ordered) * p / i for i, p in enumerate(ordered, start=1)))
