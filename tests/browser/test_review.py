"""One review in the browser: its "…", its own address, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser.screen import screen

if TYPE_CHECKING:
    from playwright.sync_api import Browser

DOTS = '[class*="st-key-more-"] button'
INSIDE = '[data-testid="stPopoverBody"]'
CARDS = ".hy-review"


@pytest.mark.parametrize(("lang", "width"), [("en", 1366), ("ja", 390)])
def test_a_review_has_an_address_that_a_reload_and_the_back_button_keep(
    chromium: Browser, dashboard: str, lang: str, width: int
) -> None:
    with screen(chromium, dashboard, lang, width) as s:
        s.open("/reviews?span=1y")
        s.page.locator(DOTS).first.click()
        s.page.wait_for_selector(f"{INSIDE} code")
        s.settle()
        copied = s.page.locator(f"{INSIDE} code").first.inner_text()
        assert not s.look()
        s.page.locator(f'{INSIDE} [class*="st-key-alone-"] button').click()
        s.page.wait_for_selector(".st-key-of-app")
        s.settle()
        named = parse_qs(urlsplit(s.page.url).query)["review"]
        assert s.page.locator(CARDS).count() == 1
        assert copied.rstrip().endswith(s.page.url.split("?")[1])
        s.page.reload()
        s.settle()
        assert s.page.locator(CARDS).count() == 1
        s.page.locator(".st-key-of-app button").click()
        s.page.wait_for_function("cards => document.querySelectorAll(cards).length > 1", arg=CARDS)
        s.settle()
        assert "review=" not in s.page.url
        s.page.go_back()
        s.page.wait_for_selector(".st-key-of-app")
        s.settle()
        assert parse_qs(urlsplit(s.page.url).query)["review"] == named
        assert not s.look()
