"""An operator's search of the PACS, by forms."""

from __future__ import annotations

import base64
import json
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from lxml import html

from functions.aws import agents
from functions.drimbox.identity.session import form_token
from functions.drimbox.pages.operations.pacs_search_texts import FAULTS as PACS_TEXTS
from functions.search_pacs.handler import handler as search_pacs
from tests.drimbox.images.samples import instance
from tests.handlers.agent_scenes import Agent, behind_agent, lend, rung, show, told
from tests.handlers.conftest import CONTEXT, audit_records, audited, event
from tests.handlers.journey import CASE, STUDY, Journey, jobs
from tests.handlers.page_scenes import (
    BASE,
    EVERYTHING,
    LOOKING,
    SESSION,
    held,
    look,
    queued,
    signed_in,
    submit,
)

OTHER = "1.2.250.9.77"


def search(subject: str, publication: str, **fields: str) -> tuple[int, Any]:
    made = signed_in(event("search_pacs/form"), subject, publication=publication)
    told = {"token": form_token(SESSION), "verb": "search_pacs", "study": STUDY, **fields}
    reply = search_pacs({**made, "body": urlencode(told)}, CONTEXT)
    return reply["statusCode"], html.fromstring(base64.b64decode(reply["body"]).decode())


def arrive(journey: Journey, **changes: Any) -> None:
    """A study of the patient, under another UID than the report's."""
    facts = {
        "StudyInstanceUID": OTHER,
        "SeriesInstanceUID": f"{OTHER}.1",
        "SOPInstanceUID": f"{OTHER}.1.1",
        "PatientID": CASE.ipp,
        "AccessionNumber": CASE.orders[0].accession,
        "StudyDate": "20210108",
    }
    journey.archive.store(instance(1, **(facts | changes)))


def test_a_study_is_found_chosen_and_replayed(journey: Journey) -> None:
    message_id = held(journey)
    arrive(journey)
    _, document = look(EVERYTHING, message_id)
    [start] = document.xpath("//form[.//input[@value='search_pacs']]")
    assert start.get("action") == f"{BASE}/publications/{message_id}/pacs"
    assert start.xpath(".//input[@name='study']/@value") == [STUDY]
    status, document = search(EVERYTHING, message_id)
    assert status == 200
    assert document.xpath("//input[@name='ipp']/@value") == [CASE.ipp]
    assert document.xpath("//input[@name='day']/@value") == ["2021-01-08"]
    [form] = document.xpath("//form[.//input[@value='override']]")
    fields = {one.get("name"): one.get("value") for one in form.xpath(".//input")}
    assert (fields["named-0"], fields["study-0"]) == (STUDY, OTHER)
    [button] = form.xpath(".//button[@name='then']")
    assert button.text == "Enregistrer et rejouer"
    done = submit(EVERYTHING, message_id, **fields, then=button.get("value"))
    place = f"{BASE}/publications/{message_id}?done=corrected"
    assert (done["statusCode"], done["headers"]["Location"]) == (303, place)
    assert [(one["message_id"], one["replay"]) for one in queued()] == [(message_id, 1)]
    _, document = look(EVERYTHING, message_id, done="corrected")
    assert "La rectification est enregistrée et la publication remise en file." in (
        document.text_content()
    )
    [record] = [one for one in audit_records() if one["event"] == "pacs.searched"]
    assert (record["who"], record["result"]) == (EVERYTHING, "found")
    assert (record["for_ins"], record["for_patient_id"]) == (CASE.ins, CASE.ipp)


def test_the_criteria_are_in_no_address_and_in_no_line_of_the_log(journey: Journey) -> None:
    message_id = held(journey)
    arrive(journey)
    _, document = search(EVERYTHING, message_id, ipp=CASE.ipp, accession="", day="", modality="")
    for address in (*document.xpath("//@href"), *document.xpath("//@action")):
        assert CASE.ipp not in address
    written = journey.log.getvalue()
    assert "drimbox" in written or not written
    assert CASE.ipp not in written
    assert CASE.orders[0].accession not in written


