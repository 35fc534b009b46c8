"""One client of the published tables that opens and reads again and again, until a file says stop.

    python tests/warehouse/clients.py KIND DATA STOP

Each look resolves the link anew, as every listed way does, and checks that what it reads is one whole
publication. Prints how many looks it had, and the newest revision; ends with an error at the first that is
not.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

# In a whole publication: reviews are those that the bricks count, each found by its word, and revision n
# holds n.
CHECK = """
select
    (select revision from publication),
    (select count(*) from reviews),
    (select sum(n) from ratings_daily),
    (select count(*) from search_reviews('ﾚﾋﾞｭｰ'))
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


def _numbers(done: subprocess.CompletedProcess[str]) -> list[int]:
    if done.returncode:
        raise RuntimeError(done.stderr)
    return [int(v) for v in done.stdout.strip().split(",")]


WAYS: dict[str, Callable[[str], list[int]]] = {
    "duckdb": by_duckdb, "pandas": by_pandas, "polars": by_polars, "ibis": by_ibis,
    "command_line": by_command_line, "sql": by_sql,
}  # fmt: skip


def main(kind: str, data: Path, stop: Path) -> None:
    looks, newest = 0, 0
    while not stop.exists() or looks == 0:
        revision, *counts = WAYS[kind](str((data / "current.duckdb").resolve()))
        if set(counts) != {revision}:
            raise SystemExit(f"half a state: revision {revision} shows {counts}")
        if revision < newest:
            raise SystemExit(f"back in time: {revision} after {newest}")
        looks, newest = looks + 1, revision
        time.sleep(0.05)
    print(looks, newest)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
