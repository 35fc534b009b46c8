"""Complaints by app and topic: a table of coloured cells (map.html). Pure: rows in, words and markup out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.components.headlines import Change, Direction
from dashboard.components.html import piece
from dashboard.i18n import Text
from dashboard.rows.analysis import AppTopic

TEMPLATE = "views/map/map.html"
THIN = 30
"""Of fewer texts no share is told: one complaint among ten is no wave."""
LEAST = 0.1
"""From this share on a cell has a number."""
STEPS = 7
"""So many depths of colour; 0 is a cell without a complaint."""
_ERROR = 0.05
"""How often a 95 % interval leaves out zero where nothing moved."""


@dataclass(frozen=True, slots=True)
class Row:
    """An app and its cells by topic; none where nothing was read in the days."""

    app: str
    name: str
    cells: Mapping[str, AppTopic]
    is_sample: bool = False

    @property
    def n_read(self) -> int:
        """How many texts were read in the days."""
        return next((c.n_read for c in self.cells.values()), 0)

    @property
    def is_told(self) -> bool:
        """Whether there are enough texts to tell a share of."""
        return self.n_read >= THIN


def rows(
    cells: Sequence[AppTopic], names: Mapping[str, str], topics: Sequence[str], samples: Collection[str] = ()
) -> list[Row]:
    """A row for each app of `names`, of the cells of `topics`: what moved most first, then the most texts.

    `samples` are the apps whose data is invented.
    """
    by_app: dict[str, dict[str, AppTopic]] = {app: {} for app in names}
    for cell in cells:
        if cell.app in by_app and cell.topic in topics:
            by_app[cell.app][cell.topic] = cell
    return sorted((Row(app, names[app], of, app in samples) for app, of in by_app.items()), key=_order)


def _order(row: Row) -> tuple[bool, float, int, str]:
    moves = (abs(c.change or 0) for c in row.cells.values() if direction(c) in ("up", "down"))
    return not row.is_told, -max(moves, default=0.0), -row.n_read, row.name.casefold()


def columns(cells: Sequence[AppTopic], lenses: Mapping[str, str], lens: str | None = None) -> list[str]:
    """The topics that some app's texts complained of, those of one lens beside each other.

    `lenses` has the lens of each topic in the order of the catalogue; with `lens` only its topics.
    """
    said = {c.topic for c in cells if c.n_negative}
    order = list(dict.fromkeys(lenses.values()))
    topics = [k for k in lenses if k in said] + sorted(said - lenses.keys())
    kept = [k for k in topics if lens is None or lenses.get(k) == lens]
    return sorted(kept, key=lambda k: order.index(lenses[k]) if k in lenses else len(order))


def foremost(every: Sequence[Row], columns: Sequence[str], most: int) -> list[str]:
    """At most so many of `columns`, in their order: what clearly moved somewhere, then what is most named."""
    moved: Counter[str] = Counter()
    complaints: Counter[str] = Counter()
    for row in every:
        for key, cell in row.cells.items():
            complaints[key] += cell.n_negative
            moved[key] += row.is_told and direction(cell) in ("up", "down")
    first = sorted(columns, key=lambda k: (-min(moved[k], 1), -complaints[k]))[:most]
    return [k for k in columns if k in first]


def direction(cell: AppTopic) -> Direction:
    """Whether more complain than before: `flat` where the interval holds zero, `unknown` of few texts."""
    if min(cell.n_read, cell.n_read_before) < THIN:
        return "unknown"
    return Change(cell.change, cell.change_low, cell.change_high).direction


def headline(t: Text, shown: Sequence[Row], topics: Mapping[str, str]) -> str:
    """What rose most, else what fell most; what is complained of most where no more moved than by chance."""
    told = [(r, c) for r in shown if r.is_told for c in r.cells.values()]
    if not told:
        return t("map.too_few", n=THIN)
    ways = _ways(shown)
    beyond_chance = len(ways["up"]) + len(ways["down"]) > _by_chance(ways)
    for way in ("up", "down") if beyond_chance else ():
        clear = [(r, c) for r, c in told if direction(c) == way]
        if clear:
            row, cell = max(clear, key=lambda m: abs(m[1].change or 0))
            return t(
                f"map.{way}", topic=topics[cell.topic], app=row.name, n=cell.n_read,
                before=t.percent(cell.share_before), now=t.percent(cell.share),
                change=t.points(cell.change), low=t.points(cell.change_low), high=t.points(cell.change_high),
            )  # fmt: skip
    row, cell = max(told, key=lambda m: m[1].share)
    if not cell.n_negative:
        return t("map.none_complains")
    return t(
        "map.most", topic=topics[cell.topic], app=row.name, n=cell.n_read, share=t.percent(cell.share),
        low=t.percent(cell.low), high=t.percent(cell.high),
    )  # fmt: skip


def counted(t: Text, shown: Sequence[Row]) -> str:
    """How many cells moved clearly, and how many would by chance alone; empty where none can be compared."""
    ways = _ways(shown)
    compared = sum(len(ways[k]) for k in ("up", "down", "flat"))
    if not compared:
        return ""
    moved = {k: len(ways[k]) for k in ("up", "down")}
    return t("map.moved", of=compared, chance=_by_chance(ways), **moved)


def _ways(shown: Sequence[Row]) -> dict[Direction, list[AppTopic]]:
    ways: dict[Direction, list[AppTopic]] = {"up": [], "down": [], "flat": [], "unknown": []}
    for row in shown:
        for cell in row.cells.values():
            ways[direction(cell)].append(cell)
    return ways


def _by_chance(ways: Mapping[Direction, Sequence[AppTopic]]) -> int:
    return math.ceil(_ERROR * sum(len(ways[k]) for k in ("up", "down", "flat")))


def deepest(every: Sequence[Row]) -> float:
    """The share that has the deepest colour, of rows that are told."""
    return max((c.share for r in every if r.is_told for c in r.cells.values()), default=0.0)


def step(share: float, most: float) -> int:
    """The depth of colour of a share, 0 to STEPS."""
    return math.ceil(STEPS * min(share / most, 1)) if share > 0 and most > 0 else 0


def table(
    t: Text,
    shown: Sequence[Row],
    topics: Mapping[str, str],
    lenses: Mapping[str, str],
    most: float,
    to_topics: Callable[[Row], str],
    to_reviews: Callable[[AppTopic], str],
) -> Markup:
    """The matrix. `topics` are the columns by key with their names, `lenses` the name of each one's lens;
    the two functions give the addresses that an app and a cell lead to."""
    groups: list[tuple[str, int]] = []
    for key in topics:
        name = lenses.get(key, "")
        if groups and groups[-1][0] == name:
            groups[-1] = (name, groups[-1][1] + 1)
        else:
            groups.append((name, 1))
    lines = [
        (
            row.name,
            t("sample.label") if row.is_sample else "",
            to_topics(row) if row.cells else "",
            t.number(row.n_read),
            [_cell(t, row.cells[k], most, to_reviews) for k in topics if k in row.cells]
            if row.is_told
            else [],
        )
        for row in shown
    ]
    return piece(TEMPLATE, "matrix", t, groups, list(topics.values()), lines)


def _cell(
    t: Text, cell: AppTopic, most: float, to_reviews: Callable[[AppTopic], str]
) -> tuple[int, str, str, str, Direction]:
    told = t(
        "map.cell", share=t.percent(cell.share), n=cell.n_negative, of=cell.n_read,
        low=t.percent(cell.low), high=t.percent(cell.high),
        before=t.percent(cell.share_before) if cell.n_read_before >= THIN else t("verdict.too_few"),
    )  # fmt: skip
    leads_to = to_reviews(cell) if cell.n_negative else ""
    way = direction(cell)
    # A small share is a point: what stands out is read, the rest is colour, and told to whoever points at it.
    shown = t.percent(cell.share) if cell.share >= LEAST or way in ("up", "down") else "·"
    return step(cell.share, most), shown, leads_to, told, way


def scale(t: Text, most: float) -> Markup:
    """What the depths of colour mean."""
    return piece(TEMPLATE, "scale", t("map.scale"), list(range(1, STEPS + 1)), t.percent(0), t.percent(most))
