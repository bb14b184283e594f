"""Under which identity a report would be sent, and why: the structure, and its certificates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from functions.drimbox.errors import Held
from functions.drimbox.identity.certificate_choice import (
    FAULTS,
    Found,
    FoundCertificates,
    Use,
)
from functions.drimbox.identity.parties import Organisation
from functions.drimbox.publication.acting_structure import declared_structure
from functions.drimbox.report.model import ClinicalDocument
from functions.drimbox.tenants.model import Identification, Structure, Tenant


@dataclass(frozen=True, slots=True)
class SendingIdentity:
    """``organisation``: the legal authenticator's, as the CDA names it, None when it does not.
    ``structure``: the declared structure it matches; None if none matches, in which case nothing is
    sent. ``certificates``: the last check's finding for each, None before the first.
    """

    organisation: Organisation | None
    structure: Structure | None
    certificates: Mapping[Use, Found | None] = field(default_factory=dict)

    def require_usable(self) -> None:
        """Held ``no_certificate_for_structure`` when a certificate is known not to serve."""
        for use, found in self.certificates.items():
            if found is not None and found.judgement.fault is not None:
                detail = f"{use.kind}: {found.judgement.fault}"
                raise Held("no_certificate_for_structure", detail)


def sending_identity(
    tenant: Tenant, document: ClinicalDocument, known: FoundCertificates
) -> SendingIdentity:
    """The identity of ``document``; StorageUnavailable."""
    organisation = document.legal_authenticator.organisation
    structure = declared_structure(tenant, document)
    if structure is None:
        return SendingIdentity(organisation, None)
    found = {use: known.get(structure.holder, use) for use in Use}
    return SendingIdentity(organisation, structure, found)


# Why this structure, French then English.
_WHY: Final[dict[Identification, tuple[str, str]]] = {
    Identification.EG: (
        "C'est la structure du responsable du compte rendu, sous ses propres certificats.",
        "It is the structure of the report's legal authenticator, under its own certificates.",
    ),
    Identification.EJ_EG: (
        "C'est celle du responsable du compte rendu ; son entité juridique prête ses certificats.",
        "It is that of the report's legal authenticator; its legal entity lends its certificates.",
    ),
    Identification.EJ: (
        "C'est l'entité juridique du responsable, seule : la déclaration du site le force.",
        "It is the authenticator's legal entity, alone: the site's declaration forces it.",
    ),
}
_NO_ORGANISATION: Final = (
    "Le compte rendu ne nomme pas la structure de son responsable : rien ne serait envoyé.",
    "The report does not name its legal authenticator's structure: nothing would be sent.",
)
_UNDECLARED: Final = (
    "Le site ne déclare pas cette structure : rien ne serait envoyé sous l'identité d'une autre.",
    "The site does not declare this structure: nothing would be sent under another's identity.",
)
_USABLE: Final = ("Utilisable.", "Usable.")
_NOT_LOOKED_FOR: Final = (
    "Pas encore contrôlé : le contrôle passe toutes les dix minutes.",
    "Not checked yet: the check runs every ten minutes.",
)


def describe(identity: SendingIdentity) -> dict[str, Any]:
    """The identity as plain facts (JSON values)."""
    organisation, structure = identity.organisation, identity.structure
    if structure is not None:
        why = _WHY[structure.identification]
    else:
        why = _NO_ORGANISATION if organisation is None else _UNDECLARED
    return {
        "organisation": {"id": organisation.structure_id, "name": organisation.name}
        if organisation
        else None,
        "structure": structure.id if structure else None,
        "identification": str(structure.identification) if structure else None,
        "holder": structure.holder if structure else None,
        "why": _words(why),
        "certificates": (_certificate(use, found) for use, found in identity.certificates.items()),
    }


def _certificate(use: Use, found: Found | None) -> dict[str, Any]:
    facts = found.judgement.facts if found else None
    fault = found.judgement.fault if found else None
    wording = FAULTS[fault] if fault else None
    words = (wording.fr, wording.en) if wording else _USABLE if found else _NOT_LOOKED_FOR
    return {
        "kind": use.kind,
        "usable": fault is None if found else None,
        "fault": str(fault) if fault else None,
        "words": _words(words),
        "todo": _words((wording.todo_fr, wording.todo_en)) if wording else None,
        "subject": facts.subject if facts else None,
        "issuer": facts.issuer if facts else None,
        "serial_number": facts.serial_number if facts else None,
        "not_before": facts.not_before.isoformat() if facts else None,
        "not_after": facts.not_after.isoformat() if facts else None,
        "sha256": facts.sha256 if facts else None,
        "checked_at": found.at.isoformat() if found else None,
    }


def _words(words: tuple[str, str]) -> dict[str, str]:
    return {"fr": words[0], "en": words[1]}
