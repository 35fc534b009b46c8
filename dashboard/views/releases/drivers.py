"""What drove a change of the mean: the figure that the pages Releases and Topics share."""

from __future__ import annotations

from dashboard.components import elements as parts
from dashboard.components import html as blocks
from dashboard.components import review_cards as cards
from dashboard.components import tables
from dashboard.components.page import Page
from dashboard.i18n import Text
from dashboard.rows import Worded
from dashboard.rows.changes import Comparison, Driver
from dashboard.views.releases import charts as effect_charts

RELEASE, CHANGE, LATEST = "release", "change", "latest"
"""Kinds of comparison."""
_NONE = "none"


def comparison_name(t: Text, of: Comparison) -> str:
    """What is compared, by name; by its days where a publication of before does not say what."""
    if of.kind == RELEASE and of.release_version is not None:
        return t("drivers.release", version=of.release_version)
    if of.kind == CHANGE and of.changed_on is not None:
        return t("drivers.change", day=of.changed_on.isoformat())
    if of.kind == LATEST:
        return t("drivers.latest")
    return f"{t.days(of.before_from, of.before_until)} / {t.days(of.after_from, of.after_until)}"


def key(of: Comparison) -> str:
    """A comparison as the address names it."""
    return f"{of.store}/{of.comparison}"


def drivers(page: Page, of: Comparison) -> list[Worded[Driver]]:
    """The topics of the comparison `of` with their names, the strongest first."""
    t, names = page.t, page.published.topic_names(page.t.language)
    return [
        Worded(r, names.get(r.topic, t("drivers.none") if r.topic == _NONE else r.topic))
        for r in page.published.drivers(page.scope.app, of.store, of.comparison)
    ]


def figure(page: Page, of: Comparison) -> None:
    """The topics that drove the change of the comparison `of`, and reviews that show the strongest."""
    t = page.t
    names = page.published.topic_names(t.language)
    rows = drivers(page, of)
    if not rows:
        parts.html(blocks.notice("empty", t("drivers.empty_title"), t("drivers.empty")))
        return
    title = finding(t, of, rows)
    compared = t(
        "drivers.spans",
        before=t.days(of.before_from, of.before_until), n_before=t.number(of.n_before),
        after=t.days(of.after_from, of.after_until), n_after=t.number(of.n_after),
    )  # fmt: skip
    name = f"drivers-{of.store}-{of.comparison}"
    with parts.figure(
        t, "drivers", title=title, sources=(t.store(of.store), compared, *page.evidence),
        tables={"drivers": tables.drivers(t, rows)},
    ):  # fmt: skip
        words = {
            k: t(f"drivers.{k}") for k in ("topic", "total", "low", "high", "share_effect", "tone_effect")
        }
        parts.chart(name, title, page.of(name), lambda: effect_charts.drivers(rows, words=words))
        parts.html(blocks.source([t("drivers.method")]))
    named = [r for r in rows if r.row.topic != _NONE and r.row.examples]
    if named:
        examples(page, of, named[0], names)


def finding(t: Text, of: Comparison, rows: list[Worded[Driver]]) -> str:
    """The change and its strongest drivers, in a sentence; what has no topic comes last."""
    sure = [
        r for r in rows if (r.row.total_effect >= 0) == (of.change >= 0) and (r.row.low > 0 or r.row.high < 0)
    ]
    told = [r for r in sure if r.row.topic != _NONE][:3] + [r for r in sure if r.row.topic == _NONE]
    strongest = [t("drivers.said", topic=r.words, value=t.signed(r.row.total_effect)) for r in told]
    values = {
        "before": t.stars(of.mean_before), "after": t.stars(of.mean_after),
        "change": t.signed(of.change), "low": t.signed(of.low), "high": t.signed(of.high),
    }  # fmt: skip
    key = "drivers.finding" if strongest else "drivers.finding_none"
    return t(key, topics=t.listed(strongest), **values)


def examples(page: Page, of: Comparison, driver: Worded[Driver], names: dict[str, str]) -> None:
    """Reviews that exemplify the strongest driver."""
    t, published = page.t, page.published
    found = published.picked(page.scope.app, of.store, driver.row.examples)
    parts.html(blocks.figure_title(t("drivers.examples", topic=driver.words)))
    parts.html(
        cards.reviews(
            t, found, names, states=published.states(page.scope.app, found),
            vanished=published.vanished(page.scope.app),
        )
    )  # fmt: skip
