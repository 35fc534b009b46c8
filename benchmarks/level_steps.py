"""Half a star on a known day of a real series: how often is it told, at equal false alarms?

    python benchmarks/level_steps.py DATA [--draws N] [--seed N]

DATA is the folder with covid_apps_reviews.csv.gz. Days are drawn at random from the apps with 200 reviews or
more, with 50 reviews in the 28 days before and after; each is tested as it is, and with half a star more or
less from that day on. Every method tells at the p value that 5 % of the days without a step reach. *fakes*:
such days as releases, with all that a verdict asks for.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from detection import read
from detection_sides import Counts, as_counts, mann_whitney, windows

from models.ratings.counts import date_of
from models.ratings.intervals import STARS, wilson
from models.ratings.release_impact import Release, release_impact
from models.ratings.verdicts import release_verdicts

Test = Callable[[Counts, int], float]
FALSE, STEP, LEAST, SIDE = 0.05, 0.5, 50, 28


def house(days: Counts, on: int) -> float:
    """The local level model with a step, as `release_impact` has it."""
    first = int(np.flatnonzero(days.any(axis=1))[0])
    p = release_impact(as_counts(days), [Release("1", date_of(max(on, first)))], (), ())[0].p_value
    return 1.0 if p is None else p


TESTS: dict[str, Test] = {
    "local level with a step (the house's)": house,
    "windows of 28 days": windows,
    "Mann-Whitney on them": mann_whitney,
}


def stepped(days: Counts, on: int, step: float, rng: np.random.Generator) -> Counts | None:
    """`step` stars more from `on` on: reviews give way to fives, or ones; None where there is no room."""
    after = days[on:]
    mean, best = after.sum(axis=0) @ STARS / after.sum(), 5 if step > 0 else 1
    share = step / (best - mean) if best != mean else 2.0
    if not 0 <= share <= 1:
        return None
    moved = rng.binomial(after, share)
    changed = days.copy()
    changed[on:] = after - moved
    changed[on:, best - 1] += moved.sum(axis=1)
    return changed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--draws", type=int, default=12, help="days an app")
    parser.add_argument("--seed", type=int, default=1)
    choice = parser.parse_args()
    rng = np.random.default_rng(choice.seed)
    calm: list[tuple[Counts, int]] = []
    moved: list[tuple[Counts, int]] = []
    for days in (d for d in (app.counts() for app in read(choice.data)) if d.sum() >= 200):
        drawn = rng.integers(5, len(days) - 5, 6 * choice.draws).tolist()
        able = [
            on for on in drawn if min(days[max(on - SIDE, 0) : on].sum(), days[on : on + SIDE].sum()) >= LEAST
        ]
        for on in able[: choice.draws]:
            calm.append((days, on))
            other = stepped(days, on, rng.choice([-STEP, STEP]), rng)
            if other is not None:
                moved.append((other, on))
    print(f"{len(calm)} days without a step, {len(moved)} with one of {STEP:g} stars")
    for name, test in TESTS.items():
        quiet, told = (np.array([test(*x) for x in those]) for those in (calm, moved))
        bar = np.quantile(quiet, FALSE, method="lower")
        print(f"{name:40} told {100 * (told <= bar).mean():5.1f} % at 5 % false;", end="")
        print(f" as it is {100 * (told <= FALSE).mean():.1f} % at {100 * (quiet <= FALSE).mean():.1f} %")
    for what, those in (("fakes", calm), ("half stars", moved)):
        hits = sum(_verdict(*x) for x in those)
        low, high = (100 * float(x) for x in wilson(hits, len(those)))
        share = f"{100 * hits / len(those):.1f} % ({low:.1f}-{high:.1f})"
        print(f"verdicts on {what}: {hits} of {len(those)} = {share}")


def _verdict(days: Counts, on: int) -> bool:
    found = release_verdicts(as_counts(days), [Release("1", date_of(on))], (), ())
    return any(i.verdict in ("better", "worse") for i in found if i.measure == "mean_stars")


if __name__ == "__main__":
    main()
