from __future__ import annotations

from datetime import date
from typing import Any

from flows.cli.analyse import page


def _row(**wanted: Any) -> dict[str, Any]:
    plain = {
        "app": "ours",
        "name": "Our app",
        "store": "google_play",
        "series": "B",
        "changed_on": date(2026, 3, 1),
        "low_on": date(2026, 2, 27),
        "high_on": date(2026, 3, 2),
        "value_before": 2.2,
        "value_after": 4.2,
        "size": 2.0,
        "low": 1.7,
        "high": 2.3,
        "n_before": 1200,
        "n_after": 900,
        "p_value": 0.001,
        "nearest_release": "2.0",
        "release_distance_days": -1,
        "due_to_kind": "release",
        "due_to": "2.0",
        "due_to_chance": 0.77,
        "hole_from": None,
        "hole_until": None,
    }
    return plain | wanted


def _table(*rows: dict[str, Any]) -> list[str]:
    return [line for line in page(rows, searched=105) if line.startswith("|")][2:]


def test_a_change_is_a_line_with_its_intervals_and_the_release_near_it() -> None:
    assert _table(_row()) == [
        "| Our app (`ours`) | google play | B | 2026-03-01 (2026-02-27 to 2026-03-02) | 2.20 | 4.20 "
        "| +2.00 (+1.70 to +2.30) | 1,200 / 900 | 2.0 (-1 d) | 2.0 (77%) |"
    ]


def test_what_is_not_known_is_not_invented() -> None:
    (line,) = _table(
        _row(low=None, high=None, n_before=None, nearest_release=None, release_distance_days=None)
    )
    assert line.endswith("| +2.00 | not told | none known | 2.0 (77%) |")


def test_a_release_of_another_year_is_not_near() -> None:
    (line,) = _table(_row(release_distance_days=400))
    assert line.endswith("| none near | 2.0 (77%) |")


def test_whose_a_change_is_is_told_or_that_nobody_can_tell() -> None:
    nobody = {"due_to_kind": None, "due_to": None, "due_to_chance": None}
    lines = _table(_row(**nobody), _row(due_to_kind="reweighted", due_to=""), _row(due_to_chance=1.0))
    assert [line.split(" | ")[-1] for line in lines] == ["- |", "ratings weighed anew |", "2.0 (99%) |"]
    (hole,) = _table(_row(hole_from=date(2026, 2, 1), hole_until=date(2026, 2, 27)))
    assert "(2026-02-27 to 2026-03-02; no data 2026-02-01 to 2026-02-27)" in hole


def test_a_name_cannot_break_the_table() -> None:
    (line,) = _table(_row(name="a | b\nc"))
    assert line.startswith("| a \\| b c (`ours`) |")


def test_the_page_says_how_many_apps_were_looked_at_and_how_it_is_made() -> None:
    words = "\n".join(page([_row(), _row(changed_on=date(2026, 5, 1))], searched=105))
    assert "Of 105 apps (each store counts), 1 changed their level, 2 times in all" in words
    assert "hoshiyomi change-points --format markdown > docs/change-points.md" in words
