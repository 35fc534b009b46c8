"""What must be said of the languages in which the model was not measured, or reads badly. Pure.

Which languages those are is in the model's card; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.i18n import Text
from dashboard.rows.analysis import LanguageCount

UNMEASURED = ("fr", "nl", "pt")
"""Read by the model, and in no table of its card."""
POOR_TOPICS = ("de", "es", "it", "ru")
"""Measured: topics are named right much less often than in English."""
WORTH_SAYING = 0.02
"""Less of the texts than this changes no figure that is shown."""


def cautions(t: Text, rows: Sequence[LanguageCount], *, topics: bool = True) -> list[str]:
    """What to know of figures that stand on texts in these languages; `topics`: whether they tell topics."""
    n = sum(r.n for r in rows)
    said = []
    for key, codes in (("unmeasured", UNMEASURED), ("topics", POOR_TOPICS if topics else ())):
        those = [r for r in rows if r.language in codes]
        share = sum(r.n for r in those) / n if n else 0.0
        if share >= WORTH_SAYING:
            names = t.listed([t.language_name(r.language or "") for r in those])
            said.append(t(f"languages.{key}", share=t.percent(share), names=names))
    return said
