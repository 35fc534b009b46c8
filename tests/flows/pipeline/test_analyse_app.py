"""The stage `analyse`: what is done, what is skipped, and the rows of one app."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flows import processes
from flows.config.apps import Topic, read_topics
from flows.config.events import Event
from flows.config.load import Config
from flows.config.settings import AnalysisChoice
from flows.errors import ConfigError
from flows.pipeline import analyse
from flows.pipeline.analyse import analyse_now, find, version
from flows.pipeline.analyse_app import AppFacts, Rows, analyse_app, stars_of
from flows.pipeline.analyse_changes import unwatched
from models.ratings.counts import ReviewCounts, Span
from models.text.scorers import ModelChoice
from tests.builders import coverage, day, release, review
from tests.conftest import CHECKOUT
from tests.warehouse.house import NOW, classify, land, rows
from warehouse.analysis import Gap, Series, read_facts
from warehouse.records import Record
from warehouse.schema import build, check, fingerprint
from warehouse.shown_scores import ShownScore
from warehouse.writes import TopicRow, Writer, writer

TOPICS, LENSES = ("crash", "usability"), ("reliability", "user_experience")
DAY0 = date(2026, 1, 1)
CHOICE = AnalysisChoice()


def _counts(*reviews: tuple[int, int, int], store: str = "google_play") -> ReviewCounts:
    """ReviewCounts of (day since DAY0, stars, how many); poor ones speak of crashes."""
    first = (DAY0 - date(1970, 1, 1)).days
    days, stars, n = (np.array(column) for column in zip(*sorted(reviews), strict=True))
    return ReviewCounts(
        "app", store, (days + first).astype(np.int32), stars.astype(np.int8),
        np.where(stars <= 2, 0, 2).astype(np.int8), np.where(stars <= 2, 1, 0).astype(np.uint32),
        n.astype(np.int64),
    )  # fmt: skip


def _at(number: int) -> datetime:
    return datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=number)


def _facts(counts: ReviewCounts, end: int, *releases: tuple[str, int], **wanted: Any) -> AppFacts:
    configured_events = wanted.pop("configured_events", ())
    series = Series(counts.app, counts.store, _at(end), [(v, _at(n), "store") for v, n in releases], **wanted)
    return AppFacts(series, counts, (), TOPICS, LENSES, configured_events)


def _steady(days: range, poor: int, good: int) -> list[tuple[int, int, int]]:
    return [(d, stars, n) for d in days for stars, n in ((1, poor), (5, good)) if n]


def _said(found: Rows, table: str, *columns: str) -> list[tuple[object, ...]]:
    return [
        tuple(known[c] if c in known else getattr(row, c) for c in columns) for known, row in found[table]
    ]


@pytest.fixture(scope="module")
def fallen() -> Rows:
    """Sixty good days, then release 2.0 and forty bad ones."""
    counts = _counts(*_steady(range(60), 1, 9), *_steady(range(60, 100), 8, 2))
    return analyse_app(_facts(counts, 99, ("1.0", 0), ("2.0", 60)), CHOICE)


# --- one app ---------------------------------------------------------------------------------------


def test_ratings_that_are_none_are_left_to_the_checks() -> None:
    """Damaged tables: the checks, which come after, say what is wrong and what to do."""
    counts = _counts((0, 1, 2), (0, 9, 1), (1, 5, 3), (1, 9, 4))
    facts = _facts(counts, 1, ("1.0", 0), versions=("1.0",))
    versions = {"version": [0, 0, 0], "day": counts.day[[0, 2, 3]], "stars": [1, 5, 9], "n": [2, 3, 4]}
    found = stars_of(replace(facts, versions={name: np.array(v) for name, v in versions.items()}))
    expected = [[2, 0, 0, 0, 0], [0, 0, 0, 0, 3]]
    assert found.by_version["1.0"].tolist() == found.all.tolist() == expected


def test_a_fall_is_an_alarm_and_the_release_is_watched_by_date(fallen: Rows) -> None:
    began = DAY0 + timedelta(days=60)
    alarms = _said(fallen, "alarms", "measure", "topic", "app", "kind", "began", "withdrawn")
    assert {alarm[:2] for alarm in alarms} == {
        ("mean_stars", "all"),
        ("share_negative", "all"),
        ("share_complaints", "crash"),
    }
    assert {alarm[2:] for alarm in alarms} == {("app", "worse", began, None)}
    looks = _said(
        fallen, "release_watch", "release_version", "day", "verdict", "rests_on", "share_versionless"
    )
    assert [x[1] for x in looks if x[0] == "2.0"] == [began + timedelta(days=n) for n in range(28)]
    assert looks[-1][2:] == ("worse", "date", 1.0)


def test_reviews_that_name_a_release_are_compared_with_those_of_the_last() -> None:
    counts = _counts(*_steady(range(60), 1, 9), *_steady(range(60, 100), 8, 2))
    facts = _facts(counts, 99, ("1.0", 0), ("2.0", 60), versions=["1.0", "2.0"])
    named = {
        "version": np.where(counts.day - counts.day[0] < 60, 0, 1), "day": counts.day, "stars": counts.stars,
        "n": counts.n,
    }  # fmt: skip
    found = analyse_app(replace(facts, versions=named), CHOICE)
    last = _said(
        found, "release_watch", "release_version", "last_versions", "verdict", "rests_on", "n_version"
    )[-1]
    assert last == ("2.0", ("1.0",), "worse", "both", 280)


def test_the_days_of_a_hole_raise_no_alarm() -> None:
    counts = _counts(*_steady(range(60), 1, 9), *_steady(range(60, 66), 8, 0), *_steady(range(66, 100), 1, 9))
    gap = Gap(_at(60), _at(65), "", 1.0)
    assert _said(analyse_app(_facts(counts, 99, ("2.0", 60)), CHOICE), "alarms", "kind")
    holed = analyse_app(_facts(counts, 99, ("2.0", 60), gaps=[gap]), CHOICE)
    assert _said(holed, "alarms", "kind") == []
    assert {v for (v,) in _said(holed, "release_watch", "verdict")} <= {"no_clear_change", "too_few"}


def test_the_changes_of_an_apps_reviews_are_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def again(_: ReviewCounts) -> None:
        pytest.fail("the releases had the changes worked out a second time")

    monkeypatch.setattr("models.ratings.verdicts.review_changes", again)
    counts = _counts(*_steady(range(60), 1, 9), *_steady(range(60, 100), 8, 2))
    found = analyse_app(_facts(counts, 99, ("2.0", 60)), CHOICE)
    assert found["release_impact"]
    assert found["change_points"]


def test_the_fall_is_the_releases_of_that_day_and_what_is_said_is_remembered(fallen: Rows) -> None:
    assert _said(fallen, "change_points", "series", "owner_kind", "owner") == [("B", "release", "2.0")]
    said = _said(fallen, "verdict_history", "release_version", "measure", "verdict", "until_on")
    assert ("2.0", "mean_stars", "worse", DAY0 + timedelta(days=99)) in said
    assert ("2.0", "watch", "worse", DAY0 + timedelta(days=99)) in said


def test_a_hole_is_no_change_and_a_change_across_it_says_so() -> None:
    """A country that is missing for three weeks and gave the good stars makes neither change nor verdict."""
    days = [*_steady(range(60), 2, 8), *_steady(range(60, 81), 2, 0), *_steady(range(81, 140), 2, 8)]
    releases = (("2.0", 60), ("2.1", 81))
    seen = analyse_app(_facts(_counts(*days), 139, *releases), CHOICE)
    assert _said(seen, "change_points", "series")
    gap = Gap(_at(60), _at(80), "country:de", 0.8)
    holed = analyse_app(_facts(_counts(*days), 139, *releases, gaps=[gap]), CHOICE)
    assert _said(holed, "change_points", "series") == _said(holed, "alarms", "kind") == []
    assert {v for (v,) in _said(holed, "release_impact", "verdict")} <= {"no_clear_change", "too_few"}
    fell = [*_steady(range(60), 1, 9), *_steady(range(81, 140), 6, 4)]
    gap = Gap(_at(60), _at(80), "", 1.0)
    across = analyse_app(_facts(_counts(*fell), 139, ("2.0", 70), gaps=[gap]), CHOICE)
    first, last = DAY0 + timedelta(days=60), DAY0 + timedelta(days=80)
    ((low_on, *hole, owner),) = _said(across, "change_points", "low_on", "hole_from", "hole_until", "owner")
    assert (low_on, hole, owner) == (first, [first, last], None)
    assert not {v for (v,) in _said(across, "release_impact", "verdict")} & {"better", "worse"}


def test_a_score_that_its_store_weighed_anew_is_the_stores_move() -> None:
    shots = [ShownScore(_at(n), score, 100_000 + n, None) for n, score in enumerate([3.1] * 5 + [3.9] * 5)]
    found = analyse_app(_facts(_counts(*_steady(range(10), 1, 1)), 9, scores=shots), CHOICE)
    assert _said(found, "change_points", "series", "owner_kind") == [("A", "reweighted")]


def test_a_release_that_made_things_worse_is_said_to(fallen: Rows) -> None:
    verdicts = {
        (v, m): said
        for v, m, said in _said(fallen, "release_impact", "release_version", "measure", "verdict")
    }
    assert verdicts["2.0", "mean_stars"] == verdicts["2.0", "topic:crash"] == "worse"
    assert verdicts["1.0", "mean_stars"] == "too_few"


def test_the_change_is_found_and_the_release_of_that_day_is_near_it(fallen: Rows) -> None:
    changes = _said(
        fallen, "change_points", "series", "changed_on", "nearest_release", "release_distance_days"
    )
    assert changes == [("B", DAY0 + timedelta(days=60), "2.0", 0)]


def test_drivers_are_told_of_the_last_days_of_releases_with_a_verdict_and_of_changes(fallen: Rows) -> None:
    changed_on = DAY0 + timedelta(days=60)
    named = _said(fallen, "driver_comparisons", "comparison", "kind", "release_version", "changed_on")
    assert named == [
        ("last_30d", "latest", None, None), ("release:2.0", "release", "2.0", None),
        (f"change:{changed_on}", "change", None, changed_on),
    ]  # fmt: skip
    names = [name for name, *_ in named]
    assert len(fallen["drivers"]) == len(names) * (len(TOPICS) + 1)


def test_the_drivers_of_a_change_compare_the_levels_of_the_change_point(fallen: Rows) -> None:
    ((size,),) = _said(fallen, "change_points", "size")
    changes = dict(_said(fallen, "driver_comparisons", "comparison", "change"))
    assert changes[f"change:{DAY0 + timedelta(days=60)}"] == pytest.approx(size, abs=1e-12)


def test_crashes_are_to_be_fixed_first(fallen: Rows) -> None:
    assert _said(fallen, "fix_first", "topic", "rank", "verdict")[0] == ("crash", 1, "gain")


def test_series_d_is_made_of_the_app_store_only() -> None:
    shown = [ShownScore(_at(n), 3.0 + n / 100, 1_000 + 400 * n, None) for n in range(30)]
    counts = _steady(range(30), 1, 4)
    apple = analyse_app(_facts(_counts(*counts, store="app_store"), 29, scores=shown), CHOICE)
    google = analyse_app(_facts(_counts(*counts), 29, scores=shown), CHOICE)
    assert {s for (s,) in _said(apple, "rating_series", "series")} == {"A", "B", "D"}
    assert {s for (s,) in _said(google, "rating_series", "series")} == {"A", "B"}


def test_what_events_toml_tells_is_an_event_and_a_confounder() -> None:
    points = Event(app="app", store=None, kind="campaign", at=_at(58), until=_at(70), label="points campaign")
    counts = _counts(*_steady(range(60), 1, 9), *_steady(range(60, 100), 8, 2))
    found = analyse_app(_facts(counts, 99, ("2.0", 60), configured_events=(points,)), CHOICE)
    assert ("campaign", "points campaign", "events.toml") in _said(
        found, "series_events", "kind", "label", "source"
    )
    told = _said(found, "release_impact", "confounding_events")
    assert [[(e["kind"], e["label"]) for e in events] for (events,) in told] == [  # type: ignore[attr-defined]
        [("campaign", "points campaign")]
    ] * len(told)


def test_a_gap_in_coverage_is_an_event() -> None:
    counts = _counts(*_steady(range(40), 1, 4))
    found = analyse_app(_facts(counts, 39, gaps=[Gap(_at(10), _at(20), "ja")]), CHOICE)
    assert _said(found, "series_events", "happened_at", "until", "kind", "source", "place") == [
        (_at(10), _at(20), "coverage_gap", "detected", "ja")
    ]


def test_days_that_were_not_collected_are_not_judged() -> None:
    counts = _counts(*_steady(range(100), 1, 9))
    gap = [Gap(_at(90), _at(93), "", 1.0)]
    judged = {d for (d,) in _said(analyse_app(_facts(counts, 99, gaps=gap), CHOICE), "anomalies", "day")}
    missing = {DAY0 + timedelta(days=n) for n in range(90, 94)}
    assert missing.isdisjoint(judged)
    assert judged | missing == {DAY0 + timedelta(days=n) for n in range(72, 100)}


def test_a_place_counts_as_missing_by_its_share_of_reviews() -> None:
    few, more = Gap(_at(10), _at(12), "en", 0.06), Gap(_at(11), _at(11), "fr", 0.05)
    assert unwatched([few]) == []
    assert unwatched([few, more]) == [Span(DAY0 + timedelta(days=11), DAY0 + timedelta(days=11))]
    assert unwatched([few, few]) == []
    assert len(unwatched([replace(few, share=None)])) == len(unwatched([replace(few, share=0.1)])) == 3


def test_a_gap_until_midnight_ends_with_the_day_before() -> None:
    """As a hole in a dump does, which ends where the first review after it begins its day."""
    first, until = (datetime.combine(DAY0 + timedelta(days=n), datetime.min.time(), UTC) for n in (5, 8))
    assert [d.last for d in unwatched([Gap(first, until, "", 1.0)])][-1] == DAY0 + timedelta(days=7)
    assert [d.last for d in unwatched([Gap(first, _at(8), "", 1.0)])][-1] == DAY0 + timedelta(days=8)


def test_a_store_that_weighs_anew_every_night_is_said_once_and_is_no_confounder() -> None:
    shown = [ShownScore(_at(n), 3.000123 + n / 50, 10_000 + n, None) for n in range(20)]
    counts = _counts(*_steady(range(10), 1, 9), *_steady(range(10, 20), 8, 2))
    found = analyse_app(_facts(counts, 19, ("2.0", 10), scores=shown), CHOICE)
    events = _said(found, "series_events", "kind", "steps_beyond", "steps", "happened_at", "until")
    assert [e for e in events if e[0] != "release"] == [("reweights_often", 19, 19, _at(0), _at(19))]
    assert all(told == [] for (told,) in _said(found, "release_impact", "confounding_events"))


def test_an_app_without_reviews_has_its_scores_and_nothing_else() -> None:
    empty = _counts((0, 5, 1)).between(0, 0)
    found = analyse_app(_facts(empty, 0, ("1.0", 0), scores=[ShownScore(_at(0), 3.5, 10, None)]), CHOICE)
    assert {table for table, told in found.items() if told} == {"rating_series", "series_events"}


def test_the_same_facts_give_the_same_rows(fallen: Rows) -> None:
    counts = _counts(*_steady(range(60), 1, 9), *_steady(range(60, 100), 8, 2))
    again = analyse_app(_facts(counts, 99, ("1.0", 0), ("2.0", 60)), CHOICE)
    assert again == fallen


# --- the stage -------------------------------------------------------------------------------------


def _name_topics(w: Writer, topics: tuple[Topic, ...]) -> None:
    fields = ("topic", "label_en", "label_ja", "lens", "owner")
    named = enumerate((t.key, t.label_en, t.label_ja, t.lens, t.owner) for t in topics)
    w.set_topics([TopicRow(position=n, **dict(zip(fields, t, strict=True))) for n, t in named])


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A data folder with an app that was reviewed for seventy days."""
    data = tmp_path / "data"
    reviews = [
        review(
            f"r{n}-{k}",
            rating=5 if n < 40 else 1,
            text="fine" if n < 40 else "it crashes",
            reviewed_at=day(n),
            seen_at=day(n),
        )
        for n in range(70)
        for k in range(3)
    ]
    land(data, "b1", *reviews, release("2.0", released_at=day(40)))
    topics = read_topics(CHECKOUT / "config" / "topics.toml")
    with writer(data) as w:
        w.load(NOW)
        _name_topics(w, topics)
        classify(w, {"it crashes": ("negative", ("crash",)), "fine": ("positive", ())})
    return Config(data=data, apps=(), topics=topics, model=ModelChoice())


