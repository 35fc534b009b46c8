"""TOML tables as pydantic models: strict, and what is wrong is told with file, entry, key and remedy.

A field says what it must be by its type here (`Text`, `Whole`). A misspelt key is an error that names the
nearest one: an option that is silently ignored is the most expensive kind of mistake.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from flows.errors import ConfigError

T = TypeVar("T", bound=BaseModel)
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class WrongTable(ValueError):
    """Something is wrong with a table as a whole, not with one of its keys."""


class Table(BaseModel):
    """A table of a TOML file. Frozen; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True)

    @model_validator(mode="before")
    @classmethod
    def _is_known(cls, given: Any, info: ValidationInfo) -> Any:
        if isinstance(given, Mapping):
            keys = [str(field.validation_alias or name) for name, field in cls.model_fields.items()]
            for key in given:
                # Code may name a field whose key in the file is another; a file may not.
                if key not in keys and (info.context or key not in cls.model_fields):
                    raise WrongTable(f"unknown key {key!r}{nearest(key, keys)}")
        return given


def nearest(word: str, known: Iterable[str]) -> str:
    """The end of a message about a word that is none of `known`."""
    known = tuple(known)
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(known)}"


def template(text: str, fields: Sequence[str], of: str) -> str:
    """A text that holds none but these fields of `of`, in braces.

    Raises ValueError for what would not be filled in.
    """
    try:
        parts = [(name, spec or kind) for _, name, spec, kind in Formatter().parse(text) if name is not None]
    except ValueError:
        raise ValueError("holds a brace without its other one: fields are written as {app}") from None
    for name, more in parts:
        if name not in fields or more:
            raise ValueError(f"names {{{name}}}, which no {of} has{nearest(name, fields)}")
    return text


def must(words: str) -> WrapValidator:
    """What is said of a field, whatever is wrong with it."""

    def check(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        try:
            return handler(value)
        except ValidationError:
            raise ValueError(words) from None

    return WrapValidator(check)


def one_of(names: Sequence[str]) -> AfterValidator:
    """A text that is one of `names`."""

    def check(value: str) -> str:
        if value not in names:
            raise ValueError(f"{value!r} is unknown{nearest(value, names)}")
        return value

    return AfterValidator(check)


def like(pattern: str, words: str) -> AfterValidator:
    """A text that matches `pattern` as a whole; `words` follow the value in the message."""
    form = re.compile(pattern)

    def check(value: str) -> str:
        if not form.fullmatch(value):
            raise ValueError(f"{value!r} {words}")
        return value

    return AfterValidator(check)


def between(least: int, most: int) -> BeforeValidator:
    """A whole number within bounds."""

    def check(value: Any) -> Any:
        if type(value) is not int or not least <= value <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return value

    return BeforeValidator(check)


def _interval(value: Any) -> Any:
    """`30m`, `6h`, `1d` as a span."""
    if isinstance(value, timedelta):
        return value
    match = re.fullmatch(r"([0-9]{1,4})([mhd])", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("must be a span such as '30m', '6h' or '1d'")
    span = timedelta(**{_UNITS[match[2]]: int(match[1])})
    if not timedelta(minutes=15) <= span <= timedelta(days=7):
        raise ValueError(f"= {value!r} is out of bounds. Remedy: from '15m' (for politeness) to '7d'")
    return span


def _beside_its_file(path: Path, info: ValidationInfo) -> Path:
    folder = (info.context or {}).get("folder", Path())
    return Path(folder) / path.expanduser()


def listed(example: str) -> BeforeValidator:
    """A list of values; `example` is one in TOML."""

    def check(value: Any) -> Any:
        if not isinstance(value, list | tuple):
            raise ValueError(f"must be a list such as {example}")  # noqa: TRY004 - pydantic wants ValueError
        return value

    return BeforeValidator(check)


Text = Annotated[
    str, Field(strict=True, pattern=r"\S"), AfterValidator(str.strip), must("is missing or is not a text")
]
Count = Annotated[int, Field(strict=True, ge=0), must("must be a whole number, 0 or above")]
Whole = Annotated[int, Field(strict=True, ge=1), must("must be a whole number above 0")]
Interval = Annotated[timedelta, BeforeValidator(_interval)]
"""From a quarter of an hour, for politeness, to a week."""
Flag = Annotated[bool, Field(strict=True), must("must be true or false")]
File = Annotated[Path, AfterValidator(_beside_its_file), must("is missing or is not a text")]
"""A path; a relative one is meant from the folder of the file that names it."""


def read_toml(path: Path, content: bytes | None = None) -> dict[str, Any]:
    """The document of a file, or of what it would hold. Raises ConfigError where it is missing or no TOML."""
    try:
        return tomllib.loads((path.read_bytes() if content is None else content).decode("utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path} is missing. Remedy: copy it from the project's config folder.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error


def validated(model: type[T], document: Mapping[str, Any], path: Path) -> T:
    """The document of the file `path` as `model`. Raises ConfigError, a line for everything that is wrong."""
    try:
        return model.model_validate(document, context={"folder": path.parent})
    except ValidationError as error:
        found = error.errors(include_url=False)
        raise ConfigError("\n".join(_told(fault, document, path.name) for fault in found)) from None


def _told(fault: Any, document: Mapping[str, Any], file: str) -> str:
    """One fault in words: where, which key, what is wrong with it."""
    loc, kind = list(fault["loc"]), fault["type"]
    cause = (fault.get("ctx") or {}).get("error")
    if isinstance(cause, WrongTable):
        return f"{_place(loc, document, file)}: {_sentence(str(cause))}"
    at = max(n for n, part in enumerate(loc) if isinstance(part, str))
    key, is_entry = loc[at], at + 1 < len(loc)
    if kind == "tuple_type" or (kind in _NO_TABLE and is_entry):
        words = f"must be written as [[{key}]] tables"
    elif kind in _NO_TABLE:
        words = f"must be written as a table [{'.'.join(p for p in loc if isinstance(p, str))}]"
    else:
        words = str(cause or ("is missing" if kind == "missing" else fault["msg"]))
    return f"{_place(loc[:at], document, file)}: {_sentence(f'{key} {words}')}"


def _sentence(words: str) -> str:
    return words if words[-1] in ".?" else f"{words}."


_NO_TABLE = ("model_type", "model_attributes_type", "dict_type", "mapping_type")


def _place(where: Sequence[Any], document: Any, file: str) -> str:
    """`apps.toml, app 2 (procedures), store 1` or `hoshiyomi.toml, [collect.google_play]`."""
    words, tables = [file], list[str]()
    at = document
    for n, part in enumerate(where):
        at = at[part] if isinstance(at, Mapping | list) and _has(at, part) else None
        if isinstance(part, int):
            name = at.get("key") if isinstance(at, Mapping) else None
            words.append(f"{tables.pop()} {part + 1}" + (f" ({name})" if isinstance(name, str) else ""))
        elif len(words) > 1 and not (n + 1 < len(where) and isinstance(where[n + 1], int)):
            words.append(part)
        else:
            tables.append(part)
    return ", ".join([*words, *([f"[{'.'.join(tables)}]"] if tables else [])])


def _has(at: Mapping[str, Any] | list[Any], part: Any) -> bool:
    return part in at if isinstance(at, Mapping) else part < len(at)
