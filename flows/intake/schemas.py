"""The bodies that /v1 takes and gives: strict, without defaults where consent is concerned.

What is not done is answered in problem details (RFC 9457), which name the field and the remedy and never
repeat what was sent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import orjson
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"
NO_SCREENSHOTS = (
    "Screenshots and other files are not accepted: personal numbers in a picture cannot be masked. "
    "Describe in `text` what you see, and name the screen in `screen`."
)
# code: (status, title, detail)
PROBLEMS: dict[str, tuple[int, str, str]] = {
    "malformed_request": (400, "The request is malformed", "It cannot be read as HTTP with plain headers."),
    "token_missing": (
        401, "An invitation code is needed",
        "Send it as `Authorization: Bearer <code>`. Codes are never sent in an address.",
    ),
    "token_unknown": (401, "The invitation code is not known", "Check the code, or ask who invited you."),
    "token_revoked": (
        403, "The invitation code was blocked",
        "It opens nothing any more. To have your data erased, ask who invited you.",
    ),
    "cohort_not_open": (
        403, "Feedback is not taken at this time",
        "The time of this group of testers has not begun or is over. Your consent can still be seen and "
        "withdrawn.",
    ),
    "consent_missing": (
        403, "There is no consent",
        "Nothing is accepted before the tester has agreed that it is used to improve the product. Show the "
        "wording of GET /v1/consent, then send the answers with PUT /v1/consent.",
    ),
    "consent_outdated": (
        403, "The consent was given to an earlier wording",
        "Show the wording of GET /v1/consent again, then send the answers with PUT /v1/consent.",
    ),
    "form_expired": (
        403, "The form is no longer valid", "It is too old, or this browser did not open it. Open it again.",
    ),
    "wrong_host": (421, "This is not the host's address", "Use the address that you were given."),
    "not_found": (404, "There is nothing here", "See /openapi.json for what there is."),
    "method_not_allowed": (405, "The method is not allowed here", "See the header Allow."),
    "request_timeout": (408, "The request took too long", "Send its body at once."),
    "withdraw_instead": (
        409, "Taking this back is a withdrawal",
        "Feedback is kept for this purpose only. To take it back and have everything erased, use "
        "DELETE /v1/consent.",
    ),
    "wording_outdated": (
        409, "Another wording holds today",
        "The answers belong to a wording that is not the present one. Show that of GET /v1/consent.",
    ),
    "idempotency_key_reused": (
        409, "The idempotency key was used for another feedback",
        "Use a new key for each feedback, and the same only to repeat it.",
    ),
    "body_too_large": (413, "The body is too large", "A feedback holds at most 4,000 characters of text."),
    "unsupported_media_type": (
        415, "The content type is not supported", "Send application/json in UTF-8, not compressed.",
    ),
    "files_not_accepted": (415, "Files are not accepted", NO_SCREENSHOTS),
    "invalid_fields": (422, "Some fields cannot be accepted", "See `errors`."),
    "too_many_requests": (429, "Too many requests", "Wait as long as the header Retry-After says."),
    "internal_error": (500, "Something went wrong here", "It was noted without what you sent. Try again."),
    "unavailable": (
        503, "Nothing can be saved at the moment", "Nothing was saved. Repeat with the same idempotency key.",
    ),
}  # fmt: skip


class Problem(Exception):
    """An answer in problem details; `code` is one of PROBLEMS."""

    def __init__(
        self, code: str, *, errors: Sequence[dict[str, str]] = (), retry_after: int = 0, allow: str = ""
    ) -> None:
        super().__init__(code)
        self.code = code
        self.errors = tuple(errors)
        self.retry_after = retry_after
        self.allow = allow

    @property
    def status(self) -> int:
        return PROBLEMS[self.code][0]

    @property
    def headers(self) -> dict[str, str]:
        """What the status asks for."""
        headers = {}
        if self.status == 401:
            headers["WWW-Authenticate"] = 'Bearer realm="hoshiyomi"'
        if self.retry_after:
            headers["Retry-After"] = str(self.retry_after)
        if self.allow:
            headers["Allow"] = self.allow
        if self.status in (408, 413):
            # The rest of the body is not read.
            headers["Connection"] = "close"
        return headers


def response(problem: Problem) -> Response:
    """The problem as application/problem+json."""
    status, title, detail = PROBLEMS[problem.code]
    body: dict[str, Any] = {
        "type": f"urn:hoshiyomi:problem:{problem.code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": problem.code,
    }
    if problem.errors:
        body["errors"] = list(problem.errors)
    return Response(orjson.dumps(body), status, problem.headers, MEDIA_TYPE)


LONGEST_TEXT = 4_000
"""Characters of one feedback."""
LONGEST_NAME = 100
"""Characters of a version, a screen or a device."""
KEY_PATTERN = r"^[0-9_-]*[A-Za-z][A-Za-z0-9_-]*$"
SHORTEST_KEY, LONGEST_KEY = 16, 128
# A character that is neither blank nor control, as the gate sees it.
_SEEN = r"[^\s\u0000-\u001f\u007f\u0085\u2028\u2029]"
# Said whole, because generators of requests read each side of an "anyOf" by itself.
_STARS: dict[str, JsonValue] = {"type": "integer", "minimum": 1, "maximum": 5}
_TEXT: dict[str, JsonValue] = {"type": "string", "pattern": _SEEN, "maxLength": LONGEST_TEXT}
_KEY_WANTED = (
    f"must be {SHORTEST_KEY} to {LONGEST_KEY} letters, digits, '-' and '_', a letter among them, "
    "such as a UUID"
)
# What an SDK of another maker sends beside the text; the answer says why it is refused.
_FILES = re.compile(r"screen_?shots?|images?|files?|attachments?|photos?|pictures?|videos?", re.I)
_SHOWN_FIELD = re.compile(r"[a-z_]{1,40}")

Name = Annotated[str | None, Field(max_length=LONGEST_NAME, description="Passes the redaction of personal "
                                   "numbers before it is saved.")]  # fmt: skip
Purpose = Annotated[bool, Field(description="What the tester answered; there is no default.")]


def _as_json_counts(value: object) -> object:
    """JSON knows no whole numbers: 4.0 is one, and some languages write it so."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class FeedbackIn(_Strict):
    """One feedback: stars, text or both."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        json_schema_extra={
            "anyOf": [
                {"required": ["rating"], "properties": {"rating": _STARS}},
                {"required": ["text"], "properties": {"text": _TEXT}},
            ]
        },
    )
    rating: Annotated[
        Annotated[int, Field(ge=1, le=5)] | None,
        BeforeValidator(_as_json_counts),
        Field(description="Stars."),
    ] = None
    text: Annotated[
        str | None,
        Field(max_length=LONGEST_TEXT, description="Personal numbers are masked before it is saved."),
    ] = None
    language: Annotated[str | None, Field(pattern="^[a-z]{2,3}$", description="Of the text, such as ja.")] = (
        None
    )
    version: Name = None
    screen: Name = None
    device: Name = None


class ConsentIn(_Strict):
    """What the tester answered, one by one, and which wording was shown."""

    wording: Annotated[
        str, Field(min_length=1, max_length=40, description="The version of the text shown, from GET.")
    ]
    language: Annotated[Literal["ja", "en"], Field(description="In which it was shown.")]
    improve: Purpose
    analyse: Purpose
    quote: Purpose
    contact: Purpose


class FeedbackOut(BaseModel):
    """Told once the feedback is on disk."""

    feedback_id: str
    received_at: datetime
    redactions: Annotated[int, Field(description="How many personal numbers were masked.")]
    is_repeat: Annotated[bool, Field(description="It was there already, by its idempotency key.")]


class EntryOut(BaseModel):
    """One entry of the consent ledger."""

    event: Literal["given", "changed", "withdrawn", "erasure_ordered"]
    at: datetime
    wording: str | None
    language: str | None
    improve: bool
    analyse: bool
    quote: bool
    contact: bool


class PurposeOut(BaseModel):
    """One box to tick."""

    purpose: Literal["improve", "analyse", "quote", "contact"]
    label: str
    explanation: str


class WordingOut(BaseModel):
    """The consent text of today in one language."""

    version: str
    language: Literal["ja", "en"]
    title: str
    text: Annotated[str, Field(description="Markdown; to be shown before the first word is typed.")]
    purposes: list[PurposeOut]


class ConsentOut(BaseModel):
    """What holds, since when, in which wording, and everything that was agreed to before."""

    tester: Annotated[str, Field(description="The pseudonym.")]
    app: str
    cohort: str
    opens_at: datetime
    closes_at: datetime
    status: Literal["none", "given", "outdated", "withdrawn"]
    holds: EntryOut | None
    history: list[EntryOut]
    wordings: list[WordingOut]


class ProblemOut(BaseModel):
    """Problem details (RFC 9457)."""

    model_config = ConfigDict(title="Problem")
    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[dict[str, str]] = []


class Health(BaseModel):
    """Whether feedback can be saved."""

    status: Literal["ok", "unavailable"]


def problems(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The problems of an operation by their status, as its description tells them."""
    schema = {"schema": {"$ref": f"#/components/schemas/{ProblemOut.__name__}"}}
    by_status: dict[int | str, list[str]] = {}
    for code in codes:
        by_status.setdefault(PROBLEMS[code][0], []).append(code)
    return {
        status: {"description": ", ".join(found), "content": {MEDIA_TYPE: schema}}
        for status, found in sorted(by_status.items(), key=str)
    }


def invalid_fields(error: RequestValidationError) -> Problem:
    """The problem that names the fields which cannot be accepted, and never what stood in them."""
    found = [_field_error(e["loc"], e["type"], e["msg"]) for e in error.errors()]
    return Problem("invalid_fields", errors=found)


def _field_error(place: tuple[int | str, ...], kind: str, message: str) -> dict[str, str]:
    """`place` is "body" or "header" and the name of the field there."""
    name = str(place[1]) if len(place) > 1 else "body"
    if kind == "json_invalid":
        return {"field": "body", "problem": "is not valid JSON"}
    if place[0] == "header":
        return {"field": name, "problem": _KEY_WANTED}
    if kind == "extra_forbidden":
        if _FILES.fullmatch(name):
            return {"field": name, "problem": NO_SCREENSHOTS}
        # The name of an unknown field is the sender's text.
        shown = name if _SHOWN_FIELD.fullmatch(name) else "(unknown)"
        return {"field": shown, "problem": "is not a field of this body"}
    return {"field": name, "problem": message}
