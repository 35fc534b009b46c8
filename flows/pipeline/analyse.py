"""The stage `analyse`: cells and facts out of the warehouse, statistics of every app, results into it.

Between reading and writing the database is closed, as in `flows.pipeline.classify`. A stage whose inputs,
settings and own code are those of the last one does nothing.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime

from flows.config.events import check_apps
from flows.config.load import CHECKOUT, Config
from flows.pipeline.analyse_app import AppFacts, Rows, alpha_of, analyse_app, cells_of
from flows.pipeline.code_version import code_version
from flows.spoken import counted
from warehouse.analysis import MOST_TOPICS, Facts, input_fingerprint, is_analysed, read_facts, store
from warehouse.writes import writer

Say = Callable[[str], None]
# What the numbers are made by: a change of what any of these does makes every result stale.
ROOTS = ("flows/pipeline/analyse_app.py", "warehouse/analysis.py")
PACKAGE = "models"
SQL = ("warehouse/load/analysis_*.sql",)
_TELL_EVERY = 25


def analyse_now(config: Config, say: Say) -> bool:
    """Analyse what is in the warehouse; False when that was done before.

    Raises ConfigError when events.toml names an app that nobody knows.
    """
    with writer(config.data) as w:
        fingerprint = input_fingerprint(w, version(config))
        if is_analysed(w, fingerprint):
            return False
        facts = read_facts(w, fingerprint)
    check_apps(config.events, frozenset(a.key for a in config.apps) | {s.app for s in facts.series})
    if len(config.topics) > MOST_TOPICS:
        say(f"topics.toml names {len(config.topics)} topics; the first {MOST_TOPICS} are analysed")
    found = find(facts, config, say)
    with writer(config.data) as w:
        store(w, fingerprint, found, datetime.now(UTC))
    return True


def find(facts: Facts, config: Config, say: Say) -> Rows:
    """The rows of every inferred table, for all apps and stores."""
    say(
        f"analysing {counted(len(facts.series), 'app')} (each store counts), "
        f"{counted(int(facts.cells['n'].sum()), 'review')}"
    )
    found: Rows = defaultdict(list)
    for number, app in enumerate(apps(facts, config), start=1):
        for table, rows in analyse_app(app, config.analysis).items():
            found[table].extend(rows)
        if number % _TELL_EVERY == 0:
            say(f"analysed {number}/{len(facts.series)}")
    return found


def apps(facts: Facts, config: Config) -> list[AppFacts]:
    """Every app in every store as the models want it."""
    return [
        AppFacts(
            series=series,
            cells=cells_of(series, facts.part(facts.cells, number)),
            alpha=alpha_of(facts.part(facts.alpha, number)),
            topics=tuple(topic for topic, _ in facts.topics),
            lenses=tuple(lens for _, lens in facts.topics),
            configured_events=tuple(
                h for h in config.events if h.app == series.app and h.store in (None, series.store)
            ),
        )
        for number, series in enumerate(facts.series)
    ]


def version(config: Config) -> str:
    """Names the code and the settings that results are made with."""
    code = code_version(CHECKOUT, ROOTS, PACKAGE, SQL)
    return hashlib.sha256(f"{config.analysis}{config.events}{code}".encode()).hexdigest()
