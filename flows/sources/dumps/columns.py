"""Which column holds a field: by its name, by what names of its kind look like, and where neither tells, by
its values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from flows.sources.dumps import places, values
from flows.sources.dumps.formats import GENERIC, NAMES_OF_ADDRESSES, NAMES_OF_APPS, Format
from flows.sources.dumps.problems import BadRow

Samples = Mapping[str, Sequence[Any]]
"""By column, some of its values."""

_ANSWER = r"返信|返答|回答|reply|replie|respon|answer"
_MOMENT = (
    r"(?:date|time|datetime|timestamp|at|on)"
    r"(?:and|time|utc|gmt|jst|local|iso|posted|submitted|published|created)*"
)
# Names that nobody has listed, as people put them together. The first pattern that a name fits is best.
_LOOKS = {
    field: tuple(re.compile(form) for form in forms)
    for field, forms in {
        "date": (
            r".*最終更新(?:日付|日時|日)",
            rf"(?!.*(?:{_ANSWER}))(?:投稿|レビュー|書込|掲載|公開|登録|作成|送信|更新).*(?:日付|日時|年月日|時刻|日)",
            rf"(?:user|review|reviewer|comment|feedback|last)*(?:submitted|posted|published|created|updated|modified|written"
            rf"|edited|added)?{_MOMENT}(?:of)?(?:review|comment)?",
        ),
        "rating": (
            r"(?!.*(?:日|内容|コメント|本文|件数|者|理由|平均|数$)).*(?:星|評価|レーティング|スコア)",
            r"(?:user|review|reviewer|customer|given)*(?:star)?s?(?:rating|stars|score)s?(?:value|stars|given|outof5)?",
        ),
        "title": (r"(?:レビュー|口コミ).*(?:タイトル|件名|題名)",
        r"(?:review|comment)(?:er)?(?:title|headline|subject)"),
        "text": (
            rf"(?!.*(?:{_ANSWER}|日|者|数|id)).*(?:本文|コメント内容|レビュー内容|テキスト|口コミ|感想)",
            r"(?:user|review|reviewer|customer|full|raw)*(?:review|comment|feedback)?(?:text|content|body|message|comments?)"
            r"(?:original|raw|en)?",
        ),
        "version": (
            r"(?!.*(?:コード|os)).*バージョン(?:名|番号)?",
            r"(?:author|user|review|reviewer|reviewed|reviewcreated|app|client|installed)*version(?:name|number|string)?",
        ),
        "reply": (
            r"(?!.*(?:日|時刻|有無|者|数|状況|ステータス|id)).*(?:返信|返答)(?:テキスト|内容|本文|文|コメント)?",
            r"(?:developer|owner|dev|company|business|vendor|publisher|official|admin|team)s?"
            r"(?:reply|response|answer|comment)(?:text|content|body|message)?",
            r"(?:reply|response|answer)(?:text|content|body|message|comment)",
        ),
        "replied_at": (
            r".*(?:返信|返答).*(?:日付|日時|年月日|時刻|日)",
            rf"(?:developer|owner|dev|company|business|vendor|publisher|official|admin|team)*"
            rf"(?:reply|response|answer|replied|responded|answered)(?:last)?(?:created|updated|posted|modified)?{_MOMENT}",
        ),
        "thumbs_up": (r"(?:review|total|num)*(?:thumbsup|likes?|helpful|upvotes?|votes?)(?:count|votes?)?",),
        "language": (r".*言語", r"(?:review|reviewer|user|request|author)(?:er)?lang(?:uage)?(?:code)?"),
        "country": (r".*(?:国名|国コード|地域)",
        r"(?:review|reviewer|user|request|store|author)country(?:code)?"),
        "review_id": (r"レビュー.*(?:id|リンク|url)",),
    }.items()
}  # fmt: skip
_CLOCKS = (
    "time",
    "reviewtime",
    "posttime",
    "timeofday",
    "時刻",
    "時間",
    "投稿時刻",
    "投稿時間",
    "uhrzeit",
    "heure",
    "hora",
    "ora",
)
_CLOCK = re.compile(r"\d{1,2}[:時]\d{1,2}.*|(?:午前|午後)\d{1,2}時.*")
_DAY = re.compile(r"[^:時T]*")
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def column_of(by_name: Mapping[str, str], known: Format, field: str) -> str | None:
    """The column of a field by its name; in tables of people's own also by what such names look like."""
    found = first_of(by_name, known.columns.get(field, ()))
    if found is None and known is GENERIC:
        # As the file has them, from the left: `by_name` begins with the last.
        names = list(by_name)[::-1]
        found = next((by_name[n] for form in _LOOKS.get(field, ()) for n in names if form.fullmatch(n)), None)
    return found


def first_of(by_name: Mapping[str, str], columns: Iterable[str]) -> str | None:
    """The first of some plain names that a file has, as the file writes it."""
    return next((by_name[c] for c in columns if c in by_name), None)


