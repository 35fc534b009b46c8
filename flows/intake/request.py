"""One request of a browser: its session, its language, and the page that answers it.

The session is a short-lived, signed cookie, HttpOnly and SameSite=Strict, that holds no invitation code: it
names the invitation by the keyed hash that the register holds, so that a revoked code ends its sessions, too.
The code itself is typed into a form and never stands in an address: addresses go into histories and the logs
of proxies, and mail gateways open links before people do. Templates escape everything.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes
from zoneinfo import ZoneInfo

from itsdangerous import BadData, URLSafeTimedSerializer
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import Scope

from flows.config.settings import IntakeChoice
from flows.intake.consent_text import LANGUAGES
from flows.intake.invitations import Invitation, Keys
from flows.intake.middleware import check_content_type
from flows.intake.schemas import Problem, response
from flows.intake.state import state_of


@dataclass(frozen=True, slots=True)
class Session:
    """One browser's asked."""

    sid: str
    token_hash: str = ""
    """Empty before the code was given."""
    redactions: int = 0
    """Of the feedback sent last, for the page that says thanks."""


class Sessions:
    """Reads and writes the cookie."""

    def __init__(self, keys: Keys, choice: IntakeChoice) -> None:
        self._is_https = choice.is_https
        # The prefix makes browsers insist on Secure and on this host alone.
        self.cookie = "__Host-hoshiyomi" if choice.is_https else "hoshiyomi"
        self._seconds = choice.session_minutes * 60
        self._csrf = keys.secret("csrf")
        self._serializer = URLSafeTimedSerializer(
            keys.secret("session"), salt="session", signer_kwargs={"digest_method": hashlib.sha256}
        )

    def read(self, request: Request) -> Session | None:
        """The session of a request; None when there is none, it is too old or it is not ours."""
        signed = request.cookies.get(self.cookie, "")
        try:
            values = self._serializer.loads(signed, max_age=self._seconds)
            return Session(
                sid=str(values["sid"]),
                token_hash=str(values["token_hash"]),
                redactions=int(values["redactions"]),
            )
        except (BadData, KeyError, TypeError, ValueError):
            return None

    def write(self, response: Response, session: Session) -> None:
        """Set the cookie, for another full span."""
        response.set_cookie(
            self.cookie,
            str(self._serializer.dumps(asdict(session))),
            max_age=self._seconds,
            path="/",
            secure=self._is_https,
            httponly=True,
            samesite="strict",
        )

    def forget(self, response: Response) -> None:
        """Remove the cookie."""
        response.delete_cookie(self.cookie, path="/", secure=self._is_https, httponly=True, samesite="strict")

    def csrf(self, session: Session) -> str:
        """What a form of this session must carry."""
        return hmac.digest(self._csrf, session.sid.encode(), hashlib.sha256).hex()

    def is_own_form(self, request: Request, session: Session | None, given: str) -> bool:
        """Whether a form was opened by this session and sent from our own page.

        Without JavaScript and with `Referrer-Policy: no-referrer` browsers send `Origin: null` even from
        our own pages, so a missing or null origin says nothing; Sec-Fetch-Site does.
        """
        site = request.headers.get("sec-fetch-site", "same-origin")
        if session is None or site not in ("same-origin", "none"):
            return False
        # As bytes, because a sender may put anything there.
        return hmac.compare_digest(given.encode("utf-8", "replace"), self.csrf(session).encode())


def new_session(token_hash: str = "") -> Session:
    """A session with a fresh id; made anew when a code is given, so that no earlier id goes on."""
    return Session(sid=secrets.token_hex(16), token_hash=token_hash)


_MOST_FIELDS = 30
_HERE = Path(__file__).parent
_STATIC = {"style.css": "text/css", "star.svg": "image/svg+xml"}
_PAGES = tuple(f"/{language}/" for language in LANGUAGES)
_MACHINES = ("/v1/", "/openapi.json", "/healthz", "/static/")
_environment = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@cache
def phrases(language: str) -> Mapping[str, str]:
    """The words of the pages in one language."""
    words: dict[str, str] = json.loads((_HERE / "locales" / f"{language}.json").read_text(encoding="utf-8"))
    return words


