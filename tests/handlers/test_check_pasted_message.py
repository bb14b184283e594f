"""The check of a message that an operator pastes."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import urlencode

from lxml import html

from functions.aws import clients
from functions.check_pasted_message.handler import handler as check_pasted_message
from functions.drimbox.identity.session import form_token
from functions.drimbox.report.hl7 import MAX_DIRECT_BYTES
from functions.show_operations_pages.handler import handler as show_operations_pages
from simulators.ris.messages import message
from tests.fakes.world import SENDER
from tests.handlers.conftest import CONTEXT, audit_records, event, now
from tests.handlers.journey import CASE
from tests.handlers.page_scenes import BASE, LOOKING, SESSION, queued, signed_in


def paste(subject: str, text: str, sender: str = "DRIM_RIS|AMBROISE") -> dict[str, Any]:
    made = signed_in(event("check_pasted_message/pasted"), subject)
    fields = {"token": form_token(SESSION), "verb": "check", "sender": sender, "message": text}
    made["body"] = urlencode(fields)
    reply: dict[str, Any] = check_pasted_message(made, CONTEXT)
    return reply


def test_a_pasted_message_is_checked_and_not_kept(site: None) -> None:
    raw = message(CASE, control_id="1", at=now(), sender=SENDER).decode()
    # A browser ends the lines of a text with CR LF.
    reply = paste(LOOKING, raw.replace("\r", "\r\n"))
    assert reply["statusCode"] == 200
    assert "sandbox" in reply["headers"]["Content-Security-Policy"]
    document: Any = html.fromstring(base64.b64decode(reply["body"]).decode())
    assert "AA : accepté" in document.text_content()
    assert CASE.ins in document.text_content()
    assert document.xpath("//a/@href") == [f"{BASE}/check"]
    assert document.findtext("body/header/strong") == "DRIMbox"
    assert "Centre de radiologie Ambroise" in document.xpath("body/header")[0].text_content()
    wrong = paste(LOOKING, raw.replace("|VALI", "|PROV") + " ")
    assert wrong["statusCode"] == 200
    assert "AE : " in base64.b64decode(wrong["body"]).decode()
    assert "HTTP 400" in base64.b64decode(paste(LOOKING, "nonsense")["body"]).decode()
    assert queued() == []
    assert "Contents" not in clients.s3().list_objects_v2(Bucket="inbox")
    records = [one for one in audit_records() if one["event"] == "message.checked"]
    assert {one["result"] for one in records} == {"AA", "AE", "not_hl7"}
    assert {one["who"] for one in records} == {LOOKING}
    assert CASE.ins not in json.dumps(records)


def test_a_paste_that_is_none_is_refused(site: None) -> None:
    assert paste(LOOKING, "MSH", sender="OTHER|RIS")["statusCode"] == 400
    assert paste("operator-gone", "MSH")["statusCode"] == 403
    assert paste(LOOKING, "x" * (MAX_DIRECT_BYTES + 1))["statusCode"] == 413
    made = signed_in(event("show_operations_pages/activity"), LOOKING)
    made["resource"] = "/v1/tenants/{tenant}/operations/check"
    document: Any = html.fromstring(
        base64.b64decode(show_operations_pages(made, CONTEXT)["body"]).decode()
    )
    assert document.xpath("//textarea/@name") == ["message", "call"]
    assert document.xpath("//select/option/@value") == ["DRIM_RIS|AMBROISE"]
