"""What a command without Prefect mends in the data folder, or what it needs of the disk."""

from __future__ import annotations

import os
import re
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.collection.dump_import import import_file
from flows.health import findings as data_folder
from flows.lock import refresh_lock
from flows.pipeline.sample_data import refuse_beside_real
from flows.sources.dumps import files
from flows.sources.dumps.files import Options
from tests.builders import consent, coverage, feedback
from tests.flows.collection.collecting import reviews as landed
from tests.flows.collection.test_dump_import import dump
from tests.remedies.claims import carries_out, hear
from tests.remedies.machine import Here, Machine, machine
from tests.searching import found as written
from warehouse.errors import WarehouseError
from warehouse.landing import Landing
from warehouse.writes import Writer, writer

BUSY, LANDING, MEMORY = 5, 8, 10


@pytest.fixture
def house(tmp_path: Path) -> Machine:
    """A machine on which something was landed."""
    made = machine(tmp_path, None, Here())
    landing = Landing(made.data)
    landing.write("consents", "b", "0", [consent(app="procedures")])
    landing.write("feedback", "b", "0", [feedback(app="procedures", text="words to go")])
    landing.write("coverage", "b", "coverage", [coverage("b", asked_for="feedback", got=1)])
    return made


@carries_out("run `hoshiyomi erase`, or let the next refresh do it.")
def test_an_erasure_that_waits_is_done(house: Machine) -> None:
    before = house.found()
    with refresh_lock(house.data):
        assert house.run("erase", "--tester", "t1").code == BUSY
    assert house.found() == before | {"erasures_pending"}
    assert house.run("erase").code == 0
    assert house.found() == before
    assert written(house.data, ["words to go"]) == []


