"""Whether Prefect's history says of a run that it runs, asked of its file in a moment, without its server."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

_LIVE = "select 1 from flow_run where state_type in ('RUNNING', 'PENDING', 'CANCELLING') limit 1"
_PATIENCE_S = 1.0


def any_open(data: Path) -> bool:
    """Whether some run is at work or was killed: then Prefect's server is to be started, which closes those
    that are dead. Also where the history cannot be read."""
    history = data / "prefect" / "prefect.db"
    if not history.exists():
        return False
    try:
        with closing(sqlite3.connect(f"{history.as_uri()}?mode=ro", uri=True, timeout=_PATIENCE_S)) as con:
            return con.execute(_LIVE).fetchone() is not None
    except sqlite3.Error:
        return True
