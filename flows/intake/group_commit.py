"""Group commit: one thread decides and lands what many requests ask, and only then they are answered.

A batch `intake-<time>-<number>` is landed part by part, each synced, and its coverage last. A batch whose
coverage never landed was acknowledged to nobody; it is swept at the next start.
"""

from __future__ import annotations

import itertools
import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from flows.errors import HoshiyomiError
from flows.intake.commands import SOURCE, Answer, Decide, Draft, Landed, Refusal
from flows.intake.consent_state import PREFIX, LandedConsents
from flows.intake.invitations import alpha_folder
from warehouse.errors import LandingError
from warehouse.landing import Landing
from warehouse.locks import claimed
from warehouse.private import make_folder, sync
from warehouse.records import Consent, Coverage, Erasure, Feedback

log = logging.getLogger(__name__)

WINDOW_S = 0.03
"""So long the first request of a batch waits for others."""
_MOST = 500
_QUEUE = 2_000
_LOOK_AGAIN_S = 1.0
_PART, _COVERAGE = "00000", "coverage"
_KINDS = (Consent, Feedback, Erasure)
_numbers = itertools.count(1)

Place = Callable[[str], tuple[str, str]]
"""From an app's key to the store and id under which its coverage is kept."""


class IntakeRunning(HoshiyomiError):
    """Another intake server takes in feedback for this data folder."""

    exit_code = 5


class Unavailable(Exception):
    """Nothing can be taken in now: too many wait, or the disk refuses."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    decide: Decide
    answer: Future[Answer] = field(default_factory=Future)


class Committer:
    """The one writer of the intake; start it, submit to it, stop it."""

    def __init__(
        self, landing: Landing, consents: LandedConsents, place: Place, *, window_s: float = WINDOW_S,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        self._landing = landing
        self._consents = consents
        self._place = place
        self._window_s = window_s
        self._clock = clock
        self._queue: queue.Queue[_Waiting | None] = queue.Queue(_QUEUE)
        self._thread = threading.Thread(target=self._run, name="committer", daemon=True)
        self._is_well = True

    @property
    def is_well(self) -> bool:
        """Whether the thread lives and its last commit was landed."""
        return self._is_well and self._thread.is_alive()

    def start(self) -> None:
        """Sweep what a killed server left, read the ledger, and begin."""
        sweep(self._landing)
        self._consents.replay()
        self._thread.start()

    def stop(self) -> None:
        """Land what waits, then end."""
        self._queue.put(None)
        self._thread.join()

    def submit(self, decide: Decide) -> Future[Answer]:
        """Ask for a decision; the future is answered when everything is on disk.

        It holds Refusal when the ledger does not allow it. Raises Unavailable when too many wait.
        """
        waiting = _Waiting(decide)
        try:
            self._queue.put_nowait(waiting)
        except queue.Full:
            raise Unavailable from None
        return waiting.answer

    def _run(self) -> None:
        is_open = True
        while is_open:
            group, is_open = self._gather()
            try:
                self._commit([w for w in group if w.answer.set_running_or_notify_cancel()])
            except Exception as error:  # noqa: BLE001 - the thread must live on; nobody is left without an answer
                self._give_up(group, error)

    def _gather(self) -> tuple[list[_Waiting], bool]:
        """The requests of one batch, and whether more may come."""
        group: list[_Waiting] = []
        until = time.monotonic() + _LOOK_AGAIN_S
        while len(group) < _MOST:
            try:
                waiting = self._queue.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                break
            if waiting is None:
                return group, False
            if not group:
                until = time.monotonic() + self._window_s
            group.append(waiting)
        return group, True

    def _commit(self, group: Sequence[_Waiting]) -> None:
        self._consents.notice()
        draft = Draft(self._consents)
        answers: list[Answer | Refusal] = []
        for waiting in group:
            try:
                answers.append(waiting.decide(draft, self._clock()))
            except Refusal as refusal:
                answers.append(refusal)
        if draft.records:
            batch = self._land(draft.records)
            self._consents.landed(batch)
            self._consents.add(draft.records)
        self._is_well = True
        for waiting, answer in zip(group, answers, strict=True):
            if isinstance(answer, Refusal):
                waiting.answer.set_exception(answer)
            else:
                waiting.answer.set_result(answer)

    def _land(self, records: Sequence[Landed]) -> str:
        started = self._clock()
        batch = f"{PREFIX}{started:%Y%m%dt%H%M%S}.{started.microsecond:06d}z-{next(_numbers):06d}"
        try:
            for kind in _KINDS:
                self._landing.write(kind.KIND, batch, _PART, [r for r in records if isinstance(r, kind)])
            self._landing.write(Coverage.KIND, batch, _COVERAGE, self._coverage(batch, records, started))
        except OSError:
            take_back(self._landing, batch)
            raise
        return batch

    def _coverage(self, batch: str, records: Sequence[Landed], started: datetime) -> list[Coverage]:
        """One row an app; an erasure or a consent alone is coverage of no feedback."""
        rows = []
        for app in sorted({r.app or "" for r in records}):
            store, store_app_id = self._place(app)
            got = sum(isinstance(r, Feedback) and r.app == app for r in records)
            rows.append(
                Coverage(
                    batch=batch, run_id=batch, source=SOURCE, asked_for="feedback", store=store,
                    store_app_id=store_app_id, started_at=started, finished_at=self._clock(),
                    covered_until=started, pages=1, got=got, outcome="complete", reason="end_confirmed",
                )
            )  # fmt: skip
        return rows

    def _give_up(self, group: Sequence[_Waiting], error: Exception) -> None:
        """Nothing of this batch counts: say so to everybody who waits for it."""
        self._is_well = False
        # Only what kind of error: its words could hold a person's.
        why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else ""
        if isinstance(error, LandingError):
            why = str(error)
        log.error("%d requests could not be landed: %s %s", len(group), type(error).__name__, why)
        for waiting in group:
            if not waiting.answer.done():
                waiting.answer.set_exception(Unavailable())


def sweep(landing: Landing) -> int:
    """Remove our batches that a killed server did not finish, of which nobody was told; how many."""
    landing.sweep()
    whole = landing.whole_batches()
    begun = {p.name for kind in _KINDS for p in (landing.folder / kind.KIND).glob(f"{PREFIX}*")}
    begun |= {p.name for p in (landing.folder / Coverage.KIND).glob(f"{PREFIX}*")}
    for batch in begun - whole:
        take_back(landing, batch)
    return len(begun - whole)


def take_back(landing: Landing, batch: str) -> None:
    """Remove a batch that is not to count, its coverage first."""
    for kind in (Coverage, *_KINDS):
        folder = landing.path(kind.KIND, batch, _PART).parent
        for part in folder.glob("*.jsonl.gz"):
            part.unlink(missing_ok=True)
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


@contextmanager
def only_server(data: Path) -> Iterator[None]:
    """Hold the folder's intake lock, which dies with its process. Raises IntakeRunning."""
    with claimed(alpha_folder(data) / ".intake.lock") as is_ours:
        if not is_ours:
            raise IntakeRunning(
                f"Another intake server takes in feedback for {data}. Remedy: stop it first; one is enough."
            )
        yield


def prepare(landing: Landing) -> None:
    """Make the folders of the kinds that we land, so that a batch never has to make one."""
    for kind in (*_KINDS, Coverage):
        make_folder(landing.folder / kind.KIND)
    sync(landing.folder)
