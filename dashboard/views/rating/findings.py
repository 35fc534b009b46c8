"""What the Rating page finds, in sentences and titles. Pure: rows in, words out."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from dashboard.components import html
from dashboard.components.headlines import (
    Mean,
    change_numbers,
    difference,
    event_words,
    moved,
    stores_of,
)
from dashboard.components.legends import SMALL
from dashboard.i18n import NOTHING, Text
from dashboard.rows.analysis import ChangePoint, SeriesEvent
from dashboard.rows.reviews import DisplayedScore, RatingSpan, VersionRating
from dashboard.sanitize import plain, short

EDGE_DAYS = 30
"""The beginning and the end of a span are its first and last so many days, at most a half each."""
BY_STORE = ("reweighted", "reset")
"""What a store does to the score that it displays."""
OFTEN = "reweights_often"
"""No event but a property of a store's score, which is said once."""


def edge_days(days: int) -> int:
    """How many days the beginning and the end of a span of `days` have."""
    return max(1, min(EDGE_DAYS, days // 2))


def reviewed_sentence(t: Text, start: RatingSpan, end: RatingSpan, days: int) -> str:
    """Series B at the beginning and the end of the span; rows as `rating_span` gives them."""
    change = difference(end, start)
    if change.direction == "unknown":
        return t("finding.reviewed_unknown", days=days)
    sides = {"first": t.stars(start.mean), "last": t.stars(end.mean)}
    # An interval of a handful of reviews is formally right and says too much to a hurried reader.
    if min(start.n, end.n) < SMALL:
        return t("finding.reviewed_few", days=days, first_n=start.n, last_n=end.n, small=SMALL, **sides)
    reach = {"low": t.stars(end.low), "high": t.stars(end.high), "numbers": change_numbers(t, change)}
    return t(
        f"finding.reviewed_{change.direction}", days=days, first_n=start.n, last_n=end.n, **sides, **reach
    )


def sentiment_sentence(t: Text, span: RatingSpan) -> str:
    """Shares of negative, neutral and positive reviews, or why there are none."""
    outside = span.n_not_covered or 0
    if not span.n_classified:
        return t("finding.not_covered", n=outside) if outside else t("finding.unread")
    shares = {k: t.percent(n / span.n_classified) for k, n in span.by_sentiment().items()}
    said = t("finding.sentiment", n=span.n_classified, **shares)
    return said + t("finding.beside", n=outside) if outside else said


def over_time_title(t: Text, snapshots: Sequence[DisplayedScore], start: RatingSpan, end: RatingSpan) -> str:
    """From what to what the displayed scores and the mean review rating went; short, for a chart's title."""
    said = []
    for store in stores_of(snapshots):
        rows = [s for s in snapshots if s.store == store]
        first, last = (t.score(r.displayed_score) for r in (rows[0], rows[-1]))
        said.append(t("finding.over_displayed", store=t.store(store), first=first, last=last))
    if min(start.n, end.n) >= SMALL:
        said.append(t("finding.over_reviewed", first=t.stars(start.mean), last=t.stars(end.mean)))
    return t.listed(said) if said else t("finding.over_little")


def versions_title(t: Text, rows: Sequence[VersionRating]) -> str:
    """Which version stands out; rows as `rating_versions` gives them."""
    enough = [r for r in rows if r.n >= SMALL and r.version != "unknown"]
    if len(enough) < 2:
        return t("finding.versions_few", small=SMALL)
    best, worst = max(enough, key=lambda r: r.mean), min(enough, key=lambda r: r.mean)
    return t(
        "finding.versions_flat" if best.low <= worst.high else "finding.versions",
        best=t.version(best.version), high=t.stars(best.mean),
        worst=t.version(worst.version), low=t.stars(worst.mean),
    )  # fmt: skip


def without_version(t: Text, rows: Sequence[VersionRating]) -> str:
    """How many of the reviews name no version, and what they gave; rows as `rating_versions` gives them."""
    without, rated = [r for r in rows if r.version == "unknown"], sum(r.n for r in rows)
    n = sum(r.n for r in without)
    if not n:
        return ""
    mean = t.stars(sum(r.n * r.mean for r in without) / n)
    return t("source.without_version", share=t.percent(n / rated), n=n, mean=mean)


def stars_title(t: Text, span: RatingSpan, before: RatingSpan) -> str:
    """How many gave the worst and the best; rows as `rating_span` gives them."""
    if not span.n:
        return t("finding.stars_none")
    one, five = (t.percent(n / span.n) for n in (span.n_1, span.n_5))
    if before.n < SMALL:
        return t("finding.stars", one=one, five=five)
    was_one, was_five = (t.percent(n / before.n) for n in (before.n_1, before.n_5))
    return t("finding.stars_before", one=one, five=five, was_one=was_one, was_five=was_five)


def changes_headline(t: Text, rows: Sequence[ChangePoint]) -> str:
    """How many changes of level there are, and the largest of them."""
    if not rows:
        return t("changes.none")
    # A score that its store moved is no change of what people think.
    most = max(rows, key=lambda r: (r.due_to_kind not in BY_STORE, abs(r.size)))
    said = t("changes.headline", n=len(rows), most=change_sentence(t, most))
    hole = across(t, most)
    return t("changes.headline_hole", said=said, hole=hole) if hole else said


def change_sentence(t: Text, row: ChangePoint) -> str:
    """One change in words, without its intervals."""
    return moved(t, row.series, row.store, row.changed_on, row.value_before, row.value_after, row.due_to_kind)


def due(t: Text, row: ChangePoint) -> Markup:
    """To what a change is due, the nearest release, and the days without data that it may lie in."""
    words = [due_to(t, row), html.note(near(t, row)), html.note(across(t, row))]
    return html.lines([w for w in words if w and w != html.note("")])


def across(t: Text, row: ChangePoint) -> str:
    """That a change may lie in days that were not collected; empty where it does not."""
    if row.hole_from is None or row.hole_until is None:
        return ""
    return t("changes.hole", days=t.days(row.hole_from, row.hole_until))


def due_to(t: Text, row: ChangePoint) -> str:
    """To what a change is due, as far as anybody can tell."""
    if row.due_to_kind in BY_STORE:
        return t(f"changes.due_to_{row.due_to_kind}")
    if row.due_to is None:
        return t("changes.due_to_none") if row.series == "B" else NOTHING
    # Nothing that is worked out of reviews is certain.
    chance = None if row.due_to_chance is None else t.percent(min(row.due_to_chance, 0.99))
    name = short(plain(row.due_to), 24)
    return t(f"changes.due_to_{row.due_to_kind or 'release'}", name=name, chance=chance)


def near(t: Text, row: ChangePoint) -> str:
    """The nearest release as near in time, not as the cause."""
    if row.nearest_release is None:
        return t("changes.no_release")
    version, days = short(plain(row.nearest_release), 24), row.release_distance_days
    if days is None:
        return t("changes.release_near", version=version)
    if not days:
        return t("changes.same_day", version=version)
    key = "changes.release_before" if days < 0 else "changes.release_after"
    return t(key, version=version, n=abs(days))


def sides(t: Text, row: ChangePoint) -> str:
    """How many ratings or reviews lie before and after; a score may come without its number of ratings."""
    if row.n_before is None and row.n_after is None:
        return t("changes.sides_unknown")
    return t("verdict.sides", before=row.n_before, after=row.n_after)


def event_days(t: Text, row: SeriesEvent) -> str:
    """When an event was, or between which days."""
    first, until = row.happened_at, row.until
    return t.day(first) if until is None or t.day_of(until) == t.day_of(first) else t.days(first, until)


def event(t: Text, row: SeriesEvent) -> str:
    """What happened, in words."""
    return event_words(t, row.store, row)


def weighing(t: Text, rows: Sequence[SeriesEvent]) -> list[str]:
    """What must be known of the scores of stores that re-weight all the time."""
    return [
        t(
            "events.reweights_often", store=t.store(r.store), n=r.steps_beyond, of=r.steps,
            days=event_days(t, r),
        )
        for r in rows
        if r.kind == OFTEN and r.steps is not None and r.steps_beyond is not None
    ]  # fmt: skip


def compared(t: Text, app: str, spans: tuple[str, str], before: Mean, after: Mean) -> str:
    """Two spans of an app against each other, in a sentence that stands alone."""
    return t("star_alarms.of_app", app=plain(app), said=against(t, spans, before, after))


def against(t: Text, spans: tuple[str, str], before: Mean, after: Mean) -> str:
    """The same without the app's name; begins small where a language has small letters."""
    words = {"span_before": spans[0], "span_after": spans[1]}
    if min(before.n, after.n) < SMALL:
        return t("compare.few", small=SMALL, n_before=before.n, n_after=after.n, **words)
    change = difference(after, before)
    means = {"before": t.stars(before.mean), "after": t.stars(after.mean)}
    return t(
        f"compare.{change.direction}", n_before=before.n, n_after=after.n,
        numbers=change_numbers(t, change), **means, **words,
    )  # fmt: skip
