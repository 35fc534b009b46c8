"""Everything that is worked out of one app in one store: facts in, rows of the inferred tables out. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import groupby
from typing import Any, TypeAlias

import numpy as np

from flows.config.events import Event as ConfiguredEvent
from flows.config.settings import AnalysisChoice
from flows.pipeline.analyse_changes import (
    beside_columns,
    collected,
    judged_releases,
    owned_changes,
    owner_columns,
    unwatched,
)
from models.ratings.alarm import Alarm
from models.ratings.anomalies import Asked, Judged, anomalies_kept
from models.ratings.changepoints import ChangePoint
from models.ratings.counts import ReviewCounts, Span, date_of, day_number
from models.ratings.drivers import decompose
from models.ratings.kept_state import KeptState
from models.ratings.release_impact import Impact, Release
from models.ratings.release_watch import (
    KnownLevel,
    Stars,
    WatchDay,
    Watched,
    known_levels,
    release_watch_known,
)
from models.ratings.series import (
    ConsoleDay,
    Coverage,
    SeriesEvent,
    SeriesPoint,
    Snapshot,
    console_series,
    detected_events,
    displayed_series,
    implied_series,
    review_series,
)
from models.ratings.star_alarms import star_alarms_kept
from models.ratings.tester_signal import AlphaCounts, alpha_signals
from models.ratings.text_alarms import text_alarms
from models.ratings.topics import lens_months, topic_gain
from models.ratings.verdict_history import verdicts_said
from models.ratings.watched_days import WatchedDays
from warehouse.analysis import Array, Found, Series

STAR_ALARMS, ANOMALIES = "star_alarms", "anomalies"
"""Methods of which a state is kept."""
# As in the mart `overview`.
_COMPARED = 30

Rows: TypeAlias = dict[str, list[Found]]


@dataclass(frozen=True, slots=True)
class AppFacts:
    """One app in one store as the models want it; `lenses[k]` is the lens of `topics[k]`."""

    series: Series
    counts: ReviewCounts
    alpha: tuple[AlphaCounts, ...]
    topics: tuple[str, ...]
    lenses: tuple[str, ...]
    configured_events: tuple[ConfiguredEvent, ...]
    versions: Mapping[str, Array] = field(default_factory=dict)
    """Reviews that name a release: its number in `series.versions`, day, stars, n (columns of one length)."""

    @property
    def releases(self) -> list[Release]:
        """The releases of the store, oldest first."""
        return [Release(version, at.date()) for version, at, _ in self.series.releases]

    @property
    def snapshots(self) -> list[Snapshot]:
        """What the store displayed; the first sight after a reset that events.toml tells of is marked."""
        resets = sorted(h.at for h in self.configured_events if h.kind == "reset")
        shots: list[Snapshot] = []
        for score in self.series.scores:
            is_reset = bool(resets and shots) and any(
                shots[-1].observed_at < at <= score.observed_at for at in resets
            )
            stars = None if score.stars is None else (score.stars[0], *score.stars[1:])
            shots.append(
                Snapshot(score.observed_at, score.displayed_score, score.ratings_count, stars, is_reset)  # type: ignore[arg-type]
            )
        return shots


def counts_of(series: Series, columns: dict[str, Array]) -> ReviewCounts:
    """Columns of `warehouse.analysis` as ReviewCounts."""
    return ReviewCounts(series.app, series.store, **columns)


def alpha_of(columns: dict[str, Array]) -> tuple[AlphaCounts, ...]:
    """Columns of `warehouse.analysis`, sorted by version and cohort, as one AlphaCounts for each."""
    keys = list(zip(columns["version"].tolist(), columns["cohort"].tolist(), strict=True))
    counts = []
    for (version, cohort), group in groupby(range(len(keys)), key=lambda i: keys[i]):
        rows = np.fromiter(group, dtype=np.int64)
        tester, sentiment, topics, n = (columns[c][rows] for c in ("tester", "sentiment", "topics", "n"))
        counts.append(AlphaCounts(version, cohort, tester, sentiment, topics, n))
    return tuple(counts)


def analyse_app(facts: AppFacts, choice: AnalysisChoice) -> Rows:
    """The rows of every inferred table for this app and store."""
    return next(analyse_apps([facts], choice))


def analyse_apps(several: Sequence[AppFacts], choice: AnalysisChoice) -> Iterator[Rows]:
    """The rows of each; what goes day by day is worked out of all of them together, which is faster."""
    ends = [f.series.as_of.date() if f.series.as_of and len(f.counts.day) else None for f in several]
    spoken = [(facts, end) for facts, end in zip(several, ends, strict=True) if end is not None]
    watches = _watches(spoken, choice)
    for facts, end in zip(several, ends, strict=True):
        yield _analysed(facts, choice, None if end is None else next(watches))


@dataclass(frozen=True, slots=True)
class _Watch:
    """What was seen of one app day by day."""

    end: date
    stars: Stars
    releases: list[Watched]
    alarms: list[Alarm]
    judged: Judged
    known: KnownLevel
    states: Mapping[str, KeptState | None]


def _watches(spoken: Sequence[tuple[AppFacts, date]], choice: AnalysisChoice) -> Iterator[_Watch]:
    stars = [stars_of(facts) for facts, _ in spoken]
    releases = [
        [Watched(r.version, day_number(r.released_on)) for r in facts.releases] for facts, _ in spoken
    ]
    days = [
        WatchedDays.of(s.first, s.all, day_number(end), unwatched(facts.series.gaps))
        for (facts, end), s in zip(spoken, stars, strict=True)
    ]
    kept = {method: [_state(facts, method) for facts, _ in spoken] for method in (STAR_ALARMS, ANOMALIES)}
    alarms = star_alarms_kept(days, choice.star_alarms_per_year, kept[STAR_ALARMS])
    asked = [Asked(facts.counts, end, unwatched(facts.series.gaps)) for facts, end in spoken]
    # The catalogue of topics is one for all.
    topics = spoken[0][0].topics if spoken else ()
    judged = anomalies_kept(asked, topics, choice.false_alarm_rate, choice.alarm_days, kept[ANOMALIES])
    levels = known_levels(days, releases)
    for k, (_, end) in enumerate(spoken):
        told, state = alarms[k]
        states = {STAR_ALARMS: state, ANOMALIES: judged[k].state}
        yield _Watch(end, stars[k], releases[k], told, judged[k], levels[k], states)


def _state(facts: AppFacts, method: str) -> KeptState | None:
    """What is kept of an app for a method, as a row of `inferred.kept_states` holds it."""
    row = facts.series.states.get(method)
    return None if row is None else KeptState(**(row | {"day": day_number(row["day"])}))


def _analysed(facts: AppFacts, choice: AnalysisChoice, watch: _Watch | None) -> Rows:
    known = {"app": facts.series.app, "store": facts.series.store}
    rows: Rows = defaultdict(list)
    shots = facts.snapshots
    events = _events(facts, shots)
    missing = unwatched(facts.series.gaps)
    watched = replace(facts, counts=collected(facts.counts, missing))
    seen = [_look(row) for row in facts.series.looks]
    over = frozenset(Watched(look.release_version, day_number(look.released_at)) for look in seen)
    fresh = [] if watch is None else release_watch_known(watch.stars, watch.releases, watch.known, over)
    looks = [*seen, *fresh]
    owned = owned_changes(watched.counts, shots, facts.releases, events, looks, missing)
    changes = [o.change for o in owned]
    impacts = judged_releases(watched.counts, facts.releases, facts.topics, events, owned, missing)
    released = {release: at for release, at, _ in facts.series.releases}
    rows["rating_series"] = [(known, point) for point in _points(facts, shots)]
    distinct = {(e.at, e.kind, e.label, e.source, e.place): e for e in events}
    rows["series_events"] = [(known | {"happened_at": e.at}, e) for e in distinct.values()]
    rows["change_points"] = [(known | owner_columns(o), o.change) for o in owned]
    of_release = {version: known | {"released_at": at} for version, at in released.items()}
    # What lies beside a release does so for all of its measures, which stand together.
    beside: dict[str, dict[str, object]] = {}
    for i in impacts:
        if i.release_version not in beside:
            beside[i.release_version] = {**of_release[i.release_version], **beside_columns(i)}
    rows["release_impact"] = [(beside[i.release_version], i) for i in impacts]
    rows["release_watch"] = [(of_release[look.release_version], look) for look in fresh]
    rows["kept_watches"] = [
        (known | {name: row[name] for name in ("release_version", "released_at")}, None)
        for row in facts.series.looks
    ]
    until = facts.series.as_of.date() if facts.series.as_of else None
    rows["verdict_history"] = [(known | {"until_on": until}, said) for said in verdicts_said(impacts, looks)]
    if watch is not None:
        end = watch.end
        _compare(facts, _comparisons(facts, end, impacts, changes), known, rows)
        window = _last(end, choice.fix_first_days)
        rows["fix_first"] = [(known, gain) for gain in topic_gain(facts.counts, facts.topics, window)]
        rows["tradeoffs"] = [(known, month) for month in lens_months(facts.counts, facts.lenses)]
        rows["anomalies"] = [(known, anomaly) for anomaly in watch.judged.anomalies]
        rows["kept_anomalies"] = [(known | {"day": day}, None) for day in watch.judged.kept]
        rows["kept_states"] = [
            (known | {"method": method, "day": date_of(state.day)}, state)
            for method, state in watch.states.items()
            if state is not None
        ]
        said = text_alarms(facts.counts, facts.topics, choice.text_alarms_per_year, day_number(end), missing)
        rows["alarms"] = [(known, alarm) for alarm in (*watch.alarms, *said)]
    for told in alpha_signals(facts.alpha, facts.counts, facts.releases, facts.topics):
        release = known | {"release_version": told.release_version}
        at = {"released_at": released[told.release_version]}
        rows["alpha_foretold"].append((known | at, told))
        if told.cohort is None:
            rows["alpha_topics"].extend((release, topic) for topic in told.topics)
    return rows


def _look(row: Mapping[str, Any]) -> WatchDay:
    """A row of `inferred.release_watch` as what it was."""
    known = {"released_at": row["released_at"].date(), "last_versions": tuple(row["last_versions"])}
    return WatchDay(**(dict(row) | known))


def stars_of(facts: AppFacts) -> Stars:
    """Star counts by day of all reviews and of those that name each release; there must be some review."""
    first, last = int(facts.counts.day[0]), int(facts.counts.day[-1])
    by_version = {name: np.zeros((last - first + 1, 5), dtype=np.int64) for name in facts.series.versions}
    if facts.versions:
        version, day, stars, n = (facts.versions[c] for c in ("version", "day", "stars", "n"))
        # Of ratings that are none the checks tell, which come after.
        is_rated = (stars >= 1) & (stars <= 5)
        for number, counts in enumerate(by_version.values()):
            own = (version == number) & is_rated
            np.add.at(counts, (day[own] - first, stars[own] - 1), n[own])
    return Stars(first, facts.counts.daily_stars(first, last), by_version)


def _points(facts: AppFacts, shots: Sequence[Snapshot]) -> list[SeriesPoint]:
    points = [*displayed_series(shots), *review_series(facts.counts)]
    points += console_series([ConsoleDay(*day) for day in facts.series.console_days])
    # Google re-weights its histogram and its score: no difference of two of them means anything.
    return points + implied_series(shots) if facts.series.store == "app_store" else points


def _events(facts: AppFacts, shots: Sequence[Snapshot]) -> list[SeriesEvent]:
    gaps = [Coverage(g.since, g.until, g.place or None) for g in facts.series.gaps]
    return [
        *(SeriesEvent(at, None, "release", name, source) for name, at, source in facts.series.releases),
        *detected_events(shots, gaps),
        *(SeriesEvent(h.at, h.until, h.kind, h.label, "events.toml") for h in facts.configured_events),
    ]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two spans that are compared for drivers.

    `kind`: 'latest' (the last days against those before), 'release' or 'change' (of series B), and which.
    """

    kind: str
    before: Span
    after: Span
    release_version: str | None = None
    changed_on: date | None = None

    @property
    def key(self) -> str:
        """Names it among those of its app and store; nobody needs to take it apart."""
        if self.kind == "latest":
            return f"last_{self.after.days}d"
        return f"{self.kind}:{self.release_version or self.changed_on}"


