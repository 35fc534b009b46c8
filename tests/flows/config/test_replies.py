"""Templates of replies: what is wrong is named with its entry, what is right reaches the dashboard."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.components.replying import Template, templates
from flows.config.replies import FIELDS, Replies, read_replies
from flows.errors import ConfigError
from tests.conftest import CHECKOUT

TOPICS = ("login", "crash")
GOOD = """
[[reply]]
name = "ask"
language = "ja"
topics = ["login"]
text = "{app} {version}（{store}）について確認しています。"
"""


def _read(folder: Path, text: str) -> Replies:
    (folder / "replies.toml").write_text(text, encoding="utf-8")
    return read_replies(folder, TOPICS)


def test_templates_reach_the_dashboard_as_they_stand_in_the_file(tmp_path: Path) -> None:
    (found,) = templates(_read(tmp_path, GOOD).told())
    text = "{app} {version}（{store}）について確認しています。"
    assert found == Template(name="ask", text=text, language="ja", topics=("login",))


def test_without_a_file_there_are_none_and_the_example_holds_none_until_somebody_says_so(
    tmp_path: Path,
) -> None:
    assert read_replies(tmp_path, TOPICS) == Replies()
    assert read_replies(CHECKOUT / "config", TOPICS) == Replies()
    example = (CHECKOUT / "config" / "replies.toml").read_text(encoding="utf-8")
    shown = "\n".join(line[2:] for line in example.splitlines() if line.startswith("# "))
    used = shown[shown.index("[[reply]]") :]
    assert [r.language for r in _read(tmp_path, used).reply] == ["en", "ja"]


@pytest.mark.parametrize(
    ("line", "with_", "says"),
    [
        ("{version}", "{verson}", "names {verson}, which no reply has"),
        ("{version}", "{version", "holds a brace without its other one"),
        ("{version}", "{version!r}", "names {version}, which no reply has"),
        ('["login"]', '["logn"]', "reply 1: topics names 'logn', no key of topics.toml"),
        ('"ja"', '"Japanese"', "is no language such as ja"),
        ("確認", "x" * 6_000, "has at most 5970 characters"),
    ],
)
def test_a_mistake_is_named_with_its_entry(tmp_path: Path, line: str, with_: str, says: str) -> None:
    with pytest.raises(ConfigError) as raised:
        _read(tmp_path, GOOD.replace(line, with_))
    assert says in str(raised.value)
    assert "replies.toml, reply 1" in str(raised.value)


def test_two_of_one_name_and_too_many_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'ask' is given twice"):
        _read(tmp_path, GOOD * 2)
    many = "".join(GOOD.replace('"ask"', f'"{n}"').replace("確認", "x" * 5_000) for n in range(13))
    with pytest.raises(ConfigError, match=r"at most 60,000 characters"):
        _read(tmp_path, many)


def test_the_fields_are_those_that_the_dashboard_fills() -> None:
    assert FIELDS == ("app", "store", "version")
