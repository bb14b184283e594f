"""Under which identity a report would be sent, and why: the structure, and its certificates."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.errors import Held
from functions.drimbox.identity.certificate_findings import (
    CertificateFacts,
    Found,
    FoundCertificates,
    Use,
)
from functions.drimbox.publication.acting_structure import declared_structure
from functions.drimbox.values import frozen
from functions.drimbox.wording import certificates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.drimbox.identity.parties import Organisation
    from functions.drimbox.report.model import Report
    from functions.drimbox.tenants.model import Structure, Tenant


@frozen
class SendingIdentity:
    """``organisation``: the legal authenticator's, as the CDA names it, None when it does not.
    ``structure``: the declared structure it matches; None if none matches, in which case nothing is
    sent. ``certificates``: the last check's finding for each, None before the first. ``sender``:
    the structure of PRT-8, None when the message names none; it is compared, and never chosen.
    """

    organisation: Organisation | None
    structure: Structure | None
    certificates: Mapping[Use, Found | None] = field(default_factory=dict)
    sender: Organisation | None = None

    def require_usable(self) -> None:
        """Held ``no_certificate_for_structure`` when a certificate is known not to serve."""
        for use, found in self.certificates.items():
            if found is not None and found.judgement.fault is not None:
                detail = f"{use.kind}: {found.judgement.fault}"
                raise Held("no_certificate_for_structure", detail)


def sending_identity(tenant: Tenant, report: Report, known: FoundCertificates) -> SendingIdentity:
    """The identity of ``report``; StorageUnavailable."""
    document = report.document
    sender = report.sender.organisation if report.sender else None
    organisation = document.legal_authenticator.organisation
    structure = declared_structure(tenant, document)
    if structure is None:
        return SendingIdentity(organisation, None, sender=sender)
    found = {use: known.get(structure.holder, use) for use in Use}
    return SendingIdentity(organisation, structure, found, sender)


def describe(identity: SendingIdentity) -> dict[str, Any]:
    """The identity as plain facts (JSON values)."""
    organisation, structure, sender = identity.organisation, identity.structure, identity.sender
    if structure is not None:
        why = certificates.IDENTIFICATION[structure.identification]
    else:
        why = certificates.UNDECLARED if organisation else certificates.NO_ORGANISATION
    return {
        "organisation": _named(organisation),
        "sender": _named(sender),
        "structure": structure.id if structure else None,
        "identification": str(structure.identification) if structure else None,
        "holder": structure.holder if structure else None,
        "why": why.by_language(),
        "certificates": (_certificate(use, found) for use, found in identity.certificates.items()),
    }


def _named(organisation: Organisation | None) -> dict[str, str] | None:
    return {"id": organisation.structure_id, "name": organisation.name} if organisation else None


def _certificate(use: Use, found: Found | None) -> dict[str, Any]:
    facts = found.judgement.facts if found else None
    return {
        "kind": use.kind,
        **_verdict(found),
        **(_facts(facts) if facts else dict.fromkeys(_FACTS)),
        "checked_at": found.at.isoformat() if found else None,
    }


def _verdict(found: Found | None) -> dict[str, Any]:
    fault = found.judgement.fault if found else None
    advice = certificates.FAULTS[fault] if fault else None
    words = advice or (certificates.USABLE if found else certificates.NOT_CHECKED_YET)
    return {
        "usable": fault is None if found else None,
        "fault": str(fault) if fault else None,
        "words": words.by_language(),
        "todo": advice.todo.by_language() if advice else None,
    }


_FACTS: Final = ("subject", "issuer", "serial_number", "not_before", "not_after", "sha256")


def _facts(facts: CertificateFacts) -> dict[str, str]:
    dates = {name: getattr(facts, name).isoformat() for name in ("not_before", "not_after")}
    return {name: dates.get(name) or getattr(facts, name) for name in _FACTS}
