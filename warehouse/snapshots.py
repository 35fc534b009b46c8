"""What stays of older publications, so that a number that somebody cited can be looked up again.

The last few publications stay as they are, for readers that hold them open. Beyond them the newest of each of
the last days and of each of the last weeks stays as a *snapshot*: the same tables without anything of
testers, who may take their words back at any time. What a mart keeps in a snapshot it says itself
(`-- snapshot: none`, or a condition on its rows); the schema stays whole. Days and weeks (from
Monday) are UTC's, by the time in the file's name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from warehouse.dictionary import quoted
from warehouse.errors import NothingPublished, WarehouseError
from warehouse.private import FILE as PRIVATE_FILE
from warehouse.private import SUFFIX, beside, record, sync
from warehouse.schema import marts

FOLDER = "published"
_NAME = re.compile(r"hoshiyomi-(\d{8}T\d{6}Z)-r(\d+)(\.snapshot)?\.duckdb")
_GB = 1_000_000_000
_MEMORY = "512MB"
_THREADS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """Which publications stay: `[retention]` of hoshiyomi.toml."""

    files: int = 3
    """The last few, as they are, the current one among them."""
    days: int = 14
    """Of so many days, today among them, the newest as a snapshot; 0: none."""
    weeks: int = 52
    """Of so many weeks, this one among them, the newest as a snapshot; 0: none."""
    gigabytes: int = 20
    """Snapshots beyond this sum go, the oldest first."""


KEEP = Keep()


@dataclass(frozen=True, slots=True, order=True)
class Published:
    """One file among the published ones, whole or a snapshot."""

    revision: int
    at: datetime
    path: Path
    is_snapshot: bool

    @property
    def day(self) -> date:
        """The day (UTC) on which it was published."""
        return self.at.date()

    @property
    def week(self) -> date:
        """The Monday of that day's week."""
        return self.day - timedelta(days=self.day.weekday())


def published(data: Path) -> list[Published]:
    """Every publication that is still there, the newest first."""
    return sorted(_read(data), reverse=True)


def file_name(at: datetime, revision: int, *, snapshot: bool = False) -> str:
    """What a publication of a moment is called."""
    return f"hoshiyomi-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}-r{revision}{'.snapshot' * snapshot}.duckdb"


def revision_of(path: Path) -> int:
    """The number in the name of a publication; 0 for another file."""
    match = _NAME.fullmatch(path.name)
    return int(match.group(2)) if match else 0


def as_of(data: Path, moment: datetime) -> Path:
    """The newest publication of `moment` or before: what was believed then.

    Raises NothingPublished, with what there is, when none of then is kept.
    """
    there = published(data)
    for one in there:
        if one.at <= moment:
            return one.path
    kept = f"The oldest that is kept is of {there[-1].at:%Y-%m-%d %H:%M} UTC" if there else "None is kept"
    raise NothingPublished(
        f"No publication of {moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC or before is there. {kept}. "
        "Remedy: ask for a later day; `[retention]` in hoshiyomi.toml says how long publications stay."
    )


def wanted(there: Iterable[Published], today: date, keep: Keep) -> list[Published]:
    """Which of these stay as snapshots, the newest first: pure, without the bound of their size."""
    first_day = today - timedelta(days=keep.days - 1)
    first_week = today - timedelta(days=today.weekday(), weeks=keep.weeks - 1)
    days: set[date] = set()
    weeks: set[date] = set()
    found = []
    for one in sorted(there, reverse=True):
        of_day = keep.days > 0 and one.day >= first_day and one.day not in days
        of_week = keep.weeks > 0 and one.week >= first_week and one.week not in weeks
        days.add(one.day)
        weeks.add(one.week)
        if of_day or of_week:
            found.append(one)
    return found