def test_an_analysis_is_done_once(config: Config) -> None:
    assert analyse_now(config)
    assert not analyse_now(config)


def test_new_settings_and_new_events_make_the_analysis_due(config: Config) -> None:
    stricter = config.model_copy(update={"analysis": AnalysisChoice(false_alarm_rate=0.001)})
    event = Event(app="jp.example.app", store=None, kind="other", at=day(1), until=None, label="x")
    assert (
        len({version(config), version(stricter), version(config.model_copy(update={"events": (event,)}))})
        == 3
    )
    assert analyse_now(config)
    assert analyse_now(stricter)


def test_new_results_are_published(config: Config) -> None:
    with writer(config.data) as w:
        before = fingerprint(w.con)
    analyse_now(config)
    with writer(config.data) as w:
        assert fingerprint(w.con) != before


def test_results_reach_the_marts_and_pass_every_check(config: Config) -> None:
    analyse_now(config)
    with writer(config.data) as w:
        build(w.con)
        assert check(w.con) == []
        (impact,) = rows(w.con, "select verdict from release_impact where measure = 'mean_stars'")
        (crash,) = rows(w.con, "from drivers where comparison = 'release:2.0' and topic = 'crash'")
    assert impact["verdict"] == "worse"
    assert crash["total_effect"] < 0
    assert len(crash["examples"]) == 5


