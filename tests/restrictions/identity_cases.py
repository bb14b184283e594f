"""The patient's identity: PID and recordTarget."""

from __future__ import annotations

from tests.drimbox.report.bad_messages import OTHER_INS
from tests.drimbox.report.build import INS, INS_OID, IPP_OID, PID_3, message
from tests.restrictions.outcomes import outcome_of_message
from tests.restrictions.table import Variants, case

_INS = "INS in PID-3"


def _with(*identifiers: str) -> str:
    return outcome_of_message(message(PID={3: "~".join(identifiers)}))


def _ins(value: str = INS, oid: str = INS_OID) -> str:
    return f"{value}^^^ASIP-SANTE-INS-NIR&{oid}&ISO^INS"


@case(_INS, "unknown")
def _unknown() -> Variants:
    yield "an OID of nobody", _with(_ins(oid="1.2.250.1.213.1.4.99"))
    yield "no OID", _with(_ins(oid=""))
    other = f"1^^^AUT&{INS_OID.rpartition('.')[0]}.99&ISO^PI"
    yield "an OID of the national arc, beside the INS", _with(_ins(), other)


@case(_INS, "missing")
def _missing() -> Variants:
    yield "PID-3 is empty", _with("")
    yield "only a local identifier", _with("IPP101^^^AUT&1.2.250.1.213.4.5.2.4&ISO^PI")


@case(_INS, "repeated")
def _repeated() -> Variants:
    yield "two matricules", _with(_ins(), _ins(OTHER_INS))
    yield "two natures", _with(_ins(), _ins(oid="1.2.250.1.213.1.4.8"))


@case(_INS, "ambiguous")
def _ambiguous() -> Variants:
    yield "an INS under the OID of the INS-C", _with(_ins(), _ins(oid="1.2.250.1.213.1.4.2"))
    retired = f"{INS}^^^ASIP-SANTE-INS-C&1.2.3&ISO^INS"
    yield "type INS, authority INS-C, another OID", _with(_ins(), retired)


@case(_INS, "ill-formed")
def _ill_formed() -> Variants:
    yield "a wrong key", _with(_ins(INS[:-1] + "0"))
    yield "letters", _with(_ins("X" * 15))
    yield "cut", _with(_ins(INS[:-2]))
    yield "a subcomponent", _with(_ins(f"{INS}&1"))


_PERIOD = "start and end of the INS (CX-7, CX-8)"
_TODAY, _NO_DAY = "20240102030405", "42"


def _lasting(start: str, end: str, at: str = _TODAY) -> str:
    return outcome_of_message(message(PID={3: f"{_ins()}^^{start}^{end}"}, MSH={7: at}))


@case(_PERIOD, "missing")
def _no_period() -> Variants:
    yield "neither", _lasting("", "")
    yield "null", _lasting('""', '""')
    yield "a start, and no day in MSH-7", _lasting("20200101", "", at=_NO_DAY)


@case(_PERIOD, "ambiguous")
def _end_without_a_day() -> Variants:
    yield "an end, and no day in MSH-7", _lasting("", "20991231", at=_NO_DAY)


@case(_PERIOD, "ill-formed")
def _ill_formed_period() -> Variants:
    yield "no such end", _lasting("", "20990230")
    yield "no such start", _lasting("20201301", "")
    yield "a word", _lasting("", "jamais")
    yield "two dates in one", _lasting("", "20990101&20200101")


@case(_PERIOD, "partial")
def _partial_period() -> Variants:
    yield "a past year", _lasting("", "2023")
    yield "a past month", _lasting("", "202312")
    yield "a year to come", _lasting("2030", "")


_END = "end of another local identifier (CX-8)"


def _ending(end: str, at: str = _TODAY) -> str:
    former = f"IPP0077^^^AUT&{IPP_OID}&ISO^PI^^20100101^{end}"
    return outcome_of_message(message(PID={3: f"{PID_3}~{former}"}, MSH={7: at}))


@case(_END, "missing")
def _no_end() -> Variants:
    yield "empty", _ending("")
    yield "null", _ending('""')


@case(_END, "ambiguous")
def _end_or_not() -> Variants:
    yield "no day in MSH-7", _ending("20231231", at=_NO_DAY)
    yield "the day of the message", _ending("20240102")


@case(_END, "ill-formed")
def _ill_formed_end() -> Variants:
    yield "no such day", _ending("20230230")
    yield "a word", _ending("hier")
    yield "dashes", _ending("2023-01-01")
    yield "a subcomponent", _ending("20230101&")


@case(_END, "partial")
def _partial_end() -> Variants:
    yield "the year of the message", _ending("2024")
    yield "the month of the message", _ending("202401")


_QUALIFIED = "qualification (PID-32, PID-31)"


def _status(status: str, unknown: str = "") -> str:
    return outcome_of_message(message(PID={31: unknown, 32: status}))


@case(_QUALIFIED, "unknown")
def _unknown_status() -> Variants:
    yield "another code", _status("QUAL")
    yield "of nobody in PID-31", _status("VALI", "?")


@case(_QUALIFIED, "missing")
def _no_status() -> Variants:
    yield "empty", _status("")
    yield "null", _status('""')


@case(_QUALIFIED, "repeated")
def _two_statuses() -> Variants:
    yield "qualified, then not", _status("VALI~PROV")
    yield "not, then qualified", _status("PROV~VALI")


@case(_QUALIFIED, "ambiguous")
def _contradicted() -> Variants:
    yield "the identity is unknown", _status("VALI", "Y")
    yield "two answers in PID-31", _status("VALI", "N~Y")


@case(_QUALIFIED, "ill-formed")
def _ill_formed_status() -> Variants:
    yield "small letters", _status("vali")
    yield "two components", _status("VALI^PROV")
    yield "two subcomponents", _status("VALI&PROV")


@case("PID", "missing")
def _no_pid() -> Variants:
    yield "none", outcome_of_message(message(drop=("PID",)))


@case("PID", "repeated")
def _two_pids() -> Variants:
    yield "twice the same", outcome_of_message(message(edit=lambda s: s.append(s[1])))


@case("repetitions of an identity field", "repeated")
def _too_many() -> Variants:
    yield "PID-3", _with(_ins(), *["1"] * 100)
    yield "PID-32", _status("~".join(["VALI"] * 101))
    yield "PID-31", _status("VALI", "~" * 100)
