"""The words of alerts by language, and how a language writes numbers and days (Unicode CLDR, by Babel)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

WORDING = Path(__file__).parent / "wording"
_LOCALES = {"ja": Locale("ja"), "en": Locale("en", "GB")}
NOTHING = "–"


class _Count(int):
    """A whole number: `{n}` has separators, `{n:alert|alerts}` is the form of a word that it asks for."""

    locale: Locale

    def __format__(self, spec: str) -> str:
        if "|" not in spec:
            return str(format_decimal(int(self), locale=self.locale))
        one, other = spec.split("|")
        return one if self.locale.plural_form(int(self)) == "one" else other


@dataclass(frozen=True, slots=True)
class Words:
    """One language."""

    language: str
    texts: Mapping[str, str]

    @property
    def locale(self) -> Locale:
        """What CLDR knows of it."""
        return _LOCALES[self.language]

    def __call__(self, key: str, **values: Any) -> str:
        """The text of a key; whole numbers are written by the rules of the language. Raises KeyError."""
        return self.texts[key].format(**{k: self._value(v) for k, v in values.items()})

    def named(self, group: str, code: str) -> str:
        """The word for a code; one that has none shows itself."""
        return self.texts.get(f"{group}.{code}", code)

    def day(self, day: date | str | None) -> str:
        """A day: 24 Nov 2026, 2026年11月24日."""
        if day is None:
            return NOTHING
        known = date.fromisoformat(day) if isinstance(day, str) else day
        return str(format_date(known, "d MMM y" if self.language == "en" else "long", locale=self.locale))

    def number(self, value: float | None, form: str = "#,##0.##", *, sign: bool = False) -> str:
        """A number with a true minus; with `sign` a rise has its plus."""
        if value is None:
            return NOTHING
        said = str(format_decimal(abs(value), format=form, locale=self.locale))
        zero = str(format_decimal(0, format=form, locale=self.locale))
        mark = "" if said == zero else "−" if value < 0 else "+" if sign else ""
        return f"{mark}{said}"

    def share(self, value: float | None) -> str:
        """A part of 1 as percent."""
        return NOTHING if value is None else str(format_percent(value, format="0%", locale=self.locale))

    def _value(self, value: Any) -> Any:
        if type(value) is int:
            count = _Count(value)
            count.locale = self.locale
            return count
        return NOTHING if value is None else value


@cache
def words(language: str) -> Words:
    """The words of ja or en."""
    document = tomllib.loads((WORDING / f"{language}.toml").read_text("utf-8"))
    return Words(language, {f"{g}.{k}": text for g, texts in document.items() for k, text in texts.items()})
