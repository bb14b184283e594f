"""A page of exams made at several sites: their entries, manifests, and the sites themselves."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from functions.drimbox.consultation.exam_images import Content, ExamSource, Images
from functions.drimbox.consultation.exam_sources import (
    KnownDesk,
    SourcesDesk,
    known,
    look,
)
from functions.drimbox.consultation.source_facts import SourceFacts
from functions.drimbox.dmp.registry import DocumentEntry
from functions.drimbox.identity.ins import Ins
from functions.drimbox.manifest.build import build
from functions.drimbox.oid import Oid, Uid
from functions.drimbox.peers.kept import KeptWhiteList
from functions.drimbox.peers.source_address import SourceAddress
from functions.drimbox.peers.source_states import KEPT, SourceState
from simulators.whitelist.lists import Domain
from tests.drimbox.manifest.samples import FACTS
from tests.drimbox.peers.scenes import AT, publisher, verified
from tests.fakes.memory import MemoryStates, MemoryWhiteLists, VirtualClock

OWN: Final = "1750803447"
INS: Final = Ins("279035121518989", Oid("1.2.250.1.213.1.4.10"))
_NOTHING: Final[dict[str, Any]] = {
    **dict.fromkeys(("sha1", "patient_id", "mime_type", "legal_authenticator"), ""),
    **dict.fromkeys(("creation_time", "service_start_time", "service_stop_time", "title"), ""),
    **dict.fromkeys(("type_code", "size"), None),
    **dict.fromkeys(("event_codes", "confidentiality_codes", "author_persons"), ()),
    "reference_ids": (),
    "status": "urn:oasis:names:tc:ebxml-regrep:StatusType:Approved",
    "repository_unique_id": "1.2.3",
}


def entry(number: int, establishment: str, name: str = "", **changes: Any) -> DocumentEntry:
    """An exam's entry; ``establishment`` is its identifier, "" for none."""
    xon = f"{name or f'Site {establishment}'}^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^{establishment}"
    facts = {
        **_NOTHING,
        "unique_id": f"2.25.{number}",
        "entry_uuid": f"urn:uuid:{number}",
        "author_institutions": (xon,),
        **changes,
    }
    return DocumentEntry(**facts)


def manifest(number: int, host: str, prefix: str = "/rs") -> bytes:
    """The manifest of the exam of that number, served by ``host``."""
    base = f"https://{host}{prefix}"
    return build(replace(FACTS, retrieve_base=base, sop_instance_uid=Uid(f"2.25.{number}")))


def site(host: str) -> SourceAddress:
    """The address that :func:`manifest` gives."""
    return SourceAddress(host, 443, "/rs")


def white_list(*hosts: str) -> KeptWhiteList:
    """A verified list that names these hosts."""
    domains = [
        Domain(str(number), host, f"vi.{host}", "Essai", f"CN={host},O=Essai,C=FR")
        for number, host in enumerate(hosts, 901)
    ]
    made = publisher()
    made.publish(domains)
    found = verified(made_bytes(made), made)
    return KeptWhiteList(1, found.covered, AT, AT, AT)


def made_bytes(made: Any) -> bytes:
    """The publisher's list of now."""
    from simulators.whitelist.publisher import to_bytes  # noqa: PLC0415  # one use

    return to_bytes(made.signed())


@dataclass
class MemoryFacts:
    """The facts of one page; ``writes`` counts."""

    facts: SourceFacts = field(default_factory=SourceFacts)
    writes: int = 0

    def get(self) -> SourceFacts:
        return self.facts

    def put(self, facts: SourceFacts) -> None:
        self.facts, self.writes = facts, self.writes + 1


@dataclass
class Page:
    """One page: ``hosts`` by establishment, ``states`` by host; ``fetched`` and ``asked`` count."""

    exams: dict[int, DocumentEntry]
    hosts: dict[str, str] = field(default_factory=dict)
    listed: Sequence[str] = ("db1.example", "db2.example")
    states: dict[str, SourceState] = field(default_factory=dict)
    own: dict[str, tuple[bool, Content | None]] = field(default_factory=dict)
    fetched: list[list[str]] = field(default_factory=list)
    asked: list[list[str]] = field(default_factory=list)
    looked_at: list[str] = field(default_factory=list)
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(AT))
    memory: MemoryFacts = field(default_factory=MemoryFacts)
    kept: MemoryStates = field(default_factory=MemoryStates)
    answers: dict[str, bytes] = field(default_factory=dict)
    white_lists: MemoryWhiteLists = field(init=False)

    def __post_init__(self) -> None:
        self.white_lists = MemoryWhiteLists(white_list(*self.listed))

    @property
    def desk(self) -> SourcesDesk:
        """The ports of a look."""
        seen = KnownDesk(
            is_own=lambda identifier: identifier == OWN,
            memory=self.memory,
            white_list=self.white_lists,
            states=self.kept,
            clock=self.clock,
        )
        return SourcesDesk(seen, self._fetch, self._own, self._probe)

    def look(self, recent: timedelta = KEPT) -> dict[int, ExamSource]:
        """A look at every exam."""
        return {one.number: one for one in look(self.desk, self.exams, recent=recent)}

    def known(self) -> dict[int, ExamSource]:
        """The known states of every exam."""
        return {one.number: one for one in known(self.desk.known, self.exams)}

    def images(self) -> list[Images]:
        """The states of a look, in the page's order."""
        return [one.images for one in self.look().values()]

    def later(self, **delta: float) -> None:
        """Time passes."""
        self.clock.advance(timedelta(**delta))

    def _fetch(self, entries: Sequence[DocumentEntry]) -> dict[str, bytes]:
        self.fetched.append([one.unique_id for one in entries])
        found = {}
        for one in entries:
            identifier, _ = one.establishment
            if one.unique_id in self.answers:
                found[one.unique_id] = self.answers[one.unique_id]
            elif identifier in self.hosts:
                number = int(one.unique_id.rpartition(".")[2])
                found[one.unique_id] = manifest(number, self.hosts[identifier])
        return found

    def _own(self, one: DocumentEntry) -> tuple[bool, Content | None]:
        self.looked_at.append(one.unique_id)
        return self.own.get(one.unique_id, (False, None))

    def _probe(self, addresses: Collection[SourceAddress]) -> dict[SourceAddress, SourceState]:
        self.asked.append([one.host for one in addresses])
        return {one: self.states.get(one.host, SourceState.READY) for one in addresses}
