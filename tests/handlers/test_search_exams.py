"""The function of the ``vi`` host: a patient's exams, as the DMP lists them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from functions.authorize_professional.handler import handler as authorize_professional
from functions.aws import clients
from functions.aws.policies import Unauthorized
from functions.search_exams.handler import handler as searching
from tests.drimbox.dmp import answers
from tests.fakes.aws import forget_tenant_secret
from tests.fakes.logs import written
from tests.fakes.world import STRUCTURE
from tests.handlers.conftest import (
    CONTEXT,
    Outside,
    audit_records,
    audited,
    event,
    refused_callers,
)
from tests.handlers.journey import CASE, STUDY, Journey
from tests.handlers.operation_scenes import judged

PROFESSIONAL = "899700000001"
search_exams = judged(searching)


ACTIVITY = {
    "codeSecteurDactivite": "SA08",
    "raisonSocialeSite": "CENTRE D'ESSAI",
    "ancienIdentifiantDeLaStructure": STRUCTURE,
    "numeroSiretSite": "",
}


def userinfo(**changes: Any) -> Callable[[httpx.Request], httpx.Response]:
    """Pro Santé Connect's answer about the professional of the event."""
    claims = {
        "sub": "f:1:899700000001",
        "SubjectNameID": PROFESSIONAL,
        "family_name": "ESSAI",
        "given_name": "Alix",
        "Secteur_Activite": "SA08^1.2.250.1.71.4.2.4",
        "SubjectRole": "10^1.2.250.1.213.1.1.5.5",
        "SubjectRefPro": {
            "exercices": [
                {"codeProfession": "10", "codeSavoirFaire": "SM44", "activities": [ACTIVITY]}
            ]
        },
        **changes,
    }
    return lambda _: httpx.Response(200, json=claims)


def search(**changes: Any) -> dict[str, Any]:
    """A search for the patient of the report; ``changes`` are fields of its body."""
    body = json.dumps({"ins": CASE.ins, "oid": CASE.ins_oid, **changes})
    reply: dict[str, Any] = search_exams(event("search_exams/by_ins", body=body), CONTEXT)
    return reply


def problem(reply: dict[str, Any]) -> tuple[int, str]:
    assert reply["headers"]["Content-Type"] == "application/problem+json"
    return reply["statusCode"], json.loads(base64.b64decode(reply["body"]))["code"]


def searched() -> list[str]:
    return [result for name, result in audited() if name == "exams.searched"]


def test_a_published_exam_is_found(journey: Journey) -> None:
    journey.archive_study()
    journey.publish()
    journey.outside.hosts["psc.example"] = userinfo()
    reply = search()
    assert reply["statusCode"] == 200
    (exam,) = json.loads(base64.b64decode(reply["body"]))["exams"]
    (document,) = journey.manifests()
    assert exam["study_instance_uid"] == STUDY
    assert exam["manifest_id"] == document["unique_id"]
    assert exam["accession_number"] == CASE.orders[0].accession
    assert exam["accession_issuer"] == CASE.accession_root
    assert [one["code"] for one in exam["modalities"]] == [CASE.exams[0].act.modality[0]]
    assert exam["structure"]["id"] == STRUCTURE
    assert searched() == ["success"]
    log = journey.log.getvalue()
    for secret in (CASE.ins, "token-of-a-test", "ESSAI"):
        assert secret not in log


@pytest.mark.parametrize(
    "narrowed", [{"modality": "MR"}, {"from": "2022-01-01"}, {"to": "2020-12-31"}]
)
def test_an_exam_that_does_not_match_is_not_listed(
    journey: Journey, narrowed: dict[str, str]
) -> None:
    journey.archive_study()
    journey.publish()
    journey.outside.hosts["psc.example"] = userinfo()
    reply = search(**narrowed)
    assert json.loads(base64.b64decode(reply["body"])) == {
        "exams": [],
        "identity_compared": False,
        "contradicting": 0,
    }
    assert searched() == ["success"]


@pytest.mark.parametrize(
    ("family", "found"), [(CASE.traits.family, (1, 0)), ("DUPONT", (0, 1))], ids=["own", "other"]
)
def test_exams_of_another_identity_are_left_out_and_counted(
    journey: Journey, family: str, found: tuple[int, int]
) -> None:
    journey.archive_study()
    journey.publish()
    journey.outside.hosts["psc.example"] = userinfo()
    born = CASE.traits.birth_date
    traits = {
        "birth_family": family,
        "birth_given": CASE.traits.given,
        "birth_date": f"{born[:4]}-{born[4:6]}-{born[6:]}",
        "sex": "F",
    }
    answer = json.loads(base64.b64decode(search(traits=traits)["body"]))
    assert (len(answer["exams"]), answer["contradicting"]) == found
    assert answer["identity_compared"] is True
    [record] = [one for one in audit_records() if one["event"] == "exams.searched"]
    assert (record["for_count"], record["for_contradicting"]) == tuple(map(str, found))
    assert family not in journey.log.getvalue()


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"traits": {"sex": "F"}}, "bad_traits", "/traits"),
        ({"ins": "1"}, "bad_ins", "/ins"),
        ({"oid": "1.2.3"}, "bad_ins", "/oid"),
        ({"modality": 3}, "bad_modality", "/modality"),
        ({"from": "yesterday"}, "bad_from", "/from"),
        ({"name": "x"}, "unknown_field", "body"),
    ],
)
def test_a_wrong_search_asks_nobody(
    site: None, outside: Outside, changes: dict[str, Any], code: str, field: str
) -> None:
    reply = search(**changes)
    assert problem(reply) == (400, code)
    assert json.loads(base64.b64decode(reply["body"]))["field"] == field
    assert outside.asked == []


