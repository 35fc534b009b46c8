"""A run in miniature that can be killed at any moment: land, load, classify, analyse, build, check, publish.

`python -m tests.warehouse.worker DATA STAGES ROWS` does STAGES rounds over records made from a seed, every
step repeatable, with real components and a fixed clock. It says "ready" when its imports are done.
"""

from __future__ import annotations

import random
import sys
from datetime import timedelta
from pathlib import Path

from flows.config.load import Config
from flows.pipeline.analyse import analyse_now
from models.text.scorers import ModelChoice
from tests.builders import consent, coverage, day, feedback, release, review, snapshot
from tests.warehouse import lakes
from tests.warehouse.house import NOW
from warehouse import increments, touched
from warehouse.landing import Landing
from warehouse.publish import is_due, publish
from warehouse.records import Record
from warehouse.upkeep import bring_up_to_date, look
from warehouse.writes import PredictionRow, TopicRow, writer

_TONES = ("negative", "neutral", "positive")
_PARTITION = 256
_TOPIC = TopicRow(position=0, topic="bug", label_en="Faults", label_ja="不具合", lens="trust", owner=None)


def records(stage: int, rows: int) -> dict[str, list[Record]]:
    """The records of one stage: new reviews, edits of the stage before, snapshots, releases, feedback."""
    chance = random.Random(stage)
    first = stage * rows
    reviews: list[Record] = []
    for n in range(max(0, first - rows // 2), first + rows):
        text = " ".join(chance.choice(("slow", "login", "fine", "星", "crash")) for _ in range(4))
        reviews.append(review(f"r{n}", rating=chance.randint(1, 5), text=text, seen_at=day(stage)))
    return {
        "reviews": reviews,
        "rating_snapshots": [snapshot(observed_at=day(stage), displayed_score=2.2 + stage / 10)],
        "releases": [release(f"1.{stage}", released_at=day(stage))],
        "feedback": [
            feedback(f"f{n}", text=f"words {n}", seen_at=day(stage)) for n in range(stage, stage + 5)
        ],
        "consents": [consent(at=day(stage), may_quote=stage % 2 == 0)],
    }


def _land(landing: Landing, stage: int, rows: int) -> None:
    batch = f"batch-{stage}"
    for kind, found in records(stage, rows).items():
        for part, start in enumerate(range(0, len(found), 500)):
            landing.write(kind, batch, f"{part:05d}", found[start : start + 500])
    landing.write("coverage", batch, "0", [coverage(batch, finished_at=day(stage))])


def _classify(data: Path) -> None:
    with writer(data) as w:
        w.set_topics([_TOPIC])
        w.serve_model("m1", "test model", "{}", NOW)
    while True:
        with writer(data) as w:
            pool = w.unclassified("m1", _PARTITION)
        if not pool:
            return
        rows = []
        for text_hash, _ in pool:
            tone = _TONES[int(text_hash, 16) % 3]
            rows.append(
                PredictionRow(
                    text_hash=text_hash, sentiment=tone, topics=(("bug", 0.75),),
                    **{f"p_{t}": 0.8 if t == tone else 0.1 for t in _TONES},
                )
            )  # fmt: skip
        with writer(data) as w:
            w.add_predictions("m1", rows, NOW)


def run(data: Path, stages: int, rows: int) -> None:
    """All stages; a second run finds everything done."""
    # Few reviews are no reason to build and publish everything: what was touched is to be killed, too.
    touched.MOST = increments.MOST_CHANGED = 2.0
    landing = Landing(data)
    landing.sweep()
    for stage in range(stages):
        _land(landing, stage, rows)
        with writer(data) as w:
            w.load(NOW)
        _classify(data)
        analyse_now(Config(data=data, apps=(), topics=(), model=ModelChoice()))
        with writer(data) as w:
            due = is_due(w, data)
        if due:
            with writer(data) as w:
                bring_up_to_date(w.con, NOW)
                assert not look(w.con)
            publish(data, NOW + timedelta(seconds=stage))


if __name__ == "__main__":
    lakes.everywhere()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    run(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
