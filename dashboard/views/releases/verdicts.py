"""Verdicts of releases in words and signs. Pure: rows in, sentences and escaped markup out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from dashboard.i18n import Text
from dashboard.rows.changes import AuditFigure, ReleaseImpact
from dashboard.sanitize import markup, plain, short
from dashboard.views.rating.change_points import event_words

VERDICTS = ("better", "worse", "no_clear_change", "too_few")
MEASURES = ("mean_stars", "share_one_star", "sentiment")
"""The measures that every release has; the others are of a topic each."""
# A verdict is told by its sign and its word; colour comes last.
_SIGNS = {"better": ("▲", "hy-up"), "worse": ("▼", "hy-down"), "no_clear_change": ("≈", "hy-flat")}


def tag(t: Text, verdict: str) -> str:
    """The verdict with its sign."""
    sign, kind = _SIGNS.get(verdict, ("–", "hy-unknown"))
    return (
        f'<span class="hy-change {kind}"><span aria-hidden="true">{sign}</span> '
        f"{markup(t(f'verdict.{verdict}'))}</span>"
    )


def legend(t: Text) -> str:
    """All verdicts with their signs."""
    return f'<div class="hy-tags">{" ".join(tag(t, v) for v in VERDICTS)}</div>'


def effect(t: Text, row: ReleaseImpact) -> str:
    """The effect with its interval, in the unit of its measure."""
    if row.effect is None:
        return ""
    write = t.points if is_share(row) else t.signed
    unit = "verdict.points" if is_share(row) else "verdict.plain"
    return t(unit, value=write(row.effect), low=write(row.low), high=write(row.high))


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


def headline(t: Text, rows: Sequence[ReleaseImpact], *, with_store: bool) -> str:
    """The release with the largest effect on the mean among those with a verdict, or that there is none."""
    clear = [r for r in rows if r.measure == "mean_stars" and r.verdict in ("better", "worse")]
    if not clear:
        return t("releases.none_clear")
    most = max(clear, key=lambda r: abs(r.effect or 0))
    return sentence(t, most, with_store=with_store)


def sentence(t: Text, row: ReleaseImpact, *, with_store: bool) -> str:
    """One release and its effect on the mean, in a sentence that can be said aloud."""
    values = {
        "release": release_name(t, row, with_store=with_store),
        "day": t.day(row.released_at),
        "before": t.stars(row.value_before),
        "after": t.stars(row.value_after),
        "effect": effect(t, row),
        "n_before": t.number(row.n_before),
        "n_after": t.number(row.n_after),
    }
    return t(f"releases.said_{row.verdict}", **values)


def tally(t: Text, rows: Sequence[ReleaseImpact]) -> str:
    """How many releases got which verdict on the mean."""
    count = Counter(r.verdict for r in rows if r.measure == "mean_stars")
    told = [t(f"releases.count_{v}", n=t.number(count[v])) for v in VERDICTS if count[v]]
    return t("releases.tally", n=t.number(count.total()), told=t.listed(told))


def caution(t: Text, audit: Sequence[AuditFigure]) -> str:
    """How often these verdicts are wrong where nothing happened, as measured on this data."""
    rows = [r for r in audit if r.test == "aa_release" and r.effect in (None, 0)]
    named = [r for r in rows if r.measure == "mean_stars"] or rows
    if not named:
        return t("releases.unaudited")
    row = max(named, key=lambda r: r.trials)
    return t(
        "releases.audited", rate=t.percent(row.rate), low=t.percent(row.low),
        high=t.percent(row.high), trials=t.number(row.trials),
    )  # fmt: skip


def alarm_caution(t: Text, audit: Sequence[AuditFigure]) -> str:
    """How often an ordinary day raised an alarm when the past was replayed; empty where it was not."""
    rows = [r for r in audit if r.test == "anomaly_replay" and not r.effect]
    if not rows:
        return t("alarms.unaudited")
    row = max(rows, key=lambda r: r.trials)
    return t(
        "alarms.audited", rate=t.percent(row.rate), low=t.percent(row.low),
        high=t.percent(row.high), trials=t.number(row.trials),
    )  # fmt: skip


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
    t: Text, rows: Sequence[ReleaseImpact], topics: Mapping[str, str], *, with_store: bool
) -> tuple[list[str], list[list[str]]]:
    """Heads and cells (markup) of the table of releases, the newest first: a verdict a measure, the topics
    that moved, and what else happened."""
    heads = [t("releases.head_release"), *(t(f"verdict.{m}") for m in MEASURES)]
    heads += [t("releases.head_topics"), t("releases.head_beside")]
    by_release: dict[tuple[str, str], dict[str, ReleaseImpact]] = {}
    for row in rows:
        by_release.setdefault((row.store, row.release_version), {})[row.measure] = row
    lines = sorted(by_release.values(), key=lambda m: next(iter(m.values())).released_at, reverse=True)
    return heads, [_line(t, of, topics, with_store) for of in lines]


def _line(t: Text, of: Mapping[str, ReleaseImpact], topics: Mapping[str, str], with_store: bool) -> list[str]:
    first = next(iter(of.values()))
    name = (
        f"<b>{markup(release_name(t, first, with_store=with_store))}</b>"
        f'<br><span class="hy-note">{markup(t.day(first.released_at))}</span>'
    )
    moved = [r for r in of.values() if r.topic is not None and r.verdict in ("better", "worse")]
    said = "<br>".join(
        f"{tag(t, r.verdict)} {markup(measure_name(t, r, topics))} "
        f'<span class="hy-note">{markup(effect(t, r))}</span>'
        for r in sorted(moved, key=lambda r: -abs(r.effect or 0))
    )
    cells = [_verdict(t, of[m]) if m in of else "–" for m in MEASURES]
    return [name, *cells, said or "–", "<br>".join(map(markup, beside(t, first))) or "–"]


def _verdict(t: Text, row: ReleaseImpact) -> str:
    n = t("releases.sides", before=t.number(row.n_before), after=t.number(row.n_after))
    return (
        f"{tag(t, row.verdict)}<br>"
        f'<span class="hy-note">{markup(effect(t, row))}</span><br><span class="hy-note">{markup(n)}</span>'
    )
