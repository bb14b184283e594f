"""The site's judgement is the cloud's: same reader, same answers."""

from __future__ import annotations

import pytest

from agent.mllp import judging
from functions.drimbox.errors import MessageError, Refusal
from functions.drimbox.publication.inbox import message_id_of
from functions.drimbox.report.header import read_header
from functions.drimbox.wording.message_faults import MESSAGE_FAULTS
from tests.agent.scenes import report, said, without_document
from tests.fakes.memory import VirtualClock


def test_a_wrong_message_raises_the_cloud_s_fault() -> None:
    raw = without_document("1")
    with pytest.raises(MessageError, match="no OBX") as raised:
        judging.require_readable(raw, read_header(raw))
    assert raised.value.code == "document_missing"
    for form in ("ORU", "MDM", "OMI"):
        right = report("1", form=form)
        judging.require_readable(right, read_header(right))


@pytest.mark.parametrize(
    ("error", "is_circumstance"),
    [
        (judging.undeclared(), False),
        (judging.reused(), False),
        (judging.too_large(), False),
        (judging.gateway_refuses(), False),
        (judging.fault(), True),
        (judging.no_room(), True),
        (judging.gateway_away(), True),
        (judging.not_admitted(), True),
    ],
)
def test_each_refusal_says_whether_the_message_or_the_moment_is_wrong(
    error: MessageError, is_circumstance: bool
) -> None:
    assert isinstance(error, Refusal) is is_circumstance
    assert error.code in MESSAGE_FAULTS
    code = "AR" if is_circumstance else "AE"
    ack = judging.answer(
        read_header(report("1")),
        code,  # type: ignore[arg-type]  # one of the three
        tenant="demo",
        at=VirtualClock().now(),
        error=error,
    )
    assert said(ack) == (code, "1", error.code)


def test_the_acknowledgement_is_named_as_the_cloud_names_its_own() -> None:
    header = read_header(report("1"))
    ack = judging.answer(header, "AA", tenant="demo", at=VirtualClock().now())
    assert f"|A{message_id_of('demo', header)[:19]}|".encode() in ack
    assert judging.sender_of(header) == ("DRIM_RIS", "AMBROISE")
