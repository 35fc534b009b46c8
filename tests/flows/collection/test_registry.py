from __future__ import annotations

import sys
from pathlib import Path

import pytest

from flows.collection.collector import collect
from flows.collection.registry import Route, routes, store_client
from flows.config.apps import App, AppStoreEntry
from flows.config.load import Config
from flows.config.settings import CollectChoice
from models.text.scorers import ModelChoice
from tests.builders import NOON
from warehouse.landing import Landing


def _routes(data: Path, entry: AppStoreEntry) -> list[Route]:
    choice = CollectChoice()
    app = App(key="procedures", name="手続き", owner=None, stores=(entry,))
    config = Config(data=data, apps=(app,), topics=(), model=ModelChoice(), collect=choice)
    client = store_client(choice, lambda _pace: lambda _host: None)
    try:
        return routes(config, client, NOON)
    finally:
        client.close()


def test_the_feed_is_asked_where_no_other_route_is_named(tmp_path: Path) -> None:
    entry = AppStoreEntry(store="app_store", id="1500000001", countries=("jp", "us"))
    asked = [(r.source.name, r.place) for r in _routes(tmp_path, entry)]
    assert sorted(n for n, _ in asked) == ["app_store_feed"] * 2 + ["app_store_lookup"] * 2


def test_the_adapter_takes_the_feeds_place(tmp_path: Path) -> None:
    entry = AppStoreEntry(store="app_store", id="1500000001", countries=("jp",), adapter="app-store-scraper")
    assert sorted(r.source.name for r in _routes(tmp_path, entry)) == [
        "app_store_lookup",
        "app_store_scraper",
    ]


def test_without_its_package_the_adapter_fails_and_names_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "app_store_scraper", None)
    entry = AppStoreEntry(store="app_store", id="1500000001", countries=("jp",), adapter="app-store-scraper")
    (route,) = [r for r in _routes(tmp_path, entry) if r.source.name == "app_store_scraper"]
    done = collect(route.source, route.request, Landing(tmp_path), run_id="r", is_sample=False)
    (row,) = Landing(tmp_path).read("coverage", done.batch, "00000")
    assert (row["outcome"], row["reason"]) == ("failed", "blocked")
    assert "make adapter" in str(row["detail"])
