"""Sending one reply to one public review, as a child of the dashboard: `python -m flows.replies.send`.

In: a `Request` as JSON on standard input, after a person has seen the words and confirmed them. Out: an
`Outcome` as JSON, one line on standard output. A process of its own, so that the dashboard holds no store's
key. Both stores put a reply in the place of the one before it, so a reply may be sent again.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from flows import console
from flows.config.apps import AppStoreEntry, read_apps
from flows.config.load import config_folder, data_folder, read_settings
from flows.config.settings import CollectChoice, Settings
from flows.redaction.gate import clean, redact
from flows.sources.app_store import connect
from flows.sources.app_store.connect import AppStoreConnect, ConnectApp
from flows.sources.google_play import publisher_api
from flows.sources.google_play.publisher_api import AndroidPublisher, PublisherApp
from flows.sources.http import ClientOptions, NotThere, RateLimiter, StoreClient, StoreProblem, Unusable
from warehouse.replies import Sent, note

LONGEST = {"google_play": 350, "app_store": 5_970}
"""So many characters a store takes."""
ENDPOINTS = {
    "google_play": "androidpublisher reviews.reply",
    "app_store": "App Store Connect customerReviewResponses",
}
State = Literal[
    "sent", "off", "empty", "too_long", "personal", "key", "not_allowed", "gone", "conflict", "invalid",
    "quota", "busy", "unrecorded",
]  # fmt: skip
_BY_STATUS: dict[int | None, State] = {
    400: "invalid", 401: "key", 403: "not_allowed", 404: "gone", 409: "conflict", 422: "invalid",
    429: "quota",
}  # fmt: skip
# A person waits: two tries, and no pause of minutes between them.
_PATIENCE = ClientOptions(attempts=2, read=20.0, total=25.0, first_wait=1.0, longest_retry_after=5.0)
log = logging.getLogger(__name__)


class Request(BaseModel):
    """The words and the review that they answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    store: Literal["google_play", "app_store"]
    store_app_id: str = Field(min_length=1)
    review_id: str = Field(min_length=1)
    text: str


class Outcome(BaseModel):
    """What became of it; only of `sent` and `busy` the store may have the reply."""

    state: State
    detail: str | None = None
    """What the store said, without keys and without the words."""


def send(
    data: Path, settings: Settings, entry: AppStoreEntry | None, request: Request, now: Callable[[], datetime]
) -> Outcome:
    """Send a reply and write down that, and how it ended. `entry` is the app in its store, None where
    apps.toml has none. Nothing is sent where the operator did not turn replies on, or of words that hold a
    personal number; nothing is written down of what is not sent."""
    if not settings.dashboard.replies.send or entry is None or not answers(entry):
        return Outcome(state="off")
    text = clean(request.text).strip()
    if not text:
        return Outcome(state="empty")
    if len(text) > LONGEST[request.store]:
        return Outcome(state="too_long")
    if redact(text)[1]:
        return Outcome(state="personal")
    reply = Sent(
        at=now(), store=request.store, store_app_id=request.store_app_id, review_id=request.review_id,
        endpoint=ENDPOINTS[request.store], letters=len(text),
    )  # fmt: skip
    try:
        note(data, reply)
    except OSError as error:
        return Outcome(state="unrecorded", detail=error.strerror)
    done = _asked(settings.collect, entry, request, text)
    try:
        note(data, replace(reply, at=now(), outcome=done.state))
    except OSError as error:
        # The line before it says that the reply was under way, which is what is known then.
        log.warning("the end of a reply could not be written down (%(why)s)", {"why": error.strerror})
    return done


def answers(entry: AppStoreEntry) -> bool:
    """Whether an app in a store has the key by which its reviews can be answered."""
    return entry.connect is not None or entry.service_account is not None


def _asked(choice: CollectChoice, entry: AppStoreEntry, request: Request, text: str) -> Outcome:
    client = StoreClient(limiter=RateLimiter(choice.requests_per_second), options=_PATIENCE)
    try:
        _store(choice, entry, client).reply(entry.id, request.review_id, text)
    except Unusable as problem:
        return Outcome(state="key", detail=str(problem))
    except NotThere as problem:
        return Outcome(state="gone", detail=str(problem))
    except StoreProblem as problem:
        return Outcome(state=_BY_STATUS.get(problem.status, "busy"), detail=str(problem))
    finally:
        client.close()
    return Outcome(state="sent")


def _store(
    choice: CollectChoice, entry: AppStoreEntry, client: StoreClient
) -> AppStoreConnect | AndroidPublisher:
    if entry.connect is not None:
        key = entry.connect
        app = ConnectApp(
            app_id=entry.id, key_file=key.key_file, key_id=key.key_id, issuer_id=key.issuer_id
        )  # fmt: skip
        address = choice.addresses.get("app_store_connect", connect.ADDRESS)
        return AppStoreConnect(client, [app], address=address)
    if entry.service_account is None:
        raise ValueError(f"{entry.id} has no key.")
    address = choice.addresses.get("android_publisher", publisher_api.ADDRESS)
    own = PublisherApp(app_id=entry.id, key_file=entry.service_account)
    return AndroidPublisher(client, [own], address=address)


def main() -> None:
    """Read the request, send it, say what became of it."""
    os.umask(0o077)
    console.setup()
    request = Request.model_validate_json(sys.stdin.buffer.read())
    folder = config_folder()
    entries = {(e.store, e.id): e for a in read_apps(folder / "apps.toml") for e in a.stores}
    done = send(
        data_folder(), read_settings(None, "dashboard", "collect"),
        entries.get((request.store, request.store_app_id)), request, lambda: datetime.now(UTC),
    )  # fmt: skip
    print(done.model_dump_json())  # noqa: T201 - what the dashboard reads


if __name__ == "__main__":
    main()
