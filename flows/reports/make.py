"""Making reports of the published file, and writing them into a folder."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from flows.config.settings import DashboardChoice
from flows.config.tables import nearest
from flows.errors import InputError
from flows.reports.pdf import printed
from flows.sources.base import is_on_this_machine
from warehouse.local_days import UTC
from warehouse.private import make_folder, write_atomically
from warehouse.reads import current

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashboard.queries import Once
    from dashboard.report.weeks import Week
    from dashboard.report.written import Report

FORMATS = ("html", "pdf", "md")
LANGUAGES = ("ja", "en")


def week_named(name: str) -> Week:
    """`--week 2026-W40`. Raises InputError."""
    from dashboard.report.weeks import parsed

    try:
        return parsed(name)
    except ValueError:
        raise InputError(
            f"--week {name!r} is no week of the calendar. "
            "Remedy: year and number as ISO 8601 counts them, such as 2026-W40."
        ) from None


def formats_named(names: str) -> tuple[str, ...]:
    """`--format html,pdf,md`, each once. Raises InputError."""
    wanted = tuple(dict.fromkeys(n.strip().lower() for n in names.split(",") if n.strip()))
    for name in wanted:
        if name not in FORMATS:
            raise InputError(
                f"--format {name!r} is unknown{nearest(name, FORMATS)}. Remedy: one or more of html,pdf,md."
            )
    if not wanted:
        raise InputError("--format names nothing. Remedy: one or more of html,pdf,md.")
    return wanted


@contextmanager
def published(data: Path, zone: str = UTC) -> Iterator[Once]:
    """The current publication, opened for as many reports as are wanted, by the days of `zone`.

    Raises NothingPublished.
    """
    # Its cache warns that no page is shown, which is so.
    logging.getLogger("streamlit.runtime.caching.cache_data_api").addFilter(lambda _: False)
    # Imports Streamlit and Altair, which no other command waits for.
    from dashboard.report.written import opened

    with opened(current(data), zone) as once:
        yield once


def usual_week(once: Once, app: str | None, today: date) -> Week:
    """The last whole week, or the last with data where the data ends before it."""
    from dashboard.report.weeks import last_whole, week_of
    from dashboard.report.written import last_day

    week, until = last_whole(today), last_day(once, app)
    if until is None or until >= week.last:
        return week
    # A week of which a day is missing is told with what is missing, not passed over.
    return min(week, week_of(until))


def address_of(dashboard: DashboardChoice) -> str | None:
    """Where the readers of a report find the dashboard; None where only this machine reaches it."""
    return None if is_on_this_machine(dashboard.url) else dashboard.url


def report(
    once: Once,
    week: Week,
    language: str,
    *,
    app: str | None,
    apps: Sequence[str] = (),
    with_quotes: bool = True,
    url: str | None = None,
) -> Report:
    """The report of an app, or with None of all (or of `apps`). Raises InputError for an app nobody knows."""
    from dashboard.report.written import UnknownApp, of_all, of_app

    try:
        if app is not None:
            return of_app(once, app, week, language, with_quotes=with_quotes, url=url)
        return of_all(once, week, language, apps=apps, url=url)
    except UnknownApp as error:
        known = error.known
        near = nearest(app or "", known) if len(known) < 50 else ""
        raise InputError(
            f"--app {app!r}: no app of this key is published{near}. Remedy: a key of apps.toml, "
            "or the store's id of an app that was imported."
        ) from None


def write(made: Report, folder: Path, formats: Sequence[str]) -> list[Path]:
    """Write a report in the formats that are wanted; the files.

    Raises HoshiyomiError where there can be no PDF, after the others were written.
    """
    make_folder(folder)
    paths = []
    # The PDF last: it is what may fail.
    for kind in sorted(formats, key=("html", "md", "pdf").index):
        content = {"html": made.html, "md": made.markdown}.get(kind)
        path = folder / f"{made.file_name}.{kind}"
        write_atomically(path, content.encode() if content is not None else printed(made.html))
        paths.append(path)
    return paths


def prune(folder: Path, now: datetime, days: int) -> None:
    """Remove reports that were written for sending more than `days` ago: they hold people's words."""
    oldest = (now - timedelta(days)).timestamp()
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_file() and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
