"""How one app in one store stands, as a line. Pure: rows in, escaped markup out (cards.html)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from markupsafe import Markup

from dashboard.components import html, languages
from dashboard.components.headlines import Change, change_numbers, change_words, not_covered, stale_days
from dashboard.components.html import Cell, piece
from dashboard.components.legends import SMALL
from dashboard.i18n import NOTHING, Text
from dashboard.rows.analysis import LanguageQuality, RecentNegative
from dashboard.rows.collection import AppInStore, TrendWeek

TEMPLATE = "views/overview/cards.html"
WEEKS = 26
Trends = Mapping[tuple[str, str], Sequence[TrendWeek]]
Languages = Mapping[tuple[str, str], Sequence[LanguageQuality]]
"""The languages of the texts of an app in a store, of the days that are shown."""
Negatives = Mapping[tuple[str, str], RecentNegative]
"""How many texts of an app in a store are negative, given the model's errors; of those that are asked for."""


def line(
    t: Text,
    row: AppInStore,
    trends: Trends,
    published_at: datetime,
    written: Languages | None = None,
    negatives: Negatives | None = None,
    *,
    alarmed: bool = False,
    with_store: bool = True,
    with_owner: bool = True,
    is_dense: bool = False,
) -> Markup:
    """The figures of one line: numbers with their intervals, words only where a mark would not be enough.

    Among many lines (`is_dense`) the intervals of a mean and of its change are bars, whose numbers come when
    they are pointed at, and an alarm is a mark.
    """
    change = change_of(row)
    figures = [
        (t("overview.displayed"), *brief_displayed(t, row), "hy-c-displayed"),
        (t("overview.reviewed"), *brief_reviewed(t, row, is_dense=is_dense), "hy-c-reviewed"),
        (t("overview.n"), t.number(row.n_30d), "", "hy-c-n"),
        (t("overview.change"), brief_change(t, change, is_dense=is_dense), "", "hy-c-change"),
        (t("overview.sentiment_brief"), brief_sentiments(t, row, written, negatives), "", "hy-c-sentiment"),
        (t("overview.trend"), trend(t, row, trends, brief=True), "", "hy-c-trend"),
        (t("overview.fresh"), brief_fresh(t, row, published_at), "", "hy-c-fresh"),
    ]  # fmt: skip
    words, mark = tags(t, row, with_store=with_store, with_owner=with_owner), ""
    if alarmed and is_dense:
        mark = t("overview.alarm")
    elif alarmed:
        words.append((t("overview.alarm"), "hy-warn"))
    return piece(TEMPLATE, "line", words, figures, mark)


def brief_change(t: Text, change: Change, *, is_dense: bool) -> Markup:
    """A change in a line: its arrow, its size and its interval."""
    words = change_words(t, change)
    if change.value is None:
        return piece(TEMPLATE, "moved", change.direction, "", "", words)
    size = t.signed(change.value)
    if is_dense:
        scale = html.difference(change.value, change.low, change.high, change.direction)
        told = f"{words} {change_numbers(t, change)}"
        return piece(TEMPLATE, "moved", change.direction, size, scale, told)
    between = t("overview.between", low=t.signed(change.low), high=t.signed(change.high))
    return piece(TEMPLATE, "moved", change.direction, size, html.note(between), words)


def brief_displayed(t: Text, row: AppInStore) -> tuple[Cell, str]:
    """Series A in a line."""
    value, note = displayed(t, row)
    return piece(TEMPLATE, "explained", value, note), ""


def brief_reviewed(t: Text, row: AppInStore, *, is_dense: bool) -> tuple[Cell, str]:
    """Series B of the last thirty days in a line."""
    if row.mean_30d is None:
        return piece(TEMPLATE, "explained", NOTHING, t("overview.no_reviews")), ""
    value, note = reviewed(t, row)
    if is_dense:
        return piece(TEMPLATE, "pointed", value, note), ""
    return value, t("overview.range", low=t.stars(row.low_30d), high=t.stars(row.high_30d))


