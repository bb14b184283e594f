"""OMI^O23: which studies to look at again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.errors import MessageError, NotHl7
from functions.drimbox.identity.ins import Ins
from functions.drimbox.oid import Oid, Uid
from functions.drimbox.report.order_change import (
    is_order_change,
    read_order_change,
    write_order_change,
)
from functions.drimbox.report.reading import read_header
from simulators.ris.cases import CASES
from simulators.ris.messages import message

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def omi(name: str = "W", **changes: str) -> bytes:
    raw = message(CASES[name], "OMI", control_id="1", at=AT)
    for old, new in changes.items():
        assert old.encode() in raw, old
        raw = raw.replace(old.encode(), new.encode())
    return raw


def test_it_names_its_studies_and_its_patient() -> None:
    case = CASES["F"]
    found = read_order_change(omi("F"))
    assert found.studies == case.studies
    assert (found.patient.value, found.patient.oid) == (case.ins, case.ins_oid)
    assert found.header.event == ("OMI", "O23", "OMI_O23")
    assert case.ins not in repr(found)
    assert found.cancelled
    assert not read_order_change(omi("F", **{"ORC|CA|": "ORC|NW|"})).cancelled
    assert not read_order_change(omi("F", **{"ORC|CA|": "ORC|NW|\rORC|CA|"})).cancelled
    assert not read_order_change(omi("F", **{"ORC|": "ZRC|"})).cancelled


def test_a_study_that_is_named_twice_is_one() -> None:
    first, second = CASES["F"].studies
    assert read_order_change(omi("F", **{second: first})).studies == (first,)


@pytest.mark.parametrize(
    ("changes", "code", "location"),
    [
        ({"IPC|": "ZPC|"}, "segment_missing", "IPC"),
        ({f"|{CASES['W'].studies[0]}|": "||"}, "study_missing", "IPC^1^3"),
        ({f"|{CASES['W'].studies[0]}|": "|1.2.x|"}, "study_uid", "IPC^1^3"),
        ({"|1|P|2.5.1": "||P|2.5.1"}, "control_id_missing", "MSH^1^10"),
        ({"PID|": "ZID|"}, "segment_missing", "PID"),
        ({CASES["W"].ins: "279035121518900"}, "ins_invalid", "PID^1^3"),
        ({"|VALI": "|PROV"}, "identity_not_qualified", "PID^1^32"),
        ({"|VALI": "|VALI~PROV"}, "identity_not_qualified", "PID^1^32"),
        ({"ORC|CA|": "ORC|CA~NW|"}, "field_repeated", "ORC^1^1"),
        ({f"|{CASES['W'].studies[0]}|": "|1.2.3~1.2.4|"}, "field_repeated", "IPC^1^3"),
    ],
)
def test_a_fault_is_named(changes: dict[str, str], code: str, location: str) -> None:
    with pytest.raises(MessageError) as caught:
        read_order_change(omi(**changes))
    assert caught.value.code == code
    assert caught.value.location.startswith(location)


def test_a_retired_ins_and_a_former_identifier_are_no_fault() -> None:
    former = (
        "|1^^^ASIP-SANTE-INS-C&1.2.250.1.213.1.4.2&ISO^INS-C"
        "~180017500000151^^^X&1.2.250.1.213.1.4.9&ISO^INS^^20200101^20211231~"
    )
    changed = omi(**{f"|{CASES['W'].ins}^": f"{former}{CASES['W'].ins}^"})
    assert read_order_change(changed).patient.value == CASES["W"].ins


def test_only_an_omi_o23_is_one() -> None:
    assert is_order_change(read_header(omi()))
    assert not is_order_change(read_header(message(CASES["W"], control_id="1", at=AT)))
    assert not is_order_change(read_header(omi(**{"OMI^O23": "OMI^O21"})))


@given(st.binary(max_size=300), st.integers(0, 2000), st.integers(0, 50))
def test_whatever_comes_raises_nothing_else(noise: bytes, at: int, cut: int) -> None:
    raw = omi()
    for spoiled in (noise, raw[:at] + noise + raw[at + cut :]):
        try:
            assert read_order_change(spoiled).studies
        except (MessageError, NotHl7) as error:
            assert CASES["W"].ins not in str(error)  # noqa: PT017


@pytest.mark.parametrize("oid", ["1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.9"])
def test_a_written_value_is_read_back(oid: str) -> None:
    patient, study = Ins(CASES["W"].ins, Oid(oid)), Uid("2.25.1")
    raw = write_order_change(
        study=study, patient=patient, who=("DRIMBOX", "demo"), control_id="R" + "f" * 19, at=AT
    )
    assert is_order_change(read_header(raw))
    found = read_order_change(raw)
    assert (found.studies, found.patient, found.cancelled) == ((study,), patient, False)
    header = found.header
    assert (header.sending_application, header.sending_facility) == ("DRIMBOX", "demo")
    assert header.control_id == "R" + "f" * 19
