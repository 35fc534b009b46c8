"""What the analysis reads from the working file, and where it puts what it found.

Nothing is computed here: counts and facts come out of SQL in a moment, the lock is let go, and results go in
in one transaction (`flows.pipeline.analyse` is between).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from warehouse.schema import load_sql
from warehouse.writes import Writer

LEAST_TESTERS = 5
"""What fewer testers said is never broken down."""
MOST_TOPICS = 32
"""A row of counts names its topics by the bits of 32; topics beyond that are not counted."""
TABLES = (
    "rating_series", "series_events", "change_points", "release_impact", "driver_comparisons", "drivers",
    "fix_first", "tradeoffs", "anomalies", "alpha_foretold", "alpha_topics", "release_watch",
)  # fmt: skip
"""What one analysis replaces; `inferred.alarms` and `inferred.verdict_history` are archives, and
`inferred.audit` grows by `add_audit`."""

_IN_SQL = {
    ("drivers", "examples"), ("alarms", "first_told_at"),
    ("verdict_history", "said_at"), ("verdict_history", "verdict_before"),
}  # fmt: skip

Array: TypeAlias = NDArray[Any]
Found: TypeAlias = tuple[Mapping[str, Any], object]
"""One row: the columns that its object does not know, such as app and store, and the object with the rest."""


@dataclass(frozen=True, slots=True)
class ShownScore:
    """What the store displayed, as the last sighting of a day had it."""

    observed_at: datetime
    displayed_score: float | None
    ratings_count: int | None
    stars: tuple[int, ...] | None
    """How many ratings gave 1..5 stars, where the store shows them."""


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
    scores: list[ShownScore] = field(default_factory=list)
    console_days: list[tuple[date, float]] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    """In order of time."""
    versions: list[str] = field(default_factory=list)
    """The releases that reviews name, by their number in `Facts.versions`."""


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

    def part(self, columns: Mapping[str, Array], number: int) -> dict[str, Array]:
        """The rows of series `number`; views, nothing is copied."""
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


def read_facts(w: Writer, fingerprint: str) -> Facts:
    """Counts by one GROUP BY over all reviews, and the facts of every app in every store."""
    w.con.execute(load_sql("analysis_series"))
    series = [Series(app, store, as_of) for _, app, store, as_of in _rows(w, "analysis_ends")]
    for number, version, released_at, source in _rows(w, "analysis_releases"):
        series[number].releases.append((version, released_at, source))
    for number, observed_at, score, count, *stars in _rows(w, "analysis_snapshots"):
        histogram = None if None in stars else tuple(stars)
        series[number].scores.append(ShownScore(observed_at, score, count, histogram))
    for number, day, average in _rows(w, "analysis_console_days"):
        series[number].console_days.append((day, average))
    w.con.execute(load_sql("analysis_dump_holes"))
    for number, *gap in _rows(w, "analysis_gaps"):
        series[number].gaps.append(Gap(*gap))
    w.con.execute(load_sql("analysis_named_versions"))
    for number, version in _rows(w, "analysis_version_names"):
        series[number].versions.append(version)
    topics = w.con.execute(
        "select topic, lens from core.topic_config where position < $most order by position",
        {"most": MOST_TOPICS},
    ).fetchall()
    return Facts(
        fingerprint=fingerprint,
        topics=tuple((topic, lens) for topic, lens in topics),
        series=tuple(series),
        counts=_columns(w, "analysis_counts"),
        alpha=_columns(w, "analysis_alpha", least=LEAST_TESTERS),
        schemas={name: _schema(w, name) for name in (*TABLES, "alarms", "verdict_history")},
        versions=_columns(w, "analysis_versions"),
    )


def as_table(schema: pa.Schema, found: Sequence[Found]) -> pa.Table:
    """Rows as columns, which take a fifth of their memory."""
    if not found:
        return schema.empty_table()
    return pa.table({f.name: pa.array(_values(f.name, found), f.type) for f in schema})


def store(
    w: Writer, fingerprint: str, found: Mapping[str, Sequence[Found] | pa.Table], now: datetime
) -> None:
    """Replace the results of the last analysis by `found`, by table, in one transaction."""
    with w.transaction():
        for name in TABLES:
            w.con.execute(f"delete from inferred.{name}")  # noqa: S608
            _insert(w, name, found.get(name, ()))
        _archive(w, found.get("alarms", ()), now)
        _remember(w, found.get("verdict_history", ()), now)
        w.con.execute("delete from inferred.analysis")
        w.con.execute("insert into inferred.analysis values (?, ?)", [fingerprint, now])


def add_audit(w: Writer, rows: Sequence[object], run_at: datetime, seed: int) -> None:
    """Keep what one audit measured, beside what earlier ones did."""
    with w.transaction():
        _insert(w, "audit", [({"run_at": run_at, "seed": seed}, row) for row in rows])


def _archive(w: Writer, alarms: Sequence[Found] | pa.Table, now: datetime) -> None:
    """Take in the alarms of this analysis; what was told before and is not found any more is withdrawn."""
    w.con.execute("create or replace temp table told_before as from inferred.alarms")
    w.con.execute("delete from inferred.alarms")
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
    if not len(found):
        return
    w.con.register("found", found if isinstance(found, pa.Table) else as_table(_schema(w, name), found))
    try:
        if name == "drivers":
            w.con.execute(load_sql("analysis_drivers"))
        else:
            w.con.execute(f"insert into {into or f'inferred.{name}'} by name from found")
    finally:
        w.con.unregister("found")


def _schema(w: Writer, name: str) -> pa.Schema:
    """The columns of inferred.<name> that an analysis knows."""
    schema = w.con.execute(f"from inferred.{name} limit 0").to_arrow_table().schema
    # Examples are chosen from the reviews, in SQL, and an alarm's first analysis is known when it is kept.
    return pa.schema([f for f in schema if (name, f.name) not in _IN_SQL])


def _values(column: str, found: Sequence[Found]) -> list[object]:
    if column in found[0][0]:
        return [known[column] for known, _ in found]
    return [getattr(row, column) for _, row in found]


def _rows(w: Writer, name: str) -> list[tuple[Any, ...]]:
    return w.con.execute(load_sql(name)).fetchall()


def _columns(w: Writer, name: str, **parameters: object) -> dict[str, Array]:
    *before, last = w.con.extract_statements(load_sql(name))
    for statement in before:
        w.con.execute(statement)
    table = w.con.execute(last, parameters or None).to_arrow_table()
    return {f.name: table[f.name].to_numpy() for f in table.schema}
