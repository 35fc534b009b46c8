"""Reading counts and facts from the working file, writing results into it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.builders import consent, coverage, daily_rating, day, feedback, release, review, snapshot
from tests.warehouse.analysed import PLAIN
from tests.warehouse.house import NOW, classify, land, open_writer, rows
from warehouse.analysis import Facts, Found, add_audit, input_fingerprint, is_analysed, read_facts, store
from warehouse.records import Feedback, Record
from warehouse.writes import AppRow, TopicRow, Writer

CRASH, LOGIN = "crash", "login"


@pytest.fixture
def w(tmp_path: Path) -> Writer:
    return open_writer(tmp_path)


def _facts(w: Writer, *records: Record, said: dict[str, tuple[str, tuple[str, ...]]] | None = None) -> Facts:
    land(w.landing.folder.parent, f"b{len(w.landing.whole_batches()) + 1}", *records)
    w.load(NOW)
    w.set_topics([
        TopicRow(position=n, topic=t, label_en=t, label_ja=t, lens="reliability", owner=None)
        for n, t in enumerate((CRASH, LOGIN))
    ])  # fmt: skip
    classify(w, said or {})
    return read_facts(w, "f1")


def _told(facts: Facts, *columns: str) -> list[tuple[object, ...]]:
    return list(zip(*(facts.counts[c].tolist() for c in columns), strict=True))


# --- counts ---------------------------------------------------------------------------------------


def test_reviews_that_share_everything_are_one_cell(w: Writer) -> None:
    same = [review(f"r{n}", text="it crashes", rating=1) for n in range(3)]
    facts = _facts(w, *same, review("r9", text="fine", rating=5), said={"it crashes": ("negative", (CRASH,))})
    assert _told(facts, "stars", "sentiment", "topics", "n") == [(1, 0, 1, 3), (5, 1, 0, 1)]


def test_topics_are_bits_in_the_order_of_the_catalogue(w: Writer) -> None:
    facts = _facts(w, review(text="both"), said={"both": ("negative", (LOGIN, CRASH))})
    assert facts.topics == ((CRASH, "reliability"), (LOGIN, "reliability"))
    assert _told(facts, "topics") == [(3,)]


def test_a_topic_that_no_catalogue_names_is_not_counted(w: Writer) -> None:
    facts = _facts(w, review(text="odd"), said={"odd": ("negative", ("unheard_of",))})
    assert _told(facts, "topics") == [(0,)]


def test_a_review_without_stars_or_without_text_is_a_cell_too(w: Writer) -> None:
    facts = _facts(w, review("r1", rating=None, text="words"), review("r2", rating=2, text=None))
    assert _told(facts, "stars", "sentiment") == [(0, 1), (2, -1)]


def test_days_are_counted_in_utc(w: Writer) -> None:
    facts = _facts(w, review(reviewed_at=datetime(1970, 1, 2, 23, 59, tzinfo=UTC)))
    assert _told(facts, "day") == [(1,)]


def test_two_entries_of_an_app_in_one_store_are_one_series(w: Writer) -> None:
    named = {"app": "ours", "name": "Ours", "owner": None, "store": "google_play"}
    w.set_apps([AppRow(**named, store_app_id="a"), AppRow(**named, store_app_id="b")])
    facts = _facts(w, review("r1", store_app_id="a"), review("r1", store_app_id="b"), review("r1"))
    assert [(s.app, s.store) for s in facts.series] == [
        ("jp.example.app", "google_play"),
        ("ours", "google_play"),
    ]
    assert facts.part(facts.counts, 1)["n"].sum() == 2
    assert set(facts.part(facts.counts, 0)) == {"day", "stars", "sentiment", "topics", "n"}


def test_only_the_serving_model_is_heard(w: Writer) -> None:
    _facts(w, review(text="t"), said={"t": ("negative", (CRASH,))})
    w.serve_model("m2", "another", "{}", NOW)
    assert _told(read_facts(w, "f2"), "sentiment", "topics") == [(-1, 0)]


# --- facts ---------------------------------------------------------------------------------------


def test_releases_scores_and_console_days_belong_to_their_series(w: Writer) -> None:
    facts = _facts(
        w, release("1.0"), release("1.1", released_at=day(5)), snapshot(), daily_rating(day="2026-03-02")
    )
    (series,) = facts.series
    assert [v for v, *_ in series.releases] == ["1.0", "1.1"]
    assert [(s.displayed_score, s.ratings_count, s.stars) for s in series.scores] == [(3.5, 100, None)]
    assert series.console_days == [(date(2026, 3, 2), 3.5)]


def test_a_version_without_a_date_came_out_by_its_first_review_if_many_name_it(w: Writer) -> None:
    many = [review(f"r{n}", version="2.0", reviewed_at=day(n)) for n in range(3, 23)]
    facts = _facts(w, *many, review("few", version="2.1"), release("1.0"))
    assert facts.series[0].releases == [("1.0", day(0), "store"), ("2.0", day(3), "detected")]


def test_the_country_with_most_ratings_speaks_for_the_displayed_score(w: Writer) -> None:
    few = snapshot(country="us", displayed_score=1.5, ratings_count=10)
    facts = _facts(w, snapshot(country="jp"), few)
    assert [s.displayed_score for s in facts.series[0].scores] == [3.5]


def test_the_last_sighting_of_a_day_is_kept(w: Writer) -> None:
    morning = snapshot(observed_at=day(1).replace(hour=6), displayed_score=3.1)
    facts = _facts(w, morning, snapshot(observed_at=day(1).replace(hour=18), displayed_score=3.3))
    assert [s.displayed_score for s in facts.series[0].scores] == [3.3]


def test_data_ends_where_the_last_ask_or_the_last_review_ends(w: Writer) -> None:
    assert _facts(w, review(reviewed_at=day(0))).series[0].as_of == day(1)


# --- gaps in coverage ------------------------------------------------------------------------------


def _gaps(w: Writer, *asks: Record) -> list[tuple[int, int, str]]:
    facts = _facts(w, review(), *asks)
    days = [(g.since, g.until, g.place) for g in facts.series[0].gaps]
    return [((s - day(0)).days, (u - day(0)).days, place) for s, u, place in days]


def _ask(batch: str, since: int | None, until: int, **wanted: object) -> Record:
    at = {"asked_since": None if since is None else day(since), "covered_until": day(until)}
    times = {"started_at": day(until), "finished_at": day(until)}
    return coverage(batch, **({"language": "ja"} | at | times | wanted))


def test_asks_that_overlap_leave_no_gap(w: Writer) -> None:
    assert _gaps(w, _ask("a", None, 1), _ask("b", 0, 8), _ask("c", 7, 9)) == []


def test_a_time_in_which_nobody_asked_is_a_gap(w: Writer) -> None:
    assert _gaps(w, _ask("a", None, 1), _ask("b", 9, 16)) == [(1, 9, "ja")]


def test_a_gap_closes_when_the_whole_list_is_read_again(w: Writer) -> None:
    assert _gaps(w, _ask("a", None, 1), _ask("b", 9, 16), _ask("c", None, 20)) == []


def test_a_failed_last_ask_leaves_an_open_gap(w: Writer) -> None:
    failed = _ask("b", 0, 9, outcome="failed", reason="refused", covered_until=None)
    assert _gaps(w, _ask("a", None, 1), failed) == [(1, 9, "ja")]


def test_a_dump_speaks_for_every_language(w: Writer) -> None:
    dump = _ask("b", None, 12, language=None)
    assert _gaps(w, _ask("a", None, 1), dump, _ask("c", 11, 16)) == []


def test_a_gap_knows_the_share_of_its_place_in_the_reviews_before_it(w: Writer) -> None:
    places = ["ja"] * 6 + ["en"] * 2 + [None] * 2
    before = [review(f"b{n}", language=p, reviewed_at=day(0)) for n, p in enumerate(places)]
    # Long before, and within the gap: neither is "before the gap".
    others = [review(f"o{n}", language="en", reviewed_at=day(n)) for n in (-200, 3, 4, 5)]
    asks = [
        _ask(f"{p}{n}", *at, language=p) for p in ("en", "de") for n, at in enumerate([(None, 1), (9, 16)])
    ]
    facts = _facts(w, *before, *others, *asks, _ask("j", None, 16))
    assert {g.place: g.share for g in facts.series[0].gaps} == {"en": pytest.approx(0.2), "de": 0}


def test_the_share_of_a_gap_is_unknown_without_reviews_before_it(w: Writer) -> None:
    asks = [_ask("a", None, 1), _ask("b", 9, 16)]
    (unknown,) = _facts(w, review(reviewed_at=day(5)), *asks).series[0].gaps
    assert unknown.share is None


def test_a_gap_in_all_places_is_whole(w: Writer) -> None:
    dumps = [_ask("a", None, 1, language=None), _ask("b", 9, 16, language=None)]
    (whole,) = _facts(w, review(), *dumps).series[0].gaps
    assert (whole.place, whole.share) == ("", 1)


# --- holes in dumps --------------------------------------------------------------------------------

Holes = dict[tuple[str, str], list[int]]
_BUSY = [n for n in range(120) if n % 7 != 3]
_SLOW = range(0, 700, 15)


def _holes(w: Writer, said: Mapping[str, Iterable[int]], *asks: Record, **place: Any) -> Holes:
    """By app and place: the holes between so many days, of an app's reviews that a dump brought."""
    reviews = [
        review(f"{app}{n}", store_app_id=app, reviewed_at=day(n), **({"language": None} | place))
        for app, days in said.items()
        for n in days
    ]
    dumps = [
        coverage(f"import-{app}", source="file:generic", store_app_id=app, covered_until=day(999),
                 finished_at=day(999))
        for app in said
    ]  # fmt: skip
    facts = _facts(w, *reviews, *dumps, *asks)
    return {
        (s.app, g.place): [(g.since.date() - day(0).date()).days, (g.until.date() - day(0).date()).days]
        for s in facts.series
        for g in s.gaps
    }


