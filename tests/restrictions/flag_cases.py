"""The flags of MetaDMPMSS: masks, secret connection, destination."""

from __future__ import annotations

from collections.abc import Mapping

from functions.drimbox.report.masking import FLAGS
from tests.drimbox.report.build import Segments, message
from tests.restrictions.outcomes import outcome_of_message
from tests.restrictions.table import Variants, case

_TABLE = "expandedYes-NoIndicator"


def _flag(at: Mapping[int, str], *, form: str = "ORU", code: str = "MASQUE_PS") -> str:
    """The message whose flag of that code has other fields."""

    def edit(segments: Segments) -> None:
        (flag,) = (one for one in segments if one[0] == "OBX" and one[3].startswith(code))
        for number, value in at.items():
            flag[number] = value

    return outcome_of_message(message(form, edit=edit))


_CODE = "code of a flag (OBX-3)"


@case(_CODE, "unknown")
def _unknown_code() -> Variants:
    for form in ("ORU", "MDM"):
        yield f"a typing error, {form}", _flag({3: "MASQUEPS^^MetaDMPMSS"}, form=form)
    yield (
        "the spelling of XDS",
        _flag({3: "INVISIBLE_REPRESENTANTS_LEGAUX^^MetaDMPMSS"}, code="INVISIBLE_REP"),
    )
    yield "of DESTDMP", _flag({3: "DEST_DMP^^MetaDMPMSS", 5: "N"}, code="DESTDMP")
    yield "one code more", _more("DEST_DPM^^METADMPMSS", "N")
    yield "one code more, in another type", _more("AUTRE^^MetaDMPMSS", "texte", "ST")


def _more(code: str, value: str = f"N^^{_TABLE}", kind: str = "CE") -> str:
    more = ["OBX", "", kind, code, "", value, *[""] * 5, "F"]
    return outcome_of_message(message(edit=lambda segments: segments.append(more)))


@case(_CODE, "missing")
def _no_code() -> Variants:
    yield "OBX-3 is empty", _flag({3: ""})
    yield "no code, the system", _flag({3: "^^MetaDMPMSS"})
    yield "the code, no system", _flag({3: "MASQUE_PS^Masque"})


@case(_CODE, "repeated")
def _two_codes() -> Variants:
    yield "two flags", _flag({3: "MASQUE_PS^^MetaDMPMSS~DESTDMP^^MetaDMPMSS"})
    yield "an alternate flag", _flag({3: "MASQUE_PS^^MetaDMPMSS^DESTDMP^^MetaDMPMSS"})


@case(_CODE, "ambiguous")
def _whose_code() -> Variants:
    yield "another system", _flag({3: "MASQUE_PS^^LN"})
    yield "a mistyped system", _flag({3: "MASQUE_PS^^MetaDMPMS"})
    yield "both mistyped", _flag({3: "MASQ_PS^^MetaDMP", 5: "Y"})
    yield "both mistyped, another type", _more("MASQ_PS^^MetaDMP", "OUI", "ST")
    yield "a yes of no known nomenclature", _more("82810-3^^99RIS", "Y")


@case(_CODE, "ill-formed")
def _ill_formed_code() -> Variants:
    yield "the code in the text", _flag({3: "^MASQUE_PS^MetaDMPMSS"})
    yield "the system in the text", _flag({3: "MASQUE_PS^MetaDMPMSS"})
    yield "subcomponents", _flag({3: "MASQUE_PS&1^^MetaDMPMSS"})
    yield "an escape that is none", _flag({3: "MASQUE\\_\\PS^^MetaDMPMSS"})
    yield "a blank", _flag({3: "MASQUE PS^^MetaDMPMSS"})


@case(_CODE, "partial")
def _cut_code() -> Variants:
    yield "cut", _flag({3: "MASQUE^^MetaDMPMSS"})


@case("type of a flag (OBX-2)", "unknown")
def _unknown_type() -> Variants:
    yield "text", _flag({2: "ST"})
    yield "a document", _flag({2: "ED"})


@case("type of a flag (OBX-2)", "missing")
def _no_type() -> Variants:
    yield "empty", _flag({2: ""})


@case("type of a flag (OBX-2)", "repeated")
def _two_types() -> Variants:
    yield "two", _flag({2: "CE~ST"})


@case("type of a flag (OBX-2)", "ill-formed")
def _ill_formed_type() -> Variants:
    yield "two components", _flag({2: "CE^ST"})


