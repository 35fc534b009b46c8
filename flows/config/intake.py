"""The `[intake]` table of hoshiyomi.toml: who asks for feedback, under which address, within which limits."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flows.config.toml_fields import known, optional, table, whole
from flows.errors import ConfigError
from flows.sources.base import is_safe

_KEYS = (
    "operator", "contact", "wording", "wordings", "public_origin", "cors_origins", "trusted_proxies",
    "token_per_minute", "address_per_minute", "wrong_codes_per_minute", "max_body_bytes", "session_minutes",
    "timezone",
)  # fmt: skip
_ORIGIN = re.compile(r"https?://[a-z0-9.\-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?")
_VERSION = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
# A form sends each of 4,000 characters as up to 12 bytes. What is longer, but not endless, should reach the
# form, which can then say so and show the text again.
_SMALLEST_BODY, _USUAL_BODY, _LARGEST_BODY = 65_536, 131_072, 1_048_576


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeChoice:
    """Everything but operator and contact has a default; docs/intake.md says what each does."""

    operator: str | None = None
    """Who asks for feedback and answers for it, as the consent text names them."""
    contact: str | None = None
    """Where testers turn to with a question, as the consent text names it."""
    wording: str = "2026-11"
    """Version of the consent text that is shown."""
    wordings: Path | None = None
    """A folder of consent texts of one's own; None is the shipped ones."""
    public_origin: str | None = None
    """The address that testers see, such as https://feedback.example.jp; None means this machine only."""
    cors_origins: tuple[str, ...] = ()
    """Web pages of these origins may call /v1; none by default."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses of reverse proxies whose X-Forwarded-For is believed; none by default."""
    token_per_minute: int = 20
    address_per_minute: int = 300
    """An office or a mobile network shares one address, so this is the wider limit."""
    wrong_codes_per_minute: int = 10
    """So many of an address are answered at once; more wait a little longer each time."""
    max_body_bytes: int = _USUAL_BODY
    session_minutes: int = 120
    timezone: str = "Asia/Tokyo"
    """Zone of the times that the pages show; kept are times in UTC."""

    @property
    def is_https(self) -> bool:
        """Whether testers reach the server through TLS."""
        return (self.public_origin or "").startswith("https://")


def parse_intake(document: Mapping[str, Any], file: str, folder: Path) -> IntakeChoice:
    """The choices of a hoshiyomi.toml in `folder`. Raises ConfigError naming file, key and remedy."""
    entry = table(document, "intake", file)
    where = f"{file}, [intake]"
    known(entry, _KEYS, where)
    plain = IntakeChoice()
    wordings = optional(entry, "wordings", where)
    return IntakeChoice(
        operator=optional(entry, "operator", where),
        contact=optional(entry, "contact", where),
        wording=_version(entry, where) or plain.wording,
        wordings=folder / Path(wordings).expanduser() if wordings else None,
        public_origin=_public_origin(entry, where),
        cors_origins=tuple(_origin(o, "cors_origins", where) for o in _texts(entry, "cors_origins", where)),
        trusted_proxies=tuple(_address(a, where) for a in _texts(entry, "trusted_proxies", where)),
        token_per_minute=whole(entry, "token_per_minute", plain.token_per_minute, where),
        address_per_minute=whole(entry, "address_per_minute", plain.address_per_minute, where),
        wrong_codes_per_minute=whole(entry, "wrong_codes_per_minute", plain.wrong_codes_per_minute, where),
        max_body_bytes=_body(entry, plain.max_body_bytes, where),
        session_minutes=whole(entry, "session_minutes", plain.session_minutes, where),
        timezone=_zone(entry, where) or plain.timezone,
    )


def _version(entry: Mapping[str, Any], where: str) -> str | None:
    version = optional(entry, "wording", where)
    if version is not None and not _VERSION.fullmatch(version):
        raise ConfigError(f"{where}: wording {version!r} is no version such as 2026-11.")
    return version


def _public_origin(entry: Mapping[str, Any], where: str) -> str | None:
    value = optional(entry, "public_origin", where)
    if value is None:
        return None
    origin = _origin(value, "public_origin", where)
    if not is_safe(origin):
        raise ConfigError(
            f"{where}: public_origin must begin with https:// (http:// on this machine only): consent and "
            "feedback do not travel in the clear. Remedy: a reverse proxy with TLS, docs/intake.md."
        )
    return origin


def _origin(value: str, key: str, where: str) -> str:
    if not _ORIGIN.fullmatch(value):
        raise ConfigError(
            f"{where}: {value!r} in {key} is no origin. Remedy: scheme and host, perhaps a port, in lower "
            "case and with nothing behind, such as https://feedback.example.jp."
        )
    return value


def _address(value: str, where: str) -> str:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise ConfigError(f"{where}: {value!r} in trusted_proxies is no IP address or network.") from None
    return value


def _texts(entry: Mapping[str, Any], key: str, where: str) -> list[str]:
    value = entry.get(key, [])
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise ConfigError(f'{where}: {key} must be a list of texts such as ["https://app.example.jp"].')
    return value


def _zone(entry: Mapping[str, Any], where: str) -> str | None:
    name = optional(entry, "timezone", where)
    try:
        if name is not None:
            ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ConfigError(f"{where}: timezone {name!r} is no time zone such as Asia/Tokyo.") from None
    return name


def _body(entry: Mapping[str, Any], default: int, where: str) -> int:
    size = whole(entry, "max_body_bytes", default, where)
    if not _SMALLEST_BODY <= size <= _LARGEST_BODY:
        raise ConfigError(f"{where}: max_body_bytes must lie between {_SMALLEST_BODY} and {_LARGEST_BODY}.")
    return size
