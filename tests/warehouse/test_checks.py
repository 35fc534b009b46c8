"""Every check fires on the fault it names and is silent on clean data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.redaction import spans as redaction
from tests.builders import consent, coverage, day, erasure, feedback, release, review, snapshot
from tests.warehouse.analysed import PLAIN, put
from tests.warehouse.house import NOW, classify, land, open_writer
from warehouse.errors import WarehouseError
from warehouse.records import RejectedRow
from warehouse.schema import CHECKS, build, check, checks, found_by
from warehouse.writes import TopicRow, Writer

CRASH = TopicRow(
    position=0, topic="crash", label_en="Crashes", label_ja="クラッシュ", lens="reliability", owner=None
)


def rejected(batch: str, **wanted: object) -> RejectedRow:
    plain = {"source": "s", "file": "f", "row_number": 1, "field": None, "reason": "r", "remedy": "m"}
    return RejectedRow(batch=batch, **(plain | {"excerpt": "x"} | wanted))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Writer:
    """Two apps, an edited review, feedback and predictions: nothing to find."""
    tmp_path = tmp_path_factory.mktemp("clean")
    w = open_writer(tmp_path)
    land(
        tmp_path, "b1", review("r1", text="a"), review("r2", text="b"), snapshot(), release(),
        coverage("b1", got=2), coverage("b1", asked_for="snapshots", got=1),
    )  # fmt: skip
    land(tmp_path, "b2", review("r1", text="c", seen_at=day(2)), review("r1", store_app_id="other"))
    # A cohort of five who agree to everything, one alone in another, one who agreed to nothing and is erased.
    testers = [f"t{n}" for n in range(1, 6)]
    land(
        tmp_path,
        "b3",
        *(feedback(f"f-{t}", tester=t, text=f"words of {t}", may_quote=True) for t in testers),
        *(consent(t) for t in testers),
        feedback("f-alone", tester="t6", cohort="beta", text="alone", may_quote=True),
        consent("t6", cohort="beta"),
        feedback("f-silent", tester="t1", text="not analysed", may_analyse=False),
        erasure("t9"),
        coverage("b3", asked_for="feedback"),
        rejected("b3", excerpt=None),
    )
    w.load(NOW)
    w.set_topics([CRASH])
    classify(w, {"b": ("negative", ["crash"])})
    for table in PLAIN:
        put(w, table)
    build(w.con)
    return w


@pytest.fixture
def clean(made: Writer) -> Iterator[Writer]:
    """The same; what a test does to it is taken back."""
    made.con.begin()
    yield made
    made.con.rollback()


def _found(w: Writer) -> dict[str, int]:
    return {f.check: f.count for f in check(w.con)}


def test_clean_data_gives_no_finding(clean: Writer) -> None:
    assert _found(clean) == {}


FAULTS = {
    "alarm_reached_its_bound": "update inferred.alarms set evidence = 300",
    "watch_verdict_reached_its_evidence": "update inferred.release_watch set rests_on = null",
    "no_clear_change_says_why": "update inferred.release_impact set verdict = 'no_clear_change'",
    "alarm_keeps_its_threshold": "update inferred.anomalies set p_adjusted = 0.02",
    "change_lies_in_its_days": "update inferred.change_points set low_on = '2026-03-02'",
    "complete_means_complete": "update core.coverage set reason = 'page_limit' where batch = 'b1'",
    "daily_counts_reconcile": "delete from ratings_daily where store_app_id = 'other'",
    "coverage_says_what_was_loaded": "update core.landing_files set rows = 0 where kind = 'rating_snapshots'",
    "displayed_score_in_range": "update core.rating_snapshots set displayed_score = 0",
    "driver_shares_sum_to_one": "update inferred.drivers set share_after = 0.9",
    "drivers_sum_to_the_change": "update inferred.drivers set total_effect = 0.99",
    "every_review_has_coverage": "update core.coverage set batch = 'lost' where batch = 'b1'",
    "everything_classified": "delete from inferred.predictions",
    "examples_are_reviews": "update inferred.drivers set examples = ['gone']",
    "few_testers_are_not_broken_down": "update inferred.alpha_foretold set n_testers = 4",
    "history_is_not_current": "update core.reviews set text = 'a' where text = 'c'",
    "interval_holds_its_value": "update inferred.fix_first set gain = 0.2",
    "interval_on_the_scale": "update inferred.rating_series set high = 5.05",
    "no_future_reviews": "update core.reviews set reviewed_at = '2027-01-01' where text = 'b'",
    "no_source_has_gone_silent": "update core.coverage set outcome = 'failed', reason = 'gone_silent'",
    "no_loaded_file_is_missing": "update core.landing_files set missing_since = now()",
    "no_my_number": "update core.reviews set text = 'my number is 123456789012' where text = 'b'",
    "one_serving_model": (
        "insert into inferred.models by name"
        " select * replace ('m0' as model_version, true as is_serving) from inferred.models limit 1"
    ),
    "predictions_sum_to_one": "update inferred.predictions set p_neutral = 0.5",
    "no_erased_tester_has_rows": "update core.feedback set tester = 't9' where tester = 't1'",
    "no_prediction_without_consent": (
        "insert into inferred.predictions by name select core.text_hash('not analysed') as text_hash,"
        " * exclude (text_hash) from inferred.predictions limit 1"
    ),
    "no_small_cohort_is_broken_down": (
        "create or replace view feedback as"
        " select app, cohort, feedback_id, language, version, screen, device, text from core.feedback"
    ),
    "no_small_cohort_is_named": "update consents set cohort = 'three of us'",
    "no_unquotable_text_is_published": "update core.consents set may_quote = false where tester = 't2'",
    "no_words_of_testers_in_rejected_rows": "update core.rejected_rows set excerpt = 'her words'",
    "days_add_up": "update ratings_daily set n_1 = n_1 + 1",
    "versions_add_up": "delete from ratings_by_version where store_app_id = 'other'",
    "overview_adds_up": "update overview set n_total = n_total + 1",
    "quarters_add_up_to_days": "update ratings_quarter_hourly set n_1 = n_1 + 1",
    "topics_within_the_day": "update topics_daily set n = 99",
    "every_app_is_known": "update inferred.tradeoffs set app = 'another'",
    "every_release_is_listed": "update inferred.release_watch set release_version = '9.9'",
    "every_topic_is_known": "update inferred.fix_first set topic = 'gone'",
    "rating_in_range": "update core.reviews set rating = 0",
    "review_has_text_or_stars": "update core.reviews set rating = null, text_hash = null where text = 'b'",
    "verdict_is_known": "update inferred.alpha_topics set verdict = 'perhaps'",
    "verdict_needs_evidence": "update inferred.release_impact set low = -0.1",
}


def test_every_check_has_a_fault() -> None:
    assert {p.stem for p in CHECKS.glob("*.sql")} == set(FAULTS)


@pytest.mark.parametrize("name", FAULTS)
def test_a_check_fires_on_its_fault(clean: Writer, name: str) -> None:
    clean.con.execute(FAULTS[name])
    (one,) = (c for c in checks() if c.name == name)
    assert [f.count > 0 for f in found_by(clean.con, one)] == [True]


def test_a_refusal_after_the_silence_does_not_end_the_alarm(clean: Writer) -> None:
    clean.con.execute(FAULTS["no_source_has_gone_silent"])
    later = "finished_at + interval 1 day as finished_at, 'later' as batch"
    for outcome, reason, alarms in (("failed", "blocked", True), ("complete", "reached_watermark", False)):
        clean.con.execute(
            f"insert into core.coverage by name select * replace ({later},"
            f" '{outcome}' as outcome, '{reason}' as reason) from core.coverage where batch <> 'later'"
        )
        assert ("no_source_has_gone_silent" in _found(clean)) is alarms


def test_what_stops_comes_first(clean: Writer) -> None:
    for name in ("everything_classified", "rating_in_range", "no_future_reviews"):
        clean.con.execute(FAULTS[name])
    severities = [f.severity for f in check(clean.con)]
    assert severities == ["stop", "warn", "warn"]


def test_a_check_without_a_severity_is_refused(
    clean: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "odd.sql").write_text("-- says: nothing\n-- severity: maybe\nselect 1;")
    monkeypatch.setattr("warehouse.schema.CHECKS", tmp_path)
    with pytest.raises(WarehouseError, match="severity is 'maybe', not stop or warn"):
        check(clean.con)


# --- the second net behind the gate --------------------------------------------------------------


def _caught(tmp_path: Path, text: str) -> bool:
    w = open_writer(tmp_path)
    w.con.execute(
        "insert into core.rejected_rows values ('b', 's', 'f', 1, null, 'r', 'remedy', $text)", {"text": text}
    )
    build(w.con)
    return "no_my_number" in _found(w)


@pytest.mark.parametrize(
    "text",
    [
        "123456789012",
        "id:123456789012.",
        "1234 5678 9012",
        "1234-5678-9012",
        "１２３４５６７８９０１２",
        "番号123456789012です",
    ],
)
def test_twelve_digits_are_found_wherever_words_are_kept(tmp_path: Path, text: str) -> None:
    assert _caught(tmp_path, text)


@pytest.mark.parametrize(
    "text", ["2019-2020-2021", "12345678901", "1234567890123", "2026-03-01 12:30:45", "[MY_NUMBER]"]
)
def test_other_numbers_are_not(tmp_path: Path, text: str) -> None:
    assert not _caught(tmp_path, text)


@pytest.mark.parametrize("where", ["reply", "title", "feedback", "rejected", "history"])
def test_every_place_of_words_is_looked_at(tmp_path: Path, where: str) -> None:
    number = "1234-5678-9012"
    faults = {
        "reply": [review(reply=number)],
        "title": [review(title=number)],
        "feedback": [feedback(text=number)],
        "rejected": [rejected("b1", excerpt=number)],
        "history": [review(text=number, seen_at=day(1)), review(text="edited", seen_at=day(2))],
    }
    w = open_writer(tmp_path)
    land(tmp_path, "b1", *faults[where])
    w.load(NOW)
    build(w.con)
    assert _found(w)["no_my_number"] == 1


_digits = st.text("0123456789０９", min_size=1, max_size=14)
_texts = st.lists(
    st.one_of(_digits, st.sampled_from([" ", "-", "a", "年", ".", "2019", "+81 "])), max_size=8
).map("".join)


_net = open_writer(Path("unused")).con
_SQL = (CHECKS / "no_my_number.sql").read_text(encoding="utf-8")


@settings(max_examples=60, deadline=None)
@given(st.lists(_texts, min_size=5, max_size=25))
def test_what_passed_the_gate_passes_the_check(texts: list[str]) -> None:
    """Otherwise a harmless text would stop every publication."""
    passed = [_redacted(t) for t in texts]
    _net.execute("delete from core.rejected_rows")
    _net.execute(
        "insert into core.rejected_rows"
        " select 'b', 's', 'f', row_number() over (), null, 'r', 'm', t from (select unnest($texts) as t)",
        {"texts": passed},
    )
    assert _net.execute(_SQL).fetchall() == [], passed


def _redacted(text: str) -> str:
    for start, end, mark in reversed(redaction.spans(text)):
        text = text[:start] + mark + text[end:]
    return text
