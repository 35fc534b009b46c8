"""Dates as dumps write them: ISO 8601, numbers since 1970, spreadsheets' serials, and written dates of the
stores' languages.

A date is believed from 2008, when the stores opened, until a day after the dump was made. What can be read as
two days (3/12/2023) is decided for the whole file by the other rows, or by the user, and never by habit.
Names of months, weekdays and halves of the day are those of the Unicode CLDR (Babel).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flows.redaction.gate import to_utc
from flows.sources.dumps.problems import BadRow

DayOrder = Literal["mdy", "dmy", "ymd"]
ORDERS: tuple[DayOrder, ...] = ("mdy", "dmy", "ymd")
Either = dict[DayOrder, datetime]
"""What numbers without the name of a month may mean, by the order in which they are read."""
OPENED = datetime(2008, 1, 1, tzinfo=UTC)
"""Before it neither store had a review."""
TOLERANCE = timedelta(days=1)
"""How much younger than its dump a review may be: clocks and zones differ."""

_NAIVE, _DAY = len("2026-03-01 12:30:00"), len("2026-03-01")
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d{1,2})?")
# Seconds, milliseconds, microseconds, nanoseconds since 1970: at most one of them lies in the span.
_UNITS = (1.0, 1e3, 1e6, 1e9)
_COMPACT = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
# Day 0 of the serials of spreadsheets, for every day after February 1900.
_SERIAL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - the zone comes next
_LONGEST = 80
_KANJI = "〇一二三四五六七八九"
_KANJI_NUMBER = re.compile(rf"[{_KANJI}]{{1,4}}(?=年)|[{_KANJI}]?十?[{_KANJI}]?(?=[年月日時分])")

_LOCALES = (
    "en", "ja", "de", "fr", "es", "it", "pt", "ru", "ko", "zh", "zh_Hant", "nl", "sv", "nb", "da", "fi", "pl",
    "cs", "sk", "hu", "ro", "tr", "el", "uk", "bg", "hr", "sr", "sl", "lt", "lv", "et", "vi", "th", "id",
    "ms",
    "ar", "he", "fa", "hi", "bn", "ta", "te", "mr", "ca", "eu", "gl", "is", "fil", "ka", "hy", "kk", "az",
)  # fmt: skip
_ERAS = {
    "令和": 2018,
    "平成": 1988,
    "昭和": 1925,
    "令": 2018,
    "平": 1988,
    "昭": 1925,
    "r": 2018,
    "h": 1988,
    "s": 1925,
    "民國": 1911,
    "民国": 1911,
}
_BUDDHIST = 543
_ZONES = {
    "z": 0, "utc": 0, "gmt": 0, "ut": 0, "jst": 9, "kst": 9, "est": -5, "edt": -4, "cst": -6, "cdt": -5,
    "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "cet": 1, "cest": 2, "eet": 2, "eest": 3, "msk": 3,
}  # fmt: skip
_AM = {"am", "a.m", "a", "午前", "上午", "凌晨", "早上", "오전", "ap", "fm", "π.μ", "πμ", "öö", "sa", "de"}
_PM = {"pm", "p.m", "p", "午後", "下午", "晚上", "오후", "ip", "em", "μ.μ", "μμ", "ös", "ch", "du"}
# Words beside a date that change nothing.
_FILLERS = {
    "de", "del", "d", "of", "the", "at", "on", "um", "den", "le", "à", "a", "kl", "г", "года", "р", "року",
    "st", "nd", "rd", "th", "er", "º", "ngày", "năm", "h", "uhr", "of.", "в", "o", "ob", "lúc", "พ.ศ",
    "ค.ศ", "ad", "klo",
}  # fmt: skip

_TIME = re.compile(
    r"(?P<before>[^\W\d_][^\W\d_.]*\.?[^\W\d_]*\.?)?\s*"
    r"(?<![\d.:])(?P<hour>\d{1,2})(?:\s?[:時시点點h]\s?(?P<minute>\d{2}|\d(?=\s?[分분]))\s?(?:分|분)?"
    r"(?:[:\s]?(?P<second>\d{1,2})(?:[.,](?P<part>\d{1,9}))?\s?(?:秒|초)?(?![\d/.年\-]))?)"
    r"(?![\d:])\s*(?P<after>[^\W\d_]\.?\s?[^\W\d_]\.?(?![^\W\d_])|[^\W\d_.]+)?",
    re.I,
)
# 4 PM; 午後4時; klo 14.05
_FULL_HOUR = re.compile(
    r"(?P<before>午前|午後|上午|下午|오전|오후|)\s*(?<![\d.:])(?P<hour>\d{1,2})(?:\s?[時시点點](?!\w)|(?=\s?[ap]\.?m\b))"
    r"(?P<minute>)(?P<second>)(?P<part>)\s*(?P<after>[ap]\.?m\b\.?|)",
    re.I,
)
_DOTTED = re.compile(
    r"(?<=klo)(?P<before>)\s+(?P<hour>\d{1,2})\.(?P<minute>\d{2})(?P<second>)(?P<part>)(?P<after>)", re.I
)
_ZONE = re.compile(
    r"(?:\b(?:gmt|utc)\s*)?(?<![\d/])(?P<sign>[+\-−])(?P<hours>\d{2}):?(?P<minutes>\d{2})(?!\d)"
    # UTC+9
    r"|\b(?:gmt|utc)\s?(?P<sign1>[+\-−])(?P<hours1>\d{1,2})(?![\d:])",
    re.I,
)
_PLACE = re.compile(
    r"\b(?:Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific)/[A-Za-z_/]+"
)
# What programs print around a time: ISODate("..."), Timestamp('...'), /Date(1710234307123+0900)/.
_PRINTED = re.compile(
    r"/?(?:new )?(?:ISO)?(?:Date|Timestamp|DateTime|datetime64)\(['\"]?(.{4,40}?)['\"]?\)/?", re.I
)
_PYTHON = re.compile(r"datetime\.(?:datetime|date)\((\d{4}), (\d{1,2}), (\d{1,2})((?:, \d{1,6}){0,4})\)")
# Reviewed in Japan on March 12, 2024; 投稿日: 2024-03-12
_SAID_BEFORE = re.compile(
    r"(?:(?:reviewed|posted|written|published|updated|edited|submitted|created|date)\b"
    r"(?: in [^\d:]{2,30} on\b| on\b)?"
    r"|(?:投稿|更新|作成|掲載)(?:日時?|された日))\s*[:：]?\s*(?=\S)",
    re.I,
)
# 2024-03-12 21-05-07, 2024:03:12 21:05:07
_DASHED_CLOCK = re.compile(r"(\d{4})[:\-](\d{2})[:\-](\d{2})[ T_](\d{2})[:\-](\d{2})[:\-](\d{2})")
_GLUED = re.compile(r"(?<![\w])(\d{1,2})([A-Za-z]{3,9})(\d{4})(?!\d)")
_BRACKETS = re.compile(r"[(（\[][^()（）\[\]]{0,40}[)）\]]")
_CALENDAR = re.compile(
    r"(?P<era>令和|平成|昭和|民國|民国|\b[RHS](?=\s?\d))?\s*(?P<year>\d{1,4}|元)\s?[年년]\s?"
    r"(?P<month>\d{1,2})\s?[月월]\s?(?P<day>\d{1,2})\s?[日일号號]?"
)
_ERA_DOTS = re.compile(
    r"(?:\b|(?<=[^\w]))(?P<era>[RHS]|令和|平成|昭和|[令平昭])\s?(?P<year>\d{1,2})[./\-](?P<month>\d{1,2})[./\-](?P<day>\d{1,2})\b",
    re.I,
)
_YEAR_FIRST = re.compile(
    r"(?<!\d)(?P<year>\d{4})\s?(?P<sep>[./\-])\s?(?P<month>\d{1,2})\s?(?P=sep)\s?(?P<day>\d{1,2})(?!\d)\.?"
)
_YEAR_LAST = re.compile(
    r"(?<!\d)(?P<one>\d{1,2})\s?(?P<sep>[./\-])\s?(?P<two>\d{1,2})\s?(?P=sep)\s?(?P<year>\d{4}|\d{2})(?!\d)\.?"
)
_VIETNAMESE = re.compile(r"(?P<day>\d{1,2})\s*(?:tháng|thg)\s*(?P<month>\d{1,2})\D{1,8}(?P<year>\d{4})", re.I)
_WORD = re.compile(r"[^\W\d_][\w.'’\u0e31-\u0e4e\u0900-\u0dff]*")
_DIGITS = {
    ord(chr(c)): str(unicodedata.digit(chr(c)))
    for base in (0x660, 0x6F0, 0x966, 0x9E6)
    for c in range(base, base + 10)
}
_INVISIBLE = dict.fromkeys(
    [*range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2066, 0x2067, 0x2068, 0x2069, 0xFEFF]
)
# A day and month, or a month and day, and which of them could be either.
_EITHER = re.compile(r"(?<!\d)(\d{1,2})\s?([/\-.])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?!\d)")


class Dates:
    """Reads the dates of one file. Known dates are kept, because files repeat them."""

    def __init__(self, zone: tzinfo, seen_at: datetime, order: DayOrder | None = None) -> None:
        """`zone` for times without one; `seen_at` when the file was made; `order` of numbers like
        3/12/2023."""
        self.zone, self.order = zone, order
        self.last = seen_at + TOLERANCE
        self._is_utc = zone is UTC
        self._known: dict[tuple[type, object], datetime | str] = {}

    def __call__(self, value: object, field: str = "date") -> datetime:
        """An aware UTC time. Raises BadRow for what is missing, unreadable, impossible or says two things."""
        if type(value) is str and len(value) >= _DAY and value[4] == "-":
            try:
                if self._is_utc and len(value) == _NAIVE:
                    # A quarter of the time of setting the zone afterwards.
                    found = datetime.fromisoformat(value + "+00:00")
                else:
                    found = to_utc(datetime.fromisoformat(value), self.zone)
            except (ValueError, OverflowError):
                pass
            else:
                if OPENED <= found <= self.last:
                    return found
        key = (type(value), value) if isinstance(value, str | int | float) else None
        known = self._known.get(key) if key else None
        if known is None:
            try:
                known = self._read(value, field)
            except BadRow as bad:
                known = bad.reason
            if key and len(self._known) < 50_000:
                self._known[key] = known
        if isinstance(known, str):
            raise BadRow(known, field)
        return known

    def or_none(self, value: object) -> datetime | None:
        """As calling it; None for no value and for one that cannot be read, where a row can do without."""
        if value is None or value == "" or value != value:
            return None
        try:
            return self(value)
        except BadRow:
            return None

    def _read(self, value: object, field: str) -> datetime:
        if isinstance(value, datetime):
            return self._within(value)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise BadRow("unreadable_date", field)
        text = str(value).strip() if not isinstance(value, float) else repr(value)
        if len(text) > _LONGEST:
            raise BadRow("unreadable_date", field)
        text = unicodedata.normalize("NFKC", text.translate(_INVISIBLE)).translate(_DIGITS).strip(" '\"")
        text = _as_said(_KANJI_NUMBER.sub(_in_digits, text))
        if _NUMBER.fullmatch(text):
            return self._number(text.replace(",", "."))
        try:
            # "2023-03-12T10:00:00+09:00[Asia/Tokyo]" is Java's.
            return self._within(datetime.fromisoformat(re.sub(r"\[[\w/+\-]+\]$", "", text)))
        except ValueError:
            pass
        found, either = written(text)
        if either is not None:
            found = self._meant(either, field)
        if found is None:
            raise BadRow("unreadable_date", field)
        return self._within(found)

    def _meant(self, either: Either, field: str) -> datetime | None:
        """Of what a date may mean, the one that can be, else the one in the file's order."""
        possible = {o: m for o, m in either.items() if self._is_possible(m)}
        if len(set(possible.values())) > 1:
            if self.order not in possible:
                raise BadRow("ambiguous_date", field)
            return possible[self.order]
        return next(iter(possible.values()), None)

    def _is_possible(self, value: datetime) -> bool:
        try:
            return OPENED <= to_utc(value, self.zone) <= self.last
        except (OverflowError, ValueError):
            return False

    def _within(self, value: datetime) -> datetime:
        try:
            moment = to_utc(value, self.zone)
        except (OverflowError, ValueError):
            raise BadRow("unreadable_date") from None
        if not OPENED <= moment <= self.last:
            raise BadRow("unreadable_date")
        return moment

    def _number(self, text: str) -> datetime:
        """Of seconds to nanoseconds since 1970, a compact date and a serial, what lies in the span."""
        number = float(text)
        for unit in _UNITS:
            if OPENED.timestamp() <= number / unit <= self.last.timestamp():
                return datetime.fromtimestamp(round(number / unit, 6), UTC)
        if text.isdigit() and len(text) in _COMPACT:
            try:
                return self._within(datetime.strptime(text, _COMPACT[len(text)]))  # noqa: DTZ007 - see _within
            except ValueError:
                pass
        if 39_000 < number < 100_000:
            return self._within(_SERIAL_ZERO + timedelta(seconds=round(number * 86_400)))
        raise BadRow("unreadable_date")


