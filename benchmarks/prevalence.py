"""Which share of a sentiment or topic is nearest to the truth, and whose interval holds it?

    python benchmarks/prevalence.py [--classifier served|tfidf] [--repeats N] [--seed N] [--likelihood]

Figures of docs/statistics.md. Every app with enough labelled held-out texts is taken in turn for one of which
no text is labelled; the labelled sample is that of the other apps of its language. Windows of 300 texts are
drawn from the app's own texts, with the share that they have, half of it and twice as much (prevalence
shift), and every method says the share from what the classifier says of the window. Two methods also get 100
labelled texts of the app itself, at its usual share.

`served` is the bundled model on apps that it never saw; `tfidf` a plain classifier that is trained anew
without each fifth of the apps, so that there are more to test with: about six times as many cases, of which
it draws a quarter as many windows (some minutes of processor time; it says how far it is).

What an app's rates "are" comes from few texts (at least 10 with a label): chance is taken for a difference
between apps here, so that coverage is rather told too low. `--likelihood` tells how alike texts of one app
are. Needs the labelled texts (see models/training/data.py).
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from prevalence_methods import METHODS, Known, Sample
from scipy import sparse
from scipy.optimize import minimize, minimize_scalar
from scipy.special import betaln, expit, softmax

from models.ratings.prevalence import ALIKE
from models.text.classifier import Classifier
from models.text.evaluation import BINS, hashed
from models.training import data, evaluate
from models.training.data import SENTIMENTS, TOPICS, Example

LABELS = [*SENTIMENTS, *TOPICS]
WINDOW, OWN = 300, 100
REPEATS = {"served": 40, "tfidf": 10}
"""Windows a case, unless another number is asked for."""
COMMON = 5
"""Texts that an n-gram must be in: rarer ones are three quarters of all, and tell nothing of another app."""
LEAST_TEXTS, LEAST_POSITIVE = 60, 10
SHIFTS = {"as it is": 1.0, "half": 0.5, "twice": 2.0}
GRID = (0.0005, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.06, 0.08, 0.12, 0.2)
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Labelled texts of one language with what a classifier says of them; columns are LABELS."""

    app: NDArray[np.str_]
    true: Bools
    said: Bools
    p: NDArray[np.float64]

    def of(self, rows: NDArray[np.bool_]) -> Texts:
        return Texts(self.app[rows], self.true[rows], self.said[rows], self.p[rows])


def served() -> dict[str, Texts]:
    """The bundled model on the texts that it never saw, with cross-fitted calibration."""
    sets = evaluate.score(Classifier.load())
    decided = evaluate.cross_fitted(sets)
    examples = [e for name in ("en", "ja", "eu") for e in sets[name].examples]
    sentiment, named = (np.concatenate([decided[n][k] for n in ("en", "ja", "eu")]) for k in (0, 1))
    topics = np.concatenate([expit(sets[n].topics) for n in ("en", "ja", "eu")])
    return by_language(examples, sentiment, named, topics)


def tfidf(folds: int = 5) -> dict[str, Texts]:
    """Hashed TF-IDF and logistic regression, trained without the apps that it is asked about."""
    examples = [*data.labelled("en_train"), *data.labelled("eu_train"), *data.own_labels()]
    kept = np.array([n < len(examples) - len(data.own_labels()) for n in range(len(examples))])
    x = matrix([e.text for e in examples])
    sentiment = np.eye(3)[[e.sentiment for e in examples]]
    topics = np.array(data.topic_matrix(examples))
    is_store = np.array([e.origin == "gp" for e in examples])
    fold = np.array([data.fold(f"cv {e.group}", folds) for e in examples])
    p, q = np.zeros_like(sentiment), np.zeros_like(topics)
    for k in range(folds):
        asked = is_store & (fold == k)
        p[asked] = softmax(fitted(x[~asked], sentiment[~asked], softmax_loss)(x[asked]), axis=1)
        q[asked] = expit(fitted(x[~asked], topics[~asked], logistic_loss)(x[asked]))
        print(f"trained without part {k + 1} of {folds} of the apps", file=sys.stderr, flush=True)
    rows = np.flatnonzero(is_store & kept)
    return by_language([examples[n] for n in rows], p[rows], q[rows] >= 0.3, q[rows])


