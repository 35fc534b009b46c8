"""The figures of docs/statistics.md: coverage, false alarms, power, and what other methods would have given.

    python benchmarks/error_rates.py DATA_FOLDER [--only NAME] [--trials N] [--seed N]

DATA_FOLDER was refreshed (`hoshiyomi import`, `hoshiyomi refresh`); only its published file is read. The apps
in it with 200 reviews or more are the patterns of the simulated series. Times are of this machine, now.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

import duckdb
import numpy as np
from published_counts import COUNTS

from models.ratings import attribution, local_level
from models.ratings import release_impact as release_impact_module
from models.ratings.changepoints import near_releases, penalty, review_changes
from models.ratings.counts import TOPIC, PrefixSums, ReviewCounts, daily_measures, date_of
from models.ratings.intervals import STAR_SCALE, STARS, estimate, together
from models.ratings.release_impact import (
    Impact,
    Release,
    release_impact,
    windows,
)
from models.ratings.series import Snapshot, review_series
from models.ratings.turning_points import displayed_changes
from models.ratings.verdicts import release_verdicts
from models.validation.audit_simulated import room
from models.validation.simulate import FIRST_DAY, Population, joined, population, step_series

RELEASES = """
select app, version, min((released_at at time zone 'UTC')::date) as day
from releases where released_at is not null group by all order by 1, 3
"""
SIGHTED = """
select app, version, min((reviewed_at at time zone 'UTC')::date) as day
from reviews where version is not null group by all
"""
SHOWN = """
select app, observed_at, displayed_score, ratings_count, stars_1, stars_2, stars_3, stars_4, stars_5
from rating_snapshots where displayed_score is not null order by app, observed_at
"""


@dataclass(slots=True)
class House:
    """What was published: apps, the catalogue, releases of the store and those first seen in reviews."""

    apps: list[ReviewCounts]
    topics: list[str]
    releases: dict[str, list[Release]]
    sighted: dict[str, list[Release]]
    shown: dict[str, list[Snapshot]]
    patterns: list[Population] = field(default_factory=list)


def read(data: Path) -> House:
    con = duckdb.connect(str((data / "current.duckdb").resolve()), read_only=True)
    table = con.execute(COUNTS).fetchnumpy()
    types = {"day": np.int32, "stars": np.int8, "sentiment": np.int8, "topics": np.uint32, "n": np.int64}
    apps, at = [], 0
    for key, group in groupby(zip(table["app"], table["store"], strict=True)):
        rows = slice(at, at := at + sum(1 for _ in group))
        apps.append(ReviewCounts(*key, *(np.asarray(table[c][rows]).astype(t) for c, t in types.items())))
    topics = [t for (t,) in con.execute("select topic from topic_catalogue order by position").fetchall()]
    by_store, everywhere = defaultdict(list), defaultdict(dict)
    for app, version, day in con.execute(SIGHTED).fetchall():
        everywhere[app][version] = day
    for app, version, day in con.execute(RELEASES).fetchall():
        by_store[app].append(Release(version, day))
        everywhere[app][version] = day
    shown = defaultdict(list)
    for app, when, score, count, *stars in con.execute(SHOWN).fetchall():
        shown[app].append(Snapshot(when, score, count, tuple(stars) if None not in stars else None))
    sighted = {app: [Release(v, day) for v, day in known.items()] for app, known in everywhere.items()}
    patterns = [population(c) for c in apps if c.n[c.stars > 0].sum() >= 200]
    patterns.sort(key=lambda p: p.deviation)
    return House(apps, topics, dict(by_store), sighted, dict(shown), patterns)


def effects(house: House, trials: int, rng: np.random.Generator) -> None:
    """Coverage of the effect's interval when days are alike: each day has a level of its own."""
    print(f"{'n a side':>9} {'a day':>6} {'day sd':>7} {'design':>7} {'coverage':>9}")
    for n, a_day, spread in ((60, 5, 0.0), (200, 5, 0.0), (200, 5, 0.5), (400, 15, 0.0), (400, 15, 0.5)):
        covered, designs = [], []
        for _ in range(trials * 2):
            p = house.patterns[int(rng.integers(len(house.patterns)))]
            spread_here = min(spread, 0.45 * min(p.mean - 1, 5 - p.mean))
            days = round(n / a_day)
            moves = rng.uniform(-1, 1, 2 * days) * spread_here * 3**0.5
            parts = [
                p.shifted(float(m)).draw(np.full(max(int(rng.poisson(a_day)), 1), FIRST_DAY + i), rng)
                for i, m in enumerate(moves)
            ]
            whole = parts[0]
            for part in parts[1:]:
                whole = joined(whole, part)
            (impact, *_) = release_impact(whole, [Release("1", date_of(FIRST_DAY + days))], (), [])
            covered.append((impact.low or 0) <= 0 <= (impact.high or 0))
            daily = daily_measures(whole, ())
            sums = PrefixSums(daily)
            sides = [sums.between(np.array([a]), np.array([b])) for a, b in ((0, days), (days, 2 * days))]
            designs.append(np.mean([estimate(s[:, 0], STAR_SCALE).design for s in sides]))
        print(f"{n:9d} {a_day:6d} {spread:7.2f} {np.mean(designs):7.2f} {np.mean(covered):9.3f}")


