"""Collecting: ask a source, pass the gate, land what came page by page, and say how it ended.

A request that was cut off, by a refusal, a moved page or a kill, goes on at the page where it stopped. What
counts as the end is the source's to say; what may be believed is decided here: an empty answer where
there were reviews before is a failure.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain, count
from pathlib import Path

from flows.collection import attempts, quarantine
from flows.collection.checkpoint import DAY, Crawl, Progress, ProgressFile, resumed, slot_name
from flows.privacy.consent_ledger import ConsentFilter
from flows.redaction.gate import redact
from flows.sources.base import FetchResult, Page, Parsed, Request, Resume, Source
from flows.sources.http import NotThere, StoreProblem
from flows.sources.payload import ShapeError
from warehouse.errors import of_system
from warehouse.landing import Landing
from warehouse.manifest import LOST
from warehouse.records import AskedFor, Coverage
from warehouse.soundness import drop_harmed_parts

_FIRST_PART = "00000"
ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Collected:
    """What one request brought; `done_before` when its batch had been landed by an earlier run."""

    batch: str
    got: int
    outcome: str
    """complete, partial or failed, as in coverage; `elsewhere` while another process works on it."""
    done_before: bool = False
    reason: str | None = None
    detail: str | None = None
    is_passing: bool = False
    """Failed for a reason that may pass by itself: worth another try at the end of the run."""
    wait: float | None = None
    """So many seconds the store asked to be left alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshPolicy:
    """How asks are repeated."""

    every: timedelta = DAY
    """The interval: each slot of this length is asked for once."""
    lookback: timedelta = timedelta(days=14)
    """How far behind the watermark is asked again, for edits, replies and what a store showed late."""
    full_every: timedelta = timedelta(days=30)
    """How often everything is asked for again: what changed long ago, and what vanished."""
    resume_within: timedelta = timedelta(days=2)
    """A crawl cut off longer ago begins again."""


def request_key(source: str, request: Request) -> str:
    """Names a request whatever the day: source, store, app and place."""
    app = re.sub(r"[^a-z0-9.]+", "-", request.store_app_id.lower())[:40].strip("-.")
    where = request.language or request.country or "all"
    if request.what != "reviews":
        where = f"{request.what}-{where}"
    key = hashlib.sha256(f"{request.store}\0{request.store_app_id}\0{where}".encode()).hexdigest()[:6]
    backfill = (
        f"-since{request.since.astimezone(UTC):%Y%m%d}" if request.is_backfill and request.since else ""
    )
    return f"{source}-{request.store}-{app}-{where}-{key}{backfill}"


def batch_name(source: str, request: Request, every: timedelta = DAY) -> str:
    """The name of the landing batch of one request in one slot: asking twice in a slot is asking once."""
    return f"{request_key(source, request)}-{slot_name(request.now, every)}"


def is_done(source: Source, request: Request, landing: Landing, policy: RefreshPolicy) -> bool:
    """Whether the request of this slot has come to its end: asking again would ask nobody."""
    run = _Run(source, landing, "", False, policy, None)
    return run.free_batch(request, again=False)[1] == "complete"


def collect(
    source: Source,
    request: Request,
    landing: Landing,
    *,
    run_id: str,
    is_sample: bool,
    policy: RefreshPolicy | None = None,
    note: str | None = None,
) -> Collected:
    """Fetch, parse and land one request; the coverage row is written last and says why it ended.

    `note` is put before the coverage row's detail: a backfill's reason.
    """
    run = _Run(source, landing, run_id, is_sample, policy or RefreshPolicy(), note)
    data, key = landing.folder.parent, request_key(source.name, request)
    file = ProgressFile(data, key)
    with file.mine() as mine:
        if not mine:
            return Collected(run.batch(request), 0, ELSEWHERE, done_before=True)
        try:
            done = (
                run.incremental(request, file, key)
                if request.is_incremental
                else run.whole(request, Progress(), None)
            )
        except Exception as error:
            _remember(data, key, run, request, not_the_stores(error))
            raise
        _remember(data, key, run, request, done)
    return done


