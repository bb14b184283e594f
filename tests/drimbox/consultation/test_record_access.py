"""Nothing opens a DMP but its own plain word, and an authorisation is added by an act alone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.consultation import record_access
from functions.drimbox.consultation.record_access import LIFE, Access, RecordAccess
from functions.drimbox.consultation.situations import Situation
from functions.drimbox.dmp.existence import Authorization, Existence, PatientRecord, RecordTraits
from functions.drimbox.errors import (
    ConfigurationError,
    Conflict,
    DmpOutcomeUnknown,
    DmpRefused,
    DmpUnavailable,
    DrimboxError,
    Forbidden,
    Held,
)
from functions.drimbox.identity.health_professional import Activity, HealthProfessional
from functions.drimbox.identity.ins import Ins
from functions.drimbox.oid import Oid
from functions.drimbox.tenants.model import Structure
from tests.drimbox.consultation.readers import CALL, START, professional
from tests.fakes.world import STRUCTURE, TENANT

HERE = Activity(STRUCTURE, "Centre", "SA08", "10", "SM28")
WHO = professional(HERE)
SITUATION = Situation("0", HERE, "Centre")
SAME = RecordTraits("Pat Trois", "EPOUSE", ("DOMINIQUE ANNE",), "19790327", "F")
OPEN = PatientRecord(Existence.OPEN, Authorization.VALID, SAME)


@dataclass
class Dmp:
    """A DMP that answers so, and counts what it is asked."""

    record_: PatientRecord = OPEN
    asked: list[tuple[Ins, Oid]] = field(default_factory=list)
    authorized: int = 0
    failing: dict[str, DrimboxError] = field(default_factory=dict)

    def record(self, patient: Ins, sender: Oid) -> PatientRecord:
        self.asked.append((patient, sender))
        if "record" in self.failing:
            raise self.failing["record"]
        return self.record_

    def authorize(self) -> None:
        self.authorized += 1
        if "authorize" in self.failing:
            raise self.failing["authorize"]

    def connect(self, who: HealthProfessional, one: Activity, by: Structure, patient: Ins) -> Dmp:
        assert (who, one, by.id, patient) == (WHO, HERE, STRUCTURE, CALL.ins)
        if "connect" in self.failing:
            raise self.failing["connect"]
        return self

    def ask(self, told: dict[str, str] | None = None) -> RecordAccess:
        facts = {} if told is None else told
        return record_access.ask(TENANT, WHO, CALL, self.connect, facts)

    def add(self, told: dict[str, str] | None = None) -> None:
        facts = {} if told is None else told
        record_access.authorize(TENANT, WHO, CALL, self.connect, facts)


def lacking(authorization: Authorization) -> PatientRecord:
    return replace(OPEN, authorization=authorization)


def test_an_open_dmp_with_a_valid_authorisation_opens() -> None:
    dmp, told = Dmp(), dict[str, str]()
    assert dmp.ask(told) == RecordAccess(Access.OPEN, SAME)
    assert dmp.asked == [(CALL.ins, TENANT.source_id)]
    assert told == {"structure_id": STRUCTURE, "access": "open"}


@pytest.mark.parametrize(
    ("record", "state", "may"),
    [
        (PatientRecord(Existence.NONE), Access.NO_RECORD, False),
        (PatientRecord(Existence.CLOSED), Access.CLOSED, False),
        (PatientRecord(Existence.OPEN, Authorization.VALID), Access.CLOSED, False),
        (lacking(Authorization.ABSENT), Access.ABSENT, True),
        (lacking(Authorization.EXPIRED), Access.EXPIRED, True),
        (lacking(Authorization.REFUSED), Access.REFUSED, False),
    ],
)
def test_every_other_state_is_told_and_two_may_be_authorised(
    record: PatientRecord, state: Access, may: bool
) -> None:
    dmp, told = Dmp(record), dict[str, str]()
    access = dmp.ask()
    assert (access.state, access.may_be_authorized) == (state, may)
    if may:
        dmp.add(told)
    else:
        with pytest.raises(Conflict) as caught:
            dmp.add(told)
        assert caught.value.code == "not_to_be_authorized"
    assert dmp.authorized == may
    assert told["access"] == state


@pytest.mark.parametrize(
    ("traits", "differing"),
    [
        (RecordTraits(), ()),
        (RecordTraits(used_family="AUTRE"), ()),
        (RecordTraits(birth_family="pat trois"), ()),
        (RecordTraits(givens=("Anne", "Dominique")), ()),
        (RecordTraits(givens=("DOMINIQUE-ANNE",)), ()),
        (RecordTraits(birth_date="1979"), ()),
        (RecordTraits(birth_date="197903"), ()),
        (RecordTraits(sex="U"), ()),
        (RecordTraits(birth_family="PATTROIS"), ("birth_family",)),
        (RecordTraits(birth_family="-"), ("birth_family",)),
        (RecordTraits(givens=("DOM",)), ("birth_given",)),
        (RecordTraits(givens=("DOMINIQUETTE",)), ("birth_given",)),
        (RecordTraits(givens=("ANNE", "MARIE DOMINIQUE")), ("birth_given",)),
        (RecordTraits(birth_date="19790328"), ("birth_date",)),
        (RecordTraits(birth_date="1978"), ("birth_date",)),
        (RecordTraits(sex="M"), ("sex",)),
        (
            RecordTraits("X", "", ("Y",), "2001", "M"),
            ("birth_family", "birth_given", "birth_date", "sex"),
        ),
    ],
)
def test_traits_that_both_give_must_not_differ(
    traits: RecordTraits, differing: tuple[str, ...]
) -> None:
    for authorization in Authorization:
        access = record_access.judge(CALL, PatientRecord(Existence.OPEN, authorization, traits))
        assert access.differing == differing
        assert (access.state is Access.OTHER_PERSON) == bool(differing)
        assert not (differing and access.may_be_authorized)


def test_a_call_whose_sex_is_unknown_contradicts_none() -> None:
    unknown = replace(CALL, sex="U")
    record = PatientRecord(Existence.OPEN, Authorization.VALID, RecordTraits(sex="M"))
    assert record_access.judge(unknown, record).state is Access.OPEN


def test_an_authorisation_that_stands_is_left_alone() -> None:
    dmp = Dmp()
    dmp.add()
    assert (len(dmp.asked), dmp.authorized) == (1, 0)


@pytest.mark.parametrize(
    ("where", "error", "raised", "code"),
    [
        ("connect", Held("no_certificate"), ConfigurationError, "configuration_error"),
        ("record", DmpRefused(("DMPError",)), Forbidden, "dmp_refused"),
        ("record", DmpUnavailable(), DmpUnavailable, "dmp_unavailable"),
        ("authorize", DmpRefused(("DMPNo",)), Conflict, "authorization_not_taken"),
        ("authorize", DmpUnavailable(), DmpUnavailable, "dmp_unavailable"),
        ("authorize", DmpOutcomeUnknown(), DmpOutcomeUnknown, "dmp_outcome_unknown"),
    ],
)
def test_a_failure_has_a_name(
    where: str, error: DrimboxError, raised: type[DrimboxError], code: str
) -> None:
    dmp = Dmp(lacking(Authorization.ABSENT), failing={where: error})
    with pytest.raises(raised) as caught:
        dmp.add()
    assert caught.value.code == code
    if where != "authorize":
        assert dmp.authorized == 0
        with pytest.raises(raised):
            dmp.ask()


def test_a_professional_of_elsewhere_asks_nothing() -> None:
    dmp = Dmp()
    stranger = professional(replace(HERE, structure_id="1999999999"))
    with pytest.raises(Forbidden):
        record_access.ask(TENANT, stranger, CALL, dmp.connect, {})
    assert dmp.asked == []


def test_an_open_access_is_kept_for_minutes_and_in_its_situation() -> None:
    access = RecordAccess(Access.OPEN, SAME)
    text = record_access.write(access, SITUATION, START)

    def read(situation: Situation = SITUATION, **passed: float) -> RecordAccess | None:
        return record_access.read(text, situation, START + timedelta(**passed))

    assert read() == access
    assert read(seconds=LIFE.total_seconds() - 1) == access
    assert read(seconds=LIFE.total_seconds()) is None
    assert read(seconds=-1) is None
    for other in ({"structure_id": "1"}, {"profession": "60"}, {"specialty": ""}, {"sector": ""}):
        assert read(Situation("0", replace(HERE, **other), "Centre")) is None
    assert record_access.read("", SITUATION, START) is None


@given(state=st.sampled_from(Access), traits=st.builds(RecordTraits, sex=st.text(max_size=2)))
def test_no_other_state_is_kept(state: Access, traits: Any) -> None:
    text = record_access.write(RecordAccess(state, traits), SITUATION, START)
    found = record_access.read(text, SITUATION, START)
    assert found == (RecordAccess(state, traits) if state is Access.OPEN else None)
