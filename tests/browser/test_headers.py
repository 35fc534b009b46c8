"""The headers at work in a real browser: no script from outside, no frame around the dashboard."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import HOST
from tests.browser.screen import screen

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_INJECTED = """() => new Promise((done) => {
    const refused = [];
    document.addEventListener('securitypolicyviolation', (e) => refused.push(e.effectiveDirective));
    const inline = document.createElement('script');
    inline.textContent = 'window.hyInjected = true';
    document.body.append(inline);
    const image = document.createElement('img');
    image.src = 'http://127.0.0.1:9/spy.png';
    document.body.append(image);
    fetch('http://127.0.0.1:9/spy').catch(() => {});
    setTimeout(() => done({ran: window.hyInjected === true, refused}), 500);
})"""


@pytest.fixture
def neighbour(dashboard: str) -> Iterator[str]:
    """The address of another site whose page puts the dashboard into a frame."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f'<iframe name="held" src="{dashboard}/"></iframe>'.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((HOST, 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://{HOST}:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


def test_what_is_put_into_the_page_neither_runs_nor_asks_other_hosts(
    chromium: Browser, dashboard: str
) -> None:
    with screen(chromium, dashboard, "en", 1400) as seen:
        seen.open("/about")
        told = seen.page.evaluate(_INJECTED)
        assert told["ran"] is False
        assert {"script-src-elem", "img-src", "connect-src"} <= set(told["refused"])


def test_another_site_cannot_hold_the_dashboard_in_a_frame(chromium: Browser, neighbour: str) -> None:
    page = chromium.new_page()
    page.goto(neighbour)
    page.wait_for_timeout(1_000)
    held = page.frame("held")
    assert held is not None
    assert not held.url.startswith("http"), "the browser shows its own error page instead"
    page.close()
