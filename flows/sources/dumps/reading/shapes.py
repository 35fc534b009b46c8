"""Where the records lie in a JSON value, and what the objects around them say of all of them.

Records lie in lists, in lists within lists, under names of apps, in columns (pandas), in pages of an API with
what belongs to them beside them (JSON:API's `included`). An object is a record when it has two of stars, text
and date, or all columns by which a format is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import orjson

from flows.sources.dumps import places
from flows.sources.dumps.formats import GENERIC, MARKS_OF_ALL, plain_name
from flows.sources.dumps.problems import BadRow, Problem
from flows.sources.dumps.values import looks_like_app_id

Context = dict[str, Any]
Found = tuple[Any, Problem | None]

_GROUPS = [frozenset(GENERIC.columns[f]) for f in ("rating", "text", "date")]
# What an object around records may say of them: by its own name, the name under which records know it.
_SAID = {
    "app": "app_id", "appid": "app_id", "appname": "app_id", "packagename": "app_id", "package": "app_id",
    "productid": "app_id", "bundleid": "app_id", "trackid": "app_id", "applicationid": "app_id",
    "storeappid": "app_id",
    "appstoreid": "app_id", "id": "app_id", "url": "app_id", "country": "country", "countrycode": "country",
    "storefront": "country", "territory": "country", "gl": "country", "language": "language",
    "lang": "language",
    "hl": "language", "store": "store", "platform": "store", "source": "store", "market": "store",
    "vendorid": "app_id", "productcode": "app_id", "extid": "app_id",
}  # fmt: skip
# Members that hold what a record says while its id stands beside them.
_BODIES = frozenset({"attributes", "fields", "_source", "node", "data", "review"})
# DynamoDB names the kind of every value.
_KINDS = frozenset({"S", "N", "BOOL", "NULL"})
_CODE = re.compile(r"[a-z]{2}(?:[-_][A-Za-z]{2,4})?")
_SELF = re.compile(
    r"/(?:(?P<country>[a-z]{2})/)?rss/customerreviews/\S*?id(?:=|%3[dD])(?P<app>\d+)|/v1/apps/(?P<connect>\d+)/customerReviews"
)
_DEEPEST, _DEEPEST_FIELD = 8, 4


def expand(value: Any, context: Context, depth: int = 0, *, is_part: bool = False) -> Iterator[Found]:
    """The records within one value, each with what is said around it.

    An object without records within it is one itself, unless it is only a part (`is_part`) of a larger one.
    """
    if isinstance(value, str) and value[:1] in ("[", "{") and depth <= _DEEPEST:
        # JSON within the text of JSON
        try:
            inner = orjson.loads(value)
        except ValueError:
            yield value, None
        else:
            yield from expand(inner, context, depth + 1, is_part=is_part)
    elif isinstance(value, list):
        yield from _of_list(value, context, depth)
    elif not isinstance(value, dict):
        yield value, None
    elif depth > _DEEPEST:
        yield None, Problem(BadRow("unreadable_json"))
    else:
        yield from _of_object(value, context, depth, is_part=is_part)


def _of_list(values: list[Any], context: Context, depth: int) -> Iterator[Found]:
    if values and not any(isinstance(v, dict | list) for v in values):
        if isinstance(values[0], str) and values[0][:1] == "{":
            for value in values:
                yield from expand(value, context, depth + 1)
        else:
            yield values, None
        return
    if _is_headed(values):
        for row in values[1:]:
            yield _with(dict(zip(values[0], row, strict=False)), context), None
        return
    # [[reviews], token], as json.dump writes what google-play-scraper gives.
    has_lists = any(isinstance(v, list) and any(isinstance(e, dict) for e in v) for v in values[:20])
    for value in values:
        if isinstance(value, list) and any(isinstance(e, dict) for e in value):
            yield from _of_list(value, context, depth + 1)
        elif isinstance(value, dict):
            if not has_lists or is_record(value) or has_records(value):
                yield from _of_object(value, context, depth + 1)
        elif not has_lists:
            yield value, None


def _is_headed(values: Sequence[Any]) -> bool:
    """Rows as lists below a list of their columns' names."""
    first = values[0] if values else None
    return (
        isinstance(first, list)
        and len(first) > 1
        and all(isinstance(name, str) for name in first)
        and all(isinstance(v, list) for v in values[:20])
        and is_record(dict.fromkeys(first))
    )


