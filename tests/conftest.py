"""What every room's tests share: a Prefect of their own, the shared data folder, one finished demo."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock

CHECKOUT = Path(__file__).resolve().parent.parent
SHARED = CHECKOUT.parent / "shared" / "data"


@pytest.fixture(scope="session", autouse=True)
def _own_surroundings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test may read or write the data, configuration or Prefect history of the person who runs it."""
    home = tmp_path_factory.mktemp("prefect")
    os.environ["PREFECT_HOME"] = str(home)
    os.environ["PREFECT_LOCAL_STORAGE_PATH"] = str(home / "storage")
    for name in ("HOSHIYOMI_DATA", "HOSHIYOMI_CONFIG", "PREFECT_API_URL"):
        os.environ.pop(name, None)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the checkout; nothing of it is in the repository."""
    if not SHARED.is_dir():
        pytest.skip("the shared data folder is not beside this checkout")
    return SHARED


@contextmanager
def logged(name: str = "flows") -> Iterator[list[str]]:
    """What is logged within under this name, from INFO on."""
    said: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger(name)
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield said
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


def hoshiyomi(
    *words: str, data: Path, code: int | None = 0, timeout: int = 300
) -> subprocess.CompletedProcess[str]:
    """Run the real command in a process of its own, as a person would; `code=None` accepts any ending."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    done = subprocess.run(
        [str(Path(sys.executable).with_name("hoshiyomi")), *words],
        env=environment | {"HOSHIYOMI_DATA": str(data), "NO_COLOR": "1", "COLUMNS": "200"},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    if code is not None:
        assert done.returncode == code, f"{words} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder on which `make demo OPEN=0` has run once; tests copy it before they write to it.

    It is made once for all workers of a run: they share the parent of their temporary folders.
    """
    base = tmp_path_factory.getbasetemp()
    data = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demo"
    with FileLock(data.with_suffix(".lock")):
        if not (data / "current.duckdb").exists():
            hoshiyomi("demo", "--no-open", data=data)
    return data
