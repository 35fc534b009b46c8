"""Pages measured in the browser: few words, a layout that stands still, a focus that is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser import measure
from tests.browser.screen import screen
from tests.browser.test_walk import LANGUAGES, PAGES

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.conftest import Desk

FIRST_SCREEN, WHOLE_PAGE = 120, 700
WITH_PICTURE = [name for name in PAGES if name not in ("alpha", "about")]
"""About is text, and of the real dump there are no testers."""
BEGINS = 0.95
"""The part of the first screen in which the first picture of a page begins."""
_STEPS = """() => [...new Set([...document.querySelectorAll('.hy-map td')].filter((c) => c.querySelector('a'))
    .map((c) => [...c.classList].find((n) => /^s[1-9]$/.test(n))).filter(Boolean))]"""
_SERVED: set[tuple[str, str]] = set()
MOVES = 0.1
"""Of all shifts from the first paint on: what browsers call good."""


@pytest.mark.parametrize("desk_of", ["sample", "real"], indirect=True)
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_little_and_stands_still(chromium: Browser, desk_of: Desk, page: str, lang: str) -> None:
    if (desk_of.address, page) not in _SERVED:
        # A server that has just started reads its modules and the page's rows first, for as long as it takes.
        with screen(chromium, desk_of.address, lang, measure.LAPTOP["width"]) as seen:
            seen.open(PAGES[page])
        _SERVED.add((desk_of.address, page))
    with screen(chromium, desk_of.address, lang, measure.LAPTOP["width"]) as seen:
        seen.page.set_viewport_size(measure.LAPTOP)
        measure.watch(seen.page)
        # At first with nothing in the browser's cache, then as somebody who comes again.
        for come in ("first", "again") if lang == "en" else ("first",):
            seen.open(PAGES[page])
            # Charts are drawn after the script has ended.
            seen.page.wait_for_timeout(1_000)
            moved, what = measure.shift(seen.page)
            assert moved < MOVES, f"{page} in {lang}, {come}, moved by {moved:.3f}: {what}"
        said = measure.words(seen.page)
        if page in WITH_PICTURE:
            begins = measure.picture_top(seen.page)
            assert begins < BEGINS * measure.LAPTOP["height"], (
                f"{page} in {lang} shows nothing until {begins}"
            )
    told = f"{page} in {lang}: {said.first_screen} words on the first screen, {said.page} on the page"
    assert said.first_screen <= FIRST_SCREEN, told
    assert said.page <= WHOLE_PAGE, told
    assert said.first_screen > 30, f"{told}: is anything shown?"


@pytest.mark.parametrize("page", WITH_PICTURE)
def test_a_phone_shows_a_picture_first(chromium: Browser, dashboard: str, page: str) -> None:
    with screen(chromium, dashboard, "ja", measure.PHONE["width"]) as seen:
        seen.page.set_viewport_size(measure.PHONE)
        seen.open(PAGES[page])
        begins = measure.picture_top(seen.page)
    assert begins < BEGINS * measure.PHONE["height"], f"{page} shows nothing until {begins}"


@pytest.mark.parametrize("page", PAGES)
def test_the_focus_stands_out_wherever_the_keyboard_goes(
    chromium: Browser, dashboard: str, page: str
) -> None:
    with screen(chromium, dashboard, "en", measure.LAPTOP["width"]) as seen:
        seen.open(PAGES[page])
        for theme in ("light", "dark"):
            seen.wear(theme)
            assert measure.faint_rings(seen.page, stops=22) == [], theme


def test_the_focus_stands_out_on_every_colour_of_the_map(chromium: Browser, dashboard: str) -> None:
    with screen(chromium, dashboard, "en", measure.LAPTOP["width"]) as seen:
        seen.open(PAGES["map"])
        # The keyboard was used last, so what a script focuses shows its ring, too.
        seen.page.keyboard.press("Tab")
        for theme in ("light", "dark"):
            seen.wear(theme)
            steps = seen.page.evaluate(_STEPS)
            assert len(steps) >= 4, "are there cells of several colours?"
            for step in steps:
                seen.page.locator(f".hy-map td.{step} a").first.focus()
                assert measure.faint_ring(seen.page) == [], f"{step}, {theme}"


def test_words_are_counted_as_a_reader_meets_them(chromium: Browser) -> None:
    page = chromium.new_page(viewport=measure.LAPTOP)
    page.set_content(
        """<p>Two words, 4.2 and</p> <p style="display:none">never</p><p>日本語の十文字です</p>
        <span style="position:absolute;width:1px;height:1px;overflow:hidden">heard only</span>
        <details><summary>more</summary>folded away</details><input value="typed">
        <div style="height:30px;overflow:auto"><p style="margin-top:90px">scrolled</p></div>
        <p style="margin-top:2000px">below the fold</p>"""
    )
    # Two words, 4.2, and; nine letters of Japanese; more; typed. On the page: scrolled, below the fold.
    assert measure.words(page) == measure.Words(first_screen=10, page=14)
    page.close()


def test_a_faint_ring_is_found(chromium: Browser) -> None:
    page = chromium.new_page(viewport=measure.LAPTOP)
    page.set_content(
        """<body style="background:#fff"><style>
        :focus-visible { outline: 3px solid #ddd } .blue:focus-visible { outline-color: #0b57a4 }</style>
        <a href="#x">faint</a><a href="#x" class="blue">clear</a>
        <p style="background:rgb(11 87 164 / .1)"><a href="#x" class="blue">on a tint</a></p>
        <p style="background:rgb(11 87 164 / .9)"><a href="#x" class="blue">on itself</a></p>"""
    )
    assert [f.split(":")[0] for f in measure.faint_rings(page, stops=4)] == ["'A faint'", "'A on itself'"]
    page.close()
