"""The feed check: the receiver's very answer, all faults, the publication that would follow."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.drimbox.errors import NotHl7, StorageUnavailable
from functions.drimbox.feed_check.check import Check, Publication
from functions.drimbox.feed_check.facts import describe
from functions.drimbox.feed_check.turn import ENDS
from functions.drimbox.pages.check.answer import HTML, JSON, Form, write
from functions.drimbox.pages.check.result_page import result_page
from functions.drimbox.publication.receive import Desk, Reception, receive
from functions.drimbox.publication.record import Admission
from functions.drimbox.report.requested_action import Action
from functions.drimbox.tenants.model import Sender, SenderPolicy, Tenant
from simulators.ris.cases import CASES
from simulators.ris.messages import message as of_case
from tests.drimbox.feed_check.scenes import HOLDS, SITE, UNPUBLISHED, check, order_change
from tests.drimbox.report.bad_messages import BAD
from tests.drimbox.report.build import (
    IPP_OID,
    STUDY,
    Segments,
    cda,
    exam,
    message,
    order,
    patient,
)
from tests.fakes.memory import (
    MemoryAudit,
    MemoryBlobs,
    MemoryQueue,
    MemoryRefused,
    VirtualClock,
)
from tests.fakes.world import ISSUER, SUBJECT, TENANT, World, case
from tests.fakes.world import SENDER as DECLARED


@dataclass
class Watched(MemoryBlobs):
    """An inbox that tells what it is asked."""

    asked: list[str] = field(default_factory=list)

    def get(self, key: str) -> bytes | None:
        self.asked.append(f"get {key.partition('/')[0]}")
        return super().get(key)

    def put_once(self, key: str, data: bytes, content_type: str = "") -> bool:
        self.asked.append("put")
        return super().put_once(key, data, content_type)


def received(
    raw: bytes, *, tenant: Tenant = SITE, inbox: MemoryBlobs | None = None, subject: str = SUBJECT
) -> Reception | None:
    """The receiver's present answer; None where it cannot acknowledge."""
    copy = MemoryBlobs(dict(inbox.objects) if inbox else {})
    desk = Desk(tenant, copy, MemoryQueue(), MemoryAudit(), VirtualClock(), MemoryRefused())
    try:
        return receive(raw, subject, desk)
    except NotHl7:
        return None


def same_answer(raw: bytes, found: Check, answer: Reception | None) -> None:
    if answer is None:
        assert (found.answer.status, found.answer.code, found.answer.ack) == (400, "", b"")
        assert [fault.code for fault in found.faults] == ["not_hl7"]
        return
    assert (found.answer.code, found.answer.ack) == (answer.code, answer.ack)
    assert found.answer.status == 200
    assert bool(found.faults) is (answer.code != "AA")
    assert [fault.answered for fault in found.faults] == [n == 0 for n in range(len(found.faults))]
    assert bool(found.publication.studies) <= (answer.code == "AA")


# --- the answer ---


def test_a_good_message_is_accepted_and_nothing_is_stored() -> None:
    raw, inbox = message(), Watched()
    found = check(raw, inbox=inbox)
    same_answer(raw, found, received(raw))
    assert found.answer.code == "AA"
    assert inbox.objects == {}
    assert "put" not in inbox.asked


@pytest.mark.parametrize("name", BAD)
def test_a_wrong_message_has_the_receivers_answer_and_its_fault_first(name: str) -> None:
    raw, code, location, condition, application_code = BAD[name]
    found = check(raw)
    same_answer(raw, found, received(raw))
    first = found.faults[0]
    assert (first.code, first.location, first.condition, first.application_code) == (
        code,
        location,
        condition,
        application_code,
    )
    assert first.detail
    assert found.publication.unpublished == "not_accepted"


def test_the_answered_fault_is_the_readers_own() -> None:
    raw = message(PID={32: "PROV"}, ORC={1: "RO"})
    answered, other = check(raw).faults
    error, _ = check(raw).reading.faults
    assert (answered.code, answered.detail) == (error.code, error.detail)
    assert (other.code, other.location, other.answered) == (
        "action_disagreement",
        "OBX^1^11",
        False,
    )


def test_an_undeclared_sender_learns_what_else_is_wrong() -> None:
    raw = message(MSH={3: "OTHER"}, PID={32: "PROV"})
    found = check(raw)
    same_answer(raw, found, received(raw))
    assert [(fault.code, fault.location) for fault in found.faults] == [
        ("undeclared_sender", "MSH^1^3"),
        ("identity_not_qualified", "PID^1^32"),
    ]
    assert found.answer.code == "AE"
    assert check(message(), subject="CN=other,C=FR").answer.code == "AE"


