"""What may be told: one thing that was found, with its numbers and what became of it. Pure.

A signal of an app comes from the publication, which keeps the days on which it was raised, ended or taken
back; so it can be shown as it stood on any day (`as_of`). A standing signal, of the machine or of what could
not be collected, is only seen while it lasts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Literal

from flows.config.alerts import Alerts, RuleTable

State = Literal["open", "ended", "withdrawn"]
Direction = Literal["worse", "better", "more", "trouble"]
_CONFIRMED_LATER = ("star_alarm", "text_alarm", "topic_burst")
_RISE = 0.05
"""A displayed score must rise so far above a level before its fall below it counts as over: it is rounded."""
_USUAL = timedelta(days=28)
"""A displayed score that stayed so long on the other side of a level has become usual."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One thing that was found."""

    kind: str
    """One of `flows.config.alerts.KINDS`."""
    key: str
    """The same for the same thing, at every look."""
    app: str | None = None
    store: str | None = None
    topic: str | None = None
    """None: of no topic, or of all reviews."""
    version: str | None = None
    direction: Direction
    raised: date
    """The day on which it could be told first (UTC)."""
    state: State = "open"
    over: date | None = None
    """The day on which it ended or was taken back."""
    why: str | None = None
    """The cause of that, as a code of the glossary."""
    is_confirmed: bool = False
    size: float = 1.0
    """How bad it is; what has grown by half since it was told is told again."""
    numbers: Mapping[str, Any] = field(default_factory=dict)
    """What the words are made of: values that JSON knows, days as ISO texts."""

    @property
    def since(self) -> date:
        """The first day that it speaks of."""
        began = self.numbers.get("began")
        return date.fromisoformat(str(began)) if began else self.raised

    @property
    def measure(self) -> str | None:
        """What was measured, as a code of the glossary."""
        return self.numbers.get("measure")

    @property
    def is_standing(self) -> bool:
        """Whether it is known only while it lasts; the others keep their end in the publication."""
        return self.direction == "trouble"


def as_of(signals: Iterable[Signal], day: date) -> list[Signal]:
    """The signals as they stood at the end of a day: later ones left out, later ends not known yet."""
    found = []
    for s in signals:
        if s.raised > day:
            continue
        confirmed = s.numbers.get("confirmed")
        is_known = confirmed is None or date.fromisoformat(str(confirmed)) <= day
        known = replace(s, is_confirmed=s.is_confirmed and is_known)
        is_later = s.over is not None and s.over > day
        found.append(replace(known, state="open", over=None, why=None) if is_later else known)
    return found


