"""Importing: repeatable, resumable, counted; and the figures of real dumps."""

from __future__ import annotations

import csv
import gzip
import os
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from flows.cli.imports import as_lines, records_as_lines
from flows.collection.dump_import import Imported, import_file, preview
from flows.sources.dumps import files
from flows.sources.dumps.files import Options
from tests.flows.processes import linux_only, of_folder, wait_for
from warehouse.landing import Landing
from warehouse.news import News
from warehouse.records import UNKNOWN_APP
from warehouse.schema import build
from warehouse.writes import writer

REAL = Path(__file__).resolve().parents[3] / "../shared/data/reviews"
needs_real = pytest.mark.skipif(
    not REAL.is_dir(), reason="the dumps for development lie beside the checkout, in ../shared"
)
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def silent(rows: int) -> None:
    pass


def bring(path: Path, data: Path, progress: Callable[[int], None] = silent, **options: object) -> Imported:
    return import_file(path, Options(**options), Landing(data), run_id="run", progress=progress)  # type: ignore[arg-type]


def dump(folder: Path, rows: int = 25, bad: int = 0) -> Path:
    """A dump of so many reviews of two apps and so many rows with six stars."""
    path = folder / "dump.csv"
    lines = [f"app{n % 2},gp:{n},text {n},{n % 5 + 1},2026-01-{n % 28 + 1:02d} 10:00:00" for n in range(rows)]
    lines += [f"app0,gp:bad{n},text,6,2026-01-01" for n in range(bad)]
    path.write_text("\n".join(["app_id,review_id,content,score,at", *lines, ""]))
    os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    return path


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_ROWS_A_PART", 10)


def landed(data: Path) -> dict[str, bytes]:
    """Every landing file but the coverage, which names its run and the time it took."""
    base = data / "landing"
    return {
        str(p.relative_to(base)): p.read_bytes()
        for p in sorted(base.glob("*/*/*"))
        if p.relative_to(base).parts[0] != "coverage"
    }


def coverage(data: Path, batch: str) -> list[dict[str, object]]:
    return list(Landing(data).read("coverage", batch, "coverage"))


def test_importing_again_changes_nothing(tmp_path: Path) -> None:
    path = dump(tmp_path)
    first = bring(path, tmp_path / "data")
    before = landed(tmp_path / "data")
    again = bring(path, tmp_path / "data")
    assert (first.done_before, first.reviews) == (False, 25)
    assert again.done_before
    assert landed(tmp_path / "data") == before


def test_a_later_reading_of_the_same_file_with_other_options_wins(tmp_path: Path) -> None:
    path, data = dump(tmp_path), tmp_path / "data"
    bring(path, data)
    again = bring(path, data, zone=ZoneInfo("Asia/Tokyo"), language="ja")
    with writer(data) as w:
        w.load(NOW)
        hours = w.con.execute("select distinct hour(reviewed_at), language from core.reviews").fetchall()
    assert (again.done_before, again.other_readings) == (False, 1)
    assert hours == [(1, "ja")]


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("after", [10, 20, 25])
@pytest.mark.usefixtures("small_parts")
def test_an_import_that_was_killed_ends_in_the_same_files(after: int, tmp_path: Path) -> None:
    path = dump(tmp_path, bad=3)

    def kill(rows: int) -> None:
        if rows >= after:
            raise Killed

    with pytest.raises(Killed):
        bring(path, tmp_path / "killed", kill)
    assert not list((tmp_path / "killed/landing").glob("coverage/*/*"))
    resumed = bring(path, tmp_path / "killed")
    bring(path, tmp_path / "whole")
    assert (resumed.done_before, resumed.reviews, resumed.rejected.total()) == (False, 25, 3)
    assert landed(tmp_path / "killed") == landed(tmp_path / "whole")


@pytest.mark.usefixtures("small_parts")
def test_progress_tells_the_rows_read_so_far(tmp_path: Path) -> None:
    told: list[int] = []
    bring(dump(tmp_path, bad=3), tmp_path / "data", told.append)
    assert told == [10, 20, 28]


def test_coverage_speaks_for_each_app_and_up_to_its_last_review(tmp_path: Path) -> None:
    done = bring(dump(tmp_path, rows=4), tmp_path / "data")
    rows = coverage(tmp_path / "data", done.batch)
    assert [(r["store_app_id"], r["got"], r["outcome"], r["reason"], r["covered_until"]) for r in rows] == [
        ("app0", 2, "complete", "end_confirmed", "2026-01-03T10:00:00Z"),
        ("app1", 2, "complete", "end_confirmed", "2026-01-04T10:00:00Z"),
    ]


