"""What the rules would have said on history: how often, and how late against incidents of one's own. Pure.

Every day is told as it stood then: the archive of a publication keeps when an alarm was raised, confirmed,
ended or taken back, each by the days before it only. What is of the machine leaves no archive and is not
replayed, and of single days that were unusual the analysis keeps the last weeks only. A marked incident is
something that went wrong: what got better tells nothing of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from flows.alerts.incidents import Found, News, Told, news, settled
from flows.alerts.signals import Owned, Signal, as_of, is_meant
from flows.config.alerts import RuleTable
from flows.config.events import Event

LATE = timedelta(days=28)
"""What is told so long after an incident began, or after its end, is not told of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message that a rule would have sent."""

    day: date
    app: str
    news: News


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """A marked incident, and when a rule first told of something that fits it."""

    event: Event
    told: date | None

    @property
    def days(self) -> int | None:
        """How many days after it began; None where it was never told."""
        return None if self.told is None else (self.told - self.event.at.date()).days


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What one rule would have said."""

    rule: str
    said: tuple[Said, ...]
    app_days: int
    """Days of all apps that the rule watches, from the first day on that an app is known."""
    late: tuple[Late, ...] = ()
    unmarked: int | None = None
    """Incidents raised that no marked one explains; None where none is marked."""
    steps: Mapping[str, int] = field(default_factory=dict)

    @property
    def raised_per_app_year(self) -> float:
        """How many incidents it raises a year for one app."""
        return 365.25 * self.steps.get("raised", 0) / self.app_days if self.app_days else 0.0


def replay(
    rule: RuleTable,
    signals: Sequence[Signal],
    owned: Owned,
    known_since: Mapping[str, date],
    since: date,
    until: date,
    marked: Sequence[Event] = (),
    recent_days: int = 14,
) -> Replayed:
    """Tell every day from `since` to `until`. `known_since` is each app's first day with data."""
    apps = [a for a in known_since if (not rule.apps or a in rule.apps) and _is_owned(rule, a, owned)]
    said = tuple(_said(rule, signals, owned, since, until, recent_days))
    fitting = [e for e in marked if e.app in apps and since <= e.at.date() <= until]
    raised = [s for s in said if s.news.step == "raised"]
    return Replayed(
        rule=rule.name, said=said, steps=Counter(s.news.step for s in said),
        app_days=sum(max(0, (until - max(since, known_since[a])).days + 1) for a in apps),
        late=tuple(Late(event=e, told=_first(raised, e)) for e in fitting),
        unmarked=sum(not any(_fits(s, e) for e in fitting) for s in raised) if fitting else None,
    )  # fmt: skip


def _said(
    rule: RuleTable, signals: Sequence[Signal], owned: Owned, since: date, until: date, recent_days: int
) -> list[Said]:
    """All messages, in order."""
    known: dict[str, Found] = {}
    told: dict[str, Told] = {}
    told_at: dict[str, datetime] = {}
    said = []
    for number in range((until - since).days + 1):
        day = since + timedelta(days=number)
        # What a day says is known when it is over.
        now = datetime.combine(day, time(23, 59, 59), UTC)
        for f in settled(known, as_of(signals, day), None, now, recent_days):
            known[f.signal.key] = f
        of: dict[str, list[Signal]] = {}
        for f in known.values():
            if f.signal.key in told or is_meant(rule, f.signal, owned):
                of.setdefault(f.incident, []).append(f.signal)
        for incident, there in of.items():
            heard = {s.key: told[s.key] for s in there if s.key in told}
            if (found := news(incident, there, heard, told_at.get(incident), now)) is not None:
                said.append(Said(day=day, app=there[0].app or "", news=found))
                told_at[incident] = now
                told |= {s.key: Told(state=s.state, size=s.size) for s in found.signals}
    return said


def _is_owned(rule: RuleTable, app: str, owned: Owned) -> bool:
    return not rule.owners or owned.app.get(app) in rule.owners


def _fits(said: Said, event: Event) -> bool:
    first = event.at.date()
    last = max(event.until.date() if event.until else first, first + LATE)
    is_there = any(s.direction != "better" and event.store in (None, s.store) for s in said.news.signals)
    return said.app == event.app and is_there and first <= said.day <= last


def _first(raised: Sequence[Said], event: Event) -> date | None:
    return min((s.day for s in raised if _fits(s, event)), default=None)
