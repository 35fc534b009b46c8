"""Changes of level, events and compared spans in words and signs. Pure: rows in, words and markup out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from dashboard.components import headlines as findings
from dashboard.components import html as blocks
from dashboard.components.theme import SMALL
from dashboard.i18n import Text
from dashboard.rows.changes import ChangePoint, ConfoundingEvent, News, SeriesEvent
from dashboard.rows.ratings import RatingSpan
from dashboard.sanitize import markup, plain, short

KINDS = ("reset", "reweighted", "coverage_gap", "price_change", "campaign", "prompt_change", "other")
NOTES = ("reset", "count_fell", "no_new_ratings", "rounding_too_coarse", "outside_scale")
OFTEN = "reweights_often"
"""No event but a property of a store's score, which is said once."""


def series_name(t: Text, series: str) -> str:
    """A series by name: no figure is shown without it."""
    return t(f"changes.series_{series}")


def headline(t: Text, rows: Sequence[ChangePoint]) -> str:
    """How many changes there are, and the largest of them."""
    if not rows:
        return t("changes.none")
    most = max(rows, key=lambda r: abs(r.size))
    return t("changes.headline", n=t.number(len(rows)), most=sentence(t, most))


def sentence(t: Text, row: ChangePoint) -> str:
    """One change in words, without its intervals."""
    return moved(t, row.series, row.store, row.changed_on, row.value_before, row.value_after)


def moved(t: Text, series: str, store: str, on: date, before: float | None, after: float | None) -> str:
    """That a series rose or fell, from what to what."""
    key = "changes.rose" if (after or 0) > (before or 0) else "changes.fell"
    return t(
        key, series=series_name(t, series), store=t.store(store), day=t.day(on), before=t.stars(before),
        after=t.stars(after),
    )  # fmt: skip


def size(t: Text, row: ChangePoint | News) -> str:
    """By how much, with its interval."""
    return t("verdict.plain", value=t.signed(row.size), low=t.signed(row.low), high=t.signed(row.high))


def near(t: Text, row: ChangePoint) -> str:
    """The nearest release as near in time, not as the cause."""
    if row.nearest_release is None:
        return t("changes.no_release")
    version = short(plain(row.nearest_release), 24)
    days = row.release_distance_days
    if days is None:
        return t("changes.release_near", version=version)
    key = (
        "changes.same_day" if not days else "changes.release_before" if days < 0 else "changes.release_after"
    )
    return t(key, version=version, n=t.number(abs(days)))


def table(t: Text, rows: Sequence[ChangePoint]) -> str:
    """Every change with the intervals of its day and its size, the newest first."""
    heads = [t(f"changes.head_{k}") for k in ("day", "series", "level", "size", "n", "near")]
    cells = [
        [
            f"<b>{markup(t.day(r.changed_on))}</b><br>"
            f'<span class="hy-note">{markup(t.days(r.low_on, r.high_on))}</span>',
            f'{markup(series_name(t, r.series))}<br><span class="hy-note">{markup(t.store(r.store))}</span>',
            markup(t("changes.level", before=t.stars(r.value_before), after=t.stars(r.value_after))),
            _sized(t, r),
            markup(sides(t, r)),
            markup(near(t, r)),
        ]
        for r in sorted(rows, key=lambda r: r.changed_on, reverse=True)
    ]
    return blocks.rich_table(t("changes.caption"), heads, cells, ())


def _sized(t: Text, row: ChangePoint) -> str:
    sign, kind = ("▲", "hy-up") if row.size > 0 else ("▼", "hy-down")
    numbers = t("changes.between", low=t.signed(row.low), high=t.signed(row.high))
    return (
        f'<span class="hy-change {kind}"><span aria-hidden="true">{sign}</span> '
        f"{markup(t.signed(row.size))}"
        f'</span><br><span class="hy-note">{markup(numbers)}</span>'
    )


def sides(t: Text, row: ChangePoint) -> str:
    """How many ratings or reviews lie before and after; a score may come without its number of ratings."""
    if row.n_before is None and row.n_after is None:
        return t("changes.sides_unknown")
    return t("releases.sides", before=t.number(row.n_before), after=t.number(row.n_after))


def event_words(t: Text, store: str, event: SeriesEvent | ConfoundingEvent) -> str:
    """What happened: what the analysis detected in words, what somebody noted as they wrote it."""
    before, after = event.value_before, event.value_after
    if event.kind == "reset" and before is not None and after is not None:
        return t("events.reset_found", before=t.number(before), after=t.number(after))
    if event.kind == "reweighted" and before is not None and after is not None:
        return t("events.reweighted_found", before=t.stars(before), after=t.stars(after))
    name = t(f"events.{event.kind}") if event.kind in KINDS else short(plain(event.kind), 30)
    # Google Play is asked by language, the App Store by country.
    kind = "country" if store == "app_store" else "language"
    told = t.place(f"{kind}:{event.place}") if event.place else short(plain(event.label), 120)
    return t("events.noted", kind=name, label=told) if told.strip() else name


def weighing(t: Text, rows: Sequence[SeriesEvent]) -> list[str]:
    """What must be known of the scores of stores that re-weight all the time."""
    return [
        t(
            "events.reweights_often", store=t.store(r.store), n=t.number(r.steps_beyond),
            of=t.number(r.steps), days=event_days(t, r),
        )
        for r in rows
        if r.kind == OFTEN and r.steps is not None and r.steps_beyond is not None
    ]  # fmt: skip


def event_days(t: Text, row: SeriesEvent) -> str:
    """When an event was, or between which days."""
    first, until = row.happened_at, row.until
    return t.day(first) if until is None or until.date() == first.date() else t.days(first, until)


def events(t: Text, rows: Sequence[SeriesEvent]) -> str:
    """Every event with its days, its store and who says so."""
    heads = [t("changes.head_day"), t("columns.store"), t("events.head"), t("columns.source")]
    cells = [
        [
            markup(event_days(t, r)), markup(t.store(r.store)),
            f'<span class="hy-wrap">{markup(event_words(t, r.store, r))}</span>',
            markup(t("events.detected" if r.source == "detected" else "events.told")),
        ]
        for r in sorted(rows, key=lambda r: r.happened_at, reverse=True)
    ]  # fmt: skip
    return blocks.rich_table(t("events.caption"), heads, cells, ())


def compared(t: Text, app: str, spans: tuple[str, str], before: RatingSpan, after: RatingSpan) -> str:
    """Two spans against each other in a sentence that stands alone; rows as `rating_span` gives them."""
    values = {
        "app": plain(app), "span_before": spans[0], "span_after": spans[1],
        "n_before": t.number(before.n), "n_after": t.number(after.n),
    }  # fmt: skip
    if min(before.n, after.n) < SMALL:
        return t("compare.few", small=SMALL, **values)
    change = findings.difference(after, before)
    return t(
        f"compare.{change.direction}", before=t.stars(before.mean), after=t.stars(after.mean),
        numbers=findings.change_numbers(t, change), **values,
    )  # fmt: skip
