"""What a page asks of its reader, measured in the browser: words, shifts of the layout, rings of the focus.

A word is what stands between spaces and holds a letter or a digit, so a number is one. Japanese has no
spaces: five letters of it count as two words, about the ratio of translations.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

LAPTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
PICTURE = (
    '[data-testid="stMain"] :is([data-testid="stVegaLiteChart"] > *, .hy-map, .hy-row, .hy-card, .hy-table)'
)
"""What a page shows first: a chart, or rows or cards that are read like one."""
# In the page: text that is shown, as [text, whether it stands on the first screen].
_SAID = """() => {
    const UNSAID = 'script, style, noscript, title, [data-testid="stIconMaterial"]';
    const tall = window.innerHeight, wide = window.innerWidth, said = [];
    const shownIn = (node) => {
        // The visible part of the boxes around it: what scrolls or is cut is not on the first screen.
        let box = {top: 0, bottom: tall, left: 0, right: wide}, isThere = true;
        for (let e = node; e && e !== document.documentElement; e = e.parentElement) {
            const style = getComputedStyle(e), r = e.getBoundingClientRect();
            if (style.display === 'none' || style.visibility === 'hidden' || Number(style.opacity) === 0)
                isThere = false;
            // Visually hidden: for those who hear the page.
            if (r.width <= 1 && (style.clipPath !== 'none' || style.overflow === 'hidden')) isThere = false;
            if (e.tagName === 'DETAILS' && !e.open && !e.querySelector(':scope > summary')?.contains(node))
                isThere = false;
            if (style.overflowX !== 'visible' || style.overflowY !== 'visible')
                box = {top: Math.max(box.top, r.top), bottom: Math.min(box.bottom, r.bottom),
                       left: Math.max(box.left, r.left), right: Math.min(box.right, r.right)};
        }
        return isThere ? box : null;
    };
    const isIn = (r, box) => {
        const x = (r.left + r.right) / 2, y = (r.top + r.bottom) / 2;
        return x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const parent = node.parentElement;
        if (!node.data.trim() || !parent || parent.closest(UNSAID)) continue;
        const box = shownIn(parent);
        if (!box) continue;
        const range = document.createRange();
        for (const word of node.data.matchAll(/\\S+/g)) {
            range.setStart(node, word.index);
            range.setEnd(node, word.index + word[0].length);
            const rects = [...range.getClientRects()].filter((r) => r.width && r.height);
            if (rects.length) said.push([word[0], rects.some((r) => isIn(r, box))]);
        }
    }
    for (const field of document.querySelectorAll('input, textarea')) {
        const r = field.getBoundingClientRect(), box = shownIn(field);
        if (box && r.width > 20 && ['text', 'search', ''].includes(field.type))
            said.push([field.value || field.placeholder, isIn(r, box)]);
    }
    return said;
}"""
_WATCH = """() => {
    window.hyShifts = [];
    new PerformanceObserver((list) => {
        for (const s of list.getEntries()) {
            if (s.hadRecentInput) continue;
            const moved = s.sources.map((x) => [
                Math.round(x.previousRect.y), Math.round(x.currentRect.y), x.node?.outerHTML?.slice(0, 160)]);
            window.hyShifts.push([s.startTime, s.value, moved]);
        }
    }).observe({type: 'layout-shift', buffered: true});
}"""
# Of what has the focus: the colours of its rings, each with those of the ground about it, the topmost first.
_RING = """() => {
    const e = document.activeElement;
    if (!e || e === document.body) return null;
    const ground = (from) => {
        const colours = [];
        for (let x = from; x; x = x.parentElement) {
            const c = getComputedStyle(x).backgroundColor;
            if (/, 0\\)$|transparent/.test(c)) continue;
            colours.push(c);
            // What lets through shows what lies under it.
            if (!/^rgba|\\//.test(c)) return colours;
        }
        return [...colours, 'rgb(255, 255, 255)'];
    };
    const rings = [];
    // Streamlit rings some widgets about the box that holds them.
    for (let x = e, n = 0; x && n < 4; x = x.parentElement, n++) {
        const s = getComputedStyle(x);
        if (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 1)
            rings.push([s.outlineColor, ground(x.parentElement)]);
        const shadow = s.boxShadow.match(/rgba?\\([^)]*\\)/);
        if (shadow) rings.push([shadow[0], ground(x.parentElement)]);
        if (n && s.borderTopWidth !== '0px') rings.push([s.borderTopColor, ground(x.parentElement)]);
    }
    const at = e.getAttribute('aria-label') || e.innerText || e.getAttribute('data-testid') || e.tagName;
    return {what: `${e.tagName} ${at}`.slice(0, 80), rings};
}"""


@dataclass(frozen=True, slots=True)
class Words:
    """How many words a page shows before anything is unfolded."""

    first_screen: int
    page: int


def watch(page: Page) -> None:
    """Note the shifts of the layout from the first paint on; to be called before the page is opened."""
    page.add_init_script(f"({_WATCH})()")


def words(page: Page) -> Words:
    """The words that stand on the first screen, and on the whole page."""
    said: list[tuple[str, bool]] = page.evaluate(_SAID)
    return Words(_count(w for w, is_first in said if is_first), _count(w for w, _ in said))


def _count(said: Iterable[str]) -> int:
    words = wide = 0
    for word in (w for text in said for w in text.split()):
        letters = [c for c in word if c.isalnum()]
        japanese = sum("\u3040" <= c <= "\u9fff" for c in letters)
        wide += japanese
        words += len(letters) > japanese
    return words + round(wide / 2.5)


def picture_top(page: Page) -> float:
    """Where the first picture of a page begins, in pixels from the top, as the page stands when opened."""
    first = page.locator(PICTURE).first
    first.wait_for()
    box = first.bounding_box()
    assert box is not None, "the picture is not drawn"
    return box["y"]


def shift(page: Page) -> tuple[float, list[object]]:
    """The cumulative layout shift as browsers define it (the worst window of shifts less than a second apart,
    of five seconds at most), and what moved in it."""
    worst, moved = 0.0, list[object]()
    total, first, last, now = 0.0, -1e9, -1e9, list[object]()
    for at, value, sources in page.evaluate("() => window.hyShifts"):
        if at - last > 1_000 or at - first > 5_000:
            total, first, now = 0.0, at, []
        total, last = total + value, at
        now.append((round(at), round(value, 3), sources))
        if total > worst:
            worst, moved = total, list(now)
    return worst, moved


def faint_rings(page: Page, stops: int, least: float = 3.0) -> list[str]:
    """What the Tab key reaches from the top in so many stops without a ring that stands out."""
    faint = []
    # A page goes on where its focus was last, even where nothing has it any more.
    page.evaluate("() => { document.body.tabIndex = -1; document.body.focus(); }")
    for _ in range(stops):
        page.keyboard.press("Tab")
        faint += faint_ring(page, least)
    return faint


def faint_ring(page: Page, least: float = 3.0) -> list[str]:
    """What has the focus now, if no ring of it stands out against its ground."""
    # Rings may fade in.
    page.wait_for_timeout(120)
    found = page.evaluate(_RING)
    if found is None:
        return []
    best = max((_contrast(ring, ground) for ring, ground in found["rings"]), default=0.0)
    return [f"{found['what']!r}: {best:.2f}"] if best < least else []


def _contrast(ring: str, grounds: list[str]) -> float:
    """The ratio of WCAG between a colour and its ground, each blended with what it lets through."""
    ground = functools.reduce(_over, reversed([_parts(g) for g in grounds]))
    light, dark = sorted((_luminance(_over(ground, _parts(ring))), _luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _over(ground: list[float], colour: list[float]) -> list[float]:
    """A colour laid on a ground."""
    return [*(colour[3] * a + (1 - colour[3]) * b for a, b in zip(colour[:3], ground[:3], strict=True)), 1.0]


def _parts(colour: str) -> list[float]:
    inner = colour[colour.index("(") + 1 : colour.rindex(")")].replace("/", ",")
    parts = [float(p) for p in inner.split(",")]
    return [*parts, 1.0][:4]


def _luminance(parts: list[float]) -> float:
    linear = [p / 255 / 12.92 if p <= 10 else ((p / 255 + 0.055) / 1.055) ** 2.4 for p in parts[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
