"""`hoshiyomi apps`: an app's address becomes an entry of apps.toml, and entries are checked."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from flows.config.apps import App, AppStoreEntry, read_apps
from flows.config.load import Config
from flows.config.tables import nearest
from flows.errors import InputError
from flows.sources.base import Page, Parsed, Request
from flows.sources.http import RateLimiter, StoreClient, StoreProblem
from flows.sources.payload import ShapeError
from warehouse.private import FILE, OTHERS, make_folder, write_atomically

_PACKAGE = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*)+")
_APPLE_ID = re.compile(r"(?:id)?(\d{6,12})")
_APP = re.compile(r"^\s*\[\[\s*app\s*\]\]", re.MULTILINE)
DEFAULT_LANGUAGE, DEFAULT_COUNTRY = "ja", "jp"


@dataclass(frozen=True, slots=True)
class Found:
    """An app in its store, as an address or id names it."""

    store: str
    id: str
    country: str | None = None
    """Of the App Store's address."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a check."""

    line: str
    is_good: bool


def recognised(text: str) -> Found:
    """The app that a store's address or a bare id names. Raises InputError with the remedy."""
    text = text.strip()
    if "://" not in text:
        if apple := _APPLE_ID.fullmatch(text):
            return Found("app_store", apple[1])
        if _PACKAGE.fullmatch(text):
            return Found("google_play", text)
        raise InputError(f"{text!r} is no id. {_REMEDY}")
    parts = urlsplit(text)
    if parts.hostname == "play.google.com":
        (app_id,) = parse_qs(parts.query).get("id", [""])[:1]
        if _PACKAGE.fullmatch(app_id):
            return Found("google_play", app_id)
    if parts.hostname in ("apps.apple.com", "itunes.apple.com"):
        *_, last = parts.path.rstrip("/").split("/")
        first = parts.path.strip("/").split("/")[0].lower()
        if last.startswith("id") and (apple := _APPLE_ID.fullmatch(last)):
            return Found("app_store", apple[1], first if re.fullmatch("[a-z]{2}", first) else None)
    raise InputError(f"{text!r} is no address of an app. {_REMEDY}")


_REMEDY = (
    "Remedy: the address of the app's page, such as "
    "https://play.google.com/store/apps/details?id=jp.example.app or "
    "https://apps.apple.com/jp/app/id1234567890, or the id in it."
)  # fmt: skip


def known_app(config: Config, key: str | None) -> None:
    """Raises InputError for a key that apps.toml does not have, naming the nearest."""
    keys = [a.key for a in config.apps]
    if key is not None and key not in keys:
        raise InputError(f"--app {key!r} is not in apps.toml{nearest(key, keys)}.")


def add(
    path: Path,
    found: Found,
    *,
    key: str | None,
    name: str | None,
    owner: str | None,
    languages: Sequence[str],
    countries: Sequence[str],
) -> str:
    """Write an entry; what stands in the file stays as it is, comments too. Gives the app's key.

    A key that is there already gets another store. Raises ConfigError, and leaves the file alone, where the
    file would not be understood.
    """
    known = read_apps(path)
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    store = _store_lines(found, languages, countries)
    key = key or _free_key(found, known)
    number = next((n for n, a in enumerate(known) if a.key == key), None)
    if number is None:
        lines = ["[[app]]", f"key = {_quoted(key)}", f"name = {_quoted(name or found.id)}"]
        lines += [f"owner = {_quoted(owner)}"] if owner else []
        text = _joined(text, len(text), "\n".join([*lines, "", *store]))
    else:
        text = _joined(text, _end_of(text, number), "\n".join(store))
    _replace(path, text)
    return key


def _store_lines(found: Found, languages: Sequence[str], countries: Sequence[str]) -> list[str]:
    lines = ["[[app.store]]", f"store = {_quoted(found.store)}", f"id = {_quoted(found.id)}"]
    if found.store == "google_play":
        return [*lines, f"languages = {json.dumps(list(languages) or [DEFAULT_LANGUAGE])}"]
    return [*lines, f"countries = {json.dumps(list(countries) or [found.country or DEFAULT_COUNTRY])}"]


def _quoted(text: str) -> str:
    # A JSON string is a TOML basic string, too.
    return json.dumps(text, ensure_ascii=False)


