"""What every room's tests share: a Prefect of their own, the shared data folder, one finished demo."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
from filelock import FileLock

from warehouse.schema import migrate
from warehouse.signatures import register
from warehouse.writes import FILE

CHECKOUT = Path(__file__).resolve().parent.parent
SHARED = CHECKOUT.parent / "shared" / "data"
NEED_PREFECT = {"analyse", "classify", "collect", "demo", "refresh", "serve"}
COMES_TO_PREFECT = {0, 12}
"""Exit codes of commands that started Prefect; what refuses earlier must leave the folder as it was."""
_BASE = "HOSHIYOMI_TESTS_BASE"
"""Environment variable: a folder for what is made once. Who names one lets several runs have it in common."""


LONGEST = (
    "tests/flows/test_no_number_on_disk.py", "tests/flows/serving/test_serve.py",
    "tests/simulation/test_some_days.py", "tests/flows/cli/test_main.py", "tests/test_supply_chain.py",
    "tests/flows/privacy/test_erasure.py", "tests/warehouse/test_upkeep.py",
    "tests/warehouse/test_publish.py", "tests/warehouse/test_kill.py", "tests/test_readme.py",
    "tests/flows/answers/test_mcp.py", "tests/flows/pipeline/test_one_engine.py",
)  # fmt: skip
"""Files of few long tests: they come first, or one worker would still be at them when the others are done."""


def one_thread(path: Any = ":memory:", *args: Any, **kwargs: Any) -> duckdb.DuckDBPyConnection:
    """`duckdb.connect` with one thread where none are asked for: on a few rows two take 1.6 times the
    processor of one, and every worker of a run would have as many as there are cores."""
    kwargs["config"] = {"threads": 1} | (kwargs.get("config") or {})
    is_fresh = Path(str(path)).name == FILE and not Path(str(path)).exists()
    if is_fresh and not kwargs.get("read_only") and _BASE in os.environ:
        with suppress(OSError):  # a folder that is not there, or full, is what some tests are about
            shutil.copyfile(empty_warehouse(), path)
    return _connect(path, *args, **kwargs)


@cache
def empty_warehouse() -> Path:
    """A working file with every migration and no row, to be copied: migrating takes twice the processor of
    opening, and a fifth of a second of waiting for the disk. Processes of tests' own migrate theirs."""
    made = Path(os.environ[_BASE]) / f"empty-{FILE}"
    with FileLock(made.with_suffix(".lock")):
        if not made.exists():
            fresh = made.with_suffix(".new")
            con = _connect(str(fresh))
            con.execute("SET TimeZone = 'UTC'")
            register(con)
            migrate(con)
            con.close()
            fresh.rename(made)
    return made


_connect = duckdb.connect
duckdb.connect = one_thread


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, the others as they were."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.location[0], len(places)))


@pytest.fixture(scope="session", autouse=True)
def _own_surroundings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test may read or write the data, configuration or Prefect history of the person who runs it."""
    home = tmp_path_factory.mktemp("prefect")
    os.environ[_BASE] = str(shared_base(tmp_path_factory))
    # Commands in processes of their own find compiled what the first of them compiled.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(shared_base(tmp_path_factory) / "bytecode")
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


def shared_base(factory: pytest.TempPathFactory) -> Path:
    """The folder that all workers of one run of the tests have in common, or several runs."""
    if _BASE in os.environ:
        return Path(os.environ[_BASE])
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def give_history(data: Path) -> None:
    """Lay an empty database of Prefect in a folder that has none: making one takes five seconds."""
    home = data / "prefect"
    if (home / "prefect.db").exists():
        return
    made = Path(os.environ[_BASE]) / "empty-prefect"
    with FileLock(made.with_suffix(".lock")):
        if not (made / "prefect.db").exists():
            made.mkdir(exist_ok=True)
            address = f"sqlite+aiosqlite:///{made}/new.db"
            subprocess.run(
                [sys.executable, "-m", "prefect", "server", "database", "upgrade", "-y"],
                env=os.environ | {"PREFECT_API_DATABASE_CONNECTION_URL": address, "PREFECT_HOME": str(made)},
                capture_output=True,
                check=True,
            )
            with sqlite3.connect(made / "new.db") as history:
                history.execute("pragma wal_checkpoint(truncate)")
            (made / "new.db").rename(made / "prefect.db")
    with suppress(OSError):  # a folder that cannot be written to is what some tests are about
        data.mkdir(mode=0o700, exist_ok=True)
        home.mkdir(mode=0o700, exist_ok=True)
        shutil.copyfile(made / "prefect.db", home / "prefect.db")
        (home / "prefect.db").chmod(0o600)


def hoshiyomi(
    *words: str, data: Path, code: int | None = 0, timeout: int = 300
) -> subprocess.CompletedProcess[str]:
    """Run the real command in a process of its own, as a person would; `code=None` accepts any ending."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    if words[0] in NEED_PREFECT and code in COMES_TO_PREFECT:
        give_history(data)
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

    What the command said lies beside it, in `demo.log`.

    It is made once for all workers of a run, see `shared_base`.
    """
    data = shared_base(tmp_path_factory) / "demo"
    with FileLock(data.with_suffix(".lock")):
        if not (data / "current.duckdb").exists():
            said = hoshiyomi("demo", "--no-open", data=data).stderr
            data.with_suffix(".log").write_text(said, "utf-8")
    return data
