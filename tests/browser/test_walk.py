"""Every page in a real browser: both languages, both themes, a wide and a narrow screen."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from dashboard import app
from tests.browser.conftest import SHOTS
from tests.browser.screen import screen

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PAGES = {name: "/" if name == app.FIRST else f"/{name}" for name in app.PAGES}
LANGUAGES = ("en", "ja")
WAYS = ".st-key-ways-on a"
# Every page in both languages, both themes and both widths, but not in every combination of the three:
# WALK=all walks those, too, and takes twice as long.
LOOKS: list[tuple[str, int, tuple[str, ...]]] = [
    ("en", 1400, ("light",)),
    ("ja", 1400, ("dark",)),
    ("ja", 390, ("light",)),
]
if os.environ.get("WALK") == "all":
    LOOKS = [(lang, width, ("light", "dark")) for lang in LANGUAGES for width in (1400, 390)]


@pytest.mark.parametrize(("lang", "width", "themes"), LOOKS)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_stands_without_a_fault(
    chromium: Browser, dashboard: str, page: str, lang: str, width: int, themes: tuple[str, ...]
) -> None:
    with screen(chromium, dashboard, lang, width) as seen:
        seen.open(PAGES[page])
        seen.unfold()
        for theme in themes:
            seen.wear(theme)
            seen.shoot(SHOTS / f"{page}-{lang}-{theme}-{width}.png")
            faults = seen.look()
            assert not faults, f"{theme}: " + "\n".join(faults)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_keyboard_reaches_every_page_of_the_navigation(
    chromium: Browser, dashboard: str, lang: str
) -> None:
    with screen(chromium, dashboard, lang, 1400) as seen:
        seen.open("/")
        reached: list[str] = []
        for _ in range(60):
            seen.page.keyboard.press("Tab")
            path = seen.page.evaluate("() => document.activeElement?.closest('a')?.pathname ?? ''")
            in_navigation = seen.page.evaluate(
                "() => !!document.activeElement?.closest('[data-testid=\"stSidebarNav\"]')"
            )
            if in_navigation and path not in reached:
                reached.append(path)
        assert set(reached) >= set(PAGES.values()) - {"/"}
        seen.page.locator('[data-testid="stSidebarNav"] a[href$="/rating"]').focus()
        seen.page.keyboard.press("Enter")
        seen.page.wait_for_url("**/rating**")
        seen.settle()
        assert seen.faults == []


def test_a_link_opens_the_same_view(chromium: Browser, dashboard: str) -> None:
    from playwright.sync_api import expect

    with screen(chromium, dashboard, "ja", 1400) as seen:
        seen.open("/reviews?q=a&rated=1&lang=en")
        assert seen.page.locator("h1").inner_text()
        # Streamlit draws a text field before it has its value.
        expect(seen.page.get_by_role("textbox", name="Search")).to_have_value("a")
        assert seen.page.locator(".hy-review mark").count()
        assert seen.page.locator("html").get_attribute("lang") == "en"
        assert seen.faults == []


def test_the_span_goes_along_through_the_navigation_and_back(chromium: Browser, dashboard: str) -> None:
    with screen(chromium, dashboard, "en", 1400) as seen:
        seen.open("/rating?span=90d&store=google_play&lang=ja")
        for page in ("topics", "alpha", "overview", "releases"):
            seen.page.locator(f'[data-testid="stSidebarNav"] a[href$="{PAGES[page]}"]').click()
            seen.page.wait_for_url(f"**{PAGES[page]}**")
            seen.settle()
        seen.page.wait_for_url("**/releases?*span=90d*")
        assert "store=google_play" in seen.page.url
        assert "lang=ja" in seen.page.url
        # The navigation's own address, without parameters, lies between.
        while "/releases" in seen.page.url:
            seen.page.go_back()
            seen.settle()
        assert seen.page.locator("h1").inner_text() == "一覧"
        assert seen.faults == []


@pytest.mark.parametrize(("lang", "width"), [("en", 1400), ("ja", 390)])
def test_the_story_is_told_in_three_clicks(chromium: Browser, dashboard: str, lang: str, width: int) -> None:
    """From the first screen: the rise, the release that it came with, and the topics that drove it."""
    with screen(chromium, dashboard, lang, width) as seen:
        seen.open("/")
        for into, link in (("rating", ".st-key-row-0 a"), ("releases", WAYS), ("topics", WAYS)):
            seen.page.locator(link).first.click()
            seen.page.wait_for_url(f"**/{into}?*")
            seen.settle()
            assert "app=" in seen.page.url
        assert "compare=" in seen.page.url
        assert "release%3A" in seen.page.url
        assert seen.faults == []
