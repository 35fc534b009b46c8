"""Partitions that other processes read: none is lost or doubled, and a lost worker's is given away anew.

What the engines themselves do is tried in tests/cluster; here a stand-in takes partitions as they do.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from flows.config.settings import ScaleChoice
from flows.pipeline import classify_apart
from flows.pipeline.classify import announce
from flows.pipeline.classify_apart import Packed, Reader, _read_all
from models.text.scorers import ModelChoice
from tests.builders import day, review
from tests.warehouse.house import land, load
from warehouse.writes import PredictionRow, writer

READER = Reader.of(ModelChoice(), {}, "m1")


class KilledWorker(Exception):
    """As the engines call it."""


class Engine:
    """Takes partitions, notes them, and reads them when it is asked for the result."""

    def __init__(self, fails: Callable[[int], Exception | None] = lambda _number: None) -> None:
        self.given: list[list[str]] = []
        self._fails = fails

    def submit(self, reader: Reader, texts: Packed) -> Any:
        assert reader == READER
        number = len(self.given)
        self.given.append([text for _, text in texts.rows()])

        def result() -> Packed:
            if error := self._fails(number):
                raise error
            return Packed([_row(text_hash) for text_hash, _ in texts.rows()])

        return SimpleNamespace(result=result)


def _row(text_hash: str) -> PredictionRow:
    return PredictionRow(
        text_hash=text_hash, sentiment="neutral", p_negative=0.1, p_neutral=0.8, p_positive=0.1,
        topics=(("crash", 0.9),),
    )  # fmt: skip


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Thirty texts that m1 has to read, in partitions of three."""
    monkeypatch.setattr(classify_apart, "PARTITION", 3)
    land(tmp_path, "b", *(review(f"r{n}", text=f"text {n}", reviewed_at=day(n)) for n in range(30)))
    load(tmp_path)
    announce(tmp_path, SimpleNamespace(model_version="m1", name="m1", figures={}, confusion={}))
    return tmp_path


def _scale() -> ScaleChoice:
    # Below what a file may ask for.
    return ScaleChoice.model_construct(work="dask", workers=2, work_partition=4)


def _read(data: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch, **more: Any) -> list[int]:
    monkeypatch.setattr(classify_apart, "read_partition", engine)
    told: list[int] = []
    more.setdefault("is_over", lambda: False)
    _read_all(data, _scale(), READER, told.append, more["is_over"])
    return told


def _kept(data: Path) -> list[str]:
    with writer(data) as w:
        rows = w.con.execute("select text_hash from inferred.predictions order by all").fetchall()
    return [text_hash for (text_hash,) in rows]


def test_every_text_is_read_once_in_the_order_and_the_blocks_of_one_process(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine()
    assert _read(data, engine, monkeypatch) == [3] * 10
    newest_first = [f"text {n}" for n in range(29, -1, -1)]
    assert engine.given == [newest_first[n : n + 3] for n in range(0, 30, 3)]
    assert len(_kept(data)) == len(set(_kept(data))) == 30


def test_what_comes_while_others_are_under_way_is_read_and_nothing_twice(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine()

    def told(_count: int) -> None:
        if len(engine.given) == 4:
            land(data, "b2", review("new", text="new", reviewed_at=day(40)))
            load(data)

    monkeypatch.setattr(classify_apart, "read_partition", engine)
    _read_all(data, _scale(), READER, told, lambda: False)
    read = [text for part in engine.given for text in part]
    assert sorted(read) == sorted({*(f"text {n}" for n in range(30)), "new"})


def test_a_partition_whose_worker_is_gone_is_given_away_anew(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine(lambda number: KilledWorker("gone") if number in (1, 4) else None)
    assert sum(_read(data, engine, monkeypatch)) == 30
    assert len(engine.given) == 12
    assert len(_kept(data)) == 30


@pytest.mark.parametrize("error", [KilledWorker("gone"), ValueError("the work itself")])
def test_what_fails_for_good_ends_the_run_and_what_was_read_is_kept(
    data: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    engine = Engine(lambda number: error if number >= 2 else None)
    with pytest.raises(type(error)):
        _read(data, engine, monkeypatch)
    assert len(_kept(data)) == 6
    # The next run goes on behind it.
    after = Engine()
    _read(data, after, monkeypatch)
    assert after.given[0][0] == "text 23"
    assert len(_kept(data)) == 30


def test_when_the_time_is_over_only_what_is_under_way_is_waited_for(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine()
    told = _read(data, engine, monkeypatch, is_over=lambda: len(engine.given) >= 5)
    assert told == [3] * 5
    assert len(_kept(data)) == 15


def test_no_text_is_seen_in_a_packed_partition() -> None:
    packed = Packed([("h", "a person's words")])
    assert repr(packed) == str(packed) == "<1 rows>"
    assert packed.rows() == [("h", "a person's words")]
    # Neither a list nor a dataclass, into which Prefect would look.
    assert not hasattr(packed, "__dict__") and not hasattr(packed, "__dataclass_fields__")
