"""Those for whom the dashboard is, each on their way: a manager on Monday, a director of 200 apps, a designer
with the pointer and with the keyboard alone. On the sample, and on the real dump that HOSHIYOMI_REAL names.

A way is counted in clicks, and every page on it is looked over (`Screen.look`: exceptions, width, axe).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dashboard import i18n
from dashboard.queries import Once
from tests.browser import measure
from tests.browser.conftest import Desk, running
from tests.browser.screen import Screen, screen
from tests.builders import review
from tests.dashboard import published
from warehouse import reads

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator

    from warehouse.records import Review

ROW, HEADS = '[class*="st-key-row-"]', ".st-key-heads"
WAYS, TOPICS = ".st-key-ways-on a", ".st-key-ways-topics a"
DOTS, INSIDE = '[class*="st-key-more-"] button', '[data-testid="stPopoverBody"]'
SUBMIT = f'{INSIDE} [data-testid="stFormSubmitButton"] button'
SENTIMENTS, CARD = f'{INSIDE} [data-testid="stForm"] [role="radio"]', ".hy-review"
MAIN = '[data-testid="stMain"]'
NUMBER = re.compile(r"[+\-−±]?\d+\.\d+")
FALLS = {"app017": 4.0, "app101": 3.0, "app190": 2.0}
"""The apps of the portfolio that fell, and by how many stars."""
ANGRY = "app050"
"""One that got five stars once and then one star once: no fall."""


@dataclass(slots=True)
class Way:
    """A reader's way through pages; `clicks` so far."""

    seen: Screen
    clicks: int = 0

    def click(self, target: Locator) -> None:
        """One click, and the page that it leads to has come."""
        target.click()
        self.clicks += 1
        self.seen.settle()

    def into(self, page: str, target: Locator) -> None:
        """A click that opens a page, on which nothing is wrong."""
        target.click()
        self.clicks += 1
        self.seen.page.wait_for_url(f"**/{page}?*")
        self.seen.settle()
        assert self.seen.look() == []

    def said(self) -> str:
        """The words of the page."""
        return self.seen.page.locator(MAIN).inner_text()


# --- a manager on Monday ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("desk_of", "lang", "width", "theme"),
    [
        ("sample", "en", 1366, "light"),
        ("sample", "ja", 390, "dark"),
        ("real", "en", 1366, "dark"),
        ("real", "ja", 1366, "light"),
    ],
    indirect=["desk_of"],
)
def test_a_manager_learns_what_changed_and_tells_whose_it_is_in_four_clicks(
    chromium: Browser, desk_of: Desk, lang: str, width: int, theme: str
) -> None:
    asked, t = Once(reads.current(desk_of.data)), i18n.of(lang)
    teams = {team for team in asked.topic_owners().values() if team}
    with screen(chromium, desk_of.address, lang, width) as seen:
        way = Way(seen)
        seen.open("/")
        seen.wear(theme)
        assert seen.look() == []
        # What changed, and is it real: the change with its interval says so, and its arrow agrees.
        row = seen.page.locator(ROW).first
        low, high = interval(row)
        direction = "down" if high < 0 else "up" if low > 0 else "flat"
        assert row.locator(f".hy-c-change .hy-{direction}").count() == 1
        way.into("rating", row.locator("a").first)
        assert NUMBER.search(seen.page.locator(".hy-headline").first.inner_text())
        way.into("topics", seen.page.locator(WAYS).nth(1))
        # Whose is it: topics have teams.
        assert teams
        assert any(team in way.said() for team in teams)
        way.click(seen.page.locator(DOTS).first)
        seen.page.wait_for_selector(SUBMIT)
        assert "/reviews?app=" in seen.page.locator(f"{INSIDE} code").first.inner_text()
        assert seen.look() == []
        # Tell them.
        came = len(desk_of.team.taken)
        way.click(seen.page.locator(SUBMIT).last)
        # It is sent beside the page.
        seen.page.locator(INSIDE).get_by_text(t("act.delivered_title")).first.wait_for()
        assert way.clicks <= 4
        (told,) = desk_of.team.taken[came:]
        app = seen.page.locator(f"{MAIN} h1").inner_text()
        assert app in told["title"]
        assert "/reviews?app=" in told["message"]
        assert seen.look() == []


