"""Loading as a command of its own, so that its memory can be measured and it can be killed.

`python -m tests.soak.rebuilding DATA [compact]` loads what is landed, builds, checks and publishes; with
`compact` it then merges. It prints the most memory that the process ever held, in MB.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from tests.warehouse.house import NOW
from warehouse.compaction import compact, tidy
from warehouse.landing import Landing
from warehouse.publish import is_due, publish
from warehouse.schema import build, check
from warehouse.writes import writer


def run(data: Path, *, merging: bool) -> None:
    """Load everything; merge, where wanted, even what is young."""
    tidy(Landing(data))
    with writer(data) as w:
        w.load(NOW)
        due = is_due(w, data)
    if due:
        with writer(data) as w:
            build(w.con)
            assert [f for f in check(w.con) if f.severity == "stop"] == []
        publish(data, NOW)
    if merging:
        with writer(data) as w:
            compact(w, NOW, settled_s=0)


if __name__ == "__main__":
    run(Path(sys.argv[1]), merging="compact" in sys.argv[2:])
    sys.stdout.write(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}\n")
