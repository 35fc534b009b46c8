"""What one channel is told: what is new to it, and what others hand in for it.

Apart from `tell`, which looks at the warehouse and the machine: whoever only hands in a message, as the
dashboard's child does, waits for none of that to be imported.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from flows.alerts import hours, messages
from flows.alerts.channels import Channel, Message, Receipt, deliver
from flows.alerts.incidents import Found, News, Told, news
from flows.alerts.ledger import FOLDER, LOCK, Ledger, Line, Post
from flows.alerts.messages import Facts
from flows.alerts.signals import Owned, Signal, channels_of, is_urgent
from flows.alerts.words import words
from flows.config.alerts import Alerts, ChannelTable
from flows.errors import ConfigError
from warehouse.locks import locked
from warehouse.private import make_folder

log = logging.getLogger(__name__)
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=1)
_HOUR = timedelta(hours=1)
LATER = ("report", "hand_over")
"""Messages that others hand in: they wait for the end of quiet hours and are tried until they arrive."""


@dataclass(slots=True)
class Done:
    """What a pass did."""

    delivered: list[Post] = field(default_factory=list)
    failed: list[Receipt] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    """Channels for which something waits: quiet hours, a digest's time, too many an hour, the next try."""


def send(
    data: Path,
    alerts: Alerts,
    channel: str,
    message: Message,
    key: str,
    now: datetime,
    purpose: str = "report",
) -> Receipt | None:
    """Hand in a message of another room: written down, tried at once, tried again by later passes.

    `key` names it: what was delivered under the same key to the same channel is not sent again (None).
    In quiet hours it waits (None). Attachments must stay where they are until it is delivered.
    Raises KeyError for a channel that alerts.toml does not have.
    """
    table = next((c for c in alerts.channel if c.name == channel), None)
    if table is None:
        raise KeyError(channel)
    with alone(data), Ledger.open(data) as ledger:
        id_ = messages.id_of(channel, purpose, key)
        desk = Desk(ledger, alerts, table, Owned({}, {}), Facts(), now, Done())
        post = Post(id=id_, channel=channel, purpose=purpose, message=_with_id(message, id_))
        if not ledger.put(post, now) or (purpose in LATER and desk.is_quiet):
            return None
        receipt = desk.deliver(post)
        if purpose not in LATER and not receipt.is_delivered:
            ledger.drop([id_], now)
        return receipt


def _with_id(message: Message, id_: str) -> Message:
    return replace(message, id=id_)


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """One pass at a time in a data folder: two at once would each tell the same."""
    with locked(make_folder(data / FOLDER) / LOCK):
        yield


