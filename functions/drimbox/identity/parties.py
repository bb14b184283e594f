"""The parties of a report: identifiers, organisations, professionals, the patient."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Final

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from datetime import datetime

    from functions.drimbox.identity.ins import Ins

PROFESSIONAL_OID: Final = "1.2.250.1.71.4.2.1"
STRUCTURE_OID: Final = "1.2.250.1.71.4.2.2"


@frozen
class Identifier:
    """An instance identifier (CDA ``II``, HL7 ``EI``/``CX``): ``root`` is an OID or a UUID."""

    root: str
    extension: str = ""

    def __repr__(self) -> str:
        return "Identifier(…)"


@frozen
class Code:
    """A coded value: ``system`` is the code system's OID."""

    code: str
    system: str
    display: str = ""


@frozen
class Organisation:
    """``structure_id``: "1" + FINESS or "3" + SIRET, as the CDA writes it (…71.4.2.2)."""

    structure_id: str
    name: str = ""
    practice_setting: Code | None = None


@frozen
class Professional:
    """``identifier`` is the national one ("8" + RPPS, …71.4.2.1); ``profession`` and
    ``specialty`` come from the assigned code (G15_10/SM44 gives profession 10, specialty SM44)."""

    identifier: str
    family: str
    given: str
    profession: str = ""
    specialty: str = ""
    organisation: Organisation | None = None

    def __repr__(self) -> str:
        return "Professional(…)"


@frozen
class Patient:
    """The patient of a report, strict traits as qualified by the sender.

    ``local_ids``: every other identifier of recordTarget, in order (the first is the IPP).
    ``birth_given`` is the first birth given name, ``birth_givens`` all of them, ``used_family``
    and ``used_given`` the used names or "". ``birth_date``: YYYYMMDD. ``sex``: M, F, O or U.
    ``birth_place``: the INSEE (COG) code, or "".
    """

    ins: Ins
    local_ids: tuple[Identifier, ...]
    birth_family: str
    birth_given: str
    birth_givens: str
    used_family: str
    used_given: str
    birth_date: str
    sex: str
    birth_place: str

    def __repr__(self) -> str:
        return "Patient(…)"


@frozen
class Interval:
    """Start and end of a service; aware when the document gives a zone, None when absent."""

    low: datetime | None = field(default=None)
    high: datetime | None = field(default=None)
