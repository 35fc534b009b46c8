"""The prompt of `hoshiyomi sql`: history, completion, several lines to a statement.

Each input is asked anew of the newest publication, so a prompt that stays open never shows old numbers.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.history import FileHistory
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.output import Output

from flows.answers.completion import Catalogue, SqlCompleter
from warehouse.errors import WarehouseError
from warehouse.private import make_folder, touch

FORMATS = ("table", "csv", "json")
HELP = """A statement ends with ; and may take several lines. Tab completes, Ctrl-R searches earlier ones.
.tables           what can be asked
.schema TABLE     its columns and what they mean
.macros           functions of this file, such as search_reviews('words')
.format NAME      table, csv or json
.quit             (or Ctrl-D)
"""
Ask = Callable[[str, str], str]
"""(statements, format) to what is printed; raises WarehouseError."""


def history_file() -> Path:
    """Where earlier statements are kept, for their writer only: `$XDG_STATE_HOME/hoshiyomi/sql_history`."""
    state = os.environ.get("XDG_STATE_HOME")
    folder = Path(state) if state else Path.home() / ".local" / "state"
    path = make_folder(folder / "hoshiyomi") / "sql_history"
    touch(path)
    return path


def run(
    ask: Ask, known: Catalogue, say: Callable[[str], None], *,
    history: Path, input_: Input | None = None, output: Output | None = None,
) -> None:  # fmt: skip
    """Ask and answer until the end of the input; a statement that fails is told and the prompt goes on."""
    session: PromptSession[str] = PromptSession(
        history=FileHistory(str(history)), completer=SqlCompleter(known), key_bindings=_keys(),
        multiline=True, complete_while_typing=False, enable_history_search=True,
        prompt_continuation="       ...> ", input=input_, output=output,
    )  # fmt: skip
    form = FORMATS[0]
    say("Read-only, on the newest publication; .help tells more.\n")
    while True:
        try:
            text = session.prompt("hoshiyomi> ").strip()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        command, _, rest = text.partition(" ")
        if command == ".quit":
            return
        if command == ".format" and rest.strip() in FORMATS:
            form = rest.strip()
        elif text:
            try:
                say(_told(ask, command, rest.strip(" ;"), text, form))
            except WarehouseError as error:
                say(f"hoshiyomi: {error}\n")


def _told(ask: Ask, command: str, rest: str, text: str, form: str) -> str:
    if not command.startswith("."):
        return ask(text, form)
    if command == ".tables":
        return ask(
            "select table_name, estimated_size as n_rows, comment from duckdb_tables() order by 1", form
        )
    if command == ".macros":
        return ask(
            "select distinct function_name, parameters, comment from duckdb_functions()"
            " where not internal order by 1", form,
        )  # fmt: skip
    if command == ".schema" and rest.isidentifier():
        # An identifier holds nothing that could end the literal.
        columns = "select column_name, data_type, comment from duckdb_columns() where not internal"
        return ask(f"{columns} and table_name = '{rest}' order by column_index", form)
    return HELP


def _keys() -> KeyBindings:
    keys = KeyBindings()

    @keys.add("enter")
    def _(event: KeyPressEvent) -> None:
        """Enter ends a statement that is whole; otherwise it begins a new line."""
        buffer = event.current_buffer
        text = buffer.text.strip()
        if not text or text.startswith(".") or text.endswith(";"):
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n")

    return keys
