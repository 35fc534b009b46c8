"""/v1 for an app's own SDK: feedback, and the tester's consent."""

from __future__ import annotations

import asyncio

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

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
from flows.intake.consent_state import Entry, Standing
from flows.intake.consent_text import Wording
from flows.intake.group_commit import Unavailable
from flows.intake.invitations import Invitation
from flows.intake.schemas import (
    ConsentIn,
    ConsentOut,
    EntryOut,
    FeedbackIn,
    FeedbackOut,
    Health,
    Problem,
    PurposeOut,
    WordingOut,
    body_of,
    idempotency_key,
)
from flows.intake.state import House, check_open, house_of
from warehouse.records import Consent

RETRY_S = 5
"""After how many seconds to try again when nothing can be saved."""


def routes() -> list[Route]:
    """The machine's routes."""
    return [
        Route("/v1/feedback", post_feedback, methods=["POST"]),
        # One route, so that a wrong method is told all the right ones.
        Route("/v1/consent", consent, methods=["GET", "PUT", "DELETE"]),
        Route("/healthz", healthz, methods=["GET"]),
    ]


async def post_feedback(request: Request) -> Response:
    """Take in one feedback."""
    house, invitation = await _admitted(request)
    check_open(invitation)
    key = idempotency_key(request)
    body = await body_of(request, FeedbackIn)
    said = through_gate(**body.model_dump())
    if said.rating is None and said.text is None:
        raise Problem("invalid_fields", errors=[{"field": "text", "problem": "text or rating is needed"}])
    feedback_id = house.keys.feedback_id(invitation.tester, invitation.app, key)
    answer = await decided(house, give_feedback(invitation, said, feedback_id, house.version))
    assert answer.taken is not None  # noqa: S101 - a decision on feedback always says what was taken
    out = FeedbackOut(
        feedback_id=feedback_id, received_at=answer.taken.at, redactions=answer.taken.redactions,
        is_repeat=answer.is_repeat,
    )  # fmt: skip
    return _json(out, 200 if answer.is_repeat else 201)


async def consent(request: Request) -> Response:
    """The tester's consent, by method."""
    by_method = {"PUT": put_consent, "DELETE": delete_consent}
    return await by_method.get(request.method, get_consent)(request)


async def get_consent(request: Request) -> Response:
    """What holds, and the wording of today."""
    house, invitation = await _admitted(request)
    return _json(consent_out(house, invitation, house.standing(invitation)))


async def put_consent(request: Request) -> Response:
    """Give consent, or change single purposes."""
    house, invitation = await _admitted(request)
    body = await body_of(request, ConsentIn)
    held = house.standing(invitation).holds
    if held is None:
        check_open(invitation)
    # Purposes of a consent that holds can be changed at any time, without agreeing to a newer wording.
    if body.wording != house.version and (held is None or body.wording != held.wording):
        raise Problem("wording_outdated")
    answer = await decided(house, agree(invitation, Agreement(**body.model_dump())))
    return _json(consent_out(house, invitation, answer.standing))


async def delete_consent(request: Request) -> Response:
    """Withdraw everything and have everything erased; also after the cohort's time."""
    house, invitation = await _admitted(request)
    answer = await decided(house, withdraw(invitation))
    return _json(consent_out(house, invitation, answer.standing))


async def healthz(request: Request) -> Response:
    """Whether feedback can be saved."""
    is_well = house_of(request).committer.is_well
    return _json(Health(status="ok" if is_well else "unavailable"), 200 if is_well else 503)


async def decided(house: House, decide: Decide) -> Answer:
    """The committer's answer, once it is on disk. Raises Problem."""
    try:
        return await asyncio.wrap_future(house.committer.submit(decide))
    except Refusal as refusal:
        raise Problem(refusal.code) from None
    except Unavailable:
        raise Problem("unavailable", retry_after=RETRY_S) from None


async def _admitted(request: Request) -> tuple[House, Invitation]:
    house = house_of(request)
    given = request.headers.getlist("authorization")
    scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    if scheme.lower() != "bearer" or not token.strip():
        raise Problem("token_missing")
    return house, await house.admit_code(request, token)


def status_of(house: House, standing: Standing) -> str:
    """In a word: none, given, outdated or withdrawn."""
    if standing.holds is None:
        return "withdrawn" if standing.entries else "none"
    return "given" if standing.holds.wording == house.version else "outdated"


def consent_out(house: House, invitation: Invitation, standing: Standing) -> ConsentOut:
    """What a tester may know of their own consent: everything."""
    return ConsentOut(
        tester=invitation.tester, app=invitation.app, cohort=invitation.cohort,
        opens_at=invitation.opens_at, closes_at=invitation.closes_at,
        status=status_of(house, standing),  # type: ignore[arg-type]
        holds=None if standing.holds is None else _entry(standing.holds),
        history=[_entry(e) for e in standing.entries],
        wordings=[_wording(w.of(house.app_name(invitation.app))) for w in house.wordings.values()],
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


def _json(body: BaseModel, status: int = 200) -> Response:
    return Response(body.model_dump_json().encode(), status, media_type="application/json")
