"""What testers agreed to and said, as sentences and escaped markup. Pure: rows in, words out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboard.components import html as blocks
from dashboard.components.review_cards import chances, reach, stars
from dashboard.i18n import Text
from dashboard.rows import Worded
from dashboard.rows.alpha import Cohort, Consent, Erasures, Foretold, ForetoldTopic, Quote, SpokenTopic
from dashboard.rows.counts import by_tone
from dashboard.sanitize import markup, plain, short

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
    values = {"cohorts": t.number(len(named)), "people": t.number(people), "n": t.number(n)}
    if not n:
        return t("alpha.nothing_said", **values)
    first, last = min(r.first_at for r in cohorts), max(r.last_at for r in cohorts)
    key = "alpha.headline" if people else "alpha.headline_no_ledger"
    return t(key, days=t.days(first, last), **values)


def allowed(t: Text, cohorts: Sequence[Cohort]) -> str:
    """How much of the feedback may be analysed, and how much may be read here."""
    n = sum(r.n_feedback for r in cohorts)
    return t(
        "alpha.allowed", n=t.number(n), analysed=t.number(sum(r.n_analysed for r in cohorts)),
        quoted=t.number(sum(r.n_quoted for r in cohorts)),
    )  # fmt: skip


def erasures(t: Text, row: Erasures) -> str:
    """What was asked to be erased, over all apps."""
    if not row.asked:
        return t("alpha.no_erasure")
    key = "alpha.erased" if row.asked == row.done else "alpha.erasing"
    return t(key, asked=t.number(row.asked), done=t.number(row.done))


def consents(t: Text, rows: Sequence[Consent]) -> str:
    """A row a cohort and wording, a column a purpose: how many agreed, as a bar and in numbers."""
    by_wording: dict[tuple[str | None, str | None], dict[str, Consent]] = {}
    for row in rows:
        by_wording.setdefault((row.cohort, row.wording), {})[row.purpose] = row
    heads = [t("columns.cohort"), t("columns.people"), *(t(f"alpha.purpose_{p}") for p in PURPOSES)]
    cells = [
        [
            f"<b>{markup(cohort_name(t, cohort))}</b>{_wording(t, wording)}",
            _people(t, next(iter(of.values()))),
            *(_agreed(t, of.get(p)) for p in PURPOSES),
        ]
        for (cohort, wording), of in by_wording.items()
    ]
    return blocks.rich_table(t("alpha.consents_caption"), heads, cells, (1,))


def _wording(t: Text, wording: str | None) -> str:
    if wording is None:
        return ""
    return f'<br><span class="hy-note">{markup(t("alpha.wording", wording=short(plain(wording), 30)))}</span>'


def _people(t: Text, row: Consent) -> str:
    return markup(t("alpha.under", least=LEAST) if row.is_suppressed else t.number(row.people))


def _agreed(t: Text, row: Consent | None) -> str:
    if row is None:
        return "–"
    if row.is_suppressed or row.people is None:
        return f'<span class="hy-note">{markup(t("alpha.not_shown"))}</span>'
    parts = (("positive", row.agreed or 0), ("neutral", row.declined or 0), ("negative", row.withdrew or 0))
    bar = "".join(
        f'<span class="hy-{kind}" style="width:{100 * n / row.people:.1f}%"></span>' for kind, n in parts if n
    )
    told = [t("alpha.declined", n=t.number(row.declined))] if row.declined else []
    told += [t("alpha.withdrew", n=t.number(row.withdrew))] if row.withdrew else []
    return (
        f"{markup(t('alpha.agreed', n=t.number(row.agreed), of=t.number(row.people)))}"
        f'<span class="hy-bar" aria-hidden="true">{bar}</span>'
        f'<span class="hy-note">{markup(t.listed(told)) if told else "&nbsp;"}</span>'
    )


def cohorts(t: Text, rows: Sequence[Cohort]) -> str:
    """What each cohort sent, what may be done with it, and in which tone."""
    heads = [t(f"columns.{k}") for k in ("cohort", "n_feedback", "n_analysed", "n_quoted")]
    heads += [t("alpha.between"), t("alpha.tone")]
    cells = [
        [
            f"<b>{markup(cohort_name(t, r.cohort))}</b>",
            t.number(r.n_feedback),
            t.number(r.n_analysed),
            t.number(r.n_quoted),
            markup(t.days(r.first_at, r.last_at)),
            f'<div class="hy-wrap">{blocks.tones_of(t, r)}</div>'
            if r.cohort is not None
            else f'<span class="hy-note">{markup(t("alpha.not_shown"))}</span>',
        ]
        for r in rows
    ]
    return blocks.rich_table(t("alpha.cohorts_caption"), heads, cells, (1, 2, 3))


def spoken(t: Text, rows: Sequence[Worded[SpokenTopic]], caption: str) -> str:
    """What testers spoke of: share of feedback as a bar, cut by tone."""
    widest = max((r.row.n for r in rows), default=1)
    heads = [t(f"topics.{k}") for k in ("topic", "share", "tone")]
    heads += [t("columns.n_feedback"), t("topics.negative")]
    cells = []
    for spoken_of in rows:
        r = spoken_of.row
        bar = "".join(
            f'<span class="hy-{k}" style="width:{100 * n / widest:.1f}%"></span>'
            for k, n in by_tone(r).items()
            if n
        )
        cells.append(
            [
                markup(spoken_of.words), t.percent(r.n / r.n_all),
                f'<span class="hy-bar hy-half" aria-hidden="true">{bar}</span>', t.number(r.n),
                t.percent(r.n_negative / r.n),
            ]
        )  # fmt: skip
    return blocks.rich_table(caption, heads, cells, (1, 3, 4))


def foretold(t: Text, row: Foretold, *, with_store: bool) -> str:
    """One release: whether the alpha foretold what the public complained of."""
    version = short(plain(row.release_version), 24)
    release = f"{version} · {t.store(row.store)}" if with_store else version
    return t(f"alpha.said_{row.verdict}", release=release, day=t.day(row.released_at))


def foretold_numbers(t: Text, row: Foretold) -> list[str]:
    """What the verdict on a release rests on."""
    told = [
        t(
            "alpha.rests", n_alpha=t.number(row.n_alpha), testers=t.number(row.n_testers),
            n_before=t.number(row.n_before), n_after=t.number(row.n_after),
        )
    ]  # fmt: skip
    if row.rank_correlation is not None:
        told.append(
            t(
                "alpha.ranks", value=t.signed(row.rank_correlation), low=t.signed(row.low),
                high=t.signed(row.high), n=t.number(row.n_topics),
            )
        )  # fmt: skip
    if row.hit_rate is None:
        told.append(t("alpha.none_rose"))
    else:
        told.append(
            t(
                "alpha.hits", rate=t.percent(row.hit_rate), low=t.percent(row.hit_low),
                high=t.percent(row.hit_high),
            )
        )  # fmt: skip
    return told


def topic_verdicts(t: Text, rows: Sequence[Worded[ForetoldTopic]], caption: str) -> str:
    """Each topic of one release: what testers and public said, and the verdict with its sign."""
    heads = [t("topics.topic"), t("alpha.head_alpha"), t("alpha.head_public"), t("alpha.head_verdict")]
    return blocks.rich_table(caption, heads, [_topic(t, r) for r in rows], ())


def legend(t: Text) -> str:
    """All verdicts on a topic, with what they mean."""
    said = [t("alpha.means", sign=sign, word=t(f"alpha.topic_{v}"), meaning=t(f"alpha.meaning_{v}"))
            for v, sign in _SIGNS.items()]  # fmt: skip
    return blocks.source(said)


def _topic(t: Text, topic: Worded[ForetoldTopic]) -> list[str]:
    row, alpha = topic.row, "–"
    if row.share_alpha is not None:
        alpha = t(
            "alpha.share", value=t.percent(row.share_alpha), low=t.percent(row.alpha_low),
            high=t.percent(row.alpha_high), n=t.number(row.n_alpha),
        )  # fmt: skip
    public = "–"
    if row.change is not None:
        public = t(
            "alpha.moved", before=t.percent(row.share_before), after=t.percent(row.share_after),
            change=t.points(row.change), low=t.points(row.change_low),
            high=t.points(row.change_high),
        )  # fmt: skip
    sign, word = _SIGNS.get(row.verdict, "–"), t(f"alpha.topic_{row.verdict}")
    verdict = f'<span aria-hidden="true">{sign}</span> {markup(word)}'
    return [markup(topic.words), markup(alpha), markup(public), verdict]


def quotes(t: Text, rows: Sequence[Quote], topic_names: Mapping[str, str]) -> str:
    """Feedback in its writers' words, of those who agree to be quoted."""
    return f'<div class="hy-reviews">{"".join(_quote(t, r, topic_names) for r in rows)}</div>'