def test_a_hole_of_weeks_in_a_dump_is_no_time_that_it_covers(w: Writer) -> None:
    hole = [n for n in _BUSY if not 40 <= n < 60]
    assert _holes(w, {"holed": hole, "busy": _BUSY, "slow": _SLOW}) == {("holed", ""): [40, 60]}


@pytest.mark.parametrize(
    ("days", "why"),
    [
        ([n for n in _BUSY if not 40 <= n < 53], "less than 14 days"),
        ([n for n in range(80) if n < 40 or (n >= 54 and n % 6 == 0)], "few afterwards"),
        ([*range(3), *range(60, 90)], "three days say little"),
        ([n for n in range(400) if n % 15 == 0 and not 100 < n < 190], "two reviews a month"),
        (range(40), "the end is no hole"),
        ([*range(90), *range(460, 550)], "more than a year is no hole of a dump"),
        ([n for n in range(900) if n % 6 == 0 and not 300 < n < 600], "less than every fifth day"),
    ],
)
def test_silence_that_may_be_is_no_hole(w: Writer, days: Iterable[int], why: str) -> None:
    assert _holes(w, {"app": days}) == {}, why


def test_a_burst_of_reviews_on_one_day_makes_no_busy_days(w: Writer) -> None:
    few = [review(f"f{n}-{m}", reviewed_at=day(n * 15), language=None) for n in range(30) for m in range(20)]
    facts = _facts(w, *few, coverage("import-1", source="file:generic", covered_until=day(999)))
    assert facts.series[0].gaps == []


