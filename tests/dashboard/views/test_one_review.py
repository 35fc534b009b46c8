"""A review has a link of its own, which says no more to somebody than the pages would; and a text to copy."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import i18n as text
from dashboard.components import review_cards, review_list
from dashboard.rows.reviews import Review
from tests.dashboard.conftest import Screen, go, spoken, words
from tests.dashboard.rows import row

EN = text.of("en")
APP = "jp.example.marked"
KEY = f"google_play/{APP}/loud"


def _cards(at: AppTest) -> list[str]:
    return words(at).split('<article class="hy-review">')[1:]


@pytest.mark.parametrize("lang", text.LANGUAGES)
def test_a_link_shows_one_review_what_was_written_around_it_and_ways_on(screen: Screen, lang: str) -> None:
    t = text.of(lang)
    at = screen("reviews", "marked", lang=lang, app=APP, review=KEY)
    assert not at.exception
    (card,) = _cards(at)
    assert "起動すると" in card
    assert t("reviews.around", n=8) in words(at)
    assert not at.text_input, "no filter stands there that would not count"
    assert spoken(at, "review") == KEY


def test_a_link_goes_on_to_all_reviews(screen: Screen) -> None:
    at = screen("reviews", "marked", lang="en", app=APP, review=KEY)
    at.button(key="of-app").click().run()
    assert len(_cards(at)) == 8
    assert "review" not in at.query_params


@pytest.mark.parametrize(
    ("way", "said"), [("of-days", {"span": ["custom"]}), ("of-version", {"version": ["1.0"]})]
)
def test_a_link_goes_on_to_what_was_written_around_it(
    screen: Screen, way: str, said: dict[str, list[str]]
) -> None:
    at = screen("reviews", "marked", lang="en", app=APP, review=KEY)
    at.button(key=way).click().run()
    assert not at.exception
    assert len(_cards(at)) == 8
    assert "review" not in at.query_params
    assert said.items() <= {k: [spoken(at, k)] for k in at.query_params}.items()


def test_the_dots_of_a_list_lead_to_the_review_alone(screen: Screen) -> None:
    at = screen("reviews", "marked", lang="en", app=APP)
    dots = review_list.dots("found", KEY)
    at.session_state[dots] = True
    at.run()
    at.button(key=f"alone-{dots}").click().run()
    assert len(_cards(at)) == 1
    assert spoken(at, "review") == KEY


@pytest.mark.parametrize(
    "key",
    ["nonsense", "google_play", "google_play/x", f"google_play/{APP}/nobody", f"app_store/{APP}/loud"],
)
def test_a_dead_link_says_what_it_did_not_find_and_shows_the_app(screen: Screen, key: str) -> None:
    at = screen("reviews", "marked", lang="en", app=APP, review=key)
    assert EN("empty.dead_title") in words(at)
    assert key in words(at)
    assert len(_cards(at)) == 8


def test_a_review_of_another_app_is_as_dead_as_one_that_nobody_wrote(screen: Screen) -> None:
    """Whether it exists is not told: not by words, and not by what is shown."""
    at = screen("reviews", "many", lang="en")
    from dashboard.queries import Scope, Wanted, published, review_key

    seen = published()
    mine, other = sorted({r.app for r in seen.overview()})[:2]
    first, last = seen.known_days(other) or (None, None)
    assert first
    assert last
    (theirs, *_) = seen.reviews(Scope(app=other, first=first, last=last), Wanted(), count=1)
    key = review_key(theirs)
    invented = key.rsplit("/", 1)[0] + "/nobody"
    said = [words(go(at, "reviews", app=mine, review=k, lang="en")) for k in (key, invented)]
    assert said[0].replace(key, "") == said[1].replace(invented, "")
    assert EN("empty.dead_title") in said[0]


def test_a_copied_review_tells_whose_it_is_when_what_and_where() -> None:
    said = row(
        Review, store="google_play", version="2.1.0", title="だめ", text="落ちる\u202e", rating=2,
        is_sample=True,
    )  # fmt: skip
    copied = review_cards.copied(EN, said, "くらしの手続き", "http://127.0.0.1/reviews?review=x")
    first, *rest = copied.splitlines()
    for part in (
        "くらしの手続き",
        "Google Play",
        EN.day(said.reviewed_at),
        "2 of 5 stars",
        "2.1.0",
        "sample data",
    ):
        assert part in first
    assert rest == ["だめ", "落ちる", "http://127.0.0.1/reviews?review=x"]


def test_the_text_to_copy_is_made_when_the_dots_are_opened(screen: Screen) -> None:
    at = screen("reviews", "marked", lang="en", app=APP, review=KEY)
    assert not at.main.code
    at.session_state[review_list.dots("one", KEY)] = True
    at.run()
    assert not at.exception
    (copied,) = at.main.code
    assert "起動すると" in copied.value
    assert "review=google_play%2F" in copied.value
    assert len(_cards(at)) == 1
