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
from flows.intake.request import BrowserRequest, browser_request, language_of, moment, new_session, phrases
from flows.intake.schemas import LONGEST_NAME, LONGEST_TEXT, Problem
from flows.intake.state import check_open
from flows.privacy.consent_ledger import permitted
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


Asked = Annotated[BrowserRequest, Depends(browser_request)]
router = APIRouter(include_in_schema=False)
_ONCE = re.compile(r"once-[0-9a-f]{24}")
# The text that was typed must not be lost to these; it is shown again with the reason.
_TO_RETRY = ("unavailable", "too_many_requests")


async def first_page(request: Request) -> Response:
    """To the first page in the address's language, else in the browser's."""
    language = language_of(request.headers.get("accept-language", ""), request.scope["path"])
    return RedirectResponse(f"/{language}/", 303)


@router.api_route("/", methods=["GET", "HEAD"])
async def sign_in(asked: Asked) -> Response:
    """Asks for the invitation code."""
    return asked.page("sign_in", "/")


@router.post("/")
async def enter(asked: Asked) -> Response:
    """Takes the code, and begins a new session for it."""
    await asked.take_form()
    code = asked.form.get("code", "")
    if not code.strip():
        return asked.page("sign_in", "/", 422, errors={"code": "error.code_missing"})
    try:
        tester = await asked.state.admit_code(asked.request, code)
    except Problem as problem:
        if problem.code != "token_unknown":
            raise
        return asked.page("sign_in", "/", 422, errors={"code": "error.code_unknown"})
    return asked.go(_next(asked, tester), new_session(asked.state.keys.token_hash(code)))


def _next(asked: BrowserRequest, tester: Invitation) -> str:
    """Where a tester goes after signing in: to what is still possible and not yet done."""
    held = asked.state.consent_of(tester).holds
    try:
        check_open(tester)
    except Problem:
        return "/my-consent"
    is_valid = held is not None and permitted(held).store and held.wording == asked.state.version
    return "/feedback" if is_valid else "/consent"


@router.api_route("/wording", methods=["GET", "HEAD"])
async def wording(asked: Asked) -> Response:
    """The consent text for anybody, before a code is given."""
    text = asked.state.wordings[asked.language].of(phrases(asked.language)["the_app"])
    return asked.page("wording", "/wording", wording=text)


@router.api_route("/consent", methods=["GET", "HEAD"])
async def ask_consent(asked: Asked) -> Response:
    """The consent text, and the boxes; none is ticked beforehand."""
    tester = asked.tester()
    check_open(tester)
    return _consent_page(asked, tester, {}, {})


def _consent_page(
    asked: BrowserRequest, tester: Invitation, ticked: dict[str, bool], errors: Errors, status: int = 200
) -> Response:
    return asked.page("consent", "/consent", status, ticked=ticked, errors=errors, **asked.facts(tester))


@router.post("/consent")
async def take_consent(asked: Asked) -> Response:
    """Lands what was ticked; without `improve` nothing at all is kept."""
    await asked.take_form()
    tester = asked.tester()
    check_open(tester)
    given = agreement_of(asked.form, asked.state.version, asked.language)
    ticked = {p: getattr(given, p) for p in PURPOSES}
    if asked.form.get("wording") != asked.state.version:
        return _consent_page(asked, tester, {}, {"improve": "error.wording_changed"}, 422)
    if not given.improve:
        return _consent_page(asked, tester, ticked, {"improve": "error.improve_needed"}, 422)
    await decided(asked.state, agree(tester, given))
    return asked.go("/feedback")


@router.api_route("/feedback", methods=["GET", "HEAD"])
async def ask_feedback(asked: Asked) -> Response:
    """The feedback form."""
    tester = asked.tester()
    if _next(asked, tester) != "/feedback":
        return asked.go(_next(asked, tester))
    return _feedback_page(asked, tester, Typed(), f"once-{secrets.token_hex(12)}")


def _feedback_page(
    asked: BrowserRequest,
    tester: Invitation,
    typed: Typed,
    once: str,
    errors: Errors | None = None,
    status: int = 200,
) -> Response:
    return asked.page(
        "feedback", "/feedback", status, typed=typed, once=once, errors=errors or {}, longest=LONGEST_TEXT,
        **asked.facts(tester),
    )  # fmt: skip