def _of_object(
    value: dict[str, Any], context: Context, depth: int, *, is_part: bool = False
) -> Iterator[Found]:
    if is_record(value) and not _holds_reviews(value):
        yield _with(value, context), None
        return
    table = _table(value)
    if table is not None:
        for row in table:
            yield _with(row, context), None
        return
    inner = context | context_of(value)
    value = _joined(value)
    found = False
    for name, member in value.items():
        if name == "included" or not isinstance(member, dict | list):
            continue
        if name == "entry" and isinstance(member, dict):
            # A feed with one entry.
            member = [member]
        if isinstance(member, list) and any(isinstance(e, dict) for e in member):
            if not _are_records(member):
                continue
            found = True
            for record, bad in _of_list(member, inner | _named(name), depth + 1):
                if not _is_app_of_feed(record):
                    yield record, bad
        elif isinstance(member, dict) and (is_record(member) or has_records(member)):
            found = True
            if name in _BODIES and "id" in value and "id" not in member and is_record(member):
                member = {"id": value["id"]} | member
            yield from expand(member, inner | _named(name), depth + 1)
    if not found and not is_part and not _is_empty_page(value):
        yield _with(value, context), None


def is_record(value: Mapping[str, Any]) -> bool:
    """Whether an object is a review or a displayed score itself."""
    names = {
        plain_name(n)
        for n, v in value.items()
        if not isinstance(v, list) and (not isinstance(v, dict) or _is_leaf(v))
    }
    known = frozenset(names)
    if known in _seen and len(known) == len(value):
        return _seen[known]
    found = _is_record(names, value)
    if len(known) == len(value) and len(_seen) < 4096:
        _seen[known] = found
    return found


_seen: dict[frozenset[str], bool] = {}
"""Whether objects with these names, all of them plain values, are records."""


def _is_record(names: set[str], value: Mapping[str, Any]) -> bool:
    groups = sum(bool(names & group) for group in _GROUPS)
    return groups >= 2 or any(marks <= names for marks in MARKS_OF_ALL) or _is_nested_record(value)


def _is_nested_record(value: Mapping[str, Any]) -> bool:
    if not any(isinstance(v, dict | list) for v in value.values()):
        return False
    names = set(flat_names(value))
    return any(marks <= names for marks in MARKS_OF_ALL if any("." in m for m in marks))


def has_records(value: Any, depth: int = 0) -> bool:
    """Whether there are records somewhere within a value."""
    if depth > _DEEPEST:
        return False
    if isinstance(value, list):
        return any(has_records(v, depth + 1) for v in value[:20] if isinstance(v, dict | list))
    if not isinstance(value, dict):
        return False
    return (
        is_record(value)
        or _table(value) is not None
        or any(has_records(v, depth + 1) for v in list(value.values())[:200] if isinstance(v, dict | list))
    )


def _are_records(members: Sequence[Any]) -> bool:
    return any(isinstance(m, dict | list) and has_records(m) for m in members[:50])


def _holds_reviews(value: Mapping[str, Any]) -> bool:
    """Whether what looks like a record is an app around its reviews: reviews with stars, beside no text of
    its own."""
    names = {plain_name(n) for n, v in value.items() if isinstance(v, str | int | float)}
    if names & _GROUPS[0] and names & _GROUPS[1] and names & _GROUPS[2]:
        return False
    for member in value.values():
        if isinstance(member, list) and any(
            isinstance(m, dict) and is_record(m) and {plain_name(n) for n in m} & _GROUPS[0]
            for m in member[:20]
        ):
            return True
    return False


def _is_leaf(value: Mapping[str, Any]) -> bool:
    """A value in the clothes of an object: Mongo's {"$date": ...}, a feed's {"label": ...}, a time in
    seconds."""
    return (
        any(k.startswith("$") for k in value)
        or "label" in value
        or "seconds" in value
        or "_seconds" in value
        or (len(value) == 1 and not _KINDS.isdisjoint(value))
    )


def _is_app_of_feed(record: Any) -> bool:
    """An old feed's first entry is the app itself."""
    return isinstance(record, dict) and "im:name" in record and "im:rating" not in record


def _is_empty_page(value: Mapping[str, Any]) -> bool:
    """A page without anything on it: an outcome, and no record."""
    lists = [v for v in value.values() if isinstance(v, list)]
    if any(lists):
        return False
    feed = value.get("feed")
    is_feed = isinstance(feed, dict) and not feed.get("entry")
    return is_feed or (bool(lists) and not any(isinstance(v, str) and len(v) > 300 for v in value.values()))


