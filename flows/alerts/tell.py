"""One pass of telling: look, see what is new to whom, send, and write down what became of it.

It runs at the end of every refresh, however that ended, from `hoshiyomi serve` every few minutes, and from
`hoshiyomi alerts run`. A pass that finds nothing new sends nothing, so it may run at any time, any number of
times, and be killed at any moment. Where no channel is configured, nothing is looked at or written.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from flows.alerts import links, machine
from flows.alerts.desk import Desk, Done, alone
from flows.alerts.incidents import Found, settled
from flows.alerts.ledger import Ledger
from flows.alerts.messages import Facts
from flows.alerts.published import Published, Quote, look, quotes
from flows.alerts.signals import Owned, Signal, channels_of, is_meant, levels_of
from flows.config.alerts import Alerts
from flows.config.load import Config
from flows.errors import HoshiyomiError
from warehouse.errors import NothingPublished, WarehouseError
from warehouse.reads import connection, current

log = logging.getLogger(__name__)


def tell(data: Path, config: Config | HoshiyomiError, alerts: Alerts, now: datetime, dashboard: str) -> Done:
    """Tell everybody what is new to them, as of `now`.

    `config` is the error of reading it where it cannot be read; links lead to `dashboard`. What fails is in
    the result and in the ledger, and is tried again by a later pass; nothing is raised for it.
    """
    done = Done()
    if not alerts.channel:
        return done
    with alone(data), Ledger.open(data) as ledger:
        known = ledger.found()
        published, standing = _seen(data, config, alerts, known, now)
        told_of = None if published is None else [s for s in published.signals if not s.is_standing]
        found = settled(known, told_of, standing, now, alerts.recent_days)
        ledger.keep(found)
        known |= {f.signal.key: f for f in found}
        owned = published.owned if published is not None else _owned(config)
        facts = _facts(published, dashboard, now)
        ledger.unreached(_unreached(known.values(), alerts, owned), now)
        # While one connection is open, the quotes of each message cost next to nothing.
        with nullcontext() if published is None else connection(published.path):
            for table in alerts.channel:
                Desk(ledger, alerts, table, owned, facts, now, done).work(known)
        ledger.forget_old(now)
    return done


def _seen(
    data: Path, config: Config | HoshiyomiError, alerts: Alerts, known: Mapping[str, Found], now: datetime
) -> tuple[Published | None, list[Signal]]:
    """What the publication says (None: it cannot be read) and what stands now."""
    today = now.astimezone(UTC).date()
    kinds = {k for r in alerts.rule for k in r.kinds}
    standing = machine.standing(data, config, now, kinds, _within(alerts))
    published = None
    try:
        published = look(current(data), _since(known, today, alerts), today, levels_of(alerts))
    except NothingPublished:
        pass
    except WarehouseError as error:
        standing += [s for s in (machine.damaged(error, now),) if s.kind in kinds]
    if published is not None:
        return published, [*standing, *(s for s in published.signals if s.is_standing)]
    lasting = (
        f.signal for f in known.values() if f.signal.kind == "coverage_lost" and f.signal.state == "open"
    )
    return None, [*standing, *(_renamed(s) for s in lasting)]


def _renamed(signal: Signal) -> Signal:
    return replace(signal, key=signal.key.rpartition("@")[0])


def _since(known: Mapping[str, Found], today: date, alerts: Alerts) -> date:
    """From when on to look: what is recent, and whatever is still open."""
    open_ = [f.signal.raised for f in known.values() if f.signal.state == "open" and not f.signal.is_standing]
    return min([today - timedelta(days=alerts.recent_days), *open_])


def _within(alerts: Alerts) -> set[int]:
    return {r.within_hours for r in alerts.rule if "schedule_missed" in r.kinds}


def _owned(config: Config | HoshiyomiError) -> Owned:
    if isinstance(config, HoshiyomiError):
        return Owned({}, {})
    return Owned({a.key: a.owner for a in config.apps}, {t.key: t.owner for t in config.topics})


def _facts(published: Published | None, dashboard: str, now: datetime) -> Facts:
    def view(signal: Signal, language: str) -> str:
        return links.view(dashboard, signal, language)

    if published is None:
        return Facts(view=view)
    path, today = published.path, now.astimezone(UTC).date()

    @cache
    def quoted(key: str) -> tuple[Quote, ...]:
        return tuple(quotes(path, by_key[key], today))

    by_key = {s.key: s for s in published.signals}
    return Facts(
        known=published.known, topics=published.topics, view=view,
        quotes=lambda s: quoted(s.key) if s.key in by_key else (),
    )  # fmt: skip


def _unreached(found: Iterable[Found], alerts: Alerts, owned: Owned) -> list[str]:
    """What rules are about and nobody is told of: an owner without a channel."""
    nobody = set()
    for f in found:
        if f.signal.state == "open" and not channels_of(f.signal, alerts, owned):
            for rule in alerts.rule:
                if is_meant(rule, f.signal, owned):
                    nobody.add(f"rule {rule.name!r}: {f.signal.kind} of {f.signal.app or 'this machine'}")
    return sorted(nobody)
