"""All steps of the check, one after the other."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from agent.check.archive import try_archive
from agent.check.certificate import try_certificate
from agent.check.cloud import try_cloud
from agent.check.finding import Finding
from agent.check.machine import try_machine
from agent.check.senders import try_senders
from agent.cloud.opening import open_cloud
from agent.config.model import Dimse
from agent.health import Pulse
from agent.messages import declared_by
from agent.notes.taking import refuse
from agent.pacs.opening import open_archive
from functions.drimbox.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.config.model import AgentConfig
    from functions.drimbox.ports import Clock


def check(config: AgentConfig, clock: Clock) -> Iterator[Finding]:
    """Each finding as it is made: the machine, the certificate, the cloud, the senders, the
    archive."""
    for found in try_machine(config.folder):
        yield found
        if found.code == "folder_unusable":
            return
    yield from try_certificate(config.cloud.identity.certificate, clock.now())
    pulse, imports = Pulse(config.folder, clock), False
    try:
        with open_cloud(config, clock) as way:
            yield from try_cloud(way.client, config.cloud.in_url, way.lending, pulse.now, clock)
            imports = way.lending.has_imports
            if config.messages is not None:
                yield from try_senders(config.messages.listeners, declared_by(way.lending)())
    except ConfigurationError as error:
        yield Finding("file_wrong", detail=error.detail)
    yield from _archive(config, clock, imports=imports)


def _archive(config: AgentConfig, clock: Clock, *, imports: bool) -> Iterator[Finding]:
    with ExitStack() as stack:
        try:
            opened = stack.enter_context(open_archive(config, refuse))
        except ConfigurationError as error:
            yield Finding("file_wrong", detail=error.detail)
            return
        except OSError as error:
            yield Finding("listener_port_taken", detail=type(error).__name__)
            return
        if opened.receiver is not None:
            yield Finding("listener_ready", about=str(opened.receiver.port))
        dimse = isinstance(config.pacs, Dimse)
        yield from try_archive(opened.pacs, clock, opened.spool, dimse=dimse, imports=imports)
