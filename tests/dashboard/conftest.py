"""Published files by what they hold, and a screen that shows one of them without a browser."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock
from streamlit.testing.v1 import AppTest

from dashboard import app
from tests.builders import review, snapshot
from tests.conftest import shared_base
from tests.dashboard import published
from tests.dashboard.published import NOW, World
from warehouse import reads
from warehouse.schema import marts

APP = Path(__file__).resolve().parents[2] / "dashboard" / "app.py"
# The names of the pages in the address, and their files.
PAGES = {name: f"views/{view}/page.py" for name, (view, _) in app.PAGES.items()}
ALPHA_READER = '{"loopback": true, "local_role": "alpha_reader"}'
# What an older publication lacks.
LATER = (
    "vanished_reviews", "redactions", "audit", "consents", "erasures", "rating_series", "series_events",
    "change_points", "release_impact", "driver_comparisons", "drivers", "fix_first", "tradeoffs", "anomalies",
    "alpha_foretold", "alpha_topics", "alarms", "release_watch", "verdict_history", "model_quality",
    "text_languages", "model_errors", "corrected_shares", "corrections",
    "ratings_quarter_hourly", "topics_quarter_hourly",
)  # fmt: skip
LATER_COLUMNS = (
    ("coverage", "lag_s"),
    ("ratings_daily", "n_not_covered"),
    ("overview", "n_not_covered_30d"),
)
Screen = Callable[..., AppTest]


def _only_displayed() -> World:
    """An app of which only displayed scores are known, dated by the release of the version shown."""
    days = (published.timedelta(days=d) for d in (200, 90, 1))
    scores = zip(days, (2.78, 3.1, 4.21), strict=True)
    shots = [
        snapshot(
            observed_at=NOW - ago, seen_at=NOW, displayed_score=score, observed_at_basis="version_updated"
        )
        for ago, score in scores
    ]
    return World(
        snapshots=shots,
        coverage=[published.coverage("b0", asked_for="snapshots", finished_at=NOW, covered_until=NOW)],
    )


def _never() -> World:
    """An app that a run asked for and got nothing of, ever."""
    ended = {"outcome": "failed", "reason": "shape_changed", "got": 0, "covered_until": None}
    return World(coverage=[published.coverage("b0", finished_at=NOW, **ended)])


def _unclassified() -> World:
    """Reviews that no model has read, of long ago."""
    at = NOW - published.timedelta(days=60)
    rows = [review(f"u{n}", rating=None if n == 3 else 2, reviewed_at=at, seen_at=NOW) for n in range(4)]
    return World(reviews=rows, coverage=[published.coverage("b0", finished_at=at, covered_until=at)])


def _foreign() -> World:
    """Reviews in a language that the model's card does not cover, all of them."""
    at = NOW - published.timedelta(days=2)
    rows = [
        review(f"f{n}", text=published.FOREIGN, rating=n + 1, reviewed_at=at, seen_at=NOW) for n in range(3)
    ]
    ended = published.coverage("b0", finished_at=NOW, covered_until=NOW)
    return World(reviews=rows, coverage=[ended], says=lambda _: ("not_covered", ()))


def _uncounted() -> World:
    """A displayed score that moved, without its numbers of ratings: so imports of scores give it."""
    scores = ((120, 2.2), (90, 2.3), (30, 4.1), (1, 4.2))
    shots = [
        snapshot(
            observed_at=NOW - published.timedelta(days=ago),
            seen_at=NOW,
            displayed_score=score,
            ratings_count=None,
        )
        for ago, score in scores
    ]
    asked = published.coverage("b0", asked_for="snapshots", finished_at=NOW, covered_until=NOW)
    return World(snapshots=shots, coverage=[asked], is_analysed=True)


