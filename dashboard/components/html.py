"""Pieces of HTML: rows and words in, escaped markup out, by the templates beside what they show. Pure.

A template is a file of macros (Jinja2). Every value that one writes is made plain (`sanitize.plain`) and
escaped, unless it is markup already; a value that nobody knows is a dash.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from dashboard.components.headlines import Change, change_numbers, change_words, not_covered
from dashboard.components.legends import QUIET, REVIEWED, Legend
from dashboard.i18n import NOTHING, ROOM, Text
from dashboard.rows import Read
from dashboard.rows.analysis import TopicChange
from dashboard.sanitize import plain

SENTIMENTS = ("negative", "neutral", "positive")
NOT_COVERED = "not_covered"
"""Said in place of a sentiment of a text in a language outside the model's card."""
Cell: TypeAlias = str | Markup | None
_PIECES = "components/pieces.html"


def _shown(value: object) -> object:
    """What a template writes for a value."""
    if value is None:
        return NOTHING
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _macros(template: str) -> Any:
    environment = Environment(
        loader=FileSystemLoader(ROOM),
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).module


def piece(template: str, macro: str, /, *values: object, **named: object) -> Markup:
    """What a macro of a template (its path within `dashboard/`) makes of some values."""
    made: Markup = getattr(_macros(template), macro)(*values, **named)
    return made


class Aside(str):
    """A part of a source line that is said of every figure alike, or at length: it unfolds."""

    __slots__ = ()


def _piece(macro: str, /, *values: object, **named: object) -> Markup:
    return piece(_PIECES, macro, *values, **named)


def tags(words: Iterable[tuple[str, str]]) -> Markup:
    """Small labels in a line: what each says, and its kind."""
    return _piece("tags", words)


def note(words: str) -> Markup:
    """Words that explain."""
    return _piece("note", words)


def two_lines(first: str, second: str, *, strong: bool = True) -> Markup:
    """A cell whose second line explains the first."""
    return _piece("two_lines", first, second, strong)


def wrapped(words: str) -> Markup:
    """A cell that may have several lines."""
    return _piece("wrapped", words)


def lines(words: Sequence[str]) -> Markup:
    """A cell of several lines, each of which may break."""
    return _piece("lines", words)


def sized(size: str, numbers: str, *, up: bool) -> Markup:
    """A cell that says by how much something rose or fell, with its interval below."""
    return _piece("sized", size, numbers, up)


def light(t: Text, outcome: str | None, detail: str = "", *, stale: bool = False) -> Markup:
    """The coverage light: shape, colour and words together."""
    return _piece("light", t, outcome, detail, stale)


def change(t: Text, moved: Change) -> tuple[Markup, str]:
    """A change as (verdict, numbers); the direction is told by arrow and word."""
    return _piece("change", moved.direction, change_words(t, moved)), change_numbers(t, moved)


def verdict(kind: str, sign: str, words: str) -> Markup:
    """A verdict by its sign and its word; `kind` (up, down, flat, unknown) gives it a colour."""
    return _piece("verdict", kind, sign, words)


def interval(mean: float, low: float | None, high: float | None, *, few: bool = False) -> Markup:
    """A mean on the scale of one to five stars with its interval as a bar; hollow where reviews are few."""
    at, left, right = (100 * ((mean if v is None else v) - 1) / 4 for v in (mean, low, high))
    return _piece("interval", at, left, right - left, few)


WIDEST = 2.0
"""Stars: what a bar of a difference reaches either way; what lies beyond ends at its edge."""


def difference(value: float, low: float | None, high: float | None, direction: str) -> Markup:
    """A difference of means on a scale of WIDEST stars either way of none, with its interval as a bar."""
    at, left, right = (
        50 + 50 * min(max(value if v is None else v, -WIDEST), WIDEST) / WIDEST for v in (value, low, high)
    )
    return _piece("interval", at, left, right - left, False, f"hy-two-sided hy-moved-{direction}")


def bar(parts: Mapping[str, int], of: float, kind: str = "") -> Markup:
    """Parts of a whole as one bar; the full width is `of`."""
    return _piece("bar", {k: 100 * n / of for k, n in parts.items()}, kind)


def sentiments(t: Text, shares: Mapping[str, float], *, brief: bool = False) -> Markup:
    """Shares of sentiment as one bar with its numbers in words; `brief` where a head names them in order."""
    return _piece("sentiments", t, {k: 100 * shares[k] for k in SENTIMENTS}, brief)


def sentiments_of(t: Text, row: Read) -> Markup:
    """Shares of sentiment of the texts that were read, and how many could not be."""
    if not row.n_classified:
        return no_sentiments(t, row.n_not_covered)
    shares = {k: n / row.n_classified for k, n in row.by_sentiment().items()}
    return sentiments(t, shares) + aside(t, row.n_classified, row.n_not_covered)


def no_sentiments(t: Text, n_not_covered: int | None) -> Markup:
    """Why there is no sentiment: nothing was read yet, or nothing that the model's card covers."""
    return note(t("sentiment.not_covered") if n_not_covered else t("sentiment.unread"))


