"""A small intake for tests: within the test's process, or as the real command in a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from starlette.testclient import TestClient

from flows.config.settings import IntakeChoice
from flows.intake.app import build
from flows.intake.consent_state import LandedConsents
from flows.intake.consent_text import keep, load_wordings
from flows.intake.group_commit import Committer, prepare
from flows.intake.invitations import load_keys, open_register
from flows.intake.limits import Buckets
from flows.intake.state import Guesses, IntakeState
from tests.conftest import CHECKOUT
from warehouse.landing import Landing

APP = "procedures"
PLENTY = 1_000_000
YES = {
    "wording": IntakeChoice().wording, "language": "ja", "improve": True, "analyse": True, "quote": False,
    "contact": False,
}  # fmt: skip
APPS = f"""[[app]]
key = "{APP}"
name = "くらしの手続き"
[[app.store]]
store = "google_play"
id = "jp.example.procedures"
languages = ["ja"]
"""
TOPICS = (CHECKOUT / "config" / "topics.toml").read_text("utf-8")


def bearer(code: str, **more: str) -> dict[str, str]:
    """The headers of a tester's request."""
    return {"Authorization": f"Bearer {code}", **more}


@dataclass(slots=True)
class Intake:
    """An intake within the test's process."""

    data: Path
    state: IntakeState
    client: TestClient
    codes: list[str]
    testers: list[str]

    def agree(self, number: int = 0, **wanted: Any) -> httpx.Response:
        return self.client.put("/v1/consent", json=YES | wanted, headers=bearer(self.codes[number]))

    def say(
        self, text: str | None = "遅い", number: int = 0, key: str | None = None, **more: Any
    ) -> httpx.Response:
        headers = bearer(self.codes[number], **({"Idempotency-Key": key} if key else {}))
        return self.client.post("/v1/feedback", json={"text": text, **more}, headers=headers)

    def withdraw(self, number: int = 0) -> httpx.Response:
        return self.client.delete("/v1/consent", headers=bearer(self.codes[number]))

    def consent(self, number: int = 0) -> dict[str, Any]:
        return dict(self.client.get("/v1/consent", headers=bearer(self.codes[number])).json())

    def landed(self, kind: str) -> list[dict[str, Any]]:
        """What these testers have on disk."""
        return [r for r in landed(self.data, kind) if "tester" not in r or r["tester"] in self.testers]

    def newcomers(self) -> Intake:
        """The same intake for two testers of their own, who know nothing of those before."""
        now = datetime.now(UTC)
        _, made = self.state.register.invite(
            self.state.keys, app=APP, cohort="alpha", count=2, opens_at=None, closes_at=None, now=now
        )
        self.client.cookies.clear()
        self.state.guesses.sleep = _at_once
        return replace(self, codes=[code for _, code in made], testers=[tester for tester, _ in made])


async def _at_once(_seconds: float) -> None:
    """Wrong codes of many tests come from one address; none of them is what a test waits for."""


@contextmanager
def intake(
    data: Path, *, testers: int = 2, closes: timedelta = timedelta(days=9), opens: timedelta = timedelta(-1),
    **wanted: Any,
) -> Iterator[Intake]:  # fmt: skip
    """An intake whose limits do not matter unless the test says so, with a cohort of so many testers."""
    plain = {
        "token_per_minute": PLENTY,
        "address_per_minute": PLENTY,
        "operator": "架空市",
        "contact": "窓口",
    }
    choice = IntakeChoice(**(plain | wanted))
    now = datetime.now(UTC)
    keys = load_keys(data)
    with open_register(data) as register:
        made = [("", "")] * 0
        if testers:
            # Beyond now, because a cohort that is over cannot be made.
            later = max(now + closes, now + timedelta(hours=1))
            _, made = register.invite(
                keys, app=APP, cohort="alpha", count=testers, opens_at=now + opens, closes_at=later, now=now
            )
            if later > now + closes:
                register._con.execute("update cohorts set closes_at = ?", ((now + closes).isoformat(),))
        landing = Landing(data)
        prepare(landing)
        consents = LandedConsents(landing)
        wordings = load_wordings(choice)
        state = IntakeState(
            choice=choice, keys=keys, register=register, consents=consents, wordings=wordings,
            committer=Committer(landing, consents, lambda app: ("google_play", app), window_s=0.0),
            shown=keep(wordings, data), app_names={APP: "くらしの手続き"},
            testers=Buckets(choice.token_per_minute), addresses=Buckets(choice.address_per_minute),
            guesses=Guesses(),
        )  # fmt: skip
        state.committer.start()
        client = TestClient(build(state), base_url="http://127.0.0.1", follow_redirects=False)
        try:
            yield Intake(data, state, client, [code for _, code in made], [tester for tester, _ in made])
        finally:
            state.committer.stop()
            client.close()


def landed(data: Path, kind: str) -> list[dict[str, Any]]:
    """The records of a kind in finished batches, as a loader would see them."""
    landing = Landing(data)
    whole = landing.whole_batches()
    found = []
    for path in landing.files(kind):
        _, batch, part = path.split("/")
        if batch in whole:
            found += list(landing.read(kind, batch, part.removesuffix(".jsonl.gz")))
    return found


@dataclass(slots=True)
class Server:
    """The real command on a port of loopback; it can be killed and started again."""

    data: Path
    config: Path
    port: int
    told: Path
    process: subprocess.Popen[bytes] | None = None
    pids: list[int] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
        environment |= {"HOSHIYOMI_DATA": str(self.data), "HOSHIYOMI_CONFIG": str(self.config)}
        with self.told.open("ab") as out:
            self.process = subprocess.Popen(
                [str(Path(sys.executable).with_name("hoshiyomi")), "intake", "--port", str(self.port)],
                env=environment, cwd=CHECKOUT, stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip
        self.pids.append(self.process.pid)
        for _ in range(300):
            assert self.process.poll() is None, self.told.read_text("utf-8")
            try:
                if httpx.get(f"{self.url}/healthz", timeout=2).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError("the server does not answer")

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """As a service manager does; the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)

    def memory_kb(self) -> int:
        """Resident memory of the server now."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text("ascii")
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


@contextmanager
def server(tmp: Path) -> Iterator[Server]:
    """A running server with wide limits; it is ended at the end, however the test ended."""
    config = configured(tmp / "config")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    running = Server(tmp / "data", config, port, tmp / "told.log")
    try:
        running.start()
        yield running
    finally:
        if running.process is not None and running.process.poll() is None:
            running.kill()


def configured(folder: Path, intake_toml: str = "") -> Path:
    """A configuration folder with one app and limits that do not matter."""
    folder.mkdir(exist_ok=True)
    (folder / "apps.toml").write_text(APPS, "utf-8")
    (folder / "topics.toml").write_text(TOPICS, "utf-8")
    limits = (
        f'operator = "架空市"\ncontact = "窓口"\ntoken_per_minute = {PLENTY}\naddress_per_minute = {PLENTY}\n'
        f"wrong_codes_per_minute = {PLENTY}\n"
    )
    (folder / "hoshiyomi.toml").write_text(f"[intake]\n{limits}{intake_toml}", "utf-8")
    return folder


def invited(data: Path, count: int) -> list[str]:
    """Codes of so many testers, made as the command line makes them."""
    now = datetime.now(UTC)
    with open_register(data) as register:
        _, made = register.invite(
            load_keys(data), app=APP, cohort="alpha", count=count, opens_at=None,
            closes_at=datetime(2099, 1, 1, tzinfo=UTC), now=now,
        )  # fmt: skip
    return [code for _, code in made]
