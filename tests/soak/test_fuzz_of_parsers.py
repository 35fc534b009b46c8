"""Every parser of dumps, fed with harmed files: `HOSHIYOMI_FUZZ=100000 make soak` feeds it so many.

Harm is drawn by a seed of the parser's name, so a failure names the input that made it and comes again. What
must hold: no traceback, a reason of ours for every row put aside, no neighbour of a harmed line lost, memory
below 500 MB.
"""

from __future__ import annotations

import os
import random
import resource
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from flows.errors import InputError
from flows.sources.dumps.files import Options, Part, open_dump
from flows.sources.dumps.problems import REMEDIES, BadRow
from tests.flows.sources.dumps.test_hostile import NAMES, READERS, SAID, SIGNS, WRITTEN
from tests.flows.sources.dumps.writers import FORMATS, PLAIN, SCORES, SEEN

pytestmark = pytest.mark.soak

OPTIONS = {"store_app_id": "x.y", "seen_at": SEEN}
INPUTS = int(os.environ.get("HOSHIYOMI_FUZZ", "0")) or 2_000
MOST_MEGABYTES = 500
STARTS = (
    b"", b"\x1f\x8b\x08\x00", b"PK\x03\x04", b"<feed", b"{", b"[", b"date,rating,text\n", b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xd0\xcf\x11\xe0", b"sep=;\n",
)  # fmt: skip
LINES = 500
# Three reviews: what a fourth could do, one of them can do at a lower price.
WHOLE = {name: write(SAID[:3], PLAIN).encode() for name, write in FORMATS.items()} | {
    name: write(SAID[1:4]).encode() for name, write in SCORES.items()
}
PIECES = [*SIGNS, *(name.encode() for name in [*NAMES, *WRITTEN])]
# Formats that keep a review in a line of its own, so that harm done to one line can be told from the next.
BY_LINES = {name for name, raw in WHOLE.items() if raw.count(b"\n") in (2, 3, 4) and b"feed" not in raw}


def parsed(path: Path, content: bytes) -> Part | None:
    """Whatever the bytes: rows with reasons, or an error of ours (None)."""
    path.write_bytes(content)
    whole = Part()
    try:
        for part in open_dump(path, Options(**OPTIONS)).batches():  # type: ignore[arg-type]
            whole.reviews += part.reviews
            whole.snapshots += part.snapshots
            whole.days += part.days
            whole.rejected += part.rejected
    except InputError:
        return None
    assert all(r.reason in REMEDIES for r in whole.rejected)
    return whole


def harmed(raw: bytes, chance: random.Random) -> bytes:
    """Bytes with some of them overwritten, put in, taken out, doubled or cut off."""
    out = bytearray(raw)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(out) + 1)
        what = chance.randrange(6)
        piece = chance.choice(PIECES) if chance.random() < 0.7 else chance.randbytes(chance.randint(1, 8))
        end = min(len(out), at + chance.choice((1, 1, 2, 4, 16, 200)))
        if what < 2:
            out[at : at + len(piece)] = piece
        elif what == 2:
            out[at:at] = piece
        elif what == 3:
            del out[at:end]
        elif what == 4:
            out[at:at] = out[at:end]
        elif chance.random() < 0.1:
            del out[at:]
    return bytes(out)


def of_a_file(name: str) -> Callable[[Path, random.Random], None]:
    """Harm anywhere; and in files of lines, harm within one line, which must not cost another."""
    raw = WHOLE[name]
    lines = raw.splitlines()
    # The header of a table is no row.
    first = 0 if raw.lstrip()[:1] in (b"{", b"[") else 1

    def one(path: Path, chance: random.Random) -> None:
        if name not in BY_LINES or chance.random() < 0.7:
            parsed(path, harmed(raw, chance))
            return
        number = chance.randrange(first, len(lines))
        bad = harmed(lines[number], chance).replace(b"\n", b" ").replace(b"\r", b" ")
        part = parsed(path, b"\n".join([*lines[:number], bad, *lines[number + 1 :]]))
        # A quote may swallow the rest of its line, and a container or an encoding is told by the first bytes.
        if part is not None and number > first:
            sound = len(part.reviews) + len(part.snapshots) + len(part.days)
            assert sound >= len(lines) - first - 1, "a neighbour of a harmed line is lost"

    return one


