"""Calls to the DMP while it is unreachable: circuits, probes, and errors that are answers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import httpx
import pytest

from functions.drimbox.breaker import Circuit
from functions.drimbox.dmp.client import StoredSubmission
from functions.drimbox.dmp.registry import DocumentEntry
from functions.drimbox.errors import (
    DmpOutcomeUnknown,
    DmpRefused,
    DmpUnavailable,
    DrimboxError,
    Held,
    IdentityRefused,
    StorageUnavailable,
    Transient,
)
from functions.drimbox.identity.ins import Ins
from functions.drimbox.identity.parties import Organisation
from functions.drimbox.oid import Uid
from functions.drimbox.publication.asking_dmp import DMP, asking_dmp, identity_circuit
from functions.drimbox.publication.ports import Change, Site
from functions.drimbox.publication.steps.publish import publish_manifest
from functions.drimbox.report.model import Report
from functions.drimbox.report.reading import read_report
from functions.drimbox.tenants.model import Structure
from simulators.ris.messages import message
from tests.fakes.memory import VirtualClock
from tests.fakes.world import DEVICE, SENDER, STRUCTURE, TENANT, World, case

OTHER = Structure("1750803448", "Autre centre", "SA08")
SITE_TENANT = replace(TENANT, structures=(*TENANT.structures, OTHER))
UID = Uid("2.25.1")
CHANGE = Change("demo", "m", UID, 0)
REPLAY = replace(CHANGE, replay=1)
MINUTE = timedelta(minutes=1)


def _report(structure: str = STRUCTURE) -> Report:
    found = read_report(
        message(case("C"), "ORU", sender=SENDER, control_id="1", at=VirtualClock().now())
    )
    author = found.document.legal_authenticator
    signer = replace(author, organisation=Organisation(structure, "Site"))
    return replace(found, document=replace(found.document, legal_authenticator=signer))


@dataclass
class _Dmp:
    """Answers nothing, or fails with an error of ``raises``."""

    raises: DrimboxError | None = None
    calls: list[str] = field(default_factory=list)

    def connect(self, report: Report, structure: Structure) -> _Dmp:
        return self

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if self.raises is not None:
            raise self.raises.with_traceback(None)

    def submit(self, submission: StoredSubmission) -> None:
        self._call("submit")

    def update(self, metadata: bytes) -> None:
        self._call("update")

    def entries(self, unique_id: Uid) -> tuple[DocumentEntry, ...]:
        self._call("entries")
        return ()

    def of_study(self, patient: Ins, study_instance_uid: Uid) -> tuple[DocumentEntry, ...]:
        self._call("of_study")
        return ()


@pytest.fixture
def site(world: World) -> Site:
    return replace(world.site, tenant=SITE_TENANT)


def _ask(site: Site, dmp: _Dmp, *, structure: str = STRUCTURE, change: Change = CHANGE) -> str:
    """The error's name and code, "" for an answer."""
    try:
        with asking_dmp(site, change, _report(structure), dmp.connect) as door:
            door.entries(UID)
    except DrimboxError as error:
        return f"{type(error).__name__} {error.code}"
    return ""


RESTS = "DmpUnavailable dmp_unavailable"
REFUSED_RESTS = "DmpUnavailable identity_refused"


def test_every_call_goes_through(site: Site) -> None:
    dmp = _Dmp()
    with asking_dmp(site, CHANGE, _report(), dmp.connect) as door:
        door.submit(StoredSubmission(b"", ()))
        door.update(b"")
        door.entries(UID)
        door.of_study(_report().document.patient.ins, UID)
    assert dmp.calls == ["submit", "update", "entries", "of_study"]


@pytest.mark.parametrize("error", [DmpUnavailable("x"), DmpOutcomeUnknown("x")])
def test_a_dead_dmp_is_asked_once_a_minute_for_every_structure(
    world: World, site: Site, error: Transient
) -> None:
    dmp = _Dmp(error)
    for _ in range(3):
        assert _ask(site, dmp).startswith(type(error).__name__)
    for structure in (STRUCTURE, OTHER.id):
        assert _ask(site, dmp, structure=structure) == RESTS
    assert len(dmp.calls) == 3
    for minutes in range(1, 11):
        world.clock.advance(MINUTE)
        for structure in (STRUCTURE, OTHER.id) * 5:
            _ask(site, dmp, structure=structure)
        assert len(dmp.calls) == 3 + minutes
    dmp.raises = None
    world.clock.advance(MINUTE)
    assert _ask(site, dmp) == ""


