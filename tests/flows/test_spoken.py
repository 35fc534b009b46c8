"""One of a thing is not told as several, by any command."""

from __future__ import annotations

import re

import pytest

from flows.spoken import counted
from tests.conftest import CHECKOUT

# A number in a sentence of the command line, followed by a word that stands for several.
_SEVERAL = re.compile(
    r"""\{(?:len\(|sum\(|count|rows|total|done\.|work\.)[^}]*\} (?:labelled |landing |displayed )?"""
    r"""(?:reviews|apps|rows|days|texts|testers|files|releases|scores|pieces|measurements|tombstones|redactions)\b"""
)


@pytest.mark.parametrize(
    ("n", "words"), [(0, "0 reviews"), (1, "1 review"), (2, "2 reviews"), (12_345, "12,345 reviews")]
)
def test_a_number_chooses_its_word(n: int, words: str) -> None:
    assert counted(n, "review") == words


def test_a_word_may_have_a_plural_of_its_own() -> None:
    assert [counted(n, "query", "queries") for n in (1, 2)] == ["1 query", "2 queries"]


def test_no_command_counts_with_a_word_that_stands_for_several_only() -> None:
    files = sorted((CHECKOUT / "flows").glob("*.py"))
    found = {p.name: _SEVERAL.findall(p.read_text(encoding="utf-8")) for p in files}
    assert {name: said for name, said in found.items() if said} == {}
