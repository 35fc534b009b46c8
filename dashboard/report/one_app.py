"""The report of one app and one week: what is asked of the published file, and what is said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dashboard.components import drivers
from dashboard.components.headlines import (
    Change,
    Mean,
    change_words,
    difference,
    displayed_sentences,
    stores_of,
    topics_title,
    with_interval,
)
from dashboard.components.legends import SMALL, chart_words, date_format
from dashboard.components.legends import compared as against
from dashboard.components.page import coverage_line, made_with
from dashboard.i18n import NOTHING, Text
from dashboard.queries import Published, Scope
from dashboard.report import charts, happenings, quotes, unseen
from dashboard.report.document import Block, Document, Figure, KeyFigure, Said, Section, Table
from dashboard.report.happenings import Happening, Owners
from dashboard.report.weeks import Week
from dashboard.rows import Worded
from dashboard.rows.analysis import Comparison, Driver, TopicChange
from dashboard.rows.collection import AppInStore, StoreCoverage
from dashboard.rows.reviews import DisplayedScore, RatingSpan
from dashboard.sanitize import plain
from dashboard.views.rating import charts as rating_charts
from dashboard.views.rating import findings, over_time
from dashboard.views.releases import watch

WEEKS = 13
"""So many weeks are drawn, the report's own last."""
TOPICS = 7
STORES = 2
"""So many stores have a key figure; the table has all."""
_HEIGHT = 180
# Marks whose legend needs more than a name.
_TOLD = ("b", "small")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An app and a week, and what the publication says of both; every part of the report is given it."""

    t: Text
    published: Published
    week: Week
    rows: Sequence[AppInStore]
    """Of the app, one a store."""
    span: RatingSpan
    before: RatingSpan
    displayed: Sequence[DisplayedScore]
    """Of the week, with the last score of each store in the week before."""
    coverage: Sequence[StoreCoverage]
    topics: Sequence[TopicChange]
    owners: Owners
    found: Sequence[Happening]
    comparisons: Sequence[Comparison]
    """What drove the changes of the week."""
    known: tuple[date, date] | None
    """The first and the last day of which anything is known."""

    @property
    def scope(self) -> Scope:
        """The week."""
        return Scope(app=self.rows[0].app, first=self.week.first, last=self.week.last)

    @property
    def charted(self) -> Scope:
        """The weeks that are drawn."""
        return self.scope.within(self.week.before(WEEKS - 1).first, self.week.last)

    @property
    def known_from(self) -> date:
        """The first day of which anything is known."""
        return self.known[0] if self.known else self.week.first

    @property
    def name(self) -> str:
        """The app's name."""
        return plain(self.rows[0].name)


def asked(t: Text, published: Published, rows: Sequence[AppInStore], week: Week) -> Asked:
    """Ask everything that the report of an app says; `rows` are the app's of the overview."""
    app = rows[0].app
    scope = Scope(app=app, first=week.first, last=week.last)
    both = scope.within(week.before().first, week.last)
    names, teams = published.topic_names(t.language), published.topic_owners()
    owner = next((r.owner for r in rows if r.owner), None)
    changes = published.change_points(scope)
    released = scope.within(week.before(5).first, week.last)
    has_verdicts = published.has("release_impact")
    releases = published.release_verdicts(released) if has_verdicts else []
    found = [
        *happenings.of_alarms(t, week, published.star_alarms(scope), names),
        *happenings.of_changes(t, week, changes),
        *happenings.of_releases(
            t, week, releases, published.release_looks(released), with_store=len(rows) > 1
        ),
        *happenings.of_events(t, published.series_events(scope)),
    ]
    clear = {
        (r.store, r.release_version)
        for r in releases
        if r.measure == happenings.MEAN and r.verdict in watch.CLEAR
        and week.first <= t.day_of(r.released_at) <= week.last
    }  # fmt: skip
    moved = {(c.store, c.changed_on) for c in changes if c.series == "B"}
    return Asked(
        t=t, published=published, week=week, rows=rows, span=published.span(scope),
        before=published.span(scope.before()),
        displayed=of_the_week(t, published.displayed(both), week),
        coverage=published.coverage(app, None), topics=published.topics(scope),
        owners=Owners(app=owner, topics=teams, names=names), found=happenings.in_order(found),
        known=published.known_days(app),
        comparisons=_one_a_store(
            [
                c
                for c in published.comparisons(scope)
                if (c.store, c.release_version or "") in clear or (c.store, c.changed_on) in moved
            ]
        ),
    )  # fmt: skip


