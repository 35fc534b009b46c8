"""Which texts the model may read: the languages of its card, and what could be one of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.text.languages import is_covered, language_of

COVERED = {
    "Japanese": [
        "最高",
        "神アプリ",
        "ログインできません",
        "要改善",
        "画期的",
        "不便",
        "ギガ食いすぎ",
        "ｱﾌﾟﾘが落ちる",
    ],
    "Japanese of Han alone": ["毎回強制終了", "起動不可", "運営最悪", "完全放置", "使用不能", "評価不能"],
    "English": ["ok", "thx", "Does not open", "Super for a god like app", "My tablet shows nothing"],
    "German": ["Sehr gut", "Naja", "Größe lässt sich nicht ändern"],
    "French": ["ça marche pas", "Merci !", "œuvre utile"],
    "Spanish and Portuguese": ["Muy útil", "No abre desde mañana", "Ótimo", "Não abre", "som ruim"],
    "Italian and Dutch": ["va bene", "Un piccolo gesto", "Prima app", "Werkt goed hoor"],
    "Russian": ["спасибо", "Не работает, что делать?", "ВКонтакте лучше"],
    "no words": ["", "5", "…", "😭😭", "(´・ω・`)", "ಠ_ಠ", "(T_T)ㅠㅠ", "!!!"],
    "a mixture": ["アプリ最高 진짜", "Great app 很好 really love it", "「สวัสดี」って表示される"],
}
OTHERS = {
    "Chinese, simplified": [
        "打不开",
        "更新之后就闪退了",
        "登录不了，验证码一直收不到",
        "不错",
        "广告太多了",
        "很方便",
    ],
    "Chinese, traditional": [
        "打不開",
        "收不到驗證碼，無法登入",
        "客服都不回覆",
        "希望能增加深色模式",
        "爛透了",
    ],
    "Korean": ["최고", "자꾸 튕겨요", "로그인이 안 돼요. 인증번호가 안 와요", "ㅋㅋㅋ 쓰레기 앱"],
    "Arabic": ["التطبيق لا يعمل", "رائع", "لا أستطيع تسجيل الدخول"],
    "Hebrew": ["האפליקציה לא עובדת"],
    "Thai": ["แอปใช้งานไม่ได้", "ดีมาก", "เข้าสู่ระบบไม่ได้ รหัส OTP ไม่มา"],
    "Hindi": ["ऐप काम नहीं कर रहा है", "बहुत अच्छा", "लॉगिन नहीं हो रहा, ओटीपी नहीं आता"],
    "Greek": ["Η εφαρμογή δεν ανοίγει"],
    "Turkish": ["Çok güzel", "Giriş yapamıyorum, kod gelmiyor"],
    "Polish": ["Świetna aplikacja, polecam", "Nie mogę się zalogować"],
    "Vietnamese": ["Ứng dụng không hoạt động", "Quá nhiều quảng cáo"],
    "Indonesian": ["Aplikasi tidak bisa dibuka"],
    "Swedish and Danish": ["Appen fungerar inte", "Jeg kan ikke logge ind, koden kommer ikke"],
    "Ukrainian": ["Дуже зручно, дякую", "Додаток не працює"],
}


@pytest.mark.parametrize("texts", COVERED.values(), ids=COVERED.keys())
def test_what_may_be_a_language_of_the_card_is_read(texts: list[str]) -> None:
    assert [text for text in texts if not is_covered(text)] == []


@pytest.mark.parametrize("texts", OTHERS.values(), ids=OTHERS.keys())
def test_what_speaks_for_another_language_is_not_read(texts: list[str]) -> None:
    assert [text for text in texts if is_covered(text)] == []


@given(st.text(st.characters(exclude_categories=()), max_size=80))
def test_any_text_gets_an_answer_and_white_space_around_it_changes_none(text: str) -> None:
    assert is_covered(text) == is_covered(f"  {text}\n")


SPOKEN = {
    "ja": ["ログインできません", "毎回強制終了", "アプリ最高、Google Play より便利", "ｱﾌﾟﾘが落ちる"],
    "en": ["Does not open", "Great app, love it", "It doesn’t work since the last update"],
    "de": ["Sehr gut", "Größe lässt sich nicht ändern", "Die App funktioniert leider nicht mehr"],
    "fr": ["ça marche pas", "Très bonne application", "Impossible de se connecter depuis la mise à jour"],
    "es": ["Muy útil", "La aplicación no funciona y no puedo entrar"],
    "it": ["Non funziona più", "Ottima applicazione, molto utile"],
    "pt": ["Não abre", "Ótimo aplicativo, muito bom"],
    "nl": ["Werkt goed hoor", "De app werkt niet meer"],
    "ru": ["Не работает, что делать?", "спасибо"],
    "uk": ["Дуже зручно, дякую"],
    "zh": ["更新之后就闪退了", "客服都不回覆"],
    "ko": ["자꾸 튕겨요"],
    "ar": ["لا أستطيع تسجيل الدخول"],
    "fa": ["برنامه خوبی است چرا پشتیبانی نمی‌کند"],
    "hi": ["ऐप काम नहीं कर रहा है"],
    "th": ["แอปใช้งานไม่ได้"],
    "tr": ["Çok güzel", "Uygulama çalışmıyor lütfen düzeltin"],
    "pl": ["Świetna aplikacja, polecam"],
    "vi": ["Ứng dụng không hoạt động"],
    "sv": ["Appen fungerar inte"],
}
UNSURE = ["", "5", "😭😭", "(T_T)ㅠㅠ", "ok", "最高", "NHK", "Pixel 7 Pro", "ಠ_ಠ", "no", "super"]


@pytest.mark.parametrize(("language", "texts"), SPOKEN.items())
def test_the_language_that_a_text_speaks_for_is_told(language: str, texts: list[str]) -> None:
    assert {text: language_of(text) for text in texts} == dict.fromkeys(texts, language)


def test_what_could_be_in_several_languages_is_told_as_none() -> None:
    assert [text for text in UNSURE if language_of(text) is not None] == []


@given(st.text())
def test_any_text_has_a_tag_or_none(text: str) -> None:
    told = language_of(text)
    assert told is None or (len(told) == 2 and told.isascii() and told.islower())
    assert language_of(f"\n{text[:590]}  ") == language_of(text[:590])
