"""The flags of a message: found by OBX-3 alone, all six required, nothing of them guessed."""

from __future__ import annotations

import pytest

from functions.drimbox.errors import MessageError
from functions.drimbox.report.flags import read_visibility
from functions.drimbox.report.hl7 import read_message
from functions.drimbox.report.masking import FLAGS
from functions.drimbox.report.model import Visibility
from tests.drimbox.report.build import Segments, message, visibility

TABLE = "expandedYes-NoIndicator"


def observation(
    code: str = "MASQUE_PS^^MetaDMPMSS",
    value: str = f"N^^{TABLE}",
    *,
    kind: str = "CE",
    sub_id: str = "",
    status: str = "F",
) -> list[str]:
    return ["OBX", "", kind, code, sub_id, value, *[""] * 5, status]


def with_one_more(more: list[str]) -> bytes:
    return message(edit=lambda segments: segments.append(more))


def read(raw: bytes) -> Visibility:
    return read_visibility(read_message(raw))


def refused(raw: bytes) -> tuple[str, str, int]:
    with pytest.raises(MessageError) as caught:
        read(raw)
    error = caught.value
    return error.code, error.location, int(error.condition)


def test_flags_are_found_by_code_in_any_order_and_letter_case() -> None:
    def reverse(segments: Segments) -> None:
        at = next(n for n, s in enumerate(segments) if s[0] == "PRT") + 1
        segments[at:] = [[*s[:3], s[3].swapcase(), *s[4:]] for s in reversed(segments[at:])]

    flags: dict[str, str | None] = {
        "MASQUE_PS": "Y",
        "INVISIBLE_REP_LEGAUX": "y",
        "CONNEXION_SECRETE": " Y ",
        "MODIF_CONF_CODE": "\\X59\\",
        "DESTDMP": "N",
    }
    assert read(message(flags=flags, edit=reverse)) == Visibility(
        True, True, True, True, True, False
    )


@pytest.mark.parametrize("code", FLAGS)
def test_each_of_the_six_is_required(code: str) -> None:
    assert refused(message(flags={code: None})) == ("flag_missing", "OBX^11", 101)


def test_the_other_four_are_not() -> None:
    others = ("DESTMSSANTEPS", "DESTMSSANTEPAT", "ACK_RECEPTION", "ACK_LECTURE_MSS")
    read(message(flags=dict.fromkeys(others)))


@pytest.mark.parametrize(
    "same",
    [
        observation(),
        observation(sub_id="2"),
        observation(value="N"),
        observation(value="N^Non^HL70136"),
        observation(value=f"N^Non^{TABLE}^n^non^{TABLE}"),
        observation(value="n~N"),
        observation(kind="CWE"),
        observation("MASQUE_PS^Masque^MetaDMPMSS^12^Masque^99RIS"),
        observation("MASQUE_PS^^MetaDMPMSS~masque_ps^^METADMPMSS"),
    ],
)
def test_a_flag_said_twice_the_same_way_is_read(same: list[str]) -> None:
    assert read(with_one_more(same)) == visibility(invisible_to_patient=True)


@pytest.mark.parametrize(
    "other",
    [
        observation("CORPSMAIL_PS^^MetaDMPMSS", "^TEXT^PLAIN^Base64^QQ==", kind="ED"),
        observation("ACK_RECEPTION^^MetaDMPMSS", "?", status="X"),
        observation("DESTMSSANTEPS^^", "Y"),
        observation("11502-2^^LN", "^application^pdf^Base64^QQ==", kind="ED"),
        observation("82810-3^Grossesse^LN", "N^Non^HL70136"),
        observation("77386006^^SCT", "Y"),
        observation("DOSE^^99RIS", "12", kind="NM"),
        observation("MOT^^99RIS", "Non", kind="TX"),
        observation("MOT^^99RIS", "texte", kind="ST"),
        observation("COTE^^99RIS", "G^Gauche^99RIS"),
    ],
)
def test_an_obx_that_masks_nothing_is_not_looked_at(other: list[str]) -> None:
    assert read(with_one_more(other)) == visibility(invisible_to_patient=True)


