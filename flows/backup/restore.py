"""`hoshiyomi restore`: a backup into an empty data folder, with what testers took back since.

1. The whole file is read and held against its manifest; what this program cannot read is refused.
2. A marker is laid (`restoring.json`), under which nothing else works in the folder (`flows.lock`), then the
   files. A restore that is killed begins anew by the same command.
3. Tombstones and ledger entries that came after the backup are landed, from the file beside the backup and
   from every other that is named. Where a tombstone is not executed in what was restored, no published file
   is laid: nobody reads what was erased while `hoshiyomi erase` goes through the folder once more.
4. The link to the published file comes last, then the marker goes.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from flows.backup.archive import Manifest, extract, verified
from flows.backup.make import KEY, fingerprint, lay_link
from flows.backup.snapshots import lay as lay_snapshots
from flows.errors import InputError
from flows.lock import RESTORING
from flows.privacy.backups import WITHDRAWALS, read_withdrawals
from flows.privacy.erasure import request
from flows.privacy.receipts import Receipts, pending
from warehouse.landing import Landing
from warehouse.private import make_folder, write_atomically
from warehouse.records import Consent, Erasure
from warehouse.snapshots import FOLDER as PUBLISHED
from warehouse.tombstones import Tombstones
from warehouse.versions import refuse_newer

log = logging.getLogger(__name__)
CONFIG = "restored-config"
"""In the data folder: the configuration of the backup, to compare and copy."""
# What a file system of its own has in its root, and what a look at an empty folder leaves in it.
_NOTHING = frozenset({"lost+found", ".refresh.lock", ".landing.lock", ".copy.lock", ".backups.lock"})


@dataclass(slots=True, kw_only=True)
class Restored:
    """What was laid, and what is still to be done."""

    manifest: Manifest
    files: int
    withdrawals: int
    """Tombstones and ledger entries that came after the backup."""
    to_erase: int
    """Tombstones that are to be executed before anything is published."""
    has_published: bool
    has_config: bool = field(default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the operator has besides the backup."""

    key: Path | None = None
    without_key: bool = False
    withdrawals: Sequence[Path] = ()


def restore(data: Path, backup: Path, given: Given, now: datetime) -> Restored:
    """Lay a backup into the empty data folder `data`.

    Raises InputError for a folder that holds something, for what is no whole backup, and for a key that is
    missing or another one; WarehouseError for a backup of a newer Hoshiyomi. Nothing is laid then.
    """
    if not backup.is_file():
        raise InputError(
            f"There is no backup {backup}. Remedy: `hoshiyomi backups` lists those that were made."
        )
    _refuse_filled(data, backup.name)
    manifest = verified(backup)
    if manifest.schema is not None:
        refuse_newer(manifest.schema, backup.name)
    key = _key(manifest, given)
    beside = backup.with_name(WITHDRAWALS)
    sources = [*([beside] if beside.exists() else []), *given.withdrawals]
    found = [read_withdrawals(path) for path in sources]
    _begin(data, backup.name)
    files = extract(backup, "data", data, without=(f"{PUBLISHED}/",))
    if key is not None:
        _lay_key(data, key)
    withdrawals = _take_in(data, found, now)
    to_erase = len(pending(Receipts(data), Tombstones.landed(Landing(data))))
    has_published = manifest.current is not None and not to_erase
    if has_published:
        files += extract(backup, "data", data, without=_all_but_published(manifest))
        for path in (data / PUBLISHED).iterdir():
            path.chmod(0o400)
    if manifest.snapshots is not None:
        files += lay_snapshots(backup.with_name(manifest.snapshots), data, manifest.made_at)
    has_config = extract(backup, "config", data / CONFIG) > 0
    if has_published and manifest.current is not None:
        lay_link(data, manifest.current)
    (data / RESTORING).unlink()
    return Restored(
        manifest=manifest, files=files, withdrawals=withdrawals, to_erase=to_erase,
        has_published=has_published, has_config=has_config,
    )  # fmt: skip


def _refuse_filled(data: Path, name: str) -> None:
    if not data.is_dir():
        return
    there = {p.name for p in data.iterdir()} - _NOTHING
    marker = data / RESTORING
    if there and not (marker.exists() and marker.read_text("utf-8").strip() == name):
        raise InputError(
            f"{data} is not empty. Remedy: set HOSHIYOMI_DATA to a folder that is empty or not there yet; "
            "move what lies here away, if it is to be replaced."
        )


def _begin(data: Path, name: str) -> None:
    """Empty what an earlier try of the same backup left, and mark the folder."""
    make_folder(data)
    write_atomically(data / RESTORING, f"{name}\n".encode())
    for path in data.iterdir():
        if path.name in _NOTHING or path.name == RESTORING:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _key(manifest: Manifest, given: Given) -> bytes | None:
    """The key of pseudonyms that belongs to the backup; None where it has none or is meant to be lost."""
    if manifest.key is None:
        return None
    if given.key is None:
        if given.without_key:
            return None
        raise InputError(
            "The key of pseudonyms (alpha/key) is in no backup. Remedy: --key FILE with the copy that you "
            "keep apart; where it is lost, --without-key: invitations that were given out then open nothing, "
            "and `hoshiyomi erase --person` finds nobody of before."
        )
    try:
        key = given.key.read_bytes()
    except OSError as error:
        raise InputError(
            f"--key {given.key} cannot be read ({error.strerror}). Remedy: its right path."
        ) from None
    if fingerprint(key) != manifest.key:
        raise InputError(
            f"--key {given.key} is not the key of this backup. Remedy: the key of the data folder from which "
            "the backup was made."
        )
    return key


def _lay_key(data: Path, key: bytes) -> None:
    path = data / KEY
    make_folder(path.parent)
    write_atomically(path, key)


def _all_but_published(manifest: Manifest) -> tuple[str, ...]:
    names = (name.partition("/")[2] for name in manifest.files if name.startswith("data/"))
    return tuple(sorted(n for n in names if not n.startswith(f"{PUBLISHED}/")))


def _take_in(data: Path, found: Sequence[tuple[list[Erasure], list[Consent]]], now: datetime) -> int:
    """Land what the restored folder does not know; how much that is."""
    landing = Landing(data)
    have = (set(landing.whole_records(Erasure)), set(landing.whole_records(Consent)))
    erasures = sorted({e for es, _ in found for e in es} - have[0], key=lambda e: (e.at, e.tester))
    consents = sorted({c for _, cs in found for c in cs} - have[1], key=lambda c: (c.at, c.tester, c.event))
    if erasures or consents:
        request(data, erasures, consents, now)
    return len(erasures) + len(consents)