def interval(row: Locator) -> tuple[float, float]:
    """The ends of the interval of a line's change: as they are written or, among many lines, as they come
    when the change is pointed at."""
    change = row.locator(".hy-c-change")
    said = f"{change.inner_text()} {change.locator('.hy-change').get_attribute('title')}".replace("−", "-")
    low, high = [float(n.replace("±", "")) for n in NUMBER.findall(said)][-2:]
    return low, high


# --- a director of 200 apps -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def of_200(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard of 200 apps, of which three clearly fell."""
    data = tmp_path_factory.mktemp("portfolio")
    published.publish(data, portfolio())
    with running(data) as address:
        yield address


def portfolio() -> published.World:
    """200 apps as they are anywhere, with the falls of FALLS and the two reviews of ANGRY."""
    world = published.portfolio(200)
    world.says = None
    apps = {f"jp.example.{key}" for key in (*FALLS, ANGRY)}
    world.reviews = [r for r in world.reviews if r.store_app_id not in apps]
    for key, size in FALLS.items():
        for n in range(80):
            # Of forty now, a part gives one star in the place of five.
            is_now, gave = n < 40, 1 if n < 40 * size / 4 else 5
            world.reviews.append(_said(key, n, 5 + n % 20 + (0 if is_now else 31), gave))
    world.reviews += [_said(ANGRY, 0, 40, 5), _said(ANGRY, 1, 5, 1), _said(ANGRY, 2, 4, 1)]
    return world


def _said(app: str, number: int, days_ago: int, rating: int) -> Review:
    at = published.NOW - timedelta(days=days_ago)
    return review(
        f"{app}-{number}", store_app_id=f"jp.example.{app}", source="test", language="ja", rating=rating,
        text="起動するとすぐ落ちます。", reviewed_at=at, seen_at=published.NOW,
    )  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_director_of_200_apps_finds_the_three_worst_falls_in_one_click(
    chromium: Browser, of_200: str, lang: str
) -> None:
    with screen(chromium, of_200, lang, measure.LAPTOP["width"]) as seen:
        seen.page.set_viewport_size(measure.LAPTOP)
        way = Way(seen)
        # Whatever order was looked at before.
        seen.open("/?sort=name")
        assert first_three(seen) != list(FALLS)
        way.click(seen.page.locator(f"{HEADS} .st-key-head-change button"))
        assert first_three(seen) == list(FALLS)
        for place in range(3):
            row = seen.page.locator(ROW).nth(place)
            assert row.locator(".hy-c-change .hy-down").count() == 1
            box = row.bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= measure.LAPTOP["height"]
        assert seen.look() == []
        # The address tells the order, and a reload keeps it.
        assert "sort=" not in seen.page.url
        way.click(seen.page.locator(f"{HEADS} .st-key-head-app button"))
        seen.page.wait_for_url("**sort=name**")
        seen.page.reload()
        seen.settle()
        assert first_three(seen) == ["app000", "app001", "app002"]
        way.click(seen.page.locator(".st-key-state button").nth(1))
        way.click(seen.page.locator(".st-key-clear button"))
        assert "state=" not in seen.page.url
        assert first_three(seen) == ["app000", "app001", "app002"]
        assert seen.look() == []


def first_three(seen: Screen) -> list[str]:
    """The keys of the apps on the first three lines."""
    links = seen.page.locator(f"{ROW} a").evaluate_all("found => found.slice(0, 3).map((a) => a.href)")
    return [re.findall(r"app=(\w+)", link)[0] for link in links]


def test_the_director_of_the_real_dump_sees_the_clear_falls_first(chromium: Browser, real_desk: Desk) -> None:
    with screen(chromium, real_desk.address, "en", 1366) as seen:
        seen.open("/?sort=name")
        Way(seen).click(seen.page.locator(f"{HEADS} .st-key-head-change button"))
        rows = seen.page.locator(ROW)
        ends = [interval(rows.nth(place)) for place in range(2)]
        assert all(high < 0 for _, high in ends), ends
        assert seen.look() == []


