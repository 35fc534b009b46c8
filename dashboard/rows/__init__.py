"""What the queries of the dashboard give: one frozen row a query, whose types say what may be null.

A field is `| None` where the mart behind it declares its column nullable (`-- nullable:` in
warehouse/marts), or where the query itself can have nothing to say. The type checker then sees what a
formatter is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from functools import cache
from typing import Any, ClassVar, Generic, Protocol, TypeVar, get_args, get_type_hints


class Asked(Protocol):
    """A row that a named query of `warehouse/queries` gives."""

    QUERY: ClassVar[str]


R = TypeVar("R", bound=Asked)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Worded(Generic[T]):
    """A row with the words that the screen has for it."""

    row: T
    words: str


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A 95 % interval that is always known."""

    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A 95 % interval that may not be known."""

    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class Sides:
    """How many texts lie before and after."""

    n_before: int
    n_after: int


@dataclass(frozen=True, kw_only=True)
class Windows:
    """The days that are compared."""

    before_from: date
    before_until: date
    after_from: date
    after_until: date


@dataclass(frozen=True, kw_only=True)
class Sentiments:
    """How many texts have which sentiment."""

    n_negative: int
    n_neutral: int
    n_positive: int

    def by_sentiment(self) -> dict[str, int]:
        """The counts, in the order of the screen."""
        return {"negative": self.n_negative, "neutral": self.n_neutral, "positive": self.n_positive}


@dataclass(frozen=True, kw_only=True)
class Read(Sentiments):
    """How many texts a model has read, and how many it was given in a language outside its card.

    The latter is None in publications that were made before it was counted.
    """

    n_classified: int
    n_not_covered: int | None


def made(row: type[R], values: Mapping[str, Any]) -> R:
    """The row that a query gave as a mapping. Lists become tuples, structs the rows that the field names.

    Raises TypeError where the query's columns are not the row's fields.
    """
    inner = _conversions(row)
    return row(**{k: inner[k](v) if k in inner and v is not None else v for k, v in values.items()})


@cache
def _conversions(row: type[Any]) -> dict[str, Callable[[Any], Any]]:
    """How the values of the fields that are tuples are made."""
    hints = get_type_hints(row)
    return {f.name: made_of for f in fields(row) if (made_of := _tuple_of(hints[f.name])) is not None}


def _rows_of(item: Any) -> Callable[[Any], Any]:
    if not is_dataclass(item):
        return tuple
    inner: Callable[..., object] = item  # type: ignore[assignment]
    return lambda values: tuple(inner(**v) for v in values)


def _tuple_of(hint: Any) -> Callable[[Any], Any] | None:
    """Takes a list to a tuple for a hint `tuple[X, ...]` or `tuple[X, ...] | None`; None for other hints."""
    for kind in (hint, *get_args(hint)):
        if getattr(kind, "__origin__", None) is tuple:
            return _rows_of(get_args(kind)[0])
    return None
