"""A published study of a site behind an agent, and the series that the agent brings."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from functions.drimbox.agents.answering import Envelope
from functions.drimbox.agents.question import Answer
from functions.drimbox.images.cache_keys import SeriesKeys
from functions.drimbox.images.fill import assemble
from functions.drimbox.jobs.job import Job
from functions.drimbox.oid import Uid
from functions.drimbox.publication.accepting import accept
from functions.drimbox.publication.filling import work
from functions.drimbox.publication.serving import Served, served
from functions.drimbox.publication.site_fills import SiteFills
from tests.drimbox.agents.scenes import BEHIND, state
from tests.drimbox.images.samples import FolderPacs, MemoryStore, instance
from tests.drimbox.publication.scenes import STUDY, play
from tests.fakes.world import World

SERIES: Final = Uid(f"{STUDY}.1")
NUMBERS: Final = (1, 2, 3)


def published(world: World) -> Job:
    """The demo site has published, is behind an agent now, and somebody asks for the series."""
    play(world, ["P1"])
    world.tenant = replace(world.tenant, link=BEHIND.link, agents=BEHIND.agents, pacs_url="")
    world.agent_states.put(state(world.clock))
    return asked(world)


def asked(world: World) -> Job:
    return world.fills.ask(in_force(world).filling(SERIES), "c1")


def in_force(world: World) -> Served:
    found = served(world.records.get(STUDY), world.archive)
    assert found is not None
    return found


def keys(world: World) -> SeriesKeys:
    return in_force(world).keys(SERIES)


def desk(world: World) -> SiteFills:
    """Where the agents of the site are told of series."""
    tenant = world.tenant.tenant
    ports = (world.records, world.archive, world.jobs, world.fill_queue, world.clock)
    return SiteFills(tenant, *ports)


def objects(**changes: Any) -> list[bytes]:
    """The objects of the series, as the PACS has them."""
    uids = {"StudyInstanceUID": STUDY, "SeriesInstanceUID": SERIES, **changes}
    return [instance(n, **{"SOPInstanceUID": f"{SERIES}.{n}", **uids}) for n in NUMBERS]


def body(given: list[bytes], of: SeriesKeys) -> bytes:
    """The body that an honest agent makes of them."""
    at_site = MemoryStore()
    wanted = [Uid(f"{SERIES}.{number}") for number in NUMBERS]
    with TemporaryDirectory() as spool:
        assemble(FolderPacs(given), at_site, of, wanted, spool=Path(spool))
    return at_site.objects[of.multipart]


def bring(world: World, cache: MemoryStore, job: Job, whole: bytes) -> str:
    """The agent puts the body and says so; the body's key in the tenant's cache."""
    place = desk(world).show(job.key)["incoming"]["key"]
    say_so(world, job, place, whole)
    key = str(place).removeprefix("demo/")
    cache.objects[key] = whole
    return key


def say_so(world: World, job: Job, place: str, whole: bytes) -> None:
    """The agent says that it has put the body there."""
    said = Answer(place, len(whole), hashlib.sha256(whole).hexdigest())
    desk(world).take(job.key, Envelope(current(world, job).attempts + 1, "answered", incoming=said))


def current(world: World, job: Job) -> Job:
    return world.jobs.jobs[job.key]


def judge(world: World, cache: MemoryStore, job: Job) -> bool:
    """A worker of ours gets the job's message; whether a publication was held."""
    with TemporaryDirectory() as spool:
        _, held = work(
            world.site,
            cache,
            world.fills,
            job.key,
            lambda taken: accept(world.site, cache, taken, spool=Path(spool)),
        )
    return held
