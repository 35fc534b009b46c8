"""The words and points that the charts of the Rating page are drawn from. Pure: rows in, rows out."""

from __future__ import annotations

from datetime import UTC, date

from dashboard import axes
from dashboard.data import Row, Scope
from dashboard.text import Text


def chart_words(t: Text) -> dict[str, str]:
    """The words that the charts need."""
    keys = (
        "rating", "displayed", "reviewed", "when", "n", "mean", "low", "high", "version", "stars", "share",
        "before",
    )  # fmt: skip
    return {k: t(f"chart.{k}") for k in keys}


def legend_entries(t: Text, displayed: list[Row], grain: str) -> list[tuple[str, str, str]]:
    """Names of what is drawn, in the order of importance."""
    entries = []
    for place, store in enumerate(dict.fromkeys(d["store"] for d in displayed)):
        country = next(d["country"] for d in displayed if d["store"] == store)
        where = t.store(store) + (f", {t.place(f'country:{country}')}" if country else "")
        entries.append((f"a{place}", t("legend.displayed", where=where), t("legend.displayed_note")))
    entries.append(("b", t("legend.reviewed"), t(f"legend.reviewed_{grain}")))
    entries.append(("small", t("legend.small"), t("legend.small_note", n=axes.SMALL)))
    entries.append(("release", t("legend.release"), ""))
    return entries


def with_words(t: Text, period: Row) -> Row:
    """A period with its middle and its days in words."""
    first, last = period["first_day"], period["last_day"]
    middle = axes.middle(first, last)
    return {**period, "middle": middle, "tip": t.day(first) if first == last else t.days(first, last)}


def displayed_point(t: Text, snapshot: Row) -> Row:
    """A snapshot with its moment in words."""
    when = t.day(snapshot["observed_at"])
    if snapshot["observed_at_basis"] != "observed":
        when = t("chart.on_or_after", day=when)
    return {
        "store": snapshot["store"],
        "at": snapshot["observed_at"],
        "score": snapshot["displayed_score"],
        "tip": f"{t.store(snapshot['store'])} · {when}",
    }


def release_marks(t: Text, releases: list[Row]) -> list[Row]:
    """One mark a day: versions that came out in both stores on one day share it."""
    marks: dict[date, list[Row]] = {}
    for r in releases:
        marks.setdefault(r["released_at"].astimezone(UTC).date(), []).append(r)
    drawn = []
    for day, of_day in marks.items():
        versions = list(dict.fromkeys(r["version"] for r in of_day))
        stores = list(dict.fromkeys(t.store(r["store"]) for r in of_day))
        tip = t("chart.release", version=t.listed(versions), store=t.listed(stores), day=t.day(day))
        drawn.append({"at": of_day[0]["released_at"], "label": versions[-1], "tip": tip})
    return drawn


def version_labels(t: Text, rows: list[Row]) -> list[Row]:
    """Versions with their labels; the store is named where there are several."""
    several = len({r["store"] for r in rows}) > 1
    return [
        {**r, "label": t.version(r["version"]) + (f" · {t.store(r['store'])}" if several else "")}
        for r in rows
    ]


def compared(t: Text, scope: Scope, n: int | None) -> str:
    """With which days the span is compared; `n` is how many classified reviews those have."""
    before = scope.before()
    if not n:
        return t("topics.no_before")
    return t("topics.compared", span=t.days(before.first, before.last), n=t.number(n))


def date_format(t: Text, days: int) -> str:
    """How a time axis writes its days (d3 format): by day on short spans, else by month."""
    return t("dates.axis_day") if days <= 120 else t("dates.axis_month")