def fakes(house: House, trials: int, rng: np.random.Generator) -> None:
    """Fake releases on the real series, as many an app as it has real ones (at least one)."""
    for name, known in (("of the store", house.releases), ("first seen in reviews, too", house.sighted)):
        drawn, judged, raw, false = (Counter() for _ in range(4))
        by_app = defaultdict(list)
        for counts in house.apps:
            for _ in range(max(trials // 20, 1)):
                size = max(len(known.get(counts.app, [])), 1)
                days = rng.integers(int(counts.day[0]), int(counts.day[-1]) + 1, size)
                schedule = [Release(str(i), date_of(int(d))) for i, d in enumerate(days)]
                impacts = release_verdicts(counts, schedule, house.topics, [])
                count(impacts, drawn, judged, raw, false)
                by_app[counts.app] += [
                    i.verdict in ("better", "worse")
                    for i in impacts
                    if i.measure == "mean_stars" and i.p_value is not None
                ]
        print(f"\nas many fakes as releases {name}: false verdicts")
        print(f"{'measure':16} {'drawn':>7} {'judged':>7} {'of drawn':>9} {'of judged':>10} {'p < 5 %':>8}")
        for m in drawn:
            print(
                f"{m:16} {drawn[m]:7d} {judged[m]:7d} {false[m] / drawn[m]:9.4f} {false[m] / judged[m]:10.4f}"
                f" {raw[m] / judged[m]:8.3f}"
            )
        rates = {app: np.mean(v) for app, v in by_app.items() if v}
        print(f"apps with a judged fake: {len(rates)}; without any false verdict: ", end="")
        print(f"{sum(r == 0 for r in rates.values())}; with one in ten or more: ", end="")
        print(", ".join(f"{app} {r:.2f}" for app, r in rates.items() if r >= 0.1))


def count(impacts: list[Impact], drawn: Counter, judged: Counter, raw: Counter, false: Counter) -> None:
    told = defaultdict(list)
    for i in impacts:
        told[i.release_version].append(i)
    for of_one in told.values():
        rows = [("topics" if i.measure.startswith(TOPIC) else i.measure, [i]) for i in of_one]
        for name, group in [*rows, ("any measure", of_one)]:
            drawn[name] += 1
            judged[name] += any(i.p_value is not None for i in group)
            raw[name] += any((i.p_value or 1) < 0.05 for i in group)
            false[name] += any(i.verdict in ("better", "worse") for i in group)


def nulls(house: House, trials: int, rng: np.random.Generator) -> None:
    """Why wandering is part of the p value: one fake release at a time, p < 5 % on mean stars."""
    from scipy.special import stdtr

    judged = Counter()
    for counts in house.apps:
        daily = daily_measures(counts, ())
        on = rng.integers(0, daily.days, trials)
        starts, ends = windows(daily, on)
        sums = PrefixSums(daily)
        both = [sums.between(starts, on)[:, 0], sums.between(on, ends)[:, 0]]
        known = [estimate(s, STAR_SCALE) for s in both]
        effect = known[1].mean - known[0].mean
        ok = np.minimum(both[0].n, both[1].n) >= 50
        judged["judged"] += int(ok.sum())
        alone = [replace(k, variance=k.variance / k.design) for k in known]
        for name, sides in (("independent reviews", alone), ("days alike", known)):
            noise, freedom = together(sides)
            p = 2 * stdtr(freedom, -np.abs(effect) / np.sqrt(noise))
            judged[name] += int((p[ok] < 0.05).sum())
    print({k: round(v / judged["judged"], 3) for k, v in judged.items()}, "of", judged["judged"])


def power(house: House, trials: int, rng: np.random.Generator) -> None:
    """Half a star at 30 reviews a day, by spread of the stars: change point (day unknown), release (known).

    The last column is the power of the two-sided 5 % test that knows day and spread: no test does better.
    """
    from scipy.special import ndtr

    print(f"{'n':>4} {'sd':>10} {'apps':>5} {'change':>7} {'3 days':>7} {'release':>8} {'bound':>6}")
    groups = ((0, 1.1), (1.1, 1.55), (1.55, 1.9))
    for n in (200, 300, 400, 600, 840):
        for low, high in groups:
            those = [p for p in house.patterns if low <= p.deviation < high]
            found = near = told = 0
            bound = []
            for i in range(trials):
                p = those[i % len(those)]
                q = p.shifted(room(p))
                bound.append(float(ndtr(0.5 / ((p.deviation**2 + q.deviation**2) / n) ** 0.5 - 1.96)))
                counts, day = step_series(p, q, n, 30, rng)
                changes = [c for c in review_changes(counts) if c.size * room(p) > 0]
                found += bool(changes)
                near += any(abs((c.changed_on - date_of(day)).days) <= 3 for c in changes)
                (i1, *_) = release_verdicts(counts, [Release("1", date_of(day))], (), [])
                told += i1.verdict == ("better" if room(p) > 0 else "worse")
            print(
                f"{n:4d} {low:4.2f}-{high:4.2f} {len(those):6d} {found / trials:7.3f}"
                f" {near / max(found, 1):7.3f} {told / trials:8.3f} {np.mean(bound):6.3f}"
            )


def rivals(house: House, trials: int, rng: np.random.Generator) -> None:
    """Against `ruptures`: PELT with least squares (KernelCPD, linear kernel, which is l2 in C; jump 1) on
    single reviews in order, at least 30 a segment, and on the days' means; half a star at 400 a side."""
    import ruptures

    def theirs(counts: ReviewCounts, price: float) -> list[int]:
        stars = np.repeat(counts.stars, counts.n).astype(float)
        stars = (stars / max(stars.std(), 0.1))[:, None]
        search = ruptures.KernelCPD(kernel="linear", min_size=30, jump=1).fit(stars)
        days = np.repeat(counts.day, counts.n)
        return [int(days[c]) for c in search.predict(pen=price * np.log(len(stars)))[:-1]]

    def on_means(counts: ReviewCounts, price: float) -> list[int]:
        daily = counts.daily_stars(int(counts.day[0]), int(counts.day[-1]))
        busy = np.flatnonzero(daily.sum(axis=1))
        means = daily[busy] @ STARS / daily[busy].sum(axis=1)
        means = (means / max(float(np.diff(means).std()) / 2**0.5, 0.05))[:, None]
        search = ruptures.KernelCPD(kernel="linear", min_size=3, jump=1).fit(means)
        cuts = search.predict(pen=price * np.log(len(means)))[:-1]
        return [int(counts.day[0]) + int(busy[c]) for c in cuts]

    methods: dict[str, Callable[[ReviewCounts], list[int]]] = {
        "ours": lambda c: [(x.changed_on - date_of(0)).days for x in review_changes(c)],
        "PELT 2 log n (BIC)": lambda c: theirs(c, 2),
        "PELT 3 log n (MBIC)": lambda c: theirs(c, 3),
        "daily means, 2 log n": lambda c: on_means(c, 2),
        "daily means, 3 log n": lambda c: on_means(c, 3),
    }
    print(f"{'method':20} {'false':>6} {'false, alike':>13} {'found':>6} {'3 days':>7} {'ms':>6}")
    for name, method in methods.items():
        false = herd = found = near = 0
        took = 0.0
        for _ in range(trials):
            p = house.patterns[int(rng.integers(len(house.patterns)))]
            same, _day = step_series(p, p, 400, 30, rng)
            started = time.perf_counter()
            false += bool(method(same))
            took += time.perf_counter() - started
            move = min(0.6, 0.45 * min(p.mean - 1, 5 - p.mean))
            alike = [
                p.shifted(float(m)).draw(np.full(30, FIRST_DAY + i), rng)
                for i, m in enumerate(rng.uniform(-move, move, 26))
            ]
            whole = alike[0]
            for part in alike[1:]:
                whole = joined(whole, part)
            herd += bool(method(whole))
            moved, day = step_series(p, p.shifted(room(p)), 400, 30, rng)
            days = method(moved)
            found += bool(days)
            near += any(abs(d - day) <= 3 for d in days)
        print(
            f"{name:20} {false / trials:6.3f} {herd / trials:13.3f} {found / trials:6.3f}"
            f" {near / max(found, 1):7.3f} {1000 * took / trials:6.1f}"
        )


def prices(house: House, trials: int, rng: np.random.Generator) -> None:
    """95 % quantile of what the best one or two cuts gain (each) when there is no change, by days."""
    for days in (13, 40, 120, 360):
        worth = []
        for _ in range(trials):
            s = np.concatenate([[0.0], rng.standard_normal(days).cumsum()])
            k = np.arange(3, days - 2)
            one = ((s[k] / k - (s[-1] - s[k]) / (days - k)) ** 2 * k * (days - k) / days).max()
            two = 0.0
            for a in range(3, days - 5):
                b = np.arange(a + 3, days - 2)
                inner = (s[b] - s[a]) ** 2 / (b - a) + (s[-1] - s[b]) ** 2 / (days - b)
                two = max(two, float((s[a] ** 2 / a + inner - s[-1] ** 2 / days).max()))
            worth.append(max(one, two / 2))
        print(f"{days:5d} days: {np.quantile(worth, 0.95):5.2f}, the rule says {penalty(days):5.2f}")


def steps(house: House, trials: int, rng: np.random.Generator) -> None:
    """How common each step size of the wandering is among the apps (non-parametric maximum likelihood)."""
    found = []
    for counts in house.apps:
        daily = daily_measures(counts, house.topics)
        breaks = {
            round(((r.released_on - date_of(daily.first)).days) / 7)
            for r in house.sighted.get(counts.app, [])
        }
        found.append(local_level._log_likelihood(*local_level._weekly(daily), breaks))
    likelihood = np.array(found)
    print("step size", local_level.STEPS)
    for name, rows in (
        ("stars", likelihood[:, 0]),
        ("topics", likelihood[:, 3:].reshape(-1, len(local_level.STEPS))),
    ):
        relative = np.exp(rows - rows.max(axis=1, keepdims=True))
        weights = np.full(len(local_level.STEPS), 1 / len(local_level.STEPS))
        for _ in range(2000):
            share = relative * weights
            weights = (share / share.sum(axis=1, keepdims=True)).mean(axis=0)
        print(f"{name:9}", weights.round(3))
    print("used     ", local_level.PRIOR, local_level.TOPIC_PRIOR, sep="\n          ")


def real(house: House, trials: int, rng: np.random.Generator) -> None:
    """Verdicts, changes of B and rises and falls of A on the real series, and what they took."""
    started = time.perf_counter()
    verdicts = Counter()
    told: list[str] = []
    for counts in house.apps:
        released = house.releases.get(counts.app, [])
        for i in release_verdicts(counts, released, house.topics, []):
            verdicts[i.measure.split(":")[0], i.verdict] += 1
            if i.measure == "mean_stars" and (i.verdict in ("better", "worse") or counts.app == "ru.mos.app"):
                found = (
                    ""
                    if i.q_value is None
                    else f" {i.effect:+.2f} [{i.low:.2f}, {i.high:.2f}] q {i.q_value:.3f}"
                )
                told.append(f"{counts.app} {i.release_version} {i.verdict} n {i.n_before}/{i.n_after}{found}")
    print(f"release_impact: {time.perf_counter() - started:.1f} s", dict(verdicts), sep="\n")
    print(*told, sep="\n")
    started = time.perf_counter()
    lines = list(change_lines(house))
    print(f"\nchange points: {len(lines)} in {time.perf_counter() - started:.1f} s")
    print(*lines, sep="\n")
    started = time.perf_counter()
    weeks = sum(len(review_series(c)) for c in house.apps)
    print(f"\nseries B: {weeks} weeks in {time.perf_counter() - started:.1f} s")


def choices(house: House, trials: int, rng: np.random.Generator) -> None:
    """How the verdicts on one app (ru.mos.app, mean stars) hang on what was chosen by hand."""
    (counts,) = [c for c in house.apps if c.app == "ru.mos.app"]
    kept = local_level.LIMIT, attribution.REACH_AFTER, release_impact_module.WINDOWS
    for name, limit, near, widths in (
        ("as it is", *kept),
        ("wandering without a limit", 99.0, *kept[1:]),
        ("changes within 14 days", kept[0], 14, kept[2]),
        ("windows of 56 days at most", *kept[:2], (28, 56)),
        ("windows of 28 days", *kept[:2], (28,)),
    ):
        local_level.LIMIT, attribution.REACH_AFTER, release_impact_module.WINDOWS = limit, near, widths
        impacts = release_verdicts(counts, house.releases[counts.app], house.topics, [])
        told = [i for i in impacts if i.measure == "mean_stars" and i.q_value is not None]
        print(f"{name:28}", *(f"{i.release_version} {i.verdict} (p {i.p_value:.3f})" for i in told))
    local_level.LIMIT, attribution.REACH_AFTER, release_impact_module.WINDOWS = kept


def change_lines(house: House) -> Iterator[str]:
    named = {c.app: review_changes(c) for c in house.apps}
    for app in sorted({*named, *house.shown}):
        known = [(r.version, r.released_on) for r in house.releases.get(app, [])]
        for c in near_releases([*displayed_changes(house.shown.get(app, [])), *named.get(app, [])], known):
            yield (
                f"{app} {c.series} {c.changed_on} ({c.low_on}..{c.high_on}) {c.value_before:.2f} >"
                f" {c.value_after:.2f} [{c.low:+.2f}, {c.high:+.2f}] n {c.n_before}/{c.n_after}"
                f" {c.nearest_release} {c.release_distance_days}"
            )


ALL = {f.__name__: f for f in (effects, fakes, nulls, power, rivals, prices, steps, choices, real)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", choices=list(ALL), action="append")
    parser.add_argument("--trials", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    choice = parser.parse_args()
    house = read(choice.data)
    reviews = sum(int(c.n.sum()) for c in house.apps)
    print(f"{len(house.apps)} apps, {reviews} reviews, {len(house.patterns)} patterns")
    for name in choice.only or ALL:
        started = time.perf_counter()
        print(f"\n== {name}: {ALL[name].__doc__}")
        ALL[name](house, choice.trials, np.random.default_rng(choice.seed))
        print(f"   ({time.perf_counter() - started:.0f} s)")


if __name__ == "__main__":
    main()
