"""Ways to search reviews without an extension, beside each other: CPU, time, and what each adds to the file.

    python benchmarks/search.py [--reviews N] [--postings]

Made texts in Japanese and English from the sample store's sentences, twenty apps. `scan` folds every text
when it is asked; `column` keeps a folded text beside each; `signatures` is what is built
(warehouse/macros/search.sql); `--postings` adds a table of pairs of letters with the reviews that hold them
(minutes and gigabytes beyond a million). Two threads, 1,000 MB, the file read once before.
"""

from __future__ import annotations

import argparse
import re
import resource
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from flows.sources.sample_store.texts import groups
from warehouse.schema import macros
from warehouse.signatures import folded, register

WORDS = ("ログイン", "電池", "ｱﾌﾟﾘ", "重", "login", "NFC", "corona warn", "暗証番号 エラー", "xyzzy")
NEWEST = """
select count(*) from (
    select review_id, rating, title, text from search_reviews($query) order by reviewed_at desc limit 20
)
"""
MADE = """
create table reviews as
with drawn as (
    select i, hash(i, 11) % 10 < 6 as is_ja, hash(i, 12) % 100 as length,
        floor(20 * ((hash(i, 9) % 1000003) / 1000003) ** 2)::integer as app,
        (hash(i, 1) % 1095)::integer as day,
        list_transform(range(3), lambda j: ((hash(i, 20 + j) % 1000003) / 1000003) ** 1.6)
            as luck
    from range($n) t(i)
),
spoken as (
    select *, list_transform(luck, lambda x: case when is_ja then $ja[floor(x * len($ja))::integer + 1]
        else $en[floor(x * len($en))::integer + 1] end) as said, case when is_ja then '' else ' ' end as gap
    from drawn
)
select
    'app' || app as app, md5(i::varchar) as review_id,
    timestamptz '2023-11-01' + to_days(day) as reviewed_at,
    (1 + hash(i, 4) % 5)::tinyint as rating, case when i % 5 = 0 then said[3][:15] end as title,
    replace(said[1] || case when length > 45 then gap || said[2] else '' end
        || case when length > 75 then gap || said[3] else '' end,
        '{}', (hash(i, 30) % 100000)::varchar) as text
from spoken order by app, reviewed_at;
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--reviews", type=int, default=1_000_000)
    parser.add_argument("--postings", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        plain = made(Path(folder) / "plain.duckdb", asked.reviews)
        compare(Path(folder), plain, asked.postings)


def made(file: Path, n: int) -> int:
    """Write the made reviews; how many bytes."""
    banks = {k: [re.sub(r"\{\w+\}", "{}", t) for g in groups(k) for t in g.texts] for k in ("ja", "en")}
    with opened(file) as con:
        con.execute(MADE, {"n": n, **banks})
    return file.stat().st_size


def compare(folder: Path, plain: int, with_postings: bool) -> None:
    """Build every way and ask it every word."""
    print(f"{'way':12} {'file MB':>8} {'more':>6}  CPU ms / wall ms: " + "  ".join(WORDS))
    ways = {"scan": scan, "column": column, "signatures": signed}
    if with_postings:
        ways["postings"] = postings
    for name, build in ways.items():
        file = folder / f"{name}.duckdb"
        began = cpu()
        with opened(file) as con:
            con.execute(f"attach '{folder}/plain.duckdb' as plain (read_only)")
            select = build(con)
        built = cpu() - began
        size = file.stat().st_size
        with duckdb.connect(
            str(file), read_only=True, config={"threads": 2, "memory_limit": "1000MB"}
        ) as con:
            times = [timed(con, select, word) for word in WORDS]
            newest = [timed(con, NEWEST, word) for word in WORDS] if name == "signatures" else []
        figures = "  ".join(f"{c:.0f}/{w:.0f}" for c, w, _ in times)
        print(
            f"{name:12} {size / 1e6:8.0f} {size / plain - 1:6.0%}  {figures}  (built in {built:.0f} s of CPU)"
        )
        print(f"{'':12} found {', '.join(str(n) for _, _, n in times)}", flush=True)
        if newest:
            print(f"{'':12} newest 20: {'  '.join(f'{c:.0f}/{w:.0f}' for c, w, _ in newest)}", flush=True)


def scan(con: duckdb.DuckDBPyConnection) -> str:
    con.execute("create table reviews as from plain.reviews")
    con.execute(macros(over_tables=False))
    both = "search_folded(concat_ws(chr(10), title, text))"
    return f"select count(*) from reviews where list_bool_and([contains({both}, w) for w in $words])"


def column(con: duckdb.DuckDBPyConnection) -> str:
    con.create_function("folded_text", _folded, ["VARCHAR"], "VARCHAR", type="arrow")  # type: ignore[arg-type]
    con.execute(
        "create table reviews as select *, folded_text(concat_ws(chr(10), title, text)) as folded"
        " from plain.reviews"
    )
    return "select count(*) from reviews where list_bool_and([contains(folded, w) for w in $words])"


def signed(con: duckdb.DuckDBPyConnection) -> str:
    register(con)
    con.execute(
        "create table reviews as select * exclude (s), s.first::hugeint as search_bits_1,"
        " s.second::hugeint as search_bits_2"
        " from (select *, text_signature(concat_ws(chr(10), title, text)) as s from plain.reviews)"
    )
    con.execute(macros(over_tables=frozenset({"reviews"})))
    return "select count(*) from search_reviews($query)"


def postings(con: duckdb.DuckDBPyConnection) -> str:
    column(con)
    con.execute(
        "create table pairs as select distinct pair, place from (select rowid as place, unnest("
        "list_transform(range(1, greatest(length(folded), 1)), lambda i: folded[i:i + 1])) as pair"
        " from reviews) order by all"
    )
    return (
        "with wanted as (select distinct unnest(flatten(list_transform($words, lambda w: list_transform("
        "range(1, length(w)), lambda i: w[i:i + 1])))) as pair), hits as (select place from pairs"
        " semi join wanted using (pair) group by place having count(*) = (select count(*) from wanted))"
        " select count(*) from reviews where rowid in (from hits)"
        " and list_bool_and([contains(folded, w) for w in $words])"
    )


def _folded(texts: pa.Array) -> pa.Array:
    return pa.array([folded(t) for t in texts.to_pylist()])


def timed(con: duckdb.DuckDBPyConnection, select: str, query: str) -> tuple[float, float, int]:
    """The quicker of two: CPU ms, wall ms, and how many were found."""
    words: Sequence[str] = folded(query).split()
    given = {"query": query} if "$query" in select else {"words": words}
    best = (float("inf"), float("inf"), 0)
    for _ in range(2):
        began, worked = time.perf_counter(), cpu()
        ((n,),) = con.execute(select, given).fetchall()
        best = min(best, (1e3 * (cpu() - worked), 1e3 * (time.perf_counter() - began), n))
    return best


def opened(file: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(file), config={"threads": 2, "memory_limit": "3GB"})


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
