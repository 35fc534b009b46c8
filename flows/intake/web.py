"""The pages for people: code, consent, feedback, thanks, and "my consent". They need no JavaScript."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from flows.intake.api import consent_out, decided
from flows.intake.commands import PURPOSES, Agreement, agree, give_feedback, through_gate, withdraw
from flows.intake.consent_text import LANGUAGES
from flows.intake.invitations import Invitation
from flows.intake.request import Visit, language_of, moment, new_session, phrases, visit_of
from flows.intake.schemas import LONGEST_NAME, LONGEST_TEXT, Problem
from flows.intake.state import check_open
from warehouse.records import Consent

NAMES = ("version", "screen", "device")
Errors = dict[str, str]
"""From a field's id to a phrase."""


def agreement_of(form: Mapping[str, str], wording: str, language: str) -> Agreement:
    """The boxes that were ticked; a box that is missing was not."""
    ticked = {purpose: form.get(purpose) == "yes" for purpose in PURPOSES}
    return Agreement(wording=wording, language=language, **ticked)


@dataclass(frozen=True, slots=True)
class Typed:
    """A feedback as it was typed, to be shown again when something is wrong."""

    rating: str = ""
    text: str = ""
    version: str = ""
    screen: str = ""
    device: str = ""

    @property
    def stars(self) -> int | None:
        """The stars chosen; None when none were."""
        return int(self.rating) if self.rating in ("1", "2", "3", "4", "5") else None

    def errors(self) -> Errors:
        """What is wrong, in the order of the form."""
        found: Errors = {}
        if self.rating and self.stars is None:
            found["rating"] = "error.rating"
        if len(self.text) > LONGEST_TEXT:
            found["text"] = "error.text_too_long"
        elif not self.text.strip() and self.stars is None:
            found["text"] = "error.nothing_said"
        for name in NAMES:
            if len(getattr(self, name)) > LONGEST_NAME:
                found[name] = "error.name_too_long"
        return found


def typed_of(form: Mapping[str, str]) -> Typed:
    """The fields of the feedback form. Browsers send line ends as CR LF; one line end is one character."""
    text = form.get("text", "").replace("\r\n", "\n")
    return Typed(form.get("rating", ""), text, *(form.get(n, "").strip() for n in NAMES))


Asked = Annotated[Visit, Depends(visit_of)]
router = APIRouter(include_in_schema=False)
_ONCE = re.compile(r"once-[0-9a-f]{24}")
# The text that was typed must not be lost to these; it is shown again with the reason.
_TO_RETRY = ("unavailable", "too_many_requests")


async def front(request: Request) -> Response:
    """To the pages in the browser's language."""
    return RedirectResponse(f"/{language_of(request.headers.get('accept-language', ''))}/", 303)


@router.api_route("/", methods=["GET", "HEAD"])
async def door(visit: Asked) -> Response:
    """Asks for the invitation code."""
    return visit.page("door", "/")


@router.post("/")
async def enter(visit: Asked) -> Response:
    """Takes the code, and begins a new session for it."""
    await visit.take_form()
    code = visit.form.get("code", "")
    if not code.strip():
        return visit.page("door", "/", 422, errors={"code": "error.code_missing"})
    try:
        tester = await visit.house.admit_code(visit.request, code)
    except Problem as problem:
        if problem.code != "token_unknown":
            raise
        return visit.page("door", "/", 422, errors={"code": "error.code_unknown"})
    return visit.go(_next(visit, tester), new_session(visit.house.keys.token_hash(code)))


def _next(visit: Visit, tester: Invitation) -> str:
    """Where a tester goes from the door: to what is still possible and not yet done."""
    held = visit.house.standing(tester).holds
    try:
        check_open(tester)
    except Problem:
        return "/my-consent"
    is_valid = held is not None and held.may_improve and held.wording == visit.house.version
    return "/feedback" if is_valid else "/consent"


@router.api_route("/wording", methods=["GET", "HEAD"])
async def wording(visit: Asked) -> Response:
    """The consent text for anybody, before a code is given."""
    text = visit.house.wordings[visit.language].of(phrases(visit.language)["the_app"])
    return visit.page("wording", "/wording", wording=text)


@router.api_route("/consent", methods=["GET", "HEAD"])
async def ask_consent(visit: Asked) -> Response:
    """The consent text, and the boxes; none is ticked beforehand."""
    tester = visit.tester()
    if tester is None:
        return visit.go("/")
    check_open(tester)
    return _consent_page(visit, tester, {}, {})


def _consent_page(
    visit: Visit, tester: Invitation, ticked: dict[str, bool], errors: Errors, status: int = 200
) -> Response:
    return visit.page("consent", "/consent", status, ticked=ticked, errors=errors, **visit.facts(tester))


@router.post("/consent")
async def take_consent(visit: Asked) -> Response:
    """Lands what was ticked; without `improve` nothing at all is kept."""
    await visit.take_form()
    tester = visit.tester()
    if tester is None:
        return visit.go("/")
    check_open(tester)
    given = agreement_of(visit.form, visit.house.version, visit.language)
    ticked = {p: getattr(given, p) for p in PURPOSES}
    if visit.form.get("wording") != visit.house.version:
        return _consent_page(visit, tester, {}, {"improve": "error.wording_changed"}, 422)
    if not given.improve:
        return _consent_page(visit, tester, ticked, {"improve": "error.improve_needed"}, 422)
    await decided(visit.house, agree(tester, given))
    return visit.go("/feedback")


