"""Five hundred seeded fault plans: no lost review, no duplicate, no false `complete`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows.collection.test_collect_faults import survives

pytestmark = pytest.mark.soak


@pytest.mark.parametrize("seed", range(500))
def test_a_random_plan_of_faults_loses_nothing_and_doubles_nothing(seed: int, tmp_path: Path) -> None:
    survives(seed, tmp_path)
