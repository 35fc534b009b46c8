"""Reviews: what did people write? Searched, filtered, with the evidence marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import streamlit as st

from dashboard import url_state
from dashboard.components import figures, html, review_list, text_search, theme
from dashboard.components.filters import one_of
from dashboard.components.headlines import not_covered
from dashboard.components.html import NOT_COVERED, SENTIMENTS
from dashboard.components.legends import SMALL, chart_words, date_format, grain_of
from dashboard.components.page import Page, of_app, state, turn_pages
from dashboard.components.review_cards import DISAGREES, UNSURE
from dashboard.components.tables import Table, table
from dashboard.i18n import Text
from dashboard.queries import Wanted, review_key
from dashboard.rows.reviews import FoundPeriod, Review, ReviewTopic
from dashboard.views.reviews import one

SORTS = ("newest", "oldest", "low", "high", "helpful")
MARKS = ("disagrees", "unsure", "edited", "answered", "unanswered", "vanished")
PER_PAGE = 10
MOST = 100_000
"""The CSV holds at most so many reviews."""
FOUND = "first_day last_day n_reviews n_rated mean low high n_negative n_neutral n_positive n_not_covered"
REVIEWS = """
    reviewed_at rating title text version store country language sentiment p_negative p_neutral p_positive
    topics thumbs_up edited reply replied_at vanished_at is_sample review_id
"""


def show() -> None:
    """The page."""
    if one.show():
        return
    page = of_app("reviews")
    if page is None:
        return
    if not page.span.n_reviews:
        state(page.t, "span")
        return
    names = page.published.topic_names(page.t.language)
    wanted, sort = choose(page.t, names)
    in_all, periods = page.published.found(page.scope, wanted, grain_of(page.scope.days))
    if not in_all.n_reviews:
        nothing(page, wanted)
        return
    when(page, wanted, in_all, periods)
    listing(page, wanted, sort, in_all.n_reviews, names)
    download(page, wanted, sort, in_all.n_reviews, names)


def choose(t: Text, topics: dict[str, str]) -> tuple[Wanted, str]:
    """Which reviews are wanted, and in which order; `topics` by key with their names."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        words = choose_words(t)
        topic = one_of(t, "topic", topics, width=175)
        tones = {k: t(f"sentiment.{k}") for k in (*SENTIMENTS, NOT_COVERED)}
        sentiment = one_of(t, "tone", tones, width=175)
        sort = choose_sort(t)
        rated, marks = url_state.choose_some("rated", "54321"), url_state.choose_some("mark", MARKS)
        n = len(rated) + len(marks)
        # What is chosen inside stands on the button, so that no filter works unseen.
        title = t("reviews.more_some", n=n) if n else t("reviews.more")
        with st.popover(title, type="primary" if n else "secondary"):
            some_of("rated", t("reviews.by_rated"), {k: t("reviews.rated", n=k) for k in "54321"})
            some_of("mark", t("reviews.by_mark"), {k: t(f"reviews.mark_{k}") for k in MARKS})
    url_state.write("rated", rated)
    url_state.write("mark", marks)
    wanted = Wanted(
        words=words,
        topic=topic,
        sentiment=sentiment,
        stars=tuple(int(k) for k in rated) or None,
        edited=True if "edited" in marks else None,
        # Both at once leave nothing out.
        answered="answered" in marks if ("answered" in marks) != ("unanswered" in marks) else None,
        disagrees=DISAGREES if "disagrees" in marks else None,
        unsure=UNSURE if "unsure" in marks else None,
        vanished="vanished" in marks,
    )
    return wanted, sort


def choose_words(t: Text) -> tuple[str, ...]:
    """Words that a review must hold."""
    typed = url_state.choose_words("q")
    st.text_input(t("choice.search"), key="q", placeholder=t("reviews.search_hint"), max_chars=200, width=220)
    url_state.write("q", [typed] if typed else [])
    return text_search.terms(typed)


def some_of(key: str, label: str, names: dict[str, str]) -> None:
    """Any of `names`, as `url_state.choose_some` prepared it; none chosen means all."""
    st.pills(label, list(names), format_func=names.__getitem__, key=key, selection_mode="multi")


def choose_sort(t: Text) -> str:
    """The order of the reviews."""
    chosen = url_state.choose_one("sort", SORTS, SORTS[0])
    st.selectbox(t("choice.sort"), SORTS, format_func=lambda s: t(f"reviews.sort_{s}"), key="sort", width=175)
    url_state.write("sort", [chosen] if chosen != SORTS[0] else [])
    return chosen