def _one_a_store(rows: Sequence[Comparison]) -> list[Comparison]:
    """Of the changes of a store that of a release, which people know by its name, else the largest."""
    by_store: dict[str, Comparison] = {}
    for row in sorted(rows, key=lambda c: (c.kind != drivers.RELEASE, -abs(c.change))):
        by_store.setdefault(row.store, row)
    return list(by_store.values())


def of_the_week(t: Text, snapshots: Sequence[DisplayedScore], week: Week) -> list[DisplayedScore]:
    """The scores of the week, with the last one before it; of stores that showed none in it, nothing."""
    kept: list[DisplayedScore] = []
    for store in stores_of(snapshots):
        rows = [s for s in snapshots if s.store == store]
        now = [s for s in rows if t.day_of(s.observed_at) >= week.first]
        earlier = [s for s in rows if t.day_of(s.observed_at) < week.first]
        kept += [*earlier[-1:], *now] if now else []
    return kept


def document(
    t: Text,
    published: Published,
    rows: Sequence[AppInStore],
    week: Week,
    *,
    with_quotes: bool = True,
    address: str | None = None,
) -> Document:
    """The report of the app whose rows of the overview are given; `address` is its page of the dashboard."""
    of = asked(t, published, rows, week)
    first = [r.row.topic for c in of.comparisons for r in drivers.named(c, _drivers(of, c))]
    first += [h.topic for h in of.found if h.topic is not None and h.asks]
    quoted, rule = quotes.chosen(t, published, of.scope, of.topics, first, with_words=with_quotes)
    chart = rating_chart(of)
    return Document(
        language=t.language,
        name=of.name,
        kicker=kicker(t, week),
        tags=tags(t, of.rows),
        sentences=sentences(of),
        figures=key_figures(of),
        chart=chart,
        quotes_title=t("report.quotes"),
        quotes=quoted,
        quotes_note=rule,
        unseen_title=t("report.unseen"),
        unseen=not_seen(of, has_chart=chart is not None),
        sections=[s for s in (numbers(of), happened(of), spread(of), topics(of)) if s.blocks],
        basis=basis(t, published, of.coverage),
        link=(t("report.open"), address) if address else None,
    )


def kicker(t: Text, week: Week) -> str:
    """What this is, and of which week."""
    title, days = t("report.title"), t("report.week", n=week.number, days=t.days(week.first, week.last))
    return f"{title} · {days}"


def tags(t: Text, rows: Sequence[AppInStore]) -> list[tuple[str, str]]:
    """Whose app it is, its stores, and whether it is sample data."""
    owner = next((r.owner for r in rows if r.owner), None)
    told = [(t("sample.label"), "hy-sample")] if any(r.is_sample for r in rows) else []
    told += [(t.store(s), "") for s in dict.fromkeys(r.store for r in rows)]
    return [*told, (plain(owner), "hy-quiet")] if owner else told


def sentences(of: Asked) -> list[Said]:
    """Three sentences: the mean of reviews, the displayed score, and what happened."""
    t = of.t
    # Stores side by side: the largest move first, as on the Rating page.
    scores = displayed_sentences(t, of.displayed, of.published.series_events(of.scope))
    told = [
        Said(words=compared(of)),
        Said(words=scores[0] if scores else t("finding.no_displayed")),
    ]
    if of.found and of.found[0].rank[0] < 3:
        return [*told, of.found[0].said(t, of.owners, is_brief=True)]
    if of.topics and of.topics[0].of_now >= SMALL:
        return [*told, Said(words=happenings.ended(t, topics_title(t, of.topics)))]
    return [*told, Said(words=t("report.quiet"))]


