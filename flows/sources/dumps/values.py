"""Single values as dumps write them: stars, counts, ids, texts."""

from __future__ import annotations

import ast
import html
import re
import unicodedata
import warnings
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from flows.redaction.gate import is_harmless, passed_field
from flows.sources.dumps.problems import BadRow

_BLANK = frozenset({
    "", "none", "null", "nan", "na", "n/a", "n.a.", "nat", "<na>", "<nan>", "-", "--", "---", "—", "–",
    "nil", "(null)", "\\n",
    "#n/a", "#na", "#null!", "#value!", "#ref!", "#name?", "#div/0!", "undefined", "[null]", "{}", "[]",
    "\'\'",
    '""', "(none)", "(empty)", "(blank)", "[none]", "\u200b", "\ufeff", "未設定", "（なし）", "(なし)",
})  # fmt: skip
_STARS = {f"{n}{tail}": n for n in range(1, 6) for tail in ("", ".0")}
_SMALL = {str(n): n for n in range(100)}
# Words that stores write where a version differs by device.
_NO_VERSION = frozenset({"varies with device", "vary", "端末により異なります", "デバイスにより異なります"})
_NUMERALS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5",
    "一": "1", "二": "2", "三": "3", "四": "4", "五": "5",
}  # fmt: skip
_STAR_WORDS = (
    r"stars?|pt|points?|sternen?|sterne?|étoiles?|estrellas?|estrelas?|stelle|stella|sterren|звезд[аы]?|звёзд[аы]?|gwiazd\w*|yıldız|"
    r"つ星|個星|つ|星|点|顆星|颗星|점|개|sao|bintang|★|⭐"
)
_HALF_SCALE = r"(?:/|of|out of|von|sur|su|de|di|из|z|中|のうち)"
_WRITTEN_STARS = tuple(
    re.compile(form)
    for form in (
        # 5つ星のうち4.0; 5段階中4
        rf"5\s?(?:つ星|段階|点満点|점)\s?(?:のうち|中|の)\s?(?P<n>[1-5])(?:[.,]0+)?\s?(?:{_STAR_WORDS})?",
        # 4; 4.0; 4,0; 4/5; 4 out of 5 stars; 4 stars; 4 stars out of five stars; STAR_RATING_FOUR
        rf"['+0]?(?:rated|rating|score|評価|星|별점|stars?|star_rating|★|☆|⭐)?[\s_]?:?\s?(?P<n>[1-5])(?:[.,]0+)?"
        rf"(?:\s?(?:{_STAR_WORDS}))?(?:\s?{_HALF_SCALE}\s?5(?:[.,]0+)?)?(?:\s?-?\s?(?:{_STAR_WORDS}))?",
        # 80 %
        r"(?P<hundred>20|40|60|80|100)\s?%",
    )
)
_FULL_SIGNS, _EMPTY_SIGNS = "★⭐🌟✭✮", "☆✩✰"
_REVIEW_ID = re.compile(r"review_?id=([^&#\s]+)", re.I)
# Google Play's and App Store Connect's ids: twelve digits in one are chance.
_STORES_OWN_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|gp:[\w\-]{20,200}")
_LONGEST_ID = 200
_APP_ID = re.compile(r"[A-Za-z0-9][\w.\-]{0,159}", re.A)
_APP_IN_ADDRESS = re.compile(r"/(?:id|apps?/)(\d{6,12})(?!\d)|[?&]id=([\w.]+)", re.A)
_ID_PREFIX = re.compile(r"^(?:id|app)[\s:/]?(?=\d{6,12}$)|^package:", re.I)
_FLOAT = re.compile(r"\d{1,15}\.0+|\d(?:\.(?P<decimals>\d+))?[eE]\+?(?P<zeros>\d{1,2})", re.A)
# What a spreadsheet needs around digits to leave them alone.
_STORE_ADDRESS = re.compile(
    r"(?:https?://|market://)?(play\.google|(?:apps|itunes|appstoreconnect)\.apple)\.com/", re.I
)
_SHEET_TEXT = re.compile(r"=?(['\"])(.*?)\1?")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3}){2,}", re.A)
_DECIMAL_COMMA = re.compile(r"\d,\d{1,2}")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_BREAK = re.compile(r"<br\s*/?>\n?", re.I)
_LONGEST_BLANK = max(map(len, _BLANK)) + 4


