"""Tombstones in the landing folder, landing files without the rows that they cover, the working file anew."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.builders import consent, day, erasure, feedback, review
from tests.warehouse.house import NOW, classify, land, load, tables
from warehouse import erasure as rewriting
from warehouse.erasure import executed, rewrite
from warehouse.errors import LandingError, WarehouseError
from warehouse.landing import Landing
from warehouse.records import Erasure
from warehouse.schema import build
from warehouse.tombstones import Tombstones, erasure_id
from warehouse.writes import FILE, writer


def test_of_one_tester_and_app_the_latest_governs(tmp_path: Path) -> None:
    land(tmp_path, "b1", erasure(at=day(2)))
    land(tmp_path, "b2", erasure(at=day(5)), erasure("t2", app=None, at=day(1)))
    stones = Tombstones.landed(Landing(tmp_path))
    assert len(stones) == 3
    assert stones.covering("t1", "app", day(5)) == [erasure(at=day(5))]
    assert stones.covering("t1", "app", day(6)) == []
    assert stones.covering("t1", "other", day(1)) == []
    assert stones.cover(feedback(tester="t2", app="any", submitted_at=day(1)))


def test_a_tombstone_of_an_unfinished_batch_was_acknowledged_to_nobody(tmp_path: Path) -> None:
    Landing(tmp_path).write(Erasure.KIND, "b1", "0", [erasure()])
    assert len(Tombstones.landed(Landing(tmp_path))) == 0


def test_an_id_names_one_execution_and_no_person() -> None:
    ids = {erasure_id(e) for e in (erasure(), erasure(at=day(3)), erasure(app=None), erasure("t2"))}
    assert len(ids) == 4
    assert erasure_id(erasure(source="a")) == erasure_id(erasure(source="b"))


def test_a_landing_file_is_rewritten_without_the_covered_rows_and_else_byte_for_byte(tmp_path: Path) -> None:
    others = [feedback("f2", tester="t2", text='星\n"quoted"'), feedback("f3", submitted_at=day(9))]
    land(tmp_path / "whole", "b1", *others)
    land(tmp_path / "broken", "b1", feedback("f1"), *others, erasure())
    landing = Landing(tmp_path / "broken")
    stones, (path,) = Tombstones.landed(landing), landing.files("feedback")
    assert {p: dict(c) for p, c in stones.hits(landing, [path]).items()} == {path: {erasure(): 1}}
    assert stones.sweep(landing, path) == 1
    assert stones.sweep(landing, path) == 0
    assert (landing.folder / path).read_bytes() == (tmp_path / "whole/landing" / path).read_bytes()


def test_a_file_of_which_nothing_is_left_keeps_its_name(tmp_path: Path) -> None:
    land(tmp_path, "b1", feedback("f1"), erasure())
    landing = Landing(tmp_path)
    Tombstones.landed(landing).sweep(landing, "feedback/b1/0.jsonl.gz")
    assert landing.files("feedback") == ["feedback/b1/0.jsonl.gz"]
    assert load(tmp_path).rows["feedback"] == 0


def test_a_damaged_file_cannot_be_said_to_be_free_of_somebody(tmp_path: Path) -> None:
    land(tmp_path, "b1", feedback("f1"), erasure())
    landing = Landing(tmp_path)
    landing.path("feedback", "b1", "0").write_bytes(b"not gzip")
    with pytest.raises(LandingError, match="is damaged"):
        Tombstones.landed(landing).hits(landing, landing.files("feedback"))


# --- the working file ----------------------------------------------------------------------------


def filled(data: Path) -> None:
    land(
        data,
        "b1",
        *(review(f"r{n}", text=f"text {n}") for n in range(50)),
        feedback(),
        consent(),
        erasure("t9"),
    )
    load(data)
    with writer(data) as w:
        classify(w, {"text 1": ("negative", ["bug"])})
        build(w.con)


def everything(data: Path) -> dict[str, object]:
    with duckdb.connect(str(data / FILE), read_only=True) as con:
        inferred = con.execute("from inferred.predictions order by all").fetchall()
        ledger = con.execute("select path, kind from core.landing_files order by all").fetchall()
        return tables(con) | {"predictions": inferred, "ledger": ledger}


def test_the_fresh_file_holds_every_table_and_the_old_one_is_gone(tmp_path: Path) -> None:
    filled(tmp_path)
    before, inode = everything(tmp_path), (tmp_path / FILE).stat().st_ino
    rewrite(tmp_path, [erasure("t9")], NOW)
    assert everything(tmp_path) == before
    assert (tmp_path / FILE).stat().st_ino != inode
    assert executed(tmp_path) == {("t9", "app", day(2))}
    assert [p.name for p in tmp_path.glob("*warehouse*")] == [FILE]
    with writer(tmp_path) as w:
        build(w.con)


def test_a_fresh_file_that_lacks_a_row_never_takes_the_old_ones_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path)
    before = everything(tmp_path)
    contents = iter(range(1_000))
    monkeypatch.setattr(rewriting, "_content", lambda con, table: (next(contents),))
    with pytest.raises(WarehouseError, match="does not hold what"):
        rewrite(tmp_path, [erasure("t9")], NOW)
    monkeypatch.undo()
    assert everything(tmp_path) == before
    rewrite(tmp_path, [], NOW)
    assert not list(tmp_path.glob(".*fresh*"))
