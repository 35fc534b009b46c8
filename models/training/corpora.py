"""Where third-party corpora lie, whose they are, and the keys and parts that everybody agrees on.

None of them is part of the project: they lie in `shared/data` beside the checkout, or where
`HOSHIYOMI_CORPORA` points.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

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
     "vocabulary"),
    ("parallel/python_docs.tsv.gz", "PSF", "python/python-docs-ja", "vocabulary"),
    ("parallel/msdocs_headings.tsv.gz", "CC BY 4.0", "Microsoft docs", "vocabulary"),
    ("parallel/ui_strings.tsv.gz", "MPL-2.0, BSD, Apache-2.0", "interface strings of free programs",
     "vocabulary"),
    ("text/asdc_ja.txt.gz", "CC BY 4.0", "megagonlabs/asdc", "vocabulary"),
    ("text/msdocs_support_ja.txt.gz", "CC BY 4.0", "Microsoft docs", "vocabulary"),
    ("reviews/ja_play_stars.tsv.gz", "texts without a licence", "satohibiki/App_review_analysis",
     "validation only: stars, and texts of `models/training/labels`"),
    ("survey/fukui_visitors_ja.tsv.gz", "CC BY 4.0", "Fukui Prefecture Tourism Federation (FTAS open data)",
     "satisfaction as a weak label; unlabelled texts; texts of `models/training/labels`"),
    ("minibar/labelled.tsv.gz", "MIT", "Jl-wei/mini-bar",
     "people's labels: training, one app held out; texts of `models/training/labels`"),
    ("text/jaquad_ja.txt.gz", "CC BY-SA 3.0", "SkelterLabsInc/JaQuAD", "vocabulary"),
)  # fmt: skip
PARALLEL = ("tanaka", "python_docs", "msdocs_headings", "ui_strings")


def corpora() -> Path:
    """The folder of third-party corpora. Raises FileNotFoundError naming what is missing and the remedy."""
    default = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    root = Path(os.environ.get("HOSHIYOMI_CORPORA", default))
    missing = [path for path, *_ in SOURCES if not (root / path).is_file()]
    if missing:
        raise FileNotFoundError(
            f"training corpora are missing under {root}: {', '.join(missing)}. "
            "Set HOSHIYOMI_CORPORA to the folder that holds them; their sources are listed in "
            "models/training/corpora.py."
        )
    return root


def fold(key: str, folds: int) -> int:
    """The same key always falls into the same of `folds` parts."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % folds


def label_key(review_id: str) -> str:
    """What names a text in our label files: the first 16 hexadecimal digits of its id's SHA-256."""
    return hashlib.sha256(review_id.encode()).hexdigest()[:16]


def table(path: str) -> Iterator[dict[str, str]]:
    """The rows of a gzipped table of tab-separated values under the corpora."""
    with gzip.open(corpora() / path, "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines, delimiter="\t")
