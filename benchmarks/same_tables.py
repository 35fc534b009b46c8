"""Do two published files hold the same? By table and column, which rows differ, value for value.

    python benchmarks/same_tables.py OLD.duckdb NEW.duckdb [--relative 1e-9]

What is named, and what is left out, `warehouse/differences.py` says. The exit status is 1 where anything
differs.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from warehouse.differences import RELATIVE, compare


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--relative", type=float, default=RELATIVE)
    asked = parser.parse_args()
    with duckdb.connect() as con:
        for side in ("old", "new"):
            con.execute(f"attach '{getattr(asked, side).resolve()}' as {side} (read_only)")
        found = list(compare(con, asked.relative))
        tables = len(con.execute("show tables from new").fetchall())
    print(*found, sep="\n")
    print(f"{tables} tables compared, {len(found)} differences")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
