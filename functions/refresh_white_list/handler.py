"""Every hour: download the national white list where it is due, verify it, and count its age.

A list that is not taken leaves the kept one in place, and the metrics raise the alarms.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from functions.aws import entry, logging, metrics
from functions.aws.stores import for_platform
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.peers.refresh import Look, look
from functions.refresh_white_list.settings import Settings

_HOUR: Final = timedelta(hours=1)
# The age before the first list: a year.
_NEVER: Final = 365 * 24


@entry.task
def handler(event: entry.Event) -> dict[str, Any]:
    """``{"at_once": true}`` looks whether or not it is due."""
    settings = Settings.current()
    try:
        found = look(for_platform(settings).white_list, at_once=event.get("at_once") is True)
    except StorageUnavailable:
        # Nobody can tell which list holds: the alarm of its age rings, beside that of the error.
        metrics.white_list(_NEVER, refused=False, lacks_us=False)
        raise
    lacks_us = found.lacks(urlsplit(settings.db_url).hostname or "")
    hours = _NEVER if found.age is None else int(found.age / _HOUR)
    metrics.white_list(hours, refused=found.is_refused, lacks_us=lacks_us)
    _log(found, lacks_us=lacks_us)
    return {"outcome": found.outcome}


def _log(found: Look, *, lacks_us: bool) -> None:
    tell = logging.error if found.is_refused else logging.event
    tell("white list", outcome=found.outcome, detail=found.detail)
    if found.white_list is None:
        logging.error("no white list holds: no DRIMbox is known to be listed")
    elif found.white_list.left_aside:
        logging.warning("domains that cannot be told", count=found.white_list.left_aside)
    if lacks_us:
        logging.warning("the white list does not name our own host")
