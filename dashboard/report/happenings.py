"""What happened in a week, and whose it is: verdicts, alarms, changes of level and events, in the dashboard's
sentences, what asks for somebody first. Pure: rows in, sentences out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from dashboard.components import alarms
from dashboard.components.headlines import event_words, size
from dashboard.i18n import Text
from dashboard.report.document import Group, Said
from dashboard.report.weeks import Week
from dashboard.rows.analysis import ChangePoint, ReleaseImpact, ReleaseLook, SeriesEvent, StarAlarm
from dashboard.sanitize import plain
from dashboard.views.rating import findings
from dashboard.views.releases import verdicts, watch

LOOKED_BACK = 28
"""A release is spoken of for so many days: as long as it is watched."""
MEAN = "mean_stars"
ALL = "all"
_FIRST, _SOON, _LATER, _ASIDE = range(4)
_VERDICT, _CHANGE, _ALARM = range(3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owners:
    """Who answers for an app, and for each topic; None where nobody is named."""

    app: str | None
    topics: Mapping[str, str | None]
    names: Mapping[str, str]
    """Topics by key with their names."""

    def of(self, topic: str | None = None) -> str | None:
        """Whose a topic of the app is; without one, or where it is nobody's, the app's."""
        return (self.topics.get(topic) if topic else None) or self.app


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happened, in a sentence."""

    rank: tuple[int, int, int]
    """What asks for somebody sooner is less; then the worse before the better, then verdicts before changes
    before alarms: the more is known, the sooner it is told."""
    day: date
    words: str
    topic: str | None
    asks: bool
    """Whether it asks for somebody: it got worse, and it is not taken back."""
    size: float = 0.0
    """How far the mean of the stars moved; 0 where something else is measured."""
    is_alarm: bool = False
    cause: str = ""
    """To what it is most likely due; empty where that is not told."""

    beside: str = ""
    """What else must be known of it."""

    def said(self, t: Text, owners: Owners, *, is_brief: bool = False) -> Said:
        """As the report tells it, with whose it is where that matters; what stands `beside` is told unless
        `is_brief`."""
        parts = [self.words, self.cause, "" if is_brief else self.beside]
        words = joined(ended(t, part) for part in parts if part)
        return Said(words=words, whose=whose(t, owners, self.topic) if self.asks else "")


def whose(t: Text, owners: Owners, topic: str | None = None) -> str:
    """Who is asked, in words."""
    name = owners.of(topic)
    return t("report.whose", owner=plain(name)) if name else t("report.nobody")


def ended(t: Text, words: str) -> str:
    """`words` as a sentence."""
    return words if words.endswith((".", "。", "!", "?")) else words + t("report.stop")


def joined(sentences: Iterable[str]) -> str:
    """Sentences after one another; none stands apart after a full stop that has its room in itself."""
    return " ".join(sentences).replace("。 ", "。")


def in_order(found: Sequence[Happening]) -> list[Happening]:
    """What asks for somebody first, the newest of its kind first."""
    return sorted(found, key=lambda h: (h.rank, -h.size, -h.day.toordinal(), h.words))


def grouped(t: Text, found: Sequence[Happening], owners: Owners) -> list[Group]:
    """What happened by whose it is, whoever is asked first on top; what asks for nobody last."""
    by_owner: dict[str, list[str]] = {}
    for said in (h.said(t, owners) for h in found):
        by_owner.setdefault(said.whose, []).append(said.words)
    aside = by_owner.pop("", [])
    groups = [Group(whose=k, sentences=words) for k, words in by_owner.items()]
    return [*groups, Group(whose="", sentences=aside)] if aside else groups


def of_alarms(t: Text, week: Week, rows: Sequence[StarAlarm], names: Mapping[str, str]) -> list[Happening]:
    """Alarms that were raised, confirmed, ended or taken back in the week, or were open in it."""
    told = []
    for row in rows:
        over = row.withdrawn_on or row.ended_on
        if row.raised_on > week.last or (over is not None and over < week.first):
            continue
        is_new = row.raised_on >= week.first
        is_over = row.withdrawn_on is not None or (row.ended_on is not None and row.ended_on <= week.last)
        of_stars = row.topic == ALL and row.measure in ("mean_stars", "share_one_star")
        rank = _ASIDE if is_over else (_FIRST if of_stars else _SOON) if is_new else _LATER
        asks = row.kind == "worse" and not is_over
        words = alarms.sentence(t, row, names)
        topic = None if row.topic == ALL else row.topic
        told.append(
            Happening(
                rank=(rank, _bad(asks), _ALARM),
                day=row.raised_on,
                words=words,
                topic=topic,
                asks=asks,
                is_alarm=True,
                size=abs(row.change) if row.measure == MEAN else 0.0,
            )
        )
    return told


