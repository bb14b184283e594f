"""The mask of a document (EX_3.1-1030).

A masked document is shown to its author and to the patient's treating doctor; nobody else learns
that it exists. The mask is one of consultation: the sender of a report knows its own documents.
"""

from __future__ import annotations

from typing import Final

from simulators.dmp import submission as xds
from simulators.dmp.ebrim import RegistryObject
from simulators.dmp.patients import ANYBODY, Patient
from simulators.dmp.vihf import AIR, Vihf

MASKED: Final = "MASQUE_PS"


def may_see(entry: RegistryObject, vihf: Vihf | None, patient: Patient) -> bool:
    """Whether the professional of ``vihf`` is shown ``entry``; None is nobody in particular."""
    codes = {code.code for code in entry.codes(xds.CONFIDENTIALITY)}
    if vihf is None or vihf.mode != AIR or MASKED not in codes:
        return True
    known = {*authors(entry), patient.treating_doctor}
    return ANYBODY in known or vihf.professional in known


def authors(entry: RegistryObject) -> set[str]:
    """The national identifiers of those who made the document, and of the one who signed it."""
    persons = [
        person
        for classification in entry.classifications
        if classification.scheme == xds.AUTHOR
        for person in classification.slots.get("authorPerson", ())
    ]
    return {xcn.split("^")[0] for xcn in (*persons, *entry.slot("legalAuthenticator"))}
