"""Sixty days, one by one: what is published in the end, and what people were told meanwhile.

Needs Linux, gcc (for the movable clock) and root (for a small disk of its own). `SIMULATION_SEED` moves the
moments of kills and the faults in passing; the story and what is expected of it stay.
"""

from __future__ import annotations

import os
import shutil
from datetime import UTC, date

import pytest

from tests.flows.processes import linux_only
from tests.simulation import plan, story
from tests.simulation.comparison import days_of_scores, differences, scores, verdicts
from tests.simulation.living import Outcome, both
from tests.simulation.plan import morning
from tests.simulation.receiver import QUIET, day_and_hour
from tests.soak.test_unattended import small_disk

pytestmark = [
    pytest.mark.soak,
    linux_only,
    pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc for the movable clock"),
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount a small disk"),
]
SEED = int(os.environ.get("SIMULATION_SEED", "1"))
DISK_MB = 4_000
_BAD, _GOOD = "くらしの手続き: release 2.1.0 is rated worse", "くらしの手続き: release 2.1.1 is rated better"
_CAMPAIGN, _AFTER = "くらしの手続き: stars have fallen", "くらしの手続き: stars have risen"
_MISSED, _DISK = "Hoshiyomi: a scheduled refresh was missed", "Hoshiyomi: disk space is running out"
_CRASHED = "Hoshiyomi: the refresh failed"
_SILENT = (
    "くらしの手続き: google_play gives nothing", "図書館: google_play gives nothing",
    "くらしの手続き: app_store_feed gives nothing",
)  # fmt: skip
EXPECTED = [
    # The first bad release is seen on day 11; the channel is dead until day 13.
    # What grew meanwhile is in the first message, which comes late.
    (13, "product", _BAD), (39, "product", f"[Over] {_BAD}"),
    # Its repair; the machine is off on the next two days.
    (21, "product", _GOOD), (24, "product", f"[More of it] {_GOOD}"),
    (36, "product", f"[More of it] {_GOOD}"),
    # The second, seen on day 32; the channel is dead until day 34.
    (34, "culture", "図書館: release 1.5.0 is rated worse"),
    (48, "product", _CAMPAIGN), (51, "product", f"[Over] {_CAMPAIGN}"), (51, "product", _AFTER),
    # Seen when the machine woke up, and over by the time at which people may be told.
    (18, "operators", _MISSED),
    (26, "operators", _SILENT[0]), (26, "operators", _SILENT[1]),
    (29, "operators", f"[Over] {_SILENT[0]}"), (29, "operators", f"[Over] {_SILENT[1]}"),
    (35, "operators", _DISK), (35, "operators", f"[Over] {_DISK}"),
    (38, "operators", _MISSED), (38, "operators", _SILENT[1]), (38, "operators", _SILENT[2]),
    (39, "operators", f"[Over] {_MISSED}"), (39, "operators", f"[Over] {_SILENT[1]}"),
    (39, "operators", f"[Over] {_SILENT[2]}"),
]  # fmt: skip
"""Day, channel, title. What is of apps is what `hoshiyomi alerts replay` says of the house that was left in
peace, put off by dead channels and days without a run."""
CHANCE = {
    (day, f"{word}{what}")
    for what in (_MISSED, _CRASHED)
    for day, word in ((40, ""), (40, "[Over] "), (41, "[Over] "))
}
"""Whether a run was missed, or begun and killed, while each process of `hoshiyomi serve` was killed on day 40
depends on which moment was hit."""


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, Outcome]:
    folder = tmp_path_factory.mktemp("two-months")
    with small_disk(folder / "disk", DISK_MB) as disk:
        calm, tried = both(folder, story.TWO_MONTHS, plan.TWO_MONTHS, seed=SEED, disk=disk)
    told = [(*day_and_hour(h.at), h.channel, h.title) for h in tried.heard]
    (folder / "told").write_text("\n\n".join(f"{h.at} {h.channel} {h.body}" for h in tried.heard))
    print(tried.killed, *told, calm.cpu_s, tried.cpu_s, sep="\n")  # noqa: T201 - what a person reads
    return calm, tried


def test_the_tables_are_those_of_the_house_that_was_left_in_peace(lived: tuple[Outcome, Outcome]) -> None:
    calm, tried = lived
    assert list(differences(calm.published, tried.published)) == []
    assert verdicts(tried.published) == verdicts(calm.published)


def test_of_scores_only_days_are_missing_on_which_nobody_could_ask(lived: tuple[Outcome, Outcome]) -> None:
    calm, tried = lived
    assert scores(tried.published) < scores(calm.published)
    missed = {
        store: days_of_scores(calm.published, store) - days_of_scores(tried.published, store)
        for store in ("google_play", "app_store")
    }
    asked = plan.TWO_MONTHS
    assert missed["google_play"] == {utc_day(day) for day in asked.unseen()}
    assert missed["app_store"] == {utc_day(day) for day in asked.unseen() - {*asked.refusing}}


def test_people_hear_of_exactly_what_happened_each_once_and_never_at_night(
    lived: tuple[Outcome, Outcome],
) -> None:
    _, tried = lived
    told = [(day_and_hour(h.at)[0], h.channel, h.title) for h in tried.heard]
    assert sorted(t for t in told if (t[0], t[2]) not in CHANCE) == sorted(EXPECTED)
    assert len(told) == len(set(told))
    ids = [h.id for h in tried.heard]
    assert len(ids) == len(set(ids))
    assert all(QUIET[1] <= day_and_hour(h.at)[1] < QUIET[0] for h in tried.heard)
    assert tried.refused, "the dead channels were tried"


def test_every_stage_and_every_process_was_killed(lived: tuple[Outcome, Outcome]) -> None:
    _, tried = lived
    wanted = {*plan.TWO_MONTHS.killed.values(), *(f"serve: {kind}" for kind in plan.KINDS)}
    assert wanted | {plan.COPIED} == {what for what, times in tried.killed.items() if times}
    assert "Traceback" not in tried.said


def utc_day(day: int) -> date:
    """The day by which a score is kept that was seen in the morning of a day of the story."""
    return morning(day).astimezone(UTC).date()
