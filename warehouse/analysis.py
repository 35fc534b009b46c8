"""What the analysis reads from the working file, and where it puts what it found.

Nothing is computed here: counts and facts come out of SQL in a moment, the lock is let go, and results go in
in one transaction (`flows.pipeline.analyse` is between).

An app in a store whose reviews, facts and settings are those of the last analysis is not read again and keeps
its rows. Whoever changes reviews or what is inferred of their texts notes the app in the same transaction
(`core.changed_apps`); everything else that an analysis is made of is small and is compared by its digest
(`inferred.analysed`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import attrgetter
from typing import Any, TypeAlias

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from warehouse.schema import load_sql
from warehouse.shown_scores import ShownScore, ShownScores
from warehouse.writes import Writer

LEAST_TESTERS = 5
"""What fewer testers said is never broken down."""
MOST_TOPICS = 32
"""A row of counts names its topics by the bits of 32; topics beyond that are not counted."""
TABLES = (
    "rating_series", "series_events", "change_points", "release_impact", "driver_comparisons", "drivers",
    "fix_first", "tradeoffs", "anomalies", "alpha_foretold", "alpha_topics", "release_watch",
    "kept_states",
)  # fmt: skip
"""What one analysis replaces; `inferred.alarms` and `inferred.verdict_history` are archives, and
`inferred.audit` grows by `add_audit`."""

_FACTS = ("ends", "releases", "snapshots", "console_days", "gaps", "version_names")
_ALPHA = """
from fact_alpha semi join analysis_wanted using (series)
order by series, version, cohort nulls first, tester, sentiment, topics
"""
_EVERYWHERE = " union ".join(
    f"select distinct app, store from inferred.{name}"  # noqa: S608
    for name in (*TABLES, "alarms", "verdict_history")
)
"""The apps and stores of which there are results."""
_FEW = 0.3
_COUNTED = ("review_days", "review_counts", "review_version_days")
_WATCHED = ("gaps ", "releases ", "version_names ")
"""Facts, as `analysis_digests` begins their lines, that the watch of releases is made of."""
LONGEST_WATCH = 91
"""Days after a release in which it is watched at most (`models.ratings.release_watch.LONGEST`)."""
KEPT = {
    "kept_comparisons": ("comparison",),
    "kept_watches": ("release_version", "released_at"),
    "kept_anomalies": ("day",),
}
"""What an analysis may give in the place of rows that stay: their columns beside app and store."""
_STAYS = {
    "driver_comparisons": "kept_comparisons", "drivers": "kept_comparisons", "release_watch": "kept_watches",
    "anomalies": "kept_anomalies",
}  # fmt: skip
_MOSTLY_SAME = frozenset({"rating_series", "release_impact", "tradeoffs"})
"""Tables, without two rows that are alike, in which most rows are what they were: comparing them costs less
than writing all."""
_IN_SQL = {
    ("drivers", "examples"), ("alarms", "first_told_at"),
    ("verdict_history", "said_at"), ("verdict_history", "verdict_before"),
}  # fmt: skip

Array: TypeAlias = NDArray[Any]
Found: TypeAlias = tuple[Mapping[str, Any], object]
"""One row: the columns that its object does not know, such as app and store, and the object with the rest."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A span in which reviews of one place are known to be missing."""

    since: datetime
    until: datetime
    place: str
    """The language or country; '' for all."""
    share: float | None = None
    """The part, 0..1, of the app's reviews that came from there before; None where none came at all."""


