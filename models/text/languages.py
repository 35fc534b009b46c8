"""Which language is a text in, and does the model's card cover it? If not, its answer would be a guess.

Two questions with two thresholds: `is_covered` lets through what could be in a covered language, and
`language_of` names a language only where the text speaks for one.

Scripts decide most cases. Within a script that the card covers, a text must speak for another language by
itself: by common words and letters of one that outnumber common words of the covered ones. In doubt a text
is covered: single words, names, emoji and mixtures stay with the model.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache
from itertools import chain, pairwise

COVERED = ("ja", "en", "de", "fr", "es", "it", "pt", "nl", "ru")
RULES = 1
"""To be raised with every change of what is covered: it is part of the model's version."""
LANGUAGE_RULES = 1
"""To be raised with every change of what `language_of` says: what older rules said is then asked again."""

# Enough of a text to tell its language by.
_CUT = 600
_WORD = re.compile(r"[^\W\d_]+")
_APOSTROPHE_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
# A text of so many words is told by one mark.
_FEW_WORDS = 4
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
_COMMON = {
    "en": _words("""the a an and is it to of in for not this that i you my app was with have but so very good
        great no on be can"""),
    "de": _words("""der die das und ist nicht ich es ein eine zu mit auf für den von man wird gut sehr nur
        auch wie kann mich"""),
    "fr": _words("""le la les et est pas je un une pour que qui dans sur avec très bien mais plus ce cette il
        on"""),
    "es": _words("el la los las y que no es un por para con una muy pero como se mi más lo del"),
    "it": _words("il la gli e è che non un per con molto bene ma si ho della sono ottima"),
    "pt": _words("o a os as e é que não com uma muito bem mas eu do da em"),
    "nl": _words("de het een en niet is ik van voor met op dat te zijn maar goed werkt heel"),
    "ru": _words("и не в на что я с по это как но за все очень"),
}  # fmt: skip
COVERED_WORDS = frozenset().union(*_COMMON.values())
# More words, by which languages are told from their neighbours; what is covered is not asked of them.
_TELLING = {
    "en": _words("""are we they he she at all if when what just from would even why more it's don't i'm can't
        doesn't than your me do does there will been has had out up now get work works working use
        easy nice love best useful helpful please fix update phone thanks excellent awesome bad
        useless amazing really only after need how every time keeps open know think people make
        could should way well never which"""),
    "de": _words("""bei aber oder dass wenn noch nach sich sind hat habe funktioniert einfach leider immer
        mehr kein keine wieder bitte danke schade einer einem dem des im am zum zur vom werden
        wurde ja nein schon als aus um über geht alles hier diese dieser meine warum tolle gute
        schlecht seit kann"""),
    "fr": _words("""application des du au aux en ne n'est c'est j'ai se sont été être fait faire tout tous
        très ça marche fonctionne merci bonne bon utile simple aucun impossible depuis mon ma mes votre
        vous nous elle sans même peut après avant toujours jamais mise jour non oui si où par
        pourquoi rien"""),
    "es": _words("""aplicación buena bueno excelente gracias funciona mejor está esta este son al en ya sin
        sirve todo todos nada bien porque cuando tiene hay puedo puede me te nos yo muy útil fácil
        mala pésima hacer actualización también ni sólo solo si información de"""),
    "it": _words("""applicazione funziona ottimo buona utile di da in del dei delle degli alla allo al ai nel
        nella questo questa come anche più perché quando ma solo sempre dopo fatto bella facile
        grazie senza ancora già può essere hanno stato mi ci ti lo uno una se fa va bravi inutile
        pessima aggiornamento"""),
    "pt": _words("""um para aplicativo ótimo boa bom excelente obrigado funciona no na nos nas dos das ao
        pelo pela está isso este esta são tem ter foi por mais já só também sem quando porque ainda meu minha
        consigo fazer útil péssimo atualização nem muito você vocês tudo nada"""),
    "nl": _words("""app ook als bij aan uit om er wel geen meer dit deze mijn nog kan wordt werken handig
        prima duidelijk helaas steeds alleen na naar door over dan of je we ze zo hij was heeft heb moet
        omdat weer waarom erg fijne"""),
    "ca": _words("""el la les els amb per què és més aplicació molt bé però no funciona gràcies una un que de
        i si ha hi nostra aquesta aquest"""),
    "ru": _words("""приложение работает хорошее спасибо отлично удобно удобное у меня то же бы если уже так
        только для нет да до от из или при когда можно нужно было есть мне вы они мы его просто всё
        почему где обновления телефон нормально супер хорошо класс полезное ужасное код"""),
}
_WORDS_OF = {
    language: _COMMON.get(language, frozenset()) | _TELLING.get(language, frozenset())
    for language in (*_COMMON, "ca")
} | OTHERS
# Letters by which Latin and Cyrillic writing is told; one that several languages write stands with each.
_LETTERS_OF = {
    "de": "ßäöü", "fr": "çœêèàâîûë", "es": "ñ¿¡", "it": "èòìù", "pt": "ãõç", "pl": "łążźćęśń", "cs": "řěů",
    "sk": "ľĺŕ", "hu": "őű", "tr": "ğış", "ro": "ățșţ", "vi": "đơưạảấầậắặẹếềệọốộớợụứự", "da": "øæ",
    "sv": "åäö", "fi": "äö", "et": "õäöü", "lv": "āēīūģķļņ", "lt": "ėęįųū", "hr": "đć",
    "uk": "іїєґ", "ru": "ыэъё",
}  # fmt: skip
_LETTERS = {
    letter: tuple(language for language, letters in _LETTERS_OF.items() if letter in letters)
    for letter in frozenset("".join(_LETTERS_OF.values()))
}
# Scripts in which, among the languages of the stores, one language is written.
_SCRIPTS_OF_ONE = {
    "HANGUL": "ko", "THAI": "th", "HEBREW": "he", "GREEK": "el", "BENGALI": "bn", "TAMIL": "ta",
    "TELUGU": "te", "KANNADA": "kn", "MALAYALAM": "ml", "GUJARATI": "gu", "GURMUKHI": "pa", "SINHALA": "si",
    "KHMER": "km", "LAO": "lo", "MYANMAR": "my", "GEORGIAN": "ka", "ARMENIAN": "hy", "ETHIOPIC": "am",
}  # fmt: skip
_SHARED_SCRIPTS = {
    "ARABIC": {"ur": frozenset("ٹڈںےھ"), "fa": frozenset("پچژگ"), "ar": frozenset("ةأإىي")},
}
_HINDI = _words("है हैं नहीं में का की के को से और यह बहुत हो रहा कर अच्छा")
_MARATHI = _words("आहे आहेत नाही मध्ये आणि खूप हे चांगले")
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
        return not _has_foreign_word(text)
    if scripts[_KANA]:
        return True
    if scripts[_HAN] >= 2 and scripts[_HAN] * 3 >= len(letters):
        return not _is_chinese("".join(c for c in letters if _script(c) == _HAN))
    return not _speaks_for_another(_WORD.findall(text))