def test_two_analyses_of_the_same_data_are_the_same(config: Config) -> None:
    tables: list[dict[str, list[dict[str, Any]]]] = []
    for _ in range(2):
        analyse_now(config)
        with writer(config.data) as w:
            names = ("rating_series", "change_points", "release_impact", "drivers", "fix_first", "anomalies")
            tables.append({n: rows(w.con, f"from inferred.{n} order by all") for n in names})
            w.con.execute("delete from inferred.analysis; delete from inferred.analysed")
    assert tables[0] == tables[1]
    assert all(tables[0].values())


def test_an_event_of_an_app_that_nobody_knows_stops_the_stage(config: Config) -> None:
    event = Event(app="jp.example.ap", store=None, kind="other", at=day(1), until=None, label="x")
    with pytest.raises(ConfigError, match=r"'jp\.example\.ap' is not known; did you mean"):
        analyse_now(config.model_copy(update={"events": (event,)}))


@pytest.mark.parametrize(("others", "watched"), [(1, True), (9, False)])
def test_one_place_that_fails_for_forty_days_silences_no_more_than_itself(
    tmp_path: Path, others: int, watched: bool
) -> None:
    """Some ten Japanese reviews a day, `others` English ones until those fail; crashes on the last day."""
    data, place = tmp_path / "data", {"store_app_id": "jp.example.app"}

    def said(number: int, language: str, count: int, text: str = "fine") -> list[Record]:
        at = {"reviewed_at": day(number), "seen_at": day(number), "language": language}
        stars = 5 if text == "fine" else 1
        return [review(f"{language}{number}-{text}-{k}", rating=stars, text=text, **at) for k in range(count)]

    def asked(batch: str, language: str, since: int | None, until: int, **ended: Any) -> Record:
        at = {"started_at": day(until), "finished_at": day(until), "covered_until": day(until)}
        since_day = None if since is None else day(since)
        return coverage(batch, **place, language=language, asked_since=since_day, **(at | ended))

    failed = {"outcome": "failed", "reason": "blocked", "covered_until": None}
    records = [r for n in range(120) for r in said(n, "ja", 9 + n % 3)]
    records += [r for n in range(80) for r in said(n, "en", others)]
    records += said(119, "ja", 40, "it crashes")
    asks = [asked("b0", "ja", None, 121), asked("b0", "en", None, 80)]
    land(data, "b0", *records, *asks)
    land(data, "b1", asked("b1", "en", 80, 121, **failed))
    config = Config(
        data=data, apps=(), topics=read_topics(CHECKOUT / "config" / "topics.toml"), model=ModelChoice()
    )
    with writer(data) as w:
        w.load(NOW)
        _name_topics(w, config.topics)
        classify(w, {"it crashes": ("negative", ("crash",)), "fine": ("positive", ())})
    analyse_now(config)
    with writer(data) as w:
        alarms = rows(w.con, "select distinct day from inferred.anomalies where is_alarm")
        (gap,) = rows(w.con, "select place from inferred.series_events where kind = 'coverage_gap'")
    assert gap["place"] == "en"
    assert alarms == ([{"day": day(119).date()}] if watched else [])


