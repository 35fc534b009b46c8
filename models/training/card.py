"""The model card, rendered from the figures so that no number in it is typed by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.training.corpora import SOURCES
from models.training.data import SENTIMENTS, TOPICS
from models.training.evaluate import UNSURE, Calibration

SETS = {
    "en": "English, apps never seen",
    "ja": "Japanese, real App Store reviews (`ja_dev`)",
    "seeds": "our own texts (Japanese, a few English), domains never seen",
    "eu": "German, Spanish, Italian, Russian, apps never seen",
}
OUR_LABELS = (
    ("survey_comments.tsv", "Fukui Prefecture Tourism Federation", "training, one comment in five held out"),
    ("fitness_reviews.tsv", "Jl-wei/mini-bar", "training"),
    ("ja_play_reviews.tsv", "satohibiki/App_review_analysis", "validation only"),
)
LATER = {
    "ja_play": "Japanese, Google Play reviews drawn at random",
    "survey": "Japanese, comments of a public survey",
}
AIMS = {"en": (0.83, 0.77), "ja": (0.80, 0.66), "ja_play": (0.80, 0.66), "eu": (0.75, 0.58)}
"""What macro-F1 of the tone and micro-F1 of topics are to reach on held-out texts."""


@dataclass(frozen=True, slots=True)
class Story:
    """What a card tells in words: formats with the placeholders that `render` fills."""

    introduction: str
    method: str
    weaknesses: str


_INTRODUCTION = """# Model card: {name}

Reads one app review or piece of tester feedback and says its sentiment (negative, neutral, positive) and
which of eighteen topics it speaks of. Japanese and English; runs offline on a CPU.

| | |
|---|---|
| architecture | %(architecture)s |
| heads | mean and maximum over the pieces, then one linear layer for each question |
| starting point | %(start)s |
| teacher, not served | %(teacher)s |
| files | `model.onnx` (int8), `tokenizer.json`, `tokenizer_config.json`, `config.json`, `card.json` |
| what it takes for what | `confusion.json`: counts by task, language and app of the held-out texts below |
| beside them | `baseline.npz`, the hashed TF-IDF baseline of `hoshiyomi evaluate` |
| licence | Apache-2.0 for the weights as we made them; attributions below |
| reads | the first 256 pieces of a text, of its first 4,096 characters |
| made by | %(made_by)s |