def matrix(texts: Sequence[str]) -> sparse.csr_matrix:
    """TF-IDF of hashed n-grams that at least COMMON texts have, rows of length 1."""
    parts = [hashed(t) for t in texts]
    starts = np.cumsum([0, *(len(b) for b, _ in parts)])
    bins, values = (np.concatenate([part[k] for part in parts]) for k in (0, 1))
    x = sparse.csr_matrix((values.astype(np.float64), bins, starts), shape=(len(texts), BINS))
    seen = np.asarray((x > 0).sum(axis=0)).ravel()
    x = x.multiply(np.log((1 + len(texts)) / (1 + seen)) + 1).tocsr()[:, seen >= COMMON]
    length = np.sqrt(np.asarray(x.multiply(x).sum(axis=1)).ravel())
    return (sparse.diags(1 / np.where(length > 0, length, 1)) @ x).tocsr()


Loss = Callable[[NDArray[np.float64], NDArray[np.float64]], tuple[float, NDArray[np.float64]]]


def softmax_loss(z: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """Of one class among several, classes weighing alike; and its gradient."""
    weight = (4.0 * len(y) / (y.shape[1] * y.sum(axis=0)))[y.argmax(axis=1)][:, None]
    p = softmax(z, axis=1)
    return float(-(weight * y * np.log(p + 1e-12)).sum()), (p - y) * weight


def logistic_loss(z: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """Of several yes-or-no questions; and its gradient."""
    return 6.0 * float((np.logaddexp(0, z) - y * z).sum()), 6.0 * (expit(z) - y)


def fitted(
    x: sparse.csr_matrix, y: NDArray[np.float64], loss: Loss
) -> Callable[[object], NDArray[np.float64]]:
    """Scores (texts, classes) by weights of least penalised loss (L2, L-BFGS)."""
    shape = (x.shape[1] + 1, y.shape[1])

    def penalised(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        w = flat.reshape(shape)
        told, slope = loss(x @ w[:-1] + w[-1], y)
        gradient = np.concatenate([x.T @ slope + w[:-1], slope.sum(axis=0)[None]])
        return told + 0.5 * float((w[:-1] ** 2).sum()), gradient.ravel()

    done = minimize(penalised, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 50})
    w = done.x.reshape(shape)
    return lambda asked: np.asarray(asked @ w[:-1] + w[-1])


def by_language(
    examples: Sequence[Example], sentiment: NDArray[np.float64], named: Bools, topics: NDArray[np.float64]
) -> dict[str, Texts]:
    """Columns of sentiments and topics together, a language apart."""
    true = np.concatenate(
        [np.eye(3, dtype=bool)[[e.sentiment for e in examples]], np.array(data.topic_matrix(examples)) > 0],
        axis=1,
    )
    said = np.concatenate([np.eye(3, dtype=bool)[sentiment.argmax(axis=1)], named], axis=1)
    p = np.concatenate([sentiment, topics], axis=1)
    app = np.array([e.group if e.origin == "gp" else e.origin for e in examples])
    spoken = np.array([e.language for e in examples])
    return {
        language: Texts(app[rows], true[rows], said[rows], p[rows])
        for language in sorted(set(spoken))
        for rows in [spoken == language]
    }


def windows(
    texts: Texts, rng: np.random.Generator, repeats: int
) -> Iterator[tuple[str, str, float, Known, Sample]]:
    """Label, shift, true share, what is known, and a window, app by app."""
    names, sizes = np.unique(texts.app, return_counts=True)
    for app in names[sizes >= LEAST_TEXTS]:
        own, others = texts.of(texts.app == app), texts.of(texts.app != app)
        if len(set(others.app)) < 2 or len(others.app) < 100:
            continue
        for n, label in enumerate(LABELS):
            task = slice(0, 3) if n < 3 else slice(3, None)
            has = own.true[:, n]
            if min(has.sum(), (~has).sum(), others.true[:, n].sum()) < LEAST_POSITIVE:
                continue
            known = Known(others.app, others.true[:, task], others.said[:, task], others.p[:, task],
                          n if n < 3 else n - 3, "sentiment" if n < 3 else "topics")  # fmt: skip
            for shift, times in SHIFTS.items():
                share = min(has.mean() * times, 0.95)
                for _ in range(repeats):
                    hits = rng.binomial(WINDOW, share)
                    rows = np.concatenate(
                        [
                            rng.choice(np.flatnonzero(has), hits),
                            rng.choice(np.flatnonzero(~has), WINDOW - hits),
                        ]
                    )
                    some = rng.integers(0, len(has), OWN)
                    sample = Sample(own.said[rows][:, task], own.p[rows][:, task], own.true[some][:, task],
                                    own.said[some][:, task])  # fmt: skip
                    yield label, shift, share, known, sample


def compare(sets: dict[str, Texts], repeats: int, seed: int) -> None:
    """Bias, mean absolute error, width and coverage of every method, by task and shift."""
    rng = np.random.default_rng(seed)
    told: dict[tuple[str, str, str], list[tuple[float, float, bool]]] = defaultdict(list)
    cases: dict[tuple[str, str], int] = defaultdict(int)
    for language, texts in sets.items():
        print(f"windows of {language}", file=sys.stderr, flush=True)
        for label, shift, share, known, sample in windows(texts, rng, repeats):
            kind = label if label in SENTIMENTS else "topics"
            cases[kind, shift] += 1
            for name, method in METHODS.items():
                mean, low, high = method(known, sample, rng)
                told[name, kind, shift].append((mean - share, high - low, low <= share <= high))
    for kind in (*SENTIMENTS, "topics"):
        print(f"\n{kind}: {cases[kind, 'half'] // repeats} cases (an app and a label), windows of {WINDOW}")
        print("| bias / error / width / coverage | " + " | ".join(SHIFTS) + " |")
        print("|---|" + "---|" * len(SHIFTS))
        for name in METHODS:
            print(f"| {name} | " + " | ".join(_cell(told[name, kind, shift]) for shift in SHIFTS) + " |")


def _cell(rows: list[tuple[float, float, bool]]) -> str:
    if not rows:
        return "-"
    off, width, held = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    return (
        f"{100 * np.nanmean(off):+.1f} / {100 * np.nanmean(abs(off)):.1f} / {100 * width.mean():.0f} / "
        f"{100 * held.mean():.0f} %"
    )


def likelihood(sets: dict[str, Texts]) -> None:
    """How likely each intra-class correlation of the rates is (beta-binomial, log, the most likely 0)."""
    for task, columns in (("sentiment", range(3)), ("topics", range(3, len(LABELS)))):
        for place, name in enumerate(("sensitivity", "fall-out")):
            counts = [
                c for texts in sets.values() for n in columns if (c := _apps(texts, n, place)) is not None
            ]
            sums = np.array([sum(_best(k, n, alike) for k, n in counts) for alike in GRID])
            print(
                task,
                name,
                ALIKE[task][place],
                dict(zip(GRID, np.round(sums - sums.max(), 1).tolist(), strict=True)),
            )


def _apps(texts: Texts, label: int, place: int) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    has = texts.true[:, label] if place == 0 else ~texts.true[:, label]
    pairs = [(int((texts.said[:, label] & has & of).sum()), int((has & of).sum()))
             for app in set(texts.app) for of in [texts.app == app]]  # fmt: skip
    k, n = (np.array(x, dtype=float) for x in zip(*(p for p in pairs if p[1]), strict=True)) if any(
        p[1] for p in pairs) else (np.zeros(0), np.zeros(0))  # fmt: skip
    return (k, n) if len(n) > 1 and 0 < k.sum() < n.sum() else None


def _best(k: NDArray[np.float64], n: NDArray[np.float64], alike: float) -> float:
    def minus(logit: float) -> float:
        a, b = expit(logit) * (1 / alike - 1), expit(-logit) * (1 / alike - 1)
        return -float((betaln(k + a, n - k + b) - betaln(a, b)).sum())

    return -float(minimize_scalar(minus, bounds=(-8, 6), method="bounded").fun)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--classifier", choices=("served", "tfidf"), default="served")
    parser.add_argument("--repeats", type=int, help="windows a case")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--likelihood", action="store_true")
    chosen = parser.parse_args()
    sets = served() if chosen.classifier == "served" else tfidf()
    if chosen.likelihood:
        likelihood(sets)
        return
    compare(sets, chosen.repeats or REPEATS[chosen.classifier], chosen.seed)


if __name__ == "__main__":
    main()
