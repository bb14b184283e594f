"""Our authority in AWS, agents that enrol and renew, and the operators who let them in."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, Final
from urllib.parse import urlencode

import boto3
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from lxml import html

from functions.act_on_operations_pages.handler import handler as act_on_operations_pages
from functions.authorize_sender.handler import handler as authorize_sender
from functions.aws import agent_authority
from functions.aws.agent_authority import open_key
from functions.drimbox.enrolment.profile import make_authority
from functions.drimbox.identity.session import form_token
from functions.enrol_agent.handler import handler as enrol_agent
from functions.issue_certificate.handler import handler as issue_certificate
from functions.renew_agent.handler import handler as renew_agent
from tests.drimbox.enrolment.scenes import pem, request
from tests.fakes.aws import put_secret
from tests.fakes.memory import VirtualClock
from tests.handlers.conftest import CONTEXT, ENVIRONMENT, event, now
from tests.handlers.page_scenes import EVERYTHING, SESSION, signed_in

NAME: Final = "salle-1"
KEY: Final = ec.generate_private_key(ec.SECP256R1())


class InvokedFunctions:
    """AWS Lambda, of one function alone."""

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        """See ``clients.Functions``."""
        assert FunctionName == ENVIRONMENT["ISSUE_CERTIFICATE_FUNCTION"]
        try:
            answer = issue_certificate(json.loads(Payload), CONTEXT)
        except Exception as error:  # noqa: BLE001  # as Lambda does
            failed = json.dumps({"errorType": type(error).__name__}).encode()
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(failed)}
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


@pytest.fixture
def authority(site: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """Our authority's key and certificate are in place."""
    kms = boto3.client("kms")
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName=ENVIRONMENT["AGENT_AUTHORITY_KEY_ARN"], TargetKeyId=key)
    monkeypatch.setattr(
        agent_authority, "clients", SimpleNamespace(kms=lambda: kms, lambda_=InvokedFunctions)
    )
    made = pem(make_authority(open_key(key), now() - timedelta(minutes=1), bytes(16)))
    put_secret(ENVIRONMENT["AGENT_AUTHORITY_SECRET"], json.dumps({"certificates": made}))
    return made


def told(reply: dict[str, Any]) -> dict[str, Any]:
    """The JSON of an answer."""
    found: dict[str, Any] = json.loads(base64.b64decode(reply["body"]))
    return found


def act(verb: str, subject: str = EVERYTHING, **fields: str) -> dict[str, Any]:
    """The answer to a form of the page of agents."""
    made = signed_in(event("act_on_operations_pages/agents"), subject)
    body = {"token": form_token(SESSION, "salt"), "verb": verb, "name": NAME, **fields}
    return act_on_operations_pages({**made, "body": urlencode(body)}, CONTEXT)


def invite(name: str = NAME) -> str:
    """The code that an operator is shown."""
    reply = act("invite_agent", name=name)
    assert reply["statusCode"] == 200
    document = html.fromstring(base64.b64decode(reply["body"]).decode())
    return str(document.xpath("string(//strong/code)"))


def enrol(code: str, /, *, key: Any = KEY, tenant: str = "demo", **body: Any) -> dict[str, Any]:
    """The answer to an agent that shows a code."""
    facts = event("enrol_agent/enrol", pathParameters={"tenant": tenant})
    asked = {"code": code, "request": request(key), **body}
    return enrol_agent({**facts, "body": json.dumps(asked)}, CONTEXT)


def judged(certificate: str, tenant: str = "demo") -> dict[str, str]:
    """The authorizer's words about the holder of a certificate."""
    facts = event("authorize_sender/request", pathParameters={"tenant": tenant})
    facts["requestContext"]["identity"]["clientCert"] = {"clientCertPem": certificate}
    policy = authorize_sender(facts, CONTEXT)
    assert policy["policyDocument"]["Statement"][0]["Effect"] == "Allow"
    found: dict[str, str] = policy["context"]
    return found


def renew(certificate: str, *, tenant: str = "demo", **body: Any) -> dict[str, Any]:
    """The answer to an agent that shows that certificate, whatever the authorizer makes of it."""
    facts = event("renew_agent/renew", pathParameters={"tenant": tenant})
    facts["requestContext"]["authorizer"] = judged(certificate, tenant)
    asked = {"request": request(KEY), **body}
    return renew_agent({**facts, "body": json.dumps(asked)}, CONTEXT)


@dataclass
class Moved:
    """The clock of all functions."""

    clock: VirtualClock

    def advance(self, delta: timedelta) -> None:
        """Let time pass."""
        self.clock.advance(delta)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Moved:
    """A clock that moves when told; no token and no other certificate must be valid by it."""
    clock = VirtualClock(now())
    for module in (
        "functions.aws.stores",
        "functions.authorize_sender.handler",
        "functions.authorize_sender.programs",
        "functions.issue_certificate.handler",
    ):
        monkeypatch.setattr(f"{module}.CLOCK", clock)
    return Moved(clock)