class Desk:
    """What one channel is told in one pass."""

    def __init__(
        self, ledger: Ledger, alerts: Alerts, table: ChannelTable, owned: Owned, facts: Facts, now: datetime,
        done: Done,
    ) -> None:  # fmt: skip
        self._ledger, self._alerts, self._table, self._owned = ledger, alerts, table, owned
        self._facts, self._now, self._done = facts, now, done
        self._t = words(alerts.language_of(table))
        self._line: Line = ledger.channel(table.name, now)
        self.is_quiet = hours.is_quiet(table, alerts.timezone_of(table), now)

    def work(self, known: Mapping[str, Found]) -> None:
        """Send what is new and may go out now, most urgent first; stop at the first failure."""
        many, urgent = self._news(known)
        if self._line.next_try_at is not None and self._now < self._line.next_try_at:
            self._hold(bool(many))
            return
        posts = [self._alert(n) for n in urgent] + self._ordinary([n for n in many if n not in urgent])
        handed_in = [] if self.is_quiet else self._ledger.waiting(self._table.name, *LATER)
        taken = {p.id for p in posts}
        before = self._ledger.waiting(self._table.name, "alert", "digest")
        self._ledger.drop((p.id for p in before if p.id not in taken), self._now)
        for post in [*posts, *handed_in]:
            if post.purpose not in LATER:
                self._ledger.put(post, self._now)
            if not self.deliver(post).is_delivered:
                return
            if post.purpose == "digest" and self._table.digest is not None:
                self._ledger.digested(self._table.name, self._now)

    def deliver(self, post: Post) -> Receipt:
        """Send and write down what became of it; a failure puts off the next try ever longer."""
        name = self._table.name
        try:
            receipt = deliver(Channel(name=name, url=self._table.address()), post.message, self._now)
        except ConfigError as error:
            receipt = Receipt(channel=name, at=self._now, is_delivered=False, detail=str(error))
        wait = min(_FIRST_WAIT * 2 ** min(self._line.failed_in_a_row, 10), _LONGEST_WAIT)
        self._ledger.receipt(post, receipt, None if receipt.is_delivered else self._now + wait)
        if receipt.is_delivered:
            self._done.delivered.append(post)
        else:
            self._done.failed.append(receipt)
            fields = {"channel": name, "why": receipt.detail}
            log.warning("the channel %(channel)s could not be told: %(why)s", fields)
        return receipt

    def _news(self, known: Mapping[str, Found]) -> tuple[list[News], list[News]]:
        """What is new to the channel, and what of it is urgent."""
        name, told = self._table.name, self._ledger.told(self._table.name)
        of: dict[str, list[Signal]] = {}
        for f in known.values():
            s = f.signal
            is_past = s.over is not None and s.over < self._line.since.date()
            if s.key in told or (not is_past and name in channels_of(s, self._alerts, self._owned)):
                of.setdefault(f.incident, []).append(s)
        many, urgent = [], []
        for incident, signals in of.items():
            heard = {s.key: told[s.key][0] for s in signals if s.key in told}
            last = max((told[k][1] for k in heard), default=None)
            found = news(incident, signals, heard, last, self._now)
            if found is None:
                continue
            many.append(found)
            if any(is_urgent(s, self._alerts, self._owned, name) for s in signals):
                urgent.append(found)
        return sorted(many, key=_order), sorted(urgent, key=_order)

    def _ordinary(self, many: Sequence[News]) -> list[Post]:
        """What is not urgent: one by one, all at once, or later."""
        if not many:
            return []
        if self.is_quiet:
            return self._hold(True)
        line, zone = self._line, self._alerts.timezone_of(self._table)
        if self._table.digest is not None:
            if hours.is_digest_due(self._table, zone, line.digest_at or line.since, self._now):
                return [self._digest(many)]
            return self._hold(True)
        left = self._table.per_hour - self._ledger.delivered_since(self._table.name, self._now - _HOUR)
        if left <= 0:
            return self._hold(True)
        if len(many) <= left:
            return [self._alert(n) for n in many]
        return [*(self._alert(n) for n in many[: left - 1]), self._digest(many[left - 1 :])]

    def _hold(self, has_some: bool) -> list[Post]:
        if has_some:
            self._done.held.append(self._table.name)
        return []

    def _alert(self, found: News) -> Post:
        name, id_ = self._table.name, self._id(found)
        subject = self._ledger.subject(name, found.incident)
        message = messages.alert(self._t, found, self._facts, id_=id_, channel=name, subject=subject)
        return Post(
            id=id_, channel=name, purpose="alert", message=message, incidents=(found.incident,),
            step=found.step, told=_told(found),
        )  # fmt: skip

    def _digest(self, many: Sequence[News]) -> Post:
        name = self._table.name
        id_ = messages.id_of(name, "digest", *sorted(self._id(n) for n in many))
        told = {k: v for n in many for k, v in _told(n).items()}
        return Post(
            id=id_, channel=name, purpose="digest", incidents=tuple(n.incident for n in many), step="digest",
            message=messages.digest(self._t, many, self._facts, id_=id_, channel=name), told=told,
        )  # fmt: skip

    def _id(self, found: News) -> str:
        """The same on every try: of what is told, and of what was told before."""
        told = self._ledger.told(self._table.name)
        last = max((told[s.key][1].isoformat() for s in found.signals if s.key in told), default="")
        states = sorted(f"{s.key}={s.state}" for s in found.signals)
        return messages.id_of(self._table.name, found.incident, found.step, last, *states)


def _order(found: News) -> tuple[int, str]:
    """New troubles first, then what has grown, then what is over."""
    return ("raised", "grew", "ended", "withdrawn").index(found.step), found.incident


def _told(found: News) -> dict[str, tuple[str, Told]]:
    return {s.key: (found.incident, Told(state=s.state, size=s.size)) for s in found.signals}
