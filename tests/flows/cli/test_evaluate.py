from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from flows.cli.evaluate import Labelled, evaluate, lines, read_labelled, store
from flows.errors import InputError
from models.text.classifier import NOT_COVERED, Prediction, TopicScore
from models.text.evaluation import Answer

TOPICS = ("crash", "usability")


class Scripted:
    """Says "positive, usability" of what holds "good", else "negative, crash", always at 0.8."""

    name = "scripted"
    model_version = "scripted+1"
    figures = MappingProxyType[str, Any]({})

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        return [
            Prediction("positive", _shares("positive"), (TopicScore("usability", 0.9),))
            if "good" in text
            else Prediction(NOT_COVERED, _shares("negative"), ())
            if "坏" in text
            else Prediction("negative", _shares("negative"), (TopicScore("crash", 0.9),))
            for text in texts
        ]


class Silent:
    def answer(self, texts: Sequence[str]) -> list[Answer]:
        return [Answer("neutral", ()) for _ in texts]


def _shares(tone: str) -> dict[str, float]:
    return {s: 0.8 if s == tone else 0.1 for s in ("negative", "neutral", "positive")}


def _labelled(count: int, language: str = "en") -> list[Labelled]:
    good = Labelled("good", "positive", frozenset({"usability"}), language)
    bad = Labelled("bad", "negative", frozenset({"crash"}), language)
    return [good, bad] * (count // 2)


def _report(rows: list[Labelled]) -> dict[str, Any]:
    return evaluate(rows, Scripted(), Silent(), TOPICS)  # type: ignore[arg-type]


def test_a_perfect_model_scores_one_and_a_silent_one_zero() -> None:
    figures = _report(_labelled(40))["parts"]["all"]
    assert figures["model"]["sentiment"]["macro_f1"] == 1
    assert figures["model"]["topics"]["micro_f1"] == 1
    assert figures["tf_idf"]["sentiment"]["macro_f1"] == 0
    assert figures["majority"]["sentiment"]["accuracy"] == 0.5


def test_a_model_that_says_eight_tenths_and_is_always_right_is_off_by_two_tenths() -> None:
    figures = _report(_labelled(40))["parts"]["all"]["model"]
    assert figures["sentiment"]["calibration_error"] == pytest.approx(0.2)


def test_a_text_that_is_not_covered_counts_as_neutral_without_topics() -> None:
    report = _report([*_labelled(20), Labelled("坏", "negative", frozenset({"crash"}), "zh")])
    tone = report["parts"]["all"]["model"]["sentiment"]
    assert report["not_covered"] == 1
    assert tone["confusion"][0] == [10, 1, 0]
    assert "1 in languages the card does not cover" in "\n".join(lines(report))


def test_languages_with_twenty_texts_are_told_apart() -> None:
    report = _report([*_labelled(20, "ja"), *_labelled(20, "en"), *_labelled(4, "fr")])
    assert list(report["parts"]) == ["all", "en", "ja"]
    assert report["languages"] == {"en": 20, "fr": 4, "ja": 20}


def test_texts_of_an_app_say_what_the_model_takes_for_what_there() -> None:
    rows = [*_labelled(20), Labelled("bad", "positive", frozenset({"usability"}), "en-GB"),
            Labelled("坏", "negative", frozenset({"crash"}), "zh"),
            Labelled("good", "positive", frozenset(), "ja")]  # fmt: skip
    report = evaluate(rows, Scripted(), Silent(), TOPICS, "example")  # type: ignore[arg-type]
    assert report["app"] == "example"
    sentiment, topics = report["counts"]["sentiment"], report["counts"]["topics"]
    assert sentiment["labels"] == ["negative", "neutral", "positive"]
    # found, with the label, given wrongly, others; what is not covered is in no share
    assert sentiment["languages"] == {"en": [[10, 10, 1, 11], [0, 0, 0, 21], [10, 11, 0, 10]],
                                      "ja": [[0, 0, 0, 1], [0, 0, 0, 1], [1, 1, 0, 0]]}  # fmt: skip
    assert topics["languages"]["en"] == [[10, 10, 1, 11], [10, 11, 0, 10]]
    assert topics["languages"]["ja"] == [[0, 0, 0, 1], [0, 0, 1, 1]]


def test_a_row_without_a_language_is_of_the_one_its_text_speaks_for() -> None:
    rows = [Labelled("この good アプリはとても使いやすいです", "positive", frozenset(), "unknown"),
            Labelled("goodgood", "positive", frozenset(), "unknown")]  # fmt: skip
    report = evaluate(rows, Scripted(), Silent(), TOPICS, "example")  # type: ignore[arg-type]
    assert list(report["counts"]["sentiment"]["languages"]) == ["ja"]


def test_without_an_app_nothing_is_kept_of_what_it_takes_for_what() -> None:
    assert "counts" not in _report(_labelled(20))


def test_the_report_is_kept_without_any_text(tmp_path: Path) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text("x", encoding="utf-8")
    kept = store(_report(_labelled(20)), file, tmp_path, datetime(2026, 3, 1, tzinfo=UTC))
    report = json.loads(kept.read_text(encoding="utf-8"))
    assert report["model_version"] == "scripted+1"
    assert "good" not in kept.read_text(encoding="utf-8")


def test_the_printed_report_names_every_part_and_class() -> None:
    told = "\n".join(lines(_report(_labelled(40))))
    assert "scripted+1, 40 labelled texts" in told
    for word in ("tf-idf", "majority", "usability", "positive"):
        assert word in told


def test_labels_are_read_plain_and_gzipped(tmp_path: Path) -> None:
    row = json.dumps({"text": "良い", "sentiment": "positive", "topics": ["crash"], "lang": "ja"}) + "\n"
    plain, packed = tmp_path / "a.jsonl", tmp_path / "a.jsonl.gz"
    plain.write_text(row + "\n" + row, encoding="utf-8")
    packed.write_bytes(gzip.compress((row + row).encode()))
    assert read_labelled(plain, TOPICS) == read_labelled(packed, TOPICS)
    assert read_labelled(plain, TOPICS)[0].language == "ja"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "row 1 is not JSON"),
        ("[]", "row 1: field text"),
        ('{"text": 3, "sentiment": "neutral"}', "row 1: field text"),
        ('{"text": "a", "sentiment": "bad"}', "row 1: field sentiment"),
        ('{"text": "a", "sentiment": "neutral", "topics": ["crsh"]}', "row 1: field topics holds 'crsh'"),
        ('{"text": "a", "sentiment": "neutral", "topics": "crash"}', "field topics"),
        ("", "has no rows"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, line: str, says: str) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text(line, encoding="utf-8")
    with pytest.raises(InputError, match=says):
        read_labelled(file, TOPICS)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"labels\.jsonl cannot be read"):
        read_labelled(tmp_path / "labels.jsonl", TOPICS)
