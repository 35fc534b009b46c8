"""What is known of a request between runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from flows.collection.checkpoint import Crawl, Progress, ProgressFile, from_landing
from flows.sources.base import Resume
from tests.builders import coverage, day, review
from warehouse.landing import Landing

CRAWL = Crawl(
    batch="b", since=day(1), started_at=day(5), newest=day(4), parts=2, pages=2, batch_got=40, got=60,
    resume=Resume(cursor="token", page=3, head=("r1", "r2")), saved_at=day(5),
)  # fmt: skip
LOOKBACK, FULL_EVERY = timedelta(days=3), timedelta(days=30)


def _since(progress: Progress, on: int) -> object:
    return progress.since(day(on), LOOKBACK, FULL_EVERY)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    file = ProgressFile(tmp_path, "key")
    progress = Progress(watermark=day(3), full_at=day(0), known=7, crawl=CRAWL)
    file.write(progress)
    assert file.read(Landing(tmp_path), "key") == progress
    assert [p.name for p in (tmp_path / "collect").iterdir()] == ["key.json"]


def test_everything_is_asked_for_at_first_and_every_so_often() -> None:
    known = Progress(watermark=day(20), full_at=day(0))
    assert _since(Progress(), 1) is None
    assert _since(known, 29) == day(17)
    assert _since(known, 30) is None


def test_a_crawl_cut_off_long_ago_is_forgotten() -> None:
    progress = Progress(crawl=CRAWL)
    assert progress.resumable(day(6), timedelta(days=2)) == CRAWL
    assert progress.resumable(day(8), timedelta(days=2)) is None


def test_only_an_end_moves_the_watermark() -> None:
    before = Progress(watermark=day(2), full_at=day(0), known=50)
    assert before.cut_off(CRAWL).watermark == day(2)
    after = before.ended(CRAWL)
    assert after == Progress(watermark=day(4), full_at=day(0), known=60, looked_back_at=day(5))
    assert before.ended(replace(CRAWL, since=None)).full_at == day(5)
    assert before.ended(replace(CRAWL, newest=day(1))).watermark == day(2)


def test_the_next_batch_begins_anew_where_the_last_one_stopped() -> None:
    kept = Progress().cut_off(CRAWL).crawl
    assert kept is not None
    assert (kept.batch, kept.parts, kept.got, kept.resume) == ("", 0, 60, CRAWL.resume)


def test_a_lost_file_is_made_again_from_complete_batches_alone(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    for batch, last, outcome in (("key-20260301", 3, "complete"), ("key-20260302", 9, "failed")):
        landing.write("reviews", batch, "00000", [review("a", reviewed_at=day(1))])
        landing.write("reviews", batch, "00001", [review("b", reviewed_at=day(last))])
        row = coverage(batch, outcome=outcome, got=last, covered_until=day(last + 1))
        landing.write("coverage", batch, "00000", [row])
    assert from_landing(landing, "key") == Progress(watermark=day(3), full_at=day(4), known=9)
    assert from_landing(landing, "other") == Progress()


def test_a_file_that_is_not_ours_counts_as_lost(tmp_path: Path) -> None:
    file = ProgressFile(tmp_path, "key")
    file.path.parent.mkdir()
    for held in (b"", b"{", b"[]", b'{"version": 99}'):
        file.path.write_bytes(held)
        assert file.read(Landing(tmp_path), "key") == Progress()
