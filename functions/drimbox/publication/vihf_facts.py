"""The VIHF of a publication: it speaks in the name of the report's legal authenticator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.dmp.vihf_facts import AuthenticationMode, LpsIdentity, VihfFacts
from functions.drimbox.errors import Held

if TYPE_CHECKING:
    from functions.drimbox.report.model import Report
    from functions.drimbox.tenants.model import Structure


def vihf_facts(report: Report, structure: Structure, lps: LpsIdentity) -> VihfFacts:
    """The facts of a publication's VIHF, in indirect mode (production never uses AIR, EX_AIR-010).

    Held(``incomplete_report``) when the report lacks a fact of the professional that the DMP
    demands.
    """
    author = report.document.legal_authenticator
    try:
        return VihfFacts(
            professional_id=author.identifier,
            subject_name=f"{author.given} {author.family}".strip(),
            structure_id=structure.id,
            sector=structure.sector,
            profession=author.profession,
            specialty=author.specialty,
            patient=report.document.patient.ins,
            mode=AuthenticationMode.INDIRECTE,
            secret_connection=report.visibility.secret_connection,
            lps=lps,
        )
    except ValueError as error:
        # The message names the missing field, never a value.
        raise Held("incomplete_report", str(error)) from None
