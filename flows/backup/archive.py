"""The form of a backup: one tar file, its manifest last, so that what was cut off shows.

The manifest holds the size and SHA-256 of every member. A backup is read to its end and held against it
before anything of it is laid anywhere.
"""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

import orjson

from flows.errors import InputError
from warehouse.private import FILE, make_folder, open_new, sync

MANIFEST = "manifest.json"
VERSION = 1
_BLOCK = 1 << 20
_ROOTS = ("data", "config")


@dataclass(slots=True, kw_only=True)
class Manifest:
    """What a backup says of itself."""

    version: int = VERSION
    id: str
    made_at: datetime
    expires_at: datetime
    hoshiyomi: str
    duckdb: str
    schema: int | None
    """Of the working file; None where the backup holds none."""
    key: str | None
    """Fingerprint of the key of pseudonyms, which no backup holds; None where there is no key."""
    current: str | None
    """Name of the published file that was current."""
    snapshots: str | None = None
    """The folder beside the backup that mirrors the snapshots of older publications."""
    files: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Size and SHA-256 by member."""


class Writing:
    """A backup that is being written. Nothing but `finish` makes it a backup."""

    def __init__(self, path: Path) -> None:
        self.told: Callable[[int], None] = lambda _copied: None
        """Called with the bytes that are copied by now, after every block."""
        self._copied = 0
        self._path = path
        self._part = path.with_name(f".{path.name}.part")
        make_folder(path.parent)
        self._file = open_new(self._part)
        self._tar = tarfile.open(fileobj=self._file, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115
        self.files: dict[str, tuple[int, str]] = {}

    def add(self, name: str, file: Path) -> bool:
        """Add a file as it is now; False where it is gone."""
        try:
            with file.open("rb") as opened:
                self._add(name, opened, os.fstat(opened.fileno()).st_size)
        except FileNotFoundError:
            return False
        return True

    def add_bytes(self, name: str, content: bytes) -> None:
        """Add what stands in no file."""
        self._add(name, io.BytesIO(content), len(content))

    def finish(self, manifest: Manifest) -> int:
        """Write the manifest, have all of it on disk, give it its name; the size in bytes."""
        manifest.files = self.files
        self._add(MANIFEST, *_readable(manifest))
        self._tar.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        size = self._part.stat().st_size
        self._part.rename(self._path)
        sync(self._path.parent)
        return size

    def give_up(self) -> None:
        """Leave nothing."""
        self._file.close()
        self._part.unlink(missing_ok=True)

    def _add(self, name: str, content: IO[bytes], size: int) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, FILE
        summed = _Summed(content, self._count)
        self._tar.addfile(info, summed)
        if name != MANIFEST:
            self.files[name] = (size, summed.hexdigest())

    def _count(self, size: int) -> None:
        self._copied += size
        self.told(self._copied)


class _Summed:
    """Reads on, and sums what was read."""

    def __init__(self, content: IO[bytes], told: Callable[[int], None]) -> None:
        self._content, self._sum, self._told = content, hashlib.sha256(), told

    def read(self, size: int = -1) -> bytes:
        block = self._content.read(size)
        self._sum.update(block)
        self._told(len(block))
        return block

    def hexdigest(self) -> str:
        return self._sum.hexdigest()


def verified(path: Path) -> Manifest:
    """Read a backup to its end and hold it against its manifest.

    Raises InputError for what is no backup, was cut off, is damaged, or is of a newer form.
    """
    seen: dict[str, tuple[int, str]] = {}
    manifest: Manifest | None = None
    with _as_backup(path):
        for info, content in _members(path):
            if info.name == MANIFEST:
                manifest = _read(path, content.read())
                continue
            total = hashlib.sha256()
            while block := content.read(_BLOCK):
                total.update(block)
            seen[info.name] = (info.size, total.hexdigest())
    if manifest is None:
        raise InputError(
            f"{path.name} has no manifest at its end: it is no backup of Hoshiyomi, or was cut off. Remedy: "
            "name a file that `hoshiyomi backup` finished, or copy it again from where it lies whole."
        )
    if seen != manifest.files:
        wrong = sorted(n for n in {*seen, *manifest.files} if seen.get(n) != manifest.files.get(n))
        raise InputError(
            f"{path.name} is damaged: {len(wrong)} of {len(manifest.files)} members are not what was backed "
            "up. Remedy: another copy of it, or another backup."
        )
    return manifest


def extract(path: Path, root: str, to: Path, *, without: tuple[str, ...] = ()) -> int:
    """Lay the members below `root` of a verified backup into a folder, for the owner only; how many.

    Those whose name begins with one of `without` are left out.
    """
    count = 0
    for info, content in _members(path):
        first, _, name = info.name.partition("/")
        if first != root or (name and name.startswith(without)):
            continue
        target = to / name
        make_folder(target.parent)
        with open_new(target) as out:
            while block := content.read(_BLOCK):
                out.write(block)
            out.flush()
            os.fsync(out.fileno())
        count += 1
    return count


def _members(path: Path) -> Iterator[tuple[tarfile.TarInfo, IO[bytes]]]:
    """Plain files of our own roots, in order; whatever else a tar may hold is refused."""
    with tarfile.open(path, "r:") as tar:
        for info in tar:
            content = tar.extractfile(info) if info.isreg() else None
            if content is None or not _is_ours(info.name):
                raise InputError(
                    f"{path.name} holds a member that no backup has. Remedy: name a file that `hoshiyomi "
                    "backup` made."
                )
            yield info, content


@contextmanager
def _as_backup(path: Path) -> Iterator[None]:
    """Tell what tarfile raises in a user's words."""
    try:
        yield
    except tarfile.ReadError as error:
        raise InputError(
            f"{path.name} cannot be read as a backup ({error}). Remedy: name a file that `hoshiyomi backup` "
            "finished, or copy it again from where it lies whole."
        ) from None


def _is_ours(name: str) -> bool:
    parts = PurePosixPath(name).parts
    is_plain = not name.startswith("/") and ".." not in parts
    return name == MANIFEST or (is_plain and len(parts) > 1 and parts[0] in _ROOTS)


def _readable(manifest: Manifest) -> tuple[IO[bytes], int]:
    content = orjson.dumps(asdict(manifest), option=orjson.OPT_UTC_Z | orjson.OPT_INDENT_2)
    return io.BytesIO(content), len(content)


def _read(path: Path, content: bytes) -> Manifest:
    raw: dict[str, Any] = orjson.loads(content)
    if raw.get("version") != VERSION:
        raise InputError(
            f"{path.name} is a backup of form {raw.get('version')}, and this Hoshiyomi reads {VERSION}. "
            "Remedy: restore it with the Hoshiyomi that made it, and update afterwards."
        )
    given = {k: raw[k] for k in Manifest.__dataclass_fields__ if k in raw}
    times = {k: datetime.fromisoformat(given[k]) for k in ("made_at", "expires_at")}
    files = {name: (int(size), str(total)) for name, (size, total) in given["files"].items()}
    return Manifest(**(given | times | {"files": files}))
