"""The release watch and the history of verdicts, in words and tables. Pure: rows in, words and markup out."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from dashboard.components import html
from dashboard.components.headlines import with_interval
from dashboard.components.html import Cell
from dashboard.i18n import NOTHING, Text
from dashboard.rows.analysis import ReleaseImpact, ReleaseLook, VerdictSaid
from dashboard.sanitize import plain, short
from dashboard.views.releases import verdicts

WATCH = "watch"
"""The measure of what the watch said, in the history."""
CLEAR = ("better", "worse")
MOST = 12
"""So many changes of verdicts are shown; the table has all."""
LOOKS = """
    release_version store released_at verdict told_on rests_on effect low high n_before n_after n_last
    n_version share_versionless evidence evidence_by_date evidence_by_version needed day
"""
HISTORY = "said_at until_on release_version store measure verdict verdict_before why effect low high rests_on"


def name(t: Text, row: ReleaseLook | VerdictSaid, *, with_store: bool) -> str:
    """A release as it is called on screen."""
    version = short(plain(row.release_version), 24)
    return f"{version} · {t.store(row.store)}" if with_store else version


def sentence(t: Text, look: ReleaseLook, *, with_store: bool) -> str:
    """What the watch says of a release, on what that rests, and how many of its reviews name no version."""
    values = {
        "release": name(t, look, with_store=with_store), "released": t.day(look.released_at),
        "until": t.day(look.day), "told": t.day(look.told_on),
        "effect": with_interval(t, look.effect, look.low, look.high),
    }  # fmt: skip
    basis = t(f"watch.basis_{look.rests_on}") if look.rests_on else ""
    kind = "withdrawn" if look.is_withdrawn else look.verdict
    said = t(f"watch.said_{kind}", n=look.n_after, basis=basis, **values)
    return f"{said} {versionless(t, look)}".rstrip()


def newest(t: Text, look: ReleaseLook, *, with_store: bool) -> str:
    """The same of the newest release."""
    return t("watch.newest", said=sentence(t, look, with_store=with_store))


def clear(looks: Sequence[ReleaseLook]) -> list[ReleaseLook]:
    """The releases of which the watch says something clear, the strongest evidence first."""
    return sorted((k for k in looks if k.verdict in CLEAR), key=lambda k: -k.evidence)


def beside(t: Text, looks: Sequence[ReleaseLook], row: ReleaseImpact) -> str:
    """That the watch says of a release what its windows do not; empty where it does not."""
    for look in looks:
        is_same = (look.store, look.release_version) == (row.store, row.release_version)
        if is_same and row.measure == "mean_stars" and look.verdict in CLEAR and look.verdict != row.verdict:
            basis = t(f"watch.basis_{look.rests_on}") if look.rests_on else ""
            return t("watch.beside", verdict=t(f"verdict.{look.verdict}"), basis=basis)
    return ""


def versionless(t: Text, look: ReleaseLook) -> str:
    """How many of the reviews since a release name no version; empty where all do."""
    if not look.share_versionless:
        return ""
    return t("watch.versionless", share=t.percent(look.share_versionless))


def table(t: Text, looks: Sequence[ReleaseLook], *, with_store: bool) -> Markup:
    """What the watch says of each release, in the order given."""
    heads = [t(f"watch.head_{k}") for k in ("release", "verdict", "basis", "effect", "by_version", "without")]
    return html.table(t("watch.caption"), heads, [_look(t, look, with_store) for look in looks])


def _look(t: Text, look: ReleaseLook, with_store: bool) -> list[Cell]:
    if look.is_withdrawn:
        told = t("watch.withdrawn", day=t.day(look.told_on))
    elif look.verdict in CLEAR:
        told = t("watch.told", day=t.day(look.told_on))
    else:
        told = t("watch.until", day=t.day(look.day))
    last = t.listed([short(plain(v), 24) for v in look.last_versions])
    by_version = t("watch.versions", n=look.n_version, n_last=look.n_last, last=last) if last else NOTHING
    return [
        html.two_lines(name(t, look, with_store=with_store), t.day(look.released_at)),
        html.two_lines(verdicts.tag(t, look.verdict), told, strong=False),
        t(f"watch.basis_{look.rests_on}") if look.rests_on else NOTHING,
        html.two_lines(
            with_interval(t, look.effect, look.low, look.high) if look.effect is not None else NOTHING,
            t("verdict.sides", before=look.n_before, after=look.n_after),
            strong=False,
        ),
        html.wrapped(by_version),
        NOTHING if look.share_versionless is None else t.percent(look.share_versionless),
    ]


# --- what was said before ---------------------------------------------------------------------------


def changed(rows: Sequence[VerdictSaid]) -> list[VerdictSaid]:
    """The verdicts that took the place of another, where one of the two said something clear."""
    return [r for r in rows if r.verdict_before is not None and {r.verdict, r.verdict_before} & set(CLEAR)]


def before(t: Text, rows: Sequence[VerdictSaid], row: ReleaseImpact) -> str:
    """What was said of this measure of this release before, and until when; empty where it is the first."""
    said = next(
        (
            r
            for r in rows
            if (r.store, r.release_version, r.measure) == (row.store, row.release_version, row.measure)
        ),
        None,
    )
    if said is None or said.verdict_before in (None, "too_few") or said.verdict != row.verdict:
        return ""
    return t("history.until", day=t.day(said.said_at), before=word(t, said.verdict_before or ""))


def word(t: Text, verdict: str) -> str:
    """A verdict of the history by its word."""
    return t.named(f"verdict.{verdict}", verdict)


def history(t: Text, rows: Sequence[VerdictSaid], measures: dict[str, str], *, with_store: bool) -> Markup:
    """What was said otherwise than before, and when, the newest first."""
    heads = [t(f"history.head_{k}") for k in ("said", "release", "measure", "now", "before")]
    lines = [
        [
            html.two_lines(t.day(r.said_at), t("history.data", day=t.day(r.until_on)), strong=False),
            name(t, r, with_store=with_store),
            measures.get(r.measure, plain(r.measure)),
            verdicts.tag(t, r.verdict),
            word(t, r.verdict_before or ""),
        ]
        for r in rows[:MOST]
    ]
    return html.table(t("history.caption"), heads, lines)
