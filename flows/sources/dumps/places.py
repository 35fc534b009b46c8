"""Countries, languages and stores as dumps name them: by code of two or three letters, or by name.

Names are those of the Unicode CLDR (Babel) in the languages of the stores.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

_CODE = re.compile(r"[a-z]{2,3}")
# The country of ja_JP.
_LOCALE = re.compile(r"[a-z]{2,3}[-_](?:[a-z]{4}[-_])?([a-z]{2})")
_ADDRESS = re.compile(r"(?:apps|itunes)\.apple\.com/([a-z]{2})/")
# Japan (JP); jp - Japan
_CODE_AND_NAME = re.compile(
    r"(?P<name>[^()]{3,40}?)\s*[(\[](?P<code>[a-z]{2,3})[)\]]|(?P<code2>[a-z]{2})\s+[-–:]\s+(?P<name2>.{3,40})"
)
_COUNTRY_WORDS = {
    "republic of korea": "south korea", "islamic republic of iran": "iran", "republic of moldova": "moldova",
    "united republic of tanzania": "tanzania", "bolivarian republic of venezuela": "venezuela",
    "province of china taiwan": "taiwan", "plurinational state of bolivia": "bolivia",
}  # fmt: skip
_TAG = re.compile(r"([a-z]{2,3})(?:[-_][a-z0-9]{1,8})*(?:\.utf-?8)?")
_LOCALES = (
    "en", "ja", "de", "fr", "es", "it", "pt", "nl", "ru", "ko", "zh", "zh_Hant", "pl", "tr", "sv", "vi", "id",
)  # fmt: skip
# What people write and CLDR does not.
_COUNTRIES = {
    "uk": "gb", "usa": "us", "u.s": "us", "u.s.a": "us", "america": "us", "united states of america": "us",
    "great britain": "gb", "england": "gb", "korea": "kr", "republic of korea": "kr", "south korea": "kr",
    "russian federation": "ru", "viet nam": "vn", "czech republic": "cz", "uae": "ae", "米国": "us",
    "アメリカ": "us", "英国": "gb", "香港": "hk", "マカオ": "mo", "日本国": "jp", "中国大陸": "cn",
    "turkey": "tr", "hong kong": "hk", "macau": "mo",
    "taiwan": "tw", "macao": "mo", "china mainland": "cn", "mainland china": "cn",
    "republic of north macedonia": "mk",
    "the netherlands": "nl", "holland": "nl",
}  # fmt: skip
# Numbers by which Apple's own tools call its storefronts.
_STOREFRONTS = {
    143441: "us", 143442: "fr", 143443: "de", 143444: "gb", 143445: "at", 143446: "be", 143447: "fi",
    143448: "gr", 143449: "ie", 143450: "it", 143451: "lu", 143452: "nl", 143453: "pt", 143454: "es",
    143455: "ca", 143456: "se", 143457: "no", 143458: "dk", 143459: "ch", 143460: "au", 143461: "nz",
    143462: "jp", 143463: "hk", 143464: "sg", 143465: "cn", 143466: "kr", 143467: "in", 143468: "mx",
    143469: "ru", 143470: "tw", 143471: "vn", 143472: "za", 143473: "my", 143474: "ph", 143475: "th",
    143476: "id", 143477: "pk", 143478: "pl", 143479: "sa", 143480: "tr", 143481: "ae", 143482: "hu",
    143483: "cl", 143484: "np", 143485: "pa", 143486: "lk", 143487: "ro", 143489: "cz", 143491: "il",
    143492: "ua", 143493: "kw", 143494: "hr", 143495: "cr", 143496: "sk", 143497: "lb", 143498: "qa",
    143499: "si", 143501: "co", 143502: "ve", 143503: "br", 143504: "gt", 143505: "ar", 143506: "sv",
    143507: "pe", 143508: "do", 143509: "ec", 143510: "hn", 143511: "jm", 143512: "ni", 143513: "py",
    143514: "uy", 143515: "mo", 143516: "eg", 143517: "kz", 143518: "ee", 143519: "lv", 143520: "lt",
    143521: "mt",
}  # fmt: skip
_LANGUAGES = {
    "iw": "he", "in": "id", "ji": "yi", "jp": "ja", "cn": "zh", "kr": "ko", "tagalog": "fil",
    "mandarin": "zh", "简体中文": "zh", "繁體中文": "zh", "繁体中文": "zh", "簡体字": "zh", "繁体字": "zh",
    "simplified chinese": "zh", "traditional chinese": "zh", "farsi": "fa", "burmese": "my",
}  # fmt: skip
# Codes that say that none is known.
_NO_LANGUAGE = frozenset({"und", "mul", "zxx", "mis"})
_STORES = {
    "google_play": (
        "googleplay", "google", "googleplaystore", "playstore", "play", "android", "gp", "ggplay",
        "playgooglecom",
        "googleplayconsole", "gplay", "androidos", "googleplayreviews", "アンドロイドアプリ",
        "グーグルプレイ", "アンドロイド", "androidapp", "googleandroid",
        "play.google.com",
    ),
    "app_store": (
        "appstore", "apple", "appleappstore", "itunes", "itunesstore", "itunesappstore", "ios", "iphone",
        "ipad", "ipados", "iosapp", "apps.apple", "applestore", "appstorereviews",
        "as", "iosappstore", "appstoreios", "アップストア", "アップル", "macappstore", "appleios",
        "apps.apple.com",
        "itunes.apple.com", "appstoreconnect",
    ),
}  # fmt: skip
_STORE_OF = {word: store for store, words in _STORES.items() for word in words}


@lru_cache(maxsize=4096)
def country(value: object) -> str | None:
    """ISO 3166-1 alpha-2 in lower case, of a code or a name; None for what is neither."""
    word = _folded(value)
    if not word:
        return None
    known = _COUNTRIES.get(word) or _of_flag(word)
    address = _ADDRESS.search(word)
    if address:
        return address[1]
    # 143462, and 143462-9,29 as a device says it
    number = re.match(r"\d{6}(?=$|-)", word)
    if number:
        known = _STOREFRONTS.get(int(number[0]))
    both = _CODE_AND_NAME.fullmatch(word)
    if known is None and both:
        return country(both["code"] or both["code2"]) if both["name"] or both["name2"] else None
    locale = _LOCALE.fullmatch(word)
    if locale:
        word = locale[1]
    if known is None and _CODE.fullmatch(word):
        known = _codes()[0].get(word)
    return known or _names("territories").get(word) or _names("territories").get(_turned(word))


def _turned(word: str) -> str:
    """Korea, Republic of as republic of korea; and as the CLDR joins names."""
    first, comma, last = word.partition(", ")
    word = f"{last} {first}" if comma else word
    return _COUNTRY_WORDS.get(word, word).replace(" and ", " & ")


def _of_flag(word: str) -> str | None:
    """jp of the two letters that make its flag."""
    if len(word) != 2 or not all(0x1F1E6 <= ord(c) <= 0x1F1FF for c in word):
        return None
    return "".join(chr(ord(c) - 0x1F1E6 + ord("a")) for c in word)


@lru_cache(maxsize=4096)
def language(value: object) -> str | None:
    """The BCP 47 primary tag in lower case, of a tag, a code or a name; None for what is neither."""
    word = _folded(value)
    if not word:
        return None
    known = _LANGUAGES.get(word)
    tag = _TAG.fullmatch(word)
    if known is None and tag:
        known = _LANGUAGES.get(tag[1]) or _codes()[1].get(tag[1])
    # "Chinese (Traditional)", "English - US"
    return (
        known or _names("languages").get(word) or _names("languages").get(re.split(r"\s*[(\-–（]", word)[0])
    )


@lru_cache(maxsize=1024)
def store(value: object) -> str | None:
    """`google_play` or `app_store` of what a dump calls it; None for anything else."""
    if not isinstance(value, str):
        return None
    word = re.sub(r"[\s_\-]|^https?://|/.*$", "", unicodedata.normalize("NFKC", value).casefold())
    # iOS 17.2, Google Playストア
    return _STORE_OF.get(word) or _STORE_OF.get(re.sub(r"(?:[\d.]+|ストア|レビュー|のレビュー)$", "", word))


def _folded(value: object) -> str:
    return (
        unicodedata.normalize("NFKC", value).strip().casefold().rstrip(".") if isinstance(value, str) else ""
    )


@cache
def _codes() -> tuple[dict[str, str], dict[str, str]]:
    """Two- and three-letter codes of countries and of languages, in lower case, as the codes that are
    kept."""
    from babel import Locale
    from babel.core import get_global

    english = Locale.parse("en")
    territories = [str(c) for c in english.territories]
    countries = {c.lower(): c.lower() for c in territories if len(c) == 2 and c.isalpha()}
    for alias, (first, *_) in get_global("territory_aliases").items():
        if len(alias) == 3 and alias.isalpha() and len(first) == 2:
            countries[alias.lower()] = first.lower()
    countries["xkx"] = countries["xks"] = "xk"
    for outside in ("eu", "ez", "un", "zz", "qo", "xa", "xb"):
        countries.pop(outside, None)
    languages = {c: c for c in map(str, english.languages) if len(c) in (2, 3) and c not in _NO_LANGUAGE}
    for alias, kept in get_global("language_aliases").items():
        kept = str(kept)
        if len(alias) in (2, 3) and re.fullmatch("[a-z]{2,3}", kept):
            languages[alias] = kept
    return countries, languages


@cache
def _names(kind: str) -> dict[str, str]:
    """Code by name in lower case, in the languages of the stores."""
    from babel import Locale

    codes = set(_codes()[kind == "languages"].values())
    found: dict[str, str] = {}
    for locale in _LOCALES:
        for code, name in getattr(Locale.parse(locale), kind).items():
            if code.lower() in codes:
                found.setdefault(_folded(name), code.lower())
    if kind == "languages":
        # Languages by their own names.
        for code in codes & {
            "ar",
            "bg",
            "cs",
            "da",
            "el",
            "fi",
            "he",
            "hi",
            "hr",
            "hu",
            "ms",
            "no",
            "ro",
            "sk",
            "th",
            "uk",
            "ca",
            "fa",
            "bn",
            "ta",
        }:
            own = Locale.parse(code).languages.get(code)
            if own:
                found.setdefault(_folded(own), code)
    return found
