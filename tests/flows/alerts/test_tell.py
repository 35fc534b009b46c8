"""Passes over a real publication, to real receivers: each thing once, whatever happens between."""

from __future__ import annotations

import json
import os
import shutil
import signal as signals
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from flows.alerts import ledger as ledgers
from flows.alerts.channels import Message
from flows.alerts.desk import send
from flows.alerts.ledger import Ledger
from flows.config.alerts import Alerts, ChannelTable, OwnerTable, RuleTable
from tests.builders import day, feedback
from tests.conftest import CHECKOUT
from tests.flows.alerts.house import alerts, begun, channel, passed, published, reviewed
from tests.flows.alerts.receivers import HERE, free_port, mailbox, webhook
from tests.warehouse.house import land

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
STARS: dict[str, Any] = {"raised": "2026-03-08"}
TEXTS: dict[str, Any] = {
    "raised": "2026-03-10", "measure": "share_negative", "value_before": 0.4, "value_after": 0.6,
    "change": 0.2, "low": 0.1, "high": 0.3,
}  # fmt: skip
OVER = {"ended": "2026-03-14", "why": "went_back"}


def at(number: int, hour: int = 12, minute: int = 0) -> datetime:
    """A moment of March 2026 (UTC)."""
    return MARCH + timedelta(days=number - 1, hours=hour, minutes=minute)


@pytest.fixture(scope="module")
def _begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("begun")
    reviewed(data)
    land(data, "b2", feedback(may_quote=False, text="ein Tester sagt: geheimes Wort", submitted_at=day(5)))
    begun(data, at(8))
    published(data, alarms=[STARS])
    return data


@pytest.fixture
def data(_begun: Path, tmp_path: Path) -> Path:
    """A data folder in which an alarm on stars is open since 8 March 2026."""
    return Path(shutil.copytree(_begun, tmp_path / "data", symlinks=True))


def test_an_incident_goes_through_mail_and_webhook_from_beginning_to_end(data: Path) -> None:
    with webhook() as hook, mailbox() as box:
        rules = alerts(channel(hook, "product", language="ja"), channel(box, "direction"))
        assert len(passed(data, rules, at(8)).delivered) == 2
        assert passed(data, rules, at(8, 13)).delivered == []
        published(data, alarms=[STARS, TEXTS])
        passed(data, rules, at(10))
        published(data, alarms=[STARS | OVER, TEXTS | OVER])
        passed(data, rules, at(14))
        assert passed(data, rules, at(15)).delivered == []
    assert [c["title"] for c in hook.taken] == [
        "くらしの手続き：星が下がりました",
        "[続報] くらしの手続き：星が下がりました",
        "[終了] くらしの手続き：星が下がりました",
    ]
    first = hook.taken[0]["message"]
    for part in (
        "3.50 → 2.50（変化 −1.00、95%区間 −1.40〜−0.60）", "前 n = 40件、後 n = 50件",
        "取得状況・Google Play",
        "「動かない。ログインできません。」（星1、2026年3月6日）",
        "https://stars.example.go.jp/rating?app=jp.example.app&store=google_play", "lang=ja",
    ):  # fmt: skip
        assert part in first
    assert first.count("（星1、") == 3
    assert "とても使いやすくて" not in first
    assert len({c["thread"] for c in hook.taken}) == 1
    assert len({c["id"] for c in hook.taken}) == 3
    assert [m["Subject"] for m in box.came] == ["くらしの手続き: stars have fallen"] + [
        "Re: くらしの手続き: stars have fallen"
    ] * 2
    assert len({m["References"] for m in box.came}) == 1
    told = "".join(json.dumps(c, ensure_ascii=False) for c in hook.came) + "".join(str(m) for m in box.came)
    assert "geheimes" not in told


def test_an_alarm_that_is_taken_back_is_taken_back_in_its_thread(data: Path) -> None:
    with webhook() as hook:
        rules = alerts(channel(hook))
        passed(data, rules, at(8))
        published(data, alarms=[STARS | {"withdrawn": "2026-03-12", "why": "disagreed"}])
        passed(data, rules, at(12))
        assert passed(data, rules, at(13)).delivered == []
    assert [c["title"].split("]")[0] for c in hook.taken] == [
        "くらしの手続き: stars have fallen",
        "[Taken back",
    ]
    assert "No action is needed" in hook.taken[1]["message"]
    assert "Taken back on 12 Mar 2026: later reviews disagree." in hook.taken[1]["message"]
    assert hook.taken[0]["thread"] == hook.taken[1]["thread"]


