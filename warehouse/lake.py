"""Opening a DuckLake in the place of the working file: the same SQL, in a catalog of the same name.

DuckDB itself is in memory; the lake is attached and made the catalog that unqualified names mean, so load
scripts, marts and checks run as they stand. Nothing is inlined into the catalog: what people wrote lies in
Parquet files, and of them only the least and the greatest value of a column in the catalog.

Writers wait for each other: order matters to whoever merges by key and to whoever builds from what was
touched. Beside a catalog file an flock says whose turn it is, on a server an advisory lock that a connection
of its own holds; both go with the process, however it ends. Readers of the lake need neither.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TypeAlias

import duckdb

from warehouse.dictionary import quoted
from warehouse.engines import Lake
from warehouse.errors import Busy, WarehouseError, of_database
from warehouse.locks import claimed
from warehouse.private import FILE, make_folder

CATALOG = "warehouse"
"""What the lake is called once it is attached: as the working file is."""
WAIT_S = 600.0
"""So long a writer waits for its turn."""
Config: TypeAlias = dict[str, str | bool | int | float | list[str]]
_LOOK_EVERY_S = 0.2
# Of the catalog's database, in which nobody else of ours takes one.
_LOCK = 0x686F7368
_TAKE = f"select pg_try_advisory_lock({_LOCK})"


def is_lake(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether the catalog that unqualified names mean is a DuckLake."""
    return con.execute(
        "select type from duckdb_databases() where database_name = current_database()"
    ).fetchall() == [("ducklake",)]


def is_there(lake: Lake) -> bool:
    """Whether the catalog is there; one on a server counts as there."""
    return lake.is_shared or Path(lake.catalog).exists()


def lock_file(lake: Lake) -> Path:
    """Beside a catalog file: who holds its lock has its turn."""
    return Path(f"{lake.catalog}.lock")


def snapshot(con: duckdb.DuckDBPyConnection) -> int:
    """The newest snapshot of the lake."""
    sql = f"select max(snapshot_id) from ducklake_snapshots('{CATALOG}')"  # noqa: S608
    ((newest,),) = con.execute(sql).fetchall()
    return int(newest)


def as_stored(sql: str) -> str:
    """A migration as the lake takes it: of 128 bits Parquet knows decimal numbers alone.

    The signatures of texts are such numbers (warehouse/signatures.py); the marts make them whole ones again.
    """
    return re.sub(r"\bhugeint\b", "decimal(38, 0)", sql)


@contextmanager
def opened(lake: Lake, config: Config) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose catalog is the lake, when it is this writer's turn. Raises Busy when it never is."""
    with turn(lake), attached(lake, config) as con:
        try:
            yield con
        except duckdb.Error as error:
            known = of_database(error, lake.files)
            if known is None:
                raise
            raise known from error


@contextmanager
def attached(lake: Lake, config: Config, at: str = "") -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose catalog is the lake; `at` more options of ATTACH."""
    with connected(lake, config) as con:
        where = f"postgres:{lake.connection}" if lake.is_shared else lake.catalog
        try:
            # DuckDB takes no parameters here.
            con.execute(
                f"ATTACH {quoted(f'ducklake:{where}')} AS {CATALOG}"
                f" (DATA_PATH {quoted(str(lake.files))}, DATA_INLINING_ROW_LIMIT 0{at})"
            )
        except duckdb.Error as error:
            raise _unreachable(lake, error) from error
        if not lake.is_shared:
            Path(lake.catalog).chmod(FILE)
        con.execute(f"USE {CATALOG}")
        yield con


@contextmanager
def connected(lake: Lake, config: Config) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in memory that knows the extensions a lake needs, and has not attached it."""
    con = duckdb.connect(":memory:", config=config)
    try:
        con.execute("SET TimeZone = 'UTC'")
        for name in ("ducklake", *(("postgres_scanner",) if lake.is_shared else ())):
            con.execute(f"LOAD {quoted(str(extension(name)))}")
        yield con
    finally:
        con.close()


def extension(name: str) -> Path:
    """The file of a DuckDB extension, from its package. Raises WarehouseError where it is not installed."""
    spec = find_spec(f"duckdb_extension_{name}")
    for folder in spec.submodule_search_locations or () if spec else ():
        path = Path(folder) / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
        if path.is_file():
            return path
    raise WarehouseError(
        f'[scale] warehouse is "ducklake", and DuckDB\'s extension {name} for {duckdb.__version__} is not '
        "installed. Remedy: `make lake`."
    )


@contextmanager
def turn(lake: Lake) -> Iterator[None]:
    """It is this writer's turn, and no other one's. Raises Busy when it never is."""
    make_folder(lake.files)
    if not lake.is_shared:
        make_folder(Path(lake.catalog).parent)
    ends = time.monotonic() + WAIT_S
    with ExitStack() as stack:
        take = _guard(stack, lake) if lake.is_shared else _claim(stack, lake)
        while not take():
            if time.monotonic() >= ends:
                raise Busy(
                    f"Another process is writing to the lake ({lake.catalog}), for {WAIT_S:g} s now. "
                    "Remedy: wait for it to end, then run it again; to read while it writes, use the "
                    "published file (`hoshiyomi path`)."
                )
            time.sleep(_LOOK_EVERY_S)
        yield


def _claim(stack: ExitStack, lake: Lake) -> Callable[[], bool]:
    """Ask for the lock of the file beside a catalog file."""
    path = lock_file(lake)

    def take() -> bool:
        with ExitStack() as held:
            if is_ours := held.enter_context(claimed(path)):
                stack.push(held.pop_all())
        return is_ours

    return take


def _guard(stack: ExitStack, lake: Lake) -> Callable[[], bool]:
    """Ask for the advisory lock of a catalog's database.

    A transaction of DuckDB's keeps the one connection for itself; in PostgreSQL none is begun, so that no
    row is kept for it and the lock ends with the connection.
    """
    con = stack.enter_context(connected(lake, {}))
    try:
        con.execute(f"ATTACH {quoted(lake.connection)} AS guard (TYPE postgres)")
    except duckdb.Error as error:
        raise _unreachable(lake, error) from error
    con.execute("BEGIN")

    def take() -> bool:
        asked = f"from postgres_query('guard', {quoted(_TAKE)}, use_transaction := false)"
        return con.execute(asked).fetchall() == [(True,)]

    return take


def _unreachable(lake: Lake, error: duckdb.Error) -> WarehouseError:
    says = str(error).strip().splitlines()[0]
    return WarehouseError(
        f"The catalog of the lake ({lake.catalog}) cannot be opened: {says} Remedy: see that the server runs "
        "and lets this user in (PGPASSWORD or ~/.pgpass), and that `catalog` and `data` of [scale] in "
        "hoshiyomi.toml are those of the lake."
    )
