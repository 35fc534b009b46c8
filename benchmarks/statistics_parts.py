"""The measured figures of drivers, fix-first, lenses, anomalies and the alpha: coverage, false alarms, power.

    python benchmarks/statistics_parts.py [DATA_FOLDER] [--only NAME] [--trials N] [--seed N]

The simulations need no data. `backtest`, `spikes` and `speed` also read the published file of DATA_FOLDER,
which was refreshed (`hoshiyomi import`, `hoshiyomi refresh`). Times are of this machine, now.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import duckdb
import numpy as np
from published_counts import COUNTS

from models.ratings.anomalies import ALL, anomalies, judged_days
from models.ratings.counts import ReviewCounts, Span, date_of
from models.ratings.drivers import Decomposition, decompose
from models.ratings.intervals import wilson
from models.ratings.release_complaints import AlphaCounts
from models.ratings.release_impact import Release
from models.ratings.tester_signal import AlphaSignal, alpha_signals
from models.ratings.topics import Gain, lens_months, topic_gain
from models.validation.backtest import alarm_backtest, planted_spikes
from models.validation.simulate import FIRST, World, joined

LENS_OF = {
    "crash": "reliability", "bug": "reliability", "login": "trust", "scanning": "trust",
    "performance": "reliability", "connectivity": "reliability", "compatibility": "reliability",
    "update": "reliability", "usability": "user_experience", "accessibility": "user_experience",
    "feature_request": "user_experience", "privacy_security": "trust", "payment": "service",
    "notifications": "user_experience", "content": "service", "support": "service", "ads": "user_experience",
    "service": "service",
}  # fmt: skip
TOPICS, LENSES = tuple(LENS_OF), tuple(LENS_OF.values())
DESIGNS = ((30, 30, 1, 1), (30, 30, 3, 3), (30, 30, 30, 30), (7, 7, 10, 10), (14, 30, 5, 20))
"""Days before and after, reviews a day before and after."""
CALM, ROUGH = World(), World(busier=0.4, fuller=0.3, mood=0.5)
Rng = np.random.Generator


def main() -> None:
    """Run the parts asked for, or all of them."""
    parts: dict[str, Callable[[list[ReviewCounts], int, Rng], None]] = {
        "drivers": driver_coverage,
        "topic_gain": gain_coverage,
        "lenses": lens_coverage,
        "alarms": false_alarms,
        "power": alarm_power,
        "backtest": real_backtest,
        "spikes": real_spikes,
        "tester_signal": tester_signal,
        "speed": speed,
    }
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--only", choices=parts)
    parser.add_argument("--trials", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    apps = read(chosen.data) if chosen.data else []
    for name, part in parts.items():
        if chosen.only in (None, name):
            started = time.process_time()
            print(f"\n== {name}")
            part(apps, chosen.trials, np.random.default_rng(chosen.seed))
            print(f"   ({time.process_time() - started:.0f} s of processor time)")


def read(data: Path) -> list[ReviewCounts]:
    """The counts of every app in the published file."""
    with duckdb.connect(str((data / "current.duckdb").resolve()), read_only=True) as con:
        rows = con.execute(COUNTS).fetchall()
    kinds = (np.int32, np.int8, np.int8, np.uint32, np.int64)
    apps = []
    for (app, store), group in groupby(rows, key=lambda r: r[:2]):
        columns = list(zip(*group, strict=True))[2:]
        apps.append(
            ReviewCounts(app, store, *(np.array(c, dtype=k) for c, k in zip(columns, kinds, strict=True)))
        )
    return apps


def spans(before: int, after: int) -> tuple[Span, Span]:
    """The first days of a series, and those that follow."""
    return (
        Span(date_of(FIRST), date_of(FIRST + before - 1)),
        Span(date_of(FIRST + before), date_of(FIRST + before + after - 1)),
    )


def changed(world: World, seed: int = 5) -> World:
    """The same app later: every topic is spoken of more or less, and some are dealt with better."""
    rng = np.random.default_rng(seed)
    shares = world.shares * np.exp(rng.normal(0, 0.4, len(world.shares)))
    return replace(world, shares=shares, pulls=world.pulls + rng.normal(0, 0.4, len(world.pulls)))


def rate(hits: float, trials: float) -> str:
    low, high = wilson(hits, trials)
    return f"{100 * hits / max(trials, 1):5.1f} % ({100 * float(low):.1f}-{100 * float(high):.1f})"


def driver_coverage(apps: list[ReviewCounts], trials: int, rng: Rng) -> None:
    """Do the intervals of the change and of each topic's effect hold the truth? Do the effects add up?"""
    worst = 0.0
    for name, world in (("calm", CALM), ("rough", ROUGH)):
        later = changed(world)
        long = joined(world.draw(20_000, 20, rng), later.draw(20_000, 20, rng, first=20_000))
        truth = decompose(long, *spans(20_000, 20_000), TOPICS)
        assert truth is not None
        for before, after, old, new in DESIGNS:
            hit: dict[str, list[bool]] = defaultdict(list)
            for _ in range(trials):
                counts = joined(world.draw(before, old, rng), later.draw(after, new, rng, first=before))
                found = decompose(counts, *spans(before, after), TOPICS)
                if found is None:
                    continue
                worst = max(worst, abs(sum(r.total_effect for r in found.rows) - found.change))
                _tell(hit, found, truth)
            print(f"   {name:5s} {before}+{after} days, {old}/{new} a day: ", end="")
            print(", ".join(f"{k} {100 * np.mean(v):.1f} %" for k, v in sorted(hit.items())))
    print(f"   largest remainder of all decompositions: {worst:.1e}")