WORLDS: dict[str, Callable[[], World]] = {
    "full": lambda: published.story(days=420),
    "analysed": published.analysed,
    "many": lambda: published.portfolio(30),
    "empty": World,
    "hostile": published.hostile,
    "marked": published.marked,
    "displayed": _only_displayed,
    "uncounted": _uncounted,
    "never": _never,
    "unclassified": _unclassified,
    "foreign": _foreign,
}


def _age(path: Path) -> None:
    """Make a publication what an older version wrote: without the tables that came later."""
    path.chmod(0o644)
    with duckdb.connect(str(path)) as con:
        for table in LATER:
            con.execute(f"drop table if exists {table}")
        con.execute("delete from predictions where sentiment = 'not_covered'")
        for table, column in LATER_COLUMNS:
            con.execute(f"alter table {table} drop column {column}")


def _forget(path: Path, keeps: str) -> None:
    """Set what the marts declare nullable to null, except where `keeps`, a condition on `cell`, holds."""
    path.chmod(0o644)
    with duckdb.connect(str(path)) as con:
        for mart in marts():
            cells = ((c, f"hash(rowid, '{c}')") for c in mart.nullable)
            kept = [f'"{c}" = case when {keeps.format(cell=cell)} then "{c}" end' for c, cell in cells]
            if kept:
                con.execute(f"update {mart.name} set {', '.join(kept)}")


# Worlds in which what may be null is: everywhere, or in every other cell.
FORGOTTEN = {"unknown": "false", "half": "{cell} % 2 = 0"}


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The data folder of a world by its name; `none` has no publication, `old` an older one.

    Each is made once for all workers of a run.
    """
    base = shared_base(tmp_path_factory) / "worlds"
    base.mkdir(exist_ok=True)

    def folder(name: str) -> Path:
        data = base / name
        with FileLock(data.with_suffix(".lock")):
            if not data.exists():
                making = base / f"making-{name}"
                making.mkdir()
                make(making, name)
                making.rename(data)
        return data

    def make(data: Path, name: str) -> None:
        if name in FORGOTTEN:
            shutil.copytree(folder("analysed"), data, symlinks=True, dirs_exist_ok=True)
            _forget(reads.current(data), FORGOTTEN[name])
        elif name == "old":
            _age(published.publish(data, published.marked()))
        elif name != "none":
            published.publish(data, WORLDS[name]())

    return folder


@pytest.fixture
def screen(worlds: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> Screen:
    """Show a page of a world: `screen("rating", "full", lang="ja", span="1y")`."""

    def show(page: str, world: str, locale: str = "en-GB", **address: str | list[str]) -> AppTest:
        data = worlds(world)
        if page == "alpha":
            monkeypatch.setenv("HOSHIYOMI_DASHBOARD", ALPHA_READER)
        at = AppTest.from_file(str(APP), default_timeout=60)
        at.context["locale"] = locale
        for key, value in address.items():
            at.query_params[key] = value
        if page != "overview":
            # The pages are known only after a run, which costs least where there is nothing to show; the
            # address must survive it.
            asked = dict(at.query_params)
            monkeypatch.setenv("HOSHIYOMI_DATA", str(worlds("none")))
            at.run().switch_page(PAGES[page])
            at.query_params = asked
        monkeypatch.setenv("HOSHIYOMI_DATA", str(data))
        return at.run()

    return show


def go(at: AppTest, page: str, /, **address: str | list[str]) -> AppTest:
    """Open another page, as its entry in the navigation does: without an address, or with that of a link."""
    at.switch_page(PAGES[page])
    at.query_params = dict(address)
    return at.run()


def spoken(at: AppTest, key: str) -> str:
    """What the address says under a key."""
    value = at.query_params[key]
    return value if isinstance(value, str) else value[-1]


def words(at: AppTest) -> str:
    """Everything that the page says, tags included."""
    said = [h.value for h in at.html if not h.value.startswith("<style>")] + [
        e.value for e in (*at.title, *at.header, *at.markdown)
    ]
    return "\n".join(said + [x.label for x in at.expander])