def _in_digits(found: re.Match[str]) -> str:
    """五 as 5, 十二 as 12, 二〇二四 as 2024."""
    tens, has_tens, ones = found[0].rpartition("十")
    digits = "".join(str(_KANJI.index(c)) for c in ones)
    if not has_tens:
        return digits
    return str(int("".join(str(_KANJI.index(c)) for c in tens) or "1") * 10 + int(digits or "0"))


def is_day_only(value: object, moment: datetime) -> bool:
    """Whether a date was written without a time of day."""
    has_clock = isinstance(value, str) and (":" in value or "T" in value or "時" in value)
    return not has_clock and moment.minute == moment.second == 0


def day_order(values: Iterable[object], last: datetime) -> tuple[DayOrder | None, bool]:
    """In which order a file writes day, month and a year of two digits, by the evidence in it, and whether
    any
    date needs it.

    An order is the file's if every date of it can be read so: a number over 12 is a day, no date lies in the
    future of the dump or before the stores, a weekday beside a date is that of the day. AM and PM after
    dates with
    slashes are American where nothing else tells. None where no order or more than one remains.
    """
    left: set[DayOrder] | None = None
    needed = False
    halves = 0
    for value in values:
        if not isinstance(value, str) or len(value) > _LONGEST:
            continue
        found = _EITHER.search(value)
        if found is None:
            continue
        meant = {
            o: m for o, m in _numbers(found[1], found[3], found[4], found[2]).items()
            if OPENED <= m.replace(tzinfo=UTC) <= last + timedelta(days=1)
        }  # fmt: skip
        meant = _of_weekday(value, meant)
        if not meant:
            continue
        needed = needed or len(set(meant.values())) > 1
        left = set(meant) if left is None else left & set(meant)
        halves += found[2] == "/" and re.search(r"\d\s?[AP]M\b", value) is not None
    if left is None:
        return None, needed
    if left == {"mdy", "dmy"} and halves:
        left = {"mdy"}
    return (next(iter(left)) if len(left) == 1 else None), needed