def compared(of: Asked) -> str:
    """The mean of the week against the week before, in the sentence of the page Rating."""
    spans = _days(of.t, of.week.before()), _days(of.t, of.week)
    # The app's name stands above.
    return capital(findings.against(of.t, spans, of.before, of.span))


def capital(words: str) -> str:
    """Words that begin a sentence."""
    return words[:1].upper() + words[1:]


def _days(t: Text, week: Week) -> str:
    return t.days(week.first, week.last)


def key_figures(of: Asked) -> list[KeyFigure]:
    """The numbers that stand for themselves: displayed scores, the mean of reviews, how many there are."""
    t = of.t
    told = []
    for store in stores_of(of.displayed)[:STORES]:
        rows = [d for d in of.displayed if d.store == store]
        last = rows[-1]
        before = rows[0] if t.day_of(rows[0].observed_at) < of.week.first else None
        where = t.place(f"country:{last.country}") if last.country else ""
        place = " · ".join(w for w in (t.store(store), where, t.day(last.observed_at)) if w)
        told.append(
            KeyFigure(
                name=t("overview.displayed"),
                value=t.score(last.displayed_score),
                moved=_before(t, before.displayed_score if before else None),
                note=place,
                series="a",
            )
        )
    change = change_of(of.span, of.before)
    way = change_words(t, change) if change.value is not None else t("verdict.too_few")
    told.append(
        KeyFigure(
            name=t("series.B"),
            value=t.stars(of.span.mean),
            moved=way,
            note=interval(t, of.span),
            series="b",
        )
    )
    before_n = t("report.before", value=t.number(of.before.n))
    told.append(
        KeyFigure(name=t("report.reviews_n"), value=t.number(of.span.n), moved=before_n, note="", series="")
    )
    return told


def _before(t: Text, score: float | None) -> str:
    return t("report.before_none") if score is None else t("report.before", value=t.score(score))


def change_of(now: Mean, before: Mean) -> Change:
    """The change of the mean, unknown where either week has few reviews."""
    return difference(now, before) if min(now.n, before.n) >= SMALL else Change(None, None, None)


def interval(t: Text, span: RatingSpan) -> str:
    """The interval of a mean and its n; that there is none."""
    if not span.n or span.mean is None:
        return t("overview.interval", low=NOTHING, high=NOTHING, n=span.n)
    return t("overview.interval", low=t.stars(span.low), high=t.stars(span.high), n=span.n)


def rating_chart(of: Asked) -> Figure | None:
    """The chart of the page Rating over the weeks that end with this one, which is shaded."""
    t, scope = of.t, of.charted
    shown = of.published.displayed(scope)
    periods = of.published.periods(scope, "week")
    if not shown and not any(p.n for p in periods):
        return None
    releases = of.published.releases(scope)
    absent = {"small"} if not any(0 < p.n < SMALL for p in periods) else set()
    absent |= {"release"} if not releases else set()
    absent |= {"b"} if not any(p.n for p in periods) else set()
    spec = over_time.rating_over_time(
        over_time.displayed_points(t, shown),
        [over_time.with_words(t, p) for p in periods],
        over_time.release_marks(t, releases),
        first=scope.first,
        last=scope.last,
        words=chart_words(t),
        date_format=date_format(t, scope.days),
    )
    wide, narrow = charts.drawn(
        charts.shaded(spec, of.week, scope.first, scope.last), height=_HEIGHT
    )  # fmt: skip
    return Figure(
        title=t("report.chart", n=WEEKS),
        wide=wide,
        narrow=narrow,
        legend=[
            (mark, name, told if mark in _TOLD else "")
            for mark, name, told in over_time.legend_entries(t, shown, "week")
            if mark not in absent
        ],
        sources=(
            t("source.reviews", n=sum(p.n for p in periods)),
            t.days(scope.first, scope.last),
            coverage_line(t, of.coverage),
        ),
    )


