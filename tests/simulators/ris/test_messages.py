"""The messages: their fields, case by case, and against the official layout when it is here."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest

from simulators.ris.__main__ import main
from simulators.ris.cases import CASES
from simulators.ris.cda import cda
from simulators.ris.messages import message
from simulators.ris.pdf import FULL_SIZE

OFFICIAL = Path(__file__).parents[4] / "shared/data/cases"
AT = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)

# Fields where ours say something else than the official ones: our own names, addresses, visit and
# times, and placeholders of the official files.
OURS = {
    ("MSH", 3),
    ("MSH", 4),
    ("MSH", 5),
    ("MSH", 6),
    ("MSH", 7),
    ("MSH", 10),
    ("EVN", 2),
    ("EVN", 5),
    ("EVN", 6),
    ("PID", 11),
    ("PV1", 3),
    ("PV1", 19),
    ("OBR", 16),
    ("OBR", 32),
    ("TXA", 4),
    ("PRT", 5),
}


def _segments(data: bytes) -> list[list[str]]:
    """Segments as fields, index = HL7 field number (MSH-1 is the separator itself)."""
    lines = data.decode("utf-8").replace("\r\n", "\r").replace("\n", "\r").split("\r")
    split = [line.split("|") for line in lines if line]
    return [[s[0], "|", *s[1:]] if s[0] == "MSH" else s for s in split]


def _field(data: bytes, segment: str, position: int, nth: int = 0) -> str:
    return [s for s in _segments(data) if s[0] == segment][nth][position]


def _message(name: str, form: Literal["ORU", "MDM", "OMI"] = "ORU", **how: str) -> bytes:
    return message(CASES[name], form, control_id="ID1", at=AT, **how)  # type: ignore[arg-type]


@pytest.mark.parametrize("form", ["ORU", "MDM"])
@pytest.mark.parametrize("name", ["A", "C", "E", "F", "G1", "G1_MAJ", "G2", "I", "Q", "U", "W"])
def test_fields_are_those_of_the_official_message(name: str, form: Literal["ORU", "MDM"]) -> None:
    path = OFFICIAL / f"CR_{name}-{form}.hl7"
    if not path.is_file():
        pytest.skip("the official look-alikes are not here")

    differing = _differences(_segments(_message(name, form)), _segments(path.read_bytes()))

    assert differing <= OURS


def test_the_withdrawal_is_the_official_one() -> None:
    path = OFFICIAL / "CR_I_Depublication-MDM.hl7"
    if not path.is_file():
        pytest.skip("the official look-alikes are not here")

    ours = _segments(_message("I_Depublication", "MDM"))
    official = _segments(path.read_bytes())

    assert _differences(ours, official) <= OURS
    birth = [segments[2][11].split("~")[0] for segments in (ours, official)]
    assert birth[0] == birth[1] == "^^^^^^BDL^^63220"


def test_the_comparison_sees_a_difference() -> None:
    ours = _segments(_message("C"))
    other = _segments(_message("G1_MAJ"))

    assert _differences(ours, other) >= {("ORC", 1), ("OBX", 11)}


def _differences(ours: list[list[str]], other: list[list[str]]) -> set[tuple[str, int]]:
    assert [s[0] for s in ours] == [s[0] for s in other]
    return {
        (mine[0], position)
        for mine, theirs in zip(ours, other, strict=True)
        for position in range(max(len(mine), len(theirs)))
        if _at(mine, position) != _at(theirs, position)
    }


def _at(fields: list[str], position: int) -> str:
    """A field, "" beyond the last; of the document's OBX-5 only what precedes the base64."""
    if position >= len(fields):
        return ""
    document = fields[:3] == ["OBX", "1", "ED"] and position == 5
    return fields[5].rpartition("^")[0] if document else fields[position]


@pytest.mark.parametrize(
    ("name", "order", "status", "event"),
    [("C", "NW", "F", "T02"), ("G1_MAJ", "RO", "C", "T10"), ("I_Depublication", "CA", "D", "T04")],
)
def test_the_action_is_carried_three_times(name: str, order: str, status: str, event: str) -> None:
    for form in ("ORU", "MDM"):
        data = _message(name, form)
        assert _field(data, "ORC", 1) == order
        assert _field(data, "OBX", 11) == status
    assert _field(_message(name, "MDM"), "MSH", 9) == f"MDM^{event}^MDM_T02"
    assert _field(_message(name), "MSH", 9) == "ORU^R01^ORU_R01"


def test_txa_names_the_document_and_its_parent() -> None:
    data = _message("G1_MAJ", "MDM")

    assert _field(data, "TXA", 12) == CASES["G1_MAJ"].cda_id
    assert _field(data, "TXA", 13) == CASES["G1"].cda_id
    assert _field(_message("G1", "MDM"), "TXA", 13) == ""


@pytest.mark.parametrize("name", CASES)
def test_the_document_travels_whole(name: str) -> None:
    coded = _field(_message(name), "OBX", 5).split("^")[4]

    assert base64.b64decode(coded, validate=True) == cda(CASES[name])


def _flags(name: str) -> dict[str, str]:
    observations = [s for s in _segments(_message(name)) if s[0] == "OBX"]
    return {s[3].split("^")[0]: s[5] for s in observations if s[2] == "CE"}