def is_blank(value: object) -> bool:
    """Whether a dump's value says nothing: None, NaN, an empty text or a word for nothing."""
    if value is None or value != value:
        return True
    return isinstance(value, str) and value.strip().casefold() in _BLANK


def stars(value: object) -> int | None:
    """1..5, or None for no value. Raises BadRow for anything else.

    Also as words (five, 5つ星), as symbols (★★★★☆), as a fraction of five (4/5) and in full-width digits.
    """
    if isinstance(value, str):
        known = _STARS.get(value) or _STARS.get(value.strip())
        if known is not None:
            return known
    elif isinstance(value, int | float) and not isinstance(value, bool) and value in (1, 2, 3, 4, 5):
        return int(value)
    if is_blank(value):
        return None
    found = _written_stars(value) if isinstance(value, str) else None
    if found is None:
        raise BadRow("rating_out_of_range", "rating")
    return found


@lru_cache(maxsize=1024)
def _written_stars(value: str) -> int | None:
    if len(value) > 40:
        return None
    text = unicodedata.normalize("NFKC", value.replace("\ufe0f", "")).strip().casefold()
    signs = "".join(text.split())
    if signs and all(c in _FULL_SIGNS or c in _EMPTY_SIGNS for c in signs):
        full = sum(c in _FULL_SIGNS for c in signs)
        # Hollow stars alone may be a rating or its absence.
        return full if 1 <= full <= 5 and len(signs) <= 5 else None
    text = re.sub(r"[a-z]+|[一二三四五]", lambda w: _NUMERALS.get(w[0], w[0]), text)
    for form in _WRITTEN_STARS:
        found = form.fullmatch(text)
        if found:
            parts = found.groupdict()
            return int(parts["n"]) if parts.get("n") else int(parts["hundred"]) // 20
    return None


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
        # 1,000+ is how Google Play shows installs; 4,50 is a number with decimals in half the world.
        value = value.strip().rstrip("+")
        value = value.replace(",", ".") if _DECIMAL_COMMA.fullmatch(value) else value.replace(",", "")
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
        value = value.strip().replace(",", "").removesuffix(".0")
        return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 31:
        return value
    return None


@lru_cache(maxsize=4096, typed=True)
def version(value: object) -> str | None:
    """A version as the store writes it; None where it says that it differs by device."""
    if is_blank(value) or str(value).strip().casefold() in _NO_VERSION:
        return None
    return passed_field(str(value))


@lru_cache(maxsize=4096, typed=True)
def device(value: object) -> str | None:
    """The model of a device or its code name; None for a word for nothing."""
    return None if is_blank(value) or isinstance(value, dict | list) else passed_field(str(value))


def review_id(value: object, *, shortest: int) -> str | None:
    """The store's id of a review, taken out of a Play Console link where the value is one.

    None for what is no id of a store: no value, and a whole number of less than `shortest` digits, which
    counts the rows. Then the row's id is derived.
    """
    if isinstance(value, str) and value.startswith("gp:"):
        return value
    if is_blank(value) or isinstance(value, bool | dict | list):
        return None
    text = _bare(str(value))
    if isinstance(value, float) or text.endswith(".0") or "E" in text or "e+" in text:
        if is_rounded(text):
            return None
        text = _whole(text) or text
    if "://" in text:
        found = _REVIEW_ID.search(text)
        text = unquote(found[1]) if found else ""
    if _STORES_OWN_ID.fullmatch(text):
        return text
    if text.isdigit() and len(text) < shortest:
        return None
    # A column of ids may hold numbers of people; then the row's id is derived.
    return text[:_LONGEST_ID] if text and is_harmless(text) else None


