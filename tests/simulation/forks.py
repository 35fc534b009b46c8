"""Commands of one data folder without the seconds that each takes to load: forked off one that has loaded.

`python -m tests.simulation.forks` brings up Prefect's server for HOSHIYOMI_DATA, loads what `refresh` needs
and then answers lines of standard input, `{"words": [...], "log": PATH, "environment": {}}`, each with
`{"pid": N}` as soon as the command runs and `{"code": N, "cpu_s": S}` when it has ended (negative: the signal
that ended it). A command runs as the real one does, by the same entry, in a process of its own, and may be
killed any time.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.conftest import CHECKOUT, give_history

# What a run loads, at its beginning or in the middle.
_LATER = (
    "flows.cli.main", "flows.pipeline.analyse", "flows.pipeline.refresh", "models.text.hub",
    "fastapi", "graphviz", "onnxruntime", "pandas", "scipy.optimize", "scipy.stats", "tokenizers",
)  # fmt: skip


class Forks:
    """The process that forks, and its commands one after the other."""

    def __init__(self, data: Path, extra: Mapping[str, str], log: Path, home: Path) -> None:
        """`home` is where Prefect's history lies: on no disk that is full, in no folder that is lost."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "HOSHIYOMI_"))}
        environment |= {"HOSHIYOMI_DATA": str(data), "NO_COLOR": "1", "PREFECT_HOME": str(home / "prefect")}
        environment |= dict(extra)
        give_history(home)
        self.log = log
        self.cpu_s = 0.0
        """Processor time of its commands until now, in seconds."""
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.simulation.forks"], env=environment, cwd=CHECKOUT, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=out,
            )  # fmt: skip

    def close(self) -> None:
        """End it, and Prefect's server with it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)

    def begin(self, *words: str, log: Path, environment: Mapping[str, str]) -> int:
        """Start a command; its process id. What it says goes to `log`."""
        assert self._process.stdin is not None
        asked = {"words": words, "log": str(log), "environment": dict(environment)}
        self._process.stdin.write(f"{json.dumps(asked)}\n")
        self._process.stdin.flush()
        return int(self._answer()["pid"])

    def end(self) -> int:
        """Wait for the command that was started; its exit code."""
        answer = self._answer()
        self.cpu_s += answer["cpu_s"]
        return int(answer["code"])

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the process that forks has ended\n{self.log.read_text('utf-8', 'replace')[-4000:]}"
        answer: dict[str, Any] = json.loads(line)
        return answer


def _serve() -> None:
    from flows.config.load import load_config
    from flows.serving.prefect_env import prepare_offline, prepare_prefect
    from flows.serving.prefect_server import PrefectServer

    os.umask(0o077)
    config = load_config()
    prepare_offline()
    prepare_prefect(config.data)
    server = PrefectServer(config.data)
    server.begin()
    # What is slow to load loads while the server does.
    for name in _LATER:
        import_module(name)

    server.ready()
    try:
        for line in sys.stdin:
            asked = json.loads(line)
            pid = os.fork()
            if pid == 0:
                _become(asked["words"], asked["log"], asked["environment"])
            print(json.dumps({"pid": pid}), flush=True)  # noqa: T201 - the answer
            _, status, used = os.wait4(pid, 0)
            code, cpu_s = os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime
            print(json.dumps({"code": code, "cpu_s": round(cpu_s, 2)}), flush=True)  # noqa: T201
    finally:
        server.close()


def _become(words: list[str], log: str, environment: dict[str, str]) -> None:
    """Be the command, in a process that has its own name in what it writes and ends as the real one does."""
    from flows.cli.main import main

    out = os.open(log, os.O_WRONLY | os.O_APPEND)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.environ.update(environment)
    sys.argv = ["hoshiyomi", *words]
    code = 0
    try:
        main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    except BaseException:  # noqa: BLE001 - as Python itself ends a process
        import traceback

        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _serve()
