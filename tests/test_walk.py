"""One walk through every room: from the payload a store sent to the point on the chart."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from dashboard import i18n as text
from dashboard.components.legends import chart_words
from dashboard.queries import Published, Scope
from dashboard.views.rating import over_time
from flows.collection.collector import collect
from flows.pipeline import classify
from flows.pipeline.publish import build_marts, run_checks
from flows.sources.base import FetchResult, Page, Parsed, Request
from flows.sources.google_play import parse as google_play
from models.text.classifier import Classifier
from tests.conftest import CHECKOUT, hoshiyomi
from warehouse.landing import Landing
from warehouse.publish import publish
from warehouse.writes import writer

PAYLOADS = CHECKOUT / "tests" / "payloads"
SEEN = datetime(2025, 11, 3, tzinfo=UTC)
APP = "jp.example.procedures"


class RecordedStore:
    """Google Play as it answered once: a page of reviews and the app's page."""

    name = "recorded"

    def requests(self, now: datetime) -> list[Request]:
        return [Request(store="google_play", store_app_id=APP, language="ja", now=now)]

    def fetch(self, request: Request) -> Iterator[Page | FetchResult]:
        for shape, name in (
            ("google_play_reviews", "play_reviews.txt"),
            ("google_play_details", "play_details.html"),
        ):
            body = (PAYLOADS / name).read_text(encoding="utf-8")
            yield Page(shape=shape, body=body, fetched_at=SEEN)
        yield FetchResult(outcome="complete", reason="end_confirmed")

    def parse(self, request: Request, page: Page) -> Parsed:
        where: dict[str, Any] = {"store_app_id": APP, "language": "ja", "seen_at": SEEN, "source": self.name}
        if page.shape == "google_play_reviews":
            return Parsed(reviews=google_play.parse_reviews(page.body, **where))
        snapshot, release = google_play.parse_details(page.body, **where)
        return Parsed(snapshots=[snapshot], releases=[release] if release else [])


def _numbers(node: object, key: str) -> Iterator[float]:
    """Every number under `key` anywhere in a chart's specification."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name == key and isinstance(value, int | float):
                yield value
            yield from _numbers(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from _numbers(value, key)


def test_from_the_payload_to_the_point_on_the_chart(tmp_path: Path) -> None:
    store = RecordedStore()
    (request,) = store.requests(SEEN)
    collect(store, request, Landing(tmp_path), run_id="walk", is_sample=False)
    with writer(tmp_path) as w:
        w.load(SEEN)
    model = Classifier.load()
    assert classify.announce(tmp_path, model).total == 2
    for texts in classify.partitions(tmp_path, model.model_version):
        classify.store(tmp_path, model.model_version, classify.predict(model, texts))
    build_marts(tmp_path)
    assert [f for f in run_checks(tmp_path) if f.severity == "stop"] == []
    seen = Published(publish(tmp_path, SEEN).path)

    scope = Scope(app=APP, first=date(2025, 10, 27), last=date(2025, 11, 3))
    t = text.of("ja")
    periods = [over_time.with_words(t, p) for p in seen.periods(scope, "week")]
    displayed = over_time.displayed_points(t, seen.displayed(scope))
    chart = over_time.rating_over_time(
        displayed,
        periods,
        over_time.release_marks(t, seen.releases(scope)),
        first=scope.first,
        last=scope.last,
        words=chart_words(t),
        date_format="%m/%d",
    )
    # five stars and one star, both in the week of 27 October; the store itself displays 4.1983
    assert 3.0 in list(_numbers(chart, "mean"))
    assert 4.1983 in list(_numbers(chart, "score"))
    assert seen.span(scope).n == 2


class TestTheDemo:
    """What `make demo OPEN=0` leaves behind."""

    def test_the_displayed_score_rises_from_2_2_to_4_2(self, demo: Path) -> None:
        query = """
            select round(min(displayed_score) filter (observed_at < r.released_at), 1) as low,
                round(arg_max(displayed_score, observed_at), 1) as now
            from rating_snapshots s, (select released_at from releases
                where store = 'google_play' and version = '2.0.0') r
            where s.store = 'google_play'
        """
        told = hoshiyomi("sql", query, "--format", "csv", data=demo).stdout.splitlines()
        assert told[1] == "2.2,4.2"

    def test_the_second_run_does_nothing_again(self, demo: Path, tmp_path: Path) -> None:
        data = tmp_path / "data"
        shutil.copytree(demo, data, symlinks=True)
        before = hoshiyomi("path", data=data).stdout
        done = hoshiyomi("demo", "--no-open", data=data)
        assert done.stdout == before
        assert "nothing changed since revision 1" in done.stderr
        assert "classified" not in done.stderr

    def test_every_stage_is_seen_in_prefects_history(self, demo: Path) -> None:
        with sqlite3.connect(f"file:{demo}/prefect/prefect.db?mode=ro", uri=True) as history:
            tasks = history.execute("select name, state_name from task_run").fetchall()
            flows = history.execute("select name, state_name from flow_run").fetchall()
        assert all(state == "Completed" for _, state in [*tasks, *flows])
        for stage in ("collect-sample", "load", "classify", "marts", "checks", "publish"):
            assert any(name.startswith(stage) for name, _ in tasks), stage
        assert flows[0][0].startswith("refresh: sample data")

    def test_no_review_reaches_prefects_history(self, demo: Path) -> None:
        query = "select text from reviews where length(text) > 20 order by review_id limit 500"
        told = hoshiyomi("sql", query, "--format", "csv", data=demo).stdout.splitlines()[1:]
        history = b"".join(p.read_bytes() for p in (demo / "prefect").rglob("*") if p.is_file())
        texts = [line.strip('"').encode() for line in told if len(line) > 20]
        assert len(texts) > 400
        assert [t for t in texts if t in history] == []

    def test_what_is_sample_data_says_so(self, demo: Path) -> None:
        query = "select distinct name, is_sample from apps"
        assert "sample data" in hoshiyomi("sql", query, data=demo).stdout
        query = "select count(*) as n from reviews where not is_sample"
        assert hoshiyomi("sql", query, "--format", "csv", data=demo).stdout.splitlines()[1] == "0"
