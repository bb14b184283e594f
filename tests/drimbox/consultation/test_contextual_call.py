"""A call is read whole or refused: no pair of it is left aside."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.consultation.call_parameters import PARAMETERS, Parameter
from functions.drimbox.consultation.context import CallContext, WantedExams
from functions.drimbox.consultation.contextual_call import Call, Fault, read_call, read_pairs
from functions.drimbox.identity.ins import Ins
from functions.drimbox.oid import Oid, Uid
from functions.drimbox.wording.call_faults import CALL_FAULTS
from tests.drimbox.consultation.samples import FORM, FORMER, MANDATORY, OPTIONAL, WHOLE, body, pairs

# Writing directions, zero widths, a soft hyphen, controls, a line separator, a private one.
HIDDEN = "\u202e\u202a\u2066\u200b\u200f\u061c\ufeff\u00ad\u2060\x00\t\n\x7f\x85\u2028\u2029\ue000"


def faults(call: Call) -> list[tuple[str, str]]:
    assert call.context is None
    assert call.result == "erreur"
    assert {one.code for one in call.faults} <= set(CALL_FAULTS)
    return [(one.code, one.parameter) for one in call.faults]


def read(call: Call) -> CallContext:
    assert call.faults == ()
    assert call.result == "succes"
    assert call.context is not None
    return call.context


def test_the_mandatory_parameters_alone() -> None:
    assert read(read_call(FORM, (), body(pairs()))) == CallContext(
        ins=Ins("279035121518989", Oid("1.2.250.1.213.1.4.10")),
        birth_family="D'ESSAI-LÉVÊQUE",
        birth_given="ANNE MARIE",
        birth_date="19790327",
        sex="F",
        birth_place="63113",
        consent=True,
        situation="",
        wanted=WantedExams(),
        local_id="IPP4711",
        local_issuer="AMBROISE&1.2.250.1.213.4.9.9&ISO",
    )


def test_all_parameters() -> None:
    context = read(read_call(FORM, (), body(pairs(WHOLE))))
    assert context.situation == "1750803447"
    assert context.wanted == WantedExams(
        study=Uid("1.2.250.1.213.4.9.1.7"),
        modality="CT",
        region="69536005",
        accession="ACN 42",
        accession_issuer="1.2.250.1.213.4.9.2",
        study_from=date(2025, 1, 1),
        study_to=date(2025, 12, 31),
    )


@pytest.mark.parametrize(("said", "consents"), [("oui", True), ("non", False)])
def test_both_names_of_the_consent(said: str, consents: bool) -> None:
    """A call without consent is a call: the page tells that nothing is asked of the DMP."""
    assert read(read_pairs(pairs(InformationEtConsentement=said))).consent is consents
    former = pairs(InformationEtConsentement=None, InformationEtOppositionConsultation=said)
    assert read(read_pairs(former)).consent is consents


@pytest.mark.parametrize("values", [("oui", "oui"), ("oui", "non"), ("non", "oui")])
def test_the_consent_is_said_once(values: tuple[str, str]) -> None:
    first, second = values
    both = (*pairs(InformationEtConsentement=first), (FORMER, second))
    assert faults(read_pairs(both)) == [("call_name_repeated", FORMER)]


@pytest.mark.parametrize("name", MANDATORY)
def test_a_missing_mandatory_parameter(name: str) -> None:
    left = tuple(pair for pair in pairs() if pair[0] != name)
    assert faults(read_pairs(left)) == [("call_name_missing", name)]


def test_an_empty_call_misses_each_mandatory_parameter_in_order() -> None:
    assert faults(read_call(FORM, (), b"")) == [("call_name_missing", name) for name in MANDATORY]


@pytest.mark.parametrize("name", WHOLE)
def test_an_empty_value(name: str) -> None:
    for value in ("", " ", "   "):
        changed = tuple((one, value if one == name else said) for one, said in pairs(WHOLE))
        assert ("call_value_empty", name) in faults(read_pairs(changed))


@pytest.mark.parametrize("name", WHOLE)
def test_a_repeated_name(name: str) -> None:
    """Even with the same value: a second value could be another patient's."""
    for second in (WHOLE[name], "other"):
        twice = (*pairs(WHOLE), (name, second))
        assert faults(read_pairs(twice)) == [("call_name_repeated", name)]


@pytest.mark.parametrize("name", WHOLE)
def test_another_case_of_a_name(name: str) -> None:
    for written in (name.lower(), name.upper()):
        changed = tuple((written if one == name else one, said) for one, said in pairs(WHOLE))
        assert faults(read_pairs(changed)) == [("call_name_case", name)]


@pytest.mark.parametrize(
    "name", ["Opposition", "ins", "Patient.identifier", "PatientID ", "_charset_", "Ｍodality"]
)
def test_an_unknown_name(name: str) -> None:
    assert faults(read_pairs((*pairs(), (name, "1")))) == [("call_name_unknown", "")]


