"""Texts per second, peak memory and quality of classifiers, side by side in one run on real reviews.

    python benchmarks/classify.py [--texts 2000] [--pieces 22]

Every contender runs in a process of its own, so that its peak memory is its own; what is not installed is
skipped with the reason. Speed is on distinct, shuffled reviews; macro-F1 of sentiment is on reviews of
apps that training never saw. The rates that matter are ratios: machines differ. With `--pieces` only
reviews of about so many pieces of the bundled vocabulary are read (at most five more or fewer).
"""

from __future__ import annotations

import argparse
import csv
import gzip
import importlib.util
import itertools
import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
CORPORA = Path(os.environ.get("HOSHIYOMI_CORPORA", ROOT.parent / "shared" / "data"))
NEAR = 5
Predict = Callable[[Sequence[str]], list[str]]
# what each contender is asked to read at most: the slow ones are timed on fewer texts
CONTENDERS = {
    "hoshiyomi (bundled int8 ONNX)": ("ours", 1.0),
    "same weights, fp32 torch, transformers.pipeline defaults": ("pipeline1", 0.1),
    "same weights, fp32 torch, transformers.pipeline batch_size=32": ("pipeline32", 0.25),
    "TF-IDF + logistic regression": ("tfidf", 1.0),
    "VADER": ("vader", 1.0),
}
TWIN = ("torch", "transformers", "onnx")
NEEDS = {
    "ours": (),
    "pipeline1": TWIN,
    "pipeline32": TWIN,
    "tfidf": ("sklearn",),
    "vader": ("vaderSentiment",),
}


def reviews(count: int, pieces: int | None = None) -> list[str]:
    """Distinct real review texts, shuffled by a fixed seed; all lengths, or those about `pieces` long."""
    path = CORPORA / "reviews/covid_apps_reviews.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        texts = sorted({row["content"] for row in csv.DictReader(lines) if row["content"].strip()})
    random.Random(7).shuffle(texts)
    if pieces is not None:
        cut = tokenizer()
        # One by one and no more than are wanted: what is left of it would count as the contender's memory.
        near = (text for text in texts if abs(len(cut.encode(text).ids) - pieces) <= NEAR)
        return list(itertools.islice(near, count))
    return texts[:count]


def tokenizer() -> Tokenizer:
    """The bundled model's, cutting nothing."""
    from tokenizers import Tokenizer

    from models.text.classifier import BUNDLED

    found = Tokenizer.from_file(str(BUNDLED / "tokenizer.json"))
    found.no_truncation()
    found.no_padding()
    return found


def ours() -> Predict:
    """The product."""
    from models.text.classifier import Classifier

    classifier = Classifier.load()
    return lambda texts: [p.sentiment for p in classifier.predict(texts)]


def pipeline(batch_size: int | None) -> Predict:
    """The bundled weights, dequantised into transformers' own BERT, through its own pipeline."""
    import transformers

    from benchmarks.torch_twin import twin

    transformers.logging.set_verbosity_error()
    model, tokenizer = twin()
    options = {} if batch_size is None else {"batch_size": batch_size}
    pipe = transformers.pipeline(
        "text-classification", model=model, tokenizer=tokenizer, device="cpu", truncation=True, **options
    )
    return lambda texts: [found["label"] for found in pipe(list(texts))]


def tfidf() -> Predict:
    """The plain baseline, trained on the recipe's texts."""
    from models.training.baseline import Tfidf
    from models.training.data import SENTIMENTS, training_examples

    model = Tfidf(training_examples())
    return lambda texts: [SENTIMENTS[n] for n in model.predict(texts)[0].argmax(1)]


