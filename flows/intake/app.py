"""The application: routes within their guards."""

from __future__ import annotations

from collections.abc import Callable

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Scope

from flows.intake import api
from flows.intake import templating as pages
from flows.intake import web as form
from flows.intake.middleware import (
    AddressLimit,
    KnownHosts,
    LastResort,
    SecurityHeaders,
    WholeBody,
    address_of,
)
from flows.intake.openapi import description
from flows.intake.problems import Problem
from flows.intake.session import Sessions
from flows.intake.state import House
from flows.intake.templating import told

_CODES = {404: "not_found", 405: "method_not_allowed"}


def build(house: House) -> ASGIApp:
    """The whole server as one ASGI application. The committer is started by whoever runs it."""
    inner = Starlette(
        routes=[*api.routes(), _openapi(), *pages.routes(), *form.routes()],
        exception_handlers={HTTPException: _http, Problem: _problem, Exception: _fault},
    )
    inner.router.redirect_slashes = False
    inner.state.house = house
    sessions = inner.state.sessions = Sessions(house.keys, house.choice)
    app: ASGIApp = WholeBody(inner, house.choice.max_body_bytes)
    app = AddressLimit(app, house.addresses, _who(house, sessions))
    app = KnownHosts(app, house.choice)
    app = LastResort(app, told)
    if house.choice.cors_origins:
        app = CORSMiddleware(
            app,
            allow_origins=house.choice.cors_origins,
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key"],
            expose_headers=["Retry-After"],
            max_age=600,
        )
    return SecurityHeaders(app, house.choice)


def _who(house: House, sessions: Sessions) -> Callable[[Scope], str]:
    """As whom the limit of an address counts a request: a code that was right before, else the address."""

    def who(scope: Scope) -> str:
        request = Request(scope)
        session = sessions.read(request)
        token_hash = session.token_hash if session is not None else ""
        if not token_hash:
            _, _, token = request.headers.get("authorization", "").partition(" ")
            token_hash = house.keys.token_hash(token) if token else ""
            if not house.guesses.is_known(token_hash):
                return address_of(scope)
        return f"code {token_hash}"

    return who


def _openapi() -> Route:
    body = orjson.dumps(description())

    async def openapi(_request: Request) -> Response:
        return Response(body, media_type="application/json")

    return Route("/openapi.json", openapi, methods=["GET"])


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - registered for it
    return _answer(request, error)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
    code = _CODES.get(error.status_code, "malformed_request")
    return _answer(request, Problem(code, allow=(error.headers or {}).get("Allow", "")))


async def _fault(request: Request, _error: Exception) -> Response:
    # The error goes on to LastResort, which notes where it happened.
    return _answer(request, Problem("internal_error"))


def _answer(request: Request, problem: Problem) -> Response:
    response = told(request.scope, problem)
    assert isinstance(response, Response)  # noqa: S101 - both kinds of answer are responses
    return response