def of_changes(t: Text, week: Week, rows: Sequence[ChangePoint]) -> list[Happening]:
    """Changes of level in the week, and to what each is due as far as anybody can tell."""
    told = []
    for row in rows:
        if not week.first <= row.changed_on <= week.last:
            continue
        asks = row.size < 0 and row.due_to_kind not in findings.BY_STORE
        words = t("report.by", said=findings.change_sentence(t, row), size=size(t, row))
        told.append(
            Happening(
                rank=(_SOON, _bad(asks), _CHANGE),
                day=row.changed_on,
                words=words,
                topic=None,
                asks=asks,
                size=abs(row.size) if row.series == "B" else 0.0,
                cause=t("report.due", owner=findings.due_to(t, row)) if row.series == "B" else "",
                beside=findings.across(t, row),
            )
        )
    return told


def of_releases(
    t: Text, week: Week, rows: Sequence[ReleaseImpact], looks: Sequence[ReleaseLook], *, with_store: bool
) -> list[Happening]:
    """Releases of the week, those before it whose verdict is clear, and what the watch says of them.

    `rows` are all measures; only the mean of the stars is told.
    """
    told = []
    since = week.last - timedelta(LOOKED_BACK - 1)
    seen = {(k.store, k.release_version): k for k in looks}
    for row in rows:
        day = t.day_of(row.released_at)
        if row.measure != MEAN or not since <= day <= week.last:
            continue
        is_new, is_clear = day >= week.first, row.verdict in watch.CLEAR
        look = seen.pop((row.store, row.release_version), None)
        if is_clear or is_new:
            asks = row.verdict == "worse"
            rank = (_FIRST if is_new else _LATER) if is_clear else _ASIDE
            words = verdicts.sentence(t, row, with_store=with_store)
            beside = [ended(t, w) for w in verdicts.beside(t, row)]
            told.append(
                Happening(
                    rank=(rank, _bad(asks), _VERDICT), day=day, words=words,
                    beside=joined(beside),
                    topic=None, asks=asks, size=abs(row.effect or 0.0),
                )
            )  # fmt: skip
        if look is not None and look.verdict in watch.CLEAR and look.verdict != row.verdict:
            told.append(_look(t, week, look, with_store=with_store))
    fresh = [k for k in seen.values() if since <= t.day_of(k.released_at) <= week.last]
    return told + [_look(t, week, k, with_store=with_store) for k in fresh if k.verdict in watch.CLEAR]


def _look(t: Text, week: Week, look: ReleaseLook, *, with_store: bool) -> Happening:
    asks = look.verdict == "worse" and not look.is_withdrawn
    is_new = look.told_on is not None and week.first <= look.told_on <= week.last
    rank = _ASIDE if look.is_withdrawn else _SOON if is_new else _LATER
    words = watch.sentence(t, look, with_store=with_store)
    return Happening(
        rank=(rank, _bad(asks), _VERDICT), day=t.day_of(look.released_at), words=words, topic=None,
        asks=asks,
    )  # fmt: skip


def of_events(t: Text, rows: Sequence[SeriesEvent]) -> list[Happening]:
    """What else happened to a series; holes in the data are told among what could not be seen."""
    return [
        Happening(
            rank=(_ASIDE, 1, _CHANGE), day=t.day_of(row.happened_at), topic=None, asks=False,
            words=t(
                "report.event", store=t.store(row.store), day=findings.event_days(t, row),
                said=event_words(t, row.store, row),
            ),
        )
        for row in rows
        if row.kind not in ("coverage_gap", findings.OFTEN)
    ]  # fmt: skip


def _bad(asks: bool) -> int:
    return 0 if asks else 1