def _numbers(one: str, two: str, year: str, sign: str) -> Either:
    """The days that three numbers may name, the last of them or, where it has two digits, the first a
    year."""
    found: dict[DayOrder, datetime | None] = {
        "mdy": _day(_full_year(year), int(one), int(two)) if sign != "." else None,
        "dmy": _day(_full_year(year), int(two), int(one)),
        "ymd": _day(_full_year(one), int(two), int(year)) if len(year) == len(one) == 2 else None,
    }
    return {order: day for order, day in found.items() if day is not None}


def _of_weekday(text: str, either: Either) -> Either:
    """Those of the days that are the weekday beside them, if any is."""
    if len(either) < 2:
        return either
    numbers = {n for w in _WORD.findall(text) if (n := _weekdays().get(_bare(w))) is not None}
    fitting = {o: m for o, m in either.items() if m.weekday() in numbers}
    return fitting or either


def _as_said(text: str) -> str:
    """A date without what programs and pages put around it."""
    said = _PYTHON.search(text)
    if said:
        hour, minute, second = ([int(n) for n in said[4].split(",") if n.strip()] + [0] * 3)[:3]
        return f"{said[1]}-{int(said[2]):02}-{int(said[3]):02} {hour:02}:{minute:02}:{second:02}"
    printed = _PRINTED.fullmatch(text)
    if printed:
        # What stands behind the milliseconds of /Date(...)/ is where they were shown.
        text = re.sub(r"(?<=\d{10})[+-]\d{4}$", "", printed[1])
    before = _SAID_BEFORE.match(text)
    if before and before.end() < len(text):
        text = text[before.end() :]
    text = _DASHED_CLOCK.sub(r"\1-\2-\3 \4:\5:\6", text)
    text = _GLUED.sub(r"\1 \2 \3", text)
    return re.sub(r"(?<=\d[日일号號])(?=[^\s(（])", " ", text)


