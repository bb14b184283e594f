"""functions.drimbox.enrolment.enrolling: a certificate for a code, and one for a certificate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from functions.drimbox.enrolment.code import fresh_code
from functions.drimbox.enrolment.enrolling import (
    MOST_REQUESTS,
    RENEWED_BEFORE,
    read_asked,
)
from functions.drimbox.enrolment.profile import VALID, AgentName
from functions.drimbox.enrolment.register import CODE_VALID, MOST_TRIES
from functions.drimbox.enrolment.request import encoded
from functions.drimbox.errors import (
    BadRequest,
    ConfigurationError,
    Conflict,
    Forbidden,
    TooManyTries,
)
from tests.drimbox.enrolment.scenes import (
    AGENT,
    CLAIMED,
    KEY,
    Office,
    asked,
    ends,
    remote,
    request,
    serial,
)

OTHER = ec.generate_private_key(ec.SECP256R1())


def test_a_code_gives_a_certificate_of_90_days() -> None:
    office = Office()
    answer = office.enrol(office.invite())
    assert answer["tenant"] == "demo"
    assert answer["agent"] == AGENT
    assert answer["chain"] == office.authority.certificate
    assert ends(answer) == office.clock.now() + VALID
    assert answer["not_after"] == "2027-02-22T09:00:00Z"
    found = x509.load_pem_x509_certificate(answer["certificate"].encode())
    assert encoded(found.public_key()) == encoded(KEY.public_key())
    assert office.register.get(AGENT).opens(serial(answer))
    (kept,) = office.audit.records.items()
    assert kept == (
        ("agent.enrolled", "request-1", "issued"),
        {
            "who": "CN=salle-1,OU=demo,O=DRIMbox agents",
            "agent": AGENT,
            "serial_number": serial(answer),
            "ends_at": ends(answer).isoformat(),
        },
    )


def test_the_name_of_a_request_is_ignored() -> None:
    office = Office()
    answer = office.enrol(office.invite())
    found = x509.load_pem_x509_certificate(answer["certificate"].encode())
    claimed = x509.load_pem_x509_csr(request(KEY).encode()).subject
    assert claimed == x509.Name.from_rfc4514_string(CLAIMED)
    assert found.subject.rfc4514_string() == "CN=salle-1,OU=demo,O=DRIMbox agents"


def test_a_code_serves_once() -> None:
    office = Office()
    code = office.invite()
    office.enrol(code)
    with pytest.raises(Forbidden) as refused:
        office.enrol(code)
    assert refused.value.code == "enrolment_code_refused"


def test_of_two_at_once_one_gets_it() -> None:
    office, answers = Office(), []
    code = office.invite()
    office.register.before_put = [lambda: answers.append(office.enrol(code, OTHER))]
    with pytest.raises(Forbidden):
        office.enrol(code)
    (won,) = answers
    assert office.register.get(AGENT).opens(serial(won))
    assert len(office.register.get(AGENT).issued) == 1
    assert office.audit.events() == [("agent.enrolled", "issued")]


def test_an_authority_that_fails_leaves_the_code_good() -> None:
    office = Office()
    code = office.invite()

    def fail(_: dict[str, Any]) -> None:
        raise RuntimeError("down")

    office.authority.spoil = fail
    with pytest.raises(RuntimeError):
        office.enrol(code)
    office.authority.spoil = lambda _: None
    assert office.enrol(code)["agent"] == AGENT


def test_a_code_ends_after_a_day() -> None:
    office = Office()
    code = office.invite()
    office.clock.advance(CODE_VALID)
    with pytest.raises(Forbidden):
        office.enrol(code)
    assert office.enrol(office.invite())["agent"] == AGENT


def test_tries_with_its_first_group_alone_make_a_code_void() -> None:
    office = Office()
    code = office.invite()
    wrong = code.place + "0" * 20
    for _ in range(MOST_TRIES):
        with pytest.raises(Forbidden):
            office.enrol(wrong)
    with pytest.raises(Forbidden):
        office.enrol(code)


def test_other_tries_touch_no_code() -> None:
    office = Office()
    code = office.invite()
    office.invite("salle-2")
    for _ in range(MOST_TRIES):
        with pytest.raises(Forbidden):
            office.enrol(fresh_code(lambda count: bytes([31] * count)))
    assert office.enrol(code)["agent"] == AGENT


def test_an_address_asks_so_often_and_no_more() -> None:
    office = Office()
    code = office.invite()
    for _ in range(MOST_REQUESTS):
        with pytest.raises(BadRequest):
            office.enrol("no code")
    with pytest.raises(TooManyTries):
        office.enrol(code)
    assert office.enrol(code, address="192.0.2.2")["agent"] == AGENT


def test_a_code_of_one_tenant_is_none_of_another() -> None:
    office = Office()
    code = office.invite()
    other = replace_tenant(office, "other")
    with pytest.raises(Forbidden):
        other.enrol(code)


def replace_tenant(office: Office, tenant: str) -> Office:
    """The same records, seen as those of another tenant."""
    return Office(tenant=tenant, register=office.register)


def test_a_renewal_gives_a_new_certificate_and_leaves_the_shown_one() -> None:
    office = Office()
    first = office.enrol(office.invite())
    office.clock.advance(VALID - RENEWED_BEFORE)
    second = office.renew(serial(first), OTHER)
    assert ends(second) == office.clock.now() + VALID
    record = office.register.get(AGENT)
    assert record.opens(serial(first))
    assert record.opens(serial(second))
    assert office.audit.events()[-1] == ("agent.renewed", "issued")
    office.clock.advance(VALID - RENEWED_BEFORE)
    third = office.renew(serial(second))
    assert [one.serial_number for one in office.register.get(AGENT).issued] == [
        serial(second),
        serial(third),
    ]


def test_a_renewal_is_not_given_long_before_it_is_due() -> None:
    office = Office()
    first = office.enrol(office.invite())
    office.clock.advance(VALID / 2 - timedelta(days=1))
    with pytest.raises(Conflict) as refused:
        office.renew(serial(first))
    assert refused.value.code == "renewal_not_due"


def test_a_removed_agent_renews_nothing_even_while_it_is_removed() -> None:
    office = Office()
    first = office.enrol(office.invite())
    office.clock.advance(VALID - RENEWED_BEFORE)

    def remove() -> None:
        record = office.register.get(AGENT)
        gone = record.removed(office.clock.now())
        office.register.records[AGENT] = replace(gone, revision=record.revision + 1)

    office.register.before_put = [remove]
    with pytest.raises(Forbidden):
        office.renew(serial(first))
    with pytest.raises(Forbidden):
        office.renew(serial(first))
    assert office.register.get(AGENT).issued == ()


def test_an_agent_renews_so_often_and_no_more() -> None:
    office = Office()
    first = office.enrol(office.invite())
    for _ in range(MOST_REQUESTS):
        with pytest.raises(Conflict):
            office.renew(serial(first))
    with pytest.raises(TooManyTries):
        office.renew(serial(first))


STRANGERS: dict[str, Callable[[dict[str, Any]], None]] = {
    "another authority": lambda facts: facts.update(key=remote(OTHER)),
    "another name": lambda facts: facts.update(name=AgentName("demo", "salle-2", "https://x")),
    "another key": lambda facts: facts.update(public_key=OTHER.public_key()),
    "for longer": lambda facts: facts.update(at=facts["at"] + timedelta(minutes=8)),
    "outside its dates": lambda facts: facts.update(at=facts["at"] + timedelta(days=1)),
}


@pytest.mark.parametrize("what", STRANGERS)
def test_the_authority_is_believed_for_this_agent_and_key_alone(what: str) -> None:
    office = Office()
    code = office.invite()
    office.authority.spoil = STRANGERS[what]
    with pytest.raises(ConfigurationError, match=what):
        office.enrol(code)
    assert office.register.get(AGENT).issued == ()


def test_a_body_has_its_fields_and_no_other() -> None:
    assert read_asked({"request": "x"}, {"request"}) == "x"
    for facts in ({}, {"request": "x", "more": 1}, {"code": "x"}):
        with pytest.raises(BadRequest, match="body"):
            read_asked(facts, {"request"})
    with pytest.raises(BadRequest, match="/request"):
        read_asked({"request": 7}, {"request"})
    assert asked().who == "192.0.2.1"