@dataclass(slots=True)
class Series:
    """One app in one store, with everything but its reviews."""

    app: str
    store: str
    as_of: datetime | None
    """Up to when its data speaks; None without any review or finished ask."""
    releases: list[tuple[str, datetime, str]] = field(default_factory=list)
    """Versions with the moments they came out and who says so ('store' or 'detected'), oldest first."""
    scores: Sequence[ShownScore] = ()
    console_days: list[tuple[date, float]] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    """In order of time."""
    versions: list[str] = field(default_factory=list)
    """The releases that reviews name, by their number in `Facts.versions`."""
    kept: set[tuple[str, date, date, date, date]] = field(default_factory=set)
    """Comparisons of drivers, with the first and last days of both spans, of which nothing has changed."""
    looks: list[dict[str, Any]] = field(default_factory=list)
    """The last rows of `inferred.release_watch` of releases whose watch is over and of which nothing has
    changed; `released_at` is the moment."""
    states: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By method, the row of `inferred.kept_states` that settings and code of now have made."""


@dataclass(frozen=True, slots=True)
class Changed:
    """The series that are to be analysed anew, with what names their inputs."""

    fingerprints: Mapping[tuple[str, str], str]
    """By app and store."""
    made_by: Mapping[tuple[str, str], tuple[str, str]]
    """By app and store, for `inferred.analysed`: what all its rows are made by, and what its watches are."""
    gone: tuple[tuple[str, str], ...]
    """Apps and stores of which there are results, and which are none any more."""
    noted: tuple[str, ...]
    """The notes of changes that were read for it."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What an analysis is made of. `counts` and `alpha` hold columns of one length each, sorted by series."""

    fingerprint: str
    topics: tuple[tuple[str, str], ...]
    """(topic, lens) in the order of the bits."""
    series: tuple[Series, ...]
    counts: Mapping[str, Array]
    """series, day, stars, sentiment, topics, n: see models.ratings.counts.ReviewCounts."""
    alpha: Mapping[str, Array]
    """series, version, cohort (None: all), tester, sentiment, topics, n: see
    models.ratings.tester_signal.AlphaCounts."""
    schemas: Mapping[str, pa.Schema]
    """The columns of the inferred tables that results go into; `as_table` puts rows into them."""
    versions: Mapping[str, Array]
    """series, version (its number in the series), day (since 1970-01-01), stars, n: reviews that name one."""
    numbers: tuple[int, ...] = ()
    """What `counts`, `alpha` and `versions` call each of `series`."""
    changed: Changed | None = None
    """Which series these are, where they are not all."""

    def part(self, columns: Mapping[str, Array], number: int) -> dict[str, Array]:
        """The rows of series `number`; views, nothing is copied."""
        return _part(columns, number)


def _part(columns: Mapping[str, Array], number: int) -> dict[str, Array]:
    low, high = np.searchsorted(columns["series"], [number, number + 1])
    return {name: values[low:high] for name, values in columns.items() if name != "series"}


def input_fingerprint(w: Writer, version: str) -> str:
    """Names everything an analysis is made of: the core tables, predictions and `version`."""
    select = load_sql("fingerprint").rstrip().removesuffix(";")
    # Without what the analysis itself adds to it, and what it does not read.
    row = w.con.execute(f"select * exclude (analysis, audit, languages) from ({select})").fetchone()  # noqa: S608
    return hashlib.sha256(f"{row}{version}".encode()).hexdigest()[:32]


def is_analysed(w: Writer, fingerprint: str) -> bool:
    """Whether the results in the working file were made of just this."""
    return w.con.execute("select fingerprint from inferred.analysis").fetchall() == [(fingerprint,)]


def known_apps(w: Writer) -> frozenset[str]:
    """Every app of which anything was landed, by the name that the marts give it."""
    rows = w.con.execute(
        "select distinct coalesce(c.app, k.store_app_id) from core.app_stores k"
        " left join core.app_config c using (store, store_app_id)"
    ).fetchall()
    return frozenset(app for (app,) in rows)