def test_a_hole_in_one_place_is_one_of_that_place(w: Writer) -> None:
    apple = {"store": "app_store", "store_app_id": "1", "language": None}
    said = [review(f"jp{n}", country="jp", reviewed_at=day(n), **apple) for n in _BUSY]
    said += [review(f"us{n}", country="us", reviewed_at=day(n), **apple) for n in _BUSY if not 40 <= n < 60]
    speaks = {"source": "file:generic", "covered_until": day(999)}
    (series,) = _facts(w, *said, coverage("import-1", store="app_store", store_app_id="1", **speaks)).series
    assert [(g.place, g.since.date(), g.share) for g in series.gaps] == [
        ("us", day(40).date(), pytest.approx(0.5))
    ]


def test_a_hole_closes_when_the_store_was_asked_for_that_time(w: Writer) -> None:
    hole = {"app": [n for n in _BUSY if not 40 <= n < 60]}
    asked = {"store_app_id": "app", "source": "google_play"}
    assert _holes(w, hole, _ask("a", None, 30, **asked)) == {("app", ""): [40, 60]}
    assert _holes(w, hole, _ask("b", 25, 70, **asked)) == {}
    other = _ask("c", None, 30, language="en", **asked)
    assert _holes(w, hole, other) == {("app", ""): [40, 60]}


