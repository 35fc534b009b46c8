"""Whom the simulated houses tell: webhooks on loopback, dead for days at times, that note when they hear."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.listening import listening
from tests.simulation.story import BEGIN

CHANNELS = ("product", "culture", "operators")
JAPAN = ZoneInfo("Asia/Tokyo")
QUIET = (20, 8)
"""From and until which hour of Japan the channels are left in peace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One message that was taken."""

    at: datetime
    """By the simulated clock, UTC."""
    channel: str
    id: str
    """The same on every try."""
    thread: str
    title: str
    body: str


@dataclass(slots=True)
class Receiver:
    """What came, and which channels are dead."""

    port: int
    dead: set[str] = field(default_factory=set)
    heard: list[Heard] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    """Channels, one for each message that a dead one did not take."""


def day_and_hour(at: datetime) -> tuple[int, int]:
    """The day of the story and the hour of the clock in Japan."""
    return (at - BEGIN) // timedelta(days=1), at.astimezone(JAPAN).hour


@contextmanager
def receiving(now: Callable[[], datetime]) -> Iterator[Receiver]:
    """A receiver of every channel, by the path of its address."""
    seen = Receiver(0)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            document: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            channel = self.path.strip("/")
            if channel in seen.dead:
                seen.refused.append(channel)
                self.send_response(503)
            else:
                seen.heard.append(
                    Heard(
                        at=now(),
                        channel=channel,
                        id=document["id"],
                        thread=document["thread"],
                        title=document["title"],
                        body=json.dumps(document, ensure_ascii=False),
                    )
                )
                self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with listening(Handler) as seen.port:
        yield seen


def configure(config: Path, port: int) -> None:
    """Lay the alerts.toml: owners hear of their apps, operators of the machine, nobody at night."""
    channels = "".join(
        f'[[channel]]\nname = "{name}"\nurl = "json://127.0.0.1:{port}/{name}"\n'
        f'quiet = "{QUIET[0]:02}:00-{QUIET[1]:02}:00"\n'
        for name in CHANNELS
    )
    (config / "alerts.toml").write_text(
        f"""language = "en"
timezone = "Asia/Tokyo"
{channels}
[[owner]]
name = "digital"
channels = ["product"]
[[owner]]
name = "culture"
channels = ["culture"]
[[rule]]
name = "stars"
kinds = ["star_alarm", "release_watch"]
direction = "both"
to = ["app_owner"]
[[rule]]
name = "machine"
kinds = ["source_silent", "schedule_missed", "disk_short", "refresh_failed", "erasure_overdue"]
within_hours = 30
to = ["operators"]
""",
        "utf-8",
    )
