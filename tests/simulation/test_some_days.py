"""Some days of a bad release: a run is killed, a channel dead, a day missed; people hear of it once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.flows.processes import linux_only
from tests.simulation import plan, story
from tests.simulation.comparison import differences, verdicts
from tests.simulation.living import some_days
from tests.simulation.receiver import day_and_hour

pytestmark = [
    pytest.mark.soak,
    linux_only,
    pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc for the movable clock"),
]


def test_a_bad_release_is_told_once_after_quiet_hours_and_the_tables_are_as_if_nothing_was(
    tmp_path: Path,
) -> None:
    calm, tried = some_days(tmp_path, story.SOME_DAYS, plan.SOME_DAYS)
    assert tried.killed == {"analysing ": 1}
    assert tried.refused == 1
    told = [(day_and_hour(h.at), h.channel, h.title) for h in tried.heard]
    assert told == [((3, 8), "product", "くらしの手続き: release 2.1.0 is rated worse")]
    assert list(differences(calm.published, tried.published)) == []
    assert verdicts(tried.published) == verdicts(calm.published)
    assert "Traceback" not in tried.said
