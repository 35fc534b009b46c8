"""`hoshiyomi analyse` and `hoshiyomi change-points` as a person runs them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import hoshiyomi


@pytest.fixture(scope="module")
def data(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished demo of our own."""
    folder = tmp_path_factory.mktemp("analysed") / "data"
    shutil.copytree(demo, folder, symlinks=True)
    return folder


def test_analysing_what_was_analysed_publishes_nothing(data: Path) -> None:
    done = hoshiyomi("analyse", data=data)
    assert "nothing changed since revision" in done.stderr
    assert "collecting" not in done.stderr


def test_a_seed_without_an_audit_is_refused(data: Path) -> None:
    done = hoshiyomi("analyse", "--seed", "7", data=data, code=3)
    assert "--seed belongs to --audit" in done.stderr


def test_the_redesign_stands_in_the_table_of_change_points(data: Path) -> None:
    told = hoshiyomi("change-points", "--app", "sample", "--format", "json", data=data).stdout
    found = {(c["store"], c["series"], c["nearest_release"]) for c in json.loads(told)}
    assert {("google_play", "A", "2.0.0"), ("google_play", "B", "2.0.0")} <= found


def test_change_points_make_a_page(data: Path) -> None:
    page = hoshiyomi("change-points", "--format", "markdown", data=data).stdout
    assert page.startswith("# Change points\n")
    assert "(`sample`)" in page


def test_an_app_without_a_change_gives_an_empty_table(data: Path) -> None:
    assert "(0 rows)" in hoshiyomi("change-points", "--app", "nobody", data=data).stdout
