"""The report of all apps and one week: which fell clearly, who is needed, what could not be seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard.components.headlines import Change, Direction, stores_of
from dashboard.i18n import NOTHING, Text
from dashboard.queries import Published, Scope
from dashboard.report import charts, happenings
from dashboard.report.document import Block, Card, Document, Figure, KeyFigure, Said, Section, Table
from dashboard.report.happenings import Happening, Owners
from dashboard.report.one_app import basis, capital, change_of, kicker, mean, moved, of_the_week
from dashboard.report.weeks import Week
from dashboard.rows.collection import AppWeek
from dashboard.rows.reviews import DisplayedScore
from dashboard.sanitize import plain, short
from dashboard.views.rating import findings

NEEDED = 3
NAMED = 4
"""So many apps are named in a sentence; the table has all."""
DIRECTIONS: tuple[Direction, ...] = ("up", "down", "flat", "unknown")
_ORDER = {"down": 0, "up": 1, "flat": 2, "unknown": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """How an app stands in the week."""

    row: AppWeek
    displayed: Sequence[DisplayedScore]
    """Of the week, with the last score of each store before it."""
    found: Sequence[Happening]
    owners: Owners

    @property
    def change(self) -> Change:
        """The change of the mean, unknown where either week has few reviews."""
        return change_of(self.row, self.row.before)

    @property
    def name(self) -> str:
        """The app's name."""
        return plain(self.row.name)


def document(
    t: Text, published: Published, week: Week, *, apps: Sequence[str] = (), address: str | None = None
) -> Document:
    """The report of every app, or of those in `apps`; `address` is the dashboard's first page."""
    rows = [r for r in published.week_apps(week.first, week.last) if not apps or r.app in apps]
    stands = in_order([stand(t, published, row, week) for row in rows])
    drawn = chart(t, week, stands)
    hidden = unseen(t, week, stands)
    return Document(
        language=t.language,
        name=t("report.every_app"),
        kicker=kicker(t, week),
        tags=[(t("sample.label"), "hy-sample")] if any(r.is_sample for r in rows) else [],
        sentences=sentences(t, week, stands),
        figures=key_figures(t, stands),
        chart=drawn,
        quotes_title="",
        quotes=[],
        quotes_note="",
        cards_title=t("report.apps.needed"),
        cards=cards(t, week, stands),
        unseen_title=t("report.unseen"),
        unseen=hidden if drawn or not stands else [t("report.apps.no_chart"), *hidden],
        sections=[Section(title=t("report.apps.table"), blocks=[table(t, week, stands)])] if stands else [],
        basis=basis(t, published),
        link=(t("report.open"), address) if address else None,
    )


def stand(t: Text, published: Published, row: AppWeek, week: Week) -> Stand:
    """What is known of an app in the week; of an app of which nobody wrote in both weeks, nothing else."""
    owners = Owners(app=row.owner, topics=published.topic_owners(), names=published.topic_names(t.language))
    if not row.n and not row.n_before:
        return Stand(row=row, displayed=[], found=[], owners=owners)
    scope = Scope(app=row.app, first=week.first, last=week.last)
    released = scope.within(week.before(5).first, week.last)
    verdicts = published.release_verdicts(released) if published.has("release_impact") else []
    found = [
        *happenings.of_alarms(t, week, published.star_alarms(scope), owners.names),
        *happenings.of_changes(t, week, published.change_points(scope)),
        *happenings.of_releases(t, week, verdicts, published.release_looks(released), with_store=True),
    ]
    displayed = published.displayed(scope.within(week.before().first, week.last))
    return Stand(
        row=row, displayed=of_the_week(t, displayed, week), found=happenings.in_order(found),
        owners=owners,
    )  # fmt: skip


def in_order(stands: Sequence[Stand]) -> list[Stand]:
    """Clear falls first, the largest on top; then clear rises, no clear change, and too few to tell."""

    def key(s: Stand) -> tuple[int, float, int, str]:
        way = s.change.direction
        size = abs(s.change.value or 0)
        return _ORDER[way], -size, -s.row.n, s.name.casefold()

    return sorted(stands, key=key)


def sentences(t: Text, week: Week, stands: Sequence[Stand]) -> list[Said]:
    """How many moved which way; the largest clear fall, else rise; how many alarms are open."""
    if not stands:
        return [Said(words=t("report.apps.none"))]
    ways = Counter(s.change.direction for s in stands)
    moves = [t(f"overview.moved_{d}", n=ways[d]) for d in DIRECTIONS if ways[d]]
    told = [Said(words=t("report.apps.moved", moves=t.listed(moves), n=len(stands)))]
    most = stands[0]
    if most.change.direction in ("up", "down"):
        whose = happenings.whose(t, most.owners) if most.change.direction == "down" else ""
        told.append(Said(words=compared(t, week, most), whose=whose))
    open_alarms = sum(1 for s in stands for h in s.found if h.asks and h.is_alarm)
    return [*told, Said(words=happenings.ended(t, t("star_alarms.open", n=open_alarms)))]


def compared(t: Text, week: Week, stand: Stand) -> str:
    """The week of an app against the week before, in the sentence of the page Rating."""
    before, now = week.before(), week
    spans = t.days(before.first, before.last), t.days(now.first, now.last)
    return findings.compared(t, stand.row.name, spans, stand.row.before, stand.row)


