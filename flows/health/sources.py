"""Is each configured source well? Pure: what is known of its requests and the clock go in, findings come out.

A request is late when nothing came for twice its interval and an hour. A refusal that may pass needs a person
only when the request is late by it, or when nothing has ever come; every other failure needs one at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Literal

from flows.collection.attempts import Attempt
from flows.console import counted, span
from flows.health.findings import Finding, Severity, moment

State = Literal["ok", "partial", "failing", "late", "never asked"]
_ORDER: tuple[State, ...] = ("failing", "late", "never asked", "partial", "ok")
_GRACE = timedelta(hours=1)

REMEDIES = {
    "not_found": "correct the id or the place in apps.toml; `hoshiyomi apps check` asks each store once.",
    "shape_changed": (
        "the store has moved its layout: update Hoshiyomi, or mend the parser by the layout kept in the "
        "data folder's quarantine/. Until then a dump of the app can be imported."
    ),
    "gone_silent": (
        "compare with the app's page in the store. If it shows reviews, Hoshiyomi must be updated; if it "
        "shows none any more, take the place out of apps.toml."
    ),
    "error": "run `hoshiyomi collect --app {app}` and report what it says; the fault is Hoshiyomi's.",
    "disk": (
        "free space on the disk of the data folder, or give the folder back to this user, then run "
        "`hoshiyomi refresh`; what came is asked again."
    ),
    "key": "put the key or package right that the message names; then `hoshiyomi apps check`.",
    "blocked": (
        "open the store from this machine's network; it may refuse this address. Lower requests_per_second "
        "or raise `every` in hoshiyomi.toml, then run `hoshiyomi collect --app {app}`."
    ),
    "passing": "none yet; the next run asks again.",
    "late": (
        "see that `hoshiyomi serve` runs and how often, or run `hoshiyomi refresh`. Who asks less often sets "
        "`every` in hoshiyomi.toml."
    ),
    "never": "run `hoshiyomi refresh`.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One configured request and what became of it."""

    app: str
    source: str
    store: str
    store_app_id: str
    asked_for: str
    place: str
    every: timedelta
    attempt: Attempt | None

    def silent_for(self, now: datetime) -> timedelta | None:
        """How long nothing has come; None before the first attempt."""
        if self.attempt is None:
            return None
        return now - (self.attempt.last_success_at or self.attempt.first_at)

    def is_late(self, now: datetime) -> bool:
        """Whether nothing has come for longer than the interval allows."""
        silent = self.silent_for(now)
        return silent is not None and silent > 2 * self.every + _GRACE

    def state(self, now: datetime) -> State:
        """How it is, in a word."""
        if self.attempt is None:
            return "never asked"
        if self.attempt.has_failed:
            return "failing"
        if self.is_late(now):
            return "late"
        return "partial" if self.attempt.outcome == "partial" else "ok"


def worst(requests: Iterable[Request], now: datetime) -> State:
    """How a source is whose requests these are: as its worst request."""
    return min((a.state(now) for a in requests), key=_ORDER.index)


def by_source(requests: Iterable[Request]) -> dict[tuple[str, str], list[Request]]:
    """The requests of each app and source, in order of name."""
    grouped: dict[tuple[str, str], list[Request]] = defaultdict(list)
    for request in requests:
        grouped[request.app, request.source].append(request)
    return dict(sorted(grouped.items()))


def findings(requests: Iterable[Request], now: datetime, zone: tzinfo | None) -> list[Finding]:
    """What is wrong with the sources: one finding for the places that suffer from the same.

    What came and the disk did not take is no source's fault: one finding for all of it.
    """
    alike: dict[tuple[str, str, State, Severity, str], list[Request]] = defaultdict(list)
    refused: list[Request] = []
    for request in requests:
        state = request.state(now)
        if state == "failing" and _cause(request, now) == "disk":
            refused.append(request)
        elif state in ("failing", "late", "never asked"):
            alike[request.app, request.source, state, _severity(request, now), _cause(request, now)].append(
                request
            )
    told = [
        Finding(
            severity=severity, about=f"source_{state.replace(' ', '_')}", subject=f"{app}/{source}",
            what=_what(found, state, now, zone), remedy=REMEDIES[cause].format(app=app),
        )
        for (app, source, state, severity, cause), found in sorted(alike.items())
    ]  # fmt: skip
    return [*told, _of_the_disk(refused)] if refused else told


def _of_the_disk(requests: Sequence[Request]) -> Finding:
    brought = f"{counted(len(requests), 'request')} of {counted(len({r.app for r in requests}), 'app')}"
    return Finding(
        severity="act", about="disk_refused", what=f"the disk did not take what came by {brought}",
        remedy=REMEDIES["disk"],
    )  # fmt: skip


def _severity(request: Request, now: datetime) -> Severity:
    attempt = request.attempt
    if attempt is None:
        return "watch"
    if not attempt.has_failed:
        return "act"
    passes = attempt.is_passing and attempt.reason == "blocked"
    return "watch" if passes and attempt.last_success_at is not None and not request.is_late(now) else "act"


def _cause(request: Request, now: datetime) -> str:
    attempt = request.attempt
    if attempt is None:
        return "never"
    if not attempt.has_failed:
        return "late"
    if attempt.reason == "blocked":
        if not attempt.is_passing:
            return "key"
        return "passing" if _severity(request, now) == "watch" else "blocked"
    return attempt.reason if attempt.reason in REMEDIES else "error"


def _what(requests: Sequence[Request], state: State, now: datetime, zone: tzinfo | None) -> str:
    first = requests[0]
    places = ", ".join(dict.fromkeys(f"{a.place}{_of(a)}" for a in requests))
    who = f"{first.app or first.store_app_id}, {first.source} ({places})"
    attempt = first.attempt
    if attempt is None:
        return f"{who}: never asked yet"
    since = max(requests, key=lambda a: a.silent_for(now) or timedelta())
    silent = span((since.silent_for(now) or timedelta()).total_seconds())
    success = since.attempt and since.attempt.last_success_at
    last = f"last success {moment(success, zone)}, {silent} ago" if success else "never succeeded"
    if state == "late":
        every = span(first.every.total_seconds())
        return f"{who}: {last}, though it is to be asked every {every}"
    runs = f", {attempt.failed_in_a_row} runs in a row" if attempt.failed_in_a_row > 1 else ""
    said = f", {attempt.detail}" if attempt.detail else ""
    return f"{who}: {attempt.reason}{said}{runs}; {last}"


def _of(request: Request) -> str:
    if request.asked_for == "reviews":
        return ""
    return " score" if request.asked_for == "snapshots" else f" {request.asked_for}"
