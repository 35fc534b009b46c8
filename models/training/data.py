"""Every text that the recipe reads, where it comes from, and who may learn from it.

The seeds and the label files lie beside this module and are ours. Everything else is third-party or labelled
third-party text and is never copied into the project (`corpora.py` says where it lies and whose it is).
"""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from models.training import readers
from models.training.corpora import PARALLEL, corpora, fold, label_key

SENTIMENTS = ("negative", "neutral", "positive")
TOPICS = (
    "crash", "bug", "login", "scanning", "performance", "connectivity", "compatibility", "update",
    "usability", "accessibility", "feature_request", "privacy_security", "payment", "notifications",
    "content", "support", "ads", "service",
)  # fmt: skip
EUROPEAN = ("de", "ru", "it", "fr", "es", "nl", "pt")

FIRST_SEEDS = ("ja_consumer", "ja_en_rare_topics", "ja_public_service")
# written after the vocabulary was fixed
LATER_SEEDS = (
    "ja_plain_reviews", "everyday_reviews", "ja_varied_reviews", "ja_long_reviews", "ja_short_and_sharp",
)  # fmt: skip
_SEEDS = Path(__file__).parent / "seeds"
# Our labels of texts that stay in the corpora; what they are of says `_labelled_texts`.
_LABELS = Path(__file__).parent / "labels"
OWN_LABELS = _LABELS / "more_reviews.tsv"
PLAY_LABELS = _LABELS / "ja_play_reviews.tsv"
SURVEY_LABELS = _LABELS / "survey_comments.tsv"
FITNESS_LABELS = _LABELS / "fitness_reviews.tsv"
# What everybody writes ("使いやすい", "love it") is nobody's: only longer texts are kept apart word for word.
_COMMON = 20


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled text; `group` is what must stay on one side of a split (an app, a seed scenario)."""

    text: str
    sentiment: int
    topics: frozenset[str]
    language: str
    origin: str
    group: str


@dataclass(frozen=True, slots=True)
class StarReview:
    """A review with stars (1-5) and the app it is about."""

    review_id: str
    app: str
    text: str
    stars: int


@cache
def star_reviews() -> tuple[StarReview, ...]:
    """All reviews with stars, distinct by id."""
    path = corpora() / "reviews/covid_apps_reviews.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        seen = {
            r["review_id"]: StarReview(r["review_id"], r["app_id"], r["content"], int(r["score"]))
            for r in csv.DictReader(lines)
            if r["content"].strip()
        }
    return tuple(seen.values())


def _rows(path: Path) -> Iterator[dict[str, object]]:
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines)


def labelled(name: str) -> list[Example]:
    """`en_train`, `eu_train` or `ja_dev`; the group is the app, or the row where the app is not known."""
    by_id = {r.review_id: r.app for r in star_reviews()}
    by_text = {r.text: r.app for r in star_reviews()}
    found = []
    for row in _rows(corpora() / "labels" / f"{name}.jsonl"):
        key, text = str(row["id"]), str(row["text"])
        app = by_id.get(key) or by_text.get(text)
        origin = key.split(":")[0] if app is None else "gp"
        found.append(_example(row, origin, app or key))
    return found


@cache
def titles() -> tuple[tuple[str, ...], ...]:
    """Short titles of ours, as App Store reviews carry them, by number of sentiment.

    They name no subject, so a text's topics stay what they were.
    """
    found = json.loads((_SEEDS / "ja_titles.json").read_text(encoding="utf-8"))
    return tuple(tuple(found[sentiment]) for sentiment in SENTIMENTS)


def seeds(names: Sequence[str] = (*FIRST_SEEDS, *LATER_SEEDS)) -> list[Example]:
    """Our own texts; the group is the domain, so that a scenario told in both languages stays together."""
    return [
        _example(row, f"seed:{name}", str(row["domain"]))
        for name in names
        for row in _rows(_SEEDS / f"{name}.jsonl")
    ]


def own_labels(path: Path = OWN_LABELS) -> list[Example]:
    """The texts of a label file of ours with their labels.

    Raises ValueError when a label names a text that the corpora do not hold.
    """
    known = _labelled_texts(path)
    found = []
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            if row["review"] not in known:
                raise ValueError(f"{path.name}: no text {row['review']} in {corpora()}")
            origin, group, text = known[row["review"]]
            topics = [] if row["topics"] == "-" else row["topics"].split(",")
            named = {"text": text, "lang": row["language"], "topics": topics, "sentiment": row["sentiment"]}
            found.append(_example(named, origin, group))
    return found


def _labelled_texts(path: Path) -> dict[str, tuple[str, str, str]]:
    """(origin, group, text) of every text that a label file may name, by its key."""
    if path == PLAY_LABELS:
        return {r.key: ("play", f"play {r.app}", r.text) for r in readers.play_reviews()}
    if path == SURVEY_LABELS:
        return {c.key: ("survey", c.key, c.text) for c in readers.survey_comments()}
    if path == FITNESS_LABELS:
        return {r.key: ("people", r.app, r.text) for r in readers.people_labelled()}
    return {label_key(r.review_id): ("gp", r.app, r.text) for r in star_reviews()}


def other_languages() -> list[tuple[str, str]]:
    """(language, text): our own texts in languages that the card does not cover, to measure with only."""
    lines = (_SEEDS.parent / "other_languages.tsv").read_text(encoding="utf-8").splitlines()
    return [(language, text) for language, text in (line.split("\t") for line in lines)]


def _example(row: dict[str, object], origin: str, group: str) -> Example:
    topics = frozenset(str(t) for t in row["topics"])  # type: ignore[attr-defined]
    unknown = topics - set(TOPICS)
    if unknown:
        raise ValueError(f"unknown topics {sorted(unknown)} in a row of {origin}: see TOPICS in data.py")
    sentiment = SENTIMENTS.index(str(row["sentiment"]))
    return Example(str(row["text"]), sentiment, topics, str(row["lang"]), origin, group)


def blanks() -> list[Example]:
    """Texts that say nothing: neutral, no topic."""
    texts = (
        "",
        " ",
        ".",
        "...",
        "-",
        "?",
        "!!",
        "。",
        "…",
        "？",
        "a",
        "x",
        "123",
        "test",
        "てすと",
        "ああ",
        "ok?",
        "👀",
        "🤔",
        "\ufffd",
    )
    return [Example(t, 1, frozenset(), "und", "blank", t) for t in texts]


def is_held_out(example: Example) -> bool:
    """Whether training must never see it: one app in five, one seed domain in eight, one survey comment in
    five, one app of the people's labels, all of ja_dev and of the Japanese Play reviews.

    Rows whose app nobody knows (Maalej et al., anonymous) and the one YouTube app are for training.
    """
    if example.origin in ("as", "play"):
        return True
    if example.origin.startswith("seed:"):
        return fold("seed " + example.group, 8) == 0
    if example.origin == "survey":
        return readers.is_held_out_comment(example.group)
    if example.origin == "people":
        return example.group == readers.UNSEEN_APP
    return example.origin == "gp" and is_held_out_app(example.group)


def is_held_out_app(app: str) -> bool:
    """Whether neither the labels nor the stars of this app may be learnt from."""
    return fold("app " + app, 5) == 0


def training_examples() -> list[Example]:
    """Everything labelled that is not held out. Real Japanese app reviews are never among it."""
    found = [*labelled("en_train"), *labelled("eu_train"), *seeds(), *blanks()]
    for path in (OWN_LABELS, SURVEY_LABELS, FITNESS_LABELS):
        found += own_labels(path)
    never = measured_texts()
    return [e for e in found if not is_held_out(e) and e.text not in never]


@cache
def measured_texts() -> frozenset[str]:
    """Texts of the corpora that are for measuring only: what is equal to one of them, word for word, is
    never learnt from either, whatever corpus it stands in."""
    play = {r.text for r in readers.play_reviews()}
    unseen = {r.text for r in readers.people_labelled() if r.is_held_out}
    comments = {c.text for c in readers.survey_comments() if c.is_held_out}
    return frozenset(text for text in play | unseen | comments if len(text) > _COMMON)


def validation_sets() -> dict[str, list[Example]]:
    """Held-out texts by name: unseen apps in English and European languages, real Japanese, our seeds."""
    found = [*labelled("en_train"), *labelled("eu_train")]
    unseen = [e for e in found if is_held_out(e)]
    sets = {"en": [e for e in unseen if e.language == "en"], "ja": labelled("ja_dev")}
    sets["eu"] = [e for e in unseen if e.language in EUROPEAN]
    sets["seeds"] = [e for e in seeds() if is_held_out(e)]
    return sets


def later_sets() -> dict[str, list[Example]]:
    """Held-out texts of later labels: Japanese Play reviews drawn at random, comments of a public survey."""
    comments = [e for e in own_labels(SURVEY_LABELS) if is_held_out(e)]
    return {"ja_play": own_labels(PLAY_LABELS), "survey": comments}


def all_sets() -> dict[str, list[Example]]:
    """Everything that a model is measured on."""
    return {**validation_sets(), **later_sets()}


def pairs() -> list[tuple[str, str]]:
    """English-Japanese pairs, distinct, short enough to be one thought, cleaned of markup-heavy lines."""
    seen: dict[tuple[str, str], None] = {}
    for name in PARALLEL:
        with gzip.open(corpora() / f"parallel/{name}.tsv.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                english, _, japanese = line.rstrip("\n").partition("\t")
                if english and japanese and _is_clean(english, japanese):
                    seen[english, japanese] = None
    return list(seen)


def _is_clean(english: str, japanese: str) -> bool:
    """Long passages and lines left half untranslated teach little for their price."""
    if len(english) > 260 or len(japanese) > 130:
        return False
    ascii_share = sum(c < "\x7f" for c in japanese) / len(japanese)
    return ascii_share < 0.6


def japanese_text() -> Iterator[str]:
    """Monolingual Japanese lines for the vocabulary."""
    for name in ("asdc_ja", "msdocs_support_ja", "jaquad_ja"):
        with gzip.open(corpora() / f"text/{name}.txt.gz", "rt", encoding="utf-8") as lines:
            yield from (line.strip() for line in lines)


def topic_matrix(examples: Sequence[Example]) -> list[list[float]]:
    """Rows of 0/1 in the order of TOPICS."""
    return [[float(t in e.topics) for t in TOPICS] for e in examples]


_END = re.compile(r"(?<=[.!?])\s+|\n+")


def sentences(text: str) -> list[str]:
    """The sentences of a text that has several, those of 15 to 200 characters."""
    parts = [part.strip() for part in _END.split(text)]
    return [part for part in parts if 15 <= len(part) <= 200] if len(parts) > 1 else []
