"""The pages for people: code, consent, feedback, thanks, and "my consent". They need no JavaScript."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from flows.intake.api import consent_out, decided
from flows.intake.commands import PURPOSES, Agreement, agree, give_feedback, through_gate, withdraw
from flows.intake.consent_text import LANGUAGES
from flows.intake.form_fields import Errors, Typed, agreement_of, typed_of
from flows.intake.invitations import Invitation
from flows.intake.problems import Problem
from flows.intake.request import Page, Visit, by_method, endpoint
from flows.intake.schemas import LONGEST_TEXT
from flows.intake.session import new_session
from flows.intake.state import check_open
from flows.intake.templating import language_of, moment, phrases
from flows.privacy.consent_ledger import permitted
from warehouse.records import Consent

_ONCE = re.compile(r"once-[0-9a-f]{24}")
# The text that was typed must not be lost to these; it is shown again with the reason.
_TO_RETRY = ("unavailable", "too_many_requests")


def routes() -> list[Route]:
    """The pages' routes."""
    pages: dict[str, tuple[Page, Page | None]] = {
        "/": (door, enter),
        "/wording": (wording, None),
        "/consent": (ask_consent, take_consent),
        "/feedback": (ask_feedback, take_feedback),
        "/thanks": (thanks, None),
        "/my-consent": (my_consent, change_consent),
    }
    found = [Route("/", front, methods=["GET"])]
    # Each language by its name: a pattern would catch /v1, too.
    for language in LANGUAGES:
        for path, (shown, sent) in pages.items():
            methods = ["GET"] if sent is None else ["GET", "POST"]
            page = endpoint(by_method(shown, sent), language)
            found.append(Route(f"/{language}{path}", page, methods=methods))
        for path, sent in (("/withdraw", take_back), ("/leave", leave)):
            found.append(Route(f"/{language}{path}", endpoint(sent, language), methods=["POST"]))
    return found


async def front(request: Request) -> Response:
    """To the pages in the browser's language."""
    return RedirectResponse(f"/{language_of(request.headers.get('accept-language', ''))}/", 303)


async def door(visit: Visit) -> Response:
    """Asks for the invitation code."""
    return visit.page("door", "/")


async def enter(visit: Visit) -> Response:
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
    is_valid = held is not None and permitted(held).store and held.wording == visit.house.version
    return "/feedback" if is_valid else "/consent"


async def wording(visit: Visit) -> Response:
    """The consent text for anybody, before a code is given."""
    text = visit.house.wordings[visit.language].of(phrases(visit.language)["the_app"])
    return visit.page("wording", "/wording", wording=text)


async def ask_consent(visit: Visit) -> Response:
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


async def take_consent(visit: Visit) -> Response:
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


async def ask_feedback(visit: Visit) -> Response:
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


async def take_feedback(visit: Visit) -> Response:
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


async def thanks(visit: Visit) -> Response:
    """Says that it is saved, and what was masked."""
    tester = visit.tester()
    if tester is None or visit.session is None:
        return visit.go("/")
    return visit.page("thanks", "/thanks", redactions=visit.session.redactions, **visit.facts(tester))


async def my_consent(visit: Visit) -> Response:
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


async def change_consent(visit: Visit) -> Response:
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


async def take_back(visit: Visit) -> Response:
    """One button: everything is withdrawn, and everything is erased."""
    await visit.take_form()
    tester = visit.tester()
    if tester is None:
        return visit.go("/")
    await decided(visit.house, withdraw(tester))
    return visit.go("/my-consent")


async def leave(visit: Visit) -> Response:
    """Ends the session in this browser."""
    await visit.take_form()
    response = visit.go("/")
    visit.sessions.forget(response)
    return response
