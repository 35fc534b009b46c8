"""The application, routes within their guards, and the one uvicorn process that serves it."""

from __future__ import annotations

import gc
import ipaddress
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp, Scope

from flows.config.load import Config
from flows.config.settings import IntakeChoice
from flows.errors import HoshiyomiError
from flows.intake import api, web
from flows.intake.consent_state import LandedConsents
from flows.intake.consent_text import LANGUAGES, keep, load_wordings
from flows.intake.group_commit import Committer, only_server, prepare
from flows.intake.invitations import load_keys, open_register
from flows.intake.limits import Buckets, Connections, Patience, bounded
from flows.intake.middleware import (
    AddressLimit,
    KnownHosts,
    LastResort,
    SecurityHeaders,
    WholeBody,
    address_of,
)
from flows.intake.request import Sessions, SignInFirst, problem_answer, static
from flows.intake.schemas import Problem, ProblemOut, invalid_fields
from flows.intake.state import Guesses, IntakeState
from flows.privacy.clock import doubt_of
from flows.redaction.gate import redact
from warehouse.landing import Landing
from warehouse.records import UNKNOWN_APP

log = logging.getLogger(__name__)
_CODES = {404: "not_found", 405: "method_not_allowed"}


class Intake(FastAPI):
    """The routes and their description; `state.intake` and `state.sessions` are what they share."""

    def __init__(self) -> None:
        super().__init__(
            title="Hoshiyomi intake",
            version="1",
            description="Opt-in feedback of invited testers. Consent first; personal numbers are masked "
            "before anything is saved; one call withdraws and erases.",
            # Their pages would load scripts from elsewhere.
            docs_url=None,
            redoc_url=None,
            redirect_slashes=False,
            # Spans and log records of theirs would hold what was sent.
            telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
            exception_handlers={
                HTTPException: _http, RequestValidationError: _invalid, Problem: _problem,
                SignInFirst: _sign_in, Exception: _fault,
            },
        )  # fmt: skip
        self.include_router(api.router)
        self.include_router(api.health)
        for path, endpoint in (("/", web.first_page), ("/static/{name}", static)):
            self.add_api_route(path, endpoint, methods=["GET", "HEAD"], include_in_schema=False)
        # Each language by its name: a pattern would catch /v1, too.
        for language in LANGUAGES:
            self.include_router(web.router, prefix=f"/{language}")

    def openapi(self) -> dict[str, Any]:
        """OpenAPI 3.1 of /v1, with the shape of problem details that all operations refer to."""
        found = super().openapi()
        found["components"]["schemas"].setdefault(ProblemOut.__name__, ProblemOut.model_json_schema())
        return found


def build(state: IntakeState) -> ASGIApp:
    """The whole server as one ASGI application. The committer is started by whoever runs it."""
    inner = Intake()
    inner.state.intake = state
    sessions = inner.state.sessions = Sessions(state.keys, state.choice)
    app: ASGIApp = WholeBody(inner, state.choice.max_body_bytes)
    app = AddressLimit(app, state.addresses, _who(state, sessions))
    app = KnownHosts(app, state.choice)
    app = LastResort(app, problem_answer)
    if state.choice.cors_origins:
        app = CORSMiddleware(
            app,
            allow_origins=state.choice.cors_origins,
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key"],
            expose_headers=["Retry-After"],
            max_age=600,
        )
    return SecurityHeaders(app, state.choice)


def _who(state: IntakeState, sessions: Sessions) -> Callable[[Scope], str]:
    """As whom the limit of an address counts a request: a code that was right before, else the address."""

    def who(scope: Scope) -> str:
        request = Request(scope)
        _, _, token = request.headers.get("authorization", "").partition(" ")
        token_hash = state.keys.token_hash(token) if token else ""
        if not state.guesses.is_known(token_hash):
            session = sessions.read(request)
            token_hash = session.token_hash if session is not None else ""
        return f"code {token_hash}" if token_hash else address_of(scope)

    return who


async def _problem(request: Request, problem: Problem) -> Response:
    return problem_answer(request.scope, problem)


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    return problem_answer(request.scope, invalid_fields(error))


async def _http(request: Request, error: HTTPException) -> Response:
    code = _CODES.get(error.status_code, "malformed_request")
    allow = ", ".join(_methods(request)) if code == "method_not_allowed" else ""
    return problem_answer(request.scope, Problem(code, allow=allow))


def _methods(request: Request) -> list[str]:
    """All that an address takes; a route knows of its own only."""
    return [
        method
        for method in ("DELETE", "GET", "HEAD", "POST", "PUT")
        if any(r.matches({**request.scope, "method": method})[0] is Match.FULL for r in request.app.routes)
    ]


async def _sign_in(request: Request, _error: Exception) -> Response:
    return await web.first_page(request)


async def _fault(request: Request, _error: Exception) -> Response:
    # The error goes on to LastResort, which notes where it happened.
    return problem_answer(request.scope, Problem("internal_error"))