def _comparisons(
    facts: AppFacts, end: date, impacts: Sequence[Impact], changes: Sequence[ChangePoint]
) -> Iterator[Comparison]:
    """The last days, releases that have a verdict, changes of B."""
    after = _last(end, _COMPARED)
    yield Comparison("latest", _last(after.first - timedelta(days=1), _COMPARED), after)
    for i in impacts:
        if i.measure == "mean_stars" and i.verdict != "too_few":
            spans = Span(i.before_from, i.before_until), Span(i.after_from, i.after_until)
            yield Comparison("release", *spans, release_version=i.release_version)
    # From the change before to the change after: the levels that the change point itself compares.
    ours = [c.changed_on for c in changes if c.series == "B"]
    first, last = date_of(facts.counts.day[0]), date_of(facts.counts.day[-1])
    edges = [first, *ours, last + timedelta(days=1)]
    for low, on, high in zip(edges, ours, edges[2:], strict=False):
        spans = Span(low, on - timedelta(days=1)), Span(on, high - timedelta(days=1))
        yield Comparison("change", *spans, changed_on=on)


def _compare(facts: AppFacts, comparisons: Iterator[Comparison], known: dict[str, str], rows: Rows) -> None:
    for c in comparisons:
        if (c.key, c.before.first, c.before.last, c.after.first, c.after.last) in facts.series.kept:
            rows["kept_comparisons"].append((known | {"comparison": c.key}, None))
            continue
        change = decompose(facts.counts, c.before, c.after, facts.topics)
        if change is None:
            continue
        spans = {
            "comparison": c.key, "before_from": c.before.first, "before_until": c.before.last,
            "after_from": c.after.first, "after_until": c.after.last,
        }  # fmt: skip
        which = {"kind": c.kind, "release_version": c.release_version, "changed_on": c.changed_on}
        rows["driver_comparisons"].append((known | spans | which, change))
        rows["drivers"].extend((known | spans, driver) for driver in change.rows)


def _last(end: date, days: int) -> Span:
    return Span(end - timedelta(days=days - 1), end)
