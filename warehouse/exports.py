"""A publication as Parquet for other tools: a folder a table, partitioned by app and month, with a manifest.

`<folder>/<table>/app=<app>/month=<yyyy-mm>/*.parquet` is the layout that DuckDB, Spark, pandas and others
call hive partitioning. The folder appears whole or not at all.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from warehouse.errors import QueryError, of_database
from warehouse.private import digest, make_folder, write_atomically
from warehouse.reads import rows

MANIFEST = "manifest.json"
_MONTH_OF = (
    "reviewed_at", "submitted_at", "observed_at", "released_at", "day", "period_start", "happened_at",
    "changed_on", "raised", "raised_on", "started_at",
)  # fmt: skip
"""The column whose month (UTC) a table is partitioned by: the first of these that it has."""
_NO_USE_ELSEWHERE = ("search_bits_1", "search_bits_2")
_MEMORY = "1GB"


@dataclass(frozen=True, slots=True)
class Exported:
    """One file of an export."""

    table: str
    path: str
    rows: int
    bytes: int
    sha256: str


def export(published: Path, folder: Path, tables: Collection[str] = ()) -> list[Exported]:
    """Write tables of a published file (all, where none is named) into a new `folder`; its files.

    Raises QueryError for a table that is not there and for a folder that is not empty; WarehouseError for a
    disk that refuses.
    """
    known = [str(r["table_name"]) for r in rows(published, "published_tables")]
    if unknown := [t for t in tables if t not in known]:
        raise QueryError(f"There is no table {unknown[0]!r}. Remedy: one of {', '.join(known)}.")
    if folder.exists() and any(folder.iterdir()):
        raise QueryError(f"{folder} is not empty. Remedy: a new folder, or empty this one.")
    draft = folder.with_name(f".{folder.name}.tmp")
    shutil.rmtree(draft, ignore_errors=True)
    make_folder(draft)
    try:
        for table in tables or known:
            _write(published, table, draft / table)
        files = list(_files(draft))
        manifest = {**_publication(published), "files": [asdict(f) for f in files]}
        text = json.dumps(manifest, ensure_ascii=False, indent=1, default=str)
        write_atomically(draft / MANIFEST, text.encode())
        if folder.exists():
            folder.rmdir()
        draft.rename(folder)
    except duckdb.Error as error:
        known_fault = of_database(error, folder)
        if known_fault is None:
            raise
        raise known_fault from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return files


def _write(published: Path, table: str, folder: Path) -> None:
    columns = [str(r["column_name"]) for r in rows(published, "published_columns", table=table)]
    month = next((c for c in _MONTH_OF if c in columns), None)
    parts = [*(["app"] if "app" in columns else []), *(["month"] if month else [])]
    left_out = [c for c in _NO_USE_ELSEWHERE if c in columns]
    exclude = f"exclude ({', '.join(left_out)})" if left_out else ""
    added = f", strftime({month}, '%Y-%m') as month" if month else ""
    make_folder(folder)
    # The names are those of our own tables; DuckDB takes no parameters here.
    select = f"select * {exclude}{added} from {table}"  # noqa: S608
    options = "format parquet, compression zstd"
    if parts:
        options += f", partition_by ({', '.join(parts)}), write_partition_columns true"
    target = folder if parts else folder / "data_0.parquet"
    quoted = str(target).replace("'", "''")
    config: dict[str, str | bool | int | float | list[str]] = {"memory_limit": _MEMORY, "temp_directory": ""}
    with duckdb.connect(str(published), read_only=True, config=config) as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute(f"copy ({select}) to '{quoted}' ({options})")


def _files(folder: Path) -> Iterator[Exported]:
    for path in sorted(folder.rglob("*.parquet")):
        name = path.relative_to(folder)
        size = path.stat().st_size
        yield Exported(name.parts[0], name.as_posix(), pq.read_metadata(path).num_rows, size, digest(path))


def _publication(published: Path) -> dict[str, Any]:
    (told,) = rows(published, "publication_exported")
    return {
        "schema_version": told.pop("schema_version"),
        "exported_at": datetime.now(UTC),
        "publication": told,
    }
