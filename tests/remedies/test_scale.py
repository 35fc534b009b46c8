"""Past one machine: what is told when an engine, a worker or a shared place is not as `[scale]` says."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.config.settings import ScaleChoice
from flows.pipeline import classify_apart, engines
from flows.pipeline.classify_apart import AnotherModel, Packed, Reader, read_partition
from flows.pipeline.engines import NoEngine, reached, task_runner
from models.text.classifier import Classifier
from models.text.scorers import ModelChoice
from tests.builders import coverage, review
from tests.conftest import CHECKOUT
from tests.remedies.claims import carries_out, refused
from tests.warehouse.test_shared import FIRST, crawl
from warehouse.errors import LandingError
from warehouse.landing import Landing
from warehouse.shared import Bucket, SharedUnreachable, opened


@carries_out(
    'needs {}, which is not installed. Remedy: `make scale`, on every machine that works; or work = "here".'
)
def test_an_engine_that_is_missing_is_installed_by_one_command(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as without:
        without.setattr(engines.importlib.util, "find_spec", lambda _name: None)
        for engine in ("dask", "ray"):
            with refused(NoEngine):
                task_runner(ScaleChoice(work=engine))
    assert "\nscale: " in (CHECKOUT / "Makefile").read_text("utf-8")
    pins = (CHECKOUT / "requirements/scale.txt").read_text("utf-8")
    assert all(f"\n{name}==" in "\n" + pins for name in ("prefect-dask", "prefect-ray", "ray", "distributed"))
    # The other way: nothing of an engine is asked for.
    assert ScaleChoice(work="here") == ScaleChoice()


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    """A port of this machine that nobody listens at."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield "127.0.0.1", held.getsockname()[1]


@carries_out(
    "Remedy: see that the {} cluster runs and that [scale] work_address is its own; then refresh again: what "
    "was read is kept."
)
def test_a_scheduler_that_runs_at_the_address_is_reached(address: tuple[str, int]) -> None:
    host, port = address
    choice = ScaleChoice(work="dask", work_address=f"tcp://{host}:{port}")
    with refused(NoEngine):
        reached(choice)
    with socket.create_server((host, 0)) as scheduler:
        reached(choice.model_copy(update={"work_address": f"tcp://{host}:{scheduler.getsockname()[1]}"}))


@carries_out(
    "install the same version of Hoshiyomi, with the same model, on every worker, and start them anew."
)
def test_a_worker_with_the_same_model_reads() -> None:
    texts = Packed([("h1", "crashes after the update")])
    classify_apart._model.cache_clear()
    with refused(AnotherModel):
        read_partition.fn(Reader.of(ModelChoice(), {}, "another+00000000"), texts)
    version = Classifier.load().model_version
    (row,) = read_partition.fn(Reader.of(ModelChoice(), {}, version), texts).rows()
    assert row.text_hash == "h1"


@carries_out(
    "needs s3fs, which is not installed. Remedy: `make scale`, on every machine; or [scale] landing names a "
    "folder that all machines mount."
)
def test_a_folder_does_without_s3fs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "s3fs", None)
    with refused(SharedUnreachable):
        Bucket("s3://bucket/prefix").names("coverage/")
    assert "\ns3fs==" in "\n" + (CHECKOUT / "requirements/scale.txt").read_text("utf-8")
    crawl(tmp_path / "a", FIRST, "slow")
    (tmp_path / "mounted").mkdir()
    assert opened(str(tmp_path / "mounted")).ship(Landing(tmp_path / "a")).batches == 1


@carries_out(
    "see that the place is there and that this machine may use it (a folder's mount and owner; for S3 "
    "[scale] landing_endpoint and landing_region, and keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
)
def test_a_folder_that_is_mounted_is_written(tmp_path: Path) -> None:
    crawl(tmp_path / "a", FIRST, "slow")
    shared = opened(str(tmp_path / "mounted"))
    with refused(SharedUnreachable):
        shared.ship(Landing(tmp_path / "a"))
    (tmp_path / "mounted").mkdir()
    assert shared.ship(Landing(tmp_path / "a")).batches == 1


@carries_out(
    "put its objects back from a copy of the bucket or folder; or remove {}/{} there, and a later crawl"
)
@pytest.mark.parametrize("way", ["put back", "removed"])
def test_a_shared_batch_is_put_back_or_collected_anew(tmp_path: Path, way: str) -> None:
    mounted, landing = tmp_path / "mounted", Landing(tmp_path / "writes")
    mounted.mkdir()
    crawl(tmp_path / "a", FIRST, "slow")
    opened(str(mounted)).ship(Landing(tmp_path / "a"))
    shutil.copytree(mounted, tmp_path / "copy")
    (part,) = (mounted / "reviews" / FIRST).iterdir()
    part.write_bytes(b"damaged")
    with refused(LandingError):
        opened(str(mounted)).fetch(landing)
    if way == "put back":
        shutil.copytree(tmp_path / "copy", mounted, dirs_exist_ok=True)
        assert opened(str(mounted)).fetch(landing).batches == 1
        return
    shutil.rmtree(mounted / "coverage" / FIRST)
    assert opened(str(mounted)).fetch(landing).batches == 0
    later = FIRST.replace("20260301", "20260302")
    Landing(tmp_path / "b").write("reviews", later, "00000", [review("r1", text="slow")])
    Landing(tmp_path / "b").write("coverage", later, "00000", [coverage(later)])
    opened(str(mounted)).ship(Landing(tmp_path / "b"))
    assert opened(str(mounted)).fetch(landing).batches == 1


def test_the_engines_packages_are_no_part_of_the_default() -> None:
    """Neither is imported by a refresh's own modules."""
    import subprocess
    import sys

    code = (
        "import sys, flows.pipeline.refresh; "
        "print(sorted({m.split('.')[0] for m in sys.modules} & "
        "{'dask', 'distributed', 'ray', 'prefect_dask', 'prefect_ray', 's3fs', 'aiobotocore'}))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