def test_an_earlier_message_is_seen_and_not_touched() -> None:
    raw, inbox = message(), MemoryBlobs()
    receive(
        raw,
        SUBJECT,
        Desk(SITE, inbox, MemoryQueue(), MemoryAudit(), VirtualClock(), MemoryRefused()),
    )
    before = dict(inbox.objects)
    found = check(raw, inbox=inbox)
    same_answer(raw, found, received(raw, inbox=inbox))
    assert (found.answer.code, found.publication.unpublished) == ("AA", "already_received")
    other = message(PRT={5: "801234564895^AUTRE^Nom"})
    found = check(other, inbox=inbox)
    same_answer(other, found, received(other, inbox=inbox))
    assert found.faults[0].code == "control_id_reused"
    assert inbox.objects == before


def test_a_storage_that_fails_gives_the_answer_of_that() -> None:
    class Down(MemoryBlobs):
        def get(self, key: str) -> bytes | None:
            raise StorageUnavailable("s3 get: SlowDown")

    found = check(message(), inbox=Down())
    assert (found.answer.code, found.faults[0].code) == ("AR", "storage_unavailable")


def test_a_change_of_images_is_read_as_the_receiver_reads_it() -> None:
    raw = order_change()
    found = check(raw)
    same_answer(raw, found, received(raw))
    assert (found.answer.code, found.publication.unpublished) == ("AA", "order_change")
    assert found.order_change is not None
    assert found.order_change.studies == (STUDY,)
    left_out = replace(SITE, senders=(Sender("RIS", "SITE", SUBJECT, ISSUER, SenderPolicy.IGNORE),))
    assert check(raw, tenant=left_out).publication.unpublished == "ignored_sender"


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ({"IPC": {3: ""}}, ["study_missing"]),
        ({"IPC": {3: "x"}}, ["study_uid"]),
        (
            {"MSH": {3: "OTHER"}, "PID": {32: "PROV"}},
            ["undeclared_sender", "identity_not_qualified"],
        ),
        (
            {"MSH": {10: ""}, "PID": {3: "", 31: "Y", 32: "PROV"}, "IPC": {3: "x"}},
            [
                "control_id_missing",
                "ins_missing",
                "identity_not_qualified",
                "identity_not_qualified",
                "study_uid",
            ],
        ),
    ],
)
def test_a_wrong_change_of_images_has_its_own_faults(
    fields: dict[str, dict[int, str]], codes: list[str]
) -> None:
    raw = order_change(**fields)
    found = check(raw)
    same_answer(raw, found, received(raw))
    assert [fault.code for fault in found.faults] == codes
    assert found.order_change is None


@pytest.mark.parametrize(
    ("declared", "codec"),
    [("8859/15", "iso8859-15"), ("8859/1", "iso8859-1"), ("UNICODE UTF-8", "utf-8")],
)
def test_the_answer_is_read_in_its_own_character_set(declared: str, codec: str) -> None:
    raw = message(MSH={3: "RÏS", 18: declared}, encoding=codec)
    found = check(raw)
    same_answer(raw, found, received(raw))
    assert found.faults[0].code == "undeclared_sender"


def test_the_answer_is_read_with_its_own_delimiters() -> None:
    raw = message(MSH={3: "OTHER"}).replace(b"|", b"!").replace(b"^", b"$")
    found = check(raw)
    same_answer(raw, found, received(raw))
    assert (found.faults[0].code, found.faults[0].location) == ("undeclared_sender", "MSH^1^3")


# --- expected publications ---


def test_the_expected_publication_of_a_nominal_message() -> None:
    publication = check(message(flags={"MASQUE_PS": "Y"})).publication
    assert publication.unpublished == ""
    assert publication.structure == SITE.structures[0]
    assert [code.code for code in publication.confidentiality] == [
        "N",
        "MASQUE_PS",
        "INVISIBLE_PATIENT",
    ]
    (study,) = publication.studies
    assert study.study_instance_uid == STUDY
    assert [code.code for code in study.event_codes] == ["24727-0", "CT", "774007"]
    ((accession, values),) = study.references
    assert accession == "ACN103"
    assert values[1] == f"{STUDY}^^^^urn:ihe:iti:xds:2016:studyInstanceUID"
    assert values[0].startswith("ACN103^^^&1.2.250.1.925.994044.27&ISO^")
    assert study.hold is None


def test_every_study_is_there_once_with_every_order() -> None:
    document = cda(
        orders=order("OPN1", "ACN1") + order("OPN2", "ACN2"),
        exams=exam(f'<id root="{STUDY}.6"/><id root="{STUDY}.7"/>')
        + exam(f'<id root="{STUDY}.7"/>'),
    )
    studies = check(message(document=document)).publication.studies
    assert [study.study_instance_uid for study in studies] == [f"{STUDY}.6", f"{STUDY}.7"]
    assert [[one for one, _ in study.references] for study in studies] == [["ACN1", "ACN2"]] * 2


