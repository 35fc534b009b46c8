"""Every worked question runs on the sample data and gives the answer that stands beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.questions.answers import FOLDER, Question, answered, index, page, questions, same, told
from tests.questions.sample import configured, make

QUESTIONS = questions()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample of one night, published: some ten seconds of work, once."""
    return make(configured(tmp_path_factory.mktemp("sample")))


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.path.stem)
def test_a_question_gives_its_answer(file: Path, question: Question) -> None:
    heads, rows = answered(question, file)
    wanted_heads, wanted = told(question)
    hint = "python -m tests.questions.answers writes the answers anew; look at what changed"
    assert heads == wanted_heads, hint
    assert len(rows) == len(wanted), hint
    differ = [
        f"row {n}, {head}: {there} was told, {here} is answered"
        for n, (row, other) in enumerate(zip(rows, wanted, strict=True), start=1)
        for head, here, there in zip(heads, row, other, strict=True)
        if not same(here, there)
    ]
    assert not differ, (differ, hint)


def test_there_are_twenty_six_and_each_says_its_question_in_both_languages() -> None:
    assert [q.path.stem[:2] for q in QUESTIONS] == [f"{n:02}" for n in range(1, 27)]
    for question in QUESTIONS:
        assert question.en.isascii(), question.path.name
        assert not question.ja.isascii(), question.path.name
        assert question.answer.read_text(encoding="utf-8").startswith(f"# {question.en}\n"), (
            question.path.name
        )


def test_the_list_names_them_all() -> None:
    assert (FOLDER / "README.md").read_text(encoding="utf-8") == index()


def test_an_answer_is_read_as_it_was_written(tmp_path: Path) -> None:
    question = Question(tmp_path / "q.sql", "What?", "何？", "select 1")
    question.answer.write_text(page(question, ["a", "b"], [["1", ""], ["x y", "2.5"]]), encoding="utf-8")
    assert told(question) == (["a", "b"], [["1", ""], ["x y", "2.5"]])


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("better", "better", True), ("better", "worse", False), ("", "1", False), ("101", "103", True),
        ("101", "110", False), ("0.31", "0.33", True), ("0.31", "0.36", False), ("3", "", False),
        ("2026-01-01", "2026-01-02", False),
    ],
)  # fmt: skip
def test_what_counts_as_the_same(one: str, other: str, is_same: bool) -> None:
    assert same(one, other) is is_same
