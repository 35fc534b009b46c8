from __future__ import annotations

from pathlib import Path

import pytest

from flows.config.apps import read_apps, read_topics
from flows.config.load import CHECKOUT, config_folder, data_folder, load_config, read_settings
from flows.config.settings import ADDRESSES
from flows.errors import ConfigError

APP = """
[[app]]
key = "procedures"
name = "くらしの手続き"
[[app.store]]
store = "google_play"
id = "jp.example.procedures"
languages = ["ja", "en"]
"""
TOPIC = '[[topic]]\nkey = "crash"\nlabel_en = "Crashes"\nlabel_ja = "落ちる"\nlens = "reliability"\n'


def _file(folder: Path, text: str, name: str = "apps.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_examples_are_valid() -> None:
    assert read_apps(CHECKOUT / "config" / "apps.toml") == ()
    assert len(read_topics(CHECKOUT / "config" / "topics.toml")) == 18


def test_an_app_is_read_with_its_stores(tmp_path: Path) -> None:
    (app,) = read_apps(_file(tmp_path, APP))
    assert (app.key, app.name, app.owner) == ("procedures", "くらしの手続き", None)
    assert app.stores[0].languages == ("ja", "en")


def test_without_apps_toml_no_app_is_named(tmp_path: Path) -> None:
    assert read_apps(tmp_path / "apps.toml") == ()


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (("languages", "langauges"), "did you mean 'languages'"),
        (("name =", "nmae ="), "did you mean 'name'"),
        (("google_play", "googleplay"), "did you mean 'google_play'"),
        (('"ja"', '"JA"'), "languages 'JA' is not a code"),
        (('key = "procedures"', 'key = "a b"'), "key 'a b' may hold letters"),
        (("[[app.store]]", "[[app.stores]]"), "did you mean 'store'"),
        (('"くらしの手続き"', "7"), "name is missing or is not a text"),
        (("[[app]]", "[[app]"), "is not valid TOML"),
    ],
)
def test_a_mistake_in_apps_toml_names_file_key_and_remedy(
    tmp_path: Path, edit: tuple[str, str], says: str
) -> None:
    with pytest.raises(ConfigError, match=says) as error:
        read_apps(_file(tmp_path, APP.replace(*edit)))
    assert "apps.toml" in str(error.value)


def test_google_play_is_asked_by_language_and_the_app_store_by_country(tmp_path: Path) -> None:
    by_country = APP.replace('languages = ["ja", "en"]', 'countries = ["jp"]')
    with pytest.raises(ConfigError, match="use languages"):
        read_apps(_file(tmp_path, by_country))
    with pytest.raises(ConfigError, match="use countries"):
        read_apps(_file(tmp_path, APP.replace("google_play", "app_store")))
    (app,) = read_apps(_file(tmp_path, by_country.replace("google_play", "app_store")))
    assert app.stores[0].countries == ("jp",)


def test_one_store_id_belongs_to_one_app(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"store id 'google_play:jp.example.procedures' is given twice"):
        read_apps(_file(tmp_path, APP + APP.replace('"procedures"', '"other"')))


def test_a_lens_must_be_one_of_four(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="did you mean 'reliability'"):
        read_topics(_file(tmp_path, TOPIC.replace("reliability", "relaibility"), "topics.toml"))


def test_a_missing_topics_file_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="copy it from the project's config folder"):
        read_topics(tmp_path / "topics.toml")


def test_folders_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSHIYOMI_DATA", str(tmp_path / "d"))
    monkeypatch.setenv("HOSHIYOMI_CONFIG", str(tmp_path))
    _file(tmp_path, APP)
    _file(tmp_path, TOPIC, "topics.toml")
    config = load_config()
    assert config.data == tmp_path / "d"
    assert [a.key for a in config.apps] == ["procedures"]


def test_the_default_data_folder_is_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert data_folder() == tmp_path / "data"
    assert config_folder() == CHECKOUT / "config"


def test_a_config_folder_that_is_none_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSHIYOMI_CONFIG", "no-such-folder")
    with pytest.raises(ConfigError, match="not a folder"):
        config_folder()


def test_without_hoshiyomi_toml_the_bundled_model_serves(tmp_path: Path) -> None:
    choice = read_settings(tmp_path / "hoshiyomi.toml").model
    assert (choice.sentiment, choice.topic, choice.download) == ("bundled", "bundled", False)
    assert read_settings(CHECKOUT / "config" / "hoshiyomi.toml").model == choice


