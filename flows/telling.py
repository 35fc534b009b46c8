"""What an error says, as it may be shown: foreign words pass the gate, our own names stay as they are.

A message may quote a file's name or a word of the command line, which may hold anything. The name of a
landing file holds digests and times whose digits can look like a personal number, and a remedy that
hides it is none.
An error carries such names apart (`own`); one is believed only in the form in which this program gives names,
so that nothing a person chose is let through with them.
"""

from __future__ import annotations

import re

from flows.redaction.gate import shown

_PART = r"(?:coverage|[0-9]{1,6})(?:\.of[0-9]+)?(?:\.g[0-9]+)?"
_GIVEN = re.compile(
    r"(?:import|feedback)-[0-9a-f]{12}-[0-9a-f]{12}"
    r"|console-ratings-[0-9a-f]{16}"
    r"|intake-[0-9]{8}t[0-9]{6}\.[0-9]{6}z-[0-9]{6,}"
    r"|erase-[a-z]+-[0-9]{8}t[0-9]{6}-[0-9a-f]{8}"
    r"|compact-[a-z]+-[0-9a-f]{16}"
)
# A crawl's batch begins with the app's id, which stands in apps.toml and is a foreign word.
_CRAWL = re.compile(r"(?P<foreign>.+)(?P<own>-[0-9a-f]{6}(?:-since[0-9]{8})?-[0-9]{8}(?:\.[0-9]+)?)")


def told(error: Exception) -> str:
    """The error's message as it may be printed."""
    message = str(error)
    own = sorted((n for n in getattr(error, "own", ()) if n), key=len, reverse=True)
    if not own:
        return shown(message)
    pieces = re.split(f"({'|'.join(map(re.escape, own))})", message)
    return "".join(_name(piece) if piece in own else shown(piece) for piece in pieces)


def _name(name: str) -> str:
    """One of our names: a batch, or a landing file's path."""
    kind, slash, rest = name.rpartition("/")[0].partition("/") if "/" in name else ("", "", "")
    if not slash:
        return _batch(name)
    part = name.rpartition("/")[2]
    is_ours = re.fullmatch(rf"{_PART}\.jsonl\.gz", part) and re.fullmatch("[a-z_]+", kind)
    return f"{kind}/{_batch(rest)}/{part}" if is_ours else shown(name)


def _batch(batch: str) -> str:
    if _GIVEN.fullmatch(batch):
        return batch
    crawl = _CRAWL.fullmatch(batch)
    return f"{shown(crawl['foreign'])}{crawl['own']}" if crawl else shown(batch)
