"""A small house for warehouse tests: land records, load them, look at tables."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb

from tests.builders import coverage, day
from tests.warehouse import lakes
from warehouse.landing import Landing
from warehouse.records import Coverage, Record
from warehouse.schema import build, migrate
from warehouse.signatures import register
from warehouse.writes import FILE, Loaded, PredictionRow, Writer, writer

NOW = day(30)
MODEL = "m1"
CORE = (
    "reviews",
    "review_history",
    "review_duplicates",
    "rating_snapshots",
    "releases",
    "feedback",
    "coverage",
    "rejected_rows",
    "daily_ratings",
    "corrections",
    "app_stores",
    "consents",
    "erasures",
)


def land(data: Path, batch: str, *records: Record, part: str = "0") -> None:
    """Land records as one finished batch; its coverage is made up where none is given."""
    landing = Landing(data)
    kinds: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        kinds[record.KIND].append(record)
    apps = {("google_play", "jp.example.app")} | {
        (str(r.store), str(r.store_app_id))
        for r in records
        if hasattr(r, "store") and not isinstance(r, Coverage)
    }
    kinds.setdefault("coverage", [coverage(batch, store=s, store_app_id=a) for s, a in sorted(apps)])
    for kind in sorted(kinds, key=lambda k: k == "coverage"):
        landing.write(kind, batch, part, kinds[kind])


def load(data: Path) -> Loaded:
    """Load what is landed into the working file."""
    with writer(data) as w:
        return w.load(NOW)


def open_writer(data: Path) -> Writer:
    """A writer that stays open, for tests that need many; on a lake, where the tests run on lakes."""
    if lakes.on_lake():
        return lakes.kept_open(data)
    folder = tempfile.mkdtemp()
    con = duckdb.connect(str(Path(folder) / FILE))
    con.execute("SET TimeZone = 'UTC'")
    register(con)
    migrate(con)
    w = Writer(con, data)
    weakref.finalize(con, shutil.rmtree, folder, ignore_errors=True)
    return w


def rows(con: duckdb.DuckDBPyConnection, select: str) -> list[dict[str, Any]]:
    """Rows as dictionaries."""
    cursor = con.execute(select)
    names = [c[0] for c in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def tables(con: duckdb.DuckDBPyConnection, names: Iterable[str] = CORE) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the core tables in a fixed order."""
    return {name: con.execute(f"from core.{name} order by all").fetchall() for name in names}


def classify(
    w: Writer, said: dict[str, tuple[str, Sequence[str]]], model: str = MODEL, confusion: str = "{}"
) -> None:
    """Let `model` say (sentiment, topics) of texts, by the text."""
    w.serve_model(model, "test model", "{}", NOW, confusion)
    tones = ("negative", "neutral", "positive")
    predictions = []
    for text_hash, text in w.unclassified(model, 1_000):
        sentiment, topics = said.get(text, ("neutral", ()))
        p = {f"p_{t}": 0.8 if t == sentiment else 0.1 for t in tones}
        if sentiment not in tones:
            p = dict.fromkeys(p, 1 / 3)
        topic_scores = tuple((t, 0.75) for t in topics)
        predictions.append(PredictionRow(text_hash=text_hash, sentiment=sentiment, topics=topic_scores, **p))
    w.add_predictions(model, predictions, NOW)


def build_all(data: Path) -> None:
    """Load and build the marts."""
    with writer(data) as w:
        w.load(NOW)
        build(w.con)
