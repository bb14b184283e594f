"""``python -m agent``: the site's agent, from its command line.

``enrol`` gets the agent's certificate by the one-time code of the operators' page. ``check`` tries
everything that the site must provide and says in words what to change; its status is 0 when nothing
is. ``run`` is the agent itself, until it is told to stop.
"""

from __future__ import annotations

import argparse
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Final

from agent.check.checking import check
from agent.check.finding import Finding, write
from agent.config.reading import https_host, load_config
from agent.enrol.enrolling import enrol
from agent.running import run
from agent.status.journal import Journal
from functions.drimbox.errors import ConfigurationError
from functions.drimbox.wording.text import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT: Final = Path("/etc/drimbox-agent/agent.yaml")


class SystemClock:
    """Implements ``ports.Clock``."""

    def now(self) -> datetime:
        """The present, aware, in UTC."""
        return datetime.now(UTC)


def main(arguments: Sequence[str]) -> int:
    """Do the command; 0 when it went well, 1 when something is to be changed."""
    parser = argparse.ArgumentParser(prog="drimbox-agent", description=__doc__)
    parser.add_argument("command", choices=["check", "enrol", "run"])
    parser.add_argument("--config", type=Path, default=DEFAULT, help=f"agent.yaml; {DEFAULT}")
    parser.add_argument("--language", choices=LANGUAGES, help="of the check; both by default")
    enrols = parser.add_argument_group("enrol", "as the operators' page shows them")
    enrols.add_argument("--url", help="of the operators' host, https://…")
    enrols.add_argument("--tenant", help="the site's name in the cloud")
    enrols.add_argument("--code", help="the one-time code")
    asked = parser.parse_args(arguments)
    if asked.command == "enrol" and not (asked.url and asked.tenant and asked.code):
        parser.error("enrol needs --url, --tenant and --code")
    languages = (asked.language,) if asked.language else LANGUAGES
    clock = SystemClock()
    try:
        config = load_config(asked.config)
        if asked.command == "check":
            return 0 if write(check(config, clock), sys.stdout, languages) else 1
        if asked.command == "enrol":
            made = enrol(config, https_host(asked.url), asked.tenant, asked.code, clock)
            return 0 if write(made, sys.stdout, languages) else 1
        stopping = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        run(config, clock, stopping, Journal(sys.stderr, clock))
    except ConfigurationError as error:
        write([Finding("file_wrong", detail=error.detail)], sys.stderr, languages)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