def _table(value: Mapping[str, Any]) -> Iterator[dict[str, Any]] | None:
    """The rows of what pandas.DataFrame.to_json writes: orient split, columns or index."""
    columns, data = value.get("columns"), value.get("data")
    if isinstance(columns, list) and isinstance(data, list) and all(isinstance(c, str) for c in columns):
        return (dict(zip(columns, row, strict=False)) for row in data if isinstance(row, list))
    if len(value) > 1 and all(isinstance(v, list) for v in value.values()):
        return _of_columns(value)
    if len(value) < 2 or not all(isinstance(v, dict) for v in value.values()):
        return None
    keys = [set(v) for v in list(value.values())[:50]]
    if all(k.isdigit() for k in value) and all(is_record(v) for v in list(value.values())[:5]):
        return iter(value.values())
    names = {plain_name(n) for n in value}
    is_column_wise = all(k == keys[0] for k in keys) and sum(bool(names & g) for g in _GROUPS) >= 2
    if (
        is_column_wise
        and keys[0]
        and not any(isinstance(v, dict | list) for v in next(iter(value.values())).values())
    ):
        return (
            {name: column.get(key) for name, column in value.items()} for key in next(iter(value.values()))
        )
    return None


def _of_columns(value: Mapping[str, list[Any]]) -> Iterator[dict[str, Any]] | None:
    """The rows of columns as lists of equal length, as DataFrame.to_dict("list") gives them."""
    lengths = {len(v) for v in value.values()}
    names = {plain_name(n) for n in value}
    is_plain = not any(isinstance(e, dict | list) for v in value.values() for e in v[:5])
    if len(lengths) != 1 or lengths == {0} or not is_plain or sum(bool(names & g) for g in _GROUPS) < 2:
        return None
    return (dict(zip(value, row, strict=True)) for row in zip(*value.values(), strict=True))


def context_of(value: Mapping[str, Any], name: str = "") -> Context:
    """What an object says of the records within it: app, country, language, store."""
    said: Context = {}
    for key, word in value.items():
        plain = plain_name(key)
        if isinstance(word, dict) and plain in ("searchparameters", "feed", "links", "app", "meta", "params"):
            said = context_of(word) | said
        field = _SAID.get(plain)
        if field is None or not isinstance(word, str | int) or isinstance(word, bool):
            continue
        if field != "app_id" or (
            looks_like_app_id(word) and not (plain == "id" and isinstance(word, str) and "://" in word)
        ):
            said.setdefault(field, word)
    engine = value.get("engine")
    if isinstance(engine, str) and engine.startswith(("apple_", "google_play")):
        said["store"] = "app_store" if engine.startswith("apple_") else "google_play"
    for link in _links(value):
        found = _SELF.search(link)
        if found:
            said["app_id"] = found["app"] or found["connect"]
            if found["country"]:
                said["country"] = found["country"]
            elif found["app"]:
                # Without a country Apple answers for the United States.
                said["country"] = "us"
    return said | _named(name)


def _links(value: Mapping[str, Any]) -> list[str]:
    """Where a page says that it came from."""
    links = value.get("link", value.get("self"))
    found = [links] if isinstance(links, str) else []
    own = value.get("id")
    if isinstance(own, dict) and isinstance(own.get("label"), str):
        # A feed's own name is its address.
        found.append(own["label"])
    for link in links if isinstance(links, list) else [links]:
        attributes = link.get("attributes") if isinstance(link, dict) else None
        if isinstance(attributes, dict) and attributes.get("rel") == "self":
            found.append(str(attributes.get("href")))
    return found


def _named(name: str) -> Context:
    """{"jp.example.app": [...]}: the name of a list may be that of its app, its store, its language or
    country."""
    if looks_like_app_id(name):
        return {"app_id": name}
    if (store := places.store(name)) is not None:
        return {"store": store}
    if not _CODE.fullmatch(name):
        return {}
    # Which of the two is meant depends on the store: App Store reviews have a country, Google Play's a
    # language.
    said = {"language": places.language(name), "country": places.country(name)}
    return {field: code for field, code in said.items() if code is not None}


def _with(record: dict[str, Any], context: Context) -> dict[str, Any]:
    """A record with what is said around it, where it does not say that itself."""
    if not context:
        return record
    own = {
        _SAID.get(plain_name(n))
        for n, v in record.items()
        if v is not None
        and plain_name(n) not in ("id", "url", "source", "extid")
        # The number by which somebody's tables count apps says less than the app's id around it.
        and not (_SAID.get(plain_name(n)) == "app_id" and "app_id" in context and not looks_like_app_id(v))
    }
    return record | {field: word for field, word in context.items() if field not in own}


