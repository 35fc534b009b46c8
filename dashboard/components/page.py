"""What pages begin and end with: the app and its span, what must be said of the data, the ways on to others.

And the `Page` that the parts of a page about one app are given, so that it reads like its table of contents.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeAlias
from urllib.parse import urlencode

import streamlit as st
from markupsafe import Markup

from dashboard import i18n, queries, url_state
from dashboard.auth import Visitor
from dashboard.components import filters, html, languages
from dashboard.components.headlines import not_covered, stale_days
from dashboard.i18n import Text
from dashboard.queries import Published, Scope
from dashboard.rows.collection import StoreCoverage
from dashboard.rows.reviews import RatingSpan
from dashboard.sanitize import label, plain, short

Way: TypeAlias = tuple[str, str, Mapping[str, object]]
"""A link to another page: its view, what it says, and the address it opens."""


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
    """How complete the reviews are: the end of every source line. Model and publication stand once, at the
    foot of the page."""

    def sources(self, *first: str) -> tuple[str, ...]:
        """A source line that begins with `first` and the days."""
        return (*first, html.Aside(self.t.days(self.scope.first, self.scope.last)), *self.evidence)

    def of(self, *more: Hashable) -> tuple[Hashable, ...]:
        """What a chart of this page is drawn from: names it in the cache."""
        return (str(self.published.path), self.t.language, self.t.zone, self.scope, *more)

    def read(self, n: int, *, topics: bool = True) -> tuple[str, ...]:
        """How many classified reviews a figure stands on, how many are in a language outside the card, and
        what to know of languages that the model reads without proof, or badly."""
        span = self.span
        outside = not_covered(self.t, span.n_classified, span.n_not_covered)
        return self.t("source.classified", n=n), outside, *self.languages(topics=topics)

    def languages(self, *, topics: bool = True, again: bool = False) -> tuple[str, ...]:
        """What to know of sentiments (and `topics`) of the texts of the span by their languages; under a
        later figure of a page that said it already (`again`) it unfolds."""
        said = languages.cautions(self.t, self.published.language_quality(self.scope), topics=topics)
        return tuple(html.Aside(s) if again else s for s in said)

    def rated(self, n: int) -> str:
        """How many rated reviews a chart stands on."""
        return self.t("source.reviews", n=n)


def of_app(name: str) -> Page | None:
    """Begin the page `name` (a key of `nav`): its app, its choices, what must be said of the data.

    None where there is nothing to show; the page then says why and what to do, and is done.
    """
    t = text()
    published = queries.published()
    apps = published.overview()
    if not apps:
        st.title(t(f"nav.{name}"))
        state(t, "no_apps")
        return None
    app = filters.choose_app(t, apps, t(f"nav.{name}"))
    if app is None:
        link("overview", t("nav.overview"), {})
        return None
    scope = filters.choose_scope(t, app, published)
    coverage = published.coverage(app, scope.stores if scope else None)
    coverage_notices(t, coverage, published.publication().published_at)
    if scope is None:
        if coverage:
            state(t, "no_reviews")
        return None
    evidence = (html.Aside(coverage_line(t, coverage)),)
    known_from, _ = published.known_days(app) or (scope.first, scope.last)
    return Page(t, published, scope, published.span(scope), known_from, evidence)


def text() -> Text:
    """The words of the language that the reader chose."""
    return i18n.of(url_state.language(), queries.zone())


def state(t: Text, name: str, kind: str = "empty") -> None:
    """A state that is not data: what is the matter, and what to do about it (`empty.<name>`)."""
    st.html(html.notice(kind, t(f"empty.{name}_title"), t(f"empty.{name}")))


def no_topics(page: Page) -> None:
    """No topic was found in the span: because nothing was read, or could be, or because nothing was said."""
    why = "none" if page.span.n_classified else "not_covered" if page.span.n_not_covered else "unread"
    st.html(html.notice("empty", page.t("topics.none_title"), page.t(f"topics.{why}")))


def dead_ends(t: Text) -> Markup | None:
    """What the address asked for and is not there, in words."""
    found = url_state.missed()
    if not found:
        return None
    app = [value for key, value in found if key == "app"]
    named = t.listed([t("empty.quoted", value=short(plain(v), 60)) for _, v in found])
    return html.notice(
        "stale", t("empty.dead_title"), t("empty.dead_app" if app else "empty.dead", named=named)
    )


def at_the_door(t: Text, visitor: Visitor) -> None:
    """For somebody who may see nothing: the way to sign in, or why that did not help."""
    st.title(t("brand.title"))
    if visitor.is_lawless:
        st.html(html.notice("failed", t("door.lawless_title"), t("door.lawless")))
    elif visitor.is_in_no_group:
        whom = visitor.contact or t("door.operator")
        st.html(
            html.notice("failed", t("door.no_group_title"), t("door.no_group", name=visitor.name, whom=whom))
        )
    elif visitor.name is None:
        st.html(html.notice("empty", t("door.title"), t("door.words")))
        st.button(t("door.sign_in"), on_click=st.login, type="primary")
    else:
        st.html(html.notice("failed", t("door.refused_title"), t("door.refused", name=visitor.name)))


def no_publication(t: Text) -> None:
    """Nothing is published yet: what to do about it."""
    state(t, "nothing")
    st.code("hoshiyomi demo\nhoshiyomi import reviews.csv\nhoshiyomi refresh", language=None)


def damaged_publication(t: Text) -> None:
    """The published file is damaged: what replaces it."""
    state(t, "damaged")
    st.code("hoshiyomi refresh", language=None)


def made_with(t: Text, published: Published) -> tuple[str, str]:
    """Which model read the texts, and which publication the page shows."""
    row = published.publication()
    said = t("source.model", version=row.model_version) if row.model_version else t("source.no_model")
    model = html.Aside(said)
    return model, html.Aside(t("source.publication", revision=row.revision, when=t.moment(row.published_at)))


def foot(t: Text, published: Published) -> None:
    """What every page ends with: which model, which publication, and whose days they are."""
    model, publication = made_with(t, published)
    st.html(html.source([str(publication), model, html.Aside(t.whose_days())]))


def coverage_line(t: Text, coverage: Sequence[StoreCoverage]) -> str:
    """How complete the reviews behind a figure are, in a few words a store."""
    if not coverage:
        return t("source.coverage", words=t("coverage.never"))
    words = [
        t("source.coverage_store", store=t.store(c.store), outcome=t(f"coverage.{c.outcome}"))
        for c in coverage
    ]
    return t("source.coverage", words=t.listed(words))


def coverage_notices(t: Text, coverage: Sequence[StoreCoverage], published_at: datetime) -> None:
    """Say aloud what is failed, partial, stale or was never collected, and what to do."""
    if not coverage:
        st.html(html.notice("empty", t("notice.never_title"), t("notice.never")))
    notices = []
    for row in coverage:
        values = {"store": t.store(row.store), "when": t.day(row.finished_at)}
        if row.outcome != "complete":
            reason = t.named(f"reason.{row.reason}", row.reason)
            title = t(f"notice.{row.outcome}_title", **values)
            notices.append((row.outcome, title, t(f"notice.{row.outcome}", reason=reason, **values)))
        old = stale_days(row.covered_until, published_at)
        if old is not None:
            told = t("notice.stale", until=t.day(row.covered_until), days=old)
            notices.append(
                (
                    "stale",
                    t("notice.stale_title", store=values["store"], until=t.day(row.covered_until)),
                    told,
                )
            )
    if notices:
        st.html(html.notices(notices))


def ways_on(ways: Sequence[Way], key: str = "on") -> None:
    """Links to the pages that go on with what this one tells; `key` where a page has several such lines."""
    with st.container(horizontal=True, key=f"ways-{key}"):
        for view, words, address in ways:
            link(view, words, address)


def link(
    view: str, words: str, address: Mapping[str, object], *, width: Literal["stretch", "content"] = "content"
) -> None:
    """A link to another page of ours."""
    st.page_link(
        f"views/{view}/page.py", label=label(words), query_params=url_state.link(**address), width=width
    )


def href(page: str, address: Mapping[str, object]) -> str:
    """The address of a link within a text to a page, by its name in the address, in the language of this one.

    It is relative, so that it holds whatever the dashboard's own address is.
    """
    return f"{page}?{urlencode(url_state.link(**address), doseq=True)}"


def turn(
    key: str,
    words: str,
    address: Mapping[str, object],
    *,
    kind: Literal["secondary", "tertiary"] = "secondary",
) -> None:
    """The same as `link` to the page that is open: of a link to it Streamlit does not tell the browser, whose
    address would go on saying what was shown before. A `tertiary` one looks like a link."""
    follow = st.query_params.from_dict
    st.button(label(words), key=key, type=kind, on_click=follow, args=(url_state.link(**address),))


def to_reviews(page: Page) -> None:
    """A link to the page that searches all reviews of the span."""
    link("reviews", page.t("reviews.all"), filters.address(page.scope))


def turn_pages(key: str, page: int, pages: int) -> None:
    """The pages of a list, where it has several; `page` was chosen by `url_state.choose_one`."""
    if pages > 1:
        st.pagination(pages, key=key)
    url_state.write(key, [page] if page > 1 else [])