def aside(t: Text, n_classified: int, n_not_covered: int | None) -> Markup:
    """How many texts have no sentiment because of their language; nothing where there are none."""
    words = not_covered(t, n_classified, n_not_covered)
    return _piece("note", words, "hy-aside") if words else Markup("")


def sparkline(points: Sequence[tuple[int, float]], weeks: int, words: str) -> Markup:
    """A small line of weekly means, 1..5 from bottom to top; `points` are (weeks ago, mean).

    A picture in the page itself: Streamlit takes inline SVG out of HTML.
    """
    if not points:
        return note(words)
    width, height = 120.0, 30.0
    step = width / max(1, weeks - 1)
    at = [(width - ago * step, height - 3 - (mean - 1) / 4 * (height - 6)) for ago, mean in points]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
    x, y = at[-1]
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width + 4:.0f} {height:.0f}">'
        f'<path d="M0 {height / 2:.0f}H{width:.0f}" stroke="{QUIET}" stroke-width=".5"/>'
        f'<polyline points="{line}" fill="none" stroke="{REVIEWED}" stroke-width="1.6"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" fill="{REVIEWED}"/></svg>'
    )
    return _piece("sparkline", f"data:image/svg+xml,{quote(picture)}", words)


def figure_title(words: str, level: int = 3) -> Markup:
    """The title of a figure: what it shows, in a sentence; `level` is that of the heading."""
    return _piece("figure_title", words, level)


def source(parts: Iterable[str]) -> Markup:
    """The line under a chart that says what it rests on; empty parts are left out, each `Aside` unfolds."""
    said = list(parts)
    asides = [p for p in said if isinstance(p, Aside)]
    return _piece("source", [p for p in said if not isinstance(p, Aside)], asides)


def method(t: Text, notes: Iterable[str]) -> Markup:
    """How figures come about, where the line under them says nothing else: it unfolds; empty notes are left
    out, and nothing is made of none."""
    said = [n for n in notes if n]
    return _piece("method", t("source.method"), said) if said else Markup("")


def basis(t: Text, parts: Iterable[str]) -> Markup:
    """What a figure rests on, as `source`; as `method` where all of it unfolds."""
    said = [p for p in parts if p]
    return method(t, said) if all(isinstance(p, Aside) for p in said) else source(said)


def room(key: str, height: int) -> Markup:
    """Keeps so many pixels for what is drawn under `key`."""
    return _piece("room", key, height)


def name(words: str) -> Markup:
    """The name of what stands under it."""
    return _piece("name", words)


def figures(entries: Sequence[tuple[str, str, str]]) -> Markup:
    """Numbers beside each other: name, value, note."""
    return _piece("figures", entries)


def legend(entries: Legend) -> Markup:
    """The names of the series."""
    return _piece("legend", entries)


def finding(t: Text, sentences: Sequence[str]) -> Markup:
    """The finding in words: the first sentence large, the others unfold."""
    others = sentences[1:]
    return _piece("finding", sentences[0], others, t("finding.more", n=len(others)))


def notice(kind: str, title: str, words: str) -> Markup:
    """A state that the reader must know of: `empty`, `complete`, `partial`, `stale`, `failed`."""
    return _piece("notice", kind, title, words)


def notices(entries: Sequence[tuple[str, str, str]]) -> Markup:
    """States that the reader must know of, in one line; each unfolds to its words."""
    return _piece("notices", entries)


def table(
    caption: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    numeric: Collection[int] = (),
    *,
    wide: Collection[int] = (),
    kind: str = "",
) -> Markup:
    """A real table; the columns in `numeric` are set to the right, those in `wide` take the room."""
    return _piece("table", caption, heads, rows, numeric, wide, kind)


def topics(t: Text, rows: Sequence[TopicChange], caption: str) -> Markup:
    """Topics of a span as a table whose third column is a bar: as long as its share, cut by sentiment.

    Where none can be compared with the span before, the column of changes would say so on every row.
    """
    widest = max((r.share for r in rows), default=0) or 1
    heads = [t(f"topics.{h}") for h in ("topic", "share", "sentiment", "n", "negative", "mean", "change")]
    cells = [_topic(t, row, widest) for row in rows]
    if all(r.change is None for r in rows):
        heads, cells = heads[:-1], [cell[:-1] for cell in cells]
    return table(caption, heads, cells, (1, 3, 4, 5), wide=(2,), kind="hy-topics")


def _topic(t: Text, row: TopicChange, widest: float) -> list[Cell]:
    moved = Change(row.change, row.change_low, row.change_high)
    # More or fewer mentions of a topic are neither good nor bad in themselves: no colour of praise or blame.
    verdict = _piece("change", moved.direction, t(f"topics.{moved.direction}"), "flat")
    numbers = "" if moved.value is None else t("topics.points", value=t.points(moved.value))
    return [
        row.label(t.language),
        t.percent(row.share),
        bar(row.by_sentiment(), row.n * widest / row.share),
        t.number(row.n),
        t.percent(row.n_negative / row.n),
        t.stars(row.mean),
        verdict + " " + note(numbers),
    ]
