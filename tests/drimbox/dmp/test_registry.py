"""Entries and errors of a registry are read whole, and nothing else escapes."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.dmp import metadata, registry, xds
from functions.drimbox.dmp.documents import Kind, State
from functions.drimbox.dmp.queries import DocumentQuery
from functions.drimbox.dmp.registry import DocumentEntry, DocumentList, ReferenceId
from functions.drimbox.dmp.soap import AnswerUnreadable
from functions.drimbox.identity.parties import Code
from functions.drimbox.safe_xml import UnsafeXml, parse, parse_taking
from tests.drimbox.dmp import answers, judges, samples


def entries(objects: str, **more: str) -> tuple[DocumentEntry, ...]:
    return registry.read_entries(parse(answers.query_response(objects, **more).encode()))


def test_an_entry_is_read_whole() -> None:
    (entry,) = entries(answers.entry(), attributes='totalResultCount="1"')
    assert entry == DocumentEntry(
        unique_id="2.25.1002",
        entry_uuid="urn:uuid:0001",
        sha1="ab",
        size=8,
        status=xds.APPROVED,
        patient_id="P^^^&1.2&ISO^NH",
        mime_type="application/dicom",
        type_code=Code("IMG-KOS", xds.TYPE_SYSTEM, "KOS"),
        event_codes=(Code("US", xds.DCM, "Écho"), Code("818983003", xds.SNOMED, "abdomen")),
        confidentiality_codes=(Code("N", xds.CONFIDENTIALITY_SYSTEM, "Normal"),),
        reference_ids=(
            ReferenceId("ACC-7", "1.2.3", xds.ACCESSION),
            ReferenceId("1.2.9", "1.2.3.4.5.6", xds.STUDY_INSTANCE_UID),
            ReferenceId("DEM-7", "1.2.4", xds.ORDER),
        ),
        author_persons=("P1", "P2"),
        author_institutions=("I1", "I2", "I1", "I2"),
        legal_authenticator="L1",
        creation_time="20260302103014",
        service_start_time="20260301080000",
        service_stop_time="20260301082000",
        title="Un titre",
        repository_unique_id="1.2.250.1.213.9",
        format_code=Code("F1", "1.2.840.10008.2.6.1", "Format"),
        source_patient_info=("PID-5|PATIENTE^ALICE", "PID-8|F"),
    )
    assert entry.is_approved
    assert (entry.kind, entry.state, entry.restrictions) == (Kind.MANIFEST, State.ACTIVE, ())
    assert entry.accession == ReferenceId("ACC-7", "1.2.3", xds.ACCESSION)
    assert entry.order == ReferenceId("DEM-7", "1.2.4", xds.ORDER)
    assert entry.study_instance_uid == "1.2.9"
    assert [c.code for c in entry.modalities] == ["US"]
    assert [c.code for c in entry.regions] == ["818983003"]
    assert "ACC-7" not in repr(entry) + repr(entry.accession)


def test_an_entry_with_nothing_but_its_identifiers() -> None:
    bare = (
        f'<ExtrinsicObject xmlns="{xds.RIM}" id="urn:uuid:1">'
        + answers.slot("size", "huge")
        + answers.slot("hash")
        + "<Slot/>"
        + answers.external_identifier(xds.ENTRY_UNIQUE_ID, "2.25.1")
        + "<Classification/></ExtrinsicObject>"
    )
    (entry,) = entries(bare)
    told = dataclasses.asdict(entry)
    assert told.pop("unique_id") == "2.25.1"
    assert told.pop("entry_uuid") == "urn:uuid:1"
    assert not any(told.values())
    assert (entry.kind, entry.state) == (None, None)
    assert (entry.accession, entry.study_instance_uid) == (None, "")
    assert not entry.is_approved


def test_a_code_whose_name_says_nothing_has_no_words() -> None:
    told = answers.classification(xds.TYPE_CODE, "IMG-KOS", xds.TYPE_SYSTEM, "KOS")
    named = '<Name><LocalizedString value="KOS"/></Name>'
    for name, display in (
        ("<Name/>", ""),
        (f"<Name/>{named}", ""),
        (f"<Description/>{named}<Name/>", "KOS"),
        (f"{named[:6]}<Description/>{named[6:]}", "KOS"),
        (f"{answers.slot('other', 'x')}{named}", "KOS"),
    ):
        (entry,) = entries(answers.entry().replace(told, told.replace(named, name)))
        assert entry.type_code == Code("IMG-KOS", xds.TYPE_SYSTEM, display)


@pytest.mark.parametrize(
    ("institutions", "authenticator", "establishment", "signatory"),
    [
        (
            (" Centre ^^^^^&1.2&ISO^IDNST^^^ 1750803447 ", "Other"),
            "8997^ ARDOUIN ^Solène^^^^^^&1.2&ISO^D^^^IDNPS",
            ("1750803447", "Centre"),
            ("8997", "ARDOUIN", "Solène"),
        ),
        (("Centre",), "8997", ("", "Centre"), ("8997", "", "")),
        ((), "", ("", ""), ("", "", "")),
    ],
)
def test_the_establishment_and_the_signatory_are_read_in_one_way(
    institutions: tuple[str, ...],
    authenticator: str,
    establishment: tuple[str, str],
    signatory: tuple[str, str, str],
) -> None:
    (entry,) = entries(answers.entry())
    told = dataclasses.replace(
        entry, author_institutions=institutions, legal_authenticator=authenticator
    )
    assert (told.establishment, told.signatory) == (establishment, signatory)


EVERYTHING = DocumentQuery(samples.INS, kinds=tuple(Kind), states=tuple(State))


def gathered(objects: str, query: DocumentQuery = EVERYTHING, attributes: str = "") -> DocumentList:
    gathering = registry.Gathering(query)
    body = answers.query_response(objects, attributes=attributes).encode()
    return gathering.finish(parse_taking([body], registry.ENTRY, gathering.take))


def listed(**changes: Any) -> str:
    """A document of its own for each entryUUID."""
    own = {"patient": answers.PATIENT, "entry_uuid": "urn:uuid:1"}
    facts = {**own, **changes}
    return answers.entry(**{"unique_id": f"2.25.9{facts['entry_uuid'][9:]}", **facts})


def test_both_kinds_are_gathered_with_their_states_and_restrictions() -> None:
    report = ("18748-4", xds.LOINC)
    hidden = ("N", "MASQUE_PS", "V-NEW")
    found = gathered(
        listed()
        + listed(entry_uuid="urn:uuid:2", type_code=report, status=xds.ARCHIVED)
        + listed(entry_uuid="urn:uuid:3", status=xds.DEPRECATED, confidentiality=hidden)
    )
    assert [
        (e.kind, e.state, tuple(one.code for one in e.restrictions)) for e in found.entries
    ] == [
        (Kind.MANIFEST, State.ACTIVE, ()),
        (Kind.REPORT, State.ARCHIVED, ()),
        (Kind.MANIFEST, State.REPLACED, ("MASQUE_PS", "V-NEW")),
    ]
    assert found.unreadable == 0
    assert repr(found) == "DocumentList(3, unreadable=0)"


@pytest.mark.parametrize(
    "spoiled",
    [
        listed(unique_id="", entry_uuid="urn:uuid:2"),
        listed(entry_uuid=""),
        listed(entry_uuid="urn:uuid:2", status=""),
        listed(entry_uuid="urn:uuid:2", status=xds.DELETED),
        listed(entry_uuid="urn:uuid:2", confidentiality=()),
        listed(entry_uuid="urn:uuid:2", confidentiality=("N", "")),
        listed(entry_uuid="urn:uuid:2", type_code=("11502-2", xds.LOINC)),
        listed(entry_uuid="urn:uuid:2", patient=answers.PATIENT.replace("279", "179")),
        listed(entry_uuid="urn:uuid:2", patient=answers.PATIENT.replace("4.10", "4.8")),
        listed(entry_uuid="urn:uuid:2", patient=""),
        f'<ObjectRef xmlns="{xds.RIM}" id="urn:uuid:2"/>',
    ],
)
def test_a_document_that_cannot_be_read_whole_is_counted_and_not_shown(spoiled: str) -> None:
    found = gathered(listed() + spoiled)
    assert [e.entry_uuid for e in found.entries] == ["urn:uuid:1"]
    assert found.unreadable == 1


def test_an_entry_that_comes_in_two_ways_is_not_shown() -> None:
    other = listed(confidentiality=("N", "MASQUE_PS"))
    assert gathered(listed() + other) == DocumentList((), 1)
    assert gathered(listed() + listed(status="")) == DocumentList((), 1)
    same = gathered(listed() + listed(), attributes='totalResultCount="2"')
    assert (len(same.entries), same.unreadable) == (1, 0)


def version(number: str, **changes: Any) -> str:
    """One version of the metadata of one document."""
    same = {"unique_id": "2.25.7", "lid": "urn:uuid:l", "entry_uuid": f"urn:uuid:v{number}"}
    return listed(**{**same, "version": number, **changes})


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ({}, {}),
        # Registries that give no version, no lid, or count in the older way.
        ({"version": ""}, {"version": ""}),
        ({"lid": ""}, {"lid": ""}),
        ({"version": "1.1"}, {"version": "10.1"}),
        # The newest version decides, whatever the states are.
        ({"status": xds.APPROVED}, {"status": xds.ARCHIVED}),
    ],
)
def test_versions_of_one_document_are_one_with_all_its_restrictions(
    older: dict[str, str], newer: dict[str, str], order: int
) -> None:
    """A change of metadata (ITI-57) leaves the former entry beside the new one."""
    first = version("1", **{"status": xds.DEPRECATED, "confidentiality": ("N", "V"), **older})
    last = version("2", **{"confidentiality": ("N", "MASQUE_PS"), **newer})
    found = gathered("".join([first, last][::order]), attributes='totalResultCount="2"')
    ((entry,), unreadable) = found.entries, found.unreadable
    assert (entry.entry_uuid, unreadable) == ("urn:uuid:v2", 0)
    assert [one.code for one in entry.restrictions] == ["MASQUE_PS", "V"]
    assert [one.code for one in entry.confidentiality_codes] == ["N", "MASQUE_PS", "V"]


def test_a_restriction_of_the_lid_holds_for_each_of_its_documents() -> None:
    first = version("1", unique_id="2.25.8")
    last = version("2", confidentiality=("MASQUE_PS",))
    found = gathered(first + last).entries
    assert [[one.code for one in e.restrictions] for e in found] == [["MASQUE_PS"]] * 2


@pytest.mark.parametrize(
    "lost",
    [
        version("1", unique_id=""),
        version("1", unique_id="2.25.8", confidentiality=()),
        version("1", unique_id="2.25.8", confidentiality=("N", "")),
        version("1", unique_id="2.25.8", confidentiality=("N", "M" * 16_000)),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_what_an_entry_of_the_lid_does_not_tell_restricts_its_other_documents(
    lost: str, order: int
) -> None:
    found = gathered("".join([lost, version("2"), listed(lid="urn:uuid:m")][::order]))
    told = {e.entry_uuid: e.restrictions for e in found.entries}
    assert told == {
        "urn:uuid:v2": (registry.UNTOLD,),
        "urn:uuid:1": (),
    }
    assert found.unreadable == 1


def test_entries_without_a_lid_say_nothing_of_each_other() -> None:
    found = gathered(listed(unique_id="", entry_uuid="urn:uuid:2") + listed())
    assert (found.entries[0].restrictions, found.unreadable) == ((), 1)


@pytest.mark.parametrize(
    "other",
    [
        version("2", confidentiality=("MASQUE_PS",)),
        version("2", entry_uuid="urn:uuid:v3"),
        version("1", confidentiality=()),
        version("1", status=xds.DELETED),
        version("1", references=("A",) * 300, confidentiality=("MASQUE_PS",)),
    ],
)
def test_a_document_of_which_one_version_is_doubtful_is_not_shown(other: str) -> None:
    """Two newest ones, and versions that cannot be read whole: they may restrict it."""
    assert gathered(version("2") + other) == DocumentList((), 1)
    found = gathered(other + version("2") + listed())
    assert (len(found.entries), found.unreadable) == (1, 1)


def test_one_identifier_for_two_documents_spoils_both() -> None:
    one, other = listed(), listed(unique_id="2.25.5", confidentiality=("MASQUE_PS",))
    assert not gathered(one + other + listed(unique_id="2.25.5", entry_uuid="urn:uuid:2")).entries


@pytest.mark.parametrize(
    "long",
    [
        {"references": ("A",) * 15_000},
        {"references": ("^" * 17_000,), "sha1": "x" * 17_000},
        {"references": tuple("A" * 120 for _ in range(200))},
        {"confidentiality": ("N", "M" * 16_000)},
        {"type_code": ("IMG-KOS", xds.TYPE_SYSTEM), "size": "1", "sha1": "é" * 400_000},
    ],
)
def test_an_entry_longer_than_any_is_counted_and_not_shown(long: dict[str, Any]) -> None:
    """It would fill the record in which the page keeps its list."""
    found = gathered(listed() + listed(entry_uuid="urn:uuid:2", **long))
    assert ([e.entry_uuid for e in found.entries], found.unreadable) == (["urn:uuid:1"], 1)


def test_a_long_entry_is_read() -> None:
    (entry,) = gathered(listed(references=tuple("A" * 60 for _ in range(200)))).entries
    assert len(entry.reference_ids) == 203


def test_entries_that_the_registry_keeps_back_are_counted() -> None:
    assert gathered(listed(), attributes='totalResultCount="3"').unreadable == 2
    assert gathered("", attributes='totalResultCount="3"') == DocumentList((), 3)
    assert gathered(listed(), attributes='totalResultCount="many"').unreadable == 0
    assert gathered("") == DocumentList((), 0)


def test_only_what_was_asked_for_is_gathered() -> None:
    manifests = DocumentQuery(samples.INS)
    report = listed(entry_uuid="urn:uuid:2", type_code=("18748-4", xds.LOINC))
    old = listed(entry_uuid="urn:uuid:3", status=xds.DEPRECATED)
    found = gathered(listed() + report + old, manifests)
    assert [e.entry_uuid for e in found.entries] == ["urn:uuid:1"]
    assert found.unreadable == 2


def test_an_answer_with_entries_elsewhere_or_without_its_list_is_none() -> None:
    nested = listed().replace("</ExtrinsicObject>", f"{listed()}</ExtrinsicObject>")
    with pytest.raises(AnswerUnreadable, match="outside"):
        gathered(nested)
    gathering = registry.Gathering(EVERYTHING)
    with pytest.raises(AnswerUnreadable, match="without its list"):
        gathering.finish(parse(answers.registry_response().encode()))


def test_a_long_history_leaves_nothing_of_its_tree_behind() -> None:
    objects = "".join(listed(entry_uuid=f"urn:uuid:{n}") for n in range(2000))
    body = answers.query_response(objects).encode()
    gathering = registry.Gathering(EVERYTHING)
    root = parse_taking([body], registry.ENTRY, gathering.take)
    assert len(gathering.finish(root).entries) == 2000
    assert not [one for one in root.iter(registry.ENTRY) if len(one) or one.attrib]


def test_no_entry_is_a_good_answer() -> None:
    assert entries("") == ()
    assert entries("", attributes='totalResultCount="0"') == ()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (answers.registry_response(), "without its list"),
        (f'<q:AdhocQueryResponse xmlns:q="{xds.QUERY}" status="x"/>', "without its list"),
        (answers.query_response(f'<ObjectRef xmlns="{xds.RIM}" id="urn:uuid:1"/>'), "hides"),
        (answers.query_response("", attributes='totalResultCount="3"'), "hides"),
        (answers.query_response(answers.entry(unique_id="")), "without its identifiers"),
        (answers.query_response(answers.entry(entry_uuid="")), "without its identifiers"),
    ],
)
def test_answers_that_look_like_nothing_found(body: str, words: str) -> None:
    with pytest.raises(AnswerUnreadable, match=words):
        registry.read_entries(parse(body.encode()))


def test_errors_keep_their_codes_and_not_their_context() -> None:
    body = answers.registry_response("urn:ihe:XDSRegistryError", "<", status="Failure")
    response = registry.read_response(parse(body.replace('"<"', '"a b"').encode()))
    assert response.status == registry.FAILURE
    assert response.error_codes == ("XDSRegistryError", "unreadable_code")
    assert "279035121518989" not in repr(response)


def test_warnings_are_no_errors() -> None:
    body = answers.registry_response("XDSExtraMetadataNotSaved", severity="Warning")
    response = registry.read_response(parse(body.encode()))
    assert len(response.errors) == 1
    assert response.error_codes == ()


def test_errors_are_bounded() -> None:
    body = answers.registry_response(*["XDSRegistryError"] * 500, status="Failure")
    assert len(registry.read_response(parse(body.encode())).errors) == 100


@pytest.mark.parametrize("body", ["<r/>", f'<RegistryResponse xmlns="{xds.RS}"/>'])
def test_bodies_that_are_no_registry_response(body: str) -> None:
    with pytest.raises(AnswerUnreadable):
        registry.read_response(parse(body.encode()))


@pytest.mark.parametrize(
    ("cxi", "expected"),
    [
        ("A^^^&1.2&ISO^k", ("A", "1.2", "k")),
        ("A^^^^k", ("A", "", "k")),
        ("A", ("A", "", "")),
        ("", ("", "", "")),
        ("A^^^X&1.2&ISO^k^more", ("A", "1.2", "k")),
    ],
)
def test_reference_ids(cxi: str, expected: tuple[str, str, str]) -> None:
    assert dataclasses.astuple(registry.read_reference_id(cxi)) == expected


@given(cxi=st.text(max_size=60))
def test_any_reference_id_reads(cxi: str) -> None:
    assert registry.read_reference_id(cxi).value == cxi.partition("^")[0]


GOOD = answers.query_response(answers.entry() + answers.entry(entry_uuid="urn:uuid:2")).encode()


@given(at=st.integers(0, 10_000), cut=st.integers(0, 60), put=st.binary(max_size=20))
def test_mutated_answers_raise_only_the_documented_error(at: int, cut: int, put: bytes) -> None:
    at %= len(GOOD)
    try:
        root = parse(GOOD[:at] + put + GOOD[at + cut :])
        registry.read_response(root)
        found = registry.read_entries(root)
    except (UnsafeXml, AnswerUnreadable):
        return
    assert all(entry.unique_id and entry.entry_uuid for entry in found)


MASKED = answers.query_response(
    listed(confidentiality=("N", "MASQUE_PS")) + listed(entry_uuid="urn:uuid:2")
).encode()


@given(at=st.integers(0, 10_000), cut=st.integers(0, 60), put=st.binary(max_size=20))
def test_a_mutated_list_never_shows_more_than_it_says(at: int, cut: int, put: bytes) -> None:
    at %= len(MASKED)
    gathering = registry.Gathering(EVERYTHING)
    try:
        found = gathering.finish(
            parse_taking([MASKED[:at] + put + MASKED[at + cut :]], registry.ENTRY, gathering.take)
        )
    except (UnsafeXml, AnswerUnreadable):
        return
    for entry in found.entries:
        assert entry.kind
        assert entry.state
        assert entry.confidentiality_codes
        assert entry.patient_id.startswith(f"{samples.INS.value}^^^&{samples.INS.oid}&ISO")


def test_a_published_entry_reads_back() -> None:
    root = parse(metadata.build(samples.submission_facts()))
    answer = parse(answers.query_response().encode())
    listed = answer.find(f"{{{xds.RIM}}}RegistryObjectList")
    assert listed is not None
    for element in root.iterfind(f".//{{{xds.RIM}}}ExtrinsicObject"):
        listed.append(element)
    manifest, signature = registry.read_entries(answer)
    assert manifest.unique_id == samples.MANIFEST
    assert manifest.sha1 == samples.submission_facts().manifest.sha1
    assert manifest.study_instance_uid == samples.STUDY
    assert [c.code for c in manifest.modalities] == ["US"]
    assert signature.type_code == Code("E1762", "ASTM", "Full Document")


@judges.needs_official
def test_the_official_entries_read() -> None:
    raw = (judges.OFFICIAL / "publication_v2.xml").read_bytes()
    start, end = raw.index(b"<soap:Envelope"), raw.index(b"</soap:Envelope>") + 16
    answer = parse(answers.query_response().encode())
    listed = answer.find(f"{{{xds.RIM}}}RegistryObjectList")
    assert listed is not None
    for element in parse(raw[start:end]).findall(f".//{{{xds.RIM}}}ExtrinsicObject"):
        listed.append(element)
    manifest, _ = registry.read_entries(answer)
    assert manifest.type_code is not None
    assert manifest.type_code.code == "IMG-KOS"
    assert [c.code for c in manifest.modalities] == ["MR"]
    assert [c.code for c in manifest.regions] == ["774007"]
    assert manifest.size == 8450
    assert manifest.accession is not None
    assert manifest.accession.authority == "1.2.840.113619.6.196"
    assert manifest.study_instance_uid.startswith("1.3.6.1.4.1.5962.99.1")
