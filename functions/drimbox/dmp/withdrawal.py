"""Withdraw a published document: ITI-57 Update Document Set (CI-SIS "Volet partage", TD3.3).

The document is not replaced: its availability status goes from Approved to Deleted, a status of the
DMP. Bytes are the same for the same facts, so that a retry sends the same request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from functions.drimbox.dmp import xds
from functions.drimbox.dmp.ebrim import rim, slot
from functions.drimbox.dmp.submission_set import SET_OBJECT, submission_set
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from functions.drimbox.dmp.formats import DeviceAuthor
    from functions.drimbox.identity.parties import Organisation
    from functions.drimbox.oid import Oid, Uid
    from functions.drimbox.report.model import Report


@frozen
class WithdrawalFacts:
    """Everything that one withdrawal says; see ``submission_set.SetFacts``.

    ``entry_uuid`` is that of the active document entry, as the registry gives it.
    """

    report: Report
    institution: Organisation
    source_id: Oid
    submission_set_id: Uid
    device: DeviceAuthor
    at: datetime
    zone: tzinfo
    entry_uuid: str

    def __repr__(self) -> str:
        return f"WithdrawalFacts({self.submission_set_id})"


def build(facts: WithdrawalFacts) -> bytes:
    """``lcm:SubmitObjectsRequest`` (ITI TF-2 3.57.4.1.3.3.2), UTF-8, without XML declaration."""
    root = etree.Element(
        f"{{{xds.LCM}}}SubmitObjectsRequest", nsmap={"lcm": xds.LCM, "rim": xds.RIM}
    )
    objects = etree.SubElement(root, rim("RegistryObjectList"))
    submission_set(objects, facts, "Dépublication d'une référence d'objets d'imagerie")
    association = etree.SubElement(
        objects,
        rim("Association"),
        associationType=xds.UPDATE_STATUS,
        id="Association01",
        sourceObject=SET_OBJECT,
        targetObject=facts.entry_uuid,
    )
    slot(association, "OriginalStatus", (xds.APPROVED,))
    slot(association, "NewStatus", (xds.DELETED,))
    return etree.tostring(root, encoding="utf-8")
