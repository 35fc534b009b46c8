"""The task runners of Dask and Ray, as `[scale]` asks for them: their workers do one partition a task.

Neither is imported before a run asks for it. Where `[scale]` names no address, workers are started for the
run on this machine: with keys of their own, without a screen, and nothing is told to anybody. Dask's listen
on loopback; Ray's listen on every address and answer whoever has the run's token. What Dask's workers hold in
memory they do not write to a disk: it is what people wrote. Ray spills into its folder of temporary files
when its shared memory is full, which the bound on partitions under way keeps from happening.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import secrets
import socket
from typing import Any
from urllib.parse import urlsplit

from flows.config.settings import ScaleChoice
from flows.errors import HoshiyomiError

_LOOPBACK = "127.0.0.1"
_NEEDS = {"dask": "prefect_dask", "ray": "prefect_ray"}
_STORE = 512 * 1024 * 1024
"""Bytes of partitions that Ray keeps on the way, in shared memory."""
_CONNECT_S = 10.0
_PATIENCE_S = "120"
"""A busy machine takes its time to start workers."""


class NoEngine(HoshiyomiError):
    """`[scale] work` asks for an engine that is not installed or does not answer."""


def task_runner(choice: ScaleChoice) -> Any:
    """Prefect's task runner for the engine; raises NoEngine where it is not installed."""
    module = _NEEDS[choice.work]
    if importlib.util.find_spec(module) is None:
        raise NoEngine(
            f'[scale] work = "{choice.work}" needs {module.replace("_", "-")}, which is not installed. '
            'Remedy: `make scale`, on every machine that works; or work = "here".'
        )
    return _dask(choice) if choice.work == "dask" else _ray(choice)


def reached(choice: ScaleChoice) -> None:
    """Raises NoEngine where nobody listens at the address: the engines themselves wait for minutes."""
    where = urlsplit(choice.work_address or "")
    if where.hostname is None or where.port is None:
        return
    try:
        socket.create_connection((where.hostname, where.port), timeout=_CONNECT_S).close()
    except OSError as error:
        raise NoEngine(
            f"Nobody answers at {choice.work_address} ({error.strerror or type(error).__name__}). Remedy: "
            f"see that the {choice.work.capitalize()} cluster runs and that [scale] work_address is its own; "
            "then refresh again: what was read is kept."
        ) from error


def _dask(choice: ScaleChoice) -> Any:
    from prefect_dask.task_runners import DaskTaskRunner

    if choice.work_address:
        return DaskTaskRunner(address=choice.work_address)
    import dask

    # Each step of its processes, otherwise, among the lines of the run.
    for name in ("distributed", "distributed.nanny"):
        logging.getLogger(name).setLevel(logging.ERROR)
    # What does not fit makes a worker wait, not write.
    memory = "distributed.worker.memory"
    dask.config.set({f"{memory}.target": False, f"{memory}.spill": False})
    return DaskTaskRunner(
        cluster_kwargs={
            "n_workers": choice.workers, "threads_per_worker": 1, "processes": True, "host": _LOOPBACK,
            "dashboard_address": None, "worker_dashboard_address": None, "security": True,
            "silence_logs": logging.ERROR,
        },
    )  # fmt: skip


def _ray(choice: ScaleChoice) -> Any:
    # Read when Ray is imported.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    if choice.work_address is None:
        os.environ.setdefault("RAY_AUTH_MODE", "token")
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
        os.environ.setdefault("RAY_raylet_start_wait_time_s", _PATIENCE_S)
        # Ray would have them wait behind everything else of the machine; the run waits for them.
        os.environ.setdefault("RAY_worker_niceness", "0")
    from prefect_ray.task_runners import RayTaskRunner

    if choice.work_address:
        return RayTaskRunner(address=choice.work_address)
    return RayTaskRunner(
        init_kwargs={
            "address": "local", "num_cpus": choice.workers, "include_dashboard": False,
            "_node_ip_address": _LOOPBACK, "object_store_memory": _STORE, "log_to_driver": False,
            "configure_logging": False,
        },
    )  # fmt: skip
