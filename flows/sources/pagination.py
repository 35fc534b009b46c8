"""Paging through a list by tokens, newest first, without taking a failure for the end.

Stores end their lists in several ways, and break them off in the same ways. So an answer that may be an
end or a fault (an empty page, a full page without a next one, a page that was there before) is asked for
again; what stays doubtful is said to be, and is believed when the next run finds the same at the same place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from flows.sources.base import FetchResult, Page, Request, Resume
from flows.sources.http import Answer, BadRequest, Blocked
from flows.sources.payload import ShapeError

_HEAD_PAGES = 2
TRIES = 3
"""How often one page is asked for before what it says is believed."""


class Refused(Exception):
    """An answer that says in its own words that the store is busy."""


class PlaceGone(Exception):
    """The store does not know the page token."""


@dataclass(frozen=True, slots=True)
class PageInfo:
    """What the paginator needs to know of a page."""

    ids: tuple[str, ...]
    last_at: datetime | None
    """The time of the last entry: the oldest, as lists are newest first."""
    token: str | None
    """Of the next page."""


Doubt = Literal["shape", "refused", "empty", "nothing_new", "repeats", "full"]


@dataclass(slots=True)
class Paginator:
    """One pass over one list."""

    request: Request
    shape: str
    get: Callable[[str | None], Answer]
    """Asks for the page of a token. Raises Blocked, NotThere."""
    page_info: Callable[[str], PageInfo]
    """Reads a page. Raises ShapeError, Refused, PlaceGone."""
    pause: Callable[[int], None]
    """Called before a page is asked for again, with the number of tries so far."""
    full: int
    """How many entries a page was asked to have. A store may give fewer: Google Play cuts pages to 150 since
    2024, so a page is full, too, when it is as long as the list's longest and no shorter than half of it."""
    page_limit: int
    head: tuple[str, ...] = ()
    _seen: set[str] = field(default_factory=set)
    _used: set[str | None] = field(default_factory=set)
    _longest: int = 0
    """Entries of the longest page before the one that is read."""
    _problem: ShapeError | None = None

    def pages(self) -> Iterator[Page | FetchResult]:
        """Every page and at last the result. Raises Blocked, NotThere."""
        resume = self.request.resume or Resume(cursor=None, page=1)
        self.head, self._seen = resume.head, set(resume.head)
        was_full, stale = True, False
        for read in range(self.page_limit):
            first = self.request.resume is not None and read == 0
            self._used.add(resume.cursor)
            try:
                answer, found, doubt = self._look(resume.cursor)
            except (PlaceGone, BadRequest) as problem:
                if not (first and resume.cursor):
                    raise Blocked(f"page {resume.page}: the store does not know its own token") from problem
                yield FetchResult(outcome="failed", reason="blocked", detail=_GONE, begin_again=True)
                return
            if found is None:
                yield self._page(resume, answer, None)
                yield FetchResult(outcome="failed", reason="shape_changed", detail=str(self._problem))
                return
            if not stale:
                here = replace(resume, head=self.head, doubted=True)
                believed = (first and resume.doubted) or (read > 0 and not was_full)
            if doubt == "nothing_new" and not stale and found.token not in (None, *self._used):
                # The list has begun again, or a page stands in for another: the one behind it tells.
                stale = True
                resume = Resume(cursor=found.token, page=resume.page + 1, head=self.head)
                continue
            if doubt in ("empty", "nothing_new"):
                yield self._end_without(found, doubt, here, believed=believed)
                return
            if resume.page <= _HEAD_PAGES:
                self.head = (*self.head, *found.ids)
            stale = False
            self._seen.update(found.ids)
            following = Resume(cursor=found.token, page=resume.page + 1, head=self.head)
            if doubt == "repeats":
                yield self._page(resume, answer, replace(resume, head=self.head, doubted=False))
            else:
                yield self._page(resume, answer, following if found.token else None)
            here = replace(resume, head=self.head, doubted=True)
            result = self._end_with(found, doubt, here, believed=first and resume.doubted)
            if result is not None:
                yield result
                return
            self._longest = max(self._longest, len(found.ids))
            was_full = self._is_full(found)
            resume = following
        detail = f"{self.page_limit} pages were read in this run; the next one goes on"
        yield FetchResult(outcome="partial", reason="page_limit", detail=detail)

    def _page(self, at: Resume, answer: Answer, following: Resume | None) -> Page:
        return Page(
            shape=self.shape, body=answer.text, fetched_at=answer.fetched_at, number=at.page, next=following
        )

    def _look(self, cursor: str | None) -> tuple[Answer, PageInfo | None, Doubt | None]:
        """A page, asked for again while it may be a fault; without facts its layout is not known."""
        for tried in range(TRIES):
            if tried:
                self.pause(tried)
            answer = self.get(cursor)
            found: PageInfo | None = None
            doubt: Doubt | None
            try:
                found = self.page_info(answer.text)
                doubt = self._doubt(found)
            except ShapeError as problem:
                self._problem, doubt = problem, "shape"
            except Refused:
                doubt = "refused"
            if doubt is None:
                break
        if doubt == "refused":
            raise Blocked(f"the store says that it is busy, {TRIES} times")
        return answer, found, doubt

    def _doubt(self, found: PageInfo) -> Doubt | None:
        if not found.ids:
            return "empty"
        if self._seen.issuperset(found.ids):
            return "nothing_new"
        if self._is_known(found):
            return None
        if found.token is not None and found.token in self._used:
            return "repeats"
        # Of the first page nobody knows how long the others would be.
        if found.token is None and (len(found.ids) >= self.full or (self._longest and self._is_full(found))):
            return "full"
        return None

    def _is_full(self, found: PageInfo) -> bool:
        return len(found.ids) >= min(self.full, max(self._longest, self.full // 2))

    def _is_known(self, found: PageInfo) -> bool:
        """Whether the page reaches back to what is known."""
        since = self.request.since
        return since is not None and found.last_at is not None and found.last_at < since

    def _end_without(self, found: PageInfo, doubt: Doubt, here: Resume, *, believed: bool) -> FetchResult:
        """How it ended with a page that brings nothing."""
        if doubt == "empty" and found.token is not None:
            detail = f"page {here.page} came empty {TRIES} times, with a next page"
            return FetchResult(outcome="failed", reason="blocked", detail=detail)
        what = "came empty" if doubt == "empty" else "began the list again"
        if here.page == 1 or believed:
            said = None if here.page == 1 else f"page {here.page} {what}"
            return FetchResult(outcome="complete", reason="end_confirmed", detail=said)
        if doubt == "empty" and self.request.resume is not None and here.cursor == self.request.resume.cursor:
            # A token that was forgotten looks like this, too.
            return FetchResult(outcome="failed", reason="blocked", detail=_GONE, begin_again=True)
        return _doubtful(f"page {here.page} {what} after a full page", here)

    def _end_with(
        self, found: PageInfo, doubt: Doubt | None, here: Resume, *, believed: bool
    ) -> FetchResult | None:
        """How it ended with a page that brings something; None when it goes on."""
        if doubt == "repeats":
            detail = f"page {here.page} names a page that was read as the next"
            return FetchResult(outcome="failed", reason="blocked", detail=detail)
        if self._is_known(found):
            return FetchResult(outcome="complete", reason="reached_watermark")
        if found.token is not None:
            return None
        if doubt == "full" and not believed:
            return _doubtful(f"page {here.page} is full and names no next page", here)
        return FetchResult(outcome="complete", reason="end_confirmed")


_GONE = "the store no longer knows the page to go on at; begun again"


def _doubtful(detail: str, here: Resume) -> FetchResult:
    return FetchResult(
        outcome="partial", reason="page_limit", detail=f"{detail}; the next run asks again", recheck_at=here
    )
