"""How far long work has come: a bar with rate and time left in a terminal, plain lines elsewhere.

Whoever works says so once and counts; who shows it is not its business:

    with progress("classified", total=len(texts), unit="texts") as steps:
        for part in parts:
            ...
            steps.advance(len(part))

On a terminal the bar is rich's, which is loaded only there (docs/decisions/0016). Elsewhere, and in JSON, a
line comes every ten seconds and one at the end. Others may listen, too: `listening` hands each step to them,
as Prefect's artifacts are fed (`flows.pipeline.artifacts`).
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Protocol

from flows.console import ENVIRONMENT, span

log = logging.getLogger(__name__)
MEGABYTE = 1_000_000
_EVERY_S = 10.0
_MOMENT_S = 3.0


@dataclass(slots=True)
class Steps:
    """One piece of long work."""

    what: str
    """What is done, as a participle: classified, copied."""
    total: int
    unit: str
    """What is counted, in the plural."""
    done: int = 0
    is_news: bool = True
    began_s: float = field(default_factory=lambda: time.monotonic())
    shown: list[Shown] = field(default_factory=list)

    def advance(self, count: int = 1) -> None:
        """So many more are done."""
        self.done += count
        for one in self.shown:
            one.step(self)

    @property
    def rate(self) -> float:
        """Units a second since the beginning."""
        return self.done / max(time.monotonic() - self.began_s, 1e-9)

    @property
    def left_s(self) -> float | None:
        """Seconds that the rest takes at this rate; None before anything is done."""
        return (self.total - self.done) / self.rate if self.done else None


class Shown(Protocol):
    """Where progress is shown. Nothing that it does may hold the work up."""

    def step(self, steps: Steps) -> None:
        """More is done."""

    def end(self, steps: Steps) -> None:
        """The work has ended, at its end or before."""


_listeners: ContextVar[tuple[Shown, ...]] = ContextVar("progress_listeners", default=())


@contextmanager
def progress(what: str, total: int, unit: str, *, is_news: bool = True) -> Iterator[Steps]:
    """Show how far the work within has come; nothing where there is none to do.

    What is no news (`is_news`) leaves no line behind when it took a moment only.
    """
    steps = Steps(what, total, unit, is_news=is_news)
    if not total:
        yield steps
        return
    with ExitStack() as held:
        steps.shown = [_Lines(), *_listeners.get()]
        if is_terminal():
            steps.shown[0] = held.enter_context(_bar(steps))
        try:
            yield steps
        finally:
            for one in steps.shown:
                one.end(steps)


@contextmanager
def counting(
    what: str, unit: str, *, a_unit: int = 1, is_news: bool = True
) -> Iterator[Callable[[int, int], None]]:
    """The same where only the work itself knows how much there is: it calls what it is given with (done, of).

    Both may be finer than what is shown: `a_unit` of them are one `unit` (of bytes MB are one of MEGABYTE).
    """
    began_s = time.monotonic()
    with ExitStack() as held:
        shown: list[Steps] = []

        def tell(done: int, of: int) -> None:
            if not shown:
                shown.append(held.enter_context(progress(what, of // a_unit, unit, is_news=is_news)))
                shown[0].began_s = began_s
            (steps,) = shown
            steps.advance(min(done // a_unit, steps.total) - steps.done)

        yield tell


@contextmanager
def listening(listener: Shown) -> Iterator[None]:
    """Hand every step of what is done within to `listener`, too."""
    token = _listeners.set((*_listeners.get(), listener))
    try:
        yield
    finally:
        _listeners.reset(token)


def is_terminal() -> bool:
    """Whether a person looks on: standard error is a terminal that can draw, and lines are for people."""
    is_for_people = (os.environ.get(ENVIRONMENT) or "text") == "text"
    return is_for_people and sys.stderr.isatty() and os.environ.get("TERM") not in (None, "dumb")


def told(steps: Steps) -> tuple[str, dict[str, Any]]:
    """One line of progress and its fields: done, of, rate (a second), left_s."""
    left = steps.left_s if steps.done < steps.total else None
    fields: dict[str, Any] = {
        "what": steps.what, "done": steps.done, "of": steps.total, "unit": steps.unit,
        "rate": round(steps.rate, 1), "left_s": None if left is None else round(left),
    }  # fmt: skip
    rest = "" if left is None else f", {span(left)} left"
    line = f"{steps.what} {steps.done:,}/{steps.total:,} {steps.unit}, {_rate(steps.rate)} a second{rest}"
    return line, fields


def _rate(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"


class _Lines:
    """A line of the log every so often."""

    def __init__(self) -> None:
        self._next_s = time.monotonic() + _EVERY_S

    def step(self, steps: Steps) -> None:
        if time.monotonic() >= self._next_s and steps.done < steps.total:
            self._next_s = time.monotonic() + _EVERY_S
            _tell(steps)

    def end(self, steps: Steps) -> None:
        _tell(steps)


def _tell(steps: Steps) -> None:
    is_short = time.monotonic() - steps.began_s < _MOMENT_S
    if is_short and not steps.is_news and steps.done == steps.total:
        return
    line, fields = told(steps)
    log.info("%(line)s", fields | {"line": line})


@contextmanager
def _bar(steps: Steps) -> Iterator[Shown]:
    """A bar that goes when the work has ended; one line stays in its place."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            # Of the whole work until now, as the lines tell it; rich's own needs several steps.
            known = steps.left_s is not None
            return Text(f"{_rate(steps.rate)} a second, {span(steps.left_s or 0)} left" if known else "")

    class Bar:
        def step(self, steps: Steps) -> None:
            shown.update(task, completed=steps.done)

        def end(self, steps: Steps) -> None:
            shown.stop()
            _tell(steps)

    # What is logged meanwhile comes above the bar: rich puts itself in the place of standard error.
    shown = Progress(
        TextColumn("{task.description}"), BarColumn(bar_width=30), MofNCompleteColumn(),
        TextColumn(steps.unit), Rate(),
        console=Console(file=sys.stderr), transient=True, redirect_stdout=False,
    )  # fmt: skip
    task = shown.add_task(steps.what, total=steps.total)
    with shown:
        yield Bar()
