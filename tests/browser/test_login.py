"""Signing in through an OpenID Connect provider, from the door to the page and out again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import HOST, SHOTS, free_port, running
from tests.browser.provider import CLIENT, Provider, answering
from tests.browser.screen import screen

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SECRETS = """
[auth]
redirect_uri = "http://{host}:{port}/oauth2callback"
cookie_secret = "only for this test, and long enough for it"
client_id = "{client}"
client_secret = "not a secret"
server_metadata_url = "{provider}/.well-known/openid-configuration"
"""
RULES = """
[dashboard]
viewers = ["@example.go.jp"]
"""


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with answering(Provider()) as made:
        yield made


@pytest.fixture(scope="module")
def guarded(shown: Path, provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard where people sign in."""
    config, port = tmp_path_factory.mktemp("config"), free_port()
    (config / "hoshiyomi.toml").write_text(RULES, encoding="utf-8")
    secrets = config / "secrets.toml"
    secrets.write_text(SECRETS.format(host=HOST, port=port, client=CLIENT, provider=provider.address))
    secrets.chmod(0o600)
    kept = str(tmp_path_factory.mktemp("kept"))
    with running(shown, port=port, HOSHIYOMI_CONFIG=str(config), HOSHIYOMI_KEPT=kept) as address:
        yield address


def test_a_named_person_signs_in_looks_and_signs_out(
    chromium: Browser, guarded: str, provider: Provider
) -> None:
    provider.claims = {"email": "hanako@example.go.jp", "email_verified": True}
    with screen(chromium, guarded, "en", 1400) as seen:
        seen.open("/rating")
        assert seen.page.get_by_text("Please sign in").count() == 1
        assert seen.page.locator('[data-testid="stSidebarNav"] a').count() == 0
        seen.shoot(SHOTS / "door-en-light-1400.png")
        assert seen.look() == []
        seen.page.get_by_role("button", name="Sign in").click()
        seen.page.wait_for_selector("text=hanako@example.go.jp")
        seen.settle()
        assert seen.page.locator("h1").inner_text() == "Overview"
        seen.page.get_by_role("button", name="Sign out").click()
        seen.page.wait_for_selector("text=Please sign in")
        assert seen.faults == []


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "eve@example.com", "email_verified": True},
        {"email": "eve@example.go.jp", "email_verified": False},
    ],
)
def test_somebody_who_was_not_named_sees_nothing(
    chromium: Browser, guarded: str, provider: Provider, claims: dict[str, object]
) -> None:
    provider.claims = claims
    with screen(chromium, guarded, "ja", 1400) as seen:
        seen.open("/")
        seen.page.get_by_role("button", name="サインイン").click()
        seen.page.wait_for_selector("text=権限がありません")
        assert seen.page.locator('[data-testid="stSidebarNav"] a').count() == 0
        assert seen.page.locator(".hy-figure, .hy-row, .hy-review").count() == 0
        assert seen.look() == []


def test_a_view_is_kept_for_the_person_who_signed_in(
    chromium: Browser, guarded: str, provider: Provider
) -> None:
    provider.claims = {"email": "hanako@example.go.jp", "email_verified": True, "sub": "hanako"}
    with screen(chromium, guarded, "en", 1400) as seen:
        seen.open("/")
        seen.page.get_by_role("button", name="Sign in").click()
        seen.page.wait_for_selector("text=hanako@example.go.jp")
        seen.open("/map?last=1y")
        seen.page.locator("summary", has_text="Saved views").click()
        seen.page.get_by_role("textbox", name="Name of this view").fill("Monday")
        seen.page.get_by_role("button", name="Save this view").click()
        seen.settle()
        seen.open("/rating")
        seen.page.locator("summary", has_text="Saved views").click()
        seen.page.get_by_role("link", name="Monday").click()
        seen.page.wait_for_url("**/map?*last=1y*")
        seen.settle()
        assert seen.look() == []
