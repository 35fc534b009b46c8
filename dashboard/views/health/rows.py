"""Rows of the Data health page made ready: worst outcomes, words of reasons and remedies, figures of a model
card. Pure: rows in, rows out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboard.components.headlines import stale_days
from dashboard.i18n import Text
from dashboard.rows.health import Ask, AskDay, Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """The last asks of one source and kind, added up."""

    source: str
    asked_for: str
    apps: int
    asks: int
    n_troubled: int
    finished_at: datetime
    covered_until: datetime | None
    n_old: int
    got: int
    new: int | None
    edited: int | None
    rejected: int
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class DayState:
    """A day of a source, its worst outcome, and its counts in words."""

    row: AskDay
    worst: str
    tip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The F1 of a model in one task on one set of texts, by its card."""

    label: str
    task: str
    value: float
    low: float | None
    high: float | None
    baseline: float | None
    majority: float | None
    int8: float | None
    n: int | None


OUTCOMES = ("failed", "partial", "complete")
_TASKS = (("tone", "sentiment_macro_f1", 0), ("topics", "topics_micro_f1", 1))


def reason(t: Text, code: str) -> str:
    """Why an ask ended or a row was put aside; an unknown code shows itself."""
    key = f"reason.{code}"
    return t(key) if t.has(key) else code


def remedy(t: Text, code: str) -> str:
    """What to do about it; empty where nothing has to be done."""
    key = f"remedy.{code}"
    return t(key) if t.has(key) else ""


def asked_for(t: Text, kind: str) -> str:
    """What an ask was about; an unknown kind shows itself."""
    key = f"asked.{kind}"
    return t(key) if t.has(key) else kind


def place(t: Text, row: Ask | Trouble) -> str:
    """The language or country of an ask; empty where it spoke of all."""
    return t.place(row.place) if row.place else ""


def worst(outcomes: Iterable[str]) -> str:
    """The worst of some outcomes."""
    found = set(outcomes)
    return next(k for k in OUTCOMES if k in found)


def by_source(asks: Sequence[Ask], published_at: datetime) -> list[SourceState]:
    """The last asks added up: one row a source and kind, worst first, with the reason of its worst ask."""
    groups: dict[tuple[str, str], list[Ask]] = {}
    for ask in asks:
        groups.setdefault((ask.source, ask.asked_for), []).append(ask)
    rows = [_source(*key, group, published_at) for key, group in groups.items()]
    return sorted(rows, key=lambda r: (OUTCOMES.index(r.outcome), r.source, r.asked_for))


def _source(source: str, kind: str, asks: Sequence[Ask], published_at: datetime) -> SourceState:
    outcome = worst(a.outcome for a in asks)
    covered = [a.covered_until for a in asks if a.covered_until is not None]
    return SourceState(
        source=source,
        asked_for=kind,
        apps=len({(a.store, a.store_app_id) for a in asks}),
        asks=len(asks),
        n_troubled=sum(a.outcome != "complete" for a in asks),
        finished_at=max(a.finished_at for a in asks),
        covered_until=max(covered) if covered else None,
        n_old=sum(stale_days(until, published_at) is not None for until in covered),
        got=sum(a.got for a in asks),
        new=_sum(a.new for a in asks),
        edited=_sum(a.edited for a in asks),
        rejected=sum(a.rejected for a in asks),
        outcome=outcome,
        reason=next(a.reason for a in asks if a.outcome == outcome),
    )


def _sum(values: Iterable[int | None]) -> int | None:
    known = [v for v in values if v is not None]
    return sum(known) if known else None


def day_state(t: Text, row: AskDay) -> DayState:
    """A day of a source with its worst outcome and its counts in words."""
    ended = {"failed": row.n_failed, "partial": row.n_partial, "complete": row.n_complete}
    counts = [t(f"health.asks_{k}", n=t.number(n)) for k, n in ended.items() if n]
    brought = t("health.brought", got=t.number(row.got), new=t.number(row.new or 0))
    told = t("health.day", day=t.day(row.day), asks=t.listed(counts), brought=brought)
    return DayState(row, next(k for k, n in ended.items() if n), told)


def measured(t: Text, figures: str | None) -> list[Measured]:
    """The figures of a model's card, a row a set of texts and task; none where the card has another form."""
    card = json.loads(figures or "{}")
    parts = ((part, told) for part, told in card.items() if isinstance(told, dict))
    return [_measured(t, part, told, *task) for part, told in parts for task in _TASKS if task[1] in told]


def _measured(t: Text, part: str, told: Mapping[str, Any], task: str, key: str, place: int) -> Measured:
    low, high = told.get(f"{key}_95") or (None, None)
    name = f"model.on_{part}"
    return Measured(
        label=t(name) if t.has(name) else str(told.get("what", part)),
        task=t(f"model.{task}"),
        value=told[key],
        low=low,
        high=high,
        baseline=_at(told.get("tfidf"), place),
        majority=_at(told.get("majority"), place),
        int8=_at(told.get("int8"), place),
        n=told.get("texts"),
    )


def _at(values: Sequence[float] | None, place: int) -> float | None:
    return values[place] if values and len(values) > place else None