def test_a_refused_identity_stops_its_structure_alone(world: World, site: Site) -> None:
    dmp = _Dmp(IdentityRefused(("wsse:FailedAuthentication",)))
    assert _ask(site, dmp) == "IdentityRefused dmp_refused"
    assert _ask(site, dmp) == REFUSED_RESTS
    dmp.raises = None
    assert _ask(site, dmp, structure=OTHER.id) == ""
    assert _ask(site, dmp) == REFUSED_RESTS
    world.clock.advance(timedelta(minutes=15))
    assert _ask(site, dmp) == ""
    assert world.circuits.get(identity_circuit(TENANT.structures[0])).circuit is Circuit.CLOSED
    assert world.circuits.get(DMP).revision == 0


def test_a_replay_tries_a_refused_identity_again_once_a_minute(world: World, site: Site) -> None:
    dmp = _Dmp(IdentityRefused(("http_403",)))
    _ask(site, dmp)
    assert _ask(site, dmp, change=REPLAY) == REFUSED_RESTS
    world.clock.advance(MINUTE)
    for _ in range(20):
        _ask(site, dmp, change=REPLAY)
    assert len(dmp.calls) == 2
    dmp.raises = None
    world.clock.advance(MINUTE)
    assert _ask(site, dmp, change=REPLAY) == ""
    assert _ask(site, dmp) == ""


def test_another_refusal_is_an_answer(world: World, site: Site) -> None:
    dmp = _Dmp(DmpRefused(("XDSRegistryMetadataError",)))
    for _ in range(10):
        assert _ask(site, dmp) == "DmpRefused dmp_refused"
    assert world.circuits.circuits == {}


def test_a_dead_dmp_says_nothing_of_an_identity(world: World, site: Site) -> None:
    dmp = _Dmp(IdentityRefused(("http_403",)))
    _ask(site, dmp)
    dmp.raises = DmpUnavailable("503")
    for _ in range(3):
        _ask(site, dmp, structure=OTHER.id)
    world.clock.advance(timedelta(minutes=15))
    assert _ask(site, dmp) == "DmpUnavailable dmp_unavailable"  # the one probe of both
    assert _ask(site, dmp) == RESTS  # the identity's is free again, the service's is not yet due
    dmp.raises = None
    world.clock.advance(MINUTE)
    assert _ask(site, dmp) == ""


def test_a_step_without_a_call_frees_its_probe(world: World, site: Site) -> None:
    dmp = _Dmp(DmpUnavailable("503"))
    for _ in range(3):
        _ask(site, dmp)
    world.clock.advance(MINUTE)
    with pytest.raises(StorageUnavailable), asking_dmp(site, CHANGE, _report(), dmp.connect):
        raise StorageUnavailable("ours")
    dmp.raises = None
    assert _ask(site, dmp) == ""


def test_a_publication_of_a_refused_identity_is_held_and_the_next_one_waits_for_as_long_as_it_may(
    world: World, change: Change
) -> None:
    world.dmp_fault = lambda request, answer: httpx.Response(403, content=b"")
    with pytest.raises(Held, match=r"^identity_refused$"):
        publish_manifest(world.site, change, world.connect, DEVICE)
    calls = world.dmp_calls
    with pytest.raises(DmpUnavailable) as waits:
        publish_manifest(world.site, change, world.connect, DEVICE)
    assert (waits.value.code, world.dmp_calls) == ("identity_refused", calls)
    world.circuits.circuits = {
        name: replace(state, asked_at=world.clock.now() + TENANT.outage_patience)
        for name, state in world.circuits.circuits.items()
    }
    world.clock.advance(TENANT.outage_patience + MINUTE)
    with pytest.raises(Held, match=r"^identity_refused$"):
        publish_manifest(world.site, change, world.connect, DEVICE)
    assert world.dmp_calls == calls
