from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

import pytest

from flows.console import in_one_sentence
from flows.serving.prefect_child import is_from_here

OWN = "127.0.0.1:4200"


def _headers(host: str | None, *origins: str) -> list[tuple[bytes, bytes]]:
    headers = [] if host is None else [(b"host", host.encode())]
    return headers + [(b"origin", o.encode()) for o in origins]


@pytest.mark.parametrize(
    ("host", "origins"),
    [
        (OWN, ()),
        ("localhost:4200", ()),
        ("[::1]:4200", ()),
        ("LOCALHOST:4200", ("http://localhost:4200",)),
        (OWN, ("http://127.0.0.1:4200",)),
        (OWN, ("http://localhost:4200",)),
        ("localhost:9000", ("http://localhost:9000",)),
    ],
)
def test_this_machine_and_its_own_pages_are_let_in(host: str, origins: tuple[str, ...]) -> None:
    assert is_from_here(_headers(host, *origins))


@pytest.mark.parametrize(
    ("host", "origins"),
    [
        (None, ()),
        ("", ()),
        ("evil.example", ()),
        ("evil.example:4200", ()),
        ("127.0.0.1.evil.example:4200", ()),
        ("127.0.0.1@evil.example", ()),
        ("localhost.", ()),
        (OWN, ("http://evil.example",)),
        (OWN, ("https://evil.example:4200",)),
        (OWN, ("null",)),
        (OWN, ("",)),
        (OWN, ("http://127.0.0.1:8501",)),
        (OWN, ("http://127.0.0.1",)),
        (OWN, ("http://localhost:4200.evil.example",)),
        (OWN, ("http://localhost:4200", "http://evil.example")),
        ("evil.example:4200", ("http://evil.example:4200",)),
    ],
)
def test_a_foreign_name_or_page_is_refused(host: str | None, origins: tuple[str, ...]) -> None:
    assert not is_from_here(_headers(host, *origins))


def test_two_host_headers_are_refused() -> None:
    assert not is_from_here(_headers(OWN) + _headers("evil.example"))


def test_a_full_disk_is_one_sentence_in_the_log_and_what_nobody_foresaw_keeps_its_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOSHIYOMI_DATA", str(tmp_path))

    def logged(cause: Exception) -> logging.LogRecord:
        # As SQLAlchemy wraps it.
        error = RuntimeError("(sqlite3.OperationalError)")
        error.__cause__ = cause
        told = ("f.py", 1, "in %s", ("request",), (RuntimeError, error, None))
        return in_one_sentence("prefect.server", logging.ERROR, *told)

    full = logged(sqlite3.OperationalError("database or disk is full"))
    assert full.exc_info is None
    assert full.getMessage().startswith("in request: The disk is full: ")
    assert "Remedy: free space" in full.getMessage()
    unforeseen = logged(ValueError("x"))
    assert unforeseen.exc_info is not None
    assert unforeseen.getMessage() == "in request"


def test_an_answer_of_the_server_that_failed_is_one_line() -> None:
    from httpx import Request, Response
    from prefect.exceptions import PrefectHTTPStatusError

    answer = Response(
        500, json={"exception_message": "Internal"}, request=Request("POST", "http://x/set_state")
    )
    error = PrefectHTTPStatusError(
        "Server error '500'\nResponse: {}", request=answer.request, response=answer
    )
    told = ("f.py", 1, "Failed to update", (), (type(error), error, None))
    record = in_one_sentence("prefect.runner", logging.ERROR, *told)
    assert (record.exc_info, record.getMessage()) == (None, "Failed to update: Server error '500'")


def test_an_error_that_is_its_own_cause_does_not_hold_the_log_up() -> None:
    error = ValueError("x")
    error.__cause__ = error
    record = in_one_sentence("x", logging.ERROR, "f.py", 1, "said", (), (ValueError, error, None))
    assert record.exc_info is not None
