"""The list of many apps: what a reader may look for, in which order the rows stand, and their heads. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.i18n import Text
from dashboard.rows.collection import AppInStore
from dashboard.sanitize import plain
from dashboard.views.overview import cards
from warehouse.signatures import folded

ALL = "all"
STARRED = "starred"
STATES = (ALL, "fell", "rose", "alarm", "trouble", STARRED)
SORTS = (
    "fell", "rose", "name", "low", "high", "displayed_low", "displayed_high", "negative", "positive",
    "reviews", "oldest",
)  # fmt: skip
LEAST = (0, 10, 30, 100, 1000)
"""Numbers of reviews in thirty days that a row may be asked to have at least."""
HEADS: Mapping[str, tuple[str, ...]] = {
    "app": ("name",),
    "displayed": ("displayed_low", "displayed_high"),
    "reviewed": ("low", "high"),
    "n": ("reviews",),
    "change": ("fell", "rose"),
    "sentiment_brief": ("negative", "positive"),
    "trend": (),
    "fresh": ("oldest",),
}
"""The heads of the list, each with the orders that it gives, one after the other."""
TROUBLES = ("failed", "never", "stale")
Store = tuple[str, str]
"""An app and a store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a reader looks for; what is not asked is empty, None or `all`."""

    words: str = ""
    state: str = ALL
    owner: str | None = None
    store: str | None = None
    least: int = 0


def found(
    t: Text,
    rows: Sequence[AppInStore],
    wish: Wish,
    alarmed: Collection[Store],
    published_at: datetime,
    favourites: Collection[str] = (),
) -> list[AppInStore]:
    """The rows that fit the wish; `favourites` are the keys of the reader's apps."""
    return [
        r for r in matching(t, rows, wish)
        if wish.state == ALL or wish.state in states(r, alarmed, published_at, favourites)
    ]  # fmt: skip


def matching(t: Text, rows: Sequence[AppInStore], wish: Wish) -> list[AppInStore]:
    """The rows that fit the wish in everything but its state."""
    words = [letters(w) for w in wish.words.split()]
    return [
        r for r in rows
        if all(w in letters(haystack(t, r)) for w in words if w)
        and wish.owner in (None, r.owner)
        and wish.store in (None, r.store)
        and r.n_30d >= wish.least
    ]  # fmt: skip


def counted(
    rows: Sequence[AppInStore],
    alarmed: Collection[Store],
    published_at: datetime,
    favourites: Collection[str] = (),
) -> dict[str, int]:
    """How many of the rows are in each state."""
    held = [states(r, alarmed, published_at, favourites) for r in rows]
    return {state: len(rows) if state == ALL else sum(state in h for h in held) for state in STATES}


def states(
    row: AppInStore, alarmed: Collection[Store], published_at: datetime, favourites: Collection[str] = ()
) -> set[str]:
    """What is the matter with an app in a store: `fell`, `rose`, `alarm`, `trouble` (of its data), and
    `starred` where it is a favourite."""
    direction = {"down": "fell", "up": "rose"}.get(cards.change_of(row).direction, "")
    alarm = "alarm" if (row.app, row.store) in alarmed else ""
    starred = STARRED if row.app in favourites else ""
    return {direction, alarm, starred, "trouble" if trouble(row, published_at) else ""} - {""}


def trouble(row: AppInStore, published_at: datetime) -> str:
    """The worst that must be said of a row's data; empty when it is well."""
    if cards.state_of(row) in TROUBLES:
        return cards.state_of(row)
    return "stale" if cards.is_stale(row, published_at) else ""


def letters(words: str) -> str:
    """Words without their spaces, marks and differences of width, case and kana: `Corona-Warn-App` is
    `coronawarnapp`. A line of marks alone stays as it is."""
    line = folded(plain(words))
    kept = "".join(c for c in line if unicodedata.category(c)[0] in "LNM")
    return kept or line.strip()


def haystack(t: Text, row: AppInStore) -> str:
    """What the search looks through: name, key, store id, owner and store."""
    words = (row.name, row.app, row.store_app_id, row.owner, t.store(row.store))
    return " ".join(plain(w) for w in words if w)


def order(row: AppInStore, sort: str) -> tuple[float, float | str]:
    """The sort key; rows without the figure come last.

    Changes that are clear come first, then those that may be none, and what has too few reviews to compare
    after all of them: two angry reviews are no fall.
    """
    if sort in ("fell", "rose"):
        sign = 1 if sort == "fell" else -1
        rank = {"down" if sort == "fell" else "up": 0, "unknown": 2}.get(cards.change_of(row).direction, 1)
        return rank if row.change_30d is not None else 3, sign * (row.change_30d or 0)
    value, sign = {
        "low": (row.mean_30d, 1),
        "high": (row.mean_30d, -1),
        "displayed_low": (row.displayed_score, 1),
        "displayed_high": (row.displayed_score, -1),
        "negative": (row.share_negative_30d, -1),
        "positive": (row.share_positive_30d, -1),
        "reviews": (row.n_30d, -1),
    }.get(sort, (None, 0))
    if sign:
        return value is None, sign * (value or 0)
    if sort == "oldest":
        return False, row.as_of.timestamp() if row.as_of else 0.0
    return False, row.name.casefold()


def next_sort(head: str, sort: str) -> str | None:
    """The order that a click on a head gives while `sort` holds; None for a head that gives none."""
    orders = HEADS[head]
    if not orders:
        return None
    return orders[(orders.index(sort) + 1) % len(orders)] if sort in orders else orders[0]


def sign(head: str, sort: str) -> str:
    """An arrow behind the head whose order holds: upwards where the least comes first."""
    if sort not in HEADS[head]:
        return ""
    return " ↑" if sort in ("name", "low", "displayed_low", "fell", "oldest") else " ↓"
