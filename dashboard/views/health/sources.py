"""The Data health page made ready: worst outcomes, figures of a model card, and what was asked of the sources
as cards and tables (sources.html). Pure: rows in, rows or escaped markup out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from dashboard.components import html
from dashboard.components.headlines import stale_days
from dashboard.components.html import Cell, piece
from dashboard.i18n import NOTHING, Text
from dashboard.rows.collection import Request, RequestDay, Trouble
from dashboard.sanitize import short

TEMPLATE = "views/health/sources.html"
_LONGEST_DETAIL = 80
_HEADS = "name store source asked_for place last_outcome last_reason"
_ASK_HEADS = f"{_HEADS} failed_in_a_row finished_at as_of got new edited rejected"
_TROUBLE_HEADS = f"finished_at {_HEADS} remedy got"


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

    row: RequestDay
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
_TASKS = (("sentiment", "sentiment_macro_f1", 0), ("topics", "topics_micro_f1", 1))


def worst(outcomes: Iterable[str]) -> str:
    """The worst of some outcomes."""
    found = set(outcomes)
    return next(k for k in OUTCOMES if k in found)


def by_source(requests: Sequence[Request], published_at: datetime) -> list[SourceState]:
    """The last asks added up: one row a source and kind, worst first, with the reason of its worst ask."""
    groups: dict[tuple[str, str], list[Request]] = {}
    for request in requests:
        groups.setdefault((request.source, request.asked_for), []).append(request)
    rows = [_source(*key, group, published_at) for key, group in groups.items()]
    return sorted(rows, key=lambda r: (OUTCOMES.index(r.outcome), r.source, r.asked_for))


def _source(source: str, kind: str, requests: Sequence[Request], published_at: datetime) -> SourceState:
    outcome = worst(a.outcome for a in requests)
    covered = [a.covered_until for a in requests if a.covered_until is not None]
    return SourceState(
        source=source,
        asked_for=kind,
        apps=len({(a.store, a.store_app_id) for a in requests}),
        asks=len(requests),
        n_troubled=sum(a.outcome != "complete" for a in requests),
        finished_at=max(a.finished_at for a in requests),
        covered_until=max(covered) if covered else None,
        n_old=sum(stale_days(until, published_at) is not None for until in covered),
        got=sum(a.got for a in requests),
        new=_sum(a.new for a in requests),
        edited=_sum(a.edited for a in requests),
        rejected=sum(a.rejected for a in requests),
        outcome=outcome,
        reason=next(a.reason for a in requests if a.outcome == outcome),
    )


def _sum(values: Iterable[int | None]) -> int | None:
    known = [v for v in values if v is not None]
    return sum(known) if known else None


def day_state(t: Text, row: RequestDay) -> DayState:
    """A day of a source with its worst outcome and its counts in words."""
    ended = {"failed": row.n_failed, "partial": row.n_partial, "complete": row.n_complete}
    counts = [t(f"health.asks_{k}", n=n) for k, n in ended.items() if n]
    brought = t("health.brought", got=row.got, new=row.new or 0)
    told = t("health.day", day=t.day(row.day), asks=t.listed(counts), brought=brought)
    return DayState(row, next(k for k, n in ended.items() if n), told)


def measured(t: Text, figures: str | None) -> list[Measured]:
    """The figures of a model's card, a row a set of texts and task; none where the card has another form."""
    card = json.loads(figures or "{}")
    parts = ((part, told) for part, told in card.items() if isinstance(told, dict))
    return [_measured(t, part, told, *task) for part, told in parts for task in _TASKS if task[1] in told]


