"""When several things fail in one run, its last message names each of them with its remedy.

A full disk ends a run, a store that refuses does not: without this the first would hide the second, and
whoever frees the disk would find the next trouble a day later. Channels by which people are told add theirs
to CHANNELS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from flows.alerts.health import TRY_AGAIN, failing, said_of
from flows.config.alerts import read_alerts
from flows.config.load import Config, config_folder
from flows.errors import HoshiyomiError, mendable
from flows.health.sources import REMEDIES
from flows.lock import RefreshRunning
from flows.pipeline.states import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that failed; both are sentences."""

    what: str
    remedy: str


def of_channels(config: Config) -> list[Fault]:
    """The channels of alerts.toml by which nobody can be told."""
    try:
        alerts = read_alerts(config_folder())
    except HoshiyomiError as error:
        said, _, remedy = str(error).partition(" Remedy: ")
        return [Fault(what=said, remedy=remedy)]
    return [Fault(what=said_of(line), remedy=TRY_AGAIN) for line in failing(config.data, alerts)]


CHANNELS: list[Callable[[Config], list[Fault]]] = [of_channels]
"""What each kind of channel could not deliver until now."""


class SeveralFailed(HoshiyomiError):
    """More than one thing failed; `exit_code` and `own` are those of what ended the run."""

    def __init__(self, ended_by: Exception, others: Sequence[Fault]) -> None:
        said, _, remedy = str(ended_by).partition(" Remedy: ")
        own = (Fault(what=said, remedy=remedy),)
        self.faults: tuple[Fault, ...] = (*getattr(ended_by, "faults", own), *others)
        told = " ".join(f"({n}) {_told(f)}" for n, f in enumerate(self.faults, 1))
        super().__init__(f"{len(self.faults)} things failed. {told}")
        self.exit_code = int(getattr(ended_by, "exit_code", 1))
        self.own = tuple(getattr(ended_by, "own", ()))


def _told(fault: Fault) -> str:
    return f"{fault.what.rstrip('.')}." + (f" Remedy: {fault.remedy}" if fault.remedy else "")


def with_channels(error: Exception, config: Config) -> Exception:
    """What ended a run, with the channels that could not be told of it; the error itself where all could."""
    known = mendable(error)
    if known is None or isinstance(known, RefreshRunning):
        return error
    named = {_subject(f) for f in known.faults} if isinstance(known, SeveralFailed) else set()
    others = [f for channel in CHANNELS for f in channel(config) if _subject(f) not in named]
    return SeveralFailed(known, others) if others else error


def _subject(fault: Fault) -> str:
    """Which channel a fault is of; why it fails may change from try to try."""
    return fault.what.partition(":")[0]


@contextmanager
def told_together(config: Config, answers: Sequence[Answer]) -> Iterator[None]:
    """Let what ends the work within name what else failed until then; `answers` is filled by the work."""
    try:
        yield
    except Exception as error:
        known = mendable(error)
        if known is None or isinstance(known, RefreshRunning):
            raise
        others = [*of_sources(answers), *(fault for channel in CHANNELS for fault in channel(config))]
        if not others:
            raise
        raise SeveralFailed(known, others) from error


def of_sources(answers: Iterable[Answer]) -> list[Fault]:
    """A fault for each source of an app that failed for one reason, with the places that suffer from it."""
    alike: dict[tuple[str, str, str], list[Answer]] = {}
    for answer in answers:
        # What the disk did not take is told once, by what ends the run.
        if answer.has_failed and answer.result.reason != "disk":
            key = (answer.app or answer.store_app_id, answer.source, _cause(answer))
            alike.setdefault(key, []).append(answer)
    return [
        Fault(what=found[0].told + _and_more(found), remedy=REMEDIES[cause].format(app=app))
        for (app, _, cause), found in alike.items()
    ]


def _cause(answer: Answer) -> str:
    reason = answer.result.reason
    if reason == "blocked":
        return "blocked" if answer.result.is_passing else "key"
    return reason if reason in REMEDIES else "error"


def _and_more(found: Sequence[Answer]) -> str:
    return f" (and {len(found) - 1} more of its requests)" if len(found) > 1 else ""