class _Helper:
    """A pool of processes that is this one; what helpers are given and give is pickled as for them."""

    parts = 0

    def __init__(self, *_given: object, initargs: tuple[Callable[[object], object]], **_more: object) -> None:
        self._work = initargs[0]

    def __enter__(self) -> _Helper:
        return self

    def __exit__(self, *_given: object) -> None:
        pass

    def submit(self, _helper: object, part: object) -> Future[object]:
        type(self).parts += 1
        work, here = pickle.loads(pickle.dumps((self._work, part)))  # noqa: S301
        future = Future[object]()
        future.set_result(pickle.loads(pickle.dumps(work(here))))  # noqa: S301
        return future


def test_helpers_find_what_one_process_finds_alone(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writer(tmp_path) as w:
        nothing = read_facts(w, "of nothing")
    made = [
        _counts(*_steady(range(120), 2, 5 + number), *_steady(range(120, 130), 9, 5), store=store)
        for number, store in enumerate(("app_store", "google_play", "google_play"))
    ]
    columns = {
        name: np.concatenate([getattr(counts, name) for counts in made])
        for name in ("day", "stars", "sentiment", "topics", "n")
    }
    numbers = np.repeat(np.arange(3, dtype=np.int32), [len(counts.day) for counts in made])
    series = [
        Series(f"app{n}", counts.store, _at(130), [("2.0", _at(120), "store")])
        for n, counts in enumerate(made)
    ]
    facts = replace(
        nothing, topics=tuple(zip(TOPICS, LENSES, strict=True)), series=tuple(series), numbers=(0, 1, 2),
        counts=columns | {"series": numbers},
    )  # fmt: skip
    alone = find(facts, config)
    monkeypatch.setattr(analyse, "_TOGETHER", 1)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1})
    monkeypatch.setattr(processes, "ProcessPoolExecutor", _Helper)
    assert find(facts, config) == alone
    assert _Helper.parts == 3 and len(alone["release_impact"]) and len(alone["anomalies"])
