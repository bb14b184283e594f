"""Every reason for which a report would be held, as far as the report alone tells it.

The workflow stops at the first one. Here each is told, whatever becomes of the message now: one
that changes nothing would be held all the same once its content changes.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from functions.drimbox.dmp import metadata
from functions.drimbox.dmp.formats import DeviceAuthor
from functions.drimbox.dmp.metadata import DocumentFacts, SubmissionFacts
from functions.drimbox.dmp.vihf_facts import LpsIdentity
from functions.drimbox.errors import Held
from functions.drimbox.identity.parties import Interval, Organisation
from functions.drimbox.oid import Uid
from functions.drimbox.publication.acting_structure import structure_of
from functions.drimbox.publication.sharing_rules import contradictions
from functions.drimbox.publication.vihf_facts import vihf_facts
from functions.drimbox.report.masking import confidentiality_codes
from functions.drimbox.report.requested_action import Action
from functions.drimbox.tenants.model import Structure
from functions.drimbox.values import frozen
from functions.drimbox.wording.accepted_values import of_hold, same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from functions.drimbox.feed_check.identity import SendingIdentity
    from functions.drimbox.report.model import Exam, Order, Report
    from functions.drimbox.tenants.model import Tenant
    from functions.drimbox.wording.text import Text

# Stand-ins for values that are not the report's: no demand of the DMP on a report depends on them.
_LPS: Final = LpsIdentity("check", "check", "check", "check")
_DEVICE: Final = DeviceAuthor("check", "check", "check")
_UID: Final = Uid("2.25.0")
_DOCUMENT: Final = DocumentFacts.of(_UID, b"", datetime(2000, 1, 1, tzinfo=UTC))
_STRUCTURE: Final = Structure("check", "check", "check")


# Where the cause of a reason stands.
_LOCATIONS: Final = {
    "structure_mismatch": "PRT-8.10 (SB)",
    "no_certificate_for_structure": (
        "CDA: legalAuthenticator/assignedEntity/representedOrganization/id"
    ),
    "correction_not_shared": "OBX DESTDMP, CDA: confidentialityCode",
    "masking_conflict": "OBX MASQUE_PS, INVISIBLE_PATIENT",
}


@frozen
class Hold:
    """A reason, the ``location`` and the value of its cause in the message, as it was read, and the
    values that would not be held; None where no single value is the cause.
    """

    held: Held
    location: str | None = None
    value: str | None = None
    accepted: Text | None = None

    def __repr__(self) -> str:
        return f"Hold({self.held.code!r})"


def holds_of(
    tenant: Tenant, report: Report, exam: Exam, order: Order, identity: SendingIdentity
) -> tuple[Hold, ...]:
    """The reasons for one exam, in the order in which the workflow meets them, none twice."""
    found = {(one.code, one.detail): one for one in _all(tenant, report, exam, order, identity)}
    return tuple(
        Hold(one, _LOCATIONS.get(one.code), *_values(one, tenant, report)) for one in found.values()
    )


def _all(
    tenant: Tenant, report: Report, exam: Exam, order: Order, identity: SendingIdentity
) -> Iterator[Held]:
    yield from contradictions(tenant, report)
    structure = identity.structure or _STRUCTURE
    yield from _raised(lambda: structure_of(tenant, report.document))
    yield from _raised(identity.require_usable)
    yield from _raised(lambda: vihf_facts(report, structure, _LPS))
    if report.action is Action.WITHDRAW:
        return
    yield from _raised(lambda: _submission(tenant, report, exam, order, structure))
    # The demands on the submission that come after that on the start.
    started = replace(exam, period=Interval(_DOCUMENT.created, _DOCUMENT.created))
    yield from _raised(lambda: _submission(tenant, report, started, order, structure))


def _raised(demand: Callable[[], object]) -> Iterator[Held]:
    try:
        demand()
    except Held as held:
        yield held.with_traceback(None)


def _values(held: Held, tenant: Tenant, report: Report) -> tuple[str | None, Text | None]:
    """The message's own value, and the accepted ones."""
    author = report.document.legal_authenticator.organisation
    named = author.structure_id if author else ""
    if held.code == "structure_mismatch":
        sender = report.sender.organisation if report.sender else None
        return sender.structure_id if sender else "", same(named)
    if held.code == "no_certificate_for_structure":
        return named, same(", ".join(one.id for one in tenant.structures))
    if held.code == "correction_not_shared":
        to_dmp = "Y" if report.visibility.to_dmp else "N"
        return f"DESTDMP {to_dmp}, {report.document.confidentiality}", of_hold(held.code)
    if held.code == "masking_conflict":
        return "MASQUE_PS Y, INVISIBLE_PATIENT Y", of_hold(held.code)
    return None, of_hold(held.code)


def _submission(
    tenant: Tenant, report: Report, exam: Exam, order: Order, structure: Structure
) -> None:
    """Write the submission's metadata to test its demands; Held when it cannot be."""
    metadata.build(
        SubmissionFacts(
            report=report,
            exam=exam,
            order=order,
            institution=Organisation(structure.id, structure.name),
            sector=structure.sector,
            source_id=tenant.source_id,
            submission_set_id=_UID,
            manifest=_DOCUMENT,
            signature=_DOCUMENT,
            device=_DEVICE,
            confidentiality=confidentiality_codes(report.visibility),
            at=_DOCUMENT.created,
            zone=tenant.time_zone,
        )
    )
