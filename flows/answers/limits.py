"""Bounds that hold whatever a query does.

DuckDB heeds an interruption between two portions of its work and counts the memory of its own buffers: one
long call on one value (`repeat`, `levenshtein`) escapes both. The bounds here are the operating system's.
"""

from __future__ import annotations

import os
import resource
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_GRACE_S = 3.0
_SLACK_BYTES = 512_000_000
"""For code that is loaded meanwhile, stacks of threads, and what an allocator keeps in hand."""
_PAGE = resource.getpagesize()


@contextmanager
def held_to(*, seconds: float, memory_bytes: int, last_word: str, exit_code: int) -> Iterator[None]:
    """Within, this process may take so much more memory, and it ends some seconds after its time is over.

    A MemoryError is for the work within to tell. Work that does not end by itself in time ends with the
    process: `last_word` on standard error, then `exit_code`. Only for work that writes nothing.
    """

    def end() -> None:
        sys.stderr.write(last_word)
        sys.stderr.flush()
        os._exit(exit_code)

    timer = threading.Timer(seconds + _GRACE_S, end)
    timer.daemon = True
    timer.start()
    try:
        with _address_space(memory_bytes + _SLACK_BYTES):
            yield
    finally:
        timer.cancel()


@contextmanager
def _address_space(more: int) -> Iterator[None]:
    """At most `more` bytes of address space beyond those of now; no bound where the system keeps no count."""
    used = _mapped()
    if used is None:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    bounds = [used + more, *(b for b in (soft, hard) if b != resource.RLIM_INFINITY)]
    resource.setrlimit(resource.RLIMIT_AS, (min(bounds), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _mapped() -> int | None:
    """Address space of this process in bytes; None where there is no /proc (macOS ignores the bound, too)."""
    counted = Path("/proc/self/statm")
    return int(counted.read_text("ascii").split()[0]) * _PAGE if counted.exists() else None
