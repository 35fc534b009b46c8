"""docs/dbt/sources.yml is what the marts say."""

from __future__ import annotations

import yaml

from tests.conftest import CHECKOUT
from warehouse.dbt import sources
from warehouse.schema import marts

FILE = CHECKOUT / "docs/dbt/sources.yml"


def test_the_sources_are_those_of_the_marts() -> None:
    assert FILE.read_text("utf-8") == sources(), "Remedy: `python -m warehouse.dbt > docs/dbt/sources.yml`."


def test_every_table_is_tested_for_its_key_and_its_nulls() -> None:
    (source,) = yaml.safe_load(FILE.read_text("utf-8"))["sources"]
    tables = {t["name"]: t for t in source["tables"]}
    assert set(tables) == {m.name for m in marts()}
    for mart in marts():
        table = tables[mart.name]
        never_null = {c["name"] for c in table["columns"] if "not_null" in c.get("data_tests", [])}
        assert never_null.isdisjoint(mart.nullable)
        assert never_null | set(mart.nullable) >= set(mart.grain)
        unique = {c["name"] for c in table["columns"] if "unique" in c.get("data_tests", [])}
        key = tuple(unique) or tuple(
            table["data_tests"][0]["dbt_utils.unique_combination_of_columns"]["arguments"][
                "combination_of_columns"
            ]
        )
        assert key == mart.grain
        assert all(c["description"] for c in table["columns"])
