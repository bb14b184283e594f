"""What must agree inside a report before it changes anything in the DMP.

Checked once the study is taken: a report that is held here still stands before an older one.
"""

from __future__ import annotations

from functions.drimbox.errors import Held
from functions.drimbox.identity.tenant import Tenant
from functions.drimbox.report.masking import sharing
from functions.drimbox.report.model import Action, Report


def require_consistent(tenant: Tenant, report: Report) -> None:
    """Raise Held for what only a human can decide.

    ``structure_mismatch``: PRT-8 names another structure than the CDA's legal authenticator, whose
    certificate would be used. ``correction_not_shared``: a correction is kept out of the DMP while
    the version that it corrects may be there. ``masking_conflict``: hidden from the patient and
    from professionals at once, which the DMP does not take (EX_2.1-1050).
    """
    if _other_structure(report):
        raise Held("structure_mismatch")
    if report.action is Action.WITHDRAW:
        return
    if not sharing(report).shared:
        raise Held("correction_not_shared")
    shown = report.visibility
    both = shown.invisible_to_patient and shown.masked_to_professionals
    if both and not tenant.masking_cumulation:
        raise Held("masking_conflict")


def _other_structure(report: Report) -> bool:
    sender = report.sender.organisation if report.sender else None
    author = report.document.legal_authenticator.organisation
    if sender is None or author is None:
        return False
    return sender.structure_id != author.structure_id