@pytest.fixture
def behind(journey: Journey, monkeypatch: pytest.MonkeyPatch) -> Journey:
    """A held publication of a site behind an agent, which is there; nobody is waited for."""
    monkeypatch.setattr(agents, "_SEARCH", 0.0)
    behind_agent()
    lend(credentials=False)
    return journey


def test_an_agent_searches_and_the_page_shows_its_answer(behind: Journey) -> None:
    message_id = held(behind)
    arrive(behind)
    _, document = search(EVERYTHING, message_id)
    assert PACS_TEXTS["answer_awaited"].fr in document.text_content()
    assert Agent(behind).work() == ["answered"]
    status, document = search(EVERYTHING, message_id)
    assert status == 200
    [form] = document.xpath("//form[.//input[@value='override']]")
    fields = {one.get("name"): one.get("value") for one in form.xpath(".//input")}
    assert (fields["named-0"], fields["study-0"]) == (STUDY, OTHER)


def test_the_criteria_of_a_search_are_sealed_while_the_agent_is_asked(behind: Journey) -> None:
    search(EVERYTHING, held(behind))
    kept = json.dumps(jobs())
    assert '"find"' in kept
    assert not any(name in kept for name in (CASE.ipp, CASE.orders[0].accession))
    (message,) = rung()
    assert told(show(message["job"]))["ask"]["patient_id"] == CASE.ipp


def test_an_answer_that_comes_at_once_is_shown_at_once(
    behind: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agents, "_SEARCH", 10.0)
    message_id = held(behind)
    arrive(behind)
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 2:
            assert Agent(behind).work() == ["answered"]

    monkeypatch.setattr(agents, "time", SimpleNamespace(sleep=sleep, monotonic=lambda: 0.0))
    _, document = search(EVERYTHING, message_id)
    assert len(waited) == 2
    assert document.xpath("//form[.//input[@value='override']]")


def test_no_agent_is_asked_that_is_away(behind: Journey) -> None:
    lend(health={"pacs": "unreachable"}, credentials=False)
    _, document = search(EVERYTHING, held(behind))
    assert PACS_TEXTS["agent_away"].fr in document.text_content()
    assert rung() == []


def test_a_form_without_its_right_is_refused(journey: Journey) -> None:
    message_id = held(journey)
    assert search(LOOKING, message_id)[0] == 403
    assert ("operation.refused", "not_permitted") in audited()
    assert search("stranger", message_id)[0] == 403
    assert search(EVERYTHING, "0" * 32)[0] == 404


def test_an_ill_formed_criterion_leaves_a_record_that_names_it(journey: Journey) -> None:
    message_id = held(journey)
    status, _ = search(EVERYTHING, message_id, ipp="*")
    assert status == 400
    [record] = [one for one in audit_records() if one["event"] == "operation.refused"]
    assert (record["result"], record["for_field"]) == ("bad_request", "ipp")
    assert "*" not in str(record)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (httpx.ConnectError("no"), "Le PACS ne répond pas"),
        (httpx.Response(503), "Le PACS ne répond pas"),
        (httpx.Response(200, content=b"<html>"), "ne peut pas être utilisée"),
        (httpx.Response(403), "refuse l'accès"),
    ],
)
def test_a_pacs_without_an_answer_is_a_page_with_words(
    journey: Journey, answer: httpx.Response | Exception, words: str
) -> None:
    message_id = held(journey)

    def pacs(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, stream=httpx.ByteStream(answer.content))

    journey.outside.hosts["pacs.example"] = pacs
    status, document = search(EVERYTHING, message_id)
    assert status == 200
    [told] = document.xpath("//p[@role='alert']")
    assert words in told.text_content()
    assert document.xpath("//form[.//input[@value='override']]") == []
    # The way back and the criteria are there for another try.
    assert document.xpath("//input[@name='ipp']/@value") == [CASE.ipp]
