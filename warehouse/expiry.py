"""What is past its time in the working file, and forgetting what nothing else refers to.

Nothing goes for its age at once: it is marked first and goes when it has been marked for the days of grace
(`core.expiring_feedback`, `core.expiring_ledger`). The clock is an argument everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from warehouse.writes import writer

_LOAD = Path(__file__).parent / "load"
Who = tuple[str, str]
"""Tester and app."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """What goes on one day because of its age; counts only."""

    what: str
    """feedback, or consents: the ledger's entries of testers who withdrew."""
    app: str
    on: date
    """The first day (UTC) on which a run takes it away."""
    testers: int
    pieces: int = 0
    first_sent: date | None = None
    last_sent: date | None = None
    unmarked: int = 0
    """How many of them no run has marked yet; their grace begins with the next run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ages:
    """How long something is kept, and how long before its end it is marked."""

    days: int
    grace: int

    def until(self, now: datetime) -> datetime:
        """What is of then or before is past its time. Days are cut at midnight UTC, so that the runs of one
        day ask for the same."""
        return _midnight(now) - timedelta(days=self.days)

    def soon(self, now: datetime) -> datetime:
        """What is of then or before is marked: a day more than the grace ahead, so that a daily run at about
        the same hour has marked it for whole days when its time is over."""
        return self.until(now) + timedelta(days=self.grace + 1)

    def ripe(self, now: datetime) -> datetime:
        """What was marked then or before has had its grace."""
        return now - timedelta(days=self.grace)


def mark(data: Path, feedback: Ages, ledger: Ages, now: datetime, since: datetime | None) -> None:
    """Mark what is near or past the end of its time; no grace begins before `since`."""
    since = min(since, now) if since else None
    with writer(data) as w, w.transaction():
        _run(w.con, "expiring_feedback", {"now": now, "soon": feedback.soon(now), "since": since})
        _run(w.con, "expiring_ledger", {"now": now, "soon": ledger.soon(now), "since": since})


def expired_feedback(data: Path, ages: Ages, now: datetime) -> list[tuple[str, str, datetime]]:
    """(tester, app, until when) of feedback whose time and grace are over."""
    with writer(data) as w:
        rows = w.con.execute(
            _sql("expired_feedback"), {"until": ages.until(now), "ripe": ages.ripe(now)}
        ).fetchall()
    return [(tester, app, until) for tester, app, until in rows]


def expired_ledger(data: Path, ages: Ages, now: datetime) -> list[Who]:
    """Who withdrew so long ago, agreed to nothing since, has no feedback, and was marked long enough."""
    with writer(data) as w:
        rows = w.con.execute(
            _sql("expired_ledger"), {"until": ages.until(now), "ripe": ages.ripe(now)}
        ).fetchall()
    return [(tester, app) for tester, app in rows]


def going(data: Path, feedback: Ages, ledger: Ages, now: datetime) -> list[Going]:
    """What goes next because of its age, in order of the day on which it goes; nothing is changed."""
    asked = {"now": now, "soon": feedback.soon(now), "days": feedback.days, "grace": feedback.grace}
    with writer(data) as w:
        pieces = w.con.execute(_sql("going_feedback"), asked).fetchall()
        asked = {"now": now, "soon": ledger.soon(now), "days": ledger.days, "grace": ledger.grace}
        entries = w.con.execute(_sql("going_ledger"), asked).fetchall()
    found = [
        Going(what="feedback", app=app, on=on, pieces=n, testers=testers, first_sent=first, last_sent=last,
              unmarked=unmarked)
        for app, on, n, testers, first, last, unmarked in pieces
    ] + [
        Going(what="consents", app=app, on=on, testers=testers, unmarked=unmarked)
        for app, on, testers, unmarked in entries
    ]  # fmt: skip
    return sorted(found, key=lambda g: (g.on, g.what != "feedback", g.app))


def forget_ledger(data: Path, whose: Sequence[Who]) -> None:
    """Remove all ledger entries of these testers and apps, in one transaction."""
    with writer(data) as w, w.transaction():
        w.con.executemany("delete from core.consents where tester = ? and app = ?", [list(x) for x in whose])


def _run(con: duckdb.DuckDBPyConnection, name: str, given: dict[str, datetime | None]) -> None:
    """Run a script, each statement with those parameters that it names."""
    for statement in con.extract_statements(_sql(name)):
        con.execute(statement, {k: v for k, v in given.items() if k in statement.named_parameters} or None)


def _sql(name: str) -> str:
    return (_LOAD / f"{name}.sql").read_text(encoding="utf-8")


def _midnight(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