def read_facts(w: Writer, fingerprint: str, made_by: Callable[[str, str], str] | None = None) -> Facts:
    """Counts by one GROUP BY over reviews, and the facts of apps in stores.

    Of all of them; with `made_by`, which names the settings and the code for an app and a store, of those
    whose results were made of something else (`Facts.changed`).
    """
    topics = w.con.execute(
        "select topic, lens from core.topic_config where position < $most order by position",
        {"most": MOST_TOPICS},
    ).fetchall()
    serving = w.con.execute(
        "select model_version from inferred.models where is_serving order by all"
    ).fetchall()
    w.con.execute(load_sql("analysis_series"))
    with w.transaction():
        _recount(w, _digest(f"{serving}{[topic for topic, _ in topics]}"))
    for name in ("analysis_dump_holes", "analysis_named_versions"):
        w.con.execute(load_sql(name))
    for name in _FACTS:
        # Our own SQL; a fact is asked for once and looked at twice.
        w.con.execute(f"create or replace temp table fact_{name} as {load_sql(f'analysis_{name}')}")
    w.con.execute(
        f"create or replace temp table fact_alpha as {load_sql('analysis_alpha').rstrip().removesuffix(';')}",
        {"least": LEAST_TESTERS},
    )
    changed = None if made_by is None else _changed(w, f"{topics}{serving}", made_by)
    names = [] if changed is None else [list(name) for name in changed.fingerprints]
    w.con.execute("create or replace temp table wanted_names (app varchar, store varchar)")
    if names:
        w.con.executemany("insert into wanted_names values (?, ?)", names)
    some = "" if changed is None else " semi join wanted_names using (app, store)"
    w.con.execute(f"create or replace temp table analysis_wanted as from analysis_series{some}")
    series = {number: Series(app, store, as_of) for number, app, store, as_of in _rows(w, "ends", "app")}
    for number, version, released_at, source in _rows(w, "releases", "released_at, version"):
        series[number].releases.append((version, released_at, source))
    shown = _table(_fact(w, "snapshots", "observed_at").to_arrow_table())
    for number, those in series.items():
        those.scores = ShownScores(_part(shown, number))
    for number, day, average in _rows(w, "console_days", "day"):
        series[number].console_days.append((day, average))
    for number, *gap in _rows(w, "gaps", "since, until, place"):
        series[number].gaps.append(Gap(*gap))
    for number, version in _rows(w, "version_names", "version"):
        series[number].versions.append(version)
    if changed is not None:
        _keep(w, changed, series)
    return Facts(
        fingerprint=fingerprint,
        topics=tuple((topic, lens) for topic, lens in topics),
        series=tuple(series.values()),
        counts=_columns(w, "analysis_counts"),
        alpha=_table(w.con.execute(_ALPHA).to_arrow_table()),
        schemas={name: _schema(w, name) for name in (*TABLES, "alarms", "verdict_history")}
        | {name: _kept_schema(w, name) for name in KEPT},
        versions=_columns(w, "analysis_versions"),
        numbers=tuple(series),
        changed=changed,
    )


def _recount(w: Writer, made_by: str) -> None:
    """Bring what reviews come to by day up to date; `made_by` names the model and the topics."""
    _execute(w, "analysis_stale", made_by=made_by)
    w.con.execute(f"create or replace temp table stale_reviews as {load_sql('analysis_stale_reviews')}")
    _recount_of(w, "stale_days", "day", is_few=True)
    w.con.execute("drop table stale_reviews")
    _execute(w, "analysis_uncounted")
    ((part,),) = w.con.execute(
        "select coalesce(count(*) filter ((store, store_app_id) in (from stale_whole)) / count(*), 0)"
        " from core.reviews"
    ).fetchall()
    kind = "table" if part < _FEW else "view"
    w.con.execute(f"create or replace temp {kind} stale_reviews as {load_sql('analysis_stale_apps')}")
    _recount_of(w, "stale_whole", is_few=part < _FEW)
    w.con.execute(f"drop {kind} stale_reviews")
    _execute(w, "analysis_recount_versions")


def _recount_of(w: Writer, stale: str, *by: str, is_few: bool) -> None:
    """Count `stale_reviews` in the place of what is kept of `stale`, by app and store and `by`."""
    for name in _COUNTED:
        keys = " and ".join(f"t.{key} = s.{key}" for key in ("store", "store_app_id", *by))
        w.con.execute(f"delete from inferred.{name} t using {stale} s where {keys}")  # noqa: S608
    _execute(w, "analysis_recount")
    _execute(w, "analysis_recount_few" if is_few else "analysis_recount_many")


