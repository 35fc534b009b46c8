"""A pass with the configuration as it is now, for whoever starts one: a run's end, `serve`, cron."""

from __future__ import annotations

import logging
from datetime import datetime

from flows.alerts.desk import Done
from flows.alerts.published import imported
from flows.alerts.tell import tell
from flows.config.alerts import check_names, read_alerts
from flows.config.load import Config, config_folder, data_folder, load_config
from flows.config.settings import DashboardChoice
from flows.errors import ConfigError

log = logging.getLogger(__name__)


def tell_now(now: datetime) -> Done | None:
    """Tell everybody what is new to them; None where no channel is configured.

    Raises ConfigError for what is wrong in alerts.toml.
    That another file of the configuration cannot be read is told as a failed refresh: it is one.
    """
    alerts = read_alerts(config_folder())
    if not alerts.channel:
        return None
    config: Config | ConfigError
    try:
        config = load_config()
        check_names(alerts, config.apps, config.topics, imported(data_folder()))
        dashboard = config.dashboard.url
    except ConfigError as error:
        config, dashboard = error, DashboardChoice().url
    return tell(data_folder(), config, alerts, now, dashboard)


def tell_at_the_end(now: datetime) -> None:
    """The same at the end of a run, whose own end it must not change: what goes wrong is logged."""
    try:
        tell_now(now)
    except Exception as error:  # noqa: BLE001 - telling of a run may not make it fail
        log.warning("nobody was told: %(why)s", {"why": f"{type(error).__name__}: {error}"})
