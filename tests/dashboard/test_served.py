"""What the browser is told to refuse, on every answer of the real server; `make test-browser` shows that
the pages stand under it."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from dashboard import first_paint
from dashboard.first_paint import PAGE
from dashboard.served import policy, sums
from tests.browser.conftest import running


def test_the_scripts_of_streamlits_page_are_named_by_their_sums() -> None:
    page = PAGE.read_text("utf-8")
    assert len(sums(page)) == len(re.findall(r"<script(?![^>]*\bsrc=)", page)) >= 1
    assert sums("<script>alert(1)</script>") == ["'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='"]


def test_no_other_host_stands_in_the_policy() -> None:
    told = policy(["'sha256-x'"])
    assert told.startswith("default-src 'none'; script-src 'self' ")
    assert "frame-ancestors 'none'" in told
    assert "unsafe" not in told.split("script-src")[1].split(";")[0]
    assert not re.search(r"https?:|\*|[a-z]\.[a-z]", told)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> object:
    with running(tmp_path_factory.mktemp("data")) as address:
        yield address


@pytest.mark.parametrize(
    "path", ["/", "/rating", "/_stcore/health", "/_stcore/host-config", "/favicon.png", "/static/nothing.js"]
)
def test_every_answer_carries_them(address: str, path: str) -> None:
    headers = httpx.get(address + path).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_the_page_that_is_sent_is_the_one_whose_scripts_are_named(address: str) -> None:
    answer = httpx.get(address + "/")
    for name in sums(answer.text):
        assert name in answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/", "/rating", "/nowhere"])
def test_the_page_has_our_style_and_the_sidebars_room_from_the_first_paint(address: str, path: str) -> None:
    asked = {"Accept": "text/html,*/*;q=0.8", "Accept-Encoding": "gzip"}
    answer = httpx.get(address + path, headers=asked)
    assert answer.text == first_paint.page()
    assert answer.headers["content-length"] == str(len(answer.text.encode()))
    assert "--hy-sidebar: 18.75rem" in answer.text
    for name in sums(answer.text):
        assert name in answer.headers["content-security-policy"]
    # A browser that knows Streamlit's page must not be told that it knows ours.
    again = httpx.get(address + path, headers=asked | {"If-Modified-Since": "Sat, 01 Jan 2050 00:00:00 GMT"})
    assert (again.status_code, again.text) == (200, answer.text)


@pytest.mark.parametrize("path", ["/_stcore/health", "/favicon.png", "/_stcore/agent/nothing"])
def test_other_answers_are_streamlits_own(address: str, path: str) -> None:
    plain = httpx.get(address + path)
    asked = httpx.get(address + path, headers={"Accept": "text/html"})
    assert (asked.status_code, asked.content) == (plain.status_code, plain.content)


def test_the_scripts_of_what_pages_draw_are_fetched_at_once_and_none_twice() -> None:
    page = first_paint.page()
    links = re.findall(r'rel="modulepreload" crossorigin href="./static/js/([\w.-]+)"', page)
    assert len(links) == len(set(links))
    for part in first_paint.PARTS:
        assert any(name.startswith(f"{part}.") for name in links), part
    assert any(name.startswith("embed.") for name in links), "what a part imports is fetched with it"
    for name in links:
        assert (PAGE.parent / "static" / "js" / name).is_file()


def test_another_release_of_streamlit_is_told_and_not_passed_over(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no single </body>"):
        first_paint.with_parts("<head></head>", [], [])
    with pytest.raises(ValueError, match="no single script of Selectbox"):
        first_paint.scripts(["Selectbox"], tmp_path)


def test_the_theme_of_the_house_is_still_read() -> None:
    folder = Path(__file__).resolve().parents[2]
    assert (folder / "dashboard" / ".streamlit" / "config.toml").samefile(
        folder / ".streamlit" / "config.toml"
    )
