"""Fields of a TOML table, read strictly: what is wrong is told with file, entry, key and remedy.

Every function takes `where`, the words that name the place, such as "events.toml, event 2", and raises
ConfigError that begins with them. Nothing here opens a file: `flows.config.load` does.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from flows.errors import ConfigError


def known(entry: Mapping[str, Any], keys: Iterable[str], where: str) -> None:
    """Refuse a key that is not one of `keys`: a misspelt option must not be silently ignored."""
    keys = tuple(keys)
    for key in entry:
        if key not in keys:
            raise ConfigError(f"{where}: unknown key {key!r}{nearest(key, keys)}.")


def nearest(word: str, known: Iterable[str]) -> str:
    """The end of a message about a word that is none of `known`."""
    known = tuple(known)
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(known)}"


def text(entry: Mapping[str, Any], key: str, where: str) -> str:
    """A text that must be there."""
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ConfigError(f"{where}: {key} is missing or is not a text.")
    return value.strip()


def optional(entry: Mapping[str, Any], key: str, where: str) -> str | None:
    """A text that may be missing, but not empty."""
    return text(entry, key, where) if key in entry else None


def tables(entry: Mapping[str, Any], key: str, where: str) -> list[Mapping[str, Any]]:
    """The tables of an array `[[key]]`; none when it is missing."""
    value = entry.get(key, [])
    if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
        raise ConfigError(f"{where}: {key} must be written as [[{key}]] tables.")
    return value


def table(entry: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    """The table `[key]`; an empty one when it is missing."""
    value = entry.get(key, {})
    if not isinstance(value, dict):
        raise ConfigError(f"{where}: {key} must be written as a table [{key}].")
    return value


def whole(entry: Mapping[str, Any], key: str, default: int, where: str) -> int:
    """A whole number above 0."""
    value = entry.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConfigError(f"{where}: {key} must be a whole number above 0.")
    return value
