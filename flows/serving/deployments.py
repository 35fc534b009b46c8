"""Deployments for a standing Prefect: `prefect.yaml` and automations, made from apps.toml and `[[schedule]]`.

One work pool whose workers run one flow at a time: runs of one data folder exclude each other, so a group
that becomes due while another works waits in the pool and is not lost. Which runs are missed, doubled or late
is then no matter: what a slot has brought is not asked again (docs/sources.md), and what is loaded, read or
published is left as it is.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import yaml

from flows.config.load import Config
from flows.config.schedules import Planned, planned
from flows.errors import ConfigError
from flows.serving.prefect_env import pin_folders, prepare_offline, prepare_prefect
from warehouse.private import make_folder, write_atomically

POOL = "hoshiyomi"
TAG = "hoshiyomi"
ENTRYPOINT = "flows.pipeline.refresh.refresh"
COLLECT_POOL = "hoshiyomi-collect"
"""Whose workers, on any machine and any number of them, collect what they share (`[scale] landing`)."""
COLLECT_ENTRYPOINT = "flows.pipeline.collect_stores.collect_apart"
PREFECT_FILE, AUTOMATIONS_FILE = "prefect.yaml", "automations.yaml"
HEARTBEAT_S = 30
"""How often a run says that it lives; Prefect takes no less."""
_SILENT = HEARTBEAT_S * 4
_MADE = "# Made by `hoshiyomi deployments` from apps.toml and [[schedule]] of hoshiyomi.toml; edit those.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written, and the commands that hand it to Prefect."""

    files: tuple[Path, ...]
    commands: tuple[str, ...]


def write(config: Config, folder: Path) -> Written:
    """Write both files into `folder`. Raises ConfigError for a schedule of an app that apps.toml has not."""
    keys = [a.key for a in config.apps]
    plans = planned(config.schedule, keys)
    for plan in plans:
        if missing := [key for key in plan.apps if key not in keys]:
            raise ConfigError(
                f"hoshiyomi.toml, [[schedule]] {plan.group!r}: {missing[0]!r} is no app of apps.toml. "
                "Remedy: one of its keys, or leave `apps` out for all of them."
            )
    make_folder(folder)
    files = (folder / PREFECT_FILE, folder / AUTOMATIONS_FILE)
    is_shared = config.scale.landing is not None
    documents = (prefect_yaml(plans, is_shared=is_shared), automations())
    for path, document in zip(files, documents, strict=True):
        text = _MADE + yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
        write_atomically(path, text.encode())
    return Written(
        files=files,
        commands=(
            f"prefect work-pool create {POOL} --type process",
            f"prefect work-pool set-concurrency-limit {POOL} 1",
            *([f"prefect work-pool create {COLLECT_POOL} --type process"] if is_shared else []),
            f"prefect --no-prompt deploy --all --prefect-file {files[0]}",
            f"prefect automation create --from-file {files[1]}",
            *(["hoshiyomi worker --collect"] if is_shared else []),
            "hoshiyomi worker",
        ),
    )


def prefect_yaml(plans: Sequence[Planned], *, is_shared: bool = False) -> dict[str, Any]:
    """The document of `prefect deploy`. Nothing is pulled: the package is installed where workers run.

    Where landing files are shared, stores are asked by the workers of a pool of their own, and a refresh
    takes in what they shared and asks nobody.
    """
    deployments = [_deployment(plan, collecting=not is_shared) for plan in plans]
    if is_shared:
        deployments += [_collecting(plan) for plan in plans]
    return {
        "name": "hoshiyomi",
        "pull": [],
        "deployments": deployments,
    }


def _deployment(plan: Planned, *, collecting: bool) -> dict[str, Any]:
    whose = ", ".join(plan.apps) or "every app of apps.toml"
    return {
        "name": f"hoshiyomi-{plan.name}",
        "description": f"Collects, reads, analyses and publishes {whose}.",
        "entrypoint": ENTRYPOINT,
        "tags": [TAG, f"group:{plan.group}", *(f"app:{key}" for key in plan.apps)],
        "parameters": {"sample": False, "apps": list(plan.apps)} | ({} if collecting else _ASKS_NOBODY),
        "schedules": [{"cron": plan.cron, "timezone": plan.timezone, "day_or": True, "active": True}],
        # The same deployment twice at once: the second is called off, not queued.
        "concurrency_limit": {"limit": 1, "collision_strategy": "CANCEL_NEW"},
        "work_pool": {"name": POOL},
    }


