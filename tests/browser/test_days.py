"""Two readers in two time zones: each sees the days of their own clock, or both those of the team."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dashboard import i18n
from dashboard.queries import Once, Scope
from tests.browser.conftest import running
from tests.browser.screen import screen
from warehouse import reads

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ZONES = ("Asia/Tokyo", "America/St_Johns")


@pytest.fixture(scope="module")
def of_a_team(shown: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard whose team has a time zone."""
    config = tmp_path_factory.mktemp("config")
    (config / "hoshiyomi.toml").write_text('[dashboard]\ntimezone = "Europe/Berlin"\n', encoding="utf-8")
    with running(shown, HOSHIYOMI_CONFIG=str(config)) as address:
        yield address


def day_that_differs(asked: dict[str, Once]) -> tuple[Scope, dict[str, int]]:
    """A day on which the zones have different numbers of reviews, and these; of an app with many."""
    first = next(iter(asked.values()))
    app = max(first.overview(), key=lambda r: r.n_total).app
    known = first.known_days(app)
    assert known is not None
    for back in range(1, 400):
        day = known[1] - timedelta(back)
        scope = Scope(app=app, first=day, last=day)
        counts = {zone: one.span(scope).n_reviews for zone, one in asked.items()}
        if len(set(counts.values())) == len(asked) and min(counts.values()) > 1:
            return scope, counts
    raise AssertionError("no day tells the zones apart")


def address(app: str, day: date) -> str:
    return f"/reviews?app={app}&span=custom&days={day}&days={day}&lang=en"


def test_each_reader_sees_the_days_of_their_clock(
    chromium: Browser, dashboard: str, of_a_team: str, shown: Path
) -> None:
    path = reads.current(shown)
    scope, counts = day_that_differs({z: Once(path, z) for z in (*ZONES, "Europe/Berlin")})
    for base, told in ((dashboard, ZONES), (of_a_team, ("Europe/Berlin",) * 2)):
        for zone, by in zip(ZONES, told, strict=True):
            with screen(chromium, base, "en", 1400, zone=zone) as seen:
                seen.open(address(scope.app, scope.first))
                said = seen.page.locator('[data-testid="stMain"]').inner_text()
                assert f"All {counts[by]} reviews" in said, (zone, by, counts)
                # Behind the ⓘ at the foot of the page.
                written = seen.page.locator('[data-testid="stMain"]').text_content() or ""
                assert i18n.of("en", by).whose_days() in written
                assert seen.faults == []
