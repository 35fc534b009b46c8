"""The session between the pages: a short-lived, signed cookie, and the token that guards each form.

The cookie is HttpOnly and SameSite=Strict and holds no invitation code: it names the invitation by the
keyed hash that the register holds, so that a revoked code ends its sessions, too. The code itself is typed
into a form and never stands in an address: addresses go into histories and the logs of proxies, and mail
gateways open links before people do.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import asdict, dataclass

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

from flows.config.settings import IntakeChoice
from flows.intake.secrets import Keys


@dataclass(frozen=True, slots=True)
class Session:
    """One browser's visit."""

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
