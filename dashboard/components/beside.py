"""Work of a child process beside the page: the page stays bright, says that it runs, and tells its end.

A child takes one request as JSON on standard input and answers with one line of JSON, `{"state": ...}`. What
it was asked lives in the session of whoever asked; a tab that is closed ends no child.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import streamlit as st

PATIENCE_S = 60.0
_LOOKS_EVERY_S = 1.0
# Children of all tabs together: each is a process of its own, and the machine has few cores.
_AT_ONCE = ThreadPoolExecutor(max_workers=4, thread_name_prefix="beside")
_RUNS = "what runs beside the page"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a request."""

    state: str
    why: str = ""
    """Why not, without addresses and secrets."""


Ask = Callable[[Mapping[str, str]], Ended]


def begin(key: str, ask: Ask, request: Mapping[str, str]) -> None:
    """Let `ask` answer `request` beside the page, under a key of the session; what ran there is forgotten."""
    st.session_state.setdefault(_RUNS, {})[key] = _AT_ONCE.submit(ask, request)


def ended(key: str) -> Ended | None:
    """How the work of this key ended; None while it runs, and where there is none."""
    run = _run(key)
    return run.result() if run is not None and run.done() else None


def runs(key: str) -> bool:
    """Whether the work of this key is still under way."""
    run = _run(key)
    return run is not None and not run.done()


def watch(key: str, markup: str) -> None:
    """Show `markup` until the work of this key has ended; then the page is made anew."""

    @st.fragment(run_every=_LOOKS_EVERY_S)
    def look() -> None:
        if not runs(key):
            st.rerun()
        st.html(markup)

    look()


def child(module: str, request: Mapping[str, str]) -> Ended:
    """What `python -m module` says of a request; `refused` where it gives no answer, which is logged."""
    try:
        done = subprocess.run(  # noqa: S603 - our own words; the request goes through a pipe
            [sys.executable, "-m", module],
            input=json.dumps(request).encode(), capture_output=True, timeout=PATIENCE_S, check=True,
        )  # fmt: skip
        said = json.loads(done.stdout)
        return Ended(str(said["state"]), str(said.get("detail") or ""))
    except (OSError, subprocess.SubprocessError, ValueError, KeyError) as error:
        # Its words could hold the review.
        log.warning("%(module)s did not answer (%(why)s)", {"module": module, "why": type(error).__name__})
        return Ended("refused", type(error).__name__)


def _run(key: str) -> Future[Ended] | None:
    found: Mapping[str, Future[Ended]] = st.session_state.get(_RUNS, {})
    return found.get(key)
