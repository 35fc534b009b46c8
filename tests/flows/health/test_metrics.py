"""What a monitor reads: the text format, the file for node_exporter, the small server."""

from __future__ import annotations

import json
import stat
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from flows.config.load import Config
from flows.errors import ConfigError
from flows.health.metrics import exposition, write_textfile
from flows.health.metrics_server import is_loopback, server
from flows.health.runs import recorded
from models.text.scorers import ModelChoice
from tests.builders import review
from tests.warehouse.house import build_all, land
from warehouse.publish import publish

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("data")
    land(data, "b1", review("r1"))
    build_all(data)
    publish(data, NOW)
    with recorded(data, "20260101T000000000000Z", "refresh") as run:
        run.asks = {"complete": 3, "failed": 1}
        run.outcome = "degraded"
        with run.stage("collect") as stage:
            stage.rows = 4
    with pytest.raises(RuntimeError), recorded(data, "20260102T000000000000Z", "refresh") as run:
        with run.stage("load") as stage:
            stage.rows = 1_000
        with run.stage("classify"):
            raise RuntimeError
    return data


def _config(data: Path) -> Config:
    return Config(data=data, apps=(), topics=(), model=ModelChoice())


def _samples(text: str) -> dict[tuple[str, ...], float]:
    return {
        (s.name, *s.labels.values()): s.value
        for family in text_string_to_metric_families(text)
        for s in family.samples
    }


def test_the_last_run_by_stage_is_told_in_base_units(data: Path) -> None:
    told = _samples(exposition(_config(data), NOW).decode())
    assert told["hoshiyomi_stage_rows", "load"] == 1_000
    assert told["hoshiyomi_stage_failed", "load"] == 0
    assert told["hoshiyomi_stage_failed", "classify"] == 1
    assert ("hoshiyomi_stage_rows", "classify") not in told
    assert 10e6 < told["hoshiyomi_stage_memory_bytes", "load"] < 100e9
    assert told["hoshiyomi_run_success",] == 0
    assert told["hoshiyomi_runs", "degraded"] == told["hoshiyomi_runs", "stopped"] == 1
    assert told["hoshiyomi_published_reviews",] == 1
    assert told["hoshiyomi_findings", "run_stopped", "act"] == 1
    assert told["hoshiyomi_needs_a_person",] == 1


def test_a_folder_without_anything_has_figures_too(tmp_path: Path) -> None:
    told = _samples(exposition(_config(tmp_path / "none"), NOW).decode())
    assert told["hoshiyomi_findings", "nothing_published", "act"] == 1


def test_the_textfile_is_whole_and_for_another_user_to_read(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "textfile" / "hoshiyomi.prom"
    for _ in range(2):
        write_textfile(_config(data), path, NOW)
    assert _samples(path.read_text("utf-8"))["hoshiyomi_stage_rows", "load"] == 1_000
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [p.name for p in path.parent.iterdir()] == ["hoshiyomi.prom"]


@pytest.fixture
def url(data: Path) -> Iterator[str]:
    with server(_config(data), "127.0.0.1", 0) as serving:
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{serving.server_port}"
        serving.shutdown()
        thread.join()


def _asked(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def test_the_server_tells_health_by_its_code(url: str) -> None:
    assert _asked(f"{url}/live") == (200, "ok\n")
    code, told = _asked(f"{url}/health")
    assert code == 503
    assert json.loads(told) == {"status": "act", "findings": ["run_stopped"], "revision": 1}
    code, told = _asked(f"{url}/metrics")
    assert code == 200
    assert _samples(told)["hoshiyomi_stage_rows", "load"] == 1_000
    assert _asked(f"{url}/etc/passwd")[0] == 404


def test_another_address_is_one_that_others_reach() -> None:
    assert is_loopback("127.0.0.1")
    assert is_loopback("::1")
    assert not is_loopback("0.0.0.0")  # noqa: S104
    with pytest.raises(ConfigError, match="no IP address"):
        is_loopback("localhost.example")
