"""The documents of imaging in the DMP: their kinds by type code, their states by status."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from functions.drimbox.dmp import xds
from functions.drimbox.identity.parties import Code

if TYPE_CHECKING:
    from collections.abc import Iterable


class Kind(StrEnum):
    """The kind of a document."""

    MANIFEST = "manifest"
    REPORT = "report"


class State(StrEnum):
    """The state of a document in the DMP (EX_3.1-1030): in force, put away, replaced."""

    ACTIVE = "active"
    ARCHIVED = "archived"
    REPLACED = "replaced"


class Restriction(StrEnum):
    """A restriction that a confidentiality code tells; ``UNKNOWN`` for any code that we do not
    know, or of another system than its own.
    """

    MASKED = "masked"
    INVISIBLE_PATIENT = "invisible_patient"
    INVISIBLE_REPRESENTATIVES = "invisible_representatives"
    RESTRICTED = "restricted"
    VERY_RESTRICTED = "very_restricted"
    UNKNOWN = "unknown_confidentiality"


# Type codes by kind (JDV_J07): the report of imaging; that of nuclear medicine is of the value set
# of the reports of imaging (FR Document Core), not of J07, and some software writes it.
TYPES: Final = {
    Kind.MANIFEST: ((xds.IMG_KOS, xds.TYPE_SYSTEM),),
    Kind.REPORT: (("18748-4", xds.LOINC), ("85895-1", xds.LOINC)),
}
_RESTRICTION_OF: Final = {
    (xds.NORMAL, xds.CONFIDENTIALITY_SYSTEM): None,
    ("R", xds.CONFIDENTIALITY_SYSTEM): Restriction.RESTRICTED,
    ("V", xds.CONFIDENTIALITY_SYSTEM): Restriction.VERY_RESTRICTED,
    ("MASQUE_PS", xds.MASKING_SYSTEM): Restriction.MASKED,
    ("INVISIBLE_PATIENT", xds.MASKING_SYSTEM): Restriction.INVISIBLE_PATIENT,
    ("INVISIBLE_REPRESENTANTS_LEGAUX", xds.MASKING_SYSTEM): Restriction.INVISIBLE_REPRESENTATIVES,
}
STATUSES: Final = {
    State.ACTIVE: xds.APPROVED,
    State.ARCHIVED: xds.ARCHIVED,
    State.REPLACED: xds.DEPRECATED,
}
_KIND_OF: Final = {pair: kind for kind, pairs in TYPES.items() for pair in pairs}
_STATE_OF: Final = {status: state for state, status in STATUSES.items()}


def kind_of(type_code: Code | None) -> Kind | None:
    """The kind of a document of that type, None for a type that we do not ask for."""
    return None if type_code is None else _KIND_OF.get((type_code.code, type_code.system))


def restriction_of(code: Code) -> Restriction | None:
    """The restriction of a confidentiality code; None for the one that restricts nothing."""
    return _RESTRICTION_OF.get((code.code, code.system), Restriction.UNKNOWN)


def restricting(codes: Iterable[Code]) -> tuple[Code, ...]:
    """The confidentiality codes that hide a document from somebody, each once: all but N of its own
    system, so that a code that we do not know restricts."""
    told = dict.fromkeys(Code(one.code, one.system) for one in codes)
    return tuple(one for one in told if restriction_of(one) is not None)


def state_of(status: str) -> State | None:
    """The state that an availability status tells, None for one that we do not ask for."""
    return _STATE_OF.get(status)