def _tell(hit: dict[str, list[bool]], found: Decomposition, truth: Decomposition) -> None:
    hit["change"].append(found.low <= truth.change <= found.high)
    for row, true in zip(found.rows, truth.rows, strict=True):
        reviews = true.n_before / truth.n_before * found.n_before
        reviews += true.n_after / truth.n_after * found.n_after
        kind = "topics of 10 reviews or more" if reviews >= 10 else "rarer topics"
        hit[kind].append(row.low <= true.total_effect <= row.high)


def gain_coverage(apps: list[ReviewCounts], trials: int, rng: Rng) -> None:
    """Do the intervals of the gains hold the truth, for all topics and for the one that is ranked first?"""
    for name, world in (("calm", CALM), ("rough", ROUGH)):
        whole = topic_gain(world.draw(20_000, 20, rng), TOPICS, spans(20_000, 1)[0])
        truth = {g.topic: g for g in whole}
        for days, per_day in ((30, 2), (90, 2), (90, 20)):
            hit: dict[str, list[bool]] = defaultdict(list)
            for _ in range(trials):
                found = topic_gain(world.draw(days, per_day, rng), TOPICS, spans(days, 1)[0])
                for gain in found:
                    _tell_gain(hit, gain, truth[gain.topic])
            print(f"   {name:5s} {days} days, {per_day} a day: ", end="")
            print(", ".join(f"{k} {100 * np.mean(v):.1f} %" for k, v in sorted(hit.items())))
    print("   what the counterfactual does (the simulated app):")
    for g in whole[:4]:
        print(
            f"     {g.topic}: {g.gain:.3f} stars; {g.gain_if_alone:.3f} if alone, {g.gain_if_all:.3f} if all"
        )


def _tell_gain(hit: dict[str, list[bool]], gain: Gain, true: Gain) -> None:
    if gain.gain is None or gain.low is None or gain.high is None or true.gain is None:
        return
    inside = gain.low <= true.gain <= gain.high
    often = true.share_complaints * gain.n >= 5
    hit["topics of 5 complaints or more" if often else "rarer topics"].append(inside)
    if gain.rank == 1:
        hit["ranked first"].append(inside)


