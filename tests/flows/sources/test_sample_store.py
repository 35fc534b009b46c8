"""The sample store tells the same story to everybody, in the stores' own shapes, through the real parsers."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from statistics import mean

import pytest
from google_play_scraper.constants.element import ElementSpecs
from google_play_scraper.constants.regex import Regex
from google_play_scraper.features.app import parse_dom
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.redaction import gate
from flows.sources.base import FetchResult, Page, Request
from flows.sources.google_play import parse as google_play
from flows.sources.sample_store import payloads
from flows.sources.sample_store.reviews import SHELVES, written
from flows.sources.sample_store.source import SAMPLE_KEY, SampleStore
from flows.sources.sample_store.story import REDESIGN, REGRESSION, REPAIR, day_of, edition_for, versions
from flows.sources.sample_store.texts import groups
from warehouse.records import Consent, Feedback, RatingSnapshot, Release, Review

NOW = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
STORE = SampleStore()
_TWELVE = re.compile(r"(?<!\d)(?:\d[ -]?){11}\d(?!\d)")


@dataclass(slots=True)
class Sold:
    """Everything that one request brought."""

    pages: list[Page] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    snapshots: list[RatingSnapshot] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)
    feedback: list[Feedback] = field(default_factory=list)
    consents: list[Consent] = field(default_factory=list)
    result: FetchResult | None = None

    def newest(self) -> list[Review]:
        """Every review as it was seen last."""
        return list({r.review_id: r for r in sorted(self.reviews, key=lambda r: r.seen_at)}.values())


@cache
def sold(place: str, now: datetime = NOW) -> Sold:
    """What the sample store sells in a language or a country."""
    request = next(a for a in STORE.requests(now) if place in (a.language, a.country))
    found = Sold()
    for item in STORE.fetch(request):
        if isinstance(item, FetchResult):
            found.result = item
            continue
        parsed = STORE.parse(request, item)
        found.pages.append(item)
        found.reviews += parsed.reviews
        found.snapshots += parsed.snapshots
        found.releases += parsed.releases
        found.feedback += parsed.feedback
        found.consents += parsed.consents
    return found


PLACES = ("ja", "en", "jp", "us")
EDITION = STORE.edition(NOW)
REDESIGNED = EDITION.moment(day_of(REDESIGN, "google_play"))
BROKEN = EDITION.moment(day_of(REGRESSION, "google_play"))
MENDED = EDITION.moment(day_of(REPAIR, "google_play"))


def everything() -> Iterator[Sold]:
    return (sold(place) for place in PLACES)


def displayed_at(place: str, moment: datetime) -> float:
    """The last displayed score before a moment."""
    score = [s.displayed_score for s in sold(place).snapshots if s.observed_at <= moment][-1]
    assert score is not None
    return score


# The same for everybody


def test_the_same_day_gives_the_same_bytes_whoever_asks() -> None:
    request = STORE.requests(NOW)[3]
    bodies = [p.body for p in SampleStore().fetch(request) if isinstance(p, Page)]
    assert bodies == [p.body for p in sold("us").pages]


def test_the_bytes_are_the_same_on_every_machine() -> None:
    """One digest of the payloads of a year and a half; whoever changes the story on purpose changes it."""
    bodies = "".join(p.body for p in sold("us").pages if p.fetched_at < MENDED)
    assert hashlib.sha256(bodies.encode()).hexdigest()[:16] == "b0e38726e852ab04"


def test_until_the_next_night_there_is_nothing_new() -> None:
    assert STORE.requests(NOW) == STORE.requests(NOW + timedelta(hours=19))
    assert STORE.requests(NOW) != STORE.requests(NOW + timedelta(hours=21))


def states(place: tuple[str, str], last: int) -> set[object]:
    return set(written(EDITION, SHELVES[place], last))


@settings(max_examples=12, deadline=None)
@given(
    place=st.sampled_from(sorted(SHELVES)),
    first=st.integers(0, 780),
    more=st.integers(1, 60),
)
def test_a_later_day_only_adds(place: tuple[str, str], first: int, more: int) -> None:
    assert states(place, first) <= states(place, first + more)


def test_what_was_sold_on_a_day_is_sold_unchanged_on_a_later_day() -> None:
    later = NOW + timedelta(days=3)
    for place in ("en", "us"):
        now, then = sold(place), sold(place, later)
        assert set(now.reviews) <= set(then.reviews)
        assert set(now.snapshots) <= set(then.snapshots)
        assert set(now.feedback) == set(then.feedback)
        assert len(then.pages) > len(now.pages)


# Every clock sees two years


@pytest.mark.parametrize(
    "now",
    [
        datetime(2024, 2, 29, 12, tzinfo=UTC),
        datetime(2026, 9, 30, 14, 59, tzinfo=UTC),
        datetime(2026, 10, 1, tzinfo=UTC),
        datetime(2028, 12, 31, 23, 59, tzinfo=UTC),
    ],
)
def test_the_story_is_two_years_long_and_ends_last_night(now: datetime) -> None:
    edition = edition_for(now)
    assert 729 <= edition.last_day(now) <= 825
    assert timedelta() <= now - edition.crawl(edition.last_day(now)) < timedelta(days=1)
    scores = [round(d.score, 1) for d in payloads.google_play_scores(edition, edition.last_day(now))]
    assert (min(scores), scores[-1]) == (2.2, 4.2)


def test_a_folder_that_holds_an_edition_is_told_that_one_on() -> None:
    batch = f"sample-google_play-{EDITION.play_id}-ja-0a1b2c-20261124"
    told_on = SampleStore(["import-0a1b", batch])
    in_a_year = NOW + timedelta(days=365)
    assert told_on.edition(in_a_year) == EDITION
    assert STORE.edition(in_a_year) != EDITION
    assert {a.store_app_id for a in told_on.requests(in_a_year)} == {EDITION.play_id, EDITION.app_store_id}
    assert SampleStore([EDITION.app_store_id]).edition(in_a_year) == EDITION


def test_the_app_keeps_coming_out_after_the_script_ends() -> None:
    days = [v.day for v in versions("google_play", 1200)]
    assert days == sorted(days)
    assert max(b - a for a, b in pairwise(days)) <= 100
    assert len({v.version for v in versions("google_play", 1200)}) == len(days)


def test_another_stores_id_is_refused() -> None:
    request = Request(store="google_play", store_app_id="jp.example.other", language="ja", now=NOW)
    with pytest.raises(ValueError, match="not an app of the sample store"):
        list(STORE.fetch(request))


# The story


def test_the_displayed_score_falls_to_2_2_before_the_redesign_and_stands_at_4_2_now() -> None:
    scores = [(s.observed_at, s.displayed_score or 0.0) for s in sold("ja").snapshots]
    low_at, low = min(scores, key=lambda s: s[1])
    assert round(low, 1) == 2.2
    assert low_at < REDESIGNED + timedelta(days=1)
    assert round(scores[-1][1], 1) == 4.2
    assert scores[0][1] > 2.8


def test_the_regression_dips_the_score_and_the_repair_brings_it_back() -> None:
    before, worst = displayed_at("ja", BROKEN), displayed_at("ja", MENDED)
    assert before - worst > 0.3
    assert displayed_at("ja", MENDED + timedelta(days=90)) >= before - 0.05


def test_the_app_store_starts_its_summary_anew_with_the_redesign() -> None:
    counts = [s.ratings_count or 0 for s in sold("jp").snapshots]
    fresh = counts.index(0)
    assert counts[fresh - 1] > 10_000
    assert sold("jp").snapshots[fresh].displayed_score is None
    assert round(displayed_at("jp", REDESIGNED), 1) <= 2.5
    assert round(displayed_at("jp", NOW), 1) == 4.2


def test_written_reviews_are_a_few_percent_of_ratings_and_about_a_star_lower() -> None:
    since = NOW - timedelta(days=120)
    stars = [r.rating or 0 for p in ("ja", "en") for r in sold(p).newest() if r.reviewed_at > since]
    assert 0.5 < displayed_at("ja", NOW) - mean(stars) < 1.5
    ratings = sold("ja").snapshots[-1].ratings_count or 0
    written_ones = len(sold("ja").newest()) + len(sold("en").newest())
    assert 0.02 < written_ones / ratings < 0.06
    assert (sold("ja").snapshots[-1].reviews_count or 0) / written_ones == pytest.approx(1, abs=0.15)


def test_people_write_about_what_happened_to_them() -> None:
    def stars(version: str) -> float:
        return mean(r.rating or 0 for r in sold("ja").newest() if r.version == version)

    assert stars("1.2.0") < 2
    assert stars(REDESIGN) > 3
    assert stars(REGRESSION) < 2
    assert stars(REPAIR) > 3


def test_releases_draw_crowds_and_weeks_have_their_days() -> None:
    def a_day(begin: datetime, days: int) -> float:
        return sum(begin <= r.reviewed_at < begin + timedelta(days=days) for r in sold("ja").reviews) / days

    assert a_day(REDESIGNED, 7) > 1.5 * a_day(REDESIGNED - timedelta(days=28), 28)
    assert a_day(BROKEN, 10) > 2 * a_day(BROKEN - timedelta(days=28), 28)


def test_some_change_their_words_and_their_stars_once_it_is_mended() -> None:
    states: dict[str, set[tuple[object, ...]]] = {}
    for r in sold("ja").reviews:
        states.setdefault(r.review_id, set()).add((r.seen_at, r.rating, r.text))
    raised = [
        s
        for s in map(sorted, states.values())
        if len(s) > 1 and s[0][1] <= 2 and s[-1][1] >= 4 and s[-1][0] > REDESIGNED
    ]
    assert len(raised) >= 40


def test_the_developer_answers_on_google_play_only() -> None:
    answered = [r for r in sold("ja").newest() if r.reply]
    assert len(answered) > 100
    assert all(r.replied_at and r.replied_at > r.reviewed_at - timedelta(days=400) for r in answered)
    assert not any(r.reply for r in sold("jp").reviews)
    too_soon = [
        r
        for r in sold("ja").reviews
        if r.reply and BROKEN < r.seen_at < MENDED and "修正いたしました" in r.reply
    ]
    assert [r.review_id for r in too_soon if r.reviewed_at > BROKEN] == []


def test_testers_saw_the_redesign_before_the_public_and_not_all_agreed_to_everything() -> None:
    entries = [f for p in ("ja", "en") for f in sold(p).feedback]
    assert 200 < len(entries) < 500
    assert len({f.tester for f in entries}) == 60
    assert max(f.submitted_at for f in entries) < REDESIGNED
    assert {(f.may_analyse, f.may_quote) for f in entries} == {(True, True), (True, False), (False, False)}
    assert {f.app for f in entries} == {SAMPLE_KEY}
    early = [f.rating for f in entries if f.version == "2.0.0-alpha.1" and f.rating]
    late = [f.rating for f in entries if f.version == "2.0.0-beta.1" and f.rating]
    assert mean(late) > mean(early) + 0.5


def test_testers_agreed_before_they_spoke_and_some_changed_their_mind_with_the_second_wording() -> None:
    ledger = sorted((c for p in ("ja", "en") for c in sold(p).consents), key=lambda c: c.at)
    said = [f for p in ("ja", "en") for f in sold(p).feedback]
    of = {t: [c for c in ledger if c.tester == t] for t in {c.tester for c in ledger}}
    assert Counter(c.event for c in ledger)["withdrawn"] == 3
    assert {c.wording for c in ledger} == {"1-sample", "2-sample"}
    for f in said:
        held = [c for c in of[f.tester] if c.at <= f.submitted_at][-1]
        assert (held.wording, held.may_analyse, held.may_quote) == (
            f.consent_version, f.may_analyse, f.may_quote,
        )  # fmt: skip
    gone = {t for t, entries in of.items() if entries[-1].event == "withdrawn"}
    assert not gone & {f.tester for f in said}
    reworded = [entries[-1].may_quote - entries[0].may_quote for t, entries in of.items() if t not in gone]
    assert {-1, 0, 1} == set(reworded)


def test_each_store_has_its_releases_with_notes_in_both_languages() -> None:
    for place in ("ja", "jp"):
        notes = {r.version: r.notes or "" for r in sold(place).releases}
        assert 14 <= len(notes) <= 18
        assert all(re.search("[ぁ-ん]", n) and re.search("[A-Za-z]{4}", n) for n in notes.values())
    dates = Counter(r.version for r in {replace(r, seen_at=NOW) for r in sold("ja").releases})
    assert set(dates.values()) == {1}


# What is sold is sound


def test_there_are_some_thousand_reviews_in_both_languages_and_every_id_is_one_review() -> None:
    reviews = [r for s in everything() for r in s.newest()]
    assert 4_000 < len(reviews) < 6_000
    assert len({(r.store, r.review_id) for r in reviews}) == len(reviews)
    assert {r.language for r in reviews} == {"ja", "en", None}
    assert {r.country for r in reviews} == {"jp", "us", None}
    assert {r.rating for r in reviews} == {1, 2, 3, 4, 5}
    assert any(r.version is None for r in reviews)


def test_nothing_was_written_after_it_was_seen_and_nothing_before_the_app_was_out() -> None:
    for s in everything():
        assert all(r.reviewed_at <= r.seen_at <= NOW for r in s.reviews)
        assert min(r.reviewed_at for r in s.reviews) >= EDITION.moment(1)


def test_the_bank_is_large_and_texts_seldom_repeat() -> None:
    assert sum(len(g.texts) for g in groups("ja")) >= 500
    assert sum(len(g.texts) for g in groups("en")) >= 300
    texts = Counter(r.text for s in everything() for r in s.newest() if r.text and len(r.text) > 14)
    assert len(texts) > 2_500
    assert max(texts.values()) <= 12


def test_every_blank_is_filled() -> None:
    for s in everything():
        for r in s.reviews:
            assert not re.search(r"\{[a-z]+\}", r.text or ""), r.text


def test_personal_numbers_were_sold_and_none_survives() -> None:
    bodies = "".join(p.body for s in everything() for p in s.pages)
    assert "090-0000-" in bodies
    assert "@mail.example" in bodies
    kept = [r.text or "" for s in everything() for r in s.reviews]
    assert sum(r.redactions for s in everything() for r in s.newest()) >= 10
    assert not [t for t in kept if _TWELVE.search(t) or "090-0000" in t or "@mail" in t]
    assert all(gate.redact(t) == (t, 0) for t in kept)


def test_authors_were_sold_and_none_survives() -> None:
    for s in everything():
        assert "sample-person-" in "".join(p.body for p in s.pages)
        assert "sample-person-" not in repr(s.reviews)


def test_some_texts_try_the_screens() -> None:
    texts = " ".join(r.text or "" for s in everything() for r in s.newest())
    assert all(t in texts for t in ("<script>", "javascript:", "\u202e", "DROP TABLE", "=HYPERLINK", "<img "))


def test_everything_is_marked_as_sample_data_and_the_title_says_so() -> None:
    for s in everything():
        assert all(r.is_sample for r in (*s.reviews, *s.snapshots, *s.releases, *s.feedback, *s.consents))
        assert all("sample data" in (x.title or "") for x in s.snapshots)
    app = STORE.app(NOW)
    assert "sample data" in app.name
    assert app.stores == (("google_play", EDITION.play_id), ("app_store", EDITION.app_store_id))


def test_the_end_is_said() -> None:
    assert all(
        s.result and (s.result.outcome, s.result.reason) == ("complete", "end_confirmed")
        for s in everything()
    )


# The shapes are the stores' own: google-play-scraper's own code reads them and sees the same


def test_google_play_scraper_reads_our_reviews_and_sees_the_same() -> None:
    for page in [p for p in sold("en").pages if p.shape == "google_play_reviews"]:
        answer = json.loads(Regex.REVIEWS.findall(page.body)[0])
        theirs = [
            {name: spec.extract_content(item) for name, spec in ElementSpecs.Review.items()}
            for item in json.loads(answer[0][2])[0]
        ]
        ours = google_play.parse_reviews(
            page.body, store_app_id="x", language="en", seen_at=page.fetched_at, source="sample"
        )
        for their, our in zip(theirs, ours, strict=True):
            assert (their["reviewId"], their["score"], their["thumbsUpCount"], their["appVersion"]) == (
                our.review_id,
                our.rating,
                our.thumbs_up,
                our.version,
            )
            # Its times are naive and local to the machine.
            assert their["at"].astimezone(UTC) == our.reviewed_at
            assert (their["repliedAt"] is None) == (our.replied_at is None)
            assert gate.passed(their["content"])[0] == our.text
            assert their["userName"].startswith("sample-person-")


def test_google_play_scraper_reads_our_details_and_sees_the_same() -> None:
    pages = [p for p in sold("ja").pages if p.shape == "google_play_details"]
    for page, our in list(zip(pages, sold("ja").snapshots, strict=True))[::40]:
        their = parse_dom(page.body, EDITION.play_id, "")
        assert (their["score"], their["ratings"], their["reviews"]) == (
            our.displayed_score,
            our.ratings_count,
            our.reviews_count,
        )
        assert their["histogram"] == [our.stars_1, our.stars_2, our.stars_3, our.stars_4, our.stars_5]
        assert (their["version"], their["realInstalls"], their["title"]) == (
            our.version,
            our.installs,
            our.title,
        )
        assert their["free"] is True


def test_the_displayed_score_is_the_mean_of_the_displayed_histogram() -> None:
    for s in sold("ja").snapshots:
        stars = [s.stars_1 or 0, s.stars_2 or 0, s.stars_3 or 0, s.stars_4 or 0, s.stars_5 or 0]
        weighed = sum(k * n for k, n in enumerate(stars, start=1)) / sum(stars)
        assert weighed == pytest.approx(s.displayed_score, abs=0.01)


def test_the_feed_shows_a_lone_entry_as_an_object_and_none_as_nothing() -> None:
    kinds = {
        type(json.loads(p.body)["feed"].get("entry")) for p in sold("us").pages if p.shape == "app_store_feed"
    }
    assert kinds == {dict, list, type(None)}
