"""Alarms on what texts say: how often are they false, and when would they have told of real incidents?

    python benchmarks/text_alarms.py DATA [--all] [--draws N] [--seed N]

DATA is the folder with covid_apps_reviews.csv.gz. The bundled model reads the texts of the apps of the
incidents (22,700; some minutes), with --all those of every app. Days are shuffled, so that no trend is left,
N times an app with 200 reviews or more.
"""

from __future__ import annotations

import argparse
import csv
import gzip
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import numpy as np
from detection import INCIDENTS
from numpy.typing import NDArray

from flows.config.load import load_config
from models.ratings.alarm import ALL
from models.ratings.counts import EPOCH, NO_SENTIMENT, SENTIMENTS, ReviewCounts
from models.ratings.text_alarms import text_alarms
from models.text.hub import load_model

RATES, LEAST = (0.7, 1.4, 2.8), 200
Reviews = NDArray[np.int64]
"""Day, stars, sentiment and topics of each (reviews x 4)."""


def read(data: Path, everything: bool) -> tuple[dict[str, Reviews], list[str]]:
    """Reviews by app as the bundled model reads them, and the topics."""
    config = load_config()
    topics = [topic.key for topic in config.topics]
    model = load_model(config.model, {topic.key: topic.label_en for topic in config.topics})
    of = {key for _, key, _ in INCIDENTS}
    with gzip.open(data / "covid_apps_reviews.csv.gz", "rt", encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if everything or row["app_id"] in of]
    found = defaultdict(list)
    for row, said in zip(rows, model.predict([row["content"] for row in rows]), strict=True):
        day = (date.fromisoformat(row["at"][:10]) - EPOCH).days
        tone = SENTIMENTS.index(said.sentiment) if said.is_covered else NO_SENTIMENT
        spoken = sum(1 << topics.index(t.topic) for t in said.topics if t.topic in topics)
        found[row["app_id"]].append((day, int(row["score"]), tone, spoken))
    return {app: np.array(reviews) for app, reviews in found.items()}, topics


def counted(reviews: Reviews) -> ReviewCounts:
    """Reviews that share day, stars, sentiment and topics, counted."""
    distinct, n = np.unique(reviews, axis=0, return_counts=True)
    day, stars, sentiment, topics = distinct.T
    return ReviewCounts(
        "app", "google_play", day.astype(np.int32), stars.astype(np.int8), sentiment.astype(np.int8),
        topics.astype(np.uint32), n.astype(np.int64),
    )  # fmt: skip


def incidents(apps: dict[str, Reviews], topics: list[str]) -> None:
    """Alarms from a week before an incident to four weeks after it, in days from it."""
    for name, key, day in INCIDENTS:
        for alarm in text_alarms(counted(apps[key]), topics, RATES[0]):
            if -7 <= (alarm.raised - day).days <= 28:
                shares = f"{100 * alarm.value_before:.0f} to {100 * alarm.value_after:.0f} %"
                days = f"raised {(alarm.raised - day).days:+d}, began {(alarm.began - day).days:+d}"
                print(f"{name} {day}: {alarm.topic} {days}, {shares}, {alarm.why or 'open'}")


def rates(apps: dict[str, Reviews], topics: list[str], draws: int, seed: int) -> None:
    """False alarms an app and year on shuffled days, against those that were set."""
    rng = np.random.default_rng(seed)
    years, found = 0.0, Counter[tuple[float, bool]]()
    for reviews in (r for r in apps.values() if len(r) >= LEAST):
        first, days = reviews[:, 0].min(), int(np.ptp(reviews[:, 0])) + 1
        for _ in range(draws):
            shuffled = reviews.copy()
            shuffled[:, 0] = rng.permutation(days)[reviews[:, 0] - first] + first
            years += days / 365
            for rate in RATES:
                found.update((rate, a.topic == ALL) for a in text_alarms(counted(shuffled), topics, rate))
    print(f"{years:.0f} years of shuffled days")
    for rate in RATES:
        tone, topic = (found[rate, is_tone] / years for is_tone in (True, False))
        print(f"set {rate:g} a year: {tone + topic:.2f} (tone {tone:.2f}, topics {topic:.2f})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--all", action="store_true", help="the texts of every app")
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    choice = parser.parse_args()
    apps, topics = read(choice.data, choice.all)
    incidents(apps, topics)
    rates(apps, topics, choice.draws, choice.seed)


if __name__ == "__main__":
    main()
