"""What is past its time in the working file, and forgetting what nothing else refers to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from warehouse.writes import writer

Who = tuple[str, str]
"""Tester and app."""


def expired_feedback(data: Path, until: datetime) -> list[Who]:
    """Whose feedback was sent at or before `until`."""
    with writer(data) as w:
        rows = w.con.execute(
            "select distinct tester, app from core.feedback where submitted_at <= $until order by all",
            {"until": until},
        ).fetchall()
    return [(tester, app) for tester, app in rows]


def expired_ledger(data: Path, until: datetime) -> list[Who]:
    """Who withdrew at or before `until`, agreed to nothing since and has no feedback."""
    with writer(data) as w:
        rows = w.con.execute(
            "select tester, app from core.consent_now c"
            " where event = 'withdrawn' and entered_at <= $until"
            " and not exists (from core.feedback f where f.tester = c.tester and f.app = c.app)"
            " order by all",
            {"until": until},
        ).fetchall()
    return [(tester, app) for tester, app in rows]


def forget_ledger(data: Path, whose: Sequence[Who]) -> None:
    """Remove all ledger entries of these testers and apps, in one transaction."""
    with writer(data) as w, w.transaction():
        w.con.executemany("delete from core.consents where tester = ? and app = ?", [list(x) for x in whose])
