"""Lists that move while they are being read: edits, new reviews and vanishing ones."""

from __future__ import annotations

import random
from datetime import datetime

from tests.store.catalogue import Catalogue, State, VirtualClock
from tests.store.faults import Fault
from tests.store.generate import app_store_review, play_review, words
from tests.store.http_wire import Call


def move(catalogue: Catalogue, clock: VirtualClock, call: Call, fault: Fault, dice: random.Random) -> None:
    """Change the list that a call reads; the store's clock goes on a second for each change."""
    store = "app_store" if call.route.startswith(("app_store", "connect")) else "google_play"
    if catalogue.app(store, call.app or "") is None:
        return
    for _ in range(fault.count):
        # Stores keep whole seconds; a part of one would be told in no answer.
        now = clock.advance(1).replace(microsecond=0)
        if fault.kind == "insert":
            _insert(catalogue, now, store, call, dice)
            continue
        listing = catalogue.listing(store, call.app or "", call.place, now)
        if not listing:
            return
        review, state = dice.choice(listing)
        if fault.kind == "remove":
            catalogue.remove(store, call.app or "", review.review_id, now)
            continue
        stars = state.stars % 5 + 1
        text = words(dice, review.place)
        edited = State(at=now, stars=stars, text=text, title=state.title, version=state.version)
        catalogue.edit(store, call.app or "", review.review_id, edited)


def _insert(catalogue: Catalogue, now: datetime, store: str, call: Call, dice: random.Random) -> None:
    app, place = call.app or "", call.place or ("jp" if store == "app_store" else "ja")
    if store == "app_store":
        catalogue.add(store, app, app_store_review(dice, place, now, app))
    else:
        catalogue.add(store, app, play_review(dice, place, now, text=words(dice, place)))
