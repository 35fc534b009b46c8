"""What testers agreed to, and what was taken in already: the landing folder's ledger, kept in memory.

The append-only ledger is `landing/consents` and `landing/erasures`; this is its replay. Other processes
(erasing on the command line, imports) land entries too, so their new batches are looked for again.
"""

from __future__ import annotations

import hashlib
import time
from bisect import insort
from collections import ChainMap
from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from flows.privacy.consent_ledger import Who, order
from warehouse.landing import Landing
from warehouse.manifest import COMPACT, INTAKE
from warehouse.records import Consent, Erasure, Feedback

PREFIX = INTAKE
"""Batches of ours begin with it."""
RETENTION = "retention"
"""Who asks for an erasure of what is past its time."""
# A folder's time has the grain of the kernel's clock: a change in the same grain would go unseen.
_GRAIN_NS = 2_000_000_000

Entry = Consent | Erasure


@dataclass(frozen=True, slots=True)
class ConsentState:
    """All entries of one tester and app, in order of time."""

    entries: tuple[Entry, ...] = ()
    last_said: datetime | None = None
    """When the newest feedback was sent that was taken in here; a clock that was ahead may have dated it."""

    @property
    def holds(self) -> Consent | None:
        """The consent that holds: the newest entry, when it is neither a withdrawal nor an erasure.

        What is erased because its time is over ends no consent: the tester may go on.
        """
        deciding = [e for e in self.entries if not (isinstance(e, Erasure) and e.source == RETENTION)]
        newest = deciding[-1] if deciding else None
        if isinstance(newest, Consent) and newest.event != "withdrawn":
            return newest
        return None

    @property
    def newest(self) -> datetime | None:
        """When the newest entry was made."""
        return self.entries[-1].at if self.entries else None

    @property
    def erased_until(self) -> datetime | None:
        """Everything until then is to be gone."""
        return max((e.at for e in self.entries if isinstance(e, Erasure)), default=None)

    def plus(self, entry: Entry) -> ConsentState:
        """With one more entry, wherever its time puts it; one that is there already changes nothing."""
        if entry in self.entries:
            return self
        entries = list(self.entries)
        insort(entries, entry, key=_order)
        return replace(self, entries=tuple(entries))

    def said(self, at: datetime) -> ConsentState:
        """After a feedback of this tester."""
        return replace(self, last_said=max(self.last_said or at, at))


@dataclass(frozen=True, slots=True)
class Taken:
    """What is remembered of a feedback: a digest of what it says, to know a repeat from another one."""

    digest: bytes
    at: datetime
    redactions: int


def digest(feedback: Feedback) -> bytes:
    """What the feedback says, after the gate; kept in memory only."""
    says = (feedback.rating, feedback.text, feedback.language, feedback.version, feedback.screen,
            feedback.device)  # fmt: skip
    return hashlib.blake2b(repr(says).encode("utf-8", "backslashreplace"), digest_size=16).digest()


class ConsentStates:
    """What is known of testers and of their feedback, one record after the other."""

    def __init__(self, known: ConsentStates | None = None) -> None:
        """Empty, or on top of what is known already, which stays as it is."""
        self._states: MutableMapping[Who, ConsentState] = {} if known is None else ChainMap({}, known._states)
        self._everywhere: MutableMapping[str, ConsentState] = (
            {} if known is None else ChainMap({}, known._everywhere)
        )
        self._taken: MutableMapping[str, Taken] = {} if known is None else ChainMap({}, known._taken)

    def of(self, who: Who) -> ConsentState:
        """What stands in the ledger about a tester and an app."""
        state = self._states.get(who, ConsentState())
        for erasure in self._everywhere.get(who[0], ConsentState()).entries:
            state = state.plus(erasure)
        return state

    def taken(self, feedback_id: str) -> Taken | None:
        """Whether a feedback of this id was landed by us before."""
        return self._taken.get(feedback_id)

    def add(self, records: Iterable[Entry | Feedback]) -> None:
        """Take in what was landed, or is about to be."""
        for record in records:
            if isinstance(record, Feedback):
                taken = Taken(digest(record), record.submitted_at, record.redactions)
                self._taken[record.feedback_id] = taken
                of = (record.tester, record.app)
                self._states[of] = self._states.get(of, ConsentState()).said(record.submitted_at)
            elif record.app is None:
                known = self._everywhere.get(record.tester, ConsentState())
                self._everywhere[record.tester] = known.plus(record)
            else:
                who = (record.tester, record.app)
                self._states[who] = self._states.get(who, ConsentState()).plus(record)


class LandedConsents(ConsentStates):
    """The replay of one landing folder. One thread changes it, any thread may ask it."""

    def __init__(self, landing: Landing) -> None:
        super().__init__()
        self._landing = landing
        self._seen: dict[str, set[str]] = {Consent.KIND: set(), Erasure.KIND: set()}
        self._changed_ns: dict[str, int] = {}
        self._waiting: set[str] = set()

    def landed(self, batch: str) -> None:
        """A batch is our own and was added already."""
        for seen in self._seen.values():
            seen.add(batch)

    def replay(self) -> None:
        """Read everything that was landed before; once, at the start."""
        self.notice()
        with self._landing.steady():
            whole = self._landing.whole_batches()
            for path in self._landing.files(Feedback.KIND):
                batch = path.split("/")[1]
                if batch.startswith((PREFIX, COMPACT)) and batch in whole:
                    self.add(self._landing.records(path, Feedback))

    def notice(self) -> int:
        """Take in consents and erasures that others landed since; how many batches."""
        found = 0
        for kind, record in ((Consent.KIND, Consent), (Erasure.KIND, Erasure)):
            folder = self._landing.folder / kind
            if not self._may_have_changed(folder):
                continue
            with self._landing.steady():
                names = {p.name for p in folder.iterdir()} - self._seen[kind]
                ready = {n for n in names if self._is_whole(n)}
                for batch in sorted(ready):
                    for part in sorted((folder / batch).glob("*.jsonl.gz")):
                        self.add(self._landing.records(f"{kind}/{batch}/{part.name}", record))
            self._seen[kind] |= ready
            self._waiting = (self._waiting - ready) | (names - ready)
            found += len(ready)
        return found

    def _is_whole(self, batch: str) -> bool:
        return any((self._landing.folder / "coverage" / batch).glob("*.jsonl.gz"))

    def _may_have_changed(self, folder: Path) -> bool:
        try:
            changed = folder.stat().st_mtime_ns
        except FileNotFoundError:
            return False
        is_same = self._changed_ns.get(folder.name) == changed
        if is_same and not self._waiting:
            return False
        # Only a time that has aged is final.
        if time.time_ns() - changed > _GRAIN_NS:
            self._changed_ns[folder.name] = changed
        return True


def _order(entry: Entry) -> tuple[object, ...]:
    # A withdrawal and its erasure bear the same moment; the erasure comes last.
    if isinstance(entry, Erasure):
        return entry.at, True
    return entry.at, False, *order(entry)
