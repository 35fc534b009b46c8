"""Publishing: a whole, verified copy under a new name, then one swap of a link.

The order was found by experiment (docs/warehouse.md): the writer is closed and checkpointed; a child
process copies (copying inside the process that had the file open would drop its lock); the copy is
opened, verified and synced; it gets its versioned name; the link is swapped. A reader sees the whole
old run or the whole new one.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from warehouse.errors import NothingPublished, WarehouseError
from warehouse.marts import marts, marts_fingerprint
from warehouse.reads import LINK, current
from warehouse.writes import FILE, Writer, writer

FOLDER = "published"
KEEP = 3
SQL = Path(__file__).parent / "load"
_NAME = re.compile(r"hoshiyomi-\d{8}T\d{6}Z-r(\d+)\.duckdb")


@dataclass(frozen=True, slots=True)
class Publication:
    """A published file, and whether this call made it."""

    path: Path
    revision: int
    is_new: bool


def is_due(w: Writer, data: Path) -> bool:
    """Whether the working file would publish anything that the current publication does not show."""
    return _fingerprint(w) != _published_fingerprint(data)


def publish(data: Path, now: datetime) -> Publication:
    """Publish the working file of `data`; a no-op when nothing changed since the last publication.

    Raises WarehouseError when the copy does not verify; the link then still shows the last publication.
    """
    with writer(data) as w:
        fingerprint = _fingerprint(w)
        if fingerprint == _published_fingerprint(data):
            path = current(data)
            return Publication(path, _revision(path), is_new=False)
        revision = max([0, *(_revision(p) for p in (data / FOLDER).glob("*.duckdb"))]) + 1
        with w.transaction():
            w.con.execute("delete from core.publication")
            w.con.execute(
                (SQL / "publication.sql").read_text(encoding="utf-8"),
                {"revision": revision, "fingerprint": fingerprint, "now": now},
            )
    path = _copy(data, f"hoshiyomi-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-r{revision}.duckdb", fingerprint)
    _swap(data, path)
    _retire(data, path)
    return Publication(path, revision, is_new=True)


def _copy(data: Path, name: str, fingerprint: str) -> Path:
    folder = data / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(".*.tmp*"):
        left.unlink()
    temporary = folder / f".{name}.tmp"
    working = data / FILE
    if working.with_name(f"{FILE}.wal").exists():
        raise WarehouseError(f"{FILE} is not checkpointed. Remedy: run `hoshiyomi refresh` again.")
    copied = subprocess.run(  # noqa: S603 - fixed program, our own paths
        ["cp", "--reflink=auto", "--", str(working), str(temporary)],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    if copied.returncode:
        temporary.unlink(missing_ok=True)
        raise WarehouseError(f"The copy for publishing failed: {copied.stderr.strip()}")
    _verify(temporary, fingerprint)
    with temporary.open("rb") as handle:
        os.fsync(handle.fileno())
    final = folder / name
    temporary.rename(final)
    final.chmod(0o444)
    return final


def _verify(path: Path, fingerprint: str) -> None:
    """Open the copy and read a row of every published table. Raises WarehouseError."""
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            row = con.execute("select fingerprint from core.publication").fetchone()
            for mart in marts():
                con.execute(f"select * from {mart.name} limit 1").fetchall()  # noqa: S608 - our own names
    except duckdb.Error as error:
        path.unlink(missing_ok=True)
        raise WarehouseError(f"The published copy does not verify: {error}") from error
    if row is None or row[0] != fingerprint:
        path.unlink(missing_ok=True)
        raise WarehouseError("The published copy is not the file that was written.")


def _swap(data: Path, path: Path) -> None:
    link = data / LINK
    temporary = data / f".{LINK}.{os.getpid()}"
    temporary.unlink(missing_ok=True)
    # Relative, so that the data folder can be moved.
    temporary.symlink_to(path.relative_to(data))
    temporary.replace(link)
    for folder in (data, path.parent):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _retire(data: Path, now_current: Path) -> None:
    """Keep the last few publications: readers that hold an older one open keep their file."""
    files = sorted((data / FOLDER).glob("hoshiyomi-*.duckdb"), key=_revision, reverse=True)
    for old in files[KEEP:]:
        if old != now_current:
            old.unlink(missing_ok=True)
    for left in data.glob(f".{LINK}.*"):
        left.unlink(missing_ok=True)


def _fingerprint(w: Writer) -> str:
    return f"{w.fingerprint()}-{marts_fingerprint()}"


def _published_fingerprint(data: Path) -> str | None:
    try:
        path = current(data)
    except NothingPublished:
        return None
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            row = con.execute("select fingerprint from core.publication").fetchone()
    except duckdb.Error:
        # A damaged publication is replaced, not trusted.
        return None
    return str(row[0]) if row else None


def _revision(path: Path) -> int:
    match = _NAME.fullmatch(path.name)
    return int(match.group(1)) if match else 0
