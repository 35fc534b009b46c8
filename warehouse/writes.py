"""The single writer: one process, for seconds at a time, under an exclusive lock.

Every verb is repeatable: what was loaded, predicted or built before is left as it is. A verb killed at
any moment leaves a transaction that never happened.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from warehouse import compaction, lake
from warehouse.engines import lake_of
from warehouse.errors import Busy, LandingError, OutOfMemory, WarehouseError, of_working_file
from warehouse.landing import Landing
from warehouse.locks import changing
from warehouse.manifest import stands_for
from warehouse.private import FILE as PRIVATE
from warehouse.private import make_folder
from warehouse.records import KINDS
from warehouse.schema import load_sql, migrate, transaction
from warehouse.signatures import register
from warehouse.soundness import Examined, Harm, examine
from warehouse.touched import note_texts, note_whole

FILE = "warehouse.duckdb"
CATALOG = "warehouse"
"""What DuckDB calls the working file: its stem."""
MEMORY_LIMIT = "512MB"
"""DuckDB's own; the process takes some more. Past it DuckDB spills into `<data>/tmp`."""
# Order matters only for app_stores, which reads coverage; tombstones and the ledger come before feedback, so
# that what may not be kept is not written first.
_KINDS = (
    "erasures", "consents", "reviews", "rating_snapshots", "releases", "feedback", "coverage",
    "rejected_rows", "daily_ratings", "corrections",
)  # fmt: skip
# What a tester agreed to or took back changes what may be done with texts that were loaded before.
_SETTLED = frozenset({"erasures", "consents", "feedback"})
# One transaction takes in so many bytes of compressed files, some 200,000 reviews: this bounds memory.
_BYTES_A_TRANSACTION = 32_000_000
# The ledger's rows and the scripts' own cost of many small files; consent is settled once a transaction.
_FILES_A_TRANSACTION = 5_000
# DuckDB keeps a row group a file and column until a statement ends, some half a megabyte a file.
_FILES_A_STATEMENT = 64
# What an update changes stays in memory until its transaction ends.
_SIGNED_A_TRANSACTION = 122_880


@dataclass(slots=True)
class Loaded:
    """How many landing files and rows were taken in, by kind."""

    files: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    unfinished: tuple[str, ...] = ()
    """Batches left alone because their writer has not landed their coverage yet, or was killed."""
    missing: tuple[str, ...] = ()
    """Files that were loaded before and are gone from the landing folder: a rebuild would lose their rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppRow:
    """One app in one store, as apps.toml names it."""

    app: str
    name: str
    owner: str | None
    store: str
    store_app_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicRow:
    """One topic, as topics.toml names it."""

    position: int
    topic: str
    label_en: str
    label_ja: str
    lens: str
    owner: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionRow:
    """What a model said of one text; `topics` are those above the model's threshold."""

    text_hash: str
    sentiment: str
    p_negative: float
    p_neutral: float
    p_positive: float
    topics: tuple[tuple[str, float], ...]


def has_tables(data: Path) -> bool:
    """Whether there may be tables of what was landed: the working file, or the lake, is there."""
    chosen = lake_of(data)
    return (data / FILE).exists() if chosen is None else lake.is_there(chosen)


@contextmanager
def writer(data: Path, *, memory_limit: str = MEMORY_LIMIT) -> Iterator[Writer]:
    """Open the working file for writing, bring it up to date, checkpoint and close it at the end.

    Where the tables of `data` lie in a DuckLake (`warehouse.engines`), that is opened in its place. Waits
    while the folder is copied (`warehouse.locks`). Raises Busy when another process has it open.
    """
    make_folder(data)
    with changing(data), _opened(data, memory_limit) as w:
        yield w


