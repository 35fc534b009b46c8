"""Every word on screen, and how the readers of a language write dates, numbers, plurals and names.

The words stand in TOML: what pages share in `locales/`, what one page says beside it in `views/<page>/`, what
the weekly report says in `report/`. How a language writes comes from Unicode's CLDR, by Babel.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_interval, format_skeleton
from babel.numbers import NumberPattern, parse_pattern

from dashboard import days
from warehouse.local_days import UTC

ROOM = Path(__file__).parent
LOCALES = {"en": Locale("en", "GB"), "ja": Locale("ja")}
LANGUAGES = tuple(LOCALES)
# Each language is named in itself, so that its readers find it from the other one.
NAMES = {code: str(locale.get_language_name()) for code, locale in LOCALES.items()}
NOTHING = "–"
"""Written for a value that nobody knows."""
_PLURALS = ("zero", "one", "two", "few", "many", "other")
_WHOLE, _ONE_PLACE, _TWO_PLACES = (parse_pattern(p) for p in ("#,##0", "0.0", "0.00"))
_PERCENT, _SMALL_PERCENT = parse_pattern("0%"), parse_pattern("0.0%")


class MissingText(Exception):
    """A key that no file of words has: a fault of ours, found by the tests."""


class _Number:
    """A whole number in a string: `{n}` writes it with separators, `{n:review|reviews}` is the form of a word
    that the language's plural rules ask for (in the order of CLDR: English one, other; Japanese other)."""

    def __init__(self, value: int, locale: Locale) -> None:
        self._value, self._locale = value, locale

    def __format__(self, spec: str) -> str:
        if not spec:
            return str(_WHOLE.apply(self._value, self._locale))
        forms, kinds = spec.split("|"), _plurals(self._locale)
        if len(forms) != len(kinds):
            raise ValueError(f"{spec}: one form each for {', '.join(kinds)}")
        return forms[kinds.index(self._locale.plural_form(self._value))]