def _changed(w: Writer, read_by: str, made_by: Callable[[str, str], str]) -> Changed:
    """The series whose reviews, facts, topics, model or settings are not those of their results.

    `read_by` names the topics and the model.
    """
    before = {
        (app, store): told
        for app, store, told in w.con.execute(
            "select app, store, fingerprint from inferred.analysed"
        ).fetchall()
    }
    stale = set(
        w.con.execute(
            "select distinct app, store from analysis_series semi join stale using (store, store_app_id)"
        ).fetchall()
    )
    places: dict[tuple[str, str], list[str]] = {}
    for app, store, place in w.con.execute(
        "select app, store, store_app_id from analysis_series order by all"
    ).fetchall():
        places.setdefault((app, store), []).append(place)
    fingerprints, made, there = {}, {}, set()
    for app, store, told in w.con.execute(load_sql("analysis_digests")).fetchall():
        there.add((app, store))
        # Whose reviews these are is nothing that is noted: an app may lose one of its names in the store.
        by = f"{read_by}{made_by(app, store)}{places[app, store]}"
        digest = _digest(f"{told}{by}")
        if (app, store) in stale or before.get((app, store)) != digest:
            fingerprints[app, store] = digest
            watched = [fact for fact in told.splitlines() if fact.startswith(_WATCHED)]
            made[app, store] = _digest(by), _digest(str(watched))
    known = set(w.con.execute(_EVERYWHERE).fetchall()) | before.keys()
    noted = w.con.execute("select noted::varchar from core.changed_apps order by all").fetchall()
    return Changed(fingerprints, made, tuple(sorted(known - there)), tuple(n for (n,) in noted))


def _keep(w: Writer, changed: Changed, series: Mapping[int, Series]) -> None:
    """Say of each series what of its rows may stay, where only some of its days have changed."""
    before = {
        (app, store): (made, watched)
        for app, store, made, watched in w.con.execute(
            "select app, store, made_by, watched from inferred.analysed"
        ).fetchall()
    }
    whole = set(
        w.con.execute(
            "select distinct app, store"
            " from analysis_series semi join stale_whole using (store, store_app_id)"
        ).fetchall()
    )
    kept = [
        [*name, before[name] == made]
        for name, made in changed.made_by.items()
        if name not in whole and name in before and before[name][0] == made[0]
    ]
    w.con.execute(
        "create or replace temp table kept_names (app varchar, store varchar, is_watched_alike boolean)"
    )
    if kept:
        w.con.executemany("insert into kept_names values (?, ?, ?)", kept)
    w.con.execute(
        "create or replace temp table kept_days as select distinct app, store, day"
        " from stale_days join analysis_series using (store, store_app_id)"
    )
    by_name = {(s.app, s.store): s for s in series.values()}
    for app, store, *comparison in w.con.execute(load_sql("analysis_kept")).fetchall():
        by_name[app, store].kept.add(tuple(comparison))
    looks = w.con.execute(load_sql("analysis_kept_looks"), {"longest": LONGEST_WATCH})
    names = [column for column, *_ in looks.description or ()]
    for row in looks.fetchall():
        look = dict(zip(names, row, strict=True))
        by_name[look.pop("app"), look.pop("store")].looks.append(look)
    for app, store, method, *state in w.con.execute(load_sql("analysis_states")).fetchall():
        columns = ("day", "inputs", "numbers", "said")
        by_name[app, store].states[method] = dict(zip(columns, state, strict=True))


def _digest(told: str) -> str:
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def as_table(schema: pa.Schema, found: Sequence[Found]) -> pa.Table:
    """Rows as columns, which take a fifth of their memory."""
    if not found:
        return schema.empty_table()
    known, rows = found[0][0], [row for _, row in found]
    is_one = all(k is known for k, _ in found)
    columns = {}
    for f in schema:
        if f.name not in known:
            values = list(map(attrgetter(f.name), rows))
        else:
            values = [known[f.name]] * len(found) if is_one else [k[f.name] for k, _ in found]
        columns[f.name] = pa.array(values, f.type)
    return pa.table(columns)


def store(
    w: Writer,
    fingerprint: str,
    found: Mapping[str, Sequence[Found] | pa.Table],
    now: datetime,
    changed: Changed | None = None,
) -> None:
    """Replace the results of the last analysis by `found`, by table, in one transaction.

    All of them, or with `changed` those of its apps and stores.
    """
    with w.transaction():
        _replaced(w, found, changed)
        for name in KEPT:
            _kept(w, name, found.get(name, ()))
        for name in TABLES:
            if name == "kept_states":
                _keep_states(w, found.get(name, ()))
                continue
            if name in _MOSTLY_SAME:
                _store_what_differs(w, name, found.get(name, ()))
                continue
            stays = ""
            if name in _STAYS:
                keys = ("app", "store", *KEPT[_STAYS[name]])
                same = " and ".join(f"k.{key} = t.{key}" for key in keys)
                stays = f" and not exists (from {_STAYS[name]} k where {same})"
            w.con.execute(
                f"delete from inferred.{name} t using replaced r"  # noqa: S608
                f" where r.app = t.app and r.store = t.store{stays}"
            )
            if name == "drivers":
                _insert_drivers(w, found.get(name, ()), is_few=changed is not None)
            else:
                _insert(w, name, found.get(name, ()))
        _archive(w, found.get("alarms", ()), now)
        _remember(w, found.get("verdict_history", ()), now)
        _note(w, changed)
        w.con.execute("delete from inferred.analysis")
        w.con.execute("insert into inferred.analysis values (?, ?)", [fingerprint, now])