@contextmanager
def _opened(data: Path, memory_limit: str) -> Iterator[Writer]:
    spill = data / "tmp"
    config: lake.Config = {
        "memory_limit": memory_limit,
        "temp_directory": str(spill),
        "autoinstall_known_extensions": "false",
    }
    chosen = lake_of(data)
    if chosen is not None:
        with lake.opened(chosen, config) as con:
            # It is our turn, so what lies here was spilled by a killed process.
            shutil.rmtree(spill, ignore_errors=True)
            register(con)
            migrate(con)
            yield Writer(con, data)
        return
    try:
        con = duckdb.connect(str(data / FILE), config=config)
    except duckdb.Error as error:
        known = of_working_file(error, data / FILE)
        if known is not None:
            raise known from error
        if "lock" not in str(error).lower():
            raise
        raise Busy(
            f"Another process is writing {data / FILE}. Remedy: wait for it to end; "
            "to read while it writes, use the published file (`hoshiyomi path`)."
        ) from error
    try:
        (data / FILE).chmod(PRIVATE)
        # We hold the lock, so what lies here was spilled by a killed process.
        shutil.rmtree(spill, ignore_errors=True)
        con.execute("SET TimeZone = 'UTC'")
        register(con)
        migrate(con)
        yield Writer(con, data)
        con.execute("CHECKPOINT")
    except duckdb.Error as error:
        known = of_working_file(error, data / FILE)
        if known is None:
            raise
        raise known from error
    finally:
        con.close()


