"""What commands share: options, how rows are printed, and what an error says, as it may be shown.

In an error's words foreign ones pass the gate, our own names stay as they are: a message may quote a file's
name or a word of the command line, which may hold anything. The name of a landing file holds digests and
times whose digits can look like a personal number, and a remedy that hides it is none. An error carries such
names apart (`own`); one is believed only in the form in which this program gives names, so that nothing a
person chose is let through with them.
"""

from __future__ import annotations

import csv
import io
import json
import logging
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.console import aligned, counted

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

log = logging.getLogger(__name__)
REJECTED_ROWS = 9
"""Exit code of an import that put rows aside; everything else went in."""
ConfirmClock = Annotated[
    bool, typer.Option("--confirm-clock", help="The machine's clock is right, although it was not believed.")
]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")]
_WIDEST = 60
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")
Rows = Sequence[Sequence[Any]]
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


def zone(name: str) -> ZoneInfo:
    """`--timezone NAME`."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    from flows.errors import InputError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise InputError(
            f"--timezone {name!r} is no time zone. Remedy: a name such as Asia/Tokyo or UTC."
        ) from None


def moment(text: str, option: str) -> datetime:
    """A moment as somebody writes it: a day stands for its last moment, one without an offset is UTC."""
    from flows.errors import InputError

    try:
        if _DAY.fullmatch(text):
            return datetime.combine(date.fromisoformat(text), time.max, UTC)
        if _MOMENT.match(text):
            found = datetime.fromisoformat(text)
            return found if found.tzinfo else found.replace(tzinfo=UTC)
    except ValueError:
        pass
    raise InputError(
        f"{option} {text!r} is no day and no moment. "
        "Remedy: one such as 2026-11-20 or 2026-11-20T09:00+09:00."
    )


def mapping(pairs: list[str]) -> dict[str, str]:
    """`--map FIELD=COLUMN`, each as field to column."""
    from flows.errors import InputError

    named = {}
    for pair in pairs:
        name, equals, column = pair.partition("=")
        if not (name and equals and column):
            raise InputError(f"--map {pair!r} is not of the form field=column, such as text=comment.")
        named[name.strip()] = column.strip()
    return named


def render(names: Sequence[str], rows: Rows, form: str) -> str:
    """Rows as `table`, `csv` or `json`, ending with a line break.

    Control characters of a table's cells are shown escaped: a review must not move the cursor.
    """
    if form == "csv":
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([[_plain(v) for v in row] for row in rows])
        return out.getvalue()
    if form == "json":
        return json.dumps(
            [dict(zip(names, map(_plain, row), strict=True)) for row in rows],
            ensure_ascii=False, indent=1, default=str,
        ) + "\n"  # fmt: skip
    return _table(names, rows)


def _table(names: Sequence[str], rows: Rows) -> str:
    lines = aligned([[_cell(v) for v in row] for row in rows], head=names)
    return "\n".join([*lines, f"({counted(len(rows), 'row')})", ""])


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1e4 else f"{value:.1f}"
    text = str(_plain(value))
    text = "".join(" " if _moves_the_cursor(c) else c for c in text)
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _moves_the_cursor(character: str) -> bool:
    """Control characters and the line and paragraph separators of Unicode."""
    category = unicodedata.category(character)
    return category[0] == "C" or category in ("Zl", "Zp")


@contextmanager
def stopped_tells(say: Callable[[], str]) -> Iterator[None]:
    """Let Ctrl-C, or a service manager, end what is done within with a sentence on what is kept."""
    from flows.serving.prefect_env import end_on_sigterm

    end_on_sigterm()
    try:
        yield
    except KeyboardInterrupt:
        log.warning("%(said)s", {"said": say()})
        raise


def told(error: Exception) -> str:
    """The error's message as it may be printed."""
    message = str(error)
    own = sorted((n for n in getattr(error, "own", ()) if n), key=len, reverse=True)
    if not own:
        return _shown(message)
    pieces = re.split(f"({'|'.join(map(re.escape, own))})", message)
    return "".join(_name(piece) if piece in own else _shown(piece) for piece in pieces)


def _name(name: str) -> str:
    """One of our names: a batch, or a landing file's path."""
    kind, slash, rest = name.rpartition("/")[0].partition("/") if "/" in name else ("", "", "")
    if not slash:
        return _batch(name)
    part = name.rpartition("/")[2]
    is_ours = re.fullmatch(rf"{_PART}\.jsonl\.gz", part) and re.fullmatch("[a-z_]+", kind)
    return f"{kind}/{_batch(rest)}/{part}" if is_ours else _shown(name)


def _batch(batch: str) -> str:
    if _GIVEN.fullmatch(batch):
        return batch
    crawl = _CRAWL.fullmatch(batch)
    return f"{_shown(crawl['foreign'])}{crawl['own']}" if crawl else _shown(batch)


def _shown(text: str) -> str:
    # It loads the tables of numbers, which no command needs that ends well.
    from flows.redaction.gate import shown

    return shown(text)
