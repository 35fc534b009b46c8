"""What must be said of figures that stand on languages which nobody knows the model to read well. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.i18n import Text
from dashboard.rows.analysis import LanguageQuality

WORTH_SAYING = 0.02
"""Less of the texts than this changes no figure that is shown."""
SENTIMENT, TOPICS = "sentiment", "topics"
NOT_MEASURED, NO_BETTER = "not_measured", "no_better_than_tfidf"


def cautions(t: Text, rows: Sequence[LanguageQuality], *, topics: bool = True) -> list[str]:
    """What to know of the sentiments of these texts, and of their `topics`, by language."""
    said = []
    unmeasured = _share(t, rows, SENTIMENT, NOT_MEASURED)
    if unmeasured:
        said.append(t("languages.unmeasured", **unmeasured))
    no_better = _share(t, rows, SENTIMENT, NO_BETTER)
    if no_better:
        said.append(t("languages.sentiment", **no_better))
    if topics:
        # What was said of both is not said again of one.
        known = {r.language for r in rows if r.task == SENTIMENT and r.status == NOT_MEASURED}
        rest = [r for r in rows if r.language not in known or r.status != NOT_MEASURED]
        for key, status in (("topics_unmeasured", NOT_MEASURED), ("topics", NO_BETTER)):
            of_topics = _share(t, rest, TOPICS, status)
            if of_topics:
                said.append(t(f"languages.{key}", **of_topics))
    return said


def _share(t: Text, rows: Sequence[LanguageQuality], task: str, status: str) -> dict[str, str]:
    """The languages of a status with their share of all texts; nothing where that is too small to say.

    Shares are of all texts of the task in the scope, whichever of `rows` were left out.
    """
    n = sum(r.n for r in rows if r.task == SENTIMENT)
    those = [r for r in rows if r.task == task and r.status == status]
    share = sum(r.n for r in those) / n if n else 0.0
    if share < WORTH_SAYING:
        return {}
    names = [t.language_name(r.language) if r.language else t("languages.unknown") for r in those]
    return {"share": t.percent(share), "names": t.listed(names)}