@pytest.mark.parametrize("body", ["", "[]", "{", None])
def test_a_body_that_is_not_an_object_is_a_bad_request(
    site: None, outside: Outside, body: str | None
) -> None:
    reply = search_exams(event("search_exams/by_ins", body=body), CONTEXT)
    assert problem(reply) == (400, "bad_request")


def test_a_body_that_is_too_large_is_refused(site: None, outside: Outside) -> None:
    reply = search_exams(event("search_exams/by_ins", body="x" * 70_000), CONTEXT)
    assert problem(reply) == (413, "too_large")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"SubjectRefPro": None}, "no_activity_here"),
        (
            {
                "SubjectRefPro": {
                    "exercices": [
                        {
                            "codeProfession": "10",
                            "codeSavoirFaire": "SM44",
                            "activities": [
                                {**ACTIVITY, "ancienIdentifiantDeLaStructure": "1999999999"}
                            ],
                        }
                    ]
                }
            },
            "no_activity_here",
        ),
        (
            {"SubjectRefPro": {"exercices": [{"codeProfession": "10", "activities": [ACTIVITY]}]}},
            "incomplete_professional",
        ),
    ],
)
def test_a_professional_from_elsewhere_is_refused_before_the_dmp(
    site: None, outside: Outside, changes: dict[str, Any], code: str
) -> None:
    outside.hosts["psc.example"] = userinfo(**changes)
    assert problem(search()) == (403, code)
    assert not any("dmp.example" in one for one in outside.asked)


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (lambda _: httpx.Response(401), 401, "not_authenticated"),
        (lambda _: httpx.Response(500), 503, "identity_unavailable"),
        (userinfo(sub="somebody-else"), 503, "identity_unavailable"),
    ],
)
def test_without_userinfo_nobody_is_spoken_for(
    site: None,
    outside: Outside,
    answer: Callable[[httpx.Request], httpx.Response],
    status: int,
    code: str,
) -> None:
    outside.hosts["psc.example"] = answer
    assert problem(search()) == (status, code)
    assert not any("dmp.example" in one for one in outside.asked)


def test_a_refusal_of_the_dmp_is_recorded(site: None, outside: Outside) -> None:
    outside.hosts["psc.example"] = userinfo()
    outside.hosts["dmp.example"] = refusing
    assert problem(search()) == (403, "dmp_refused")
    assert searched() == ["dmp_refused"]


def refusing(request: httpx.Request) -> httpx.Response:
    """A registry that answers with an error, to this very message."""
    found = request.read().decode()
    message_id = found.partition("MessageID")[2].partition(">")[2].partition("<")[0]
    body = answers.envelope(
        answers.query_response("", "DMPAccesInterdit", status="Failure"), message_id
    )
    return httpx.Response(200, content=body, headers={"content-type": "application/soap+xml"})


def test_a_dmp_that_does_not_answer_is_later(site: None, outside: Outside) -> None:
    outside.hosts["psc.example"] = userinfo()
    outside.hosts["dmp.example"] = lambda _: httpx.Response(503)
    assert problem(search()) == (503, "dmp_unavailable")
    assert searched() == ["dmp_unavailable"]


def test_a_structure_without_its_certificates_cannot_ask(site: None, outside: Outside) -> None:
    outside.hosts["psc.example"] = userinfo()
    forget_tenant_secret("demo", f"structures/{STRUCTURE}/sign")
    assert problem(search()) == (500, "configuration_error")
    assert searched() == ["configuration_error"]


