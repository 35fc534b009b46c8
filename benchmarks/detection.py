"""How soon is a fall of the stars told, how often falsely, and what would other methods have told?

    python benchmarks/detection.py DATA [--series N] [--full] [--only NAME] [--seed N]

DATA is the folder with covid_apps_reviews.csv.gz and covid_apps_versions.csv. *simulated*: days of real apps
drawn again, with a fall or none; all methods raise a false alarm in 5 % of 28 days, which is set on other
series than those that are told of. *incidents*: real ones, day by day. *rates*: false alarms a year against
those that were set. *releases*: the release watch on fake releases of real apps (A/A), looked at daily.
*sides*: half a star between two sides of 200 reviews, told the day or not. The quick mode takes about two
minutes of processor time.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import detection_methods as methods
import numpy as np
from detection_sides import DAYS, as_counts, compare
from numpy.typing import NDArray
from scipy.stats import chi2

from models.ratings.alarm import bound_of
from models.ratings.counts import EPOCH, day_number
from models.ratings.intervals import STARS, Floats, wilson
from models.ratings.release_watch import LEAST_JUDGED, Stars, WatchDay, Watched, release_watch
from models.ratings.star_alarms import star_alarms
from models.validation.simulate import population, step_series

Counts = NDArray[np.int64]
BURN, WATCHED, STRETCH = 91, 28, 56
RATES = (3.0, 10.0, 100.0, 3000.0)
FALLS = (1.0, 0.5)
SET_RATES = (0.25, 0.7, 1.0, 2.0)
FALSE = 0.05
"""Share of 28 days without a change in which every method is made to raise an alarm."""
A_YEAR = 0.7
"""False alarms an app and year at which the alarms of the product are run."""
INCIDENTS = (
    ("COVIDSafe", "au.gov.health.covidsafe", date(2020, 5, 13)),
    ("COVIDSafe", "au.gov.health.covidsafe", date(2020, 7, 4)),
    ("Immuni", "it.ministerodellasalute.immuni", date(2020, 10, 16)),
    ("Corona-Warn-App", "de.rki.coronawarnapp", date(2020, 8, 12)),
    ("StopCovid", "fr.gouv.android.stopcovid", date(2020, 6, 5)),
    ("Stopp Corona", "at.roteskreuz.stopcorona", date(2020, 6, 25)),
)
Method = Callable[[Counts, int], Floats]
METHODS: dict[str, Method] = {
    "ours": methods.ours,
    "ours, watching from that day on": partial(methods.ours, is_fresh=True),
    "today's alarms (numbers, tone)": methods.today,
    "CUSUM, made for 1 star": partial(methods.cusum, step=1.0),
    "CUSUM, made for 0.5 star": partial(methods.cusum, step=0.5),
    "CUSUM, 0.5 star, days alike": partial(methods.cusum, step=0.5, likeness=methods.LIKENESS),
    "e-detector": methods.e_detector,
    "mSPRT, told the day": methods.msprt,
    "mSPRT, told the day, days alike": partial(methods.msprt, likeness=methods.LIKENESS),
    "mean scan": methods.mean_scan,
    "mean scan, days alike": partial(methods.mean_scan, likeness=methods.LIKENESS),
    "Mann-Whitney, last 7 days": methods.mann_whitney,
    "PELT on means of days": methods.pelt,
    "BOCPD": methods.bocpd,
}
SLOW = ("today's alarms (numbers, tone)", "PELT on means of days")


@dataclass(frozen=True, slots=True, eq=False)
class App:
    """Reviews of one app of the dump: day (since 1970-01-01), stars and version of each."""

    name: str
    day: NDArray[np.int64]
    stars: NDArray[np.int64]
    version: NDArray[np.str_]

    @property
    def first(self) -> int:
        """The day of the first review."""
        return int(self.day.min())

    def counts(self, kept: NDArray[np.bool_] | None = None) -> Counts:
        """Star counts by day (days x 5), of the `kept` reviews."""
        found = np.zeros((int(self.day.max()) - self.first + 1, 5), dtype=np.int64)
        mask = np.ones(len(self.day), dtype=bool) if kept is None else kept
        np.add.at(found, (self.day[mask] - self.first, self.stars[mask] - 1), 1)
        return found


def read(data: Path) -> list[App]:
    """The apps of the dump."""
    rows = defaultdict(list)
    with gzip.open(data / "covid_apps_reviews.csv.gz", "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            day = (date.fromisoformat(row["at"][:10]) - EPOCH).days
            rows[row["app_id"]].append((day, int(row["score"]), row["review_version"]))
    return [App(name, *(np.array(c) for c in zip(*found, strict=True))) for name, found in rows.items()]


# --- series with a known truth ---------------------------------------------------------------------------


class Made:
    """Series of `a_day` reviews, their days drawn from eight weeks of a real app with 200 reviews or more.

    A day's star distribution is one that its real reviews may have come from (a Dirichlet distribution about
    theirs, as alike as reviews of one day are), its number of reviews stands to the usual as there; the
    weekday adds 0.05 standard deviations, the local level `wander` a week.
    """

    def __init__(self, apps: list[App], a_day: float, seed: int, wander: float = 0.0) -> None:
        self._apps = [c for c in (app.counts() for app in apps) if c.sum() >= 200]
        self._a_day, self._wander, self._rng = a_day, wander, np.random.default_rng(seed)

    def draw(self, series: int, days: int, fall: float = 0.0) -> Counts:
        """Star counts (series x days x 5), with `fall` stars fewer from day BURN on."""
        return np.stack([self._one(days, fall) for _ in range(series)])

    def _one(self, days: int, fall: float) -> Counts:
        rng = self._rng
        while True:
            app = self._apps[int(rng.integers(len(self._apps)))]
            start = int(rng.integers(max(len(app) - STRETCH, 1)))
            real = app[start : start + STRETCH]
            busy = real[real.any(axis=1)]
            if len(busy) >= 10 and real.sum() >= 50 and real.sum(axis=0) @ STARS / real.sum() - fall > 1.15:
                break
        usual = real.sum(axis=0) / real.sum()
        drawn = busy[rng.integers(len(busy), size=days)]
        size = drawn.sum(axis=1)
        alike = 1 / methods.LIKENESS - 1
        shares = rng.gamma(np.maximum(drawn + alike * usual, 1e-3))
        shares /= shares.sum(axis=1, keepdims=True)
        mean = usual @ STARS
        z = (STARS - mean) / np.sqrt(usual @ (STARS - mean) ** 2)
        level = rng.normal(size=days).cumsum() * self._wander / 7**0.5
        shares *= np.exp((level + 0.05 * rng.normal(size=7)[np.arange(days) % 7])[:, None] * z)
        shares /= shares.sum(axis=1, keepdims=True)
        if fall:
            shares[BURN:] = _fallen(shares[BURN:], usual, fall, by_ones=rng.random() < 0.5)
        n = rng.poisson(self._a_day * np.clip(size / size.mean(), 0.25, 4))
        return np.asarray(rng.multinomial(n, shares))


def _fallen(shares: Floats, usual: Floats, fall: float, by_ones: bool) -> Floats:
    """The days' shares after a fall: reviews turned into ones, or the exponential tilt that falls so much."""
    mean = usual @ STARS
    if by_ones:
        turned = fall / (mean - 1)
        shares = shares * (1 - turned)
        shares[:, 0] += turned
        return shares
    low, high = -20.0, 0.0
    for _ in range(60):
        middle = (low + high) / 2
        tilted = usual * np.exp(middle * STARS)
        low, high = (middle, high) if tilted @ STARS / tilted.sum() < mean - fall else (low, middle)
    tilted = shares * np.exp(low * STARS)
    return np.asarray(tilted / tilted.sum(axis=1, keepdims=True))


