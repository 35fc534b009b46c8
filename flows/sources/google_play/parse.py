"""Google Play's own payloads, read by google-play-scraper's knowledge of their layout.

Two payloads: the answer of the `batchexecute` call that lists reviews, and the details page, an HTML
document whose script blocks (`AF_initDataCallback`) carry the data. Both are nested arrays without
names; which index means what is taken from `google_play_scraper.constants` (1.2.7). Its own reading is
not used: it swallows every error into None and makes times naive local ones.
"""

from __future__ import annotations

import html
import json
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from flows.redaction.gate import passed, passed_field
from flows.sources.payload import ShapeError, count_at, lookup, number_at, text_at, text_or_none
from warehouse.records import RatingSnapshot, Release, Review

# Importing google-play-scraper turns TLS verification off for the whole process; put back what was
# there, or Python's own default where an earlier import has already taken it away.
_verified = ssl._create_default_https_context
if _verified is ssl._create_unverified_context:
    _verified = ssl.create_default_context
try:
    from google_play_scraper.constants.element import ElementSpecs
    from google_play_scraper.constants.regex import Regex
finally:
    ssl._create_default_https_context = _verified

_REVIEW: dict[str, list[int]] = {name: spec.data_map for name, spec in ElementSpecs.Review.items()}
_DETAIL: dict[str, list[int]] = {name: spec.data_map for name, spec in ElementSpecs.Detail.items()}
_EPOCH = {"at": _REVIEW["at"], "repliedAt": _REVIEW["repliedAt"], "updated": _DETAIL["updated"]}
# google-play-scraper 1.2.7 has this path commented out; the page still carries the notes there.
_RECENT_CHANGES = [1, 2, 144, 1, 1]
# Score, histogram and counts.
_RATINGS = [1, 2, 51]
_RATED_BY_SOMEBODY = 10_000


def review_items(body: str) -> tuple[list[Any], str | None]:
    """The review arrays of one `batchexecute` answer and the token of the next page.

    An answer without reviews gives an empty list. Raises ShapeError when the answer is not one.
    """
    found = Regex.REVIEWS.findall(body)
    if not found:
        raise ShapeError("batchexecute", "the answer does not start with )]}' and an empty line")
    inner = lookup(_json(found[0], "batchexecute"), [0, 2])
    if not isinstance(inner, str):
        raise ShapeError("batchexecute", f"expected the reviews at [0.2], found {type(inner).__name__}")
    content = _json(inner, "batchexecute[0.2]")
    if not isinstance(content, list):
        raise ShapeError("batchexecute[0.2]", f"expected an array, found {type(content).__name__}")
    items = content[0] if content else []
    if items is None:
        items = []
    if not isinstance(items, list):
        raise ShapeError("reviews", f"expected an array at [0], found {type(items).__name__}")
    token = lookup(content, [-2, -1])
    return items, token if isinstance(token, str) and token else None


def parse_reviews(
    body: str,
    *,
    store_app_id: str,
    language: str,
    seen_at: datetime,
    source: str,
    is_sample: bool = False,
) -> list[Review]:
    """The reviews of one `batchexecute` answer, through the gate; authors are never read.

    Raises ShapeError naming the field when the layout has moved.
    """
    items, _ = review_items(body)
    return [
        _review(
            item,
            store_app_id=store_app_id,
            language=language,
            seen_at=seen_at,
            source=source,
            is_sample=is_sample,
        )
        for item in items
    ]


def _review(item: object, **given: Any) -> Review:
    rating = count_at(item, _REVIEW["score"], "score")
    if not 1 <= rating <= 5:
        raise ShapeError("score", "stars lie outside 1..5")
    text, redacted = passed(text_or_none(item, _REVIEW["content"], "content"))
    reply, redacted_reply = passed(text_or_none(item, _REVIEW["replyContent"], "replyContent"))
    thumbs = lookup(item, _REVIEW["thumbsUpCount"])
    return Review(
        store="google_play",
        review_id=text_at(item, _REVIEW["reviewId"], "reviewId"),
        rating=rating,
        title=None,
        text=text,
        reviewed_at=_time(item, "at"),
        version=passed_field(text_or_none(item, _REVIEW["reviewCreatedVersion"], "reviewCreatedVersion")),
        thumbs_up=thumbs if isinstance(thumbs, int) else None,
        reply=reply,
        replied_at=_time(item, "repliedAt") if reply else None,
        redactions=redacted + redacted_reply,
        redactions_reply=redacted_reply,
        **given,
    )


