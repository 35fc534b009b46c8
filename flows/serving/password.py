"""The password of Prefect's API in a data folder: made at random once, readable by its owner only."""

from __future__ import annotations

import secrets
from pathlib import Path

from flows.errors import ConfigError
from warehouse.private import put_once

USER = "hoshiyomi"


def password_file(data: Path) -> Path:
    """Where the words lie that Prefect's screen asks for."""
    return data / "prefect" / "password"


def password(data: Path) -> str:
    """`user:password`, made at first use. Raises ConfigError when others may read it or it is no password."""
    path = password_file(data)
    if not path.exists():
        _make(path)
    if path.stat().st_mode & 0o077:
        raise ConfigError(
            f"{path} can be read by others. Remedy: delete it; a new one is made at the next start."
        )
    words = path.read_text(encoding="utf-8").strip()
    if not words.startswith(f"{USER}:") or len(words) < len(USER) + 20:
        raise ConfigError(
            f"{path} holds no password. Remedy: delete it; a new one is made at the next start."
        )
    return words


def _make(path: Path) -> None:
    """Write it whole or not at all; of two processes one wins, and both read its password."""
    path.parent.mkdir(parents=True, exist_ok=True)
    put_once(path, f"{USER}:{secrets.token_urlsafe(32)}\n".encode())
