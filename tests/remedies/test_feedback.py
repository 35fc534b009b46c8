"""Testers' feedback: what they said elsewhere, Play Console's exports, the intake's files, and erasing."""

from __future__ import annotations

import sqlite3
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.collection.play_console import take
from flows.config.load import load_config
from flows.errors import ConfigError, HoshiyomiError
from flows.intake.consent_text import SHIPPED, keep, load_wordings
from flows.intake.group_commit import only_server
from flows.intake.invitations import load_keys
from flows.privacy import erasure
from flows.privacy.clock import believe
from tests.builders import consent, coverage, feedback
from tests.remedies.claims import carries_out, command, hear, refused
from tests.searching import found
from tests.warehouse.house import load, rows
from warehouse import erasure as rewrite
from warehouse.landing import Landing
from warehouse.writes import writer

CHECKOUT = Path(__file__).resolve().parents[2]
USAGE, INPUT, PUT_ASIDE, DAMAGED, UNUSABLE = 2, 3, 9, 10, 1
APP = '[[app]]\nkey = "app"\nname = "App"\n[[app.store]]\nstore = "google_play"\nid = "jp.example.app"\n'
SURVEY = "Respondent ID,Timestamp,rating,feedback\nhana,2026-03-01 10:00:00,4,Too slow\n"
AGREED = ("--consent-version", "2026-01", "--basis", "form of March", "--analyse", "--no-quote")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with one app."""
    config = tmp_path / "config"
    config.mkdir()
    (config / "topics.toml").write_bytes((CHECKOUT / "config" / "topics.toml").read_bytes())
    (config / "apps.toml").write_text(APP)
    monkeypatch.setenv("HOSHIYOMI_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("HOSHIYOMI_CONFIG", str(config))
    return tmp_path


def _import(path: Path, *options: str) -> int:
    return command("import-feedback", str(path), "--app", "app", "--cohort", "survey", *options).code


def _pieces(folder: Path) -> int:
    load(folder / "data")
    with writer(folder / "data") as w:
        (row,) = rows(w.con, "select count(*)::int as n from core.feedback")
    return int(row["n"])


def _survey(folder: Path, text: str = SURVEY) -> Path:
    path = folder / "survey.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        pytest.param(AGREED[4:], AGREED, marks=carries_out("Remedy: --consent-version (which wording")),
        pytest.param(
            AGREED[:4], (*AGREED[:4], "--no-analyse", "--quote"),
            marks=carries_out("Consent is never a default. Remedy: --analyse or --no-analyse"),
        ),
        pytest.param(
            ("--consent-version", "123456789018", *AGREED[2:]), AGREED,
            marks=carries_out("looks like a personal number. Remedy: the version of the wording."),
        ),
    ],
)  # fmt: skip
def test_feedback_goes_in_with_what_its_writers_agreed_to(
    folder: Path, wrong: tuple[str, ...], right: tuple[str, ...]
) -> None:
    path = _survey(folder)
    assert _import(path, *wrong) == INPUT
    assert _import(path, *right) == 0
    assert _pieces(folder) == 1


@carries_out("{}: the file is empty. Remedy: export it again.")
def test_an_empty_export_is_made_again(folder: Path) -> None:
    assert _import(_survey(folder, ""), *AGREED) == INPUT
    assert _import(_survey(folder), *AGREED) == 0
    assert _pieces(folder) == 1


@carries_out("read as {}, but there is no column for {}. Columns: {}. Remedy: --map {}=COLUMN.")
def test_a_column_is_named(folder: Path) -> None:
    path = _survey(folder, SURVEY.replace("Timestamp", "When"))
    assert _import(path, *AGREED) == INPUT
    assert _import(path, *AGREED, "--map", "date=When") == 0
    assert _pieces(folder) == 1


@carries_out("No id may be a My Number or look like one (12 digits); name another column with --map.")
def test_another_column_says_who_wrote_it(folder: Path) -> None:
    path = _survey(
        folder, SURVEY.replace("hana", "123456789018").replace("rating", "member").replace(",4,", ",ken,")
    )
    assert _import(path, *AGREED) == PUT_ASIDE
    assert _import(path, *AGREED, "--map", "person=member") == 0
    assert _pieces(folder) == 1


# --- Play Console's exports ------------------------------------------------------------------------

RATINGS = (
    "Date,Package Name,Daily Average Rating,Total Average Rating\n"
    "2026-03-01,jp.example.app,4.0,3.5\n2026-03-02,jp.example.app,NA,3.5\n"
)


@carries_out("Remedy: download the file again.")
def test_an_export_that_is_downloaded_again_is_taken_in(folder: Path) -> None:
    path, landing = folder / "ratings_jp.example.app_202603_overview.csv", Landing(folder / "data")
    path.write_text(RATINGS.replace("Date,", "Datum,"), encoding="utf-16")
    (failed,) = take(folder, "jp.example.app", landing, run_id="run")
    assert failed.outcome == "failed"
    hear(failed.detail or "")
    path.write_bytes(RATINGS.encode("utf-16"))
    (done,) = take(folder, "jp.example.app", landing, run_id="run")
    assert (done.outcome, done.got) == ("complete", 2)
    assert load(folder / "data").rows["daily_ratings"] == 2


# --- the intake ------------------------------------------------------------------------------------


def _invite(*options: str, cohort: str = "first") -> int:
    return command("invite", "--app", "app", "--cohort", cohort, *options).code


UNTIL = ("--until", f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}")


@carries_out("Cohort {} of {} is new. Remedy: say its end with --until.")
def test_a_new_cohort_is_given_an_end() -> None:
    assert _invite() == INPUT
    assert _invite(*UNTIL) == 0


@carries_out("Cohort {} of {} has {} {}. Remedy: leave {} out, or name another cohort.")
@pytest.mark.parametrize("how", ["leave out", "another cohort"])
def test_a_cohort_keeps_its_end(how: str) -> None:
    other = ("--until", f"{datetime.now(UTC) + timedelta(days=60):%Y-%m-%d}")
    assert _invite(*UNTIL) == 0
    assert _invite(*other) == INPUT
    assert (_invite() if how == "leave out" else _invite(*other, cohort="second")) == 0


@carries_out("{} can be read by others. Remedy: `chmod 600 {}`; where others use this machine")
def test_a_key_that_only_its_owner_reads_is_taken(folder: Path) -> None:
    assert _invite(*UNTIL) == 0
    key = folder / "data" / "alpha" / "key"
    key.chmod(0o644)

    # A command closes the folder before it looks: the intake's own eye is asked here.
    with refused(HoshiyomiError) as told:
        load_keys(folder / "data")
    mode, path = told[0].split("`")[1].split()[1:]
    Path(path).chmod(int(mode, 8))
    load_keys(folder / "data")
    assert _invite() == 0


@carries_out("{} is not a key of {} bytes. Remedy: restore it from your backup")
def test_a_key_that_is_restored_knows_who_was_invited(folder: Path) -> None:
    assert _invite(*UNTIL) == 0
    key = folder / "data" / "alpha" / "key"
    backup, before = key.read_bytes(), load_keys(folder / "data").token_hash("a-code")
    key.write_bytes(backup[:7])
    assert _invite() == UNUSABLE
    key.write_bytes(backup)
    assert _invite() == 0
    assert load_keys(folder / "data").token_hash("a-code") == before


REGISTER = "is damaged. Remedy: stop the intake and restore the file from your backup of alpha/"


@carries_out(REGISTER)
@pytest.mark.parametrize("has_backup", [True, False])
def test_a_register_is_restored_or_everybody_is_invited_anew(folder: Path, has_backup: bool) -> None:
    assert _invite(*UNTIL, "--count", "3") == 0
    path = folder / "data" / "alpha" / "register.sqlite"
    with sqlite3.connect(path) as con:
        con.execute("pragma wal_checkpoint(truncate)")
    backup = path.read_bytes()
    path.write_bytes(b"no register" * 500)
    assert _invite() == DAMAGED
    for beside in path.parent.glob("register.sqlite-*"):
        beside.unlink()
    if has_backup:
        path.write_bytes(backup)
        assert _invite() == 0
    else:
        path.rename(folder / "damaged.sqlite")
        assert _invite(*UNTIL, "--count", "4") == 0
    # Invited, then blocked: 3 of the backup and one more, or all 4 anew.
    assert command("cohorts").text.splitlines()[-2].split()[-2:] == ["4", "0"]


@carries_out("{} is missing. Remedy: a consent text in each of {}; [intake] wording names its version.")
def test_a_consent_text_in_each_language_is_found(folder: Path) -> None:
    (folder / "texts").mkdir()
    settings = folder / "config" / "hoshiyomi.toml"
    settings.write_text('[intake]\nwordings = "../texts"\nwording = "2027-01"\n')
    with refused(ConfigError) as told:
        load_wordings(load_config().intake)
    languages = told[0].split("in each of ")[1].split(";")[0].split(", ")
    for language in languages:
        (folder / "texts" / f"2027-04.{language}.md").write_bytes(
            (SHIPPED / f"2026-11.{language}.md").read_bytes()
        )
    settings.write_text('[intake]\nwordings = "../texts"\nwording = "2027-04"\n')
    assert sorted(load_wordings(load_config().intake)) == sorted(languages)


@carries_out("Remedy: give the changed text, name or number of days a new version in [intake] wording.")
def test_a_changed_consent_text_bears_a_new_version(folder: Path) -> None:
    texts = folder / "texts"
    texts.mkdir()
    settings = folder / "config" / "hoshiyomi.toml"
    settings.write_text('[intake]\nwordings = "../texts"\n')
    for path in SHIPPED.glob("2026-11.*.md"):
        (texts / path.name).write_bytes(path.read_bytes())
    keep(load_wordings(load_config().intake), folder / "data")
    for path in texts.glob("2026-11.*.md"):
        path.write_text(path.read_text("utf-8") + "\nOne more line.\n", "utf-8")
    with refused(ConfigError):
        keep(load_wordings(load_config().intake), folder / "data")
    for path in texts.glob("2026-11.*.md"):
        path.rename(texts / path.name.replace("2026-11", "2027-01"))
    settings.write_text('[intake]\nwordings = "../texts"\nwording = "2027-01"\n')
    shown = keep(load_wordings(load_config().intake), folder / "data")
    # What testers agreed to before stays as they saw it.
    assert {version for version, _ in shown} == {"2026-11", "2027-01"}


@carries_out("Another intake server takes in feedback for {}. Remedy: stop it first; one is enough.")
def test_an_intake_begins_when_the_other_has_stopped(tmp_path: Path) -> None:
    with only_server(tmp_path), refused(), only_server(tmp_path):
        pass
    with only_server(tmp_path):
        pass


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses on which an intake was begun; it stops at once."""

    from flows.intake import app as serve

    begun: list[str] = []

    class Server:
        def __init__(self, config: object) -> None:
            begun.append(f"{config.host}")  # type: ignore[attr-defined]

        def run(self) -> None:
            """Stopped by its user."""

    monkeypatch.setattr(serve.uvicorn, "Server", Server)
    return begun


