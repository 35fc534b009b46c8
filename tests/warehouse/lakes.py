"""Lets the tests of the warehouse run on a DuckLake: HOSHIYOMI_TEST_WAREHOUSE=ducklake, `make test-lake`.

A catalog with all migrations is made once a process and copied to where a test begins with none, since
migrating takes seconds.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import duckdb

from warehouse import lake
from warehouse.engines import Lake, told_by
from warehouse.errors import WarehouseError
from warehouse.schema import migrate
from warehouse.signatures import register
from warehouse.writes import Writer

_open = ExitStack()
SWITCH = "HOSHIYOMI_TEST_WAREHOUSE"
SERVER = "HOSHIYOMI_TEST_CATALOG"
"""How libpq connects to the server of catalogs, but for the database: a process of a test's is told by it."""


def on_lake() -> bool:
    """Whether every data folder of the tests has its tables in a lake."""
    return os.environ.get(SWITCH) == "ducklake"


def is_installed() -> bool:
    """Whether DuckDB's extension for lakes is there."""
    try:
        lake.extension("ducklake")
    except WarehouseError:
        return False
    return True


def beside(data: Path) -> Lake:
    """A lake within a data folder; its catalog is a file, or a database where there is a server."""
    address = os.environ.get(SERVER)
    catalog = f"postgres:{address} dbname={database(data)}" if address else str(data / "catalog.ducklake")
    return Lake(catalog, data / "lake")


def database(data: Path) -> str:
    """What the catalog's database of a data folder is called."""
    return f"lake_{hashlib.sha256(str(data).encode()).hexdigest()[:16]}"


def everywhere() -> None:
    """In this process, let the tables of every data folder lie in a lake of its own, if so switched."""
    if on_lake():
        told_by(migrated)


def migrated(data: Path) -> Lake:
    """As `beside`, with its tables."""
    made = beside(data)
    if made.is_shared:
        _make_database(data)
    elif data.is_dir() and not Path(made.catalog).exists():
        copy(_template(), data)
    return made


@cache
def _make_database(data: Path) -> None:
    """Its tables are made by the first writer. Another process of the test's may have been first."""
    words = [
        "psql",
        "-Xq",
        f"{os.environ[SERVER]} dbname=postgres",
        "-c",
        f"create database {database(data)}",
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0 or "already exists" in done.stderr, done.stderr


def copy(data: Path, to: Path) -> None:
    """Copy the lake of a data folder that nobody has open into another one."""
    made, new = beside(to), to / ".catalog.new"
    shutil.copytree(beside(data).files, made.files, dirs_exist_ok=True)
    shutil.copyfile(beside(data).catalog, new)
    with duckdb.connect(str(new)) as con:
        con.execute("update ducklake_metadata set value = ? where key = 'data_path'", [f"{made.files}/"])
    new.replace(made.catalog)


@cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="hoshiyomi-lake-"))
    made = beside(folder)
    with lake.opened(made, {}) as con:
        migrate(con)
    return folder


def kept_open(data: Path) -> Writer:
    """A writer on a lake of its own that stays open as long as the process."""
    made = migrated(Path(tempfile.mkdtemp(prefix="hoshiyomi-lake-")))
    con = _open.enter_context(lake.opened(made, {}))
    register(con)
    return Writer(con, data)
