"""The real analysis over what a test landed, with the defaults of its settings."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from flows.config.settings import AnalysisChoice
from flows.pipeline.analyse_app import AppFacts, Rows, alpha_of, analyse_app, counts_of
from warehouse.analysis import read_facts, store
from warehouse.writes import Writer


def analyse(w: Writer, now: datetime) -> None:
    """Work out every inferred table of what is in the warehouse."""
    facts = read_facts(w, "test")
    found: Rows = defaultdict(list)
    for number, series in enumerate(facts.series):
        app = AppFacts(
            series=series,
            counts=counts_of(series, facts.part(facts.counts, number)),
            alpha=alpha_of(facts.part(facts.alpha, number)),
            topics=tuple(topic for topic, _ in facts.topics),
            lenses=tuple(lens for _, lens in facts.topics),
            configured_events=(),
            versions=facts.part(facts.versions, number),
        )
        for table, rows in analyse_app(app, AnalysisChoice()).items():
            found[table].extend(rows)
    store(w, "test", found, now)
