"""An analyst who asks the published file again and again; ends with an error when it shows half a run."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import duckdb

ASK = "select (select count(*) from reviews), (select coalesce(sum(n), 0) from ratings_daily)"


def main(link: Path) -> None:
    """Says `read` for each time that it was well."""
    while True:
        time.sleep(0.05)
        if not link.exists():
            continue
        with duckdb.connect(str(link.resolve()), read_only=True) as con:
            (reviews, counted) = con.execute(ASK).fetchall()[0]
        assert reviews == counted, f"half a run: {reviews} {counted}"
        print("read", flush=True)  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))
