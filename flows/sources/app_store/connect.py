"""App Store Connect's API, for one's own apps: every review with its version and the developer's answer, all
countries.

A token is a JWT signed with the team's .p8 key (ES256, 20 minutes at most). TestFlight's feedback is asked
for only where the configuration says what the testers agreed to; e-mail addresses are never read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flows.redaction.gate import passed, passed_field, passed_pair
from flows.sources.app_store.connect_versions import Versions
from flows.sources.app_store.parse import country_of
from flows.sources.base import FetchResult, Page, Parsed, Request
from flows.sources.http import Answer, Forbidden, StoreClient, Unusable
from flows.sources.pagination import PageInfo, Paginator, Refused
from flows.sources.payload import ShapeError, count_at, lookup, text_at, text_or_none
from warehouse.records import Consent as LedgerEntry
from warehouse.records import Feedback, Review

ADDRESS = "https://api.appstoreconnect.apple.com"
PER_PAGE = 200
_GOOD_FOR = timedelta(minutes=15)
BASIS = "[app.store.beta_feedback] in apps.toml"
_SUBMISSIONS = ("betaFeedbackScreenshotSubmissions", "betaFeedbackCrashSubmissions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What an app's testers agreed to."""

    app: str
    """The app's key, under which feedback is kept."""
    version: str
    cohort: str
    may_analyse: bool
    may_quote: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectApp:
    """One app of one's own with the key that may read it."""

    app_id: str
    key_file: Path
    key_id: str
    issuer_id: str
    consent: Consent | None = None


@dataclass(slots=True)
class _Token:
    text: str = ""
    until: datetime = field(default=datetime.min.replace(tzinfo=UTC))


class AppStoreConnect:
    """Reviews, and TestFlight feedback where there is consent."""

    name = "app_store_connect"

    def __init__(
        self,
        client: StoreClient,
        apps: Sequence[ConnectApp],
        *,
        address: str = ADDRESS,
        per_page: int = PER_PAGE,
        page_limit: int = 1_000,
    ) -> None:
        self._client, self._address = client, address.rstrip("/")
        self._apps = {app.app_id: app for app in apps}
        self._per_page, self._page_limit = per_page, page_limit
        self._tokens: dict[str, _Token] = {}
        self._versions: dict[str, Versions] = {}
        """By app: what the fetch that is under way knows of its reviews."""

    def requests(self, now: datetime) -> list[Request]:
        """One request an app for all countries, and one for feedback where there is consent."""
        requests = []
        for app in self._apps.values():
            plain = Request(store="app_store", store_app_id=app.app_id, now=now)
            requests.append(replace(plain, is_incremental=True))
            if app.consent is not None:
                requests.append(replace(plain, what="feedback"))
        return requests

    def fetch(self, request: Request) -> Iterator[Page | FetchResult]:
        """Pages, newest first. Raises Blocked, NotThere, ShapeError."""
        if request.what == "reviews":
            yield from self._reviews(request)
            return
        results = []
        for kind in _SUBMISSIONS:
            # Without the tester's id every submission would count as another person's.
            for item in self._paginate(request, kind, {"include": "build,tester"}):
                if isinstance(item, FetchResult):
                    results.append(item)
                else:
                    yield item
        worst = ("complete", "partial", "failed")
        yield replace(max(results, key=lambda e: worst.index(e.outcome)), recheck_at=None)

    def _reviews(self, request: Request) -> Iterator[Page | FetchResult]:
        """The list of the app, which has every review; its versions' lists are read as far as each page."""
        app = self._apps[request.store_app_id]
        versions = self._versions[app.app_id] = Versions(
            f"{self._address}/v1/apps/{app.app_id}", partial(self._get, app), page_info, self._per_page
        )
        without: str | None = None
        for item in self._paginate(request, "customerReviews", {"include": "response"}):
            if isinstance(item, FetchResult):
                told = [said for said in (item.detail, without) if said]
                yield replace(item, detail="; ".join(told) or None)
                continue
            if without is None:
                # A review without its version is better than none; a failure that passes is tried again.
                try:
                    versions.reach(_oldest(item.body))
                except (Forbidden, ShapeError) as problem:
                    without = f"versions of reviews could not be read ({problem})"
            yield item

    def _get(self, app: ConnectApp, url: str) -> Answer:
        if not url.startswith(f"{self._address}/"):
            raise ShapeError("links.next", "leads to another host")
        return self._client.fetch_signed(url, partial(self._authorization, app))

    def _paginate(self, request: Request, kind: str, more: Mapping[str, str]) -> Iterator[Page | FetchResult]:
        query = urlencode({"limit": str(self._per_page), "sort": "-createdDate", **more})
        first = f"{self._address}/v1/apps/{request.store_app_id}/{kind}?{query}"

        app = self._apps[request.store_app_id]

        def get(following: str | None) -> Answer:
            return self._get(app, following or first)

        return Paginator(
            request, kind, get, page_info, lambda n: self._client.pause(first, n), full=self._per_page,
            page_limit=self._page_limit,
        ).pages()  # fmt: skip

    def _authorization(self, app: ConnectApp, anew: bool) -> dict[str, str]:
        now = self._client.now()
        token = self._tokens.setdefault(app.key_id, _Token())
        if anew or now >= token.until:
            # A minute early, so that no token runs out on its way.
            token.text, token.until = sign(app, now), now + _GOOD_FOR - timedelta(minutes=1)
        return {"authorization": f"Bearer {token.text}"}

    def reply(self, app_id: str, review_id: str, text: str) -> None:
        """Answer a review, in the place of any answer that it has (`POST /v1/customerReviewResponses`).

        Raises Blocked or NotThere, KeyError for an app without a key.
        """
        review = {"data": {"type": "customerReviews", "id": review_id}}
        response = {
            "type": "customerReviewResponses",
            "attributes": {"responseBody": text},
            "relationships": {"review": review},
        }
        sign = partial(self._authorization, self._apps[app_id])
        self._client.post_signed(f"{self._address}/v1/customerReviewResponses", sign, {"data": response})

    def parse(self, request: Request, page: Page) -> Parsed:
        """The records of one page. Raises ShapeError."""
        document = _document(page.body)
        included = {str(lookup(item, ["id"])): item for item in _items(document, "included", may_lack=True)}
        items = _items(document, "data")
        if page.shape == "customerReviews":
            read = self._versions.get(request.store_app_id)
            told = read.told if read is not None else {}
            reviews = [
                read_review(
                    item, included, request.store_app_id, page.fetched_at, self.name,
                    version=told.get(str(lookup(item, ["id"]))), country=_country(item),
                )
                for item in items
            ]  # fmt: skip
            return Parsed(reviews=reviews)
        consent = self._apps[request.store_app_id].consent
        if consent is None:
            raise ValueError(f"Feedback of {request.store_app_id} has no consent and may not be read.")
        found = [submission(item, included, consent, page.fetched_at, self.name) for item in items]
        return Parsed(feedback=found, consents=agreed(found, page.fetched_at, BASIS))


