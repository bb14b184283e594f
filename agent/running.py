"""The agent while it runs: beats and jobs in threads of their own, until it is told to stop."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agent.cloud.jobs import HttpsAnswers
from agent.cloud.objects import S3Incoming
from agent.cloud.opening import open_cloud, open_stow
from agent.cloud.pace import Pace
from agent.cloud.packs import S3Packs
from agent.cloud.queue import SqsBell
from agent.enrol.renewing import Renewing
from agent.health import Pulse
from agent.messages import declared_by, serve_messages
from agent.mllp.serving import Surroundings
from agent.notes.taking import CloudNotes, NoteTaker, refuse
from agent.pacs.opening import open_archive, private
from agent.status.work import WorkBoard
from agent.work.beating import Beating
from agent.work.doing import Doing
from agent.work.filling import Filling
from agent.work.importing import Importing
from agent.work.loop import Loop
from functions.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import time
    from pathlib import Path

    from agent.cloud.lending import Lending
    from agent.config.model import AgentConfig
    from agent.status.journal import Journal
    from functions.drimbox.ports import Clock

    Say = Callable[..., object]

# Of the agent's folder: bodies on their way.
BODIES: Final = "bodies"
# A body whose job has ended elsewhere: a job lasts a day.
_KEPT: Final = timedelta(days=1)
# Seconds that the jobs under way have to end.
_GRACE: Final = 3.0


def run(config: AgentConfig, clock: Clock, stopping: Event, journal: Journal) -> None:
    """Run until ``stopping`` is set. Raises ConfigurationError, and OSError where the folder or a
    listener's port cannot be used."""
    private(config.folder)
    say = journal.event
    with ExitStack() as stack:
        way = stack.enter_context(open_cloud(config, clock))
        pulse, served = Pulse(config.folder, clock), Event()
        archive = stack.enter_context(open_archive(config, _take_note(config, stack, say)))
        bodies = private(config.folder / BODIES)
        pace = Pace(config.uploads, lambda: _time_of_day(way.lending, clock))
        incoming = S3Incoming(way.rented, pace)
        filling = Filling(archive.pacs, incoming, bodies)
        importing = Importing(archive.pacs, S3Packs(way.plain, pace), bodies)
        for one in (filling, importing):
            one.sweep(clock.now() - _KEPT)
        doing = Doing(
            archive.pacs,
            filling,
            importing,
            incoming,
            archive.spool,
            pacs_seen=pulse.pacs_seen,
        )
        common: dict[str, Any] = {"stopping": stopping, "served": served, "say": say}
        work = WorkBoard(clock)
        answers = HttpsAnswers(way.door, lambda: way.lending.beat(pulse.now()))
        loop = Loop(SqsBell(way.rented), answers, doing, told=work.done, **common)
        beating = Beating(way.lending, pulse.now, clock, board=work, **common)
        renewing = Renewing(
            way.door,
            config.cloud.identity,
            clock,
            show=way.show,
            stopping=stopping,
            say=say,
        )
        works = (("beats", beating.run), ("jobs", loop.run), ("certificate", renewing.run))
        threads = [Thread(target=one, name=name, daemon=True) for name, one in works]
        for thread in threads:
            thread.start()
        say("agent started", version=VERSION)
        try:
            around = Surroundings(
                clock,
                journal,
                declared_by(way.lending),
                pacs=lambda: (pulse.pacs,),
                work=work.state,
            )
            serve_messages(config, around, pulse, stopping)
        finally:
            stopping.set()
            for thread in threads:
                thread.join(_GRACE)
        say("agent stopped")


def _take_note(config: AgentConfig, stack: ExitStack, say: Say) -> Callable[[Path, str, str], int]:
    """The judge of the objects that the PACS sends of itself."""
    if config.notes is None:
        return refuse
    client = stack.enter_context(open_stow(config, config.notes))
    return NoteTaker(CloudNotes(client, config.notes.url, say), say).take


def _time_of_day(lending: Lending, clock: Clock) -> time:
    """The time at the site, of UTC until the cloud has told the site's zone."""
    try:
        zone = ZoneInfo(str((lending.site or {}).get("time_zone", "UTC")))
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    return clock.now().astimezone(zone).time()
