"""Runs real commands one after the other in one process, beside one Prefect server: `Machine` asks it to.

A Prefect server of its own for each costs five seconds of a CPU, and loading Prefect three. Each line that
comes in is a command with its environment; each line that goes out is its exit code and what it said.
"""

from __future__ import annotations

import io
import json
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TextIO


def main(home: Path, orders: TextIO, answers: TextIO) -> None:
    """Begin the server in `home`, then do what each order says."""
    from flows.cli.main import main as hoshiyomi
    from flows.serving.prefect_env import prepare_offline, prepare_prefect
    from flows.serving.prefect_server import PrefectServer
    from flows.sources.http import StoreClient

    # No test waits while a store that refuses is given time.
    StoreClient._wait = lambda *_given: 0.01  # type: ignore[method-assign]
    prepare_offline()
    prepare_prefect(home)
    server = PrefectServer(home)
    server.begin()
    server.ready()
    try:
        for line in orders:
            order = json.loads(line)
            os.environ.update(order["environment"])
            said, code = io.StringIO(), 0
            with redirect_stdout(said), redirect_stderr(said):
                sys.argv = ["hoshiyomi", *order["words"]]
                try:
                    hoshiyomi()
                except SystemExit as ending:
                    code = int(ending.code or 0)
            answers.write(json.dumps({"code": code, "text": said.getvalue()}) + "\n")
            answers.flush()
    finally:
        server.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.stdin, os.fdopen(int(sys.argv[2]), "w"))