PUBLIC = '[intake]\npublic_origin = "https://feedback.example.jp"\n'


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        pytest.param(
            ["--address", "localhost"], ["--address", "127.0.0.1"],
            marks=carries_out("is no IP address. Remedy: 127.0.0.1, or 0.0.0.0 with --public."),
        ),
        pytest.param(
            ["--address", "localhost"], ["--address", "0.0.0.0", "--public"],  # noqa: S104 - never bound
            marks=carries_out("is no IP address. Remedy: 127.0.0.1, or 0.0.0.0 with --public."),
        ),
        pytest.param(
            ["--address", "10.0.0.1"], [],
            marks=carries_out("can be reached from other machines. Remedy: stay on 127.0.0.1"),
        ),
        pytest.param(
            ["--address", "10.0.0.1"], ["--address", "10.0.0.1", "--public"],
            marks=carries_out("can be reached from other machines. Remedy: stay on 127.0.0.1"),
        ),
    ],
)  # fmt: skip
def test_the_intake_begins_with_the_options_that_were_told(
    folder: Path, served: list[str], wrong: list[str], right: list[str]
) -> None:
    (folder / "config" / "hoshiyomi.toml").write_text(PUBLIC)
    assert (command("intake", *wrong).code, served) == (USAGE, [])
    assert command("intake", *right).code == 0
    assert served == [right[1] if right else "127.0.0.1"]


