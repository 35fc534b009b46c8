"""On paper: the page alone and whole, on A4, with charts that can be read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.browser.screen import screen
from tests.browser.test_walk import PAGES

if TYPE_CHECKING:
    from playwright.sync_api import Browser

A4_WIDTH = 794 - 2 * 46
"""Of a page less its margins, in CSS pixels (96 an inch)."""
LEAST_PX = 7.5
"""Letters of a chart on paper: 2 mm, as small print is."""
_IN_PRINT = """() => {
    const shown = (s) => [...document.querySelectorAll(s)].filter((e) => e.getClientRects().length).length;
    const main = document.querySelector('[data-testid="stMain"]');
    const texts = [...document.querySelectorAll('[data-testid="stVegaLiteChart"] svg text')]
        .filter((e) => e.textContent.trim() && e.getClientRects().length)
        .map((e) => [parseFloat(getComputedStyle(e).fontSize), e.getScreenCTM()])
        .map(([size, m]) => size * Math.hypot(m?.a ?? 1, m?.b ?? 0));
    return {
        pressed: ['stSidebar', 'stHeader', 'stButton', 'stPopover', 'stSelectbox']
            .filter((id) => shown(`[data-testid="${id}"]`)),
        wide: Math.max(main.scrollWidth, document.documentElement.scrollWidth),
        cut: main.scrollHeight - main.clientHeight,
        dark: getComputedStyle(document.querySelector('[data-testid="stApp"]')).backgroundColor,
        smallest: texts.length ? Math.min(...texts) : null,
    };
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("page", ["rating", "releases", "overview", "map"])
def test_a_page_is_whole_on_a4_without_what_is_pressed(
    chromium: Browser, dashboard: str, page: str, theme: str
) -> None:
    with screen(chromium, dashboard, "ja", 1366) as seen:
        seen.open(PAGES[page])
        seen.wear(theme)
        seen.page.emulate_media(media="print")
        # As wide as the paper: what is printed is laid out so.
        seen.page.set_viewport_size({"width": A4_WIDTH, "height": 1_000})
        seen.page.wait_for_timeout(1_500)
        found = seen.page.evaluate(_IN_PRINT)
        pdf = seen.page.pdf(format="A4", prefer_css_page_size=True, print_background=True)
    assert found["pressed"] == []
    assert found["wide"] <= A4_WIDTH + 1
    assert found["cut"] <= 1
    assert found["dark"] == "rgb(255, 255, 255)"
    assert found["smallest"] is None or found["smallest"] >= LEAST_PX
    sheets = len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))
    assert 1 <= sheets <= 12, sheets