class Writer:
    """The verbs of the single writer on an open working file."""

    def __init__(self, con: duckdb.DuckDBPyConnection, data: Path) -> None:
        self.con = con
        self.landing = Landing(data)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside happens, or nothing."""
        with transaction(self.con):
            yield

    def load(
        self,
        now: datetime,
        kinds: Collection[str] = _KINDS,
        told: Callable[[int, int], None] = lambda _done, _of: None,
    ) -> Loaded:
        """Take every landing file of a finished batch that the ledger does not know into the core tables.

        `told` is called with how many bytes of how many are taken in, after each transaction.
        A batch that is not whole is left out; the others are loaded all the same. Raises LandingError, which
        names its files and the remedy, afterwards; what was loaded stays. Raises OutOfMemory when one file is
        too much.
        """
        self._sign()
        loaded = Loaded()
        # Asked once and first: a batch that is finished meanwhile is the next run's.
        with self.landing.steady():
            whole = self.landing.whole_batches()
            files = {kind: self.landing.files(kind) for kind in KINDS}
        with self.transaction():
            loaded.missing = compaction.settle(self.con, self.landing, files, whole, now)
        known = compaction.known(self.con)
        fresh = {k: [p for p in files[k] if p not in known] for k in _KINDS if k in kinds}
        batches = {path.split("/")[1] for paths in fresh.values() for path in paths}
        # One that a merged batch replaces is neither whole nor unfinished.
        gone = self.landing.replaced(whole)
        loaded.unfinished = tuple(sorted(batches - whole - gone))
        examined = {batch: examine(self.landing, batch) for batch in sorted(batches & whole)}
        sound = {batch for batch, found in examined.items() if found.harm is None}
        due = {kind: [p for p in paths if p.split("/")[1] in sound] for kind, paths in fresh.items()}
        done, of = 0, sum(self._size(p) for paths in due.values() for p in paths)
        for kind, paths in due.items():
            for portion in self._portions(paths):
                self._load_portion(kind, portion, now, examined, loaded)
                done += sum(map(self._size, portion))
                told(done, of)
        _raise_for([found.harm for found in examined.values() if found.harm is not None])
        return loaded

    def _sign(self) -> None:
        """Make the signatures that reviews lack which an older version loaded."""
        ((first, last),) = self._all(
            "select min(rowid), max(rowid) from core.reviews where search_bits_1 is null"
        )
        if not isinstance(first, int) or not isinstance(last, int):
            return
        for start in range(first, last + 1, _SIGNED_A_TRANSACTION):
            values = {"first": start, "last": start + _SIGNED_A_TRANSACTION - 1}
            with self.transaction():
                note_whole(self.con, "signatures of texts that had none")
                self.con.execute(load_sql("sign_reviews"), values)

    def _load_portion(
        self, kind: str, files: Sequence[str], now: datetime, examined: Mapping[str, Examined], loaded: Loaded
    ) -> None:
        """Load some files in one transaction, or, where memory does not hold them, in two."""
        try:
            with self.transaction():
                rows = self._take_in(kind, files, now, examined)
        except OutOfMemory:
            if len(files) == 1:
                raise
            middle = len(files) // 2
            self._load_portion(kind, files[:middle], now, examined, loaded)
            self._load_portion(kind, files[middle:], now, examined, loaded)
            return
        loaded.files[kind] = loaded.files.get(kind, 0) + len(files)
        loaded.rows[kind] = loaded.rows.get(kind, 0) + rows

    def _portions(self, files: Sequence[str]) -> Iterator[list[str]]:
        portion: list[str] = []
        size = 0
        for name in files:
            portion.append(name)
            size += self._size(name)
            if size >= _BYTES_A_TRANSACTION or len(portion) >= _FILES_A_TRANSACTION:
                yield portion
                portion, size = [], 0
        if portion:
            yield portion

    def _size(self, name: str) -> int:
        return (self.landing.folder / name).stat().st_size

    def _take_in(
        self, kind: str, files: Sequence[str], now: datetime, examined: Mapping[str, Examined]
    ) -> int:
        try:
            if kind in _SETTLED:
                self.con.execute(load_sql("settle_consent_before"))
            script = load_sql("incoming_reviews") + load_sql(kind) if kind == "reviews" else load_sql(kind)
            rows = self._merge(script, [str(self.landing.folder / f) for f in files])
            if kind == "coverage":
                self.con.execute(load_sql("app_stores"))
            if kind in _SETTLED:
                self.con.execute(load_sql("settle_consent"))
        except duckdb.OutOfMemoryException:
            raise OutOfMemory(
                f"The database came to its memory limit while it loaded {len(files)} landing files of "
                f"{kind}, beginning with {files[0]}. No file is damaged, and what was loaded before is kept. "
                "Remedy: see that the disk has room for what memory does not hold (tmp in the data folder), "
                "and run it again.",
                own=[files[0]],
            ) from None
        except duckdb.Error as error:
            if of_working_file(error, self.landing.folder) is not None:
                raise
            # DuckDB's words can hold a person's text: only the kind of its error is told, unchained.
            raise self.unloadable(files, type(error).__name__) from None
        landed = [examined[f.split("/")[1]].rows.get(f) for f in files]
        merged = [stands_for(f.split("/")[2].removesuffix(".jsonl.gz")) for f in files]
        self.con.execute(
            load_sql("landing_files"),
            {"files": list(files), "kind": kind, "now": now, "rows": landed, "stands_for": merged},
        )
        return rows

    def unloadable(self, files: Sequence[str], says: str) -> WarehouseError:
        """Find the file that could not be loaded by reading each again."""
        for name in files:
            kind, batch, part = name.split("/")
            try:
                for _ in self.landing.read(kind, batch, part.removesuffix(".jsonl.gz")):
                    pass
            except LandingError as error:
                return error
        named = ", ".join(files[:3])
        return LandingError(
            f"Landing files cannot be loaded, a field is missing or of another type ({says}): {named}"
            f"{' and more' if len(files) > 3 else ''}. What was loaded before is untouched. They were "
            "written by another version of Hoshiyomi or by other hands. Remedy: update Hoshiyomi, or put the "
            "files back from a backup of the landing folder.",
            own=files[:3],
        )

    def _merge(self, sql: str, paths: list[str]) -> int:
        """Run a load script: its first statement reads the files, the others take no parameter."""
        read, *rest = self.con.extract_statements(sql)
        self.read_in(read, paths)
        rows = self._count("select count(*) from incoming")
        for statement in rest:
            self.con.execute(statement)
        return rows

    def read_in(self, read: duckdb.Statement, paths: Sequence[str], keep: str = "") -> None:
        """Read landed files into the temp table `incoming`, of each portion what `keep` leaves of it."""
        for start in range(0, len(paths), _FILES_A_STATEMENT):
            self.con.execute(read, {"files": list(paths[start : start + _FILES_A_STATEMENT])})
            if keep:
                self.con.execute(keep)
            if len(paths) > _FILES_A_STATEMENT:
                self.con.execute(load_sql("gather_first" if start == 0 else "gather"))
        if len(paths) > _FILES_A_STATEMENT:
            self.con.execute(load_sql("gathered"))

    def set_apps(self, apps: Sequence[AppRow]) -> None:
        """Replace what the configuration says of apps."""
        with self.transaction():
            self.con.execute("delete from core.app_config")
            if apps:
                self.con.executemany(
                    "insert into core.app_config (app, name, owner, store, store_app_id)"
                    " values (?, ?, ?, ?, ?)",
                    [(a.app, a.name, a.owner, a.store, a.store_app_id) for a in apps],
                )

    def set_topics(self, topics: Sequence[TopicRow]) -> None:
        """Replace what the configuration says of topics."""
        with self.transaction():
            self.con.execute("delete from core.topic_config")
            if topics:
                self.con.executemany(
                    "insert into core.topic_config (position, topic, label_en, label_ja, lens, owner)"
                    " values (?, ?, ?, ?, ?, ?)",
                    [(t.position, t.topic, t.label_en, t.label_ja, t.lens, t.owner) for t in topics],
                )

    def serve_model(
        self, model_version: str, name: str, figures: str, now: datetime, confusion: str = "{}"
    ) -> None:
        """Make `model_version` the serving model; `figures` and `confusion` are JSON of its folder."""
        with self.transaction():
            self.con.execute("update inferred.models set is_serving = false where is_serving")
            self._know_model(model_version, name, figures, now, confusion, serving=True)

    def serving(self) -> str | None:
        """The version of the model whose predictions are shown."""
        rows = self._all("select model_version from inferred.models where is_serving")
        return str(rows[0][0]) if rows else None

    def expect_model(
        self, model_version: str, name: str, figures: str, now: datetime, confusion: str = "{}"
    ) -> None:
        """Note a model that is to serve once it has read history; as `serve_model` otherwise."""
        with self.transaction():
            self._know_model(model_version, name, figures, now, confusion, serving=False)

    def _know_model(
        self, version: str, name: str, figures: str, now: datetime, confusion: str, *, serving: bool
    ) -> None:
        self._run(
            "known_model", version=version, name=name, figures=figures, now=now, confusion=confusion,
            serving=serving,
        )  # fmt: skip

    def retire_models(self, kept: str) -> None:
        """Drop what models said that neither serve nor are `kept`."""
        with self.transaction():
            self._run("retire_models", kept=kept)

    def unclassified(self, model_version: str, limit: int) -> list[tuple[str, str]]:
        """Up to `limit` distinct (text_hash, text) that the model has not read and may read."""
        self._wait_for(model_version)
        return self._waiting("unclassified", "unread", limit, model_version=model_version)

    def count_unclassified(self, model_version: str) -> int:
        """How many distinct texts the model has still to read."""
        self._wait_for(model_version)
        return self._count(load_sql("count_unclassified"), model_version=model_version)

    def _wait_for(self, model_version: str) -> None:
        """Let `core.unread_texts` hold every text that this model has not read."""
        if self._all("select model_version from core.unread_by") != [(model_version,)]:
            with self.transaction():
                self._run("unclassified_all", model_version=model_version)

    def _waiting(self, name: str, pool: str, limit: int, **parameters: object) -> list[tuple[str, str]]:
        """(text_hash, text) of the texts that wait, by the script that puts them into temp table `pool`.

        When these are all, what waits besides has been done, or nobody bears it any more: it goes.
        """
        with self.transaction():
            self._run(name, n=limit, **parameters)
            order = "said_at desc, text_hash" if pool == "unread" else "text_hash"
            rows = self._all(f"select text_hash, text from {pool} order by {order}")  # noqa: S608
            if len(rows) < limit:
                queue = {"unread": "unread_texts", "undetected": "undetected_texts"}[pool]
                self.con.execute(
                    f"delete from core.{queue} where text_hash not in (select text_hash from {pool})"  # noqa: S608
                )
            self.con.execute(f"drop table {pool}")
        return [(str(text_hash), str(text)) for text_hash, text in rows]

    def add_predictions(
        self, model_version: str, predictions: Sequence[PredictionRow], now: datetime
    ) -> None:
        """Store predictions; those that are there already are left as they are."""
        rows = pa.table(
            {
                "text_hash": [p.text_hash for p in predictions],
                "sentiment": [p.sentiment for p in predictions],
                "p_negative": pa.array([p.p_negative for p in predictions], pa.float32()),
                "p_neutral": pa.array([p.p_neutral for p in predictions], pa.float32()),
                "p_positive": pa.array([p.p_positive for p in predictions], pa.float32()),
            }
        )
        spoken = [(p.text_hash, name, score) for p in predictions for name, score in p.topics]
        topics = pa.table(
            {
                "text_hash": pa.array([s[0] for s in spoken], pa.string()),
                "topic": pa.array([s[1] for s in spoken], pa.string()),
                "score": pa.array([s[2] for s in spoken], pa.float32()),
            }
        )
        self.con.register("predicted", rows)
        self.con.register("predicted_topics", topics)
        try:
            # Topics first: both statements ask which texts have no prediction yet.
            with self.transaction():
                if self._count(
                    "select count(*) from inferred.models where is_serving and model_version = $v",
                    v=model_version,
                ):
                    note_texts(self.con, "predicted")
                self.con.execute(load_sql("add_topics"), {"version": model_version})
                self.con.execute(load_sql("add_predictions"), {"version": model_version, "now": now})
                self._run("read_texts", version=model_version)
        finally:
            self.con.unregister("predicted")
            self.con.unregister("predicted_topics")

    def undetected(self, rules: int, limit: int) -> list[tuple[str, str]]:
        """Up to `limit` distinct (text_hash, text) of reviews that `rules` were not asked of."""
        self._ask_by(rules)
        return self._waiting("undetected", "undetected", limit)

    def forget_languages(self, rules: int) -> None:
        """Drop languages that other rules told, and those of texts that are gone."""
        if not self._ask_by(rules):
            with self.transaction():
                self._run("forget_languages")

    def _ask_by(self, rules: int) -> bool:
        """Let `core.undetected_texts` hold every text that these rules were not asked of; was it not so?."""
        if self._all("select rules from core.undetected_by") == [(rules,)]:
            return False
        with self.transaction():
            if self._count("select count(*) from inferred.languages where rules <> $rules", rules=rules):
                note_whole(self.con, "languages are told by other rules")
            self._run("undetected_all", rules=rules)
        return True

    def add_languages(self, rules: int, told: Sequence[tuple[str, str | None]]) -> None:
        """Store (text_hash, language); those that are there already are left as they are."""
        columns = {"text_hash": [t for t, _ in told], "language": [language for _, language in told]}
        self.con.register("detected", pa.table({n: pa.array(v, pa.string()) for n, v in columns.items()}))
        try:
            with self.transaction():
                note_texts(self.con, "detected")
                self.con.execute(load_sql("add_languages"), {"rules": rules})
                self.con.execute(
                    "delete from core.undetected_texts where text_hash in (select text_hash from detected)"
                )
        finally:
            self.con.unregister("detected")

    def _run(self, script: str, **parameters: object) -> None:
        """Run the statements of a script, each with those parameters that it names."""
        for statement in self.con.extract_statements(load_sql(script)):
            given = {k: v for k, v in parameters.items() if k in statement.named_parameters}
            self.con.execute(statement, given or None)

    def _all(self, sql: str, **parameters: object) -> list[tuple[object, ...]]:
        return self.con.execute(sql, parameters or None).fetchall()

    def _count(self, sql: str, **parameters: object) -> int:
        ((count,),) = self._all(sql, **parameters)
        return int(count)  # type: ignore[call-overload, no-any-return]


def _raise_for(harms: Sequence[Harm]) -> None:
    """Tell the first of several batches that are not whole, and which others there are."""
    if not harms:
        return
    error = harms[0].error()
    others = [h.batch for h in harms[1:]]
    if not others:
        raise error
    named = ", ".join(others[:3])
    more = f" Not whole either: {named}{f' and {len(others) - 3} more' if len(others) > 3 else ''}."
    raise LandingError(f"{error}{more}", own=[*error.own, *others[:3]])
