"""The certificate of a sender's or an operator's program."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509

from functions.authorize_sender.handler import handler as authorize_sender
from functions.authorize_sender.settings import Settings
from functions.aws import clients
from functions.aws.entry import InternalFailure
from functions.aws.policies import Unauthorized
from functions.aws.revocation_lists import S3RevokedLists
from functions.drimbox.identity.revoked import RevokedCertificates, authority_id, digests_of
from simulators.pki import AUTHORITY_SUBJECT, CLIENT, SERVER, Authority
from tests.fakes.aws import put_tenant, put_tenant_secret, tenant_facts
from tests.fakes.memory import VirtualClock
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


def test_a_foreign_certificate_leaves_one_record_a_minute(
    site: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = VirtualClock()
    for module in ("handler", "programs"):
        monkeypatch.setattr(f"functions.authorize_sender.{module}.CLOCK", clock)
    monkeypatch.setattr("functions.aws.stores.CLOCK", clock)
    others = [
        keys().authority.issue(f"CN=other{n}.example,C=FR", CLIENT, clock.now()).certificate_pem
        for n in range(2)
    ]
    for pem in others:
        for _ in range(10):
            authorize_sender(asked(pem), CONTEXT)
    assert len(audited()) == 2
    clock.advance(timedelta(minutes=1))
    authorize_sender(asked(others[0]), CONTEXT)
    assert len(audited()) == 3


def trusts(pem: str) -> None:
    """The authorities that the demo tenant's programs have their certificates from."""
    put_tenant_secret("demo", "trust-anchors", json.dumps({"pacs": pem, "clients": pem}))


OTHER = "CN=Autre AC,C=FR"


@pytest.mark.parametrize("name", [AUTHORITY_SUBJECT, OTHER])
@pytest.mark.parametrize("subject", [SUBJECT, WATCHER])
def test_an_authority_of_another_site_issues_no_program_of_this_one(
    site: None, subject: str, name: str
) -> None:
    """API Gateway's truststore holds both; the second may even take the first's name."""
    brought = Authority.create(now() - timedelta(hours=1), subject=name)
    policy = authorize_sender(asked(certificate(subject, authority=brought)), CONTEXT)
    assert policy["context"] == {"caller": "foreign"}
    assert audited() == [("program.refused", "undeclared_issuer")]


def test_a_tenant_with_two_authorities_has_each_program_from_its_own(site: None) -> None:
    brought = Authority.create(now() - timedelta(hours=1), subject=OTHER)
    trusts(keys().authority.root.certificate_pem + brought.root.certificate_pem)
    forged = authorize_sender(asked(certificate(authority=brought)), CONTEXT)
    assert forged["context"] == {"caller": "foreign"}
    assert authorize_sender(asked(certificate()), CONTEXT)["context"]["caller"] == "bound"


def test_an_authority_s_new_key_is_followed_without_a_deployment(site: None) -> None:
    renewed = Authority.create(now() - timedelta(hours=1))
    trusts(keys().authority.root.certificate_pem + renewed.root.certificate_pem)
    for one in (None, renewed):
        context = authorize_sender(asked(certificate(authority=one)), CONTEXT)["context"]
        assert context["caller"] == "bound"


@pytest.mark.parametrize("value", ["placeholder0123456789", "{}", '{"clients": "none"}'])
def test_without_the_tenant_s_authorities_nobody_enters(site: None, value: str) -> None:
    put_tenant_secret("demo", "trust-anchors", value)
    with pytest.raises(InternalFailure, match=r"^ConfigurationError$"):
        authorize_sender(asked(certificate()), CONTEXT)


def test_a_certificate_for_another_use_is_refused(site: None) -> None:
    issued = keys().authority.issue(SUBJECT, SERVER, now() - timedelta(minutes=1))
    with pytest.raises(Unauthorized):
        authorize_sender(asked(issued.certificate_pem), CONTEXT)


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


AGENT = "CN=salle-1.ambroise.example,C=FR"
OF_AGENT = {"certificate_subject": AGENT, "certificate_issuer": AUTHORITY_SUBJECT}


