"""What the stage `analyse` costs, on the real dump and on a generated warehouse.

    python benchmarks/analyse.py [--reviews N] [--apps N] [--real DATA_FOLDER]

Generated: N reviews of N apps over three years, each with a text of its own, a tone and up to three topics,
a release every eight weeks and a displayed score every day. `--real` names a data folder that was refreshed;
it is copied, never written to. Every step runs in a fresh process, so that peak memory is its own.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from flows.analyse import analyse_now, find, version
from flows.config import load_config
from warehouse.analysis import TABLES, input_fingerprint, read_facts, store
from warehouse.marts import build, check
from warehouse.publish import publish
from warehouse.writes import TopicRow, writer

NOW = datetime(2026, 11, 1, tzinfo=UTC)
# Stars depend on the day and on what is spoken of, so that there is something to find; a hash is the dice.
MADE = """
insert into core.app_stores select 'google_play', 'app' || i, false from range($apps) t(i);
insert into core.coverage
select 'b', 'run', 'made', 'reviews', 'google_play', store_app_id, null, null, null, timestamptz '2026-10-31',
    timestamptz '2026-10-31', timestamptz '2026-10-31', 1, 1, 0, 'complete', 'end_confirmed', null, false
from core.app_stores;
insert into core.releases
select 'google_play', store_app_id, '1.' || i, 'made', timestamptz '2023-12-01' + to_days((i * 56)::integer),
    null, null, false, timestamptz '2026-10-31'
from core.app_stores, range(19) t(i);
insert into core.rating_snapshots by name
select 'google_play' as store, store_app_id, 'made' as source,
    timestamptz '2023-11-01' + to_days(i::integer) as observed_at, 'crawl' as observed_at_basis,
    round(3 + sin(i / 200), 1) as displayed_score, 1000 + i * 20 as ratings_count,
    true as histogram_is_reweighted, false as is_sample, observed_at as seen_at
from core.app_stores, range(1095) t(i);
insert into core.reviews by name
with drawn as (
    select
        i, i % $apps as app, (hash(i, 1) % 1095)::integer as day, (hash(i, 2) % 1000) / 1000 as luck,
        (hash(i, 3) % 4)::integer as spoken
    from range($reviews) t(i)
)
select
    'google_play' as store, 'app' || app as store_app_id, 'r' || i as review_id, 'made' as source,
    (case when luck < 0.25 + 0.1 * spoken - 0.15 * (day > 400 + app)::integer then 1 + hash(i, 4) % 2
        else 3 + hash(i, 5) % 3 end)::tinyint as rating,
    -- letters only: a digest can hold twelve digits in a row
    translate('Signing in ' || md5(i::varchar) || ' is slow since the update', '0123456789', 'ghijklmnop')
        as text,
    timestamptz '2023-11-01' + to_days(day) + to_seconds((hash(i, 6) % 86400)::integer) as reviewed_at,
    'ja' as language, 0 as redactions, false as is_sample, md5(i::varchar) as text_hash,
    timestamptz '2026-10-31' as first_seen_at, timestamptz '2026-10-31' as last_seen_at, 'b' as first_batch
from drawn;
insert into inferred.models values ('m', 'made', '{}', now(), true);
insert into inferred.predictions
select
    text_hash, 'm',
    case when rating <= 2 then 'negative' when rating = 3 then 'neutral' else 'positive' end,
    0.8, 0.1, 0.1, now()
from core.reviews;
insert into inferred.topics
select distinct text_hash, 'm', topic, 0.7 + (hash(text_hash) % 30) / 100
from core.reviews
join (select i as nth from range(3) t(i)) n on nth < hash(text_hash, 3) % 4
join core.topic_config c on c.position = hash(text_hash, nth) % 18;
"""


def make(data: Path, asked: argparse.Namespace) -> None:
    if asked.real:
        shutil.copytree(asked.real, data, symlinks=True, dirs_exist_ok=True)
    with writer(data) as w:
        named = enumerate(load_config().topics)
        topics = [(n, t.key, t.label_en, t.label_ja, t.lens, t.owner) for n, t in named]
        fields = ("position", "topic", "label_en", "label_ja", "lens", "owner")
        w.set_topics([TopicRow(**dict(zip(fields, row, strict=True))) for row in topics])
        if asked.real:
            w.con.execute("delete from inferred.analysis")
            return
        sizes = {"apps": asked.apps, "reviews": asked.reviews}
        for statement in w.con.extract_statements(MADE):
            wanted = {k: v for k, v in sizes.items() if f"${k}" in statement.query}
            w.con.execute(statement, wanted or None)


def analyse(_data: Path, _: argparse.Namespace) -> None:
    assert analyse_now(load_config(), lambda _line: None)


def nothing_new(_data: Path, _: argparse.Namespace) -> None:
    assert not analyse_now(load_config(), lambda _line: None)


def by_part(data: Path, _: argparse.Namespace) -> None:
    """The same in its three parts."""
    config = load_config()
    marks = [time.perf_counter()]
    with writer(data) as w:
        facts = read_facts(w, input_fingerprint(w, version(config)))
    marks.append(time.perf_counter())
    found = find(facts, config, lambda _line: None)
    marks.append(time.perf_counter())
    with writer(data) as w:
        store(w, facts.fingerprint, found, NOW)
    marks.append(time.perf_counter())
    parts = zip(("read", "work out", "write"), marks, marks[1:], strict=False)
    print("  ", ", ".join(f"{name} {end - begin:.2f} s" for name, begin, end in parts))
    n = facts.cells["n"]
    print("  ", f"{len(facts.series)} apps, {int(n.sum()):,} reviews in {len(n):,} cells")
    print("  ", ", ".join(f"{name} {len(found.get(name, ())):,}" for name in TABLES))


def marts(data: Path, _: argparse.Namespace) -> None:
    with writer(data) as w:
        build(w.con)


def checks(data: Path, _: argparse.Namespace) -> None:
    with writer(data) as w:
        assert not [f for f in check(w.con) if f.severity == "stop"]


def publication(data: Path, _: argparse.Namespace) -> None:
    assert publish(data, datetime.now(UTC)).is_new


STEPS: tuple[Callable[[Path, argparse.Namespace], None], ...] = (
    make, analyse, nothing_new, by_part, marts, checks, publication,
)  # fmt: skip


def one(step: str, asked: argparse.Namespace) -> None:
    run = next(s for s in STEPS if s.__name__ == step)
    began, worked = time.perf_counter(), time.process_time()
    run(asked.data, asked)
    seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    own, children = (resource.getrusage(who).ru_maxrss / 1024 for who in
                     (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))  # fmt: skip
    others = f", largest child {children:.0f} MB" if children else ""
    print(f"{step:12} {seconds:8.2f} s  cpu {cpu:7.2f} s  peak {own:5.0f} MB{others}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--reviews", type=int, default=5_000_000)
    parser.add_argument("--apps", type=int, default=200)
    parser.add_argument("--real", type=Path)
    parser.add_argument("--step", help=argparse.SUPPRESS)
    parser.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.step:
        one(asked.step, asked)
        return
    with tempfile.TemporaryDirectory() as folder:
        for step in STEPS:
            words = ["--step", step.__name__, "--data", folder, *sys.argv[1:]]
            environment = os.environ | {"HOSHIYOMI_DATA": folder}
            subprocess.run([sys.executable, __file__, *words], check=True, env=environment)


if __name__ == "__main__":
    main()
