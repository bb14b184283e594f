"""functions.drimbox.feed_check.holds: every reason at once, whatever becomes of the message now."""

from __future__ import annotations

from dataclasses import replace

import pytest

from functions.drimbox.errors import Held
from functions.drimbox.feed_check.check import Check
from functions.drimbox.feed_check.holds import Hold
from functions.drimbox.feed_check.turn import ENDS
from functions.drimbox.publication.receive import Desk, receive
from functions.drimbox.publication.record import Admission
from functions.drimbox.report.requested_action import Action
from functions.drimbox.tenants.model import Sender, SenderPolicy
from tests.drimbox.feed_check.scenes import HOLDS, SITE, check, person
from tests.drimbox.report.build import (
    PARTS,
    STUDY,
    cda,
    exam,
    message,
    organisation,
    professional,
)
from tests.fakes.memory import MemoryAudit, MemoryBlobs, MemoryQueue, MemoryRefused, VirtualClock
from tests.fakes.world import ISSUER, SUBJECT

# A PRT-8 of another structure, an undeclared signatory, a refused cumulation, two absent facts.
WRONG = {
    "document": cda(
        legal_authenticator=person(organisation(number="1750803448")),
        exams=exam(period="<effectiveTime/>", performer=""),
    ),
    "flags": {"MASQUE_PS": "Y", "INVISIBLE_PATIENT": "Y"},
}
STRICT = replace(SITE, masking_cumulation=False)
ALL = [
    "structure_mismatch",
    "masking_conflict",
    "no_certificate_for_structure",
    "incomplete_report",
    "incomplete_report",
]


def told(found: Check) -> list[str]:
    return [one.held.code for one, _ in found.publication.holds]


def wrong(**more: dict[int, str]) -> bytes:
    return message(document=WRONG["document"], flags=WRONG["flags"], **more)  # type: ignore[arg-type]


def test_every_reason_is_told_at_once() -> None:
    found = check(wrong(), tenant=STRICT)
    assert told(found) == ALL
    assert [one.held.detail for one, _ in found.publication.holds][-2:] == [
        "effectiveTime/low (serviceStartTime) is missing",
        "standardIndustryClassCode (practiceSettingCode) is missing",
    ]
    (study,) = found.publication.studies
    assert study.hold is not None
    assert study.hold.code == ALL[0], "the workflow stops at the first one"
    assert all(uids == (STUDY,) for _, uids in found.publication.holds)
    assert all(one.held.__traceback__ is None for one, _ in found.publication.holds)


@pytest.mark.parametrize("end", sorted(ENDS))
def test_a_report_that_changes_nothing_hides_none(
    monkeypatch: pytest.MonkeyPatch, end: Admission
) -> None:
    """A wrong PRT-8 of a report that was sent again unchanged was not told."""
    monkeypatch.setattr("functions.drimbox.feed_check.check.foresee", lambda *_: end)
    found = check(wrong(), tenant=STRICT)
    assert found.publication.unpublished == str(end)
    assert found.publication.studies == ()
    assert told(found) == ALL


def test_neither_other_faults_nor_an_earlier_reception_hide_one() -> None:
    found = check(wrong(PID={32: "PROV"}, MSH={3: "OTHER"}), tenant=STRICT)
    assert [one.code for one in found.faults] == ["undeclared_sender", "identity_not_qualified"]
    assert told(found) == ALL
    inbox, raw = MemoryBlobs(), wrong()
    desk = Desk(STRICT, inbox, MemoryQueue(), MemoryAudit(), VirtualClock(), MemoryRefused())
    receive(raw, SUBJECT, desk)
    found = check(raw, tenant=STRICT, inbox=inbox)
    assert (found.publication.unpublished, told(found)) == ("already_received", ALL)


def test_a_message_that_is_never_published_is_held_for_nothing() -> None:
    ignoring = Sender("RIS", "SITE", SUBJECT, ISSUER, SenderPolicy.IGNORE)
    assert told(check(wrong(), tenant=replace(STRICT, senders=(ignoring,)))) == []
    flags = {"DESTDMP": "N"}
    for more in ({}, {"PID": {32: "PROV"}}):
        assert told(check(message(document=cda(), flags=flags, **more))) == []  # type: ignore[arg-type]


