"""What tells the languages of the model's card from others (see `languages.py`): words, letters, Han."""

from __future__ import annotations


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