def test_a_release_a_burst_and_a_displayed_score_are_told_with_their_numbers(data: Path) -> None:
    series = [
        {"series": "A", "grain": "day", "period_start": f"2026-03-{d:02}", "period_end": f"2026-03-{d:02}",
         "value": v, "low": v - 0.05, "high": v + 0.05, "n": 1200}
        for d, v in ((5, 4.1), (6, 4.0), (7, 3.9))
    ]  # fmt: skip
    busy = [{"day": f"2026-03-0{d}", "topic": "login", "observed": 30.0 + d} for d in (6, 7)]
    watch = [{"day": "2026-03-07", "told_on": "2026-03-07"}, {"day": "2026-03-08"}]
    published(data, rating_series=series, anomalies=busy, release_watch=watch)
    with webhook() as hook:
        kinds = ("displayed_score", "topic_burst", "release_watch")
        passed(data, alerts(channel(hook), kinds=kinds, levels=(4.0,)), at(8))
    (one,) = hook.taken
    assert one["title"] == "くらしの手続き: release 2.0 is rated worse"
    for part in (
        "release 2.0 of 1 Mar 2026: by days, mean stars −1.00 (95% interval −1.60 to −0.40); "
        "n = 40 before, 50 since",
        "displayed score: 4.0 (6 Mar 2026) → 3.9 (7 Mar 2026); level 4.0, rounded within 3.85 to 3.95; "
        "n = 1,200",
        "reviews about login: 37 on 7 Mar 2026; usually 5 (95% range 1 to 10); n = 60 since 6 Mar 2026",
        "/releases?", "release=google_play%2F2.0",
    ):  # fmt: skip
        assert part in one["message"]


def test_quiet_hours_hold_and_at_their_end_things_are_told_once_as_they_then_stand(data: Path) -> None:
    # 20:00 to 08:00 in Tokyo is 11:00 to 23:00 UTC.
    with webhook() as hook:
        table = channel(hook, quiet=(time(20), time(8)), timezone="Asia/Tokyo")
        rules = alerts(table)
        assert passed(data, rules, at(8, 11)).held == ["product"]
        published(data, alarms=[STARS, TEXTS])
        assert passed(data, rules, at(10, 22, 59)).held == ["product"]
        assert hook.came == []
        passed(data, rules, at(10, 23))
        assert len(hook.taken) == 1
        assert "share of negative texts" in hook.taken[0]["message"]
        assert passed(data, rules, at(10, 23, 5)).delivered == []


def test_what_is_urgent_goes_out_in_quiet_hours_and_what_was_taken_back_meanwhile_never(data: Path) -> None:
    with webhook() as hook, webhook() as calm:
        quiet = {"quiet": (time(20), time(8)), "timezone": "Asia/Tokyo"}
        rules = Alerts(
            channel=(channel(hook, "urgent", **quiet), channel(calm, "calm", **quiet)),
            rule=(
                RuleTable(name="u", kinds=("star_alarm",), to=("urgent",), urgent=True),
                RuleTable(name="c", kinds=("star_alarm",), to=("calm",)),
            ),
        )
        done = passed(data, rules, at(8, 15))
        assert [p.channel for p in done.delivered] == ["urgent"]
        published(data, alarms=[STARS | {"withdrawn": "2026-03-09", "why": "disagreed"}])
        passed(data, rules, at(9, 23))
        assert calm.came == []
        assert [c["title"].split("]")[0] for c in hook.taken][1:] == ["[Taken back"]


def test_a_dead_channel_is_tried_ever_more_slowly_holds_nobody_up_and_is_told_once_when_it_is_back(
    data: Path,
) -> None:
    port = free_port()
    dead = ChannelTable(name="dead", url=f"json://{HERE}:{port}/hook")
    with webhook() as hook:
        rules = alerts(dead, channel(hook, "well"))
        tries = [at(8)]
        assert passed(data, rules, tries[0]).failed
        for _ in range(5):
            with Ledger.read(data) as ledger:
                due = next(c.next_try_at for c in ledger.channels() if c.name == "dead")
            assert due is not None
            assert passed(data, rules, due - timedelta(seconds=1)).failed == []
            assert passed(data, rules, due).failed
            tries.append(due)
        waits = [b - a for a, b in pairwise(tries)]
        assert waits == sorted(waits)
        assert waits[-1] >= timedelta(minutes=16)
        assert len(hook.taken) == 1
        published(data, alarms=[STARS | OVER])
        with webhook(port=port) as back:
            passed(data, rules, at(14))
            passed(data, rules, at(14, 13))
        assert len(back.taken) == 1
        assert "It had begun and was over before it could be told here." in back.taken[0]["message"]
        assert len(hook.taken) == 2
    with Ledger.read(data) as ledger:
        assert all(line.failing_since is None for line in ledger.channels())
        rows = [r for r in ledger.list() if r["channel"] == "dead"]
    assert [r["status"] for r in rows if r["status"] == "delivered"] == ["delivered"]
    assert max(r["tries"] for r in rows) == 6
    assert "onnection" in next(r["detail"] for r in rows if r["tries"] == 6)


