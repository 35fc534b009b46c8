"""How far each request has come: its watermark, and the page at which a crawl that was cut off goes on.

`<data>/collect/<request>.json`, replaced by one rename. It holds times, counts, page tokens and review ids,
no text. Were it lost, the watermark is found again from what has been landed; only the place to resume
at is gone, and the crawl begins again. No database is asked.

A source is asked once in each slot, a span of time that is named by its beginning, counted in whole
intervals from 1970-01-01T00:00Z, so that every process and every repetition finds the same name: `20261128`
where slots are a day or longer, `20261128t0600` where they are shorter. Intervals are whole minutes, so no
two slots of one interval share a name.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from flows.sources.base import Request, Resume
from warehouse.landing import Landing
from warehouse.locks import claimed
from warehouse.private import make_folder, write_atomically

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


def slot_start(now: datetime, every: timedelta) -> datetime:
    """When the slot began in which `now` (aware) lies."""
    return now.astimezone(UTC) - (now - _EPOCH) % every


def slot_name(now: datetime, every: timedelta) -> str:
    """The name of the slot in which `now` (aware) lies."""
    start = slot_start(now, every)
    return f"{start:%Y%m%d}" if every >= _DAY else f"{start:%Y%m%dt%H%M}"


_VERSION = 1
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crawl:
    """A crawl that has not come to its end."""

    batch: str
    """The landing batch that it writes; empty between two runs, when the next one shall begin another."""
    since: datetime | None
    started_at: datetime
    """When its first page was asked for: up to then it will speak, however late it ends."""
    newest: datetime | None = None
    """The newest review that it has met."""
    parts: int = 0
    """How many parts of the batch are landed and belong to it."""
    pages: int = 0
    """How many pages of the batch were read."""
    batch_got: int = 0
    """How many reviews the batch brought."""
    got: int = 0
    """How many reviews all its batches brought."""
    resume: Resume
    saved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What is known of one request between runs."""

    watermark: datetime | None = None
    """The newest review of the crawls that came to their end: what is older was seen."""
    full_at: datetime | None = None
    """When the last crawl began that asked for everything and came to its end."""
    known: int = 0
    """The most reviews that one crawl brought: above zero, an empty answer is not believed."""
    looked_back_at: datetime | None = None
    """When the last crawl began that went back a day or more behind the watermark and came to its end."""
    crawl: Crawl | None = None

    def since(
        self, now: datetime, lookback: timedelta, full_every: timedelta, every: timedelta = DAY
    ) -> datetime | None:
        """From when to ask: all at first and every `full_every`, else the watermark less `lookback`.

        Where it is asked several times a day, the whole lookback is for one of them: edits and answers that a
        day's requests would bring again and again are worth no load on the store.
        """
        if self.watermark is None or self.full_at is None or now - self.full_at >= full_every:
            return None
        if every < DAY and self.looked_back_at is not None and now - self.looked_back_at < DAY:
            return self.watermark - every
        return self.watermark - lookback

    def resumable(self, now: datetime, at_most: timedelta) -> Crawl | None:
        """The crawl to go on with; one cut off too long ago is forgotten, for stores forget its token."""
        if self.crawl is None or now - self.crawl.saved_at > at_most:
            return None
        return self.crawl

    def cut_off(self, crawl: Crawl | None) -> Progress:
        """After a run that did not come to the end of `crawl`; None where it must begin again."""
        kept = replace(crawl, batch="", parts=0, pages=0, batch_got=0) if crawl else None
        return replace(self, known=max(self.known, crawl.got if crawl else 0), crawl=kept)

    def ended(self, crawl: Crawl) -> Progress:
        """After `crawl` came to its end."""
        newest = [m for m in (self.watermark, crawl.newest) if m is not None]
        full_at = crawl.started_at if crawl.since is None else self.full_at
        is_deep = crawl.since is None or self.watermark is None or crawl.since <= self.watermark - DAY
        return replace(
            self,
            watermark=max(newest, default=None),
            full_at=full_at,
            looked_back_at=crawl.started_at if is_deep else self.looked_back_at,
            known=max(self.known, crawl.got),
            crawl=None,
        )


class ProgressFile:
    """The progress of one request on disk."""

    def __init__(self, data: Path, key: str) -> None:
        self.path = data / "collect" / f"{key}.json"

    def read(self, landing: Landing, key: str) -> Progress:
        """What is known; found again from the landing folder where the file is missing or not ours."""
        try:
            raw = orjson.loads(self.path.read_bytes())
        except (FileNotFoundError, orjson.JSONDecodeError):
            raw = None
        if not isinstance(raw, dict) or raw.get("version") != _VERSION:
            return from_landing(landing, key)
        return _progress(raw)

    def write(self, progress: Progress) -> None:
        """Replace the file; a kill leaves the old or the new one."""
        make_folder(self.path.parent)
        document = {"version": _VERSION, "progress": progress}
        write_atomically(self.path, orjson.dumps(document, option=orjson.OPT_UTC_Z))

    @contextmanager
    def mine(self) -> Iterator[bool]:
        """Whether this process may work on the request; the claim dies with the process."""
        make_folder(self.path.parent)
        with claimed(self.path.with_suffix(".lock")) as is_ours:
            yield is_ours


def resumed(request: Request, crawl: Crawl) -> Request:
    """The request that goes on with `crawl`."""
    return replace(request, since=crawl.since, resume=crawl.resume, now=crawl.started_at)


def from_landing(landing: Landing, key: str) -> Progress:
    """The watermark that the landed batches prove: the newest review of those that are complete."""
    watermark: datetime | None = None
    full_at: datetime | None = None
    known = 0
    for path in sorted((landing.folder / "coverage").glob(f"{key}-*/*.jsonl.gz")):
        row = next(landing.read("coverage", path.parent.name, path.name.removesuffix(".jsonl.gz")))
        known = max(known, int(str(row["got"])))
        if row["outcome"] != "complete":
            continue
        newest = _newest(landing, path.parent.name)
        watermark = max((m for m in (watermark, newest) if m is not None), default=None)
        if row["asked_since"] is None and row["covered_until"] is not None:
            begun = datetime.fromisoformat(str(row["covered_until"]))
            full_at = max(full_at or begun, begun)
    return Progress(watermark=watermark, full_at=full_at, known=known)


def _newest(landing: Landing, batch: str) -> datetime | None:
    times = [
        datetime.fromisoformat(str(row["reviewed_at"]))
        for path in (landing.folder / "reviews" / batch).glob("*.jsonl.gz")
        for row in landing.read("reviews", batch, path.name.removesuffix(".jsonl.gz"))
    ]
    return max(times, default=None)


def _progress(raw: dict[str, Any]) -> Progress:
    given = raw["progress"]
    crawl = given["crawl"]
    return Progress(
        watermark=_moment(given["watermark"]),
        full_at=_moment(given["full_at"]),
        known=given["known"],
        # Progress of versions that asked once a day has no such time.
        looked_back_at=_moment(given.get("looked_back_at")),
        crawl=_crawl(crawl) if crawl else None,
    )


def _crawl(given: dict[str, Any]) -> Crawl:
    resume = given["resume"]
    times = {name: _moment(given[name]) for name in ("since", "started_at", "newest", "saved_at")}
    resume = Resume(**(resume | {"head": tuple(resume["head"])}))
    return Crawl(**(given | times | {"resume": resume}))


def _moment(label: str | None) -> datetime | None:
    return None if label is None else datetime.fromisoformat(label)