def not_the_stores(error: BaseException) -> Collected:
    """How a request ended that our own fault or the disk cut short; an error's words may be anything."""
    is_the_disks = isinstance(error, OSError) and of_system(error) is not None
    return Collected("", 0, "failed", False, "disk" if is_the_disks else "error", type(error).__name__)


def _remember(data: Path, key: str, run: _Run, request: Request, done: Collected) -> None:
    """Keep for `hoshiyomi status` how the request ended; the sample store's are nobody's business."""
    if run.is_sample or done.done_before:
        return
    # The store spoke at the end of the request, which may have begun an hour ago.
    until = None if done.wait is None else datetime.now(UTC) + timedelta(seconds=done.wait)
    attempt = attempts.after(
        attempts.read(data, key), run.run_id, request.now,
        outcome=done.outcome, reason=done.reason, detail=done.detail,
        is_passing=done.is_passing, not_before=until,
    )  # fmt: skip
    attempts.write(data, key, attempt)


@dataclass(slots=True)
class _Tally:
    """What has come of one batch so far."""

    crawl: Crawl
    unsaved: Parsed
    others: int = 0
    """Snapshots and feedback."""
    feedback: int = 0
    consent_filter: ConsentFilter | None = None
    """Opened when the first feedback comes."""
    rejected: int = 0
    can_resume: bool = False


