"""Classifying: distinct texts that the model has not read, in partitions that survive a kill; and in which
language each public text is, which needs no model.

Another model, or one with other topics, reads history from the newest texts on, for some minutes of each run,
while what the model before it said is shown. When nothing is left it serves, from one publication on. What
comes in meanwhile is read by the coming model, which the shown tables do not show yet.

The model runs without the database open: texts are read in a moment, predicted, and written in a
moment, so that no lock is held while it thinks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from flows.pipeline.own_labels import own_counts
from models.ratings.prevalence import with_rates
from models.text.languages import LANGUAGE_RULES, language_of
from warehouse.writes import PredictionRow, writer

if TYPE_CHECKING:
    from models.text.hub import Model

# A killed run loses at most one partition's predictions, some seconds of work.
PARTITION = 2_048
_POOL = 65_536

Text = tuple[str, str]


BACKGROUND = 20_000
"""A model that has more distinct texts to read than this, some minutes of work, reads them in the background
while the one before it serves."""


@dataclass(frozen=True, slots=True)
class Announced:
    """What a model has to do before everything is read by it."""

    total: int
    """So many distinct texts it has still to read."""
    before: str | None = None
    """The model that serves until then; None where this one does."""


def announce(data: Path, model: Model) -> Announced:
    """Make `model` the serving one, or, where it has much to read that another has read, the coming one."""
    told = (model.figures, with_rates(model.confusion, own_counts(data, model.model_version)))
    figures, confusion = (json.dumps(dict(part), ensure_ascii=False, sort_keys=True) for part in told)
    with writer(data) as w:
        before, total = w.serving(), w.count_unclassified(model.model_version)
        known = (model.model_version, model.name, figures, datetime.now(UTC), confusion)
        if before not in (None, model.model_version) and total > BACKGROUND:
            w.expect_model(*known)
            return Announced(total, before)
        w.serve_model(*known)
        if before not in (None, model.model_version):
            w.retire_models(str(before))
        return Announced(total)


def partitions(data: Path, model_version: str) -> Iterator[list[Text]]:
    """The texts still to be read, as (text_hash, text), partition by partition, until none is left."""
    while True:
        with writer(data) as w:
            pool = w.unclassified(model_version, _POOL)
        for start in range(0, len(pool), PARTITION):
            yield pool[start : start + PARTITION]
        if len(pool) < _POOL:
            return


def predict(model: Model, texts: list[Text]) -> list[PredictionRow]:
    """A pure function from a partition of texts to a partition of predictions."""
    return [
        PredictionRow(
            text_hash=text_hash,
            sentiment=p.sentiment,
            p_negative=p.probabilities["negative"],
            p_neutral=p.probabilities["neutral"],
            p_positive=p.probabilities["positive"],
            topics=tuple((t.topic, t.score) for t in p.topics),
        )
        for (text_hash, _), p in zip(texts, model.predict([t for _, t in texts]), strict=True)
    ]


def store(data: Path, model_version: str, rows: list[PredictionRow]) -> None:
    """Write one partition of predictions in one transaction."""
    with writer(data) as w:
        w.add_predictions(model_version, rows, datetime.now(UTC))


def detect_languages(data: Path) -> int:
    """Tell the language of every review's text of which it is not known; how many texts were read."""
    with writer(data) as w:
        w.forget_languages(LANGUAGE_RULES)
    done = 0
    while True:
        with writer(data) as w:
            pool = w.undetected(LANGUAGE_RULES, _POOL)
        if not pool:
            return done
        told = [(text_hash, language_of(text)) for text_hash, text in pool]
        with writer(data) as w:
            w.add_languages(LANGUAGE_RULES, told)
        done += len(pool)
