"""The facts of a VIHF (:mod:`functions.drimbox.dmp.vihf` writes and signs it).

They stand apart: a page knows its professional long before it asks the DMP, and need not load the
signature for it.
"""

from __future__ import annotations

from dataclasses import fields
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.identity.ins import Ins

# A doctor and a pharmacist show a second role, their savoir-faire (JDV_J65).
WITH_SPECIALTY: Final = frozenset({"10", "21"})


class AuthenticationMode(StrEnum):
    """Authentification_Mode: production is indirect, consultation is reinforced (AIR)."""

    INDIRECTE = "INDIRECTE"
    INDIRECTE_RENFORCEE = "INDIRECTE_RENFORCEE"


@frozen
class LpsIdentity:
    """The software as the DMP knows it; ``homologation`` is a secret (EX_GEN-1490)."""

    id: str
    name: str
    version: str
    homologation: str

    def __repr__(self) -> str:
        return f"LpsIdentity({self.name} {self.version})"


@frozen
class VihfFacts:
    """The facts of an assertion.

    ``professional_id``: the national identifier (NameID). ``subject_name``: that professional's
    name, never the patient's. ``structure_id``: "1" + FINESS or "3" + SIRET, one of the document's
    authorInstitutions. ``sector``: code of …71.4.2.4. ``profession``: code of TRE_G15.
    ``specialty``: savoir-faire code, which doctors and pharmacists must have.
    ``primary_authentication`` (AuthnContextDecl) is sent in AIR mode only. Raises ValueError naming
    the field that is empty.
    """

    professional_id: str
    subject_name: str
    structure_id: str
    sector: str
    profession: str
    specialty: str
    patient: Ins
    mode: AuthenticationMode
    secret_connection: bool
    lps: LpsIdentity
    primary_authentication: str = "APP_BROWSER_AUTH"

    def __post_init__(self) -> None:
        for name in (f.name for f in fields(self)):
            optional = name == "specialty" and self.profession not in WITH_SPECIALTY
            if getattr(self, name) == "" and not optional:
                raise ValueError(f"{name} is missing")

    def __repr__(self) -> str:
        return f"VihfFacts({self.mode})"
