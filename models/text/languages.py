"""Does the model's card cover the language of a text? If it does not, its answer would be a guess.

Scripts decide most cases. Within a script that the card covers, a text must speak for another language by
itself: by common words and letters of one that outnumber common words of the covered ones. In doubt a text
is covered: single words, names, emoji and mixtures stay with the model.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache
from itertools import pairwise

COVERED = ("ja", "en", "de", "fr", "es", "it", "pt", "nl", "ru")
RULES = 1
"""To be raised with every change of what is covered: it is part of the model's version."""

# Enough of a text to tell its language by.
_CUT = 600
_WORD = re.compile(r"[^\W\d_]+")
_LATIN, _CYRILLIC, _HAN, _KANA, _OTHER = "Latin", "Cyrillic", "Han", "Kana", "other"
# Japanese of so many Han and no kana is hardly ever written.
_LONG_WITHOUT_KANA = 16


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Common words of languages outside the card, which no covered language has as a common word.
OTHERS = {
    "cs": _words("""není aplikace funguje nefunguje velmi dobrá když jsem jako také nelze prosím už že padá
        aktualizaci"""),
    "da": _words("og ikke jeg på meget virker fungerer det veldig appen rigtig"),
    "et": _words("väga töötab rakendus kuid pole hea"),
    "fi": _words("että sovellus toimii hyvä erittäin mutta tämä hyvin kiitos ei toimi pysty"),
    "hr": _words("""aplikacija nije što kako jako samo još treba ovo mogu dobro radi zelo ampak deluje
        lahko"""),
    "hu": _words("""és hogy egy alkalmazás nagyon jó csak már működik köszönöm tudok bejelentkezni jön
        kód"""),
    "id": _words("""yang tidak bisa aplikasi ini untuk sangat saya bagus dengan sudah tolong kenapa
        membantu terima kasih terlalu banyak iklan"""),
    "lt": _words("labai programėlė neveikia yra kad gera"),
    "lv": _words("ļoti laba lietotne strādā"),
    "pl": _words("""się jest że działa bardzo przez może tylko już polecam dużo reklam aplikacja aplikacji
        dobra wszystko jestem proszę"""),
    "ro": _words("și foarte pentru aplicația aplicatia bună sunt mult trebuie funcționează"),
    "sk": _words("aplikácia nefunguje veľmi keď som ktorá prosím ešte iba"),
    "sv": _words("och är inte jag mycket fungerar för på att appen det"),
    "sw": _words("nzuri sana hii programu kwa"),
    "tl": _words("ang mga kasi maganda yung naman po"),
    "tr": _words("""için çok değil ama yok uygulama uygulaması güzel iyi kötü olarak gibi daha çalışmıyor
        lütfen kullanışlı bir"""),
    "uk": _words("дуже додаток застосунок працює чому що це дякую можу увійти"),
    "vi": _words("ứng dụng không được rất tôi của này cho"),
}
# Common words of the covered languages that are written with Latin or Cyrillic letters.
COVERED_WORDS = _words("""
    the a an and is it to of in for not this that i you my app was with have but so very good great no on
    be can der die das und ist nicht ich es ein eine zu mit auf für den von man wird gut sehr nur auch wie
    kann mich le la les et est pas je un une pour que qui dans sur avec très bien mais plus ce cette il on
    el los las y por para con una muy pero como se mi más lo del
    gli e è non che per molto bene ma si ho della sono ottima
    o os as é não com uma muito bem mas eu do da em
    de het een en niet ik van voor met op dat te zijn maar goed werkt heel
    и не в на что я с по это как но за все очень
""")
COVERED_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzàáâãäåæçèéêëìíîïñòóôõöøœùúûüýÿßªºſŀ")
UKRAINIAN_LETTERS = frozenset("іїєґ")

