"""The report of `hoshiyomi status` for people and for monitors. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import orjson

from flows.console import counted, span
from flows.health.findings import Finding, moment
from flows.health.runs import Run
from flows.health.sources import Ask, by_source, worst
from flows.health.status import Report

VERSION = 1
"""Of the JSON document: it changes when a key changes its meaning or goes."""
_HEADS = {"act": "Needs a person", "watch": "To watch"}


def lines(report: Report) -> Iterator[str]:
    """The report for people: what needs a person on top, a line an app and source, then the rest in short."""
    if not report.findings:
        yield "All is well."
    for severity, head in _HEADS.items():
        found = [f for f in report.findings if f.severity == severity]
        if found:
            yield head
        for finding in found:
            yield from _told(finding)
    table = [_row(app, source, asks, report) for (app, source), asks in by_source(report.asks).items()]
    if table:
        yield ""
        yield from _aligned(table)
    facts = list(_facts(report))
    if facts:
        yield ""
        yield from _aligned(facts)


def _told(finding: Finding) -> Iterator[str]:
    yield f"  {'!' if finding.severity == 'act' else '-'} {finding.what}"
    yield f"    Remedy: {finding.remedy}"


def _row(app: str, source: str, asks: list[Ask], report: Report) -> list[str]:
    now = report.checked_at
    successes = [a.attempt.last_success_at for a in asks if a.attempt and a.attempt.last_success_at]
    # The place that has been silent for longest speaks for the source.
    oldest = min(successes, default=None)
    success = f"{moment(oldest, report.zone)} ({_ago(oldest, now)})" if oldest else "never"
    return [app, source, worst(asks, now), f"last success {success}", f"every {_every(asks[0].every)}"]


def _facts(report: Report) -> Iterator[list[str]]:
    facts = report.published
    if facts:
        when = moment(facts["published_at"], report.zone)
        sample = f" ({facts['sample_apps']} sample data)" if facts["sample_apps"] else ""
        aside = f", {counted(facts['rejected_rows'], 'row')} put aside" if facts["rejected_rows"] else ""
        yield [
            "published",
            f"revision {facts['revision']} of {when}: {counted(facts['reviews'], 'review')}, "
            f"{counted(facts['apps'], 'app')}{sample}{aside}",
        ]
    if report.waiting:
        yield ["waiting", f"{counted(report.waiting, 'landing file')} not yet published"]
    if report.last_run:
        yield ["last refresh", _run(report.last_run, report)]
    if report.running:
        yield ["running", f"{report.running.kind}, since {moment(report.running.started_at, report.zone)}"]


def _run(run: Run, report: Report) -> str:
    when = f"{moment(run.started_at, report.zone)} ({_ago(run.started_at, report.checked_at)})"
    if run.ended_at is None:
        return f"{when}, killed before its end"
    took = span((run.ended_at - run.started_at).total_seconds())
    asks = ", ".join(f"{n} {outcome}" for outcome, n in run.asks.items())
    return f"{when}, {run.outcome}, took {took}" + (f"; asks: {asks}" if asks else "")


def _ago(when: datetime, now: datetime) -> str:
    return f"{span((now - when).total_seconds())} ago"


def _every(every: timedelta) -> str:
    return "day" if every == timedelta(days=1) else span(every.total_seconds())


def _aligned(table: list[list[str]]) -> Iterator[str]:
    widths = [max(len(row[n]) for row in table) for n in range(len(table[0]))] if table else []
    for row in table:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def as_json(report: Report) -> str:
    """The report for monitors: times in UTC, spans in seconds, keys that stay (docs/commands.md)."""
    run = report.last_run
    document = {
        "version": VERSION,
        "checked_at": report.checked_at,
        "needs_a_person": report.needs_a_person,
        "findings": report.findings,
        "sources": [_ask(a, report.checked_at) for a in report.asks],
        "last_refresh": None if run is None else run,
        "is_running": report.running is not None,
        "published": report.published,
        "waiting_files": report.waiting,
    }
    return orjson.dumps(document, option=orjson.OPT_UTC_Z | orjson.OPT_INDENT_2).decode()


def _ask(ask: Ask, now: datetime) -> dict[str, Any]:
    attempt, silent = ask.attempt, ask.silent_for(now)
    return {
        "app": ask.app,
        "source": ask.source,
        "store": ask.store,
        "store_app_id": ask.store_app_id,
        "asked_for": ask.asked_for,
        "place": ask.place,
        "state": ask.state(now).replace(" ", "_"),
        "every_s": ask.every.total_seconds(),
        "silent_s": None if silent is None else silent.total_seconds(),
        "is_late": ask.is_late(now),
        "last_success_at": attempt and attempt.last_success_at,
        "last_attempt_at": attempt and attempt.last_at,
        "outcome": attempt and attempt.outcome,
        "reason": attempt and attempt.reason,
        "detail": attempt and attempt.detail,
        "failed_in_a_row": attempt.failed_in_a_row if attempt else 0,
    }
