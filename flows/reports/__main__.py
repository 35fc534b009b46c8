"""One pass of telling people, as a child of `serve`: alerts, then the weekly report."""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime

from flows import console
from flows.alerts.now import tell_at_the_end
from flows.config.load import load_config
from flows.errors import ConfigError
from flows.reports.due import send_if_due
from flows.serving.children import end_with_parent

if __name__ == "__main__":
    os.umask(0o077)
    end_with_parent()
    console.setup()
    now = datetime.now(UTC)
    tell_at_the_end(now)
    try:
        send_if_due(load_config(), now)
    except ConfigError as error:
        logging.getLogger("flows.reports").warning("%(error)s", {"error": error})