def of_lines(name: str) -> Callable[[Path, random.Random], None]:
    """A file of records, a line each, of which most are harmed: as many inputs as lines, at a hundredth of
    the price."""
    write = (lambda said: FORMATS[name](said, PLAIN)) if name in FORMATS else SCORES[name]
    pages = [write([said]).encode() for said in SAID]
    is_table = pages[0].lstrip()[:1] not in (b"{", b"[")
    header = [pages[0].splitlines()[0]] if is_table else []
    sound = [page.splitlines()[-1] for page in pages]

    def one(path: Path, chance: random.Random) -> None:
        lines = [b" ".join(harmed(chance.choice(sound), chance).split()) for _ in range(LINES)]
        if is_table:
            # An open quote may well close in another line, and then they are one record.
            lines = [line.replace(b'"', b"'") for line in lines]
        part = parsed(path, b"\n".join([*header, *sound * 4, *lines]))
        assert part is not None
        good = len(part.reviews) + len(part.snapshots) + len(part.days)
        assert good >= len(sound) * 4, "a neighbour of a harmed line is lost"
        blank = sum(not line.strip() or not line.strip(b", |;\t") for line in lines)
        if is_table:
            assert good + len(part.rejected) >= len(sound) * 4 + LINES - blank, (
                "a row is lost without a reason"
            )

    return one


def of_junk(start: bytes) -> Callable[[Path, random.Random], None]:
    """Bytes without sense behind the beginning of something known."""

    def one(path: Path, chance: random.Random) -> None:
        middle = b"".join(chance.choice(PIECES) for _ in range(chance.randrange(40)))
        parsed(path, start + middle + chance.randbytes(chance.randrange(60)))

    return one


def of_a_value(name: str) -> Callable[[Path, random.Random], None]:
    """A value of any kind: another, or a reason."""
    read = READERS[name]

    def one(_path: Path, chance: random.Random) -> None:
        text = "".join(
            chance.choice(WRITTEN) if chance.random() < 0.8 else chr(chance.choice((chance.randrange(0x250),
            chance.randrange(0xD000))))
            for _ in range(chance.randrange(14))
        )  # fmt: skip
        number = chance.choice(
            (chance.random() * 1e12, chance.randrange(10**15), float("nan"), -1, True, None)
        )
        try:
            read(text if chance.random() < 0.8 else number)
        except BadRow as bad:
            assert bad.reason in REMEDIES

    return one


def in_turn(*ways: Callable[[Path, random.Random], None]) -> Callable[[Path, random.Random], None]:
    """One of several ways to feed one parser."""

    def one(path: Path, chance: random.Random) -> None:
        chance.choice(ways)(path, chance)

    return one


# One format in all the shapes of JSON: one parser, however its input is laid out.
SHAPES = [name for name, raw in WHOLE.items() if b"replyContent" in raw and name != "csv"]
BY_RECORD = [n for n in WHOLE if n not in SHAPES and n != "feed in xml"]
PARSERS: dict[str, tuple[int, Callable[[Path, random.Random], None]]] = (
    {f"records: {name}": (LINES, of_lines(name)) for name in BY_RECORD}
    | {f"files: {name}": (1, of_a_file(name)) for name in WHOLE if name not in SHAPES}
    | {
        "files: shapes of JSON": (1, in_turn(*map(of_a_file, SHAPES))),
        "junk": (1, in_turn(*map(of_junk, STARTS))),
    }
    | {f"value: {name}": (1, of_a_value(name)) for name in READERS}
)
"""By the parser: how many inputs one call is, and the call."""


@pytest.fixture
def path() -> Iterator[Path]:
    """A file in memory where there is such a place, so that a disk does not set the pace."""
    shared = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
        yield Path(folder) / "dump"


def _wanted(name: str) -> int:
    """How many inputs. What is fed record by record is fed as whole files, too, but with fewer of them."""
    is_fed_twice = name.startswith("files: ") and f"records: {name.removeprefix('files: ')}" in PARSERS
    return -(-INPUTS // 20) if is_fed_twice or name == "junk" else INPUTS


@pytest.mark.parametrize("name", PARSERS)
def test_no_harm_gives_a_traceback_or_costs_a_neighbour(
    name: str, path: Path, record_property: Callable[[str, object], None]
) -> None:
    worth, one = PARSERS[name]
    for number in range(-(-_wanted(name) // worth)):
        try:
            one(path, random.Random(f"{name} {number}"))
        except BaseException:
            with suppress(OSError):
                record_property("input", f"{number}: {path.read_bytes()[:4_000]!r}")
            raise
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    record_property("inputs", _wanted(name))
    record_property("megabytes", megabytes)
    assert megabytes < MOST_MEGABYTES