def judge(
    known: Format,
    chosen: dict[str, str | None],
    by_name: Mapping[str, str],
    samples: Samples,
    store: str | None,
) -> None:
    """Decide by their values the columns whose names do not tell what they hold; `store` is that of all
    rows."""
    chosen["store"] = next(
        (
            by_name[n] for n in GENERIC.columns["store"]
            if n in by_name and mostly(samples.get(by_name[n]), _is_store)
        ),
        None,
    )  # fmt: skip
    chosen["app_id"] = _app_column(chosen, by_name, samples, store)
    if known is GENERIC:
        chosen["rating"] = _rating_column(chosen, by_name, samples)
    if chosen["review_id"] is None:
        chosen["review_id"] = next(
            (
                by_name[n]
                for n in NAMES_OF_ADDRESSES
                if n in by_name and mostly(samples.get(by_name[n]), _names_review)
            ),
            None,
        )
    if chosen["country"] is None:
        # An address of the App Store says its country.
        chosen["country"] = next(
            (
                by_name[n]
                for n in NAMES_OF_ADDRESSES
                if n in by_name and mostly(samples.get(by_name[n]), _is_storefront)
            ),
            None,
        )
    if chosen["created"] == chosen["date"]:
        chosen["created"] = None
    chosen["date"] = _finer(chosen["date"], by_name, samples)
    chosen["clock"] = _clock_column(chosen, by_name, samples)
    if chosen["text"] is None:
        chosen["text"], chosen["original_text"] = chosen["original_text"], None


def _app_column(
    chosen: Mapping[str, str | None], by_name: Mapping[str, str], samples: Samples, store: str | None
) -> str | None:
    """Of all columns that may name the app the one whose values do: best as this store's ids look."""
    names = [*GENERIC.columns["app_id"], *NAMES_OF_APPS]
    columns = list(
        dict.fromkeys(by_name[n] for n in names if n in by_name and by_name[n] != chosen["review_id"])
    )
    telling = [c for c in columns if mostly(samples.get(c), values.looks_like_app_id)]
    for column in telling:
        if store is None or mostly(samples.get(column), lambda v: values.store_of_app(v) == store):
            return column
    if telling:
        return telling[0]
    named = chosen["app_id"]
    said = [v for v in samples.get(named or "", ()) if not values.is_blank(v)]
    # Numbers by which somebody's own tables count apps.
    is_count = bool(said) and all(str(v).strip().removesuffix(".0").isdigit() for v in said)
    return None if is_count and len(str(said[0])) < 6 else named


def _rating_column(
    chosen: Mapping[str, str | None], by_name: Mapping[str, str], samples: Samples
) -> str | None:
    """The first column named like stars that holds some; a remark (`note`) is none, a mood (`score`)
    neither."""
    named = [by_name[n] for n in GENERIC.columns["rating"] if n in by_name]
    if chosen["rating"] is not None and chosen["rating"] not in named:
        named.append(chosen["rating"])
    sound = next((c for c in named if mostly(samples.get(c), _is_stars)), None)
    if sound is None and named and named[0] == by_name.get("note"):
        return None if any(samples.values()) else named[0]
    return sound or (named[0] if named else None)


def _finer(date: str | None, by_name: Mapping[str, str], samples: Samples) -> str | None:
    """Of a column of days and another with the same days and their times, the other."""
    days = [str(v).strip() for v in samples.get(date or "", ()) if not values.is_blank(v)]
    if not days or not all(_ISO_DAY.fullmatch(d) for d in days):
        return date
    for name in GENERIC.columns["date"]:
        column = by_name.get(name)
        pairs = list(zip(samples.get(column or "", ()), samples.get(date or "", ()), strict=False))
        if column != date and pairs and all(_is_moment_of(moment, day) for moment, day in pairs):
            return column
    return date


def _is_moment_of(moment: Any, day: Any) -> bool:
    """Whether a time in ISO 8601 lies in a day written beside it."""
    return isinstance(moment, str) and len(moment) > 12 and ":" in moment and moment[:10] == str(day).strip()


def _clock_column(
    chosen: Mapping[str, str | None], by_name: Mapping[str, str], samples: Samples
) -> str | None:
    """The time of day, where it stands beside the day in a column of its own."""
    if not mostly(
        samples.get(chosen["date"] or ""), lambda v: isinstance(v, str) and bool(_DAY.fullmatch(v))
    ):
        return None
    return next(
        (
            by_name[n] for n in _CLOCKS
            if n in by_name and by_name[n] != chosen["date"]
            and mostly(samples.get(by_name[n]), lambda v: bool(_CLOCK.fullmatch(str(v).strip())))
        ),
        None,
    )  # fmt: skip


def store_of_values(app_column: str | None, by_name: Mapping[str, str], samples: Samples) -> str | None:
    """The store of all rows, by addresses in them or ids of apps that only one store has; None where it is
    not told."""
    for column in [app_column, *(by_name[n] for n in NAMES_OF_ADDRESSES if n in by_name)]:
        said = [v for v in samples.get(column or "", ()) if not values.is_blank(v)]
        stores = {values.store_of_address(v) for v in said}
        if len(stores) == 1 and (only := stores.pop()) is not None:
            return only
    said = [v for v in samples.get(app_column or "", ()) if not values.is_blank(v)]
    # A package name may be the App Store's bundle; digits are never Google Play's.
    return "app_store" if said and all(values.store_of_app(v) == "app_store" for v in said) else None


def mostly(found: Sequence[Any] | None, is_one: Callable[[Any], bool]) -> bool:
    """Whether at least half of what some values say is of a kind; False where they say nothing."""
    said = [v for v in found or () if not values.is_blank(v)]
    return bool(said) and sum(map(is_one, said)) * 2 >= len(said)


def _is_stars(value: Any) -> bool:
    try:
        return values.stars(value) is not None
    except BadRow:
        return False


def _is_store(value: Any) -> bool:
    return isinstance(value, str) and places.store(value) is not None


def _names_review(value: Any) -> bool:
    return isinstance(value, str) and "://" in value and values.review_id(value, shortest=1) is not None


def _is_storefront(value: Any) -> bool:
    return isinstance(value, str) and "apple.com/" in value and places.country(value) is not None