def _kept(w: Writer, name: str, found: Sequence[Found] | pa.Table) -> None:
    """Put what stays into temp table `name`."""
    if not isinstance(found, pa.Table):
        found = as_table(_kept_schema(w, name), found)
    w.con.register("found", found)
    w.con.execute(f"create or replace temp table {name} as from found")
    w.con.unregister("found")


def _store_what_differs(w: Writer, name: str, found: Sequence[Found] | pa.Table) -> None:
    with _registered(w, name, found):
        columns = [column for column, *_ in w.con.execute("from found limit 0").description or ()]
        same = " and ".join(f"f.{column} is not distinct from t.{column}" for column in columns)
        w.con.execute(
            f"delete from inferred.{name} t using replaced r"  # noqa: S608
            f" where r.app = t.app and r.store = t.store and not exists (from found f where {same})"
        )
        w.con.execute(
            f"insert into inferred.{name} by name"  # noqa: S608
            f" select f.* from found f anti join inferred.{name} t on {same}"
        )


def _keep_states(w: Writer, found: Sequence[Found] | pa.Table) -> None:
    with _registered(w, "kept_states", found):
        _execute(w, "analysis_keep_states")


def _kept_schema(w: Writer, name: str) -> pa.Schema:
    of = next(table for table, kept in _STAYS.items() if kept == name)
    schema = _schema(w, of)
    return pa.schema([schema.field(column) for column in ("app", "store", *KEPT[name])])


def _replaced(w: Writer, found: Mapping[str, Sequence[Found] | pa.Table], changed: Changed | None) -> None:
    """Say in temp table `replaced` of which apps and stores the results are replaced."""
    w.con.execute(f"create or replace temp table replaced as {_EVERYWHERE}")
    if changed is None:
        rows = {
            (str(app), str(store))
            for name in ("alarms", "verdict_history", *TABLES)
            for app, store in _named(found.get(name, ()))
        }
    else:
        w.con.execute("delete from replaced")
        rows = {*changed.fingerprints, *changed.gone}
    if rows:
        w.con.executemany("insert into replaced values (?, ?)", sorted(map(list, rows)))
    w.con.execute("create or replace temp table replaced as select distinct app, store from replaced")


def _named(found: Sequence[Found] | pa.Table) -> Iterable[tuple[object, object]]:
    if isinstance(found, pa.Table):
        return zip(found["app"].to_pylist(), found["store"].to_pylist(), strict=True)
    return ((known["app"], known["store"]) for known, _ in found)


def _note(w: Writer, changed: Changed | None) -> None:
    """Keep what the results are made of, and take away the notes of changes that they hold."""
    w.con.execute(
        "delete from inferred.analysed t using replaced r where r.app = t.app and r.store = t.store"
    )
    if changed is None:
        return
    if changed.fingerprints:
        w.con.executemany(
            "insert into inferred.analysed (app, store, fingerprint, made_by, watched)"
            " values (?, ?, ?, ?, ?)",
            [[*name, told, *changed.made_by[name]] for name, told in changed.fingerprints.items()],
        )
    w.con.execute(
        "delete from core.changed_apps where noted in (select unnest($noted::uuid[]))",
        {"noted": list(changed.noted)},
    )


def add_audit(w: Writer, rows: Sequence[object], run_at: datetime, seed: int) -> None:
    """Keep what one audit measured, beside what earlier ones did."""
    with w.transaction():
        _insert(w, "audit", [({"run_at": run_at, "seed": seed}, row) for row in rows])


