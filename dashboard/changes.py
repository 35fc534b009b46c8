"""Changes of level, events and compared spans in words and signs. Pure: rows in, words and markup out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from dashboard import blocks, findings
from dashboard.axes import SMALL
from dashboard.escape import markup, plain, short
from dashboard.text import Text

Row = Mapping[str, Any]
KINDS = ("reset", "reweighted", "coverage_gap", "price_change", "campaign", "prompt_change", "other")
NOTES = ("reset", "count_fell", "no_new_ratings", "rounding_too_coarse", "outside_scale")
# How the analysis writes what it detected (models/series.py): before and after.
_DETECTED = re.compile(r"([\d.]+) > ([\d.]+)")
_COUNTED = re.compile(r"(\d+) of (\d+)")
OFTEN = "reweights_often"
"""No event but a property of a store's score, which is said once."""


def series_name(t: Text, series: str) -> str:
    """A series by name: no figure is shown without it."""
    return t(f"changes.series_{series}")


def headline(t: Text, rows: Sequence[Row]) -> str:
    """How many changes there are, and the largest of them."""
    if not rows:
        return t("changes.none")
    most = max(rows, key=lambda r: abs(r["size"]))
    return t("changes.headline", n=t.number(len(rows)), most=sentence(t, most))


def sentence(t: Text, row: Row) -> str:
    """One change in words, without its intervals."""
    key = "changes.rose" if row["size"] > 0 else "changes.fell"
    return t(
        key, series=series_name(t, row["series"]), store=t.store(row["store"]), day=t.day(row["changed_on"]),
        before=t.stars(row["value_before"]), after=t.stars(row["value_after"]),
    )  # fmt: skip


def size(t: Text, row: Row) -> str:
    """By how much, with its interval."""
    return t(
        "verdict.plain", value=t.signed(row["size"]), low=t.signed(row["low"]), high=t.signed(row["high"])
    )


def near(t: Text, row: Row) -> str:
    """The nearest release as near in time, not as the cause."""
    if row["nearest_release"] is None:
        return t("changes.no_release")
    days = row["release_distance_days"]
    key = (
        "changes.same_day" if not days else "changes.release_before" if days < 0 else "changes.release_after"
    )
    return t(key, version=short(plain(row["nearest_release"]), 24), n=t.number(abs(days or 0)))


def table(t: Text, rows: Sequence[Row]) -> str:
    """Every change with the intervals of its day and its size, the newest first."""
    heads = [t(f"changes.head_{k}") for k in ("day", "series", "level", "size", "n", "near")]
    cells = [
        [
            f"<b>{markup(t.day(r['changed_on']))}</b><br>"
            f'<span class="hy-note">{markup(t.days(r["low_on"], r["high_on"]))}</span>',
            f"{markup(series_name(t, r['series']))}<br>"
            f'<span class="hy-note">{markup(t.store(r["store"]))}</span>',
            markup(t("changes.level", before=t.stars(r["value_before"]), after=t.stars(r["value_after"]))),
            _sized(t, r),
            markup(t("releases.sides", before=t.number(r["n_before"]), after=t.number(r["n_after"]))),
            markup(near(t, r)),
        ]
        for r in sorted(rows, key=lambda r: r["changed_on"], reverse=True)
    ]
    return blocks.rich_table(t("changes.caption"), heads, cells, ())


def _sized(t: Text, row: Row) -> str:
    sign, kind = ("▲", "hy-up") if row["size"] > 0 else ("▼", "hy-down")
    numbers = t("changes.between", low=t.signed(row["low"]), high=t.signed(row["high"]))
    return (
        f'<span class="hy-change {kind}"><span aria-hidden="true">{sign}</span> '
        f"{markup(t.signed(row['size']))}"
        f'</span><br><span class="hy-note">{markup(numbers)}</span>'
    )


def event_words(t: Text, kind: str, told: str) -> str:
    """What happened: what the analysis detected in words, what somebody noted as they wrote it."""
    found = _DETECTED.fullmatch(told.strip())
    if kind == "reset" and found:
        before, after = (t.number(float(v)) for v in found.groups())
        return t("events.reset_found", before=before, after=after)
    if kind == "reweighted" and found:
        return t("events.reweighted_found", before=found[1], after=found[2])
    name = t(f"events.{kind}") if kind in KINDS else short(plain(kind), 30)
    return t("events.noted", kind=name, label=short(plain(told), 120)) if told.strip() else name


def confounder(t: Text, told: str) -> str:
    """An event as the analysis names it beside a release ('reset: 12088 > 130'), in words."""
    kind, _, label = told.partition(": ")
    return event_words(t, kind, label) if kind in KINDS else plain(told)


def weighing(t: Text, rows: Sequence[Row]) -> list[str]:
    """What must be known of the scores of stores that re-weight all the time; rows of `series_events`."""
    return [
        t(
            "events.reweights_often", store=t.store(r["store"]), n=t.number(int(found[1])),
            of=t.number(int(found[2])), days=event_days(t, r),
        )
        for r in rows
        if r["kind"] == OFTEN and (found := _COUNTED.fullmatch(r["label"] or ""))
    ]  # fmt: skip


def event_days(t: Text, row: Row) -> str:
    """When an event was, or between which days."""
    first, until = row["happened_at"], row["until"]
    return t.day(first) if until is None or until.date() == first.date() else t.days(first, until)


def events(t: Text, rows: Sequence[Row]) -> str:
    """Every event with its days, its store and who says so."""
    heads = [t("changes.head_day"), t("columns.store"), t("events.head"), t("columns.source")]
    cells = [
        [
            markup(event_days(t, r)), markup(t.store(r["store"])),
            f'<span class="hy-wrap">{markup(event_words(t, r["kind"], r["label"] or ""))}</span>',
            markup(t("events.detected" if r["source"] == "detected" else "events.told")),
        ]
        for r in sorted(rows, key=lambda r: r["happened_at"], reverse=True)
    ]  # fmt: skip
    return blocks.rich_table(t("events.caption"), heads, cells, ())


def compared(t: Text, app: str, spans: tuple[str, str], before: Row, after: Row) -> str:
    """Two spans against each other in a sentence that stands alone; rows as `rating_span` gives them."""
    values = {
        "app": plain(app), "span_before": spans[0], "span_after": spans[1],
        "n_before": t.number(before["n"]), "n_after": t.number(after["n"]),
    }  # fmt: skip
    if min(before["n"], after["n"]) < SMALL:
        return t("compare.few", small=SMALL, **values)
    moved = findings.difference(after, before)
    return t(
        f"compare.{moved.direction}", before=t.stars(before["mean"]), after=t.stars(after["mean"]),
        numbers=findings.change_numbers(t, moved), **values,
    )  # fmt: skip
