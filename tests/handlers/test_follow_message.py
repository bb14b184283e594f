"""A sender asks what became of its message."""

from __future__ import annotations

import base64

from functions.follow_message.handler import handler as following
from functions.receive_message.handler import handler as receive_message
from simulators.ris.messages import message
from tests.fakes.world import SENDER, case
from tests.handlers.conftest import CONTEXT, audited, event, now
from tests.handlers.operation_scenes import answer, judged

follow_message = judged(following)


def test_a_message_is_followed_from_its_acknowledgement(site: None) -> None:
    raw = message(case("C"), control_id="1", at=now(), sender=SENDER)
    body = {"body": base64.b64encode(raw).decode(), "isBase64Encoded": True}
    reply = receive_message(event("receive_message/report", **body), CONTEXT)
    publication = reply["headers"]["Publication-Id"]
    before = audited()
    for name in ("1", publication):
        asked = event("follow_message/state")
        asked["pathParameters"]["message"] = name
        told = answer(follow_message(asked, CONTEXT))
        assert (told["id"], told["state"]) == (publication, "accepted")
        assert told["page"].startswith("https://vi.drimbox.example/v1/tenants/demo/operations/")
    assert audited() == before, "nothing of a patient is told"


def test_a_refused_message_is_told_with_the_operators_page(site: None) -> None:
    raw = message(case("C"), control_id="1", at=now(), sender=SENDER).replace(b"VALI", b"PROV")
    body = {"body": base64.b64encode(raw).decode(), "isBase64Encoded": True}
    assert receive_message(event("receive_message/report", **body), CONTEXT)["statusCode"] == 200
    asked = event("follow_message/state")
    asked["pathParameters"]["message"] = "1"
    told = answer(follow_message(asked, CONTEXT))
    assert (told["state"], told["refusal"]["code"]) == ("refused", "identity_not_qualified")
    assert told["page"] == "https://vi.drimbox.example/v1/tenants/demo/operations/refused"


def test_an_unknown_message_and_a_stranger_get_404(site: None) -> None:
    assert follow_message(event("follow_message/state"), CONTEXT)["statusCode"] == 404
    stranger = event("follow_message/state")
    stranger["requestContext"]["authorizer"] = {"caller": "foreign"}
    assert follow_message(stranger, CONTEXT)["statusCode"] == 404
    other = event("follow_message/state", queryStringParameters={"sender": "A|B"})
    assert follow_message(other, CONTEXT)["statusCode"] == 404
