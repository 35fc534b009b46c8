"""Reading options that several commands share. Raises InputError, which names the option and the remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

ConfirmClock = Annotated[
    bool, typer.Option("--confirm-clock", help="The machine's clock is right, although it was not believed.")
]


def zone(name: str) -> ZoneInfo:
    """`--timezone NAME`."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    from flows.errors import InputError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise InputError(
            f"--timezone {name!r} is no time zone. Remedy: a name such as Asia/Tokyo or UTC."
        ) from None


def mapping(pairs: list[str]) -> dict[str, str]:
    """`--map FIELD=COLUMN`, each as field to column."""
    from flows.errors import InputError

    named = {}
    for pair in pairs:
        name, equals, column = pair.partition("=")
        if not (name and equals and column):
            raise InputError(f"--map {pair!r} is not of the form field=column, such as text=comment.")
        named[name.strip()] = column.strip()
    return named