def test_a_hub_model_is_named_with_its_labels(tmp_path: Path) -> None:
    text = '[model]\nsentiment = "hub:a/b@v1"\n[model.labels]\nLABEL_0 = "negative"\n'
    choice = read_settings(_file(tmp_path, text, "hoshiyomi.toml")).model
    assert (choice.sentiment, choice.topic, choice.labels) == (
        "hub:a/b@v1",
        "bundled",
        {"LABEL_0": "negative"},
    )


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('sentimnet = "bundled"', "did you mean 'sentiment'"),
        ("threshold = 2.0", "between 0 and 1"),
        ("threshold = true", "between 0 and 1"),
        ('download = "yes"', "true or false"),
        ("labels = 3", "labels must be a table"),
        ("topic = 3", "topic is missing or is not a text"),
    ],
)
def test_a_mistake_in_hoshiyomi_toml_is_named(tmp_path: Path, line: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        read_settings(_file(tmp_path, f"[model]\n{line}\n", "hoshiyomi.toml"))


@pytest.mark.parametrize("value", ["1", '"x"', "[1]", "true"])
@pytest.mark.parametrize(
    "table", ["model", "collect", "analysis", "dashboard", "intake", "retention", "publish"]
)
def test_a_table_of_hoshiyomi_toml_that_is_none_names_file_key_and_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str, value: str
) -> None:
    _file(tmp_path, f"{table} = {value}\n", "hoshiyomi.toml")
    _file(tmp_path, TOPIC, "topics.toml")
    monkeypatch.setenv("HOSHIYOMI_CONFIG", str(tmp_path))
    with pytest.raises(
        ConfigError, match=rf"hoshiyomi\.toml: {table} must be written as a table \[{table}\]"
    ):
        load_config()


ELSEWHERE = (
    "http://localhost.evil.example", "http://127.evil.example", "http://127.0.0.1.evil.example",
    "http://localhost-evil.example", "http://localhost:80@evil.example", "http://[::1", "http://",
    "ftp://127.0.0.1", "https:///path", "http://evil.example#127.0.0.1",
)  # fmt: skip
HERE = (
    "http://localhost",
    "http://LOCALHOST:8080/x",
    "http://127.0.0.1:9",
    "http://127.9.9.9",
    "http://[::1]:9",
)


@pytest.mark.parametrize("address", ELSEWHERE)
def test_an_address_that_only_begins_like_this_machine_is_refused(tmp_path: Path, address: str) -> None:
    wanted = f'[collect.addresses]\ngoogle_play = "{address}"\n'
    with pytest.raises(ConfigError, match="addresses google_play must begin with https"):
        read_settings(_file(tmp_path, wanted, "hoshiyomi.toml"))
    origin = f'[intake]\npublic_origin = "{address}"\n'
    with pytest.raises(ConfigError, match="public_origin"):
        read_settings(_file(tmp_path, origin, "hoshiyomi.toml"))


@pytest.mark.parametrize("address", [*HERE, "https://mirror.example"])
def test_this_machine_and_tls_are_accepted(tmp_path: Path, address: str) -> None:
    wanted = f'[collect.addresses]\ngoogle_play = "{address}"\n'
    assert read_settings(_file(tmp_path, wanted, "hoshiyomi.toml")).collect.addresses == {
        "google_play": address
    }


def test_only_this_machine_is_asked_without_a_limit(tmp_path: Path) -> None:
    def read(address: str) -> float | None:
        named = "".join(f'{name} = "{address}"\n' for name in ADDRESSES)
        asked = f'[collect]\nrequests_per_second = "unlimited"\n[collect.addresses]\n{named}'
        return read_settings(_file(tmp_path, asked, "hoshiyomi.toml")).collect.requests_per_second

    assert read("http://127.0.0.1:9") is None
    for address in ("https://mirror.example", "https://localhost.evil.example"):
        with pytest.raises(ConfigError, match="may be unlimited only where every address is on this machine"):
            read(address)


def test_an_app_store_entry_can_name_the_adapter(tmp_path: Path) -> None:
    entry = APP.replace("google_play", "app_store").replace('languages = ["ja", "en"]', 'countries = ["jp"]')
    (app,) = read_apps(_file(tmp_path, f'{entry}adapter = "app-store-scraper"\n'))
    assert app.stores[0].adapter == "app-store-scraper"
    with pytest.raises(ConfigError, match="did you mean 'app-store-scraper'"):
        read_apps(_file(tmp_path, f'{entry}adapter = "app-store-scrapper"\n'))