def test_more_than_an_hour_allows_comes_in_one(data: Path) -> None:
    many = [STARS | {"app": f"jp.example.a{n}"} for n in range(4)]
    published(data, alarms=many)
    with webhook() as hook:
        rules = alerts(channel(hook, per_hour=2))
        passed(data, rules, at(8))
        assert len(hook.taken) == 2
        assert hook.taken[1]["title"] == "Hoshiyomi: 3 alerts"
        assert passed(data, rules, at(8, 12, 5)).delivered == []
        published(data, alarms=[*many, STARS | {"app": "jp.example.b"}])
        passed(data, rules, at(9))
    assert len(hook.taken) == 3


def test_a_digest_comes_once_a_day_at_its_time_and_only_with_news(data: Path) -> None:
    with webhook() as hook:
        rules = alerts(channel(hook, digest=time(8, 30), timezone="Asia/Tokyo"))
        assert passed(data, rules, at(8, 12)).held == ["product"]
        assert passed(data, rules, at(8, 23, 29)).held == ["product"]
        passed(data, rules, at(8, 23, 31))
        assert [c["title"] for c in hook.taken] == ["Hoshiyomi: 1 alert"]
        for number in (9, 10):
            assert passed(data, rules, at(number, 23, 31)).delivered == []
        published(data, alarms=[STARS | OVER])
        passed(data, rules, at(14, 20))
        passed(data, rules, at(14, 23, 30))
    assert len(hook.taken) == 2
    assert "[Over]" in hook.taken[1]["message"]


def test_owners_of_the_matrix_are_told_of_what_is_theirs(data: Path) -> None:
    with webhook() as ours, webhook() as theirs, webhook() as all_:
        rules = Alerts(
            channel=(channel(ours, "ours"), channel(theirs, "theirs"), channel(all_, "cxo-mail")),
            owner=(
                OwnerTable(name="director", channels=("ours",), owners=("Citizen services",)),
                OwnerTable(name="director", channels=("theirs",), apps=("jp.example.other",)),
                OwnerTable(name="cxo", channels=("cxo-mail",)),
            ),
            rule=(RuleTable(name="r", kinds=("star_alarm",), to=("director", "cxo")),),
        )
        passed(data, rules, at(8))
    assert [len(w.taken) for w in (ours, theirs, all_)] == [1, 0, 1]


def test_an_owner_without_a_channel_is_named_and_otherwise_steps_in(data: Path) -> None:
    rule = RuleTable(name="r", kinds=("star_alarm",), to=("app_owner",))
    with webhook() as hook:
        passed(data, Alerts(channel=(channel(hook),), rule=(rule,)), at(8))
        assert hook.came == []
        with Ledger.read(data) as ledger:
            assert ledger.nobody_told() == ["rule 'r': star_alarm of jp.example.app"]
        passed(data, Alerts(channel=(channel(hook),), rule=(rule,), otherwise=("product",)), at(8))
        assert len(hook.taken) == 1
        with Ledger.read(data) as ledger:
            assert ledger.nobody_told() == []


_KILLED = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from flows.alerts import desk
from tests.flows.alerts.house import alerts, passed
from flows.config.alerts import ChannelTable
plain = desk.deliver
def then_killed(*words):
    receipt = plain(*words)
    assert receipt.is_delivered
    os.kill(os.getpid(), signal.SIGKILL)
