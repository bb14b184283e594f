"""The contextual call and the report's link over HTTP: refusals, and the secrets that they keep."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx
import pytest

from simulators.ris.cases import CASES, Case
from simulators.ris.page import call
from tests.flows.readers import come_in
from tests.flows.stack import LocalStack

CANARY = "CANARI-DE-L-APPEL"
GOOD = {**call(CASES["C"]), "Patient.name.family": CANARY}
FORM = "application/x-www-form-urlencoded"


def address(stack: LocalStack, tenant: str = "demo", entrance: str = "context") -> str:
    return f"{stack.endpoints['vi']}/tenants/{tenant}/{entrance}"


def link_of(case: Case) -> dict[str, str]:
    return {
        "requestType": "STUDY",
        "studyUID": case.studies[0],
        "Accessionnumber": f"{case.accession_root}.{case.orders[0].accession}",
        "idCDA": case.cda_id,
    }


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({"data": {**GOOD, "x": CANARY}}, 400, "call_name_unknown"),
        ({"data": {**GOOD, "Situation": ""}}, 400, "call_value_empty"),
        ({"data": {"patientid": CANARY}}, 400, "call_name_case"),
        ({"content": f"{urlencode(GOOD)}&PatientID=2"}, 400, "call_name_repeated"),
        ({"data": {**GOOD, "PatientID": f"{CANARY}\u202e"}}, 400, "call_value_hidden"),
        ({"content": "PatientID=%E9t%E9"}, 400, "call_character_set"),
        ({"content": f"{urlencode(GOOD)}\r\n"}, 400, "call_not_a_form"),
        ({"data": GOOD, "params": {"PatientID": CANARY}}, 400, "call_in_query"),
        ({"params": GOOD}, 400, "call_in_query"),
        ({"json": GOOD}, 400, "call_content_type"),
        ({"files": {name: (None, value) for name, value in GOOD.items()}}, 400, "call_content"),
        ({"data": {**GOOD, "PatientIDIssuer": "1" * 20_000}}, 413, "too_large"),
        ({"content": b""}, 400, "call_name_missing"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_call_is_a_page_without_a_value(
    stack: LocalStack, request_: dict[str, Any], status: int, code: str
) -> None:
    headers = {"Content-Type": FORM} if "content" in request_ else {}
    with stack.client() as http:
        answer = http.post(address(stack), headers=headers, **request_)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert code in answer.text
    assert CANARY not in answer.text
    assert "Set-Cookie" not in answer.headers


def test_the_check_says_what_the_call_gets(stack: LocalStack) -> None:
    """The vendor's dry run on the other host, by the sender's certificate."""
    where = f"{stack.endpoints['in']}/v1/tenants/demo/check/context"
    with stack.client("ris") as http:
        for call_, status in ((GOOD, 303), ({**GOOD, "Modality": "ct"}, 400)):
            facts = json.loads(http.post(where, data=call_).text)
            assert facts["status"] == status
            with stack.client() as browser:
                assert browser.post(address(stack), data=call_).status_code == status
    assert [one["code"] for one in facts["faults"]] == ["call_modality"]


def test_no_other_tenant_and_no_other_method(stack: LocalStack) -> None:
    with stack.client() as http:
        assert http.post(address(stack, "nobody"), data=GOOD).status_code == 404
        assert http.get(address(stack), params=GOOD).status_code in {403, 404}
        answer = http.post(address(stack), data=GOOD)
        page = str(answer.url.join(answer.headers["Location"]))
        for other in (page[:-1], page[:-1] + ("A" if page[-1] != "A" else "B"), page + "x"):
            assert CANARY not in http.get(other).text
        come_in(stack, http, "radiologist")
        assert http.get(page[:-1] + ("A" if page[-1] != "A" else "B")).status_code == 404
        assert CANARY in http.get(page).text


def test_a_report_s_link_opens_its_exam_after_the_sign_in(stack: LocalStack) -> None:
    case = CASES["C"].fresh(uuid4().hex)
    assert stack.publish(case).state == "published"
    where = address(stack, entrance="IHEInvokeImageDisplay")
    with stack.client() as http:

        def opened(**changes: str) -> httpx.Response:
            answer = http.get(where, params={**link_of(case), **changes})
            assert answer.status_code == 303
            return http.get(answer.url.join(answer.headers["Location"]))

        assert case.traits.family not in opened().text
        come_in(stack, http, "radiologist")
        shown = opened()
        assert shown.status_code == 200
        assert case.traits.family in shown.text
        assert case.ins in shown.text
        for changes in (
            {"studyUID": "2.25.99"},
            {"Accessionnumber": "1.2.3.ACN"},
            {"idCDA": f"{case.cda_id}.9"},
        ):
            refused = opened(**changes)
            assert refused.status_code == 404
            assert case.traits.family not in refused.text
        elsewhere = address(stack, "voisin", "IHEInvokeImageDisplay")
        answer = http.get(elsewhere, params=link_of(case))
        assert case.traits.family not in http.get(answer.url.join(answer.headers["Location"])).text
        assert http.get(where, params={**link_of(case), "x": "1"}).status_code == 400
