"""Secrets of the intake: the key file, invitation tokens, and what is derived from them.

One random key, kept under `<data>/alpha/key` and read by its owner only, gives one sub-key for each use, so
that a value made for one use is worth nothing in another.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from pathlib import Path

from flows.errors import HoshiyomiError
from warehouse.private import FOLDER, OTHERS, make_folder, put_once

_BYTES = 32
# No 0/o, 1/i/l: a code may be read from paper. 28 of these characters are 138 bits.
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_GROUPS, _GROUP = 4, 7


class KeyUnusable(HoshiyomiError):
    """The key file is there, but is not what we made."""


class Keys:
    """What is derived from the key of one data folder."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def secret(self, use: str) -> bytes:
        """The sub-key for one use."""
        return hmac.digest(self._key, use.encode(), hashlib.sha256)

    def token_hash(self, token: str) -> str:
        """What is stored of an invitation token: its keyed hash, as hex."""
        return hmac.digest(self.secret("invitation"), normalised(token).encode(), hashlib.sha256).hex()

    def half_hash(self, token: str) -> str:
        """A keyed hash of a code's first half: what guesses at one certain code have in common."""
        half = normalised(token)[: _GROUPS * _GROUP // 2]
        return hmac.digest(self.secret("half"), half.encode(), hashlib.sha256).hex()

    def feedback_id(self, tester: str, app: str, idempotency_key: str | None) -> str:
        """The id of a feedback: the same for the same tester, app and idempotency key, else random."""
        if idempotency_key is None:
            return f"f-{secrets.token_hex(12)}"
        words = "\0".join((tester, app, idempotency_key))
        return f"f-{hmac.digest(self.secret('feedback'), words.encode(), hashlib.sha256).hex()[:24]}"


def alpha_folder(data: Path) -> Path:
    """`<data>/alpha`, made for its owner only."""
    folder = make_folder(data / "alpha")
    folder.chmod(FOLDER)
    return folder


def load_keys(data: Path) -> Keys:
    """The keys of a data folder; the key file is made at first use. Raises KeyUnusable."""
    path = alpha_folder(data) / "key"
    if not path.exists():
        _make(path)
    if path.stat().st_mode & OTHERS:
        raise KeyUnusable(
            f"{path} can be read by others. Remedy: `chmod 600 {path}`; where others use this machine, think "
            "of the pseudonyms of known addresses as known to them."
        )
    key = path.read_bytes()
    if len(key) != _BYTES:
        raise KeyUnusable(
            f"{path} is not a key of {_BYTES} bytes. Remedy: restore it from your backup; with another key "
            "no invitation that was given out is known any more."
        )
    return Keys(key)


def _make(path: Path) -> None:
    """Write a key whole or not at all; of two processes at the same time one wins, and both read its key."""
    put_once(path, secrets.token_bytes(_BYTES))


def new_token() -> str:
    """A random invitation code of 138 bits, in four groups for the eye."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def normalised(token: str) -> str:
    """A code as it was made, however it was typed: full-width, upper case, spaces, other hyphens."""
    plain = unicodedata.normalize("NFKC", token[:200]).lower()
    return "".join(c for c in plain if c in _ALPHABET)


def new_tester() -> str:
    """A random pseudonym."""
    return f"t-{secrets.token_hex(8)}"
