"""One page in the browser, and everything wrong that is noticed on it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Request, WebSocket

LOCALES = {"en": "en-GB", "ja": "ja-JP"}
READY = '[data-testid="stMain"] .hy-source, .hy-notice, .hy-about'
PATIENCE_MS = 120_000
"""How long a browser waits for what must come."""
_ANSWERS_S = 20.0
# Streamlit looks for its server under a deep link's own path first and is told that it is not there.
_KNOWN_404 = ("/_stcore/health", "/_stcore/host-config")
_WIDER = """() => {
    const main = document.querySelector('[data-testid="stMain"]');
    return main.scrollWidth - main.clientWidth;
}"""
_WEARS = """(dark) => {
    const ground = getComputedStyle(document.querySelector('[data-testid="stApp"]')).backgroundColor;
    return (Number(ground.match(/\\d+/)[0]) < 128) === dark;
}"""
_TALL = """() => document.querySelector('[data-testid="stMain"]').scrollHeight"""


@dataclass(slots=True)
class Screen:
    """A page of the dashboard; `faults` says what went wrong on it so far."""

    page: Page
    base: str
    faults: list[str] = field(default_factory=list)
    asked: float | None = None
    """When the page asked its server for something that nothing has come for yet."""

    def waits(self) -> bool:
        """Whether the server may not have begun with what a click asked for: a busy one takes its time."""
        return self.asked is not None and time.monotonic() - self.asked < _ANSWERS_S

    def open(self, where: str) -> None:
        """Show an address of the dashboard and wait until it stands still."""
        self.page.goto(self.base + where)
        self.settle()

    def settle(self) -> None:
        """Wait until the page has something to say and the script has ended."""
        self.page.wait_for_selector(READY)
        quiet = 0
        while quiet < 3:
            self.page.wait_for_timeout(150)
            state = self.page.get_attribute('[data-testid="stApp"]', "data-test-script-state")
            quiet = quiet + 1 if state == "notRunning" and not self.waits() else 0

    def unfold(self) -> None:
        """Make the window as tall as the page, so that all of it is drawn."""
        width = self.page.viewport_size["width"] if self.page.viewport_size else 1400
        self.page.set_viewport_size({"width": width, "height": max(600, self.page.evaluate(_TALL))})
        self.settle()

    def wear(self, theme: str) -> None:
        """Show the page in a theme, as a reader's system would ask for it; Streamlit follows at once."""
        self.page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        self.page.wait_for_function(_WEARS, arg=theme == "dark")
        self.settle()

    def shoot(self, path: Path) -> None:
        """Take the picture."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=path)

    def look(self) -> list[str]:
        """Everything wrong: what was heard so far, exceptions, width, rules of accessibility."""
        if self.page.locator('[data-testid="stException"]').count():
            self.faults.append("shows an exception")
        wider = self.page.evaluate(_WIDER)
        if wider > 1:
            self.faults.append(f"is {wider} px wider than the screen")
        self.faults += broken_rules(self.page)
        return self.faults


@contextmanager
def screen(
    chromium: Browser, base: str, lang: str, width: int, *, zone: str = "Asia/Tokyo"
) -> Iterator[Screen]:
    """A window of its own, by the clock of `zone`, that hears every request, error and message; nothing is
    remembered there from before but the files of Streamlit itself."""
    context = _context(chromium, lang, zone)
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 1000})
    shown = Screen(page, base)

    def asked(request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme not in ("data", "blob") and url.hostname != urlsplit(base).hostname:
            shown.faults.append(f"asks {request.url}")

    def connected(socket: WebSocket) -> None:
        socket.on("framesent", lambda _: setattr(shown, "asked", time.monotonic()))
        socket.on("framereceived", lambda _: setattr(shown, "asked", None))

    page.on("websocket", connected)
    page.on("request", asked)
    page.on("pageerror", lambda error: shown.faults.append(f"error {error}"))
    page.on(
        "response",
        lambda r: (
            shown.faults.append(f"{r.status} {r.url}")
            if r.status >= 400 and not r.url.endswith(_KNOWN_404)
            else None
        ),
    )
    page.on(
        "console",
        lambda m: (
            shown.faults.append(f"console: {m.text}")
            if m.type == "error" and not str(m.location.get("url", "")).endswith(_KNOWN_404)
            else None
        ),
    )
    try:
        yield shown
        _forget(context, {base, page.url})
    except BaseException:
        # Whoever comes next begins anew.
        _drop(context)
        raise


_kept: dict[tuple[Browser, str, str], BrowserContext] = {}
"""By browser, language and zone. Loading and compiling Streamlit's files is a third of what a page costs, and
a browser that has done it once for a context has them as long as a page of that context is open."""


def _context(chromium: Browser, lang: str, zone: str) -> BrowserContext:
    key = (chromium, lang, zone)
    if key not in _kept:
        context = chromium.new_context(locale=LOCALES[lang], timezone_id=zone, accept_downloads=True)
        # Three browsers share two cores, of which a busy machine leaves half.
        context.set_default_timeout(PATIENCE_MS)
        context.new_page()
        _kept[key] = context
    return _kept[key]


def _forget(context: BrowserContext, addresses: set[str]) -> None:
    """Leave nothing of a reader: no window, no cookie, nothing that the dashboard keeps in the browser."""
    blank, *opened = context.pages
    for page in opened:
        page.close()
    context.clear_cookies()
    context.clear_permissions()
    told = context.new_cdp_session(blank)
    for where in map(urlsplit, addresses):
        origin = f"{where.scheme}://{where.netloc}"
        told.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
    told.detach()


def _drop(context: BrowserContext) -> None:
    for key in [k for k, v in _kept.items() if v is context]:
        del _kept[key]
    context.close()


def broken_rules(page: Page) -> list[str]:
    """Serious and critical findings of axe-core."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        f"{v['impact']} {v['id']}: {v['help']}; "
        + " | ".join(" ".join(map(str, n["target"])) for n in v["nodes"][:3])
        for v in found
        if v["impact"] in ("serious", "critical")
    ]
