"""The Reviews page finds what is asked for, marks it, and says what it cannot know."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import i18n as text
from dashboard.components import review_cards
from dashboard.rows.reviews import Corrected, Review
from models.text.classifier import BUNDLED
from tests.dashboard import published
from tests.dashboard.conftest import Screen, spoken, words

EN = text.of("en")


def _cards(at: AppTest) -> list[str]:
    return words(at).split('<article class="hy-review">')[1:]


def _plain(card: str) -> str:
    return re.sub("<[^>]+>", "", card)


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ({"mark": "disagrees"}, {"起動すると", "役所に行かずに"}),
        ({"mark": "unsure"}, {published.TORN}),
        ({"mark": ["unsure", "disagrees"]}, set()),
        ({"mark": "edited"}, {"直ったので"}),
        ({"mark": "answered"}, {"ふつう"}),
        ({"mark": "vanished"}, {"もう見えない"}),
        ({"mark": ["edited", "answered"]}, set()),
        ({"rated": ["2", "4"]}, {"ＡＢＣ社", "もう見えない", "打不開"}),
        ({"tone": "positive"}, {"役所に行かずに"}),
        ({"tone": "not_covered"}, {"打不開"}),
        ({"topic": "crash"}, {"起動すると"}),
        ({"q": "ログイン"}, {"ＡＢＣ社"}),
        ({"q": "abc バグ"}, {"ＡＢＣ社"}),
        ({"q": "ａｂｃ"}, {"ＡＢＣ社"}),
        ({"q": "abc 役所"}, set()),
        ({"q": "「すぐ落ち」"}, {"起動すると"}),
        ({"q": "no such words"}, set()),
    ],
)
def test_each_wish_finds_what_it_names(screen: Screen, address: dict[str, str], found: set[str]) -> None:
    cards = [_plain(c) for c in _cards(screen("reviews", "marked", lang="en", **address))]
    assert len(cards) == len(found)
    assert all(any(beginning in c for c in cards) for beginning in found)


def test_answered_and_unanswered_together_leave_nothing_out(screen: Screen) -> None:
    at = screen("reviews", "marked", lang="en", mark=["answered", "unanswered"])
    assert len(_cards(at)) == 8


def test_what_was_searched_for_is_marked(screen: Screen) -> None:
    (card,) = _cards(screen("reviews", "marked", lang="en", q="ログイン abc"))
    assert "<mark>ﾛｸﾞｲﾝ</mark>" in card
    assert "<mark>ＡＢＣ</mark>社" in card


def test_a_card_shows_every_probability_and_every_mark(screen: Screen) -> None:
    loud = next(c for c in _cards(screen("reviews", "marked", lang="en")) if "起動すると" in c)
    assert "negative, 82% sure" in loud
    assert "neutral 9%, positive 9%" in loud
    assert "Crashes 90%" in loud
    assert EN("reviews.disagrees") in loud


@pytest.mark.parametrize("lang", text.LANGUAGES)
def test_what_the_model_is_unsure_of_is_marked(screen: Screen, lang: str) -> None:
    said = text.of(lang)("reviews.unsure")
    marked = [c for c in _cards(screen("reviews", "marked", lang=lang)) if said in c]
    assert len(marked) == 1
    assert published.TORN in marked[0]


def test_the_card_measures_what_pages_call_unsure() -> None:
    said = (BUNDLED / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert f"no sentiment gets a probability of {100 * review_cards.UNSURE:.0f} %" in said


def test_what_a_person_corrected_is_not_called_unsure() -> None:
    row = Review(
        store="google_play", store_app_id="a", review_id="r", title=None, text="a", rating=3,
        reviewed_at=published.NOW, version=None, language="ja", country=None, edited=False, thumbs_up=None,
        reply=None, replied_at=None, is_sample=False, text_hash="h", topics=None,
        sentiment="neutral", p_negative=0.3, p_neutral=0.4, p_positive=0.3,
    )  # fmt: skip
    said = Corrected(store="google_play", store_app_id="a", review_id="r", sentiment="negative", topics=())
    assert EN("reviews.unsure") in review_cards.review(EN, row, {})
    assert EN("reviews.unsure") not in review_cards.review(EN, row, {}, said=said)
    sure = replace(row, p_neutral=review_cards.UNSURE, p_negative=0.2, p_positive=0.2)
    assert EN("reviews.unsure") not in review_cards.review(EN, sure, {})
    unread = replace(row, sentiment=None, p_negative=None, p_neutral=None, p_positive=None)
    assert EN("reviews.unsure") not in review_cards.review(EN, unread, {})


@pytest.mark.parametrize("lang", text.LANGUAGES)
def test_a_language_that_is_not_covered_is_told_apart_from_what_nobody_read(
    screen: Screen, lang: str
) -> None:
    t = text.of(lang)
    said = words(screen("reviews", "marked", lang=lang))
    (card,) = [c for c in said.split('<article class="hy-review">')[1:] if published.FOREIGN in c]
    assert t("reviews.not_covered") in card
    assert t("sentiment.unread") not in said
    assert said.count(t("source.not_covered", n=1, of=8)) == 2
    assert t("sentiment.unread") in words(screen("reviews", "unclassified", lang=lang))


def test_an_edited_review_shows_what_it_said_before(screen: Screen) -> None:
    (card,) = _cards(screen("reviews", "marked", lang="en", mark="edited"))
    assert "最初は使えませんでした。" in card
    assert EN("reviews.earlier", n=1) in card


def test_the_title_says_how_many_are_found_and_what_they_gave(screen: Screen) -> None:
    said = words(screen("reviews", "full", lang="en", tone="negative"))
    title = re.search(r'hy-figure-title">([^<]+)<', said)
    assert title
    assert re.search(r"\d+ of [\d,]+ reviews found \(\d+%\): mean review rating 1\.\d\d", title[1])


def test_wishes_stand_in_the_address_and_a_new_wish_begins_at_page_one(screen: Screen) -> None:
    at = screen("reviews", "full", lang="en", at="3", sort="oldest")
    assert at.session_state["at"] == 3
    at.text_input(key="q").set_value("e").run()
    assert at.session_state["at"] == 1
    at.button_group(key="rated").set_value(["1", "5"]).run()
    assert at.query_params["rated"] == ["1", "5"]
    assert (spoken(at, "q"), spoken(at, "sort")) == ("e", "oldest")


@pytest.mark.parametrize(("sort", "first"), [("low", "1 of 5"), ("high", "5 of 5")])
def test_the_order_asked_for_is_kept(screen: Screen, sort: str, first: str) -> None:
    assert first in _cards(screen("reviews", "full", lang="en", sort=sort))[0]


def test_an_older_publication_says_that_it_does_not_know_what_vanished(screen: Screen) -> None:
    at = screen("reviews", "old", lang="en", mark="vanished")
    assert EN("reviews.vanished_unknown") in words(at)


def test_the_table_of_the_download_has_every_review_found_and_no_formula(screen: Screen) -> None:
    at = screen("reviews", "hostile", lang="en")
    assert not at.exception
    from dashboard.queries import Scope, Wanted, published
    from dashboard.sanitize import csv_bytes
    from dashboard.views.reviews.page import reviews_table

    seen = published()
    (app, *_) = {r.app for r in seen.overview()}
    first, last = seen.known_days(app) or (None, None)
    assert first
    assert last
    found = seen.reviews(Scope(app=app, first=first, last=last), Wanted(), count=100)
    table = reviews_table(EN, found, {}, {})
    rows = list(csv.reader(io.StringIO(csv_bytes(table.columns, table.rows).decode("utf-8-sig"), newline="")))
    assert len(rows) == len(found) + 1
    assert not [c for row in rows for c in row if c.startswith(("=", "@", "+"))]
