"""`hoshiyomi backup`: a whole data folder at one moment, while a refresh may run.

The order matters. Receipts of erasure and notes of forgotten imports come first: a restored folder then never
believes that something is done which the copied tables do not show. The working file and the landing folder
are copied while nobody may change what is there (`warehouse.locks.standing_still`); a refresh waits so long.
New landing files may come in meanwhile: which batches count is asked before their files are copied.
"""

from __future__ import annotations

import hmac
import logging
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from flows.alerts import ledger as alerts
from flows.backup import snapshots
from flows.backup.archive import Manifest, Writing
from flows.config.load import Config, config_folder
from flows.console import counted, span
from flows.errors import InputError
from flows.pipeline.forget_import import FOLDER as FORGOTTEN
from flows.privacy import backups
from flows.privacy.receipts import FOLDER as RECEIPTS
from flows.progress import MEGABYTE, counting
from warehouse.engines import lake_of
from warehouse.errors import WarehouseError
from warehouse.landing import Landing
from warehouse.locks import standing_still
from warehouse.private import make_folder, sync
from warehouse.reads import LINK
from warehouse.records import Coverage
from warehouse.snapshots import FOLDER as PUBLISHED
from warehouse.versions import DUCKDB, of_working
from warehouse.writes import FILE

log = logging.getLogger(__name__)
KEY = "alpha/key"
REGISTER = "alpha/register.sqlite"
LEDGER = f"{alerts.FOLDER}/{alerts.FILE}"
"""A restored folder tells nobody again what was told before."""
CONFIG = ("apps.toml", "topics.toml", "events.toml", "hoshiyomi.toml", "alerts.toml", "replies.toml")
"""None of them holds a secret: they name the files of keys."""
_FIRST = (RECEIPTS, FORGOTTEN)
# What a restored folder needs besides; Prefect's history and password, locks and layouts are not among it.
_FILES = ("clock.json", "retention.json", backups.FILE)
_FOLDERS = ("attempts", "collect", "runs", "evaluations", "replies")
_SUFFIXES = (".json", ".jsonl")
_PART = ".*.tar.part"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A backup, and what a person wants to know of it."""

    path: Path
    size: int
    """Bytes."""
    files: int
    held_s: float
    """So long nobody could change the folder, in seconds."""
    has_working: bool
    has_key: bool
    """Whether the data folder has a key, which the backup does not hold."""


def backup(config: Config, folder: Path, now: datetime) -> Made:
    """Write a backup of the data folder into `folder`; backups of it that are past their time go.

    Raises InputError for a folder inside of the data folder, and where there is nothing to back up; OSError
    for one that cannot be written, which leaves nothing.
    """
    data = config.data
    folder = folder.expanduser().absolute()
    _refuse(data, folder)
    make_folder(folder)
    for left in folder.glob(_PART):
        left.unlink()
    id_ = secrets.token_hex(4)
    name = f"hoshiyomi-{now:%Y%m%dT%H%M%SZ}-{id_}.tar"
    expires = now + timedelta(days=config.retention.backup_days)
    key = data / KEY
    noted = backups.Backup(name=name, folder=str(folder), made_at=now, expires_at=expires)
    # First: were this killed after its last byte, the register would not know of it.
    backups.register(data, noted)
    manifest = Manifest(
        id=id_, made_at=now, expires_at=expires, hoshiyomi=version("hoshiyomi"), duckdb=DUCKDB, schema=None,
        key=fingerprint(key.read_bytes()) if key.exists() else None, current=None,
    )  # fmt: skip
    writing = Writing(folder / name)
    try:
        with counting("copied", "MB", a_unit=MEGABYTE, is_news=False) as told:
            of = _size_of(data)
            writing.told = lambda copied: told(copied, of)
            held_s = _copy(writing, data, manifest)
        snapshots.mirror(data, folder)
        manifest.snapshots = snapshots.folder_of(data)
        size = writing.finish(manifest)
    except BaseException:
        writing.give_up()
        backups.forget(data, folder / name, now)
        raise
    backups.register(data, noted)
    backups.expire(data, now)
    backups.tell(data, now)
    return Made(
        path=folder / name, size=size, files=len(manifest.files), held_s=held_s,
        has_working=manifest.schema is not None, has_key=manifest.key is not None,
    )  # fmt: skip


def fingerprint(key: bytes) -> str:
    """Names a key of 256 random bits without telling it."""
    return hmac.digest(key, b"hoshiyomi backup", "sha256").hex()[:16]


def _size_of(data: Path) -> int:
    """Bytes of what is large in a backup, as it is now."""
    large = [data / FILE, data / LINK, *Landing(data).folder.glob("*/*/*.jsonl.gz")]
    return sum(path.stat().st_size for path in large if path.exists())


def _refuse(data: Path, folder: Path) -> None:
    if not Landing(data).folder.is_dir():
        raise InputError(
            f"There is nothing to back up in {data}. Remedy: set HOSHIYOMI_DATA to the data folder that is "
            "meant."
        )
    if folder.resolve().is_relative_to(data.resolve()):
        raise InputError(
            f"{folder} lies in the data folder and would be lost with it. Remedy: name a folder outside of "
            f"{data}, best on another disk."
        )


def _copy(writing: Writing, data: Path, manifest: Manifest) -> float:
    for name in _FIRST:
        _add_folder(writing, data, name)
    began = datetime.now().astimezone()
    with standing_still(data):
        manifest.schema = _add_working(writing, data)
        _add_landing(writing, data)
    held = (datetime.now().astimezone() - began).total_seconds()
    log.info("the folder stood still for %(span)s; a refresh goes on", {"span": span(held)})
    for name in (REGISTER, LEDGER):
        if (content := _sqlite(data / name)) is not None:
            writing.add_bytes(f"data/{name}", content)
    manifest.current = _add_published(writing, data)
    for name in _FOLDERS:
        _add_folder(writing, data, name)
    for name in _FILES:
        writing.add(f"data/{name}", data / name)
    for name in CONFIG:
        writing.add(f"config/{name}", config_folder() / name)
    return held


def _add_working(writing: Writing, data: Path) -> int | None:
    """Add the working file, closed as nobody writes; its schema, None where none can be read."""
    file = data / FILE
    if lake_of(data) is not None:
        log.warning("the backup holds no tables, they lie in a lake; `hoshiyomi rebuild` makes them anew")
        return None
    if not file.exists():
        return None
    try:
        schema = of_working(file).schema
    except WarehouseError as error:
        log.warning("the backup holds no working file, it is made anew from landing: %(why)s", {"why": error})
        return None
    writing.add(f"data/{FILE}", file)
    # What a killed writer left to be replayed belongs to it.
    writing.add(f"data/{FILE}.wal", data / f"{FILE}.wal")
    return schema


def _add_landing(writing: Writing, data: Path) -> None:
    """Add every landed file; of coverage only what counted before the first of them was copied."""
    landing = Landing(data)
    coverage = landing.folder.glob(f"{Coverage.KIND}/*/*.jsonl.gz")
    counted_before = sorted(str(p.relative_to(landing.folder)) for p in coverage)
    others = landing.folder.glob("*/*/*.jsonl.gz")
    names = sorted(str(p.relative_to(landing.folder)) for p in others if p.parts[-3] != Coverage.KIND)
    for name in (*names, *counted_before):
        writing.add(f"data/landing/{name}", landing.folder / name)
    log.info("copied %(files)s", {"files": counted(len(names) + len(counted_before), "landing file")})


def _sqlite(path: Path) -> bytes | None:
    """The register of invitations or the ledger of alerts as of one moment, while others may write to it."""
    if not path.exists():
        return None
    source, copy = sqlite3.connect(f"file:{path}?mode=ro", uri=True), sqlite3.connect(":memory:")
    try:
        source.backup(copy)
        return copy.serialize()
    finally:
        source.close()
        copy.close()


def _add_published(writing: Writing, data: Path) -> str | None:
    """Add the current publication with its checksum; its name. It never changes under its name."""
    link = data / LINK
    for _ in range(3):
        try:
            path = link.resolve(strict=True)
        except OSError:
            return None
        if writing.add(f"data/{PUBLISHED}/{path.name}", path):
            writing.add(f"data/{PUBLISHED}/{path.name}.sha256", path.with_name(f"{path.name}.sha256"))
            return path.name
    return None


def _add_folder(writing: Writing, data: Path, name: str) -> None:
    for path in sorted((data / name).rglob("*")):
        if path.suffix in _SUFFIXES and not path.name.startswith(".") and path.is_file():
            writing.add(f"data/{path.relative_to(data)}", path)


def lay_link(data: Path, current: str) -> None:
    """Make a published file of a restored folder the current one."""
    (data / LINK).symlink_to(Path(PUBLISHED) / current)
    sync(data)