# --- what is measured -------------------------------------------------------------------------------------


def simulated(apps: list[App], series: int, seed: int) -> dict[tuple[str, float], float]:
    """Found within 28 days, delay and false alarms of every method; thresholds by method and rate."""
    many, few = series, max(series * 3 // 20, 30)
    thresholds = {}
    print(f"\n{'':32}{'false %':>9}{'(95 %)':>13}" + "".join(f"  -{f:g} star: found, days" for f in FALLS))
    for a_day in RATES:
        print(f"{a_day:g} reviews a day")
        made = Made(apps, a_day, seed)
        # Three times as many: a threshold that rests on few alarms says more of luck than of the method.
        calm = [made.draw(n, BURN + WATCHED) for n in (3 * many, many)]
        fallen = [made.draw(many, BURN + WATCHED, fall) for fall in FALLS]
        found: dict[str, list[NDArray[np.bool_]]] = {}
        for name, method in METHODS.items():
            part, setting = (few, 3 * few) if name in SLOW else (many, 3 * many)
            evidence = method(calm[0][:setting], BURN).max(axis=1)
            bar = float(np.quantile(evidence, 1 - FALSE, method="higher"))
            thresholds[name, a_day] = bar
            quiet, *after = (method(x[:part], BURN) for x in (calm[1], *fallen))
            found[name] = [x > bar for x in after]
            _tell(name, quiet > bar, found[name])
            if name == "ours":
                asked = np.log(bound_of(A_YEAR))
                _tell(f"ours as it is, {A_YEAR:g} a year", quiet > asked, [x > asked for x in after])
        _rank(found)
    return thresholds


def _delay(over: NDArray[np.bool_]) -> Floats:
    """Days to the first alarm of each series; all of them where there is none."""
    return np.where(over.any(axis=1), over.argmax(axis=1) + 1.0, over.shape[1])


def _tell(name: str, quiet: NDArray[np.bool_], fallen: list[NDArray[np.bool_]]) -> None:
    hits = quiet.any(axis=1)
    low, high = wilson(hits.sum(), len(hits))
    line = f"{name:32}{100 * hits.mean():9.1f}{f'{100 * low:.1f}-{100 * high:.1f}':>13}"
    for over in fallen:
        found = over.any(axis=1)
        usual = np.median(_delay(over)[found]) if found.any() else np.nan
        line += f"{100 * found.mean():10.1f} {usual:4.0f} {_delay(over).mean():7.2f}"
    print(line, flush=True)


def _rank(found: dict[str, list[NDArray[np.bool_]]]) -> None:
    """Ours less the best of the others that are not told the day, series by series."""
    others = [name for name in found if not name.startswith("ours") and "told the day" not in name]
    for own, k in ((own, k) for own in found if own.startswith("ours") for k in range(len(FALLS))):
        ours, fall = found[own][k], FALLS[k]
        for what, better, of in (
            ("found %", 1, lambda over: 100.0 * over.any(axis=1)),
            ("mean days", -1, _delay),
        ):
            best = max(others, key=lambda name: better * of(found[name][k]).mean())
            theirs = of(found[best][k])
            gap = of(ours)[: len(theirs)] - theirs
            half = 1.96 * gap.std() / len(gap) ** 0.5
            print(f"  -{fall:g} star, {what}: {own} less {best} {gap.mean():+.2f} +- {half:.2f}", flush=True)


def incidents(apps: list[App], thresholds: dict[tuple[str, float], float]) -> None:
    """Days from the incident to the first alarm for worse, looked at daily.

    Days without reviews are left out. The others begin to watch on the day of the incident, with the days
    before it; ours has watched all along, and tells of alarms on the days before the incident, too.
    """
    by_name = {app.name: app for app in apps}
    print(f"\n{'':34}" + "".join(f"{f'{name[:9]} {day:%m-%d}':>17}" for name, _, day in INCIDENTS))
    rows: dict[str, list[str]] = defaultdict(list)
    for _, key, day in INCIDENTS:
        app = by_name[key]
        counts, at = app.counts(), day_number(day)
        alarms = [a for a in star_alarms(app.first, counts, A_YEAR) if a.kind == "worse"]
        for name, which in (("ours, raised", "raised"), ("ours, began", "began")):
            days = [
                day_number(getattr(a, which)) - at
                for a in alarms
                if -7 <= day_number(a.raised) - at <= WATCHED
            ]
            rows[name].append(f"{days[0]:+d}" if days else "-")
        busy = np.flatnonzero(counts.any(axis=1))
        burn = int(np.searchsorted(busy, at - app.first))
        window = busy[max(burn - BURN, 0) : burn + WATCHED]
        burn = min(burn, BURN)
        usual = counts[window].sum(axis=1).mean()
        a_day = min(RATES, key=lambda r: abs(np.log(r / usual)))
        for name, method in METHODS.items():
            if name.startswith("ours"):
                continue
            try:
                over = np.flatnonzero(method(counts[window][None], burn)[0] > thresholds[name, a_day])
            except (IndexError, ValueError):
                over = np.array([], dtype=int)
            days = window[burn + over] + app.first - at
            rows[name].append(f"{days[0]:+d}" if len(days) and days[0] <= WATCHED else "-")
    for name, cells in rows.items():
        print(f"{name:34}" + "".join(f"{c:>17}" for c in cells))


def rates(apps: list[App], full: bool, seed: int) -> None:
    """False alarms for worse an app and year against those that were set: made and shuffled series."""
    years, series = 2, 60 if full else 12
    rng = np.random.default_rng(seed)
    real = [c for c in (app.counts() for app in apps) if c.sum() >= 200]
    made = {f"made, {r:g} a day": Made(apps, r, seed).draw(series, 365 * years) for r in RATES}
    made["made, 10 a day, wanders 0.025"] = Made(apps, 10, seed, wander=0.025).draw(series, 365 * years)
    print(f"\nfalse alarms a year{'':16}" + "".join(f"{f'set {r:g}':>22}" for r in SET_RATES))
    for name, counts in made.items():
        _rate(name, [(c, c) for c in counts])
    shuffled = [c[rng.permutation(len(c))] for c in real for _ in range(10 if full else 2)]
    _rate("real days shuffled", [(c, c) for c in shuffled])
    busy = [c for c in shuffled if (c.sum(axis=1) > 0).mean() > 0.5]
    _rate("  of apps with reviews most days", [(c, c) for c in busy])
    _rate("real days as they came", [(c, c) for c in real])


def _rate(name: str, series: list[tuple[Counts, Counts]]) -> None:
    line, years = f"{name:35}", sum(len(c) for c, _ in series) / 365
    for set_rate in SET_RATES:
        k = sum(a.kind == "worse" for c, _ in series for a in star_alarms(0, c, set_rate))
        low = chi2.ppf(0.025, 2 * k) / 2 / years if k else 0.0
        line += f"{f'{k / years:.2f} ({low:.2f}-{chi2.ppf(0.975, 2 * k + 2) / 2 / years:.2f})':>22}"
    print(line, flush=True)


def releases(apps: list[App], data: Path, full: bool, seed: int) -> None:
    """Fake releases, twice (ten times) as many an app as it has real ones: verdicts at any daily look."""
    rng = np.random.default_rng(seed)
    known = _known(apps, data)
    found, judged, whose = [], [], defaultdict(int)
    for app in apps:
        for _ in range((10 if full else 2) * max(len(known[app.name]), 1)):
            looks = _fake(app, rng)
            if not looks:
                continue
            found.append(any(x.told_on is not None for x in looks))
            judged.append(min(looks[-1].n_before, looks[-1].n_after) >= 50)
            whose[app.name] += found[-1]
    _share("fakes that were watched", np.array(found))
    _share("of those with 50 reviews a side", np.array(found)[np.array(judged)])
    worst = sorted(whose.items(), key=lambda x: -x[1])[:6]
    print("most of them: " + ", ".join(f"{name} {n}" for name, n in worst))
    for name, version in (("de.rki.coronawarnapp", "1.2.1"), ("it.ministerodellasalute.immuni", "1.5.0")):
        app = next(a for a in apps if a.name == name)
        stars = Stars(
            app.first, app.counts(), {v: app.counts(app.version == v) for v in set(app.version) - {""}}
        )
        looks = [x for x in release_watch(stars, known[name]) if x.release_version == version]
        first = next((x for x in looks if x.told_on), looks[-1])
        change = f"{first.effect or 0:+.2f} ({first.low or 0:+.2f} to {first.high or 0:+.2f})"
        told = f"{first.verdict}, told {first.told_on}, rests on {first.rests_on}, {change}"
        print(f"{name} {version} of {first.released_at}: {told}")


def _known(apps: list[App], data: Path) -> dict[str, list[Watched]]:
    """Releases of the dump, and versions first seen in reviews that twenty of them name."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    with (data / "covid_apps_versions.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["updated"] and row["version"]:
                found[row["app_id"]][row["version"]] = int(row["updated"]) // 86_400
    for app in apps:
        for version in set(app.version) - {""} - set(found[app.name]):
            named = app.version == version
            if named.sum() >= 20:
                found[app.name][version] = int(app.day[named].min())
    return {name: [Watched(v, day) for v, day in those.items()] for name, those in found.items()} | {
        app.name: [] for app in apps if app.name not in found
    }


def _fake(app: App, rng: np.random.Generator) -> list[WatchDay]:
    """A release that is none: from a random day on, more and more of those who name a version name it."""
    day = int(rng.integers(app.first, int(app.day.max()) + 1))
    age = app.day - day
    taken = 1 - np.exp(-np.maximum(age + 0.5, 0) / rng.choice([2.0, 5.0, 10.0]))
    new = (app.version != "") & (age >= 0) & (rng.random(len(age)) < taken)
    old = (app.version != "") & ~new
    near = (app.day >= day - 300) & (app.day <= day + 120)
    if not near.any():
        return []
    part = App(app.name, app.day[near], app.stars[near], app.version[near])
    stars = Stars(part.first, part.counts(), {"old": part.counts(old[near]), "new": part.counts(new[near])})
    looks = release_watch(stars, [Watched("old", app.first - 1), Watched("new", day)])
    return [x for x in looks if x.release_version == "new" and x.n_after >= LEAST_JUDGED]


def sides(apps: list[App], series: int, seed: int) -> None:
    """Two weeks of 30 reviews a day, with half a star less in the second or not."""
    alike = Made(apps, 30, seed)
    whole = [
        alike.draw(3 * series, BURN + DAYS),
        *(alike.draw(series, BURN + DAYS, fall) for fall in (0.0, 0.5)),
    ]
    compare("days alike", *(days[:, BURN - DAYS :] for days in whole))
    rng = np.random.default_rng(seed)
    real = [population(as_counts(c)) for c in (app.counts() for app in apps) if c.sum() >= 200]
    real = [p for p in real if p.mean - 0.5 > 1.15]

    def independent(fall: float, many: int) -> Counts:
        drawn = []
        for i in range(many):
            before = real[i % len(real)]
            counts, day = step_series(before, before.shifted(-fall) if fall else before, 200, 30, rng)
            drawn.append(counts.daily_stars(day - DAYS, day + DAYS - 1))
        return np.stack(drawn)

    compare("independent", independent(0.0, 3 * series), independent(0.0, series), independent(0.5, series))


def _share(name: str, hits: NDArray[np.bool_]) -> None:
    low, high = wilson(hits.sum(), len(hits))
    print(
        f"{name}: {hits.sum()} of {len(hits)} = {100 * hits.mean():.1f} % ({100 * low:.1f}-{100 * high:.1f})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--series", type=int, default=160, help="simulated series a cell")
    parser.add_argument("--full", action="store_true", help="more series of the rates, more fake releases")
    parser.add_argument("--only", choices=("simulated", "incidents", "rates", "releases", "sides"))
    parser.add_argument("--seed", type=int, default=1)
    choice = parser.parse_args()
    apps = read(choice.data)
    wanted: Iterator[tuple[str, Callable[[], object]]] = iter(
        [
            ("rates", lambda: rates(apps, choice.full, choice.seed)),
            ("releases", lambda: releases(apps, choice.data, choice.full, choice.seed)),
            ("sides", lambda: sides(apps, choice.series, choice.seed)),
        ]
    )
    started = time.process_time()
    if choice.only in (None, "simulated", "incidents"):
        thresholds = simulated(apps, choice.series, choice.seed)
        incidents(apps, thresholds)
    for name, measure in wanted:
        if choice.only in (None, name):
            measure()
    print(f"({time.process_time() - started:.0f} s of processor time)")


if __name__ == "__main__":
    main()
