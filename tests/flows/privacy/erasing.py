"""A house with testers, some of whom will want everything gone; and erasing as a command of its own.

`python -m tests.flows.privacy.erasing DATA` executes what is open, as `hoshiyomi erase` does, and can be
killed.
"""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.builders import consent, coverage, feedback, review
from tests.warehouse.house import classify
from warehouse.landing import Landing
from warehouse.publish import publish
from warehouse.reads import LINK
from warehouse.records import Consent, Erasure, Feedback, Review
from warehouse.schema import build, check
from warehouse.writes import FILE, writer

NOW = datetime(2026, 11, 1, tzinfo=UTC)
_WORDS = ("ログイン", "できない", "画面", "遅い", "便利", "crash", "after", "update", "thanks", "星")
SHARED = "the same words as in a public review"


@dataclass(frozen=True, slots=True)
class House:
    """Who is in it, and what each of them said."""

    data: Path
    texts: dict[str, list[str]]
    """By tester."""

    def words(self, testers: list[str]) -> list[str]:
        """What must be nowhere: each text of these testers that nobody else wrote, and its middle."""
        own = [t for tester in testers for t in self.texts[tester] if t != SHARED]
        return own + [t[10:34] for t in own]


def build_house(data: Path, testers: int, files: int = 7, seed: int = 1) -> House:
    """Feedback of so many testers in several landing files, loaded, classified and published twice."""
    chance = random.Random(seed)
    texts = {
        f"t{n:04d}": [
            " ".join(chance.choice(_WORDS) for _ in range(4)) + f" {_secret(chance)} {n:04d}{k}"
            for k in range(1 + n % 3)
        ]
        for n in range(testers)
    }
    texts["t0001"].append(SHARED)
    found = [
        feedback(
            f"f-{tester}-{k}", tester=tester, text=text, may_quote=True, cohort=f"c{int(tester[1:]) % 3}",
            submitted_at=NOW - timedelta(days=40, minutes=k), seen_at=NOW,
        )
        for tester, said in texts.items()
        for k, text in enumerate(said)
    ]  # fmt: skip
    landing = Landing(data)
    for number in range(files):
        batch = f"intake-{number}"
        landing.write(Feedback.KIND, batch, "0", found[number::files])
        if number == 0:
            entries = [consent(t, at=NOW - timedelta(days=50), cohort=f"c{int(t[1:]) % 3}") for t in texts]
            landing.write(Consent.KIND, batch, "0", entries)
        landing.write("coverage", batch, "0", [coverage(batch, asked_for="feedback")])
        if number == files // 2:
            _publish(data, NOW)
    landing.write(Review.KIND, "reviews", "0", [review("r1", text=SHARED), review("r2", text="other")])
    landing.write("coverage", "reviews", "0", [coverage("reviews")])
    _publish(data, NOW + timedelta(seconds=1))
    return House(data, texts)


def _secret(chance: random.Random) -> str:
    # Letters only: sixteen hexadecimal digits can hold what looks like a My Number.
    return "".join(chance.choice("abcdefghkmnpqrst") for _ in range(16))


def _publish(data: Path, now: datetime) -> None:
    with writer(data) as w:
        w.load(NOW)
        classify_all(w)
        build(w.con)
        assert [f for f in check(w.con) if f.severity == "stop"] == []
    publish(data, now)


def classify_all(w: Any) -> None:
    """Every text gets a prediction and a topic."""
    while w.count_unclassified("m1"):
        classify(w, {text: ("negative", ["bug"]) for _, text in w.unclassified("m1", 1_000)}, "m1")


def ask_for(data: Path, testers: list[str]) -> None:
    """Land the tombstones and withdrawals, as the intake does."""
    from flows.privacy.erasure import request
    from tests.builders import withdrawal

    entries = [Erasure(tester=t, app="app", at=NOW, source="intake") for t in testers]
    ends = [withdrawal(t, at=NOW, cohort=f"c{int(t[1:]) % 3}", source="intake") for t in testers]
    request(data, entries, ends, NOW)


def execute(data: Path) -> list[Path]:
    """Execute what is open; the receipts."""
    from flows.config.load import load_config
    from flows.privacy.erase_command import Wanted, execute_erasure

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOSHIYOMI_DATA", str(data))
        config = load_config()
    return execute_erasure(config, Wanted((), ()), datetime.now(UTC))


def landed(data: Path, without: list[str]) -> dict[str, list[dict[str, object]]]:
    """By landed feedback file: its rows, in order, but for some testers."""
    landing = Landing(data)
    return {
        path: [row for row in landing.rows(path) if row["tester"] not in without]
        for path in landing.files(Feedback.KIND)
    }


def feedback_rows(data: Path, without: list[str]) -> tuple[list[Any], list[Any], list[Any]]:
    """Working and published rows of everybody's feedback but for some testers, and of the reviews."""
    with duckdb.connect(str(data / FILE), read_only=True) as con:
        working = con.execute(
            "select f.*, p.sentiment, p.p_negative, t.topic from core.feedback f"
            " left join inferred.predictions p using (text_hash)"
            " left join inferred.topics t using (text_hash)"
            " where not list_contains($without, f.tester) order by all",
            {"without": without},
        ).fetchall()
        ids = [row[0] for row in working]
        reviews = con.execute("from core.reviews order by all").fetchall()
    with duckdb.connect(str((data / LINK).resolve()), read_only=True) as con:
        published = con.execute(
            "select f.*, p.sentiment, t.topic from feedback f"
            " left join feedback_predictions p using (feedback_id)"
            " left join feedback_topics t using (feedback_id)"
            " where list_contains($ids, f.feedback_id) order by all",
            {"ids": ids},
        ).fetchall()
    return working, published, reviews


if __name__ == "__main__":
    execute(Path(sys.argv[1]))
