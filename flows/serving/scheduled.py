"""What starts scheduled runs, as a child of `serve`: `python -m flows.serving.scheduled CRON ZONE`."""

from __future__ import annotations

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
    from prefect.schedules import Cron
    from prefect.types.entrypoint import EntrypointType

    from flows.pipeline.refresh import refresh

    refresh.serve(
        name=DEPLOYMENT,
        schedule=Cron(cron, timezone=timezone),
        limit=_AT_ONCE,
        # What the sample store and the audit are for is asked on the command line.
        parameters={"sample": False},
        # `serve` looks after runs that were missed while it was down.
        pause_on_shutdown=False,
        paused=False,
        entrypoint_type=EntrypointType.MODULE_PATH,
        print_starting_message=False,
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
elif __name__ == "__mp_main__":
    # Prefect starts a run's process by multiprocessing, which loads this module first: it, too, ends with us.
    end_with_parent()
    console.setup()