def brief_sentiments(
    t: Text, row: AppInStore, written: Languages | None, negatives: Negatives | None = None
) -> Markup:
    """Shares of sentiment in a line; a mark where something must be known of the languages behind them.

    Of the negative ones what they are given the model's errors, where `negatives` are asked for.
    """
    shares = shares_of(row)
    if not shares:
        why = "not_covered" if row.n_not_covered_30d else "unread"
        return piece(TEMPLATE, "explained", NOTHING, t(f"sentiment.{why}"))
    read = (written or {}).get((row.app, row.store), ())
    warned = languages.cautions(t, read, topics=False)
    aside = not_covered(t, row.n_classified_30d, row.n_not_covered_30d)
    bar = html.sentiments(t, shares, brief=True)
    said = bar + piece(TEMPLATE, "caution", " ".join([aside, *warned]).strip())
    if negatives is None:
        return said
    negative = negatives.get((row.app, row.store))
    ends = (negative.corrected_low, negative.corrected_high) if negative else (None, None)
    value = NOTHING if None in ends else "–".join(t.percent(x) for x in ends)
    return said + piece(TEMPLATE, "explained", value, with_error(t, negative))


def brief_fresh(t: Text, row: AppInStore, published_at: datetime) -> Markup:
    """The coverage light in a line."""
    state = state_of(row)
    until = t("coverage.until", day=t.day(row.as_of)) if row.as_of else ""
    told = t.listed([w for w in (t(f"coverage.{state}"), until) if w])
    old = t("overview.old") if is_stale(row, published_at) else ""
    return piece(TEMPLATE, "fresh", state, told, old)


def tags(
    t: Text, row: AppInStore, *, with_store: bool = True, with_owner: bool = True
) -> list[tuple[str, str]]:
    """Store, owner, and whether this is sample data."""
    words = [(t.store(row.store), "")] if with_store else []
    words += [(row.owner, "hy-quiet")] if row.owner and with_owner else []
    return [*words, (t("sample.label"), "hy-sample")] if row.is_sample else words


def displayed(t: Text, row: AppInStore) -> tuple[Cell, str]:
    """Series A as (value, note)."""
    if row.displayed_score is None:
        return NOTHING, t("overview.no_displayed")
    where = t.place(f"country:{row.displayed_country}") if row.displayed_country else ""
    note = " · ".join(w for w in (t.day(row.displayed_at), where) if w)
    return piece(TEMPLATE, "score", t.score(row.displayed_score)), note


def reviewed(t: Text, row: AppInStore) -> tuple[Cell, str]:
    """Series B of the last thirty days as (value, note)."""
    if row.mean_30d is None:
        return NOTHING, t("overview.no_reviews")
    scale = html.interval(row.mean_30d, row.low_30d, row.high_30d, few=row.n_30d < SMALL)
    note = t("overview.interval", low=t.stars(row.low_30d), high=t.stars(row.high_30d), n=row.n_30d)
    return piece(TEMPLATE, "mean", t.stars(row.mean_30d), scale), note


def with_error(t: Text, negative: RecentNegative | None) -> str:
    """How many texts are negative, given the model's errors, in a sentence."""
    if negative is None or negative.corrected_low is None:
        return t("overview.error_not_known")
    low, high = (t.percent(x) for x in (negative.corrected_low, negative.corrected_high))
    return t("overview.with_error", low=low, high=high)


def shares_of(row: AppInStore) -> dict[str, float]:
    """Shares of sentiment of the last thirty days; empty where nothing was read."""
    said = (row.share_negative_30d, row.share_neutral_30d, row.share_positive_30d)
    shares = {k: share for k, share in zip(html.SENTIMENTS, said, strict=True) if share is not None}
    return shares if row.n_classified_30d and len(shares) == len(html.SENTIMENTS) else {}


def trend(t: Text, row: AppInStore, trends: Trends, *, brief: bool = False) -> Markup:
    """The small line of weekly means."""
    points = [(p.weeks_ago, p.mean) for p in trends.get((row.store, row.store_app_id), [])]
    if len(points) < 2 and brief:
        return piece(TEMPLATE, "explained", NOTHING, t("overview.no_trend"))
    if len(points) < 2:
        return html.sparkline([], WEEKS, t("overview.no_trend"))
    told = t("overview.trend_words", first=t.stars(points[0][1]), last=t.stars(points[-1][1]))
    return html.sparkline(points, WEEKS, told)


def state_of(row: AppInStore) -> str:
    """`complete`, `partial`, `failed`, or `never`."""
    return row.last_outcome or "never"


def is_stale(row: AppInStore, published_at: datetime) -> bool:
    """Whether the data ends too long before this publication."""
    return stale_days(row.as_of, published_at) is not None


def change_of(row: AppInStore) -> Change:
    """The change of series B against the thirty days before; unknown where either has few reviews.

    Two or three reviews can lie far apart by chance, and the prior behind the interval is then most of it.
    """
    if min(row.n_30d, row.n_prev_30d) < SMALL:
        return Change(None, None, None)
    return Change(row.change_30d, row.change_low, row.change_high)