@carries_out("{} Remedy: set the clock right; what comes in is dated by it.")
def test_an_intake_under_a_right_clock_says_nothing_of_it(
    folder: Path, served: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    right = datetime.now(UTC)
    # The machine's clock says a time before what came in last.
    later = right + timedelta(days=3)
    Landing(folder / "data").write("coverage", "b", "0", [coverage("b", started_at=later, finished_at=later)])
    believe(folder / "data", later, 60, confirmed=False)
    assert "Remedy: set the clock right" in command("intake").text
    monkeypatch.setattr("flows.intake.app.datetime", _Clock(later + timedelta(hours=1)))
    assert "Remedy" not in command("intake").text
    assert len(served) == 2


class _Clock:
    """The machine's clock, set right."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self, _zone: object) -> datetime:
        """The time it says."""
        return self.moment


# --- erasing ---------------------------------------------------------------------------------------


@carries_out(
    "Nothing is held of a tester {}{}. Remedy: the pseudonym as it stands in the ledger, or --person"
)
@pytest.mark.parametrize("how", ["pseudonym", "person"])
def test_a_tester_is_erased_by_pseudonym_or_address(
    folder: Path, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _import(_survey(folder), *AGREED) == 0
    assert command("erase", "--tester", "hana", "--dry-run").code == INPUT
    if how == "person":
        assert command("erase", "--person", "hana", "--dry-run").code == 0
        return
    said = command("erase", "--person", "hana", "--dry-run").text
    pseudonym = said.split()[1].removesuffix(":")
    assert command("erase", "--tester", pseudonym, "--dry-run").code == 0


def _with_one_to_erase(data: Path) -> None:
    landing = Landing(data)
    landing.write("consents", "b", "0", [consent()])
    landing.write("feedback", "b", "0", [feedback(text="words to go")])
    landing.write("coverage", "b", "coverage", [coverage("b", asked_for="feedback", got=1)])


@pytest.mark.parametrize(
    "where",
    [
        pytest.param(
            "landing", marks=carries_out("Landing files that still hold erased rows: {}. Remedy: run it")
        ),
        pytest.param(
            "tables", marks=carries_out("The working file still holds erased rows. Remedy: run it again.")
        ),
    ],
)
def test_an_erasure_that_found_something_left_is_run_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    _with_one_to_erase(folder / "data")
    with monkeypatch.context() as patch:
        if where == "tables":
            patch.setattr(erasure, "rows_left", lambda _data: True)
        else:
            looked = erasure.Tombstones.hits

            def and_found(*given: Any) -> object:
                is_last_look = sys._getframe(1).f_code.co_name == "finish"
                return {"feedback/b/0.jsonl.gz": 1} if is_last_look else looked(*given)

            patch.setattr(erasure.Tombstones, "hits", and_found)
        assert command("erase", "--tester", "t1").code == DAMAGED
    assert command("erase", "--tester", "t1").code == 0
    assert found(folder / "data", ["words to go"]) == []


@pytest.mark.parametrize(
    "what",
    [
        pytest.param(
            "proof", marks=carries_out("A receipt of erasure is gone. Remedy: run the command again.")
        ),
        pytest.param("log", marks=carries_out("{} was not closed cleanly. Remedy: run the command again.")),
    ],
)
def test_an_erasure_that_lost_its_footing_is_run_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    data = folder / "data"
    _with_one_to_erase(data)
    with monkeypatch.context() as patch:
        if what == "proof":
            counts = erasure.erased_rows

            def and_gone(where: Path) -> object:
                for proof in (data / "erasures").rglob("*.json"):
                    proof.unlink()
                return counts(where)

            patch.setattr(erasure, "erased_rows", and_gone)
        else:
            copied = rewrite._copy

            def and_left(*given: Any) -> None:
                copied(*given)
                (data / "warehouse.duckdb.wal").touch()

            patch.setattr(rewrite, "_copy", and_left)
        assert command("erase", "--tester", "t1").code == DAMAGED
    assert command("erase", "--tester", "t1").code == 0
    assert found(data, ["words to go"]) == []
    with writer(data) as w:
        assert rows(w.con, "from core.feedback") == []