def nothing(page: Page, wanted: Wanted) -> None:
    """No review is wanted: say which wish to give up."""
    t = page.t
    is_unknowable = wanted.vanished and not page.published.has("vanished_reviews")
    words = t("reviews.vanished_unknown") if is_unknowable else t("reviews.none")
    st.html(html.notice("empty", t("reviews.none_title"), words))


def when(page: Page, wanted: Wanted, in_all: FoundPeriod, periods: list[FoundPeriod]) -> None:
    """How many are found, what they gave, and when they were written."""
    t, scope = page.t, page.scope
    title = found_title(t, in_all, page.span.n_reviews)
    outside = not_covered(t, in_all.n_classified, in_all.n_not_covered)
    with figures.figure(
        t, "found", title=title,
        sources=page.sources(t("source.found", n=in_all.n_reviews), outside, *page.languages()),
        tables={"found": table(t, periods, FOUND, n_rated=lambda r: r.n)},
    ):  # fmt: skip
        st.html(html.sentiments_of(t, in_all))
        figures.chart(
            "found", title, page.of(wanted),
            lambda: theme.counts(
                [theme.counted(t, p, p.n_reviews) for p in periods],
                first=scope.first, last=scope.last, words=chart_words(t),
                date_format=date_format(t, scope.days), is_brushed=False,
            ),
        )  # fmt: skip


def found_title(t: Text, in_all: FoundPeriod, of: int) -> str:
    """How many reviews were found and what they gave; the row of all as `review_found` gives it."""
    if in_all.n_reviews == of:
        said = t("reviews.found_all", n=of)
    else:
        said = t("reviews.found", n=in_all.n_reviews, of=of, share=t.percent(in_all.n_reviews / of))
    if in_all.n < SMALL:
        return said
    mean = {"mean": t.stars(in_all.mean), "low": t.stars(in_all.low), "high": t.stars(in_all.high)}
    if in_all.n == in_all.n_reviews:
        return said + t("reviews.found_mean", **mean)
    return said + t("reviews.found_mean_of", n=in_all.n, **mean)


def listing(page: Page, wanted: Wanted, sort: str, total: int, names: dict[str, str]) -> None:
    """One page of the reviews."""
    t, published, scope = page.t, page.published, page.scope
    pages = -(-total // PER_PAGE)
    url_state.begin_again("at", (scope, wanted, sort))
    at = url_state.choose_one("at", range(1, pages + 1), 1)
    found = published.reviews(scope, wanted, count=PER_PAGE, skip=PER_PAGE * (at - 1), sort=sort)
    review_list.show("found", t, published, scope.app, found, names, words=wanted.words, opens="here")
    turn_pages("at", at, pages)


def download(page: Page, wanted: Wanted, sort: str, total: int, names: dict[str, str]) -> None:
    """All reviews that were found, as CSV."""
    t, published, scope = page.t, page.published, page.scope

    def rows() -> Table:
        found = published.reviews(scope, wanted, count=MOST, sort=sort)
        return reviews_table(t, found, names, published.vanished(scope.app))

    figures.csv_of(t, "reviews", rows)
    cut = t("reviews.most", n=MOST, all=total) if total > MOST else ""
    if cut:
        st.html(html.source([cut]))
    st.html(html.method(t, [t("reviews.method")]))


def reviews_table(
    t: Text, rows: Sequence[Review], names: Mapping[str, str], vanished: Mapping[str, datetime]
) -> Table:
    """Reviews with what the model says of them; times are those of the zone."""
    return table(
        t, rows, REVIEWS, topics=lambda r: named(r.topics, names),
        vanished_at=lambda r: vanished.get(review_key(r)), p_negative=lambda r: rounded(r.p_negative),
        p_neutral=lambda r: rounded(r.p_neutral), p_positive=lambda r: rounded(r.p_positive),
    )  # fmt: skip


def rounded(probability: float | None) -> float | None:
    """A probability of the model's to three places: more would look exact."""
    return None if probability is None else round(probability, 3)


def named(topics: tuple[ReviewTopic, ...] | None, names: Mapping[str, str]) -> str:
    """The topics of a review in one cell."""
    return "; ".join(f"{names.get(k.topic, k.topic)} {k.score:.2f}" for k in topics or ())


if __name__ == "__main__":
    show()
