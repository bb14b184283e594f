"""A patient's authorisation is told to the DMP by an explicit act of this session alone."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from functions.drimbox.consultation.report_link import ReportLink
from functions.drimbox.oid import Uid
from functions.set_authorization.handler import handler as set_authorization
from simulators.dmp.identifiers import PatientId
from simulators.dmp.patients import Patient
from tests.fakes.world import STRUCTURE
from tests.handlers.conftest import CONTEXT, Outside, audit_records, event, stores
from tests.handlers.journey import CASE, Journey
from tests.handlers.reader_scenes import (
    BASE,
    COOKIE,
    WHO,
    Psc,
    activity,
    authorized_by,
    opened,
    patient_page,
    sign_in,
)
from tests.handlers.session_scenes import text, with_cookies

PATIENT = PatientId(CASE.ins, CASE.ins_oid)


def described(journey: Journey, authorization: str, existence: str = "open", **traits: Any) -> None:
    facts = {"ins": CASE.ins, "oid": CASE.ins_oid, "existence": existence, "traits": traits}
    who, patient = Patient.read({**facts, "authorization": authorization})
    journey.registry.describe_patient(who, patient)


def state(journey: Journey) -> str:
    return str(journey.registry.patients()[str(PATIENT)]["authorization"])


def records() -> list[dict[str, str]]:
    return [one for one in audit_records() if one["event"] == "authorization.set"]


def services(journey: Journey) -> list[str]:
    return [one.rpartition("/")[2] for one in journey.outside.asked if "dmp.example" in one]


@pytest.mark.parametrize("before", ["absent", "expired"])
def test_an_act_adds_the_authorisation_and_leads_back_to_the_exams(
    journey: Journey, before: str
) -> None:
    described(journey, before)
    page, cookie = opened(), sign_in(journey.outside)
    assert f"{page}/authorization" in text(patient_page(cookie, page))
    reply = authorized_by(cookie, page)
    assert (reply["statusCode"], reply["headers"]["Location"]) == (303, f"{BASE}/{page}")
    assert state(journey) == "valid"
    assert "Le DMP ne connaît aucun examen" in text(patient_page(cookie, page))
    [record] = records()
    assert (record["result"], record["who"], record["for_ins"]) == ("success", WHO, CASE.ins)
    assert record["for_structure_id"] == STRUCTURE
    assert record["for_access"] == f"authorization_{before}"
    log = journey.log.getvalue()
    for secret in (CASE.ins, CASE.traits.family, "canary-access", page):
        assert secret not in log


def test_an_authorisation_that_stands_is_not_sent_again(journey: Journey) -> None:
    page, cookie = opened(), sign_in(journey.outside)
    text(patient_page(cookie, page))
    before = len(services(journey))
    assert authorized_by(cookie, page)["statusCode"] == 303
    assert services(journey)[before:] == ["patients"]


@pytest.mark.parametrize(
    ("facts", "traits"),
    [
        (("refused", "open"), {}),
        (("absent", "closed"), {}),
        (("absent", "none"), {}),
        (("absent", "open"), {"sex": "M"}),
        (("absent", "open"), {"birth_date": "19000101"}),
    ],
)
def test_nothing_is_sent_against_the_patient_or_about_another(
    journey: Journey, facts: tuple[str, str], traits: dict[str, str]
) -> None:
    described(journey, *facts, **traits)
    page, cookie = opened(), sign_in(journey.outside)
    text(patient_page(cookie, page))
    before = len(services(journey))
    reply = authorized_by(cookie, page)
    assert reply["statusCode"] == 409
    assert "not_to_be_authorized" in text(reply)
    assert f'href="{BASE}/{page}"' in text(reply)
    assert services(journey)[before:] == ["patients"]
    assert state(journey) == facts[0]
    assert [one["result"] for one in records()] == ["not_to_be_authorized"]


@pytest.mark.parametrize("consent", ["", "no", "YES"])
def test_without_the_box_nothing_is_asked(journey: Journey, consent: str) -> None:
    described(journey, "absent")
    page, cookie = opened(), sign_in(journey.outside)
    text(patient_page(cookie, page))
    before = services(journey)
    reply = authorized_by(cookie, page, consent=consent)
    assert reply["statusCode"] == 400
    assert "consentement" in text(reply)
    assert services(journey) == before
    assert [one["result"] for one in records()] == ["consent_not_given"]


def test_a_form_of_nobody_of_another_session_or_of_another_site_does_nothing(
    journey: Journey,
) -> None:
    described(journey, "absent")
    page, cookie = opened(), sign_in(journey.outside)
    text(patient_page(cookie, page))
    before = services(journey)
    other = sign_in(journey.outside, Psc(who="899000000002"))
    foreign = event("set_authorization/consent", pathParameters={"tenant": "demo", "page": page})
    stranger = set_authorization(
        with_cookies({**foreign, "requestContext": {"authorizer": {"caller": "nobody"}}}), CONTEXT
    )
    assert stranger["statusCode"] == 403
    assert authorized_by(cookie, page, token="t" * 43)["statusCode"] == 403
    reply = authorized_by(other, page)
    assert (reply["statusCode"], CASE.traits.family in text(reply)) == (404, False)
    assert authorized_by(cookie, "f" * 43)["statusCode"] == 404
    assert authorized_by(cookie, "short")["statusCode"] == 400
    assert services(journey) == before
    assert state(journey) == "absent"
    assert records() == []


def test_the_sign_in_leads_back_to_the_page(site: None, outside: Outside) -> None:
    page = opened()
    made = event("set_authorization/consent", pathParameters={"tenant": "demo", "page": page})
    nobody = {**made["requestContext"], "authorizer": {"caller": "nobody"}}
    reply = set_authorization(
        with_cookies({**made, "requestContext": nobody}, **{COOKIE: "x" * 43}), CONTEXT
    )
    assert reply["statusCode"] == 403
    assert f"/sign-in?page={page}" in text(reply)


def test_without_consent_in_the_call_or_a_situation_nothing_is_asked(
    site: None, outside: Outside
) -> None:
    psc = Psc(exercices=[activity(STRUCTURE), activity(STRUCTURE, "60")])
    cookie = sign_in(outside, psc)
    for page in (opened(consent=False), opened()):
        text(patient_page(cookie, page))
        assert authorized_by(cookie, page)["statusCode"] == 409
    assert not [one for one in outside.asked if "dmp.example" in one]


def test_a_report_s_link_has_no_authorisation(site: None, outside: Outside) -> None:
    link = ReportLink(Uid(CASE.studies[0]), "1.2.3.ACN", CASE.cda_id)
    page, cookie = stores().contexts.open(link), sign_in(outside)
    patient_page(cookie, page)
    assert authorized_by(cookie, page)["statusCode"] == 404


@pytest.mark.parametrize(
    ("service", "after", "told"),
    [
        ("patients", "absent", (503, "dmp_unavailable")),
        ("habilitations", "absent", (303, "dmp_outcome_unknown")),
        ("habilitations", "valid", (303, "dmp_outcome_unknown")),
    ],
)
def test_a_lost_answer_is_never_taken_for_an_authorisation(
    journey: Journey, service: str, after: str, told: tuple[int, str]
) -> None:
    """The page that follows asks the DMP for the state, whatever became of the request."""
    described(journey, "absent")
    page, cookie, plain = opened(), sign_in(journey.outside), journey.dmp
    text(patient_page(cookie, page))

    def broken(request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith(service):
            return plain(request)
        if after == "valid":
            plain(request)
        raise httpx.ReadTimeout("late", request=request)

    journey.outside.hosts["dmp.example"] = broken
    assert authorized_by(cookie, page)["statusCode"] == told[0]
    assert [one["result"] for one in records()] == [told[1]]
    assert state(journey) == after
    journey.outside.hosts["dmp.example"] = plain
    shown = text(patient_page(cookie, page))
    assert ("pas d&#x27;autorisation" in shown) == (after == "absent")


def test_an_authorisation_that_the_dmp_does_not_take_is_told(journey: Journey) -> None:
    described(journey, "absent")
    page, cookie, plain = opened(), sign_in(journey.outside), journey.dmp

    def refusing(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("habilitations"):
            return httpx.Response(403)
        return plain(request)

    text(patient_page(cookie, page))
    journey.outside.hosts["dmp.example"] = refusing
    reply = authorized_by(cookie, page)
    assert reply["statusCode"] == 409
    assert "authorization_not_taken" in text(reply)
    assert "Revenir à la page du patient" in text(reply)
    assert stores().contexts.bind(page, cookie) is not None
