"""Before a professional sees a patient's exams: the DMP's state, and the patient's authorisation.

Over the whole stack, as a browser does it; each DMP transaction fails in every way.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from simulators.ris.cases import Case
from tests.flows.readers import called, come_in, patient, submit
from tests.flows.stack import LocalStack

LISTED = '<div class="history">'
LACKING = "pas d&#x27;autorisation"


@pytest.fixture
def browser(stack: LocalStack) -> Iterator[httpx.Client]:
    """The browser of a radiologist who has signed in."""
    with stack.client() as http:
        come_in(stack, http, "radiologist")
        yield http


def described(stack: LocalStack, case: Case, **facts: Any) -> None:
    """The DMP of that patient is so."""
    with stack.client() as http:
        body = {"ins": case.ins, "oid": case.ins_oid, **facts}
        answer = http.post(f"{stack.endpoints['dmp']}/_sim/patients", json=body)
    assert answer.status_code == 201, answer.text


def authorization(stack: LocalStack, case: Case) -> str:
    """The state of the authorisation in the DMP."""
    with stack.client() as http:
        patients = http.get(f"{stack.endpoints['dmp']}/_sim/patients").json()["patients"]
    [found] = [facts for who, facts in patients.items() if who.startswith(case.ins)]
    return str(found["authorization"])


@pytest.fixture
def published(stack: LocalStack) -> Case:
    """A patient with one exam in the DMP."""
    case = patient("PATIENTE-AUTORISEE")
    assert stack.publish(case).state == "published"
    return case


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"existence": "none"}, "pas de dossier médical partagé"),
        ({"existence": "closed"}, "est fermé"),
        ({"authorization": "refused"}, "s&#x27;oppose"),
        ({"traits": {"birth_date": "19010101"}}, "différent"),
    ],
)
def test_a_dmp_that_stays_closed_shows_its_reason_and_no_way_in(
    stack: LocalStack, browser: httpx.Client, facts: dict[str, Any], words: str
) -> None:
    case = patient("PATIENTE-FERMEE")
    described(stack, case, **facts)
    shown = browser.get(called(stack, browser, case)).text
    assert words in shown
    assert "PATIENTE-FERMEE" in shown
    assert LISTED not in shown
    assert 'value="authorize"' not in shown


@pytest.mark.parametrize(("state", "words"), [("absent", LACKING), ("expired", "a expiré")])
def test_an_authorisation_by_a_click_opens_the_exams_and_its_end_closes_them(
    stack: LocalStack, browser: httpx.Client, published: Case, state: str, words: str
) -> None:
    described(stack, published, authorization=state)
    page = browser.get(called(stack, browser, published))
    assert words in page.text
    assert LISTED not in page.text
    assert authorization(stack, published) == state, "nothing is set by itself"
    unticked = submit(browser, page, "authorize")
    assert unticked.status_code == 400
    assert "consent_not_given" in unticked.text
    assert authorization(stack, published) == state
    back = submit(browser, page, "authorize", consent="yes")
    assert (back.status_code, str(back.url.join(back.headers["Location"]))) == (303, str(page.url))
    assert authorization(stack, published) == "valid"
    assert LISTED in browser.get(str(page.url)).text
    # The patient takes it back: the page's kept answer opens nothing any more.
    described(stack, published, authorization="refused")
    shown = browser.get(str(page.url)).text
    assert LISTED not in shown
    assert "s&#x27;oppose" in shown
    refused = submit(browser, page, "authorize", consent="yes")
    assert refused.status_code == 409
    assert authorization(stack, published) == "refused"
    acts = stack.audited("authorization.set", for_ins=published.ins)
    outcomes = ["consent_not_given", "not_to_be_authorized", "success"]
    assert sorted(one["result"] for one in acts) == outcomes
    assert {one["who"] for one in acts} == {"810090010017"}
    asked = stack.audited("record.asked", for_ins=published.ins)
    assert {one["who"] for one in asked} == {"810090010017"}


def test_a_form_of_another_session_or_with_another_token_authorises_nothing(
    stack: LocalStack, browser: httpx.Client
) -> None:
    case = patient("PATIENTE-DISPUTEE")
    described(stack, case, authorization="absent")
    page = browser.get(called(stack, browser, case))
    assert submit(browser, page, "authorize", consent="yes", token="forged").status_code == 403
    with stack.client() as thief:
        come_in(stack, thief, "nurse")
        stolen = submit(thief, page, "authorize", consent="yes")
        assert stolen.status_code == 403
        assert "PATIENTE-DISPUTEE" not in stolen.text
        own = patient("PATIENTE-DU-VOLEUR")
        described(stack, own, authorization="absent")
        mine = thief.get(called(stack, thief, own))
        theirs = f"{page.url}/authorization"
        assert submit(thief, mine, "authorize", at=theirs, consent="yes").status_code == 404
    foreign = submit(browser, page, "authorize", consent="yes", origin="https://elsewhere.example")
    assert foreign.status_code == 403
    assert authorization(stack, case) == "absent"


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "unavailable"},
        {"kind": "lost_answer"},
        {"kind": "wrong_answer"},
        {"kind": "refuse", "code": "DMPError"},
        {"kind": "delay", "seconds": 7},
    ],
    ids=lambda fault: fault["kind"],
)
@pytest.mark.parametrize("transaction", ["td0.2", "td0.3"])
def test_a_fault_of_a_transaction_shows_nothing_and_assumes_nothing(
    stack: LocalStack,
    browser: httpx.Client,
    published: Case,
    transaction: str,
    fault: dict[str, Any],
) -> None:
    described(stack, published, authorization="absent")
    page = browser.get(called(stack, browser, published))
    assert LACKING in page.text
    stack.fault("dmp", transaction=transaction, **fault)
    if transaction == "td0.2":
        failed = browser.get(str(page.url))
        assert LISTED not in failed.text
        assert LACKING not in failed.text
        assert "dmp_unavailable" in failed.text or "dmp_refused" in failed.text
        assert "Ce qui marche encore" in failed.text
    else:
        answer = submit(browser, page, "authorize", consent="yes")
        expected = {"unavailable": 503, "refuse": 409}.get(fault["kind"], 303)
        assert answer.status_code == expected
    stack.heal("dmp")
    # The state is asked anew, whatever became of the request.
    state = authorization(stack, published)
    shown = browser.get(str(page.url)).text
    assert (LISTED in shown) == (state == "valid")
    assert (LACKING in shown) == (state == "absent")
    taken = transaction == "td0.3" and fault["kind"] in {"lost_answer", "delay"}
    assert (state == "valid") == taken
