"""The check of a contextual call that an operator pastes."""

from __future__ import annotations

import base64
import json
from typing import Final
from urllib.parse import parse_qsl, urlencode

from functions.check_pasted_call.handler import handler as check_pasted_call
from functions.drimbox.identity.session import form_token
from tests.handlers.conftest import CONTEXT, audit_records, event
from tests.handlers.journey import CASE
from tests.handlers.page_scenes import LOOKING, SESSION, signed_in

FORM: Final = "application/x-www-form-urlencoded"


def paste(subject: str, text: str, content_type: str = FORM) -> tuple[int, str]:
    """The status and the page."""
    made = signed_in(event("check_pasted_call/pasted"), subject)
    fields = {"token": form_token(SESSION), "content_type": content_type, "call": text}
    made["body"] = urlencode(fields)
    reply = check_pasted_call(made, CONTEXT)
    return reply["statusCode"], base64.b64decode(reply["body"]).decode()


def sample() -> str:
    body: str = event("check_pasted_call/pasted")["body"]
    return dict(parse_qsl(body))["call"]


def test_a_pasted_call_is_checked_and_not_kept(site: None) -> None:
    # A text that was copied whole ends with the end of its line.
    status, page = paste(LOOKING, f"{sample()}\r\n")
    assert status == 200
    assert "303 : accepté" in page
    assert "<header><strong>DRIMbox</strong> · Centre de radiologie Ambroise</header>" in page
    assert 'href="/v1/tenants/demo/operations/check">Contrôler un autre appel</a>' in page
    assert CASE.ins in page
    assert "call_consent" in paste(LOOKING, sample().replace("true", "peut"))[1]
    assert "call_content_type" in paste(LOOKING, sample(), "application/json")[1]
    assert "call_name_missing" in paste(LOOKING, "")[1]
    records = audit_records()
    assert {(one["event"], one["result"]) for one in records} == {
        ("call.checked", "succes"),
        ("call.checked", "erreur"),
    }
    assert {one["who"] for one in records} == {LOOKING}
    assert CASE.ins not in json.dumps(records)


def test_the_page_is_inert(site: None) -> None:
    made = signed_in(event("check_pasted_call/pasted"), LOOKING)
    made["body"] += f"&token={form_token(SESSION)}"
    reply = check_pasted_call(made, CONTEXT)
    assert reply["statusCode"] == 200
    assert "sandbox" in reply["headers"]["Content-Security-Policy"]
    assert reply["headers"]["Cache-Control"] == "no-store"


def test_a_paste_that_is_none_is_refused(site: None) -> None:
    assert paste("operator-gone", "x")[0] == 403
    assert paste(LOOKING, "x" * 70_000)[0] == 413
    foreign = signed_in(event("check_pasted_call/pasted"), LOOKING)
    assert check_pasted_call(foreign, CONTEXT)["statusCode"] == 403, "no token of the session"
