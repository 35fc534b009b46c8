"""Every text that the recipe reads, where it comes from, and who may learn from it.

The seeds lie beside this module and are ours. Everything else is third-party or labelled third-party
text, lies in `shared/data` beside the checkout (or where `HOSHIYOMI_CORPORA` points) and is never
copied into the project.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SENTIMENTS = ("negative", "neutral", "positive")
TOPICS = (
    "crash", "bug", "login", "scanning", "performance", "connectivity", "compatibility", "update",
    "usability", "accessibility", "feature_request", "privacy_security", "payment", "notifications",
    "content", "support", "ads", "service",
)  # fmt: skip
EUROPEAN = ("de", "ru", "it", "fr", "es", "nl", "pt")

# (path under the corpora, licence, source, what the recipe uses it for)
SOURCES = (
    ("labels/en_train.jsonl", "labels: this project; texts MIT, MIT, CC0",
     "S2-group/covid-apps-analysis; armor-ai/IDEA; Maalej et al.", "training, held-out apps"),
    ("labels/eu_train.jsonl", "labels: this project; texts MIT", "S2-group/covid-apps-analysis",
     "training, held-out apps"),
    ("labels/ja_dev.jsonl", "labels: this project; texts without a licence", "public test fixtures",
     "validation only"),
    ("reviews/covid_apps_reviews.csv.gz", "MIT", "S2-group/covid-apps-analysis",
     "stars as a weak label; vocabulary; unlabelled texts; texts of `models/training/labels`"),
    ("parallel/tanaka.tsv.gz", "CC BY-SA 4.0 (Tanaka corpus: CC BY)", "marmooo/graded-enja-corpus",
     "vocabulary, distillation"),
    ("parallel/python_docs.tsv.gz", "PSF", "python/python-docs-ja", "vocabulary, distillation"),
    ("parallel/msdocs_headings.tsv.gz", "CC BY 4.0", "Microsoft docs", "vocabulary, distillation"),
    ("parallel/ui_strings.tsv.gz", "MPL-2.0, BSD, Apache-2.0", "interface strings of free programs",
     "vocabulary, distillation"),
    ("text/asdc_ja.txt.gz", "CC BY 4.0", "megagonlabs/asdc", "vocabulary"),
    ("text/msdocs_support_ja.txt.gz", "CC BY 4.0", "Microsoft docs", "vocabulary"),
    ("text/jaquad_ja.txt.gz", "CC BY-SA 3.0", "SkelterLabsInc/JaQuAD", "vocabulary"),
)  # fmt: skip
PARALLEL = ("tanaka", "python_docs", "msdocs_headings", "ui_strings")
FIRST_SEEDS = ("ja_consumer", "ja_en_rare_topics", "ja_public_service")
# written after the vocabulary was fixed
LATER_SEEDS = ("ja_plain_reviews", "everyday_reviews", "ja_varied_reviews", "ja_long_reviews")
_SEEDS = Path(__file__).parent / "seeds"
# Our labels of reviews whose texts stay in the corpora.
OWN_LABELS = Path(__file__).parent / "labels" / "more_reviews.tsv"


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled text; `group` is what must stay on one side of a split (an app, a seed scenario)."""

    text: str
    sentiment: int
    topics: frozenset[str]
    language: str
    origin: str
    group: str


def corpora() -> Path:
    """The folder of third-party corpora. Raises FileNotFoundError naming what is missing and the remedy."""
    default = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    root = Path(os.environ.get("HOSHIYOMI_CORPORA", default))
    missing = [path for path, *_ in SOURCES if not (root / path).is_file()]
    if missing:
        raise FileNotFoundError(
            f"training corpora are missing under {root}: {', '.join(missing)}. "
            "Set HOSHIYOMI_CORPORA to the folder that holds them; their sources are listed in "
            "models/training/data.py."
        )
    return root


def fold(key: str, folds: int) -> int:
    """The same key always falls into the same of `folds` parts."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % folds


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


def label_key(review_id: str) -> str:
    """What names a review in OWN_LABELS: the first 16 hexadecimal digits of its id's SHA-256."""
    return hashlib.sha256(review_id.encode()).hexdigest()[:16]


def own_labels() -> list[Example]:
    """The reviews of OWN_LABELS with their labels; none of them is of a held-out app.

    Raises ValueError when a label names a review that the corpora do not hold.
    """
    reviews = {label_key(r.review_id): r for r in star_reviews()}
    found = []
    with OWN_LABELS.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            if row["review"] not in reviews:
                raise ValueError(f"{OWN_LABELS.name}: no review {row['review']} in {corpora()}")
            review = reviews[row["review"]]
            topics = [] if row["topics"] == "-" else row["topics"].split(",")
            known = {"text": review.text, "lang": row["language"], "topics": topics}
            found.append(_example({**known, "sentiment": row["sentiment"]}, "gp", review.app))
    return found


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
    """Whether training must never see it: one app in five, one seed domain in eight, all of ja_dev.

    Rows whose app nobody knows (Maalej et al., anonymous) and the one YouTube app are for training.
    """
    if example.origin == "as":
        return True
    if example.origin.startswith("seed:"):
        return fold("seed " + example.group, 8) == 0
    return example.origin == "gp" and is_held_out_app(example.group)


def is_held_out_app(app: str) -> bool:
    """Whether neither the labels nor the stars of this app may be learnt from."""
    return fold("app " + app, 5) == 0


def training_examples() -> list[Example]:
    """Everything labelled that is not held out. Real Japanese (ja_dev) is never among it."""
    found = [*labelled("en_train"), *labelled("eu_train"), *own_labels(), *seeds(), *blanks()]
    return [e for e in found if not is_held_out(e)]


def validation_sets() -> dict[str, list[Example]]:
    """Held-out texts by name: unseen apps in English and European languages, real Japanese, our seeds."""
    found = [*labelled("en_train"), *labelled("eu_train")]
    unseen = [e for e in found if is_held_out(e)]
    sets = {"en": [e for e in unseen if e.language == "en"], "ja": labelled("ja_dev")}
    sets["eu"] = [e for e in unseen if e.language in EUROPEAN]
    sets["seeds"] = [e for e in seeds() if is_held_out(e)]
    return sets


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
