"""What a reader may see is kept below the questions: whatever is asked, other apps' rows are not there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import duckdb
import pytest

from tests.builders import coverage, review
from tests.warehouse.house import NOW, build_all, land
from warehouse import reads
from warehouse.publish import publish
from warehouse.schema import marts
from warehouse.visible import ABOUT_NO_APP, Visible, hide

OURS, THEIRS = "jp.example.ours", "jp.example.theirs"
# Rows that are summed over all apps: empty for somebody who may not see all of them.
SUMMED = {"erasures", "redactions", "rejected_rows"}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("data")
    land(data, "b1", *(review(f"r{n}", store_app_id=OURS, text="星がよい") for n in range(3)))
    land(data, "b2", *(review(f"s{n}", store_app_id=THEIRS, text="星がわるい") for n in range(5)))
    land(data, "b3", *(coverage(f"c{n}", store_app_id=a) for n, a in enumerate((OURS, THEIRS))))
    build_all(data)
    return publish(data, NOW).path


def _asked(path: Path, sql: str, visible: Visible) -> list[tuple[object, ...]]:
    with reads.connection(path) as con:
        hide(con, reads.named_sql("visible_apps"), visible, sql)
        return con.execute(sql).fetchall()


@pytest.mark.parametrize(
    ("visible", "n"),
    [
        (Visible(), 0),
        (Visible(apps=("unknown",)), 0),
        (Visible(apps=(OURS,)), 3),
        (Visible(apps=(THEIRS,)), 5),
        (Visible(apps=(OURS, THEIRS)), 8),
        (Visible(apps=("'; drop table reviews; --", OURS)), 3),
    ],
)
def test_only_rows_of_visible_apps_are_met(published: Path, visible: Visible, n: int) -> None:
    assert _asked(published, "select count(*) from reviews", visible) == [(n,)]
    assert _asked(published, 'SELECT count(*) FROM "Reviews"', visible) == [(n,)]
    assert _asked(published, "select count(*) from search_reviews('星')", visible) == [(n,)]


def test_every_published_table_shows_rows_of_visible_apps_or_says_nothing_of_apps(published: Path) -> None:
    """A table of a later version is empty until somebody decides what it may show."""
    for mart in marts():
        with reads.connection(published) as con:
            columns = {c for c, *_ in con.execute(f"describe {mart.name}").fetchall()}
        decided = "app" in columns or mart.name in ABOUT_NO_APP | SUMMED
        assert decided, f"{mart.name}: add a column app, or say in visible.py that it speaks of none"
        told = str(_asked(published, f"from {mart.name}", Visible(apps=(OURS,))))
        assert THEIRS not in told, mart.name
        assert mart.name not in SUMMED or told == "[]"


def test_sums_over_all_apps_are_null(published: Path) -> None:
    columns = "revision, published_at is null, n_reviews, n_apps, landing_files, fingerprint"
    sql = f"select {columns} from publication"
    assert _asked(published, sql, Visible(apps=(OURS,))) == [(1, False, None, None, None, None)]


def test_no_question_reaches_past_the_names_of_the_tables() -> None:
    for path in reads.QUERIES.glob("*.sql"):
        assert not re.search(r"\b(main|temp)\.", path.read_text(encoding="utf-8")), path.name


def test_a_publication_of_an_older_version_hides_the_same(published: Path, tmp_path: Path) -> None:
    """What stands in for a missing column stands over the visible rows, not over the table."""
    old = Path(shutil.copy(published, tmp_path / "old.duckdb"))
    old.chmod(0o644)
    with duckdb.connect(str(old)) as con:
        for column in ("search_bits_1", "search_bits_2"):
            con.execute(f"alter table reviews drop column {column}")
    named = set(re.findall(r"\$([a-z_]+)", reads.named_sql("review_search"))) - {"parameters"}
    given = dict.fromkeys(named) | {"count": 50, "skip": 0, "sort": "newest"}
    given |= {"first": NOW.date().replace(year=2000), "last": NOW.date().replace(year=2100)}
    for app, n in ((OURS, 3), (THEIRS, 0)):
        found = reads.rows(old, "review_search", Visible(apps=(OURS,)), **given | {"app": app})
        assert len(found) == n, app
