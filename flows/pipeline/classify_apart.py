"""Classifying by the workers of Dask or Ray (`[scale]`): one task a partition of texts, mapped by Prefect.

What a worker does is a pure function of a partition: it opens no database and writes no file. The run that
asked writes what comes back, partition by partition, so that a run that is killed has lost only those on the
way. A partition whose worker is killed is given to another one by the engine, and to the engine once more by
us; the writer leaves what is there as it is, so that nothing is doubled.

The last digit of a probability depends on which texts are multiplied together. So a partition is whole blocks
of those that one process reads at a time, in the same order: who reads changes no value.
"""

from __future__ import annotations

import logging
import pickle
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.config.settings import ScaleChoice
from flows.errors import HoshiyomiError
from flows.pipeline.classify import PARTITION, Text, predict, store
from flows.pipeline.engines import reached, task_runner
from models.text.scorers import ModelChoice
from warehouse.writes import PredictionRow, writer

if TYPE_CHECKING:
    from models.text.hub import Model

log = logging.getLogger(__name__)
_AHEAD = 2
"""So many partitions a worker are on the way: one is read while the next one travels."""
_TRIES = 3


class Packed:
    """Rows on their way from one process to another.

    Neither Prefect, which looks into lists and dataclasses, nor an engine's log, which shows what a task
    was given, sees a text in it.
    """

    __slots__ = ("_bytes", "_count")

    def __init__(self, rows: Sequence[Any]) -> None:
        self._bytes = zlib.compress(pickle.dumps(rows, protocol=5), 1)
        self._count = len(rows)

    def __len__(self) -> int:
        return self._count

    def __repr__(self) -> str:
        return f"<{self._count:,} rows>"

    def rows(self) -> list[Any]:
        """As they were packed, by a process of this run: the engines speak pickle among themselves, too."""
        found: list[Any] = pickle.loads(zlib.decompress(self._bytes))  # noqa: S301
        return found


@dataclass(frozen=True, slots=True)
class Reader:
    """Which model reads, for whoever has to load it."""

    choice: ModelChoice
    topics: tuple[tuple[str, str], ...]
    """Keys and English labels."""
    model_version: str

    @classmethod
    def of(cls, choice: ModelChoice, topics: Mapping[str, str], model_version: str) -> Reader:
        """As the run that asks has it."""
        return cls(choice, tuple(sorted(topics.items())), model_version)


@task(name="classify-partition", cache_policy=NO_CACHE, persist_result=False)
def read_partition(reader: Reader, texts: Packed) -> Packed:
    """What the model says of one partition of texts. Raises AnotherModel."""
    model, waiting = _loaded(reader), texts.rows()
    blocks = (waiting[start : start + PARTITION] for start in range(0, len(waiting), PARTITION))
    return Packed([row for block in blocks for row in predict(model, block)])


class AnotherModel(HoshiyomiError):
    """A worker has another version of the model than the run that asks it."""


def _loaded(reader: Reader) -> Model:
    model = _model(pickle.dumps((reader.choice, reader.topics)))
    if model.model_version != reader.model_version:
        raise AnotherModel(
            f"A worker reads by {model.model_version}, this run by {reader.model_version}. Remedy: install "
            "the same version of Hoshiyomi, with the same model, on every worker, and start them anew."
        )
    return model


@lru_cache(maxsize=1)
def _model(spec: bytes) -> Model:
    """Loaded once a process."""
    # The command line does this for its own process; a worker is somebody else's.
    from flows.serving.prefect_env import prepare_offline
    from models.text.hub import load_model

    prepare_offline()
    choice, topics = pickle.loads(spec)  # noqa: S301 - from the line above
    return load_model(choice, dict(topics))


def classify_apart(
    data: Path,
    choice: ScaleChoice,
    reader: Reader,
    *,
    told: Callable[[int], object] = lambda _count: None,
    is_over: Callable[[], bool] = lambda: False,
) -> None:
    """Have every unread text read by the engine's workers, and write what they say.

    To be called in a flow. `told` hears how many texts were written just now; once `is_over` says so, only
    what is on the way is waited for. Raises NoEngine, AnotherModel, and what a partition failed of.
    """
    runner = task_runner(choice)
    reached(choice)
    given = _job.set(lambda: _read_all(data, choice, reader, told, is_over))
    try:
        _apart.with_options(name=f"classify-by-{choice.work}", task_runner=runner)()
    finally:
        _job.reset(given)


_job: ContextVar[Callable[[], None]] = ContextVar("_job")


def _do_job() -> None:
    _job.get()()


@flow(persist_result=False)
def _apart() -> None:
    """A flow of its own, since a flow has one task runner.

    It goes to the workers with every task, so that what it does is no part of it; nor is that a parameter,
    which Prefect would keep.
    """
    _do_job()


def _read_all(
    data: Path,
    choice: ScaleChoice,
    reader: Reader,
    told: Callable[[int], object],
    is_over: Callable[[], bool],
) -> None:
    most = choice.workers * _AHEAD
    waiting: list[_Waiting] = []
    size = max(choice.work_partition // PARTITION, 1) * PARTITION
    left = _unread(data, reader.model_version, size, most, waiting)
    while True:
        while len(waiting) < most and not is_over() and (texts := next(left, None)) is not None:
            waiting.append(_Waiting.submitted(reader, texts))
        if not waiting:
            return
        rows = waiting.pop(0).rows(reader)
        store(data, reader.model_version, rows)
        told(len(rows))


def _unread(
    data: Path, model_version: str, size: int, most: int, waiting: Sequence[_Waiting]
) -> Iterator[list[Text]]:
    """Partitions of texts still to be read; those on the way are left out, until none is left."""
    while True:
        busy = {text_hash for one in waiting for text_hash in one.hashes}
        limit = size * most + len(busy)
        with writer(data) as w:
            found = w.unclassified(model_version, limit)
        pool = [text for text in found if text[0] not in busy]
        for start in range(0, len(pool), size):
            yield pool[start : start + size]
        if len(found) < limit:
            return


@dataclass(slots=True)
class _Waiting:
    """A partition that was given away."""

    texts: list[Text]
    future: Any

    @classmethod
    def submitted(cls, reader: Reader, texts: list[Text]) -> _Waiting:
        return cls(texts, read_partition.submit(reader, Packed(texts)))

    @property
    def hashes(self) -> Iterator[str]:
        return (text_hash for text_hash, _ in self.texts)

    def rows(self, reader: Reader) -> list[PredictionRow]:
        """What came back; a partition whose worker is gone is given away anew."""
        for number in range(1, _TRIES + 1):
            try:
                found: list[PredictionRow] = self.future.result().rows()
            except Exception as error:  # the engines' own exceptions share no base class
                if number == _TRIES or not _is_lost(error):
                    raise
                fields = {"texts": len(self.texts), "why": type(error).__name__}
                log.warning(
                    "a worker with %(texts)s texts is gone (%(why)s); they are given away anew", fields
                )
                self.future = read_partition.submit(reader, Packed(self.texts))
            else:
                return found
        raise AssertionError("the last try returns or raises")


def _is_lost(error: Exception) -> bool:
    """Whether it was the worker that failed, not the work: the engines say so by their own exceptions."""
    names = {kind.__name__ for kind in type(error).__mro__}
    return bool(names & {"KilledWorker", "WorkerCrashedError", "NodeDiedError", "ObjectLostError"})