def not_seen(of: Asked, *, has_chart: bool) -> list[str]:
    """What is missing from this week."""
    t = of.t
    in_week = [d for d in of.displayed if t.day_of(d.observed_at) >= of.week.first]
    told = unseen.of_week(
        t, of.week, span=of.span, days=of.published.periods(of.scope, "day"), coverage=of.coverage,
        last_day=of.known[1] if of.known else None, displayed=in_week,
        stores=list(dict.fromkeys(r.store for r in of.rows)),
        events=of.published.series_events(of.scope.within(of.week.before().first, of.week.last)),
        quality=of.published.language_quality(of.scope), is_analysed=of.published.has("release_impact"),
    )  # fmt: skip
    return told if has_chart else [t("report.no_chart", n=WEEKS), *told]


# --- the details ---------------------------------------------------------------------------------------


def numbers(of: Asked) -> Section:
    """The week in numbers, store by store; the two scores in a table each."""
    t, scope = of.t, of.scope
    stores = list(dict.fromkeys(r.store for r in of.rows))
    blocks: list[Block] = []
    scores = [_score_row(of, s) for s in stores if any(d.store == s for d in of.displayed)]
    heads = [t(f"report.head_{h}") for h in ("store", "week", "before", "change")]
    if scores:
        blocks.append(
            Table(caption=t("report.numbers_displayed"), heads=heads, rows=scores, numeric=(1, 2, 3))
        )
    spans = []
    for store in stores if len(stores) > 1 else []:
        mine = Scope(app=scope.app, first=scope.first, last=scope.last, stores=(store,))
        spans.append((t.store(store), of.published.span(mine), of.published.span(mine.before())))
    spans.append((t("report.all_stores") if spans else t.store(stores[0]), of.span, of.before))
    rows = [_mean_row(t, *row) for row in spans]
    blocks.append(
        Table(caption=t("report.numbers_reviewed"), heads=heads, rows=rows, numeric=(1, 2, 3))
    )  # fmt: skip
    if of.span.n_reviews:
        blocks.append(Said(words=findings.sentiment_sentence(t, of.span)))
    return Section(title=t("report.numbers"), blocks=blocks)


def _score_row(of: Asked, store: str) -> list[str]:
    t = of.t
    rows = [d for d in of.displayed if d.store == store]
    last, first = rows[-1], rows[0]
    if t.day_of(first.observed_at) >= of.week.first:
        return [t.store(store), t.score(last.displayed_score), NOTHING, NOTHING]
    moved = t.signed(last.displayed_score - first.displayed_score)
    return [t.store(store), t.score(last.displayed_score), t.score(first.displayed_score), moved]


def _mean_row(t: Text, name: str, now: RatingSpan, before: RatingSpan) -> list[str]:
    return [name, *(_mean(t, s) for s in (now, before)), moved(t, change_of(now, before))]


def moved(t: Text, change: Change) -> str:
    """Which way a mean went and how far, in short; that there are too few to tell."""
    if change.value is None:
        return t("verdict.too_few")
    return f"{change_words(t, change)} {with_interval(t, change.value, change.low, change.high)}"


def _mean(t: Text, span: Mean) -> str:
    return mean(t, span) if span.n else NOTHING


def mean(t: Text, span: Mean) -> str:
    """A mean with its interval in short, and its n."""
    reach = {"value": span.mean, "low": span.low, "high": span.high}
    said = t("verdict.plain", **{k: t.stars(v) for k, v in reach.items()})
    return f"{said} · n\u00a0=\u00a0{t.number(span.n)}"


def happened(of: Asked) -> Section:
    """Verdicts, alarms, changes and events, each with whose it is; what drove the changes."""
    t = of.t
    blocks: list[Block] = [*happenings.grouped(t, of.found, of.owners)]
    if not blocks:
        blocks.append(Said(words=t("report.quiet")))
    blocks += [figure for c in of.comparisons if (figure := _driven(of, c)) is not None]
    return Section(title=t("report.happened"), blocks=blocks)


