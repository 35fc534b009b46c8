"""What is told to somebody who wants a weekly report, done to the letter."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from flows.reports import pdf
from tests.builders import review
from tests.remedies.claims import carries_out, command
from tests.warehouse.house import NOW, build_all, land
from warehouse.publish import publish
from warehouse.reads import current, rows

INPUT, MENDABLE = 3, 1
WORKING = (
    '#!/bin/sh\nfor w in "$@"; do case $w in --print-to-pdf=*) echo \'%PDF-1.4\' > "${w#*=}";; esac; done\n'
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a publication."""
    data = tmp_path_factory.mktemp("reported")
    land(data, "b1", review("r1"))
    build_all(data)
    publish(data, NOW)
    return data


@pytest.fixture
def key(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The key of the app in the data folder; the working folder is empty."""
    monkeypatch.setenv("HOSHIYOMI_DATA", str(data))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return str(rows(current(data), "overview")[0]["app"])


def _report(*words: str) -> int:
    return command("report", *words, "--language", "en", "--format", "md").code


@carries_out("A report is of one app or of all. Remedy: --app KEY, or --portfolio.")
def test_a_report_is_of_one_app_or_of_all(key: str) -> None:
    assert _report() == INPUT
    assert _report("--app", key, "--portfolio") == INPUT
    assert _report("--app", key) == 0
    assert _report("--portfolio") == 0


@carries_out("--language {} is unknown{}. Remedy: ja or en.")
def test_a_report_is_japanese_or_english(key: str) -> None:
    assert command("report", "--app", key, "--language", "jp").code == INPUT
    assert command("report", "--app", key, "--language", "ja", "--format", "md").code == 0


@carries_out(
    "--week {} is no week of the calendar. Remedy: year and number as ISO 8601 counts them, such as 2026-W40."
)
def test_a_week_is_one_of_the_calendar(key: str) -> None:
    for wrong in ("2026-W60", "40", "2025-W53"):
        assert _report("--app", key, "--week", wrong) == INPUT
    assert _report("--app", key, "--week", "2026-W40") == 0


@carries_out(
    "--format names nothing. Remedy: one or more of html,pdf,md.",
    "--format {} is unknown{}. Remedy: one or more of html,pdf,md.",
)
def test_a_format_is_one_that_there_is(key: str) -> None:
    for wrong in (",", "docx"):
        assert command("report", "--app", key, "--format", wrong).code == INPUT
    assert command("report", "--app", key, "--language", "en", "--format", "html,md").code == 0
    assert sorted(p.suffix for p in Path().iterdir()) == [".html", ".md"]


@carries_out(
    "--app {}: no app of this key is published{}. Remedy: a key of apps.toml, or the store's id of an app "
    "that was imported."
)
def test_an_app_is_one_that_is_published(key: str) -> None:
    assert _report("--app", key[:-1]) == INPUT
    assert _report("--app", key) == 0


@carries_out(
    "There is no Chromium on this machine, so no PDF was made. Remedy: install it (Debian: `apt install "
    "chromium fonts-noto-cjk`), or name it by CHROMIUM=/path/to/chromium; the HTML prints as well from any "
    "browser.",
    "{} made no PDF ({}). Remedy: see whether it starts with --headless=new, or name another one by "
    "CHROMIUM=/path/to/chromium; the HTML prints as well from any browser.",
)
def test_a_pdf_is_made_by_the_chromium_that_is_named(
    key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked() -> int:
        return command("report", "--app", key, "--language", "en", "--format", "pdf,html").code

    empty = tmp_path / "bin"
    empty.mkdir()
    monkeypatch.setattr(pdf, "_MAC", empty / "none")
    with monkeypatch.context() as without:
        without.setenv("PATH", str(empty))
        without.delenv("CHROMIUM", raising=False)
        assert asked() == MENDABLE
        # What needs no Chromium is there all the same.
        assert [p.suffix for p in Path().iterdir()] == [".html"]
    broken, working = empty / "broken", empty / "working"
    for program, text in ((broken, "#!/bin/sh\necho cannot >&2\nexit 3\n"), (working, WORKING)):
        program.write_text(text)
        program.chmod(0o700)
    monkeypatch.setenv("CHROMIUM", str(broken))
    assert asked() == MENDABLE
    monkeypatch.setenv("CHROMIUM", shutil.which("chromium") or str(working))
    assert asked() == 0
    (made,) = Path().glob("*.pdf")
    assert made.read_bytes().startswith(b"%PDF-")
