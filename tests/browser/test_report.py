"""The weekly report in a real browser: a phone, a sheet of A4, both languages, and nobody is asked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dashboard.report import written
from dashboard.report.weeks import last_whole, parsed
from flows.reports import pdf
from tests.browser.conftest import SHOTS
from warehouse import reads

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Pixels that A4 holds between the margins of report.css, at 96 to the inch.
SHEET = (680, 1028)
PHONE = (390, 844)
WORST = "2026-W16"
"""The week of the sample's broken release: the most that there is to say."""


@pytest.fixture(scope="session")
def pages(shown: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The report of the first app, and of all, in both languages, as files."""
    folder, made = tmp_path_factory.mktemp("reports"), {}
    with written.opened(reads.current(shown)) as once:
        app = once.overview()[0]
        until = written.last_day(once, app.app)
        assert until is not None
        week = parsed(WORST) if app.is_sample else last_whole(until)
        for lang in ("en", "ja"):
            for name, report in (
                ("app", written.of_app(once, app.app, week, lang)),
                ("all", written.of_all(once, week, lang)),
            ):
                path = made[f"{name}-{lang}"] = folder / f"{name}-{lang}.html"
                path.write_text(report.html, encoding="utf-8")
    return made


@pytest.mark.parametrize("name", ["app-en", "app-ja", "all-en", "all-ja"])
@pytest.mark.parametrize("size", [PHONE, SHEET], ids=["phone", "a4"])
def test_a_report_fits_and_asks_nobody(
    chromium: Browser, pages: dict[str, Path], name: str, size: tuple[int, int]
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    width, height = size
    context = chromium.new_context(viewport={"width": width, "height": height}, offline=True)
    page = context.new_page()
    asked: list[str] = []
    faults: list[str] = []
    page.on("request", lambda r: asked.append(r.url))
    page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
    page.goto(pages[name].as_uri())
    if size == SHEET:
        page.emulate_media(media="print")
        first = page.locator(".first").bounding_box()
        assert first is not None and first["height"] <= height, "the first page needs a second sheet"
    assert asked == [pages[name].as_uri()]
    assert faults == []
    # Nothing is wider than its paper.
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shown = "narrow" if size == PHONE else "wide"
    for figure in page.locator("figure").all():
        assert figure.locator(f".{shown}").is_visible()
        assert figure.locator(".wide, .narrow").count() == 2
    # Chart text is as large as small print: 9 points on paper, 11 pixels on a phone.
    sizes = page.evaluate(
        "[...document.querySelectorAll('svg text')].filter(e => e.getBoundingClientRect().width)"
        ".map(e => [e.getScreenCTM(), parseFloat(getComputedStyle(e).fontSize)])"
        ".map(([m, size]) => size * Math.hypot(m.a, m.b))"
    )
    assert min(sizes, default=12) >= 10.5
    if size == PHONE:
        # axe's own script may not run within the page's policy, which lets none; so it is lifted here.
        page.close()
        page = chromium.new_context(viewport={"width": width, "height": height}, bypass_csp=True).new_page()
        page.goto(pages[name].as_uri())
        found = Axe().run(page).response["violations"]
        assert not [v["id"] for v in found if v["impact"] in ("serious", "critical")], found
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"report-{name}-{shown}.png", full_page=True)
    page.context.close()


def test_chromium_prints_it(pages: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    made = pdf.printed(pages["app-ja"].read_text("utf-8"))
    assert made.startswith(b"%PDF-")
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b(?!s)", made)) <= 8