_LONGEST_HEAD = 32_768
"""Bytes of a request's line and headers."""
# A text with a telephone number: reading one loads the tables of numbers, half a second.
_WARM_UP = "03-1234-5678"


class NotPublic(HoshiyomiError):
    """The server would be reachable from outside without having been told so."""

    exit_code = 2


def serve_intake(config: Config, *, address: str, port: int, is_public: bool) -> None:
    """Take in feedback until stopped.

    Raises NotPublic, ConfigError, IntakeRunning, or LandingError when the ledger is damaged.
    """
    choice = config.intake
    check_address(address, choice, is_public=is_public)
    wordings = load_wordings(choice, config.retention)
    with only_server(config.data), open_register(config.data) as register:
        shown = keep(wordings, config.data)
        landing = Landing(config.data)
        prepare(landing)
        redact(_WARM_UP)
        consents = LandedConsents(landing)
        state = IntakeState(
            choice=choice, keys=load_keys(config.data), register=register, consents=consents,
            committer=Committer(landing, consents, _places(config)), wordings=wordings, shown=shown,
            app_names={a.key: a.name for a in config.apps},
            testers=Buckets(choice.token_per_minute), addresses=Buckets(choice.address_per_minute),
            guesses=Guesses.allowing(choice.wrong_codes_per_minute),
        )  # fmt: skip
        now = datetime.now(UTC)
        for line in notes_for_operator(state, now):
            log.info(line)
        why = doubt_of(config.data, now, config.retention.clock_jump_days)
        if why is not None:
            # Testers are taken in all the same: a consent or a withdrawal waits for no clock.
            log.warning("%(why)s Remedy: set the clock right; what comes in is dated by it.", {"why": why})
        state.committer.start()
        # Measured: a fifth of the time of an answer goes into looking through what was loaded and stays.
        gc.collect()
        gc.freeze()
        place = {"place": _netloc(address, port)}
        log.info("feedback is taken in on http://%(place)s (stop with Ctrl-C)", place)
        try:
            uvicorn.Server(_server(state, address, port)).run()
        except KeyboardInterrupt:
            log.info("stopped")
        finally:
            state.committer.stop()


def check_address(address: str, choice: IntakeChoice, *, is_public: bool) -> None:
    """Refuse to be reachable from outside by accident. Raises NotPublic with the remedy."""
    try:
        is_loopback = ipaddress.ip_address(address).is_loopback
    except ValueError:
        raise NotPublic(
            f"--address {address!r} is no IP address. Remedy: 127.0.0.1, or 0.0.0.0 with --public."
        ) from None
    if is_loopback:
        return
    if not is_public:
        raise NotPublic(
            f"--address {address} can be reached from other machines. Remedy: stay on 127.0.0.1 behind a "
            "reverse proxy on this machine; if the proxy runs elsewhere, add --public. This server speaks no "
            "TLS: consent and feedback must reach it through a proxy that does."
        )
    if not choice.is_https:
        raise NotPublic(
            '--public needs public_origin = "https://..." in [intake] of hoshiyomi.toml: the address that '
            "testers see, at a reverse proxy that speaks TLS."
        )


def notes_for_operator(state: IntakeState, now: datetime) -> list[str]:
    """What an operator should know before testers come."""
    cohorts = state.register.cohorts()
    is_open = sum(c.opens_at <= now < c.closes_at for c in cohorts)
    lines = [f"{len(cohorts)} cohorts, {is_open} of them open; consent text {state.version}"]
    if not (state.choice.operator and state.choice.contact):
        lines.append(
            "the consent text names no operator or no contact: set both in [intake] of hoshiyomi.toml "
            "before the first tester reads it"
        )
    if state.choice.public_origin and not state.choice.trusted_proxies:
        lines.append(
            "testers come through a proxy, and all of them count as one address: name the proxy's address in "
            "trusted_proxies in [intake] of hoshiyomi.toml"
        )
    return lines


def _places(config: Config) -> Callable[[str], tuple[str, str]]:
    """Coverage is kept by store and id: an app's first store, or no app in particular."""
    known = {a.key: (a.stores[0].store, a.stores[0].id) for a in config.apps}

    def place(app: str) -> tuple[str, str]:
        return known.get(app, ("google_play", UNKNOWN_APP))

    return place


def _server(state: IntakeState, address: str, port: int) -> uvicorn.Config:
    connections = Connections(Patience(), state.choice.trusted_proxies)
    return uvicorn.Config(
        build(state),
        host=address,
        port=port,
        workers=1,
        lifespan="off",
        ws="none",
        http=bounded(connections),
        h11_max_incomplete_event_size=_LONGEST_HEAD,
        # Access logs would hold addresses of people.
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(state.choice.trusted_proxies),
        forwarded_allow_ips=",".join(state.choice.trusted_proxies),
        timeout_keep_alive=15,
        timeout_graceful_shutdown=10,
    )


def _netloc(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
