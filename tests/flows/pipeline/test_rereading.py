"""Another model reads history from the newest texts on, while what the one before said is shown."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from flows.pipeline import classify
from flows.pipeline.classify import Announced, announce, partitions, store
from tests.builders import day, review
from tests.warehouse.house import land, load
from warehouse.schema import fingerprint
from warehouse.writes import PredictionRow, writer


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ten reviews, all read by m1, which serves; more than three unread texts are read in the background."""
    monkeypatch.setattr(classify, "BACKGROUND", 3)
    monkeypatch.setattr(classify, "PARTITION", 4)
    land(tmp_path, "b1", *(review(f"r{n}", text=f"text {n}", reviewed_at=day(n)) for n in range(10)))
    load(tmp_path)
    assert announce(tmp_path, _model("m1")) == Announced(10)
    _read(tmp_path, "m1")
    return tmp_path


def _model(version: str) -> Any:
    return SimpleNamespace(model_version=version, name=version, figures={}, confusion={})


def _read(data: Path, version: str, most: int = 100) -> list[str]:
    """Read at most so many partitions, as a run does that is killed then; the texts in their order."""
    read = []
    for number, texts in enumerate(partitions(data, version)):
        if number == most:
            break
        rows = [
            PredictionRow(text_hash=h, sentiment="neutral", p_negative=0.1, p_neutral=0.8, p_positive=0.1,
                          topics=(("crash", 0.9),))
            for h, _ in texts
        ]  # fmt: skip
        store(data, version, rows)
        read += [text for _, text in texts]
    return read


def _shown(data: Path) -> tuple[str | None, str]:
    """Who serves, and what names everything that is shown."""
    with writer(data) as w:
        return w.serving(), fingerprint(w.con)


def test_the_one_before_serves_until_everything_is_read(data: Path) -> None:
    assert announce(data, _model("m2")) == Announced(10, "m1")
    before = _shown(data)
    assert before[0] == "m1"
    assert _read(data, "m2", 1) == ["text 9", "text 8", "text 7", "text 6"]
    assert _shown(data) == before, "what a coming model says is shown nowhere and publishes nothing"
    # the next run goes on where the killed one was
    assert announce(data, _model("m2")) == Announced(6, "m1")
    assert _read(data, "m2") == [f"text {n}" for n in range(5, -1, -1)]
    assert announce(data, _model("m2")) == Announced(0)
    assert _shown(data)[0] == "m2"


def test_what_comes_meanwhile_is_read_first(data: Path) -> None:
    announce(data, _model("m2"))
    _read(data, "m2", 1)
    land(data, "b2", review("new", text="new", reviewed_at=day(20)))
    load(data)
    assert _read(data, "m2", 1)[0] == "new"


def test_who_goes_back_to_the_model_before_has_little_to_read(data: Path) -> None:
    announce(data, _model("m2"))
    _read(data, "m2", 1)
    land(data, "b2", review("new", text="new", reviewed_at=day(20)))
    load(data)
    assert announce(data, _model("m1")) == Announced(1)
    assert _shown(data)[0] == "m1"


def test_predictions_of_the_last_two_models_are_kept(data: Path) -> None:
    for version in ("m2", "m3"):
        announce(data, _model(version))
        _read(data, version)
        assert announce(data, _model(version)) == Announced(0)
    with writer(data) as w:
        kept = w.con.execute("select distinct model_version from inferred.predictions order by 1").fetchall()
        topics = w.con.execute("select distinct model_version from inferred.topics order by 1").fetchall()
    assert kept == topics == [("m2",), ("m3",)]


def test_few_unread_texts_are_no_reason_to_wait(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classify, "BACKGROUND", 10)
    assert announce(data, _model("m2")) == Announced(10)
    assert _shown(data)[0] == "m2"
