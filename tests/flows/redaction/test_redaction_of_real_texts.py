"""False redactions on texts that people really wrote; the texts are not in the repository.

Every redacted text counts here, the true ones, too: docs/gate.md says what each was on reading.
"""

from __future__ import annotations

import csv
import gzip
import json
import random
from pathlib import Path

import pytest

from flows.redaction.gate import redact

_SAMPLE, _SEED = 5_000, 20261125
_MOST = 0.002


@pytest.fixture(scope="module")
def reviews(shared: Path) -> list[str]:
    csv.field_size_limit(1 << 20)
    with gzip.open(shared / "reviews" / "covid_apps_reviews.csv.gz", "rt", encoding="utf-8") as lines:
        return [row["content"] for row in csv.DictReader(lines) if row["content"]]


def _redacted(texts: list[str]) -> int:
    return sum(redact(text)[1] > 0 for text in texts)


def test_of_five_thousand_real_reviews_at_most_one_in_five_hundred_is_redacted(reviews: list[str]) -> None:
    sample = random.Random(_SEED).sample(reviews, _SAMPLE)
    assert _redacted(sample) <= _MOST * len(sample)


def test_of_all_real_reviews_hardly_any_is(reviews: list[str]) -> None:
    assert _redacted(reviews) <= _MOST / 10 * len(reviews)


@pytest.mark.parametrize(
    "name", ["labels/ja_dev.jsonl", "seeds/ja_public_service.jsonl", "seeds/ja_consumer.jsonl"]
)
def test_of_japanese_texts_without_numbers_none_is(shared: Path, name: str) -> None:
    lines = (shared / name).read_text(encoding="utf-8").splitlines()
    assert _redacted([json.loads(line)["text"] for line in lines]) == 0