desk.deliver = then_killed
rules = alerts(ChannelTable(name="product", url=sys.argv[2]))
passed(Path(sys.argv[1]), rules, datetime.fromisoformat(sys.argv[3]))
"""


def test_killed_between_sending_and_the_receipt_it_is_sent_again_under_the_same_id(data: Path) -> None:
    with webhook() as hook:
        words = [sys.executable, "-c", _KILLED, str(data), hook.url, at(8).isoformat()]
        done = subprocess.run(
            words, cwd=CHECKOUT, check=False, env=os.environ | {"PYTHONPATH": str(CHECKOUT)}
        )
        assert done.returncode == -signals.SIGKILL
        assert len(hook.taken) == 1
        passed(data, alerts(channel(hook)), at(8, 12, 5))
        assert passed(data, alerts(channel(hook)), at(8, 12, 10)).delivered == []
    first, again = hook.taken
    assert first["id"] == again["id"]


def test_two_passes_at_once_tell_each_thing_once(data: Path) -> None:
    with webhook() as hook:
        rules = alerts(channel(hook))
        threads = [threading.Thread(target=passed, args=(data, rules, at(8))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(hook.came) == 1


def test_without_a_channel_nothing_is_looked_at_and_nothing_is_written(data: Path) -> None:
    passed(data, Alerts(), at(8))
    assert not (data / ledgers.FOLDER).exists()


def test_a_receipt_holds_nobodys_words_and_no_address(data: Path) -> None:
    with webhook() as hook:
        secret = hook.url.replace("/hook", "/tok3n-path")
        passed(data, alerts(ChannelTable(name="product", url=secret)), at(8))
    raw = (data / ledgers.FOLDER / ledgers.FILE).read_bytes()
    assert "ログインできません".encode() not in raw
    assert b"tok3n-path" not in raw
    assert (data / ledgers.FOLDER / ledgers.FILE).stat().st_mode & 0o077 == 0


def test_a_publication_that_cannot_be_read_is_told_and_ends_no_alarm(data: Path) -> None:
    with webhook() as hook:
        kinds = ("star_alarm", "refresh_failed")
        rules = alerts(channel(hook), kinds=kinds)
        passed(data, rules, at(8))
        path = (data / "current.duckdb").resolve()
        path.chmod(0o600)
        path.write_bytes(b"rot" * 100)
        passed(data, rules, at(9))
        passed(data, rules, at(10))
    assert [c["title"] for c in hook.taken] == [
        "くらしの手続き: stars have fallen", "Hoshiyomi: the refresh failed",
    ]  # fmt: skip
    assert "What to do: `hoshiyomi refresh` replaces it".replace("`", "ʼ") in hook.taken[1]["message"]


def test_on_a_full_disk_it_is_told_all_the_same(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with webhook() as hook:
        rules = alerts(channel(hook))
        passed(data, rules, at(8))
        published(data, alarms=[STARS, TEXTS])

        def full(path: Path) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        monkeypatch.setattr(ledgers, "touch", full)
        passed(data, rules, at(10))
        assert [c["title"].split("]")[0] for c in hook.taken][1:] == ["[More of it"]
        monkeypatch.undo()
        # It could not be written down, so it is told once more, under the same id.
        passed(data, rules, at(10, 13))
    assert hook.taken[1]["id"] == hook.taken[2]["id"]


def test_room_is_laid_aside_for_the_day_on_which_the_disk_is_full(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with webhook() as hook:
        passed(data, alerts(channel(hook)), at(8))
        reserve = data / "alerts" / "reserve"
        assert reserve.stat().st_size == 1 << 20
        monkeypatch.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(9, 9, 64_000))
        passed(data, alerts(channel(hook)), at(9))
    assert not reserve.exists()


def test_what_a_full_disk_ends_says_so_and_not_that_nothing_was_begun(data: Path) -> None:
    with Ledger.open(data) as ledger, pytest.raises(sqlite3.OperationalError, match="disk is full"):
        (pages,) = ledger._con.execute("pragma page_count").fetchone()
        # SQLite's own limit, at which it does what it does on a full disk.
        ledger._con.execute(f"pragma max_page_count = {pages}")
        ledger.unreached([f"{n}" * 400 for n in range(400)], at(9))


def test_a_message_of_another_room_arrives_once_and_is_tried_until_it_does(
    data: Path, tmp_path: Path
) -> None:
    page = tmp_path / "report.html"
    page.write_text("<p>week</p>", encoding="utf-8")
    message = Message(title="Week 10", text="All is well.", attachments=(page,))
    port = free_port()
    rules = alerts(ChannelTable(name="mail", url=f"json://{HERE}:{port}/hook"), kinds=("disk_short",))
    receipt = send(data, rules, "mail", message, "week-10", at(8))
    assert receipt is not None
    assert not receipt.is_delivered
    with webhook(port=port) as hook:
        passed(data, rules, at(8, 12, 2))
        assert send(data, rules, "mail", message, "week-10", at(8, 13)) is None
        passed(data, rules, at(8, 14))
    assert [(c["title"], c["attachments"][0]["filename"]) for c in hook.taken] == [("Week 10", "report.html")]


def test_the_clock_of_a_pass_is_its_argument(data: Path) -> None:
    with webhook() as hook:
        passed(data, alerts(channel(hook)), at(8))
    with Ledger.read(data) as ledger:
        (row,) = ledger.list()
    assert row["made_at"] == row["last_try_at"] == at(8).isoformat()