def sign(app: ConnectApp, now: datetime) -> str:
    """A token for App Store Connect. Raises Blocked where the key cannot be used."""
    import jwt

    claims = {
        "iss": app.issuer_id,
        "iat": int(now.timestamp()),
        "exp": int((now + _GOOD_FOR).timestamp()),
        "aud": "appstoreconnect-v1",
    }
    try:
        key = app.key_file.read_text(encoding="utf-8")
        return jwt.encode(claims, key, algorithm="ES256", headers={"kid": app.key_id})
    # The words of these errors can hold a piece of the key.
    except (OSError, ValueError, TypeError, jwt.PyJWTError) as error:
        raise Unusable(f"the key file {app.key_file.name} cannot be used ({type(error).__name__})") from None


def page_info(body: str) -> PageInfo:
    """What the paginator needs of a page. Raises ShapeError, Refused."""
    document = _document(body)
    if lookup(document, ["errors"]) is not None:
        raise Refused
    items = _items(document, "data")
    ids = tuple(text_at(item, ["id"], "id") for item in items)
    last = _time(items[-1], ["attributes", "createdDate"], "createdDate") if items else None
    return PageInfo(ids, last, text_or_none(document, ["links", "next"], "links.next"))


def _oldest(body: str) -> datetime | None:
    """The time of a page's last review; None where the page cannot be read, which its parser will tell."""
    try:
        return page_info(body).last_at
    except (ShapeError, Refused):
        return datetime.max.replace(tzinfo=UTC)


def _document(body: str) -> object:
    try:
        return json.loads(body)
    except ValueError as error:
        raise ShapeError("document", "is not JSON") from error