@pytest.mark.parametrize("name", WHOLE)
def test_an_invisible_character(name: str) -> None:
    for hidden in HIDDEN:
        value = WHOLE[name][:4] + hidden
        changed = tuple((one, value if one == name else said) for one, said in pairs(WHOLE))
        assert ("call_value_hidden", name) in faults(read_pairs(changed)), ascii(hidden)


@pytest.mark.parametrize("one", PARAMETERS, ids=lambda one: one.name)
def test_a_long_value(one: Parameter) -> None:
    call = read_pairs(((one.name, "1" * (one.longest + 1)),))
    assert ("call_value_long", one.name) in faults(call)


def test_spaces_around_a_value_are_no_part_of_it() -> None:
    padded = tuple((name, f" {value}  ") for name, value in pairs(WHOLE))
    assert read_pairs(padded).context == read_pairs(pairs(WHOLE)).context


def test_every_fault_is_told_at_once() -> None:
    wrong = pairs(Patient_gender="x", Patient_birthDate="27/03/1979", PatientID=None, more="1")
    assert faults(read_pairs(wrong)) == [
        ("call_gender", "Patient.gender"),
        ("call_birth_date", "Patient.birthDate"),
        ("call_name_unknown", ""),
        ("call_name_missing", "PatientID"),
    ]


def test_an_issuer_without_its_number_limits_nothing() -> None:
    alone = pairs(AccessionNumberIssuer="1.2.250.1")
    assert faults(read_pairs(alone)) == [("call_issuer_alone", "AccessionNumberIssuer")]
    assert read(read_pairs(pairs(AccessionNumber="7"))).wanted == WantedExams(accession="7")


def test_parameters_in_the_address_refuse_the_call() -> None:
    for query in (["Patient.identifier.value"], ["x"], [""]):
        assert faults(read_call(FORM, query, body(pairs()))) == [("call_in_query", "")]


@pytest.mark.parametrize(
    ("content_types", "written", "code"),
    [
        (["application/json"], b"{}", "call_content_type"),
        (FORM, b"a=%E9", "call_character_set"),
        (FORM, b"a=1\n", "call_not_a_form"),
        (FORM, b"a=" + b"1" * 20_000, "call_too_large"),
    ],
)
def test_an_unreadable_call(content_types: list[str], written: bytes, code: str) -> None:
    call = read_call(content_types, (), written)
    assert faults(call) == [(code, "")]
    assert call.lines == ()


def test_each_pair_is_told_as_sent_and_as_read() -> None:
    lines = read_pairs((("Modality", " CT "), ("Modality", "MR"), ("x", "1"))).lines
    assert [(one.name, one.value, one.read) for one in lines] == [
        ("Modality", " CT ", "CT"),
        ("Modality", "MR", None),
        ("x", "1", None),
    ]
    assert [one.fault for one in lines] == [
        None,
        Fault("call_name_repeated", "Modality", "MR"),
        Fault("call_name_unknown", value="x"),
    ]
    assert repr(lines[0]) == "Line(…)"


def test_every_fault_has_its_words() -> None:
    assert {one.fault for one in PARAMETERS} <= set(CALL_FAULTS)


_ANY = st.sampled_from([*WHOLE, FORMER, "patientid", "x"])
_SAID = st.one_of(st.sampled_from([*WHOLE.values(), "", "non"]), st.text(max_size=8))


@given(st.lists(st.tuples(_ANY, _SAID), max_size=24))
def test_a_context_states_exactly_the_pairs(written: list[tuple[str, str]]) -> None:
    """A context comes only of known names, each once, every mandatory one among them."""
    call = read_pairs(tuple(written))
    assert (call.context is None) is bool(call.faults)
    assert len(call.lines) == len(written)
    assert all(fault.code in CALL_FAULTS for fault in call.faults)
    if call.context is not None:
        assert_whole([name for name, _ in written])


@given(st.permutations(list(WHOLE.items())), st.sets(st.sampled_from(list(OPTIONAL))))
def test_the_order_of_the_pairs_says_nothing(
    written: list[tuple[str, str]], without: set[str]
) -> None:
    if "AccessionNumber" in without:
        without = without | {"AccessionNumberIssuer"}
    left = tuple(pair for pair in written if pair[0] not in without)
    call = read_pairs(left)
    assert_whole([name for name, _ in left])
    assert call.context == read_pairs(tuple(sorted(left))).context is not None


def assert_whole(names: list[str]) -> None:
    assert len(names) == len(set(names))
    assert set(names) <= {*WHOLE, FORMER}
    assert {*MANDATORY} - {"InformationEtConsentement"} <= set(names)
