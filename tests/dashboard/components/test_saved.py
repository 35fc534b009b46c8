"""Favourites and saved views on the screen: kept for who signs in, in the address for everybody else."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import auth, i18n, kept
from dashboard.kept import View
from dashboard.sanitize import label
from tests.dashboard.conftest import Screen, spoken, words

EN = i18n.of("en")
LANGUAGES = pytest.mark.parametrize("lang", i18n.LANGUAGES)
WHO = ("issuer.example.go.jp", "hanako")
EVIL = "<b>x</b> **y** :red[z]"


@pytest.fixture
def signed_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> kept.Kept:
    """Hanako looks, a viewer; what she keeps."""
    monkeypatch.setenv("HOSHIYOMI_KEPT", str(tmp_path))
    monkeypatch.setattr(auth, "visitor", lambda: auth.Visitor("viewer", "Hanako", identity=WHO))
    mine = kept.of_person(*WHO)
    assert mine is not None
    return mine


def _listed(at: AppTest) -> list[str]:
    return [x.value[-3:] for x in at.get("page_link") if "app=" in x.proto.query_string]


def _star(at: AppTest, name: str) -> AppTest:
    (button,) = [b for b in at.button if name in b.label]
    return button.click().run()


def _said(at: AppTest) -> str:
    said = [*at.sidebar.get("html"), *at.sidebar.caption]
    return words(at) + "".join(x.value for x in said)


# --- where nobody signs in ------------------------------------------------------------------------


@LANGUAGES
def test_stars_stand_in_the_address_and_can_be_looked_for(screen: Screen, lang: str) -> None:
    at = screen("overview", "many", lang=lang)
    _star(_star(at, "003"), "007")
    assert at.query_params["star"] == ["app003", "app007"]
    at.button_group(key="state").set_value("starred").run()
    assert sorted(_listed(at)) == ["003", "007"]
    _star(at, "003")
    assert _listed(at) == ["007"]
    there = screen("overview", "many", lang=lang, star="app009", state="starred")
    assert _listed(there) == ["009"]


def test_a_star_that_is_not_there_is_told(screen: Screen) -> None:
    at = screen("overview", "many", lang="en", star=["app003", "<b>"])
    assert "“&lt;b&gt;”" in words(at)
    assert not at.exception


@LANGUAGES
def test_the_address_is_the_view_and_nothing_is_kept(screen: Screen, lang: str) -> None:
    at = screen("map", "many", lang=lang, last="7d")
    assert "7d" in at.query_params["last"]
    assert not at.sidebar.expander
    assert not [b for b in at.sidebar.button if b.label == i18n.of(lang)("saved.save")]


# --- where people sign in -------------------------------------------------------------------------


def test_stars_of_who_signs_in_are_kept_and_not_in_the_address(screen: Screen, signed_in: kept.Kept) -> None:
    at = _star(screen("overview", "many", lang="en"), "003")
    assert signed_in.favourites() == {"app003"}
    assert "star" not in at.query_params
    assert _listed(screen("overview", "many", lang="en", state="starred")) == ["003"]
    signed_in.toggle("gone")
    there = screen("overview", "many", lang="en")
    assert EN("saved.missing", n=1) in words(there)


def test_without_a_folder_their_stars_stand_in_the_address(
    screen: Screen, signed_in: kept.Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOSHIYOMI_KEPT")
    at = _star(screen("overview", "many", lang="en"), "003")
    assert spoken(at, "star") == "app003"


def test_a_view_is_saved_found_by_its_name_removed_and_forgotten(
    screen: Screen, signed_in: kept.Kept
) -> None:
    at = screen("map", "many", lang="en", last="7d")
    at.sidebar.text_input[0].set_value(" Monday ")
    (button,) = [b for b in at.sidebar.button if b.label == EN("saved.save")]
    button.click().run()
    assert signed_in.views() == [View("Monday", "map", "last=7d")]
    there = screen("overview", "many", lang="en")
    (link,) = [x for x in there.sidebar.get("page_link") if x.proto.label == "Monday"]
    assert "last=7d" in link.proto.query_string
    _star(there, "003")
    (drop,) = [b for b in there.sidebar.button if "Monday" in b.label]
    drop.click().run()
    assert signed_in.views() == []
    (forget,) = [b for b in there.sidebar.button if b.label == EN("saved.forget")]
    forget.click().run()
    assert signed_in.favourites() == set()


def test_a_view_of_a_page_that_is_not_theirs_is_no_link(screen: Screen, signed_in: kept.Kept) -> None:
    for page in ("alpha", "no-such-page"):
        signed_in.save(View(page, page, "app=x"))
    at = screen("overview", "many", lang="en")
    for page in ("alpha", "no-such-page"):
        assert label(EN("saved.gone", name=page)) in _said(at)
    assert not at.sidebar.get("page_link")


def test_names_of_views_are_text(screen: Screen, signed_in: kept.Kept) -> None:
    signed_in.save(View(EVIL, "map", "last=%zz&x"))
    at = screen("overview", "many", lang="en")
    assert not at.exception
    labels = [x.proto.label for x in at.sidebar.get("page_link")]
    labels += [b.label for b in at.sidebar.button if "x" in b.label and "red" in b.label]
    assert len(labels) == 2
    for shown in labels:
        assert "**y**" not in shown
        assert ":red[" not in shown


@LANGUAGES
def test_what_cannot_be_read_or_kept_is_told_and_the_page_stands(
    screen: Screen, signed_in: kept.Kept, lang: str
) -> None:
    signed_in.toggle("app003")
    (signed_in.folder / kept.FILE).write_bytes(b"no database" * 500)
    at = screen("overview", "many", lang=lang)
    assert not at.exception
    assert i18n.of(lang)("saved.failed_title") in _said(at)
    assert len(_listed(at)) == 30
    assert not _star(at, "003").exception


def test_too_much_is_told(screen: Screen, signed_in: kept.Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "FAVOURITES", 1)
    at = _star(_star(screen("overview", "many", lang="en"), "003"), "007")
    assert EN("saved.too_much") in _said(at)
    assert signed_in.favourites() == {"app003"}
