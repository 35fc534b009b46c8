"""Which version was a review written about? App Store Connect does not say it of a review, but lists reviews
by version: `/v1/apps/{id}/appStoreVersions` and `/v1/appStoreVersions/{id}/customerReviews`.

https://developer.apple.com/documentation/appstoreconnectapi/get-v1-appstoreversions-_id_-customerreviews
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, urlencode

from flows.redaction.gate import passed_field
from flows.sources.http import Answer, Blocked, NotThere
from flows.sources.pagination import TRIES, PageInfo, Refused
from flows.sources.payload import ShapeError, lookup, text_at


@dataclass(slots=True)
class _Listed:
    """The reviews of one version, read as far as they were asked for."""

    version: str
    following: str | None
    """The address of the next page; None at the end."""
    last_at: datetime | None = None
    """The time of the oldest review that was read."""


@dataclass(slots=True)
class Versions:
    """The versions of one app's reviews, by the review's id, read no further back than asked for."""

    app: str
    """The address of the app's resources: `https://host/v1/apps/{id}`."""
    get: Callable[[str], Answer]
    """Asks for an address. Raises Blocked, NotThere."""
    page_info: Callable[[str], PageInfo]
    """Reads a page of reviews. Raises ShapeError, Refused."""
    per_page: int
    told: dict[str, str] = field(default_factory=dict)
    _lists: list[_Listed] | None = None

    def reach(self, moment: datetime | None) -> None:
        """Read every version's reviews back to `moment`, those of that very moment too; None reads all.

        A version costs one request at least. Raises Blocked, ShapeError.
        """
        if self._lists is None:
            self._lists = self._versions()
        for listed in self._lists:
            while listed.following and (moment is None or listed.last_at is None or listed.last_at >= moment):
                self._read(listed)

    def _read(self, listed: _Listed) -> None:
        asked = listed.following
        assert asked is not None  # noqa: S101
        try:
            found = self._whole(asked)
        except NotThere:
            # Removed since the versions were listed.
            listed.following = None
            return
        self.told.update(dict.fromkeys(found.ids, listed.version))
        listed.last_at = found.last_at or listed.last_at
        # A page without reviews, or one that leads to itself, brings nothing more.
        listed.following = found.token if found.ids and found.token != asked else None

    def _whole(self, url: str) -> PageInfo:
        """A page that the store does not refuse in its own words."""
        for _ in range(TRIES):
            try:
                return self.page_info(self.get(url).text)
            except Refused:
                continue
        raise Blocked(f"the store says that it is busy, {TRIES} times")

    def _versions(self) -> list[_Listed]:
        """All versions of the app on every platform."""
        query = urlencode({"limit": str(self.per_page), "fields[appStoreVersions]": "versionString"})
        following: str | None = f"{self.app}/appStoreVersions?{query}"
        root = self.app.partition("/apps/")[0]
        # The words of a review and the name of its writer stay where they are.
        wanted = urlencode(
            {"limit": str(self.per_page), "sort": "-createdDate", "fields[customerReviews]": "createdDate"}
        )
        found: list[_Listed] = []
        used: set[str] = set()
        while following and following not in used:
            used.add(following)
            items, following = _version_items(self.get(following).text)
            for version_id, version in items:
                address = f"{root}/appStoreVersions/{quote(version_id, safe='')}/customerReviews?{wanted}"
                found.append(_Listed(version, address))
        return found


def _version_items(body: str) -> tuple[list[tuple[str, str]], str | None]:
    """(id, version) of one page, and the address of the next. Raises ShapeError, Blocked."""
    try:
        document = json.loads(body)
    except ValueError as error:
        raise ShapeError("document", "is not JSON") from error
    if lookup(document, ["errors"]) is not None:
        raise Blocked("the store says that it is busy")
    items = lookup(document, ["data"])
    if not isinstance(items, list):
        raise ShapeError("data", f"expected a list, found {type(items).__name__}")
    named = [
        (
            text_at(item, ["id"], "id"),
            passed_field(text_at(item, ["attributes", "versionString"], "versionString")),
        )
        for item in items
    ]
    following = lookup(document, ["links", "next"])
    return [(i, v) for i, v in named if v], following if isinstance(following, str) else None