# Han that Japanese has but hardly writes in reviews; level 2 of its character set comes on top ...
CHINESE = frozenset("這没")
# ... words of Chinese that Japanese lacks ...
CHINESE_WORDS = (
    "可以", "不了", "不開", "不到", "打不", "好用", "太多", "太慢", "大家", "希望能", "一直", "客服", "登入",
    "閃退", "無法", "程式", "軟體", "手機", "時候", "為什", "非常好", "已經",
)  # fmt: skip
# ... and Han of both languages that Chinese writes all the time.
CHINESE_OFTEN = frozenset("的了是我不好都也就在有太要用")


def is_covered(text: str) -> bool:
    """Whether the text may be read. Texts without letters may."""
    text = text[:_CUT].lower()
    if text.isascii():
        return not _speaks_for_another(_WORD.findall(text))
    text = unicodedata.normalize("NFKC", text)
    letters = [c for c in text if c.isalpha()]
    scripts = Counter(_script(c) for c in letters)
    if not letters:
        return True
    if scripts[_OTHER] * 2 >= len(letters):
        # kaomoji borrow single letters; a word has two side by side
        return not any(_is_foreign(a) and _is_foreign(b) for a, b in pairwise(text))
    if scripts[_KANA]:
        return True
    if scripts[_HAN] >= 2 and scripts[_HAN] * 3 >= len(letters):
        return not _is_chinese("".join(c for c in letters if _script(c) == _HAN))
    return not _speaks_for_another(_WORD.findall(text))


@cache
def _script(letter: str) -> str:
    """The script of a letter, as far as it matters here, by its Unicode name."""
    name = unicodedata.name(letter, "")
    if name.startswith("LATIN") or letter in "ªº":
        return _LATIN
    if name.startswith("CYRILLIC"):
        return _CYRILLIC
    if name.startswith("CJK") or letter in "々〆":
        return _HAN
    if name.startswith(("HIRAGANA", "KATAKANA")) or letter == "ー":
        return _KANA
    return _OTHER


def _is_foreign(c: str) -> bool:
    """A letter of another script, or a vowel sign of one; lone Hangul letters (ㅠㅠ) are a face."""
    if "ᄀ" <= c <= "ᇿ" or "ㄱ" <= c <= "ㆎ":
        return False
    is_sign = c > "\u0590" and unicodedata.category(c) in ("Mn", "Mc") and not unicodedata.combining(c)
    return is_sign or (c.isalpha() and _script(c) == _OTHER)


def _is_chinese(han: str) -> bool:
    """Han without kana: Chinese, or a Japanese cry such as 最高?"""
    strong = sum(c in CHINESE or not _is_common_in_japanese(c) for c in han)
    if (strong and strong * 16 >= len(han)) or any(word in han for word in CHINESE_WORDS):
        return True
    often = [c for c in han if c in CHINESE_OFTEN]
    if len(set(often)) >= 3 and len(often) * 4 >= len(han):
        return True
    return len(han) >= _LONG_WITHOUT_KANA and bool(often)


@cache
def _is_common_in_japanese(c: str) -> bool:
    """Whether it is in level 1 of JIS X 0208 (rows 16 to 47), or 々; old forms of Han are in level 2."""
    code = c.encode("euc_jp", "ignore")
    return c in "々〆" or (len(code) == 2 and code[0] - 0xA0 < 48)


@cache
def _languages_by_word() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for language, words in OTHERS.items():
        for word in words:
            found[word] = (*found.get(word, ()), language)
    return found


def _speaks_for_another(words: list[str]) -> bool:
    """Latin and Cyrillic: two words for one other language, and more than there are for covered ones."""
    others, listed = _languages_by_word(), Counter[str]()
    for word in words:
        if word in others:
            listed.update(others[word])
    strange = sum(not word.isascii() and word not in others and _has_strange_letter(word) for word in words)
    if not listed and not strange:
        return False
    spoken = max(listed.values(), default=0) + strange
    known = sum(word in COVERED_WORDS and word not in others for word in words)
    return spoken > known and (spoken >= 2 or (strange == 1 and len(words) <= 3))


def _has_strange_letter(word: str) -> bool:
    """Whether no covered language writes one of its letters."""
    return any(c in UKRAINIAN_LETTERS or (_script(c) == _LATIN and c not in COVERED_LETTERS) for c in word)
