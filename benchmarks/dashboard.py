"""How long the server thinks about a page: first look at a publication, the same again, and a click.

    HOSHIYOMI_DATA=... python benchmarks/dashboard.py [rounds]

Streamlit's own test runner runs each page in this process, without a browser; what the browser does with the
answer is not in it. "first" empties every cache before, as after a new publication; "again" is a rerun that
changes nothing; "click" changes one choice. Without HOSHIYOMI_DATA the demo is made in a temporary folder.
"""

from __future__ import annotations

import logging
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import app

CHECKOUT = Path(__file__).resolve().parent.parent
PAGES = {name: f"views/{view}/page.py" for name, (view, needs) in app.PAGES.items() if needs == "viewer"}
WORDS = ("ログイン", "card", "落ちる 起動", "app")
# Wall and CPU time, seconds. On a busy machine only the second tells anything.
Spent = tuple[float, float]
# What a reader changes on a page; a page that is not named here has nothing to click.
CLICKS: dict[str, Callable[[AppTest, int], Any]] = {
    "rating": lambda at, n: at.button_group(key="span").set_value(("1y", "90d", "2y", "30d")[n % 4]),
    "reviews": lambda at, n: at.text_input(key="q").set_value(WORDS[n % 4]),
    "health": lambda at, n: at.text_input(key="q").set_value(("google", "sample", "file", "")[n % 4]),
}


def main(rounds: int) -> None:
    """Measure every page and print medians and the slowest."""
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {os.environ['HOSHIYOMI_DATA']}")
    heads = " ".join(f"{h:>20}" for h in ("first", "again", "click"))
    print(f"{'page':10} {heads}   (median / slowest (CPU), ms, {rounds} rounds)")
    for page in PAGES:
        print(f"{page:10} " + " ".join(f"{_told(times):>20}" for times in measured(page, rounds)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(f"memory of this process at its highest: {peak} MB")


def measured(page: str, rounds: int) -> tuple[list[Spent], list[Spent], list[Spent]]:
    """Seconds of a page's first looks, reruns and clicks."""
    at = AppTest.from_file(str(CHECKOUT / "dashboard" / "app.py"), default_timeout=120)
    at.run()
    if page != app.FIRST:
        at.switch_page(PAGES[page]).run()
    first, again, click = [], [], []
    for n in range(rounds):
        st.cache_data.clear()
        first.append(_seconds(at.run))
        again.append(_seconds(at.run))
        if page in CLICKS:
            click.append(_seconds(CLICKS[page](at, n).run))
        assert not at.exception, page
    return first, again, click


def _seconds(work: Callable[[], object]) -> Spent:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def _told(spent: list[Spent]) -> str:
    if not spent:
        return "-"
    walls, cpus = (sorted(1000 * s[k] for s in spent) for k in (0, 1))
    return f"{walls[len(walls) // 2]:.0f} / {walls[-1]:.0f} ({cpus[len(cpus) // 2]:.0f})"


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    os.chdir(CHECKOUT)
    sys.path.insert(0, str(CHECKOUT))
    with tempfile.TemporaryDirectory() as folder:
        if "HOSHIYOMI_DATA" not in os.environ:
            os.environ["HOSHIYOMI_DATA"] = folder
            command = [str(Path(sys.executable).with_name("hoshiyomi")), "demo", "--no-open"]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 8)
