"""The bodies that /v1 takes and gives: strict, without defaults where consent is concerned."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, ValidationError
from starlette.requests import Request

from flows.intake.problems import NO_SCREENSHOTS, Problem

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
_KEY = re.compile(KEY_PATTERN.removeprefix("^").removesuffix("$"))
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


Body = TypeVar("Body", bound=BaseModel)


async def body_of(request: Request, shape: type[Body]) -> Body:
    """The JSON body in its shape. Raises Problem, which names fields and never what stood in them."""
    check_content_type(request, "application/json")
    try:
        # Pydantic's own reader: nesting and numbers are bounded, and no text of the body reaches an error.
        return shape.model_validate_json(await request.body())
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        raise Problem(
            "invalid_fields", errors=[_told(e["loc"], e["type"], e["msg"]) for e in found]
        ) from None


def check_content_type(request: Request, wanted: str) -> None:
    """Refuse another content type, a compressed body, and files with the reason. Raises Problem."""
    given = request.headers.get("content-type", "")
    kind, _, parameters = given.partition(";")
    kind = kind.strip().lower()
    if kind.startswith(("multipart/", "image/", "video/")):
        raise Problem("files_not_accepted")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    is_utf8 = not parameters.strip() or charset in ("utf-8", "utf8")
    if kind != wanted or not is_utf8 or "content-encoding" in request.headers:
        raise Problem("unsupported_media_type")


def idempotency_key(request: Request) -> str | None:
    """The header's value. Raises Problem unless it is 16 to 128 letters, digits, '-' and '_', with a letter.

    A key that could be somebody's number is refused, because not even a hash of one may be kept.
    """
    keys = request.headers.getlist("idempotency-key")
    if not keys:
        return None
    if len(keys) > 1 or not SHORTEST_KEY <= len(keys[0]) <= LONGEST_KEY or not _KEY.fullmatch(keys[0]):
        problem = (
            f"must be {SHORTEST_KEY} to {LONGEST_KEY} letters, digits, '-' and '_', a letter among them, "
            "such as a UUID"
        )
        raise Problem("invalid_fields", errors=[{"field": "Idempotency-Key", "problem": problem}])
    return keys[0]


def _told(place: tuple[int | str, ...], kind: str, message: str) -> dict[str, str]:
    name = str(place[0]) if place else "body"
    if kind == "extra_forbidden":
        if _FILES.fullmatch(name):
            return {"field": name, "problem": NO_SCREENSHOTS}
        # The name of an unknown field is the sender's text.
        shown = name if _SHOWN_FIELD.fullmatch(name) else "(unknown)"
        return {"field": shown, "problem": "is not a field of this body"}
    if kind == "json_invalid":
        return {"field": "body", "problem": "is not valid JSON"}
    return {"field": name, "problem": message}
