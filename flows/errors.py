"""What a user can do wrong, each with its exit code; shown without a traceback by `flows.cli.main`.

The warehouse has its own small tree (`warehouse.errors`), because it knows nobody."""

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


class ClockNotBelievable(HoshiyomiError):
    """The machine's clock contradicts the last run or the newest data; nothing was changed."""

    exit_code = 14
