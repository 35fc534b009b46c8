"""The keys that the loopback store accepts, made anew for each run of the tests, and how it checks them."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

SCOPE = "https://www.googleapis.com/auth/androidpublisher"
GOOGLE_TOKEN_ADDRESS = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_SLACK = 60


def _pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    plain = serialization.NoEncryption()
    pkcs8 = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, pkcs8, plain).decode()


@cache
def _elliptic_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def _rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Refused(Exception):
    """A token that is not accepted; says why."""


@dataclass(frozen=True, slots=True)
class ConnectAccount:
    """A team key of App Store Connect."""

    key_id: str = "TESTKEY123"
    issuer_id: str = "57246542-96fe-1a63-e053-0824d011072a"

    @property
    def private_key(self) -> str:
        """The text of the .p8 file."""
        return _pem(_elliptic_key())

    def check(self, authorization: str | None, now: datetime) -> None:
        """Apple's rules: ES256, our key and issuer, Apple's audience, 20 minutes at most. Raises Refused."""
        token = (authorization or "").removeprefix("Bearer ")
        try:
            head = jwt.get_unverified_header(token)
            claims = _claims(token, _elliptic_key().public_key(), "ES256", "appstoreconnect-v1")
        except jwt.PyJWTError as error:
            raise Refused(str(error)) from error
        if head.get("kid") != self.key_id or claims.get("iss") != self.issuer_id:
            raise Refused("unknown key or issuer")
        _in_time(claims, 1200, now)


class ServiceAccount:
    """A Google service account and the access tokens given to it."""

    email = "collector@imaginary-project.iam.gserviceaccount.com"

    def __init__(self, token_uri: str) -> None:
        self._token_uri = token_uri
        self._given: dict[str, tuple[datetime, float]] = {}

    def file(self) -> dict[str, str]:
        """The object of the key file that a person downloads."""
        return {
            "type": "service_account",
            "project_id": "imaginary-project",
            "private_key_id": "0" * 40,
            "private_key": _pem(_rsa_key()),
            "client_email": self.email,
            "client_id": "100000000000000000000",
            "token_uri": self._token_uri,
        }

    def token(self, form: dict[str, str], now: datetime) -> str:
        """A new access token for an assertion. Raises Refused."""
        if form.get("grant_type") != GRANT:
            raise Refused("unsupported_grant_type")
        try:
            claims = _claims(
                form.get("assertion", ""),
                _rsa_key().public_key(),
                "RS256",
                [self._token_uri, GOOGLE_TOKEN_ADDRESS],
            )
        except jwt.PyJWTError as error:
            raise Refused("invalid_grant") from error
        if claims.get("iss") != self.email or SCOPE not in str(claims.get("scope")).split():
            raise Refused("invalid_scope")
        _in_time(claims, 3600, now)
        token = f"ya29.{uuid.uuid4().hex}"
        self._given[token] = (now, time.monotonic())
        return token

    def check(self, authorization: str | None, now: datetime) -> None:
        """A bearer token of ours, younger than an hour by the store's clock. Raises Refused."""
        given = self._given.get((authorization or "").removeprefix("Bearer "))
        if given is None or (now - given[0]).total_seconds() > 3600:
            raise Refused("UNAUTHENTICATED")


def _claims(token: str, key: Any, algorithm: str, audience: str | list[str]) -> dict[str, Any]:
    # The times are checked below, by either clock.
    unchecked: Any = {
        "verify_exp": False,
        "verify_iat": False,
        "verify_nbf": False,
        "require": ["exp", "iat", "iss"],
    }
    return jwt.decode(token, key, algorithms=[algorithm], audience=audience, options=unchecked)


def _in_time(claims: dict[str, Any], most: int, now: datetime) -> None:
    start, end = claims["iat"], claims["exp"]
    if end - start > most:
        raise Refused(f"good for {end - start} s; {most} s at most are allowed")
    if not any(start - _SLACK <= clock < end for clock in (now.timestamp(), time.time())):
        raise Refused("expired or not valid yet")
