"""What a report could not see: holes, ends, refusals, languages. Pure: rows in, short sentences out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from dashboard.components import languages
from dashboard.components.headlines import not_covered
from dashboard.i18n import Text
from dashboard.report.happenings import ended
from dashboard.report.weeks import DAYS, Week
from dashboard.rows.analysis import LanguageQuality, SeriesEvent
from dashboard.rows.collection import StoreCoverage
from dashboard.rows.reviews import DisplayedScore, RatingPeriod, RatingSpan
from dashboard.views.rating.findings import event_days

GAP = "coverage_gap"


def of_week(
    t: Text,
    week: Week,
    *,
    span: RatingSpan,
    days: Sequence[RatingPeriod],
    coverage: Sequence[StoreCoverage],
    last_day: date | None,
    displayed: Sequence[DisplayedScore],
    stores: Sequence[str],
    events: Sequence[SeriesEvent],
    quality: Sequence[LanguageQuality],
    is_analysed: bool,
) -> list[str]:
    """What is missing from a week of one app; that nothing is, where nothing is known to be.

    `days` are the seven days of the week, `displayed` the scores of the week.
    """
    told = [] if coverage else [t("notice.never_title")]
    for row in coverage:
        if row.outcome != "complete":
            told.append(outcome(t, row.store, row.outcome, row.reason))
        until = row.covered_until
        if until is not None and t.day_of(until) < week.last:
            told.append(t("report.data_ends", store=t.store(row.store), day=t.day(until)))
    if not coverage and (last_day is None or last_day < week.last):
        told.append(t("report.data_ends_all", day=t.day(last_day)))
    told += [t("report.gap", store=t.store(e.store), days=event_days(t, e)) for e in events if e.kind == GAP]
    seen = {d.store for d in displayed}
    told += [t("report.no_displayed", store=t.store(s)) for s in stores if s not in seen]
    empty = sum(1 for d in days if not d.n)
    if 0 < empty < DAYS:
        told.append(t("report.empty_days", n=empty))
    if span.n_reviews and not span.n_classified and not span.n_not_covered:
        told.append(t("report.unread"))
    told.append(not_covered(t, span.n_classified, span.n_not_covered))
    told += languages.cautions(t, quality)
    if not is_analysed:
        told.append(t("empty.not_analysed_title"))
    return [ended(t, w) for w in told if w] or [t("report.unseen_nothing")]


def outcome(t: Text, store: str, ended_as: str, reason: str) -> str:
    """How the last fetch of a store ended, and why."""
    return t(
        "report.outcome", store=t.store(store), outcome=t(f"coverage.{ended_as}"),
        reason=t.named(f"reason.{reason}", reason),
    )  # fmt: skip