@dataclass(frozen=True, slots=True)
class _Run:
    source: Source
    landing: Landing
    run_id: str
    is_sample: bool
    policy: RefreshPolicy
    note: str | None

    def batch(self, request: Request) -> str:
        """The name of the request's first batch in its slot."""
        return batch_name(self.source.name, request, self.policy.every)

    def incremental(self, request: Request, file: ProgressFile, key: str) -> Collected:
        """Go on with what was cut off, then ask for what is new in this slot."""
        batch, ended = self.free_batch(request, again=False)
        if ended == "complete":
            # A late or doubled run: nothing but this one small file is read.
            return Collected(batch, 0, ended, done_before=True)
        progress = self._settled(file, file.read(self.landing, key))
        crawl = progress.resumable(request.now, self.policy.resume_within)
        again = False
        if crawl is not None and crawl.batch and drop_harmed_parts(self.landing, crawl.batch):
            crawl = None
        if crawl is None and progress.crawl is not None and progress.crawl.batch:
            # Killed too long ago to go on: what it landed is read again and must not wait for ever.
            self.landing.drop_parts(progress.crawl.batch)
        if crawl is not None:
            earlier = resumed(request, crawl)
            done, result = self._go(earlier, self._batch_of(earlier, crawl), crawl, progress, file)
            every = self.policy.every
            is_of_this_slot = slot_name(crawl.started_at, every) == slot_name(request.now, every)
            again = result.begin_again
            if not again and (done.outcome != "complete" or is_of_this_slot):
                return done
            progress = file.read(self.landing, key)
        if request.since is None and not request.is_backfill:
            policy = self.policy
            since = progress.since(request.now, policy.lookback, policy.full_every, policy.every)
            request = replace(request, since=since)
        return self.whole(request, progress, file, again=again)

    def whole(
        self, request: Request, progress: Progress, file: ProgressFile | None, *, again: bool = False
    ) -> Collected:
        """Ask from the first page on, unless the slot's request has been done."""
        batch, ended = self.free_batch(request, again=again)
        if ended is not None:
            return Collected(batch, 0, ended, done_before=True)
        crawl = Crawl(
            batch=batch, since=request.since, started_at=request.now, resume=Resume(cursor=None, page=1),
            saved_at=request.now,
        )  # fmt: skip
        return self._go(request, batch, crawl, progress, file)[0]

    def free_batch(self, request: Request, *, again: bool) -> tuple[str, str | None]:
        """The batch to write, or the one of the slot that has come to its end, and how."""
        named = self.batch(request)
        # What an earlier attempt of the slot landed stays; another one is a batch of its own.
        names = chain([named], (f"{named}.{attempt}" for attempt in count(2)))
        last: tuple[str, str] | None = None
        for batch in names:
            ended = _outcome(self.landing, batch)
            if ended is not None:
                last = (batch, ended)
            elif last is None or last[1] == "failed" or again:
                return batch, None
            else:
                break
        return last or (named, None)

    def _batch_of(self, request: Request, crawl: Crawl) -> str:
        """A killed run's batch is written on; after a run that ended, another of the same slot begins."""
        return crawl.batch or self.free_batch(request, again=True)[0]

    def _settled(self, file: ProgressFile, progress: Progress) -> Progress:
        """Bring up to date what a kill between the coverage row and the progress file left behind."""
        crawl = progress.crawl
        ended = _outcome(self.landing, crawl.batch) if crawl and crawl.batch else None
        if crawl is None or ended is None:
            return progress
        settled = progress.ended(crawl) if ended == "complete" else progress.cut_off(crawl)
        file.write(settled)
        return settled

    def _go(
        self, request: Request, batch: str, crawl: Crawl, progress: Progress, file: ProgressFile | None
    ) -> tuple[Collected, FetchResult]:
        started = datetime.now(UTC)
        # Parts that the progress does not know are of a page that was landed and then forgotten.
        self.landing.drop_parts(batch, f"{crawl.parts:05d}")
        tally = _Tally(replace(crawl, batch=batch), Parsed(), can_resume=crawl.resume.page > 1)
        result = self._read(request, tally, progress, file)
        self._flush(tally)
        result = _believed(request, result, tally, progress)
        self._write_coverage(request, tally, result, started)
        if file is not None:
            file.write(_after(progress, tally, result))
        crawl = tally.crawl
        done = Collected(
            batch, crawl.batch_got, result.outcome, False, result.reason, result.detail,
            is_passing=_is_passing(result), wait=result.wait,
        )  # fmt: skip
        return done, result

    def _read(
        self, request: Request, tally: _Tally, progress: Progress, file: ProgressFile | None
    ) -> FetchResult:
        """Take page after page; what came before a failure is kept."""
        result = FetchResult(outcome="failed", reason="blocked", detail="the source ended without saying why")
        page: Page | None = None
        try:
            for item in self.source.fetch(request):
                if isinstance(item, FetchResult):
                    result = item
                    continue
                page = item
                tally.crawl = replace(tally.crawl, pages=tally.crawl.pages + 1)
                self._take(tally, self.source.parse(request, page))
                if page.next is not None and file is not None:
                    self._flush(tally)
                    tally.crawl = replace(tally.crawl, resume=page.next, saved_at=request.now)
                    tally.can_resume = True
                    file.write(replace(progress, crawl=tally.crawl))
        except NotThere as problem:
            return FetchResult(outcome="failed", reason="not_found", detail=str(problem))
        except StoreProblem as problem:
            return FetchResult(
                outcome="failed", reason="blocked", detail=str(problem), wait=problem.wait,
                needs_person=not problem.is_passing,
            )  # fmt: skip
        except ShapeError as error:
            # The moved field is named, the layout is kept, and nothing is guessed.
            if page is not None and not self.is_sample:
                data = self.landing.folder.parent
                quarantine.keep(data, tally.crawl.batch, page, error.field, error.problem)
            return FetchResult(outcome="failed", reason="shape_changed", detail=str(error))
        return result

    def _take(self, tally: _Tally, page: Parsed) -> None:
        into = tally.unsaved
        into.reviews += page.reviews
        into.snapshots += page.snapshots
        into.releases += page.releases
        into.rejected += [replace(r, batch=tally.crawl.batch) for r in page.rejected]
        tally.others += len(page.snapshots)
        if page.feedback or page.consents:
            # Both are asked of what is landed by now, so that nothing erased comes back with the next crawl.
            tally.consent_filter = tally.consent_filter or ConsentFilter(self.landing)
            kept = tally.consent_filter.feedback(page.feedback)
            into.feedback += kept
            into.consents += tally.consent_filter.consents(page.consents)
            tally.feedback += len(kept)
        tally.rejected += len(page.rejected)
        times = [r.reviewed_at for r in page.reviews]
        if tally.crawl.newest is not None:
            times.append(tally.crawl.newest)
        got = len(page.reviews)
        tally.crawl = replace(
            tally.crawl,
            newest=max(times, default=None),
            batch_got=tally.crawl.batch_got + got,
            got=tally.crawl.got + got,
        )

    def _flush(self, tally: _Tally) -> None:
        """Land what is not landed yet as the batch's next part."""
        batch, part, new = tally.crawl.batch, f"{tally.crawl.parts:05d}", tally.unsaved
        self.landing.write("reviews", batch, part, new.reviews)
        self.landing.write("rating_snapshots", batch, part, new.snapshots)
        self.landing.write("releases", batch, part, new.releases)
        self.landing.write("consents", batch, part, new.consents)
        self.landing.write("feedback", batch, part, new.feedback)
        self.landing.write("rejected_rows", batch, part, new.rejected)
        tally.unsaved = Parsed()
        tally.crawl = replace(tally.crawl, parts=tally.crawl.parts + 1)

    def _write_coverage(
        self, request: Request, tally: _Tally, result: FetchResult, started: datetime
    ) -> None:
        came: tuple[tuple[AskedFor, int], ...] = (
            ("reviews", tally.crawl.batch_got),
            ("snapshots", tally.others),
            ("feedback", tally.feedback),
        )
        left_out = tally.consent_filter.left_out if tally.consent_filter else 0
        gone = f"{left_out} of testers who are erased or withdrew left out" if left_out else None
        said = [self.note and redact(self.note)[0], result.detail, gone]
        rows = [
            Coverage(
                batch=tally.crawl.batch, run_id=self.run_id, source=self.source.name, asked_for=asked_for,
                store=request.store, store_app_id=request.store_app_id,
                language=request.language, country=request.country,
                asked_since=request.since, started_at=started, finished_at=datetime.now(UTC),
                covered_until=tally.crawl.started_at, pages=tally.crawl.pages, got=got,
                rejected=tally.rejected, outcome=result.outcome, reason=result.reason,
                detail="; ".join(s for s in said if s) or None, is_sample=self.is_sample,
            )
            for asked_for, got in came
            if got or asked_for == request.what
        ]  # fmt: skip
        self.landing.write("coverage", tally.crawl.batch, _FIRST_PART, rows)