def test_every_mistake_of_a_file_is_told_with_its_place(tmp_path: Path) -> None:
    wrong = APP.replace('"くらしの手続き"', "7") + APP.replace("procedures", "other").replace('"ja"', '"JA"')
    with pytest.raises(ConfigError) as error:
        read_apps(_file(tmp_path, wrong))
    assert str(error.value).splitlines() == [
        "apps.toml, app 1 (procedures): name is missing or is not a text.",
        "apps.toml, app 2 (other), store 1: languages 'JA' is not a code such as 'ja' or 'jp'.",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("app = 1", "apps.toml: app must be written as [[app]] tables."),
        ("app = [1]", "apps.toml: app must be written as [[app]] tables."),
        ('[app]\nkey = "a"', "apps.toml: app must be written as [[app]] tables."),
        (APP.replace("[[app.store]]", "[app.store]"), "store must be written as [[store]] tables."),
        (APP.replace('id = "jp.example.procedures"', ""), "app 1 (procedures), store 1: id is missing."),
        (APP + "connect = 1", "store 1: connect must be written as a table [app.store.connect]."),
        (APP + 'connect = { key_file = "k" }', "store 1, connect: key_id is missing."),
        (APP + "service_account = 1", "store 1: service_account is missing or is not a text."),
        (APP + 'adapter = "app-store-scraper"', "adapter is a key of app_store only. Remedy: remove it."),
        (APP.replace('["ja", "en"]', '"ja"'), """languages must be a list such as ["ja", "en"]."""),
        (APP.replace("[[app.store]]", "").split("store =")[0], "no [[app.store]]. Remedy: add one with"),
    ],
)
def test_a_value_of_the_wrong_kind_names_its_place_and_what_it_must_be(
    tmp_path: Path, text: str, says: str
) -> None:
    with pytest.raises(ConfigError) as error:
        read_apps(_file(tmp_path, text))
    assert says in str(error.value)


def test_a_path_is_meant_from_the_folder_of_its_file(tmp_path: Path) -> None:
    (app,) = read_apps(_file(tmp_path, APP + 'service_account = "keys/play.json"'))
    assert app.stores[0].service_account == tmp_path / "keys" / "play.json"
    (app,) = read_apps(_file(tmp_path, APP + 'service_account = "/keys/play.json"'))
    assert app.stores[0].service_account == Path("/keys/play.json")


def test_what_stays_the_same_is_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSHIYOMI_CONFIG", str(tmp_path))
    _file(tmp_path, APP)
    _file(tmp_path, TOPIC, "topics.toml")
    first = load_config()
    assert load_config() is first
    _file(tmp_path, APP.replace("procedures", "procedurez"))
    assert [a.key for a in load_config().apps] == ["procedurez"]
    monkeypatch.setenv("HOSHIYOMI_DATA", str(tmp_path / "other"))
    assert load_config().data == tmp_path / "other"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://tracker.example/n?t={title}", "must begin with https://"),
        ("javascript:alert(1)", "must begin with https://"),
        ("https://{app}.example/n", "must begin with https://"),
        ("mailto:?body={text}", "must begin with https://"),
        ("https://tracker.example/n?t={titel}", 'names {titel}, which no review has; did you mean "title"?'),
        ("https://tracker.example/n?t={text.__class__}", "names {text.__class__}, which no review has"),
        ("https://tracker.example/n?t={text!r}", "names {text}, which no review has"),
        ("https://tracker.example/n?t={text", "holds a brace without its other one"),
    ],
)
def test_an_address_of_a_tracker_that_is_none_is_named_with_its_remedy(
    tmp_path: Path, url: str, says: str
) -> None:
    text = f'[[dashboard.trackers]]\nname = "Issues"\nurl = "{url}"\n'
    with pytest.raises(ConfigError) as raised:
        read_settings(_file(tmp_path, text, "hoshiyomi.toml"))
    assert says.split(";")[0] in str(raised.value)
    assert "trackers 1" in str(raised.value)


def test_addresses_of_trackers_are_https_or_mail(tmp_path: Path) -> None:
    urls = (
        "https://tracker.example/n?t={title}&b={text}%0A{link}",
        "mailto:team@example.go.jp?subject={app}",
    )
    text = "".join(f'[[dashboard.trackers]]\nname = "x"\nurl = "{u}"\n' for u in urls)
    found = read_settings(_file(tmp_path, text, "hoshiyomi.toml")).dashboard.trackers
    assert tuple(t.url for t in found) == urls
