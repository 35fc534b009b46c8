"""Pieces of HTML, pure: rows and words in, escaped markup out. Styled by style.css, checked by tests.

Every value that comes from outside passes `escape.markup`; the only raw markup is written here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from urllib.parse import quote

from dashboard.components.headlines import Change, change_numbers, change_words, not_covered
from dashboard.components.theme import QUIET, REVIEWED
from dashboard.i18n import Text
from dashboard.rows.counts import Read, ReadAndToned, by_tone
from dashboard.rows.topics import TopicChange
from dashboard.sanitize import markup

TONES = ("negative", "neutral", "positive")
NOT_COVERED = "not_covered"
"""Said in place of a tone of a text in a language outside the model's card."""
_ARROWS = {"up": "▲", "down": "▼", "flat": "≈", "unknown": "–"}
# Shapes differ as well as colours: full disc, half disc, cross, ring.
_SHAPES = {"complete": "●", "partial": "◐", "failed": "✕", "never": "○"}


def tag(words: str, kind: str = "") -> str:
    """A small label."""
    return f'<span class="hy-tag {kind}">{markup(words)}</span>'


def light(t: Text, outcome: str | None, detail: str, *, stale: bool) -> str:
    """The coverage light: shape, colour and words together."""
    state = outcome if outcome in _SHAPES else "never"
    old = f'<span class="hy-old">{markup(t("coverage.old"))}</span>' if stale else ""
    return (
        f'<span class="hy-light hy-{state}"><span class="hy-shape" aria-hidden="true">{_SHAPES[state]}</span>'
        f"<span>{markup(t(f'coverage.{state}'))}</span></span>{old}"
        f'<span class="hy-note">{markup(detail)}</span>'
    )


def figure(name: str, value: str, note: str = "", series: str = "") -> str:
    """One number with its name and what it rests on; `value` and `note` are markup."""
    return (
        f'<div class="hy-figure {series}"><div class="hy-name">{markup(name)}</div>'
        f'<div class="hy-value">{value}</div><div class="hy-note">{note}</div></div>'
    )


def change(t: Text, moved: Change) -> tuple[str, str]:
    """A change as (verdict, numbers), both markup; the direction is told by arrow and word."""
    words = change_words(t, moved)
    verdict = (
        f'<span class="hy-change hy-{moved.direction}">'
        f'<span aria-hidden="true">{_ARROWS[moved.direction]}</span> {markup(words)}</span>'
    )
    return verdict, markup(change_numbers(t, moved))


def interval(mean: float, low: float | None, high: float | None, *, few: bool = False) -> str:
    """A mean on the scale of one to five stars with its interval as a bar; hollow where reviews are few."""
    at, left, right = (100 * ((mean if v is None else v) - 1) / 4 for v in (mean, low, high))
    return (
        '<span class="hy-scale" aria-hidden="true">'
        f'<span class="hy-range" style="left:{left:.1f}%;width:{right - left:.1f}%"></span>'
        f'<span class="hy-dot{" hy-few" if few else ""}" style="left:{at:.1f}%"></span></span>'
    )


def tones(t: Text, shares: Mapping[str, float], *, brief: bool = False) -> str:
    """Shares of tone as one bar with its numbers in words; `brief` where a head names them in order."""
    bar = "".join(
        f'<span class="hy-{k}" style="width:{100 * shares[k]:.1f}%"></span>' for k in TONES if shares[k] > 0
    )
    words = "".join(
        f'<span class="hy-key hy-{k}">{"" if brief else markup(t(f"tone.{k}"))} {t.percent(shares[k])}</span>'
        for k in TONES
    )
    return f'<span class="hy-bar" aria-hidden="true">{bar}</span><span class="hy-keys">{words}</span>'


def tones_of(t: Text, row: ReadAndToned) -> str:
    """Shares of tone of a row with n_classified, n_not_covered, n_negative, n_neutral and n_positive."""
    if not row.n_classified:
        return no_tones(t, row)
    return tones(t, {k: n / row.n_classified for k, n in by_tone(row).items()}) + aside(t, row)


def no_tones(t: Text, row: Read) -> str:
    """Why there is no tone: nothing was read yet, or nothing that the model's card covers."""
    words = t("tone.not_covered") if row.n_not_covered else t("tone.unread")
    return f'<span class="hy-note">{markup(words)}</span>'


def aside(t: Text, row: Read) -> str:
    """How many texts have no tone because of their language; nothing where there are none."""
    words = not_covered(t, row)
    return f'<span class="hy-note hy-aside">{markup(words)}</span>' if words else ""


def sparkline(points: Sequence[tuple[int, float]], weeks: int, words: str) -> str:
    """A small line of weekly means, 1..5 from bottom to top; `points` are (weeks ago, mean).

    A picture in the page itself: Streamlit takes inline SVG out of HTML.
    """
    if not points:
        return f'<span class="hy-note">{markup(words)}</span>'
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
    return f'<img class="hy-spark" alt="{markup(words)}" src="data:image/svg+xml,{quote(picture)}">'