@carries_out("repeat the import that was cut off; crawls go on or begin again by themselves.")
def test_an_import_that_was_cut_off_is_repeated(
    house: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_ROWS_A_PART", 10)
    path, before = dump(tmp_path), house.found()
    _cut_off(path, house.data)
    long_ago = time.time() - 3 * 86_400
    for folder in (house.data / "landing").glob("*/import-*"):
        os.utime(folder, (long_ago, long_ago))
    assert house.found() == before | {"unfinished_batches"}
    assert house.run("import", str(path)).code == 0
    assert house.found() == before
    assert len(landed(house.data)) == 25


def _cut_off(path: Path, data: Path, run_id: str = "r") -> None:
    """An import that was stopped after its first part."""

    def dies(_rows: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_file(path, Options(), Landing(data), run_id=run_id, progress=dies)


def _batch(house: Machine) -> str:
    """The one import that is listed."""
    (batch,) = re.findall(r"^import-\S+", house.run("imports").text, re.MULTILINE)
    return str(batch)


@carries_out("Remedy: `hoshiyomi imports` lists them with their files.")
def test_an_import_is_taken_back_by_the_name_in_the_list(house: Machine, tmp_path: Path) -> None:
    assert house.run("import", str(dump(tmp_path))).code == 0
    assert house.run("forget-import", "import-of-mine").code == 1
    assert house.run("forget-import", _batch(house)).code == 0
    assert landed(house.data) == []


@carries_out("and what was killed goes by itself. Remedy: let it end, or run it again, to take it back.")
def test_an_import_that_was_killed_is_run_again_and_taken_back(
    house: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_ROWS_A_PART", 10)
    path = dump(tmp_path)
    _cut_off(path, house.data)
    assert house.run("forget-import", _batch(house)).code == 1
    assert house.run("import", str(path)).code == 0
    assert house.run("forget-import", _batch(house)).code == 0
    assert landed(house.data) == []


@carries_out("it holds testers' feedback and what they agreed to. Remedy: `hoshiyomi erase` with --tester")
def test_feedback_is_erased_and_stays_away(house: Machine) -> None:
    for kind in ("consents", "feedback", "coverage"):
        folder = house.data / "landing" / kind
        (folder / "b").rename(folder / "feedback-0123456789ab-0123456789ab")
    assert house.run("forget-import", "feedback-0123456789ab-0123456789ab").code == 1
    assert house.run("erase", "--tester", "t1").code == 0
    assert written(house.data, ["words to go"]) == []
    assert list((house.data / "erasures").rglob("*"))


@carries_out(
    "the tables cannot be made as they were. Remedy: `hoshiyomi mend --dry-run` names all with their"
)
@pytest.mark.parametrize("gone", ["*", "reviews"])
def test_an_import_is_taken_back_when_what_is_gone_was_mended(
    house: Machine, tmp_path: Path, gone: str
) -> None:
    path = dump(tmp_path)
    assert house.run("import", str(path)).code == 0
    first = _batch(house)
    path.write_text(path.read_text().replace("text 1", "other 1"))
    assert house.run("import", str(path)).code == 0
    with writer(house.data) as w:
        w.load(datetime.now(UTC))
    for folder in (house.data / "landing").glob(f"{gone}/{first}"):
        shutil.rmtree(folder)
    second = next(b for b in re.findall(r"import-\S+", house.run("imports").text) if b != first)
    assert house.run("forget-import", second).code == LANDING
    assert first in house.run("mend", "--dry-run").text
    assert house.run("mend").code == 0
    with writer(house.data) as w:
        w.load(datetime.now(UTC))
    assert house.run("forget-import", second).code == 0


@carries_out("while it read landing files anew. Nothing was changed. Remedy: see that the disk has room")
def test_taking_back_is_run_again_when_there_is_room(
    house: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = dump(tmp_path)
    assert house.run("import", str(path)).code == 0
    with writer(house.data) as w:
        w.load(datetime.now(UTC))
    with monkeypatch.context() as short:
        short.setattr(Writer, "read_in", _short_of_room)
        assert house.run("forget-import", _batch(house)).code == MEMORY
    assert len(landed(house.data)) == 25
    assert house.run("forget-import", _batch(house)).code == 0
    assert landed(house.data) == []


def _short_of_room(*_given: object) -> None:
    raise duckdb.OutOfMemoryException("no room")


@carries_out(
    "holds real data; sample data would be published beside it. Remedy: give the demo a folder of its own"
)
def test_the_demo_has_a_folder_of_its_own(house: Machine) -> None:
    told = house.run("demo", "--no-open")
    assert told.code == 1
    assert "`HOSHIYOMI_DATA=demo-data hoshiyomi demo`" in told.text
    # What the demo shows then is seen by many tests.
    refuse_beside_real(house.folder / "demo-data")


@carries_out("free space, or move the data folder to a larger disk and set HOSHIYOMI_DATA.")
@pytest.mark.parametrize("how", ["free", "move"])
def test_a_disk_that_is_short_is_freed_or_left(house: Machine, tmp_path: Path, how: str) -> None:
    larger = tmp_path / "larger"
    free = {house.data: 1 << 20, larger / "data": 1 << 40}
    (short,) = data_folder.of_disk(house.data, free.__getitem__)
    hear(short.remedy)
    before = house.found()
    if how == "free":
        free[house.data] = 1 << 40
        assert data_folder.of_disk(house.data, free.__getitem__) == []
        return
    larger.mkdir()
    shutil.move(house.data, larger / "data")
    assert data_folder.of_disk(larger / "data", free.__getitem__) == []
    moved = Machine(folder=larger, store=house.store, driver=house.driver)
    shutil.copytree(house.config, moved.config)
    assert moved.found() == before
    assert written(moved.data, ["words to go"])


@carries_out("`hoshiyomi mend --dry-run`, which names each harmed file with its remedy.")
def test_what_cannot_be_looked_at_is_named_by_mend(house: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.config.load import load_config
    from flows.health.status import PROBES, report

    monkeypatch.setenv("HOSHIYOMI_DATA", str(house.data))
    monkeypatch.setenv("HOSHIYOMI_CONFIG", str(house.config))
    path = Landing(house.data).path("feedback", "b", "0")
    before = report(house.data, load_config(), datetime.now(UTC), probes=PROBES).findings
    backup = path.read_bytes()
    path.write_bytes(backup[:-20])

    def unreadable(_scene: object) -> list[Any]:
        raise WarehouseError("The landing folder cannot be read.")

    told = report(house.data, load_config(), datetime.now(UTC), probes=(unreadable,)).findings
    (cannot,) = [f for f in told if f.about == "cannot_look"]
    hear(cannot.remedy)
    assert "feedback/b/0.jsonl.gz is damaged" in house.run("mend", "--dry-run").text
    path.write_bytes(backup)
    assert house.run("mend", "--dry-run").code == 0
    assert report(house.data, load_config(), datetime.now(UTC), probes=PROBES).findings == before