def app_id(value: object) -> str:
    """The store's id of an app: a package name, or digits, also out of the store's address.

    Raises BadRow for what is neither.
    """
    text = _bare(unicodedata.normalize("NFKC", str(value)))
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    if "://" in text or text.startswith(("apps.apple.com", "itunes.apple.com", "play.google.com")):
        found = _APP_IN_ADDRESS.search(text)
        text = (found[1] or found[2]) if found else ""
    text = _whole(text) or _ID_PREFIX.sub("", text)
    if not _APP_ID.fullmatch(text) or not is_harmless(text):
        raise BadRow("not_an_app_id", "app_id")
    return text


def looks_like_app_id(value: object) -> bool:
    """Whether a value can only be an app's id: a package name with a dot, six digits or more, an address."""
    if is_blank(value) or isinstance(value, dict | list):
        return False
    return _looks_like_app_id(str(value))


@lru_cache(maxsize=4096)
def _looks_like_app_id(value: str) -> bool:
    try:
        text = app_id(value)
    except BadRow:
        return False
    return bool(re.fullmatch(r"[A-Za-z]\w*(?:\.[\w\-]+)+|\d{6,12}", text))


def store_of_address(value: object) -> str | None:
    """The store that an address leads to; None for any other value."""
    found = _STORE_ADDRESS.match(value) if isinstance(value, str) else None
    return None if found is None else "google_play" if found[1] == "play.google" else "app_store"


def store_of_app(value: object) -> str | None:
    """The store whose ids look like this: digits are Apple's, names with dots packages of Google Play."""
    if not looks_like_app_id(value):
        return None
    return "app_store" if app_id(value).isdigit() else "google_play"


def _bare(text: str) -> str:
    """A text without what a spreadsheet has around it: '1500000001, ="1500000001"."""
    text = text.strip()
    wrapped = _SHEET_TEXT.fullmatch(text) if text[:1] in ("'", '"', "=") else None
    return wrapped[2].strip() if wrapped else text


def is_rounded(value: object) -> bool:
    """Whether a spreadsheet has thrown digits of an id away: 1.1E+10 was any of ten million."""
    found = _FLOAT.fullmatch(str(value).strip())
    return bool(found and found["zeros"] and int(found["zeros"]) > len(found["decimals"] or ""))


def _whole(text: str) -> str | None:
    """1500000001 of 1500000001.0 and 1.500000001E9, as spreadsheets write it."""
    if not _FLOAT.fullmatch(text) or is_rounded(text):
        return None
    number = float(text)
    return str(int(number)) if number == int(number) and number < 1e15 else None


def shown_text(value: object) -> str | None:
    """A text as its writer saw it: without a scraper's HTML entities and line breaks; None for a word for
    nothing."""
    if not isinstance(value, str):
        return None if is_blank(value) or isinstance(value, dict | list | bool) else str(value)
    if len(value) <= _LONGEST_BLANK and is_blank(value):
        return None
    if "&" in value:
        value = _ENTITY.sub(lambda found: html.unescape(found[0]), value)
    return _BREAK.sub("\n", value) if "<" in value else value


def python_literal(text: str) -> Any:
    """What Python's print wrote, such as a dictionary in a cell; None when it is none."""
    try:
        with warnings.catch_warnings():
            # What a text holds of backslashes is none of the compiler's business.
            warnings.simplefilter("ignore", SyntaxWarning)
            return _as_json(ast.literal_eval(text))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def _as_json(value: Any) -> Any:
    """What JSON has no word for, in its words: names that are no text, sets, bytes."""
    if isinstance(value, dict):
        return {str(k): _as_json(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set):
        return [_as_json(v) for v in value]
    return value if value is None or isinstance(value, str | int | float) else str(value)
