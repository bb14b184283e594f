"""Which of a tenant's structures acts for a report: that of the legal authenticator (CI-SIS).

:mod:`functions.drimbox.identity.certificate_choice` then judges its certificates (decision 0040).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.errors import Held

if TYPE_CHECKING:
    from functions.drimbox.report.model import ClinicalDocument
    from functions.drimbox.tenants.model import Structure, Tenant


def declared_structure(tenant: Tenant, document: ClinicalDocument) -> Structure | None:
    """The tenant's structure that ``document`` names, None when it names none or an undeclared
    one. An EJ in its own name is undeclared: the EG is what the DMP wants to read.
    """
    organisation = document.legal_authenticator.organisation
    return tenant.structure(organisation.structure_id) if organisation else None


def structure_of(tenant: Tenant, document: ClinicalDocument) -> Structure:
    """The structure whose certificates are used.

    Held(``no_certificate_for_structure``) when the tenant does not declare it: the gateway never
    sends anything under the identity of another structure.
    """
    found = declared_structure(tenant, document)
    if found is not None:
        return found
    named = document.legal_authenticator.organisation is not None
    detail = "an undeclared structure" if named else "the report names no organisation"
    raise Held("no_certificate_for_structure", detail)
