"""What testers agreed to and said, as sentences and escaped markup (cells.html). Pure: rows in, words out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from dashboard.components import html, review_cards
from dashboard.components.html import Cell, piece
from dashboard.i18n import NOTHING, Text
from dashboard.rows import Worded
from dashboard.rows.alpha import Cohort, Consent, Erasures, Quote, SpokenTopic, TesterSignal, TesterTopic
from dashboard.sanitize import plain, short

TEMPLATE = "views/alpha/cells.html"
PURPOSES = ("improve", "analyse", "quote", "contact")
LEAST = 5
"""Fewer people than this are never broken down; the marts see to it."""
_SIGNS = {"hit": "●", "missed": "○", "false_warning": "△", "quiet": "·", "too_few": "–"}
_LONGEST = 1_500


def cohort_name(t: Text, cohort: str | None) -> str:
    """A cohort by name; those with fewer than five people have none."""
    return t("alpha.small", least=LEAST) if cohort is None else short(plain(cohort), 40)


def overview(t: Text, consents: Sequence[Consent], cohorts: Sequence[Cohort]) -> str:
    """How many testers stand behind the page, and what they sent; the headline."""
    # One person stands in every purpose of their wording once.
    people = sum(r.people or 0 for r in consents if r.purpose == PURPOSES[0])
    known = [*(r.cohort for r in consents), *(r.cohort for r in cohorts)]
    named = {cohort for cohort in known if cohort is not None}
    n = sum(r.n_feedback for r in cohorts)
    if not n:
        return t("alpha.nothing_said", cohorts=len(named), people=people)
    days = t.days(min(r.first_at for r in cohorts), max(r.last_at for r in cohorts))
    key = "alpha.headline" if people else "alpha.headline_no_ledger"
    return t(key, days=days, cohorts=len(named), people=people, n=n)


def allowed(t: Text, cohorts: Sequence[Cohort]) -> str:
    """How much of the feedback may be analysed, and how much may be read here."""
    n = sum(r.n_feedback for r in cohorts)
    return t(
        "alpha.allowed", n=n, analysed=sum(r.n_analysed for r in cohorts),
        quoted=sum(r.n_quoted for r in cohorts),
    )  # fmt: skip


def erasures(t: Text, row: Erasures) -> str:
    """What was asked to be erased, over all apps."""
    if not row.asked:
        return t("alpha.no_erasure")
    key = "alpha.erased" if row.asked == row.done else "alpha.erasing"
    return t(key, asked=row.asked, done=row.done)


def consents(t: Text, rows: Sequence[Consent]) -> Markup:
    """A row a cohort and wording, a column a purpose: how many agreed, as a bar and in numbers."""
    by_wording: dict[tuple[str | None, str | None], dict[str, Consent]] = {}
    for row in rows:
        by_wording.setdefault((row.cohort, row.wording), {})[row.purpose] = row
    heads = [t("columns.cohort"), t("columns.people"), *(t(f"alpha.purpose_{p}") for p in PURPOSES)]
    cells = [
        [
            html.two_lines(cohort_name(t, cohort), _wording(t, wording)),
            _people(t, next(iter(of.values()))),
            *(_agreed(t, of.get(p)) for p in PURPOSES),
        ]
        for (cohort, wording), of in by_wording.items()
    ]
    return html.table(t("alpha.consents_caption"), heads, cells, (1,))


def _wording(t: Text, wording: str | None) -> str:
    return "" if wording is None else t("alpha.wording", wording=short(plain(wording), 30))


def _people(t: Text, row: Consent) -> str:
    return t("alpha.under", least=LEAST) if row.is_suppressed else t.number(row.people)


def _agreed(t: Text, row: Consent | None) -> Cell:
    if row is None:
        return NOTHING
    if row.is_suppressed or row.people is None:
        return html.note(t("alpha.not_shown"))
    parts = {"positive": row.agreed or 0, "neutral": row.declined or 0, "negative": row.withdrew or 0}
    told = [t("alpha.declined", n=row.declined)] if row.declined else []
    told += [t("alpha.withdrew", n=row.withdrew)] if row.withdrew else []
    said = t("alpha.agreed", n=row.agreed, of=row.people)
    return piece(TEMPLATE, "agreed", said, html.bar(parts, row.people), t.listed(told))


def cohorts(t: Text, rows: Sequence[Cohort]) -> Markup:
    """What each cohort sent, what may be done with it, and with which sentiment."""
    heads = [t(f"columns.{k}") for k in ("cohort", "n_feedback", "n_analysed", "n_quoted")]
    heads += [t("alpha.between"), t("columns.sentiment")]
    cells = [
        [
            html.two_lines(cohort_name(t, r.cohort), ""),
            t.number(r.n_feedback),
            t.number(r.n_analysed),
            t.number(r.n_quoted),
            t.days(r.first_at, r.last_at),
            html.note(t("alpha.not_shown"))
            if r.cohort is None
            else piece(TEMPLATE, "wrap", html.sentiments_of(t, r)),
        ]
        for r in rows
    ]
    return html.table(t("alpha.cohorts_caption"), heads, cells, (1, 2, 3))


def spoken(t: Text, rows: Sequence[Worded[SpokenTopic]], caption: str) -> Markup:
    """What testers spoke of: share of feedback as a bar, cut by sentiment."""
    widest = max((r.row.n for r in rows), default=1)
    heads = [t(f"columns.{k}") for k in ("topic", "share", "sentiment", "n_feedback", "n_negative")]
    cells = [
        [
            r.words, t.percent(r.row.n / r.row.n_all), html.bar(r.row.by_sentiment(), widest, "hy-half"),
            t.number(r.row.n), t.percent(r.row.n_negative / r.row.n),
        ]
        for r in rows
    ]  # fmt: skip
    return html.table(caption, heads, cells, (1, 3, 4))


def signal(t: Text, row: TesterSignal, *, with_store: bool) -> str:
    """One release: whether testers named before it what the public complained of after it."""
    version = short(plain(row.release_version), 24)
    release = f"{version} · {t.store(row.store)}" if with_store else version
    return t(f"alpha.said_{row.verdict}", release=release, day=t.day(row.released_at))


def signal_numbers(t: Text, row: TesterSignal) -> list[str]:
    """What the verdict on a release rests on."""
    told = [
        t(
            "alpha.rests", n_alpha=row.n_alpha, testers=row.n_testers, n_before=row.n_before,
            n_after=row.n_after,
        )
    ]  # fmt: skip
    if row.rank_correlation is not None:
        told.append(
            t(
                "alpha.ranks", value=t.signed(row.rank_correlation), low=t.signed(row.low),
                high=t.signed(row.high), n=row.n_topics,
            )
        )  # fmt: skip
    if row.hit_rate is None:
        return [*told, t("alpha.none_rose")]
    rates = {"rate": row.hit_rate, "low": row.hit_low, "high": row.hit_high}
    return [*told, t("alpha.hits", **{k: t.percent(v) for k, v in rates.items()})]


def topic_verdicts(t: Text, rows: Sequence[Worded[TesterTopic]], caption: str) -> Markup:
    """Each topic of one release: what testers and public said, and the verdict with its sign."""
    heads = [t("columns.topic"), t("alpha.head_alpha"), t("alpha.head_public"), t("alpha.head_verdict")]
    return html.table(caption, heads, [_topic(t, r) for r in rows])


def legend(t: Text) -> Markup:
    """All verdicts on a topic, with what they mean."""
    return html.method(
        t,
        (
            t("alpha.means", sign=sign, word=t(f"alpha.topic_{v}"), meaning=t(f"alpha.meaning_{v}"))
            for v, sign in _SIGNS.items()
        ),
    )


def _topic(t: Text, topic: Worded[TesterTopic]) -> list[Cell]:
    row, alpha, public = topic.row, NOTHING, NOTHING
    if row.share_alpha is not None:
        alpha = t(
            "alpha.share", value=t.percent(row.share_alpha), low=t.percent(row.alpha_low),
            high=t.percent(row.alpha_high), n=row.n_alpha,
        )  # fmt: skip
    if row.change is not None:
        public = t(
            "alpha.moved", before=t.percent(row.share_before), after=t.percent(row.share_after),
            change=t.points(row.change), low=t.points(row.change_low),
            high=t.points(row.change_high),
        )  # fmt: skip
    sign, word = _SIGNS.get(row.verdict, NOTHING), t(f"alpha.topic_{row.verdict}")
    return [topic.words, alpha, public, piece(TEMPLATE, "verdict", sign, word)]


def quotes(t: Text, rows: Sequence[Quote], topic_names: Mapping[str, str]) -> Markup:
    """Feedback in its writers' words, of those who agree to be quoted."""
    return review_cards.cards(_quote(t, r, topic_names) for r in rows)


def _quote(t: Text, row: Quote, topic_names: Mapping[str, str]) -> Markup:
    facts = [
        t.day(row.submitted_at), cohort_name(t, row.cohort),
        t("reviews.version", version=short(row.version, 30)) if row.version else "",
        t("alpha.screen", screen=short(row.screen, 30)) if row.screen else "",
    ]  # fmt: skip
    tags = review_cards.topic_tags(t, row, topic_names)
    tags += [(t("sample.label"), "hy-sample")] if row.is_sample else []
    return review_cards.card(
        t,
        # Who gave no stars was mostly not asked for any.
        rating=False if row.rating is None else row.rating,
        facts=facts,
        text=plain(row.text)[:_LONGEST],
        long=review_cards.scrolls(row.text),
        language=row.language,
        tags=tags,
        opinion=review_cards.opinion(t, row, t("alpha.unread")),
    )