def written(text: str) -> tuple[datetime | None, Either | None]:
    """A written date, naive or with its zone; or what it may mean by the order of its numbers."""
    zone, rest = _zone(_zone_in_brackets(text))
    rest = _BRACKETS.sub(" ", rest)
    clock, rest, is_sound = _clock(rest)
    if not is_sound:
        return None, None
    for found, left in _days(rest):
        if not _is_filler(left):
            continue
        moments: Either = {order: (day + clock).replace(tzinfo=zone) for order, day in found.items()}
        moments = _of_weekday(text, moments)
        if len(set(moments.values())) == 1:
            return next(iter(moments.values())), None
        return None, moments
    return None, None


def _zone_in_brackets(text: str) -> str:
    """(JST) without its brackets; a name of a zone that stands beside its offset stays in them."""
    return (
        re.sub(r"[(（\[]((?:UTC|GMT)?\s?[+\-]\d[\d:]*|[A-Z]{3,4})[)）\]]", r" \1 ", text)
        if not _ZONE.search(_BRACKETS.sub(" ", text), text.find(":") + 1)
        else text
    )


def _zone(text: str) -> tuple[tzinfo | None, str]:
    if ":" in text or "時" in text:
        offset = _ZONE.search(text, text.find(":") + 1)
        if offset:
            minutes = int(offset["hours"] or offset["hours1"]) * 60 + int(offset["minutes"] or 0)
            if minutes < 24 * 60:
                sign = 1 if (offset["sign"] or offset["sign1"]) == "+" else -1
                rest = text[: offset.start()] + re.sub(r"^\s*UTC\b", "", text[offset.end() :])
                return timezone(sign * timedelta(minutes=minutes)), rest
    place = _PLACE.search(text)
    if place:
        try:
            return ZoneInfo(place[0]), text[: place.start()] + " " + text[place.end() :]
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return None, text
    for word in _WORD.finditer(text):
        hours = _ZONES.get(word[0].casefold())
        if hours is not None and word[0].isupper():
            return timezone(timedelta(hours=hours)), text[: word.start()] + " " + text[word.end() :]
    return None, text


