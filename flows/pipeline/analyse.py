"""The stage `analyse`: counts and facts out of the warehouse, statistics of every app, results into it.

Between reading and writing the database is closed, as in `flows.pipeline.classify`. A stage whose inputs,
settings and own code are those of the last one does nothing; its own code is what stands in the modules that
it imports.
"""

from __future__ import annotations

import ast
import hashlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

import pyarrow as pa

from flows.config.events import Event, check_apps
from flows.config.load import CHECKOUT, Config
from flows.config.settings import AnalysisChoice
from flows.console import counted
from flows.pipeline.analyse_app import AppFacts, alpha_of, analyse_apps, counts_of
from flows.processes import cores, in_order
from flows.progress import progress
from warehouse.analysis import (
    MOST_TOPICS,
    Facts,
    as_table,
    input_fingerprint,
    is_analysed,
    known_apps,
    read_facts,
    store,
)
from warehouse.writes import writer

log = logging.getLogger(__name__)
# What the numbers are made by: a change of what any of these does makes every result stale.
ROOTS = (
    "flows/pipeline/analyse_app.py", "flows/pipeline/analyse_changes.py", "warehouse/analysis.py",
    "warehouse/shown_scores.py",
)  # fmt: skip
PACKAGE = "models"
SQL = ("warehouse/load/analysis_*.sql",)
_TOGETHER = 25
"""So many apps are worked out together: enough to be fast, few enough to fit into a core's memory."""
_HELPERS = 2
"""Processes that work out such parts, where there are cores: each takes memory of its own."""


def analyse_now(config: Config, now: datetime | None = None) -> bool:
    """Analyse what is in the warehouse; False when that was done before. `now` is when that is said.

    Apps and stores whose inputs are those of their last results keep them (`warehouse.analysis.Changed`).

    Raises ConfigError when events.toml names an app that nobody knows.
    """
    with writer(config.data) as w:
        fingerprint = input_fingerprint(w, version(config))
        if is_analysed(w, fingerprint):
            return False
        facts = read_facts(w, fingerprint, partial(made_by, config))
        known = known_apps(w)
    check_apps(config.events, frozenset(a.key for a in config.apps) | known)
    if len(config.topics) > MOST_TOPICS:
        fields = {"topics": len(config.topics), "most": MOST_TOPICS}
        log.warning("topics.toml names %(topics)s topics; the first %(most)s are analysed", fields)
    found = find(facts, config)
    # The reviews' counts need no memory while results are written.
    changed = facts.changed
    del facts
    with writer(config.data) as w:
        store(w, fingerprint, found, now or datetime.now(UTC), changed)
    return True


def find(facts: Facts, config: Config) -> dict[str, pa.Table]:
    """The rows of every inferred table, for all apps and stores."""
    reviews = counted(int(facts.counts["n"].sum()), "review")
    fields = {"apps": counted(len(facts.series), "app"), "reviews": reviews}
    log.info("analysing %(apps)s (each store counts), %(reviews)s", fields)
    found: dict[str, list[pa.Table]] = {name: [] for name in facts.schemas}
    everything = apps(facts, config)
    parts = [everything[done : done + _TOGETHER] for done in range(0, len(everything), _TOGETHER)]
    job = partial(_tables, facts.schemas, config.analysis)
    processes = min(_HELPERS, cores())
    with progress("analysed", len(everything), "apps") as steps:
        for part, here in zip(parts, in_order(job, parts, processes, "analyse"), strict=True):
            for name, tables in here.items():
                found[name] += tables
            steps.advance(len(part))
    return {name: pa.concat_tables(tables) for name, tables in found.items() if tables}


def _tables(
    schemas: Mapping[str, pa.Schema], choice: AnalysisChoice, part: Sequence[AppFacts]
) -> dict[str, list[pa.Table]]:
    """The rows of the inferred tables of some apps, a table an app."""
    found: dict[str, list[pa.Table]] = {}
    for here in analyse_apps(part, choice):
        for name, rows in here.items():
            found.setdefault(name, []).append(as_table(schemas[name], rows))
    return found


def apps(facts: Facts, config: Config) -> list[AppFacts]:
    """Every app in every store as the models want it."""
    return [
        AppFacts(
            series=series,
            counts=counts_of(series, facts.part(facts.counts, number)),
            alpha=alpha_of(facts.part(facts.alpha, number)),
            versions=facts.part(facts.versions, number),
            topics=tuple(topic for topic, _ in facts.topics),
            lenses=tuple(lens for _, lens in facts.topics),
            configured_events=_events(config, series.app, series.store),
        )
        for number, series in zip(facts.numbers, facts.series, strict=True)
    ]


def version(config: Config) -> str:
    """Names the code and the settings that results are made with."""
    return hashlib.sha256(f"{config.analysis}{config.events}{_code()}".encode()).hexdigest()


def made_by(config: Config, app: str, store: str) -> str:
    """The same of one app in one store: what events.toml says of others is nothing to it."""
    return f"{config.analysis}{_events(config, app, store)}{_code()}"


def _events(config: Config, app: str, store: str) -> tuple[Event, ...]:
    return tuple(h for h in config.events if h.app == app and h.store in (None, store))


@cache
def _code() -> str:
    return code_version(CHECKOUT, ROOTS, PACKAGE, SQL)


def code_version(checkout: Path, roots: Sequence[str], package: str, sql: Sequence[str] = ()) -> str:
    """Names the code of the files `roots`, of what they import from `package`, directly or not, and of `sql`.

    Paths are relative to `checkout`; `sql` holds patterns of .sql files. Another version of Python may read
    the same files as another version of the code.
    """
    told = hashlib.sha256()
    for path in sorted(modules_of(checkout, roots, package)):
        told.update(f"{path.relative_to(checkout).as_posix()}\n{_meaning(path)}\n".encode())
    for path in sorted(p for pattern in sql for p in checkout.glob(pattern)):
        told.update(f"{path.relative_to(checkout).as_posix()}\n{_statements(path)}\n".encode())
    return told.hexdigest()


def modules_of(checkout: Path, roots: Sequence[str], package: str) -> frozenset[Path]:
    """The files `roots` and every module of `package` that they reach by imports, those in functions too."""
    waiting, found = [checkout / root for root in roots], set[Path]()
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        waiting.extend(_files(checkout, _imports(path), package))
    return frozenset(found)


def _files(checkout: Path, names: Iterable[str], package: str) -> Iterable[Path]:
    for name in names:
        if name.split(".")[0] == package:
            at = checkout.joinpath(*name.split("."))
            # `from package import name` may name a module or something inside one.
            yield from (p for p in (at.with_suffix(".py"), at / "__init__.py") if p.is_file())


@cache
def _imports(path: Path) -> frozenset[str]:
    names: set[str] = set()
    for node in ast.walk(_parsed(path)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(names)


@cache
def _meaning(path: Path) -> str:
    """The syntax tree without docstrings, in which positions and comments do not appear."""
    tree = _parsed(path)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [s for s in node.body if not _is_only_text(s)]
    return ast.dump(tree)


def _is_only_text(statement: ast.stmt) -> bool:
    """A docstring, or one of the texts under a field or a constant that explain it."""
    is_constant = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return is_constant and isinstance(statement.value.value, str)  # type: ignore[attr-defined]


def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_bytes(), filename=path.name)


def _statements(path: Path) -> str:
    """The lines of a .sql file that are no comment, each without the white space around it."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("--"))
