"""Tombstones as they are landed: whose feedback is to be gone, and the landing files that still hold some.

No database is asked, so that collecting and importing can leave out what must not come back.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from warehouse.landing import Landing
from warehouse.records import Erasure, Feedback

Hits = dict[str, Counter[Erasure]]
"""By landing file: how many of its rows each tombstone covers."""


class Tombstones:
    """All tombstones of a data folder; of those of one tester and app the latest governs."""

    def __init__(self, entries: Iterable[Erasure]) -> None:
        # Of one moment the same is kept in any order, as in warehouse/load/erasures.sql.
        ordered = sorted(entries, key=lambda e: e.source, reverse=True)
        self._all = {(e.tester, e.app, e.at): e for e in ordered}
        latest: dict[tuple[str, str | None], Erasure] = {}
        for entry in sorted(self._all.values(), key=lambda e: e.at):
            latest[entry.tester, entry.app] = entry
        self._of: dict[str, list[Erasure]] = defaultdict(list)
        for entry in latest.values():
            self._of[entry.tester].append(entry)

    @classmethod
    def landed(cls, landing: Landing) -> Tombstones:
        """Those of finished batches."""
        return cls(landing.whole_records(Erasure))

    def __iter__(self) -> Iterator[Erasure]:
        return iter(self._all.values())

    def __len__(self) -> int:
        return len(self._all)

    def covering(self, tester: str, app: str, submitted_at: datetime) -> list[Erasure]:
        """Those under which something that was sent then must be gone."""
        return [e for e in self._of.get(tester, ()) if e.app in (None, app) and submitted_at <= e.at]

    def cover(self, feedback: Feedback) -> bool:
        """Whether this feedback must be gone."""
        return bool(self.covering(feedback.tester, feedback.app, feedback.submitted_at))

    def hits(self, landing: Landing, files: Iterable[str]) -> Hits:
        """Which of these landed feedback files hold covered rows. Raises LandingError for a damaged one."""
        found: Hits = {}
        for path in files:
            counted: Counter[Erasure] = Counter()
            for row in landing.rows(path):
                counted.update(self._covering_row(row))
            if counted:
                found[path] = counted
        return found

    def sweep(self, landing: Landing, path: str) -> int:
        """Rewrite one landed feedback file without its covered rows; how many were left out."""
        return landing.rewrite(path, lambda row: not self._covering_row(row))

    def _covering_row(self, row: Mapping[str, object]) -> list[Erasure]:
        tester = str(row["tester"])
        if tester not in self._of:
            return []
        return self.covering(tester, str(row["app"]), datetime.fromisoformat(str(row["submitted_at"])))


def erasure_id(entry: Erasure) -> str:
    """Names one execution of a tombstone, without its pseudonym: 16 hexadecimal digits."""
    at = entry.at.astimezone(UTC).isoformat()
    return hashlib.sha256(f"{entry.tester}\0{entry.app or ''}\0{at}".encode()).hexdigest()[:16]
