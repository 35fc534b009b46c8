"""How one app in one store stands, as a card or as a line. Pure: rows in, escaped markup out (cards.html)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from markupsafe import Markup

from dashboard.components import html, languages
from dashboard.components.headlines import Change, stale_days
from dashboard.components.html import Cell, piece
from dashboard.components.legends import SMALL
from dashboard.i18n import NOTHING, Text
from dashboard.rows.analysis import LanguageQuality, RecentNegative
from dashboard.rows.collection import AppInStore, TrendWeek

TEMPLATE = "views/overview/cards.html"
WEEKS = 26
HEADS = ("app", "displayed", "reviewed", "change", "sentiment_brief", "trend", "fresh")
Trends = Mapping[tuple[str, str], Sequence[TrendWeek]]
Languages = Mapping[tuple[str, str], Sequence[LanguageQuality]]
"""The languages of the texts of an app in a store, of the days that are shown."""
Negatives = Mapping[tuple[str, str], RecentNegative]
"""How many texts of an app in a store are negative, given the model's errors; of those that are asked for."""


def card(
    t: Text, row: AppInStore, trends: Trends, published_at: datetime, written: Languages | None = None,
    negatives: Negatives | None = None,
) -> Markup:  # fmt: skip
    """The figures of one card."""
    figures = [
        (t("overview.displayed"), *displayed(t, row), "hy-a"),
        (t("overview.reviewed"), *reviewed(t, row), "hy-b"),
        (t("overview.change"), *html.change(t, change_of(row)), ""),
        (t("overview.trend"), trend(t, row, trends), t("overview.trend_note"), ""),
    ]
    said = sentiments(t, row, written=written, negatives=negatives)
    return piece(TEMPLATE, "card", t, tags(t, row), figures, said, fresh(t, row, published_at))


def line(
    t: Text, row: AppInStore, trends: Trends, published_at: datetime, written: Languages | None = None,
    negatives: Negatives | None = None,
) -> Markup:  # fmt: skip
    """The figures of one line."""
    figures = [
        (t("overview.displayed"), *displayed(t, row), "hy-c-displayed"),
        (t("overview.reviewed"), *reviewed(t, row), "hy-c-reviewed"),
        (t("overview.change"), *html.change(t, change_of(row)), "hy-c-change"),
        (
            t("overview.sentiment_brief"),
            sentiments(t, row, brief=True, written=written, negatives=negatives),
            "",
            "hy-c-sentiment",
        ),
        (t("overview.trend"), trend(t, row, trends), "", "hy-c-trend"),
        (t("overview.fresh"), fresh(t, row, published_at), "", "hy-c-fresh"),
    ]
    return piece(TEMPLATE, "line", tags(t, row), figures)


def heads(t: Text) -> Markup:
    """The heads of the lines."""
    return piece(TEMPLATE, "heads", [t(f"overview.{h}") for h in HEADS])


def tags(t: Text, row: AppInStore) -> list[tuple[str, str]]:
    """Store, owner, and whether this is sample data."""
    words = [(t.store(row.store), "")]
    words += [(row.owner, "hy-quiet")] if row.owner else []
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


def sentiments(
    t: Text, row: AppInStore, *, brief: bool = False, written: Languages | None = None,
    negatives: Negatives | None = None,
) -> Markup:  # fmt: skip
    """Shares of sentiment of the last thirty days, and what to know of the languages they stand on; of the
    negative ones what they are given the model's errors, where `negatives` are asked for."""
    said = (row.share_negative_30d, row.share_neutral_30d, row.share_positive_30d)
    shares = {k: share for k, share in zip(html.SENTIMENTS, said, strict=True) if share is not None}
    if not row.n_classified_30d or len(shares) < len(html.SENTIMENTS):
        return html.no_sentiments(t, row.n_not_covered_30d)
    bar = html.sentiments(t, shares, brief=brief)
    known = (written or {}).get((row.app, row.store), ())
    told = [html.note(c) for c in languages.cautions(t, known, topics=False)]
    told += [] if negatives is None else [html.note(with_error(t, negatives.get((row.app, row.store))))]
    return Markup("").join([bar, html.aside(t, row.n_classified_30d, row.n_not_covered_30d), *told])


def with_error(t: Text, negative: RecentNegative | None) -> str:
    """How many texts are negative, given the model's errors, in a sentence."""
    if negative is None or negative.corrected_low is None:
        return t("overview.error_not_known")
    low, high = (t.percent(x) for x in (negative.corrected_low, negative.corrected_high))
    return t("overview.with_error", low=low, high=high)


def trend(t: Text, row: AppInStore, trends: Trends) -> Markup:
    """The small line of weekly means."""
    points = [(p.weeks_ago, p.mean) for p in trends.get((row.store, row.store_app_id), [])]
    if len(points) < 2:
        return html.sparkline([], WEEKS, t("overview.no_trend"))
    told = t("overview.trend_words", first=t.stars(points[0][1]), last=t.stars(points[-1][1]))
    return html.sparkline(points, WEEKS, told)


def fresh(t: Text, row: AppInStore, published_at: datetime) -> Markup:
    """The coverage light with the day the data ends."""
    until = t("coverage.until", day=t.day(row.as_of)) if row.as_of else ""
    return html.light(t, state_of(row), until, stale=is_stale(row, published_at))


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
