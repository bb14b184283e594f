"""ITI-43: the documents that a request names, of the patient of the VIHF alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulators.dmp.mtom import read_package
from simulators.dmp.patients import Patient
from simulators.dmp.registry import REPOSITORY_ID, Answer
from simulators.dmp.retrieval import PARTIAL, SPOILS
from simulators.dmp.vihf import AIR
from simulators.history.history import History, history
from tests.simulators.dmp.conftest import Bench
from tests.simulators.dmp.sender import Reply, Retrieval, Vihf

XDSB = "{urn:ihe:iti:xds-b:2007}"


@pytest.fixture(scope="module")
def made() -> History:
    return history("demo")


@pytest.fixture
def full(bench: Bench, made: History) -> Bench:
    bench.registry.load(json.loads(made.body())["documents"])
    return bench


def ask(bench: Bench, made: History, *documents: tuple[str, str], **changes: Any) -> Answer:
    patient = f"{made.patient.ins}^^^&{made.patient.ins_oid}&ISO^NH"
    vihf = Vihf(bench.site, **{"patient": patient, "mode": AIR, **changes})
    body, kind = Retrieval(bench.site, documents, vihf).build()
    assert bench.registry.transaction_of("repository", body, kind) == "iti-43"
    return bench.registry.execute("iti-43", body, kind, bench.site.peer)


def reply(answer: Answer) -> Reply:
    package = read_package(answer.body, answer.content_type, lenient=False)
    return Reply.of(answer.status, "application/soap+xml", package.root)


def status(answer: Answer) -> str:
    found: str = reply(answer).root[1][0][0].get("status", "")
    return found


def unique_ids(bench: Bench) -> list[str]:
    return [one["unique_id"] for one in bench.held]


def test_documents_come_as_they_were_put_in(full: Bench, made: History) -> None:
    wanted = unique_ids(full)[:3]
    answer = ask(full, made, *((REPOSITORY_ID, one) for one in wanted))
    assert reply(answer).root[1][0][0].get("status", "").endswith(":Success")
    named = [one.text for one in reply(answer).root.iter(f"{XDSB}DocumentUniqueId")]
    assert named == wanted
    parts = read_package(answer.body, answer.content_type, lenient=False).parts
    held = {one["unique_id"]: one["entry_uuid"] for one in full.held}
    for content, unique_id in zip(parts.values(), wanted, strict=True):
        assert full.registry.content(held[unique_id]) is not None
        assert (full.registry.content(held[unique_id]) or ("", b""))[1] == content


def test_a_document_that_is_not_there_is_an_error_beside_the_others(
    full: Bench, made: History
) -> None:
    first = unique_ids(full)[0]
    some = ask(full, made, (REPOSITORY_ID, first), (REPOSITORY_ID, "2.25.404"))
    assert status(some) == PARTIAL
    assert reply(some).codes == ["XDSDocumentUniqueIdError"]
    none = ask(full, made, ("1.2.3", first))
    assert status(none).endswith(":Failure")
    assert reply(none).codes == ["XDSUnknownRepositoryId"]


def test_another_patient_s_document_is_not_there(full: Bench, made: History) -> None:
    other = history("demo", "another").patient
    patient = f"{other.ins}^^^&{other.ins_oid}&ISO^NH"
    answer = ask(full, made, (REPOSITORY_ID, unique_ids(full)[0]), patient=patient)
    assert reply(answer).codes == ["XDSDocumentUniqueIdError"]


def test_a_dmp_that_may_not_be_consulted_gives_nothing(full: Bench, made: History) -> None:
    who, absent = Patient.read(
        {"ins": made.patient.ins, "oid": made.patient.ins_oid, "authorization": "absent"}
    )
    full.registry.describe_patient(who, absent)
    answer = ask(full, made, (REPOSITORY_ID, unique_ids(full)[0]))
    assert reply(answer).codes == ["DMPAuthorizationAbsent"]


@pytest.mark.parametrize("spoil", [lambda r: r.clear(), lambda r: r[0].remove(r[0][1])])
def test_a_request_without_its_identifiers_is_a_fault(full: Bench, spoil: Any) -> None:
    body, kind = Retrieval(full.site, ((REPOSITORY_ID, "2.25.1"),), spoil=spoil).build()
    answer = full.registry.execute("iti-43", body, kind, full.site.peer)
    assert (answer.status, Reply.of(*answer).fault) == (400, "soap:Sender")


@pytest.mark.parametrize("kind", sorted(SPOILS))
def test_a_spoilt_answer_is_another_one(full: Bench, made: History, kind: str) -> None:
    answer = ask(full, made, (REPOSITORY_ID, unique_ids(full)[0]))
    assert SPOILS[kind](answer.body) != answer.body
