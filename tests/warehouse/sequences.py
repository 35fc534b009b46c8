"""Random sequences of what changes a warehouse, with a publication after each change.

After every step the published file, which was made from what was touched where that is allowed, is compared
with the marts of a copy of the working file in which everything is built anew: value for value.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from tests.builders import consent, coverage, day, erasure, feedback, release, review, snapshot, withdrawal
from tests.warehouse import lakes
from tests.warehouse.analysed import put
from tests.warehouse.house import NOW, land
from warehouse.erasure import rewrite
from warehouse.forget import take_back
from warehouse.publish import publish
from warehouse.reads import current
from warehouse.records import Record
from warehouse.schema import build, marts
from warehouse.upkeep import bring_up_to_date, look
from warehouse.writes import AppRow, PredictionRow, TopicRow, Writer, writer

APPS = (("google_play", "jp.a"), ("google_play", "jp.b"), ("app_store", "11"))
_WORDS = ("slow", "login fails", "thank you", "遅い", "読み取れない", "good", "")
_TONES = ("negative", "neutral", "positive")
_VOLATILE = {"publication", "publications"}
"""Their clock and revision are those of the publication."""


@dataclass(slots=True)
class Sequence:
    """One warehouse on its way."""

    data: Path
    dice: random.Random
    batches: list[str] = field(default_factory=list)
    model: int = 1
    revision: int = 0
    now: datetime = NOW
    done: Counter[str] = field(default_factory=Counter)
    """How many steps were built, and published, as a part or as a whole."""

    def run(self, steps: Iterable[str]) -> None:
        """Take these steps, publish after each and compare."""
        self.load_reviews(60)
        self.publish("begin")
        for step in steps:
            getattr(self, step)()
            self.publish(step)
            self.compare(step)

    def random_steps(self, n: int) -> list[str]:
        return [self.dice.choice(STEPS) for _ in range(n)]

    def publish(self, step: str) -> None:
        """Bring the marts up to date, look at what was touched, publish."""
        self.now += timedelta(hours=1)
        with writer(self.data) as w:
            built = bring_up_to_date(w.con, self.now)
            stops = [f for f in look(w.con) if f.severity == "stop"]
            assert not stops, (step, stops)
        made = publish(self.data, self.now)
        with writer(self.data) as w:
            ((increments,),) = w.con.execute("select increments from core.published_file").fetchall()
        self.done["built a part" if built.whole is None else "built everything"] += 1
        self.done["published a part" if increments and made.is_new else "published everything"] += 1

    def compare(self, step: str) -> None:
        """Hold what is published against a whole build."""
        differ = different(current(self.data), self.data)
        assert not differ, (step, dict(self.done), differ)

    # --- what may happen ---------------------------------------------------------------------------

    def load_reviews(self, n: int = 0) -> None:
        """New reviews, edited ones, some under a second id, and what the store gives besides."""
        records: list[Record] = [self._review() for _ in range(n or self.dice.randint(1, 6))]
        if self.dice.random() < 0.3:
            store, app = self.dice.choice(APPS)
            records.append(
                snapshot(
                    store=store,
                    store_app_id=app,
                    observed_at=day(self.dice.randint(0, 90)),
                    displayed_score=round(self.dice.uniform(1, 5), 1),
                )
            )
        if self.dice.random() < 0.3:
            store, app = self.dice.choice(APPS)
            version = f"1.{self.dice.randint(0, 3)}"
            records.append(release(version, store=store, store_app_id=app))
        self._land(records)

    def load_whole_crawl(self) -> None:
        """A crawl that came to the confirmed end: what it did not meet has vanished."""
        batch = self._name()
        at = day(self.dice.randint(40, 95))
        store, app = APPS[0]
        rows = [coverage(batch, store=store, store_app_id=app, source="google_play", covered_until=at)]
        self._land([self._review(source="google_play", seen_at=at), *rows], batch)

    def load_testers(self) -> None:
        """Feedback of testers who agree, and sometimes one who withdraws."""
        who = [f"t{self.dice.randint(1, 7)}" for _ in range(3)]
        records: list[Record] = [consent(t, may_quote=self.dice.random() < 0.7) for t in who]
        n = self.dice.randint(1, 10**6)
        records += [
            feedback(f"f{n}-{t}", tester=t, text=self.dice.choice(_WORDS[:-1]), may_quote=True) for t in who
        ]
        if self.dice.random() < 0.3:
            records.append(withdrawal(who[0], at=day(self.dice.randint(3, 5))))
        self._land(records)

    def erase_tester(self) -> None:
        entry = erasure(f"t{self.dice.randint(1, 7)}")
        self._land([entry])
        rewrite(self.data, [entry], self.now)

    def forget_batch(self) -> None:
        if len(self.batches) > 2:
            batch = self.dice.choice(self.batches[1:])
            self.batches.remove(batch)
            with writer(self.data) as w, w.transaction():
                take_back(w, batch)
            rewrite(self.data, (), self.now)
            with writer(self.data) as w:
                w.landing.drop_batch(batch)

    def classify(self) -> None:
        """The serving model reads some of what it has not read."""
        with writer(self.data) as w:
            self._serve(w)
            texts = w.unclassified(f"m{self.model}", self.dice.choice((2, 1_000)))
            w.add_predictions(f"m{self.model}", [self._said(text_hash) for text_hash, _ in texts], self.now)

    def change_model(self) -> None:
        self.model += 1
        self.classify()

    def count_confusion(self) -> None:
        """Labelled texts tell how often the model errs."""
        with writer(self.data) as w:
            self._serve(w, '{"sentiment": {"languages": {"ja": {"status": "measured", "texts": %d}}}}')

    def tell_languages(self) -> None:
        with writer(self.data) as w:
            told = [(h, self.dice.choice(("ja", "en", None))) for h, _ in w.undetected(1, 40)]
            w.add_languages(1, told)

    def change_apps(self) -> None:
        with writer(self.data) as w:
            w.set_apps(
                [
                    AppRow(
                        app=f"{app}{self.dice.choice(('', '', 'x'))}", name="An app", owner=None, store=store,
                        store_app_id=app,
                    )
                    for store, app in APPS
                    if self.dice.random() < 0.8
                ]
            )  # fmt: skip

    def change_topics(self) -> None:
        with writer(self.data) as w:
            w.set_topics(
                [
                    TopicRow(position=n, topic=t, label_en=t, label_ja=t, lens="trust", owner=None)
                    for n, t in enumerate(("login", "bug", "speed")[: self.dice.randint(1, 3)])
                ]
            )

    def analyse(self) -> None:
        """What the analysis found is written anew."""
        with writer(self.data) as w, w.transaction():
            w.con.execute("delete from inferred.rating_series")
            w.con.execute("delete from inferred.analysis")
            put(w, "rating_series", app="jp.a", value=round(self.dice.uniform(2, 4), 3), low=1.0, high=5.0)
            found = f"a{self.dice.randint(1, 10**9)}"
            w.con.execute("insert into inferred.analysis values (?, ?)", [found, self.now])

    # ---------------------------------------------------------------------------------------------

    def _review(self, **wanted: Any) -> Record:
        store, app = self.dice.choice(APPS)
        n = self.dice.randint(1, 120)
        at = day(n % 80) + timedelta(minutes=n * 7, seconds=n % 59 + 1)
        if self.dice.random() < 0.15:
            at += timedelta(days=self.dice.randint(1, 9))
        plain: dict[str, Any] = {
            "store": store,
            "store_app_id": app,
            "rating": self.dice.randint(1, 5),
            "text": f"{self.dice.choice(_WORDS)} {n % 30}",
            "reviewed_at": at,
            "seen_at": day(95) + timedelta(minutes=len(self.batches)),
            "language": self.dice.choice(("ja", "en", None)),
            "version": self.dice.choice(("1.0", "1.1", "2.0", "Varies with device", None)),
            "country": self.dice.choice((None, "jp")),
        }
        if self.dice.random() < 0.2:
            plain |= {"reply": f"thanks {self.dice.randint(1, 3)}", "replied_at": at + timedelta(days=1)}
        # the same words at the same second under another id are one review
        twin = "" if self.dice.random() < 0.9 else "-twin"
        if twin:
            plain |= {"rating": 3, "text": f"the very same words {n}"}
        return review(f"r{n}{twin}{self.dice.choice(('', '', 'b')) if twin else ''}", **(plain | wanted))

    def _name(self) -> str:
        return f"import-{len(self.batches)}-{self.dice.randint(0, 10**9)}"

    def _land(self, records: list[Record], batch: str = "") -> None:
        batch = batch or self._name()
        # one sighting of a key a batch is enough here
        once = {(r.KIND, str(getattr(r, "review_id", r))): r for r in records}
        land(self.data, batch, *once.values())
        self.batches.append(batch)
        with writer(self.data) as w:
            w.load(self.now)

    def _serve(self, w: Writer, confusion: str = "") -> None:
        told = confusion % self.dice.randint(100, 999) if confusion else "{}"
        w.serve_model(f"m{self.model}", "a model", "{}", self.now, told)

    def _said(self, text_hash: str) -> PredictionRow:
        tone = self.dice.choice((*_TONES, "not_covered"))
        p = {f"p_{t}": 0.8 if t == tone else 0.1 for t in _TONES}
        if tone == "not_covered":
            return PredictionRow(text_hash=text_hash, sentiment=tone, topics=(), **dict.fromkeys(p, 1 / 3))
        topics = tuple((t, 0.75) for t in ("login", "bug") if self.dice.random() < 0.5)
        return PredictionRow(text_hash=text_hash, sentiment=tone, topics=topics, **p)


STEPS = (
    *(["load_reviews"] * 6), *(["classify"] * 4), *(["tell_languages"] * 2), "load_whole_crawl",
    "load_testers", "erase_tester", "forget_batch", "change_model", "count_confusion", "change_apps",
    "change_topics", "analyse",
)  # fmt: skip


def different(path: Path, data: Path) -> list[str]:
    """Which tables of a published file do not hold what a whole build of its working file gives."""
    copy = data / "compared"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    if lakes.on_lake():
        lakes.copy(data, copy)
    else:
        shutil.copyfile(data / "warehouse.duckdb", copy / "warehouse.duckdb")
    found = []
    with writer(copy) as w:
        build(w.con)
        w.con.execute(f"attach '{path}' as published (read_only)")
        for mart in marts():
            if mart.name not in _VOLATILE and _differs(w.con, mart.name):
                found.append(mart.name)
    shutil.rmtree(copy)
    return found


def _differs(con: duckdb.DuckDBPyConnection, name: str) -> bool:
    ((n,),) = con.execute(
        f"select (select count(*) from (from {name} except all from published.main.{name}))"
        f" + (select count(*) from (from published.main.{name} except all from {name}))"
    ).fetchall()
    return n != 0
