"""Work that other processes do, part by part, while this one prepares and takes in.

What helps ends with the process that asked, however that ends.
"""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from itertools import chain, islice
from multiprocessing import active_children, current_process, get_context
from typing import Any, TypeVar

from flows.errors import HoshiyomiError

# Fewer parts are done sooner than helpers start.
_ALONE = 1
_LOOK_S = 0.5
Part = TypeVar("Part")
Made = TypeVar("Made")


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def end_after(parent: int) -> None:
    """End this process at once, now or later, when it is no longer the child of the process `parent`."""
    _end_unless_child_of(parent)
    threading.Thread(target=_watch, args=(parent,), name="parent-watch", daemon=True).start()


def _watch(parent: int) -> None:
    while True:
        _end_unless_child_of(parent)
        time.sleep(_LOOK_S)


def _end_unless_child_of(parent: int) -> None:
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def in_order(
    job: Callable[[Part], Made], parts: Iterable[Part], processes: int, doing: str
) -> Iterator[Made]:
    """What `job` makes of each of the `parts`, in their order; of several by so many other processes.

    `job`, parts and what is made of them must be picklable. Raises HoshiyomiError when a helper dies; `doing`
    says in an English infinitive what it helped to do, and whoever calls says what can be run again.
    """
    waiting_parts = iter(parts)
    first = list(islice(waiting_parts, _ALONE + 1))
    # A process that ends with its parent may have none of its own.
    if len(first) <= _ALONE or processes < 2 or current_process().daemon:
        yield from map(job, chain(first, waiting_parts))
        return
    # A copy of a process with threads may wait for a lock that no thread of it will give back.
    context = get_context("fork" if threading.active_count() == 1 else "spawn")
    waiting: deque[Future[Made]] = deque()
    given = (job, os.getpid())
    others = {*active_children()}
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_adopt, initargs=given) as pool:
        try:
            for part in chain(first, waiting_parts):
                with _uninterrupted():
                    waiting.append(pool.submit(_by_helper, part))
                if len(waiting) > processes + 1:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenExecutor as error:
            raise HoshiyomiError(
                f"A process that helped to {doing} ended before its work. Remedy: see that there is "
                "memory left, and run it again; what was landed is kept."
            ) from error
        except BaseException:
            # What they are at is for nobody now, and the pool would wait for it.
            for helper in {*active_children()} - others:
                helper.kill()
            raise
        finally:
            for future in waiting:
                future.cancel()


_helper: list[Callable[[Any], Any]] = []
"""In a process that helps: what it does."""


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Put off Ctrl-C until the block has ended; processes that are started within put it off for good."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _adopt(job: Callable[[Any], Any], parent: int) -> None:
    # Ctrl-C, put off until here, reaches every process of a terminal; the one that asked ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # It holds both ends of the pipe that it waits at, and would wait for ever.
    end_after(parent)
    _helper[:] = [job]
    # Rows and records know no cycles, and looking for some among twenty thousand takes a tenth of the time.
    gc.disable()


def _by_helper(part: Any) -> Any:
    return _helper[0](part)
