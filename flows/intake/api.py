"""/v1 for an app's own SDK: feedback, and the tester's consent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from json import JSONDecodeError
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import from_json

from flows.intake.commands import (
    Agreement,
    Answer,
    Decide,
    Refusal,
    agree,
    give_feedback,
    through_gate,
    withdraw,
)
from flows.intake.consent_state import ConsentState, Entry
from flows.intake.consent_text import Wording
from flows.intake.group_commit import Unavailable
from flows.intake.invitations import Invitation
from flows.intake.middleware import check_content_type
from flows.intake.schemas import (
    KEY_PATTERN,
    LONGEST_KEY,
    SHORTEST_KEY,
    ConsentIn,
    ConsentOut,
    EntryOut,
    FeedbackIn,
    FeedbackOut,
    Health,
    Problem,
    PurposeOut,
    WordingOut,
    problems,
)
from flows.intake.state import IntakeState, check_open, state_of
from warehouse.records import Consent

RETRY_S = 5
"""After how many seconds to try again when nothing can be saved."""
_ALWAYS = ("token_missing", "token_revoked", "wrong_host", "too_many_requests", "unavailable")
_WITH_BODY = (
    "cohort_not_open", "request_timeout", "body_too_large", "unsupported_media_type", "invalid_fields",
)  # fmt: skip


class _InvitationCode(HTTPBearer):
    """The header's code as the description shows it, and the invitation that it opens."""

    async def __call__(self, request: Request) -> Invitation:  # type: ignore[override]
        """Raises Problem; asked a second time it answers as the first time."""
        if not hasattr(request.state, "tester"):
            given = await super().__call__(request)
            if given is None:
                raise Problem("token_missing")
            request.state.tester = await state_of(request).admit_code(request, given.credentials)
        found: Invitation = request.state.tester
        return found


_invitation = _InvitationCode(scheme_name="invitation", description="The invitation code.", auto_error=False)


class _BoundedJson(Request):
    """A body read by pydantic's parser, which bounds nesting and numbers; no text of it is in an error."""

    async def json(self) -> Any:
        try:
            return from_json(await self.body(), allow_inf_nan=False)
        except ValueError:
            raise JSONDecodeError("", "", 0) from None


class _Admitted(APIRoute):
    """Who asks is settled before a body is read: whoever has no code is told nothing about a body."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def admitted(request: Request) -> Response:
            await _invitation(request)
            if self.body_field is not None:
                check_content_type(request, "application/json")
            return await answer(_BoundedJson(request.scope, request.receive))

        return admitted


Tester = Annotated[Invitation, Depends(_invitation)]
# A key that could be somebody's number is refused, because not even a hash of one may be kept.
IdempotencyKey = Annotated[
    Annotated[str, Field(pattern=KEY_PATTERN, min_length=SHORTEST_KEY, max_length=LONGEST_KEY)]
    | SkipJsonSchema[None],
    Header(alias="Idempotency-Key", description="The same for every repeat of one feedback, such as a UUID."),
]

health = APIRouter()
router = APIRouter(route_class=_Admitted)


@router.post(
    "/v1/feedback", operation_id="postFeedback", summary="Give feedback",
    status_code=201, response_description="It is saved",
    responses={
        200: {"model": FeedbackOut, "description": "It was there already"},
        **problems(*_ALWAYS, *_WITH_BODY, "idempotency_key_reused", "consent_missing"),
    },
)  # fmt: skip
async def post_feedback(
    request: Request, tester: Tester, body: FeedbackIn, response: Response, key: IdempotencyKey = None
) -> FeedbackOut:
    """Taken in once, with the consent that holds; answered when it is on disk."""
    state = state_of(request)
    check_open(tester)
    said = through_gate(**body.model_dump())
    if said.rating is None and said.text is None:
        raise Problem("invalid_fields", errors=[{"field": "text", "problem": "text or rating is needed"}])
    feedback_id = state.keys.feedback_id(tester.tester, tester.app, key)
    answer = await decided(state, give_feedback(tester, said, feedback_id, state.version))
    assert answer.taken is not None  # noqa: S101 - a decision on feedback always says what was taken
    if answer.is_repeat:
        response.status_code = 200
    return FeedbackOut(
        feedback_id=feedback_id, received_at=answer.taken.at, redactions=answer.taken.redactions,
        is_repeat=answer.is_repeat,
    )  # fmt: skip


@router.get(
    "/v1/consent", operation_id="getConsent", summary="What holds, and the wording of today",
    responses=problems(*_ALWAYS),
)  # fmt: skip
async def get_consent(request: Request, tester: Tester) -> ConsentOut:
    """Everything that was agreed to, and the consent text in both languages."""
    state = state_of(request)
    return consent_out(state, tester, state.consent_of(tester))


@router.put(
    "/v1/consent", operation_id="putConsent", summary="Give consent or change single purposes",
    responses=problems(*_ALWAYS, *_WITH_BODY, "withdraw_instead"),
)  # fmt: skip
async def put_consent(request: Request, tester: Tester, body: ConsentIn) -> ConsentOut:
    """To the wording of today; a consent that holds may be changed without agreeing to a newer one."""
    state = state_of(request)
    held = state.consent_of(tester).holds
    if held is None:
        check_open(tester)
    if body.wording != state.version and (held is None or body.wording != held.wording):
        raise Problem("wording_outdated")
    answer = await decided(state, agree(tester, Agreement(**body.model_dump())))
    return consent_out(state, tester, answer.consent)


@router.delete(
    "/v1/consent", operation_id="deleteConsent", summary="Withdraw everything and have it erased",
    responses=problems(*_ALWAYS),
)  # fmt: skip
async def delete_consent(request: Request, tester: Tester) -> ConsentOut:
    """Also after the cohort's time; a second time changes nothing."""
    state = state_of(request)
    answer = await decided(state, withdraw(tester))
    return consent_out(state, tester, answer.consent)