def _clock(text: str) -> tuple[timedelta, str, bool]:
    """The time of day, what is left of the text, and whether the time is one."""
    found = _TIME.search(text) or _FULL_HOUR.search(text) or _DOTTED.search(text)
    if found is not None:
        before, after = (_bare(found[n] or "") for n in ("before", "after"))
        half = _half(before, after)
        hour, minute, second = (int(found[n] or 0) for n in ("hour", "minute", "second"))
        if half is not None:
            if not 0 <= hour <= 12 and not (half == 1 and hour < 24):
                return timedelta(), text, False
            hour = hour % 12 + 12 * half if hour <= 12 else hour
        if hour > 23 or minute > 59 or second > 59:
            return timedelta(), text, False
        micro = int((found["part"] or "0").ljust(6, "0")[:6])
        kept_before = (found["before"] or "") if _of_half(before) is None or half is None else ""
        kept_after = (found["after"] or "") if _of_half(after) is None or half is None else ""
        left = f"{text[: found.start()]} {kept_before} {kept_after} {text[found.end() :]}"
        return timedelta(hours=hour, minutes=minute, seconds=second, microseconds=micro), left, True
    return timedelta(), text, True


def _bare(word: str) -> str:
    return re.sub(r"\s", "", word).casefold().rstrip(".")


def _half(before: str, after: str) -> int | None:
    found = _of_half(after)
    if found is None and before not in _FILLERS:
        found = _of_half(before)
    return found


def _of_half(word: str) -> int | None:
    if not word:
        return None
    am, pm = _halves()
    plain = word.replace(".", "")
    if word in pm or plain in pm:
        return 1
    return 0 if word in am or plain in am else None