def test_flags_of_the_known_cases() -> None:
    assert _flags("C")["INVISIBLE_PATIENT"] == "Y^^expandedYes-NoIndicator"
    assert sum(value[0] == "Y" for value in _flags("C").values()) == 2  # and DESTDMP
    assert _flags("G1_MAJ")["INVISIBLE_PATIENT"][0] == "N"
    assert _flags("G1_MAJ")["MODIF_CONF_CODE"][0] == "Y"
    assert _flags("V")["ACK_RECEPTION"][0] == _flags("X")["ACK_RECEPTION"][0] == "Y"


def test_the_masked_variant_moves_its_flags() -> None:
    flags = _flags("MASQUE")
    masks = ["INVISIBLE_REP_LEGAUX", "INVISIBLE_PATIENT", "MASQUE_PS"]

    assert list(flags)[3:6] == masks
    assert {flags[code] for code in masks} == {"Y^^HL70136"}
    assert list(flags) != list(_flags("C"))
    assert set(flags) == set(_flags("C"))
    data = _message("MASQUE")
    numbers = [int(s[1]) for s in _segments(data) if s[0] == "OBX"]
    assert numbers == list(range(1, len(numbers) + 1))
    assert [s[4].split("^")[0] for s in _segments(data) if s[0] == "PRT"] == [
        "SB",
        "RCT",
        "RCT",
        "REPLY",
    ]


def test_local_identifiers_as_senders_write_them() -> None:
    assert _field(_message("C"), "PID", 3).split("~")[1].startswith("IPP101^^^AUT-AFFECTATION&")
    assert _field(_message("MASQUE"), "PID", 3).split("~")[1] == "IPP101^^^AUT-AFFECTATION^PI"
    assert "~" not in _field(_message("PFI"), "PID", 3)
    assert _field(_message("PFI"), "MSH", 7) == "Date/Time of Message"
    assert _field(_message("C"), "MSH", 7) == "20261124123000+0000"


def test_only_a_used_family_name_is_repeated_in_pid_5() -> None:
    assert _field(_message("NAMES_GIVEN"), "PID", 5) == "PAT-TROIS^DOMINIQUE^DOMINIQUE^^^^L"
    assert _field(_message("NAMES_FAMILY"), "PID", 5).endswith("~PAT-TROIS^^^^^^D")


def test_sender_is_the_argument_else_the_case_s_else_the_default() -> None:
    def sender(name: str, given: tuple[str, str] | None = None) -> tuple[str, str]:
        data = message(CASES[name], control_id="1", at=AT, sender=given)
        return _field(data, "MSH", 3), _field(data, "MSH", 4)

    assert sender("C") == ("DRIM_RIS", "AMBROISE")
    assert sender("K") == ("ANS_HL7v2_Application_A", "ANS_HL7v2_Facility_A")
    assert sender("K", ("APP", "FAC")) == ("APP", "FAC")


@pytest.mark.parametrize("line_end", ["\r", "\n", "\r\n"])
def test_line_ends_do_not_change_the_segments(line_end: str) -> None:
    data = _message("C", line_end=line_end)

    assert data.count(line_end.encode()) == 16
    assert not data.endswith(line_end.encode())
    assert _segments(data) == _segments(_message("C"))


def test_the_charset_is_named_and_used() -> None:
    data = _message("C", charset="8859/15")

    assert b"|8859/15|" in data
    assert "Masqué".encode("iso8859-15") in data
    assert "Masqué".encode() not in data
    with pytest.raises(KeyError):
        _message("C", charset="EBCDIC")


def test_omi_has_one_ipc_per_study() -> None:
    data = _message("F", "OMI")
    studies = [(s[1], s[3]) for s in _segments(data) if s[0] == "IPC"]

    assert studies == [
        ("ACN106", "1.2.250.1.213.4.5.2.1.106"),
        ("ACN107", "1.2.250.1.213.4.5.2.1.107"),
    ]
    assert _field(data, "ORC", 1) == "CA"
    assert _field(data, "MSH", 9) == "OMI^O23^OMI_O23"


def test_a_full_message_has_the_size_of_a_real_one() -> None:
    data = message(CASES["C"], control_id="1", at=AT, pdf_size=FULL_SIZE)

    assert 324_000 < len(data) < 326_000


def test_command_line_writes_the_message(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    arguments = ["case", "C", "--form", "MDM", "--sender", "APP", "FAC", "--control-id", "X1"]
    assert main(arguments) == 0
    data = capsysbinary.readouterr().out

    assert _field(data, "MSH", 10) == "X1"
    assert _field(data, "MSH", 3) == "APP"
    assert _field(data, "TXA", 12) == CASES["C"].cda_id


def test_command_line_writes_a_fresh_document(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["cda", "C", "--fresh", "t"]) == 0

    assert capsysbinary.readouterr().out == cda(CASES["C"].fresh("t"))


def test_command_line_lists_the_cases(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0

    lines = capsys.readouterr().out.splitlines()
    [line] = [line for line in lines if line.startswith("G2 NW 1.2.3.4.5.6.7.8.9 ")]
    assert line.endswith("a study that no PACS holds: it is held")
    assert next(line for line in lines if line.startswith("C ")).endswith("one study (CT)")
    assert all(len(line.split("  ", 1)[1]) > 5 for line in lines)
    assert len(lines) == len(CASES)
