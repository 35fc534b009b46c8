"""The complaint map: a cell opens its reviews within the session, by pointer and by keyboard, and back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.browser.screen import screen

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CELL = ".hy-map tbody td a"


@pytest.mark.parametrize("by", ["pointer", "keyboard"])
def test_a_cell_opens_its_reviews_without_loading_anew(chromium: Browser, dashboard: str, by: str) -> None:
    with screen(chromium, dashboard, "en", 1400) as seen:
        seen.open("/map?last=1y")
        # Until the script runs, a link is a link like any other.
        seen.page.wait_for_selector("body[data-hy-links]", state="attached")
        seen.page.evaluate("() => { window.isStillHere = true }")
        cell = seen.page.locator(CELL).first
        (n,) = re.findall(r": ([\d,]+) of", str(cell.get_attribute("title")))
        if by == "pointer":
            cell.click()
        else:
            cell.focus()
            seen.page.keyboard.press("Enter")
        seen.page.wait_for_url("**/reviews?*topic=*")
        seen.page.wait_for_selector(".hy-review")
        seen.settle()
        assert seen.page.evaluate("() => window.isStillHere")
        assert seen.page.locator("h3").first.inner_text().startswith(f"{n} of")
        seen.page.go_back()
        seen.page.wait_for_selector(CELL)
        seen.settle()
        assert "last=1y" in seen.page.url
        assert seen.faults == []


def test_the_matrix_begins_on_the_first_screen_of_a_laptop(chromium: Browser, dashboard: str) -> None:
    with screen(chromium, dashboard, "en", 1366) as seen:
        seen.page.set_viewport_size({"width": 1366, "height": 768})
        seen.open("/map")
        box = seen.page.locator(CELL).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 768