def render(name: str, language: str, path: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page. `path` is its address without the language, for the link to the other one."""
    body = _environment.get_template(f"{name}.html").render(
        t=phrases(language),
        lang=language,
        other=next(other for other in LANGUAGES if other != language),
        path=path,
        style=_style_name(),
        **({"errors": {}, "operator": ""} | context),
    )
    return HTMLResponse(body, status)


def moment(when: datetime, language: str, zone: str) -> str:
    """A time for people, in their zone and with its name."""
    local = when.astimezone(ZoneInfo(zone))
    form = "{0.year}年{0.month}月{0.day}日 {0:%H:%M}" if language == "ja" else "{0.day} {0:%B %Y, %H:%M}"
    return f"{form.format(local)} ({local:%Z})"


def language_of(accept: str, path: str = "") -> str:
    """The language of an address, else the one that the browser prefers, else Japanese."""
    first = path.split("/")[1] if path.count("/") > 1 else ""
    if first in LANGUAGES:
        return first
    wished = [w.split(";")[0].strip().lower()[:2] for w in accept[:200].split(",")]
    return next((w for w in wished if w in LANGUAGES), LANGUAGES[0])


def problem_answer(scope: Scope, problem: Problem) -> Response:
    """A problem as a page where a person asks, which says what to do, else as problem details."""
    headers, path = Headers(scope=scope), scope["path"]
    is_page = path.startswith(_PAGES) or "text/html" in headers.get("accept", "")
    if path.startswith(_MACHINES) or not is_page:
        return response(problem)
    language = language_of(headers.get("accept-language", ""), path)
    words = phrases(language)
    code = problem.code if f"problem.{problem.code}" in words else "internal_error"
    page = render(
        "problem", language, "/", problem.status, title=words[f"problem.{code}"],
        detail=words[f"problem.{code}.detail"], wait=problem.retry_after,
    )  # fmt: skip
    page.headers.update(problem.headers)
    return page


@cache
def _static() -> dict[str, bytes]:
    return {name: (_HERE / "static" / name).read_bytes() for name in _STATIC}


def _style_name() -> str:
    """The style sheet's address changes with its content, so that it may be kept for long."""
    return f"/static/style.css?{hashlib.sha256(_static()['style.css']).hexdigest()[:12]}"


async def static(name: str) -> Response:
    """The style sheet and the sign; they stay in memory, so that they need no open file."""
    if name not in _STATIC:
        raise Problem("not_found")
    kept = {"Cache-Control": "public, max-age=86400"}
    return Response(_static()[name], headers=kept, media_type=_STATIC[name])


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form; of a name that comes twice the last. Raises Problem."""
    check_content_type(request, "application/x-www-form-urlencoded")
    try:
        # Starlette reads what is no UTF-8 as other characters, in which a number could pass the gate.
        unquote_to_bytes((await request.body()).decode("ascii")).decode("utf-8")
        form = await request.form(max_files=0, max_fields=_MOST_FIELDS)
    except (UnicodeDecodeError, HTTPException):
        raise Problem("invalid_fields") from None
    return {name: str(value) for name, value in form.items()}


class SignInFirst(Exception):
    """The page is a tester's, and no code was given in this session."""


class BrowserRequest:
    """One request of a browser: language, session, and the tester once the code was given."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.language = language_of("", request.scope["path"])
        self.state = state_of(request)
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

    def tester(self) -> Invitation:
        """Who it is. Raises SignInFirst before the code was given or after the session is over; Problem."""
        if self.session is None or not self.session.token_hash:
            raise SignInFirst
        return self.state.admit(self.session.token_hash)

    def page(self, name: str, path: str, status: int = 200, **context: Any) -> Response:
        """A page with the session's cookie renewed."""
        session = self.session or new_session()
        shown = {"tester": None, "app": "", "errors": {}} | context
        page = render(
            name, self.language, path, status, csrf=self.sessions.csrf(session),
            is_known=bool(session.token_hash), operator=self.state.choice.operator or "", **shown,
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
        app = self.state.app_name(tester.app)
        return {"tester": tester, "app": app, "wording": self.state.wordings[self.language].of(app)}


async def browser_request(request: Request) -> BrowserRequest:
    """A request of a page as its endpoint takes it."""
    return BrowserRequest(request)
