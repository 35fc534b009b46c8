"""Which errors a user can mend, and keeping Prefect from printing a traceback for those."""

from __future__ import annotations

import logging
from collections.abc import Callable

from flows.errors import HoshiyomiError

_LOGGERS = ("prefect.flow_runs", "prefect.task_runs")


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


class OneSentence(logging.Filter):
    """Takes the traceback from what Prefect says of an error that a user can mend.

    Where somebody started the run by hand, `is_told`, it says nothing: the command ends with the sentence.
    What nobody foresaw keeps its traceback.
    """

    def __init__(self, is_told: Callable[[], bool]) -> None:
        super().__init__()
        self._is_told = is_told

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is logged."""
        error = record.exc_info[1] if record.exc_info else None
        known = mendable(error) if error is not None else None
        if known is None:
            return True
        record.exc_info, record.exc_text = None, None
        record.msg, record.args = "%s: %s", (type(known).__name__, known)
        return not self._is_told()


def quieten(is_told: Callable[[], bool]) -> None:
    """Let Prefect's run loggers say one sentence of what a user can mend."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(OneSentence(is_told))