def alone(t: Text, week: Week, stand: Stand) -> str:
    """The same where the app's name stands above."""
    before = week.before()
    spans = t.days(before.first, before.last), t.days(week.first, week.last)
    return capital(findings.against(t, spans, stand.row.before, stand.row))


def key_figures(t: Text, stands: Sequence[Stand]) -> list[KeyFigure]:
    """How many apps, how many reviews."""
    n, before = (sum(getattr(s.row, k) for s in stands) for k in ("n", "n_before"))
    fell = sum(1 for s in stands if s.change.direction == "down")
    return [
        KeyFigure(name=t("report.apps.apps"), value=t.number(len(stands)), moved="", note=""),
        KeyFigure(name=t("report.apps.fell"), value=t.number(fell), moved="", note=""),
        KeyFigure(
            name=t("report.reviews_n"), value=t.number(n), moved=t("report.before", value=t.number(before)),
            note="",
        ),
    ]  # fmt: skip


def chart(t: Text, week: Week, stands: Sequence[Stand]) -> Figure | None:
    """The changes with their intervals, in the order of the table; None where nothing can be compared."""
    rows = [
        (s.name, s.change.direction, s.change.value, s.change.low, s.change.high)
        for s in stands
        if s.change.value is not None and s.change.low is not None and s.change.high is not None
    ]
    if not rows:
        return None
    shown = rows[: charts.MOST]
    spec = charts.changes(shown, words={"change": t("report.apps.change")})
    wide, narrow = charts.drawn(spec)
    before = week.before()
    sources = (
        t("source.reviews", n=sum(s.row.n for s in stands)),
        t.days(before.first, before.last) + " / " + t.days(week.first, week.last),
        t("report.apps.drawn", n=len(shown), all=len(rows)) if len(rows) > len(shown) else "",
    )
    return Figure(title=t("report.apps.chart"), wide=wide, narrow=narrow, sources=sources)


def cards(t: Text, week: Week, stands: Sequence[Stand]) -> list[Card]:
    """The three apps that need somebody most: what got worse first, then clear falls."""
    told: list[tuple[tuple[int, int, float], Card]] = []
    for s in stands:
        asking = [h for h in s.found if h.asks and h.rank[0] < 3]
        fell = s.change.direction == "down"
        if asking:
            said = asking[0].said(t, s.owners)
            told.append(
                (
                    (asking[0].rank[0], not fell, -s.row.n),
                    Card(name=s.name, words=said.words, whose=said.whose),
                )
            )
        elif fell:
            card = Card(name=s.name, words=alone(t, week, s), whose=happenings.whose(t, s.owners))
            told.append(((1, 0, -s.row.n), card))
    told.sort(key=lambda x: x[0])
    if not told:
        return [Card(name="", words=t("report.apps.needed_none"), whose="")]
    return [card for _, card in told[:NEEDED]]


def unseen(t: Text, week: Week, stands: Sequence[Stand]) -> list[str]:
    """Apps without reviews, whose data ends early, or whose last fetch failed or was never made."""
    told = []
    by_outcome: Mapping[str, list[str]] = {
        k: [s.name for s in stands if s.row.outcome == k] for k in ("failed", "partial", "never")
    }
    for outcome, those in by_outcome.items():
        if those:
            said = capital(t(f"coverage.{outcome}"))
            told.append(t("report.apps.outcome", outcome=said, names=named(t, those)))
    late = [s.name for s in stands if s.row.last_day is None or s.row.last_day < week.last]
    if late:
        told.append(t("report.apps.ends", day=t.day(week.last), names=named(t, late)))
    quiet = [s.name for s in stands if not s.row.n]
    if quiet:
        told.append(t("report.apps.quiet", names=named(t, quiet)))
    return told or [t("report.unseen_nothing")]


def named(t: Text, names: Sequence[str]) -> str:
    """Some names, and how many more there are."""
    shown = t.listed([short(n, 40) for n in names[:NAMED]])
    rest = len(names) - NAMED
    return t("report.apps.more", names=shown, n=rest) if rest > 0 else shown


def table(t: Text, week: Week, stands: Sequence[Stand]) -> Block:
    """Every app that somebody wrote about in a line; what nobody knows of any of them has no column."""
    heads = [
        t("overview.app"), t("overview.displayed"), t("series.B"), t("report.head_change"),
        t("report.apps.head_owner"), t("overview.fresh"),
    ]  # fmt: skip
    rows = [_line(t, s) for s in stands if s.row.n or s.row.n_before]
    kept = [k for k in range(len(heads)) if not k or any(row[k] != NOTHING for row in rows)]
    return Table(
        caption=f"{t.days(week.first, week.last)} · {t('report.numbers_reviewed')}",
        heads=[heads[k] for k in kept],
        rows=[[row[k] for k in kept] for row in rows],
    )


def _line(t: Text, s: Stand) -> list[str]:
    row, told = s.row, moved(t, s.change)
    if s.change.value is None:
        told = f"{told} · {t('verdict.sides', before=row.n_before, after=row.n)}"
    return [
        s.name,
        displayed(t, s.displayed),
        mean(t, row) if row.n else NOTHING,
        told,
        plain(row.owner) if row.owner else NOTHING,
        t(f"coverage.{row.outcome}"),
    ]


def displayed(t: Text, rows: Sequence[DisplayedScore]) -> str:
    """The last displayed score of each store in the week."""
    last = {store: [r for r in rows if r.store == store][-1] for store in stores_of(rows)}
    return t.listed([f"{t.score(r.displayed_score)} {t.store(s)}" for s, r in last.items()]) or NOTHING
