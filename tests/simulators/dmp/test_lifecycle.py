"""The life of an entry: replaced by another (RPLC), deleted (ITI-57), refused with a code."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from simulators.dmp.errors import RegistryError
from simulators.dmp.schemas import Schemas
from tests.simulators.dmp.conftest import Bench
from tests.simulators.dmp.sender import (
    APPROVED,
    FIND,
    FIND_BY_REFERENCE,
    GET,
    INS,
    ITI_18,
    ITI_57,
    MANIFEST_UID,
    METADATA,
    PATIENT,
    SCHEMAS,
    SET_UID,
    SIGNATURE_UID,
    STATUS_APPROVED,
    STATUS_DELETED,
    STATUS_DEPRECATED,
    STUDY_REFERENCE,
    Deletion,
    Publication,
    Query,
    Reply,
    Site,
    Spoil,
    Vihf,
    fresh,
    kos,
)
from tests.simulators.dmp.spoil import double, drop, found, put, rim, slot, values

OTHER_INS = INS.replace("279", "179")
OTHER_PATIENT = PATIENT.replace("279", "179")
OTHER_STRUCTURE = "1920000684"
UNKNOWN = "urn:uuid:11111111-2222-4333-8444-555555555555"
SUBMITTED = "XDSRegistryMetadataError"
UPDATE, OPERATION = "XDSMetadataUpdateError", "XDSMetadataUpdateOperationError"


@pytest.fixture
def full(bench: Bench) -> Bench:
    """A DMP with one publication: a manifest, then its signature."""
    assert bench.submit(Publication(bench.site)).success
    return bench


def uuids(bench: Bench) -> list[str]:
    return [held["entry_uuid"] for held in bench.held]


def states(bench: Bench) -> list[tuple[str, str]]:
    return [(held["unique_id"], held["availability_status"]) for held in bench.held]


def second(site: Site, *replaces: str, **changes: Any) -> Publication:
    """The next version, in a submission set of its own."""
    ids = {"manifest_uid": "2.25.1112", "signature_uid": "2.25.2223", "set_uid": "2.25.3334"}
    return Publication(site, replaces=replaces, **{**ids, **changes})


def of_other_patient(site: Site, **changes: Any) -> Publication:
    def named(dataset: Any) -> None:
        dataset.PatientID = OTHER_INS

    vihf = Vihf(site, patient=OTHER_PATIENT)
    manifest = kos("2.25.91", spoil=named)
    ids: dict[str, Any] = {
        "manifest_uid": "2.25.91",
        "signature_uid": "2.25.92",
        "set_uid": "2.25.93",
    }
    return Publication(
        site, vihf=vihf, patient=OTHER_PATIENT, manifest=manifest, **{**ids, **changes}
    )


def test_a_replacement_deprecates_what_it_replaces(full: Bench) -> None:
    old, old_signature = uuids(full)

    reply = full.submit(second(full.site, old))

    assert reply.success
    assert states(full) == [
        (MANIFEST_UID, "Deprecated"),
        (SIGNATURE_UID, "Approved"),
        ("2.25.1112", "Approved"),
        ("2.25.2223", "Approved"),
    ]
    assert uuids(full)[:2] == [old, old_signature]
    assert len(set(uuids(full))) == 4


def test_only_the_status_of_the_replaced_entry_changes(full: Bench) -> None:
    get = Query(full.site, (("$XDSDocumentEntryUniqueId", (f"('{MANIFEST_UID}')",)),), query_id=GET)
    before = full.query(get).entries[0]

    assert full.submit(second(full.site, uuids(full)[0])).success
    after = full.query(get).entries[0]

    assert after.get("status") == STATUS_DEPRECATED
    after.set("status", STATUS_APPROVED)
    assert etree.tostring(after, method="c14n") == etree.tostring(before, method="c14n")
    assert full.registry.content(uuids(full)[0]) == ("application/dicom", kos())


def test_the_slot_that_the_other_associations_have_is_no_matter(full: Bench) -> None:
    def original(root: etree._Element) -> None:
        member = found(root, "r:Association[@id='m1']")
        found(root, "r:Association[@id='r0']").append(copy.deepcopy(member[0]))

    assert full.submit(second(full.site, uuids(full)[0], spoil_objects=original)).success
    assert full.held[0]["availability_status"] == "Deprecated"


def test_a_manifest_may_be_replaced_by_the_same_bytes(full: Bench) -> None:
    """Other metadata for the same document: another entry of the same uniqueId."""
    old = uuids(full)[0]

    reply = full.submit(second(full.site, old, manifest_uid=MANIFEST_UID))

    assert reply.success
    assert [state for uid, state in states(full) if uid == MANIFEST_UID] == [
        "Deprecated",
        "Approved",
    ]


def test_one_manifest_may_replace_several(full: Bench) -> None:
    assert full.submit(fresh(full.site)).success
    first, _, other, _ = uuids(full)

    assert full.submit(second(full.site, first, other)).success
    assert [held["availability_status"] for held in full.held[::2]] == [
        "Deprecated",
        "Deprecated",
        "Approved",
    ]


def test_a_chain_of_versions(full: Bench) -> None:
    assert full.submit(second(full.site, uuids(full)[0])).success

    assert full.submit(fresh(full.site, replaces=(uuids(full)[2],))).success
    assert [held["availability_status"] for held in full.held[::2]] == [
        "Deprecated",
        "Deprecated",
        "Approved",
    ]


def test_the_replacement_sent_again_is_the_set_known_already(full: Bench) -> None:
    old = uuids(full)[0]
    assert full.submit(second(full.site, old)).success
    held = full.held

    reply = full.submit(second(full.site, old))

    assert reply.codes == ["XDSDuplicateUniqueIdInRegistry"]
    assert full.held == held


def test_the_replacement_in_another_set_finds_its_target_deprecated(full: Bench) -> None:
    old = uuids(full)[0]
    assert full.submit(second(full.site, old)).success
    held = full.held

    again = second(full.site, old, set_uid="2.25.3335", signature_uid="2.25.2224")

    assert full.submit(again).codes == ["XDSRegistryDeprecatedDocumentError"]
    assert full.held == held


def test_a_deleted_entry_is_not_replaced(full: Bench) -> None:
    old = uuids(full)[0]
    assert full.update(Deletion(full.site, (old,))).success

    reply = full.submit(second(full.site, old))

    assert reply.codes == ["XDSRegistryDeprecatedDocumentError"]
    assert len(full.held) == 2


def refused_replacement(bench: Bench, publication: Publication, code: str, words: str) -> None:
    """The publication is refused for that alone, and nothing changes."""
    held = bench.held

    reply = bench.submit(publication)

    assert reply.codes == [code]
    assert words in reply.contexts[0]
    assert bench.held == held


def test_an_unknown_entry_is_not_replaced(full: Bench) -> None:
    publication = second(full.site, UNKNOWN)

    refused_replacement(full, publication, "UnresolvedReferenceException", "not registered")


def test_an_entry_of_another_patient_is_not_replaced(full: Bench) -> None:
    publication = of_other_patient(full.site, replaces=(uuids(full)[0],))

    refused_replacement(full, publication, "XDSPatientIdDoesNotMatch", "another patient")


def test_another_structure_does_not_replace(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(establishments={"1750803447": frozenset({OTHER_STRUCTURE})})
    assert bench.submit(Publication(bench.site)).success
    other = Vihf(bench.site, structure=OTHER_STRUCTURE)
    publication = second(bench.site, uuids(bench)[0], vihf=other, structure=OTHER_STRUCTURE)

    refused_replacement(bench, publication, METADATA, "authorInstitution of the replaced entry")


def test_a_signature_is_not_replaced(full: Bench) -> None:
    publication = second(full.site, uuids(full)[1])

    refused_replacement(full, publication, METADATA, "not a manifest's")


def test_one_bad_target_spoils_the_good_one(full: Bench) -> None:
    publication = second(full.site, uuids(full)[0], UNKNOWN)

    refused_replacement(full, publication, "UnresolvedReferenceException", "not registered")


def test_a_symbolic_id_is_not_replaced(full: Bench) -> None:
    publication = second(full.site, "Signature")

    refused_replacement(full, publication, METADATA, "not an entryUUID")


def test_the_same_entry_twice_is_not_replaced(full: Bench) -> None:
    old = uuids(full)[0]

    refused_replacement(full, second(full.site, old, old), METADATA, "replaced twice")


@pytest.mark.parametrize("source", ["Signature", "Set", UNKNOWN])
def test_only_a_new_manifest_replaces(full: Bench, source: str) -> None:
    spoil = put("r:Association[@id='r0']", "sourceObject", source)
    publication = second(full.site, uuids(full)[0], spoil_objects=spoil)

    refused_replacement(full, publication, METADATA, "sourceObject of RPLC")


@pytest.mark.parametrize("kind", ["APND", "XFRM", "XFRM_RPLC"])
def test_no_other_relation_is_taken(full: Bench, kind: str) -> None:
    urn = f"urn:ihe:iti:2007:AssociationType:{kind}"
    spoil = put("r:Association[@id='r0']", "associationType", urn)
    publication = second(full.site, uuids(full)[0], spoil_objects=spoil)

    refused_replacement(full, publication, METADATA, "does not take")


def test_a_deletion_changes_the_status_and_nothing_else(full: Bench) -> None:
    manifest, _ = full.held
    body, content_type = Deletion(full.site, (manifest["entry_uuid"],)).build()

    answer = full.registry.update(body, content_type, full.site.peer)
    reply = Reply.of(*answer)

    assert reply.success
    assert reply.root[1][0].tag.endswith("}RegistryResponse")
    assert reply.header("Action") == "urn:ihe:iti:2010:UpdateDocumentSetResponse"
    assert reply.header("RelatesTo").encode() in body
    assert answer.content_type.startswith("application/soap+xml")
    assert full.held[0] == {**manifest, "availability_status": "Deleted"}
    assert states(full)[1] == (SIGNATURE_UID, "Approved")


def test_several_entries_are_deleted_together(full: Bench) -> None:
    assert full.update(Deletion(full.site, tuple(uuids(full)))).success
    assert [state for _, state in states(full)] == ["Deleted", "Deleted"]


@pytest.mark.parametrize("query_id", [FIND, FIND_BY_REFERENCE])
def test_a_deleted_entry_is_found_by_its_status_only(full: Bench, query_id: str) -> None:
    deleted, _ = uuids(full)
    full.update(Deletion(full.site, (deleted,)))

    def ids(status: str) -> list[str]:
        slots = (
            ("$XDSDocumentEntryPatientId", (f"'{PATIENT}'",)),
            ("$XDSDocumentEntryStatus", (status,)),
            ("$XDSDocumentEntryReferenceIdList", (f"('{STUDY_REFERENCE}')",)),
        )
        reply = full.query(Query(full.site, slots, query_id=query_id))
        return [entry.get("id", "") for entry in reply.entries]

    others = f"('{STATUS_APPROVED}', '{STATUS_DEPRECATED}')"
    assert deleted not in ids(APPROVED)
    assert deleted not in ids(others)
    assert ids(f"('{STATUS_DELETED}')") == [deleted]
    assert deleted in ids(f"('{STATUS_DELETED}', '{STATUS_APPROVED}')")


def test_get_documents_gives_a_deleted_entry_with_its_status(full: Bench) -> None:
    deleted, _ = uuids(full)
    full.update(Deletion(full.site, (deleted,)))

    get = Query(full.site, (("$XDSDocumentEntryUniqueId", (f"('{MANIFEST_UID}')",)),), query_id=GET)
    entries = full.query(get).entries

    assert [(e.get("id"), e.get("status")) for e in entries] == [(deleted, STATUS_DELETED)]


def test_a_deletion_survives_a_restart(make_bench: Callable[..., Bench]) -> None:
    before = make_bench()
    before.submit(Publication(before.site))
    before.update(Deletion(before.site, (uuids(before)[0],)))

    after = make_bench()

    assert states(after)[0] == (MANIFEST_UID, "Deleted")
    again = after.update(Deletion(after.site, (uuids(after)[0],)))
    assert again.codes == ["XDSDuplicateUniqueIdInRegistry"]


def test_a_deleted_document_may_come_back_as_another_entry(full: Bench) -> None:
    full.update(Deletion(full.site, (uuids(full)[0],)))

    assert full.submit(second(full.site, manifest_uid=MANIFEST_UID)).success
    assert [state for uid, state in states(full) if uid == MANIFEST_UID] == ["Deleted", "Approved"]


def test_the_same_deletion_twice_is_the_set_known_already(full: Bench) -> None:
    deletion = Deletion(full.site, (uuids(full)[0],))
    assert full.update(deletion).success
    held = full.held

    assert full.update(deletion).codes == ["XDSDuplicateUniqueIdInRegistry"]
    assert full.held == held


@pytest.mark.parametrize("set_uid", [SET_UID, "2.25.4444"])
def test_a_set_comes_once_whatever_it_does(full: Bench, set_uid: str) -> None:
    """A publication's uniqueId is not good for a deletion, nor the other way round."""
    replies = [
        full.update(Deletion(full.site, (uuids(full)[0],), set_uid=set_uid)),
        full.submit(fresh(full.site, set_uid=set_uid)),
    ]

    assert replies[0].success == (set_uid != SET_UID)
    assert replies[1].codes == ["XDSDuplicateUniqueIdInRegistry"]


