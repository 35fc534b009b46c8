"""Compare: how do the reviews of two to five apps stand against each other, week by week?"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, timedelta

import streamlit as st

from dashboard import queries, url_state
from dashboard.components import figures, filters, html
from dashboard.components.filters import one_of
from dashboard.components.html import Cell
from dashboard.components.legends import SMALL, Name, chart_words, date_format, period_words
from dashboard.components.page import Way, state, text, turn, ways_on
from dashboard.components.tables import table
from dashboard.i18n import Text
from dashboard.queries import Names, Published
from dashboard.rows import Worded
from dashboard.rows.collection import AppInStore
from dashboard.rows.reviews import AppMean
from dashboard.sanitize import plain, short
from dashboard.views.compare import charts, findings, peers

LAST = ("90d", "1y", "2y")
FEW, MOST = 2, charts.MOST
FIRST = 3
"""So many apps are compared where nobody chose: those with the most reviews in 30 days."""
LONGEST = 40
WEEKS = "name first_day last_day n mean low high"
SCORES = "name store displayed_score displayed_at displayed_country"


def show() -> None:
    """The page."""
    t, published = text(), queries.published()
    apps = published.overview()
    st.title(t("nav.compare"))
    if not apps:
        state(t, "no_apps")
        return
    above = st.container()
    names, days, stores, of = chosen(t, published, apps)
    if not names:
        st.html(html.notice("empty", t("peers.choose_title"), t("peers.choose", few=FEW, most=MOST)))
        return
    ours = [r for r in apps if r.app in names and (stores is None or r.store in stores)]
    ends = [r.as_of.astimezone(UTC).date() for r in ours if r.as_of]
    if not ends:
        state(t, "no_reviews")
        return
    first, last = max(ends) - timedelta(days - 1), max(ends)
    whole, weeks = published.app_weeks(list(names), first, last, stores)
    # No year is drawn of which only months are known.
    first = min((w.first_day for of in weeks.values() for w in of), default=first)
    shared = peers.have_peers(published.categories(), stores)
    means = published.peers(of, max(ends) - timedelta(days - 1), last, stores) if of in shared else []
    middle = peers.median(means)
    every = {app: short(name, LONGEST) for app, name in filters.app_names(apps).items()}
    with above:
        one = [t("peers.choose", few=FEW, most=MOST)]
        said = findings.headline(t, whole, names) if len(names) >= FEW else one
        if of in shared:
            # What is missing does not lead.
            said.insert(0 if middle else len(said), peers.standing(t, of, means, middle, every))
        st.html(html.finding(t, said))
    by_week(t, published, names, weeks, first, last, stores, middle)
    if of in shared:
        category = peers.named(t, shared[of])
        st.html(html.source([t("peers.which", app=every[of], category=category, least=SMALL)]))
    standing(t, names, whole, shared)
    displayed(t, ours, names)


def chosen(
    t: Text, published: Published, apps: Sequence[AppInStore]
) -> tuple[dict[str, str], int, Names, str]:
    """The apps by key with their names, how many days, which stores, and whose peers they are ("" for
    nobody's)."""
    every = {r.app: short(plain(r.name), LONGEST) for r in apps}
    picker = st.container()
    in_stores = sorted({r.store for r in apps})
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        days = filters.choose_last(t, LAST, "1y")
        store = one_of(t, "store", {s: t.store(s) for s in in_stores}) if len(in_stores) > 1 else None
    stores = (store,) if store else None
    of = url_state.look_up("peers", lambda app: app if app in every else None) or ""
    n: dict[str, tuple[int, int]] = {}
    for r in apps:
        recent, total = n.get(r.app, (0, 0))
        n[r.app] = recent + r.n_30d, total + r.n_total
    usual = sorted(every, key=n.__getitem__, reverse=True)[:FIRST]
    ends = [r.as_of.astimezone(UTC).date() for r in apps if r.app == of and r.as_of]
    if of in peers.have_peers(published.categories(), stores) and ends:
        means = published.peers(of, max(ends) - timedelta(days - 1), max(ends), stores)
        usual = peers.nearest(of, means, every)
    wanted = url_state.choose_some("apps", every, usual)
    if len(wanted) > MOST:
        # A link may name more than the field takes.
        st.session_state["apps"] = wanted[:MOST]
        st.html(html.notice("stale", t("peers.cut_title", most=MOST), t("peers.cut", n=len(wanted))))
    picked = picker.multiselect(
        t("peers.apps", few=FEW, most=MOST), list(every), format_func=every.__getitem__, key="apps",
        max_selections=MOST, placeholder=t("peers.placeholder"),
    )  # fmt: skip
    url_state.write("apps", picked if picked != usual else [])
    return {app: every[app] for app in picked}, days, stores, of


def by_week(
    t: Text,
    published: Published,
    names: Mapping[str, str],
    weeks: Mapping[str, Sequence[AppMean]],
    first: date,
    last: date,
    stores: Names,
    middle: peers.Median | None,
) -> None:
    """The means by week on one chart, with their intervals; the median of the category as a line."""
    told = {
        app: [Worded(w, period_words(t, w.first_day, w.last_day)) for w in of] for app, of in weeks.items()
    }
    rows = [w for app in names for w in told.get(app, [])]
    title = t("peers.title")
    line = t("peers.median_of", n=middle.n_apps, value=t.stars(middle.value)) if middle else ""
    median = middle.value if middle else None
    drawn_by = zip(names.values(), charts.KINDS, charts.COLOURS, strict=False)
    with figures.figure(
        t, "app-weeks", title=title, level=2,
        sources=[t.days(first, last), t("peers.method", n=SMALL)],
        tables={"app_weeks": table(t, rows, WEEKS, name=lambda w: names[w.row.app])},
        names=[*(Name(*n) for n in drawn_by), *([Name(line, "dash", charts.MEDIAN)] if line else [])],
    ):  # fmt: skip
        shown = [(f"app-{place}", name, "") for place, name in enumerate(names.values())]
        st.html(html.legend([*shown, *([("median", line, "")] if line else [])]))
        words = {**chart_words(t), "app": t("scope.app")}
        figures.chart(
            "app-weeks", title,
            (str(published.path), t.language, tuple(names), first, last, stores, median),
            lambda: charts.by_week(
                told, names, first=first, last=last, words=words,
                date_format=date_format(t, (last - first).days), median=median,
            ),
        )  # fmt: skip


def standing(
    t: Text, names: Mapping[str, str], whole: Mapping[str, AppMean], shared: Collection[str]
) -> None:
    """The means over all the days, the highest first, the way to each app, and to the peers of those that
    have some."""
    order = findings.told(whole, list(names))
    order += [app for app in names if app not in order]
    heads = [t("scope.app"), t("series.B"), t("chart.n")]
    cells = [_standing(t, names[app], whole.get(app)) for app in order]
    st.html(html.table(t("peers.caption"), heads, cells, (1, 2)))
    ways: list[Way] = [("rating", names[app], {"app": app}) for app in order]
    ways_on(ways, "compare")
    with st.container(horizontal=True, key="peers-of"):
        for app in order:
            if app in shared:
                words = t("peers.peers_of", app=names[app])
                turn(
                    f"peers-of-{app}",
                    words,
                    {"peers": app, **url_state.noted("last", "store")},
                    kind="tertiary",
                )


def _standing(t: Text, name: str, row: AppMean | None) -> list[Cell]:
    if row is None:
        return [name, t("peers.none"), t.number(0)]
    if row.n < SMALL:
        return [name, t("verdict.too_few"), t.number(row.n)]
    ends = {"low": t.stars(row.low), "high": t.stars(row.high)}
    return [name, t("verdict.plain", value=t.stars(row.mean), **ends), t.number(row.n)]


def displayed(t: Text, ours: Sequence[AppInStore], names: Mapping[str, str]) -> None:
    """The scores that the stores show, apart from the means of reviews."""
    rows = sorted(
        (r for r in ours if r.displayed_score is not None),
        key=lambda r: (-(r.displayed_score or 0), names[r.app].casefold(), r.store),
    )
    st.header(t("peers.displayed"))
    if not rows:
        st.html(html.source([t("peers.no_displayed")]))
        return
    heads = [t("scope.app"), t("scope.store"), t("chart.displayed"), t("peers.shown_on")]
    cells: list[list[Cell]] = [
        [names[r.app], t.store(r.store), t.score(r.displayed_score), _shown(t, r)] for r in rows
    ]
    st.html(html.table(t("peers.displayed_caption"), heads, cells, (2,)))
    told = [Worded(r, names[r.app]) for r in rows]
    figures.evidence(t, "app_scores", table(t, told, SCORES, name=lambda r: r.words))


def _shown(t: Text, row: AppInStore) -> str:
    where = t.place(f"country:{row.displayed_country}") if row.displayed_country else ""
    return " · ".join(w for w in (t.day(row.displayed_at), where) if w)


if __name__ == "__main__":
    show()
