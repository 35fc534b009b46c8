"""What Tab offers, and a prompt that is typed into."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from flows.answers.completion import Catalogue, suggestions
from flows.answers.shell import history_file, run
from warehouse.errors import QueryError

KNOWN = Catalogue(
    {"reviews": ["app", "rating", "reviewed_at"], "ratings_daily": ["app", "day", "n"]},
    ["search_reviews(", "stars_interval("],
    ["select", "from", "round"],
)


@pytest.mark.parametrize(
    ("before", "after", "offered"),
    [
        ("sel", "", ["select"]),
        ("select * from r", "", ["reviews", "ratings_daily"]),
        ("from sear", "", ["search_reviews("]),
        ("select r", " from reviews", ["rating", "reviewed_at", "reviews", "ratings_daily", "round"]),
        ("select r.r", " from reviews r", ["rating", "reviewed_at"]),
        ("select ratings_daily.", "", ["app", "day", "n"]),
        ("select * from reviews join ra", "", ["ratings_daily"]),
        ("select app, da", " from ratings_daily", ["day"]),
        ("select 'fro", "", []),
        (".ta", "", [".tables"]),
        ("", "", []),
    ],
)
def test_tab_offers_what_may_stand_there(before: str, after: str, offered: list[str]) -> None:
    assert suggestions(before, before + after, KNOWN)[1] == offered


def typed(keys: str, history: Path, later: str = "") -> tuple[list[tuple[str, str]], str]:
    """What is asked, and what is said, when somebody types `keys` at the prompt and a moment later the
    rest."""
    asked: list[tuple[str, str]] = []
    said: list[str] = []

    def ask(text: str, form: str) -> str:
        asked.append((text, form))
        if "broken" in text:
            raise QueryError("The query does not run.")
        return "an answer\n"

    with create_pipe_input() as pipe:
        pipe.send_text(keys)
        if later:
            threading.Timer(0.5, pipe.send_text, [later]).start()
        run(ask, KNOWN, said.append, history=history, input_=pipe, output=DummyOutput())
    return asked, "".join(said)


def test_a_statement_of_several_lines_is_asked_when_it_ends(tmp_path: Path) -> None:
    asked, said = typed("select 1\r as a;\r.format json\rfrom t;\r.quit\r", tmp_path / "h")
    assert asked == [("select 1\n as a;", "table"), ("from t;", "json")]
    assert said.endswith("an answer\nan answer\n")


def test_what_fails_is_told_and_the_prompt_goes_on(tmp_path: Path) -> None:
    asked, said = typed("broken;\r.schema reviews\r.schema x'y\r\x04", tmp_path / "h")
    assert "hoshiyomi: The query does not run.\n" in said
    assert "table_name = 'reviews'" in asked[1][0]
    assert len(asked) == 2, "a name that is none asks nothing"


def test_tab_completes_and_history_is_kept_for_its_writer_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    history = history_file()
    assert history.stat().st_mode & 0o077 == 0
    asked, _ = typed("from search_re\t", history, later="'x');\r.quit\r")
    assert asked == [("from search_reviews('x');", "table")]
    assert "search_reviews('x')" in history.read_text("utf-8")
    assert history.stat().st_mode & 0o077 == 0
