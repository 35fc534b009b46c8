"""One pass of alerts, as a child of `serve`: `python -m flows.alerts`."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from flows import console
from flows.alerts.now import tell_at_the_end
from flows.serving.children import end_with_parent

if __name__ == "__main__":
    os.umask(0o077)
    end_with_parent()
    console.setup()
    tell_at_the_end(datetime.now(UTC))
