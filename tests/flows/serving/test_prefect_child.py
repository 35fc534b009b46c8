from __future__ import annotations

import pytest

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