def _archive(w: Writer, alarms: Sequence[Found] | pa.Table, now: datetime) -> None:
    """Take in the alarms of this analysis; what was told before and is not found any more is withdrawn."""
    w.con.execute(
        "create or replace temp table told_before as"
        " from inferred.alarms semi join replaced using (app, store)"
    )
    w.con.execute("delete from inferred.alarms t using replaced r where r.app = t.app and r.store = t.store")
    if not isinstance(alarms, pa.Table):
        alarms = as_table(_schema(w, "alarms"), alarms)
    first_told_at = pa.array([now] * len(alarms), pa.timestamp("us", tz="UTC"))
    _insert(w, "alarms", alarms.append_column("first_told_at", first_told_at))
    *statements, last = w.con.extract_statements(load_sql("analysis_alarms"))
    for statement in statements:
        w.con.execute(statement)
    w.con.execute(last, {"now": now})
    w.con.execute("drop table told_before")


def _remember(w: Writer, said: Sequence[Found] | pa.Table, now: datetime) -> None:
    """Add to the history of verdicts what is said otherwise than before."""
    w.con.execute("create or replace temp table said as from inferred.verdict_history limit 0")
    if not isinstance(said, pa.Table):
        said = as_table(_schema(w, "verdict_history"), said)
    for name, value in (("said_at", now), ("verdict_before", None)):
        of_type = w.con.execute(f"select {name} from said").to_arrow_table().schema.field(0).type  # noqa: S608
        said = said.append_column(name, pa.array([value] * len(said), of_type))
    _insert(w, "verdict_history", said, "said")
    *statements, last = w.con.extract_statements(load_sql("analysis_verdicts"))
    for statement in statements:
        w.con.execute(statement)
    w.con.execute(last, {"now": now})
    w.con.execute("drop table said")


def _insert(w: Writer, name: str, found: Sequence[Found] | pa.Table, into: str | None = None) -> None:
    """Put rows into inferred.<name>, or a table like it, whose own columns say what is asked of them."""
    if len(found):
        with _registered(w, name, found):
            w.con.execute(f"insert into {into or f'inferred.{name}'} by name from found")


def _insert_drivers(w: Writer, found: Sequence[Found] | pa.Table, *, is_few: bool) -> None:
    """Put drivers into their table, with examples from reviews; `is_few` where only some days matter."""
    if not len(found):
        return
    with _registered(w, "drivers", found):
        w.con.execute(load_sql("analysis_driver_days"))
        if is_few:
            _execute(w, "analysis_asked")
        else:
            w.con.execute("create or replace temp view topics_asked as from inferred.topics")
        w.con.execute(load_sql("analysis_drivers"))


@contextmanager
def _registered(w: Writer, name: str, found: Sequence[Found] | pa.Table) -> Iterator[None]:
    w.con.register("found", found if isinstance(found, pa.Table) else as_table(_schema(w, name), found))
    try:
        yield
    finally:
        w.con.unregister("found")


def _schema(w: Writer, name: str) -> pa.Schema:
    """The columns of inferred.<name> that an analysis knows."""
    schema = w.con.execute(f"from inferred.{name} limit 0").to_arrow_table().schema
    # Examples are chosen from the reviews, in SQL, and an alarm's first analysis is known when it is kept.
    return pa.schema([f for f in schema if (name, f.name) not in _IN_SQL])


def _execute(w: Writer, name: str, **parameters: object) -> None:
    for statement in w.con.extract_statements(load_sql(name)):
        asked = {k: v for k, v in parameters.items() if k in statement.named_parameters}
        w.con.execute(statement, asked or None)


def _rows(w: Writer, fact: str, order: str) -> list[tuple[Any, ...]]:
    """The rows of a fact that belong to wanted series, in order of series and `order`."""
    return _fact(w, fact, order).fetchall()


def _fact(w: Writer, fact: str, order: str) -> duckdb.DuckDBPyConnection:
    return w.con.execute(
        f"select * from fact_{fact} semi join analysis_wanted using (series) order by series, {order}"  # noqa: S608
    )


def _columns(w: Writer, name: str, **parameters: object) -> dict[str, Array]:
    *before, last = w.con.extract_statements(load_sql(name))
    for statement in before:
        w.con.execute(statement)
    return _table(w.con.execute(last, parameters or None).to_arrow_table())


def _table(table: pa.Table) -> dict[str, Array]:
    return {f.name: table[f.name].to_numpy() for f in table.schema}
