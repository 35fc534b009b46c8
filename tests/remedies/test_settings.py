"""Settings: the file as somebody wrote it, the error, the file edited as the error says, and it is read."""

from __future__ import annotations

import grp
import os
import shutil
from pathlib import Path

import pytest

from flows.cli.dashboard_access import answerable, check_access
from flows.cli.dashboard_server import named_translator
from flows.config.load import has_login, load_config
from flows.errors import ConfigError
from tests.remedies.claims import carries_out, command, refused

CHECKOUT = Path(__file__).resolve().parents[2]
APP = """
[[app]]
key = "procedures"
name = "Procedures"
[[app.store]]
store = "google_play"
id = "jp.example.procedures"
languages = ["ja"]
"""
APPLE = """
[[app]]
key = "procedures"
name = "Procedures"
[[app.store]]
store = "app_store"
id = "1234567890"
countries = ["jp"]
connect = { key_file = "key.p8", key_id = "K", issuer_id = "I" }
"""
EVENT = '[[event]]\napp = "procedures"\nkind = "campaign"\nat = 2026-04-01\nlabel = "Spring"\n'
LAKE = '[scale]\nwarehouse = "ducklake"\ncatalog = "postgres:dbname=stars"\ndata = "/mnt/stars"\n'
INTAKE = '[intake]\npublic_origin = "https://feedback.example.jp"\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "apps.toml").write_text(APP, encoding="utf-8")
    shutil.copy(CHECKOUT / "config" / "topics.toml", folder)
    monkeypatch.setenv("HOSHIYOMI_CONFIG", str(folder))
    monkeypatch.setenv("HOSHIYOMI_DATA", str(tmp_path / "data"))
    return folder


def _case(remedy: str, file: str, good: str, wrong: tuple[str, str], mended: tuple[str, str]) -> object:
    """A file with one word written wrongly, and the edit that the remedy asks for."""
    return pytest.param(file, good, wrong, mended, marks=carries_out(remedy), id=remedy[-60:])