def test_rows_put_aside_make_the_coverage_partial(tmp_path: Path) -> None:
    done = bring(dump(tmp_path, rows=2, bad=2), tmp_path / "data")
    rows = coverage(tmp_path / "data", done.batch)
    assert {(r["outcome"], r["reason"], r["rejected"]) for r in rows} == {("partial", "rejected_rows", 2)}
    assert dict(done.rejected) == {
        ("rating_out_of_range", "Stars are whole numbers from 1 to 5; mend the value at its source."): 2
    }


def test_a_dump_without_a_single_good_row_still_leaves_its_outcome(tmp_path: Path) -> None:
    done = bring(dump(tmp_path, rows=0, bad=2), tmp_path / "data")
    (row,) = coverage(tmp_path / "data", done.batch)
    assert (row["store_app_id"], row["got"], row["rejected"]) == (UNKNOWN_APP, 0, 2)
    assert bring(dump(tmp_path, rows=0, bad=2), tmp_path / "data").done_before


def test_rows_put_aside_reach_the_warehouse_under_their_batch(tmp_path: Path) -> None:
    done = bring(dump(tmp_path, rows=2, bad=1), tmp_path / "data")
    with writer(tmp_path / "data") as w:
        w.load(NOW)
        rows = w.con.execute(
            "select batch, file, row_number, field, reason from core.rejected_rows"
        ).fetchall()
    assert rows == [(done.batch, "dump.csv", 4, "rating", "rating_out_of_range")]


def test_the_files_time_is_when_it_was_seen_unless_the_user_knows_better(tmp_path: Path) -> None:
    path = dump(tmp_path, rows=1)
    plain = bring(path, tmp_path / "data")
    told = bring(path, tmp_path / "data", seen_at=datetime(2026, 1, 5, tzinfo=UTC))
    seen = [
        next(Landing(tmp_path / "data").read("reviews", d.batch, "00000"))["seen_at"] for d in (plain, told)
    ]
    assert seen == ["2026-03-01T00:00:00Z", "2026-01-05T00:00:00Z"]


@pytest.mark.usefixtures("small_parts")
def test_helpers_land_the_same_files_as_one_process_alone(tmp_path: Path) -> None:
    path = dump(tmp_path, rows=95, bad=7)
    done = []
    for name, processes in (("alone", 1), ("helped", 2)):
        landing = Landing(tmp_path / name)
        done.append(import_file(path, Options(), landing, run_id="run", progress=silent, processes=processes))
    assert landed(tmp_path / "alone") == landed(tmp_path / "helped")
    assert done[0] == done[1] and done[0].reviews == 95


def test_every_review_of_a_file_is_new_known_edited_or_a_duplicate(tmp_path: Path) -> None:
    data = tmp_path / "data"
    rows = [("gp:1", "a", 5, "07"), ("gp:2", "b", 4, "08"), ("gp:3", "c", 3, "09")]

    def bring_rows(name: str, *found: tuple[str, str, int, str]) -> Imported:
        path = tmp_path / name
        lines = [f"app,{i},{t},{n},2026-01-01 10:00:{s}" for i, t, n, s in found]
        path.write_text("\n".join(["app_id,review_id,content,score,at", *lines, ""]))
        return bring(path, data)

    first = bring_rows("one.csv", *rows, rows[0])
    assert first.news == News(new=3, known=0, edited=0, duplicates=1)
    edited, twin = ("gp:2", "b mended", 5, "30"), ("gp:9", "c", 3, "09")
    second = bring_rows("two.csv", rows[0], edited, rows[2], twin, ("gp:7", "d", 1, "11"))
    # Nothing is published yet: what was landed is known.
    assert second.news == News(new=1, known=2, edited=1, duplicates=1)
    with writer(data) as w:
        w.load(NOW)
        assert w.con.execute("select count(*) from core.reviews").fetchone() == (4,)
        assert w.con.execute("select count(*) from core.review_duplicates").fetchone() == (1,)


def test_a_preview_shows_the_first_records_and_lands_nothing(tmp_path: Path) -> None:
    path = dump(tmp_path, rows=25, bad=2)
    done, first = preview(path, Options())
    assert (done.reviews, done.rejected.total(), len(first)) == (25, 2, 10)
    assert [getattr(r, "review_id", "") for r in first] == [f"gp:{n}" for n in range(10)]
    assert list(tmp_path.iterdir()) == [path]
    said = "\n".join([*records_as_lines(first), *as_lines(done, is_dry_run=True)])
    assert "text=text 9" in said and "2 rows put aside: rating_out_of_range" in said


