"""A scripted archive over DIMSE, in this process; and the agent's own parts around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final

import pydicom
from pydicom import Dataset
from pydicom.uid import UID
from pynetdicom import AE, evt
from pynetdicom.events import Event
from pynetdicom.presentation import StoragePresentationContexts, build_context

from agent.config.model import Caller
from agent.pacs import library
from agent.pacs.associations import Associations, Peer, Times, shut_down
from agent.pacs.dimse import DimsePacs
from agent.pacs.expected import Expected
from agent.pacs.finding import FIND_MODEL, Finder
from agent.pacs.receiver import Listener, Receiver
from agent.pacs.retrieving import GET_MODEL, MOVE_MODEL, Getting, Moving
from tests.drimbox.images.samples import SERIES, STUDY

OURS: Final = "DRIMBOX"
THEIRS: Final = "PACS"
NOTES: Final = "DRIMBOXKO"
LOCAL: Final = (ip_network("127.0.0.0/8"),)
TIMES: Final = Times(connect=2.0, acse=5.0, dimse=5.0, network=5.0)
SILENCE: Final = 1.0
KO: Final = "1.2.840.10008.5.1.4.1.1.88.59"

Words = Iterator[tuple[Any, Any]]


def data_set(data: bytes) -> Dataset:
    """A Part 10 file as pydicom reads it."""
    return pydicom.dcmread(BytesIO(data))


def answer(**values: Any) -> Dataset:
    """An answer of C-FIND."""
    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


@dataclass
class Script:
    """An archive of these objects (Part 10). Each handler may be replaced."""

    objects: list[bytes] = field(default_factory=list)
    destination: tuple[str, int] = ("127.0.0.1", 0)
    find: Callable[[Event], Words] | None = None
    move: Callable[[Event], Iterator[Any]] | None = None
    get: Callable[[Event], Iterator[Any]] | None = None
    store: Callable[[Event], int] | None = None
    stored: dict[str, Dataset] = field(default_factory=dict)
    # The classes of which it takes no object.
    untaken: frozenset[str] = frozenset()
    asked: list[Dataset] = field(default_factory=list)
    echo: int = 0
    # The attributes that C-FIND leaves out, as some archives do.
    untold: frozenset[str] = frozenset()
    callers: list[str] = field(default_factory=lambda: [OURS])

    def found(self, event: Event) -> Words:
        """The answers of a well-behaved archive, from the objects themselves."""
        question = event.identifier
        self.asked.append(question)
        if self.find is not None:
            yield from self.find(event)
            return
        key = {"STUDY": "StudyInstanceUID", "SERIES": "SeriesInstanceUID"}.get(
            question.QueryRetrieveLevel, "SOPInstanceUID"
        )
        seen = set()
        for one in map(data_set, self.objects):
            if not matches(one, question) or one[key].value in seen:
                continue
            seen.add(one[key].value)
            told = Dataset()
            told.SpecificCharacterSet = one.get("SpecificCharacterSet", "ISO_IR 100")
            for element in question:
                if element.keyword in one and element.keyword not in self.untold:
                    setattr(told, element.keyword, one[element.keyword].value)
            yield 0xFF00, told

    def wanted(self, event: Event) -> list[Dataset]:
        """The objects that a retrieval names."""
        return [one for one in map(data_set, self.objects) if matches(one, event.identifier)]

    def moved(self, event: Event) -> Iterator[Any]:
        """The sub-operations of a well-behaved archive."""
        self.asked.append(event.identifier)
        if self.move is not None:
            yield from self.move(event)
            return
        found = self.wanted(event)
        yield self.destination
        yield len(found)
        for one in found:
            yield 0xFF00, one

    def got(self, event: Event) -> Iterator[Any]:
        """The same for C-GET."""
        self.asked.append(event.identifier)
        if self.get is not None:
            yield from self.get(event)
            return
        found = self.wanted(event)
        yield len(found)
        for one in found:
            yield 0xFF00, one

    def kept(self, event: Event) -> int:
        """Keep an object that is sent to it."""
        status = self.store(event) if self.store is not None else 0
        if status == 0 or 0xB000 <= status < 0xC000:
            _, name = library.stored_names(event)
            self.stored[name] = pydicom.dcmread(event.dataset_path)
        return status

    @contextmanager
    def serving(self) -> Iterator[int]:
        """Serve on a port of this machine."""
        entity = AE(THEIRS)
        entity.require_called_aet = True
        entity.require_calling_aet = self.callers
        for model in (FIND_MODEL, MOVE_MODEL, GET_MODEL, "1.2.840.10008.1.1"):
            entity.add_supported_context(model)
        syntaxes = [UID(one) for one in ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.80")]
        for context in StoragePresentationContexts:
            if context.abstract_syntax in self.untaken:
                continue
            entity.add_supported_context(
                str(context.abstract_syntax), syntaxes, scu_role=True, scp_role=True
            )
        # Toward the destination of a move.
        classes = {data_set(one).SOPClassUID for one in self.objects}
        entity.requested_contexts = [
            build_context(name, [syntax]) for name in sorted(classes) for syntax in syntaxes
        ]
        server = entity.start_server(
            ("127.0.0.1", 0),
            block=False,
            evt_handlers=[
                (evt.EVT_C_ECHO, lambda _: self.echo),
                (evt.EVT_C_FIND, self.found),
                (evt.EVT_C_MOVE, self.moved),
                (evt.EVT_C_GET, self.got),
                (evt.EVT_C_STORE, self.kept),
            ],
        )
        assert server is not None
        try:
            yield server.server_address[1]
        finally:
            shut_down(entity)


def matches(one: Dataset, question: Dataset) -> bool:
    """Whether the object has each value that the question names; days may be a range."""
    for element in question:
        if not element.value or element.keyword in {"QueryRetrieveLevel", "SpecificCharacterSet"}:
            continue
        told, asked = str(one.get(element.keyword, "")), str(element.value)
        since, dash, until = asked.partition("-")
        if dash and element.VR == "DA":
            if not since <= told <= until:
                return False
        elif told != asked:
            return False
    return True


@dataclass
class Parts:
    """The agent's parts before one archive."""

    pacs: DimsePacs
    finder: Finder
    moving: Moving
    getting: Getting
    receiver: Receiver
    expected: Expected
    associations: Associations
    script: Script
    spool: Path
    received: Path
    notes: list[tuple[Path, str, str]] = field(default_factory=list)


