"""Reports as the command line makes them: which week, which files, for whose eyes."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from flows.reports import make
from tests.dashboard.conftest import worlds
from tests.dashboard.report.conftest import WEEK
from tests.remedies.claims import command

__all__ = ["worlds"]
APP = "jp.example.marked"


def test_the_command_writes_what_is_asked_for(
    worlds: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSHIYOMI_DATA", str(worlds("marked")))
    out = tmp_path / "here"
    done = command("report", "--app", APP, "--week", "2026-W47", "--language", "ja", "--out", str(out))
    assert done.code == 0
    names = [f"{APP}-2026-W47-ja.html", f"{APP}-2026-W47-ja.md"]
    assert sorted(p.name for p in out.iterdir()) == names
    assert all(name in done.text for name in names)
    assert (out / names[0]).stat().st_mode & 0o077 == 0


def test_the_usual_week_is_the_last_whole_one_or_the_last_with_data(worlds: Callable[[str], Path]) -> None:
    with make.published(worlds("marked")) as once:
        assert make.usual_week(once, None, date(2026, 11, 24)) == WEEK
        # Where the data ends long ago its last week is told.
        assert str(make.usual_week(once, APP, date(2027, 3, 1))) == "2026-W48"


def test_a_file_name_is_safe_whatever_the_key(worlds: Callable[[str], Path]) -> None:
    with make.published(worlds("marked")) as once:
        made = make.report(once, WEEK.before(20), "en", app=APP)
    assert made.file_name == f"{APP}-{WEEK.before(20)}-en"
    for key in ("../../etc/passwd", "..", "a/b", "\x00", "アプリ"):
        name = replace(made, app=key).file_name
        assert not set("/\\\x00") & set(name) and not name.startswith(".")


def test_what_was_written_for_sending_goes_after_its_days(tmp_path: Path) -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    for name, days in (("old.html", 61), ("new.html", 59)):
        (tmp_path / name).write_text("x")
        at = (now - timedelta(days)).timestamp()
        os.utime(tmp_path / name, (at, at))
    make.prune(tmp_path, now, 60)
    assert [p.name for p in tmp_path.iterdir()] == ["new.html"]
