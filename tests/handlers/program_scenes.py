"""Messages and programs, for the tests of several Lambdas."""

from __future__ import annotations

import base64
from typing import Any

from functions.drimbox.oid import Uid
from functions.drimbox.publication.message_entry import MessageEntry, Outcome, StudyOutcome
from tests.handlers.conftest import event, now, stores


def body_of(reply: dict[str, Any]) -> bytes:
    assert reply["isBase64Encoded"] is True
    return base64.b64decode(reply["body"])


def hold(message_id: str = "m1") -> None:
    stores().messages.open(
        MessageEntry(
            message_id,
            now(),
            0,
            "",
            {Uid("1.2.3"): StudyOutcome(Outcome.HELD, "study_not_found", now())},
        )
    )


def called_by(name: str, subject: str, caller: str) -> dict[str, Any]:
    """An event of another program's than the sample's."""
    facts = event(name)
    facts["requestContext"]["authorizer"] |= {"caller": caller, "subject": subject}
    return facts
