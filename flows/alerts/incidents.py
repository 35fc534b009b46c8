"""Which signals are one incident, and what of it a channel was not told yet. Pure; the clock is an argument.

A bad release is seen by the release watch, by the alarms on stars and on texts, in one store and then in the
other, on different days: people are told of one incident, in one thread. What is told is the difference
between what a channel was told last and how things stand now; a channel that was out of reach, quiet or
throttled is therefore told once how things stand, and not everything that it missed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from flows.alerts.signals import Signal, State

Step = Literal["raised", "grew", "ended", "withdrawn"]
JOINS = timedelta(days=14)
"""What is raised so long after the newest signal of an incident is another incident."""
CALM = timedelta(hours=1)
"""A standing signal that was not seen for so long is over: what flickers is one incident."""
SAME_AGAIN = timedelta(days=1)
"""What comes back so soon is the same incident."""
GROWN = 1.5
"""So many times the size that was told is told again, unless that lies within today's interval."""
_RECOUNTED = ("recounted", "gone")
"""Taken back, and as a rule there again from another day or by another measure: the incident goes on."""
NEWS_AFTER = timedelta(hours=6)
"""A channel is told at most so often that an incident grew; its end is told at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A signal, the incident it belongs to, and when it was seen last."""

    signal: Signal
    incident: str
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How a signal stood when a channel was told of it."""

    state: State
    size: float


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What a channel is to be told of one incident."""

    incident: str
    step: Step
    signals: tuple[Signal, ...]
    """All that the channel is told of it, as they stand now: new ones first."""
    fresh: frozenset[str]
    """The keys of those that it had not been told."""


def settled(
    known: Mapping[str, Found],
    published: Sequence[Signal] | None,
    standing: Sequence[Signal] | None,
    now: datetime,
    recent_days: int,
) -> list[Found]:
    """What is found now: the signals that are new or stand otherwise than in `known` (by key).

    `published` or `standing` are None where they could not be looked at: what was known of them stays.
    """
    today = now.astimezone(UTC).date()
    changed: dict[str, Found] = {}
    every = dict(known)

    def put(found: Found) -> None:
        changed[found.signal.key] = every[found.signal.key] = found

    # What goes one way first: more than usual belongs to what went wrong, or well, on that day.
    for signal in sorted(published or (), key=lambda s: (s.raised, s.direction == "more", s.key)):
        if (before := known.get(signal.key)) is not None:
            put(replace(before, signal=signal, seen_at=now))
        elif signal.state != "withdrawn" and today - signal.raised <= timedelta(days=recent_days):
            put(Found(signal=signal, incident=_incident(signal, every.values()), seen_at=now))
    if published is not None:
        seen = {s.key for s in published}
        for found in known.values():
            s = found.signal
            if s.state == "open" and not s.is_standing and s.key not in seen:
                put(replace(found, signal=replace(s, state="withdrawn", over=today, why="gone")))
    for found in _standing(known, standing, every, now, recent_days) if standing is not None else ():
        put(found)
    return list(changed.values())


def _standing(
    known: Mapping[str, Found],
    standing: Sequence[Signal],
    every: Mapping[str, Found],
    now: datetime,
    recent_days: int,
) -> Iterator[Found]:
    """What lasts, what is new and what is over of the signals that are seen only while they last."""
    today = now.astimezone(UTC).date()
    lasting = {
        _base(f.signal.key): f for f in known.values() if f.signal.is_standing and f.signal.state == "open"
    }
    for signal in standing:
        before = lasting.pop(signal.key, None)
        if before is not None:
            same = replace(signal, key=before.signal.key, raised=before.signal.raised)
            yield replace(before, signal=same, seen_at=now)
        elif today - signal.raised <= timedelta(days=recent_days):
            new = replace(signal, key=f"{signal.key}@{now:%Y-%m-%dT%H:%M:%SZ}", raised=today)
            yield Found(signal=new, incident=_incident(new, every.values()), seen_at=now)
    for found in lasting.values():
        if now - found.seen_at >= CALM:
            yield replace(found, signal=replace(found.signal, state="ended", over=today, why="went_back"))


def _base(key: str) -> str:
    return key.rpartition("@")[0] or key


def _incident(signal: Signal, every: Iterable[Found]) -> str:
    """The incident that a new signal belongs to: one that goes on, else its own."""
    of: dict[str, list[Signal]] = {}
    for found in every:
        if _group(found.signal) == _group(signal):
            of.setdefault(found.incident, []).append(found.signal)
    turned = [s.raised for there in of.values() for s in there if _is_against(s, signal)]
    fitting = [
        (max(s.raised for s in there), name) for name, there in of.items()
        if _joins(signal, there) and not any(_last_way(there) < day <= signal.raised for day in turned)
    ]  # fmt: skip
    return max(fitting)[1] if fitting else f"i{hashlib.sha256(signal.key.encode()).hexdigest()[:11]}"


