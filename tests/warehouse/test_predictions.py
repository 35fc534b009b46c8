"""What a model says: each distinct text once, only with consent, by the model that serves."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import consent, day, feedback, review, withdrawal
from tests.warehouse.house import NOW, classify, land, open_writer, rows
from warehouse.schema import build
from warehouse.writes import PredictionRow, Writer


@pytest.fixture
def w(tmp_path: Path) -> Writer:
    return open_writer(tmp_path)


def _texts(w: Writer, model: str = "m1", limit: int = 100) -> list[str]:
    return sorted(text for _, text in w.unclassified(model, limit))


def _load(w: Writer, *records: object, batch: str = "b1") -> None:
    land(w.landing.folder.parent, batch, *records)  # type: ignore[arg-type]
    w.load(NOW)


def test_a_text_that_several_people_wrote_is_read_once(w: Writer) -> None:
    _load(
        w,
        review("r1", text="good"),
        review("r2", text="good"),
        feedback("f1", text="good"),
        review("r3", text="bad"),
        consent(),
    )
    assert _texts(w) == ["bad", "good"]
    assert w.count_unclassified("m1") == 2


def test_title_and_text_are_read_together(w: Writer) -> None:
    _load(w, review("r1", title="Broken", text="since today"), review("r2", title="Only a title", text=None))
    assert _texts(w) == ["Broken\nsince today", "Only a title"]


def test_stars_without_text_are_not_read(w: Writer) -> None:
    _load(w, review("r1", text=None), review("r2", text="  \n"))
    assert (_texts(w), w.count_unclassified("m1")) == ([], 0)


def test_feedback_without_consent_is_never_read(w: Writer) -> None:
    _load(
        w,
        feedback("f1", text="mine alone", may_analyse=False, may_quote=True),
        feedback("f2", text="read it"),
        feedback("f3", text="the ledger says no", tester="t2"),
        feedback("f4", text="the ledger says nothing", tester="t3"),
        feedback("f5", text="of another app", app="other"),
        consent("t1"),
        consent("t2", may_analyse=False),
    )
    assert _texts(w) == ["read it"]


def test_consent_that_is_withdrawn_ends_the_reading(w: Writer) -> None:
    _load(w, feedback("f1", text="words", seen_at=day(1)), consent())
    assert _texts(w) == ["words"]
    _load(w, feedback("f1", text="words", may_analyse=False, seen_at=day(2)), batch="b2")
    assert _texts(w) == []
    assert rows(w.con, "select text_hash from core.feedback") == [{"text_hash": None}]


def test_what_was_said_of_a_text_goes_with_the_consent_and_comes_with_it(w: Writer) -> None:
    _load(w, feedback("f1", text="slow"), consent())
    classify(w, {"slow": ("negative", ["performance"])})
    _load(w, withdrawal(), batch="b2")
    assert (rows(w.con, "from inferred.predictions"), rows(w.con, "from inferred.topics")) == ([], [])
    assert _texts(w) == []
    _load(w, consent(at=day(3)), batch="b3")
    assert _texts(w) == ["slow"]


@pytest.mark.parametrize("other", [review(text="slow"), feedback("f2", text="slow", tester="t2")])
def test_what_was_said_of_a_text_stays_while_somebody_else_wrote_the_same(w: Writer, other: object) -> None:
    _load(w, feedback("f1", text="slow"), consent(), other, consent("t2"))
    classify(w, {"slow": ("negative", ["performance"])})
    _load(w, withdrawal(), batch="b2")
    assert rows(w.con, "select sentiment from inferred.predictions") == [{"sentiment": "negative"}]


def test_what_was_said_of_an_older_text_of_a_feedback_goes_with_it(w: Writer) -> None:
    _load(w, feedback("f1", text="slow", seen_at=day(1)), consent())
    classify(w, {"slow": ("negative", [])})
    _load(w, feedback("f1", text="fast", seen_at=day(2)), batch="b2")
    assert rows(w.con, "from inferred.predictions") == []


def test_what_was_said_is_not_asked_again_nor_changed(w: Writer) -> None:
    _load(w, review(text="slow"))
    classify(w, {"slow": ("negative", ["performance"])})
    ((text_hash,),) = w.con.execute("select text_hash from inferred.predictions").fetchall()
    again = PredictionRow(
        text_hash=text_hash,
        sentiment="positive",
        p_negative=0,
        p_neutral=0,
        p_positive=1,
        topics=(("bug", 0.9),),
    )
    w.add_predictions("m1", [again], NOW)
    assert rows(w.con, "select sentiment from inferred.predictions") == [{"sentiment": "negative"}]
    assert rows(w.con, "select topic from inferred.topics") == [{"topic": "performance"}]
    assert _texts(w) == []


def test_no_predictions_are_no_error(w: Writer) -> None:
    w.add_predictions("m1", [], NOW)
    assert rows(w.con, "from inferred.predictions") == []


def test_a_new_model_reads_everything_and_only_it_is_shown(w: Writer) -> None:
    _load(w, review(text="slow"))
    classify(w, {"slow": ("negative", ["performance"])}, model="m1")
    w.serve_model("m2", "better", "{}", NOW)
    build(w.con)
    assert _texts(w, "m2") == ["slow"]
    assert rows(w.con, "from predictions") == []
    classify(w, {"slow": ("neutral", ["update"])}, model="m2")
    assert rows(w.con, "select sentiment, model_version from predictions") == [
        {"sentiment": "neutral", "model_version": "m2"}
    ]
    assert rows(w.con, "select topic from topics") == [{"topic": "update"}]
    classify(w, {}, model="m1")
    assert rows(w.con, "select sentiment from predictions") == [{"sentiment": "negative"}]


def test_one_model_serves_and_its_card_is_the_latest(w: Writer) -> None:
    w.serve_model("m1", "first", '{"f1": 0.5}', NOW)
    w.serve_model("m2", "second", "{}", NOW)
    w.serve_model("m1", "first", '{"f1": 0.6}', NOW)
    build(w.con)
    assert rows(
        w.con, "select model_version, is_serving, figures::varchar as f from models order by all"
    ) == [
        {"model_version": "m1", "is_serving": True, "f": '{"f1": 0.6}'},
        {"model_version": "m2", "is_serving": False, "f": "{}"},
    ]


@settings(max_examples=8, deadline=None)
@given(st.lists(st.sampled_from("abcdef"), unique=True), st.integers(1, 4))
def test_partitions_of_any_size_read_every_text_exactly_once(texts: list[str], size: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        w = open_writer(Path(folder))
        _load(w, *(review(t, text=t) for t in texts), review("empty", text=None))
        read: list[str] = []
        while pool := w.unclassified("m1", size):
            read += [text for _, text in pool]
            w.add_predictions(
                "m1",
                [
                    PredictionRow(
                        text_hash=h, sentiment="neutral", p_negative=0, p_neutral=1, p_positive=0, topics=()
                    )
                    for h, _ in pool
                ],
                NOW,
            )
    assert sorted(read) == sorted(texts)


def test_a_text_in_a_language_that_is_not_covered_has_no_tone_and_is_not_asked_again(w: Writer) -> None:
    _load(w, review("r1", text="打不開"), review("r2", text="slow"))
    classify(w, {"打不開": ("not_covered", []), "slow": ("negative", [])})
    build(w.con)
    assert _texts(w) == []
    assert rows(w.con, "select review_id, sentiment, p_negative from predictions order by 1") == [
        {"review_id": "r1", "sentiment": "not_covered", "p_negative": None},
        {"review_id": "r2", "sentiment": "negative", "p_negative": pytest.approx(0.8)},
    ]
    counts = "sum(n)::int as n, sum(n_classified)::int as read, sum(n_not_covered)::int as outside"
    assert rows(w.con, f"select {counts} from ratings_daily") == [{"n": 2, "read": 1, "outside": 1}]