@contextmanager
def agent_before(
    script: Script, folder: Path, *, get: bool = False, silence: float = SILENCE
) -> Iterator[Parts]:
    """The agent before a scripted archive, that knows it."""
    with ExitStack() as stack:
        port = stack.enter_context(script.serving())
        parts = stack.enter_context(parts_before(port, folder, get=get, silence=silence))
        script.destination = ("127.0.0.1", parts.receiver.port)
        parts.script = script
        yield parts


@contextmanager
def parts_before(
    port: int,
    folder: Path,
    *,
    get: bool = False,
    silence: float = SILENCE,
    theirs: str = THEIRS,
    listen_at: int = 0,
    callers: tuple[str, ...] = (THEIRS,),
) -> Iterator[Parts]:
    """The agent before an archive at that port of this machine."""
    received, spool = folder / "received", folder / "spool"
    received.mkdir()
    spool.mkdir()
    library.prepare(received)
    notes: list[tuple[Path, str, str]] = []

    def take(path: Path, sop_class: str, name: str) -> int:
        notes.append((path, sop_class, name))
        return 0

    expected = Expected(received, silence=silence, turn=5.0)
    receiver = Receiver(
        Listener(
            OURS,
            "127.0.0.1",
            listen_at,
            tuple(Caller(one, LOCAL) for one in callers),
            notes_ae_title=NOTES,
        ),
        expected,
        take,
        times=TIMES,
    )
    receiver.start()
    try:
        associations = Associations(OURS, Peer("127.0.0.1", port, theirs), times=TIMES, at_once=2)
        finder = Finder(associations)
        moving = Moving(associations, expected, OURS)
        getting = Getting(associations, expected)
        pacs = DimsePacs(associations, finder, getting if get else moving, spool=spool)
        yield Parts(
            pacs,
            finder,
            moving,
            getting,
            receiver,
            expected,
            associations,
            Script(),
            spool,
            received,
            notes,
        )
    finally:
        receiver.stop()


PLACE: Final = {"0020000D": str(STUDY), "0020000E": str(SERIES)}
