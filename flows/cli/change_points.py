"""The table of change points, as a page for people: `hoshiyomi change-points --format markdown`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flows.console import counted

COMMAND = "hoshiyomi change-points --format markdown > docs/change-points.md"
_NEAR_DAYS = 60
_HEAD = (
    "| app | store | series | changed on | before | after | size | reviews or ratings | nearest release |",
    "|---|---|---|---|---|---|---|---|---|",
)


def page(rows: Sequence[dict[str, Any]], searched: int) -> Iterator[str]:
    """The lines of the page for rows of the query `change_point_table`; `searched` apps were looked at."""
    apps = {(r["app"], r["store"]) for r in rows}
    yield "# Change points"
    yield ""
    yield f"Made by `{COMMAND}`; how they are found is told in [statistics.md](statistics.md)."
    yield ""
    yield (
        f"Of {counted(searched, 'app')} (each store counts), {len(apps)} changed their level, "
        f"{counted(len(rows), 'time')} in all. "
        "Series A is what the store displayed, series B the mean review rating of what was collected; they "
        "are never mixed. In brackets: 95 % intervals, of day and size. A release is named because "
        f"it is near in time (within {_NEAR_DAYS} days; in brackets, from change to it), not as the cause."
    )
    yield ""
    yield from _HEAD
    for row in rows:
        yield _line(row)


def _line(row: dict[str, Any]) -> str:
    cells = (
        _name(row), row["store"].replace("_", " "), row["series"], _days(row),
        f"{row['value_before']:.2f}", f"{row['value_after']:.2f}", _size(row), _counts(row), _release(row),
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _name(row: dict[str, Any]) -> str:
    name = " ".join(str(row["name"]).replace("|", "\\|").split())
    return f"`{row['app']}`" if name == row["app"] else f"{name} (`{row['app']}`)"


def _days(row: dict[str, Any]) -> str:
    if row["low_on"] == row["high_on"]:
        return f"{row['changed_on']}"
    return f"{row['changed_on']} ({row['low_on']} to {row['high_on']})"


def _size(row: dict[str, Any]) -> str:
    if row["low"] is None or row["high"] is None:
        return f"{row['size']:+.2f}"
    return f"{row['size']:+.2f} ({row['low']:+.2f} to {row['high']:+.2f})"


def _counts(row: dict[str, Any]) -> str:
    both = (row["n_before"], row["n_after"])
    return "not told" if None in both else f"{both[0]:,} / {both[1]:,}"


def _release(row: dict[str, Any]) -> str:
    if row["nearest_release"] is None:
        return "none known"
    if abs(row["release_distance_days"]) > _NEAR_DAYS:
        return "none near"
    return f"{row['nearest_release']} ({row['release_distance_days']:+d} d)"
