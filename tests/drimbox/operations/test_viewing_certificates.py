"""The certificates of the structures, each once, with the last finding."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from functions.drimbox.identity.certificate_findings import (
    CertificateFacts,
    Fault,
    Found,
    Judgement,
    Use,
)
from functions.drimbox.operations.viewing_certificates import (
    SeenCertificate,
    describe,
    seen_certificates,
)
from tests.fakes.memory import MemoryFoundCertificates
from tests.fakes.world import TENANT

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def test_both_certificates_of_each_holder_are_told_once() -> None:
    [own] = TENANT.structures
    lent = replace(own, id="1860000011", name="Annexe", legal_entity=own.id)
    other = replace(own, id="1860000022", name="Autre")
    tenant = replace(TENANT, structures=(own, lent, other))
    found = Found(Judgement(None, None), AT)
    store = MemoryFoundCertificates({(own.id, Use.SIGN): found})
    assert seen_certificates(tenant, store) == (
        SeenCertificate(own.name, Use.AUTH, None),
        SeenCertificate(own.name, Use.SIGN, found),
        SeenCertificate("Autre", Use.AUTH, None),
        SeenCertificate("Autre", Use.SIGN, None),
    )


def test_as_json_a_certificate_tells_its_fault_and_its_days() -> None:
    facts = CertificateFacts("CN=a", "CN=b", "1a", AT, AT + timedelta(days=90), "00" * 32)
    seen = [
        SeenCertificate("Site", Use.AUTH, None),
        SeenCertificate("Site", Use.SIGN, Found(Judgement(facts, None), AT)),
        SeenCertificate("Site", Use.SIGN, Found(Judgement(facts, Fault.UNTRUSTED), AT)),
    ]
    unknown, good, bad = describe(seen, AT + timedelta(days=1))
    nothing = {"checked_at": None, "fault": None, "days_left": None}
    assert unknown == {"structure": "Site", "kind": "ORG_AUTH_CLI", **nothing}
    told = {"structure": "Site", "kind": "ORG_SIGN", "checked_at": AT.isoformat()}
    assert good == {**told, "fault": None, "days_left": 89}
    assert bad == {**told, "fault": "untrusted", "days_left": 0}