def behind_an_agent(**changes: Any) -> None:
    """The demo tenant's PACS is asked by an agent at its site."""
    facts = {name: value for name, value in tenant_facts().items() if name != "pacs_url"}
    put_tenant({**facts, "link": "agent", "agents": [{"name": "salle-1", **OF_AGENT}], **changes})


def test_an_agent_s_certificate_is_let_in_as_such(site: None) -> None:
    behind_an_agent()
    context = authorize_sender(asked(certificate(AGENT)), CONTEXT)["context"]
    assert context == {"caller": "agent", "tenant": "demo", "subject": AGENT, "agent": "salle-1"}
    assert authorize_sender(asked(certificate()), CONTEXT)["context"].get("agent") is None


def test_an_agent_that_forwards_reports_is_a_sender_too(site: None) -> None:
    behind_an_agent(senders=[{"application": "RIS", "facility": "AMBROISE", **OF_AGENT}])
    context = authorize_sender(asked(certificate(AGENT)), CONTEXT)["context"]
    assert (context["caller"], context["agent"]) == ("bound", "salle-1")


def test_another_authority_issues_no_agent(site: None) -> None:
    behind_an_agent()
    brought = Authority.create(now() - timedelta(hours=1), subject=OTHER)
    policy = authorize_sender(asked(certificate(AGENT, authority=brought)), CONTEXT)
    assert policy["context"] == {"caller": "foreign"}


def took_back(*serials: int, ended: timedelta = timedelta(0)) -> None:
    """The tenant's authority published a list of these; it ended that long ago."""
    at = now() - ended
    S3RevokedLists("revocations").put(
        RevokedCertificates(
            authority_id(keys().authority.root.certificate),
            at - timedelta(days=1),
            at + timedelta(hours=1) if not ended else at,
            at,
            digests_of(serials),
        )
    )


def serial_of(pem: str) -> int:
    return x509.load_pem_x509_certificate(pem.encode()).serial_number


def effect(pem: str) -> str:
    policy = authorize_sender(asked(pem), CONTEXT)
    (statement,) = policy["policyDocument"]["Statement"]
    assert bool(policy["context"]) is (statement["Effect"] == "Allow")
    return str(statement["Effect"])


@pytest.mark.parametrize("subject", [SUBJECT, WATCHER])
def test_a_certificate_that_its_authority_took_back_is_refused(site: None, subject: str) -> None:
    revoked, other = certificate(subject), certificate(subject)
    took_back(1, serial_of(revoked), ended=timedelta(days=30))
    assert effect(other) == "Allow"
    assert audited() == []
    for _ in range(3):
        assert effect(revoked) == "Deny"
    assert set(audited()) == {("program.refused", "revoked_certificate")}
    assert len(audited()) <= 2  # one a minute


def test_the_list_of_another_authority_of_that_name_says_nothing(site: None) -> None:
    brought = Authority.create(now() - timedelta(hours=1))
    trusts(keys().authority.root.certificate_pem + brought.root.certificate_pem)
    pem = certificate(authority=brought)
    took_back(serial_of(pem))
    assert effect(pem) == "Allow"


@pytest.mark.parametrize(
    ("ended", "expected"),
    [(None, "Deny"), (timedelta(0), "Allow"), (timedelta(hours=25), "Deny")],
    ids=["none", "in force", "too old"],
)
def test_where_a_list_is_required_nobody_gets_in_without_one(
    site: None, monkeypatch: pytest.MonkeyPatch, ended: timedelta | None, expected: str
) -> None:
    monkeypatch.setenv("SENDER_REVOCATION", "required")
    Settings.current.cache_clear()
    if ended is not None:
        took_back(7, ended=ended)
    assert effect(certificate()) == expected
    refused = [("program.refused", "revocation_unknown")]
    assert audited() == (refused if expected == "Deny" else [])
    Settings.current.cache_clear()


def test_without_an_address_no_list_is_read(site: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENDER_REVOCATION", "off")
    Settings.current.cache_clear()
    clients.s3().delete_bucket(Bucket="revocations")
    assert effect(certificate()) == "Allow"
    Settings.current.cache_clear()


def test_while_the_lists_cannot_be_read_nobody_gets_in(site: None) -> None:
    clients.s3().delete_bucket(Bucket="revocations")
    with pytest.raises(InternalFailure):
        authorize_sender(asked(certificate()), CONTEXT)
