"""What starts scheduled runs, as a child of `serve`: `python -m flows.serving.scheduled CRON ZONE`."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys

from flows import console
from flows.serving.children import be_parent, end_with_parent

FLOW = "refresh"
DEPLOYMENT = "hoshiyomi-refresh"
# One works; another that becomes due meanwhile says so and ends, so that none pile up behind a long one.
_AT_ONCE = 2


def main(cron: str, timezone: str) -> None:
    """Serve the flow `refresh` on its schedule until stopped."""
    end_with_parent()
    be_parent()
    console.setup()
    logging.setLogRecordFactory(console.in_one_sentence)
    from prefect.runner import Runner
    from prefect.schedules import Cron
    from prefect.types.entrypoint import EntrypointType

    from flows.pipeline.refresh import refresh

    class Killable(Runner):
        def handle_sigterm(self, *_signal: object) -> None:
            """End at once; what it has started ends with it, and `serve` closes its runs.

            Prefect's own handler calls its coroutine `astop` in the running event loop without awaiting it,
            says so in the log, and stops nothing.
            """
            os._exit(128 + signal.SIGTERM)

    # `serve` looks after runs that were missed while it was down.
    runner = Killable(name=DEPLOYMENT, limit=_AT_ONCE, pause_on_shutdown=False)
    runner.add_flow(
        refresh,
        name=DEPLOYMENT,
        schedule=Cron(cron, timezone=timezone),
        # What the sample store and the audit are for is asked on the command line.
        parameters={"sample": False},
        paused=False,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    asyncio.run(runner.start())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
elif __name__ == "__mp_main__":
    # Prefect starts a run's process by multiprocessing, which loads this module first: it, too, ends with us.
    end_with_parent()
    console.setup()