@router.api_route("/feedback", methods=["GET", "HEAD"])
async def ask_feedback(visit: Asked) -> Response:
    """The feedback form."""
    tester = visit.tester()
    if tester is None:
        return visit.go("/")
    if _next(visit, tester) != "/feedback":
        return visit.go(_next(visit, tester))
    return _feedback_page(visit, tester, Typed(), f"once-{secrets.token_hex(12)}")


def _feedback_page(
    visit: Visit, tester: Invitation, typed: Typed, once: str, errors: Errors | None = None, status: int = 200
) -> Response:
    return visit.page(
        "feedback", "/feedback", status, typed=typed, once=once, errors=errors or {}, longest=LONGEST_TEXT,
        **visit.facts(tester),
    )  # fmt: skip


@router.post("/feedback")
async def take_feedback(visit: Asked) -> Response:
    """Lands the feedback, or shows it again with what is wrong."""
    session = await visit.take_form()
    once = visit.form.get("once", "")
    if not _ONCE.fullmatch(once):
        raise Problem("form_expired")
    tester = visit.house.register.find(session.token_hash)
    if tester is None:
        return visit.go("/")
    typed = typed_of(visit.form)
    errors = typed.errors()
    if errors:
        return _feedback_page(visit, tester, typed, once, errors, 422)
    try:
        visit.tester()
        check_open(tester)
        redactions = await _send(visit, tester, typed, once)
    except Problem as problem:
        if problem.code in ("consent_missing", "consent_outdated"):
            return visit.go("/consent")
        if problem.code not in _TO_RETRY:
            raise
        page = _feedback_page(visit, tester, typed, once, {"text": f"error.{problem.code}"}, problem.status)
        page.headers.update(problem.headers)
        return page
    return visit.go("/thanks", replace(session, redactions=redactions))


async def _send(visit: Visit, tester: Invitation, typed: Typed, once: str) -> int:
    """Land it; how many personal numbers were masked."""
    said = through_gate(
        rating=typed.stars, text=typed.text, language=visit.language, version=typed.version,
        screen=typed.screen, device=typed.device,
    )  # fmt: skip
    if said.rating is None and said.text is None:
        raise Problem("invalid_fields")
    feedback_id = visit.house.keys.feedback_id(tester.tester, tester.app, once)
    answer = await decided(visit.house, give_feedback(tester, said, feedback_id, visit.house.version))
    return answer.taken.redactions if answer.taken else 0


@router.api_route("/thanks", methods=["GET", "HEAD"])
async def thanks(visit: Asked) -> Response:
    """Says that it is saved, and what was masked."""
    tester = visit.tester()
    if tester is None or visit.session is None:
        return visit.go("/")
    return visit.page("thanks", "/thanks", redactions=visit.session.redactions, **visit.facts(tester))


@router.api_route("/my-consent", methods=["GET", "HEAD"])
async def my_consent(visit: Asked) -> Response:
    """What holds and what held, with the buttons to change and to withdraw."""
    tester = visit.tester()
    if tester is None:
        return visit.go("/")
    return _mine(visit, tester)


def _mine(visit: Visit, tester: Invitation, errors: Errors | None = None, status: int = 200) -> Response:
    known = consent_out(visit.house, tester, visit.house.standing(tester))
    zone = visit.house.choice.timezone
    # The boxes are explained as they were when they were ticked.
    held = known.holds and visit.house.shown.get((known.holds.wording or "", visit.language))
    history = [(entry, moment(entry.at, visit.language, zone)) for entry in known.history]
    return visit.page(
        "mine", "/my-consent", status, known=known, held=held, history=list(reversed(history)),
        errors=errors or {}, can_agree=_next(visit, tester) != "/my-consent", purposes=PURPOSES,
        closes=moment(tester.closes_at, visit.language, zone), **visit.facts(tester),
    )  # fmt: skip


@router.post("/my-consent")
async def change_consent(visit: Asked) -> Response:
    """Changes the purposes beside `improve`; that one is taken back by withdrawing."""
    await visit.take_form()
    tester = visit.tester()
    if tester is None:
        return visit.go("/")
    held = visit.house.standing(tester).holds
    if held is None:
        return visit.go("/consent")
    await decided(visit.house, agree(tester, _changed(held, agreement_of(visit.form, "", ""))))
    return visit.go("/my-consent")


def _changed(held: Consent, wanted: Agreement) -> Agreement:
    """The answers of "my consent": given to the wording that holds, which the page does not show anew."""
    return replace(
        wanted, wording=held.wording, language=held.language or LANGUAGES[0], improve=held.may_improve
    )


@router.post("/withdraw")
async def take_back(visit: Asked) -> Response:
    """One button: everything is withdrawn, and everything is erased."""
    await visit.take_form()
    tester = visit.tester()
    if tester is None:
        return visit.go("/")
    await decided(visit.house, withdraw(tester))
    return visit.go("/my-consent")


@router.post("/leave")
async def leave(visit: Asked) -> Response:
    """Ends the session in this browser."""
    await visit.take_form()
    response = visit.go("/")
    visit.sessions.forget(response)
    return response