def _outcome(landing: Landing, batch: str) -> str | None:
    """How a landed batch ended; None when it has not been landed to its end."""
    row = next(landing.coverage(batch), None)
    if row is None:
        return None
    # What damage took of it has to come again, in a batch of its own.
    return "failed" if LOST in row else str(row["outcome"])


def _believed(request: Request, result: FetchResult, tally: _Tally, progress: Progress) -> FetchResult:
    """The result as far as it may be believed."""
    if result.outcome != "complete":
        return result
    is_expected = request.what == "reviews" and not request.may_be_silent and progress.known > 0
    if is_expected and not tally.crawl.got:
        detail = f"no reviews, where an earlier run met {progress.known}"
        return FetchResult(outcome="failed", reason="gone_silent", detail=detail)
    if tally.rejected:
        detail = f"{tally.rejected} entries put aside"
        return FetchResult(outcome="partial", reason="rejected_rows", detail=detail)
    return result


def _is_passing(result: FetchResult) -> bool:
    """Whether the same request may come to a better end without anybody doing anything."""
    return result.reason in ("blocked", "gone_silent") and not result.needs_person


def _after(progress: Progress, tally: _Tally, result: FetchResult) -> Progress:
    """What the next run shall know."""
    if result.outcome == "complete" or result.is_all_there_is:
        return progress.ended(tally.crawl)
    if result.recheck_at is not None:
        return progress.cut_off(replace(tally.crawl, resume=result.recheck_at))
    is_lost = result.begin_again or result.reason == "rejected_rows" or not tally.can_resume
    known = replace(progress, known=max(progress.known, tally.crawl.got))
    return known.cut_off(None if is_lost else tally.crawl)
