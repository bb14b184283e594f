"""The cloud, as the agent's work needs it: four ports, each of one site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from agent.work.wire import Asked, Outcome, Pointer


class CloudAway(Exception):
    """The cloud gives no usable answer: the same call may succeed later. ``detail`` is technical,
    without patient data."""

    code = "cloud_away"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class NotServed(CloudAway):
    """The cloud does not serve this agent: ``code`` is ``agent_unknown`` or ``agent_outdated``.
    Nothing is done until a beat is answered again."""

    def __init__(self, detail: str, *, code: str) -> None:
        super().__init__(detail)
        self.code = code


@frozen
class Health:
    """The agent's state, told with each beat. ``pacs`` None: not tried yet. ``oldest_at`` None: no
    message waits."""

    at: datetime
    pacs: bool | None
    messages: int
    oldest_at: datetime | None
    disk_free_bytes: int


@frozen
class Site:
    """The cloud's facts about the site, for the reading of messages."""

    time_zone: str
    facts: Mapping[str, object]


class Loan(Protocol):
    """The agent's beat, which lends it the rights for its work."""

    def beat(self, health: Health) -> datetime:
        """Tell the agent's health, renew what ends soon; the cloud's time. Raises CloudAway and
        NotServed."""
        ...


class Bell(Protocol):
    """The site's queue. Raises CloudAway."""

    def ring(self) -> Ring | None:
        """The next message, waited for as long as one call may; None when none came."""
        ...

    def hold(self, ring: Ring) -> None:
        """The message is worked on: nobody else gets it for two minutes."""
        ...

    def done(self, ring: Ring) -> None:
        """The message is not delivered again."""
        ...

    def give_back(self, ring: Ring) -> None:
        """The message is delivered again at once, to any agent that hears the queue. The rights
        that brought it serve for this alone after the cloud has ended them for us."""
        ...


@frozen
class Ring:
    """A message, and ``handle``, the queue's name of this delivery."""

    pointer: Pointer | None
    handle: str


class Answers(Protocol):
    """The jobs. Raises CloudAway and NotServed."""

    def asked(self, job: str) -> Asked | None:
        """The job, None for one that has ended or is unknown. Raises NotUnderstood."""
        ...

    def answer(self, asked: Asked, outcome: Outcome) -> bool:
        """Post the outcome; False where the cloud cannot read it. True also where the job has
        ended: nothing is left to do."""
        ...


@frozen
class Part:
    """A part of a body: a file, its size in bytes, and its SHA-256."""

    path: Path
    size: int
    sha256: bytes


class PackGone(Exception):
    """The signed address of a pack gives it no more, or gives another one: the job is to be read
    again."""


class Packs(Protocol):
    """The objects of imports."""

    def read(self, url: str, offset: int) -> Generator[bytes, None, None]:
        """The bytes of a pack from ``offset`` on. Raises CloudAway and PackGone."""
        ...


class Incoming(Protocol):
    """The place for a job's object, which takes each key once. Raises CloudAway."""

    def put(self, key: str, part: Part) -> None:
        """Put a body of one part. A key that is taken holds our body already."""
        ...

    def begin(self, key: str) -> str:
        """Begin a body of several parts; its upload's name."""
        ...

    def listed(self, key: str, upload: str) -> Mapping[int, tuple[int, bytes]] | None:
        """The parts that are there: size and SHA-256 by number; None for an upload that has ended
        or is forgotten."""
        ...

    def add(self, key: str, upload: str, number: int, part: Part) -> None:
        """Put a part, from 1 on."""
        ...

    def complete(self, key: str, upload: str, parts: Iterable[Part]) -> None:
        """Make the body of these parts. A key that is taken holds our body already."""
        ...
