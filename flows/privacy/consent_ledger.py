"""Who may be stored, read and quoted: the rule, the ledger it reads, and the filter of other channels.

What holds is the newest entry of a tester and app; of two of one moment the one that agrees to less. Nothing
may be done with a purpose that the entry allows unless it allows `improve`, too. In SQL the same rule is the
view `core.consent_now`; a property test holds the two together. No database is asked here. Whom another
channel names by an address or an id of its own is known by a pseudonym.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flows.intake.invitations import Keys
from warehouse.landing import Landing
from warehouse.records import Consent, Feedback
from warehouse.tombstones import Tombstones

_USE = "respondent"


def pseudonym(keys: Keys, person: str) -> str:
    """The pseudonym of an address or a respondent's id: `p-` and 24 hexadecimal digits (96 bits).

    Width and blanks around make no difference, nor does case in an address, because they are typed by hand.
    """
    plain = unicodedata.normalize("NFKC", person).strip()
    if "@" in plain:
        plain = plain.casefold()
    return f"p-{hmac.digest(keys.secret(_USE), plain.encode(), hashlib.sha256).hex()[:24]}"


Who = tuple[str, str]
"""Tester and app."""


@dataclass(frozen=True, slots=True)
class Permission:
    """What may be done with what a tester sends."""

    store: bool = False
    analyse: bool = False
    """A model may read it."""
    quote: bool = False
    """Its words may be published, in a cohort that is large enough."""
    contact: bool = False


def permitted(newest: Consent | None) -> Permission:
    """The consent rule: what the newest entry of a tester and app allows; without one, nothing."""
    if newest is None or newest.event == "withdrawn" or not newest.may_improve:
        return Permission()
    return Permission(True, newest.may_analyse, newest.may_quote, newest.may_contact)


def order(entry: Consent) -> tuple[datetime, bool, bool, bool, bool, bool]:
    """Orders entries of one tester and app: the last one holds."""
    return (
        entry.at, entry.event == "withdrawn", not entry.may_improve, not entry.may_analyse,
        not entry.may_quote, not entry.may_contact,
    )  # fmt: skip


class Ledger:
    """All entries of finished batches."""

    def __init__(self, entries: Iterable[Consent] = ()) -> None:
        self._of: dict[Who, list[Consent]] = defaultdict(list)
        for entry in entries:
            self.add(entry)

    @classmethod
    def landed(cls, landing: Landing) -> Ledger:
        """What stands in the landing folder. Raises LandingError for a damaged file."""
        return cls(landing.whole_records(Consent))

    def add(self, entry: Consent) -> None:
        """Take in one more entry."""
        self._of[entry.tester, entry.app].append(entry)

    def __iter__(self) -> Iterator[Who]:
        return iter(sorted(self._of))

    def entries(self, who: Who) -> list[Consent]:
        """The entries of a tester and app, oldest first."""
        return sorted(self._of.get(who, ()), key=order)

    def newest(self, who: Who) -> Consent | None:
        """What holds; None where nothing was ever agreed to."""
        return max(self._of.get(who, ()), key=order, default=None)


class ConsentFilter:
    """Lets pass what may be landed from a channel that does not ask the testers itself."""

    def __init__(self, landing: Landing) -> None:
        self._stones = Tombstones.landed(landing)
        self._ledger = Ledger.landed(landing)
        self.left_out = 0
        """Pieces of feedback whose tester is erased, has withdrawn or does not let it be used."""

    def feedback(self, came: Sequence[Feedback]) -> list[Feedback]:
        """The feedback that may be landed: not of a tester who is erased or does not permit it.

        A tester of whom the ledger says nothing is let in: the page's own entries speak of them.

        To be asked before `consents` of the same page, which may renew nothing that was withdrawn.
        """
        kept = [f for f in came if not self._stones.cover(f) and not self._refuses((f.tester, f.app))]
        self.left_out += len(came) - len(kept)
        return kept

    def consents(self, came: Iterable[Consent]) -> list[Consent]:
        """The ledger entries that say something new.

        An entry that rests on an operator's word (`basis`) never replaces what a tester said, least of all a
        withdrawal, and is not repeated.
        """
        kept = []
        for entry in came:
            before = self._ledger.newest((entry.tester, entry.app))
            if entry.basis is not None and before is not None:
                if before.basis is None or before.event == "withdrawn" or _same(before, entry):
                    continue
                entry = replace(entry, event="changed")
            self._ledger.add(entry)
            kept.append(entry)
        return kept

    def _refuses(self, who: Who) -> bool:
        newest = self._ledger.newest(who)
        return newest is not None and not permitted(newest).store


def withdrawal(before: Consent, now: datetime, source: str) -> Consent:
    """The entry that ends a consent."""
    return replace(
        before, event="withdrawn", may_improve=False, may_analyse=False, may_quote=False, may_contact=False,
        at=max(now, before.at), source=source,
    )  # fmt: skip


def _same(one: Consent, other: Consent) -> bool:
    """Whether two entries agree to the same in the same wording and cohort."""
    return _says(one) == _says(other)


def _says(entry: Consent) -> tuple[object, ...]:
    return (
        entry.cohort, entry.wording, entry.may_improve, entry.may_analyse, entry.may_quote, entry.may_contact,
    )  # fmt: skip
