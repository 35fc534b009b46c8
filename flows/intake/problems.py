"""What the intake answers when it does not do what was asked: problem details (RFC 9457).

An answer names the field and the remedy, and never repeats what was sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
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
