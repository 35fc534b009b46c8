"""Pieces of HTML of the Data health page. Pure: rows and words in, escaped markup out."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.components import html as blocks
from dashboard.i18n import Text
from dashboard.rows.health import Ask, Trouble
from dashboard.sanitize import markup, short
from dashboard.views.health import rows as health_rows
from dashboard.views.health.rows import SourceState

_LONGEST_DETAIL = 80


def sources(t: Text, rows: Sequence[SourceState]) -> str:
    """A card a source and kind, as `health_rows.by_source` gives them."""
    return f'<div class="hy-cards">{"".join(_source(t, r) for r in rows)}</div>'


def brought(row: Ask | SourceState) -> dict[str, int | None]:
    """What came of asks."""
    return {"got": row.got, "new": row.new, "edited": row.edited, "rejected": row.rejected}


def _source(t: Text, row: SourceState) -> str:
    until = t("overview.until", day=t.day(row.covered_until)) if row.covered_until else ""
    counts = [(k, n) for k, n in brought(row).items() if n is not None]
    figures = "".join(
        f"<span><b>{t.number(n)}</b> {markup(t(f'health.count_{k}'))}</span>" for k, n in counts
    )
    of = t(
        "health.of_source",
        apps=t.number(row.apps),
        asks=t.number(row.asks),
        when=t.moment(row.finished_at),
    )
    of += t("health.old", n=t.number(row.n_old)) if row.n_old else ""
    return (
        f'<article class="hy-card"><header><h3>{markup(source(row.source))}</h3>'
        f"{blocks.tag(health_rows.asked_for(t, row.asked_for), 'hy-quiet')}</header>"
        f"<div>{blocks.light(t, row.outcome, until, stale=row.n_old > 0)}</div>"
        f'<div class="hy-counts">{figures}</div><p class="hy-note">{markup(of)}</p>'
        f"{_why(t, row.outcome, row.reason, row.n_troubled)}</article>"
    )


def _why(t: Text, outcome: str, code: str, troubled: int) -> str:
    said = health_rows.reason(t, code)
    if outcome == "complete":
        return f'<p class="hy-note">{markup(said)}</p>'
    told = t("health.why", reason=said, n=t.number(troubled))
    to_do = f"<b>{markup(t('health.to_do'))}</b> {markup(health_rows.remedy(t, code))}"
    return f"<p>{markup(told)}</p><p>{to_do}</p>"


def asks(t: Text, rows: Sequence[Ask]) -> str:
    """The last ask of every app and place."""
    heads = [
        t(f"columns.{c}")
        for c in (
            "name", "store", "source", "asked_for", "place", "last_outcome", "last_reason", "failed_in_a_row",
            "finished_at", "as_of", "got", "new", "edited", "rejected",
        )
    ]  # fmt: skip
    return blocks.rich_table(
        t("evidence.asks"), heads, [_ask(t, r) for r in rows], numeric={7, 10, 11, 12, 13}
    )


def _ask(t: Text, row: Ask) -> list[str]:
    reason = markup(health_rows.reason(t, row.reason))
    if row.detail and row.outcome != "complete":
        reason += f'<br><span class="hy-note">{markup(short(row.detail, _LONGEST_DETAIL))}</span>'
    return [
        markup(short(row.name, 40)),
        markup(t.store(row.store)),
        markup(source(row.source)),
        markup(health_rows.asked_for(t, row.asked_for)),
        markup(health_rows.place(t, row) or "–"),
        blocks.light(t, row.outcome, "", stale=False),
        reason,
        t.number(row.failed_in_a_row),
        markup(t.moment(row.finished_at)),
        markup(t.day(row.covered_until)) if row.covered_until else "–",
        *(t.number(n) for n in brought(row).values()),
    ]


def troubles(t: Text, rows: Sequence[Trouble]) -> str:
    """What did not end complete, with what to do."""
    columns = (
        "finished_at",
        "name",
        "store",
        "source",
        "asked_for",
        "place",
        "last_outcome",
        "last_reason",
        "remedy",
        "got",
    )
    heads = [t(f"columns.{c}") for c in columns]
    return blocks.rich_table(t("evidence.troubles"), heads, [_trouble(t, r) for r in rows], numeric={9})


def _trouble(t: Text, row: Trouble) -> list[str]:
    return [
        markup(t.moment(row.finished_at)),
        markup(short(row.name, 40)),
        markup(t.store(row.store)),
        markup(source(row.source)),
        markup(health_rows.asked_for(t, row.asked_for)),
        markup(health_rows.place(t, row) or "–"),
        blocks.light(t, row.outcome, "", stale=False),
        f'<span class="hy-wrap">{markup(health_rows.reason(t, row.reason))}</span>',
        f'<span class="hy-wrap">{markup(health_rows.remedy(t, row.reason))}</span>',
        t.number(row.got),
    ]


def source(key: str) -> str:
    """A source as it is called in coverage: a short key that is the same in every language."""
    return short(key, 40)
