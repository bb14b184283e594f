"""Calls to the DMP while it is unreachable: circuits, probes, and errors that are answers."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

import httpx
import pytest

from functions.drimbox.breaker import Circuit
from functions.drimbox.dmp.registry import DocumentEntry
from functions.drimbox.dmp.stored_submission import StoredSubmission
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
from functions.drimbox.publication.asking_dmp import (
    DMP,
    asking_dmp,
    identity_circuit,
    study_circuit,
)
from functions.drimbox.publication.change import Change
from functions.drimbox.publication.ports import Site
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


@pytest.mark.parametrize("error", [DmpUnavailable, DmpOutcomeUnknown])
def test_a_dmp_that_names_a_time_is_not_asked_before_it(
    world: World, site: Site, error: type[Transient]
) -> None:
    dmp = _Dmp(error("HTTP 429", retry_after=("600",)))
    _ask(site, dmp)
    dmp.raises = None
    world.clock.advance(10 * MINUTE - timedelta(seconds=1))
    assert _ask(site, dmp) == "DmpUnavailable dmp_unavailable"
    assert _ask(site, dmp, change=REPLAY) == "DmpUnavailable dmp_unavailable"
    assert _ask(site, dmp, structure=OTHER.id) == "DmpUnavailable dmp_unavailable"
    assert len(dmp.calls) == 1
    world.clock.advance(timedelta(seconds=1))
    assert _ask(site, dmp) == ""


def _ask_for(site: Site, dmp: _Dmp, study: str) -> str:
    return _ask(site, dmp, change=replace(CHANGE, study_instance_uid=Uid(study)))


@pytest.mark.parametrize("error", [DmpUnavailable, DmpOutcomeUnknown])
def test_a_publication_for_which_alone_the_dmp_fails_delays_no_other(
    world: World, site: Site, error: type[DmpUnavailable] | type[DmpOutcomeUnknown]
) -> None:
    dmp = _Dmp()
    for _ in range(20):
        dmp.raises = error("HTTP 500", alone=True)
        assert _ask_for(site, dmp, "1.2.66") == f"{error.__name__} {error.code}"
        world.clock.advance(timedelta(seconds=20))
    assert world.circuits.get(DMP).circuit is Circuit.CLOSED
    dmp.raises = None
    assert _ask_for(site, dmp, "1.2.67") == ""


def test_a_dmp_that_fails_for_three_publications_in_a_row_is_away(world: World, site: Site) -> None:
    dmp = _Dmp(DmpOutcomeUnknown("HTTP 502", alone=True))
    for study in ("1.2.3", "1.2.3", "1.2.4", "1.2.5"):
        assert _ask_for(site, dmp, study) == "DmpOutcomeUnknown dmp_outcome_unknown"
    assert _ask_for(site, dmp, "1.2.6") == RESTS
    # Nothing tells that it answers others: a probe that fails so is a probe that fails.
    world.clock.advance(MINUTE)
    assert _ask_for(site, dmp, "1.2.6") == "DmpOutcomeUnknown dmp_outcome_unknown"
    assert _ask_for(site, dmp, "1.2.7") == RESTS
    dmp.raises = None
    world.clock.advance(MINUTE)
    assert _ask_for(site, dmp, "1.2.7") == ""


def test_a_time_that_the_dmp_names_of_one_publication_silences_no_other(
    world: World, site: Site
) -> None:
    dmp = _Dmp(DmpUnavailable("HTTP 503", retry_after=("600",), alone=True))
    _ask_for(site, dmp, "1.2.66")
    dmp.raises = None
    assert _ask_for(site, dmp, "1.2.67") == ""
    assert _ask_for(site, dmp, "1.2.66") == RESTS
    replay = replace(REPLAY, study_instance_uid=Uid("1.2.66"))
    world.clock.advance(10 * MINUTE - timedelta(seconds=1))
    assert _ask(site, dmp, change=replay) == RESTS
    assert len(dmp.calls) == 2
    world.clock.advance(timedelta(seconds=1))
    assert _ask_for(site, dmp, "1.2.66") == ""
    assert world.circuits.get(study_circuit(Uid("1.2.66"))).circuit is Circuit.CLOSED


def test_a_time_that_cannot_be_read_is_no_word(site: Site) -> None:
    dmp = _Dmp(DmpUnavailable("HTTP 503", retry_after=("soon",), alone=True))
    for _ in range(5):
        assert _ask_for(site, dmp, "1.2.66") == RESTS
    assert len(dmp.calls) == 5


def test_a_time_that_the_dmp_names_of_three_publications_is_for_all(
    world: World, site: Site
) -> None:
    dmp = _Dmp(DmpUnavailable("HTTP 503", retry_after=("600",), alone=True))
    for study in ("1.2.3", "1.2.4", "1.2.5"):
        _ask_for(site, dmp, study)
    dmp.raises = None
    world.clock.advance(10 * MINUTE - timedelta(seconds=1))
    assert _ask_for(site, dmp, "1.2.6") == RESTS
    assert len(dmp.calls) == 3
    world.clock.advance(timedelta(seconds=1))
    assert _ask_for(site, dmp, "1.2.6") == ""


def test_a_probe_that_fails_for_its_publication_with_a_time_silences_all(
    world: World, site: Site
) -> None:
    dmp = _Dmp(DmpUnavailable("HTTP 503"))
    for _ in range(3):
        _ask(site, dmp)
    world.clock.advance(MINUTE)
    dmp.raises = DmpUnavailable("HTTP 503", retry_after=("600",), alone=True)
    _ask_for(site, dmp, "1.2.3")
    dmp.raises = None
    world.clock.advance(9 * MINUTE)
    assert _ask_for(site, dmp, "1.2.4") == RESTS
    world.clock.advance(MINUTE)
    assert _ask_for(site, dmp, "1.2.4") == ""


def test_while_others_keep_it_waiting_a_study_s_own_circuit_keeps_no_lease(
    world: World, site: Site
) -> None:
    dmp = _Dmp(DmpUnavailable("HTTP 503", retry_after=("60",), alone=True))
    _ask_for(site, dmp, "1.2.3")
    world.clock.advance(MINUTE)
    dmp.raises = DmpUnavailable("away")
    for _ in range(3):
        _ask(site, dmp)
    assert _ask_for(site, dmp, "1.2.3") == RESTS
    dmp.raises = None
    world.clock.advance(MINUTE)
    assert _ask_for(site, dmp, "1.2.3") == ""
    dmp.raises = IdentityRefused(("http_403",))
    _ask(site, dmp)
    assert _ask_for(site, dmp, "1.2.3") == REFUSED_RESTS


@pytest.mark.parametrize(
    "status", [500, 502, 503, 504, 200], ids=lambda status: f"HTTP {status}, unreadable"
)
def test_through_the_client_one_publication_fails_alone(
    world: World, change: Change, status: int
) -> None:
    world.dmp_fault = lambda request, answer: httpx.Response(status, content=b"<html>")
    for _ in range(6):
        with pytest.raises((DmpUnavailable, DmpOutcomeUnknown)) as raised:
            publish_manifest(world.site, change, world.connect, DEVICE)
        assert raised.value.detail != "asked again later"
        world.clock.advance(timedelta(seconds=20))
    assert world.circuits.get(DMP).circuit is Circuit.CLOSED
    world.dmp_fault = None
    for _ in range(3):  # where it is in doubt, two questions come before the bytes are sent again
        with suppress(DmpOutcomeUnknown):
            publish_manifest(world.site, change, world.connect, DEVICE)
        world.clock.advance(timedelta(seconds=6))
    assert len(world.manifests()) == 1


def test_a_publication_waits_for_as_long_as_the_dmp_asks(world: World, change: Change) -> None:
    busy = httpx.Response(503, headers={"Retry-After": "120"})
    world.dmp_fault = lambda request, answer: busy
    with pytest.raises(DmpUnavailable):
        publish_manifest(world.site, change, world.connect, DEVICE)
    world.dmp_fault = None
    calls = world.dmp_calls
    world.clock.advance(2 * MINUTE - timedelta(seconds=1))
    with pytest.raises(DmpUnavailable):
        publish_manifest(world.site, change, world.connect, DEVICE)
    assert world.dmp_calls == calls
    world.clock.advance(timedelta(seconds=1))
    publish_manifest(world.site, change, world.connect, DEVICE)
    assert world.dmp_calls > calls


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
