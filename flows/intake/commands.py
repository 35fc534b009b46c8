"""What a request asks of the ledger, decided in one thread, one after the other.

A feedback that stands in the queue behind a withdrawal is judged after it, and what is judged later bears
a later time: no text can slip past a withdrawal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from flows.intake.consent_state import Entry, Ledger, Standing, Taken, digest
from flows.intake.invitations import Invitation
from flows.privacy.consent_ledger import Who, permitted, withdrawal
from flows.redaction.gate import passed
from warehouse.records import Consent, Erasure, Feedback

SOURCE = "intake"
PURPOSES = ("improve", "analyse", "quote", "contact")
_TICK = timedelta(microseconds=1)
Landed = Entry | Feedback


class Refusal(Exception):
    """The ledger does not allow it; `code` is a problem of `flows.intake.problems`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Answer:
    """What is told once everything is on disk."""

    records: tuple[Landed, ...] = ()
    taken: Taken | None = None
    feedback_id: str = ""
    is_repeat: bool = False
    standing: Standing = field(default_factory=Standing)


class Draft:
    """The ledger as it will stand after this commit."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._standings: dict[Who, Standing] = {}
        self._taken: dict[str, Taken] = {}
        self.records: list[Landed] = []

    def standing(self, who: Who) -> Standing:
        return self._standings.get(who) or self._ledger.standing(who)

    def taken(self, feedback_id: str) -> Taken | None:
        return self._taken.get(feedback_id) or self._ledger.taken(feedback_id)

    def add(self, records: tuple[Landed, ...]) -> None:
        for record in records:
            self.records.append(record)
            if isinstance(record, Feedback):
                taken = Taken(digest(record), record.submitted_at, record.redactions)
                self._taken[record.feedback_id] = taken
                of = (record.tester, record.app)
                self._standings[of] = self.standing(of).said(record.submitted_at)
            else:
                who = (record.tester, record.app or "")
                self._standings[who] = self.standing(who).plus(record)


Decide = Callable[[Draft, datetime], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What a tester ticked, in which wording and language."""

    wording: str
    language: str
    improve: bool
    analyse: bool
    quote: bool
    contact: bool


def agree(invitation: Invitation, agreement: Agreement) -> Decide:
    """Give consent or change single purposes. Refuses to take back `improve`, which is a withdrawal."""

    def decide(draft: Draft, now: datetime) -> Answer:
        who = (invitation.tester, invitation.app)
        standing = draft.standing(who)
        before = standing.holds
        if before is not None and before.may_improve and not agreement.improve:
            raise Refusal("withdraw_instead")
        consent = Consent(
            tester=invitation.tester, app=invitation.app, cohort=invitation.cohort,
            event="given" if before is None else "changed",
            wording=agreement.wording, language=agreement.language, may_improve=agreement.improve,
            may_analyse=agreement.analyse, may_quote=agreement.quote, may_contact=agreement.contact,
            at=_after(standing, now), source=SOURCE,
        )  # fmt: skip
        if before is not None and replace(before, at=consent.at, event=consent.event) == consent:
            return Answer(standing=standing, is_repeat=True)
        draft.add((consent,))
        return Answer((consent,), standing=draft.standing(who))

    return decide


def withdraw(invitation: Invitation) -> Decide:
    """Take everything back and have everything erased; a second time changes nothing."""

    def decide(draft: Draft, now: datetime) -> Answer:
        who = (invitation.tester, invitation.app)
        standing = draft.standing(who)
        before = standing.holds
        if before is None:
            return Answer(standing=standing, is_repeat=True)
        at = _after(standing, now)
        records = (
            withdrawal(replace(before, cohort=invitation.cohort, basis=None), at, SOURCE),
            Erasure(tester=invitation.tester, app=invitation.app, at=at, source=SOURCE),
        )  # fmt: skip
        draft.add(records)
        return Answer(records, standing=draft.standing(who))

    return decide


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One feedback after the gate."""

    rating: int | None
    text: str | None
    language: str | None
    version: str | None
    screen: str | None
    device: str | None
    redactions: int


def through_gate(
    *, rating: int | None, text: str | None, language: str | None, version: str | None, screen: str | None,
    device: str | None,
) -> Said:  # fmt: skip
    """Every field that a person may type in passes the gate, before anything touches the disk."""
    text, in_text = passed(text)
    version, in_version = passed(version)
    screen, in_screen = passed(screen)
    device, in_device = passed(device)
    return Said(
        rating=rating, text=text, language=language, version=version, screen=screen, device=device,
        redactions=in_text + in_version + in_screen + in_device,
    )  # fmt: skip


def give_feedback(invitation: Invitation, said: Said, feedback_id: str, wording: str) -> Decide:
    """Take in a feedback once. Refuses without a consent to `improve` in the wording of today."""

    def decide(draft: Draft, now: datetime) -> Answer:
        standing = draft.standing((invitation.tester, invitation.app))
        at = _after(standing, now)
        feedback = _feedback(invitation, said, feedback_id, at)
        taken = draft.taken(feedback_id)
        erased = standing.erased_until
        if taken is not None and (erased is None or taken.at > erased):
            if taken.digest != digest(feedback):
                raise Refusal("idempotency_key_reused")
            return Answer(taken=taken, feedback_id=feedback_id, is_repeat=True)
        consent = standing.holds
        permission = permitted(consent)
        if consent is None or not permission.store:
            raise Refusal("consent_missing")
        if consent.wording != wording:
            raise Refusal("consent_outdated")
        feedback = replace(
            feedback,
            consent_version=consent.wording,
            may_analyse=permission.analyse,
            may_quote=permission.quote,
        )
        draft.add((feedback,))
        return Answer((feedback,), taken=draft.taken(feedback_id), feedback_id=feedback_id)

    return decide


def _feedback(invitation: Invitation, said: Said, feedback_id: str, at: datetime) -> Feedback:
    return Feedback(
        feedback_id=feedback_id, app=invitation.app, cohort=invitation.cohort, tester=invitation.tester,
        source=SOURCE, rating=said.rating, text=said.text, submitted_at=at, seen_at=at,
        language=said.language, version=said.version, screen=said.screen, device=said.device,
        consent_version="", may_analyse=False, may_quote=False, redactions=said.redactions,
    )  # fmt: skip


def _after(standing: Standing, now: datetime) -> datetime:
    """Now, but after everything that stands in the ledger and was said, even when the clock was set back."""
    before = [at for at in (standing.newest, standing.last_said) if at is not None]
    return max([now, *(at + _TICK for at in before)])
