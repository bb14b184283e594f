"""The forms of the operators' pages."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from lxml import html

from functions.act_on_operations_pages.handler import handler as act_on_operations_pages
from functions.aws import clients, large_exports
from functions.aws.study_records import DynamoStudyRecords
from functions.drimbox.identity.session import form_token
from functions.drimbox.oid import Uid
from tests.handlers import page_scenes
from tests.handlers.conftest import CONTEXT, audited, event, now, stores
from tests.handlers.journey import CASE, STUDY, Journey
from tests.handlers.page_scenes import (
    BASE,
    EVERYTHING,
    LOOKING,
    SESSION,
    contested,
    diverging,
    held,
    imported,
    look,
    queued,
    signed_in,
    verbs,
)
from tests.handlers.session_scenes import text


def submit(subject: str, publication: str = "", **fields: str) -> dict[str, Any]:
    """A form's answer: the function may read a study's record, and may not query their index."""
    with pytest.MonkeyPatch.context() as patched:
        patched.delattr(DynamoStudyRecords, "find")
        return page_scenes.submit(subject, publication, **fields)


def test_replay_by_a_form(journey: Journey) -> None:
    message_id = held(journey)
    reply = submit(EVERYTHING, message_id, verb="replay")
    assert reply["statusCode"] == 303
    assert reply["headers"]["Location"] == f"{BASE}/publications/{message_id}?done=replayed"
    assert [(one["message_id"], one["replay"]) for one in queued()] == [(message_id, 1)]
    _, document = look(EVERYTHING, message_id, done="replayed")
    assert "remise en file" in document.text_content()
    _, document = look(EVERYTHING, message_id, done="<b>")
    assert not document.xpath("//p[@role='status']")


def test_a_whole_cause_by_one_click(journey: Journey) -> None:
    held(journey)
    _, document = look(EVERYTHING)
    [cause] = document.xpath("//main/section//tbody/tr")
    text = " ".join(cause.text_content().split())
    assert text.startswith("L'examen n'est pas dans le PACS.Vérifier")
    assert cause.xpath("./td[1]/text()") == ["1"]
    assert cause.xpath(".//a/@href") == [f"{BASE}?state=held&reason=study_not_found"]
    [form] = document.xpath("//form[.//input[@value='replay_cause']]")
    fields = {one.get("name"): one.get("value") for one in form.xpath(".//input")}
    reply = submit(EVERYTHING, **fields)
    assert reply["statusCode"] == 303
    place = reply["headers"]["Location"]
    assert place == f"{BASE}?state=held&reason=study_not_found&replayed=1"
    assert len(queued()) == 1
    _, document = look(EVERYTHING, reason="study_not_found", replayed="1")
    assert "1 publication remise en file." in document.text_content()
    assert submit(EVERYTHING, verb="replay_cause", reason="nonsense")["statusCode"] == 400


def test_a_cause_about_the_patient_is_confirmed_on_a_page_of_its_own(journey: Journey) -> None:
    held(journey, reason="patient_mismatch")
    _, document = look(EVERYTHING)
    assert "replay_cause" not in verbs(document)
    [link] = document.xpath("//a[starts-with(text(), 'Relancer')]/@href")
    assert link == f"{BASE}?replay=patient_mismatch"
    _, document = look(EVERYTHING, replay="patient_mismatch")
    assert document.xpath("//h1/text()") == ["Confirmer la relance"]
    [form] = document.xpath("//form[.//input[@value='replay_cause']]")
    fields = {one.get("name"): one.get("value") for one in form.xpath(".//input")}
    refused = submit(EVERYTHING, **{**fields, "confirm": ""})
    assert refused["statusCode"] == 400
    assert b"not_confirmed" in base64.b64decode(refused["body"])
    assert queued() == []
    unseen = submit(EVERYTHING, **{**fields, "seen": ""})
    assert unseen["statusCode"] == 400
    early = (now() - timedelta(days=1)).isoformat()
    left = submit(EVERYTHING, **{**fields, "seen": early})
    place = f"{BASE}?state=held&reason=patient_mismatch&replayed=0&left_out=1"
    assert (left["statusCode"], left["headers"]["Location"]) == (303, place)
    assert queued() == []
    _, document = look(EVERYTHING, reason="patient_mismatch", replayed="0", left_out="1")
    assert "1 publication non relancée" in document.text_content()
    assert submit(EVERYTHING, **fields)["statusCode"] == 303
    assert len(queued()) == 1
    # A reason for which nothing is held leads to the queue.
    _, document = look(EVERYTHING, replay="traits_mismatch")
    assert document.xpath("//h1/text()") == ["Publications"]


def test_filters_are_kept_by_name_and_forgotten(journey: Journey) -> None:
    name = "Pas au PACS <b>"
    _, document = look(LOOKING, reason="study_not_found")
    [form] = document.xpath("//form[.//input[@value='keep_filter']]")
    fields = {one.get("name"): one.get("value") or "" for one in form.xpath(".//input")}
    reply = submit(LOOKING, **{**fields, "name": name})
    assert reply["statusCode"] == 303
    # The name is a person's text: it stands in no URL.
    assert reply["headers"]["Location"] == f"{BASE}?state=held&reason=study_not_found"
    _, document = look(LOOKING)
    [link] = document.xpath("//ul[@class='saved']//a")
    assert (link.text, link.get("href")) == (name, f"{BASE}?state=held&reason=study_not_found")
    # They are the operator's own.
    _, document = look(EVERYTHING)
    assert document.xpath("//ul[@class='saved']") == []
    assert submit(LOOKING, verb="forget_filter", name=name)["statusCode"] == 303
    assert submit(LOOKING, verb="forget_filter", name=name)["statusCode"] == 404
    _, document = look(LOOKING)
    assert document.xpath("//ul[@class='saved']") == []
    assert submit(LOOKING, verb="keep_filter", name="")["statusCode"] == 400


def test_a_sender_is_forced_and_a_study_chosen_by_a_form(journey: Journey) -> None:
    message_id = held(journey)
    _, document = look(EVERYTHING, message_id)
    [form] = document.xpath("//form[.//input[@value='override']]")
    fields = {one.get("name"): one.get("value") for one in form.xpath(".//input")}
    fields |= {"study-0": "1.2.840.99.1", "sender": "DRIM_RIS|AMBROISE"}
    reply = submit(EVERYTHING, message_id, **fields)
    assert reply["headers"]["Location"] == f"{BASE}/publications/{message_id}?done=overridden"
    _, document = look(EVERYTHING, message_id)
    assert "1.2.840.99.1" in document.text_content()
    for wrong in ({"study-0": "nonsense"}, {"sender": "OTHER|RIS"}):
        assert submit(EVERYTHING, message_id, **{**fields, **wrong})["statusCode"] == 400


def test_a_choice_is_taken_back_by_its_form(journey: Journey) -> None:
    message_id = held(journey)
    _, document = look(EVERYTHING, message_id)
    assert "undo_override" not in verbs(document)
    fields = {"verb": "override", "named-0": STUDY, "study-0": "1.2.840.99.1"}
    submit(EVERYTHING, message_id, **fields)
    _, document = look(EVERYTHING, message_id)
    assert "undo_override" in verbs(document)
    reply = submit(EVERYTHING, message_id, verb="undo_override")
    assert reply["headers"]["Location"] == f"{BASE}/publications/{message_id}?done=undone"
    assert queued() == []
    _, document = look(EVERYTHING, message_id, done="undone")
    assert "La rectification est retirée." in document.text_content()
    assert "undo_override" not in verbs(document)
    submit(EVERYTHING, message_id, **fields)
    reply = submit(EVERYTHING, message_id, verb="undo_override", then="replay")
    assert reply["headers"]["Location"].endswith(f"{message_id}?done=undone_replayed")
    assert len(queued()) == 1


def test_an_identity_is_confirmed_or_stays_held(journey: Journey) -> None:
    message_id = contested(journey)
    _, document = look(EVERYTHING, message_id)
    assert "confirm_identity" in verbs(document)
    fields = {"verb": "confirm_identity", "study": STUDY, "reason": "Vérifié", "confirm": "yes"}
    for wrong in ({"confirm": ""}, {"reason": " "}):
        assert submit(EVERYTHING, message_id, **{**fields, **wrong})["statusCode"] == 400
    assert queued() == []
    done = submit(EVERYTHING, message_id, **fields)
    place = f"{BASE}/publications/{message_id}?done=identity_confirmed"
    assert (done["statusCode"], done["headers"]["Location"]) == (303, place)
    assert len(queued()) == 1
    _, document = look(EVERYTHING, message_id, done="identity_confirmed")
    assert "Dominique (operator-9)" in document.text_content()


def test_an_imported_study_is_released_and_a_replay_is_offered(journey: Journey) -> None:
    message_id = imported(journey)
    _, document = look(EVERYTHING, message_id)
    assert "release_import" in verbs(document)
    assert "de l'établissement 1860000011" in document.text_content()
    fields = {"verb": "release_import", "study": STUDY, "reason": "Fait ici", "confirm": "yes"}
    for wrong in ({"confirm": ""}, {"reason": " "}):
        assert submit(EVERYTHING, message_id, **{**fields, **wrong})["statusCode"] == 400
    assert stores().imported.get(Uid(STUDY)) is not None
    done = submit(EVERYTHING, message_id, **fields)
    place = f"{BASE}/publications/{message_id}?done=import_released"
    assert (done["statusCode"], done["headers"]["Location"]) == (303, place)
    assert stores().imported.get(Uid(STUDY)) is None
    assert queued() == []
    assert ("import.released", "ordered") in audited()
    _, document = look(EVERYTHING, message_id, done="import_released")
    assert {"replay"} <= verbs(document)
    assert "release_import" not in verbs(document)
    assert "Fait ici" in document.text_content()
    assert submit(EVERYTHING, message_id, **fields)["statusCode"] == 404


def test_traits_are_decided_or_both_sets_stand(journey: Journey) -> None:
    message_id = diverging(journey)
    _, document = look(EVERYTHING, message_id)
    assert "decide_traits" in verbs(document)
    [revision] = document.xpath("//input[@name='revision']/@value")
    fields = {"verb": "decide_traits", "keep": "others", "revision": str(revision)}
    fields |= {"reason": "Vérifié", "confirm": "yes"}
    for wrong in ({"confirm": ""}, {"reason": " "}, {"keep": ""}, {"revision": ""}):
        assert submit(EVERYTHING, message_id, **{**fields, **wrong})["statusCode"] == 400
    assert submit(EVERYTHING, message_id, **{**fields, "revision": "9"})["statusCode"] == 409
    done = submit(EVERYTHING, message_id, **fields)
    place = f"{BASE}/publications/{message_id}?done=traits_decided"
    assert (done["statusCode"], done["headers"]["Location"]) == (303, place)
    _, document = look(EVERYTHING, message_id, done="traits_decided")
    text = document.text_content()
    assert "Les traits de ce compte rendu sont oubliés" in text
    assert "Dominique (operator-9)" in text
    assert "decide_traits" not in verbs(document)


def test_a_withdrawal_is_confirmed_or_not_done(journey: Journey) -> None:
    journey.archive_study()
    journey.publish()
    message_id = str(journey.change["message_id"])
    _, document = look(EVERYTHING, message_id)
    assert "withdraw" in verbs(document)
    refused = submit(EVERYTHING, message_id, verb="withdraw", study=STUDY)
    assert refused["statusCode"] == 400
    assert b"not_confirmed" in base64.b64decode(refused["body"])
    assert queued() == []
    done = submit(
        EVERYTHING, message_id, verb="withdraw", study=STUDY, reason="Erreur", confirm="yes"
    )
    assert done["statusCode"] == 303
    [order] = queued()
    place = f"{BASE}/publications/{order['message_id']}?done=withdrawal"
    assert done["headers"]["Location"] == place


def test_an_export_is_a_file(journey: Journey) -> None:
    message_id = held(journey)
    reply = submit(EVERYTHING, message_id, verb="export")
    assert reply["statusCode"] == 200
    assert reply["headers"]["Content-Type"] == "application/json"
    assert reply["headers"]["Cache-Control"] == "no-store"
    name = f'attachment; filename="publication-{message_id}.json"'
    assert reply["headers"]["Content-Disposition"] == name
    facts = json.loads(base64.b64decode(reply["body"]))
    assert base64.b64decode(facts["message"]).startswith(b"MSH|")


def test_a_large_export_is_a_page_with_a_signed_address(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    message_id = held(journey)
    monkeypatch.setattr(large_exports, "MOST_BYTES", 100)
    reply = submit(EVERYTHING, message_id, verb="export")
    assert (reply["statusCode"], reply["headers"]["Cache-Control"]) == (200, "no-store")
    document: Any = html.fromstring(text(reply))
    [address] = document.xpath("//main//a[contains(@href, 'amazonaws.com')]/@href")
    url = urlsplit(address)
    assert url.netloc == "exports.s3.eu-west-3.amazonaws.com"
    assert url.path.endswith(f"/publication-{message_id}.json")
    asked = parse_qs(url.query)
    assert asked["X-Amz-Expires"] == ["600"]
    # The browser keeps the file, and shows nothing of it.
    assert asked["response-content-type"] == ["application/octet-stream"]
    kept = clients.s3().get_object(Bucket="exports", Key=url.path[1:])
    assert kept["SSEKMSKeyId"] == "alias/drimbox/tenants/demo"
    facts = json.loads(kept["Body"].read())
    assert base64.b64decode(facts["message"]).startswith(b"MSH|")
    assert ("publication.exported", "given") in audited()


def test_the_message_is_shown_as_it_came_and_audited(journey: Journey) -> None:
    message_id = held(journey)
    reply = submit(EVERYTHING, message_id, verb="show_message")
    assert reply["statusCode"] == 200
    shown: Any = html.fromstring(text(reply))
    hl7, cda = shown.xpath("//pre/text()")
    assert hl7.startswith("MSH|")
    assert CASE.traits.family in cda
    assert ("publication.message_shown", "shown") in audited()
    # Its address says nothing: the links of the page are those of any other.
    assert all(CASE.ins not in link for link in shown.xpath("//@href"))
    assert submit(EVERYTHING, "0" * 32, verb="show_message")["statusCode"] == 404


FORMS: Final[Mapping[str, dict[str, str]]] = {
    "replay": {},
    "override": {"sender": "DRIM_RIS|AMBROISE"},
    "undo_override": {},
    "confirm_identity": {"study": STUDY, "reason": "x", "confirm": "yes"},
    "decide_traits": {"keep": "these", "revision": "1", "reason": "x", "confirm": "yes"},
    "release_import": {"study": STUDY, "reason": "x", "confirm": "yes"},
    "withdraw": {"study": STUDY, "reason": "Erreur", "confirm": "yes"},
    "show_message": {},
    "export": {},
}


@pytest.mark.parametrize("verb", FORMS)
def test_an_operator_without_the_permission_does_nothing(journey: Journey, verb: str) -> None:
    message_id = held(journey)
    reply = submit(LOOKING, message_id, verb=verb, **FORMS[verb])
    assert reply["statusCode"] == 403
    assert queued() == []
    assert ("operation.refused", "not_permitted") in audited()


def test_an_operator_without_the_permission_replays_no_cause(journey: Journey) -> None:
    held(journey)
    assert submit(LOOKING, verb="replay_cause", reason="study_not_found")["statusCode"] == 403
    assert queued() == []
    _, document = look(LOOKING, reason="study_not_found")
    assert "replay_cause" not in verbs(document)


@pytest.mark.parametrize("verb", [*FORMS, "replay_cause", "", "nonsense"])
def test_a_form_of_elsewhere_does_nothing(journey: Journey, verb: str) -> None:
    message_id = held(journey)
    for token, origin in (
        (form_token("x" * 43), "own"),
        (form_token(SESSION), "https://x.example"),
    ):
        made = signed_in(event("act_on_operations_pages/form"), EVERYTHING, publication=message_id)
        made["body"] = urlencode({"token": token, "verb": verb})
        if origin != "own":
            made["multiValueHeaders"]["Origin"] = [origin]
        assert act_on_operations_pages(made, CONTEXT)["statusCode"] == 403
    assert queued() == []


def test_a_verb_that_is_none_of_the_page_is_refused(journey: Journey) -> None:
    message_id = held(journey)
    assert submit(EVERYTHING, message_id, verb="replay_cause")["statusCode"] == 400
    assert submit(EVERYTHING, verb="replay")["statusCode"] == 400
    assert submit(EVERYTHING, verb="nonsense")["statusCode"] == 400


def test_an_override_that_chooses_nothing_says_so(journey: Journey) -> None:
    message_id = held(journey)
    reply = submit(EVERYTHING, message_id, verb="override", sender="")
    assert reply["statusCode"] == 303
    assert reply["headers"]["Location"].endswith(f"{message_id}?done=nothing_chosen")


def agents(subject: str, verb: str, **fields: str) -> dict[str, Any]:
    """The answer to a form of the page of agents."""
    made = signed_in(event("act_on_operations_pages/agents"), subject)
    facts = {"token": form_token(SESSION, "salt"), "verb": verb, **fields}
    return act_on_operations_pages({**made, "body": urlencode(facts)}, CONTEXT)


def test_an_agent_is_let_in_and_put_out_by_forms(journey: Journey) -> None:
    reply = agents(EVERYTHING, "invite_agent", name="salle-1")
    document = html.fromstring(base64.b64decode(reply["body"]).decode())
    code = str(document.xpath("string(//strong/code)"))
    assert len(code) == 29
    assert f"--url https://vi.drimbox.example --tenant demo --code {code}" in text(reply)
    assert reply["headers"]["Cache-Control"] == "no-store"
    assert agents(EVERYTHING, "remove_agent", name="salle-1")["statusCode"] == 400
    reply = agents(EVERYTHING, "remove_agent", name="salle-1", confirm="yes")
    assert reply["headers"]["Location"] == f"{BASE}/agents?done=removed"
    assert agents(EVERYTHING, "remove_agent", name="salle-1", confirm="yes")["statusCode"] == 404
    assert agents(EVERYTHING, "invite_agent", name="Salle 1")["statusCode"] == 400
    assert agents(EVERYTHING, "replay", name="salle-1")["statusCode"] == 400
    told = {one for one in audited() if one[0].startswith("agent.")}
    assert told == {("agent.invited", "done"), ("agent.removed", "done")}


def test_an_operator_without_the_permission_lets_nobody_in(journey: Journey) -> None:
    assert agents(LOOKING, "invite_agent", name="salle-1")["statusCode"] == 403
    assert ("operation.refused", "not_permitted") in audited()
