"""The professional who reads: in which activity, and as whom the DMP knows them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from functions.drimbox.dmp.vihf_facts import AuthenticationMode, LpsIdentity, VihfFacts
from functions.drimbox.errors import Forbidden

if TYPE_CHECKING:
    from functions.drimbox.identity.access_token import ActiveToken
    from functions.drimbox.identity.health_professional import Activity, HealthProfessional
    from functions.drimbox.identity.ins import Ins
    from functions.drimbox.tenants.model import Structure, Tenant


def require_own_application(token: ActiveToken, client_id: str) -> None:
    """A token given to another application is not a sign-in here; Forbidden."""
    if token.client_id != client_id:
        raise Forbidden("a token of another application", code="foreign_application")


def choose_activity(tenant: Tenant, professional: HealthProfessional) -> tuple[Activity, Structure]:
    """The professional's activity in this tenant: the first one in a structure that it declares,
    under the identifier that the tenant gives it; and that structure.

    Forbidden when there is none: the DMP is only asked in the name of a structure whose
    certificate the tenant holds and where the professional works.
    """
    for activity in professional.activities:
        structure = tenant.structure(activity.structure_id)
        if structure is not None:
            return replace(activity, structure_id=structure.id), structure
    raise Forbidden("no activity in this tenant", code="no_activity_here")


def vihf_facts(
    professional: HealthProfessional, activity: Activity, patient: Ins, lps: LpsIdentity
) -> VihfFacts:
    """The facts of a consultation's VIHF, in AIR mode (EX_AIR-010 to -050)."""
    try:
        return VihfFacts(
            professional_id=professional.subject_name_id,
            subject_name=f"{professional.given} {professional.family}".strip(),
            structure_id=activity.structure_id,
            sector=activity.sector or professional.sector,
            profession=activity.profession or professional.profession,
            specialty=activity.specialty or professional.specialty,
            patient=patient,
            mode=AuthenticationMode.INDIRECTE_RENFORCEE,
            secret_connection=False,
            lps=lps,
        )
    except ValueError as error:
        raise Forbidden(str(error), code="incomplete_professional") from None