@pytest.mark.parametrize(
    ("file", "good", "wrong", "mended"),
    [
        _case(
            "no [[app.store]]. Remedy: add one with store and id", "apps.toml", APP,
            (APP[APP.index("[[app.store]]") :], ""),
            ('name = "Procedures"', 'name = "Procedures"\n[[app.store]]\nstore = "app_store"\nid = "12345"'),
        ),
        _case(
            "have a language, not a country. Remedy: use languages", "apps.toml", APP,
            ('languages = ["ja"]', 'countries = ["jp"]'), ('countries = ["jp"]', 'languages = ["ja"]'),
        ),
        _case(
            "App Store reviews have a country. Remedy: use countries", "apps.toml", APPLE,
            ('countries = ["jp"]', 'languages = ["ja"]'), ('languages = ["ja"]', 'countries = ["jp"]'),
        ),
        _case(
            "adapter and connect name two routes. Remedy: keep connect, the official one",
            "apps.toml", APPLE,
            ("connect =", 'adapter = "app-store-scraper"\nconnect ='),
            ('adapter = "app-store-scraper"\n', ""),
        ),
        _case(
            "{} is a key of {} only. Remedy: remove it", "apps.toml", APP,
            ("languages", 'adapter = "app-store-scraper"\nlanguages'),
            ('adapter = "app-store-scraper"\n', ""),
        ),
        _case(
            "= {} is out of bounds. Remedy: from '15m' (for politeness) to '7d'", "hoshiyomi.toml",
            '[collect]\nevery = "6h"\n', ("6h", "1m"), ("1m", "15m"),
        ),
        _case(
            "holds {}. Remedy: name everybody who may read it one by one", "hoshiyomi.toml",
            '[dashboard]\nalpha_readers = ["hanako@example.go.jp"]\n',
            ('"hanako@example.go.jp"', '"@example.go.jp"'),
            ('"@example.go.jp"', '"hanako@example.go.jp", "ken@example.go.jp"'),
        ),
        _case(
            'names nothing to see. Remedy: add apps = ["procedures"] or owners', "hoshiyomi.toml",
            '[[dashboard.access]]\ngroup = "transport"\n',
            ('"transport"\n', '"transport"\napps = []\n'), ("apps = []", 'apps = ["procedures"]'),
        ),
        _case(
            "until lies before at. Remedy: leave it out for an event of one moment", "events.toml", EVENT,
            ("label", "until = 2026-03-01\nlabel"), ("until = 2026-03-01\n", ""),
        ),
        _case(
            "has a time without an offset. Remedy: 2026-04-01T09:00:00+09:00, or the day alone, 2026-04-01",
            "events.toml", EVENT, ("2026-04-01", "2026-04-01T09:00:00"),
            ("2026-04-01T09:00:00", "2026-04-01T09:00:00+09:00"),
        ),
        _case(
            "is not a date. Remedy: a day such as 2026-04-01, unquoted", "events.toml", EVENT,
            ("2026-04-01", '"2026-04-01"'), ('at = "2026-04-01"', "at = 2026-04-01"),
        ),
        _case(
            "holds a password. Remedy: leave it out, and set PGPASSWORD or write it into ~/.pgpass",
            "hoshiyomi.toml", LAKE, ("dbname=stars", "dbname=stars password=x"), (" password=x", ""),
        ),
        _case(
            "is no catalog. Remedy: ", "hoshiyomi.toml", LAKE,
            ("postgres:dbname=stars", "mysql://db/stars"),
            ("mysql://db/stars", "/srv/stars/catalog.ducklake"),
        ),
        _case(
            "is no folder: files of a lake lie on a file system that every machine mounts at the same path. "
            "Remedy: mount the storage", "hoshiyomi.toml", LAKE,
            ("/mnt/stars", "s3://stars"), ("s3://stars", "/mnt/stars"),
        ),
        _case(
            "names no catalog or no data. Remedy: both", "hoshiyomi.toml", LAKE,
            ('data = "/mnt/stars"\n', ""), ("catalog", 'data = "/mnt/stars"\ncatalog'),
        ),
        _case(
            'names catalog or data, but warehouse = "embedded". Remedy: warehouse = "ducklake"',
            "hoshiyomi.toml", LAKE,
            ('"ducklake"', '"embedded"'), ('"embedded"', '"ducklake"'),
        ),
        _case(
            "feedback do not travel in the clear. Remedy: a reverse proxy with TLS", "hoshiyomi.toml",
            INTAKE, ("https://", "http://"), ("http://feedback.example.jp", "https://feedback.example.jp"),
        ),
        _case(
            'names work_address, but work = "here". Remedy: work = "dask" or "ray"', "hoshiyomi.toml",
            '[scale]\nwork = "dask"\nwork_address = "tcp://10.0.0.5:8786"\n', ('work = "dask"\n', ""),
            ("[scale]\n", '[scale]\nwork = "dask"\n'),
        ),
        _case(
            "must be a folder or s3://bucket/prefix. Remedy: keys and passwords stand in the environment",
            "hoshiyomi.toml", '[scale]\nlanding = "s3://reviews/hoshiyomi"\n',
            ("s3://", "s3://key:word@"), ("key:word@", ""),
        ),
        _case(
            "is no origin. Remedy: scheme and host, perhaps a port, in lower case and with nothing behind",
            "hoshiyomi.toml", INTAKE, ("feedback.example.jp", "Feedback.example.jp/form"),
            ("https://Feedback.example.jp/form", "https://feedback.example.jp"),
        ),
    ],
)  # fmt: skip
def test_a_setting_written_as_the_error_says_is_read(
    folder: Path, file: str, good: str, wrong: tuple[str, str], mended: tuple[str, str]
) -> None:
    path, text = folder / file, good.replace(*wrong)
    assert text != good
    path.write_text(text, encoding="utf-8")
    with refused(ConfigError) as told:
        load_config()
    assert file in told[0]
    assert mended[0] in text
    path.write_text(text.replace(*mended), encoding="utf-8")
    load_config()