_REAL = """
insert into core.reviews by name
select 'google_play' as store, app_id as store_app_id, review_id, 'file:dump' as source, score as rating,
    "at"::timestamptz as reviewed_at, 0 as redactions, false as is_sample, now() as first_seen_at,
    now() as last_seen_at, 'import-1' as first_batch
from read_csv($file, all_varchar = true)
"""


def test_the_holes_of_a_real_dump_are_found_and_no_other_silence(w: Writer, shared: Path) -> None:
    w.con.execute(_REAL, {"file": str(shared / "reviews/covid_apps_reviews.csv.gz")})
    apps = [a for (a,) in w.con.execute("select distinct store_app_id from core.reviews").fetchall()]
    ends = {"source": "file:dump", "covered_until": datetime(2020, 10, 26, tzinfo=UTC)}
    facts = _facts(w, *[coverage("import-1", store_app_id=app, **ends) for app in apps])
    assert [(s.app, f"{g.since:%m-%d}", f"{g.until:%m-%d}") for s in facts.series for g in s.gaps] == [
        ("it.ministerodellasalute.immuni", "08-05", "08-23"),
        ("it.ministerodellasalute.immuni", "09-16", "10-16"),
        ("ru.altarix.mos.pgu", "05-18", "06-18"),
    ]


def test_another_dump_fills_a_hole(w: Writer) -> None:
    assert _holes(w, {"app": [n for n in _BUSY if not 40 <= n < 60]}) != {}
    assert _holes(w, {"app": _BUSY}) == {}


# --- the alpha -------------------------------------------------------------------------------------


def _said_by(testers: int, **wanted: object) -> list[Record]:
    return [
        feedback(f"{wanted.get('cohort')}-{wanted.get('version')}-{n}", tester=f"t{n}", app="jp.example.app",
                 text="it crashes", **wanted)
        for n in range(testers)
    ]  # fmt: skip


def _alpha(w: Writer, *records: Record) -> set[tuple[object, ...]]:
    testers = sorted({r.tester for r in records if isinstance(r, Feedback)})
    agreed = [consent(t, app="jp.example.app") for t in testers]
    facts = _facts(
        w, review(), release("2.0.0", released_at=day(9)), *records, *agreed,
        said={"it crashes": ("negative", (CRASH,))},
    )  # fmt: skip
    return set(
        zip(*(facts.alpha[c].tolist() for c in ("version", "cohort", "sentiment", "topics")), strict=True)
    )


def test_a_build_belongs_to_the_release_it_is_named_after(w: Writer) -> None:
    assert _alpha(w, *_said_by(5, version="2.0.0-alpha.1")) == {
        ("2.0.0", None, 0, 1),
        ("2.0.0", "alpha", 0, 1),
    }


def test_a_build_of_a_version_never_released_belongs_to_the_next_release(w: Writer) -> None:
    assert {v for v, *_ in _alpha(w, *_said_by(5, version="1.9.9"))} == {"2.0.0"}
    assert {v for v, *_ in _alpha(w, *_said_by(5, version=None))} == {"2.0.0"}


def test_what_was_said_after_the_release_is_no_alpha(w: Writer) -> None:
    assert _alpha(w, *_said_by(5, version="2.0.0", submitted_at=day(10))) == set()


def test_fewer_than_five_testers_are_never_broken_down(w: Writer) -> None:
    assert _alpha(w, *_said_by(4, version="2.0.0-alpha.1")) == set()


def test_a_small_cohort_counts_in_the_whole_only(w: Writer) -> None:
    two = [*_said_by(5, version="2.0.0-b", cohort="large"), *_said_by(4, version="2.0.0-b", cohort="small")]
    assert {cohort for _, cohort, *_ in _alpha(w, *two)} == {None, "large"}


def test_feedback_that_may_not_be_analysed_is_not_counted(w: Writer) -> None:
    assert _alpha(w, *_said_by(5, version="2.0.0-alpha.1", may_analyse=False)) == set()


# --- the fingerprint -------------------------------------------------------------------------------


def test_results_are_stale_when_anything_they_are_made_of_changed(w: Writer) -> None:
    _facts(w, review("r1"))
    store(w, input_fingerprint(w, "v1"), {}, NOW)
    assert is_analysed(w, input_fingerprint(w, "v1"))
    assert not is_analysed(w, input_fingerprint(w, "v2"))
    land(w.landing.folder.parent, "b2", review("r2"))
    w.load(NOW)
    assert not is_analysed(w, input_fingerprint(w, "v1"))