def _days(text: str) -> Iterator[tuple[Either, str]]:
    """The days that a text may name, each with what is left of the text."""
    for form in (_CALENDAR, _ERA_DOTS, _YEAR_FIRST, _VIETNAMESE):
        found = form.search(text)
        if found:
            year = 1 if found["year"] == "元" else int(found["year"])
            era = found.groupdict().get("era")
            if era:
                year += _ERAS[era.casefold()]
            elif year < 100 and form is _CALENDAR:
                year += 2000
            day = _day(_christian(year), int(found["month"]), int(found["day"]))
            if day:
                yield {"ymd": day}, text[: found.start()] + " " + text[found.end() :]
    found = _YEAR_LAST.search(text)
    if found:
        meant = _numbers(found["one"], found["two"], found["year"], found["sep"])
        if meant:
            yield meant, text[: found.start()] + " " + text[found.end() :]
    yield from _named(text)


def _named(text: str) -> Iterator[tuple[Either, str]]:
    """A day and a year in numbers beside the name of a month."""
    months = _months()
    for word in _WORD.finditer(text):
        month = months.get(_bare(word[0])) or months.get(_bare(word[0]).removeprefix("ב"))
        if month is None:
            continue
        left = text[: word.start()] + " " + text[word.end() :]
        numbers = re.findall(r"(?<!\d)(\d{1,4})(?!\d)", left)
        if len(numbers) != 2:
            continue
        year, day = sorted(numbers, key=len, reverse=True)
        if len(year) == len(day) == 2:
            # 12-Mar-23 and Mar 12, 23: the year stands last.
            day, year = numbers
        found = (
            _day(_christian(_full_year(year)), month, int(day))
            if len(year) in (2, 4) and len(day) < 3
            else None
        )
        if found:
            yield {"dmy": found}, re.sub(r"\d+", " ", left)


def _christian(year: int) -> int:
    """Thailand counts from 543 before."""
    return year - _BUDDHIST if 2500 < year < 2700 else year


def _full_year(digits: str) -> int:
    return int(digits) + 2000 if len(digits) <= 2 else int(digits)


def _day(year: int, month: int, day: int) -> datetime | None:
    try:
        return datetime(year, month, day)  # noqa: DTZ001 - the zone comes next
    except (ValueError, OverflowError):
        return None


def _is_filler(left: str) -> bool:
    """Whether what is left beside a date's parts says nothing of the date."""
    known = _weekdays()
    words = [_bare(w) for w in _WORD.findall(left)]
    return not re.search(r"\d", left) and all(w in known or w in _FILLERS or w == "t" for w in words)


@cache
def _months() -> dict[str, int]:
    """Month by name and abbreviation; a name that is two months in two languages is none."""
    found: dict[str, set[int]] = {}
    for names in _cldr("months"):
        for number, name in names.items():
            bare = _bare(name)
            if not any(c.isdigit() for c in bare) and len(bare) > 1:
                for key in {bare, unicodedata.normalize("NFKC", bare)}:
                    found.setdefault(key, set()).add(int(number))
    return {name: numbers.pop() for name, numbers in found.items() if len(numbers) == 1} | {"sept": 9}


@cache
def _weekdays() -> dict[str, int | None]:
    """Weekday (Monday is 0) by name and abbreviation; None for a name that is two of them in two
    languages."""
    found: dict[str, set[int]] = {}
    for names in _cldr("days"):
        for number, name in names.items():
            found.setdefault(_bare(name), set()).add(int(number))
    return {name: numbers.pop() if len(numbers) == 1 else None for name, numbers in found.items()}


@cache
def _halves() -> tuple[set[str], set[str]]:
    """Words for the first and the second half of the day."""
    am, pm = set(_AM), set(_PM)
    for names in _cldr("day_periods"):
        am |= {_bare(names["am"])} if "am" in names else set()
        pm |= {_bare(names["pm"])} if "pm" in names else set()
    return am - pm, pm - am


def _cldr(kind: str) -> Iterator[Any]:
    from babel import Locale

    for locale in _LOCALES:
        for widths in getattr(Locale.parse(locale), kind).values():
            yield from widths.values()