def lens_coverage(apps: list[ReviewCounts], trials: int, rng: Rng) -> None:
    """Do the intervals of a lens's monthly mean stars hold the truth?"""
    for name, world in (("calm", CALM), ("rough", ROUGH)):
        long = world.draw(20_000, 20, rng)
        truth = {}
        for lens in dict.fromkeys(LENSES):
            bits = sum(1 << k for k, of in enumerate(LENSES) if of == lens)
            truth[lens] = float(long.stars[(long.topics & np.uint32(bits)) != 0].mean())
        for per_day in (1, 3, 30):
            hit: dict[str, list[bool]] = defaultdict(list)
            for _ in range(max(trials // 8, 1)):
                for month in lens_months(world.draw(365, per_day, rng), LENSES):
                    if month.low is not None and month.high is not None:
                        kind = "small n" if month.is_small_n else "n>=30"
                        hit[kind].append(month.low <= truth[month.lens] <= month.high)
            print(f"   {name:5s} {per_day} a day: ", end="")
            print(", ".join(f"{k} {100 * np.mean(v):.1f} % of {len(v)}" for k, v in sorted(hit.items())))


WORLDS = {
    "calm": World(),
    "busier 0.1, fuller 0.1": World(busier=0.1, fuller=0.1, mood=0.3),
    "busier 0.4, fuller 0.4": World(busier=0.4, fuller=0.4, mood=0.6),
    "growing 1 % a day": World(busier=0.1, fuller=0.1, mood=0.3, growth=0.01),
}


def false_alarms(apps: list[ReviewCounts], trials: int, rng: Rng) -> None:
    """On ordinary days, on what share of days does an app raise any alarm?"""
    for name, world in WORLDS.items():
        for per_day in (0.3, 1, 5, 20, 100):
            if per_day == 100 and world.growth:
                continue
            days, alarms = 0, np.zeros(3)
            for _ in range(max(trials // 10, 1)):
                for day in judged_days(world.draw(150, per_day, rng), len(TOPICS), 0.05, 150):
                    days += 1
                    heard = np.stack([day.n[0], np.nan_to_num(day.observed[1]) * day.n[1]]) > 2.5
                    alarms += [((day.p_adjusted <= a) & heard).any() for a in (0.01, 0.02, 0.05)]
            rates = ", ".join(
                f"set {s}: {rate(a, days)}" for s, a in zip(("1 %", "2 %", "5 %"), alarms, strict=True)
            )
            print(f"   {name}, {per_day} a day, {days} days: {rates}")


def alarm_power(apps: list[ReviewCounts], trials: int, rng: Rng) -> None:
    """Spikes of all reviews and of one topic, falls of sentiment, on the last of 120 days; set rate 1 %."""
    for name in ("calm", "busier 0.1, fuller 0.1"):
        world = WORLDS[name]
        worse, awful = replace(world, level=world.level - 1.5), replace(world, level=world.level - 3)
        for per_day in (1, 3, 10, 30, 100):
            found: dict[str, list[bool]] = defaultdict(list)
            for _ in range(max(trials // 4, 1)):
                past = world.draw(119, per_day, rng)
                for what, today, factor in (
                    ("all x2", world, 2), ("all x3", world, 3), ("login x3", _louder(world, 2, 3), 1),
                    ("login x6", _louder(world, 2, 6), 1), ("mood -1.5", worse, 1), ("mood -3", awful, 1),
                ):  # fmt: skip
                    counts = joined(past, today.draw(1, factor * per_day, rng, first=119))
                    found[what].append(_alarms(counts, what))
            powers = ", ".join(f"{k} {100 * np.mean(v):.0f} %" for k, v in found.items())
            print(f"   {name}, {per_day} a day: {powers}")
        shares = [float((w.draw(2_000, 20, rng).sentiment == 0).mean()) for w in (world, worse, awful)]
        told = ", ".join(f"{k} {100 * v:.0f} %" for k, v in zip(("usual", "-1.5", "-3"), shares, strict=True))
        print(f"   share of negative texts: {told}")


def _alarms(counts: ReviewCounts, what: str) -> bool:
    measure = "tone" if what.startswith("mood") else "count"
    topic = "login" if what.startswith("login") else ALL
    rows = anomalies(counts, TOPICS, 0.01, 1, date_of(FIRST + 119))
    return any(r.is_alarm for r in rows if (r.topic, r.measure) == (topic, measure))


def _louder(world: World, topic: int, factor: float) -> World:
    shares = world.shares.copy()
    shares[topic] *= factor
    return replace(world, shares=shares)


def real_backtest(apps: list[ReviewCounts], trials: int, rng: Rng) -> None:
    """The real series played again."""
    for set_rate in (0.01, 0.05):
        for low, high in ((0, np.inf), (0, 1), (1, 5), (5, np.inf)):
            some = [c for c in apps if low <= c.n.sum() / (np.ptp(c.day) + 1) < high]
            for t in alarm_backtest(some, len(TOPICS), set_rate):
                which = f"{len(some)} apps of {low}-{high} reviews a day, {t.measure}"
                print(
                    f"   set {100 * set_rate:g} %, {which}: {t.hits} of {t.trials} = {rate(t.hits, t.trials)}"
                )


def real_spikes(apps: list[ReviewCounts], trials: int, rng: Rng) -> None:
    """Spikes planted on steady days of the real series, set rate 1 %."""
    for t in planted_spikes(apps, len(TOPICS), 0.01, max(trials // 20, 1), rng):
        print(f"   x{t.effect:g} at about {t.n} a day: {rate(t.hits, t.trials)} of {t.trials}")


KNOWS_NOTHING = (
    "random alpha", "random alpha, all better", "usual alpha", "usual alpha, all worse",
    "usual alpha, other topics rise",
)  # fmt: skip


def tester_signal(apps: list[ReviewCounts], trials: int, rng: Rng) -> None:
    """What the alpha is called when it knows nothing, and when it knows; by n."""
    for testers, texts, per_day in ((8, 30, 5), (20, 100, 15), (60, 300, 60)):
        print(f"   {testers} testers, {texts} texts, {per_day} reviews a day")
        for what in (*KNOWS_NOTHING, "knows 1", "knows 2", "knows 4"):
            found = [_release(what, testers, texts, per_day, rng) for _ in range(trials)]
            said = {v: sum(f.verdict == v for f in found) for v in ("foretold", "did_not", "too_few")}
            rose = [t for f in found for t in f.topics if t.rose_after]
            hits = sum(t.verdict == "hit" for t in rose)
            ranks = [f.low <= 0 <= f.high for f in found if f.low is not None and f.high is not None]
            print(
                f"     {what}: foretold {rate(said['foretold'], trials)}, "
                f"did not {100 * said['did_not'] / trials:.0f} %, "
                f"too few {100 * said['too_few'] / trials:.0f} %; {hits} hits in {len(rose)} rises; "
                f"the ranks' interval holds 0: {100 * np.mean(ranks):.1f} %"
            )


def _release(what: str, testers: int, texts: int, per_day: float, rng: Rng) -> AlphaSignal:
    """One made release: 120 earlier days, 28 before and 28 after it, and an alpha."""
    world = World(busier=0.1, fuller=0.2, mood=0.2)
    after, alpha = world, world
    loud = rng.choice(15, size=int(what[-1]) if what.startswith("knows") else 3, replace=False)
    louder = world.shares.copy()
    louder[loud] = np.minimum(np.maximum(louder[loud], 0.03) * 3, 0.6)
    if what.startswith("knows"):
        after = alpha = replace(world, shares=louder)
    if what.startswith("random alpha"):
        alpha = replace(world, shares=rng.permutation(world.shares))
        after = replace(world, shares=louder, level=world.level + 1.5 * what.endswith("better"))
    if what == "usual alpha, all worse":
        after = replace(world, level=world.level - 1.5)
    if what == "usual alpha, other topics rise":
        after = replace(world, shares=louder)
    counts = joined(world.draw(148, per_day, rng), after.draw(28, per_day, rng, first=148))
    said = replace(alpha, busier=0, fuller=0, mood=0).draw(1, texts, rng)
    wrote = np.repeat(np.arange(testers), rng.multinomial(len(said.n), rng.dirichlet(np.full(testers, 2.0))))
    alpha = AlphaCounts("2.0", None, wrote.astype(np.int32), said.sentiment, said.topics, said.n)
    return alpha_signals([alpha], counts, [Release("2.0", date_of(FIRST + 148))], TOPICS)[0]


def _ten_comparisons(counts: ReviewCounts) -> None:
    for day in range(int(counts.day[-1]) - 9, int(counts.day[-1]) + 1):
        before = Span(date_of(day - 60), date_of(day - 31))
        decompose(counts, before, Span(date_of(day - 30), date_of(day)), TOPICS)


def _quarter(counts: ReviewCounts) -> None:
    topic_gain(counts, TOPICS, Span(date_of(int(counts.day[-1]) - 89), date_of(int(counts.day[-1]))))


def speed(apps: list[ReviewCounts], trials: int, rng: Rng) -> None:
    """Processor time, with ten comparisons and thirty judged days an app."""
    made = [World(busier=0.1).draw(1_095, 23, rng) for _ in range(4)]
    works: dict[str, Callable[[ReviewCounts], object]] = {
        "drivers x10": _ten_comparisons,
        "topic_gain": _quarter,
        "lenses": lambda counts: lens_months(counts, LENSES),
        "anomalies": lambda counts: anomalies(counts, TOPICS, 0.01, 30),
    }
    for name, some, factor in (("real apps", apps, 1), ("made apps (4 measured)", made, 50)):
        seconds = {}
        for what, work in works.items():
            started = time.process_time()
            for counts in some:
                work(counts)
            seconds[what] = (time.process_time() - started) * factor
        reviews = sum(int(c.n.sum()) for c in some) * factor
        parts = ", ".join(f"{what} {took:.1f} s" for what, took in seconds.items())
        print(f"   {len(some) * factor} {name}, {reviews:,} reviews: {parts}; {sum(seconds.values()):.1f} s")


if __name__ == "__main__":
    main()
