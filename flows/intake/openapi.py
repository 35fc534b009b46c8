"""The OpenAPI description of /v1, built from the same shapes that the server reads with."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import models_json_schema

from flows.intake import schemas as shapes
from flows.intake.schemas import MEDIA_TYPE, PROBLEMS

_MODELS = (
    shapes.FeedbackIn, shapes.ConsentIn, shapes.FeedbackOut, shapes.ConsentOut, shapes.ProblemOut,
    shapes.Health,
)  # fmt: skip
_ALWAYS = ("token_missing", "token_revoked", "wrong_host", "too_many_requests", "unavailable")
_WITH_BODY = (
    "cohort_not_open", "request_timeout", "body_too_large", "unsupported_media_type", "invalid_fields",
)  # fmt: skip


def description() -> dict[str, Any]:
    """OpenAPI 3.1 of the machine's routes."""
    _, schemas = models_json_schema(
        [(m, "serialization" if m.__name__.endswith("Out") else "validation") for m in _MODELS],
        ref_template="#/components/schemas/{model}",
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Hoshiyomi intake",
            "version": "1",
            "description": "Opt-in feedback of invited testers. Consent first; personal numbers are masked "
            "before anything is saved; one call withdraws and erases.",
        },
        "paths": {
            "/v1/feedback": {"post": _post_feedback()},
            "/v1/consent": {
                "get": _operation("getConsent", "What holds, and the wording of today", "ConsentOut", ()),
                "put": _operation(
                    "putConsent", "Give consent or change single purposes", "ConsentOut",
                    (*_WITH_BODY, "withdraw_instead"), body="ConsentIn",
                ),
                "delete": _operation(
                    "deleteConsent", "Withdraw everything and have it erased", "ConsentOut", ()
                ),
            },
            "/healthz": {
                "get": {
                    "operationId": "health",
                    "summary": "Whether feedback can be saved",
                    "responses": {
                        "200": _content("Feedback can be saved", "Health", "application/json"),
                        "503": _content("Feedback cannot be saved", "Health", "application/json"),
                    },
                }
            },
        },
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "invitation": {"type": "http", "scheme": "bearer", "description": "The invitation code."}
            },
        },
    }  # fmt: skip


def _post_feedback() -> dict[str, Any]:
    operation = _operation(
        "postFeedback", "Give feedback", "FeedbackOut",
        (*_WITH_BODY, "idempotency_key_reused", "consent_missing"), body="FeedbackIn",
    )  # fmt: skip
    operation["parameters"] = [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "The same for every repeat of one feedback, such as a UUID.",
            "schema": {
                "type": "string",
                "pattern": shapes.KEY_PATTERN,
                "minLength": shapes.SHORTEST_KEY,
                "maxLength": shapes.LONGEST_KEY,
            },
        }
    ]
    operation["responses"]["201"] = _content("It is saved", "FeedbackOut", "application/json")
    return operation


def _operation(
    name: str, summary: str, answer: str, problems: tuple[str, ...], body: str | None = None
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": name,
        "summary": summary,
        "security": [{"invitation": []}],
        "responses": {"200": _content("Done", answer, "application/json")} | _problems(_ALWAYS + problems),
    }
    if body:
        schema = {"$ref": f"#/components/schemas/{body}"}
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return operation


def _problems(codes: tuple[str, ...]) -> dict[str, Any]:
    by_status: dict[int, list[str]] = {}
    for code in codes:
        by_status.setdefault(PROBLEMS[code][0], []).append(code)
    return {
        str(status): _content(", ".join(found), "ProblemOut", MEDIA_TYPE)
        for status, found in sorted(by_status.items())
    }


def _content(description: str, schema: str, media_type: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {media_type: {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
    }
