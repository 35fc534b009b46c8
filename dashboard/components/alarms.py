"""Alarms on stars and texts in sentences, and as a table: what pages share. Pure: rows in, words out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from dashboard.components import html
from dashboard.components.headlines import with_interval
from dashboard.components.html import Cell
from dashboard.i18n import Text
from dashboard.rows.analysis import StarAlarm
from dashboard.sanitize import plain

MEAN = "mean_stars"
"""The measure that is no share of reviews."""
MEASURES = (MEAN, "share_one_star", "share_negative", "share_complaints")
Topics = Mapping[str, str]
"""Topics by key with their names."""
COLUMNS = """
    raised_on store kind measure topic began_on began_low_on began_high_on value_before value_after change low
    high n_before n_after confirmed_on ended_on withdrawn_on became
"""


def sentence(t: Text, alarm: StarAlarm, topics: Topics) -> str:
    """One alarm in a sentence: since when, from what to what, when it was told, and what became of it."""
    write = t.stars if alarm.measure == MEAN else t.percent
    measure = alarm.measure if alarm.measure in MEASURES else "other"
    return t(
        f"star_alarms.{alarm.kind}_{measure}",
        store=t.store(alarm.store),
        topic=topic_of(alarm, topics),
        began=t.day(alarm.began_on),
        days=t.days(alarm.began_low_on, alarm.began_high_on),
        before=write(alarm.value_before),
        after=write(alarm.value_after),
        size=size(t, alarm),
        raised=t.day(alarm.raised_on),
        state=became(t, alarm),
    )


def topic_of(alarm: StarAlarm, topics: Topics) -> str:
    """Of what an alarm is, by name; of a measure that we do not know, its key."""
    return plain(alarm.measure) if alarm.measure not in MEASURES else topics.get(alarm.topic, alarm.topic)


def size(t: Text, alarm: StarAlarm) -> str:
    """By how much, with its interval, in the unit of the measure."""
    if alarm.measure == MEAN:
        return with_interval(t, alarm.change, alarm.low, alarm.high)
    values = {"value": alarm.change, "low": alarm.low, "high": alarm.high}
    return t("verdict.points", **{k: t.points(v) for k, v in values.items()})


def became(t: Text, alarm: StarAlarm) -> str:
    """What became of an alarm, and why."""
    if alarm.is_open:
        if alarm.confirmed_on is None:
            return t("star_alarms.unconfirmed")
        return t("star_alarms.confirmed", day=t.day(alarm.confirmed_on))
    how = "ended" if alarm.withdrawn_on is None else "withdrawn"
    day = t.day(alarm.ended_on if alarm.withdrawn_on is None else alarm.withdrawn_on)
    key = f"star_alarms.{how}_{alarm.why}"
    return t(key, day=day) if t.has(key) else t(f"star_alarms.{how}", day=day)


def table(t: Text, alarms: Sequence[StarAlarm], topics: Topics) -> Markup:
    """The archive: every alarm that was ever raised, in the order given."""
    heads = [t(f"star_alarms.head_{k}") for k in ("raised", "what", "began", "level", "size", "became")]
    return html.table(t("star_alarms.caption"), heads, [_line(t, a, topics) for a in alarms])


def _line(t: Text, alarm: StarAlarm, topics: Topics) -> list[Cell]:
    write = t.stars if alarm.measure == MEAN else t.percent
    measure = alarm.measure if alarm.measure in MEASURES else "other"
    up = alarm.kind == "better"
    return [
        html.two_lines(t.day(alarm.raised_on), t.store(alarm.store)),
        html.verdict("up" if up else "down", "▲" if up else "▼", t(f"verdict.{alarm.kind}")),
        html.two_lines(t.day(alarm.began_on), t.days(alarm.began_low_on, alarm.began_high_on), strong=False),
        html.two_lines(
            t("star_alarms.level", before=write(alarm.value_before), after=write(alarm.value_after)),
            t(f"star_alarms.of_{measure}", topic=topic_of(alarm, topics)),
            strong=False,
        ),
        size(t, alarm),
        html.wrapped(became(t, alarm)),
    ]
