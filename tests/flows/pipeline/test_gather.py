"""A run's requests: who is left alone, and what is asked again after which pause."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.collection import attempts, sharing
from flows.collection.collector import Collected, request_key
from flows.collection.registry import routes
from flows.config.apps import App, AppStoreEntry
from flows.config.load import Config
from flows.config.settings import ScaleChoice
from flows.pipeline import collect_stores as crawl
from flows.sources.http import StoreClient
from models.text.scorers import ModelChoice
from tests.builders import review
from tests.warehouse.house import land
from warehouse.landing import Landing
from warehouse.shared import Moved, opened

FINE = Collected("b", 1, "complete")
REFUSED = Collected("b", 0, "failed", False, "blocked", "HTTP 429", is_passing=True)


def _config(data: Path) -> Config:
    entry = AppStoreEntry(store="google_play", id="jp.example.app", languages=("ja", "en"))
    app = App(key="procedures", name="Procedures", owner=None, stores=(entry,))
    return Config(data=data, apps=(app,), topics=(), model=ModelChoice())


class ScriptedTasks:
    """Stands for Prefect's tasks: answers as written down, round by round, and notes who was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, rounds: Sequence[dict[int, Collected]]) -> None:
        self.numbers: list[list[int]] = []
        self.pauses: list[float] = []

        def submit(_self: object, numbers: Sequence[int], _suffix: str) -> dict[int, Collected]:
            self.numbers.append(list(numbers))
            said = rounds[len(self.numbers) - 1]
            return {n: said.get(n, FINE) for n in numbers}

        monkeypatch.setattr(crawl._Requests, "_submit", submit)

    def gather(self, config: Config) -> crawl.Gathered:
        return crawl.gather(config, "run", sleep=self.pauses.append)


def _left_alone(config: Config, seconds: int) -> str:
    """The first request's store has just asked to be left alone; whose place that is."""
    now = datetime.now(UTC)
    route = routes(config, StoreClient(), now)[0]
    attempt = attempts.after(
        None, "before", now, outcome="failed", reason="blocked", detail=None, is_passing=True,
        not_before=now + timedelta(seconds=seconds),
    )  # fmt: skip
    attempts.write(config.data, request_key(route.source.name, route.request), attempt)
    return route.place


def test_what_was_refused_is_asked_again_twice_with_growing_pauses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = ScriptedTasks(monkeypatch, [{0: REFUSED, 1: REFUSED}, {0: REFUSED}, {0: REFUSED}])
    done = tasks.gather(_config(tmp_path))
    assert tasks.numbers == [[0, 1, 2], [0, 1], [0]]
    assert tasks.pauses == [60, 120]
    assert [a.result.outcome for a in done.answers] == ["failed", "complete", "complete"]


def test_a_store_that_asked_for_a_short_pause_gets_it_and_is_asked_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = _config(tmp_path)
    _left_alone(config, 300)
    tasks = ScriptedTasks(monkeypatch, [{}, {}])
    done = tasks.gather(config)
    assert tasks.numbers == [[1, 2], [0]]
    assert 290 <= tasks.pauses[0] <= 300
    assert {a.result.outcome for a in done.answers} == {"complete"}


def test_a_store_that_asked_for_a_long_pause_is_not_asked_in_this_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = _config(tmp_path)
    place = _left_alone(config, 7_200)
    tasks = ScriptedTasks(monkeypatch, [{}])
    failed = [a for a in tasks.gather(config).answers if a.has_failed]
    assert (tasks.numbers, tasks.pauses) == ([[1, 2]], [])
    assert [a.place for a in failed] == [place]
    assert "asked to be left alone for another 1 h" in str(failed[0].result.detail)


def test_what_others_have_of_the_same_requests_is_fetched_and_what_came_is_shared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mounted").mkdir()
    config = _config(tmp_path / "here").model_copy(
        update={"scale": ScaleChoice(landing=str(tmp_path / "mounted"))}
    )
    ja, en = (
        f"{request_key(r.source.name, r.request)}-20260301"
        for r in routes(config, StoreClient(), datetime.now(UTC))[:2]
    )
    foreign = "google_play-google_play-jp.example.other-ja-0a1b2c-20260301"
    for batch in (ja, foreign):
        land(tmp_path / "other", batch, review(batch))
    opened(str(tmp_path / "mounted")).ship(Landing(tmp_path / "other"))
    land(tmp_path / "here", "sample-google_play-jp.example.app-ja-0a1b2c-20260301", review("s"))

    def lands(_self: object, numbers: Sequence[int], _suffix: str) -> dict[int, Collected]:
        assert Landing(config.data).is_finished(ja), "before it asks, a machine knows what others have"
        land(config.data, en, review(en))
        return dict.fromkeys(numbers, FINE)

    monkeypatch.setattr(crawl._Requests, "_submit", lands)
    crawl.gather(config, "run")
    assert set(opened(str(tmp_path / "mounted")).batches()) == {ja, en, foreign}
    assert not Landing(config.data).is_finished(foreign), "it is no request of this machine"
    assert sharing.fetch(config).batches == 1
    assert Landing(config.data).is_finished(foreign), "the machine that writes takes everything"


def test_without_a_place_nothing_is_shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "opened", lambda *_: pytest.fail("nobody asked for it"))
    assert sharing.ship(_config(tmp_path)) == sharing.fetch(_config(tmp_path)) == Moved()
