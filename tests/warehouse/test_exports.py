"""`hoshiyomi export`: whole or not at all, and the manifest tells what is there."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from tests.builders import day, review
from tests.warehouse.house import NOW, build_all, land
from warehouse import exports
from warehouse.errors import QueryError
from warehouse.exports import export
from warehouse.publish import publish
from warehouse.schema import SCHEMA_VERSION, marts


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("exports")
    land(
        data, "b1", review("r1", reviewed_at=day(0)), review("r2", reviewed_at=day(40)),
        review("r3", store_app_id="jp.example/ü", reviewed_at=day(40)),
    )  # fmt: skip
    build_all(data)
    return publish(data, NOW).path


def test_every_table_with_all_its_rows(published: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    files = export(published, folder)
    told = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert told["schema_version"] == SCHEMA_VERSION
    assert told["publication"]["revision"] == 1
    assert {f["table"] for f in told["files"]} <= {m.name for m in marts()}
    assert [f["path"] for f in told["files"]] == [f.path for f in files]
    on_disk = {p.relative_to(folder).as_posix() for p in folder.rglob("*.parquet")}
    assert on_disk == {f.path for f in files}
    for f in files:
        content = (folder / f.path).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (f.bytes, f.sha256)
        assert pq.read_metadata(folder / f.path).num_rows == f.rows
    with duckdb.connect(str(published), read_only=True) as con:
        for mart in marts():
            ((n,),) = con.execute(f"select count(*) from {mart.name}").fetchall()
            assert sum(f.rows for f in files if f.table == mart.name) == n


def test_reviews_are_partitioned_by_app_and_month(published: Path, tmp_path: Path) -> None:
    export(published, tmp_path / "out", ["reviews"])
    with duckdb.connect() as con:
        found = con.execute(
            f"select app, month, review_id from '{tmp_path}/out/reviews/**/*.parquet' order by 3"
        ).fetchall()
        names = {c[0] for c in con.execute(f"describe from '{tmp_path}/out/reviews/**/*.parquet'").fetchall()}
    assert found == [
        ("jp.example.app", "2026-03", "r1"), ("jp.example.app", "2026-04", "r2"),
        ("jp.example/ü", "2026-04", "r3")
    ]  # fmt: skip
    assert "search_bits_1" not in names
    months = {p.parent.name for p in (tmp_path / "out").rglob("*.parquet")}
    assert months == {"month=2026-03", "month=2026-04"}


def test_what_is_there_is_not_overwritten_and_what_is_not_is_named(published: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    with pytest.raises(QueryError, match=r"not empty\. Remedy"):
        export(published, tmp_path)
    with pytest.raises(QueryError, match=r"'revews'\. Remedy: one of .*reviews"):
        export(published, tmp_path / "out", ["revews"])
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


def test_an_export_that_breaks_off_leaves_nothing(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exports, "_files", broken)
    with pytest.raises(OSError, match="No space"):
        export(published, tmp_path / "out", ["reviews"])
    assert list(tmp_path.iterdir()) == []
