"""The testers' pages in a real browser: both languages, wide and narrow, by day and by night."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import SHOTS
from tests.flows.intake.ground import Server, invited, server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

LANGUAGES = ["ja", "en"]
# What a browser writes to its console for an answer that says what is wrong.
_EXPECTED = ("status of 422", "status of 404")


@pytest.fixture(scope="module")
def intake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server(tmp_path_factory.mktemp("intake")) as running:
        yield running


class Walk:
    """One tester's way through the pages; every page is looked at."""

    def __init__(self, page: Page, running: Server, language: str, name: str) -> None:
        self.page, self.url, self.language, self.name = page, running.url, language, name
        self.faults: list[str] = []
        page.on("request", self._asked)
        page.on("console", lambda m: self._heard(m.text) if m.type == "error" else None)

    def _asked(self, request: object) -> None:
        url = getattr(request, "url", "")
        if not url.startswith(self.url):
            self.faults.append(f"asks {url}")

    def _heard(self, text: str) -> None:
        if not any(e in text for e in _EXPECTED):
            self.faults.append(text)

    def look(self, step: str) -> None:
        """Picture, width, and the rules of accessibility."""
        from axe_playwright_python.sync_playwright import Axe

        width = self.page.viewport_size["width"] if self.page.viewport_size else 0
        if self.page.evaluate("document.documentElement.scrollWidth") > width:
            self.faults.append(f"{step}: wider than the screen")
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"intake-{step}-{self.name}.png", full_page=True)
        for found in Axe().run(self.page).response["violations"]:
            self.faults.append(f"{step}: {found['id']}: {found['nodes'][0]['html'][:150]}")

    def press(self, button: str, then: str) -> None:
        self.page.click(button)
        self.page.wait_for_url(f"**/{self.language}{then}")

    def go_all_the_way(self, code: str) -> None:
        page = self.page
        page.goto(f"{self.url}/{self.language}/")
        self.look("1-code")
        page.fill("#code", "nothing")
        self.press("button.main", "/")
        self.look("1-code-wrong")
        page.fill("#code", code.upper())
        self.press("button.main", "/consent")
        self.look("2-consent")
        self.press("button.main", "/consent")
        assert page.evaluate("document.activeElement.className") == "errors"
        self.look("2-consent-wrong")
        page.check("#improve")
        page.check("#quote")
        self.press("button.main", "/feedback")
        self.look("3-feedback")
        self.press("button.main", "/feedback")
        self.look("3-feedback-wrong")
        page.locator(".choice").nth(3).click()
        page.fill("#text", "ログイン画面で止まります。電話は 090-1234-5678 です。")
        page.fill("#screen", "ログイン")
        self.press("button.main", "/thanks")
        self.look("4-thanks")
        page.goto(f"{self.url}/{self.language}/my-consent")
        self.look("5-my-consent")
        page.uncheck("#quote")
        self.press("button.main", "/my-consent")
        self.press("button.away", "/my-consent")
        assert page.locator("button.away").count() == 0
        self.look("6-withdrawn")
        for path in ("/nowhere", "/wording"):
            page.goto(f"{self.url}/{self.language}{path}")
            self.look(f"7-{path[1:]}")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("width", "scheme"), [(1200, "light"), (390, "dark"), (390, "light"), (1200, "dark")]
)
def test_a_tester_goes_all_the_way(
    chromium: Browser, intake: Server, language: str, width: int, scheme: str
) -> None:
    # Axe needs scripts to run; the pages themselves have none.
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light"
    )
    walk = Walk(context.new_page(), intake, language, f"{language}-{width}-{scheme}")
    walk.go_all_the_way(invited(intake.data, 1)[0])
    context.close()
    assert walk.faults == []


def test_the_way_needs_no_scripts_and_no_mouse(chromium: Browser, intake: Server) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{intake.url}/en/")
    page.focus("#code")
    page.keyboard.type(invited(intake.data, 1)[0])
    page.keyboard.press("Enter")
    page.wait_for_url("**/en/consent")
    page.focus("#improve")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/en/feedback")
    page.focus("input[name=rating][value='']")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.type("by keyboard alone")
    page.focus("button.main")
    page.keyboard.press("Enter")
    page.wait_for_url("**/en/thanks")
    assert "Your feedback is saved." in page.content()
    context.close()
