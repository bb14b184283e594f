"""functions.drimbox.publication.messages: five kinds of messages, one way to load them."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydicom.dataset import Dataset

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.identity.ins import Ins
from functions.drimbox.manifest.read import ManifestUnreadable
from functions.drimbox.oid import Uid
from functions.drimbox.publication.inbox import message_key, note_id_of, note_key
from functions.drimbox.publication.message_entry import MessageKind
from functions.drimbox.publication.messages import (
    ImageChange,
    OrderChangeMessage,
    RejectionNoteMessage,
    RepairMessage,
    ReportMessage,
    WithdrawalMessage,
    load,
    repair_sender,
)
from functions.drimbox.publication.overrides import Override, override_key
from functions.drimbox.publication.withdrawal_order import WithdrawalOrder, withdrawal_key
from functions.drimbox.report.order_change import write_order_change
from simulators.pacs.studies import rejection_note
from simulators.ris.messages import message
from tests.fakes.world import CT_IMAGE, SENDER, TENANT, World, case

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
REPORT = case("C")
STUDY = Uid(REPORT.studies[0])
OTHER = Uid("1.2.3.4")


def kept(world: World, raw: bytes, message_id: str = "f" * 32) -> str:
    """The message is in the inbox under that identifier."""
    world.inbox.objects[message_key(message_id)] = raw
    return message_id


def order_of(world: World, who: tuple[str, str]) -> bytes:
    """An order change of that sender."""
    patient: Ins = reported(world).report.document.patient.ins
    at = AT.astimezone(ZoneInfo("Europe/Paris"))
    return write_order_change(study=STUDY, patient=patient, who=who, control_id="1", at=at)


def note(title: str = "113001") -> bytes:
    """The PACS's note on an image of the study."""
    image, written = Dataset(), BytesIO()
    image.SOPClassUID, image.SeriesInstanceUID = CT_IMAGE, f"{STUDY}.1"
    image.SOPInstanceUID = f"{STUDY}.1.3"
    (study,) = REPORT.archived_studies()
    rejection_note(study, [image], "113001", 1).save_as(written, enforce_file_format=True)
    return written.getvalue().replace(b"113001", title.encode())


def reported(world: World, override: int = 0) -> ReportMessage:
    """The report, loaded."""
    raw = message(REPORT, "ORU", sender=SENDER, control_id="1", at=AT)
    found = load(world.site, kept(world, raw, "a" * 32), override)
    assert isinstance(found, ReportMessage)
    return found


def test_a_report_is_read_as_it_came(world: World) -> None:
    found = reported(world)
    assert (found.kind, found.override) == (MessageKind.REPORT, None)
    assert [exam.study_instance_uid for exam in found.report.document.exams] == [STUDY]
    assert (found.header.sending_application, found.header.sending_facility) == SENDER
    assert not isinstance(found, ImageChange)


def test_a_report_is_taken_with_the_override_that_is_asked_for(world: World) -> None:
    override = Override(2, "operator-1", AT, {STUDY: OTHER}, ("OTHER", "RIS"))
    world.inbox.objects[override_key("a" * 32, 2)] = override.encode()
    found = reported(world, 2)
    assert found.override == override
    assert [exam.study_instance_uid for exam in found.report.document.exams] == [OTHER]
    assert found.report.header.sending_application == "OTHER"
    assert found.header.sending_application == SENDER[0], "the sender as it came"
    assert reported(world).report.document.exams[0].study_instance_uid == STUDY
    with pytest.raises(StorageUnavailable):
        reported(world, 3)


@pytest.mark.parametrize(
    ("who", "kind", "shape"),
    [
        (SENDER, MessageKind.ORDER_CHANGE, OrderChangeMessage),
        (repair_sender(TENANT), MessageKind.REPAIR, RepairMessage),
        (("DRIMBOX", "other"), MessageKind.ORDER_CHANGE, OrderChangeMessage),
    ],
)
def test_an_order_change_is_the_site_s_or_our_own(
    world: World, who: tuple[str, str], kind: MessageKind, shape: type[Any]
) -> None:
    found = load(world.site, kept(world, order_of(world, who)))
    assert type(found) is shape
    assert isinstance(found, ImageChange)
    assert (found.kind, found.studies, found.cancelled) == (kind, (STUDY,), False)
    assert found.patient == reported(world).report.document.patient.ins


def test_a_rejection_note_names_studies_and_no_patient(world: World) -> None:
    note_id = note_id_of("demo", Uid("1.2.3"))
    world.inbox.objects[note_key(note_id)] = note()
    found = load(world.site, note_id)
    assert isinstance(found, RejectionNoteMessage)
    assert isinstance(found, ImageChange)
    assert (found.kind, found.studies) == (MessageKind.REJECTION_NOTE, (STUDY,))
    assert (found.patient, found.cancelled) == (None, False)


def test_a_note_whose_title_is_no_rejection_is_an_error(world: World) -> None:
    note_id = note_id_of("demo", Uid("1.2.3"))
    world.inbox.objects[note_key(note_id)] = note(title="113000")
    with pytest.raises(ManifestUnreadable):
        load(world.site, note_id)


def test_a_withdrawal_is_the_operator_s_order(world: World) -> None:
    order = WithdrawalOrder(STUDY, f"{STUDY}/m-1", "operator-1", AT)
    order_id = order.message_id("demo")
    world.inbox.objects[withdrawal_key(order_id)] = order.encode()
    assert load(world.site, order_id) == WithdrawalMessage(order)
    assert WithdrawalMessage(order).kind is MessageKind.WITHDRAWAL


def test_a_message_that_is_not_there_is_waited_for(world: World) -> None:
    with pytest.raises(StorageUnavailable):
        load(world.site, "f" * 32)