## Intended use, and what it is not for
For counting: how tone and topics of many reviews move over time and between releases. Not for decisions
about a person, not for moderation, not for reading one review as if a person had read it. A text in a
language outside the tables below is marked "not covered" and gets neither tone nor topics.
"""


def introduction(*, architecture: str, start: str, teacher: str, made_by: str) -> str:
    """How a card begins; what differs from model to model is a row of its table."""
    rows = {"architecture": architecture, "start": start, "teacher": teacher, "made_by": made_by}
    return _INTRODUCTION % rows


LABELS = """## How the labels came about
Every labelled review was read and labelled singly by a language model that followed our label guide, with
passes for consistency; no keyword rules. Agreement of kappa 0.96 (sentiment) and micro-F1 0.95 (topics) is
that of two such passes: agreement between people would be lower. Our own texts (seeds) were written
and labelled by a language model; they are wittier and cleaner than what people write, so their figures
are higher than the real ones. `more_reviews.tsv` holds labels of 5,758 more reviews, made in the same way by
several annotators, most of them of reviews where an earlier model was unsure: of 195 known texts mixed in
unmarked they gave the same tone in 97.5 % (English) and 94.7 % (other languages).
"""


def render(figures: Mapping[str, Any], values: Calibration, name: str, story: Story) -> str:
    """The whole card as Markdown."""
    whole = figures["int8"]
    parts = [
        story.introduction.format(
            name=name, pieces=figures["pieces"], **figures.get("shape", {}), **figures["voted_on"]
        ),
        "## Figures\n",
        *_summary(figures),
        *(
            line
            for key in ("en", "ja", "ja_play")
            if key in whole
            for line in _sentiment(key, whole[key]["sentiment"])
        ),
        *_topics(whole, values),
        *unsure(figures.get("unsure")),
        *languages(whole, figures["baselines"]),
        *_coverage(figures["coverage"]),
        *_int8(figures),
        *_speed(figures.get("speed")),
        *_frontier(figures.get("frontier")),
        *_ballot(figures.get("ballot")),
        *_ablation(figures.get("ablation")),
        *_before(figures.get("before"), figures),
        *_outside(figures.get("outside"), figures.get("outside_before")),
        story.method.format(temperature=values.temperature, **figures["voted_on"]),
        LABELS,
        *_sources(),
        story.weaknesses.format(
            ja=whole["ja"]["sentiment"]["texts"],
            missed=_missed(whole),
            **{name: whole["en"]["sentiment"]["per_class"][name]["support"] for name in SENTIMENTS[1:]},
        ),
    ]
    return "\n".join(parts)


def _missed(whole: Mapping[str, Any]) -> str:
    """The aims of the project that the figures stay below."""
    missed = [
        f"{key} {task} {AIMS[key][n]:.2f} ({whole[key][task][figure]:.3f})"
        for key in AIMS
        if key in whole
        for n, (task, figure) in enumerate((("sentiment", "macro_f1"), ("topics", "micro_f1")))
        if whole[key][task][figure] < AIMS[key][n]
    ]
    return ", ".join(missed) or "none"


def sets_of(figures: Mapping[str, Any]) -> dict[str, str]:
    """The held-out sets that figures hold, with their names for readers."""
    return {key: what for key, what in {**SETS, **LATER}.items() if key in figures}


def _before(before: Mapping[str, Any] | None, figures: Mapping[str, Any]) -> Iterator[str]:
    if not before:
        return
    yield "### The model before and this one, on the same texts\n"
    yield (
        "The model before as it was calibrated when it was shipped; this one cross-fitted; the teacher "
        "without stars, fp32 and uncalibrated.\n"
    )
    yield "| held out | tone: before | now | teacher | topics: before | now | teacher |"
    yield "|---|---|---|---|---|---|---|"
    teacher = figures.get("teacher_reached", {})
    for key, what in sets_of(figures["int8"]).items():
        cells = []
        for n, (task, figure) in enumerate((("sentiment", "macro_f1"), ("topics", "micro_f1"))):
            cells += [f"{side[key][task][figure]:.3f}" for side in (before, figures["int8"])]
            cells.append(f"{teacher[key][n]:.3f}" if key in teacher else "-")
        yield f"| {what} | " + " | ".join(cells) + " |"
    yield "\n| F1 of a sentiment | before | now |"
    yield "|---|---|---|"
    for key, what in sets_of(figures["int8"]).items():
        for name in SENTIMENTS:
            old, new = (s[key]["sentiment"]["per_class"][name]["f1"] for s in (before, figures["int8"]))
            yield f"| {what}: {name} | {old:.2f} | {new:.2f} |"
    yield "\n| F1 of a topic (true cases), all sets together | before | now |"
    yield "|---|---|---|"
    for topic in TOPICS:
        old, new = (_pooled(side, sets_of(figures["int8"]), topic) for side in (before, figures["int8"]))
        yield f"| {topic} ({new[1]}) | {old[0]:.2f} | {new[0]:.2f} |"
    yield ""


def _outside(now: Mapping[str, Any] | None, before: Mapping[str, Any] | None) -> Iterator[str]:
    if not now:
        return
    yield "### By stars, and by labels that other people gave\n"
    yield (
        "`models/training/outside.py`. Stars and tone may differ for good reasons; people's labels are "
        "of a fitness app that training never saw.\n"
    )
    yield "| | texts | before | now |"
    yield "|---|---|---|---|"
    sides = now, before or {}
    for key, what in (
        ("praise", "Japanese Play reviews with 4-5 stars that are called negative"),
        ("blame", "Japanese Play reviews with 1-2 stars that are called positive"),
    ):
        told, old = (side.get("stars", {}).get(key) for side in sides)
        was = f"{100 * old['contradict']:.1f} %" if old else "-"
        yield f"| {what} | {told['texts']:,} | {was} | {100 * told['contradict']:.1f} % |"
    for group, told in now["people"].items():
        old = sides[1].get("people", {}).get(group, {})
        for key, what in (("problem", "problem report"), ("request", "feature request")):
            was = f"{old[key]:.3f}" if key in old else "-"
            which = "" if group == "all" else f" ({group})"
            yield f"| F1 of a {what}{which} | {told['texts']:,} | {was} | {told[key]:.3f} |"
    yield ""


def _pooled(side: Mapping[str, Any], sets: Mapping[str, str], topic: str) -> tuple[float, int]:
    """F1 of a topic over several sets, weighted by its true cases, and how many those are."""
    found = [side[key]["topics"]["per_topic"][topic] for key in sets]
    cases = sum(int(c["support"]) for c in found)
    return sum(c["f1"] * c["support"] for c in found) / max(cases, 1), cases


def _span(value: float, ends: list[float]) -> str:
    return f"{value:.3f} ({ends[0]:.3f} to {ends[1]:.3f})"


def _summary(figures: Mapping[str, Any]) -> Iterator[str]:
    yield "95 % bootstrap intervals in brackets; TF-IDF is logistic regression on the same training texts."
    yield ""
    yield "| held out | texts | sentiment macro-F1 | TF-IDF | majority | topics micro-F1 | TF-IDF | ECE |"
    yield "|---|---|---|---|---|---|---|---|"
    for key, what in sets_of(figures["int8"]).items():
        s, t = figures["int8"][key]["sentiment"], figures["int8"][key]["topics"]
        plain = figures["baselines"][key]
        yield (
            f"| {what} | {s['texts']} | {_span(s['macro_f1'], s['macro_f1_95'])} | {plain['tfidf'][0]:.3f} "
            f"| {plain['majority'][0]:.3f} | {_span(t['micro_f1'], t['micro_f1_95'])} "
            f"| {plain['tfidf'][1]:.3f} | {s['calibration_error']:.3f} |"
        )
    yield ""


def _sentiment(key: str, s: Mapping[str, Any]) -> Iterator[str]:
    yield f"### Sentiment: {({**SETS, **LATER})[key]}\n"
    yield "| class | precision | recall | F1 | texts | said negative | said neutral | said positive |"
    yield "|---|---|---|---|---|---|---|---|"
    for row, name in enumerate(SENTIMENTS):
        c, counts = s["per_class"][name], s["confusion"][row]
        yield (
            f"| {name} | {c['precision']:.2f} | {c['recall']:.2f} | {c['f1']:.2f} | {c['support']} | "
            + " | ".join(str(n) for n in counts)
            + " |"
        )
    yield f"\nAccuracy {s['accuracy']:.3f}.\n"


def _topics(whole: Mapping[str, Any], values: Calibration) -> Iterator[str]:
    keys = ("en", "ja", "seeds")
    yield "### Topics: F1 (true cases)\n"
    yield "| topic | threshold | English | real Japanese | our own texts |"
    yield "|---|---|---|---|---|"
    for n, topic in enumerate(TOPICS):
        cells = []
        for key in keys:
            c = whole[key]["topics"]["per_topic"][topic]
            cells.append(f"{c['f1']:.2f} ({c['support']})" if c["support"] else "- (0)")
        yield f"| {topic} | {values.thresholds[n]:.2f} | " + " | ".join(cells) + " |"
    yield ""


def unsure(told: Mapping[str, Mapping[str, float]] | None) -> Iterator[str]:
    """How many texts the model is unsure of, and how often it is right about those and the others."""
    if not told:
        return
    yield "### Where the model is unsure\n"
    yield (
        f"Of some texts no sentiment gets a probability of {100 * UNSURE:.0f} %. Pages mark them, and find "
        "them for those who correct the model.\n"
    )
    yield "| held out | texts | unsure | then right | else right |"
    yield "|---|---|---|---|---|"
    for key, what in {**sets_of(told), "all": "all together"}.items():
        shares = (f"{100 * told[key][name]:.1f} %" for name in ("share", "right", "right_else"))
        yield f"| {what} | {told[key]['texts']:,} | " + " | ".join(shares) + " |"
    yield ""


def languages(whole: Mapping[str, Any], plain: Mapping[str, Any]) -> Iterator[str]:
    """The figures of each European language, beside those of TF-IDF."""
    yield "### European languages, apps never seen\n"
    yield "| language | texts | sentiment macro-F1 | TF-IDF | topics micro-F1 | TF-IDF |"
    yield "|---|---|---|---|---|---|"
    for key in sorted(k for k in whole if k.startswith("eu:")):
        s, t = whole[key]["sentiment"], whole[key]["topics"]
        tone, topics = plain[key]["tfidf"]
        yield (
            f"| {key[3:]} | {s['texts']} | {_span(s['macro_f1'], s['macro_f1_95'])} | {tone:.3f} "
            f"| {_span(t['micro_f1'], t['micro_f1_95'])} | {topics:.3f} |"
        )
    yield ""


def _coverage(coverage: Mapping[str, Any]) -> Iterator[str]:
    yield "### Languages outside the card\n"
    yield (
        "`models/text/languages.py` decides by script, by words and letters of other languages, and by Han "
        "that Japanese hardly writes. In doubt a text is read. Refused by mistake would be:\n"
    )
    yield "| texts of covered languages | texts | marked not covered |"
    yield "|---|---|---|"
    for what, (refused, texts) in coverage["covered"].items():
        yield f"| {what} | {texts:,} | {refused} |"
    yield "\nMarked not covered, of texts of our own in other languages:\n"
    yield "| language | marked | texts |"
    yield "|---|---|---|"
    for language, (refused, texts) in coverage["others"].items():
        yield f"| {language} | {refused} | {texts} |"
    yield ""


def _int8(figures: Mapping[str, Any]) -> Iterator[str]:
    yield "### What int8 costs (points of F1 against fp32)\n"
    yield "| held out | sentiment | topics |"
    yield "|---|---|---|"
    for key, what in sets_of(figures["int8"]).items():
        small, full = figures["int8"][key], figures["fp32"][key]
        sentiment = 100 * (small["sentiment"]["macro_f1"] - full["sentiment"]["macro_f1"])
        topics = 100 * (small["topics"]["micro_f1"] - full["topics"]["micro_f1"])
        yield f"| {what} | {sentiment:+.2f} | {topics:+.2f} |"
    same = figures["agreement"]
    yield (
        "\nThese differences are a few texts either way. On "
        f"{same['texts']:,} unlabelled reviews both say the same tone in {100 * same['tone']:.2f} %; of the "
        f"topics that either names, both name {100 * same['topics']:.1f} %.\n"
    )


def _speed(speed: Mapping[str, Any] | None) -> Iterator[str]:
    yield "### Speed\n"
    if speed:
        what = f"{speed['texts']} real reviews, {speed['machine']}"
        yield f"Measured with `benchmarks/classify.py`: {what}.\n"
        yield "| | texts/s | texts a core-second | peak MB |"
        yield "|---|---|---|---|"
        for row in speed["rows"]:
            yield f"| {row['name']} | {row['rate']:.0f} | {row['per_core']:.0f} | {row['megabytes']:.0f} |"
    else:
        yield "`make bench` measures it side by side with other classifiers on your machine."
    yield ""


def _frontier(points: Sequence[Mapping[str, Any]] | None) -> Iterator[str]:
    if not points:
        return
    yield "### What layers are worth\n"
    yield "Students of other shapes (`models/training/frontier.py`), int8 too, timed in turns:\n"
    yield "| model | MB | speed | " + " | ".join(f"{key}: tone / topics" for key in SETS) + " |"
    yield "|---|---|---|" + "---|" * len(SETS)
    slowest = min(p["texts_per_second"] for p in points)
    for p in sorted(points, key=lambda p: p["texts_per_second"]):
        cells = [f"{p['figures'][key][0]:.3f} / {p['figures'][key][1]:.3f}" for key in SETS]
        rate = f"{p['texts_per_second'] / slowest:.2f}"
        yield f"| {p['name']} | {p['megabytes']:.1f} | {rate} | " + " | ".join(cells) + " |"
    yield ""


def _ballot(found: Mapping[str, Mapping[str, Sequence[float]]] | None) -> Iterator[str]:
    if found:
        yield "### What each voter gives\n"
        yield (
            "The mix of answers that the student learns from, calibrated like the served model "
            "(`models/training/ballot.py`).\n"
        )
        yield from _by_set("who votes", found)


def _ablation(found: Mapping[str, Mapping[str, Sequence[float]]] | None) -> Iterator[str]:
    if found:
        yield "### What each ingredient gives\n"
        yield (
            "Students that read a fifth of the texts without labels once, so below the served one; fp32 "
            "(`models/training/ablation.py`). Most differences of a point are within chance.\n"
        )
        yield from _by_set("student", found)


def _by_set(what: str, found: Mapping[str, Mapping[str, Sequence[float]]]) -> Iterator[str]:
    sets = list(next(iter(found.values())))
    yield f"| {what} | " + " | ".join(f"{key}: tone / topics" for key in sets) + " |"
    yield "|---|" + "---|" * len(sets)
    for who, figures in found.items():
        yield f"| {who} | " + " | ".join("{:.3f} / {:.3f}".format(*figures[key]) for key in sets) + " |"
    yield ""


def _sources() -> Iterator[str]:
    yield "## Data, licences, attribution\n"
    yield "| data | licence | source | use |"
    yield "|---|---|---|---|"
    for path, licence, source, use in SOURCES:
        yield f"| `{path}` | {licence} | {source} | {use} |"
    own = "labels: Apache-2.0, this project; texts stay in the corpora"
    yield f"| `models/training/labels/more_reviews.tsv` | {own} | S2-group/covid-apps-analysis | training |"
    for file, source, use in OUR_LABELS:
        yield f"| `models/training/labels/{file}` | {own} | {source} | {use} |"
    yield "| `models/training/seeds/*.jsonl` | Apache-2.0 | this project | training, held-out domains |"
    yield (
        "\nThe Tanaka corpus was compiled by Yasuhito Tanaka and is kept by the Tatoeba project; JaQuAD "
        "is by SkelterLabs; ASDC by Megagon Labs; the survey is open data (FTAS) of the "
        "Fukui Prefecture Tourism Federation, of which we took a part. Texts of `labels`, `reviews`, "
        "`parallel`, `survey`, `minibar` and `text` are not part of this project.\n"
    )
