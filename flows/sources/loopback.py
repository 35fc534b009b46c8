"""Whether a host or an address is this machine: asked of the parsed host, never of how a text begins."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Whether a host, without port and brackets, is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_on_this_machine(url: str) -> bool:
    """Whether an http or https address names this machine as its host."""
    parsed = _parsed(url)
    return parsed is not None and parsed[0] in ("http", "https") and is_loopback(parsed[1])


def is_safe(url: str) -> bool:
    """Whether what is sent to `url` travels through TLS, or does not leave this machine."""
    parsed = _parsed(url)
    return parsed is not None and (parsed[0] == "https" or is_on_this_machine(url))


def _parsed(url: str) -> tuple[str, str] | None:
    """Scheme and host in lower case; None where one is missing or the address cannot be read."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    return (parts.scheme, host) if host else None
