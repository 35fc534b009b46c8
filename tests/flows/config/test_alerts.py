"""alerts.toml: what it may say, and that what is wrong in it is told with its place and remedy."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from flows.config.alerts import Alerts, check_names, read_alerts
from flows.config.apps import App, AppStoreEntry, Topic
from flows.config.load import CHECKOUT
from flows.errors import ConfigError

CHANNEL = '[[channel]]\nname = "ops"\nurl = "json://127.0.0.1/x"\n'
SCORE = "displayed_score"
RULE = '[[rule]]\nname = "r"\nkinds = ["star_alarm"]\nto = ["ops"]\n'


def _parsed(folder: Path, text: str) -> Alerts:
    (folder / "alerts.toml").write_text(text, encoding="utf-8")
    return read_alerts(folder)


def test_the_shipped_example_tells_nobody_and_is_valid_without_its_marks(tmp_path: Path) -> None:
    path = CHECKOUT / "config" / "alerts.toml"
    assert read_alerts(path.parent) == Alerts()
    example = path.read_text(encoding="utf-8").split("#\n", 1)[1]
    alerts = _parsed(
        tmp_path, "\n".join(line.removeprefix("#").removeprefix(" ") for line in example.splitlines())
    )
    assert [c.name for c in alerts.channel] == ["product", "direction", "operators"]
    assert alerts.channel[0].quiet == (time(20), time(8))
    assert alerts.channel[1].url_file == tmp_path / "direction.url"
    assert {k for r in alerts.rule for k in r.kinds} >= {"release_watch", "disk_short", "coverage_lost"}
    app = App(
        key="procedures", name="P", owner="Citizen services",
        stores=(AppStoreEntry(store="google_play", id="x", languages=("ja",)),),
    )  # fmt: skip
    topics = tuple(Topic(key=k, label_en=k, label_ja=k, lens="trust") for k in ("login", "crash", "payment"))
    check_names(alerts, (app,), topics, ())


def test_without_the_file_nobody_is_told(tmp_path: Path) -> None:
    assert read_alerts(tmp_path).channel == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CHANNEL.replace("url =", "ulr ="), "channel 1: unknown key 'ulr'; did you mean 'url'"),
        (CHANNEL.replace('url = "json://127.0.0.1/x"\n', ""), "a channel has one address"),
        (CHANNEL + 'url_env = "X"\n', "a channel has one address"),
        (CHANNEL + 'quiet = "20-8"\n', "quiet must be a span such as '20:00-08:00'"),
        (CHANNEL + 'quiet = "08:00-08:00"\n', "quiet must be a span"),
        (CHANNEL + 'quiet = "20:00-08:00"\ndigest = "07:00"\n', "digest lies in the quiet hours"),
        (CHANNEL + 'digest = "25:00"\n', "digest must be a time of the day"),
        (CHANNEL + 'quiet_days = ["saturday"]\n', "'saturday' is unknown; did you mean 'sat'"),
        (CHANNEL + 'timezone = "Tokyo"\n', "'Tokyo' is no time zone"),
        (CHANNEL + 'language = "fr"\n', "'fr' is unknown"),
        (CHANNEL + CHANNEL, "the channel 'ops' is given twice"),
        (CHANNEL + RULE.replace("ops", "opps"), "'r' names 'opps', which is not there; did you mean 'ops'"),
        (CHANNEL + RULE.replace("alarm", "alarms"), "'star_alarms' is unknown; did you mean 'star_alarm'"),
        (CHANNEL + RULE + "levels = [4.0]\n", "levels and the kind displayed_score go together"),
        (CHANNEL + RULE.replace("star_alarm", SCORE), "levels and the kind displayed_score go together"),
        (CHANNEL + RULE.replace("star_alarm", SCORE) + "levels = [6.0]\n", "levels must hold numbers from"),
        (CHANNEL + '[[owner]]\nname = "o"\nchannels = []\n', "no channels"),
        (CHANNEL + '[[owner]]\nname = "o"\nchannels = ["x"]\n', "the owner 'o' names 'x'"),
        ('otherwise = ["x"]\n' + CHANNEL, "otherwise names 'x'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        _parsed(tmp_path, text)
    assert str(error.value).startswith("alerts.toml")
    assert said in str(error.value)


def test_a_rule_about_nobody_is_refused(tmp_path: Path) -> None:
    alerts = _parsed(tmp_path, CHANNEL + RULE + 'apps = ["procedure"]\n')
    app = App(
        key="procedures", name="P", stores=(AppStoreEntry(store="google_play", id="x", languages=("ja",)),)
    )
    with pytest.raises(ConfigError, match="'procedure', which nobody knows; did you mean 'procedures'"):
        check_names(alerts, (app,), (), ())
    check_names(alerts, (app,), (), ("procedure",))


def test_an_address_comes_from_the_environment_or_from_a_file_of_its_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = CHANNEL.replace('url = "json://127.0.0.1/x"', 'url_env = "HOSHIYOMI_HOOK"')
    (table,) = _parsed(tmp_path, text).channel
    with pytest.raises(ConfigError, match="the variable HOSHIYOMI_HOOK holds no address"):
        table.address()
    monkeypatch.setenv("HOSHIYOMI_HOOK", "json://geheim/x")
    assert table.address().get_secret_value() == "json://geheim/x"
    assert "geheim" not in repr(table.address())
    (table,) = _parsed(tmp_path, CHANNEL.replace('url = "json://127.0.0.1/x"', 'url_file = "hook"')).channel
    with pytest.raises(ConfigError, match="holds no address"):
        table.address()
    (tmp_path / "hook").write_text("json://geheim/x\n")
    (tmp_path / "hook").chmod(0o644)
    with pytest.raises(ConfigError, match="others can read"):
        table.address()
    (tmp_path / "hook").chmod(0o600)
    assert table.address().get_secret_value() == "json://geheim/x"
