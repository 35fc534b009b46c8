"""The pages: no JavaScript, consent before the first word, one button to take everything back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes, urlencode

import httpx
import pytest

from flows.intake import request as pages
from flows.intake.request import language_of, moment, phrases
from tests.flows.intake.ground import Intake, bearer, intake
from warehouse.landing import Landing

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
LANGUAGES = ["ja", "en"]


class Page(HTMLParser):
    """What a test asks of a page: hidden fields, ids, labels, headings, scripts."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.inputs: list[dict[str, str]] = []
        self.tags: list[str] = []
        self.language = ""
        self.addresses: list[str] = []
        self.feed(answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {k: v or "" for k, v in attrs}
        self.tags.append(tag)
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "html":
            self.language = given["lang"]
        if tag == "label" and "for" in given:
            self.labelled.add(given["for"])
        if tag == "input" and given.get("type") == "hidden":
            self.hidden[given["name"]] = given["value"]
        elif tag in ("input", "textarea"):
            self.inputs.append(given)
        self.addresses += [given[k] for k in ("href", "src", "action") if k in given]


class Browser:
    """A person at the pages of one language: cookies are kept, hidden fields are sent along."""

    def __init__(self, here: Intake, language: str = "ja") -> None:
        self.here, self.language = here, language
        here.client.cookies.clear()

    def see(self, path: str) -> httpx.Response:
        return self.here.client.get(f"/{self.language}{path}", headers={"Accept": "text/html"})

    def send(self, path: str, seen: str | None = None, **fields: str) -> httpx.Response:
        hidden = Page(self.see(seen or path)).hidden
        return self.here.client.post(f"/{self.language}{path}", data=hidden | fields)

    def enter(self, number: int = 0) -> httpx.Response:
        return self.send("/", code=self.here.codes[number])

    def agree(self, *purposes: str) -> httpx.Response:
        return self.send("/consent", **dict.fromkeys(("improve", *purposes), "yes"))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Intake]:
    with intake(tmp_path_factory.mktemp("intake")) as made:
        yield made


@pytest.fixture
def here(running: Intake) -> Intake:
    return running.newcomers()


