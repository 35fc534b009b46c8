"""Handing one message to one channel, through apprise; nothing is remembered here (that is the outbox's).

What a channel takes is told by the part of apprise that serves it: HTML (mail), Markdown (Slack, Teams) or
plain text, so a message carries all three and nothing is converted, which would let a review's words become
markup. Redirects are not followed: a POST that becomes a GET would be receipted and lost.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import SecretStr

from flows.errors import ConfigError

if TYPE_CHECKING:
    from apprise import NotifyBase

Tone = Literal["info", "success", "warning", "failure"]
DOMAIN = "alerts.hoshiyomi.invalid"
"""Of the ids of threads in mail; names no machine."""
_SECRET = 6
_HIDDEN = "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What one channel is told at once."""

    title: str
    """One line, plain."""
    text: str
    """Plain text."""
    markdown: str | None = None
    """None: the plain text, as it is."""
    html: str | None = None
    """A fragment or a page without outside requests; None: the plain text, as it is."""
    attachments: tuple[Path, ...] = ()
    tone: Tone = "info"
    id: str | None = None
    """The same on every try, for receivers that drop what they have seen."""
    subject: str | None = None
    """Of mail, whose readers gather threads by it; None: the title."""
    thread: str | None = None
    """The same for all that is told of one incident: mail gathers them, webhooks get it as `thread`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """An address by which people are told. `repr` and errors never show the address."""

    name: str
    url: SecretStr
    """As apprise writes it: mailto://, slack://, json://, https://...; docs/alerts.md."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of one try."""

    channel: str
    at: datetime
    is_delivered: bool
    detail: str | None = None
    """Why not, without addresses and secrets."""
    seconds: float = 0.0


def deliver(channel: Channel, message: Message, now: datetime) -> Receipt:
    """Send `message` now; a failure is in the receipt, for whoever retries. `now` is what the receipt says.

    Raises ConfigError where the address is none that can be sent to.
    """
    plugin = opened(channel)
    from apprise import NotifyType

    _mark(plugin, message)
    body, body_format = _body(plugin, message)
    begun = time.monotonic()
    is_delivered = False
    with _warnings() as said:
        try:
            is_delivered = bool(
                plugin.notify(
                    body=body, title=_title(plugin, message), body_format=body_format,
                    notify_type=NotifyType(message.tone),
                    attach=[str(p) for p in message.attachments] or None,
                )
            )  # fmt: skip
        except Exception as error:  # noqa: BLE001 - a channel's fault may never end the run that tells of it
            said.append(f"{type(error).__name__}: {error}")
    detail = None if is_delivered else without_secrets("; ".join(said), channel) or "no reason was given"
    seconds = round(time.monotonic() - begun, 3)
    return Receipt(
        channel=channel.name, at=now, is_delivered=is_delivered, detail=detail, seconds=seconds
    )  # fmt: skip


def opened(channel: Channel) -> NotifyBase:
    """The part of apprise that serves this address; asks nobody. Raises ConfigError naming the channel."""
    # Takes a second, which commands that tell nobody anything need not wait for.
    import apprise

    asset = apprise.AppriseAsset(
        app_id="Hoshiyomi", app_desc="Hoshiyomi", app_url="", image_url_mask="", image_url_logo="",
        http_redirects=False, pgp_autogen=False, pem_autogen=False, async_mode=False,
    )  # fmt: skip
    with _warnings():
        plugin = apprise.Apprise.instantiate(channel.url.get_secret_value(), asset=asset)
    if plugin is None:
        raise ConfigError(
            f"The address of the channel {channel.name!r} is none that can be sent to. Remedy: write it as "
            "docs/alerts.md shows, such as mailto://..., slack://... or jsons://..., and try it with "
            "`hoshiyomi alerts test`."
        )
    return plugin


def holds_a_secret(channel: Channel) -> bool:
    """Whether the address has parts that apprise would not show. Raises ConfigError as `opened`."""
    plugin = opened(channel)
    told: Callable[..., str] = plugin.url
    return told(privacy=True) != told(privacy=False)


def without_secrets(text: str, channel: Channel) -> str:
    """`text` without anything that only the address knows: its user, password, path and values."""
    parts = urlsplit(channel.url.get_secret_value())
    words = {parts.username, parts.password, *parts.path.split("/"), parts.fragment}
    words |= {value for _, value in parse_qsl(parts.query)}
    # In slack:// and the like the first token stands where other addresses have a host; a host is no secret.
    words |= {parts.netloc.rpartition("@")[2]} if not re.search(r"[.:]|^localhost$", parts.netloc) else set()
    for word in sorted({w for part in words if part for w in (part, unquote(part))}, key=len, reverse=True):
        if len(word) >= _SECRET:
            text = text.replace(word, _HIDDEN)
    return re.sub(r"\w+://[^\s]+", _HIDDEN, text)


def _body(plugin: NotifyBase, message: Message) -> tuple[str, str]:
    """The form that the channel takes, and its name in apprise."""
    wanted = str(getattr(plugin.notify_format, "value", plugin.notify_format))
    forms = {"html": message.html, "markdown": message.markdown}
    given = forms.get(wanted)
    return (given, wanted) if given is not None else (message.text, "text")


def _title(plugin: NotifyBase, message: Message) -> str:
    return message.subject or message.title if _is_mail(plugin) else message.title


def _is_mail(plugin: NotifyBase) -> bool:
    return str(plugin.service_name) == "E-Mail"


def _mark(plugin: Any, message: Message) -> None:
    """Put the ids where a channel has room for them: headers of mail, fields of webhooks."""
    ids = {"id": message.id, "thread": message.thread}
    if _is_mail(plugin):
        if message.id:
            plugin.headers["X-Hoshiyomi-Id"] = message.id
        if message.thread:
            # No mail has this id; readers gather what refers to the same one.
            root = f"<{message.thread}@{DOMAIN}>"
            plugin.headers |= {"References": root, "In-Reply-To": root}
    elif hasattr(plugin, "payload_extras"):
        known = {k: v for k, v in ids.items() if v and k not in plugin.payload_extras}
        plugin.payload_extras |= known


class _Kept(logging.Handler):
    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        self._said.append(record.getMessage())


@contextmanager
def _warnings() -> Iterator[list[str]]:
    """What apprise warns of. Its log, and that of what it sends by, go nowhere else: they tell addresses."""
    said: list[str] = []
    logger, below = logging.getLogger("apprise"), logging.getLogger("urllib3")
    handler, before = _Kept(said), (logger.level, logger.propagate, below.level)
    logger.addHandler(handler)
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    below.setLevel(logging.CRITICAL)
    try:
        yield said
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before[0])
        logger.propagate = before[1]
        below.setLevel(before[2])