_VALUE = "value of a flag (OBX-5)"


@case(_VALUE, "unknown")
def _unknown_value() -> Variants:
    for code in FLAGS:
        yield f"O for oui, {code}", _flag({5: f"O^^{_TABLE}"}, code=code)
    yield "a digit", _flag({5: "1"})


@case(_VALUE, "missing")
def _no_value() -> Variants:
    for code in FLAGS:
        yield f"empty, {code}", _flag({5: ""}, code=code)
    yield "null", _flag({5: '""'})
    yield "empty components", _flag({5: "^^"})


@case(_VALUE, "repeated")
def _two_values() -> Variants:
    yield "yes, then no", _flag({5: "Y~N"})
    yield "no, then yes", _flag({5: f"N^^{_TABLE}~Y^^{_TABLE}"})
    yield "in an OBX more", _more("INVISIBLE_PATIENT^^MetaDMPMSS")


@case(_VALUE, "ambiguous")
def _which_value() -> Variants:
    yield "the text says the contrary", _flag({5: f"N^Y^{_TABLE}"})
    yield "the alternate says the contrary", _flag({5: f"N^^{_TABLE}^Y^^{_TABLE}"})


@case(_VALUE, "ill-formed")
def _ill_formed_value() -> Variants:
    yield "in another component", _flag({5: f"^N^{_TABLE}"})
    yield "subcomponents", _flag({5: "N&Y"})
    yield "both letters", _flag({5: "YN"})
    yield "an escape that is none", _flag({5: "N\\Zx\\"})


@case(_VALUE, "partial")
def _half_a_value() -> Variants:
    yield "a repetition is empty", _flag({5: "N~"})


_OF = "table of a flag's value (OBX-5.3)"


@case(_OF, "unknown")
def _unknown_table() -> Variants:
    yield "another", _flag({5: "N^^HL70001"})


@case(_OF, "missing")
def _no_table() -> Variants:
    yield "none", _flag({5: "N"})
    yield "its HL7 number", _flag({5: "N^Non^HL70136"})


@case(_OF, "ambiguous")
def _two_tables() -> Variants:
    yield "an alternate of another", _flag({5: f"N^^{_TABLE}^N^^HL70001"})


@case(_OF, "ill-formed")
def _ill_formed_table() -> Variants:
    yield "subcomponents", _flag({5: f"N^^{_TABLE}&2"})


@case(_OF, "partial")
def _cut_table() -> Variants:
    yield "cut", _flag({5: f"N^^{_TABLE[:-3]}"})


_STATUS = "status of a flag (OBX-11)"


@case(_STATUS, "unknown")
def _unknown_status() -> Variants:
    for status in ("D", "X", "W", "C", "P"):
        yield status, _flag({11: status})


@case(_STATUS, "missing")
def _no_status() -> Variants:
    yield "empty", _flag({11: ""})


@case(_STATUS, "repeated")
def _two_statuses() -> Variants:
    yield "final and deleted", _flag({11: "F~D"})


@case(_STATUS, "ambiguous")
def _which_status() -> Variants:
    yield "final and deleted", _flag({11: "F^D"})


@case(_STATUS, "ill-formed")
def _ill_formed_status() -> Variants:
    yield "small letter", _flag({11: "f"})


_SIX = "the six flags, each"


@case(_SIX, "missing")
def _one_is_missing() -> Variants:
    for form in ("ORU", "MDM"):
        for code in FLAGS:
            yield f"{code}, {form}", outcome_of_message(message(form, flags={code: None}))
    withdrawal = message(ORC={1: "CA"}, OBX={11: "D"}, flags={"MASQUE_PS": None})
    yield "of a withdrawal", outcome_of_message(withdrawal)


@case(_SIX, "repeated")
def _said_twice() -> Variants:
    yield "the same", _more("MASQUE_PS^^MetaDMPMSS")
    yield "the same, in small letters", _more("masque_ps^^metadmpmss", "n")


@case(_SIX, "ambiguous")
def _two_groups() -> Variants:
    def second(segments: Segments) -> None:
        flag = ["OBX", "", "CE", "MASQUE_PS^^MetaDMPMSS", "2", "Y", *[""] * 5, "F"]
        segments += [["ORC", "NW"], ["OBR", "2"], flag]

    yield "two groups, two answers", outcome_of_message(message(edit=second))
