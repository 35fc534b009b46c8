"""Reviews: what did people write? Searched, filtered, with the evidence marked."""

from __future__ import annotations

from dashboard import url_state as state
from dashboard.components import elements as parts
from dashboard.components import headlines as findings
from dashboard.components import html as blocks
from dashboard.components import legends as captions
from dashboard.components import review_cards as cards
from dashboard.components import review_filters as wanted
from dashboard.components import tables
from dashboard.components.page import Page, no_reviews, of_app
from dashboard.components.theme import Spec
from dashboard.queries import Wanted
from dashboard.rows.ratings import FoundPeriod
from dashboard.views.rating import charts

PER_PAGE = 20
MOST = 100_000
"""The CSV holds at most so many reviews."""


def show() -> None:
    """The page."""
    page = of_app("reviews")
    if page is None:
        return
    if not page.span.n_reviews:
        no_reviews(page.t)
        return
    names = page.published.topic_names(page.t.language)
    asked, sort = wanted.choose(page.t, names)
    in_all, periods = page.published.found(page.scope, asked, findings.grain_of(page.scope.days))
    if not in_all.n_reviews:
        nothing(page, asked)
        return
    when(page, asked, in_all, periods)
    listing(page, asked, sort, in_all.n_reviews, names)
    download(page, asked, sort, in_all.n_reviews, names)


def nothing(page: Page, asked: Wanted) -> None:
    """No review is wanted: say which wish to give up."""
    t = page.t
    is_unknowable = asked.vanished and not page.published.has("vanished_reviews")
    words = t("reviews.vanished_unknown") if is_unknowable else t("reviews.none")
    parts.html(blocks.notice("empty", t("reviews.none_title"), words))


def when(page: Page, asked: Wanted, in_all: FoundPeriod, periods: list[FoundPeriod]) -> None:
    """How many are found, what they gave, and when they were written."""
    t = page.t
    title = findings.found_title(t, in_all, page.span.n_reviews)
    with parts.figure(
        t,
        "found",
        title=title,
        sources=page.sources(
            t("source.found", n=t.number(in_all.n_reviews)), findings.not_covered(t, in_all)
        ),
        tables={"found": tables.found(t, periods)},
    ):
        parts.html(blocks.tones_of(t, in_all))
        parts.chart("found", title, page.of(asked), lambda: found_chart(page, periods))


def found_chart(page: Page, periods: list[FoundPeriod]) -> Spec:
    """The chart of when the reviews were written."""
    t, scope = page.t, page.scope
    return charts.counts(
        [captions.counted_found(t, p) for p in periods],
        first=scope.first,
        last=scope.last,
        words=captions.chart_words(t),
        date_format=captions.date_format(t, scope.days),
        is_brushed=False,
    )


def listing(page: Page, asked: Wanted, sort: str, total: int, names: dict[str, str]) -> None:
    """One page of the reviews."""
    t, published, scope = page.t, page.published, page.scope
    pages = -(-total // PER_PAGE)
    state.begin_again("at", (scope, asked, sort))
    at = state.choose_one("at", range(1, pages + 1), 1)
    found = published.reviews(scope, asked, count=PER_PAGE, skip=PER_PAGE * (at - 1), sort=sort)
    parts.html(
        cards.reviews(
            t,
            found,
            names,
            words=asked.words,
            states=published.states(scope.app, found),
            vanished=published.vanished(scope.app),
        )
    )
    parts.turn_pages("at", at, pages)


def download(page: Page, asked: Wanted, sort: str, total: int, names: dict[str, str]) -> None:
    """All reviews that were found, as CSV."""
    t, published, scope = page.t, page.published, page.scope

    def rows() -> tables.Table:
        found = published.reviews(scope, asked, count=MOST, sort=sort)
        return tables.reviews(t, found, names, published.vanished(scope.app))

    parts.csv_of(t, "reviews", rows)
    cut = t("evidence.most", n=t.number(MOST), all=t.number(total)) if total > MOST else ""
    parts.html(blocks.source([cut, t("reviews.method")]))


show()
