"""Rendering: templates that escape everything, phrases in two languages, and two static files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Scope

from flows.intake.consent_text import LANGUAGES
from flows.intake.problems import Problem, response

_HERE = Path(__file__).parent
_STATIC = {"style.css": "text/css", "star.svg": "image/svg+xml"}
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


def told(scope: Scope, problem: Problem) -> ASGIApp:
    """A problem as a page where a browser asks for one, else as problem details."""
    request = Request(scope)
    accept = request.headers.get("accept", "")
    if scope["path"].startswith(_MACHINES) or "text/html" not in accept:
        return response(problem)
    return problem_page(request, problem)


def problem_page(request: Request, problem: Problem) -> Response:
    """A page that says what is wrong and what to do."""
    path = request.scope["path"]
    language = language_of(request.headers.get("accept-language", ""), path)
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


async def static(request: Request) -> Response:
    """The style sheet and the sign."""
    name = request.path_params["name"]
    if name not in _STATIC:
        raise Problem("not_found")
    kept = {"Cache-Control": "public, max-age=86400"}
    return Response(_static()[name], headers=kept, media_type=_STATIC[name])


def routes() -> list[Route]:
    """Where the static files lie."""
    return [Route("/static/{name}", static, methods=["GET"])]