def _drivers(of: Asked, comparison: Comparison) -> list[Worded[Driver]]:
    rows = of.published.drivers(of.rows[0].app, comparison.store, comparison.comparison)
    return drivers.worded(of.t, rows, of.owners.names)


def _driven(of: Asked, comparison: Comparison) -> Figure | None:
    t, rows = of.t, _drivers(of, comparison)
    if not rows:
        return None
    said = drivers.finding(t, comparison, rows)
    title = t("drivers.asked", comparison=drivers.comparison_name(t, comparison), said=said)
    words = {k: t(f"drivers.{k}") for k in ("topic", "total", "low", "high", "share_effect", "mean_effect")}
    wide, narrow = charts.drawn(drivers.chart(rows[:TOPICS], words=words))
    return Figure(
        title=title,
        wide=wide,
        narrow=narrow,
        sources=(t.store(comparison.store), drivers.spans(t, comparison), t("drivers.method")),
    )


def spread(of: Asked) -> Section:
    """How many gave which stars, against the week before."""
    t = of.t
    title = t("rating.stars")
    if of.span.n < SMALL:
        return Section(title=title, blocks=[Said(words=t("report.stars_few", n=of.span.n, small=SMALL))])
    before = of.before if of.before.n >= SMALL else None
    spec = rating_charts.star_shares(of.span, before, words=chart_words(t))
    wide, narrow = charts.drawn(spec, height=150)
    sources = [t("source.reviews", n=of.span.n), _days(t, of.week)]
    if before is not None:
        sources.append(f"{t('legend.span_before')}: {_days(t, of.week.before())}")
    figure = Figure(
        title=findings.stars_title(t, of.span, of.before), wide=wide, narrow=narrow, sources=sources
    )
    return Section(title=title, blocks=[figure])


def topics(of: Asked) -> Section:
    """What people wrote about, what changed against the week before, and whose each topic is."""
    t, title = of.t, of.t("topics.title")
    read = of.topics[0].of_now if of.topics else of.span.n_classified
    if not of.topics and not read:
        return Section(title=title, blocks=[])
    if not of.topics or read < SMALL:
        return Section(title=title, blocks=[Said(words=t("report.topics_few", n=read, small=SMALL))])
    heads = [t(f"topics.{h}") for h in ("topic", "share", "negative", "change")]
    rows = [_topic(of, row) for row in of.topics[:TOPICS]]
    table = Table(
        caption=t("topics.caption", span=_days(t, of.week)),
        heads=[*heads, t("report.apps.head_owner")],
        rows=rows,
        numeric=(1, 2),
    )
    return Section(
        title=title,
        blocks=[Said(words=happenings.ended(t, topics_title(t, of.topics))), table],
        sources=(
            t("source.classified", n=read),
            against(t, of.scope, of.topics[0].of_before, of.known_from),
        ),
    )


def _topic(of: Asked, row: TopicChange) -> list[str]:
    t = of.t
    change = Change(row.change, row.change_low, row.change_high)
    told = t(f"topics.{change.direction}")
    if change.value is not None and change.direction != "unknown":
        points = {"value": row.change, "low": row.change_low, "high": row.change_high}
        told = f"{told} {t('verdict.points', **{k: t.points(v) for k, v in points.items()})}"
    owner = of.owners.topics.get(row.topic)
    share = f"{t.percent(row.share)} · n\u00a0=\u00a0{t.number(row.n)}"
    return [
        row.label(t.language),
        share,
        t.percent(row.n_negative / row.n),
        told,
        plain(owner) if owner else NOTHING,
    ]


def basis(t: Text, published: Published, coverage: Sequence[StoreCoverage] | None = None) -> list[str]:
    """What everything rests on."""
    cover = [coverage_line(t, coverage)] if coverage is not None else []
    return [
        *cover,
        *made_with(t, published),
        t("report.as_known"),
        t("report.weeks"),
        t.whose_days().rstrip(".。"),
    ]
