"""functions.drimbox.enrolment.known: an agent's certificate against the register."""

from __future__ import annotations

from typing import Any

from functions.aws.clock import SystemClock
from functions.drimbox.enrolment.known import enrolled_agent
from functions.drimbox.identity.agent_names import has_agent_form
from functions.drimbox.identity.client_certificate import ClientCertificate, read_certificate
from tests.drimbox.enrolment.scenes import AGENT, Office
from tests.fakes.world import keys


def found(answer: dict[str, Any], office: Office) -> ClientCertificate:
    return read_certificate(answer["certificate"], office.clock)


def test_an_enrolled_agent_is_found_and_a_removed_one_is_not() -> None:
    office = Office()
    certificate = found(office.enrol(office.invite()), office)
    assert has_agent_form(certificate.subject)
    assert enrolled_agent(certificate, "demo", office.register) == AGENT
    record = office.register.get(AGENT)
    assert office.register.put(record.removed(office.clock.now()))
    assert enrolled_agent(certificate, "demo", office.register) == ""


def test_an_agent_is_of_one_tenant() -> None:
    office = Office()
    certificate = found(office.enrol(office.invite()), office)
    # Even a register with the same entry names nobody by the certificate of another tenant.
    assert enrolled_agent(certificate, "other", office.register) == ""


def test_the_certificate_of_another_agent_opens_nothing_under_its_name() -> None:
    office = Office()
    first = found(office.enrol(office.invite()), office)
    second = found(office.enrol(office.invite("salle-2")), office)
    assert enrolled_agent(first, "demo", office.register) == AGENT
    assert enrolled_agent(second, "demo", office.register) == "salle-2"
    again = found(office.enrol(office.invite()), office)
    assert enrolled_agent(again, "demo", office.register) == AGENT
    assert enrolled_agent(first, "demo", office.register) == ""


def test_a_declared_certificate_claims_nothing() -> None:
    office = Office()
    certificate = read_certificate(keys().auth.certificate_pem, SystemClock())
    assert not has_agent_form(certificate.subject)
    assert enrolled_agent(certificate, "demo", office.register) == ""
