"""What replies were sent to stores: a line before each is sent and one with its end, for the owner alone.

When, which review, by which endpoint, how many characters, and what became of it: neither the words, which
the store shows and collecting brings back, nor who sent them. A reply whose end is missing was under way when
its process died: the store may have it.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from warehouse.locks import locked
from warehouse.private import FILE, make_folder

FOLDER, LEDGER = "replies", "sent.jsonl"
_LOCK = ".lock"
BEGUN = "begun"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One reply, as far as it has come."""

    at: datetime
    """When it was sent, or when that ended."""
    store: str
    store_app_id: str
    review_id: str
    endpoint: str
    letters: int
    outcome: str = BEGUN
    """`begun`, or what flows.replies.send calls its end."""


def note(data: Path, reply: Sent) -> None:
    """Add a line, on disk when this returns. Raises OSError where the folder `replies` cannot be written."""
    folder = make_folder(data / FOLDER)
    line = json.dumps({**asdict(reply), "at": reply.at.isoformat()}, ensure_ascii=False)
    with locked(folder / _LOCK):
        handle = os.open(folder / LEDGER, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, FILE)
        with os.fdopen(handle, "a+b") as out:
            size = out.seek(0, os.SEEK_END)
            # A line that a killed writer left half stays a line of its own.
            torn = size > 0 and os.pread(out.fileno(), 1, size - 1) != b"\n"
            out.write((b"\n" if torn else b"") + line.encode() + b"\n")
            out.flush()
            os.fsync(out.fileno())


def sent(data: Path, store: str, store_app_id: str, review_id: str) -> list[Sent]:
    """The replies to one review, the oldest first, each as far as it has come."""
    path = data / FOLDER / LEDGER
    if not path.is_file():
        return []
    found: list[Sent] = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        if not line.strip():
            continue
        try:
            said = json.loads(line)
            reply = Sent(**{**said, "at": datetime.fromisoformat(said["at"])})
        except (ValueError, TypeError, KeyError):
            log.warning("line %(n)s of %(file)s cannot be read", {"n": number, "file": f"{FOLDER}/{LEDGER}"})
            continue
        if (reply.store, reply.store_app_id, reply.review_id) != (store, store_app_id, review_id):
            continue
        if reply.outcome != BEGUN and found and found[-1].outcome == BEGUN:
            found[-1] = replace(found[-1], outcome=reply.outcome)
        else:
            found.append(reply)
    return found
