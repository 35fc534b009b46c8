"""Sentences that claim no more than they know: alarms, owners of changes, drivers, languages, orders."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from dashboard import i18n as text
from dashboard.components import alarms, drivers, languages
from dashboard.components.headlines import displayed_sentences, moved
from dashboard.rows import Worded
from dashboard.rows.analysis import (
    ChangePoint,
    Comparison,
    Driver,
    LanguageQuality,
    LensMonth,
    ReleaseImpact,
    ReleaseLook,
    SeriesEvent,
    StarAlarm,
    TopicPeriod,
    VerdictSaid,
)
from dashboard.rows.collection import AppInStore
from dashboard.rows.reviews import DisplayedScore
from dashboard.views.lenses import page as lenses
from dashboard.views.overview import page as overview
from dashboard.views.rating import findings
from dashboard.views.releases import page as releases
from dashboard.views.releases import verdicts, watch
from dashboard.views.topics import charts as topic_charts
from tests.dashboard.conftest import Screen, words
from tests.dashboard.rows import row

EN = text.of("en")
LANGUAGES = pytest.mark.parametrize("lang", text.LANGUAGES)
ON = date(2026, 3, 5)
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


# --- no clear change ---------------------------------------------------------------------------------


def _impact(**wanted: Any) -> ReleaseImpact:
    plain = {
        "store": "google_play", "release_version": "2.0", "released_at": AT, "measure": "mean_stars",
        "effect": -0.4, "low": -0.7, "high": -0.1, "verdict": "no_clear_change",
    }  # fmt: skip
    return row(ReleaseImpact, **plain | wanted)


@LANGUAGES
def test_no_clear_change_says_which_of_its_meanings_it_has(lang: str) -> None:
    t = text.of(lang)
    explained = {"why": "explained", "moved_on": ON}
    rows = [
        _impact(why="spans_zero"), _impact(why="not_beyond_usual"), _impact(why="hole"),
        _impact(**explained, explained_by="1.9"), _impact(**explained),
    ]  # fmt: skip
    said = [verdicts.sentence(t, r, with_store=False) for r in rows]
    assert len(set(said)) == len(rows)
    assert "1.9" in said[3]
    assert all(t.day(ON) in s for s in said[3:])
    # An older publication does not say, and so does the page.
    plain = verdicts.sentence(t, _impact(), with_store=False)
    assert all(s.startswith(plain.rstrip("。.")) for s in said)
    made = verdicts.matrix(t, rows[:1], {}, with_store=False)
    assert t("verdict.why_spans_zero") in made


# --- drivers ----------------------------------------------------------------------------------------


def _change(change: float, low: float, high: float) -> Comparison:
    return row(
        Comparison, change=change, low=low, high=high, mean_before=3.5, mean_after=3.5 + change
    )  # fmt: skip


def _driver(topic: str, effect: float) -> Worded[Driver]:
    ends = {"low": effect - 0.01, "high": effect + 0.01}
    return Worded(row(Driver, topic=topic, total_effect=effect, **ends), topic.upper())


@LANGUAGES
def test_what_explains_a_hundredth_of_nothing_is_not_named(lang: str) -> None:
    t = text.of(lang)
    flat = drivers.finding(t, _change(0.004, -0.2, 0.2), [_driver("login", 0.03), _driver("ads", 0.02)])
    assert "LOGIN" not in flat
    clear = drivers.finding(t, _change(-0.8, -1.0, -0.6), [_driver("login", -0.5), _driver("ads", -0.03)])
    assert "LOGIN" in clear
    assert "ADS" not in clear


@LANGUAGES
def test_where_most_lies_in_reviews_without_a_topic_no_topic_explains_it(lang: str) -> None:
    t = text.of(lang)
    rows = [_driver("none", -0.5), _driver("login", -0.2)]
    said = drivers.finding(t, _change(-0.8, -1.0, -0.6), rows)
    assert said.index(t.signed(-0.5)) < said.index("LOGIN")
    assert [r.row.topic for r in drivers.named(_change(-0.8, -1.0, -0.6), rows)] == ["none", "login"]
    alone = drivers.finding(t, _change(-0.8, -1.0, -0.6), [rows[0], _driver("login", -0.05)])
    assert "LOGIN" not in alone
    assert "NONE" not in alone
    assert t.signed(-0.5) in alone
    less = [_driver("login", -0.4), _driver("none", -0.3)]
    assert [r.row.topic for r in drivers.named(_change(-0.8, -1.0, -0.6), less)] == ["login", "none"]


# --- languages --------------------------------------------------------------------------------------


def _read(language: str | None, sentiment: str, topics: str, n: int) -> list[LanguageQuality]:
    told = {"language": language, "n": n}
    return [
        row(LanguageQuality, task="sentiment", status=sentiment, **told),
        row(LanguageQuality, task="topics", status=topics, **told),
    ]


@LANGUAGES
def test_languages_that_were_not_measured_carry_their_warning(lang: str) -> None:
    t = text.of(lang)
    french = _read("fr", "not_measured", "not_measured", 60)
    german = _read("de", "measured", "no_better_than_tfidf", 39)
    english = _read("en", "measured", "measured", 1)
    said = languages.cautions(t, [*french, *german, *english])
    assert len(said) == 2
    assert t.language_name("fr") in said[0]
    assert "60%" in said[0]
    assert t.language_name("de") in said[1]
    assert languages.cautions(t, [*french, *german], topics=False) == [
        languages.cautions(t, [*french, *german])[0]
    ]
    assert languages.cautions(t, english) == languages.cautions(t, []) == []
    assert t("languages.unknown") in languages.cautions(t, _read(None, "not_measured", "not_measured", 9))[0]


# --- trade-offs -------------------------------------------------------------------------------------


def _month(lens: str, month: int, mean: float, n: int = 60) -> Worded[LensMonth]:
    told = {"mean_stars": mean, "low": mean - 0.2, "high": mean + 0.2, "n": n, "lens": lens}
    return Worded(row(LensMonth, store="google_play", period_start=date(2026, month, 1), **told), lens)


@LANGUAGES
def test_lenses_are_compared_within_one_month_and_it_is_named(lang: str) -> None:
    t = text.of(lang)
    rows = [
        _month("trust", 1, 4.0), _month("service", 1, 2.0), _month("trust", 2, 3.0),
        _month("service", 2, 4.5, n=5), _month("reliability", 1, 3.0),
    ]  # fmt: skip
    said = lenses.finding(t, {"google_play": rows})[0]
    assert t.month(date(2026, 1, 1)) in said
    assert "4.00" in said
    assert "3.00" not in said
    level = lenses.finding(t, {"google_play": [_month("trust", 1, 3.1), _month("service", 1, 3.0)]})[0]
    assert level == t(
        "lenses.level", store=t.store("google_play"), month=t.month(date(2026, 1, 1)), best="trust",
        best_mean="3.10", worst="service", worst_mean="3.00",
    )  # fmt: skip


# --- displayed scores -------------------------------------------------------------------------------


def _scores(*scores: float) -> list[DisplayedScore]:
    return [
        row(DisplayedScore, store="google_play", displayed_score=s, observed_at=AT + timedelta(days=30 * n))
        for n, s in enumerate(scores)
    ]


def _anew(start: int, before: float, after: float, store: str = "google_play") -> SeriesEvent:
    at = AT + timedelta(days=30 * start)
    return row(
        SeriesEvent, store=store, kind="reweighted", happened_at=at, until=at + timedelta(days=30),
        value_before=before, value_after=after,
    )  # fmt: skip


@LANGUAGES
def test_a_score_that_its_store_weighed_anew_is_not_called_a_rise(lang: str) -> None:
    t = text.of(lang)
    scores = _scores(3.1, 3.1, 3.9)
    (risen,) = displayed_sentences(t, scores)
    (weighed,) = displayed_sentences(t, scores, [_anew(1, 3.1, 3.9)])
    assert weighed != risen
    assert weighed == t(
        "finding.displayed_reweighted", store=t.store("google_play"), first="3.1", last="3.9",
        first_day=t.day(AT), last_day=t.day(AT + timedelta(days=60)),
    )  # fmt: skip
    (partly,) = displayed_sentences(t, _scores(3.1, 3.5, 3.9), [_anew(1, 3.5, 3.9)])
    assert partly.startswith(risen)
    assert t.signed(0.4, 1) in partly[len(risen) :]
    assert displayed_sentences(t, scores, [_anew(1, 3.1, 3.9, "app_store")]) == [risen]
    assert displayed_sentences(t, scores, [_anew(1, 3.3, 3.1)]) == [risen]


@LANGUAGES
def test_a_change_of_level_by_the_store_is_no_rise_either_and_leads_no_page(lang: str) -> None:
    t = text.of(lang)
    ends = {"low_on": ON, "high_on": ON, "changed_on": ON, "store": "google_play"}
    store_made = row(
        ChangePoint, series="A", size=0.9, value_before=3.0, value_after=3.9, due_to_kind="reweighted", **ends
    )
    fell = row(ChangePoint, series="B", size=-0.3, value_before=3.3, value_after=3.0, **ends)
    assert findings.change_sentence(t, store_made) != moved(t, "A", "google_play", ON, 3.0, 3.9)
    assert findings.change_sentence(t, fell) in findings.changes_headline(t, [store_made, fell])


# --- whose change it is -----------------------------------------------------------------------------


@LANGUAGES
def test_a_change_names_its_owner_with_its_chance_or_that_nobody_can_tell(lang: str) -> None:
    t = text.of(lang)
    ends = {"series": "B", "changed_on": ON, "low_on": ON, "high_on": ON}
    owned = row(ChangePoint, due_to_kind="release", due_to="2.0", due_to_chance=0.77, **ends)
    assert "2.0" in findings.due_to(t, owned)
    assert "77%" in findings.due_to(t, owned)
    sure = row(ChangePoint, due_to_kind="release", due_to="2.0", due_to_chance=1.0, **ends)
    assert "99%" in findings.due_to(t, sure)
    nobody = row(ChangePoint, nearest_release="2.0", release_distance_days=3, **ends)
    assert findings.due_to(t, nobody) == t("changes.due_to_none")
    hole = {"hole_from": date(2026, 2, 1), "hole_until": date(2026, 2, 27)}
    across = row(ChangePoint, **ends, **hole)
    assert t.days(*hole.values()) in findings.due(t, across)
    assert t.days(*hole.values()) in findings.changes_headline(t, [across])


# --- topics over time -------------------------------------------------------------------------------


def test_thin_cells_look_thin_and_do_not_set_the_scale() -> None:
    rows = [
        topic_charts.NamedPeriod(row(TopicPeriod, share_negative=share, of_all=of_all), "x", period)
        for share, of_all, period in ((1.0, 2, "Jan"), (0.2, 200, "Feb"))
    ]
    keys = ("share", "topic", "when", "negative", "n", "of_all")
    spec = topic_charts.over_time(rows, ["x"], words=dict.fromkeys(keys, "x"))
    whole, thin = spec["layer"]
    assert thin["mark"]["width"] == {"band": 0.25}
    assert "width" not in whole["mark"]
    assert [layer["transform"][0]["filter"] for layer in (whole, thin)] == ["!datum.few", "datum.few"]
    assert whole["encoding"]["color"]["scale"]["domain"] == [0, 0.2]


# --- the overview -----------------------------------------------------------------------------------


def _app(name: str, change: float | None, width: float, n: int) -> AppInStore:
    low, high = (None, None) if change is None else (change - width, change + width)
    return row(
        AppInStore, name=name, change_30d=change, change_low=low, change_high=high, n_30d=n, n_prev_30d=n
    )


def test_clear_falls_come_first_and_two_reviews_are_no_fall() -> None:
    rows = [
        _app("two", -3.0, 1.0, 2), _app("unclear", -0.9, 1.0, 40), _app("clear", -0.3, 0.1, 400),
        _app("risen", 0.5, 0.1, 400), _app("none", None, 0.0, 0),
    ]  # fmt: skip
    assert [r.name for r in sorted(rows, key=lambda r: overview.order(r, "fell"))] == [
        "clear", "unclear", "risen", "two", "none",
    ]  # fmt: skip
    assert next(r.name for r in sorted(rows, key=lambda r: overview.order(r, "rose"))) == "risen"


# --- alarms -----------------------------------------------------------------------------------------


def _alarm(**wanted: Any) -> StarAlarm:
    plain = {
        "store": "google_play", "kind": "worse", "measure": "mean_stars", "raised_on": date(2026, 3, 8),
        "began_on": ON, "began_low_on": date(2026, 3, 3), "began_high_on": date(2026, 3, 7),
        "value_before": 3.5, "value_after": 2.5, "change": -1.0, "low": -1.4, "high": -0.6,
    }  # fmt: skip
    return row(StarAlarm, **plain | wanted)


@LANGUAGES
@pytest.mark.parametrize("measure", [*alarms.MEASURES, "of another version"])
@pytest.mark.parametrize("kind", ["worse", "better"])
def test_an_alarm_is_a_sentence_with_its_days_and_sizes(lang: str, kind: str, measure: str) -> None:
    t = text.of(lang)
    values = {"value_before": 0.25, "value_after": 0.5, "change": 0.25, "low": 0.1, "high": 0.4}
    is_mean = measure == "mean_stars"
    alarm = _alarm(kind=kind, measure=measure, topic="login", **({} if is_mean else values))
    said = alarms.sentence(t, alarm, {"login": "LOGIN"})
    assert t.day(date(2026, 3, 8)) in said
    assert t.day(ON) in said
    assert ("50%" in said) != is_mean
    assert ("LOGIN" in said) == (measure == "share_complaints")
    assert t("star_alarms.unconfirmed") in said


@LANGUAGES
def test_what_became_of_an_alarm_is_told_for_every_ending(lang: str) -> None:
    t = text.of(lang)
    endings: list[dict[str, Any]] = [
        {}, {"confirmed_on": ON}, {"confirmed_on": ON, "ended_on": ON, "why": "moved_again"},
        {"ended_on": ON, "why": "became_usual"}, {"ended_on": ON, "why": "went_back"},
        {"withdrawn_on": ON, "why": "not_confirmed"},
        {"withdrawn_on": ON, "why": "disagreed"}, {"withdrawn_on": ON, "why": "recounted"},
        {"withdrawn_on": ON, "why": "of another version"},
    ]  # fmt: skip
    said = [alarms.became(t, _alarm(**e)) for e in endings]
    assert len(set(said)) == len(endings)
    assert [_alarm(**e).is_open for e in endings] == [True, True, *[False] * 7]
    made = alarms.table(t, [_alarm(**e) for e in endings], {})
    assert all(str(s) in made for s in said)


# --- the watch --------------------------------------------------------------------------------------


def _look(**wanted: Any) -> ReleaseLook:
    plain = {
        "store": "google_play", "release_version": "2.0", "released_at": AT, "day": ON, "verdict": "worse",
        "told_on": date(2026, 3, 4), "rests_on": "version", "effect": -0.9, "low": -1.3, "high": -0.4,
        "last_versions": ("1.9",), "n_version": 30, "n_last": 200, "share_versionless": 0.2, "n_after": 50,
    }  # fmt: skip
    return row(ReleaseLook, **plain | wanted)


@LANGUAGES
@pytest.mark.parametrize("basis", ["date", "version", "both"])
def test_a_watched_verdict_says_on_what_it_rests_and_how_many_name_no_version(lang: str, basis: str) -> None:
    t = text.of(lang)
    said = watch.sentence(t, _look(rests_on=basis), with_store=False)
    assert t(f"watch.basis_{basis}") in said
    assert t.day(date(2026, 3, 4)) in said
    assert "20%" in said
    made = watch.table(t, [_look(rests_on=basis)], with_store=True)
    assert "1.9" in made
    assert t("watch.told", day=t.day(date(2026, 3, 4))) in made


@LANGUAGES
def test_what_the_watch_found_leads_where_the_windows_found_nothing(lang: str) -> None:
    t = text.of(lang)
    looks = [_look(), _look(release_version="1.9", verdict="no_clear_change", rests_on=None)]
    assert [k.release_version for k in watch.clear(looks)] == ["2.0"]
    told = watch.sentence(t, looks[0], with_store=False)
    assert verdicts.headline(t, [_impact()], with_store=False, watched=told) == told
    of = {f"google_play/{v}": _impact(release_version=v) for v in ("1.9", "2.0", "2.1")}
    assert releases.clearest(of, looks) == "google_play/2.0"
    assert releases.clearest(of) == "google_play/2.1"
    worse = _impact(verdict="worse")
    assert verdicts.headline(t, [worse], with_store=False, watched=told) != told
    assert t("watch.basis_version") in watch.beside(t, looks, _impact())
    assert watch.beside(t, looks, worse) == watch.beside(t, looks, _impact(release_version="1.9")) == ""


@LANGUAGES
def test_what_is_withdrawn_or_unclear_is_said_to_be(lang: str) -> None:
    t = text.of(lang)
    gone = _look(verdict="no_clear_change", rests_on=None, is_withdrawn=True)
    nothing = {"rests_on": None, "told_on": None, "share_versionless": 0.0}
    quiet = _look(verdict="no_clear_change", **nothing)
    few = _look(verdict="too_few", effect=None, low=None, high=None, last_versions=(), **nothing)
    said = [watch.sentence(t, look, with_store=False) for look in (gone, quiet, few)]
    assert len(set(said)) == 3
    assert "−0.90" not in "".join(said)
    assert "None" not in watch.table(t, [gone, quiet, few], with_store=False)


# --- what was said before ---------------------------------------------------------------------------


@LANGUAGES
def test_a_verdict_that_has_changed_says_so(lang: str) -> None:
    t = text.of(lang)
    told = {"store": "google_play", "release_version": "2.0", "measure": "mean_stars", "said_at": AT}
    said = [
        row(VerdictSaid, verdict="no_clear_change", verdict_before="worse", **told),
        row(VerdictSaid, verdict="worse", **told | {"said_at": AT - timedelta(days=9)}),
    ]
    before = watch.before(t, said, _impact(why="spans_zero"))
    assert t("verdict.worse") in before
    assert t.day(AT) in before
    assert watch.before(t, said[1:], _impact()) == ""
    assert watch.changed(said) == said[:1]
    made = verdicts.matrix(t, [_impact()], {}, with_store=False, notes=lambda r: (watch.before(t, said, r),))
    assert str(before) in made
    table = watch.history(t, watch.changed(said), {"mean_stars": "MEAN"}, with_store=False)
    assert "MEAN" in table


# --- the pages --------------------------------------------------------------------------------------


@LANGUAGES
def test_the_pages_show_alarms_and_the_watch(screen: Screen, lang: str) -> None:
    t = text.of(lang)
    shown = screen("releases", "analysed", app="procedures", span="all", lang=lang)
    assert t("watch.title") in [h.value for h in shown.header]
    assert t("watch.caption") in words(shown)
    rating = screen("rating", "analysed", app="procedures", span="all", lang=lang)
    assert t("star_alarms.title") in [h.value for h in rating.header]
    told = words(screen("overview", "analysed", lang=lang))
    assert t("star_alarms.none_open") in told or t("star_alarms.open", n=1) in told
