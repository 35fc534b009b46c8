"""Changes of level with their owners, and the verdicts on releases, of one app in one store. Pure.

Days that were not collected take no part in either: the few reviews that came through are no sample of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from models.ratings.attribution import EVENT_KINDS, Candidate, OwnedChange, attribute, holes_of
from models.ratings.changepoints import near_releases, review_changes
from models.ratings.counts import ReviewCounts, Span, date_of, day_number
from models.ratings.release_impact import Event, Impact, Release, release_impact
from models.ratings.release_watch import WatchDay
from models.ratings.series import SeriesEvent, Snapshot
from models.ratings.turning_points import displayed_changes
from models.ratings.verdict_history import last_looks
from models.ratings.verdicts import candidates, control_false_discoveries
from warehouse.analysis import Gap

MATERIAL = 0.1
"""Days on which this part of an app's reviews is missing are not watched; less hides no alarm, and its
return makes none."""


def unwatched(gaps: Sequence[Gap]) -> list[Span]:
    """The days that are neither judged nor learned from: what was missing would have been MATERIAL.

    The places that were missing on a day count together, each by its share of the app's reviews before; a
    place whose share nobody knows counts as all.
    """
    missing: dict[int, dict[str, float]] = defaultdict(dict)
    for gap in gaps:
        share = 1.0 if gap.share is None else gap.share
        # What ends at midnight ends with the day before.
        last = (gap.until - timedelta(microseconds=1)).date()
        for day in range(day_number(gap.since.date()), day_number(last) + 1):
            missing[day][gap.place] = max(share, missing[day].get(gap.place, 0.0))
    days = [date_of(day) for day, shares in sorted(missing.items()) if sum(shares.values()) >= MATERIAL]
    return [Span(day, day) for day in days]


def collected(counts: ReviewCounts, missing: Sequence[Span]) -> ReviewCounts:
    """The counts without the days of a hole: the few that came through are no sample of them."""
    if not missing:
        return counts
    days = np.array([day_number(day.first) for day in missing])
    return counts.where(~np.isin(counts.day, days))


def owned_changes(
    counts: ReviewCounts,
    snapshots: Sequence[Snapshot],
    releases: Sequence[Release],
    events: Sequence[SeriesEvent],
    looks: Sequence[WatchDay],
    missing: Sequence[Span],
) -> list[OwnedChange]:
    """Changes of series A and B, oldest first, each with its owner; `counts` are without `missing` days."""
    changes = [*displayed_changes(snapshots), *review_changes(counts)]
    named = near_releases(changes, [(r.version, r.released_on) for r in releases])
    of_store = [
        Candidate(
            "reset" if e.kind == "reset" else "reweighted", e.label, e.at.date(), (e.until or e.at).date()
        )
        for e in events
        if e.kind in ("reset", "reweighted")
    ]
    known = candidates(releases, _noted(events), _by_version(looks))
    return attribute(named, [*known, *of_store], counts, holes_of(missing))


def _by_version(looks: Sequence[WatchDay]) -> dict[str, tuple[float, float]]:
    """What the reviews that name a version say: likelihood ratios for a fall and for a rise."""
    said = {}
    for look in last_looks(looks):
        e = look.evidence_by_version
        if e is not None:
            # The other direction has no more, and what speaks for one speaks against the other.
            other = min(e, 1 / max(e, 1e-9))
            said[look.release_version] = (e, other) if look.direction == "worse" else (other, e)
    return said


def _noted(events: Sequence[SeriesEvent]) -> list[Event]:
    """What somebody noted that may move what people write."""
    return [
        Event(e.kind, e.at.date(), (e.until or e.at).date(), e.label) for e in events if e.kind in EVENT_KINDS
    ]


def judged_releases(
    counts: ReviewCounts,
    releases: Sequence[Release],
    topics: Sequence[str],
    events: Sequence[SeriesEvent],
    changes: Sequence[OwnedChange],
    missing: Sequence[Span],
) -> list[Impact]:
    """What is said of every release and measure; `counts` are without `missing` days."""
    beside = [
        Event(e.kind, e.at.date(), (e.until or e.at).date(), e.label, e.place, e.value_before, e.value_after)
        for e in events
        # How a store weighs ratings does not touch what people write.
        if e.kind not in ("release", "reweighted", "reweights_often")
    ]
    ours = [c for c in changes if c.change.series == "B"]
    found = release_impact(counts, releases, topics, beside)
    return control_false_discoveries(found, ours, missing)


def owner_columns(owned: OwnedChange) -> dict[str, object]:
    """Whose a change is, and the hole it may lie in, as the columns hold it."""
    owner, hole = owned.owner, owned.hole
    return {
        "owner_kind": owner and owner.kind, "owner": owner and owner.label, "owner_chance": owned.chance,
        "hole_from": hole and hole.first, "hole_until": hole and hole.last,
    }  # fmt: skip


def beside_columns(impact: Impact) -> dict[str, object]:
    """What else lies in the windows of a release, as the columns hold it."""
    fields = ("kind", "label", "place", "value_before", "value_after")
    events = [{f: getattr(event, f) for f in fields} for event in impact.confounders]
    return {"overlapping_releases": impact.overlaps, "confounding_events": events}