def test_a_withdrawal_needs_no_submission() -> None:
    found = check(wrong(ORC={1: "CA"}, OBX={11: "D"}), tenant=STRICT)
    assert found.reading.action is Action.WITHDRAW
    assert told(found) == ["structure_mismatch", "no_certificate_for_structure"]


def test_each_study_has_its_own_reasons() -> None:
    exams = exam(f'<id root="{STUDY}.6"/>') + exam(
        f'<id root="{STUDY}.7"/>', period="<effectiveTime/>"
    )
    document = cda(exams=exams, legal_authenticator=person(organisation(number="1750803448")))
    found = check(message(document=document, drop=("PRT",)))
    assert [(one.held.code, uids) for one, uids in found.publication.holds] == [
        ("no_certificate_for_structure", (f"{STUDY}.6", f"{STUDY}.7")),
        ("incomplete_report", (f"{STUDY}.7",)),
    ]


def test_a_structure_tells_the_value_read_and_the_accepted_ones() -> None:
    raw, tenant, _ = HOLDS["PRT-8 of another structure"]
    ((hold, _),) = check(raw, tenant=tenant).publication.holds
    assert hold.accepted is not None
    assert (hold.value, hold.accepted.en) == ("1750803447", "1750803448")
    assert hold.location == "PRT-8.10 (SB)"
    raw, tenant, _ = HOLDS["an undeclared structure"]
    ((hold, _),) = check(raw, tenant=tenant).publication.holds
    assert hold.accepted is not None
    assert (hold.value, hold.accepted.en) == ("1750803448", SITE.structures[0].id)


def test_a_correction_and_a_cumulation_tell_the_accepted_values() -> None:
    flags: dict[str, str | None] = {"DESTDMP": "N", "MASQUE_PS": "Y"}
    raw = message(ORC={1: "RO"}, OBX={11: "C"}, flags=flags)
    correction, cumulation = (one for one, _ in check(raw, tenant=STRICT).publication.holds)
    assert correction.accepted is not None
    assert cumulation.accepted is not None
    assert (correction.held.code, correction.value) == ("correction_not_shared", "DESTDMP N, N")
    assert (cumulation.held.code, cumulation.value) == (
        "masking_conflict",
        "MASQUE_PS Y, INVISIBLE_PATIENT Y",
    )
    restricted = cda(confidentiality=PARTS["confidentiality"].replace('"N"', '"R"'))
    ((hold, _),) = check(
        message(ORC={1: "RO"}, OBX={11: "C"}, document=restricted)
    ).publication.holds
    assert hold.value == "DESTDMP Y, R"


def test_a_message_without_prt_is_published_under_the_structure_of_the_cda() -> None:
    """PRT-8 is compared where it is there: the CDA's legal authenticator alone chooses."""
    found = check(message(drop=("PRT",)))
    assert told(found) == []
    assert found.publication.structure == SITE.structures[0]
    identity = found.publication.identity
    assert identity is not None
    assert identity.sender is None
    identity = check(message()).publication.identity
    assert identity is not None
    assert identity.sender is not None
    assert identity.sender.structure_id == SITE.structures[0].id


def test_no_value_stands_in_its_text_form() -> None:
    assert (
        repr(Hold(Held("structure_mismatch"), value="1750803448")) == "Hold('structure_mismatch')"
    )


def test_a_signatory_without_profession_lacks_a_fact() -> None:
    signed = (
        "<legalAuthenticator><assignedEntity>"
        + professional(code="X")
        + "</assignedEntity></legalAuthenticator>"
    )
    ((hold, _),) = check(message(document=cda(legal_authenticator=signed))).publication.holds
    assert (hold.held.code, hold.held.detail) == ("incomplete_report", "profession is missing")
    assert (hold.value, hold.accepted) == (None, None)
