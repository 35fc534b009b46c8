"""`hoshiyomi forget-import`: refused for what is no import, finished after a kill; a file can come again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from flows.cli.main import app
from flows.cli.output import told
from flows.collection.play_console import take
from flows.lock import RefreshRunning, refresh_lock
from flows.pipeline.forget_import import (
    FOLDER,
    NoSuchImport,
    finish_forgetting,
    forget,
    imports,
    last_taken_back,
    preview,
)
from tests.builders import consent, feedback, review
from tests.flows.collection.test_dump_import import NOW, bring, dump
from tests.warehouse.house import land, load, rows, tables
from tests.warehouse.test_damage import rot
from warehouse import corrections
from warehouse.errors import LandingError
from warehouse.landing import Landing
from warehouse.writes import FILE, writer


def state(data: Path) -> dict[str, Any]:
    with writer(data) as w:
        found: dict[str, Any] = tables(w.con)
        found["files"] = rows(w.con, "select path, rows from core.landing_files order by all")
    return found


def without_times(found: dict[str, Any]) -> dict[str, Any]:
    """What a second import of the same file brings back; coverage tells when it was."""
    return {name: rows for name, rows in found.items() if name != "coverage"}


class World:
    """A data folder with two imports of which the second one edits the first one's reviews."""

    def __init__(self, base: Path) -> None:
        self.folder = base / "data"
        bring(dump(base), self.folder)
        self.file = base / "later.csv"
        lines = (base / "dump.csv").read_text().splitlines()
        edited = [line.replace("text 1", "other 1") for line in lines[:15]]
        more = [f"app2,gp:more{n},more {n},3,2026-02-03 09:00:00" for n in range(4)]
        self.file.write_text("\n".join([*edited, *more, "app2,gp:bad,text,6,2026-01-01", ""]))
        os.utime(self.file, (NOW.timestamp() + 60, NOW.timestamp() + 60))
        self.batch = bring(self.file, self.folder).batch
        land(self.folder, "intake-20260301t101112.000003z-000003", consent(), feedback())
        load(self.folder)
        self.before = state(self.folder)
        other = base / "without"
        shutil.copytree(self.folder / "landing", other / "landing")
        Landing(other).drop_batch(self.batch)
        load(other)
        self.without = state(other)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"))


@pytest.fixture
def data(world: World, tmp_path: Path) -> Path:
    shutil.copytree(world.folder, tmp_path / "data")
    return tmp_path / "data"


@pytest.mark.parametrize("is_killed", [False, True], ids=["in one go", "killed before the files"])
def test_corrections_go_with_the_reviews_of_an_import_from_tables_and_files(
    world: World, data: Path, monkeypatch: pytest.MonkeyPatch, is_killed: bool
) -> None:
    with writer(data) as w:
        keys = w.con.execute(
            "select store, store_app_id, review_id from core.reviews order by all"
        ).fetchall()
    for key in keys:
        corrections.land(data, key, "some text", "neutral", [], NOW)
    load(data)
    gone = [k for k in keys if k[2].startswith("gp:more")]
    assert len(gone) == 4
    if is_killed:
        with monkeypatch.context() as killing:
            killing.setattr(corrections, "forget", _killed)
            with pytest.raises(KeyboardInterrupt):
                forget(data, world.batch, datetime.now(UTC))
        (note,) = finish_forgetting(data, datetime.now(UTC))
    else:
        note = forget(data, world.batch, datetime.now(UTC))
    assert (note.rows["corrections"], note.uncorrected) == (4, [])
    landing = Landing(data)
    left = {str(r["review_id"]) for path in landing.files("corrections") for r in landing.rows(path)}
    assert left == {k[2] for k in keys} - {k[2] for k in gone}
    assert {r[2] for r in state(data)["corrections"]} == left


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_an_import_is_taken_back_and_the_same_file_comes_again(world: World, data: Path) -> None:
    assert world.before != world.without
    note = forget(data, world.batch, datetime.now(UTC))
    assert note.rows["reviews"] == 4 and note.done_at is not None
    assert state(data) == world.without
    assert world.batch not in {p.name for p in (data / "landing").glob("*/*")}
    again = bring(world.file, data)
    assert (again.done_before, again.batch) == (False, world.batch)
    assert finish_forgetting(data, datetime.now(UTC)) == []
    load(data)
    assert without_times(state(data)) == without_times(world.before)
    # A second time is as the first.
    forget(data, world.batch, datetime.now(UTC))
    assert state(data) == world.without


