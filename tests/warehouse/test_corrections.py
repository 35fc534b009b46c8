"""What people say of reviews in the place of the model's word: landed whole, loaded, gone with its review."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders import correction, coverage, day, review
from tests.warehouse.house import NOW, classify, land, open_writer, rows
from warehouse import corrections
from warehouse.forget import take_back
from warehouse.landing import Landing
from warehouse.schema import build, fingerprint
from warehouse.soundness import harm
from warehouse.writes import Writer

R1 = ("google_play", "jp.example.app", "r1")
IMPORT = "import-000000000000-000000000001"


def _loaded(data: Path) -> Writer:
    w = open_writer(data)
    w.load(NOW)
    return w


def _hash(review_id: str) -> str:
    return correction(review_id).text_hash


def test_a_correction_is_landed_whole_loaded_and_names_nobody(tmp_path: Path) -> None:
    land(tmp_path, "b", review("r1"))
    batch = corrections.land(tmp_path, R1, _hash("r1"), "positive", ["login", "crash", "login"], NOW)
    assert harm(Landing(tmp_path), batch) is None
    w = _loaded(tmp_path)
    (row,) = rows(w.con, "from core.corrections")
    assert (row["sentiment"], row["topics"], row["corrected_at"]) == ("positive", ["crash", "login"], NOW)
    assert set(row) == {
        "store", "store_app_id", "review_id", "text_hash", "sentiment", "topics", "corrected_at",
    }  # fmt: skip
    assert not rows(w.con, "from core.coverage where source = 'dashboard'"), "nobody was asked for it"
    assert w.load(NOW).rows == {}


@pytest.mark.parametrize(
    ("text_hash", "sentiment", "topics"), [("x", "angry", ()), ("", "neutral", ()), ("x", "neutral", ("",))]
)
def test_what_is_no_correction_is_refused_and_nothing_is_landed(
    tmp_path: Path, text_hash: str, sentiment: str, topics: tuple[str, ...]
) -> None:
    with pytest.raises(ValueError, match=r"is none of|names its review"):
        corrections.land(tmp_path, R1, text_hash, sentiment, topics, NOW)
    assert not list(tmp_path.rglob("*.gz"))


def test_peoples_word_comes_before_the_models_and_the_models_stays_what_it_is(tmp_path: Path) -> None:
    land(tmp_path, "b", review("r1"), review("r2"), correction("r1", sentiment="positive", topics=()))
    w = _loaded(tmp_path)
    classify(w, {"text of r1": ("negative", ("crash",)), "text of r2": ("neutral", ("login",))})
    build(w.con)
    said = "select review_id, sentiment, is_corrected from review_sentiments() order by all"
    assert w.con.execute(said).fetchall() == [("r1", "positive", True), ("r2", "neutral", False)]
    assert w.con.execute("select review_id, topic from review_topics()").fetchall() == [("r2", "login")]
    models = w.con.execute("select sentiment from predictions order by review_id").fetchall()
    assert models == [("negative",), ("neutral",)]


def test_a_correction_makes_the_next_publication_another_one(tmp_path: Path) -> None:
    land(tmp_path, "b", review("r1"))
    w = _loaded(tmp_path)
    build(w.con)
    before = fingerprint(w.con)
    corrections.land(tmp_path, R1, _hash("r1"), "neutral", [], NOW)
    w.load(NOW)
    assert fingerprint(w.con) != before


def test_with_an_import_go_the_corrections_of_reviews_that_nothing_bears_any_more(tmp_path: Path) -> None:
    land(tmp_path, "gp", review("both"))
    land(tmp_path, IMPORT, review("both", seen_at=day(3)), review("only"), coverage(IMPORT))
    land(tmp_path, "people", correction("both"), correction("only"), correction("unknown"))
    w = _loaded(tmp_path)
    with w.transaction():
        taken = take_back(w, IMPORT)
    assert taken.uncorrected == [("google_play", "jp.example.app", "only")]
    assert taken.rows["corrections"] == 1
    left = w.con.execute("select review_id from core.corrections order by all").fetchall()
    # One that came before its review waits for it.
    assert left == [("both",), ("unknown",)]
    assert corrections.forget(w.landing, set(taken.uncorrected)) == 1
    kept = [r["review_id"] for path in w.landing.files("corrections") for r in w.landing.rows(path)]
    assert kept == ["both", "unknown"]
    assert harm(w.landing, "people") is None, "its coverage knows the new checksum"
