"""What every page about one app begins with: the app, the span, what must be said of its data. And the
`Page` that its parts are given, so that a view reads like its table of contents."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import streamlit as st

from dashboard import i18n as text
from dashboard import queries as data
from dashboard import url_state as state
from dashboard.components import elements as parts
from dashboard.components import filters as choices
from dashboard.components import headlines as findings
from dashboard.components import html as blocks

if TYPE_CHECKING:
    from dashboard.i18n import Text
    from dashboard.queries import Published, Scope
    from dashboard.rows.ratings import RatingSpan


@dataclass(frozen=True, slots=True)
class Page:
    """What every part of a page about one app is about."""

    t: Text
    published: Published
    scope: Scope
    span: RatingSpan
    known_from: date
    """The first day of which anything is known."""
    evidence: tuple[str, ...]
    """How complete the reviews are, which model and which publication: the end of every source line."""

    def sources(self, *first: str) -> tuple[str, ...]:
        """A source line that begins with `first` and the days."""
        return (*first, self.t.days(self.scope.first, self.scope.last), *self.evidence)

    def of(self, *more: Hashable) -> tuple[Hashable, ...]:
        """What a chart of this page is drawn from: names it in the cache."""
        return (str(self.published.path), self.t.language, self.scope, *more)

    def read(self, n: int) -> tuple[str, str]:
        """How many classified reviews a figure stands on, and how many are in a language outside the card."""
        classified = self.t("source.classified", n=self.t.number(n))
        return classified, findings.not_covered(self.t, self.span)

    def rated(self, n: int) -> str:
        """How many rated reviews a chart stands on."""
        return self.t("source.reviews", n=self.t.number(n))


def of_app(name: str) -> Page | None:
    """Begin the page `name` (a key of `nav`): its app, its choices, what must be said of the data.

    None where there is nothing to show; the page then says why and what to do, and is done.
    """
    t = text.of(state.language())
    published = data.published()
    apps = published.overview()
    if not apps:
        st.title(t(f"nav.{name}"))
        parts.no_apps(t)
        return None
    app = choices.choose_app(t, apps, t(f"nav.{name}"))
    scope = choices.choose_scope(t, app, published)
    coverage = published.coverage(app, scope.stores if scope else None)
    parts.coverage_notices(t, coverage, published.publication().published_at)
    if scope is None:
        if coverage:
            parts.html(blocks.notice("empty", t("empty.no_reviews_title"), t("empty.no_reviews")))
        return None
    evidence = (
        parts.coverage_line(t, coverage),
        parts.model_line(t, published),
        parts.publication_line(t, published),
    )
    known_from, _ = published.known_days(app) or (scope.first, scope.last)
    return Page(t, published, scope, published.span(scope), known_from, evidence)


def no_topics(page: Page) -> None:
    """No topic was found in the span: because nothing was read, or could be, or because nothing was said."""
    why = "none" if page.span.n_classified else "not_covered" if page.span.n_not_covered else "unread"
    parts.html(blocks.notice("empty", page.t("topics.none_title"), page.t(f"topics.{why}")))


def no_reviews(t: Text) -> None:
    """The span has no review at all."""
    parts.html(blocks.notice("empty", t("empty.span_title"), t("empty.span")))