def two_studies(monkeypatch: pytest.MonkeyPatch, *turns: Admission, **parts: str) -> Publication:
    """The publication foreseen for a report on two studies that have these turns."""
    left = iter(turns)
    monkeypatch.setattr("functions.drimbox.feed_check.check.foresee", lambda *_: next(left))
    ids = f'<id root="{STUDY}.6"/><id root="{STUDY}.7"/>'
    return check(message(document=cda(exams=exam(ids, **parts)))).publication


@pytest.mark.parametrize("first", sorted(ENDS))
@pytest.mark.parametrize("second", sorted(ENDS))
def test_nothing_is_foreseen_where_each_study_ends_in_its_own_way(
    monkeypatch: pytest.MonkeyPatch, first: Admission, second: Admission
) -> None:
    found = two_studies(monkeypatch, first, second)
    assert (found.unpublished, found.studies) == (str(first), ())


@pytest.mark.parametrize("end", sorted(ENDS))
def test_a_study_that_would_not_change_is_not_among_those_that_would(
    monkeypatch: pytest.MonkeyPatch, end: Admission
) -> None:
    # Without a start a report is held: the study that ends before has no such hold.
    turns = end, Admission.CONTINUE
    found = two_studies(monkeypatch, *turns, period="<effectiveTime/>")
    assert found.unpublished == ""
    (study,) = found.studies
    assert study.study_instance_uid == f"{STUDY}.7"
    assert study.hold is not None


@pytest.mark.parametrize("name", HOLDS)
def test_a_hold_that_the_report_alone_tells_is_foreseen(name: str) -> None:
    raw, tenant, reason = HOLDS[name]
    found = check(raw, tenant=tenant)
    assert found.answer.code == "AA"
    (study,) = found.publication.studies
    assert study.hold is not None
    assert study.hold.code == reason
    assert study.hold.__traceback__ is None


@pytest.mark.parametrize("name", UNPUBLISHED)
def test_an_accepted_message_that_is_not_published_says_why(name: str) -> None:
    raw, tenant, reason = UNPUBLISHED[name]
    found = check(raw, tenant=tenant)
    assert found.answer.code == "AA"
    assert (found.publication.unpublished, found.publication.studies) == (reason, ())


@pytest.mark.parametrize("name", sorted(CASES))
def test_it_foresees_what_becomes_of_the_official_cases(name: str) -> None:
    """Sent for real, with its study in the PACS: the forecast comes true."""
    world = World()
    one = case(name)
    raw = of_case(one, sender=DECLARED, control_id="1", at=world.clock.now())
    found = check(raw, tenant=TENANT)
    try:
        world.archive_study(one)
        reception = world.resend(raw)
        assert (found.answer.code, found.answer.ack) == (reception.code, reception.ack)
        world.work()
    finally:
        world.close()
    if reception.code != "AA":
        assert world.log.entries == {}
        return
    entry = world.entry(reception.message_id)
    assert found.publication.unpublished == entry.ignored
    assert {study.study_instance_uid for study in found.publication.studies} == set(entry.studies)
    if found.reading.action is not Action.WITHDRAW:
        for study in found.publication.studies:
            if study.hold is not None:
                assert entry.studies[study.study_instance_uid].reason == study.hold.code


# --- any bytes ---


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_any_bytes_have_the_receivers_answer(raw: bytes) -> None:
    found = check(raw)
    same_answer(raw, found, received(raw))
    for media_type in (JSON, HTML):
        assert write(describe(found), result_page, Form(media_type, "fr")).body


GOOD = (message(), message("MDM"))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_message_has_the_receivers_answer(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from(GOOD)))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    found = check(bytes(raw))
    same_answer(bytes(raw), found, received(bytes(raw)))
    for media_type in (JSON, HTML):
        assert write(describe(found), result_page, Form(media_type, "en")).body


ODD = st.text('|^~\\&NYFABX0.X12"é<>', max_size=10)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["MSH", "PID", "ORC", "OBR", "TXA", "OBX", "PRT"]),
    st.integers(3, 32),
    ODD,
    st.sampled_from(["UNICODE UTF-8", "8859/15", ""]),
)
def test_any_field_may_be_odd(name: str, number: int, value: str, encoding: str) -> None:
    def edit(segments: Segments) -> None:
        for place, at, text in (("MSH", 18, encoding), (name, number, value)):
            target = next(segment for segment in segments if segment[0] == place)
            target += [""] * (at + 1 - len(target))
            target[at] = text

    codec = "iso8859-15" if encoding.startswith("8859") else "utf-8"
    raw = message("MDM", encoding=codec, edit=edit)
    found = check(raw)
    same_answer(raw, found, received(raw))
    assert write(describe(found), result_page, Form(JSON, "fr")).body


def test_no_patient_in_its_text_form() -> None:
    found = check(message(document=cda(patient=patient())))
    for secret in ("279035121518989", "PAT-TROIS", IPP_OID):
        assert secret not in repr(found)
