"""Somebody who writes to a data folder without pause: `python -m tests.flows.backup.busy DATA`.

Reviews come in and are loaded, feedback comes in and is erased, the working file is written anew. A line is
printed for each round.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from flows.privacy.erasure import finish, purge, request, sweep
from tests.builders import consent, feedback, review
from tests.warehouse.house import NOW, land, load
from warehouse.records import Erasure


def main(data: Path) -> None:
    """Until killed."""
    for n in count(1):
        testers = [f"t{n}-{k}" for k in range(4)]
        said = [feedback(f"f{t}", tester=t, text=f"words of {t}", submitted_at=NOW) for t in testers]
        land(data, f"intake-{n}", *said, *[consent(t) for t in testers])
        land(data, f"b{n}", *[review(f"r{n}-{k}") for k in range(50)])
        load(data)
        request(data, [Erasure(tester=testers[0], app=None, at=NOW, source="command")], (), datetime.now(UTC))
        work = sweep(data, datetime.now(UTC))
        load(data)
        work = sweep(data, datetime.now(UTC), work)
        purge(data, work, datetime.now(UTC))
        finish(data, work, None, datetime.now(UTC))
        sys.stdout.write(f"{n}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
