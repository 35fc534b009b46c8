"""When a channel is left in peace, and when its digest is due. Pure; clocks go by the channel's zone.

Summer time is kept to by asking the clock of that moment: a span that ends at 08:00 ends at 08:00, whether
the night had 23 hours or 25.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flows.config.alerts import DAYS, ChannelTable, in_span


def is_quiet(channel: ChannelTable, zone: str, now: datetime) -> bool:
    """Whether nothing but what is urgent may be sent now."""
    local = now.astimezone(ZoneInfo(zone))
    if DAYS[local.weekday()] in channel.quiet_days:
        return True
    return channel.quiet is not None and in_span(local.time(), channel.quiet)


def is_digest_due(channel: ChannelTable, zone: str, last: datetime, now: datetime) -> bool:
    """Whether the digest's time of a day has come since the last one was made."""
    if channel.digest is None:
        return False
    there = ZoneInfo(zone)
    local = now.astimezone(there)
    today = _moment(local.date(), channel.digest, there)
    newest = today if now >= today else _moment(local.date() - timedelta(days=1), channel.digest, there)
    return last < newest


def _moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone)
