"""The sample store's story must come out: a redesign that helped, a regression, a repair."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from warehouse.reads import ask, current

OURS = "app = 'sample' and store = 'google_play'"
STORY = (("2.0.0", "better"), ("2.3.0", "worse"), ("2.3.1", "better"))


def _asked(demo: Path, select: str) -> list[tuple[Any, ...]]:
    return ask(current(demo), select)[1]


@pytest.mark.parametrize(("release", "verdict"), STORY)
def test_redesign_regression_and_repair_are_told_apart(demo: Path, release: str, verdict: str) -> None:
    where = f"{OURS} and measure = 'mean_stars' and release_version = '{release}'"
    assert _asked(demo, f"select verdict from release_impact where {where}") == [(verdict,)]


def test_each_turn_of_the_story_is_a_change_near_its_release(demo: Path) -> None:
    rows = _asked(
        demo,
        "select nearest_release, release_distance_days, size from change_points"
        f" where {OURS} and series = 'B' and nearest_release in ('2.0.0', '2.3.0', '2.3.1')",
    )
    turns = {release: (days, size) for release, days, size in rows if abs(days) <= 3}
    assert turns["2.0.0"][1] > 1
    assert turns["2.3.0"][1] < -1
    assert turns["2.3.1"][1] > 1


def test_crashes_and_card_reading_drive_the_regression(demo: Path) -> None:
    rows = _asked(
        demo,
        "select topic from drivers d join change_points c"
        " on c.app = d.app and c.store = d.store and d.comparison = 'change:' || c.changed_on"
        f" where d.{OURS.replace('and ', 'and d.')} and c.series = 'B' and c.nearest_release = '2.3.0'"
        " and topic <> 'none' order by total_effect limit 4",
    )
    assert {"crash", "scanning"} <= {topic for (topic,) in rows}