@router.post("/feedback")
async def take_feedback(asked: Asked) -> Response:
    """Lands the feedback, or shows it again with what is wrong."""
    session = await asked.take_form()
    once = asked.form.get("once", "")
    if not _ONCE.fullmatch(once):
        raise Problem("form_expired")
    tester = asked.state.register.find(session.token_hash)
    if tester is None:
        return asked.go("/")
    typed = typed_of(asked.form)
    errors = typed.errors()
    if errors:
        return _feedback_page(asked, tester, typed, once, errors, 422)
    try:
        asked.tester()
        check_open(tester)
        redactions = await _send(asked, tester, typed, once)
    except Problem as problem:
        if problem.code in ("consent_missing", "consent_outdated"):
            return asked.go("/consent")
        if problem.code not in _TO_RETRY:
            raise
        page = _feedback_page(asked, tester, typed, once, {"text": f"error.{problem.code}"}, problem.status)
        page.headers.update(problem.headers)
        return page
    return asked.go("/thanks", replace(session, redactions=redactions))


async def _send(asked: BrowserRequest, tester: Invitation, typed: Typed, once: str) -> int:
    """Land it; how many personal numbers were masked."""
    said = through_gate(
        rating=typed.stars, text=typed.text, language=asked.language, version=typed.version,
        screen=typed.screen, device=typed.device,
    )  # fmt: skip
    if said.rating is None and said.text is None:
        raise Problem("invalid_fields")
    feedback_id = asked.state.keys.feedback_id(tester.tester, tester.app, once)
    answer = await decided(asked.state, give_feedback(tester, said, feedback_id, asked.state.version))
    return answer.taken.redactions if answer.taken else 0


@router.api_route("/thanks", methods=["GET", "HEAD"])
async def thanks(asked: Asked) -> Response:
    """Says that it is saved, and what was masked."""
    tester = asked.tester()
    redactions = asked.session.redactions if asked.session is not None else 0
    return asked.page("thanks", "/thanks", redactions=redactions, **asked.facts(tester))


@router.api_route("/my-consent", methods=["GET", "HEAD"])
async def my_consent(asked: Asked) -> Response:
    """What holds and what held, with the buttons to change and to withdraw."""
    tester = asked.tester()
    known = consent_out(asked.state, tester, asked.state.consent_of(tester))
    zone = asked.state.choice.timezone
    # The boxes are explained as they were when they were ticked.
    held = known.holds and asked.state.shown.get((known.holds.wording or "", asked.language))
    history = [(entry, moment(entry.at, asked.language, zone)) for entry in known.history]
    return asked.page(
        "mine", "/my-consent", known=known, held=held, history=list(reversed(history)),
        can_agree=_next(asked, tester) != "/my-consent", purposes=PURPOSES,
        closes=moment(tester.closes_at, asked.language, zone), **asked.facts(tester),
    )  # fmt: skip


@router.post("/my-consent")
async def change_consent(asked: Asked) -> Response:
    """Changes the purposes beside `improve`; that one is taken back by withdrawing."""
    await asked.take_form()
    tester = asked.tester()
    held = asked.state.consent_of(tester).holds
    if held is None:
        return asked.go("/consent")
    await decided(asked.state, agree(tester, _changed(held, agreement_of(asked.form, "", ""))))
    return asked.go("/my-consent")


def _changed(held: Consent, wanted: Agreement) -> Agreement:
    """The answers of "my consent": given to the wording that holds, which the page does not show anew."""
    return replace(
        wanted, wording=held.wording, language=held.language or LANGUAGES[0], improve=held.may_improve
    )


@router.post("/withdraw")
async def take_back(asked: Asked) -> Response:
    """One button: everything is withdrawn, and everything is erased."""
    await asked.take_form()
    tester = asked.tester()
    await decided(asked.state, withdraw(tester))
    return asked.go("/my-consent")


@router.post("/leave")
async def leave(asked: Asked) -> Response:
    """Ends the session in this browser."""
    await asked.take_form()
    response = asked.go("/")
    asked.sessions.forget(response)
    return response
