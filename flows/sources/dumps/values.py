"""Single values as dumps write them: stars, dates, counts, codes."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from urllib.parse import unquote

from flows.redaction.gate import is_harmless, passed_field, to_utc
from flows.sources.dumps.problems import BadRow

_BLANK = frozenset({"", "none", "null", "nan", "na", "n/a", "nat", "<na>", "-"})
_STARS = {f"{n}{tail}": n for n in range(1, 6) for tail in ("", ".0")}
_SMALL = {str(n): n for n in range(100)}
# Words that stores write where a version differs by device.
_NO_VERSION = frozenset({"varies with device", "vary", "端末により異なります", "デバイスにより異なります"})
# The day before the month, or the month before the day: 03/04/2026 says neither, so it is refused.
_DATES = (
    "%Y/%m/%d", "%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y.%m.%d",
    "%Y年%m月%d日", "%Y年%m月%d日 %H:%M", "%Y年%m月%d日 %H:%M:%S",
    "%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S",
    "%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y",
    "%b %d, %Y %I:%M:%S %p", "%B %d, %Y %I:%M:%S %p", "%b %d, %Y %H:%M:%S",
    "%a, %d %b %Y %H:%M:%S %Z", "%a, %d %b %Y %H:%M:%S %z",
)  # fmt: skip
_NAIVE = len("2026-03-01 12:30:00")
_EPOCH = re.compile(r"\d{9,13}(?:\.\d+)?")
_FIRST_SECOND, _LAST_SECOND = 946_684_800, 4_102_444_800  # the years 2000 to 2099
_REVIEW_ID = re.compile(r"review_?id=([^&#\s]+)", re.I)
# Google Play's and App Store Connect's ids: twelve digits in one are chance.
_STORES_OWN_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|gp:[\w\-]{20,200}")
_LONGEST_ID = 200
_APP_ID = re.compile(r"[A-Za-z0-9][\w.\-]{0,159}")
_COUNTRY = re.compile(r"[a-z]{2}")
_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[-_].*)?")


def is_blank(value: object) -> bool:
    """Whether a dump's value says nothing: None, NaN, an empty text or a word for nothing."""
    if value is None or value != value:
        return True
    return isinstance(value, str) and value.strip().casefold() in _BLANK


def stars(value: object) -> int | None:
    """1..5, or None for no value. Raises BadRow for anything else."""
    if isinstance(value, str):
        known = _STARS.get(value) or _STARS.get(value.strip())
        if known is not None:
            return known
    elif isinstance(value, int | float) and not isinstance(value, bool) and value in (1, 2, 3, 4, 5):
        return int(value)
    if is_blank(value):
        return None
    raise BadRow("rating_out_of_range", "rating")


def moment(value: object, zone: tzinfo, field: str = "date") -> datetime:
    """An aware UTC time from ISO 8601, seconds or milliseconds since 1970, or a written date.

    Raises BadRow for what is missing, ambiguous or unreadable.
    """
    if isinstance(value, str):
        try:
            if zone is UTC and len(value) == _NAIVE:
                # A quarter of the time of setting the zone afterwards.
                return datetime.fromisoformat(value + "+00:00")
            parsed = datetime.fromisoformat(value)
        except ValueError:
            return _written(value.strip(), zone, field)
        return _utc(parsed, zone, field)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _since_1970(float(value), field)
    raise BadRow("unreadable_date", field)


def moment_or_none(value: object, zone: tzinfo) -> datetime | None:
    """As `moment`; None for no value and for one that cannot be read, where the row can do without."""
    if is_blank(value):
        return None
    try:
        return moment(value, zone)
    except BadRow:
        return None


@lru_cache(maxsize=4096)
def _written(value: str, zone: tzinfo, field: str) -> datetime:
    if _EPOCH.fullmatch(value):
        return _since_1970(float(value), field)
    for form in _DATES:
        try:
            parsed = datetime.strptime(value, form)  # noqa: DTZ007 - the zone comes next
        except ValueError:
            continue
        if form.endswith("%Z"):
            parsed = parsed.replace(tzinfo=UTC)
        return _utc(parsed, zone, field)
    raise BadRow("unreadable_date", field)


def _utc(value: datetime, zone: tzinfo, field: str) -> datetime:
    try:
        return to_utc(value, zone)
    except OverflowError:
        raise BadRow("unreadable_date", field) from None


def _since_1970(value: float, field: str) -> datetime:
    seconds = value / 1000 if value >= _LAST_SECOND else value
    if not _FIRST_SECOND <= seconds < _LAST_SECOND:
        raise BadRow("unreadable_date", field)
    return datetime.fromtimestamp(seconds, UTC)


def count(value: object, field: str) -> int | None:
    """A whole number, zero or more, or None for no value. Raises BadRow for anything else."""
    if is_blank(value):
        return None
    number = decimal(value, field)
    if number is None or number < 0 or number != int(number):
        raise BadRow("unreadable_number", field)
    return int(number)


def decimal(value: object, field: str) -> float | None:
    """A number, or None for no value. Raises BadRow for anything else."""
    if is_blank(value):
        return None
    if isinstance(value, str):
        # 1,000+ is how Google Play shows installs.
        value = value.strip().rstrip("+").replace(",", "")
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise BadRow("unreadable_number", field) from None
    if number in (float("inf"), float("-inf")):
        raise BadRow("unreadable_number", field)
    return number


def votes(value: object) -> int | None:
    """How many found the review helpful; what cannot be read is no reason to lose the review."""
    if isinstance(value, str):
        known = _SMALL.get(value)
        if known is not None:
            return known
        return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 31:
        return value
    return None


@lru_cache(maxsize=4096, typed=True)
def version(value: object) -> str | None:
    """A version as the store writes it; None where it says that it differs by device."""
    if is_blank(value) or str(value).strip().casefold() in _NO_VERSION:
        return None
    return passed_field(str(value))


@lru_cache(maxsize=4096)
def country(value: object) -> str | None:
    """ISO 3166-1 alpha-2 in lower case; None for anything else."""
    code = value.strip().lower() if isinstance(value, str) else ""
    return code if _COUNTRY.fullmatch(code) else None


@lru_cache(maxsize=4096)
def language(value: object) -> str | None:
    """The BCP 47 primary tag in lower case; None for anything else."""
    found = _LANGUAGE.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    return found[1] if found else None


def review_id(value: object) -> str | None:
    """The store's id of a review, taken out of a Play Console link where the value is one."""
    if isinstance(value, str) and value.startswith("gp:"):
        return value
    if is_blank(value):
        return None
    text = str(value).strip()
    if "://" in text:
        found = _REVIEW_ID.search(text)
        text = unquote(found[1]) if found else ""
    if _STORES_OWN_ID.fullmatch(text):
        return text
    # A column of ids may hold numbers of people; then the row's id is derived.
    return text[:_LONGEST_ID] if text and is_harmless(text) else None


def app_id(value: object) -> str:
    """The store's id of an app: a package name, or digits. Raises BadRow for what is neither."""
    text = str(value).strip()
    if not _APP_ID.fullmatch(text) or not is_harmless(text):
        raise BadRow("missing_field", "app_id")
    return text
