"""Names of landing batches: which writer made one, and how its data can be had again.

A batch's name says what it is, so that writing it again is recognised (`warehouse.landing`). What is lost of
it comes back in a way that depends on its writer; the remedies here are those that errors print.
"""

from __future__ import annotations

import re

INTAKE = "intake-"
COMPACT = "compact-"
"""Batches that stand for many small ones (`warehouse.compaction`)."""
_MERGED = re.compile(r"\.of([0-9]+)(?:\.g[0-9]+)?$")
_GENERATION = re.compile(r"\.g([0-9]+)$")
# A crawl's name ends with its day, and with its attempt where it is not the first of the day.
_CRAWL = re.compile(r"(?P<ask>.+-[0-9a-f]{6})(?P<backfill>-since[0-9]{8})?-(?P<day>[0-9]{8})(?:\.[0-9]+)?")

_BACKUP = "put the file back from a backup of the landing folder"
_MEND = "`hoshiyomi mend` keeps what can still be read"
_AGAIN = (
    ("import-", "import the same file with the same options again (`hoshiyomi import`); it is landed anew"),
    (
        "feedback-",
        "import the same file with the same options again (`hoshiyomi import-feedback`); it is landed anew",
    ),
    ("console-ratings-", "run `hoshiyomi collect`, which takes the export file in anew"),
)


def crawled(batch: str) -> str | None:
    """The key of the ask whose crawl landed this batch; None for a batch of another writer."""
    found = _CRAWL.fullmatch(batch)
    return found["ask"] if found else None


def remedy(batch: str) -> str:
    """How to come back to whole data when files of this batch are damaged or gone."""
    for prefix, again in _AGAIN:
        if batch.startswith(prefix):
            return f"{again}. Without that file: {_MEND} and says what is lost."
    if crawled(batch) is not None:
        return (
            f"{_BACKUP}; or run `hoshiyomi mend`, then `hoshiyomi refresh`: {_MEND} and asks the store again."
        )
    return f"{_BACKUP}. Without one: {_MEND} and says what is lost."


def stands_for(part: str) -> int:
    """How many parts were merged into this one."""
    found = _MERGED.search(part)
    return int(found[1]) if found else 1


def generation(part: str) -> int:
    """How often this part was landed: 1, or more after damage."""
    found = _GENERATION.search(part)
    return int(found[1]) if found else 1


def next_generation(part: str) -> str:
    """The name under which a part is landed that takes the place of a damaged one: a name never changes
    what it names."""
    return f"{_GENERATION.sub('', part)}.g{generation(part) + 1}"
