"""Serving: `refresh` on a cron schedule, with Prefect's own server and screen on loopback.

`serve` looks after two children, Prefect's server and the process that starts scheduled runs. One that ends
is started again; when `serve` itself ends, in whatever way, they end with it. At every look it asks whether
the schedule really fires, says aloud when it does not, and keeps it for `hoshiyomi status`.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from subprocess import Popen

from flows.config.alerts import read_alerts
from flows.config.load import config_folder
from flows.console import counted
from flows.errors import ConfigError
from flows.serving import children, schedule
from flows.serving.prefect_api import PrefectApi, PrefectUnreachable, Run, close_dead, close_missed
from flows.serving.prefect_env import password_file
from flows.serving.prefect_server import HOST, PrefectServer
from flows.serving.schedule import Seen
from flows.serving.scheduled import DEPLOYMENT, FLOW

log = logging.getLogger(__name__)
_TICK_S = 0.5
_LOOK_S = 10.0
_TELL_S = 300.0
"""So often alerts are looked at between runs: quiet hours end, channels come back, runs do not come."""
# A child that ends is started again at once, then ever more slowly; an hour without an end forgives it.
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0
_FORGIVEN_AFTER_S = 3600.0


def serve_refresh(*, data: Path, cron: str, timezone: str, port: int) -> None:
    """Start Prefect's server and the schedule, and look after both until stopped.

    With `PREFECT_API_URL` set, that server is used and none is started. Raises ConfigError when `cron` is not
    an expression, ServeRunning, and PrefectUnreachable when the port is somebody else's or nothing answers.
    """
    now = datetime.now(UTC)
    schedule.fires_after(cron, timezone, now)
    with schedule.only_serve(data):
        serving = _Serving(data, cron, timezone)
        is_meant = False
        try:
            serving.start(port)
            while True:
                time.sleep(_TICK_S)
                serving.tick()
        except KeyboardInterrupt:
            is_meant = True
            log.info("stopping")
        finally:
            serving.stop(is_meant=is_meant)


@dataclass(slots=True)
class Patience:
    """How long to wait before a child that ended is started again."""

    pause_s: float = 0.0
    ended_at: float = float("-inf")

    def after_end(self, now_s: float) -> float:
        """The pause after an end at `now_s`, in seconds: none, then 1, 2, 4 ... at most 60."""
        if now_s - self.ended_at > _FORGIVEN_AFTER_S:
            self.pause_s = 0.0
        pause = self.pause_s
        self.ended_at = now_s
        self.pause_s = min(max(pause * 2, _FIRST_PAUSE_S), _LONGEST_PAUSE_S)
        return pause


class _Serving:
    """The two children of one `serve`, and what is known of the schedule."""

    def __init__(self, data: Path, cron: str, timezone: str) -> None:
        now = datetime.now(UTC)
        before = schedule.remembered(data)
        self._data = data
        self._server: PrefectServer | None = None
        self._runner: Popen[bytes] | None = None
        self._patience = {"server": Patience(), "runner": Patience()}
        self._restart_at = {"server": 0.0, "runner": 0.0}
        self._look_at = 0.0
        self._teller: Popen[bytes] | None = None
        self._tell_at = time.monotonic() + _LOOK_S
        self._seen = Seen(
            pid=os.getpid(), port=None, cron=cron, timezone=timezone, started_at=now, checked_at=now,
            made_up=before.made_up if before else 0, made_up_at=before.made_up_at if before else None,
            promised=schedule.promise(before, cron, timezone, now),
        )  # fmt: skip

    def start(self, port: int) -> None:
        """Bring up both; what was missed while nobody served is made up for by one run."""
        if os.environ.get("PREFECT_API_URL"):
            with self._api() as api:
                api.check()
        else:
            self._server = PrefectServer(self._data, port=port, standing=True)
            self._seen = replace(self._seen, port=self._server.port)
            self._server.begin()
            self._server.ready()
            screen = {"host": HOST, "port": port, "file": password_file(self._data)}
            log.info(
                "Prefect's screen on http://%(host)s:%(port)s; it asks for the words in %(file)s", screen
            )
        self._start_runner()
        seen = self._seen
        plan = {"cron": seen.cron, "zone": seen.timezone}
        log.info("refresh runs at %(cron)r (%(zone)s); stop with Ctrl-C", plan)
        schedule.remember(self._data, seen)

    def tick(self) -> None:
        """Start again what ended, and look at the schedule from time to time."""
        now_s = time.monotonic()
        if self._server is not None and (code := self._server.ended()) is not None:
            self._again("server", f"Prefect's server ended with code {code}", self._restart_server, now_s)
        elif self._runner is not None and (code := self._runner.poll()) is not None:
            self._again("runner", f"what starts the runs ended with code {code}", self._start_runner, now_s)
        elif now_s >= self._look_at:
            self._look_at = now_s + _LOOK_S
            self._look()
        elif now_s >= self._tell_at:
            self._tell_people(now_s)

    def stop(self, *, is_meant: bool) -> None:
        """End both children; the folder keeps that this was meant, else `status` tells that `serve` died."""
        if self._teller is not None:
            # What it was about to say is said by the next pass.
            children.stop(self._teller, 0)
        if self._runner is not None:
            # Killed, not asked: a run may be killed at any moment, and is closed as crashed right after.
            children.stop(self._runner, 0)
        if self._server is not None:
            try:
                if self._server.ended() is None:
                    self._close_dead(is_start=True)
            except PrefectUnreachable as error:
                log.warning("%(error)s", {"error": error})
            self._server.close()
        if is_meant:
            self._seen = replace(self._seen, stopped_at=datetime.now(UTC))
            self._keep(None)

    def _tell_people(self, now_s: float) -> None:
        """A pass of alerts in a process of its own: a mail server that hangs holds up no schedule."""
        if self._teller is not None and self._teller.poll() is None:
            log.warning("telling people took too long and was stopped; the next pass goes on")
            children.stop(self._teller, 0)
        self._teller, self._tell_at = None, now_s + _TELL_S
        try:
            has_channels = bool(read_alerts(config_folder()).channel)
        except ConfigError as error:
            log.warning("%(error)s", {"error": error})
            return
        if has_channels:
            self._teller = children.start([sys.executable, "-m", "flows.reports"], os.environ)

    def _again(self, which: str, what: str, start: Callable[[], None], now_s: float) -> None:
        """Start a child again, after the pause that its last ends have earned."""
        if not self._restart_at[which]:
            pause = self._patience[which].after_end(now_s)
            self._restart_at[which] = now_s + pause
            log.warning("%(what)s; it is started again in %(pause).0f s", {"what": what, "pause": pause})
            if pause:
                # One that ends once and is there again at once is nobody's trouble.
                self._keep(problem=what)
        if now_s >= self._restart_at[which]:
            self._restart_at[which] = 0.0
            try:
                start()
            except (PrefectUnreachable, OSError) as error:
                log.warning("%(error)s", {"error": error})
                self._keep(problem=what)

    def _restart_server(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._server.begin()
            self._server.ready()

    def _start_runner(self) -> None:
        """Start it when nothing of an earlier one is left: no process, and no run that seems to go on."""
        if self._runner is not None:
            children.stop(self._runner, 0)
        self._close_dead(is_start=True)
        missed = self._close_missed()
        command = [sys.executable, "-m", "flows.serving.scheduled", self._seen.cron, self._seen.timezone]
        self._runner = children.start(command, os.environ)
        if missed:
            runs = {"runs": counted(missed, "run")}
            log.info("missed while nobody served: %(runs)s; one run makes up for them", runs)
            self._run_once(f"in place of {missed} missed runs")

    def _run_once(self, name: str) -> None:
        with self._api() as api:
            if deployment := api.deployment(FLOW, DEPLOYMENT):
                api.run_deployment(deployment["id"], name)

    def _close_dead(self, *, is_start: bool = False) -> None:
        if self._server is None:
            return
        with self._api() as api:
            closed = close_dead(api, self._data, datetime.now(UTC), is_start=is_start)
        if closed:
            log.info("closed as crashed, their process is gone: %(runs)s", {"runs": counted(closed, "run")})

    def _close_missed(self, *, but_newest: bool = False) -> int:
        with self._api() as api:
            deployment = api.deployment(FLOW, DEPLOYMENT)
            if deployment is None:
                return 0
            missed = close_missed(api, deployment["id"], datetime.now(UTC), but_newest=but_newest)
        self._seen = replace(self._seen, missed=self._seen.missed + missed)
        return missed

    def _look(self) -> None:
        try:
            self._close_dead()
            self._judge()
        except PrefectUnreachable as error:
            # The server is busy, or it has just ended, which the next tick sees.
            self._tell(str(error))

    def _judge(self) -> None:
        now, seen = datetime.now(UTC), self._seen
        with self._api() as api:
            deployment = api.deployment(FLOW, DEPLOYMENT)
            plan = [] if deployment is None else api.flow_runs(
                ["SCHEDULED"], deployment=deployment["id"], sort="EXPECTED_START_TIME_ASC"
            )  # fmt: skip
            done = [] if deployment is None else api.flow_runs(
                ["RUNNING", "COMPLETED", "FAILED", "CRASHED"],
                deployment=deployment["id"], sort="START_TIME_DESC",
            )  # fmt: skip
            on_its_way = [] if deployment is None else api.flow_runs(["PENDING"], deployment=deployment["id"])
            promised = [] if deployment is None or seen.promised is None else api.flow_runs(
                deployment=deployment["id"], expected=seen.promised
            )  # fmt: skip
            due = schedule.fires_after(seen.cron, seen.timezone, now)
            strayed = schedule.strayed(plan, now, due)
            for run in strayed:
                api.forget_flow_run(run)
        if strayed:
            plan = [r for r in plan if r not in strayed]
            runs = {"runs": counted(len(strayed), "run")}
            log.info("%(runs)s planned by a clock that was ahead; they are planned anew", runs)
        found = schedule.judge(
            plan, now, seen.started_at, due,
            paused=bool(deployment and deployment.get("paused")),
        )  # fmt: skip
        if len(found.overdue) > 1:
            missed = self._close_missed(but_newest=True)
            runs = {"runs": counted(missed, "overdue run")}
            log.info("given up: %(runs)s; a later one stands for them", runs)
        is_off = deployment is None or bool(deployment.get("paused"))
        is_made_up = self._keep_promise(promised, due, now, is_off=is_off)
        last = next((r for r in done if r.started is not None and r.started <= now), None)
        self._seen = replace(
            self._seen, next_run=found.next_run, last_run=last.started if last else seen.last_run,
            last_state=last.state_type if last else seen.last_state,
            made_up=0 if last and last.state_type == "COMPLETED" else seen.made_up,
        )  # fmt: skip
        if not is_made_up and schedule.makes_up(last, [*plan, *on_its_way], self._seen, now):
            # Counted first: when this is cut short, it is better done late than over and over.
            self._seen = replace(self._seen, made_up=self._seen.made_up + 1, made_up_at=now)
            self._keep(found.problem)
            log.info("the last run was ended from outside; another one makes up for it")
            self._run_once("in place of a crashed run")
        self._tell(found.problem)

    def _keep_promise(self, its_runs: Sequence[Run], due: datetime, now: datetime, *, is_off: bool) -> bool:
        """See to it that what was due has a run, and whether one was asked for; the next is due at `due`."""
        promised, is_lost = self._seen.promised, False
        if promised is not None and promised <= now and not is_off:
            is_lost = schedule.is_lost(promised, its_runs, now)
            if is_lost:
                when = {"when": f"{promised:%Y-%m-%d %H:%M}"}
                log.info(
                    "the run of %(when)s UTC is gone from Prefect's plan; another one stands for it", when
                )
                # Asked before it is remembered: one too many does no harm.
                self._run_once("in place of a lost run")
            elif all(r.state_type == "SCHEDULED" for r in its_runs):
                return False
        # One that a clock which was ahead has promised is not waited for.
        self._seen = replace(self._seen, promised=due)
        return is_lost

    def _tell(self, problem: str | None) -> None:
        """Say a problem once when it comes and once when it has gone."""
        if problem and problem != self._seen.problem:
            log.error("THE SCHEDULE DOES NOT FIRE: %(problem)s", {"problem": problem})
        elif self._seen.problem and not problem:
            log.info("the schedule works again")
        self._keep(problem)

    def _keep(self, problem: str | None) -> None:
        self._seen = replace(self._seen, checked_at=datetime.now(UTC), problem=problem)
        try:
            schedule.remember(self._data, self._seen)
        except OSError as error:
            # A full disk ends no serving: `status` tells that nobody has looked for a while.
            why = {"why": error.strerror}
            log.warning("cannot write what `hoshiyomi status` tells of the schedule: %(why)s", why)

    def _api(self) -> PrefectApi:
        return self._server.api() if self._server is not None else PrefectApi.named()
