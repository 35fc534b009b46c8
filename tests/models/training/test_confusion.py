"""`confusion.json`: what is counted, what its status says, and that the committed file is true."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.text.classifier import BUNDLED, Classifier
from models.text.languages import COVERED
from models.training import confusion, data, evaluate
from models.training.data import SENTIMENTS, TOPICS, Example
from models.training.evaluate import Scored

KEPT = json.loads((BUNDLED / "confusion.json").read_text(encoding="utf-8"))
CARD = (BUNDLED / "MODEL_CARD.md").read_text(encoding="utf-8")


def _scored(*rows: tuple[str, int, int]) -> tuple[Scored, tuple[np.ndarray, np.ndarray]]:
    """Texts as (app, true sentiment, said sentiment); each is about a crash and said to be about a bug."""
    examples = [Example("", true, frozenset({"crash"}), "ja", "gp", app) for app, true, _ in rows]
    said = np.eye(3)[[said for *_, said in rows]]
    named = np.zeros((len(rows), len(TOPICS)), dtype=bool)
    named[:, TOPICS.index("bug")] = True
    blank = np.zeros((len(rows), len(TOPICS)))
    return Scored(examples, said, blank), (said, named)


def _counted() -> dict[str, dict[str, object]]:
    ja = _scored(("a", 0, 0), ("b", 1, 0), ("b", 2, 2))
    sets, decided = ({"ja": ja[n], "en": ja[n], "eu": ja[n]} for n in (0, 1))
    card = {
        key: {"sentiment_macro_f1_95": [0.5, 0.9], "topics_micro_f1_95": [0.1, 0.9], "tfidf": [0.4, 0.2]}
        for key in sets
    }
    found = confusion.confusion(sets, decided, evaluate.report(sets, decided), card)
    return {task: found[task]["languages"]["ja"] for task in found}


def test_every_app_is_counted_by_itself_the_largest_first() -> None:
    found = _counted()
    assert found["sentiment"]["apps"] == [
        [[0, 0, 0], [1, 0, 0], [0, 0, 1]],
        [[1, 0, 0], [0, 0, 0], [0, 0, 0]],
    ]
    topics = found["topics"]["apps"]
    assert [app["texts"] for app in topics] == [2, 1]
    assert topics[0]["counts"][TOPICS.index("bug")] == [0, 2, 0]
    assert topics[0]["counts"][TOPICS.index("crash")] == [0, 0, 2]


def test_a_model_whose_interval_holds_tfidf_is_no_better() -> None:
    found = _counted()
    assert (found["sentiment"]["status"], found["topics"]["status"]) == ("measured", "no_better_than_tfidf")


def test_every_covered_language_has_a_status_and_the_card_names_those_without() -> None:
    for task in ("sentiment", "topics"):
        statuses = {k: v["status"] for k, v in KEPT[task]["languages"].items()}
        assert set(statuses) == set(COVERED)
        assert {k for k, v in statuses.items() if v == "not_measured"} == {"fr", "nl", "pt"}
    no_better = {k for k, v in KEPT["topics"]["languages"].items() if v["status"] == "no_better_than_tfidf"}
    assert no_better == set()
    assert "French, Dutch and Portuguese have no unseen app" in CARD
    assert "no better than TF-IDF" not in CARD


@pytest.mark.parametrize(
    ("language", "headings"),
    [("en", ("English, apps",)), ("ja", ("Japanese, real App", "Japanese, Google Play"))],
)
def test_the_counts_are_those_of_the_card(language: str, headings: tuple[str, ...]) -> None:
    told = np.zeros((3, 3), dtype=int)
    for heading in headings:
        table = CARD.split(f"### Sentiment: {heading}")[1].split("Accuracy")[0]
        for row, name in enumerate(SENTIMENTS):
            counts = re.findall(rf"^\| {name} \|.*?\| \d+ \| (\d+) \| (\d+) \| (\d+) \|$", table, re.M)
            told[row] += [int(n) for n in counts[0]]
    assert np.sum(KEPT["sentiment"]["languages"][language]["apps"], axis=0).tolist() == told.tolist()


def test_of_two_sets_of_a_language_all_texts_count_and_the_larger_speaks() -> None:
    first, second = _scored(("a", 0, 0), ("b", 1, 0), ("b", 2, 2)), _scored(("c", 0, 0))
    others = {
        name: (replace(first[0], examples=[replace(e, language=code) for e in first[0].examples]), first[1])
        for name, code in (("en", "en"), ("eu", "de"))
    }
    parts = {"ja_play": first, "ja": second, **others}
    sets, decided = ({name: part[n] for name, part in parts.items()} for n in (0, 1))
    better, worse = ([0.5, 0.9], [0.1, 0.9])
    card = {
        name: {"sentiment_macro_f1_95": span, "topics_micro_f1_95": span, "tfidf": [0.4, 0.4]}
        for name, span in (("ja_play", better), ("ja", worse), ("en", worse), ("eu", worse))
    }
    found = confusion.confusion(sets, decided, evaluate.report(sets, decided), card)["sentiment"]["languages"]
    assert (found["ja"]["status"], found["ja"]["texts"], len(found["ja"]["apps"])) == ("measured", 4, 3)


def test_the_languages_of_the_house_are_read_better_than_by_counting_words() -> None:
    for task in ("sentiment", "topics"):
        assert {KEPT[task]["languages"][code]["status"] for code in ("ja", "en")} == {"measured"}


def test_the_file_holds_figures_only() -> None:
    words = set(re.findall(r"[^\W\d_]{2,}", json.dumps(KEPT)))
    assert words <= {
        *SENTIMENTS, *COVERED, *" ".join(TOPICS).replace("_", " ").split(), "sentiment", "topics", "labels",
        "languages", "status", "texts", "apps", "counts", "low", "high", "measured", "not", "no", "better",
        "than", "tfidf",
    }  # fmt: skip


def test_the_committed_file_is_what_the_bundled_model_does(tmp_path: Path) -> None:
    # every held-out text is read: some seconds
    try:
        data.corpora()
    except FileNotFoundError as error:
        pytest.skip(f"labelled texts are not here: {error}")
    sets = evaluate.score(Classifier.load(), data.all_sets())
    decided = evaluate.cross_fitted(sets, languages_apart=True)
    card = json.loads((BUNDLED / "card.json").read_text(encoding="utf-8"))
    again = confusion.confusion(sets, decided, evaluate.report(sets, decided), card)
    confusion.write(tmp_path, again)
    assert (tmp_path / "confusion.json").read_bytes() == (BUNDLED / "confusion.json").read_bytes()
