"""Which backups still hold what was erased, until when, and how erasures reach them.

A backup is never changed: it holds what was there when it was made. So three rules bind it to erasures
(docs/operations.md):

1. it has an expiry (`backup_days` of `[retention]`), and every `refresh` removes what is past it;
2. a receipt of erasure names the backups that were made before it was done, each with its expiry;
3. tombstones and the consent ledger are laid beside the backups, as `hoshiyomi-withdrawals.jsonl`, by every
   backup, `refresh` and `erase`. `hoshiyomi restore` takes them in before anything can be read.

`<data>/backups.json` is the register: names, folders and times, nothing of a person.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from flows.console import counted
from flows.errors import InputError
from warehouse.landing import Landing, lines_of
from warehouse.locks import locked
from warehouse.private import write_atomically
from warehouse.records import Consent, Erasure

log = logging.getLogger(__name__)
FILE = "backups.json"
WITHDRAWALS = "hoshiyomi-withdrawals.jsonl"
_VERSION = 1
# What is gone is remembered a while, so that a receipt's names can be looked up.
_REMEMBERED = 500
_MAKING = timedelta(days=1)
_LOCK = ".backups.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """One backup that was made of this data folder."""

    name: str
    """Its file's name."""
    folder: str
    made_at: datetime
    """When copying began: what was erased before is not in it."""
    expires_at: datetime
    gone_at: datetime | None = None
    """When it was removed, or found to be gone."""

    @property
    def path(self) -> Path:
        """Where it lies."""
        return Path(self.folder) / self.name


def known(data: Path) -> list[Backup]:
    """The register, oldest first; empty where there is none or it is of another version."""
    try:
        raw = orjson.loads((data / FILE).read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return []
    if not isinstance(raw, dict) or raw.get("version") != _VERSION:
        return []
    return [Backup(**{k: _timed(k, v) for k, v in row.items()}) for row in raw["backups"]]


def there(data: Path) -> list[Backup]:
    """Those that are not known to be gone."""
    return [b for b in known(data) if b.gone_at is None]


def register(data: Path, backup: Backup) -> None:
    """Note a backup, before its first byte is written and when it is whole."""
    _change(data, lambda listed: [*(b for b in listed if b.path != backup.path), backup])


def forget(data: Path, path: Path, now: datetime) -> None:
    """Note that a backup is gone."""
    _change(
        data,
        lambda listed: [
            replace(b, gone_at=now) if b.path == path and b.gone_at is None else b for b in listed
        ],
    )


def holding(data: Path, now: datetime) -> list[dict[str, str]]:
    """The backups that hold what was erased until `now`, for a receipt: name, made_at, expires_at."""
    return [
        {"name": b.name, "made_at": _moment(b.made_at), "expires_at": _moment(b.expires_at)}
        for b in there(data)
        if b.made_at <= now
    ]


def expire(data: Path, now: datetime) -> int:
    """Remove backups past their time; how many. The caller believes the clock.

    One whose folder cannot be reached stays in the register, and `status` tells of it.
    """
    gone = 0
    for backup in there(data):
        if not Path(backup.folder).is_dir():
            continue
        is_being_made = now - backup.made_at < _MAKING
        if backup.expires_at > now and (is_being_made or backup.path.exists()):
            continue
        try:
            backup.path.unlink(missing_ok=True)
        except OSError as error:
            log.warning(
                "%(backup)s is past its time: %(why)s", {"backup": backup.name, "why": error.strerror}
            )
            continue
        forget(data, backup.path, now)
        gone += 1
    if gone:
        log.info("gone because of their age or removed by hand: %(n)s", {"n": counted(gone, "backup")})
    return gone


def tell(data: Path, now: datetime) -> list[str]:
    """Lay tombstones and ledger beside every backup; the folders that cannot be reached or written."""
    folders = sorted({b.folder for b in there(data) if b.expires_at > now})
    if not folders:
        return []
    content = _withdrawals(Landing(data))
    missed = []
    for name in folders:
        path = Path(name) / WITHDRAWALS
        try:
            if not path.exists() or path.read_bytes() != content:
                write_atomically(path, content)
        except OSError as error:
            missed.append(name)
            log.warning("%(folder)s does not learn of withdrawals: %(why)s", {"folder": name, "why": error})
    return missed


def told(folder: Path, data: Path) -> bool:
    """Whether what lies beside the backups of a folder is what the landing folder says now."""
    try:
        return (folder / WITHDRAWALS).read_bytes() == _withdrawals(Landing(data))
    except OSError:
        return False


def read_withdrawals(path: Path) -> tuple[list[Erasure], list[Consent]]:
    """What lies beside backups. Raises InputError for another file, without its words."""
    erasures: list[Erasure] = []
    consents: list[Consent] = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            row = orjson.loads(line)
            kind, given = row.pop("kind"), {k: _timed(k, v) for k, v in row.items()}
            if kind == Erasure.KIND:
                erasures.append(Erasure(**given))
            else:
                consents.append(Consent(**given))
        except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError, ValueError):
            raise InputError(
                f"{path}: line {number} is no withdrawal. Remedy: the file {WITHDRAWALS} that lies beside "
                "the backups, whole, or none."
            ) from None
    return erasures, consents


def _withdrawals(landing: Landing) -> bytes:
    """The lines of all tombstones and ledger entries, in an order that depends on nothing but them."""
    rows: list[bytes] = []
    for kind in (Erasure, Consent):
        records: Sequence[Any] = landing.whole_records(kind)
        lines, _ = lines_of(records)
        rows += [orjson.dumps({"kind": kind.KIND} | orjson.loads(line)) for line in lines.splitlines()]
    return b"".join(row + b"\n" for row in sorted(set(rows)))


def _change(data: Path, change: Callable[[list[Backup]], list[Backup]]) -> None:
    """Rewrite the register; a backup and a refresh may do so at the same moment."""
    with locked(data / _LOCK):
        ordered = sorted(change(known(data)), key=lambda b: b.made_at)
        gone = [b for b in ordered if b.gone_at is not None][-_REMEMBERED:]
        rows = [asdict(b) for b in ordered if b.gone_at is None or b in gone]
        document = {"version": _VERSION, "backups": rows}
        write_atomically(data / FILE, orjson.dumps(document, option=orjson.OPT_UTC_Z | orjson.OPT_INDENT_2))


def _timed(key: str, value: Any) -> Any:
    is_time = isinstance(value, str) and (key == "at" or key.endswith("_at"))
    return datetime.fromisoformat(value) if is_time else value


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
