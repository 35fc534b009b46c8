"""What the browser is told to refuse, on every answer of the real server; `make test-browser` shows that
the pages stand under it."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from dashboard.served import PAGE, policy, sums
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


def test_the_theme_of_the_house_is_still_read() -> None:
    folder = Path(__file__).resolve().parents[2]
    assert (folder / "dashboard" / ".streamlit" / "config.toml").samefile(
        folder / ".streamlit" / "config.toml"
    )
