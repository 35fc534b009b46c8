"""Apple's public payloads: the customer-reviews feed (JSON) and the lookup answer.

The feed's quirks, all met in the wild: one entry comes as an object instead of a list; an old feed's
first entry is the app itself; a page without entries can stand in the middle; `im:version` can be
missing; feeds of 2015 carry no date at all, and a date is never invented.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flows.redaction.gate import passed, passed_field, passed_pair
from flows.sources.payload import ShapeError, count_at, lookup, number_at, text_at, text_or_none
from warehouse.records import RatingSnapshot, Release, Review

_AGAIN = "Ask the store again with `hoshiyomi collect --since DAY --reason WHY`"


@dataclass(frozen=True, slots=True)
class FeedProblem:
    """An entry that was put aside. `reason` is one of the codes of `RejectedRow`."""

    entry: int
    """1-based place in the page."""
    field: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"entry {self.entry}, {self.field}: {self.reason}. {self.remedy}"


class _BadEntry(Exception):
    def __init__(self, field: str, reason: str, remedy: str) -> None:
        super().__init__(field, reason, remedy)
        self.field, self.reason, self.remedy = field, reason, remedy


def parse_feed(
    body: str | bytes,
    *,
    store_app_id: str,
    country: str | None,
    seen_at: datetime,
    source: str,
    is_sample: bool = False,
) -> tuple[list[Review], list[FeedProblem]]:
    """The reviews of one feed page, through the gate, and what was put aside; authors are never read.

    A page without entries gives two empty lists. Raises ShapeError when the page is not a feed.
    """
    reviews, problems = [], []
    for number, entry in enumerate(feed_entries(body), start=1):
        if _is_the_app(entry):
            continue
        try:
            reviews.append(
                _review(
                    entry,
                    store_app_id=store_app_id,
                    country=country,
                    seen_at=seen_at,
                    source=source,
                    is_sample=is_sample,
                )
            )
        except _BadEntry as bad:
            problems.append(FeedProblem(number, bad.field, bad.reason, bad.remedy))
    return reviews, problems


def feed_entries(body: str | bytes) -> list[dict[str, Any]]:
    """The entries of a feed page as they stand, the app's own entry included."""
    feed = lookup(_json(body, "feed"), ["feed"])
    if not isinstance(feed, dict):
        raise ShapeError("feed", "the page has no object of this name")
    entries = feed.get("entry", [])
    if isinstance(entries, dict):
        entries = [entries]
    if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        raise ShapeError("feed.entry", "is neither an object nor a list of objects")
    return entries


def _is_the_app(entry: dict[str, Any]) -> bool:
    return "im:rating" not in entry and "im:name" in entry


def _review(entry: dict[str, Any], **given: Any) -> Review:
    title, text, redactions = passed_pair(_label(entry, "title"), _label(entry, "content"))
    review_id = _label(entry, "id")
    if review_id is None:
        raise _BadEntry("id", "missing_field", f"{_AGAIN}; without the store's id it is no review.")
    return Review(
        store="app_store",
        review_id=review_id,
        rating=_stars(entry),
        title=title,
        text=text,
        reviewed_at=_updated(entry),
        version=passed_field(_label(entry, "im:version")),
        thumbs_up=_votes(entry),
        redactions=redactions,
        redactions_reply=0,
        lacks="reply",
        **given,
    )


def _label(entry: dict[str, Any], name: str) -> str | None:
    value = lookup(entry, [name, "label"])
    return value.strip() or None if isinstance(value, str) else None


def _stars(entry: dict[str, Any]) -> int:
    label = _label(entry, "im:rating")
    if label is None:
        raise _BadEntry("im:rating", "missing_field", f"{_AGAIN}; the feed always gives stars.")
    if label not in ("1", "2", "3", "4", "5"):
        raise _BadEntry("im:rating", "rating_out_of_range", f"{_AGAIN}; stars are whole numbers from 1 to 5.")
    return int(label)


def _updated(entry: dict[str, Any]) -> datetime:
    label = _label(entry, "updated")
    remedy = f"{_AGAIN}; old feeds carry no date, and a date is never invented."
    if label is None:
        raise _BadEntry("updated", "unreadable_date", remedy)
    try:
        moment = datetime.fromisoformat(label)
    except ValueError:
        raise _BadEntry("updated", "unreadable_date", remedy) from None
    if moment.tzinfo is None:
        raise _BadEntry("updated", "unreadable_date", f"{_AGAIN}; the feed's dates carry their offset.")
    return moment.astimezone(UTC)


def _votes(entry: dict[str, Any]) -> int | None:
    """Votes that found the review helpful."""
    label = _label(entry, "im:voteSum")
    return int(label) if label is not None and label.isascii() and label.isdigit() else None


