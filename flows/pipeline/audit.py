"""`hoshiyomi analyse --audit`: how often are the statistics wrong on the series of this data folder?

Every audit is kept with its time and seed; the same seed on the same data measures the same.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

import numpy as np

from flows.config.load import Config
from flows.console import counted
from flows.pipeline.analyse import apps
from models.ratings.counts import ReviewCounts
from models.ratings.intervals import wilson
from models.validation.audit import AuditRow, audit
from models.validation.backtest import alarm_backtest, planted_spikes
from models.validation.check_result import REPORTED, CheckResult
from warehouse.analysis import add_audit, input_fingerprint, read_facts
from warehouse.writes import writer

log = logging.getLogger(__name__)

SEED = 20_261_101
"""Used unless another is asked for."""
SPIKES_AN_APP = 20


def audit_now(config: Config, seed: int, thoroughness: float = 1.0) -> None:
    """Run every self-check and keep what it measured; minutes, without the database open."""
    with writer(config.data) as w:
        facts = read_facts(w, input_fingerprint(w, ""))
    counts = [app.counts for app in apps(facts, config) if len(app.counts.day)]
    fields = {"apps": counted(len(counts), "app"), "seed": seed}
    log.info("auditing on %(apps)s with reviews (each store counts), seed %(seed)s", fields)
    topics = [topic for topic, _ in facts.topics]
    rows = list(measured(counts, topics, config.analysis.false_alarm_rate, seed, thoroughness))
    with writer(config.data) as w:
        add_audit(w, rows, datetime.now(UTC), seed)
    broken = sum(not row.passes for row in rows)
    kept = {"rows": counted(len(rows), "measurement"), "broken": broken}
    log.info("audited: %(rows)s kept; promises broken: %(broken)s", kept)


def measured(
    counts: Sequence[ReviewCounts], topics: Sequence[str], rate: float, seed: int, thoroughness: float
) -> Iterator[AuditRow]:
    """The rows of one audit, with a line before each group of tests."""
    log.info("releases, change points and intervals: fake releases, planted steps, simulated series")
    yield from audit(counts, topics, seed, thoroughness)
    log.info("anomalies: the past is played again")
    yield from _timed(alarm_backtest(counts, len(topics), rate), rate)
    log.info("anomalies: planted spikes")
    chance = np.random.default_rng([seed, len(counts)])
    draws = max(round(SPIKES_AN_APP * thoroughness), 1)
    yield from _timed(planted_spikes(counts, len(topics), rate, draws, chance), rate)


def _timed(results: Iterable[CheckResult], rate: float) -> list[AuditRow]:
    began = time.perf_counter()
    counted = [t for t in results if t.trials]
    seconds = time.perf_counter() - began
    return [_row(t, rate, seconds) for t in counted]


def _row(t: CheckResult, rate: float, seconds: float) -> AuditRow:
    low, high = (float(x) for x in wilson(t.hits, t.trials))
    # A promise is broken where the whole interval lies above it.
    passes = t.target == REPORTED or low <= rate
    return AuditRow(
        test=t.test, measure=t.measure, n=t.n, effect=t.effect, trials=t.trials, hits=t.hits,
        rate=t.hits / t.trials, low=low, high=high, target=t.target, passes=passes, seconds=seconds,
    )  # fmt: skip
