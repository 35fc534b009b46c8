"""Every remedy printed for harmed landing files, carried out to the letter, and what it leads back to."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from flows.cli.main import app
from flows.cli.output import told
from flows.collection.play_console import take
from flows.repair import look, mend
from tests.builders import consent, coverage, feedback
from tests.conftest import logged
from tests.flows.collection.collecting import catalogue, run
from tests.flows.collection.test_dump_import import bring, dump
from tests.flows.collection.test_feedback_import import SURVEY, written
from tests.flows.collection.test_feedback_import import bring as bring_feedback
from tests.store import StoreServer
from tests.warehouse.house import load
from tests.warehouse.house import rows as asked
from tests.warehouse.test_soundness import DAMAGE
from warehouse.errors import LandingError
from warehouse.landing import Landing
from warehouse.soundness import is_sound
from warehouse.writes import FILE, writer

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def _refused(data: Path) -> str:
    """What loading says of a batch that is not whole."""
    with pytest.raises(LandingError, match="is not whole") as caught:
        load(data)
    return told(caught.value)


def _reviews(data: Path) -> list[object]:
    with duckdb.connect(str(data / FILE), read_only=True) as con:
        return con.execute("select review_id, text, rating from core.reviews order by all").fetchall()


def _restored_commands(message: str) -> list[str]:
    return re.findall(r"`hoshiyomi ([a-z-]+)", message.split("Remedy: ")[1])


# A batch without coverage is no harmed one, but one whose writer has not finished.
@pytest.mark.parametrize(
    ("kind", "damage"),
    [(k, d) for k in ("reviews", "coverage") for n, d in DAMAGE.items() if (k, n) != ("coverage", "deleted")],
)
def test_importing_again_leads_back_to_whole_data(tmp_path: Path, damage: object, kind: str) -> None:
    whole, data = tmp_path / "whole", tmp_path / "data"
    path = dump(tmp_path)
    bring(path, whole)
    load(whole)
    batch = bring(path, data).batch
    part = "00000" if kind == "reviews" else "coverage"
    damage(Landing(data).path(kind, batch, part))  # type: ignore[operator]
    message = _refused(data)
    assert batch in message
    assert "[MY_NUMBER]" not in message
    assert _restored_commands(message)[0] == "import"
    again = bring(path, data)
    assert (again.done_before, again.is_anew, again.reviews) == (False, True, 25)
    load(data)
    assert _reviews(data) == _reviews(whole)
    assert bring(path, data).done_before


def test_importing_again_after_a_loaded_file_vanished_makes_a_rebuild_whole(tmp_path: Path) -> None:
    path, data = dump(tmp_path), tmp_path / "data"
    batch = bring(path, data).batch
    load(data)
    before = _reviews(data)
    Landing(data).path("reviews", batch, "00000").unlink()
    assert load(data).missing == (f"reviews/{batch}/00000.jsonl.gz",)
    (error,) = look(data).errors()
    assert "is missing" in told(error)
    assert _restored_commands(told(error))[0] == "import"
    assert bring(path, data).is_anew
    assert load(data).missing == ()
    (data / FILE).unlink()
    load(data)
    assert _reviews(data) == before


def test_feedback_is_imported_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data"
    monkeypatch.setenv("HOSHIYOMI_DATA", str(data))
    path = written(tmp_path, SURVEY)
    batch = bring_feedback(path).batch
    DAMAGE["cut"](Landing(data).path("feedback", batch, "00000"))
    message = _refused(data)
    assert batch in message
    assert _restored_commands(message)[0] == "import-feedback"
    again = bring_feedback(path)
    assert (again.is_anew, again.feedback) == (True, 3)
    load(data)
    assert is_sound(Landing(data), batch)
    with writer(data) as w:
        assert asked(w.con, "select count(*) as n from core.feedback") == [{"n": 3}]


def test_play_consoles_export_is_taken_in_again(tmp_path: Path) -> None:
    data, exports = tmp_path / "data", tmp_path / "exports"
    exports.mkdir()
    (exports / "ratings_jp.example.app_202603_overview.csv").write_text(
        "Date,Package Name,Daily Average Rating,Total Average Rating\n"
        "2026-03-01,jp.example.app,4.0,3.5\n2026-03-02,jp.example.app,NA,3.5\n",
        encoding="utf-16",
    )
    (done,) = take(exports, "jp.example.app", Landing(data), run_id="run")
    DAMAGE["cut"](Landing(data).path("daily_ratings", done.batch, "00000"))
    message = _refused(data)
    assert done.batch in message
    assert _restored_commands(message)[1] == "collect"
    (again,) = take(exports, "jp.example.app", Landing(data), run_id="run")
    assert (again.done_before, again.got) == (False, 2)
    assert load(data).rows["daily_ratings"] == 2


@pytest.mark.parametrize("is_loaded", [False, True], ids=["never loaded", "loaded before"])
def test_a_damaged_crawl_is_mended_and_asked_for_again(tmp_path: Path, is_loaded: bool) -> None:
    with StoreServer(catalogue()) as server:
        whole, data = tmp_path / "whole", tmp_path / "data"
        run(server, whole, only="google_play")
        load(whole)
        batch = run(server, data, only="google_play")["google_play reviews"].batch
        if is_loaded:
            load(data)
        path = sorted((data / "landing" / "reviews" / batch).glob("*"))[0]
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        if is_loaded:
            (data / FILE).unlink()
        message = _refused(data)
        assert _restored_commands(message)[0] == "mend"
        with logged() as said:
            (mended,) = mend(data, NOW)
        assert mended.lost > 0
        assert "asks the store for everything again" in said[0]
        load(data)
        with writer(data) as w:
            (row,) = asked(w.con, f"select outcome, got, detail from core.coverage where batch = '{batch}'"
                                  " and asked_for = 'reviews'")  # fmt: skip
        assert (row["outcome"], row["got"]) == ("partial", mended.kept - 0)
        assert "lost to damage" in row["detail"]
        done = run(server, data, only="google_play")["google_play reviews"]
        assert (done.outcome, done.done_before, done.got) == ("complete", False, 100)
        load(data)
        assert _reviews(data) == _reviews(whole)
        assert look(data).errors() == []


def _intake(data: Path, many: int = 40) -> Landing:
    landing, batch = Landing(data), "intake-20261001t101112.123456z-000001"
    said = [feedback(f"f{n}", tester=f"t{n}", text=f"words {n} of {n * 7919}") for n in range(many)]
    landing.write("consents", batch, "00000", [consent(f"t{n}") for n in range(many)])
    landing.write("feedback", batch, "00000", said)
    landing.write("coverage", batch, "coverage", [coverage(batch, asked_for="feedback", got=many)])
    return landing


def test_the_file_of_a_backup_put_back_is_whole_data(tmp_path: Path) -> None:
    path = _intake(tmp_path).path("feedback", "intake-20261001t101112.123456z-000001", "00000")
    backup = path.read_bytes()
    DAMAGE["cut"](path)
    message = _refused(tmp_path)
    assert "Remedy: put the file back from a backup of the landing folder" in message
    path.write_bytes(backup)
    assert load(tmp_path).rows["feedback"] == 40


def test_without_a_backup_what_can_be_read_is_kept_and_the_loss_is_said(tmp_path: Path) -> None:
    landing, batch = _intake(tmp_path), "intake-20261001t101112.123456z-000001"
    path = landing.path("feedback", batch, "00000")
    path.write_bytes(path.read_bytes()[:-60])
    assert _restored_commands(_refused(tmp_path)) == ["mend"]
    (mended,) = mend(tmp_path, NOW)
    loaded = load(tmp_path)
    kept = loaded.rows["feedback"]
    assert 0 < kept < 40
    assert (mended.lost, mended.kept) == (40 - kept, 40 + kept)
    assert mend(tmp_path, NOW) == []
    with writer(tmp_path) as w:
        (row,) = asked(w.con, "select outcome, got, rejected from core.coverage")
    assert row == {"outcome": "partial", "got": kept, "rejected": 40 - kept}


@pytest.mark.parametrize("dies_at", range(1, 6))
def test_mending_killed_at_any_moment_is_done_by_the_next_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dies_at: int
) -> None:
    landing, batch = _intake(tmp_path), "intake-20261001t101112.123456z-000001"
    path = landing.path("feedback", batch, "00000")
    path.write_bytes(path.read_bytes()[:-60])
    steps: list[str] = []

    def dying(original: object) -> object:
        def step(self: Path, *words: object, **more: object) -> object:
            steps.append(self.name)
            if len(steps) == dies_at:
                raise KeyboardInterrupt
            return original(self, *words, **more)  # type: ignore[operator]

        return step

    for name in ("rename", "unlink"):
        monkeypatch.setattr(Path, name, dying(getattr(Path, name)))
    try:
        mend(tmp_path, NOW)
    except KeyboardInterrupt:
        monkeypatch.undo()
        mend(tmp_path, NOW)
    monkeypatch.undo()
    assert look(tmp_path).errors() == []
    assert 0 < load(tmp_path).rows["feedback"] < 40


def test_unreadable_coverage_is_made_from_the_rows(tmp_path: Path) -> None:
    landing, batch = _intake(tmp_path), "intake-20261001t101112.123456z-000001"
    landing.path("coverage", batch, "coverage").write_bytes(b"no gzip")
    assert "its coverage cannot be read" in _refused(tmp_path)
    mend(tmp_path, NOW)
    assert load(tmp_path).rows["feedback"] == 40


def test_the_command_names_what_is_harmed_and_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSHIYOMI_DATA", str(tmp_path))
    _intake(tmp_path)
    runner = CliRunner()
    assert runner.invoke(app, ["mend", "--dry-run"]).exit_code == 0
    path = Landing(tmp_path).path("feedback", "intake-20261001t101112.123456z-000001", "00000")
    path.write_bytes(path.read_bytes()[:-60])
    found = runner.invoke(app, ["mend", "--dry-run"])
    assert found.exit_code == 8
    assert "feedback/intake-20261001t101112.123456z-000001/00000.jsonl.gz is damaged" in found.output
    assert runner.invoke(app, ["mend"]).exit_code == 0
    assert runner.invoke(app, ["mend", "--dry-run"]).exit_code == 0


# --- what is shown -------------------------------------------------------------------------------


def test_our_own_names_are_shown_and_foreign_words_are_not() -> None:
    mine = "feedback/intake-20261001t123456.789018z-000001/00000.jsonl.gz"
    error = LandingError(f"{mine} is damaged; landed from 123456789018.csv", own=[mine])
    assert told(error) == f"{mine} is damaged; landed from [MY_NUMBER].csv"


@pytest.mark.parametrize(
    "name",
    [
        "123456789018",
        "feedback/123456789018/00000.jsonl.gz",
        "feedback/import-0123456789ab-123456789018/123456789018.jsonl.gz",
        "123456789018/import-0123456789ab-0123456789ab/00000.jsonl.gz",
    ],
)
def test_a_name_that_is_not_of_our_making_is_not_believed(name: str) -> None:
    assert "123456789018" not in told(LandingError(f"{name} is damaged", own=[name]))


def test_the_app_in_a_crawls_name_is_a_foreign_word() -> None:
    name = "google_play-google_play-123456789018-ja-0123ab-20261001.2"
    assert told(LandingError(name, own=[name])) == "google_play-google_play-[MY_NUMBER]-ja-0123ab-20261001.2"