@health.get(
    "/healthz", operation_id="health", summary="Whether feedback can be saved",
    response_description="Feedback can be saved",
    responses={503: {"model": Health, "description": "Feedback cannot be saved"}},
)  # fmt: skip
@health.head("/healthz", include_in_schema=False)
async def healthz(request: Request, response: Response) -> Health:
    """For a service manager or a proxy; it needs no code."""
    state = state_of(request)
    if not state.committer.is_well:
        response.status_code = 503
    return Health(status="ok" if state.committer.is_well else "unavailable")


async def decided(state: IntakeState, decide: Decide) -> Answer:
    """The committer's answer, once it is on disk. Raises Problem."""
    try:
        return await asyncio.wrap_future(state.committer.submit(decide))
    except Refusal as refusal:
        raise Problem(refusal.code) from None
    except Unavailable:
        raise Problem("unavailable", retry_after=RETRY_S) from None


def status_of(state: IntakeState, known: ConsentState) -> str:
    """In a word: none, given, outdated or withdrawn."""
    if known.holds is None:
        return "withdrawn" if known.entries else "none"
    return "given" if known.holds.wording == state.version else "outdated"


def consent_out(state: IntakeState, invitation: Invitation, known: ConsentState) -> ConsentOut:
    """What a tester may know of their own consent: everything."""
    return ConsentOut(
        tester=invitation.tester, app=invitation.app, cohort=invitation.cohort,
        opens_at=invitation.opens_at, closes_at=invitation.closes_at,
        status=status_of(state, known),  # type: ignore[arg-type]
        holds=None if known.holds is None else _entry(known.holds),
        history=[_entry(e) for e in known.entries],
        wordings=[_wording(w.of(state.app_name(invitation.app))) for w in state.wordings.values()],
    )  # fmt: skip


def _entry(entry: Entry) -> EntryOut:
    if not isinstance(entry, Consent):
        return EntryOut(
            event="erasure_ordered", at=entry.at, wording=None, language=None, improve=False, analyse=False,
            quote=False, contact=False,
        )  # fmt: skip
    return EntryOut(
        event=entry.event, at=entry.at, wording=entry.wording, language=entry.language,
        improve=entry.may_improve, analyse=entry.may_analyse, quote=entry.may_quote,
        contact=entry.may_contact,
    )  # fmt: skip


def _wording(wording: Wording) -> WordingOut:
    purposes = [
        PurposeOut(
            purpose=key,  # type: ignore[arg-type]
            label=section.heading,
            explanation="\n\n".join(b.text for b in section.blocks if b.text),
        )
        for key, section in wording.purposes.items()
    ]
    return WordingOut(
        version=wording.version, language=wording.language,  # type: ignore[arg-type]
        title=wording.title, text=wording.text, purposes=purposes,
    )  # fmt: skip