def test_an_audit_does_not_make_results_stale(w: Writer) -> None:
    before = input_fingerprint(w, "v1")
    add_audit(w, [_row("audit")], NOW, 7)
    assert input_fingerprint(w, "v1") == before
    assert rows(w.con, "select seed, rate from inferred.audit") == [{"seed": 7, "rate": 0.02}]


# --- writing ---------------------------------------------------------------------------------------


def _row(table: str, **wanted: object) -> object:
    values = PLAIN[table] | wanted
    fixed = {
        k: date.fromisoformat(v) if k in _DAYS and isinstance(v, str) else v
        for k, v in values.items()
        if k not in ("app", "store")
    }
    return type("Row", (), fixed)()


_SPANS = ("before_from", "before_until", "after_from", "after_until")
_DAYS = (*_SPANS, "until_on", "raised", "began", "began_low", "began_high")
_APP = {"app": "jp.example.app", "store": "google_play"}


@dataclass(frozen=True)
class _Driver:
    topic: str
    share_before: float
    share_after: float
    tone_before: float
    tone_after: float
    share_effect: float
    tone_effect: float
    total_effect: float
    low: float = -9.0
    high: float = 9.0
    n_before: int = 40
    n_after: int = 50


def _examples(w: Writer, driver: _Driver) -> list[str]:
    known = _APP | {"comparison": "release:1.0"} | {
        k: date.fromisoformat(PLAIN["drivers"][k]) for k in _SPANS
    }  # fmt: skip
    found = {"driver_comparisons": [(known, _row("driver_comparisons"))], "drivers": [(known, driver)]}
    store(w, "f1", found, NOW)
    ((examples,),) = w.con.execute("select examples from inferred.drivers").fetchall()
    return list(examples)


def _complaint(review_id: str, number: int, stars: int, text: str) -> Record:
    return review(review_id, rating=stars, text=text, reviewed_at=day(number))


def test_examples_push_in_the_direction_of_their_driver(w: Writer) -> None:
    said = dict.fromkeys(
        ("it crashes", "it crashes all the time", "no crash any more"), ("negative", (CRASH,))
    )
    _facts(
        w,
        _complaint("short", 1, 1, "it crashes"),
        _complaint("long", 2, 1, "it crashes all the time"),
        _complaint("glad", 3, 5, "no crash any more"),
        _complaint("of_before", -5, 1, "it crashes"),
        said=said,
    )
    grew = _Driver(CRASH, 0.1, 0.4, 1.5, 1.2, -0.4, -0.1, -0.5)
    assert _examples(w, grew) == ["long", "short"]
    shrank = _Driver(CRASH, 0.4, 0.0, 1.2, 1.2, 0.5, 0.0, 0.5)
    assert _examples(w, shrank) == ["of_before"]


def test_reviews_without_a_topic_exemplify_the_driver_of_that_name(w: Writer) -> None:
    _facts(w, _complaint("bad", 1, 1, "hm"), _complaint("crash", 1, 1, "it crashes"),
           said={"it crashes": ("negative", (CRASH,))})  # fmt: skip
    assert _examples(w, _Driver("none", 0.5, 0.5, 4.0, 2.0, 0.0, -1.0, -1.0)) == ["bad"]


def test_an_alarm_keeps_when_it_was_first_told(w: Writer) -> None:
    alarm = [(_APP, _row("alarms"))]
    for at, told in (("f1", NOW), ("f2", NOW + timedelta(days=3))):
        store(w, at, {"alarms": alarm}, told)
    assert rows(w.con, "select first_told_at, withdrawn from inferred.alarms") == [
        {"first_told_at": NOW, "withdrawn": None}
    ]


def test_an_alarm_that_is_not_found_any_more_stays_withdrawn_in_the_archive(w: Writer) -> None:
    store(w, "f1", {"alarms": [(_APP, _row("alarms"))]}, NOW)
    for days in (3, 5):
        store(w, f"f{days}", {}, NOW + timedelta(days=days))
    assert rows(w.con, "select withdrawn, why, ended from inferred.alarms") == [
        {"withdrawn": (NOW + timedelta(days=3)).date(), "why": "recounted", "ended": None}
    ]


