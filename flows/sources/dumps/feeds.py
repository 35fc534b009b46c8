"""Saved pages of the App Store's customer-reviews feed; the entries are read by `app_store`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from flows.errors import InputError
from flows.sources.app_store.parse import feed_entries, parse_feed
from flows.sources.dumps.json_rows import Element
from flows.sources.dumps.problems import BadRow, excerpt
from flows.sources.dumps.rows import Problem
from flows.sources.payload import ShapeError, lookup
from warehouse.records import Review

_SELF = re.compile(r"/(?:(?P<country>[a-z]{2})/)?rss/customerreviews/\S*?id(?:=|%3[dD])(?P<app>\d+)")
FeedRow = Review | tuple[int, Problem]


def feed_reviews(
    elements: Iterable[Element],
    *,
    file: str,
    store_app_id: str | None,
    country: str | None,
    seen_at: datetime,
    source: str,
) -> Iterator[FeedRow]:
    """Reviews and (entry number, problem), entries counted through all pages of the file.

    Raises InputError when a page does not name its app and no --app was given.
    """
    entry = 0
    for _, page, problem in elements:
        if problem is None:
            try:
                entries = feed_entries(json.dumps(page))
            except ShapeError:
                problem = Problem(BadRow("not_an_object", "feed"))
        if problem is not None:
            entry += 1
            yield entry, problem
            continue
        app, where = _asked(page)
        if not (store_app_id or app):
            raise InputError(f"{file}: the feed does not say which app it is. Remedy: --app ID.")
        reviews, bad = parse_feed(
            json.dumps(page),
            store_app_id=store_app_id or app or "",
            country=country or where,
            seen_at=seen_at,
            source=source,
        )
        yield from reviews
        for b in bad:
            shown = entries[b.entry - 1]
            fields = [(n, lookup(shown, [n, "label"])) for n in ("id", "im:rating", "title", "content")]
            yield entry + b.entry, Problem(BadRow(b.reason, b.field), excerpt(fields))
        entry += len(entries)


def _asked(page: Any) -> tuple[str | None, str | None]:
    """App id and country that a feed says of itself."""
    links = lookup(page, ["feed", "link"])
    for link in links if isinstance(links, list) else []:
        found = _SELF.search(str(lookup(link, ["attributes", "href"]) or ""))
        if found and lookup(link, ["attributes", "rel"]) == "self":
            return found["app"], found["country"]
    return None, None
