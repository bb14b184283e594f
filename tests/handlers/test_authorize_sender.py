"""The certificate of a sender's or an operator's program."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from functions.authorize_sender.handler import handler as authorize_sender
from functions.aws.entry import InternalFailure
from functions.aws.policies import Unauthorized
from simulators.pki import CLIENT, Authority
from tests.fakes.world import SUBJECT, keys
from tests.handlers.conftest import CONTEXT, WATCHER, audited, event, now


def certificate(subject: str = SUBJECT, *, authority: Authority | None = None, **more: Any) -> str:
    issuer = authority or keys().authority
    return issuer.issue(subject, CLIENT, now() - timedelta(minutes=1), **more).certificate_pem


def asked(pem: str | None, tenant: str = "demo") -> dict[str, Any]:
    facts = event("authorize_sender/request", pathParameters={"tenant": tenant})
    if pem is not None:
        facts["requestContext"]["identity"]["clientCert"] = {"clientCertPem": pem}
    return facts


def test_a_declared_certificate_is_bound_to_its_tenant(site: None) -> None:
    policy = authorize_sender(asked(certificate()), CONTEXT)
    (statement,) = policy["policyDocument"]["Statement"]
    assert statement["Effect"] == "Allow"
    assert statement["Resource"].endswith("/POST/v1/tenants/demo/hl7v2")
    assert policy["context"] == {"caller": "bound", "tenant": "demo", "subject": SUBJECT}


@pytest.mark.parametrize(
    ("subject", "tenant"), [("CN=other.example,C=FR", "demo"), (SUBJECT, "nobody")]
)
def test_any_other_certificate_is_foreign(site: None, subject: str, tenant: str) -> None:
    policy = authorize_sender(asked(certificate(subject), tenant), CONTEXT)
    assert policy["context"] == {"caller": "foreign"}
    refused = [("program.refused", "undeclared_certificate")] if tenant == "demo" else []
    assert audited() == refused


@pytest.mark.parametrize("pem", [None, "", "not a certificate", "ended"])
def test_without_a_valid_certificate_nobody_enters(site: None, pem: str | None) -> None:
    if pem == "ended":
        pem = (
            keys()
            .authority.issue(SUBJECT, CLIENT, now() - timedelta(days=9), life=timedelta(days=1))
            .certificate_pem
        )
    with pytest.raises(Unauthorized, match=r"^Unauthorized$"):
        authorize_sender(asked(pem), CONTEXT)


def test_a_fault_of_ours_says_nothing_of_the_caller(
    site: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("279035121518989")

    monkeypatch.setattr("functions.aws.tenants.find", broken)
    with pytest.raises(InternalFailure, match=r"^KeyError$") as raised:
        authorize_sender(asked(certificate()), CONTEXT)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__
    assert "279035121518989" not in capsys.readouterr().out


def test_an_operator_s_certificate_is_let_in_as_such(site: None) -> None:
    context = authorize_sender(asked(certificate(WATCHER)), CONTEXT)["context"]
    assert (context["caller"], context["subject"]) == ("operating", WATCHER)
