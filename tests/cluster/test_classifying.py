"""Two workers of Dask, or of Ray, say of every text what one process says, also when one is killed."""

from __future__ import annotations

import csv
import os
import random
import signal
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT
from tests.flows.processes import linux_only, started, wait_for
from warehouse.writes import writer

ENGINES = ("dask", "ray")
PATIENCE_S = 600
TEXTS = 4_400
PARTITION = 2_048
COMMAND = str(Path(sys.executable).with_name("hoshiyomi"))
WORDS = (
    "ログイン",
    "できない",
    "遅い",
    "便利",
    "crash",
    "after",
    "update",
    "thanks",
    "星",
    "easy",
    "bug",
    "ads",
)
SAID = (
    "select text_hash, sentiment, p_negative, p_neutral, p_positive, topic, score from inferred.predictions "
    "left join inferred.topics using (text_hash, model_version) order by all"
)
NOT_READ = "select count(*) from core.unread_texts anti join inferred.predictions using (text_hash)"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dump, imported; every house begins with it."""
    folder = tmp_path_factory.mktemp("dump")
    chance = random.Random(5)
    with (folder / "dump.csv").open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out)
        table.writerow(["appId", "reviewId", "content", "score", "at"])
        for n in range(TEXTS):
            text = " ".join(chance.choice(WORDS) for _ in range(chance.randint(3, 12))) + f" {n}"
            at = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=n)
            table.writerow(["jp.example.many", f"r{n}", text, n % 5 + 1, at.isoformat()])
    return folder / "dump.csv"


def _house(folder: Path, dump: Path, scale: str) -> tuple[Path, dict[str, str]]:
    """A data folder with the dump, and the environment of its commands."""
    config, data = folder / "config", folder / "data"
    config.mkdir(parents=True)
    (config / "apps.toml").write_text("", encoding="utf-8")
    (config / "topics.toml").write_bytes((CHECKOUT / "config" / "topics.toml").read_bytes())
    (config / "hoshiyomi.toml").write_text(scale, encoding="utf-8")
    told = {"HOSHIYOMI_CONFIG": str(config), "HOSHIYOMI_DATA": str(data)}
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")} | told
    subprocess.run([COMMAND, "import", str(dump)], env=environment, cwd=CHECKOUT, check=True, timeout=120)
    return data, told


def _said(data: Path) -> list[tuple[object, ...]]:
    with writer(data) as w:
        assert w.con.execute(NOT_READ).fetchone() == (0,)
        return w.con.execute(SAID).fetchall()


def _scale(engine: str) -> str:
    return f'[scale]\nwork = "{engine}"\nwork_partition = {PARTITION}\nworkers = 2\n'


@pytest.fixture(scope="module")
def by_one_process(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, ...]]:
    data, told = _house(tmp_path_factory.mktemp("one"), loaded, "")
    _refreshed(data, told, data.parent / "log")
    said = _said(data)
    assert len({row[0] for row in said}) == TEXTS
    return said


def _refreshed(data: Path, told: dict[str, str], log: Path) -> None:
    run = started("refresh", data=data, extra=told, log=log)
    assert run.wait(timeout=PATIENCE_S) == 0, log.read_text("utf-8")[-4000:]


@pytest.mark.parametrize("engine", ENGINES)
def test_two_workers_say_what_one_process_says(
    engine: str, loaded: Path, by_one_process: list[tuple[object, ...]], tmp_path: Path
) -> None:
    data, told = _house(tmp_path, loaded, _scale(engine))
    _refreshed(data, told, tmp_path / "log")
    assert _said(data) == by_one_process


@linux_only
@pytest.mark.parametrize("engine", ENGINES)
def test_a_killed_workers_partition_is_read_by_another_and_nothing_is_lost_or_double(
    engine: str, loaded: Path, by_one_process: list[tuple[object, ...]], tmp_path: Path
) -> None:
    data, told = _house(tmp_path, loaded, _scale(engine))
    log = tmp_path / "log"
    run = started("refresh", data=data, extra=told, log=log)
    killed = 0
    for _ in range(2):
        worker = wait_for(lambda: _reading(run.pid), PATIENCE_S, lambda: log.read_text("utf-8")[-4000:])
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)
            killed += 1
    assert killed
    assert run.wait(timeout=PATIENCE_S) == 0, log.read_text("utf-8")[-4000:]
    assert _said(data) == by_one_process
    shown = log.read_text("utf-8")
    assert not [word for word in WORDS[:4] if word in shown], "no log holds a word that a person wrote"


def _reading(run: int) -> int | None:
    """A worker of the run that is at a partition: one that has used a second of processor time since it
    loaded the model."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            is_worker = b"model.onnx" in (entry / "maps").read_bytes() or _has_onnx(entry)
            if is_worker and int(entry.name) != run and _is_below(int(entry.name), run) and _cpu_s(entry) > 3:
                return int(entry.name)
        except (OSError, ValueError):
            continue
    return None


def _has_onnx(entry: Path) -> bool:
    return b"onnxruntime_pybind11_state" in (entry / "maps").read_bytes()


def _cpu_s(entry: Path) -> float:
    fields = (entry / "stat").read_text("utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _is_below(process: int, ancestor: int) -> bool:
    while process > 1:
        if process == ancestor:
            return True
        process = int(Path(f"/proc/{process}/stat").read_text("utf-8").rsplit(")", 1)[1].split()[1])
    return False
