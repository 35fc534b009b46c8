"""How one app in one store stands, as a card or as a line of the list. Pure: rows in, markup out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from dashboard.components import html as blocks
from dashboard.components.headlines import Change, stale_days
from dashboard.components.theme import SMALL
from dashboard.i18n import Text
from dashboard.rows.counts import ReadCounts
from dashboard.rows.publications import AppInStore, TrendWeek
from dashboard.sanitize import markup

WEEKS = 26
Trends = Mapping[tuple[str, str], Sequence[TrendWeek]]


def card(t: Text, row: AppInStore, trends: Trends, published_at: datetime) -> str:
    """The figures of one card."""
    verdict, numbers = blocks.change(t, change_of(row))
    return (
        f'<div class="hy-tags">{tags(t, row)}</div>'
        '<div class="hy-figures">'
        + blocks.figure(t("overview.displayed"), *displayed(t, row), series="hy-a")
        + blocks.figure(t("overview.reviewed"), *reviewed(t, row), series="hy-b")
        + blocks.figure(t("overview.change"), verdict, numbers)
        + blocks.figure(t("overview.trend"), trend(t, row, trends), t("overview.trend_note"))
        + f'</div><div class="hy-name">{markup(t("overview.tone"))}</div>{tone(t, row)}'
        f'<div class="hy-foot">{fresh(t, row, published_at)}</div>'
    )


def line(t: Text, row: AppInStore, trends: Trends, published_at: datetime) -> str:
    """The figures of one line; on a narrow screen each names itself."""
    verdict, numbers = blocks.change(t, change_of(row))
    cells = (
        ("displayed", *displayed(t, row)),
        ("reviewed", *reviewed(t, row)),
        ("change", verdict, numbers),
        ("tone", tone(t, row, brief=True), ""),
        ("trend", trend(t, row, trends), ""),
        ("fresh", fresh(t, row, published_at), ""),
    )
    body = "".join(
        blocks.figure(
            t("overview.tone_brief" if key == "tone" else f"overview.{key}"), value, note, f"hy-c-{key}"
        )
        for key, value, note in cells
    )
    return f'<div class="hy-row"><div class="hy-tags">{tags(t, row)}</div>{body}</div>'


def tags(t: Text, row: AppInStore) -> str:
    """Store, owner, and whether this is sample data."""
    words = [blocks.tag(t.store(row.store))]
    words += [blocks.tag(row.owner, "hy-quiet")] if row.owner else []
    words += [blocks.tag(t("sample.label"), "hy-sample")] if row.is_sample else []
    return "".join(words)


def displayed(t: Text, row: AppInStore) -> tuple[str, str]:
    """Series A as (value, note)."""
    if row.displayed_score is None:
        return "–", markup(t("overview.no_displayed"))
    where = t.place(f"country:{row.displayed_country}") if row.displayed_country else ""
    note = " · ".join(w for w in (t.day(row.displayed_at), where) if w)
    return f'{t.score(row.displayed_score)}<span class="hy-star">★</span>', markup(note)


def reviewed(t: Text, row: AppInStore) -> tuple[str, str]:
    """Series B of the last thirty days as (value, note)."""
    if row.mean_30d is None:
        return "–", markup(t("overview.no_reviews"))
    few = row.n_30d < SMALL
    scale = blocks.interval(row.mean_30d, row.low_30d, row.high_30d, few=few)
    note = t(
        "overview.interval",
        low=t.stars(row.low_30d),
        high=t.stars(row.high_30d),
        n=t.number(row.n_30d),
    )
    return f"{t.stars(row.mean_30d)}{scale}", markup(note)


def tone(t: Text, row: AppInStore, *, brief: bool = False) -> str:
    """Shares of tone of the last thirty days."""
    read = ReadCounts(row.n_classified_30d, row.n_not_covered_30d)
    said = (row.share_negative_30d, row.share_neutral_30d, row.share_positive_30d)
    shares = {k: share for k, share in zip(blocks.TONES, said, strict=True) if share is not None}
    if not row.n_classified_30d or len(shares) < len(blocks.TONES):
        return blocks.no_tones(t, read)
    return blocks.tones(t, shares, brief=brief) + blocks.aside(t, read)


def trend(t: Text, row: AppInStore, trends: Trends) -> str:
    """The small line of weekly means."""
    points = [(p.weeks_ago, p.mean) for p in trends.get((row.store, row.store_app_id), [])]
    if len(points) < 2:
        return blocks.sparkline([], WEEKS, t("overview.no_trend"))
    told = t("overview.trend_words", first=t.stars(points[0][1]), last=t.stars(points[-1][1]))
    return blocks.sparkline(points, WEEKS, told)


def fresh(t: Text, row: AppInStore, published_at: datetime) -> str:
    """The coverage light with the day the data ends."""
    until = t("overview.until", day=t.day(row.as_of)) if row.as_of else ""
    return blocks.light(t, state_of(row), until, stale=is_stale(row, published_at))


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