def _free_key(found: Found, known: Sequence[App]) -> str:
    """A short key from the id that no other app has."""
    last = found.id.rsplit(".", 1)[-1].lower() if found.store == "google_play" else f"app-{found.id}"
    taken = {a.key for a in known}
    return next(
        k for k in (last, found.id.lower(), *(f"{last}-{n}" for n in range(2, 1000))) if k not in taken
    )


def _end_of(text: str, number: int) -> int:
    """Where the `number`-th app ends: behind the last line of it that is no comment."""
    starts = [m.start() for m in _APP.finditer(text)]
    end = starts[number + 1] if number + 1 < len(starts) else len(text)
    block = text[:end]
    lines = block.splitlines(keepends=True)
    while lines and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
        lines.pop()
    return sum(map(len, lines))


def _joined(text: str, at: int, entry: str) -> str:
    before, after = text[:at], text[at:]
    gap = "" if not before.strip() else "\n" if before.endswith("\n") else "\n\n"
    return f"{before}{gap}{entry}\n{after}"


def _replace(path: Path, text: str) -> None:
    """Swap the file for one that is understood; else leave it."""
    content = text.encode()
    read_apps(path, content)
    mode = stat.S_IMODE(path.stat().st_mode) if path.is_file() else FILE
    write_atomically(make_folder(path.parent) / path.name, content, mode=mode)


def client_of(config: Config) -> StoreClient:
    """A client for a handful of questions, at the configured rate."""
    return StoreClient(limiter=RateLimiter(config.collect.requests_per_second))


def named(found: Found, config: Config, client: StoreClient) -> str | None:
    """The name that the store shows; None where it does not answer."""
    entry = AppStoreEntry(
        store=found.store, id=found.id,
        languages=(DEFAULT_LANGUAGE,) if found.store == "google_play" else (),
        countries=(found.country or DEFAULT_COUNTRY,) if found.store == "app_store" else (),
    )  # fmt: skip
    shown = _shown(config, entry, client)
    return shown if not isinstance(shown, Exception) else None


def check(config: Config, client: StoreClient | None) -> Iterator[Finding]:
    """What apps.toml says of each app, whether its files are there, and what the stores say of it."""
    for a in config.apps:
        for entry in a.stores:
            yield from _check_entry(config, a, entry, client)


def _check_entry(
    config: Config, a: App, entry: AppStoreEntry, client: StoreClient | None
) -> Iterator[Finding]:
    where = f"{a.key}: {entry.store} {entry.id}"
    places = ", ".join(entry.languages or entry.countries)
    if places:
        yield Finding(f"ok      {where}, asked in {places}", True)
    else:
        key = "languages" if entry.store == "google_play" else "countries"
        yield Finding(f"MISSING {where}: no {key}, so its public reviews are not asked for", False)
    files = (entry.service_account, entry.connect.key_file if entry.connect else None)
    for file in filter(None, files):
        is_there = file.is_file() and os.access(file, os.R_OK)
        yield Finding(f"{'ok     ' if is_there else 'MISSING'} {where}, key file {file}", is_there)
        if is_there and file.stat().st_mode & OTHERS:
            yield Finding(f"OPEN    {where}, {file} can be read by others: `chmod 600 {file}`", False)
    if entry.console_exports is not None:
        is_there = entry.console_exports.is_dir()
        yield Finding(
            f"{'ok     ' if is_there else 'MISSING'} {where}, folder {entry.console_exports}", is_there
        )
    if client is not None and places:
        shown = _shown(config, entry, client)
        if isinstance(shown, Exception):
            yield Finding(f"FAILED  {where}: {shown}", False)
        else:
            yield Finding(f"ok      {where}, the store shows it as {shown}", True)


def _shown(config: Config, entry: AppStoreEntry, client: StoreClient) -> str | Exception:
    """The app's name as its store shows it in the first place that is asked, or what went wrong."""
    from flows.collection.registry import lookup_of

    source, request = lookup_of(config, entry, client, datetime.now(UTC))
    try:
        for item in source.fetch(request):
            if isinstance(item, Page):
                return _title(source.parse(request, item), request)
    except (StoreProblem, ShapeError) as problem:
        return problem
    return LookupError("the store gave no answer")


def _title(parsed: Parsed, request: Request) -> str:
    return next((s.title for s in parsed.snapshots if s.title), request.store_app_id)