DUPLICATE_SLOT = "r:Association[@id='u0']/r:Slot[@name='OriginalStatus']"


def entry_inside(root: etree._Element) -> None:
    """An entry, as an update of metadata would have it."""
    attributes = {"id": UNKNOWN, "mimeType": "text/xml", "objectType": "urn:x"}
    found(root, "r:RegistryPackage").addnext(etree.Element(rim("ExtrinsicObject"), attributes))


def relation(kind: str) -> Spoil:
    return put("r:Association[@id='u0']", "associationType", kind)


# Spoiler, code, words of the context: faults that the request alone shows.
REFUSED: dict[str, tuple[Spoil, str, str]] = {
    "structure": (put("r:RegistryPackage", "colour", "x"), SUBMITTED, "unknown attribute"),
    "no set": (drop("r:RegistryPackage"), SUBMITTED, "not exactly one submission set"),
    "two sets": (double("r:RegistryPackage"), SUBMITTED, "not exactly one submission set"),
    "set not classified": (
        drop("*/r:Classification[@id='Set-node']"),
        SUBMITTED,
        "as a submission set",
    ),
    "set without author": (drop("*/r:Classification[@id='Set-a']"), SUBMITTED, "no author"),
    "no submission time": (drop(slot("Set", "submissionTime")), SUBMITTED, "no submissionTime"),
    "set id not an OID": (
        put("*/r:ExternalIdentifier[@id='Set-XDSSubmissionSet.uniqueId']", "value", "1"),
        SUBMITTED,
        "not an OID",
    ),
    "patient not an identity": (
        put("*/r:ExternalIdentifier[@id='Set-XDSSubmissionSet.patientId']", "value", "1^^^&2&ISO"),
        SUBMITTED,
        "not a national identity",
    ),
    "id twice": (put("r:Association[@id='u0']", "id", "Set"), SUBMITTED, "an id is used twice"),
    "entry": (entry_inside, OPERATION, "not changed here"),
    "nothing": (drop("r:Association[@id='u0']"), UPDATE, "nothing to change"),
    "has-member": (
        relation("urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember"),
        OPERATION,
        "does not take",
    ),
    "replacement": (
        relation("urn:ihe:iti:2007:AssociationType:RPLC"),
        OPERATION,
        "does not take",
    ),
    "not from the set": (
        put("r:Association[@id='u0']", "sourceObject", "Other"),
        UPDATE,
        "sourceObject is not the submission set",
    ),
    "to a symbolic id": (
        put("r:Association[@id='u0']", "targetObject", "Manifest"),
        UPDATE,
        "not an entryUUID",
    ),
    "no original status": (drop(DUPLICATE_SLOT), UPDATE, "not exactly one OriginalStatus"),
    "two original statuses": (double(DUPLICATE_SLOT), UPDATE, "not exactly one OriginalStatus"),
    "no new status": (values("u0", "NewStatus"), UPDATE, "not exactly one NewStatus"),
    "two new statuses": (
        values("u0", "NewStatus", STATUS_DELETED, STATUS_APPROVED),
        UPDATE,
        "not exactly one NewStatus",
    ),
    "deprecation": (values("u0", "NewStatus", STATUS_DEPRECATED), OPERATION, "not Deleted"),
    "IHE's own kind of deletion": (
        values("u0", "NewStatus", STATUS_DELETED.replace("asip:ci-sis:2010", "ihe:iti:2017")),
        OPERATION,
        "not Deleted",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_forbidden_updates(full: Bench, case: str) -> None:
    spoil, code, words = REFUSED[case]
    held = full.held

    reply = full.update(Deletion(full.site, (uuids(full)[0],), spoil_objects=spoil))

    assert reply.status == 200
    said = zip(reply.codes, reply.contexts, strict=True)
    assert (code, True) in [(given, words in context) for given, context in said]
    assert full.held == held


def test_no_refusal_holds_a_value_of_the_metadata(full: Bench) -> None:
    for spoil, _, _ in REFUSED.values():
        body, content_type = Deletion(full.site, (uuids(full)[0],), spoil_objects=spoil).build()
        answer = full.registry.update(body, content_type, full.site.peer)
        assert INS.encode() not in answer.body
        assert b"CAMILLE" not in answer.body


def refused_deletion(bench: Bench, deletion: Deletion, code: str, words: str) -> None:
    held = bench.held

    reply = bench.update(deletion)

    assert reply.codes == [code]
    assert words in reply.contexts[0]
    assert bench.held == held


def test_an_unknown_entry_is_not_deleted(full: Bench) -> None:
    deletion = Deletion(full.site, (UNKNOWN,))

    refused_deletion(full, deletion, "UnresolvedReferenceException", "not registered")


def test_a_wrong_original_status(full: Bench) -> None:
    deletion = Deletion(full.site, (uuids(full)[0],), original=STATUS_DEPRECATED)

    refused_deletion(full, deletion, UPDATE, "OriginalStatus is not the status")


@pytest.mark.parametrize("original", [STATUS_APPROVED, STATUS_DELETED])
def test_entries_already_deleted(full: Bench, original: str) -> None:
    deleted = (uuids(full)[0],)
    assert full.update(Deletion(full.site, deleted)).success

    again = Deletion(full.site, deleted, set_uid="2.25.4445", original=original)

    refused_deletion(full, again, UPDATE, "already deleted")


@pytest.mark.parametrize(
    ("original", "words"),
    [(STATUS_APPROVED, "not the status of the entry"), (STATUS_DEPRECATED, "not Approved")],
)
def test_an_old_version_is_not_deleted(full: Bench, original: str, words: str) -> None:
    old = uuids(full)[0]
    assert full.submit(second(full.site, old)).success

    refused_deletion(full, Deletion(full.site, (old,), original=original), UPDATE, words)


def test_the_entry_of_another_patient_is_not_deleted(full: Bench) -> None:
    vihf = Vihf(full.site, patient=OTHER_PATIENT)
    deletion = Deletion(full.site, (uuids(full)[0],), vihf=vihf, patient=OTHER_PATIENT)

    refused_deletion(full, deletion, "XDSPatientIDReconciliationError", "another patient")


def test_the_patient_of_the_vihf_is_that_of_the_submission(full: Bench) -> None:
    vihf = Vihf(full.site, patient=OTHER_PATIENT)

    reply = full.update(Deletion(full.site, (uuids(full)[0],), vihf=vihf))

    assert (reply.fault, "resource-id" in reply.reason) == ("wsse:FailedAuthentication", True)
    assert states(full)[0] == (MANIFEST_UID, "Approved")


def test_the_structure_is_the_authors(full: Bench, other_structure: Site) -> None:
    vihf = Vihf(other_structure, structure=OTHER_STRUCTURE)
    deletion = Deletion(full.site, (uuids(full)[0],), vihf=vihf, structure=OTHER_STRUCTURE)

    reply = full.update(deletion, other_structure.peer)

    assert reply.codes == [UPDATE]
    assert "authorInstitution" in reply.contexts[0]
    assert states(full)[0] == (MANIFEST_UID, "Approved")


def test_one_refusal_spoils_the_whole_update(full: Bench) -> None:
    deletion = Deletion(full.site, (uuids(full)[0], UNKNOWN))

    refused_deletion(full, deletion, "UnresolvedReferenceException", "not registered")


def test_the_same_entry_twice_is_not_deleted(full: Bench) -> None:
    deletion = Deletion(full.site, (uuids(full)[0],) * 2)

    refused_deletion(full, deletion, UPDATE, "changed twice")


def test_the_vihf_is_checked_as_for_a_publication(full: Bench) -> None:
    target = (uuids(full)[0],)
    old = Deletion(full.site, target, vihf=Vihf(full.site, now=full.now.replace(hour=11)))
    air = Deletion(full.site, target, vihf=Vihf(full.site, mode="INDIRECTE_RENFORCEE"))
    body, content_type = Deletion(full.site, target).build()

    assert full.update(old).fault == "wsse:MessageExpired"
    assert full.update(air).fault == "wsse:FailedAuthentication"
    without = Reply.of(*full.registry.update(body, content_type, None))
    assert (without.status, without.fault) == (403, "wsse:FailedAuthentication")
    assert states(full)[0] == (MANIFEST_UID, "Approved")
    assert Reply.of(*full.registry.update(body, content_type, full.site.peer)).success
    used = Reply.of(*full.registry.update(body, content_type, full.site.peer))
    assert (used.fault, "already used" in used.reason) == ("wsse:FailedAuthentication", True)


def test_a_certificate_of_another_structure_than_the_vihf(
    full: Bench, other_structure: Site
) -> None:
    reply = full.update(Deletion(full.site, (uuids(full)[0],)), other_structure.peer)

    assert reply.fault == "wsse:FailedAuthentication"
    assert states(full)[0] == (MANIFEST_UID, "Approved")


def without_list(request: etree._Element) -> None:
    request.remove(request[0])


def renamed(request: etree._Element) -> None:
    request.tag = request.tag.replace("Submit", "Remove")


@pytest.mark.parametrize("spoil", [without_list, renamed, double("r:RegistryObjectList")])
def test_the_body_is_an_update(full: Bench, spoil: Spoil) -> None:
    reply = full.update(Deletion(full.site, (uuids(full)[0],), spoil_request=spoil))

    assert reply.fault == "soap:Sender"


def test_the_action_is_that_of_the_transaction(full: Bench) -> None:
    reply = full.update(Deletion(full.site, (uuids(full)[0],), action=ITI_18))

    assert reply.fault == "wsa:ActionNotSupported"


def test_a_lenient_reader_asks_for_no_author(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(lenient=True)
    bench.submit(Publication(bench.site, structure="1999999999"))
    vihf = Vihf(bench.site, patient=OTHER_PATIENT)

    assert bench.submit(second(bench.site, uuids(bench)[0])).success
    assert bench.update(Deletion(bench.site, (uuids(bench)[2],), vihf=vihf)).success


@pytest.mark.parametrize(
    ("service", "action", "transaction"),
    [
        ("registry", ITI_57, "iti-57"),
        ("registry", ITI_18, "iti-18"),
        ("registry", "urn:x", "iti-18"),
        ("repository", ITI_57, "iti-41"),
    ],
)
def test_the_action_tells_the_transaction(
    bench: Bench, service: str, action: str, transaction: str
) -> None:
    body, content_type = Deletion(bench.site, (UNKNOWN,), action=action).build()

    assert bench.registry.transaction_of(service, body, content_type) == transaction


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(b"garbage", "application/soap+xml"), (b"", "text/plain"), (b"<a/>", "application/soap+xml")],
)
def test_an_unknown_service_is_a_query(bench: Bench, body: bytes, content_type: str) -> None:
    assert bench.registry.transaction_of("registry", body, content_type) == "iti-18"


def test_a_refusal_on_demand(full: Bench) -> None:
    body, content_type = Deletion(full.site, (uuids(full)[0],)).build()
    error = RegistryError("XDSRegistryBusy", "refused on demand")

    reply = Reply.of(*full.registry.refuse("iti-57", body, content_type, error))

    assert reply.codes == ["XDSRegistryBusy"]
    assert reply.root[1][0].tag.endswith("}RegistryResponse")
    assert states(full)[0] == (MANIFEST_UID, "Approved")


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="the XDS.b schemas are not here")
def test_the_published_schemas_judge_updates_and_answers(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(schemas=Schemas(SCHEMAS))
    judge = etree.XMLSchema(etree.parse(str(Path(SCHEMAS) / "rs.xsd")))
    assert bench.submit(Publication(bench.site)).success
    assert bench.submit(second(bench.site, uuids(bench)[0])).success
    target = (uuids(bench)[2],)

    # Only the schema knows that an attribute of type anyURI takes no such value.
    spoiled = put("r:Association[@id='u0']", "objectType", "http://[")
    refused = bench.update(Deletion(bench.site, target, spoil_objects=spoiled))
    done = bench.update(Deletion(bench.site, target))

    assert refused.contexts == ["the schema of XDS.b refuses the request"]
    assert refused.codes == [SUBMITTED]
    assert done.success
    for reply in (refused, done):
        assert judge.validate(copy.deepcopy(reply.root[1][0])), judge.error_log