@pytest.mark.parametrize(
    ("code", "value", "kind"),
    [
        ("MASQUEPS^^MetaDMPMSS", "Y", "CE"),
        ("INVISIBLE_REPRESENTANTS_LEGAUX^^MetaDMPMSS", "Y", "CE"),
        ("DEST_DMP^^METADMPMSS", "N", "CE"),
        ("MASQUE PS^^MetaDMPMSS", "Y", "CE"),
        ("MASQUE_PS&2^^MetaDMPMSS", "Y", "CE"),
        ("MASQUE_PS^^MetaDMPMSS&2", "Y", "CE"),
        ("MASQUE\\Zx\\_PS^^MetaDMPMSS", "Y", "CE"),
        ("^MASQUE_PS^MetaDMPMSS", "Y", "CE"),
        ("^^MetaDMPMSS", "Y", "CE"),
        ("AUTRE^^MetaDMPMSS", "^TEXT^PLAIN^Base64^QQ==", "ED"),
        ("MASQUE_PS", "Y", "CE"),
        ("MASQUE_PS^^", "texte", "ST"),
        ("MASQUE_PS^^MetaDMPMS", "N", "CE"),
        ("MASQUE_PS^^LN", "N", "CE"),
        ("AUTRE^^Meta-DMP-MSS", "texte", "ST"),
        ("AUTRE^^MétaDMPMSS2", "texte", "ST"),
        ("AUTRE^^DMPMSS", "texte", "ST"),
        ("ＭASQUE_PS^^", "texte", "ST"),
        ("MASQUE_PS^MetaDMPMSS", "N", "CE"),
        ("12^Masque^99RIS^MASQUE_PS^^", "Y", "CE"),
        ("12^Masque^99RIS^AUTRE^^MetaDMPMSS", "Y", "CE"),
        ("MASQUE_PS^^MetaDMPMSS~DESTDMP^^MetaDMPMSS", "Y", "CE"),
        ("MASQPS^^MetaDMP", "Y", "CE"),
        ("MASQPS^^MetaDMP", "^Y", "CWE"),
        ("MASQPS^^MetaDMP", f"?^^{TABLE}", "CE"),
        ("MASQPS", "OUI", "ST"),
        ("MASQPS^^LN~12^^", "?~Y", ""),
        ("", "Y", "CE"),
        ("82810-3^^LN^MASQ^^99RIS", "Y", "CE"),
    ],
)
def test_a_code_or_system_that_is_not_understood_is_refused(
    code: str, value: str, kind: str
) -> None:
    raw = with_one_more(observation(code, value, kind=kind))
    assert refused(raw) == ("flag_unknown", "OBX^12^3", 103)


@pytest.mark.parametrize(
    ("more", "code", "field", "condition"),
    [
        (observation(value="Y"), "flag_contradiction", 5, 199),
        (observation(value="Y", sub_id="2"), "flag_contradiction", 5, 199),
        (observation(value="N~Y"), "flag_contradiction", 5, 199),
        (observation(value="Y~N"), "flag_contradiction", 5, 199),
        (observation(value=f"N^Y^{TABLE}"), "flag_contradiction", 5, 199),
        (observation(value=f"N^^{TABLE}^Y^^{TABLE}"), "flag_contradiction", 5, 199),
        (observation(value="X"), "flag_value", 5, 103),
        (observation(value="O"), "flag_value", 5, 103),
        (observation(value="YN"), "flag_value", 5, 103),
        (observation(value="Y&N"), "flag_value", 5, 103),
        (observation(value="N^^HL70001"), "flag_value", 5, 103),
        (observation(value=f"N^^{TABLE}^X"), "flag_value", 5, 103),
        (observation(value=f"N^^{TABLE}^N^^HL70001"), "flag_value", 5, 103),
        (observation(value=f"^N^{TABLE}"), "flag_value", 5, 103),
        (observation(value="N\\Zx\\"), "flag_value", 5, 103),
        (observation(value=""), "flag_missing", 5, 101),
        (observation(value="^^"), "flag_missing", 5, 101),
        (observation(value='""'), "flag_missing", 5, 101),
        (observation(value="N~"), "flag_missing", 5, 101),
        (["OBX", "", "CE", "MASQUE_PS^^MetaDMPMSS"], "flag_status", 11, 103),
        (observation(status=""), "flag_status", 11, 103),
        (observation(status="D"), "flag_status", 11, 103),
        (observation(status="X"), "flag_status", 11, 103),
        (observation(status="W"), "flag_status", 11, 103),
        (observation(status="F^D"), "flag_status", 11, 103),
        (observation(status="F~D"), "field_repeated", 11, 198),
        (observation(kind="ST"), "flag_type", 2, 102),
        (observation(kind="ED"), "flag_type", 2, 102),
        (observation(kind=""), "flag_type", 2, 102),
        (observation(kind="CE~ST"), "field_repeated", 2, 198),
        (observation(value="~".join("N" * 101)), "too_many_repetitions", 5, 198),
        (observation("~" * 100), "too_many_repetitions", 3, 198),
    ],
)
def test_a_flag_that_is_not_clear_is_refused(
    more: list[str], code: str, field: int, condition: int
) -> None:
    assert refused(with_one_more(more)) == (code, f"OBX^12^{field}", condition)


def test_flags_of_two_groups_of_the_message_are_taken_together() -> None:
    def second_group(segments: Segments) -> None:
        segments += [["ORC", "NW"], ["OBR", "2"], observation(value="Y")]

    assert refused(message(edit=second_group)) == ("flag_contradiction", "OBX^12^5", 199)
