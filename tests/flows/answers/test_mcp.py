"""`hoshiyomi mcp`, asked by the official client over standard input and output."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.builders import review
from tests.conftest import hoshiyomi
from tests.warehouse.house import NOW, build_all, land
from warehouse.publish import publish

pytest.importorskip("mcp", reason="the Model Context Protocol's SDK is not installed (make setup)")

import anyio
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

Session = Callable[[ClientSession], Awaitable[None]]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("data")
    land(data, "b1", *(review(f"r{n}", text=f"ｱﾌﾟﾘ {n}") for n in range(5)))
    build_all(data)
    publish(data, NOW)
    return data


def asked(data: Path, session: Session, *options: str) -> None:
    """Begin a server in a process of its own and let `session` talk to it."""
    server = StdioServerParameters(
        command=str(Path(sys.executable).with_name("hoshiyomi")), args=["mcp", *options],
        env={**os.environ, "HOSHIYOMI_DATA": str(data)},
    )  # fmt: skip

    async def talk() -> None:
        with anyio.fail_after(180):
            async with stdio_client(server) as (read, write), ClientSession(read, write) as client:
                await client.initialize()
                await session(client)

    anyio.run(talk)


async def call(client: ClientSession, tool: str, **words: Any) -> tuple[bool, list[Any], str]:
    """Whether a tool refused, what it gave, and its words."""
    result = await client.call_tool(tool, words)
    texts = [c.text for c in result.content if c.type == "text"]
    is_error = bool(result.is_error)
    return is_error, [] if is_error else [json.loads(t) for t in texts], "\n".join(texts)


def test_an_assistant_lists_describes_and_asks(data: Path) -> None:
    async def session(client: ClientSession) -> None:
        tools = {t.name for t in (await client.list_tools()).tools}
        assert tools == {"list_tables", "describe", "list_macros", "query"}
        _, tables, _ = await call(client, "list_tables")
        assert {"reviews", "overview"} <= {t["table_name"] for t in tables}
        _, columns, _ = await call(client, "describe", table="overview")
        assert all(c["comment"] for c in columns)
        _, found, _ = await call(client, "query", sql="select count(*) as n from search_reviews('あぷり')")
        assert found == [{"n": 5}]
        is_refused, _, said = await call(client, "describe", table="nothing")
        assert is_refused
        assert "list_tables" in said
        _, macros, _ = await call(client, "list_macros")
        assert "search_reviews" in {m["function_name"] for m in macros}

    asked(data, session)


def test_it_refuses_what_sql_refuses_in_the_same_words(data: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n1,2\n")
    refused = [
        f"from read_csv('{secret}')", f"copy reviews to '{tmp_path}/x.csv'", "select * from range(1000)",
        "select levenshtein(repeat('a', 300000), repeat('b', 300000))",
    ]  # fmt: skip

    async def session(client: ClientSession) -> None:
        for query in refused:
            is_refused, _, said = await call(client, "query", sql=query, max_rows=10)
            assert is_refused, query
            by_sql = hoshiyomi("sql", query, "--timeout", "2", "--rows", "10", data=data, code=7)
            assert by_sql.stderr.removeprefix("hoshiyomi: ").strip() in said, query
        # It answers on afterwards.
        assert (await call(client, "query", sql="select 1 as a"))[1] == [{"a": 1}]

    asked(data, session, "--timeout", "2")
    assert [p.name for p in tmp_path.iterdir()] == ["secret.csv"]