@carries_out("{} is missing. Remedy: copy it from the project's config folder.")
def test_a_file_that_is_missing_is_copied_from_the_project(folder: Path) -> None:
    (folder / "topics.toml").unlink()
    with refused(ConfigError):
        load_config()
    shutil.copy(CHECKOUT / "config" / "topics.toml", folder)
    assert len(load_config().topics) == 18


@carries_out("is not known{} Remedy: its key in apps.toml, or the store's id of an imported app.")
@pytest.mark.parametrize("named", ["procedures", "jp.example.imported"])
def test_an_event_is_told_of_an_app_that_is_known(folder: Path, named: str) -> None:
    from flows.config.events import check_apps

    known = frozenset({"procedures", "jp.example.imported"})
    path = folder / "events.toml"
    path.write_text(EVENT.replace("procedures", "procedure"), encoding="utf-8")
    with refused(ConfigError):
        check_apps(load_config().events, known)
    path.write_text(EVENT.replace("procedures", named), encoding="utf-8")
    check_apps(load_config().events, known)


@carries_out("this machine knows no group {}. Remedy: `groupadd {}`, or the name of a group that is there.")
@pytest.mark.parametrize("how", ["groupadd", "another name"])
def test_a_group_is_made_or_one_that_is_there_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    from flows.pipeline.publish import group_number

    path = folder / "hoshiyomi.toml"
    path.write_text('[publish]\ngroup = "readers-of-stars"\n', encoding="utf-8")
    with refused(ConfigError):
        group_number(load_config().publish.group)
    if how == "groupadd":
        # What `groupadd` changes is the machine's list of groups; a test does not change the machine.
        there = grp.struct_group(("readers-of-stars", "x", 4321, []))
        monkeypatch.setattr(grp, "getgrnam", lambda name: {"readers-of-stars": there}[name])
        assert group_number(load_config().publish.group) == 4321
    else:
        name = grp.getgrgid(os.getgid()).gr_name
        path.write_text(f'[publish]\ngroup = "{name}"\n', encoding="utf-8")
        assert group_number(load_config().publish.group) == os.getgid()


@carries_out("--timezone {} is no time zone. Remedy: a name such as Asia/Tokyo or UTC.")
@pytest.mark.parametrize("name", ["Asia/Tokyo", "UTC"])
def test_a_time_zone_is_named_as_shown(folder: Path, tmp_path: Path, name: str) -> None:
    dump = tmp_path / "dump.csv"
    dump.write_text("app_id,review_id,content,score,at\na,1,fine,5,2026-01-01 10:00:00\n", encoding="utf-8")
    assert command("import", str(dump), "--timezone", "Tokyo").code == 3
    assert "1 review," in command("import", str(dump), "--timezone", name).text


@carries_out(
    "groups come from a sign-in, and secrets.toml has no [auth]. Remedy: set up the sign-in "
    "(docs/dashboard.md), or remove the tables."
)
@pytest.mark.parametrize("how", ["set up", "removed"])
def test_groups_are_given_a_sign_in_or_removed(folder: Path, how: str) -> None:
    path = folder / "hoshiyomi.toml"
    path.write_text('[[dashboard.access]]\ngroup = "g"\napps = ["procedures"]\n', encoding="utf-8")
    secrets = folder / "secrets.toml"
    secrets.write_text("[other]\n", encoding="utf-8")
    known = {"procedures": None}
    with refused(ConfigError):
        check_access(load_config().dashboard.access, known, login=has_login(secrets))
    if how == "set up":
        secrets.write_text('[auth]\nclient_id = "x"\n', encoding="utf-8")
    else:
        path.write_text("", encoding="utf-8")
    check_access(load_config().dashboard.access, known, login=has_login(secrets))


