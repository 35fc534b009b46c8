"""Rows of the Data health page made ready: worst outcomes, words of reasons and remedies, figures of a model
card. Pure: rows in, rows out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from dashboard.findings import stale_days
from dashboard.text import Text

Row = Mapping[str, Any]
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


def place(t: Text, row: Row) -> str:
    """The language or country of an ask; empty where it spoke of all."""
    return t.place(row["place"]) if row["place"] else ""


def worst(outcomes: Iterable[str]) -> str:
    """The worst of some outcomes."""
    found = set(outcomes)
    return next(k for k in OUTCOMES if k in found)


def by_source(asks: Sequence[Row], published_at: datetime) -> list[dict[str, Any]]:
    """The last asks added up: one row a source and kind, worst first, with the reason of its worst ask."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for ask in asks:
        groups.setdefault((ask["source"], ask["asked_for"]), []).append(ask)
    rows = [_source(*key, group, published_at) for key, group in groups.items()]
    return sorted(rows, key=lambda r: (OUTCOMES.index(r["outcome"]), r["source"], r["asked_for"]))


def _source(source: str, kind: str, asks: Sequence[Row], published_at: datetime) -> dict[str, Any]:
    outcome = worst(a["outcome"] for a in asks)
    covered = [a["covered_until"] for a in asks if a["covered_until"] is not None]
    return {
        "source": source,
        "asked_for": kind,
        "apps": len({(a["store"], a["store_app_id"]) for a in asks}),
        "asks": len(asks),
        "n_troubled": sum(a["outcome"] != "complete" for a in asks),
        "finished_at": max(a["finished_at"] for a in asks),
        "covered_until": max(covered) if covered else None,
        "n_old": sum(stale_days(until, published_at) is not None for until in covered),
        **{k: _sum(a[k] for a in asks) for k in ("got", "new", "edited", "rejected")},
        "outcome": outcome,
        "reason": next(a["reason"] for a in asks if a["outcome"] == outcome),
    }


def _sum(values: Iterable[int | None]) -> int | None:
    known = [v for v in values if v is not None]
    return sum(known) if known else None


def day_words(t: Text, row: Row) -> dict[str, Any]:
    """A day of a source with its worst outcome and its counts in words."""
    counts = [t(f"health.asks_{k}", n=t.number(row[f"n_{k}"])) for k in OUTCOMES if row[f"n_{k}"]]
    brought = t("health.brought", got=t.number(row["got"] or 0), new=t.number(row["new"] or 0))
    told = t("health.day", day=t.day(row["day"]), asks=t.listed(counts), brought=brought)
    return {**row, "worst": next(k for k in OUTCOMES if row[f"n_{k}"]), "tip": told}


def measured(t: Text, figures: str | None) -> list[dict[str, Any]]:
    """The figures of a model's card, a row a set of texts and task; none where the card has another form."""
    card = json.loads(figures or "{}")
    parts = ((part, told) for part, told in card.items() if isinstance(told, dict))
    return [_measured(t, part, told, *task) for part, told in parts for task in _TASKS if task[1] in told]


def _measured(t: Text, part: str, told: Row, task: str, key: str, place: int) -> dict[str, Any]:
    low, high = told.get(f"{key}_95") or (None, None)
    name = f"model.on_{part}"
    return {
        "label": t(name) if t.has(name) else str(told.get("what", part)),
        "task": t(f"model.{task}"),
        "value": told[key],
        "low": low,
        "high": high,
        "baseline": _at(told.get("tfidf"), place),
        "majority": _at(told.get("majority"), place),
        "int8": _at(told.get("int8"), place),
        "n": told.get("texts"),
    }


def _at(values: Sequence[float] | None, place: int) -> float | None:
    return values[place] if values and len(values) > place else None