_HOUSE = {"app": "jp.example.app", "store": "google_play", "until_on": date(2026, 3, 8)}


def _said(verdict: str, measure: str = "mean_stars", **wanted: object) -> Found:
    row = _row("verdict_history")
    for name, value in {"verdict": verdict, "measure": measure, **wanted}.items():
        setattr(row, name, value)
    return _HOUSE, row


def _history(w: Writer) -> list[tuple[object, ...]]:
    found = rows(w.con, "select * from inferred.verdict_history order by said_at, measure")
    return [((r["said_at"] - NOW).days, r["measure"], r["verdict_before"], r["verdict"]) for r in found]


def test_what_is_said_otherwise_than_before_is_added_to_the_history_and_nothing_changes(w: Writer) -> None:
    _facts(w, review("r1"))
    for days, verdict in enumerate(("too_few", "no_clear_change", "worse", "worse", "no_clear_change")):
        store(w, f"f{days}", {"verdict_history": [_said(verdict)]}, NOW + timedelta(days=days))
    assert _history(w) == [
        (1, "mean_stars", None, "no_clear_change"),
        (2, "mean_stars", "no_clear_change", "worse"),
        (4, "mean_stars", "worse", "no_clear_change"),
    ]


def test_a_topic_is_kept_from_its_first_clear_verdict_on(w: Writer) -> None:
    _facts(w, review("r1"))
    for days, verdict in enumerate(("no_clear_change", "worse", "no_clear_change")):
        store(w, f"f{days}", {"verdict_history": [_said(verdict, "topic:crash")]}, NOW + timedelta(days=days))
    assert _history(w) == [
        (1, "topic:crash", None, "worse"), (2, "topic:crash", "worse", "no_clear_change"),
    ]  # fmt: skip


def test_a_release_that_is_judged_no_more_is_said_to_be_gone_once(w: Writer) -> None:
    _facts(w, review("r1"))
    said = [[_said("worse"), _said("worse", "watch")], [_said("worse", "watch")], []]
    for days, found in enumerate([*said, []]):
        store(w, f"f{days}", {"verdict_history": found}, NOW + timedelta(days=days))
    assert _history(w)[2:] == [(1, "mean_stars", "worse", "gone"), (2, "watch", "worse", "gone")]


def test_what_was_said_of_an_app_that_is_gone_goes_with_it(w: Writer) -> None:
    _facts(w, review("r1"))
    store(w, "f1", {"verdict_history": [_said("worse")]}, NOW)
    w.con.execute("delete from core.app_stores")
    store(w, "f2", {}, NOW + timedelta(days=1))
    assert _history(w) == []


def test_reviews_that_name_a_release_are_counted_by_it(w: Writer) -> None:
    named = [
        review(f"r{n}", version=v, rating=s) for n, (v, s) in enumerate([("1.0", 1), ("1.0", 1), ("2.0", 5)])
    ]
    facts = _facts(
        w, *named, review("r8", version="3.0"), review("r9", version=None), release("1.0"), release("2.0")
    )
    (series,) = facts.series
    assert series.versions == ["1.0", "2.0"]
    counted = [facts.versions[c].tolist() for c in ("version", "stars", "n")]
    assert counted == [[0, 1], [1, 5], [2, 1]]


def test_an_analysis_replaces_the_one_before(w: Writer) -> None:
    point = _row("tradeoffs", period_start=date(2026, 3, 1))
    store(w, "f1", {"tradeoffs": [(_APP, point)]}, NOW)
    store(w, "f2", {}, NOW)
    assert rows(w.con, "from inferred.tradeoffs") == []
    assert is_analysed(w, "f2")


def test_a_result_that_does_not_fit_leaves_the_last_analysis(w: Writer) -> None:
    good = _row("tradeoffs", period_start=date(2026, 3, 1))
    store(w, "f1", {"tradeoffs": [(_APP, good)]}, NOW)
    bad = _row("tradeoffs", period_start=date(2026, 3, 1), lens=None)
    with pytest.raises(Exception, match="NOT NULL"):
        store(w, "f2", {"tradeoffs": [(_APP, bad)]}, NOW)
    assert is_analysed(w, "f1")
    assert len(rows(w.con, "from inferred.tradeoffs")) == 1
