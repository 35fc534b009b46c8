"""Labelled texts of an app itself: which evaluation counts, and what comes of it in the tables."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.cli.evaluate import store
from flows.pipeline.classify import announce
from flows.pipeline.own_labels import own_counts
from models.text.classifier import Prediction
from tests.builders import review
from tests.warehouse.house import NOW, land
from warehouse.schema import build
from warehouse.writes import PredictionRow, writer

COUNTS = {"sentiment": {"labels": ["negative"], "languages": {"fr": [[40, 50, 5, 50]]}}}
AT = datetime(2026, 3, 1, tzinfo=UTC)


def _keep(data: Path, name: str, days: int = 0, **wanted: Any) -> None:
    file = data / f"{name}.jsonl"
    file.write_text(name, encoding="utf-8")
    report = {"model_version": "m1", "app": "jp.example.app", "counts": COUNTS} | wanted
    store(report, file, data, AT + timedelta(days=days))


class Model:
    """Has no figures of its own."""

    name, model_version = "test model", "m1"
    figures: dict[str, Any] = {}  # noqa: RUF012
    confusion: dict[str, Any] = {}  # noqa: RUF012

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        raise NotImplementedError


def test_nothing_was_evaluated(tmp_path: Path) -> None:
    assert own_counts(tmp_path, "m1") == {}


def test_the_newest_of_an_app_and_model_counts(tmp_path: Path) -> None:
    newer = {"sentiment": {"labels": ["negative"], "languages": {"fr": [[1, 2, 3, 4]]}}}
    _keep(tmp_path, "b", days=1, counts=newer)
    _keep(tmp_path, "a")
    _keep(tmp_path, "c", days=2, model_version="m0", counts={})
    _keep(tmp_path, "d", days=3, app=None)
    assert own_counts(tmp_path, "m1") == {"jp.example.app": newer}


@pytest.mark.parametrize("content", ["{", "[]", "{}"])
def test_what_cannot_be_read_is_told_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: str
) -> None:
    _keep(tmp_path, "a")
    (tmp_path / "evaluations" / "z.json").write_text(content)
    with caplog.at_level(logging.WARNING):
        assert set(own_counts(tmp_path, "m1")) == {"jp.example.app"}
    assert "z.json cannot be read" in caplog.text


def test_the_shares_of_the_app_are_corrected_by_them(tmp_path: Path) -> None:
    _keep(tmp_path, "labels")
    rows = [review(f"r{n}", language="fr", text=f"t{n}") for n in range(40)]
    land(tmp_path, "b1", *rows, review("x", language="fr", store_app_id="another", text="t1"))
    announced = announce(tmp_path, Model())
    with writer(tmp_path) as w:
        w.load(NOW)
        said = [
            PredictionRow(text_hash=h, sentiment="negative" if n % 2 else "positive", p_negative=0.6,
                          p_neutral=0.2, p_positive=0.2, topics=())
            for n, (h, _) in enumerate(w.unclassified("m1", 100))
        ]  # fmt: skip
        w.add_predictions("m1", said, NOW)
        build(w.con)
        found = w.con.execute(
            "select app, error, share, corrected from corrected_shares"
            " where span = 'month' and label = 'negative' and n_read > 1"
        ).fetchall()
    assert announced.total == 0
    # half are said to be negative; 0.8 of those that are get found, and 0.1 of the others are taken for it
    assert [(app, error) for app, error, *_ in found] == [("jp.example.app", "measured")]
    assert found[0][3] == pytest.approx((found[0][2] - 0.1) / 0.7, abs=0.03)
    assert json.loads((next((tmp_path / "evaluations").glob("*.json"))).read_text())["counts"] == COUNTS
