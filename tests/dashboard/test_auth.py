"""Who may see what: by default less, and nothing by mistake."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard import auth as access
from dashboard import i18n as text
from flows.config.settings import AccessTable, DashboardChoice, RepliesChoice, TrackerTable
from tests.dashboard.conftest import Screen, words
from warehouse.visible import Visible

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
RULES = access.Rules(login=True, viewers=("@example.go.jp",), alpha_readers=("Hanako@example.go.jp",))


def _claims(**wanted: Any) -> dict[str, Any]:
    plain = {"email": "taro@example.go.jp", "email_verified": True, "iat": NOW.timestamp() - 60}
    return {"is_logged_in": True, **plain, **wanted}


def _role(rules: access.Rules = RULES, **wanted: Any) -> access.Role | None:
    return access.signed_in(_claims(**wanted), rules, NOW).role


def test_without_rules_the_visitor_is_a_viewer_and_no_alpha_reader() -> None:
    assert access.local(access.rules_of(None)).role == "viewer"


def test_the_local_person_reads_alpha_only_if_told_so_and_on_loopback_only() -> None:
    choice = DashboardChoice(local_role="alpha_reader")
    here = access.rules_of(choice.rules(login=False, loopback=True))
    there = access.rules_of(choice.rules(login=False, loopback=False))
    assert access.local(here).may_read_alpha
    assert not access.local(there).may_read_alpha
    assert not access.local(
        access.rules_of(DashboardChoice().rules(login=False, loopback=True))
    ).may_read_alpha


def test_the_local_person_corrects_only_if_told_so_and_on_loopback_only() -> None:
    choice = DashboardChoice(local_editor=True)
    here, there = (access.rules_of(choice.rules(login=False, loopback=x)) for x in (True, False))
    assert access.local(here).is_editor
    assert access.local(here).role == "viewer"
    assert not access.local(there).is_editor
    assert not access.local(access.rules_of(DashboardChoice().rules(login=False, loopback=True))).is_editor
    assert not access.local(access.rules_of(None)).is_editor


def test_an_editor_is_named_one_by_one_and_sees_what_a_viewer_sees() -> None:
    rules = access.Rules(login=True, editors=("jiro@example.com",), viewers=("@example.go.jp",))
    jiro = access.signed_in(_claims(email="Jiro@example.com"), rules, NOW)
    assert (jiro.role, jiro.is_editor) == ("viewer", True)
    assert not access.signed_in(_claims(), rules, NOW).is_editor
    assert not access.signed_in(_claims(email="jiro@example.com", email_verified=False), rules, NOW).is_editor
    for listed in ("*", "@example.go.jp"):
        everybody = access.Rules(login=True, editors=(listed,), viewers=("*",))
        assert not access.signed_in(_claims(), everybody, NOW).is_editor


def test_only_editors_have_ways_to_hand_a_review_over() -> None:
    choice = DashboardChoice(
        hand_over=("product",), trackers=(TrackerTable(name="Issues", url="https://t.example/n?q={title}"),)
    )
    rules = choice.model_copy(update={"local_editor": True}).rules(login=False, loopback=True)
    editor = access.local(access.rules_of(rules))
    assert editor.channels == ("product",)
    assert editor.trackers == (("Issues", "https://t.example/n?q={title}"),)
    viewer = access.local(access.rules_of(choice.rules(login=False, loopback=True)))
    assert (viewer.channels, viewer.trackers) == ((), ())


BROKEN = (
    '{"access": {}}',
    '{"access": [1]}',
    '{"access": [{"apps": ["a"]}]}',
    '{"access": [{"group": 1}]}',
    '{"access": [{"group": "g", "apps": "*"}]}',
    '{"access": [{"group": "g", "owner": ["a"]}]}',
    '{"trackers": ["a"]}',
    "{",
    "1",
    "[]",
    '{"unknown": 1}',
    '{"login": "no"}',
    '{"viewers": "*"}',
    '{"session_hours": true}',
)


@pytest.mark.parametrize("broken", BROKEN)
def test_rules_that_cannot_be_read_let_nobody_in(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    with pytest.raises(access.UnreadableRules, match="HOSHIYOMI_DASHBOARD"):
        access.rules_of(broken)
    monkeypatch.setenv("HOSHIYOMI_DASHBOARD", broken)
    assert access.visitor() == access.Visitor(None, is_lawless=True)


@pytest.mark.parametrize("lang", text.LANGUAGES)
def test_rules_that_cannot_be_read_are_told_to_everybody_and_nothing_else_is(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    monkeypatch.setenv("HOSHIYOMI_DASHBOARD", "{")
    at = screen("overview", "full", lang=lang)
    assert not at.exception
    assert text.of(lang)("door.lawless_title") in words(at)
    assert "くらしの手続き" not in words(at)
    assert not at.button


def test_a_domain_lets_its_people_look_and_a_name_lets_one_read_alpha() -> None:
    assert _role() == "viewer"
    assert _role(email="hanako@EXAMPLE.go.jp") == "alpha_reader"


@pytest.mark.parametrize(
    "email",
    [
        "taro@example.com",
        "taro@sub.example.go.jp",
        "taro@example.go.jp.evil.com",
        "@example.go.jp x",
        "taro",
        "",
        "*",
    ],
)
def test_nobody_else_gets_in(email: str) -> None:
    assert _role(email=email) is None


def test_nobody_is_a_viewer_by_default() -> None:
    assert _role(access.Rules(login=True)) is None
    assert _role(access.Rules(login=True, viewers=("*",)), email="who@ever.com") == "viewer"


def test_a_star_never_makes_an_alpha_reader() -> None:
    assert _role(access.Rules(login=True, alpha_readers=("*", "@example.go.jp"))) is None


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_that_the_provider_did_not_verify_is_nobodys(verified: object) -> None:
    assert _role(email_verified=verified) is None


@pytest.mark.parametrize(
    ("age", "role"), [(60, "viewer"), (11 * 3600, "viewer"), (13 * 3600, None), (-3600, None)]
)
def test_a_sign_in_grows_old(age: float, role: str | None) -> None:
    assert _role(iat=(NOW - timedelta(seconds=age)).timestamp()) == role
    assert _role(iat=None) is None


def test_another_claim_can_name_people() -> None:
    rules = access.Rules(login=True, identity="oid", viewers=("0a1b",))
    assert access.signed_in(_claims(oid="0a1b", email_verified=False), rules, NOW).role == "viewer"


@pytest.mark.parametrize("lang", text.LANGUAGES)
@pytest.mark.parametrize("page", ["overview", "about"])
def test_where_people_sign_in_a_stranger_sees_the_door_and_nothing_else(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, page: str, lang: str
) -> None:
    monkeypatch.setenv("HOSHIYOMI_DASHBOARD", DashboardChoice().rules(login=True, loopback=True))
    at, t = screen("overview", "full", lang=lang), text.of(lang)
    assert not at.exception
    assert t("door.title") in words(at)
    assert [b.label for b in at.button] == [t("door.sign_in")]
    assert "くらしの手続き" not in words(at)
    assert t("source.publication", revision=1, when="").split("1")[0] not in words(at)


def test_who_may_look_is_told_from_others_by_issuer_and_subject_and_nobody_else_is() -> None:
    known = {"iss": "issuer.example.go.jp", "sub": "17"}
    seen = access.signed_in(_claims(**known), RULES, NOW)
    assert seen.identity == ("issuer.example.go.jp", "17")
    refused = access.signed_in(_claims(**known, email="x@elsewhere.example"), RULES, NOW)
    assert (refused.role, refused.identity) == (None, None)
    for part in ({"sub": ""}, {"sub": 17}, {"iss": None}):
        assert access.signed_in(_claims(**{**known, **part}), RULES, NOW).identity is None


TWO_GROUPS = DashboardChoice(
    viewers=("@example.go.jp",),
    alpha_readers=("hanako@example.go.jp",),
    access=(
        AccessTable(group="transport", apps=("bus", "tram"), owners=("Transport",)),
        AccessTable(group="tax", apps=("tax",)),
        AccessTable(group="everything", apps=("*",)),
    ),
    contact="stars@example.go.jp",
)


def _of_groups(groups: object, **wanted: Any) -> access.Visitor:
    rules = access.rules_of(TWO_GROUPS.rules(login=True, loopback=False))
    return access.signed_in(_claims(groups=groups, **wanted), rules, NOW)


def test_without_access_tables_whoever_is_let_in_sees_every_app() -> None:
    seen = access.signed_in(_claims(groups=["transport"]), RULES, NOW)
    assert (seen.role, seen.visible) == ("viewer", None)


def test_members_see_what_their_groups_may_see_together() -> None:
    assert _of_groups(["transport"]).visible == Visible(apps=("bus", "tram"), owners=("Transport",))
    assert _of_groups(["tax", "transport", "x"]).visible == Visible(
        apps=("bus", "tax", "tram"), owners=("Transport",)
    )
    assert _of_groups("tax").visible == Visible(apps=("tax",))
    assert _of_groups(["tax", "everything"]).visible is None
    assert _of_groups(["tax"], email="hanako@example.go.jp").may_read_alpha


@pytest.mark.parametrize("groups", [None, [], "", ["Tax"], ["*"], [1], {"tax": "tax"}, "https://graph/tax"])
def test_whoever_is_in_no_group_sees_no_app_and_is_told_whom_to_ask(groups: object) -> None:
    seen = _of_groups(groups)
    assert (seen.role, seen.visible) == (None, Visible())
    assert seen.is_in_no_group
    assert seen.contact == "stars@example.go.jp"


def test_a_group_lets_nobody_in_who_was_not_let_in_before() -> None:
    seen = _of_groups(["everything"], email="eve@example.com")
    assert (seen.role, seen.visible, seen.is_in_no_group) == (None, Visible(), False)


def test_where_nobody_signs_in_access_by_group_lets_nobody_in() -> None:
    rules = access.rules_of(TWO_GROUPS.rules(login=False, loopback=True))
    assert access.local(rules).role is None


@pytest.mark.parametrize("lang", text.LANGUAGES)
@pytest.mark.parametrize("contact", ["stars@example.go.jp", ""])
def test_the_door_names_whom_to_ask_and_no_app(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, lang: str, contact: str
) -> None:
    nobody = access.Visitor(None, "taro@example.go.jp", is_in_no_group=True, contact=contact)
    monkeypatch.setattr(access, "visitor", lambda: nobody)
    at, t = screen("overview", "full", lang=lang), text.of(lang)
    assert not at.exception
    assert t("door.no_group_title") in words(at)
    assert (contact or t("door.operator")) in words(at)
    assert "くらしの手続き" not in words(at)


REPLIES = DashboardChoice(
    viewers=("@example.go.jp",), groups_claim="groups",
    replies=RepliesChoice(send=True, groups=("app-support",)),
)  # fmt: skip
ANSWERABLE = [("app_store", "15"), ("google_play", "jp.example.bus")]


@pytest.mark.parametrize(
    ("claims", "may"),
    [
        ({"groups": ["app-support", "other"]}, True),
        ({"groups": "app-support"}, True),
        ({"groups": ["App-Support"]}, False),
        ({"groups": []}, False),
        ({}, False),
        ({"groups": ["app-support"], "email": "somebody@elsewhere.example"}, False),
        ({"groups": ["app-support"], "email_verified": False}, False),
        ({"groups": ["app-support"], "iat": 0}, False),
    ],
)
def test_members_of_a_group_may_reply_once_they_are_let_in(claims: dict[str, Any], may: bool) -> None:
    rules = access.rules_of(REPLIES.rules(login=True, loopback=True, answerable=ANSWERABLE))
    found = access.signed_in(_claims(**{"email": "somebody@example.go.jp", **claims}), rules, NOW)
    assert found.answerable == (set(ANSWERABLE) if may else set())
    # To answer is no right to correct or to hand over.
    assert not found.is_editor
    assert not found.channels


def test_a_switch_that_is_off_tells_the_dashboard_of_no_right() -> None:
    off = REPLIES.model_copy(update={"replies": RepliesChoice(groups=("app-support",), local=True)})
    told = off.rules(login=True, loopback=True, answerable=ANSWERABLE)
    assert "app-support" not in told
    assert "jp.example.bus" not in told
    found = access.signed_in(
        _claims(email="somebody@example.go.jp", groups=["app-support"]), access.rules_of(told), NOW
    )
    assert not found.answerable
    assert not access.local(access.rules_of(off.rules(login=False, loopback=True))).answerable
