"""The published tables as dbt's `sources.yml`, with tests: `python -m warehouse.dbt >
docs/dbt/sources.yml`."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from warehouse.dictionary import dictionary
from warehouse.schema import SCHEMA_VERSION, Mart, build, columns_of, marts
from warehouse.writes import writer

HEAD = f"""# Made by `python -m warehouse.dbt` from the marts, schema version {SCHEMA_VERSION}: do not edit.
version: 2
sources:
  - name: hoshiyomi
    description: "Published feedback and ratings of apps. Times are UTC."
    database: hoshiyomi
    schema: main
    tables:
"""


def sources() -> str:
    """The file, from the marts of this checkout."""
    with tempfile.TemporaryDirectory() as folder, writer(Path(folder)) as w:
        w.load(datetime.now(UTC))
        build(w.con)
        tables = [(mart, columns_of(w.con, mart.name)) for mart in marts()]
    return HEAD + "".join(line for mart, columns in tables for line in _table(mart, columns))


def _table(mart: Mart, columns: list[str]) -> Iterator[str]:
    yield f"      - name: {mart.name}\n        description: {_said(mart.question)}\n"
    if len(mart.grain) > 1:
        yield "        data_tests:\n          - dbt_utils.unique_combination_of_columns:\n"
        yield f"              arguments: {{combination_of_columns: [{', '.join(mart.grain)}]}}\n"
    yield "        columns:\n"
    for column in columns:
        meaning = dictionary().column(mart.name, column)
        yield f"          - name: {column}\n"
        if meaning is not None:
            yield f"            description: {_said(meaning.comment())}\n"
        tests = [
            *([] if column in mart.nullable else ["not_null"]),
            *(["unique"] if mart.grain == (column,) else []),
        ]
        if tests:
            yield f"            data_tests: [{', '.join(tests)}]\n"


def _said(text: str) -> str:
    # A string of JSON is one of YAML.
    return json.dumps(text, ensure_ascii=False)


if __name__ == "__main__":
    sys.stdout.write(sources())
