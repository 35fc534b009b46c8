"""A review that a person hands over reaches its channel, harmless, with their note; what fails is kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest

from flows.alerts.hand_over import Request, hand_over
from flows.alerts.hand_over import told as message_of
from flows.alerts.words import words
from flows.config.alerts import Alerts, ChannelTable
from tests.conftest import CHECKOUT
from tests.flows.alerts.house import alerts, channel, passed
from tests.flows.alerts.receivers import free_port, webhook
from tests.listening import HERE

NOW = datetime(2026, 3, 8, 12, tzinfo=UTC)
STARS = "https://stars.example.go.jp"


def _asked(**wanted: Any) -> Request:
    plain = {
        "channel": "mail", "app": "procedures", "name": "くらしの手続き",
        "review": "google_play/jp.example/r1",
        "about": "Google Play · 8 Mar 2026 · 1 of 5 stars", "title": "", "note": "Please look <b>today</b>",
        "text": "@channel it stops, see https://evil.example/x *now*",
    }  # fmt: skip
    return Request(**plain | wanted)


def test_a_review_arrives_with_its_note_and_link_and_can_do_nothing(tmp_path: Path) -> None:
    with webhook() as hook:
        done = hand_over(tmp_path, alerts(channel(hook)), _asked(channel=channel(hook).name), STARS, NOW)
    assert done.state == "delivered"
    (told,) = hook.taken
    assert "くらしの手続き" in told["title"]
    said = told["message"]
    assert "Please look" in said
    assert f"{STARS}/reviews?app=procedures&review=google_play%2Fjp.example%2Fr1" in said.replace(
        "&amp;", "&"
    )
    assert "evil.example" not in said
    assert "@channel" not in said
    page = message_of(words("ja"), _asked(), STARS).html or ""
    assert "&lt;b&gt;today" in page
    assert "<b>" not in page


def test_what_a_channel_does_not_take_is_kept_and_goes_out_with_a_later_pass(tmp_path: Path) -> None:
    port = free_port()
    rules = alerts(ChannelTable(name="mail", url=f"json://{HERE}:{port}/hook"), kinds=("disk_short",))
    done = hand_over(tmp_path, rules, _asked(), STARS, NOW)
    assert done.state == "failed"
    assert str(port) not in (done.detail or "")
    with webhook(port=port) as hook:
        passed(tmp_path, rules, NOW.replace(hour=13))
        passed(tmp_path, rules, NOW.replace(hour=15))
    assert len(hook.taken) == 1


def test_in_quiet_hours_it_waits(tmp_path: Path) -> None:
    rules = alerts(ChannelTable(name="mail", url=f"json://{HERE}:1/hook", quiet=(time(0), time(23, 59))))
    assert hand_over(tmp_path, rules, _asked(), STARS, NOW).state == "waits"


def test_a_channel_that_is_not_there_is_refused_and_nothing_is_kept(tmp_path: Path) -> None:
    done = hand_over(tmp_path, Alerts(), _asked(), STARS, NOW)
    assert done.state == "refused"
    assert "no channel 'mail'" in (done.detail or "")
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("wrong", [{"who": "me"}, {"note": "x" * 1_001}])
def test_a_request_holds_what_it_may_and_nothing_else(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"who|note"):
        _asked(**wrong)


def test_the_dashboards_child_reads_a_request_and_says_what_became_of_it(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.mkdir()
    with webhook() as hook:
        address = channel(hook).url
        (config / "alerts.toml").write_text(
            f'[[channel]]\nname = "mail"\nurl = "{address}"\n', encoding="utf-8"
        )
        done = subprocess.run(
            [sys.executable, "-m", "flows.alerts.hand_over"], input=_asked().model_dump_json().encode(),
            env={**os.environ, "HOSHIYOMI_CONFIG": str(config), "HOSHIYOMI_DATA": str(tmp_path / "data")},
            capture_output=True, check=True, cwd=CHECKOUT, timeout=60,
        )  # fmt: skip
    assert json.loads(done.stdout) == {"state": "delivered", "detail": None}
    assert len(hook.taken) == 1
