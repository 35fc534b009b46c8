"""The questions of docs/questions and their answers, as Markdown tables. Rewrite the answers with

python -m tests.questions.answers
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from warehouse.reads import Limits, ask

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "questions"
_INDEX = FOLDER / "README.md"
_RELATIVE, _ABSOLUTE, _COUNT = 0.05, 0.03, 3
"""By how much a number may differ: the model's sums differ in the last bits from processor to processor, so
that a text here and there falls on the other side of a threshold."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question: its words in both languages and its SQL."""

    path: Path
    en: str
    ja: str
    sql: str

    @property
    def answer(self) -> Path:
        """Where its answer on the sample data stands."""
        return self.path.with_suffix(".md")


def questions() -> list[Question]:
    """All of them, by number."""
    found = []
    for path in sorted(FOLDER.glob("*.sql")):
        sql = path.read_text(encoding="utf-8")
        en, ja, *_ = (line.removeprefix("-- ") for line in sql.splitlines())
        found.append(Question(path, en, ja, sql))
    return found


def answered(question: Question, file: Path) -> tuple[list[str], list[list[str]]]:
    """Heads and cells of the answer that a published file gives."""
    names, rows = ask(file, question.sql, limits=Limits(seconds=120))
    return names, [[_cell(v) for v in row] for row in rows]


def page(question: Question, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The answer as it stands in the documents."""
    lines = [
        f"# {question.en}", "", question.ja, "",
        f"[`{question.path.name}`]({question.path.name}) on the sample data:", "",
        f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def told(question: Question) -> tuple[list[str], list[list[str]]]:
    """Heads and cells of the answer in the documents."""
    lines = [x for x in question.answer.read_text(encoding="utf-8").splitlines() if x.startswith("|")]
    heads, _, *rows = ([c.strip() for c in line.strip("|").split("|")] for line in lines)
    return heads, rows


def same(one: str, other: str) -> bool:
    """Whether two cells say the same: text for text, and numbers within what processors may differ by."""
    if one == other:
        return True
    try:
        a, b = float(one), float(other)
    except ValueError:
        return False
    if "." not in one + other:
        return abs(a - b) <= max(_COUNT, _RELATIVE * max(abs(a), abs(b)))
    return abs(a - b) <= max(_ABSOLUTE, _RELATIVE * max(abs(a), abs(b)))


def index() -> str:
    """The list of all questions."""
    lines = [
        "# Worked questions", "",
        "Each is a `.sql` file for a published file (`duckdb -readonly \"$(hoshiyomi path)\"`, or",
        "`hoshiyomi sql`), with its answer on the sample data beside it. A test asks all of them. Put your",
        "app's key in the place of `'sample'`.", "",
        "| | question | 質問 |", "|---|---|---|",
    ]  # fmt: skip
    lines += [
        f"| [{q.path.stem[:2]}]({q.answer.name}) | [{q.en}]({q.path.name}) | {q.ja} |" for q in questions()
    ]
    return "\n".join(lines) + "\n"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def main() -> None:
    """Make the sample and write every answer anew."""
    from tests.questions.sample import configured, make

    with tempfile.TemporaryDirectory() as folder:
        file = make(configured(Path(folder)))
        for question in questions():
            question.answer.write_text(page(question, *answered(question, file)), encoding="utf-8")
    _INDEX.write_text(index(), encoding="utf-8")


if __name__ == "__main__":
    main()
