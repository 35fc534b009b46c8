"""Running the intake: what must hold before it listens, and one uvicorn process."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable
from datetime import UTC, datetime

import uvicorn

from flows.config.load import Config
from flows.config.settings import IntakeChoice
from flows.errors import HoshiyomiError
from flows.intake.app import build
from flows.intake.connections import Connections, Patience, bounded
from flows.intake.consent_state import Ledger
from flows.intake.consent_text import keep, load_wordings
from flows.intake.group_commit import Committer, only_server, prepare
from flows.intake.guesses import Guesses
from flows.intake.invitations import open_register
from flows.intake.rate_limit import Buckets
from flows.intake.secrets import load_keys
from flows.intake.state import House
from flows.privacy.clock import doubt_of
from flows.redaction.gate import redact
from warehouse.landing import Landing

log = logging.getLogger(__name__)
UNKNOWN_APP = "unknown"
"""Under this id coverage speaks of no app of a store in particular."""
_LONGEST_HEAD = 32_768
"""Bytes of a request's line and headers."""
# A text with a telephone number: reading one loads the tables of numbers, half a second.
_WARM_UP = "03-1234-5678"


class NotPublic(HoshiyomiError):
    """The server would be reachable from outside without having been told so."""

    exit_code = 2


def serve_intake(config: Config, *, address: str, port: int, is_public: bool) -> None:
    """Take in feedback until stopped.

    Raises NotPublic, ConfigError, IntakeRunning, or LandingError when the ledger is damaged.
    """
    choice = config.intake
    check_address(address, choice, is_public=is_public)
    wordings = load_wordings(choice, config.retention)
    with only_server(config.data), open_register(config.data) as register:
        shown = keep(wordings, config.data)
        landing = Landing(config.data)
        prepare(landing)
        redact(_WARM_UP)
        ledger = Ledger(landing)
        house = House(
            choice=choice, keys=load_keys(config.data), register=register, ledger=ledger,
            committer=Committer(landing, ledger, _places(config)), wordings=wordings, shown=shown,
            app_names={a.key: a.name for a in config.apps},
            testers=Buckets(choice.token_per_minute), addresses=Buckets(choice.address_per_minute),
            guesses=Guesses.allowing(choice.wrong_codes_per_minute),
        )  # fmt: skip
        now = datetime.now(UTC)
        for line in standing_of(house, now):
            log.info(line)
        why = doubt_of(config.data, now, config.retention.clock_jump_days)
        if why is not None:
            # Testers are taken in all the same: a consent or a withdrawal waits for no clock.
            log.warning("%(why)s Remedy: set the clock right; what comes in is dated by it.", {"why": why})
        house.committer.start()
        place = {"place": _netloc(address, port)}
        log.info("feedback is taken in on http://%(place)s (stop with Ctrl-C)", place)
        try:
            uvicorn.Server(_server(house, address, port)).run()
        except KeyboardInterrupt:
            log.info("stopped")
        finally:
            house.committer.stop()


def check_address(address: str, choice: IntakeChoice, *, is_public: bool) -> None:
    """Refuse to be reachable from outside by accident. Raises NotPublic with the remedy."""
    try:
        is_loopback = ipaddress.ip_address(address).is_loopback
    except ValueError:
        raise NotPublic(
            f"--address {address!r} is no IP address. Remedy: 127.0.0.1, or 0.0.0.0 with --public."
        ) from None
    if is_loopback:
        return
    if not is_public:
        raise NotPublic(
            f"--address {address} can be reached from other machines. Remedy: stay on 127.0.0.1 behind a "
            "reverse proxy on this machine; if the proxy runs elsewhere, add --public. This server speaks no "
            "TLS: consent and feedback must reach it through a proxy that does."
        )
    if not choice.is_https:
        raise NotPublic(
            '--public needs public_origin = "https://..." in [intake] of hoshiyomi.toml: the address that '
            "testers see, at a reverse proxy that speaks TLS."
        )


def standing_of(house: House, now: datetime) -> list[str]:
    """What an operator should know before testers come."""
    cohorts = house.register.cohorts()
    is_open = sum(c.opens_at <= now < c.closes_at for c in cohorts)
    lines = [f"{len(cohorts)} cohorts, {is_open} of them open; consent text {house.version}"]
    if not (house.choice.operator and house.choice.contact):
        lines.append(
            "the consent text names no operator or no contact: set both in [intake] of hoshiyomi.toml "
            "before the first tester reads it"
        )
    if house.choice.public_origin and not house.choice.trusted_proxies:
        lines.append(
            "testers come through a proxy, and all of them count as one address: name the proxy's address in "
            "trusted_proxies in [intake] of hoshiyomi.toml"
        )
    return lines


def _places(config: Config) -> Callable[[str], tuple[str, str]]:
    """Coverage is kept by store and id: an app's first store, or no app in particular."""
    known = {a.key: (a.stores[0].store, a.stores[0].id) for a in config.apps}

    def place(app: str) -> tuple[str, str]:
        return known.get(app, ("google_play", UNKNOWN_APP))

    return place


def _server(house: House, address: str, port: int) -> uvicorn.Config:
    connections = Connections(Patience(), house.choice.trusted_proxies)
    return uvicorn.Config(
        build(house),
        host=address,
        port=port,
        workers=1,
        lifespan="off",
        ws="none",
        http=bounded(connections),
        h11_max_incomplete_event_size=_LONGEST_HEAD,
        # Access logs would hold addresses of people.
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(house.choice.trusted_proxies),
        forwarded_allow_ips=",".join(house.choice.trusted_proxies),
        timeout_keep_alive=15,
        timeout_graceful_shutdown=10,
    )


def _netloc(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