def _group(signal: Signal) -> tuple[str, ...]:
    """What may be one incident: of an app all that is said of its reviews; else what is of one kind."""
    return (signal.kind, signal.app or "") if signal.is_standing else ("app", signal.app or "")


def _is_against(other: Signal, signal: Signal) -> bool:
    """Whether what was found besides, and not taken back, goes the other way."""
    ways = {other.direction, signal.direction}
    return other.state != "withdrawn" and len(ways) == 2 and "more" not in ways


def _last_way(there: Sequence[Signal]) -> date:
    """The newest day on which an incident was seen to go its way, or, where it goes none, to be at all.

    What rises after a fall in between is no more of the rise before it, whatever else came in the meantime.
    """
    return max([s.raised for s in there if s.direction != "more"] or [s.raised for s in there])


def _joins(signal: Signal, there: Sequence[Signal]) -> bool:
    if signal.is_standing:
        return any(s.over is None or signal.raised - s.over <= SAME_AGAIN for s in there)
    ways = {s.direction for s in there} - {"more"}
    if signal.direction != "more" and ways - {signal.direction}:
        return False
    goes_on = any(
        (s.state != "withdrawn" or s.why in _RECOUNTED) and (s.over is None or s.over >= signal.raised)
        for s in there
    )
    return goes_on and abs(signal.raised - max(s.raised for s in there)) <= JOINS


def news(
    incident: str,
    signals: Sequence[Signal],
    told: Mapping[str, Told],
    told_at: datetime | None,
    now: datetime,
) -> News | None:
    """What a channel is to be told of an incident whose `signals` it may be told; None: nothing.

    `told` is what it was told of it, `told_at` when it was told last.
    """
    heard = [s for s in signals if s.key in told]
    fresh = [s for s in signals if s.key not in told and s.state != "withdrawn"]
    if not heard:
        shown = sorted(fresh, key=_first)
        return _news(incident, "raised", shown, fresh) if fresh else None
    shown = sorted([*fresh, *heard], key=lambda s: (s.key in told, *_first(s)))
    was_over = all(told[s.key].state != "open" for s in heard)
    if all(s.state != "open" for s in shown):
        if was_over and not fresh:
            return None
        is_taken_back = all(s.state == "withdrawn" for s in shown)
        return _news(incident, "withdrawn" if is_taken_back else "ended", shown, fresh)
    new = [s for s in fresh if not any(_is_recounted(s, h, told[h.key].size) for h in heard)]
    grown = [s for s in heard if s.state == "open" and _has_grown(s, told[s.key].size)]
    back = [s for s in heard if s.state == "open" and told[s.key].state != "open"]
    if not (new or grown or back) or (told_at is not None and now - told_at < NEWS_AFTER and not was_over):
        return None
    return _news(incident, "grew", shown, fresh)


def _has_grown(signal: Signal, told: float) -> bool:
    """Whether a signal is by half larger than was told, and surely so where its change has an interval."""
    numbers = signal.numbers
    if signal.size < GROWN * told:
        return False
    if any(numbers.get(name) is None for name in ("change", "low", "high")):
        return True
    nearest = min(abs(numbers["low"]), abs(numbers["high"])) if numbers["low"] * numbers["high"] > 0 else 0.0
    return told < nearest


def _is_recounted(signal: Signal, heard: Signal, size: float) -> bool:
    """Whether a new signal is what was told with this size already, by another measure or from another day.

    With every day the archive knows better when a change began and in which measure it shows most.
    """
    names = ("kind", "app", "store", "topic", "version", "direction")
    if signal.is_standing or any(getattr(signal, name) != getattr(heard, name) for name in names):
        return False
    has_grown = signal.measure == heard.measure and _has_grown(signal, size)
    goes_on = heard.over is None or heard.state == "withdrawn" or heard.over >= signal.raised
    return goes_on and not has_grown


def _first(signal: Signal) -> tuple[bool, int, date, float, str]:
    """What an incident is called after: what is open, the strongest kind, the earliest, the largest."""
    order = ("release_watch", "star_alarm", "displayed_score", "text_alarm", "topic_burst")
    place = order.index(signal.kind) if signal.kind in order else len(order)
    return signal.state != "open", place, signal.raised, -signal.size, signal.key


def _news(incident: str, step: Step, shown: Sequence[Signal], fresh: Sequence[Signal]) -> News:
    return News(incident=incident, step=step, signals=tuple(shown), fresh=frozenset(s.key for s in fresh))
