"""What may be null is met as null: by every row of a query, and by every page."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from dashboard import i18n as text
from dashboard import rows as rows_of_dashboard
from dashboard.rows import alpha, analysis, collection, made, reviews
from tests.dashboard.conftest import FORGOTTEN, PAGES, Screen, words
from warehouse import reads

ROWS = {
    row.QUERY: row
    for module in (alpha, analysis, collection, reviews)
    for _, row in inspect.getmembers(module, inspect.isclass)
    if hasattr(row, "QUERY")
}
# Queries that give the columns of another one's row, and those that another room asks.
SAME_ROWS = {"review_picked": "review_search", "redactions_of_reviews": "redactions_by_source"}
ELSEWHERE = {
    "audit_latest", "change_point_table", "change_points_searched", "status", "status_coverage", "keywords",
    "alert_alarms", "alert_bursts", "alert_coverage", "alert_known_since", "alert_reviews", "alert_scope",
    "alert_scores", "alert_watch", "movement", "publication_exported", "published_columns",
    "published_macros", "published_tables", "visible_apps",
}  # fmt: skip
ASKED: dict[str, Any] = {
    "app": "procedures", "first": date(2024, 1, 1), "last": date(2026, 11, 24), "grain": "month", "count": 50,
    "skip": 0, "sort": "newest", "wide": "a", "narrow": "a", "foldable": "a", "store": "google_play",
    "comparison": "last_30d", "version": "2.0.0", "days": 120, "ids": ["r1"], "reviews": ["x"],
    "topics": ["login", "crash"], "shortest": 5, "longest": 400,
}  # fmt: skip


def _found(data: Path, query: str) -> list[dict[str, Any]]:
    named = set(re.findall(r"\$([a-z_]+)", reads.named_sql(query))) - {"parameters"}
    return reads.rows(reads.current(data), query, **{name: ASKED.get(name) for name in named})


def test_every_query_of_the_dashboard_has_a_row() -> None:
    queries = {p.stem for p in reads.QUERIES.glob("*.sql")}
    assert queries - ELSEWHERE - set(SAME_ROWS) == set(ROWS)


@pytest.mark.parametrize("world", ["analysed", *FORGOTTEN])
def test_what_queries_give_is_what_their_rows_say(worlds: Callable[[str], Path], world: str) -> None:
    given = 0
    # One opening serves all of them.
    with reads.connection(reads.current(worlds(world))):
        for query, named in ({q: q for q in ROWS} | SAME_ROWS).items():
            hints = get_type_hints(ROWS[named])
            for values in _found(worlds(world), query):
                row = made(ROWS[named], values)
                wrong = [k for k in values if not _fits(getattr(row, k), hints[k])]
                assert not wrong, f"{query} in {world}: {wrong}"
                given += 1
    assert given > 100


def _fits(value: object, hint: Any) -> bool:
    kinds = (
        [get_origin(k) or k for k in get_args(hint)]
        if NoneType in get_args(hint)
        else [get_origin(hint) or hint]
    )
    return type(value) in kinds


def test_a_column_that_a_row_does_not_know_is_refused() -> None:
    with pytest.raises(TypeError, match="surprise"):
        made(collection.KnownDays, {"first_day": None, "last_day": None, "surprise": 1})
    assert rows_of_dashboard.made(collection.KnownDays, {"first_day": None, "last_day": None})


@pytest.mark.parametrize("lang", text.LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_every_page_stands_where_nothing_is_known_that_may_be_unknown(
    screen: Screen, page: str, lang: str
) -> None:
    at = screen(page, "unknown", lang=lang)
    assert not at.exception
    assert "None" not in words(at)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_stands_where_every_other_cell_is_unknown(screen: Screen, page: str) -> None:
    at = screen(page, "half", lang="en")
    assert not at.exception
    assert "None" not in words(at)


@pytest.mark.parametrize("lang", text.LANGUAGES)
def test_a_score_that_moved_without_its_numbers_of_ratings_is_told(screen: Screen, lang: str) -> None:
    at, t = screen("rating", "uncounted", lang=lang), text.of(lang)
    assert not at.exception
    assert t("changes.sides_unknown") in words(at)
    assert t("changes.caption") in words(at)