def parse_lookup(
    body: str | bytes,
    *,
    store_app_id: str,
    country: str,
    seen_at: datetime,
    source: str,
    is_sample: bool = False,
) -> tuple[RatingSnapshot, Release]:
    """What the App Store displays in one country, and the version it serves.

    An app without ratings (just released, or its summary just reset) has no score: Apple writes 0.
    The lookup gives no histogram. Raises ShapeError naming the field.
    """
    answer = _json(body, "lookup")
    app = lookup(answer, ["results", 0])
    if not isinstance(app, dict):
        raise ShapeError("results", "the lookup found no app of this id in this country")
    displayed = number_at(app, ["averageUserRating"], "averageUserRating")
    ratings = count_at(app, ["userRatingCount"], "userRatingCount")
    if ratings and not 1 <= displayed <= 5:
        raise ShapeError("averageUserRating", "the displayed score lies outside 1..5")
    version = passed_field(text_at(app, ["version"], "version"))
    if version is None:
        raise ShapeError("version", "is blank")
    notes, _ = passed(text_or_none(app, ["releaseNotes"], "releaseNotes"))
    snapshot = RatingSnapshot(
        store="app_store",
        store_app_id=store_app_id,
        source=source,
        observed_at=seen_at,
        seen_at=seen_at,
        displayed_score=displayed if ratings else None,
        ratings_count=ratings,
        version=version,
        country=country,
        title=passed_field(text_at(app, ["trackName"], "trackName")),
        category=_said(app, "primaryGenreName"),
        developer=_said(app, "sellerName") or _said(app, "artistName"),
        is_sample=is_sample,
    )
    release = Release(
        store="app_store",
        store_app_id=store_app_id,
        version=version,
        source=source,
        released_at=_released_at(app),
        seen_at=seen_at,
        notes=notes,
        notes_language=_NOTES_LANGUAGE.get(country) if notes else None,
        is_sample=is_sample,
    )
    return snapshot, release


def _said(app: dict[str, Any], name: str) -> str | None:
    """What stands beside the score and is not needed: an answer without it is whole."""
    value = app.get(name)
    return passed_field(value) if isinstance(value, str) else None


# The lookup does not say in which language it answers: the storefront's own, where it has one.
_NOTES_LANGUAGE = {"jp": "ja", "us": "en", "gb": "en"}


def _released_at(app: dict[str, Any]) -> datetime:
    label = text_at(app, ["currentVersionReleaseDate"], "currentVersionReleaseDate")
    try:
        moment = datetime.fromisoformat(label)
    except ValueError as error:
        raise ShapeError("currentVersionReleaseDate", "is no ISO 8601 time") from error
    if moment.tzinfo is None:
        raise ShapeError("currentVersionReleaseDate", "has no offset")
    return moment.astimezone(UTC)


def _json(body: str | bytes, field: str) -> object:
    try:
        return json.loads(body.decode("utf-8-sig") if isinstance(body, bytes) else body.lstrip("\ufeff"))
    except ValueError as error:
        raise ShapeError(field, "is not JSON in UTF-8") from error


_PAIRS = """
AFG af AGO ao AIA ai ALB al ARE ae ARG ar ARM am ATG ag AUS au AUT at AZE az BEL be BEN bj BFA bf BGR bg
BHR bh BHS bs BIH ba BLR by BLZ bz BMU bm BOL bo BRA br BRB bb BRN bn BTN bt BWA bw CAN ca CHE ch CHL cl
CHN cn CIV ci CMR cm COD cd COG cg COL co CPV cv CRI cr CYM ky CYP cy CZE cz DEU de DMA dm DNK dk DOM do
DZA dz ECU ec EGY eg ESP es EST ee FIN fi FJI fj FRA fr FSM fm GAB ga GBR gb GEO ge GHA gh GMB gm GNB gw
GRC gr GRD gd GTM gt GUY gy HKG hk HND hn HRV hr HUN hu IDN id IND in IRL ie IRQ iq ISL is ISR il ITA it
JAM jm JOR jo JPN jp KAZ kz KEN ke KGZ kg KHM kh KNA kn KOR kr KWT kw LAO la LBN lb LBR lr LBY ly LCA lc
LKA lk LTU lt LUX lu LVA lv MAC mo MAR ma MDA md MDG mg MDV mv MEX mx MKD mk MLI ml MLT mt MMR mm MNE me
MNG mn MOZ mz MRT mr MSR ms MUS mu MWI mw MYS my NAM na NER ne NGA ng NIC ni NLD nl NOR no NPL np NRU nr
NZL nz OMN om PAK pk PAN pa PER pe PHL ph PLW pw PNG pg POL pl PRT pt PRY py QAT qa ROU ro RUS ru RWA rw
SAU sa SEN sn SGP sg SLB sb SLE sl SLV sv SRB rs STP st SUR sr SVK sk SVN si SWE se SWZ sz SYC sc TCA tc
TCD td THA th TJK tj TKM tm TON to TTO tt TUN tn TUR tr TWN tw TZA tz UGA ug UKR ua URY uy USA us UZB uz
VCT vc VEN ve VGB vg VNM vn VUT vu XKS xk XKX xk YEM ye ZAF za ZMB zm ZWE zw
"""
_words = _PAIRS.split()
_ALPHA_2 = dict(zip(_words[::2], _words[1::2], strict=True))


def country_of(territory: str) -> str:
    """`jp` for `JPN`. Raises ShapeError for a territory that is not known."""
    try:
        return _ALPHA_2[territory]
    except KeyError:
        raise ShapeError("territory", "is no territory of the App Store that is known here") from None
