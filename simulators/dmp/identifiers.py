"""The composite identifiers of XDS metadata (TF-3 table 4.2.3.1.7-2) and the French ones."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

INS_OIDS: Final = frozenset(f"1.2.250.1.213.1.4.{arc}" for arc in (8, 9, 10, 11))
ENTRY_UUID: Final = re.compile(r"urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
OID: Final = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]*))+")
# Hospital, practice and professional structures: "1" FINESS, "3" SIRET, "4" RPPS and rank.
STRUCTURE: Final = re.compile(r"1[0-9A-Z]{9}|3[0-9]{14}|4[0-9]{14}")
_CX: Final = re.compile(r"([^\^&~|]+)\^\^\^&([0-9.]+)&ISO(?:\^([A-Z]+))?")


@dataclass(frozen=True, slots=True)
class PatientId:
    """``value`` of the authority ``oid``; the type code of the CX says nothing of identity."""

    value: str
    oid: str

    def __str__(self) -> str:
        return f"{self.value}^^^&{self.oid}&ISO"


def read_patient_id(cx: str) -> PatientId | None:
    """``value^^^&oid&ISO[^type]`` as a national identity (INS), or None when it is not one."""
    found = _CX.fullmatch(cx.strip())
    if found is None or found.group(2) not in INS_OIDS:
        return None
    return PatientId(found.group(1), found.group(2))


def institution_id(xon: str) -> str:
    """Component 10 of an XON (authorInstitution): the structure's identifier, or ""."""
    components = xon.split("^")
    return components[9] if len(components) == 10 else ""