# --- a designer -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("desk_of", "lang"), [("sample", "ja"), ("real", "en")], indirect=["desk_of"])
def test_a_designer_reads_the_reviews_of_a_topic_in_one_click_and_corrects_one(
    chromium: Browser, desk_of: Desk, lang: str
) -> None:
    t = i18n.of(lang)
    with screen(chromium, desk_of.address, lang, 1366) as seen:
        way = Way(seen)
        seen.open("/topics?span=90d")
        topic = seen.page.locator(TOPICS).first.inner_text().strip()
        way.into("reviews", seen.page.locator(TOPICS).first)
        assert way.clicks == 1
        assert_all_are_of(seen, topic)
        # The filters are a dialog.
        seen.page.get_by_role("button", name=t("reviews.more")).click()
        seen.page.wait_for_selector(INSIDE)
        seen.settle()
        assert seen.look() == []
        seen.page.keyboard.press("Escape")
        seen.page.wait_for_selector(INSIDE, state="hidden")
        before = corrections(desk_of)
        way.click(seen.page.locator(DOTS).first)
        seen.page.locator(SENTIMENTS).last.click()
        seen.page.locator(SUBMIT).first.click()
        seen.page.wait_for_selector(f"{INSIDE} .hy-notice.hy-is-complete")
        seen.settle()
        assert len(corrections(desk_of) - before) == 1
        assert corrected_words(lang) in seen.page.locator(CARD).first.inner_text()
        assert seen.look() == []
        seen.page.go_back()
        seen.page.wait_for_url("**/topics?*")
        seen.settle()
        assert seen.faults == []


def test_the_keyboard_alone_leads_from_a_topic_to_a_corrected_review(chromium: Browser, desk: Desk) -> None:
    with screen(chromium, desk.address, "en", 1366) as seen:
        seen.open("/topics?span=90d")
        topic = seen.page.locator(TOPICS).first.inner_text().strip()
        reach(seen, TOPICS)
        seen.page.keyboard.press("Enter")
        seen.page.wait_for_url("**/reviews?*")
        seen.settle()
        assert_all_are_of(seen, topic)
        before = corrections(desk)
        reach(seen, DOTS)
        seen.page.keyboard.press("Enter")
        seen.page.wait_for_selector(SUBMIT)
        seen.settle()
        reach(seen, SENTIMENTS)
        seen.page.keyboard.press("ArrowRight")
        seen.page.keyboard.press("Enter")
        reach(seen, SUBMIT)
        seen.page.keyboard.press("Enter")
        seen.page.wait_for_selector(f"{INSIDE} .hy-notice.hy-is-complete")
        seen.settle()
        assert len(corrections(desk) - before) == 1
        assert seen.look() == []


def reach(seen: Screen, target: str, most: int = 120) -> None:
    """Press Tab until the focus is on `target`, where it must stand out."""
    for _ in range(most):
        seen.page.keyboard.press("Tab")
        if seen.page.evaluate("target => document.activeElement?.matches(target)", target):
            assert measure.faint_ring(seen.page) == []
            return
    raise AssertionError(f"the keyboard does not reach {target} in {most} stops")


def assert_all_are_of(seen: Screen, topic: str) -> None:
    """Every review that is shown speaks of a topic."""
    seen.page.wait_for_selector(CARD)
    tags = seen.page.locator(CARD).evaluate_all(
        "cards => cards.map((c) => [...c.querySelectorAll('.hy-tag')].map((e) => e.innerText).join('|'))"
    )
    assert tags
    assert all(topic in said for said in tags), (topic, tags)


def corrections(desk: Desk) -> set[Path]:
    """The files that corrections landed in."""
    return set((desk.data / "landing" / "corrections").rglob("*.jsonl*"))


def corrected_words(lang: str) -> str:
    """How a card begins to say that a person corrected it."""
    return i18n.of(lang)("reviews.corrected", model="\0").split("\0")[0]


# --- paper ------------------------------------------------------------------------------------------


def test_a_printed_page_is_its_content_alone(chromium: Browser, dashboard: str) -> None:
    with screen(chromium, dashboard, "ja", 794) as seen:
        seen.open("/rating")
        seen.page.emulate_media(media="print")
        seen.page.wait_for_timeout(300)
        assert not seen.page.locator('[data-testid="stSidebar"]').is_visible()
        assert seen.page.locator(f"{MAIN} h1").is_visible()
        assert seen.look() == []
        # What lies below the first screen is printed, too.
        paper = seen.page.pdf(format="A4")
        assert len(re.findall(rb"/Type\s*/Page\b(?!s)", paper)) > 1
