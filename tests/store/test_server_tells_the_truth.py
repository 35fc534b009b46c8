"""Readers that know nothing of this project read the loopback store and find what its catalogue holds."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import google.auth.transport.requests
import httpx
import jwt
import pytest
from google.oauth2.service_account import Credentials

# The collector's module comes first: it puts TLS verification back, which google-play-scraper takes away.
from flows.sources.google_play import parse as _verified_again  # noqa: F401  # isort: skip
import google_play_scraper
from google_play_scraper.constants.request import Formats

from tests.store import Catalogue, StoreServer, app_store_app, play_app
from tests.store.catalogue import START, Displayed, StoreApp, StoreReview
from tests.store.credentials import SCOPE
from tests.store.wire_apple import TOO_DEEP

PLAY, APPLE = "jp.example.app", "1500000001"


@pytest.fixture(scope="module")
def store() -> Iterator[StoreServer]:
    apple = app_store_app(APPLE, reviews=130, feedback=75)
    with StoreServer(Catalogue([play_app(PLAY, reviews=450), apple])) as server:
        yield server


@pytest.fixture
def scraper(store: StoreServer, monkeypatch: pytest.MonkeyPatch) -> Any:
    """google-play-scraper as installed; only the address that it asks is another."""
    for part, name in (
        ("Reviews", "URL_FORMAT"),
        ("Detail", "URL_FORMAT"),
        ("Detail", "FALLBACK_URL_FORMAT"),
    ):
        kind = type(getattr(Formats, part))
        monkeypatch.setattr(kind, name, getattr(kind, name).replace("https://play.google.com", store.url))
    return google_play_scraper


def get(url: str, **headers: str) -> Any:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:  # noqa: S310
        return json.load(answer)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_google_play_scraper_reads_every_review_of_a_language(
    scraper: Any, store: StoreServer, language: str
) -> None:
    read = scraper.reviews_all(PLAY, lang=language, country="jp", sort=scraper.Sort.NEWEST)
    now = store.clock.now()
    expected = [
        {
            "reviewId": review.review_id,
            "userName": review.author,
            "content": state.text,
            "score": state.stars,
            "thumbsUpCount": review.thumbs_up,
            "reviewCreatedVersion": state.version,
            "at": state.at,
            "replyContent": reply.text if (reply := review.reply_at(now)) else None,
            "repliedAt": reply.at if reply else None,
            "appVersion": state.version,
        }
        for review, state in store.catalogue.listing("google_play", PLAY, language, now)
    ]
    got = [
        {k: v.astimezone(UTC) if isinstance(v, datetime) else v for k, v in row.items() if k != "userImage"}
        for row in read
    ]
    assert len(expected) == 450
    assert got == expected


def test_google_play_scraper_can_ask_for_one_number_of_stars_only(scraper: Any, store: StoreServer) -> None:
    read, _ = scraper.reviews(PLAY, lang="ja", sort=scraper.Sort.NEWEST, count=60, filter_score_with=2)
    listing = store.catalogue.listing("google_play", PLAY, "ja", store.clock.now())
    assert [row["reviewId"] for row in read] == [r.review_id for r, s in listing if s.stars == 2][:60]


def test_google_play_scraper_reads_the_details_page(scraper: Any, store: StoreServer) -> None:
    read = scraper.app(PLAY, lang="ja", country="jp")
    app = store.catalogue.app("google_play", PLAY)
    assert app is not None
    shown, release = app.shown("jp", store.clock.now()), app.release(store.clock.now())
    assert shown is not None and release is not None
    found = (read["score"], read["ratings"], read["reviews"], tuple(read["histogram"]), read["realInstalls"])
    assert found == (shown.score, shown.ratings, shown.written, shown.stars, shown.installs)
    assert (read["title"], read["version"]) == (app.names["ja"], release.version)
    assert read["updated"] == int(release.at.timestamp())
    assert read["developer"] == app.publisher


def test_google_play_scraper_does_not_find_an_unknown_app(scraper: Any) -> None:
    with pytest.raises(google_play_scraper.exceptions.NotFoundError):
        scraper.app("jp.example.unknown", lang="ja", country="jp")


def reply_text(review: StoreReview, now: datetime) -> str | None:
    reply = review.reply_at(now)
    return reply.text if reply else None


def feed_page(store: StoreServer, country: str, page: int, app: str = APPLE) -> list[dict[str, Any]]:
    url = f"{store.url}/{country}/rss/customerreviews/page={page}/id={app}/sortby=mostrecent/json"
    entries = get(url)["feed"].get("entry", [])
    return [entries] if isinstance(entries, dict) else entries


@pytest.mark.parametrize("country", ["jp", "us"])
def test_a_plain_reader_of_the_feed_finds_every_review_of_a_country(store: StoreServer, country: str) -> None:
    read = [entry for page in range(1, 11) for entry in feed_page(store, country, page)]
    got = [
        (
            entry["id"]["label"],
            int(entry["im:rating"]["label"]),
            entry["title"]["label"],
            entry["content"]["label"],
            datetime.fromisoformat(entry["updated"]["label"]).astimezone(UTC),
            entry.get("im:version", {}).get("label"),
        )
        for entry in read
    ]
    listing = store.catalogue.listing("app_store", APPLE, country, store.clock.now())
    assert len(listing) == 130
    assert got == [(r.review_id, s.stars, s.title, s.text, s.at, s.version) for r, s in listing]


def test_the_feed_says_california_s_time_in_winter_and_summer(store: StoreServer) -> None:
    offsets = {entry["updated"]["label"][-6:] for page in (1, 2, 3) for entry in feed_page(store, "jp", page)}
    assert offsets == {"-08:00", "-07:00"}


def test_the_eleventh_page_of_the_feed_is_refused_as_apple_refuses_it() -> None:
    with (
        StoreServer(Catalogue([app_store_app(APPLE, reviews=700)])) as store,
        pytest.raises(urllib.error.HTTPError) as refusal,
    ):
        assert sum(len(feed_page(store, "jp", page)) for page in range(1, 11)) == 500
        feed_page(store, "jp", 11)
    assert (refusal.value.code, refusal.value.read().decode()) == (400, TOO_DEEP)


def test_a_lone_entry_is_an_object_and_no_entry_is_no_key() -> None:
    apps = [app_store_app("1500000002", reviews=1), app_store_app("1500000003", reviews=0)]
    with StoreServer(Catalogue(apps)) as store:
        address = "{}/jp/rss/customerreviews/page=1/id={}/sortby=mostrecent/json"
        assert isinstance(get(address.format(store.url, "1500000002"))["feed"]["entry"], dict)
        assert "entry" not in get(address.format(store.url, "1500000003"))["feed"]


def test_the_lookup_shows_the_score_of_the_country(store: StoreServer) -> None:
    app = store.catalogue.app("app_store", APPLE)
    assert app is not None
    for country in ("jp", "us"):
        answer = get(f"{store.url}/lookup?id={APPLE}&country={country}")
        shown, record = app.shown(country, store.clock.now()), answer["results"][0]
        assert shown is not None
        assert (record["averageUserRating"], record["userRatingCount"]) == (shown.score, shown.ratings)
    assert get(f"{store.url}/lookup?id=42&country=jp")["resultCount"] == 0


def connect_token(store: StoreServer, *, minutes: float = 15, **other: Any) -> str:
    now = store.clock.now()
    claims = {
        "iss": store.connect.issuer_id,
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(minutes=minutes)).timestamp()),
        "aud": "appstoreconnect-v1",
    }
    head = {"kid": store.connect.key_id}
    return jwt.encode(claims | other, store.connect.private_key, algorithm="ES256", headers=head)


def connect_pages(store: StoreServer, path: str, query: str) -> Iterator[dict[str, Any]]:
    url: str | None = f"{store.url}/v1/apps/{APPLE}/{path}?{query}"
    while url:
        document = get(url, Authorization=f"Bearer {connect_token(store)}")
        yield document
        url = document["links"].get("next")


def test_app_store_connect_gives_every_review_with_its_answer(store: StoreServer) -> None:
    documents = list(connect_pages(store, "customerReviews", "limit=100&sort=-createdDate&include=response"))
    answers = {r["id"]: r["attributes"]["responseBody"] for d in documents for r in d["included"]}
    got = []
    for record in (r for d in documents for r in d["data"]):
        said, its = record["relationships"]["response"].get("data"), record["attributes"]
        when = datetime.fromisoformat(its["createdDate"]).astimezone(UTC)
        got.append((record["id"], its["rating"], its["title"], its["body"], when, its["territory"],
                    said and answers[said["id"]]))  # fmt: skip
    now = store.clock.now()
    listing = store.catalogue.listing("app_store", APPLE, None, now)
    territory = {"jp": "JPN", "us": "USA"}
    assert len(documents) == 3
    assert documents[0]["meta"]["paging"]["total"] == len(listing) == 260
    expected = [
        (r.connect_id, s.stars, s.title, s.text, s.at, territory[r.place], reply_text(r, now))
        for r, s in listing
    ]
    assert got == expected


def test_testflight_feedback_comes_in_both_kinds_with_its_build(store: StoreServer) -> None:
    got = []
    for path in ("betaFeedbackScreenshotSubmissions", "betaFeedbackCrashSubmissions"):
        for document in connect_pages(store, path, "limit=20&include=build"):
            builds = {r["id"]: r["attributes"]["version"] for r in document["included"]}
            for record in document["data"]:
                its, build = record["attributes"], record["relationships"]["build"]["data"]["id"]
                when = datetime.fromisoformat(its["createdDate"])
                got.append((record["id"], its["comment"], its["email"], when, builds[build]))
    app = store.catalogue.app("app_store", APPLE)
    assert app is not None
    assert sorted(got) == sorted((n.feedback_id, n.comment, n.email, n.at, n.version) for n in app.feedback)


@pytest.mark.parametrize(
    "wrong", [{"minutes": 21}, {"aud": "somebody"}, {"iss": "somebody"}, {"minutes": 0}], ids=str
)
def test_app_store_connect_refuses_a_token_that_apple_would_refuse(
    store: StoreServer, wrong: dict[str, Any]
) -> None:
    url = f"{store.url}/v1/apps/{APPLE}/customerReviews"
    answer = httpx.get(url, headers={"Authorization": f"Bearer {connect_token(store, **wrong)}"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, "NOT_AUTHORIZED")


def test_app_store_connect_counts_the_requests_of_the_hour() -> None:
    with StoreServer(Catalogue([app_store_app(APPLE, reviews=3)]), hour_limit=2) as store:
        head = {"Authorization": f"Bearer {connect_token(store)}"}
        url = f"{store.url}/v1/apps/{APPLE}/customerReviews"
        answers = [httpx.get(url, headers=head) for _ in range(3)]
        assert [a.status_code for a in answers] == [200, 200, 429]
        assert [a.headers["X-Rate-Limit"][-2] for a in answers] == ["1", "0", "0"]
        store.clock.advance(3601)
        head = {"Authorization": f"Bearer {connect_token(store)}"}
        assert httpx.get(url, headers=head).status_code == 200


def test_androidpublisher_gives_the_last_week_to_google_s_own_sign_in() -> None:
    with StoreServer(Catalogue([play_app(PLAY, reviews=300, days=14)])) as store:
        signed = Credentials.from_service_account_info(store.service_account, scopes=[SCOPE])
        signed.refresh(google.auth.transport.requests.Request())
        got, token = [], None
        while True:
            page = f"&token={token}" if token else ""
            document = get(
                f"{store.url}/androidpublisher/v3/applications/{PLAY}/reviews?maxResults=100{page}",
                Authorization=f"Bearer {signed.token}",
            )
            got += [(r["reviewId"], *told(r["comments"])) for r in document["reviews"]]
            token = document.get("tokenPagination", {}).get("nextPageToken")
            if token is None:
                break
        now = store.clock.now()
        expected = [
            (r.review_id, s.stars, s.text, int(s.at.timestamp()), reply_text(r, now))
            for r, s in store.catalogue.listing("google_play", PLAY, None, now)
            if s.text and s.at > now - timedelta(days=7)
        ]
    assert 100 < len(expected) < 590
    assert got == expected


def told(comments: list[dict[str, Any]]) -> tuple[int, str, int, str | None]:
    written = comments[0]["userComment"]
    title, _, body = written["text"].partition("\t")
    assert title == ""
    reply = comments[1]["developerComment"]["text"] if len(comments) > 1 else None
    return written["starRating"], body, int(written["lastModified"]["seconds"]), reply


def test_androidpublisher_refuses_strangers_and_other_people_s_apps() -> None:
    with StoreServer(Catalogue([play_app(PLAY, reviews=3)]), own_apps=["jp.example.mine"]) as store:
        url = f"{store.url}/androidpublisher/v3/applications/{PLAY}/reviews"
        assert httpx.get(url, headers={"Authorization": "Bearer stolen"}).status_code == 401
        signed = Credentials.from_service_account_info(store.service_account, scopes=[SCOPE])
        signed.refresh(google.auth.transport.requests.Request())
        assert httpx.get(url, headers={"Authorization": f"Bearer {signed.token}"}).status_code == 403


def test_what_the_store_shows_goes_with_its_clock() -> None:
    app = StoreApp(
        store="app_store",
        app_id=APPLE,
        names={"ja": "架空"},
        displayed=[
            Displayed(since=START, score=2.2, ratings=10),
            Displayed(since=START + timedelta(days=9), score=4.2, ratings=99),
        ],
        releases=app_store_app().releases,
    )
    with StoreServer(Catalogue([app])) as store:
        address = f"{store.url}/lookup?id={APPLE}&country=jp"
        assert get(address)["results"][0]["averageUserRating"] == 2.2
        store.clock.advance(days=9)
        assert get(address)["results"][0]["averageUserRating"] == 4.2


def test_a_reader_that_checks_certificates_refuses_the_store_and_one_that_trusts_it_does_not() -> None:
    with StoreServer(Catalogue([play_app(PLAY, reviews=3)]), tls=True) as store:
        url = f"{store.url}/store/apps/details?id={PLAY}&hl=ja&gl=jp"
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(url)
        assert store.requests == []
        trusting = ssl.create_default_context(cafile=str(store.authority))
        assert httpx.get(url, verify=trusting).status_code == 200
