"""A small data folder whose publication says what a test wants, and one pass over it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from flows.alerts.desk import Done
from flows.alerts.signals import Signal
from flows.alerts.tell import tell
from flows.config.alerts import Alerts, ChannelTable, RuleTable
from flows.config.apps import App, AppStoreEntry
from flows.config.load import Config
from models.text.scorers import ModelChoice
from tests.builders import day, review
from tests.flows.alerts.receivers import Mailbox, Webhook
from tests.warehouse.analysed import PLAIN
from tests.warehouse.house import classify, land
from warehouse.publish import publish
from warehouse.reads import LINK
from warehouse.schema import build
from warehouse.writes import AppRow, writer

APP, STORE, NAME = "jp.example.app", "google_play", "くらしの手続き"
URL = "https://stars.example.go.jp"
FOUND = ("star_alarm", "text_alarm", "topic_burst", "release_watch")
_TABLES = ("alarms", "release_watch", "anomalies", "rating_series")


def begun(data: Path, now: datetime) -> None:
    """Publish what was landed, the real way, with nothing of an analysis."""
    with writer(data) as w:
        w.set_apps([AppRow(app=APP, name=NAME, owner="Citizen services", store=STORE, store_app_id=APP)])
        w.load(now)
        classify(w, {"動かない。ログインできません。": ("negative", ("login",))})
        build(w.con)
    publish(data, now)


def published(data: Path, **found: Iterable[Mapping[str, Any]]) -> None:
    """A next publication: the last one, with these rows in the place of what the analysis had found."""
    before = (data / LINK).resolve()
    after = before.with_name(f"hoshiyomi-{len(list(before.parent.glob('*.duckdb'))):04}.duckdb")
    shutil.copyfile(before, after)
    with duckdb.connect(str(after)) as con:
        for table in _TABLES:
            con.execute(f"delete from {table}")
            columns = [c[0] for c in con.execute(f"describe {table}").fetchall()]
            for wanted in found.get(table, ()):
                row = PLAIN[table] | ({"release_version": "2.0"} if table == "release_watch" else {}) | wanted
                # Days have an `_on` where they are published, and for a while their older names, too.
                row = {c: row[n] for c in columns for n in (c, c.removesuffix("_on")) if n in row}
                marks = ", ".join(f"${name}" for name in row)
                con.execute(f"insert into {table} ({', '.join(row)}) values ({marks})", row)
    link = data / LINK
    link.unlink()
    link.symlink_to(after.relative_to(data))


def reviewed(data: Path) -> None:
    """Land a few reviews: three of one star within the days of the alarms, one that praises."""
    words = (
        "動かない。ログインできません。",
        "Crashes whenever I open it, every time.",
        "更新してから起動しなくなりました。残念です。",
    )
    bad = [review(f"bad{n}", rating=1, text=text, reviewed_at=day(5 + n)) for n, text in enumerate(words)]
    land(
        data,
        "b1",
        *bad,
        review("good", rating=5, text="とても使いやすくて便利です。ありがとう。", reviewed_at=day(5)),
    )


def config(data: Path) -> Config:
    """One app, which an owner has."""
    store = AppStoreEntry(store=STORE, id=APP, languages=("ja",))
    app = App(key=APP, name=NAME, owner="Citizen services", stores=(store,))
    return Config(data=data, apps=(app,), topics=(), model=ModelChoice())


def alerts(*channels: ChannelTable, **rule: Any) -> Alerts:
    """One rule that tells every channel of everything, unless it is told otherwise."""
    names = tuple(c.name for c in channels)
    plain = {"name": "all", "kinds": FOUND, "to": names, "direction": "both"}
    return Alerts(channel=channels, rule=(RuleTable(**(plain | rule)),), recent_days=30)


def channel(place: Webhook | Mailbox, name: str = "product", **wanted: Any) -> ChannelTable:
    """A channel to a receiver, in English unless it is told otherwise."""
    return ChannelTable(name=name, url=place.url, **wanted)


def passed(data: Path, rules: Alerts, now: datetime) -> Done:
    """One pass."""
    return tell(data, config(data), rules, now, URL)


def signal(kind: str = "star_alarm", on: int = 8, **wanted: Any) -> Signal:
    """An alarm of the app on a day of March 2026."""
    raised = day(on - 1).date()
    plain: dict[str, Any] = {
        "kind": kind, "app": APP, "store": STORE, "direction": "worse", "raised": raised, "size": 1.0,
        "key": f"{kind}/{wanted.get('app', APP)}/{wanted.get('store', STORE)}/{on}",
    }  # fmt: skip
    return Signal(**(plain | wanted))