@carries_out('send lets nobody send. Remedy: add groups = ["app-support"], or local = true')
@pytest.mark.parametrize("said", ['groups = ["app-support"]', "local = true"])
def test_who_may_send_replies_is_said(folder: Path, said: str) -> None:
    path = folder / "hoshiyomi.toml"
    path.write_text("[dashboard.replies]\nsend = true\n", encoding="utf-8")
    with refused(ConfigError):
        load_config()
    path.write_text(f"[dashboard.replies]\nsend = true\n{said}\n", encoding="utf-8")
    assert load_config().dashboard.replies.send


_KEYLESS = '[[app]]\nkey = "a"\nname = "A"\n[[app.store]]\nstore = "google_play"\nid = "a"\n'


@carries_out(
    "groups come from a sign-in, and secrets.toml has no [auth]. Remedy: set up the sign-in "
    "(docs/dashboard.md), or remove groups and say local = true."
)
@pytest.mark.parametrize("how", ["set up", "local"])
def test_repliers_are_given_a_sign_in_or_are_the_person_here(folder: Path, how: str) -> None:
    path, secrets = folder / "hoshiyomi.toml", folder / "secrets.toml"
    (folder / "apps.toml").write_text(f'{_KEYLESS}service_account = "x.json"\n', encoding="utf-8")
    path.write_text('[dashboard.replies]\nsend = true\ngroups = ["g"]\n', encoding="utf-8")
    secrets.write_text("[other]\n", encoding="utf-8")
    with refused(ConfigError):
        answerable(load_config().dashboard.replies, login=has_login(secrets))
    if how == "set up":
        secrets.write_text('[auth]\nclient_id = "x"\n', encoding="utf-8")
    else:
        path.write_text("[dashboard.replies]\nsend = true\nlocal = true\n", encoding="utf-8")
    assert answerable(load_config().dashboard.replies, login=has_login(secrets)) == [("google_play", "a")]


@carries_out(
    "send needs a store's key, and no app of apps.toml has one. Remedy: give an app connect or "
    "service_account (docs/sources.md), or remove send."
)
@pytest.mark.parametrize("how", ["a key", "removed"])
def test_replies_are_given_a_key_or_removed(folder: Path, how: str) -> None:
    path, apps = folder / "hoshiyomi.toml", folder / "apps.toml"
    apps.write_text(_KEYLESS, encoding="utf-8")
    path.write_text("[dashboard.replies]\nsend = true\nlocal = true\n", encoding="utf-8")
    with refused(ConfigError):
        answerable(load_config().dashboard.replies, login=False)
    if how == "a key":
        apps.write_text(f'{_KEYLESS}service_account = "x.json"\n', encoding="utf-8")
        assert answerable(load_config().dashboard.replies, login=False) == [("google_play", "a")]
    else:
        path.write_text("", encoding="utf-8")
        assert answerable(load_config().dashboard.replies, login=False) == []


@carries_out("Remedy: install it with its models, or write its whole path; docs/dashboard.md.")
@pytest.mark.parametrize("how", ["installed", "its whole path"])
def test_a_translator_is_installed_or_named_by_its_path(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    path = folder / "hoshiyomi.toml"
    path.write_text('[dashboard]\ntranslator = ["translate-here", "{source}"]\n', encoding="utf-8")
    with refused(ConfigError):
        named_translator(load_config().dashboard)
    program = tmp_path / "translate-here"
    program.write_text("#!/bin/sh\ncat\n", encoding="utf-8")
    program.chmod(0o755)
    if how == "installed":
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    else:
        path.write_text(f'[dashboard]\ntranslator = ["{program}", "{{source}}"]\n', encoding="utf-8")
    assert "translate-here" in named_translator(load_config().dashboard)
