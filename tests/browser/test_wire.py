"""What a page sends stays small: a reader on a slow line waits for bytes, not for processors."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from benchmarks.dashboard_load import LARGEST
from benchmarks.readers import reader
from dashboard.app import PAGES


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_no_page_sends_more_than_a_slow_line_takes(dashboard: str, lang: str) -> None:
    port = urlsplit(dashboard).port
    assert port is not None
    with reader(port, lang) as at:
        sent = {page: at.open("" if page == "overview" else page) for page in PAGES}
    assert not [a.faults for a in sent.values() if a.faults]
    assert {page: a.wire for page, a in sent.items() if a.wire > LARGEST} == {}
    # A server that compresses nothing would pass only while the data is small.
    assert sum(a.wire for a in sent.values()) < sum(a.size for a in sent.values()) / 2