@dataclass(frozen=True, slots=True)
class Text:
    """The strings of one language, by dotted key, and its way to write dates, numbers and names.

    A value that is None, because nobody knows it, is written as a dash.
    """

    language: str
    strings: Mapping[str, str]
    zone: str = "UTC"
    """By whose days and clocks moments are written."""

    @property
    def locale(self) -> Locale:
        """What CLDR knows of the language."""
        return LOCALES[self.language]

    def __call__(self, key: str, **values: str | int | None) -> str:
        """The string of `key` with its `{placeholders}` filled: whole numbers by the language's rules.

        Raises MissingText for a key or a value that is missing, TypeError for a value that is no text and no
        whole number: only its writer knows how many places it is told with.
        """
        try:
            return self.strings[key].format(**{k: self._value(v) for k, v in values.items()})
        except KeyError as error:
            raise MissingText(f"{key} ({self.language}): {error}") from error

    def _value(self, value: str | int | None) -> str | _Number:
        if value is None:
            return NOTHING
        if isinstance(value, str):
            return value
        if type(value) is not int:
            raise TypeError(f"{value!r} is neither text nor a whole number")
        return _Number(value, self.locale)

    def has(self, key: str) -> bool:
        """Whether there is such a key: codes of reasons and kinds are an open set."""
        return key in self.strings

    def named(self, key: str, code: str) -> str:
        """The word for a code; a code that we do not know shows itself."""
        return self(key) if self.has(key) else code

    def day(self, day: date | datetime | None) -> str:
        """A day: 24 Nov 2026, 2026年11月24日; of a moment that of the zone."""
        return NOTHING if day is None else _formatted(self.day_of(day), "yMMMd", self.language)

    def month(self, day: date | None) -> str:
        """The month of a day: Nov 2026, 2026年11月."""
        return NOTHING if day is None else _formatted(self.day_of(day), "yMMM", self.language)

    def days(self, first: date | datetime, last: date | datetime) -> str:
        """A span of days, without repeating a year or a month that both share: 1 Mar – 24 Nov 2026."""
        return _span(self.day_of(first), self.day_of(last), self.language)

    def moment(self, moment: datetime | None) -> str:
        """A moment with its clock, and how far that is before UTC."""
        if moment is None:
            return NOTHING
        at = moment.astimezone(ZoneInfo(self.zone))
        clock = f"{at:%H:%M}"
        day = _formatted(at.date(), "yMMMd", self.language)
        return self("dates.moment", day=day, clock=clock, zone=days.offset(moment, self.zone))

    def day_of(self, moment: date | datetime) -> date:
        """The day of the zone that a moment belongs to."""
        return days.day_of(moment, self.zone)

    def wall_clock(self, moment: datetime) -> datetime:
        """What clocks of the zone show at a moment, as charts draw it."""
        return days.wall_clock(moment, self.zone)

    def in_zone(self, value: object) -> object:
        """A moment with the offset of the zone, as a file of values has it; anything else as it is."""
        if isinstance(value, datetime) and self.zone != UTC:
            return days.in_zone(value, self.zone)
        return value

    def whose_days(self) -> str:
        """By which clock days are counted, in a sentence."""
        if self.zone == UTC:
            return self("source.utc")
        return self("source.zone", place=days.place(self.zone, str(self.locale)))

    def number(self, value: float | None) -> str:
        """A whole number with separators: 12,345."""
        return self._written(value, _WHOLE)

    def stars(self, value: float | None) -> str:
        """A mean of stars with two places, as it is compared: 3.62."""
        return self._written(value, _TWO_PLACES)

    def score(self, value: float | None) -> str:
        """A displayed score with one place, as the stores show it: 4.2."""
        return self._written(value, _ONE_PLACE)

    def percent(self, share: float | None) -> str:
        """A share of 1 as a whole percentage; below one percent with a place, never rounded to nothing."""
        if share is not None and 0 < share < 0.0005:
            return f"<{self._written(0.001, _SMALL_PERCENT)}"
        is_small = share is not None and 0 < share < 0.0095
        return self._written(share, _SMALL_PERCENT if is_small else _PERCENT)

    def signed(self, value: float | None, places: int = 2) -> str:
        """A difference with its sign, by a true minus: +0.31, −0.20, ±0.00."""
        if value is None:
            return NOTHING
        sign = "±" if not round(value, places) else "+" if value > 0 else "−"
        return self._written(abs(value), _signed(sign, places))

    def points(self, share: float | None) -> str:
        """A difference of shares in percentage points: +3.2."""
        return NOTHING if share is None else self.signed(100 * share, 1)

    def _written(self, value: float | None, pattern: NumberPattern) -> str:
        return NOTHING if value is None else str(pattern.apply(value, self.locale))

    def store(self, store: str) -> str:
        """A store's name; an unknown store shows its key."""
        return self.named(f"stores.{store}", store)

    def place(self, place: str) -> str:
        """`language:ja`, `country:jp` or `unknown` by name; an unknown code shows itself."""
        kind, _, code = place.partition(":")
        if not code:
            return self("places.unknown")
        # What we name otherwise than CLDR, which names Hong Kong in full, stands in our own words.
        return self(f"places.{kind}", name=self.named(f"places.{kind}_{code}", self._known(kind, code)))

    def language_name(self, code: str) -> str:
        """A language by name, by its code; an unknown code shows itself."""
        return self.named(f"places.language_{code}", self._known("language", code))

    def _known(self, kind: str, code: str) -> str:
        locale = self.locale
        name = locale.territories.get(code.upper()) if kind == "country" else locale.languages.get(code)
        if name is None and kind == "language":
            try:
                name = Locale.parse(code.replace("_", "-"), sep="-").get_display_name(locale)
            except (UnknownLocaleError, ValueError):
                return code
        return str(name or code)

    def version(self, version: str | None) -> str:
        """A version as the store writes it, or the word for a missing one."""
        return self("versions.unknown") if version in (None, "unknown") else version

    def listed(self, words: list[str]) -> str:
        """Words in one line."""
        return self("dates.and").join(words)


def of(language: str, zone: str = UTC) -> Text:
    """The text of `language` ('en' or 'ja'), with moments by the clocks of `zone` (an IANA name)."""
    return replace(_of(language), zone=zone)


@cache
def _of(language: str) -> Text:
    strings: dict[str, str] = {}
    for path in files(language):
        with path.open("rb") as file:
            words = dict(_flat(tomllib.load(file)))
        if twice := strings.keys() & words.keys():
            raise KeyError(f"{path}: {', '.join(sorted(twice))} stand in another file, too")
        strings |= words
    return Text(language, strings)


def files(language: str) -> list[Path]:
    """The files of words of a language: what pages share, then each page's own, then the weekly report's."""
    own = [*sorted(ROOM.glob(f"views/*/{language}.toml")), ROOM / "report" / f"{language}.toml"]
    return [ROOM / "locales" / f"{language}.toml", *own]


def _flat(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, str):
            yield f"{prefix}{key}", value
        else:
            raise TypeError(f"{prefix}{key} is not a string")


@cache
def _plurals(locale: Locale) -> list[str]:
    """The plural forms of a language, in the order of CLDR."""
    return [kind for kind in _PLURALS if kind in locale.plural_form.tags or kind == "other"]


# A page writes the same days again and again, and each takes CLDR's patterns some ten microseconds.
@lru_cache(10_000)
def _formatted(day: date, skeleton: str, language: str) -> str:
    return str(format_skeleton(skeleton, day, locale=LOCALES[language]))


@lru_cache(10_000)
def _span(first: date, last: date, language: str) -> str:
    # One sign for all spans of a screen, of days as of numbers.
    return str(format_interval(first, last, "yMMMd", locale=LOCALES[language])).replace("～", "〜")


@cache
def _signed(sign: str, places: int) -> NumberPattern:
    """A number behind a sign that stands for itself."""
    return parse_pattern(f"'{sign}'0.{'0' * places}")