def figure_title(words: str) -> str:
    """The title of a figure: what it shows, in a sentence."""
    return f'<h3 class="hy-figure-title">{markup(words)}</h3>'


def source(parts: Iterable[str]) -> str:
    """The line under a chart that says what it rests on."""
    return f'<p class="hy-source">{" · ".join(markup(p) for p in parts if p)}</p>'


def legend(entries: Iterable[tuple[str, str, str]]) -> str:
    """The names of the series: (kind of mark, name, explanation)."""
    items = "".join(
        f'<div role="listitem"><span class="hy-mark hy-mark-{kind}" aria-hidden="true"></span>'
        f'<span><b>{markup(name)}</b> <span class="hy-note">{markup(told)}</span></span></div>'
        for kind, name, told in entries
    )
    return f'<div class="hy-legend" role="list">{items}</div>'


def finding(sentences: Sequence[str]) -> str:
    """The finding in words: the first sentence large."""
    first, *others = sentences
    rest = "".join(f"<p>{markup(s)}</p>" for s in others)
    return f'<div class="hy-finding"><p class="hy-headline">{markup(first)}</p>{rest}</div>'


def notice(kind: str, title: str, words: str) -> str:
    """A state that the reader must know of: `empty`, `partial`, `stale`, `failed`."""
    return (
        f'<div class="hy-notice hy-is-{kind}" role="note"><b>{markup(title)}</b>'
        f"<span>{markup(words)}</span></div>"
    )


def table(
    caption: str, heads: Sequence[str], rows: Iterable[Sequence[str | None]], numeric: Collection[int]
) -> str:
    """A real table, for eyes, keyboards and screen readers; the columns in `numeric` are set to the right."""
    return rich_table(caption, heads, [[_cell(c) for c in row] for row in rows], numeric)


def rich_table(
    caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], numeric: Collection[int]
) -> str:
    """As `table`, of cells that are markup already."""
    top = "".join(f'<th scope="col"{_right(k, numeric)}>{markup(head)}</th>' for k, head in enumerate(heads))
    body = "".join(
        "<tr>"
        + "".join(
            f'<th scope="row">{cell}</th>' if k == 0 else f"<td{_right(k, numeric)}>{cell}</td>"
            for k, cell in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="hy-scroll" tabindex="0" role="region" aria-label="{markup(caption)}">'
        f'<table class="hy-table"><caption>{markup(caption)}</caption>'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def topics(t: Text, rows: Sequence[TopicChange], caption: str) -> str:
    """Topics of a span as a table whose third column is a bar: as long as its share, cut by tone."""
    widest = max((r.share for r in rows), default=0) or 1
    heads = [t(f"topics.{h}") for h in ("topic", "share", "tone", "n", "negative", "mean", "change")]
    top = "".join(
        f'<th scope="col"{_right(k, (1, 3, 4, 5))}>{markup(head)}</th>' for k, head in enumerate(heads)
    )
    body = "".join(_topic(t, row, widest) for row in rows)
    return (
        f'<div class="hy-scroll" tabindex="0" role="region" aria-label="{markup(caption)}">'
        f'<table class="hy-table hy-topics"><caption>{markup(caption)}</caption><thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _topic(t: Text, row: TopicChange, widest: float) -> str:
    lengths = {k: 100 * n / row.n * row.share / widest for k, n in by_tone(row).items()}
    bar = "".join(f'<span class="hy-{k}" style="width:{w:.1f}%"></span>' for k, w in lengths.items() if w)
    moved = Change(row.change, row.change_low, row.change_high)
    # More or fewer mentions of a topic are neither good nor bad in themselves: no colour of praise or blame.
    verdict = (
        f'<span class="hy-change hy-flat"><span aria-hidden="true">{_ARROWS[moved.direction]}</span> '
        f"{markup(t(f'topics.{moved.direction}'))}</span>"
    )
    numbers = "" if moved.value is None else markup(t("topics.points", value=t.points(moved.value)))
    return (
        f'<tr><th scope="row">{markup(row.label(t.language))}</th>'
        f'<td class="hy-num">{t.percent(row.share)}</td>'
        f'<td class="hy-wide"><span class="hy-bar" aria-hidden="true">{bar}</span></td>'
        f'<td class="hy-num">{t.number(row.n)}</td>'
        f'<td class="hy-num">{t.percent(row.n_negative / row.n)}</td>'
        f'<td class="hy-num">{t.stars(row.mean)}</td>'
        f'<td>{verdict} <span class="hy-note">{numbers}</span></td></tr>'
    )


def _cell(cell: object) -> str:
    return "–" if cell is None else markup(cell)


def _right(column: int, numeric: Collection[int]) -> str:
    return ' class="hy-num"' if column in numeric else ""
