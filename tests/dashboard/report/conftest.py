"""Reports of the worlds that the dashboard's tests publish, each made once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from dashboard.report import written
from dashboard.report.weeks import Week, parsed
from dashboard.report.written import Report
from warehouse import reads

WEEK = parsed("2026-W47")
"""The last whole week of the worlds, which end on a Tuesday."""
Made = Callable[..., Report]


@pytest.fixture(scope="session")
def report(worlds: Callable[[str], Path]) -> Made:
    """`report("analysed", "ja")`: the first app of a world in a week; with `app=None` of all apps."""

    @cache
    def made(
        world: str, language: str, *, week: Week = WEEK, app: str | None = "", quotes: bool = True
    ) -> Report:
        with written.opened(reads.current(worlds(world))) as once:
            if app is None:
                return written.of_all(once, week, language)
            key = app or once.overview()[0].app
            return written.of_app(once, key, week, language, with_quotes=quotes)

    return made
