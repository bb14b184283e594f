"""The certificates of the structures, each once, with the last finding."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from functions.drimbox.identity.certificate_findings import Found, Judgement, Use
from functions.drimbox.operations.viewing_certificates import SeenCertificate, seen_certificates
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
