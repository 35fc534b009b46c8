"""Erasing: what is gone, what stays, what the receipt says, and death at any step."""

from __future__ import annotations

import gzip
import os
import random
import shutil
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest

from flows.intake.invitations import load_keys, open_register
from flows.privacy.receipts import FOLDER
from tests.builders import consent, erasure, feedback
from tests.conftest import CHECKOUT
from tests.flows.privacy.erasing import (
    NOW,
    SHARED,
    House,
    ask_for,
    build_house,
    execute,
    feedback_rows,
    landed,
)
from tests.searching import found
from tests.warehouse.house import land
from tests.warehouse.killing import Command, Watch, kill_at_random, watching
from warehouse import private
from warehouse.landing import Landing
from warehouse.publish import FOLDER as PUBLISHED
from warehouse.reads import LINK, ask, current
from warehouse.records import Erasure
from warehouse.writes import FILE, writer

GONE = ["t0001", "t0004", "t0009"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> House:
    return build_house(tmp_path_factory.mktemp("house") / "data", testers=24)


@pytest.fixture
def house(built: House, tmp_path: Path) -> House:
    shutil.copytree(built.data, tmp_path / "data", symlinks=True)
    return House(tmp_path / "data", built.texts)


@pytest.fixture
def unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB writes strings as they are, so that a search of raw bytes can find them."""
    connect = duckdb.connect

    def plainly(*args: Any, **kwargs: Any) -> duckdb.DuckDBPyConnection:
        con = connect(*args, **kwargs)
        if not kwargs.get("read_only"):
            con.execute("SET force_compression = 'uncompressed'")
        return con

    monkeypatch.setattr(duckdb, "connect", plainly)


def receipts(data: Path) -> list[dict[str, Any]]:
    return [orjson.loads(p.read_bytes()) for p in sorted((data / FOLDER).glob("*.json"))]


def is_clean(house: House) -> bool:
    return found(house.data, house.words(GONE)) == []


def test_words_of_the_erased_are_in_no_file_and_everybody_elses_are_as_they_were(house: House) -> None:
    before = landed(house.data, GONE), feedback_rows(house.data, GONE)
    places = {place.split("/")[0] for place, _ in found(house.data, house.words(GONE))}
    assert places == {"landing", PUBLISHED, FILE}
    ask_for(house.data, GONE)
    execute(house.data)
    assert is_clean(house)
    assert (landed(house.data, GONE), feedback_rows(house.data, GONE)) == before
    assert set(landed(house.data, [])) == set(before[0])


@pytest.mark.usefixtures("unpacked")
def test_no_raw_byte_is_left_where_strings_are_written_as_they_are(tmp_path: Path) -> None:
    house = build_house(tmp_path / "data", testers=12)
    words = house.words(GONE)

    def raw() -> set[str]:
        files = [house.data / FILE, *(house.data / PUBLISHED).glob("*.duckdb")]
        return {w for w in words for f in files if w.encode() in f.read_bytes()}

    assert raw() == set(words)
    ask_for(house.data, GONE)
    execute(house.data)
    assert raw() == set()


def test_without_writing_anew_deleted_rows_would_live_on(house: House, unpacked: None) -> None:
    """Why the working file is replaced and not only its rows deleted."""
    with writer(house.data) as w:
        w.con.execute("create table core.again as from core.feedback")
    with writer(house.data) as w:
        w.con.execute("drop table core.again")
    with writer(house.data) as w:
        w.con.execute("delete from core.feedback")
    assert any(w.encode() in (house.data / FILE).read_bytes() for w in house.words(GONE))


def test_what_was_said_of_an_erased_text_goes_unless_somebody_wrote_the_same_in_public(house: House) -> None:
    ask_for(house.data, GONE)
    execute(house.data)
    with writer(house.data) as w:
        texts = w.con.execute(
            "select count(*) from inferred.predictions p anti join core.feedback using (text_hash)"
            " anti join core.reviews using (text_hash)"
        ).fetchone()
        shared = w.con.execute(
            "select count(*) from inferred.predictions where text_hash = core.text_hash($text)",
            {"text": SHARED},
        ).fetchone()
    assert (texts, shared) == ((0,), (1,))


def test_the_proof_tells_what_went_from_where_and_names_nobody(house: House) -> None:
    ask_for(house.data, GONE)
    execute(house.data)
    told = receipts(house.data)
    assert len(told) == 3
    assert {p["state"] for p in told} == {"done"}
    assert sorted(p["rows_removed_from_landing"] for p in told) == [1, 2, 3]
    assert sorted(p["working"]["feedback"] for p in told) == [1, 2, 3]
    assert all(p["left"] == {"landing_rows": 0, "working_rows": 0, "published_files": 0} for p in told)
    removed = [[n for n in p["published"]["files_removed"] if n.endswith(".duckdb")] for p in told]
    assert [len(names) for names in removed] == [2, 2, 2]
    assert found(house.data / FOLDER, GONE) == []
    assert ask(current(house.data), "select source, asked, done from erasures")[1] == [("intake", 3, 3)]


def test_erasing_again_changes_nothing(house: House) -> None:
    ask_for(house.data, GONE)
    execute(house.data)
    files = {p: p.stat().st_mtime_ns for p in house.data.rglob("*.gz")}
    first = current(house.data), receipts(house.data)
    execute(house.data)
    assert (current(house.data), receipts(house.data)) == first
    assert {p: p.stat().st_mtime_ns for p in house.data.rglob("*.gz")} == files


def test_a_reader_keeps_the_file_that_it_has_open_and_finds_only_the_new_one(house: House) -> None:
    old = current(house.data)
    with duckdb.connect(str(old), read_only=True) as con:
        before = con.execute("select count(*) from feedback").fetchone()
        ask_for(house.data, GONE)
        execute(house.data)
        assert con.execute("select count(*) from feedback").fetchone() == before
    assert not old.exists()
    assert [p.resolve() for p in (house.data / PUBLISHED).glob("*.duckdb")] == [current(house.data)]


def test_what_comes_back_in_a_later_file_is_taken_out_and_noted(house: House) -> None:
    ask_for(house.data, ["t0004"])
    execute(house.data)
    (before,) = receipts(house.data)
    again = feedback("f-again", tester="t0004", text="said again", submitted_at=NOW - timedelta(days=1))
    land(house.data, "later", again, feedback("f-new", tester="t0005", text="of another"))
    execute(house.data)
    (after,) = receipts(house.data)
    assert found(house.data, ["said again"]) == []
    assert found(house.data, ["of another"]) != []
    assert after["rows_removed_from_landing"] == before["rows_removed_from_landing"] + 1
    assert after["state"] == "done"


def test_what_a_tester_sends_after_the_tombstone_is_kept(house: House) -> None:
    ask_for(house.data, ["t0004"])
    land(
        house.data,
        "later",
        feedback("f-new", tester="t0004", text="I am back", submitted_at=NOW + timedelta(days=1)),
        consent("t0004", at=NOW + timedelta(hours=1)),
    )
    execute(house.data)
    with writer(house.data) as w:
        w.load(NOW)
        kept = w.con.execute("select text, may_analyse from core.feedback where tester = 't0004'").fetchall()
    assert kept == [("I am back", True)]


def test_a_half_written_landing_file_of_a_dead_writer_goes_too(house: House) -> None:
    (word,) = house.texts["t0009"][:1]
    name = f".9.jsonl.gz.{private._HOST}.999999999-0.tmp"
    left = Landing(house.data).path("feedback", "intake-0", "0").with_name(name)
    left.write_bytes(gzip.compress(word.encode()))
    ask_for(house.data, GONE)
    execute(house.data)
    assert not left.exists()
    assert is_clean(house)


def test_before_the_first_publication_nothing_is_published(tmp_path: Path) -> None:
    land(tmp_path, "b1", feedback(text="unseen words"), consent())
    ask_for_one(tmp_path)
    execute(tmp_path)
    assert found(tmp_path, ["unseen words"]) == []
    assert not (tmp_path / LINK).exists()
    assert receipts(tmp_path)[0]["state"] == "done"


def ask_for_one(data: Path) -> None:
    from flows.privacy.erasure import request

    request(data, [Erasure(tester="t1", app=None, at=NOW, source="command")], [], NOW)


def test_a_code_is_blocked_where_the_operator_erases_and_not_where_a_tester_withdrew(tmp_path: Path) -> None:
    with open_register(tmp_path) as register:
        _, made = register.invite(
            load_keys(tmp_path), app="app", cohort="c", count=2, opens_at=None,
            closes_at=NOW + timedelta(days=9), now=NOW,
        )  # fmt: skip
    (erased, _), (withdrawn, _) = made
    land(
        tmp_path,
        "b1",
        feedback(tester=erased),
        erasure(erased, app=None, at=NOW, source="command"),
        erasure(withdrawn, at=NOW, source="intake"),
    )
    execute(tmp_path)
    with open_register(tmp_path) as register:
        blocked = [bool(register.held(t)[0]["revoked_at"]) for t in (erased, withdrawn)]
    assert blocked == [True, False]


# --- death ---------------------------------------------------------------------------------------


class Killed(BaseException):
    """Stands for the end of the process."""


def dies_at(step: int, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Let the process die at its `step`th change of the disk: a sync, a rename, a removal; how many came."""
    count = 0

    def counted(change: Callable[..., Any]) -> Callable[..., Any]:
        def changed(*args: Any, **kwargs: Any) -> Any:
            nonlocal count
            count += 1
            if count == step:
                raise Killed
            return change(*args, **kwargs)

        return changed

    for owner, name in ((os, "fsync"), (Path, "rename"), (Path, "replace"), (Path, "unlink")):
        monkeypatch.setattr(owner, name, counted(getattr(owner, name)))
    return lambda: count


def survives(built: House, folder: Path, step: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the process died at that step. What it leaves must be whole, and running again must finish."""
    shutil.copytree(built.data, folder, symlinks=True)
    house = House(folder, built.texts)
    before = landed(folder, GONE), feedback_rows(folder, GONE)
    shown = ask(current(folder), "select count(*) from feedback")[1]
    ask_for(folder, GONE)
    with monkeypatch.context() as patch:
        dies_at(step, patch)
        try:
            execute(folder)
            died = False
        except Killed:
            died = True
    # A reader sees the old run or the new one.
    now = ask(current(folder), "select count(*) from feedback")[1]
    assert now in (shown, [(shown[0][0] - 6,)])
    execute(folder)
    assert is_clean(house)
    assert (landed(folder, GONE), feedback_rows(folder, GONE)) == before
    assert {p["state"] for p in receipts(folder)} == {"done"}
    assert sorted(p["rows_removed_from_landing"] for p in receipts(folder)) == [1, 2, 3]
    assert sorted(p["working"]["feedback"] for p in receipts(folder)) == [1, 2, 3]
    return died


@pytest.mark.parametrize("step", [4, 14, 21, 28, 35, 42])
def test_a_death_at_any_step_is_finished_by_running_again(
    built: House, tmp_path: Path, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert survives(built, tmp_path / "data", step, monkeypatch)


@pytest.mark.soak
def test_every_single_step_may_be_the_last(
    built: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = 1
    while survives(built, tmp_path / f"data{step}", step, monkeypatch):
        shutil.rmtree(tmp_path / f"data{step}")
        step += 1
    assert step > 40


# --- kill -9 -------------------------------------------------------------------------------------


@pytest.mark.soak
def test_killed_erasures_end_in_the_house_of_an_undisturbed_one(tmp_path: Path) -> None:
    whole, hits = killed(tmp_path, testers=60, leaving=6, kills=3, seed=1)
    assert hits > 0
    assert whole.errors == []


@pytest.mark.soak
def test_of_a_thousand_testers_fifty_leave_under_many_kills(tmp_path: Path) -> None:
    whole, hits = killed(tmp_path, testers=1_000, leaving=50, kills=60, seed=2)
    assert hits >= 20
    assert whole.errors == []


def killed(folder: Path, *, testers: int, leaving: int, kills: int, seed: int) -> tuple[Watch, int]:
    """Erase under kill -9 at random moments and readers; the house must be that of nobody's being killed."""
    chance = random.Random(seed)
    house = build_house(folder / "broken", testers=testers)
    gone = sorted(chance.sample(sorted(house.texts), leaving))
    ask_for(house.data, gone)
    shutil.copytree(house.data, folder / "whole", symlinks=True)
    before = landed(house.data, gone), feedback_rows(house.data, gone)
    took = command(folder / "whole").finish()
    with watching(house.data) as watch:
        # Earlier than that the imports are not done.
        hits = kill_at_random(command(house.data), kills, took, chance, shortest=took / 4)
        command(house.data).finish()
    assert found(house.data, house.words(gone)) == []
    assert (landed(house.data, gone), feedback_rows(house.data, gone)) == before
    assert len(landed(house.data, gone)) == 7
    assert feedback_rows(house.data, []) == feedback_rows(folder / "whole", [])
    assert [(p["state"], p["landing"], p["working"]) for p in receipts(house.data)] == [
        (p["state"], p["landing"], p["working"]) for p in receipts(folder / "whole")
    ]
    return watch, hits


def command(data: Path) -> Command:
    return Command([sys.executable, "-m", "tests.flows.privacy.erasing", str(data)], CHECKOUT)
