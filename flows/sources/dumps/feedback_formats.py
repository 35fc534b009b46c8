"""Files of testers' feedback from other channels: survey tools, TestFlight, Firebase App Distribution.

Which column is which field. Names of people are in no list: such a column is not read. The column of a
respondent's id or address is read to make a pseudonym of it and is kept nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flows.errors import InputError
from flows.sources.dumps.columns import first_of
from flows.sources.dumps.formats import FEEDBACK_FIELDS, Format, plain_name
from flows.sources.dumps.layout import Layout, apply_mapping, named, shown_names

SURVEY = Format(
    name="survey",
    kind="feedback",
    store=None,
    marks=(),
    columns={
        "id": ("response_id", "responseid", "response id", "回答id", "id", "#"),
        "person": (
            "respondent_id", "respondentid", "respondent id", "participant_id", "tester", "email", "e-mail",
            "email address", "recipientemail", "メールアドレス", "回答者id",
        ),
        "text": (
            "text", "feedback", "comment", "comments", "message", "answer", "ご意見", "意見", "感想",
            "コメント", "自由記述",
        ),
        "rating": ("rating", "stars", "score", "満足度", "評価"),
        "date": (
            "submitted_at", "submitted at", "submit date (utc)", "submitdate", "recordeddate", "end date",
            "enddate", "timestamp", "date", "created_at", "createtime", "回答日時", "タイムスタンプ",
        ),
        "version": ("version", "app_version", "appversion", "app version", "build", "バージョン"),
        "language": ("language", "lang", "locale", "userlanguage", "言語"),
        "screen": ("screen", "page", "画面"),
        "device": ("device", "devicemodel", "device model", "機種"),
        "cohort": ("cohort", "group"),
        "analyse": ("analyse", "analyze", "may_analyse"),
        "quote": ("quote", "may_quote"),
    },
)  # fmt: skip
TESTFLIGHT = Format(
    name="testflight",
    kind="feedback",
    store="app_store",
    # The names of the App Store Connect API, as tools that read it write them into a table.
    marks=(
        frozenset({"comment", "createddate"}),
        frozenset({"attributes.comment", "attributes.createddate"}),
    ),
    columns={
        "id": ("id",),
        "person": ("tester", "testerid", "tester id", "email", "attributes.email"),
        "text": ("comment", "attributes.comment"),
        "date": ("createddate", "attributes.createddate"),
        "version": ("buildversion", "build", "version", "appversion"),
        "language": ("locale", "attributes.locale"),
        "device": ("devicemodel", "attributes.devicemodel"),
        "cohort": ("group", "betagroup"),
    },
)
FIREBASE = Format(
    name="firebase",
    kind="feedback",
    store="google_play",
    # projects.apps.releases.feedbackReports of the App Distribution API.
    marks=(frozenset({"name", "tester", "createtime"}),),
    columns={
        "id": ("name",),
        "person": ("tester",),
        "text": ("text",),
        "date": ("createtime",),
        "version": ("displayversion", "version"),
    },
)
FORMATS = (TESTFLIGHT, FIREBASE, SURVEY)


def lay_out_feedback(
    file: str, names: Sequence[str], wanted: str | None, mapping: Mapping[str, str]
) -> Layout:
    """Find the format of a file by its column names, and its columns.

    Raises InputError naming what was seen, the nearest known name and the remedy.
    """
    by_name = {plain_name(name): name for name in reversed(names)}
    known = named(file, wanted, FORMATS) if wanted else _recognised(by_name)
    chosen = {
        f: first_of(by_name, [plain_name(c) for c in known.columns.get(f, ())]) for f in FEEDBACK_FIELDS
    }
    apply_mapping(file, chosen, names, mapping)
    for needed in (("date",), ("text", "rating"), ("person", "id")):
        if not any(chosen[f] for f in needed):
            raise InputError(
                f"{file}: read as {known.name}, but there is no column for {' or '.join(needed)}. Columns: "
                f"{shown_names(names)}. Remedy: --map {needed[0]}=COLUMN."
            )
    return Layout(format=known, columns=tuple(chosen.values()), has_authors=True)


def _recognised(by_name: Mapping[str, str]) -> Format:
    for known in FORMATS:
        if any(marks <= by_name.keys() for marks in known.marks):
            return known
    return SURVEY