def _items(document: object, name: str, *, may_lack: bool = False) -> list[Any]:
    value = lookup(document, [name])
    if value is None and may_lack:
        return []
    if not isinstance(value, list):
        raise ShapeError(name, f"expected a list, found {type(value).__name__}")
    return value


def _country(item: object) -> str:
    """Of a review's territory. Raises ShapeError."""
    return country_of(text_at(item, ["attributes", "territory"], "territory"))


def read_review(
    item: object,
    included: Mapping[str, object],
    store_app_id: str,
    seen_at: datetime,
    source: str,
    *,
    version: str | None,
    country: str | None,
) -> Review:
    """One element of `data` of customerReviews, through the gate; also of pages that somebody saved.

    `included` holds the page's answers by their ids. Raises ShapeError.
    """
    attributes = lookup(item, ["attributes"])
    if not isinstance(attributes, dict) or "body" not in attributes:
        raise ShapeError("body", "a review has none")
    rating = count_at(attributes, ["rating"], "rating")
    if not 1 <= rating <= 5:
        raise ShapeError("rating", "stars lie outside 1..5")
    title, text, in_text = passed_pair(
        text_or_none(attributes, ["title"], "title"), text_or_none(attributes, ["body"], "body")
    )
    response = included.get(str(lookup(item, ["relationships", "response", "data", "id"])))
    reply, in_reply = passed(text_or_none(response, ["attributes", "responseBody"], "responseBody"))
    review_id = text_at(item, ["id"], "id")
    return Review(
        store="app_store",
        store_app_id=store_app_id,
        review_id=review_id,
        source=source,
        rating=rating,
        title=title,
        text=text,
        reviewed_at=_time(attributes, ["createdDate"], "createdDate"),
        seen_at=seen_at,
        country=country,
        version=version,
        reply=reply,
        replied_at=_time(response, ["attributes", "lastModifiedDate"], "lastModifiedDate") if reply else None,
        redactions=in_text + in_reply,
        redactions_reply=in_reply,
    )


def agreed(found: Sequence[Feedback], at: datetime, basis: str) -> list[LedgerEntry]:
    """One ledger entry a tester: what the operator says that the writers of this feedback agreed to."""
    testers = {(f.tester, f.app): f for f in found}
    return [
        LedgerEntry(
            tester=f.tester, app=f.app, cohort=f.cohort, event="given", wording=f.consent_version,
            language=None, may_improve=True, may_analyse=f.may_analyse, may_quote=f.may_quote,
            may_contact=False, at=at, source=f.source, basis=basis,
        )
        for f in testers.values()
    ]  # fmt: skip


def submission(
    item: object, included: Mapping[str, object], consent: Consent, seen_at: datetime, source: str
) -> Feedback:
    """The feedback of one submission of the API, through the gate. Raises ShapeError."""
    attributes = lookup(item, ["attributes"])
    if not isinstance(attributes, dict) or "comment" not in attributes:
        raise ShapeError("comment", "a submission has none")
    text, redactions = passed(text_or_none(attributes, ["comment"], "comment"))
    locale = text_or_none(attributes, ["locale"], "locale")
    build = included.get(str(lookup(item, ["relationships", "build", "data", "id"])))
    return Feedback(
        feedback_id=text_at(item, ["id"], "id"),
        app=consent.app,
        cohort=consent.cohort,
        tester=_pseudonym(item),
        source=source,
        rating=None,
        text=text,
        submitted_at=_time(attributes, ["createdDate"], "createdDate"),
        seen_at=seen_at,
        language=passed_field(locale.replace("_", "-").split("-")[0].lower()) if locale else None,
        version=passed_field(text_or_none(build, ["attributes", "version"], "build.version")),
        consent_version=consent.version,
        may_analyse=consent.may_analyse,
        may_quote=consent.may_quote,
        redactions=redactions,
    )


def _pseudonym(item: object) -> str:
    """Names a tester without naming a person; the API's id of a tester is no address."""
    tester = lookup(item, ["relationships", "tester", "data", "id"])
    known = tester if isinstance(tester, str) else text_at(item, ["id"], "id")
    return f"testflight-{hashlib.sha256(known.encode()).hexdigest()[:12]}"


def _time(source: object, path: Sequence[str], name: str) -> datetime:
    label = text_at(source, path, name)
    try:
        moment = datetime.fromisoformat(label)
    except ValueError as error:
        raise ShapeError(name, "is no ISO 8601 time") from error
    if moment.tzinfo is None:
        raise ShapeError(name, "has no offset")
    return moment.astimezone(UTC)