def means_by_version(path: Path, app: str) -> dict[str, tuple[int, float]]:
    """(n, mean rating) by version, worked out from the CSV alone; one review under two ids counts once, as
    the one with the store's own id."""
    stars: dict[str, list[int]] = defaultdict(list)
    met = set()
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["app_id"] == app]
        for row in sorted(rows, key=lambda r: (r["review_id"].startswith("anon:"), r["review_id"])):
            said = (row["at"], row["score"], row["content"])
            if row["content"].strip() and said in met:
                continue
            met.add(said)
            if row["app_id"] == app:
                stars[row["review_version"]].append(int(row["score"]))
    return {version: (len(s), sum(s) / len(s)) for version, s in stars.items()}


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The real dumps, imported, loaded and built into marts."""
    data = tmp_path_factory.mktemp("real")
    for name in ("covid_apps_reviews.csv.gz", "covid_apps_versions.csv", "stopcovid_rating_series.csv"):
        bring(REAL / name, data)
    with writer(data) as w:
        w.load(NOW)
        build(w.con)
    yield data


@needs_real
def test_the_mean_rating_of_each_version_equals_the_figures_of_the_dump(real: Path) -> None:
    expected = means_by_version(REAL / "covid_apps_reviews.csv.gz", "ru.mos.app")
    with writer(real) as w:
        rows = w.con.execute(
            "select coalesce(version, ''), n, mean from ratings_by_version where app = 'ru.mos.app'"
        ).fetchall()
    assert {version: (n, round(mean, 9)) for version, n, mean in rows} == {
        version: (n, round(mean, 9)) for version, (n, mean) in expected.items()
    }
    shown = {version: round(mean, 2) for version, _, mean in rows}
    assert (shown["1.4.2"], shown["1.5.1"], shown["1.6"]) == (2.08, 3.04, 3.77)
    assert expected["1.4.2"][0] == 397


@needs_real
def test_the_displayed_score_of_a_relaunched_app_is_series_a(real: Path) -> None:
    with writer(real) as w:
        rows = w.con.execute(
            "select round(displayed_score, 2) from rating_snapshots"
            " where store_app_id = 'fr.gouv.android.stopcovid' and observed_at >= '2020-09-15'"
            " and observed_at < '2021-03-01' and source = 'file:displayed_series' order by observed_at"
        ).fetchall()
    assert rows[0] == (2.78,)
    assert rows[-1] == (4.21,)


@needs_real
def test_no_row_of_the_real_dumps_is_lost(real: Path) -> None:
    with writer(real) as w:
        counts = "select (select count(*) from core.reviews), (select count(*) from core.review_duplicates)"
        # 167 came under two ids: the same second, stars and words in one app
        assert w.con.execute(counts).fetchone() == (52_700 - 167, 167)
        assert w.con.execute("select count(*) from core.rejected_rows").fetchone() == (0,)


@needs_real
def test_a_dump_of_other_peoples_columns_goes_in_with_three_options(tmp_path: Path) -> None:
    done = bring(REAL / "idea_youtube.csv.gz", tmp_path, store="app_store", store_app_id="544007664")
    assert (done.format, done.reviews, done.rejected.total()) == ("generic", 5_000, 0)


def test_a_file_without_titles_has_not_edited_those_that_are_known(tmp_path: Path) -> None:
    titled, bare = tmp_path / "titled.csv", tmp_path / "bare.csv"
    titled.write_text("review_id,date,rating,title,text\n11000000001,2024-02-01 10:00:00,1,Stops,it stops\n")
    bare.write_text("review_id,date,rating,text\n11000000001,2024-02-01 10:00:00,1,it stops\n")
    options = Options(store="app_store", store_app_id="1500000001")
    for path, wanted in ((titled, News(1, 0, 0, 0)), (bare, News(0, 1, 0, 0))):
        done = import_file(path, options, Landing(tmp_path), run_id="r", progress=lambda rows: None)
        assert done.news == wanted


@linux_only
def test_ctrl_c_ends_every_helper_without_a_traceback(tmp_path: Path) -> None:
    path = tmp_path / "dump.csv"
    path.write_text('app_id,content,score,at\njp.example.app,"open' + "ab\n" * 3_000_000, encoding="utf-8")
    running = subprocess.Popen(
        [Path(sys.executable).parent / "hoshiyomi", "import", path],
        env=os.environ | {"HOSHIYOMI_DATA": str(tmp_path / "data")},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert running.stderr is not None
    # It has helpers as soon as it reads.
    wait_for(lambda: len(of_folder(tmp_path / "data")) > 1, 60)
    os.killpg(running.pid, signal.SIGINT)
    told = running.stderr.read()
    assert running.wait(60) == 130
    assert "Traceback" not in told
    assert "Stopped in dump.csv: nothing of it counts before it is whole" in told
    assert not [*(tmp_path / "data").glob("landing/reviews/*")]
