"""The names of a dump's columns or fields, by which its format is told."""

from __future__ import annotations

import csv
from contextlib import closing
from pathlib import Path

from flows.errors import InputError
from flows.sources.dumps.json_rows import JsonShape, json_elements
from flows.sources.dumps.streams import CUT_SHORT, open_text

_DELIMITERS = ",;\t|"


def csv_header(path: Path, encoding: str) -> tuple[list[str], str]:
    """The column names of a CSV and its delimiter: the one that parts the first line most often."""
    with closing(open_text(path, encoding)) as stream:
        csv.field_size_limit(1 << 20)
        try:
            first = stream.lines.readline(1 << 20).lstrip("\ufeff")
        except CUT_SHORT:
            raise InputError(
                f"{path.name}: the file ends in its first line. Remedy: fetch it again."
            ) from None
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        names = next(csv.reader([first], delimiter=delimiter, strict=True), [])
    except csv.Error:
        names = first.rstrip("\r\n").split(delimiter)
    return names, delimiter


def json_names(path: Path, encoding: str, shape: JsonShape) -> list[str]:
    """The field names that the first objects of a JSON dump have."""
    names: dict[str, None] = {}
    objects = 0
    with closing(open_text(path, encoding)) as stream:
        for _, element, _ in json_elements(stream, shape):
            if isinstance(element, dict):
                names |= dict.fromkeys(element)
                objects += 1
            if objects == 50:
                break
    if not objects:
        raise InputError(
            f"{path.name}: JSON without objects. Remedy: write a list of objects or one object a line "
            "(pandas: to_json(orient='records', lines=True))."
        )
    return list(names)
