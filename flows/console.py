"""What the program writes for people while it works: log records as lines on standard error.

Every module logs under its own name, `logging.getLogger(__name__)`. A message names its fields and is given
them as one mapping: `log.info("classified %(done)s texts", {"done": 3})`. So one call serves people, programs
(`HOSHIYOMI_LOG=json`) and Prefect's handler (`flows.serving.prefect_env`). No field holds text that a person
wrote.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from flows.errors import ConfigError, mendable

ENVIRONMENT = "HOSHIYOMI_LOG"
OURS = ("flows", "models", "warehouse")
"""Loggers whose progress is told; of all others only warnings."""


class Counted(str):
    """A count in words; `n` is the number, which JSON lines hold in its place."""

    __slots__ = ("n",)
    n: int


def in_one_sentence(*told: Any, **more: Any) -> logging.LogRecord:
    """A log record; of what a user can mend, such as a full disk, it bears a sentence and no traceback.

    Prefect, SQLAlchemy and uvicorn log the same error, wrapped in their own: its causes are looked through.
    What Prefect's server answered to a request that failed is one line, too: the server's own log says why.
    For `logging.setLogRecordFactory`, in processes in which Prefect's own code logs.
    """
    record = logging.LogRecord(*told, **more)
    error, seen = record.exc_info[1] if record.exc_info else None, set[int]()
    # An error may be its own cause (`raise error from error`).
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        answered = type(error).__name__ == "PrefectHTTPStatusError"
        if known := str(error).partition("\n")[0] if answered else mendable(error):
            record.msg, record.args = "%s: %s", (record.getMessage(), known)
            record.exc_info, record.exc_text = None, None
            break
        error = error.__cause__ or error.__context__
    return record


def counted(n: int, one: str, several: str | None = None) -> Counted:
    """`n` with `one`, or with `several` where it is not 1; that is `one` and an s unless it is given."""
    words = Counted(f"{n:,} {one if n == 1 else several or f'{one}s'}")
    words.n = n
    return words


def span(seconds: float) -> str:
    """A span for people, in its largest whole unit: 3 days, 2 h, 5 min, 40 s."""
    for unit, size in (("day", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'s' if unit == 'day' and count > 1 else ''}"
    return f"{max(0, int(seconds))} s"


def aligned(rows: Sequence[Sequence[str]], head: Sequence[str] = ()) -> Iterator[str]:
    """Cells of rows under each other, a line a row, below an underlined `head`.

    East Asian wide characters take two columns. rich does this twenty times slower (docs/decisions/0014).
    """
    widths = [max(map(_width, column)) for column in zip(*filter(None, [head, *rows]), strict=True)]
    for row in [head, ["-" * width for width in widths], *rows] if head else rows:
        cells = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def setup() -> None:
    """Show the records of this process on standard error, as lines for people or as JSON.

    Raises ConfigError when HOSHIYOMI_LOG is neither `text` nor `json`.
    """
    form = os.environ.get(ENVIRONMENT) or "text"
    if form not in ("text", "json"):
        raise ConfigError(f"{ENVIRONMENT}={form!r} is unknown. Remedy: text or json.")
    root = logging.getLogger()
    for handler in [h for h in root.handlers if isinstance(h, ConsoleHandler)]:
        root.removeHandler(handler)
    shown = ConsoleHandler()
    shown.setFormatter(_Json() if form == "json" else _Text(datefmt="%H:%M:%S"))
    root.addHandler(shown)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)


def heard() -> None:
    """Have our own records made from INFO on where nobody said otherwise, as in a worker of Prefect's."""
    for name in OURS:
        if logging.getLogger(name).level == logging.NOTSET:
            logging.getLogger(name).setLevel(logging.INFO)


class ConsoleHandler(logging.Handler):
    """Writes to what standard error is at that moment.

    Prefect leaves the root's handlers alone where it finds one of ours (of a public class, with a formatter):
    what Prefect says then comes in the same lines.
    """

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(f"{self.format(record)}\n")
            sys.stderr.flush()
        except Exception:  # noqa: BLE001 - a line that cannot be shown ends no run
            self.handleError(record)


class _Text(logging.Formatter):
    """`12:30:05  loaded 3 landing files`; warnings and other people's records say what they are."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line, before any traceback."""
        is_ours = record.name.split(".")[0] in OURS
        whose = "" if is_ours else f"{record.name}: "
        level = "" if record.levelno < logging.WARNING else f"{record.levelname}: "
        return f"{self.formatTime(record, self.datefmt)}  {level}{whose}{record.message}"


class _Json(logging.Formatter):
    """One object a line: at (UTC), level, logger, message, fields, traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        fields: Mapping[str, Any] = record.args if isinstance(record.args, Mapping) else {}
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "fields": {name: getattr(value, "n", value) for name, value in fields.items()},
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)
