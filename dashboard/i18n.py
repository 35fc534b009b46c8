"""Every word on screen: one TOML file a language, with the dates and numbers its readers expect."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "locales"
LANGUAGES = ("en", "ja")
# Each language is named in itself, so that its readers find it from the other one.
NAMES = {"en": "English", "ja": "日本語"}
MINUS = "\u2212"
NOTHING = "–"
"""Written for a value that nobody knows."""


class MissingText(Exception):
    """A key that no locale file has: a fault of ours, found by the tests."""


class _Value(str):
    """A value as it is written, which also chooses the form of a word that is counted by it.

    English has one form for the integer 1 and another for all other numbers, "1.0" among them (CLDR);
    Japanese has one form.
    """

    def __format__(self, spec: str) -> str:
        if "|" not in spec:
            return format(str(self), spec)
        one, other = spec.split("|")
        return one if self == "1" else other


@dataclass(frozen=True, slots=True)
class Text:
    """The strings of one language, by dotted key, and its way to write dates and numbers.

    A value that is None, because nobody knows it, is written as a dash.
    """

    language: str
    strings: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """The string of `key` with its `{placeholders}` filled. Raises MissingText.

        `{n:review|reviews}` is the first word where `n` is written as 1, else the second.
        """
        try:
            return self.strings[key].format(**{k: _Value(v) for k, v in values.items()})
        except KeyError as error:
            raise MissingText(f"{key} ({self.language}): {error}") from error

    def has(self, key: str) -> bool:
        """Whether the locale has this key: codes of languages and countries are an open set."""
        return key in self.strings

    def day(self, day: date | datetime | None) -> str:
        """A day (UTC): 24 Nov 2026, 2026年11月24日."""
        if day is None:
            return NOTHING
        day = _utc(day)
        return self("dates.day", year=day.year, month=self(f"months.{day.month}"), day=day.day)

    def month(self, day: date | None) -> str:
        """The month of a day: Nov 2026, 2026年11月."""
        if day is None:
            return NOTHING
        return self("dates.month", year=day.year, month=self(f"months.{day.month}"))

    def days(self, first: date, last: date) -> str:
        """A span of days: 1 Mar 2025 – 24 Nov 2026."""
        return self("dates.span", first=self.day(first), last=self.day(last))

    def moment(self, moment: datetime | None) -> str:
        """A moment with its clock in UTC, and said so."""
        if moment is None:
            return NOTHING
        moment = moment.astimezone(UTC)
        return self("dates.moment", day=self.day(moment), clock=f"{moment:%H:%M}")

    def number(self, value: float | None) -> str:
        """A whole number with separators: 12,345."""
        if value is None:
            return NOTHING
        return f"{value:,.0f}"

    def stars(self, value: float | None) -> str:
        """A mean of stars with two places, as it is compared: 3.62."""
        if value is None:
            return NOTHING
        return f"{value:.2f}"

    def score(self, value: float | None) -> str:
        """A displayed score with one place, as the stores show it: 4.2."""
        if value is None:
            return NOTHING
        return f"{value:.1f}"

    def percent(self, share: float | None) -> str:
        """A share of 1 as a whole percentage; below one percent with a place."""
        if share is None:
            return NOTHING
        return f"{share:.1%}" if 0 < share < 0.00995 else f"{share:.0%}"

    def signed(self, value: float | None, places: int = 2) -> str:
        """A difference with its sign, by a true minus: +0.31, −0.20, ±0.00."""
        if value is None:
            return NOTHING
        text = f"{abs(value):.{places}f}"
        if not text.strip("0."):
            return f"±{text}"
        return f"{'+' if value > 0 else MINUS}{text}"

    def points(self, share: float | None) -> str:
        """A difference of shares in percentage points: +3.2."""
        if share is None:
            return NOTHING
        return self.signed(100 * share, 1)

    def store(self, store: str) -> str:
        """A store's name; an unknown store shows its key."""
        return self._named("stores", store)

    def place(self, place: str) -> str:
        """`language:ja`, `country:jp` or `unknown` by name."""
        kind, _, code = place.partition(":")
        if not code:
            return self("places.unknown")
        return self(
            f"places.{kind}", name=self._named("languages" if kind == "language" else "countries", code)
        )

    def version(self, version: str | None) -> str:
        """A version as the store writes it, or the word for a missing one."""
        return self("versions.unknown") if version in (None, "unknown") else version

    def listed(self, words: list[str]) -> str:
        """Words in one line."""
        return self("dates.and").join(words)

    def _named(self, table: str, code: str) -> str:
        key = f"{table}.{code}"
        return self(key) if self.has(key) else code


@cache
def of(language: str) -> Text:
    """The text of `language` ('en' or 'ja')."""
    with (FOLDER / f"{language}.toml").open("rb") as file:
        return Text(language, dict(_flat(tomllib.load(file))))


def _flat(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, str):
            yield f"{prefix}{key}", value
        else:
            raise TypeError(f"{prefix}{key} is not a string")


def _utc(day: date | datetime) -> date:
    return day.astimezone(UTC).date() if isinstance(day, datetime) else day
