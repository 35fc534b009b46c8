"""The report of `hoshiyomi status` for people and for monitors. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import orjson

from flows.health.findings import Finding, moment
from flows.health.runs import Run
from flows.health.sources import Request, by_source, worst
from flows.health.status import Report
from flows.spoken import counted, span

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
    table = [
        _row(app, source, requests, report) for (app, source), requests in by_source(report.requests).items()
    ]
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


def _row(app: str, source: str, requests: list[Request], report: Report) -> list[str]:
    now = report.checked_at
    successes = [a.attempt.last_success_at for a in requests if a.attempt and a.attempt.last_success_at]
    # The place that has been silent for longest speaks for the source.
    oldest = min(successes, default=None)
    success = f"{moment(oldest, report.zone)} ({_ago(oldest, now)})" if oldest else "never"
    return [
        app,
        source,
        worst(requests, now),
        f"last success {success}",
        f"every {_every(requests[0].every)}",
    ]


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
    outcomes = ", ".join(f"{n} {outcome}" for outcome, n in run.asks.items())
    return f"{when}, {run.outcome}, took {took}" + (f"; requests: {outcomes}" if outcomes else "")


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
        "sources": [_request(a, report.checked_at) for a in report.requests],
        "last_refresh": None if run is None else run,
        "is_running": report.running is not None,
        "published": report.published,
        "waiting_files": report.waiting,
    }
    return orjson.dumps(document, option=orjson.OPT_UTC_Z | orjson.OPT_INDENT_2).decode()


def _request(request: Request, now: datetime) -> dict[str, Any]:
    attempt, silent = request.attempt, request.silent_for(now)
    return {
        "app": request.app,
        "source": request.source,
        "store": request.store,
        "store_app_id": request.store_app_id,
        "asked_for": request.asked_for,
        "place": request.place,
        "state": request.state(now).replace(" ", "_"),
        "every_s": request.every.total_seconds(),
        "silent_s": None if silent is None else silent.total_seconds(),
        "is_late": request.is_late(now),
        "last_success_at": attempt and attempt.last_success_at,
        "last_attempt_at": attempt and attempt.last_at,
        "outcome": attempt and attempt.outcome,
        "reason": attempt and attempt.reason,
        "detail": attempt and attempt.detail,
        "failed_in_a_row": attempt.failed_in_a_row if attempt else 0,
    }
