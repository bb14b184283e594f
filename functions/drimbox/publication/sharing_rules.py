"""The conditions under which a report may change the DMP, and the agreement inside it.

Agreement is checked once the study is taken: a report that is held here still stands before an
older one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.errors import Held
from functions.drimbox.report.masking import cumulates, sharing
from functions.drimbox.report.requested_action import Action
from functions.drimbox.tenants.model import SenderPolicy, Tenant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from functions.drimbox.report.model import MessageHeader, Report


def ignored_sender(tenant: Tenant, header: MessageHeader) -> str:
    """``ignored_sender`` when the tenant leaves this declared sender out, "" otherwise."""
    sender = tenant.sender(header.sending_application, header.sending_facility)
    left_out = sender is not None and sender.policy is SenderPolicy.IGNORE
    return "ignored_sender" if left_out else ""


def not_shared(report: Report) -> str:
    """The reason why a new report is acknowledged and not shared, "" when it is shared.

    A correction or a withdrawal is never left aside: something may be published.
    """
    return sharing(report).reason if report.action is Action.PUBLISH else ""


def require_consistent(tenant: Tenant, report: Report) -> None:
    """Raise the first of the :func:`contradictions` of the report, if it has any."""
    for held in contradictions(tenant, report):
        raise held


def contradictions(tenant: Tenant, report: Report) -> Iterator[Held]:
    """Each contradiction that only a human can decide.

    ``structure_mismatch``: PRT-8 names another structure than the CDA's legal authenticator, whose
    certificate would be used; a message without PRT-8 has nothing to compare.
    ``correction_not_shared``: a correction is kept out of the DMP while the version that it
    corrects may be there. ``masking_conflict``: hidden from the patient and from professionals at
    once, which the DMP does not take (EX_2.1-1050).
    """
    if _other_structure(report):
        yield Held("structure_mismatch")
    if report.action is Action.WITHDRAW:
        return
    if not sharing(report).shared:
        yield Held("correction_not_shared")
    if cumulates(report.visibility) and not tenant.masking_cumulation:
        yield Held("masking_conflict")


def _other_structure(report: Report) -> bool:
    sender = report.sender.organisation if report.sender else None
    author = report.document.legal_authenticator.organisation
    if sender is None or author is None:
        return False
    return sender.structure_id != author.structure_id
