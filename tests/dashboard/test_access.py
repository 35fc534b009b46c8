"""Somebody who may see two apps of several walks all pages with hostile addresses, and meets no other app."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf.json_format import MessageToJson  # type: ignore[import-untyped]
from streamlit.testing.v1 import AppTest

from dashboard import auth, queries
from dashboard import i18n as text
from tests.dashboard import published
from tests.dashboard.conftest import APP, PAGES, Screen, go, words
from tests.dashboard.published import World
from tests.dashboard.test_rows import ASKED, ROWS
from warehouse import reads
from warehouse.visible import Visible

OURS = ("app000", "app004")
THEIRS = ("app001", "app002", "app003", "app005")
VISIBLE = Visible(apps=OURS)
MEMBER = auth.Visitor("alpha_reader", "taro@example.go.jp", limit=VISIBLE)
HIDDEN = "app002"


def _all() -> World:
    world = published.with_alpha(published.portfolio(6), app=HIDDEN)
    return published.with_alpha(world, app=OURS[0])


def _only_ours() -> World:
    """What the same world would be without the other apps."""
    world = _all()
    ids = {f"jp.example.{a}" for a in OURS}
    for kind in ("reviews", "snapshots", "releases", "coverage", "apps"):
        setattr(world, kind, [r for r in getattr(world, kind) if r.store_app_id in ids])
    world.feedback = [r for r in world.feedback if r.app in OURS]
    world.consents = [r for r in world.consents if r.app in OURS]
    return world


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("several")
    published.publish(folder, _all())
    return folder


@pytest.fixture(scope="module")
def ours_alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ours")
    published.publish(folder, _only_ours())
    return folder


@pytest.fixture
def member(data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """The dashboard as a member of a group sees it, with what others asked before in the cache."""
    everything = queries.Published(reads.current(data))
    everything.overview()
    everything.trends()
    everything.choices(HIDDEN)
    monkeypatch.setenv("HOSHIYOMI_DATA", str(data))
    monkeypatch.setattr(auth, "visitor", lambda: MEMBER)
    at = AppTest.from_file(str(APP), default_timeout=60)
    at.context["locale"] = "en-GB"
    yield at.run()


def told(at: AppTest) -> str:
    """Everything that goes to the browser, choices and charts and their data among it."""
    assert not at.exception
    protos = (getattr(node, "proto", None) for node in at._tree)
    return "\n".join(MessageToJson(p, ensure_ascii=False) for p in protos if hasattr(p, "DESCRIPTOR"))


def names_of(said: str) -> list[str]:
    """Apps of others that are named."""
    return [a for a in THEIRS if a in said or f"サンプル市アプリ {a[3:]}" in said]


ADDRESSES: tuple[dict[str, str | list[str]], ...] = (
    {},
    {"app": HIDDEN},
    {"app": f"jp.example.{HIDDEN}"},
    {"app": OURS[0], "q": "アプリ", "version": HIDDEN, "compare": "google_play/last_30d"},
    {"q": HIDDEN, "page": "2", "ended": "failed", "sort": "fell"},
)


@pytest.mark.parametrize("page", PAGES)
def test_no_page_tells_of_another_app_whatever_the_address_says(member: AppTest, page: str) -> None:
    for number, address in enumerate(ADDRESSES):
        lang = text.LANGUAGES[number % 2]
        said = told(go(member, page, lang=lang, **address))
        # An address may hold a key that its reader typed; the page then says that there is no such app.
        typed = [v for v in address.values() if isinstance(v, str)]
        rest = said
        for value in typed:
            rest = rest.replace(value, "")
        assert names_of(rest) == [], address
        assert "サンプル市アプリ 002" not in said, address


@pytest.mark.parametrize("page", ["overview", "health"])
def test_charts_that_were_drawn_for_everybody_are_drawn_anew_for_a_member(
    member: AppTest, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    monkeypatch.setattr(auth, "visitor", lambda: auth.Visitor("viewer"))
    everything = AppTest.from_file(str(APP), default_timeout=60).run()
    assert names_of(told(go(everything, page, lang="en"))) == list(THEIRS)
    monkeypatch.setattr(auth, "visitor", lambda: MEMBER)
    assert names_of(told(go(member, page, lang="en"))) == []
    assert names_of(told(go(everything, page, lang="en"))) == [], "the same session as somebody else"


@pytest.mark.parametrize("page", ["rating", "reviews", "alpha"])
def test_a_hidden_app_and_one_that_never_was_are_told_in_the_same_words(member: AppTest, page: str) -> None:
    hidden = words(go(member, page, lang="en", app=HIDDEN)).replace(HIDDEN, "X")
    never = words(go(member, page, lang="en", app="appXYZ")).replace("appXYZ", "X")
    assert text.of("en")("empty.dead_title") in hidden
    assert hidden == never


def test_what_others_asked_before_is_not_given_from_the_cache(data: Path) -> None:
    path = reads.current(data)
    everybody, member = queries.Published(path), queries.Published(path, visible=VISIBLE)
    assert {r.app for r in everybody.overview()} == {*OURS, *THEIRS}
    assert {r.app for r in member.overview()} == set(OURS)
    assert {r.app for r in everybody.overview()} == {*OURS, *THEIRS}
    assert queries.Published(path, visible=Visible(owners=("Transport",))).overview()[0].owner == "Transport"
    assert queries.Published(path, visible=Visible()).overview() == []


def test_a_reader_who_may_see_nothing_gets_no_publication_of_everything(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSHIYOMI_DATA", str(data))
    monkeypatch.setattr(auth, "visitor", lambda: auth.Visitor(None))
    assert queries.published().overview() == []
    with queries.one_publication():
        assert queries.published().overview() == []


# What names this very file, and what is summed over all apps and so not told.
OF_THE_FILE = {
    "publication",
    "publication_details",
    "redactions_by_source",
    "rejected_reasons",
    "erasures_total",
}


@pytest.mark.parametrize("query", sorted(set(ROWS) - OF_THE_FILE))
def test_every_answer_is_what_it_would_be_if_there_were_no_other_app(
    data: Path, ours_alone: Path, query: str
) -> None:
    named = set(re.findall(r"\$([a-z_]+)", reads.named_sql(query))) - {"parameters"}
    for app in (*OURS, HIDDEN):
        values = {k: ASKED.get(k) for k in named} | ({"app": app} if "app" in named else {})
        seen = reads.rows(reads.current(data), query, VISIBLE, **values)
        assert _plain(seen) == _plain(reads.rows(reads.current(ours_alone), query, **values))
        if "app" in named and app == HIDDEN:
            assert names_of(_plain(seen)) == []


def _plain(rows: list[dict[str, object]]) -> str:
    return json.dumps(rows, default=str, ensure_ascii=False, sort_keys=True)


def test_data_health_says_nothing_of_what_belongs_to_no_app(member: AppTest) -> None:
    said, t = words(go(member, "health", lang="en")), text.of("en")
    assert t("health.redactions") in said
    assert t("health.rejected") not in said
    assert t("publication.files") not in said


def test_the_page_and_the_numbers_of_ones_own_apps_stand(screen: Screen, member: AppTest) -> None:
    said = words(go(member, "rating", lang="en", app=OURS[1]))
    assert "サンプル市アプリ 004" in said
    assert "n = " in said or "n=" in said