def thin(data: Path, now: datetime, keep: Keep) -> list[Path]:
    """Remove what the rule does not keep, and make snapshots of what it keeps beyond the last files.

    The last `keep.files` are left alone. Gives the snapshots that stay, the newest first.
    """
    there = published(data)
    older = there[keep.files :]
    # The last few speak for their days: an older file of the same day is not the newest of it.
    stays = [one for one in wanted(there, now.astimezone(UTC).date(), keep) if one in older]
    left = keep.gigabytes * _GB
    kept = []
    for one in stays:
        left -= one.path.stat().st_size
        if left >= 0:
            kept.append(snapshot(one))
    # By revision: what became a snapshot has another name now.
    _remove(data, {one.revision for one in (*there[: keep.files], *stays[: len(kept)])})
    return kept


def drop_since(data: Path, moment: datetime) -> int:
    """Remove the snapshots of `moment` and later, which hold what is to be no more; how many."""
    gone = [one for one in published(data) if one.is_snapshot and one.at >= moment]
    for one in gone:
        beside(one.path).unlink(missing_ok=True)
        one.path.unlink(missing_ok=True)
    return len(gone)


def snapshot(one: Published) -> Path:
    """Make a snapshot of a publication, in its place; where it lies. A snapshot stays as it is.

    Raises WarehouseError when what was written does not verify; the publication then stays.
    """
    if one.is_snapshot:
        return one.path
    path = one.path.with_name(file_name(one.at, one.revision, snapshot=True))
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.unlink(missing_ok=True)
    mode, group = one.path.stat().st_mode & 0o777, one.path.stat().st_gid
    _write(one.path, temporary)
    sync(temporary)
    for made in (record(temporary, path.name), temporary):
        os.chown(made, -1, group)
        made.chmod(mode)
    temporary.rename(path)
    sync(path.parent)
    one.path.unlink(missing_ok=True)
    beside(one.path).unlink(missing_ok=True)
    return path


def _write(source: Path, file: Path) -> None:
    """Every table of `source` into a fresh `file`, without what its mart keeps from snapshots."""
    kept = {mart.name: mart.snapshot for mart in marts()}
    with duckdb.connect(config={"memory_limit": _MEMORY, "threads": _THREADS}) as con:
        con.execute(f"ATTACH {quoted(str(source))} AS old (READ_ONLY)")
        con.execute(f"ATTACH {quoted(str(file))} AS fresh")
        file.chmod(PRIVATE_FILE)
        con.execute("SET preserve_insertion_order = true")
        con.execute("COPY FROM DATABASE old TO fresh (SCHEMA)")
        for (table,) in con.execute(
            "select table_name from duckdb_tables() where database_name = 'old'"
        ).fetchall():
            # Names come from our own publication, conditions from our own .sql files.
            rows = f"from old.main.{table} where {kept.get(table) or 'true'}"
            con.execute(f"insert into fresh.main.{table} {rows}")
            differ = con.execute(
                f"select (select (count(*), bit_xor(hash(t))) from (select * {rows}) t) is distinct from "  # noqa: S608
                f"(select (count(*), bit_xor(hash(t))) from fresh.main.{table} t)"
            ).fetchone()
            if differ != (False,):
                raise WarehouseError(
                    f"The snapshot of {source.name} does not hold what was written: {table}."
                )
        con.execute("CHECKPOINT fresh")


def _read(data: Path) -> Iterator[Published]:
    for path in (data / FOLDER).glob("hoshiyomi-*.duckdb"):
        match = _NAME.fullmatch(path.name)
        if match:
            at = datetime.strptime(match.group(1), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            yield Published(int(match.group(2)), at, path, match.group(3) is not None)


def _remove(data: Path, revisions: set[int]) -> None:
    for one in published(data):
        if one.revision not in revisions:
            one.path.unlink(missing_ok=True)
    for left in (data / FOLDER).glob(f"*{SUFFIX}"):
        if not left.with_name(left.name.removesuffix(SUFFIX)).exists():
            left.unlink(missing_ok=True)