def _joined(value: dict[str, Any]) -> dict[str, Any]:
    """JSON:API keeps what belongs to a record beside the records; here it is put into them by its name."""
    included, data = value.get("included"), value.get("data")
    if not isinstance(included, list) or not isinstance(data, list):
        return value
    known = {i.get("id"): i for i in included if isinstance(i, dict)}
    joined = []
    for item in data:
        relations = item.get("relationships") if isinstance(item, dict) else None
        more = {}
        for name, relation in relations.items() if isinstance(relations, dict) else ():
            target = relation.get("data") if isinstance(relation, dict) else None
            other = known.get(target.get("id")) if isinstance(target, dict) else None
            if isinstance(other, dict):
                more[name] = other.get("attributes")
        joined.append(item | more if more else item)
    return value | {"data": joined}


def flat_names(value: Mapping[str, Any]) -> Iterator[str]:
    """The plain names of a record's fields, those of objects within it joined by dots."""
    return (plain_name(".".join(path)) for path in paths_of(value))


def paths_of(value: Mapping[str, Any], before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The ways to a record's fields, those within objects and lists of objects among them."""
    for name, member in value.items():
        path = (*before, name)
        yield path
        if len(path) > _DEEPEST_FIELD:
            continue
        if isinstance(member, dict) and not _is_leaf(member):
            yield from paths_of(member, path)
        elif isinstance(member, list):
            for part in member[:20]:
                if isinstance(part, dict):
                    yield from paths_of(part, path)


def value_at(record: Any, path: tuple[str, ...]) -> Any:
    """What lies at a path; in a list of objects, in the last that has it."""
    for place, step in enumerate(path):
        if isinstance(record, list):
            rest = path[place:]
            found = (value_at(part, rest) for part in reversed(record))
            return next((v for v in found if v is not None), None)
        record = record.get(step) if isinstance(record, dict) else None
    return unwrapped(record)


def unwrapped(value: Any) -> Any:
    """What an object stands for: Mongo's extended JSON, a feed's label, a time in seconds; else itself."""
    for _ in range(3):
        if not isinstance(value, dict):
            break
        if len(value) <= 2 and (wrapped := next((k for k in value if k.startswith("$")), None)):
            value = value[wrapped]
        elif "label" in value:
            value = value["label"]
        elif "seconds" in value or "_seconds" in value:
            value = value.get("seconds", value.get("_seconds"))
        elif len(value) == 1 and not _KINDS.isdisjoint(value):
            kind, value = next(iter(value.items()))
            value = None if kind == "NULL" else value
        else:
            break
    return value


_PARTS = (
    ("year",), ("month", "monthvalue", "monthofyear"), ("day", "dayofmonth"), ("hour", "hours"), ("minute",
    "minutes"),
    ("second", "secs"),
)  # fmt: skip


def told_by(field: str, value: dict[str, Any] | list[Any]) -> Any:
    """What an object or a list says in a field that holds one word: stars of {"value": 5, "max": 5}, a date
    of its
    parts, a text of its lines or its only translation; itself where it says none."""
    if field in ("date", "created", "replied_at"):
        return _moment_of(value)
    if isinstance(value, list):
        if field in ("text", "title", "original_text", "original_title") and all(
            isinstance(v, str) for v in value
        ):
            return "\n".join(value) if value else None
        return value[0] if field in ("language", "country") and value else value if value else None
    if field == "rating":
        return next(
            (v for k, v in value.items() if plain_name(k) in ("value", "stars", "score", "rating")), value
        )
    if field in ("text", "title", "original_text", "original_title"):
        named = next(
            (v for k, v in value.items() if plain_name(k) in ("text", "body", "content", "value")), None
        )
        only = next(iter(value.values()), None) if len(value) == 1 else None
        return (
            named if isinstance(named, str) else only if isinstance(only, str) else value if value else None
        )
    return value if value else None


def _moment_of(value: dict[str, Any] | list[Any]) -> Any:
    """A date as Java writes it: [2024, 2, 1, 8, 0] or {"year": 2024, "month": 2, "dayOfMonth": 1}."""
    if isinstance(value, dict):
        by_name = {plain_name(k): v for k, v in value.items()}
        named = next(
            (by_name[n] for n in ("at", "date", "datetime", "iso", "timestamp", "value") if n in by_name),
            None,
        )
        if isinstance(named, str | int | float):
            return named
        numbers = [
            next((by_name[n] for n in names if isinstance(by_name.get(n), int)), None) for names in _PARTS
        ]
    else:
        numbers = list(islice(value, len(_PARTS)))
    parts = [n for n in numbers if isinstance(n, int) and not isinstance(n, bool)]
    if len(parts) < 3 or parts != numbers[: len(parts)]:
        return value if value else None
    year, month, day, *clock = parts
    hour, minute, second = [*clock, 0, 0, 0][:3]
    return f"{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"