def _measured(t: Text, part: str, told: Mapping[str, Any], task: str, key: str, place: int) -> Measured:
    low, high = told.get(f"{key}_95") or (None, None)
    return Measured(
        label=t.named(f"model.on_{part}", str(told.get("what", part))),
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


def cards(t: Text, rows: Sequence[SourceState]) -> Markup:
    """A card a source and kind, as `by_source` gives them."""
    return piece(TEMPLATE, "cards", [_card(t, r) for r in rows])


def _card(t: Text, row: SourceState) -> Markup:
    until = t("coverage.until", day=t.day(row.covered_until)) if row.covered_until else ""
    counts = [(t.number(n), t(f"health.count_{k}")) for k, n in _brought(row).items() if n is not None]
    # That nothing was put aside goes without saying.
    counts = counts if row.rejected else counts[:-1]
    of = t("health.of_source", apps=row.apps, asks=row.asks)
    # The light says that data is old; here is how many, where not all are.
    of += t("health.old", n=row.n_old) if 0 < row.n_old < row.asks else ""
    why, remedy = "", None
    if row.outcome != "complete":
        why = t("health.why", reason=_reason(t, row.reason), n=row.n_troubled)
        of += t("health.last_on", when=t.moment(row.finished_at))
        remedy = t.named(f"remedy.{row.reason}", "")
    light = html.light(t, row.outcome, until, stale=row.n_old > 0)
    kind = _asked_for(t, row.asked_for)
    return piece(TEMPLATE, "card", _source_name(row.source), kind, light, counts, of, why, remedy, t)


def _brought(row: Request | SourceState) -> dict[str, int | None]:
    """What came of asks."""
    return {"got": row.got, "new": row.new, "edited": row.edited, "rejected": row.rejected}


def asks(t: Text, rows: Sequence[Request]) -> Markup:
    """The last ask of every app and place."""
    heads = [t(f"columns.{c}") for c in _ASK_HEADS.split()]
    return html.table(t("evidence.asks"), heads, [_request(t, r) for r in rows], numeric={7, 10, 11, 12, 13})


def _request(t: Text, row: Request) -> list[Cell]:
    detail = short(row.detail, _LONGEST_DETAIL) if row.detail and row.outcome != "complete" else ""
    return [
        *_of_what(t, row),
        piece(TEMPLATE, "reason", _reason(t, row.reason), detail),
        t.number(row.failed_in_a_row),
        t.moment(row.finished_at),
        t.day(row.covered_until),
        *(t.number(n) for n in _brought(row).values()),
    ]


def reasons(t: Text, rows: Sequence[Trouble]) -> Markup:
    """Why asks did not end complete, the most frequent reason first, each once with what to do."""
    heads = [t(f"columns.{c}") for c in ("reason", "n_troubled", "remedy")]
    counted = Counter(r.reason for r in rows).most_common()
    cells = [
        [html.wrapped(_reason(t, code)), t.number(n), html.wrapped(t.named(f"remedy.{code}", ""))]
        for code, n in counted
    ]
    return html.table(t("evidence.troubles"), heads, cells, numeric={1})


def troubles(t: Text, rows: Sequence[Trouble]) -> Markup:
    """Every ask that did not end complete, with what to do."""
    heads = [t(f"columns.{c}") for c in _TROUBLE_HEADS.split()]
    cells = [
        [
            t.moment(r.finished_at),
            *_of_what(t, r),
            html.wrapped(_reason(t, r.reason)),
            html.wrapped(t.named(f"remedy.{r.reason}", "")),
            t.number(r.got),
        ]
        for r in rows
    ]
    return html.table(t("evidence.troubles"), heads, cells, numeric={9})


def _of_what(t: Text, row: Request | Trouble) -> list[Cell]:
    """Of which app and place something was asked, and how that ended."""
    return [
        short(row.name, 40),
        t.store(row.store),
        _source_name(row.source),
        _asked_for(t, row.asked_for),
        t.place(row.place) if row.place else NOTHING,
        html.light(t, row.outcome),
    ]


def _reason(t: Text, code: str) -> str:
    """Why an ask ended or a row was put aside; an unknown code shows itself."""
    return t.named(f"reason.{code}", code)


def _asked_for(t: Text, kind: str) -> str:
    """What an ask was about; an unknown kind shows itself."""
    return t.named(f"asked.{kind}", kind)


def _source_name(key: str) -> str:
    """A source as it is called in coverage: a short key that is the same in every language."""
    return short(key, 40)
