"""The corpora that came later: a visitors' survey, reviews labelled by people, Japanese Play reviews.

Each row is known by a key that a label of ours can name without repeating the text. Who may learn from
what is decided here too: one comment of the survey in five, one app of the people's labels and every
Japanese Play review are for measuring only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from models.training.corpora import fold, label_key, table

SURVEY = "survey/fukui_visitors_ja.tsv.gz"
PEOPLE = "minibar/labelled.tsv.gz"
PLAY = "reviews/ja_play_stars.tsv.gz"
# Whose reviews no model may learn from: the app whose themes nobody grouped, so it is unseen in every way.
UNSEEN_APP = "Samsung Health"


@dataclass(frozen=True, slots=True)
class SurveyComment:
    """What a visitor wrote under one question; `score` as the survey has it (a word, 0-10 or nothing)."""

    key: str
    question: str
    score: str
    text: str

    @property
    def is_held_out(self) -> bool:
        return is_held_out_comment(self.key)


@dataclass(frozen=True, slots=True)
class PeopleLabelled:
    """An app review that people called a problem report, a feature request, or neither."""

    key: str
    app: str
    language: str
    stars: int
    is_problem: bool
    is_request: bool
    text: str

    @property
    def is_held_out(self) -> bool:
        return self.app == UNSEEN_APP


@dataclass(frozen=True, slots=True)
class PlayReview:
    """A Japanese Google Play review; nothing learns from it."""

    key: str
    app: str
    stars: int
    text: str


def is_held_out_comment(key: str) -> bool:
    """Whether the comment of the survey with this key is for measuring only."""
    return fold(f"survey {key}", 5) == 0


@cache
def survey_comments() -> tuple[SurveyComment, ...]:
    """Every comment, distinct by question and text; equal texts have equal keys, so they share a side."""
    found = {(r["question"], r["text"]): r for r in table(SURVEY) if r["text"].strip()}
    return tuple(
        SurveyComment(label_key(text), question, r["score"], text) for (question, text), r in found.items()
    )


@cache
def people_labelled() -> tuple[PeopleLabelled, ...]:
    """The 12,000 labelled reviews, distinct by app and text."""
    found = {(r["app"], r["text"]): r for r in table(PEOPLE) if r["text"].strip()}
    return tuple(
        PeopleLabelled(
            label_key(text), app, r["language"], int(r["score"]),
            r["problem_report"] == "1", r["feature_request"] == "1", text,
        )
        for (app, text), r in found.items()
    )  # fmt: skip


@cache
def play_reviews() -> tuple[PlayReview, ...]:
    """Japanese Play reviews, distinct by text."""
    found: dict[str, PlayReview] = {}
    for r in table(PLAY):
        if r["text"].strip():
            found.setdefault(r["text"], PlayReview(label_key(r["id"]), r["app"], int(r["stars"]), r["text"]))
    return tuple(found.values())
