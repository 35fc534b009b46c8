"""Cutting a listing into pages, and the ways in which a list lies about them."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass

from tests.store.catalogue import State, StoreReview
from tests.store.faults import Fault

Pair = tuple[StoreReview, State]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: what an opaque token stands for."""

    list_name: str
    page: int = 1
    offset: int = 0
    after: str | None = None
    """The id of the last review before it."""

    def token(self, prefix: str = "Cpg") -> str:
        """Safe inside JSON, a form and an address."""
        packed = json.dumps([self.list_name, self.page, self.offset, self.after], separators=(",", ":"))
        return prefix + base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def place_of(token: str | None, list_name: str, prefix: str = "Cpg") -> Place | None:
    """What a token stands for: the beginning without one, None for a token of another list or of nobody."""
    if not token:
        return Place(list_name)
    try:
        packed = token.removeprefix(prefix)
        name, page, offset, after = json.loads(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    except ValueError:
        return None
    return Place(name, page, offset, after) if name == list_name else None


def cut(
    listing: Sequence[Pair], place: Place, count: int, fault: Fault | None, *, anchored: bool
) -> tuple[list[Pair], Place | None]:
    """The reviews of a page, and where the next one begins (None: this was the last).

    `anchored` tokens remember the review before the page, others only how many came before: new reviews at
    the top then push some over the border, and they come twice.
    """
    start = place.offset
    if anchored and place.after is not None:
        ids = [review.review_id for review, _ in listing]
        start = ids.index(place.after) + 1 if place.after in ids else place.offset
    shown = list(listing[start : start + count])
    end = start + len(shown)
    following = (
        Place(place.list_name, place.page + 1, end, shown[-1][0].review_id)
        if shown and end < len(listing)
        else None
    )
    match fault.kind if fault else None:
        case "empty_page":
            return [], following or Place(place.list_name, place.page + 1, end, place.after)
        case "false_end":
            return [], None
        case "repeat_token":
            return shown, place
        case "wrap" if following is None:
            return shown, Place(place.list_name)
    return shown, following
