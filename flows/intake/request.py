"""One request of a browser: its language, its session, and the tester once the code was given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from flows.intake.form_fields import form_of
from flows.intake.invitations import Invitation
from flows.intake.problems import Problem
from flows.intake.session import Session, Sessions, new_session
from flows.intake.state import house_of
from flows.intake.templating import problem_page, render


class Visit:
    """One request of a browser: language, session, and the tester once the code was given."""

    def __init__(self, request: Request, language: str) -> None:
        self.request = request
        self.language = language
        self.house = house_of(request)
        self.sessions: Sessions = request.app.state.sessions
        self.session: Session | None = self.sessions.read(request)
        self.form: dict[str, str] = {}

    async def take_form(self) -> Session:
        """Read the form of a POST. Raises Problem when it is not one of this session's."""
        self.form = await form_of(self.request)
        if self.session is None or not self.sessions.is_own_form(
            self.request, self.session, self.form.get("csrf", "")
        ):
            raise Problem("form_expired")
        return self.session

    def tester(self) -> Invitation | None:
        """Who it is; None before the code was given, or when the session is over. Raises Problem."""
        if self.session is None or not self.session.token_hash:
            return None
        return self.house.admit(self.session.token_hash)

    def page(self, name: str, path: str, status: int = 200, **context: Any) -> Response:
        """A page with the session's cookie renewed."""
        session = self.session or new_session()
        shown = {"tester": None, "app": "", "errors": {}} | context
        page = render(
            name, self.language, path, status, csrf=self.sessions.csrf(session),
            is_known=bool(session.token_hash), operator=self.house.choice.operator or "", **shown,
        )  # fmt: skip
        self.sessions.write(page, session)
        return page

    def go(self, path: str, session: Session | None = None) -> Response:
        """On to another page, so that reloading it sends nothing twice."""
        response = RedirectResponse(f"/{self.language}{path}", 303)
        if session is not None:
            self.sessions.write(response, session)
        return response

    def facts(self, tester: Invitation) -> dict[str, Any]:
        """What every page of a tester shows."""
        app = self.house.app_name(tester.app)
        return {"tester": tester, "app": app, "wording": self.house.wordings[self.language].of(app)}


Page = Callable[[Visit], Awaitable[Response]]


def endpoint(page: Page, language: str) -> Callable[[Request], Awaitable[Response]]:
    """A page as a route's endpoint; what is wrong is told as a page, too."""

    async def ask(request: Request) -> Response:
        try:
            return await page(Visit(request, language))
        except Problem as problem:
            return problem_page(request, problem)

    return ask


def by_method(shown: Page, sent: Page | None) -> Page:
    """The page that shows, or the one that takes what was sent."""

    async def either(visit: Visit) -> Response:
        return await (sent if sent and visit.request.method == "POST" else shown)(visit)

    return either