def test_a_fault_of_ours_is_recorded_without_what_it_says(
    site: None, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError(CASE.ins)

    monkeypatch.setattr("functions.drimbox.consultation.find_exams.choose_activity", broken)
    outside.hosts["psc.example"] = userinfo()
    assert problem(search()) == (500, "internal_error")
    assert searched() == ["failed"]


CANARY = "ZZ-not-to-be-kept-ZZ"


SIGNED_IN: Mapping[str, str] = event("search_exams/by_ins")["requestContext"]["authorizer"]


ELSEWHERE = {**ACTIVITY, "ancienIdentifiantDeLaStructure": "1999999999"}


WITHOUT_RIGHT = userinfo(SubjectRefPro={"exercices": [{"activities": [ELSEWHERE]}]})


@dataclass(frozen=True)
class Refused:
    """A search that is refused: the difference from a good one, the answer, and the record."""

    status: int
    code: str
    facts: Mapping[str, str] = field(default_factory=dict)
    caller: Mapping[str, str] = field(default_factory=lambda: SIGNED_IN)
    body: str = json.dumps({"ins": CASE.ins, "oid": CASE.ins_oid})
    psc: Callable[[httpx.Request], httpx.Response] | None = None


FOR = {"for_ins": CASE.ins}


REFUSED = {
    "another application": Refused(
        403, "foreign_application", caller={**SIGNED_IN, "client_id": "other-box"}
    ),
    "not JSON": Refused(400, "bad_request", body=CANARY),
    "not an object": Refused(400, "bad_request", body=f'["{CANARY}"]'),
    "too large": Refused(413, "too_large", body=CANARY + "x" * 70_000),
    "a wrong INS": Refused(400, "bad_ins", body=json.dumps({"ins": CANARY, "oid": CASE.ins_oid})),
    "an unknown field": Refused(400, "unknown_field", body=json.dumps({CANARY: CANARY})),
    "no activity in this tenant": Refused(403, "no_activity_here", facts=FOR, psc=WITHOUT_RIGHT),
    "a token that ended": Refused(
        401, "not_authenticated", facts=FOR, psc=lambda _: httpx.Response(401)
    ),
    "no userinfo": Refused(
        503, "identity_unavailable", facts=FOR, psc=lambda _: httpx.Response(500)
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_search_leaves_one_record_of_who_asked_and_why_not(
    site: None, outside: Outside, name: str
) -> None:
    wrong = REFUSED[name]
    outside.hosts["psc.example"] = wrong.psc or userinfo()
    refused = event("search_exams/by_ins", body=wrong.body)
    refused["requestContext"]["authorizer"] = dict(wrong.caller)
    with written() as log:
        assert problem(search_exams(refused, CONTEXT)) == (wrong.status, wrong.code)
    assert not any("dmp.example" in one for one in outside.asked)
    (record,) = audit_records()
    assert record.pop("at")
    assert record == {
        "event": "exams.searched",
        "result": wrong.code,
        "who": PROFESSIONAL,
        "tenant": "demo",
        "for_count": "0",
        **wrong.facts,
    }
    assert CANARY not in log.getvalue()
    assert CASE.ins not in log.getvalue()


NOBODY: Mapping[str, tuple[int, str, Mapping[str, str]]] = {
    "no context": (401, "not_authenticated", {}),
    "a program": (401, "not_authenticated", {**SIGNED_IN, "caller": "bound"}),
    "no subject": (401, "not_authenticated", {**SIGNED_IN, "subject": ""}),
    "signed in at another tenant": (401, "not_authenticated", {**SIGNED_IN, "tenant": "other"}),
    "nobody can tell": (503, "identity_unavailable", {"caller": "unavailable"}),
    "a tenant of nobody": (404, "absent", {"caller": "foreign"}),
}


@pytest.mark.parametrize("name", NOBODY)
def test_a_search_of_nobody_searches_nothing_and_writes_nothing(
    site: None, outside: Outside, name: str
) -> None:
    status, code, caller = NOBODY[name]
    refused = event("search_exams/by_ins")
    refused["requestContext"]["authorizer"] = dict(caller)
    assert problem(search_exams(refused, CONTEXT)) == (status, code)
    assert (audit_records(), outside.asked) == ([], [])


@pytest.mark.parametrize("values", [[], [""], ["Basic dTpw"], ["Bearer a", "Bearer b"]])
def test_a_search_without_a_token_is_counted_and_asks_nobody(
    site: None, outside: Outside, values: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    asked = event("search_exams/by_ins", multiValueHeaders={"Authorization": values})
    asked["methodArn"] = event("authorize_professional/request")["methodArn"]
    with pytest.raises(Unauthorized):
        authorize_professional(asked, CONTEXT)
    (counted,) = refused_callers(capsys.readouterr().out)
    assert (counted["tenant"], counted["code"]) == ("demo", "not_authenticated")
    assert (audit_records(), outside.asked) == ([], [])


@pytest.mark.parametrize(
    ("tenant", "caller", "status"),
    [
        ("nobody", "active", 404),
        ("../demo", "active", 404),
        (None, "active", 404),
        ("nobody", "bound", 401),
    ],
)
def test_a_search_at_a_tenant_that_does_not_exist_has_nowhere_to_be_kept(
    site: None, outside: Outside, tenant: str | None, caller: str, status: int
) -> None:
    names = None if tenant is None else {"tenant": tenant}
    refused = event("search_exams/by_ins", pathParameters=names)
    refused["requestContext"]["authorizer"] |= {"tenant": tenant, "caller": caller}
    assert problem(search_exams(refused, CONTEXT))[0] == status
    assert "Contents" not in clients.s3().list_objects_v2(Bucket="audit")
    assert outside.asked == []
