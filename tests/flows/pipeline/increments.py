"""Random histories of a small data folder, each step done twice: by what is new, and anew from everything."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from flows.config.events import Event
from flows.config.load import Config
from flows.config.settings import AnalysisChoice
from flows.pipeline.analyse import analyse_now
from flows.pipeline.classify import detect_languages
from models.text.languages import LANGUAGE_RULES
from models.text.scorers import ModelChoice
from tests.builders import consent, coverage, daily_rating, day, erasure, feedback, release, review, snapshot
from tests.warehouse.house import land, load
from warehouse.analysis import TABLES
from warehouse.forget import take_back
from warehouse.landing import Landing
from warehouse.records import Coverage, Record
from warehouse.writes import AppRow, PredictionRow, TopicRow, Writer, writer

APPS = ("jp.example.app", "jp.example.other", "jp.example.quiet")
TOPICS = ("crash", "login", "update")
WORDS = (
    "it crashes",
    "fine",
    "すぐ落ちる",
    "ログインできない",
    "since the update all is slow",
    "",
    "ありがとう",
)
LANGUAGES = ("ja", "en", None)
COMPARED = (*TABLES, "alarms", "verdict_history", "models", "languages", "predictions", "topics")


@dataclass
class World:
    """A data folder and what has happened to it; every choice comes from `dice`."""

    data: Path
    dice: Random
    today: int = 160
    """Days after 1 March 2026."""
    model: str = "m0"
    config: Config = field(init=False)
    names: dict[str, str] = field(default_factory=dict)
    batches: list[str] = field(default_factory=list)
    said: list[Any] = field(default_factory=list)
    """Reviews that were landed."""
    testers: int = 0
    steps: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.config = Config(data=self.data, apps=(), topics=(), model=ModelChoice())
        for app in APPS:
            self._land([self._review(app, n) for n in range(self.today) for _ in range(2)])
            self._land([release(f"{v}.0", store_app_id=app, released_at=day(v * 20)) for v in (1, 2, 3)])

    def step(self) -> None:
        """One thing that happens."""
        events: list[Callable[[], None]] = [
            self.reviews_come, self.reviews_come, self.reviews_come_again, self.reviews_are_edited,
            self.an_import,
            self.an_import_is_taken_back, self.a_day_passes, self.scores_and_releases, self.testers_write,
            self.a_tester_goes, self.an_app_is_renamed, self.settings_change, self.events_change,
            self.topics_change, self.another_model, self.nothing, self.an_ask_fails,
        ]  # fmt: skip
        event = self.dice.choice(events)
        self.steps.append(event.__name__)
        event()

    def nothing(self) -> None:
        """Another run."""

    def reviews_come(self) -> None:
        """A crawl brings new reviews of one app."""
        app = self.dice.choice(APPS)
        self._land([self._review(app, self.today) for _ in range(self.dice.randint(1, 5))], app=app)

    def reviews_come_again(self) -> None:
        """A crawl brings what is known, of another language, without its version or with one."""
        some = self.dice.sample(self.said, min(len(self.said), 6))
        self._land([
            replace(
                r, seen_at=day(self.today), language=self.dice.choice([r.language, r.language, "en"]),
                version=self.dice.choice([r.version, r.version, None, "2.0"]),
            )
            for r in some
        ])  # fmt: skip

    def reviews_are_edited(self) -> None:
        """Some people say something else now, some the same words under another id."""
        some = self.dice.sample(self.said, min(len(self.said), 3))
        self._land([
            replace(
                r, rating=self.dice.randint(1, 5), text=self.dice.choice(WORDS), seen_at=day(self.today),
                reviewed_at=day(self.today) - timedelta(minutes=self.dice.randint(0, 5)),
            )
            for r in some
        ])  # fmt: skip
        twins = [replace(r, review_id=f"gp:{r.review_id}", seen_at=day(self.today)) for r in some]
        self._land(twins)

    def an_import(self) -> None:
        """A dump of old reviews, some of them known."""
        app = self.dice.choice(APPS)
        fresh = [self._review(app, self.dice.randint(0, self.today)) for _ in range(4)]
        known = self.dice.sample(self.said, min(len(self.said), 4))
        self.batches.append(self._land([*fresh, *known], prefix="import-", source="file:test"))

    def an_import_is_taken_back(self) -> None:
        """As `hoshiyomi forget-import` does."""
        if self.batches:
            batch = self.batches.pop(self.dice.randrange(len(self.batches)))
            load(self.data)
            with writer(self.data) as w, w.transaction():
                take_back(w, batch)
            Landing(self.data).drop_batch(batch)

    def a_day_passes(self) -> None:
        """Every store is asked; some have nothing new."""
        self.today += 1
        for app in APPS:
            said = [self._review(app, self.today) for _ in range(self.dice.choice([0, 0, 3]))]
            self._land(said, app=app)

    def an_ask_fails(self) -> None:
        """A store refuses."""
        app = self.dice.choice(APPS)
        self._cover(app, outcome="failed", reason="blocked", covered_until=None)

    def scores_and_releases(self) -> None:
        """A displayed score, a day of Play Console, a new version."""
        app = self.dice.choice(APPS)
        of: dict[str, Any] = {"store_app_id": app, "seen_at": day(self.today)}
        self._land([
            snapshot(**of, observed_at=day(self.today), displayed_score=self.dice.choice([3.1, 3.5, 4.0])),
            daily_rating(**of, day=day(self.today).date(), daily_average=self.dice.choice([2.0, 4.0])),
            release(f"9.{self.today}", **of, released_at=day(self.today - self.dice.randint(0, 30))),
        ])  # fmt: skip

    def testers_write(self) -> None:
        """Six testers of an app agree and write before a release."""
        app = self.names.get(APPS[0], APPS[0])
        told: list[Record] = []
        for _ in range(6):
            self.testers += 1
            tester = f"t{self.testers}"
            told.append(consent(tester, app=app))
            told.append(
                feedback(
                    f"f{self.testers}", app=app, tester=tester, text=self.dice.choice(WORDS[:4]),
                    submitted_at=day(0), version="1.0.0-alpha.1",
                )
            )  # fmt: skip
        self._land(told)

    def a_tester_goes(self) -> None:
        """Everything of a tester is erased."""
        if self.testers:
            tester = f"t{self.dice.randint(1, self.testers)}"
            self._land([erasure(tester, app=None, at=day(self.today))])

    def an_app_is_renamed(self) -> None:
        """apps.toml names an app otherwise, or joins two of them into one."""
        self.names = {
            APPS[1]: self.dice.choice(["other", "joined"]),
            APPS[2]: self.dice.choice(["quiet", "joined"]),
        }

    def settings_change(self) -> None:
        """hoshiyomi.toml asks for other alarms."""
        choice = AnalysisChoice(
            fix_first_days=self.dice.choice([30, 90]), alarm_days=self.dice.choice([7, 28])
        )
        self.config = self.config.model_copy(update={"analysis": choice})

    def events_change(self) -> None:
        """events.toml tells of one app."""
        event = Event(app=APPS[0], store=None, kind="campaign", at=day(self.dice.randint(5, 60)), label="x")
        self.config = self.config.model_copy(update={"events": self.dice.choice([(), (event,)])})

    def topics_change(self) -> None:
        """topics.toml names them in another order."""
        self.steps[-1] += "!"
        self._topics(self.dice.sample(TOPICS, self.dice.randint(1, 3)))

    def another_model(self) -> None:
        """A model that reads otherwise."""
        self.model = self.dice.choice(["m0", "m1", "m2"])

    def refresh(self, data: Path, now: datetime, *, anew: bool) -> None:
        """What a run does behind collecting; with `anew` nothing that earlier runs noted is believed."""
        with writer(data) as w:
            w.set_apps([
                AppRow(app=name, name=name, owner=None, store="google_play", store_app_id=store_app_id)
                for store_app_id, name in self.names.items()
            ])  # fmt: skip
            w.load(now)
            if anew:
                for table in ("inferred.analysed", "inferred.review_days", "inferred.review_versions",
                              "inferred.analysis", "core.changed_apps", "core.unread_by", "core.unread_texts",
                              "core.undetected_by", "core.undetected_texts"):  # fmt: skip
                    w.con.execute(f"delete from {table}")
            self._classify(w, now)
        detect_languages(data)
        analyse_now(self.config.model_copy(update={"data": data}), now)

    def _classify(self, w: Writer, now: datetime) -> None:
        w.serve_model(self.model, self.model, "{}", now)
        while texts := w.unclassified(self.model, 50):
            w.add_predictions(self.model, [_predicted(self.model, *text) for text in texts], now)

    def _topics(self, keys: list[str]) -> None:
        with writer(self.data) as w:
            w.set_topics([
                TopicRow(position=n, topic=k, label_en=k, label_ja=k, lens="reliability", owner=None)
                for n, k in enumerate(keys)
            ])  # fmt: skip

    def _review(self, app: str, number: int) -> Record:
        at = day(number) - timedelta(seconds=self.dice.randint(0, 40_000))
        words = self.dice.choice(WORDS)
        made = review(
            f"r{len(self.said)}", store_app_id=app, reviewed_at=at, seen_at=day(max(number, self.today)),
            rating=self.dice.randint(1, 5), text=words or None,
            title=self.dice.choice([None, None, "title"]), language=self.dice.choice(LANGUAGES),
            version=self.dice.choice([None, "1.0", "2.0", "2.1"]),
        )  # fmt: skip
        self.said.append(made)
        return made

    def _land(
        self, records: list[Any], *, prefix: str = "b", app: str | None = None, source: str = "test"
    ) -> str:
        batch = (
            f"{prefix}{len(list((self.data / 'landing').glob('coverage/*')))}-{self.dice.randrange(10**9)}"
        )
        apps = {r.store_app_id for r in records if hasattr(r, "store_app_id")} | ({app} if app else set())
        land(self.data, batch, *records, *(self._coverage(batch, a, source=source) for a in sorted(apps)))
        return batch

    def _cover(self, app: str, **ended: Any) -> None:
        batch = f"b{self.dice.randrange(10**9)}"
        land(self.data, batch, self._coverage(batch, app, **ended))

    def _coverage(self, batch: str, app: str, **wanted: Any) -> Coverage:
        at = {"started_at": day(self.today), "finished_at": day(self.today), "covered_until": day(self.today)}
        plain = {"store_app_id": app, "asked_since": self.dice.choice([None, day(self.today - 2)])}
        return coverage(batch, **(plain | at | wanted))


def _predicted(model: str, text_hash: str, text: str) -> PredictionRow:
    """What a made-up model says: it depends on the model and on the text, and on nothing else."""
    dice = Random(f"{model} {text}")
    sentiment = dice.choice(("negative", "neutral", "positive"))
    p = {f"p_{s}": 0.8 if s == sentiment else 0.1 for s in ("negative", "neutral", "positive")}
    topics = tuple((t, dice.choice((0.6, 0.9))) for t in TOPICS if dice.random() < 0.4)
    return PredictionRow(text_hash=text_hash, sentiment=sentiment, topics=topics, **p)


def differences(world: World, now: datetime) -> list[str]:
    """Do the next run by what is new, and in a copy anew from everything; where the two are not the same."""
    copy = world.data.with_name("copy")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(world.data, copy)
    world.refresh(world.data, now, anew=False)
    world.refresh(copy, now, anew=True)
    with writer(world.data) as mine, writer(copy) as theirs:
        return [
            f"{name}: {len(a)} rows by what is new, {len(b)} anew; {sorted(set(a) ^ set(b))[:2]}"
            for name in COMPARED
            if (a := _rows(mine, name)) != (b := _rows(theirs, name))
        ]


def _rows(w: Writer, name: str) -> list[str]:
    # A text that both have read was read once before by the one that had less to do.
    less = " exclude (predicted_at)" if name == "predictions" else ""
    return [str(row) for row in w.con.execute(f"select *{less} from inferred.{name} order by all").fetchall()]


def unnoticed(world: World) -> list[str]:
    """What would be missing if it were not noted: counted over everything."""
    asked = {
        "unread texts": "select count(distinct text_hash) from core.reviews where text_hash not in"
        " (select text_hash from inferred.predictions where model_version = $model)",
        "unread feedback": "select count(distinct text_hash) from core.feedback where text_hash not in"
        " (select text_hash from inferred.predictions where model_version = $model)",
        "texts without a language": "select count(distinct text_hash) from core.reviews"
        " where text_hash not in (select text_hash from inferred.languages where rules = $rules)",
        "languages of texts that are gone": "select count(*) from inferred.languages where text_hash not in"
        " (select text_hash from core.reviews where text_hash is not null)",
        "notes that are left": "select (select count(*) from core.changed_apps)"
        " + (select count(*) from core.unread_texts) + (select count(*) from core.undetected_texts)",
    }
    given = {"model": world.model, "rules": LANGUAGE_RULES}
    with writer(world.data) as w:
        found = {
            what: w.con.execute(sql, {k: v for k, v in given.items() if f"${k}" in sql}).fetchall()[0][0]
            for what, sql in asked.items()
        }
    return [f"{what}: {count}" for what, count in found.items() if count]
