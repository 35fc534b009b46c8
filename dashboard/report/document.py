"""What a report says, before it becomes HTML or Markdown. No text of it is escaped yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from markupsafe import Markup

from dashboard.components.legends import Legend


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A sentence, and whose it is, where it asks for somebody."""

    words: str
    whose: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFigure:
    """A number that stands for itself: name, value, what moved, and what it rests on."""

    name: str
    value: str
    moved: str
    note: str
    series: str = ""
    """`a` for the store's displayed score, `b` for the mean of reviews: each in its own colour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A chart with its words: `wide` for paper and screens, `narrow` for a phone (SVG)."""

    title: str
    wide: Markup
    narrow: Markup
    legend: Legend = ()
    sources: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under heads; columns in `numeric` are set to the right."""

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What somebody wrote in public in a store."""

    words: str
    language: str | None
    rating: int | None
    facts: Sequence[str]
    about: str
    """The topic that it stands for; empty where it stands for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Somebody is needed: what for, why, and who."""

    name: str
    words: str
    whose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Sentences that are one team's; those that ask for nobody have no owner."""

    whose: str
    sentences: Sequence[str]


Block: TypeAlias = Figure | Table | Group | Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the details."""

    title: str
    blocks: Sequence[Block]
    sources: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A whole report. The first page is all but `sections`."""

    language: str
    name: str
    """The app, or the portfolio."""
    kicker: str
    """What this is, and of which week."""
    tags: Sequence[tuple[str, str]]
    """Labels and their kinds: owner, sample data."""
    sentences: Sequence[Said]
    """At most three."""
    figures: Sequence[KeyFigure]
    chart: Figure | None
    quotes_title: str
    quotes: Sequence[Quote]
    quotes_note: str
    """By which rule they were chosen, or why there are none; empty where quotes are not spoken of."""
    cards_title: str = ""
    cards: Sequence[Card] = ()
    unseen_title: str
    unseen: Sequence[str]
    sections: Sequence[Section]
    basis: Sequence[str]
    """What everything rests on: the last line."""
    link: tuple[str, str] | None = None
    """Words and address of the dashboard's page; None where no address is known."""