def parse_details(
    body: str,
    *,
    store_app_id: str,
    language: str | None,
    country: str | None = None,
    seen_at: datetime,
    source: str,
    is_sample: bool = False,
) -> tuple[RatingSnapshot, Release | None]:
    """What a details page displays: the score with its counts, and the version with its notes.

    The histogram is marked as re-weighted: Google weighs recent ratings more since 2019. The release is
    None where Play names no version ("Varies with device", in the language of the page). An app that nobody
    has rated yet has no score and no histogram: where those stand there is nothing at all. Raises ShapeError
    naming the field.
    """
    page = _details(body)
    if _is_unrated(page):
        return _unrated(page, store_app_id, language, country, seen_at, source, is_sample=is_sample)
    displayed = number_at(page, _DETAIL["score"], "score")
    if not 1 <= displayed <= 5:
        raise ShapeError("score", "the displayed score lies outside 1..5")
    version = _version(page)
    stars = [count_at(page, [1, 2, 51, 1, star, 1], "histogram") for star in range(1, 6)]
    snapshot = RatingSnapshot(
        store="google_play",
        store_app_id=store_app_id,
        source=source,
        observed_at=seen_at,
        seen_at=seen_at,
        displayed_score=displayed,
        ratings_count=count_at(page, _DETAIL["ratings"], "ratings"),
        reviews_count=count_at(page, _DETAIL["reviews"], "reviews"),
        stars_1=stars[0],
        stars_2=stars[1],
        stars_3=stars[2],
        stars_4=stars[3],
        stars_5=stars[4],
        histogram_is_reweighted=True,
        installs=_installs(page),
        version=version,
        country=country,
        language=language,
        title=passed_field(text_at(page, _DETAIL["title"], "title")),
        category=_said(page, "genreId"),
        developer=_said(page, "developer"),
        is_sample=is_sample,
    )
    return snapshot, _release(page, snapshot, version)


def _said(page: object, name: str) -> str | None:
    """What stands beside the score and is not needed: a page without it is whole."""
    value = lookup(page, _DETAIL[name])
    return passed_field(value) if isinstance(value, str) else None


def _version(page: object) -> str | None:
    """The version that Play names; what it writes in the place of one, in any language, has no digit."""
    version = passed_field(text_or_none(page, _DETAIL["version"], "version"))
    return version if version and any(c.isdecimal() for c in version) else None


def _is_unrated(page: object) -> bool:
    """Whether the place of score and histogram is empty, while the page is otherwise what is known."""
    ratings = lookup(page, _RATINGS)
    if ratings is not None and not (isinstance(ratings, list) and all(part is None for part in ratings)):
        return False
    # Somebody has rated an app that so many have: there the layout has moved.
    if (_installs(page) or 0) >= _RATED_BY_SOMEBODY:
        return False
    title = lookup(page, _DETAIL["title"])
    return isinstance(title, str) and isinstance(lookup(page, _DETAIL["updated"]), int)


def _unrated(
    page: object, store_app_id: str, language: str | None, country: str | None, seen_at: datetime,
    source: str, *, is_sample: bool,
) -> tuple[RatingSnapshot, Release | None]:  # fmt: skip
    version = _version(page)
    snapshot = RatingSnapshot(
        store="google_play", store_app_id=store_app_id, source=source, observed_at=seen_at, seen_at=seen_at,
        displayed_score=None, ratings_count=0, reviews_count=0, histogram_is_reweighted=True,
        installs=_installs(page), version=version, country=country, language=language,
        title=passed_field(text_at(page, _DETAIL["title"], "title")), category=_said(page, "genreId"),
        developer=_said(page, "developer"), is_sample=is_sample,
    )  # fmt: skip
    return snapshot, _release(page, snapshot, version)


def _release(page: object, snapshot: RatingSnapshot, version: str | None) -> Release | None:
    if version is None:
        return None
    markup = text_or_none(page, _RECENT_CHANGES, "recentChanges")
    notes, _ = passed(html.unescape(markup.replace("<br>", "\n")) if markup else None)
    return Release(
        store=snapshot.store,
        store_app_id=snapshot.store_app_id,
        version=version,
        source=snapshot.source,
        released_at=_time(page, "updated"),
        seen_at=snapshot.seen_at,
        notes=notes,
        notes_language=snapshot.language if notes else None,
        is_sample=snapshot.is_sample,
    )


def _installs(page: object) -> int | None:
    """The exact figure where Play gives it, else the bucket's lower end."""
    for name in ("realInstalls", "minInstalls"):
        value = lookup(page, _DETAIL[name])
        if isinstance(value, int):
            return value
    return None


def _details(body: str) -> object:
    """The data of script block ds:5. Raises ShapeError when the page has none."""
    for block in Regex.SCRIPT.findall(body):
        key, value = Regex.KEY.findall(block), Regex.VALUE.findall(block)
        if key and value and key[0] == "ds:5":
            return _json(value[0], "ds:5")
    raise ShapeError("ds:5", "the page has no such script block")


def _json(text: str, field: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ShapeError(field, "is not JSON") from error


def _time(source: object, field: str) -> datetime:
    """Seconds of the Unix epoch, which know no zone, as aware UTC."""
    path: Sequence[int] = _EPOCH[field]
    seconds = count_at(source, path, field)
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise ShapeError(field, "is no time") from error
