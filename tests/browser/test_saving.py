"""A chart is saved as a picture that stands alone: title, names, charts, and what it rests on."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.screen import Screen, screen

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SVG = "{http://www.w3.org/2000/svg}"
FIGURES = [("/rating", "over-time"), ("/rating", "versions"), ("/reviews", "found"), ("/health", "model")]


def _saved(seen: Screen, figure: str, kind: str, folder: Path) -> Path:
    box = seen.page.locator(f".st-key-figure-{figure}")
    keep = box.locator("xpath=following::details[1]")
    if keep.get_attribute("open") is None:
        keep.locator("summary").click()
    try:
        with seen.page.expect_download() as waiting:
            keep.get_by_role("button", name=re.compile(f"^{kind.upper()}:")).click()
    except Exception as error:
        # What the page said meanwhile tells a click that was lost from a picture that could not be drawn.
        error.add_note(f"the page said: {seen.faults}")
        raise
    path = folder / f"{figure}.{kind}"
    waiting.value.save_as(path)
    assert waiting.value.suggested_filename == f"hoshiyomi-{figure}.{kind}"
    return path


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize(("where", "figure"), FIGURES)
def test_a_figure_is_saved_with_its_title_its_chart_and_its_sources(
    chromium: Browser, dashboard: str, tmp_path: Path, where: str, figure: str, lang: str
) -> None:
    with screen(chromium, dashboard, lang, 1400) as seen:
        seen.open(where)
        named = seen.page.locator(f".st-key-figure-{figure} .hy-figure-title")
        # A title waits for what stands above it.
        named.wait_for()
        title = named.inner_text()
        chart = seen.page.locator(f".st-key-figure-{figure} [data-testid='stVegaLiteChart']").first
        chart.locator("svg, canvas").first.wait_for()
        picture = ET.fromstring(_saved(seen, figure, "svg", tmp_path).read_text(encoding="utf-8"))  # noqa: S314
        words = "".join("".join(t.itertext()) for t in picture.iter(f"{SVG}text"))
        assert picture.find(f"{SVG}title").text == title  # type: ignore[union-attr]
        assert title.replace(" ", "") in words.replace(" ", "")
        assert {"en": "publication", "ja": "公開データ"}[lang] in words
        assert len(list(picture.iter(f"{SVG}path"))) > 3
        assert not [e for e in picture.iter() if e.tag.endswith(("script", "foreignObject"))]
        outside = [v for e in picture.iter() for k, v in e.attrib.items() if "href" in k]
        assert all(v.startswith("data:image/png") for v in outside)
        png = _saved(seen, figure, "png", tmp_path).read_bytes()
        assert png.startswith(b"\x89PNG\r\n")
        assert int.from_bytes(png[16:20], "big") == 2 * int(picture.get("width", "0"))
        assert seen.faults == []


def test_a_table_is_saved_as_csv(chromium: Browser, dashboard: str, tmp_path: Path) -> None:
    with screen(chromium, dashboard, "ja", 1400) as seen:
        seen.open("/reviews?q=ログイン")
        with seen.page.expect_download() as waiting:
            seen.page.get_by_role("button", name=re.compile("^CSV：見つかったレビュー")).click()
        waiting.value.save_as(tmp_path / "reviews.csv")
        written = (tmp_path / "reviews.csv").read_text(encoding="utf-8-sig")
        assert written.startswith("reviewed_at,rating,title,text")
        assert "ログイン" in written
        assert seen.faults == []
