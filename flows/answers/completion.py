"""What may follow at a place of a statement: tables after FROM, columns after a table's name and a dot.
Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*$")
_AFTER_TABLE = re.compile(r"(?:\b(?:from|join|describe|summarize|table|into|update)\s+|,\s*)$", re.IGNORECASE)
_QUALIFIED = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\.$")
_NAMED = re.compile(
    r"\b(?:from|join)\s+([a-z_][a-z0-9_]*)(?:\s+(?:as\s+)?([a-z_][a-z0-9_]*))?", re.IGNORECASE
)
_MOST = 60
COMMANDS = (".tables", ".schema", ".macros", ".format", ".help", ".quit")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The names of a published file."""

    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By table."""
    macros: Sequence[str] = ()
    words: Sequence[str] = ()
    """Of SQL itself."""


def suggestions(before: str, whole: str, known: Catalogue) -> tuple[str, list[str]]:
    """The piece of a word before the cursor, and what may stand in its place, the likeliest first.

    `before` is the text up to the cursor, `whole` all of it: a table named behind the cursor counts as well.
    """
    if before.startswith("."):
        return before, [c for c in COMMANDS if c.startswith(before)]
    found = _WORD.search(before)
    piece = found.group() if found else ""
    rest = before[: len(before) - len(piece)]
    if _in_a_string(rest):
        return piece, []
    named = _tables_named(whole, known)
    if owner := _QUALIFIED.search(rest):
        name = owner.group(1).lower()
        choices: list[str] = list(known.columns.get(named.get(name, name), ()))
    elif _AFTER_TABLE.search(rest) and not rest.rstrip().endswith("("):
        choices = [*known.columns, *known.macros]
        if rest.rstrip().endswith(","):
            choices = [*_columns(named, known), *choices, *known.words]
    elif not piece:
        choices = []
    else:
        every = {c for columns in known.columns.values() for c in columns} if not named else set()
        choices = [*_columns(named, known), *known.columns, *known.macros, *sorted(every), *known.words]
    wanted = piece.lower()
    fits = [c for c in dict.fromkeys(choices) if c.lower().startswith(wanted) and c.lower() != wanted]
    return piece, fits[:_MOST]


def _tables_named(whole: str, known: Catalogue) -> dict[str, str]:
    """Tables that the statement names, by their names and aliases."""
    named = {}
    for table, alias in _NAMED.findall(whole):
        if table.lower() in known.columns:
            named[table.lower()] = table.lower()
            if alias:
                named[alias.lower()] = table.lower()
    return named


def _columns(named: Mapping[str, str], known: Catalogue) -> list[str]:
    return [c for table in dict.fromkeys(named.values()) for c in known.columns[table]]


def _in_a_string(text: str) -> bool:
    return text.count("'") % 2 == 1


class SqlCompleter(Completer):
    """`suggestions` for prompt_toolkit."""

    def __init__(self, known: Catalogue) -> None:
        self._known = known

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        """The completions at the cursor."""
        piece, found = suggestions(document.text_before_cursor, document.text, self._known)
        for word in found:
            yield Completion(word, start_position=-len(piece))
