"""Handing one public review to a channel, as a child of the dashboard: `python -m flows.alerts.hand_over`.

In: a `Request` as JSON on standard input. Out: an `Outcome` as JSON, one line on standard output. A process
of its own, so that the dashboard needs no channel's address and nothing that speaks to one.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field

from flows import console
from flows.alerts.channels import Message
from flows.alerts.desk import send
from flows.alerts.foreign import tamed
from flows.alerts.words import Words, words
from flows.config.alerts import Alerts, read_alerts
from flows.config.load import config_folder, data_folder, read_settings

PURPOSE = "hand_over"
LONGEST_NOTE = 1_000
_LONGEST, _NAME = 1_500, 120
State = Literal["delivered", "waits", "failed", "refused"]


class Request(BaseModel):
    """Which review goes where, with what its reader says of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channel: str
    app: str
    """Its key."""
    name: str
    """As people call it."""
    review: str
    """store/the store's id of the app/the store's id of the review."""
    about: str
    """Store, day, stars, version: one line."""
    title: str
    text: str
    note: str = Field(max_length=LONGEST_NOTE)


class Outcome(BaseModel):
    """What became of it. `waits` and `failed` are kept for a later pass of alerts, `refused` is not."""

    state: State
    detail: str | None = None
    """Why not, without addresses and secrets."""


def hand_over(data: Path, alerts: Alerts, request: Request, dashboard: str, now: datetime) -> Outcome:
    """Send a review to a channel; where that does not take it now it is kept for the next pass of alerts."""
    table = next((c for c in alerts.channel if c.name == request.channel), None)
    if table is None:
        return Outcome(state="refused", detail=f"alerts.toml has no channel {request.channel!r}")
    message = told(words(alerts.language_of(table)), request, dashboard)
    # By the moment: who hands over the same review again wants it told again.
    key = f"{request.review} {now.isoformat()}"
    receipt = send(data, alerts, request.channel, message, key, now, purpose=PURPOSE)
    if receipt is None:
        return Outcome(state="waits")
    if receipt.is_delivered:
        return Outcome(state="delivered")
    return Outcome(state="failed", detail=receipt.detail)


def told(t: Words, request: Request, dashboard: str) -> Message:
    """The message. What the reviewer wrote is made harmless as in alerts; the note is the team's own word."""
    link = f"{dashboard}/reviews?{urlencode({'app': request.app, 'review': request.review})}"
    quoted = [tamed(words, _LONGEST, t("quotes.link_gone")) for words in (request.title, request.text)]
    lines = [tamed(request.about, _NAME), *(q for q in quoted if q)]
    note = request.note.strip()
    why = t("link.why", channel=request.channel)
    text = "\n".join([*([note, ""] if note else []), *lines, "", t("link.open", url=link), "", why])
    html = [
        *([f"<p>{escape(note)}</p>"] if note else []),
        f"<blockquote>{'<br>'.join(map(escape, lines))}</blockquote>",
        f'<p><a href="{escape(link)}">{escape(t("link.words"))}</a></p>',
        f"<p><small>{escape(why)}</small></p>",
    ]
    return Message(
        title=t("title.hand_over", app=tamed(request.name, _NAME)), text=text,
        html=f'<div lang="{t.language}">{"".join(html)}</div>',
    )  # fmt: skip


def main() -> None:
    """Read the request, send it, say what became of it."""
    os.umask(0o077)
    console.setup()
    request = Request.model_validate_json(sys.stdin.buffer.read())
    folder = config_folder()
    dashboard = read_settings(None, "dashboard").dashboard.url
    done = hand_over(data_folder(), read_alerts(folder), request, dashboard, datetime.now(UTC))
    print(done.model_dump_json())  # noqa: T201 - what the dashboard reads


if __name__ == "__main__":
    main()