def language_of(text: str) -> str | None:
    """The BCP 47 primary tag of the language that a text speaks for by itself; None where nothing decides.

    Scripts of one language decide alone. Latin and Cyrillic texts are told by common words and letters: one
    language must lead, by two marks, or by one in a text of at most four words. Norwegian counts as Danish.
    """
    text = text[:_CUT].lower()
    if text.isascii():
        # Latin letters or none, and nothing to compose: the same is said sooner.
        return _by_words(text)
    text = unicodedata.normalize("NFKC", text)
    letters = [c for c in text if c.isalpha()]
    if not letters:
        return None
    scripts = Counter(_script(c) for c in letters)
    # Japanese mixes scripts: kana beside Latin names are Japanese, unless there is one alone in a face.
    if scripts[_KANA] >= 2 or (scripts[_KANA] and scripts[_HAN]):
        return "ja" if scripts[_KANA] + scripts[_HAN] >= scripts[_LATIN] / 2 else None
    if scripts[_OTHER] * 2 >= len(letters):
        if not _has_foreign_word(text):
            return None
        return _by_script(text, [c for c in letters if _script(c) == _OTHER])
    if scripts[_HAN] >= 2 and scripts[_HAN] * 3 >= len(letters):
        han = "".join(c for c in letters if _script(c) == _HAN)
        if _is_chinese(han):
            return "zh"
        return "ja" if any(_is_of_japan(c) for c in han) else None
    return _by_words(text)


def _by_script(text: str, letters: list[str]) -> str | None:
    names = Counter(unicodedata.name(c, "").partition(" ")[0] for c in letters)
    ((name, count),) = names.most_common(1)
    if count < 2 or count * 2 < len(letters):
        return None
    for language, own in _SHARED_SCRIPTS.get(name, {}).items():
        if not own.isdisjoint(letters):
            return language
    if name == "DEVANAGARI":
        words = text.split()
        hindi, marathi = (sum(word in own for word in words) for own in (_HINDI, _MARATHI))
        return None if hindi == marathi else "hi" if hindi > marathi else "mr"
    return _SCRIPTS_OF_ONE.get(name)


def _by_words(text: str) -> str | None:
    words = _APOSTROPHE_WORD.findall(text)
    speakers = chain.from_iterable(map(_speakers_of, words))
    marks = Counter(chain(speakers, *(_LETTERS[c] for c in _LETTERS.keys() & set(text))))
    (first, count), (_, next_count) = (*marks.most_common(2), ("", 0), ("", 0))[:2]
    if count <= next_count or (count < 2 and len(words) > _FEW_WORDS):
        return None
    return first


@cache
def _is_of_japan(c: str) -> bool:
    """Han that the character sets of Japan have and those of China and Taiwan lack, such as 毎 and 働."""
    return c == "々" or (
        bool(c.encode("euc_jp", "ignore"))
        and not c.encode("gb2312", "ignore")
        and not c.encode("big5", "ignore")
    )


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


def _has_foreign_word(text: str) -> bool:
    """Kaomoji borrow single letters; a word has two side by side."""
    return any(_is_foreign(a) and _is_foreign(b) for a, b in pairwise(text))


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


@cache
def _speakers_by_word() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for language, words in _WORDS_OF.items():
        for word in words:
            found[word] = (*found.get(word, ()), language)
    return found


def _speakers_of(word: str) -> tuple[str, ...]:
    return _speakers_by_word().get(word.replace("’", "'"), ())


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