_ASKS_NOBODY = {"collecting": False}


def _collecting(plan: Planned) -> dict[str, Any]:
    whose = ", ".join(plan.apps) or "every app of apps.toml"
    return _deployment(plan, collecting=True) | {
        "name": f"hoshiyomi-collect-{plan.name}",
        "description": f"Collects {whose} and shares what came.",
        "entrypoint": COLLECT_ENTRYPOINT,
        "parameters": {"apps": list(plan.apps)},
        "work_pool": {"name": COLLECT_POOL},
    }


def automations() -> dict[str, Any]:
    """The document of `prefect automation create`: a run whose process is gone ends, and is made up for."""
    ours = {"prefect.resource.role": "tag", "prefect.resource.id": f"prefect.tag.{TAG}"}
    runs = {"prefect.resource.id": "prefect.flow-run.*"}
    ends = [f"prefect.flow-run.{s}" for s in ("heartbeat", "Completed", "Failed", "Cancelled", "Crashed")]
    silent = {
        "name": "hoshiyomi: a run that says nothing any more has crashed",
        "description": "Its process was killed, or its machine is gone; nobody else tells Prefect.",
        "enabled": True,
        "trigger": {
            "type": "event", "posture": "Proactive", "match": runs, "match_related": ours,
            "after": ["prefect.flow-run.heartbeat"], "expect": ends, "for_each": ["prefect.resource.id"],
            "threshold": 1, "within": _SILENT,
        },
        "actions": [
            {
                "type": "change-flow-run-state", "state": "CRASHED", "name": "Crashed",
                "message": "Nothing was heard of this run's process; the next run takes up what it left.",
            }
        ],
    }  # fmt: skip
    crashed = {
        "name": "hoshiyomi: a crashed run is made up for",
        "description": "Runs the same deployment once more; what is done stays done. At most once an hour.",
        "enabled": True,
        "trigger": {
            "type": "event", "posture": "Reactive", "match": runs, "match_related": ours,
            "expect": ["prefect.flow-run.Crashed"], "for_each": [], "threshold": 1, "within": 3600,
        },
        "actions": [{"type": "run-deployment", "source": "inferred"}],
    }  # fmt: skip
    failed = {
        "name": "hoshiyomi: failed runs are told",
        "description": "Give it a notification of yours in Prefect's screen and switch it on.",
        "enabled": False,
        "trigger": {
            "type": "event", "posture": "Reactive", "match": runs, "match_related": ours,
            "expect": ["prefect.flow-run.Failed", "prefect.flow-run.Crashed"], "for_each": [],
            "threshold": 1, "within": 0,
        },
        "actions": [{"type": "do-nothing"}],
    }  # fmt: skip
    return {"automations": [silent, crashed, failed]}


def work(
    config: Config,
    name: str,
    health_port: int | None = None,
    environment: Mapping[str, str] | None = None,
    *,
    collecting: bool = False,
) -> NoReturn:
    """Become Prefect's worker, which runs what becomes due in the work pool until stopped; with `collecting`
    in the pool of those that only collect.

    With `health_port` it answers /health there, on loopback: a container's health check asks it.

    Raises ConfigError where no server is named.
    """
    if not (os.environ if environment is None else environment).get("PREFECT_API_URL"):
        raise ConfigError(
            "PREFECT_API_URL names no server for the worker. Remedy: the address of your Prefect with /api "
            "at its end, or `hoshiyomi serve`, which needs none."
        )
    prepare_offline()
    prepare_prefect(config.data)
    pin_folders()
    os.environ.setdefault("PREFECT_FLOWS_HEARTBEAT_FREQUENCY", str(HEARTBEAT_S))
    pool = COLLECT_POOL if collecting else POOL
    command = [
        sys.executable, "-m", "prefect", "worker", "start", "--pool", pool, "--type", "process",
        "--name", name, "--limit", "1",
    ]  # fmt: skip
    if health_port is not None:
        os.environ.setdefault("PREFECT_WORKER_WEBSERVER_HOST", "127.0.0.1")
        os.environ["PREFECT_WORKER_WEBSERVER_PORT"] = str(health_port)
        command.append("--with-healthcheck")
    # In its place, so that a service manager's signals reach the worker itself.
    os.execv(command[0], command)  # noqa: S606
