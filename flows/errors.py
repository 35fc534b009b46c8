"""What a user can do wrong, each with its exit code; shown without a traceback by `flows.cli.main`.

The warehouse has its own small tree (`warehouse.errors`), because it knows nobody; `mendable` brings both and
what disks and databases raise together."""

from __future__ import annotations


class HoshiyomiError(Exception):
    """Base of everything a user can mend. The message names file, row or field, and the remedy."""

    exit_code = 1


class ConfigError(HoshiyomiError):
    """A TOML file or an environment variable says something we do not understand."""

    exit_code = 2


class InputError(HoshiyomiError):
    """A file given on the command line cannot be read as what it was said to be."""

    exit_code = 3
    own: tuple[str, ...] = ()
    """Names of ours in the message; together they may look like a person's number to the gate."""


class ClockNotBelievable(HoshiyomiError):
    """The machine's clock contradicts the last run or the newest data; nothing was changed."""

    exit_code = 14


def mendable(error: BaseException) -> Exception | None:
    """The error with a remedy and an `exit_code` behind any other; None for what nobody foresaw."""
    from warehouse.errors import of_database, of_system

    if isinstance(error, HoshiyomiError):
        return error
    # The warehouse and the models have trees of their own; asking for them would import DuckDB for --help.
    room = type(error).__module__.split(".")[0].lstrip("_")
    if isinstance(error, Exception) and room in ("warehouse", "models") and hasattr(error, "exit_code"):
        return error
    if isinstance(error, OSError):
        return of_system(error)
    if isinstance(error, Exception) and room in ("duckdb", "sqlite3"):
        from flows.config.load import data_folder

        return of_database(error, data_folder())
    return None