def vader() -> Predict:
    """The English lexicon."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyser = SentimentIntensityAnalyzer()

    def tone(text: str) -> str:
        compound = analyser.polarity_scores(text)["compound"]
        return "positive" if compound >= 0.05 else "negative" if compound <= -0.05 else "neutral"

    return lambda texts: [tone(text) for text in texts]


def make(kind: str) -> Predict:
    """A contender, ready to predict."""
    makers: dict[str, Callable[[], Predict]] = {
        "ours": ours, "pipeline1": lambda: pipeline(None), "pipeline32": lambda: pipeline(32),
        "tfidf": tfidf, "vader": vader,
    }  # fmt: skip
    return makers[kind]()


def measure(kind: str, count: int, pieces: int | None) -> dict[str, float]:
    """Rate, peak memory and macro-F1 of one contender in this process."""
    texts = reviews(count, pieces)
    before = time.perf_counter()
    predict = make(kind)
    ready = time.perf_counter() - before
    predict(texts[:16])
    began, worked = time.perf_counter(), time.process_time()
    predict(texts)
    rate = len(texts) / (time.perf_counter() - began)
    # on a busy machine this one is the one to compare
    per_core = len(texts) / (time.process_time() - worked)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rate": rate, "per_core": per_core, "ready": ready, "megabytes": peak, **quality(predict)}


def quality(predict: Predict) -> dict[str, float]:
    """Macro-F1 of sentiment on held-out English apps and on real Japanese reviews."""
    import numpy as np

    from models.text.evaluation import macro_f1
    from models.training.data import SENTIMENTS, validation_sets

    found = {}
    for name in ("en", "ja"):
        examples = validation_sets()[name]
        said = np.array([SENTIMENTS.index(s) for s in predict([e.text for e in examples])])
        found[f"{name}_macro_f1"] = macro_f1(np.array([e.sentiment for e in examples]), said, 3)
    return found


def machine() -> str:
    """The processor and how many of its cores we may use."""
    found = Path("/proc/cpuinfo")
    names = (
        [x for x in found.read_text().splitlines() if x.startswith("model name")] if found.exists() else []
    )
    return f"{len(os.sched_getaffinity(0))} cores of {names[0].split(': ')[1] if names else 'unknown'}"


def main() -> None:
    """Print one line a contender."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=2_000)
    parser.add_argument("--pieces", type=int, help="only reviews of about so many pieces")
    parser.add_argument("--save", type=Path, help="also write the rows as JSON, for the model card")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(arguments.one, arguments.texts, arguments.pieces)))
        return
    if not (CORPORA / "reviews/covid_apps_reviews.csv.gz").is_file():
        print(f"skipped: no reviews under {CORPORA} (set HOSHIYOMI_CORPORA)")
        return
    lengths = [len(e.ids) for e in tokenizer().encode_batch_fast(reviews(arguments.texts, arguments.pieces))]
    print(f"{len(lengths)} reviews of {sum(lengths) / len(lengths):.1f} pieces; {machine()}")
    print(f"{'':62} texts/s  a core-s  x slower  MB peak  s to load  en F1  ja F1")
    rows: list[dict[str, object]] = []
    for name, (kind, share) in CONTENDERS.items():
        missing = [need for need in NEEDS[kind] if importlib.util.find_spec(need) is None]
        if missing:
            print(f"{name:62} skipped: {', '.join(missing)} not installed")
            continue
        command = [sys.executable, __file__, "--one", kind, "--texts", str(int(arguments.texts * share))]
        if arguments.pieces is not None:
            command += ["--pieces", str(arguments.pieces)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
        if done.returncode:
            print(f"{name:62} failed: {done.stderr.strip().splitlines()[-1]}")
            continue
        m = json.loads(done.stdout.splitlines()[-1])
        rows.append({"name": name, **m})
        slower = float(str(rows[0]["per_core"])) / m["per_core"]
        print(
            f"{name:62} {m['rate']:7.0f} {m['per_core']:9.0f} {slower:9.1f} {m['megabytes']:8.0f}"
            f" {m['ready']:10.2f} {m['en_macro_f1']:6.3f} {m['ja_macro_f1']:6.3f}"
        )
    if arguments.save:
        report = {"machine": machine(), "texts": arguments.texts, "pieces": arguments.pieces, "rows": rows}
        arguments.save.write_text(json.dumps(report, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
