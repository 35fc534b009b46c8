"""One client of the published tables that opens and reads again and again, until a file says stop.

    python tests/warehouse/clients.py KIND DATA STOP

Each look resolves the link anew, as every listed way does, and checks that what it reads is one whole
publication. Prints how many looks it had, and the newest revision; ends with an error at the first that is
not.
"""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

# In a whole publication: reviews are those that the bricks count, each found by its word, and revision n
# holds n.
CHECK = """
select
    (select revision from publication) as revision,
    (select count(*) from reviews) as n_reviews,
    (select sum(n) from ratings_daily)::bigint as n_counted,
    (select count(*) from search_reviews('ﾚﾋﾞｭｰ')) as n_found
"""
BIN = Path(sys.executable).parent


def command_line() -> str | None:
    """DuckDB's own command line, where it is installed."""
    package = importlib.util.find_spec("duckdb_cli")
    beside = Path(package.origin).with_name("duckdb") if package and package.origin else None
    found = [p for p in (BIN / "duckdb", beside) if p is not None and p.exists()]
    return str(found[0]) if found else shutil.which("duckdb")


def by_duckdb(path: str) -> list[int]:
    import duckdb

    with duckdb.connect(path, read_only=True) as con:
        return [int(v) for v in con.execute(CHECK).fetchall()[0]]


def by_pandas(path: str) -> list[int]:
    import duckdb

    with duckdb.connect(path, read_only=True) as con:
        return [int(v) for v in con.sql(CHECK).df().iloc[0]]


def by_polars(path: str) -> list[int]:
    import duckdb

    with duckdb.connect(path, read_only=True) as con:
        return [int(v) for v in con.sql(CHECK).pl().row(0)]


def by_ibis(path: str) -> list[int]:
    import ibis

    con = ibis.duckdb.connect(path, read_only=True)
    try:
        return [int(v) for v in con.raw_sql(CHECK).fetchall()[0]]
    finally:
        con.disconnect()


def by_command_line(path: str) -> list[int]:
    words = [command_line() or "duckdb", "-readonly", "-csv", "-noheader", path, CHECK]
    return _numbers(subprocess.run(words, capture_output=True, text=True, check=False))


def by_sql(_: str) -> list[int]:
    words = [str(BIN / "hoshiyomi"), "sql", CHECK, "--format", "csv"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    done.stdout = done.stdout.split("\n", 1)[-1]
    return _numbers(done)


def by_csv(_: str) -> list[int]:
    """As for Excel: a CSV file, read when it is written."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "look.csv"
        words = [str(BIN / "hoshiyomi"), "sql", CHECK, "--output", str(file)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr)
        with file.open(encoding="utf-8-sig", newline="") as lines:
            return [int(v) for v in list(csv.reader(lines))[1]]


def by_export(_: str) -> list[int]:
    """Parquet files by app and month; what is searched is counted as the reviews are."""
    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        words = [str(BIN / "hoshiyomi"), "export", f"{folder}/all"]
        words += [w for table in ("publication", "reviews", "ratings_daily") for w in ("--table", table)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr)
        found = [
            duckdb.sql(f"select {what} from '{folder}/all/{table}/**/*.parquet'").fetchall()[0][0]
            for table, what in (
                ("publication", "any_value(revision)"), ("reviews", "count(*)"), ("ratings_daily", "sum(n)"),
            )
        ]  # fmt: skip
        return [int(v) for v in found]


def by_driver(path: str) -> list[int]:
    """As drivers of ODBC, JDBC (DBeaver) and R do: read-only by DuckDB's own setting, a connection for long.

    It keeps the publication that it opened, whatever is published meanwhile.
    """
    import duckdb

    with duckdb.connect(path, config={"access_mode": "READ_ONLY"}) as con:
        looks = []
        for _ in range(5):
            looks.append([int(v) for v in con.execute(CHECK).fetchall()[0]])
            time.sleep(0.2)
    if any(look != looks[0] for look in looks):
        raise RuntimeError(f"an open file changed: {looks}")
    return looks[0]


class Assistant:
    """A server for assistants that stays open, as an assistant keeps it."""

    def __init__(self) -> None:
        self._portal_of = anyio_portal()
        self._portal = self._portal_of.__enter__()
        self._held = self._portal.wrap_async_context_manager(_session())
        self._client = self._held.__enter__()

    def __call__(self, _: str) -> list[int]:
        result = self._portal.call(lambda: self._client.call_tool("query", {"sql": CHECK}))
        texts = [c.text for c in result.content if c.type == "text"]
        if result.is_error:
            raise RuntimeError("\n".join(texts))
        return [int(v) for v in json.loads(texts[0]).values()]

    def close(self) -> None:
        """End the server."""
        self._held.__exit__(None, None, None)
        self._portal_of.__exit__(None, None, None)


def anyio_portal() -> AbstractContextManager[Any]:
    from anyio.from_thread import start_blocking_portal

    return start_blocking_portal()


@asynccontextmanager
async def _session() -> AsyncIterator[Any]:
    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client

    server = StdioServerParameters(command=str(BIN / "hoshiyomi"), args=["mcp"], env={**os.environ})
    async with stdio_client(server) as (read, write), ClientSession(read, write) as client:
        await client.initialize()
        yield client


def _numbers(done: subprocess.CompletedProcess[str]) -> list[int]:
    if done.returncode:
        raise RuntimeError(done.stderr)
    return [int(v) for v in done.stdout.strip().split(",")]


WAYS: dict[str, Callable[[str], list[int]]] = {
    "duckdb": by_duckdb, "pandas": by_pandas, "polars": by_polars, "ibis": by_ibis,
    "command_line": by_command_line, "sql": by_sql, "csv": by_csv, "export": by_export, "driver": by_driver,
}  # fmt: skip


def main(kind: str, data: Path, stop: Path) -> None:
    assistant = Assistant() if kind == "mcp" else None
    try:
        _read(assistant or WAYS[kind], data, stop)
    finally:
        if assistant is not None:
            assistant.close()


def _read(ask: Callable[[str], list[int]], data: Path, stop: Path) -> None:
    looks, newest = 0, 0
    while not stop.exists() or looks == 0:
        revision, *counts = ask(str((data / "current.duckdb").resolve()))
        if set(counts) != {revision}:
            raise SystemExit(f"half a state: revision {revision} shows {counts}")
        if revision < newest:
            raise SystemExit(f"back in time: {revision} after {newest}")
        looks, newest = looks + 1, revision
        time.sleep(0.05)
    print(looks, newest)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