def test_no_byte_of_it_is_left_in_the_working_file(world: World, data: Path) -> None:
    assert b"more 3" in (data / FILE).read_bytes()
    forget(data, world.batch, datetime.now(UTC))
    assert b"more 3" not in (data / FILE).read_bytes()


def test_a_dry_run_says_what_would_go_and_changes_nothing(world: World, data: Path) -> None:
    taken = preview(data, world.batch)
    assert state(data) == world.before
    assert not (data / FOLDER).exists()
    assert {a.store_app_id: a.reviews for a in taken.apps} == {"app0": 7, "app1": 7, "app2": 4}
    done = CliRunner().invoke(
        app, ["forget-import", world.batch, "--dry-run"], env={"HOSHIYOMI_DATA": str(data)}
    )
    assert "reviews            4 rows less" in done.output
    assert "google_play app2: 4 reviews on 1 day, 2026-02-03 to 2026-02-03" in done.output
    assert state(data) == world.before


_DIES = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from flows.pipeline.forget_import import forget

left = int(sys.argv[3])

def dying(original):
    def step(self, *words, **more):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(self, *words, **more)
    return step

for name in ("rename", "replace", "unlink"):
    setattr(Path, name, dying(getattr(Path, name)))
forget(Path(sys.argv[1]), sys.argv[2], datetime.now(UTC))
print(int(sys.argv[3]) - left)
"""


def killed(data: Path, batch: str, at: int) -> subprocess.CompletedProcess[str]:
    """Take the import back in a process that ends before its `at`-th change of a name on the disk."""
    return subprocess.run(
        [sys.executable, "-c", _DIES, str(data), batch, str(at)], capture_output=True, text=True, check=False
    )


# The note (before the transaction ends), the working file, the note, the landing files, the note.
STEPS = (1, 2, 3, 4, 5, 6, 7)


@pytest.mark.parametrize("at", STEPS)
def test_killed_at_any_step_it_is_finished_by_the_next(world: World, data: Path, at: int) -> None:
    assert killed(data, world.batch, at).returncode == -signal.SIGKILL
    if at == 1:
        # Nobody knows of it yet.
        assert finish_forgetting(data, datetime.now(UTC)) == []
        assert state(data) == world.before
        forget(data, world.batch, datetime.now(UTC))
    elif at % 2:
        forget(data, world.batch, datetime.now(UTC))
    else:
        # As every refresh begins.
        (note,) = finish_forgetting(data, datetime.now(UTC))
        assert note.rows["reviews"] == 4
    load(data)
    assert state(data) == world.without
    assert not bring(world.file, data).done_before


def test_the_steps_at_which_it_is_killed_are_all_there_are(world: World, data: Path) -> None:
    done = killed(data, world.batch, 99)
    assert (done.stdout.strip(), done.stderr) == (str(STEPS[-1]), "")


def test_what_came_again_before_a_killed_one_is_finished_stays(world: World, data: Path) -> None:
    assert killed(data, world.batch, STEPS[-1]).returncode == -signal.SIGKILL
    assert not bring(world.file, data).done_before
    finish_forgetting(data, datetime.now(UTC))
    load(data)
    assert without_times(state(data)) == without_times(world.before)


class Stopped(Exception):
    """What comes after is not asked."""


def test_a_rebuild_knows_when_an_import_was_taken_back_last(world: World, data: Path) -> None:
    assert last_taken_back(data) is None
    note = forget(data, world.batch, datetime.now(UTC))
    assert last_taken_back(data) == datetime.fromisoformat(note.tables_at or "")


def test_every_refresh_finishes_it_before_anything_is_loaded(
    world: World, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.config.load import load_config
    from flows.pipeline import refresh

    def stops(*_words: object) -> None:
        raise Stopped

    assert killed(data, world.batch, 3).returncode == -signal.SIGKILL
    monkeypatch.setenv("HOSHIYOMI_DATA", str(data))
    monkeypatch.setattr(refresh, "restore_if_fresh", stops)
    with pytest.raises(Stopped):
        refresh._whole_run(load_config(), sample=False, collecting=False, audit_seed=None, apps=())
    assert state(data) == world.without


def test_what_was_not_loaded_yet_is_taken_back(world: World, data: Path) -> None:
    (data / FILE).unlink()
    assert forget(data, world.batch, datetime.now(UTC)).rows == {}
    assert not (data / FILE).exists()
    load(data)
    assert state(data) == world.without


REFUSED = {
    "intake-20260301t101112.000003z-000003": "hoshiyomi erase",
    "compact-intake-0123456789abcdef": "hoshiyomi erase",
    "feedback-0123456789ab-0123456789ab": "hoshiyomi erase",
    "erase-command-20261001t101112-01234567": "nothing takes back",
    "google_play-jp.example.app-ja-0a1b2c-20261101": "hoshiyomi rebuild",
    "import-0123456789ab-0123456789ab": "hoshiyomi imports",
    "../landing": "hoshiyomi imports",
    "": "hoshiyomi imports",
}


@pytest.mark.parametrize("batch", REFUSED)
@pytest.mark.parametrize("how", [forget, preview])
def test_what_is_no_import_is_refused_with_what_to_use(batch: str, how: Any, world: World) -> None:
    words = (datetime.now(UTC),) if how is forget else ()
    with pytest.raises(NoSuchImport, match=REFUSED[batch]):
        how(world.folder, batch, *words)
    assert not (world.folder / FOLDER).exists()


def test_the_nearest_imports_are_named_as_they_are(world: World) -> None:
    for asked in (world.batch[:-2] + "zz", "later.csv"):
        with pytest.raises(NoSuchImport) as caught:
            preview(world.folder, asked)
        assert world.batch in told(caught.value)


def test_the_imports_are_listed(world: World) -> None:
    first, second = imports(world.folder)
    assert (first.file, first.got, first.apps) == ("dump.csv", 25, 2)
    assert (second.batch, second.file, second.got, second.apps, second.rejected) == (
        world.batch, "later.csv", 18, 3, 1,
    )  # fmt: skip
    done = CliRunner().invoke(app, ["imports"], env={"HOSHIYOMI_DATA": str(world.folder)})
    assert world.batch in done.output and "later.csv" in done.output


def test_a_damaged_import_is_imported_again_first(world: World, data: Path) -> None:
    rot(Landing(data).path("reviews", world.batch, "00000"), 10, 20)
    with pytest.raises(LandingError, match="hoshiyomi import"):
        forget(data, world.batch, datetime.now(UTC))
    assert bring(world.file, data).is_anew
    forget(data, world.batch, datetime.now(UTC))
    assert state(data) == world.without


def test_one_that_has_not_ended_is_left_alone(world: World, data: Path) -> None:
    batch = "import-0123456789ab-0123456789ab"
    Landing(data).write("reviews", batch, "00000", [review()])
    assert [i.is_finished for i in imports(data)].count(False) == 1
    with pytest.raises(NoSuchImport, match="not ended"):
        forget(data, batch, datetime.now(UTC))
    assert Landing(data).has("reviews", batch, "00000")


def test_while_a_refresh_runs_it_waits_for_a_person(world: World, data: Path) -> None:
    with refresh_lock(data), pytest.raises(RefreshRunning):
        forget(data, world.batch, datetime.now(UTC))


def test_an_export_that_collecting_would_bring_back_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data, exports = tmp_path / "data", tmp_path / "exports"
    exports.mkdir()
    (exports / "ratings_jp.example.app_202603_overview.csv").write_text(
        "Date,Package Name,Daily Average Rating,Total Average Rating\n2026-03-01,jp.example.app,4.0,3.5\n",
        encoding="utf-16",
    )
    (done,) = take(exports, "jp.example.app", Landing(data), run_id="run")
    load(data)
    answer = CliRunner().invoke(app, ["forget-import", done.batch], env={"HOSHIYOMI_DATA": str(data)})
    assert answer.exit_code == 0
    assert "the next `collect` takes it in anew" in caplog.text