def _goes(answer: httpx.Response) -> str:
    assert answer.status_code == 303
    return answer.headers["location"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_from_the_code_to_thanks_and_back_again(here: Intake, language: str) -> None:
    browser = Browser(here, language)
    assert _goes(browser.enter()) == f"/{language}/consent"
    assert _goes(browser.agree("quote")) == f"/{language}/feedback"
    sent = browser.send("/feedback", rating="4", text="番号は 1234-5678-9012\r\nです", screen="home")
    assert _goes(sent) == f"/{language}/thanks"
    assert phrases(language)["thanks.redacted"].replace("{n}", "1") in browser.see("/thanks").text
    (said,) = here.landed("feedback")
    assert said["text"] == "番号は [MY_NUMBER]\nです"
    assert (said["rating"], said["language"], said["screen"]) == (4, language, "home")
    assert (said["may_analyse"], said["may_quote"]) == (False, True)
    (consent,) = here.landed("consents")
    assert (consent["language"], consent["wording"]) == (language, "2026-11")
    assert _goes(browser.send("/my-consent", analyse="yes")) == f"/{language}/my-consent"
    assert here.landed("consents")[-1]["may_analyse"] is True
    assert here.landed("consents")[-1]["may_quote"] is False
    assert _goes(browser.send("/withdraw", seen="/my-consent")) == f"/{language}/my-consent"
    assert phrases(language)["mine.status.withdrawn"] in browser.see("/my-consent").text
    assert len(here.landed("erasures")) == 1
    assert _goes(browser.see("/feedback")) == f"/{language}/consent"


def test_no_word_can_be_typed_before_the_consent_text_was_shown_and_answered(here: Intake) -> None:
    browser = Browser(here)
    assert _goes(browser.see("/feedback")) == "/ja/"
    browser.enter()
    assert _goes(browser.see("/feedback")) == "/ja/consent"
    page = browser.see("/consent")
    assert "お預かりするもの" in page.text
    assert "textarea" not in Page(page).tags


def test_no_box_is_ticked_beforehand(here: Intake) -> None:
    browser = Browser(here)
    browser.enter()
    boxes = [i for i in Page(browser.see("/consent")).inputs if i["type"] == "checkbox"]
    assert [b["name"] for b in boxes] == ["improve", "analyse", "quote", "contact"]
    assert not any("checked" in b for b in boxes)


def test_without_the_first_box_nothing_is_recorded(here: Intake) -> None:
    browser = Browser(here)
    browser.enter()
    answer = browser.send("/consent", quote="yes")
    assert answer.status_code == 422
    assert phrases("ja")["error.improve_needed"] in answer.text
    assert 'href="#improve"' in answer.text
    assert here.landed("consents") == []


def test_a_code_that_is_none_is_told_and_not_repeated(here: Intake) -> None:
    answer = Browser(here).send("/", code="x<script>alert(1)</script>")
    assert answer.status_code == 422
    assert phrases("ja")["error.code_unknown"] in answer.text
    assert "alert(1)" not in answer.text


def test_what_was_typed_is_kept_when_something_is_wrong_and_never_runs(here: Intake) -> None:
    browser = Browser(here)
    browser.enter()
    browser.agree()
    typed = '</textarea><script>alert("x")</script>' + "長" * 4000
    answer = browser.send("/feedback", text=typed, version='"><b>')
    assert answer.status_code == 422
    assert "&lt;/textarea&gt;&lt;script&gt;" in answer.text
    assert "script" not in Page(answer).tags
    assert "b" not in Page(answer).tags[Page(answer).tags.index("main") :]
    assert here.landed("feedback") == []


@pytest.mark.parametrize(
    ("fields", "phrase"),
    [
        ({}, "error.nothing_said"),
        ({"text": " \r\n "}, "error.nothing_said"),
        ({"rating": "9", "text": "x"}, "error.rating"),
        ({"text": "x", "device": "x" * 101}, "error.name_too_long"),
    ],
)
def test_each_mistake_has_its_words(here: Intake, fields: dict[str, str], phrase: str) -> None:
    browser = Browser(here, "en")
    browser.enter()
    browser.agree()
    answer = browser.send("/feedback", **fields)
    assert answer.status_code == 422
    assert phrases("en")[phrase] in answer.text
    assert "<title>Error: " in answer.text


def test_sending_a_form_twice_lands_once(here: Intake) -> None:
    browser = Browser(here)
    browser.enter()
    browser.agree()
    fields = Page(browser.see("/feedback")).hidden | {"text": "二度押し"}
    for _ in range(2):
        assert _goes(here.client.post("/ja/feedback", data=fields)) == "/ja/thanks"
    assert len(here.landed("feedback")) == 1


def test_when_the_disk_refuses_the_text_stays_on_the_screen(
    here: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    browser = Browser(here)
    browser.enter()
    browser.agree()
    with monkeypatch.context() as broken:
        broken.setattr(Landing, "write", full)
        answer = browser.send("/feedback", text="失いたくない言葉")
    assert answer.status_code == 503
    assert "失いたくない言葉" in answer.text
    assert phrases("ja")["error.unavailable"] in answer.text


def test_a_tester_who_sends_too_often_keeps_the_text_on_the_screen(tmp_path: Path) -> None:
    with intake(tmp_path, token_per_minute=6) as here:
        browser = Browser(here)
        browser.enter()
        browser.agree()
        fields = Page(browser.see("/feedback")).hidden | {"text": "残す言葉"}
        answers = [here.client.post("/ja/feedback", data=fields) for _ in range(6)]
        assert answers[-1].status_code == 429
        assert "残す言葉" in answers[-1].text
        assert int(answers[-1].headers["retry-after"]) > 0


@pytest.mark.parametrize("path", ["/", "/consent", "/feedback", "/my-consent", "/withdraw", "/leave"])
def test_a_form_of_another_site_is_refused(here: Intake, path: str) -> None:
    browser = Browser(here)
    browser.enter()
    browser.agree()
    hidden = Page(browser.see("/my-consent")).hidden
    forged: list[tuple[dict[str, str], dict[str, str]]] = [
        ({}, {}),
        ({"csrf": "0" * 64}, {}),
        ({"csrf": "é"}, {}),
        (hidden, {"Sec-Fetch-Site": "cross-site"}),
        (hidden, {"Sec-Fetch-Site": "same-site"}),
    ]
    for fields, headers in forged:
        answer = here.client.post(f"/ja{path}", data=fields, headers=FORM | headers)
        assert answer.status_code == 403
        assert phrases("ja")["problem.form_expired"] in answer.text
    assert here.landed("erasures") == []


def test_a_session_is_signed_and_begins_anew_with_the_code(here: Intake) -> None:
    browser = Browser(here)
    browser.see("/")
    before = here.client.cookies["hoshiyomi"]
    answer = browser.enter()
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert here.client.cookies["hoshiyomi"].split(".")[0] != before.split(".")[0]
    assert here.codes[0] not in cookie
    for forged in (before, here.client.cookies["hoshiyomi"][:-2] + "xx", "x", ""):
        here.client.cookies.clear()
        here.client.cookies.set("hoshiyomi", forged)
        assert _goes(here.client.get("/ja/feedback")) == "/ja/"


def test_a_revoked_code_ends_its_sessions(here: Intake) -> None:
    browser = Browser(here)
    browser.enter()
    here.state.register.revoke(here.testers[0], datetime.now(UTC))
    answer = browser.see("/my-consent")
    assert answer.status_code == 403
    assert phrases("ja")["problem.token_revoked"] in answer.text


def test_after_the_cohorts_time_the_code_still_leads_to_my_consent(tmp_path: Path) -> None:
    with intake(tmp_path) as here:
        browser = Browser(here)
        browser.enter()
        browser.agree()
        here.state.register._con.execute("update cohorts set closes_at = opens_at")
        assert _goes(browser.enter()) == "/ja/my-consent"
        assert _goes(browser.see("/feedback")) == "/ja/my-consent"
        assert _goes(browser.send("/withdraw", seen="/my-consent")) == "/ja/my-consent"
        assert len(here.landed("erasures")) == 1


def test_leaving_forgets_the_browser(here: Intake) -> None:
    browser = Browser(here)
    browser.enter()
    browser.agree()
    assert _goes(browser.send("/leave", seen="/my-consent")) == "/ja/"
    assert _goes(browser.see("/my-consent")) == "/ja/"


def test_my_consent_tells_all_that_was_recorded(here: Intake) -> None:
    browser = Browser(here, "en")
    here.agree(quote=True)
    browser.enter()
    page = browser.see("/my-consent").text
    assert here.testers[0] in page
    assert "Agreed" in page
    assert "anonymous quotation" in page
    assert "(JST)" in page


def test_a_picture_is_refused_with_the_reason(here: Intake) -> None:
    Browser(here).enter()
    answer = here.client.post("/ja/feedback", files={"f": ("x.png", b"x", "image/png")})
    assert answer.status_code == 415
    assert phrases("ja")["problem.files_not_accepted"] in answer.text


@pytest.mark.parametrize("body", [b"%ff=%fe", b"\xff", b"a=1&" * 40, b"%"])
def test_a_hostile_form_is_refused(here: Intake, body: bytes) -> None:
    answer = here.client.post("/ja/", content=body, headers=FORM)
    assert answer.status_code in (403, 422)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_has_its_label_and_no_page_asks_another_host(here: Intake, language: str) -> None:
    browser = Browser(here, language)
    seen = [browser.see("/"), browser.see("/wording"), browser.see("/nowhere")]
    browser.enter()
    seen.append(browser.see("/consent"))
    browser.agree()
    seen += [browser.see("/feedback"), browser.send("/feedback"), browser.see("/my-consent")]
    browser.send("/feedback", text="x")
    seen.append(browser.see("/thanks"))
    for answer in seen:
        page = Page(answer)
        assert page.language == language
        assert page.tags.count("h1") == 1
        assert len(page.ids) == len(set(page.ids))
        assert {"script", "iframe", "style"} & set(page.tags) == set()
        assert "style=" not in answer.text
        assert all(a.startswith(("/", "#")) and not a.startswith("//") for a in page.addresses)
        for field in page.inputs:
            assert field["type"] == "radio" if "id" not in field else field["id"] in page.labelled
        for describing in re.findall(r'aria-describedby="([^"]*)"', answer.text):
            assert set(describing.split()) <= set(page.ids)


def test_both_languages_have_the_same_phrases() -> None:
    ja, en = phrases("ja"), phrases("en")
    assert ja.keys() == en.keys()
    for key in ja:
        assert re.findall(r"\{\w+\}", ja[key]) == re.findall(r"\{\w+\}", en[key]), key
    assert not re.search(r"[()]", "".join(v for k, v in ja.items() if k != "sign_in.code_hint"))


def test_every_phrase_is_used() -> None:
    folder = Path(pages.__file__).parent
    code = "".join(p.read_text("utf-8") for p in [*folder.glob("*.py"), *folder.glob("templates/*.html")])
    made_up = ("step.", "mine.status.", "event.", "purpose.", "problem.", "feedback.", "error.")
    unused = [k for k in phrases("ja") if f'"{k}"' not in code and not k.startswith(made_up)]
    assert unused == []


@pytest.mark.parametrize(
    ("accept", "path", "language"),
    [
        ("en-US,en;q=0.9,ja;q=0.8", "/", "en"),
        ("de,ja;q=0.5", "/", "ja"),
        ("", "/", "ja"),
        ("en", "/ja/feedback", "ja"),
        ("\x00;;,", "/xx/yy", "ja"),
    ],
)
def test_the_language_is_the_addresss_then_the_browsers(accept: str, path: str, language: str) -> None:
    assert language_of(accept, path) == language


def test_times_are_told_in_the_zone_with_its_name() -> None:
    when = datetime(2026, 11, 24, 20, 5, tzinfo=UTC)
    assert moment(when, "ja", "Asia/Tokyo") == "2026年11月25日 05:05 (JST)"
    assert moment(when, "en", "UTC") == "24 November 2026, 20:05 (UTC)"


def test_the_api_and_the_pages_share_one_ledger(here: Intake) -> None:
    here.agree(quote=True)
    browser = Browser(here)
    assert _goes(browser.enter()) == "/ja/feedback"
    browser.send("/withdraw", seen="/my-consent")
    told: dict[str, Any] = here.client.get("/v1/consent", headers=bearer(here.codes[0])).json()
    assert told["status"] == "withdrawn"


@pytest.mark.parametrize(
    "number",
    [
        "１２３４５６７８９０１８".encode(),
        quote_from_bytes("１２３４５６７８９０１８".encode("shift_jis")).encode(),
        b"&".join([b"more=1"] * 40),
    ],
    ids=["not quoted", "not UTF-8", "too many fields"],
)
def test_a_form_in_another_encoding_is_refused_and_not_read_as_other_characters(
    here: Intake, number: bytes
) -> None:
    """Read in another encoding a number is a number no more for the gate, and still one for a reader."""
    browser = Browser(here)
    browser.enter()
    browser.agree()
    hidden = urlencode(Page(browser.see("/feedback")).hidden).encode()
    answer = here.client.post("/ja/feedback", content=hidden + b"&text=" + number, headers=FORM)
    assert answer.status_code == 422
    assert phrases("ja")["problem.invalid_fields"] in answer.text
    assert here.landed("feedback") == []
