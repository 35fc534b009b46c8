"""Verdicts of releases in words and signs (verdicts.html). Pure: rows in, words and escaped markup out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence

from markupsafe import Markup

from dashboard.components import html
from dashboard.components.headlines import event_words, measured, with_interval
from dashboard.components.html import Cell, piece
from dashboard.i18n import NOTHING, Text
from dashboard.rows.analysis import AuditFigure, ReleaseImpact
from dashboard.sanitize import plain, short

TEMPLATE = "views/releases/verdicts.html"
VERDICTS = ("better", "worse", "no_clear_change", "too_few")
MEASURES = ("mean_stars", "share_one_star", "sentiment")
"""The measures that every release has; the others are of a topic each."""
# A verdict is told by its sign and its word; colour comes last.
_SIGNS = {"better": ("up", "▲"), "worse": ("down", "▼"), "no_clear_change": ("flat", "≈")}
WHYS = ("spans_zero", "not_beyond_usual", "explained", "hole")
"""What `no_clear_change` may mean."""


def tag(t: Text, verdict: str) -> Markup:
    """The verdict with its sign."""
    return html.verdict(*_SIGNS.get(verdict, ("unknown", "–")), t.named(f"verdict.{verdict}", verdict))


def why(t: Text, row: ReleaseImpact) -> str:
    """What `no_clear_change` means of a release; empty for other verdicts, and where an older publication
    does not say."""
    if row.why not in WHYS:
        return ""
    if row.why != "explained":
        return t(f"verdict.why_{row.why}")
    if row.explained_by is None:
        return t("verdict.why_explained_nobody", day=t.day(row.moved_on))
    return t("verdict.why_explained", day=t.day(row.moved_on), owner=short(plain(row.explained_by), 24))


def legend(t: Text, shown: Collection[str] = VERDICTS) -> Markup:
    """The verdicts that are shown, with their signs."""
    return piece(TEMPLATE, "legend", [tag(t, v) for v in VERDICTS if v in shown])


def effect(t: Text, row: ReleaseImpact) -> str:
    """The effect with its interval, in the unit of its measure."""
    if row.effect is None:
        return ""
    if not is_share(row):
        return with_interval(t, row.effect, row.low, row.high)
    return t("verdict.points", value=t.points(row.effect), low=t.points(row.low), high=t.points(row.high))


def is_share(row: ReleaseImpact) -> bool:
    """Whether a measure is a share of reviews; the others are means."""
    return row.measure == "share_one_star" or row.topic is not None


def measure_name(t: Text, row: ReleaseImpact, topics: Mapping[str, str]) -> str:
    """What is measured, by name; a measure that we do not know shows its key."""
    if row.topic is not None:
        return t("verdict.topic", topic=topics.get(row.topic, row.topic))
    return t(f"verdict.{row.measure}") if row.measure in MEASURES else plain(row.measure)


def release_name(t: Text, row: ReleaseImpact, *, with_store: bool) -> str:
    """A release as it is called on screen."""
    version = short(plain(row.release_version), 24)
    return f"{version} · {t.store(row.store)}" if with_store else version


def headline(t: Text, rows: Sequence[ReleaseImpact], *, with_store: bool, watched: str = "") -> str:
    """The release with the largest effect on the mean among those with a verdict, else what the watch said
    of one (`watched`), or that there is none."""
    clear = [r for r in rows if r.measure == "mean_stars" and r.verdict in ("better", "worse")]
    if not clear:
        return watched or t("releases.none_clear")
    most = max(clear, key=lambda r: abs(r.effect or 0))
    return sentence(t, most, with_store=with_store)


def sentence(t: Text, row: ReleaseImpact, *, with_store: bool) -> str:
    """One release and its effect on the mean, in a sentence that can be said aloud, and what it means."""
    said = t(
        f"releases.said_{row.verdict}",
        release=release_name(t, row, with_store=with_store),
        day=t.day(row.released_at),
        before=t.stars(row.value_before),
        after=t.stars(row.value_after),
        effect=effect(t, row),
        n_before=row.n_before,
        n_after=row.n_after,
    )
    means = why(t, row)
    return t("releases.meaning", said=said, why=means) if means else said


def counted(t: Text, rows: Sequence[ReleaseImpact]) -> str:
    """How many releases got which verdict on the mean."""
    count = Counter(r.verdict for r in rows if r.measure == "mean_stars")
    told = [t(f"releases.count_{v}", n=count[v]) for v in VERDICTS if count[v]]
    return t("releases.counted", n=count.total(), told=t.listed(told))


def caution(t: Text, audit: Sequence[AuditFigure]) -> str:
    """How often these verdicts are wrong where nothing happened, as measured on this data.

    Of dates with enough reviews for a verdict, where the audit tells: the others cannot be wrong.
    """
    for test, key in (("aa_release_judged", "audited_judged"), ("aa_release", "audited")):
        rows = [r for r in audit if r.test == test and r.effect in (None, 0)]
        named = [r for r in rows if r.measure == "mean_stars"] or rows
        if named:
            return t(f"releases.{key}", **measured(t, named))
    return t("releases.unaudited")


def beside(t: Text, row: ReleaseImpact) -> list[str]:
    """What else lies in the windows of a release: other releases, and events that somebody noted."""
    told = []
    if row.overlapping_releases:
        names = [short(plain(v), 24) for v in row.overlapping_releases]
        told.append(t("releases.overlaps", names=t.listed(names)))
    if row.confounding_events:
        named = [event_words(t, row.store, e) for e in row.confounding_events]
        told.append(t("releases.confounders", names=t.listed(named)))
    return told


def matrix(
    t: Text,
    rows: Sequence[ReleaseImpact],
    topics: Mapping[str, str],
    *,
    with_store: bool,
    notes: Callable[[ReleaseImpact], Sequence[str]] = lambda _: (),
) -> Markup:
    """The table of releases, the newest first: a verdict a measure, the topics that moved, and what else
    happened. `notes` tells what more there is to say of a verdict; empty ones are left out."""
    heads = [t("releases.head_release"), *(t(f"verdict.{m}") for m in MEASURES)]
    heads += [t("releases.head_topics"), t("releases.head_beside")]
    by_release: dict[tuple[str, str], dict[str, ReleaseImpact]] = {}
    for row in rows:
        by_release.setdefault((row.store, row.release_version), {})[row.measure] = row
    lines = sorted(by_release.values(), key=lambda m: next(iter(m.values())).released_at, reverse=True)
    return html.table(t("releases.caption"), heads, [_line(t, of, topics, with_store, notes) for of in lines])


def _line(
    t: Text,
    of: Mapping[str, ReleaseImpact],
    topics: Mapping[str, str],
    with_store: bool,
    notes: Callable[[ReleaseImpact], Sequence[str]],
) -> list[Cell]:
    first = next(iter(of.values()))
    moved = [r for r in of.values() if r.topic is not None and r.verdict in ("better", "worse")]
    said = [
        (tag(t, r.verdict), measure_name(t, r, topics), effect(t, r))
        for r in sorted(moved, key=lambda r: -abs(r.effect or 0))
    ]
    also = beside(t, first)
    return [
        html.two_lines(release_name(t, first, with_store=with_store), t.day(first.released_at)),
        *(_verdict(t, of[m], notes(of[m])) if m in of else NOTHING for m in MEASURES),
        piece(TEMPLATE, "topics", said) if said else NOTHING,
        html.lines(also) if also else NOTHING,
    ]


def _verdict(t: Text, row: ReleaseImpact, more: Sequence[str]) -> Markup:
    sides = t("verdict.sides", before=row.n_before, after=row.n_after)
    notes = [w for w in (why(t, row), *more) if w]
    return piece(TEMPLATE, "measure", tag(t, row.verdict), effect(t, row), sides, notes)
