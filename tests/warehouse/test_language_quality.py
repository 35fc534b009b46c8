"""How the model reads each language of a scope, as pages and SQL can ask."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.builders import review
from tests.warehouse.house import NOW, classify, land
from warehouse import publish, reads
from warehouse.schema import build
from warehouse.writes import writer

MEASURED = {"status": "measured", "texts": 9, "f1": 0.8, "low": 0.7, "high": 0.9, "apps": []}
CONFUSION = {
    "sentiment": {"labels": [], "languages": {"ja": MEASURED, "fr": {"status": "not_measured", "texts": 0}}},
    "topics": {"labels": [], "languages": {"ja": MEASURED | {"status": "no_better_than_tfidf"}}},
}


def _asked(data: Path, confusion: object, **scope: Any) -> list[tuple[Any, ...]]:
    land(data, "b1", review("r1", language="ja"), review("r2", language="ja"), review("r3", language="fr-CA"),
         review("r4", language=None, country="ch"))  # fmt: skip
    with writer(data) as w:
        w.load(NOW)
        classify(w, {}, confusion=json.dumps(confusion))
        build(w.con)
    publish.publish(data, NOW)
    asked = {"app": "jp.example.app", "first": date(2020, 1, 1), "last": date(2030, 1, 1), "stores": None,
             "places": None, "versions": None} | scope  # fmt: skip
    rows = reads.rows(reads.current(data), "language_quality", **asked)
    return [(r["task"], r["language"], r["status"], r["n"]) for r in rows]


def test_every_language_of_the_scope_says_how_well_it_is_read(tmp_path: Path) -> None:
    assert _asked(tmp_path, CONFUSION) == [
        ("sentiment", "ja", "measured", 2),
        ("sentiment", "fr", "not_measured", 1),
        ("sentiment", None, "not_measured", 1),
        ("topics", "ja", "no_better_than_tfidf", 2),
        ("topics", "fr", "not_measured", 1),
        ("topics", None, "not_measured", 1),
    ]


def test_only_the_places_of_the_scope_count(tmp_path: Path) -> None:
    found = _asked(tmp_path, CONFUSION, places=["language:ja"])
    assert {language for _, language, *_ in found} == {"ja"}


@pytest.mark.parametrize("confusion", [{}, {"sentiment": CONFUSION["sentiment"]}])
def test_a_model_without_figures_is_not_measured(tmp_path: Path, confusion: object) -> None:
    topics = [row for row in _asked(tmp_path, confusion) if row[0] == "topics"]
    assert {status for *_, status, _ in topics} == {"not_measured"}
