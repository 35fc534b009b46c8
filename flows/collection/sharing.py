"""Sharing what stores gave with other machines (`[scale] landing`); nothing where it names no place.

Before a machine asks, it fetches what others have of the same requests, and goes on where they stopped;
when it has asked, it ships what came. The machine that writes the tables fetches everything before it loads.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from flows.config.load import Config
from flows.console import counted
from warehouse.landing import Landing
from warehouse.shared import Moved, Shared, of_requests, opened

log = logging.getLogger(__name__)
_SAMPLE = "sample"


def ship(config: Config) -> Moved:
    """Share the finished crawls of this machine that nobody has shared. Raises SharedUnreachable."""
    shared = _shared(config)
    if shared is None:
        return Moved()
    done = shared.ship(Landing(config.data), lambda batch: not batch.startswith(_SAMPLE))
    if done.kept_here:
        kept = counted(len(done.kept_here), "crawl")
        log.info("%(crawls)s with feedback of testers stay on this machine", {"crawls": kept})
    _tell("shared", done)
    return done


def fetch(config: Config, keys: Iterable[str] | None = None) -> Moved:
    """Land what other machines shared; with `keys` only crawls of these requests.

    Raises SharedUnreachable, and LandingError for a batch that is not whole where it is shared.
    """
    shared = _shared(config)
    if shared is None:
        return Moved()
    landing = Landing(config.data)
    done = shared.fetch(landing) if keys is None else shared.fetch(landing, of_requests(keys))
    _tell("fetched", done)
    return done


def _shared(config: Config) -> Shared | None:
    choice = config.scale
    if choice.landing is None:
        return None
    return opened(choice.landing, choice.landing_endpoint, choice.landing_region)


def _tell(what: str, done: Moved) -> None:
    if done.batches:
        batches = counted(done.batches, "landing batch", "landing batches")
        log.info("%(what)s %(batches)s", {"what": what, "batches": batches})
