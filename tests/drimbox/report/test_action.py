"""ORC-1, OBX-11, the event and TXA say one action, or the message is refused."""

from __future__ import annotations

import itertools

import pytest

from functions.drimbox.errors import MessageError, Refusal
from functions.drimbox.report.action import require_supported
from functions.drimbox.report.reading import read_header, read_report
from functions.drimbox.report.requested_action import Action
from tests.drimbox.report.build import DOCUMENT, Segments, cda, message

PARENT = "1.2.250.1.213.4.5.4.407"
RELATED = (
    f'<relatedDocument typeCode="RPLC"><parentDocument><id root="{PARENT}"/>'
    "</parentDocument></relatedDocument>"
)
GOOD = {
    ("NW", "F", "T02"): Action.PUBLISH,
    ("RO", "C", "T10"): Action.REPLACE,
    ("CA", "D", "T04"): Action.WITHDRAW,
}


def refused(raw: bytes) -> MessageError:
    with pytest.raises(MessageError) as caught:
        read_report(raw)
    return caught.value


def mdm(
    control: str, status: str, event: str, parent: str = "", document: bytes | None = None
) -> bytes:
    return message(
        "MDM",
        document=document,
        MSH={9: f"MDM^{event}^MDM_T02"},
        ORC={1: control},
        OBX={11: status},
        TXA={12: DOCUMENT, 13: parent},
    )


@pytest.mark.parametrize(
    ("control", "status", "event"),
    list(itertools.product(["NW", "RO", "CA"], ["F", "C", "D"], ["T02", "T10", "T04"])),
)
def test_every_combination_of_an_mdm(control: str, status: str, event: str) -> None:
    raw = mdm(control, status, event, PARENT if control == "RO" else "")
    action = GOOD.get((control, status, event))
    if action:
        assert read_report(raw).action is action
        return
    error = refused(raw)
    status_agrees = any(key[:2] == (control, status) for key in GOOD)
    assert error.code == "action_disagreement"
    assert error.location == ("MSH^1^9" if status_agrees else "OBX^1^11")
    assert error.condition == 199


@pytest.mark.parametrize(
    ("control", "status"), list(itertools.product(["NW", "RO", "CA"], ["F", "C", "D"]))
)
def test_every_combination_of_an_oru(control: str, status: str) -> None:
    raw = message(ORC={1: control}, OBX={11: status})
    action = {key[:2]: action for key, action in GOOD.items()}.get((control, status))
    if action:
        assert read_report(raw).action is action
    else:
        assert refused(raw).location == "OBX^1^11"


@pytest.mark.parametrize(
    ("raw", "code", "location", "condition"),
    [
        (message(ORC={1: ""}), "action_missing", "ORC^1^1", 101),
        (message(ORC={1: "SC"}), "action_unknown", "ORC^1^1", 103),
        (message(OBX={11: ""}), "action_missing", "OBX^1^11", 101),
        (message(OBX={11: "P"}), "action_disagreement", "OBX^1^11", 199),
        (message("MDM", drop=("TXA",)), "segment_missing", "TXA^1", 100),
        (message("MDM", TXA={12: ""}), "document_number_missing", "TXA^1^12", 101),
        (mdm("RO", "C", "T10"), "parent_document_missing", "TXA^1^13", 101),
        (mdm("NW", "F", "T02", PARENT), "action_disagreement", "TXA^1^13", 199),
        (mdm("CA", "D", "T04", f"^^{PARENT}^ISO"), "action_disagreement", "TXA^1^13", 199),
    ],
)
def test_missing_or_unknown_actions(raw: bytes, code: str, location: str, condition: int) -> None:
    error = refused(raw)
    assert (error.code, error.location, error.condition) == (code, location, condition)


def test_a_second_order_must_say_the_same() -> None:
    def repeat(control: str) -> bytes:
        def edit(segments: Segments) -> None:
            segments.append(["ORC", control])

        return message(edit=edit)

    assert read_report(repeat("NW")).action is Action.PUBLISH
    error = refused(repeat("CA"))
    assert (error.code, error.location) == ("action_disagreement", "ORC^2^1")


@pytest.mark.parametrize(
    ("number", "identifier"),
    [
        (DOCUMENT, f'<id root="{DOCUMENT}"/>'),
        (f"^^{DOCUMENT}^ISO", f'<id root="{DOCUMENT}"/>'),
        (f"58132^^{DOCUMENT}^ISO", f'<id root="{DOCUMENT}" extension="58132"/>'),
    ],
)
def test_txa_12_is_the_id_of_the_document(number: str, identifier: str) -> None:
    document = cda(id=identifier)
    raw = message("MDM", document=document, TXA={12: number})
    assert read_report(raw).document.id.root == DOCUMENT


@pytest.mark.parametrize("number", [f"{DOCUMENT}.1", f"58132^^{DOCUMENT}^ISO"])
def test_txa_12_of_another_document_is_refused(number: str) -> None:
    error = refused(message("MDM", TXA={12: number}))
    assert (error.code, error.location, error.condition) == (
        "document_id_mismatch",
        "TXA^1^12",
        199,
    )


def test_txa_13_and_related_document_name_the_same_parent() -> None:
    document = cda(related=RELATED, version='<versionNumber value="2"/>')
    replaces = read_report(mdm("RO", "C", "T10", PARENT, document)).document.replaces
    assert replaces is not None
    assert replaces.root == PARENT
    error = refused(mdm("RO", "C", "T10", f"{PARENT}.1", document))
    assert (error.code, error.location, error.application_code) == (
        "parent_id_mismatch",
        "TXA^1^13",
        "900",
    )


@pytest.mark.parametrize(
    ("event", "condition"),
    [
        ("OMI^O23^OMI_O23", 200),
        ("ADT^A01", 200),
        ("ACK", 200),
        ("ORU^R30", 201),
        ("MDM^T01", 201),
        ("MDM^T08^MDM_T02", 201),
        ("ORU", 201),
    ],
)
def test_types_and_events_without_report_are_unsupported(event: str, condition: int) -> None:
    with pytest.raises(MessageError) as caught:
        require_supported(read_header(message(MSH={9: event})))
    assert (caught.value.code, caught.value.location, caught.value.condition) == (
        "unsupported_action",
        "MSH^1^9",
        condition,
    )
    assert not isinstance(caught.value, Refusal), "to send it again changes nothing: AE"


@pytest.mark.parametrize("event", ["ORU^R01", "MDM^T02", "MDM^T04", "MDM^T10"])
def test_a_header_alone_does_not_say_that_an_action_is_unsupported(event: str) -> None:
    header = read_header(message(MSH={9: event}))
    require_supported(header)
    assert header.event[:2] == tuple(event.split("^"))