def _plain(row: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {n: v.isoformat() if isinstance(v := row[n], date) else v for n in names if row[n] is not None}


_ALARM = (
    "measure", "began", "began_low", "began_high", "confirmed", "value_before", "value_after", "change",
    "low", "high", "n_before", "n_after",
)  # fmt: skip


def of_alarm(row: Mapping[str, Any]) -> Signal:
    """A row of `alarms`: the archive keeps what became of each."""
    is_of_stars = row["measure"] in ("mean_stars", "share_one_star")
    topic = None if row["topic"] == "all" else row["topic"]
    kind = "star_alarm" if is_of_stars else "topic_burst" if topic else "text_alarm"
    over = row["withdrawn"] or row["ended"]
    state: State = "withdrawn" if row["withdrawn"] else "ended" if row["ended"] else "open"
    parts = (kind, row["app"], row["store"], row["raised"], row["kind"], row["topic"], row["measure"])
    return Signal(
        kind=kind, key="/".join(map(str, parts)), app=row["app"], store=row["store"], topic=topic,
        direction=row["kind"], raised=row["raised"], state=state, over=over, why=row["why"] if over else None,
        is_confirmed=row["confirmed"] is not None, size=abs(row["change"]), numbers=_plain(row, _ALARM),
    )  # fmt: skip


def of_burst(row: Mapping[str, Any]) -> Signal:
    """A run of days on which a topic had more reviews than usual. It is raised on its first day."""
    topic = None if row["topic"] == "all" else row["topic"]
    names = ("last_day", "peak", "observed", "expected", "low", "high", "n")
    return Signal(
        kind="topic_burst", key=f"burst/{row['app']}/{row['store']}/{row['topic']}/{row['raised']}",
        app=row["app"], store=row["store"], topic=topic, direction="more", raised=row["raised"],
        state="ended" if row["over"] else "open", over=row["over"], why="went_back" if row["over"] else None,
        size=row["observed"], numbers=_plain(row, names) | {"measure": "count"},
    )  # fmt: skip


def of_watch(row: Mapping[str, Any]) -> Signal:
    """A verdict that the watch of a release told; another verdict, or none, takes it back."""
    over = row["over"]
    state: State = "open" if over is None else "withdrawn" if row["is_withdrawn"] else "ended"
    why = None if over is None else f"now_{row['said_last']}" if row["is_withdrawn"] else "watch_over"
    names = ("change", "low", "high", "n_before", "n_after", "n_version", "rests_on")
    released = {
        "released": row["released_at"].date().isoformat(),
        "began": row["released_at"].date().isoformat(),
    }
    parts = ("watch", row["app"], row["store"], row["release_version"], row["verdict"], row["raised"])
    return Signal(
        kind="release_watch", key="/".join(map(str, parts)), app=row["app"], store=row["store"],
        version=row["release_version"], direction=row["verdict"], raised=row["raised"], state=state,
        over=over, why=why, is_confirmed=True, size=abs(row["change"] or 0.0),
        numbers=_plain(row, names) | released | {"measure": "mean_stars"},
    )  # fmt: skip


def of_coverage(row: Mapping[str, Any], today: date) -> Signal:
    """An ask that did not bring everything; it lasts until one does."""
    parts = (row["app"], row["store"], row["source"], row["asked_for"], row["place"])
    known = row["covered_until"]
    numbers = _plain(row, ("source", "asked_for", "place", "outcome", "reason", "got"))
    return Signal(
        kind="coverage_lost", key="/".join(map(str, ("coverage", *parts))), app=row["app"],
        store=row["store"], direction="trouble", raised=min(row["finished_at"].date(), today),
        numbers=numbers | ({"covered_until": known.date().isoformat()} if known else {}),
    )  # fmt: skip


def of_scores(rows: Sequence[Mapping[str, Any]], levels: Iterable[float]) -> list[Signal]:
    """Every crossing of a level by the score of one app in one store; `rows` are its days, in order."""
    return [s for level in sorted(set(levels)) for s in _crossings(rows, level)]


def _crossings(rows: Sequence[Mapping[str, Any]], level: float) -> Iterable[Signal]:
    """A fall counts as soon as the score is below; a rise, when it is clearly above: the score is rounded."""
    is_above: bool | None = None
    before: Mapping[str, Any] | None = None
    open_: Signal | None = None
    for row in rows:
        value, day = row["value"], row["day"]
        if open_ is not None and day - open_.raised > _USUAL:
            yield replace(open_, state="ended", over=open_.raised + _USUAL, why="became_usual")
            open_ = None
        now_above = value >= level if is_above in (None, True) else value >= level + _RISE - 1e-9
        if is_above is not None and now_above != is_above and before is not None:
            if open_ is not None:
                yield replace(open_, state="ended", over=day, why="went_back")
            open_ = _crossing(before, row, level, "better" if now_above else "worse")
        is_above, before = now_above, row
    if open_ is not None:
        yield open_


def _crossing(
    before: Mapping[str, Any], row: Mapping[str, Any], level: float, direction: Direction
) -> Signal:
    parts = ("score", row["app"], row["store"], f"{level:g}", direction, row["day"])
    numbers = {
        "measure": "displayed_score", "level": level, "value_before": before["value"],
        "value_after": row["value"], "before_day": before["day"].isoformat(), "low": row["low"],
        "high": row["high"], "n_after": row["n"],
    }  # fmt: skip
    return Signal(
        kind="displayed_score", key="/".join(map(str, parts)), app=row["app"], store=row["store"],
        direction=direction, raised=row["day"], is_confirmed=True, numbers=numbers,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Owned:
    """Who owns what a signal is about."""

    app: Mapping[str, str | None]
    """By the app's key."""
    topic: Mapping[str, str | None]


def channels_of(signal: Signal, alerts: Alerts, owned: Owned) -> frozenset[str]:
    """Everybody whom some rule tells of this signal; nobody where no rule is about it."""
    rules = [r for r in alerts.rule if is_meant(r, signal, owned)]
    return frozenset(name for rule in rules for name in _reached(rule, signal, alerts, owned))


def is_urgent(signal: Signal, alerts: Alerts, owned: Owned, channel: str) -> bool:
    """Whether an urgent rule tells this channel of this signal."""
    return any(
        rule.urgent and is_meant(rule, signal, owned) and channel in _reached(rule, signal, alerts, owned)
        for rule in alerts.rule
    )


def is_meant(rule: RuleTable, signal: Signal, owned: Owned) -> bool:
    """Whether a rule is about a signal, as it stands now."""
    if signal.kind not in rule.kinds:
        return False
    if rule.apps and signal.app not in rule.apps:
        return False
    if rule.owners and owned.app.get(signal.app or "") not in rule.owners:
        return False
    if rule.topics and signal.topic not in rule.topics:
        return False
    if signal.kind == "displayed_score" and signal.numbers["level"] not in rule.levels:
        return False
    within = signal.numbers.get("within_hours")
    if within is not None and rule.within_hours != within:
        return False
    if signal.direction in ("worse", "better") and rule.direction not in (signal.direction, "both"):
        return False
    return (
        signal.is_confirmed
        or not rule.confirmed
        or signal.kind not in ("star_alarm", "text_alarm", "topic_burst")
    )


def _reached(rule: RuleTable, signal: Signal, alerts: Alerts, owned: Owned) -> frozenset[str]:
    return alerts.recipients(
        rule, signal.app, owned.app.get(signal.app or ""), owned.topic.get(signal.topic or "")
    )


def levels_of(alerts: Alerts) -> set[float]:
    """All levels that some rule watches."""
    return {level for rule in alerts.rule for level in rule.levels}