def _quote(t: Text, row: Quote, topic_names: Mapping[str, str]) -> str:
    facts = [
        t.day(row.submitted_at), cohort_name(t, row.cohort),
        t("reviews.version", version=short(row.version, 30)) if row.version else "",
        t("alpha.screen", screen=short(row.screen, 30)) if row.screen else "",
    ]  # fmt: skip
    lang = f' lang="{markup(row.language)}"' if row.language else ""
    tags = [
        blocks.tag(
            t(
                "reviews.topic_sure",
                topic=topic_names.get(k.topic, k.topic),
                share=t.percent(k.score),
            )
        )
        for k in row.topics or ()
    ]
    tags += [blocks.tag(t("sample.label"), "hy-sample")] if row.is_sample else []
    given = stars(t, row.rating) if row.rating is not None else ""
    return (
        f'<article class="hy-review"><header>{given}'
        f'<span class="hy-note">{markup(" · ".join(f for f in facts if f))}</span></header>'
        f'<p class="hy-text"{lang}{reach(row.text)}><bdi>{markup(plain(row.text)[:_LONGEST])}</bdi></p>'
        f'<div class="hy-tags">{"".join(tags)}</div>{_tone(t, row)}</article>'
    )


def _tone(t: Text, row: Quote) -> str:
    if row.sentiment is None:
        return f'<p class="hy-note">{markup(t("alpha.unread"))}</p>'
    if row.sentiment == blocks.NOT_COVERED:
        return f'<p class="hy-note">{markup(t("reviews.not_covered"))}</p>'
    sure = t(
        "reviews.tone", tone=t(f"tone.{row.sentiment}"), share=t.percent(chances(row).get(row.sentiment))
    )
    return f'<div class="hy-sure"><span class="hy-key hy-{row.sentiment}">{markup(sure)}</span></div>'
