"""`hoshiyomi erase`: whose feedback is meant, and erasing it at once."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from flows.config.load import Config
from flows.console import counted
from flows.errors import InputError
from flows.lock import RefreshRunning, refresh_lock
from flows.pipeline import publish as publishing
from flows.privacy.backups import tell
from flows.privacy.clock import believe
from flows.privacy.consent_ledger import Ledger, withdrawal
from flows.privacy.erasure import COMMAND, finish, purge, request, sweep
from flows.privacy.receipts import FOLDER
from warehouse.errors import WorkingFileDamaged
from warehouse.landing import Landing
from warehouse.reads import LINK
from warehouse.records import Consent, Erasure, Feedback
from warehouse.tombstones import Tombstones
from warehouse.writes import FILE, has_tables, writer

_TICK = timedelta(microseconds=1)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be erased: tombstones, and the ledger entries that end the consents."""

    entries: tuple[Erasure, ...]
    consents: tuple[Consent, ...]


def of_tester(data: Path, tester: str, app: str | None, now: datetime) -> Wanted:
    """Everything of one tester until now, in one app or in all. Raises InputError for a stranger.

    What a clock that was ahead dated later than now is meant, too.
    """
    landing = Landing(data)
    ledger = Ledger.landed(landing)
    known = {who for who in ledger if who[0] == tester and app in (None, who[1])}
    newest = _newest_feedback(landing, tester, app)
    if not known and newest is None and not _is_erased(landing, tester):
        raise InputError(
            f"Nothing is held of a tester {tester!r}{f' in {app}' if app else ''}. Remedy: the pseudonym as "
            "it stands in the ledger, or --person for an address or id of an import."
        )
    until = max(now, newest) if newest else now
    return Wanted((Erasure(tester=tester, app=app, at=until, source=COMMAND),), _endings(ledger, known, now))


def of_wording(data: Path, wording: str, app: str | None, now: datetime) -> Wanted:
    """Everything that was given under one wording. Raises InputError when nobody agreed to it.

    Whose newest entry bears the wording is erased until now and withdrawn; who agreed to another wording
    afterwards is erased until then, and that later consent stays.
    """
    ledger = Ledger.landed(Landing(data))
    entries, over = [], set()
    for who in ledger:
        if app not in (None, who[1]):
            continue
        history = ledger.entries(who)
        last = max((n for n, c in enumerate(history) if c.wording == wording), default=None)
        if last is None:
            continue
        later = history[last + 1] if last + 1 < len(history) else None
        until = later.at - _TICK if later is not None and later.event != "withdrawn" else now
        if until == now:
            over.add(who)
        entries.append(Erasure(tester=who[0], app=who[1], at=until, source=COMMAND))
    if not entries:
        raise InputError(f"No tester ever agreed to a wording {wording!r}{f' in {app}' if app else ''}.")
    return Wanted(tuple(entries), _endings(ledger, over, now))


def execute_erasure(
    config: Config, wanted: Wanted, now: datetime, *, confirm_clock: bool = False
) -> list[Path]:
    """Land the tombstones and execute everything that is open; the receipts.

    Raises ClockNotBelievable before anything: under a clock that is ahead a tombstone would take away what is
    sent for years, under one that is behind it would leave what was sent today. The tombstones are landed
    whatever follows, so that no request is lost. Raises RefreshRunning while a refresh works here, which
    leaves them to the next one; ChecksFailed when nothing may be published: the landing files and the working
    file are clean by then, and the next run goes on.
    """
    believe(config.data, now, config.retention.clock_jump_days, confirmed=confirm_clock)
    if wanted.entries:
        request(config.data, wanted.entries, wanted.consents, now)
    try:
        with refresh_lock(config.data):
            receipts = _execute(config, now)
            tell(config.data, now)
    except RefreshRunning as error:
        raise RefreshRunning(f"The request is kept and is executed by the next refresh. {error}") from None
    fields = {"receipts": counted(len(receipts), "receipt"), "folder": config.data / FOLDER}
    log.info("%(receipts)s in %(folder)s", fields)
    return receipts


def _execute(config: Config, now: datetime) -> list[Path]:
    data = config.data
    if (data / LINK).is_symlink() and not has_tables(data):
        raise WorkingFileDamaged(
            f"{data / FILE} is missing. The request is kept. Remedy: `hoshiyomi rebuild`, which makes it "
            "anew from the landing folder and executes the request."
        )
    work = sweep(data, now)
    with writer(data) as w:
        # Nothing else: what waits to be classified is the next refresh's.
        w.load(now, kinds=(Erasure.KIND, Consent.KIND))
    work = sweep(data, now, work)
    rows = {"rows": counted(work.rows, "row")}
    log.info("%(rows)s taken out of landing files; writing the working file anew", rows)
    purge(data, work, now)
    return finish(data, work, _publish(config), now)


def _publish(config: Config) -> int | None:
    """Publish anew, unless nothing ever was; the revision."""
    if not (config.data / LINK).is_symlink():
        return None
    if publishing.is_publication_due(config.data):
        # The statistics were made of what is gone, too.
        from flows.pipeline.analyse import analyse_now

        analyse_now(config)
        log.info("building marts")
        publishing.build_marts(config.data)
        publishing.run_checks(config.data)
    done = publishing.publish_now(config)
    return done.revision


def _endings(ledger: Ledger, whose: set[tuple[str, str]], now: datetime) -> tuple[Consent, ...]:
    newest = [ledger.newest(who) for who in sorted(whose)]
    return tuple(withdrawal(c, now, COMMAND) for c in newest if c is not None and c.event != "withdrawn")


def _newest_feedback(landing: Landing, tester: str, app: str | None) -> datetime | None:
    """When the tester's newest landed feedback was sent."""
    sent = (
        datetime.fromisoformat(str(row["submitted_at"]))
        for path in landing.files(Feedback.KIND)
        for row in landing.rows(path)
        if row["tester"] == tester and app in (None, row["app"])
    )
    return max(sent, default=None)


def _is_erased(landing: Landing, tester: str) -> bool:
    """Whether there is a tombstone already: asking again executes what is open."""
    return any(entry.tester == tester for entry in Tombstones.landed(landing))
