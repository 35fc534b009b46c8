"""What a request asks of the ledger, decided in one thread, one after the other.

A feedback that stands in the queue behind a withdrawal is judged after it, and what is judged later bears
a later time: no text can slip past a withdrawal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from flows.intake.consent_state import ConsentState, ConsentStates, Entry, Taken, digest
from flows.intake.invitations import Invitation
from flows.privacy.consent_ledger import permitted, withdrawal
from flows.redaction.gate import passed
from warehouse.records import Consent, Erasure, Feedback

SOURCE = "intake"
PURPOSES = ("improve", "analyse", "quote", "contact")
_TICK = timedelta(microseconds=1)
Landed = Entry | Feedback


class Refusal(Exception):
    """The ledger does not allow it; `code` is a problem of `flows.intake.schemas`."""

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
    consent: ConsentState = field(default_factory=ConsentState)


class Draft(ConsentStates):
    """The ledger as it will stand after this commit, and the records that make it so."""

    def __init__(self, landed: ConsentStates) -> None:
        super().__init__(landed)
        self.records: list[Landed] = []

    def add(self, records: Iterable[Landed]) -> None:
        """Also to what is to be landed."""
        added = list(records)
        self.records += added
        super().add(added)


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
        known = draft.of(who)
        before = known.holds
        if before is not None and before.may_improve and not agreement.improve:
            raise Refusal("withdraw_instead")
        consent = Consent(
            tester=invitation.tester, app=invitation.app, cohort=invitation.cohort,
            event="given" if before is None else "changed",
            wording=agreement.wording, language=agreement.language, may_improve=agreement.improve,
            may_analyse=agreement.analyse, may_quote=agreement.quote, may_contact=agreement.contact,
            at=_after(known, now), source=SOURCE,
        )  # fmt: skip
        if before is not None and replace(before, at=consent.at, event=consent.event) == consent:
            return Answer(consent=known, is_repeat=True)
        draft.add((consent,))
        return Answer((consent,), consent=draft.of(who))

    return decide


def withdraw(invitation: Invitation) -> Decide:
    """Take everything back and have everything erased; a second time changes nothing."""

    def decide(draft: Draft, now: datetime) -> Answer:
        who = (invitation.tester, invitation.app)
        known = draft.of(who)
        before = known.holds
        if before is None:
            return Answer(consent=known, is_repeat=True)
        at = _after(known, now)
        records = (
            withdrawal(replace(before, cohort=invitation.cohort, basis=None), at, SOURCE),
            Erasure(tester=invitation.tester, app=invitation.app, at=at, source=SOURCE),
        )  # fmt: skip
        draft.add(records)
        return Answer(records, consent=draft.of(who))

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
        known = draft.of((invitation.tester, invitation.app))
        at = _after(known, now)
        feedback = _feedback(invitation, said, feedback_id, at)
        taken = draft.taken(feedback_id)
        erased = known.erased_until
        if taken is not None and (erased is None or taken.at > erased):
            if taken.digest != digest(feedback):
                raise Refusal("idempotency_key_reused")
            return Answer(taken=taken, feedback_id=feedback_id, is_repeat=True)
        consent = known.holds
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


def _after(known: ConsentState, now: datetime) -> datetime:
    """Now, but after everything that stands in the ledger and was said, even when the clock was set back."""
    before = [at for at in (known.newest, known.last_said) if at is not None]
    return max([now, *(at + _TICK for at in before)])
