"""The national health identity (INS): fifteen characters and the OID of their kind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.oid import Oid

# OID of the kind -> (what it is, label of the DICOM and HL7 issuer). CI-SIS, "INS" annex.
INS_KINDS: Final[dict[str, str]] = {
    "1.2.250.1.213.1.4.8": "NIR",
    "1.2.250.1.213.1.4.9": "NIA",
    "1.2.250.1.213.1.4.10": "NIR (test)",
    "1.2.250.1.213.1.4.11": "NIR (démonstration)",
}
ISSUER: Final = {"1.2.250.1.213.1.4.9": "ASIP-SANTE-INS-NIA"}
DEFAULT_ISSUER: Final = "ASIP-SANTE-INS-NIR"
# The arc of the national identities. Its other numbers that we know: the INS-C, which was computed
# and is retired (production, test, demonstration); the NIR and the NIA as social security numbers.
NATIONAL_ARC: Final = "1.2.250.1.213.1.4."
INS_C_OIDS: Final = frozenset(f"{NATIONAL_ARC}{number}" for number in (2, 6, 7))
_OTHER_NUMBERS: Final = INS_C_OIDS | {f"{NATIONAL_ARC}{number}" for number in (13, 14)}
_FORM: Final = re.compile(r"[1-9][0-9]{5}(?:[0-9]|[AB])[0-9]{6}[0-9]{2}")


def is_ins_oid(oid: str) -> bool:
    """True when ``oid`` names one of the four kinds of INS."""
    return oid in INS_KINDS


def may_be_ins(oid: str) -> bool:
    """True when ``oid`` is one of the national arc that we do not know: nobody guesses its kind."""
    return oid.startswith(NATIONAL_ARC) and oid not in INS_KINDS and oid not in _OTHER_NUMBERS


@frozen
class Ins:
    """A matricule INS whose key is right. ValueError names the rule broken, never the value."""

    value: str
    oid: Oid

    def __post_init__(self) -> None:
        if not is_ins_oid(self.oid):
            raise ValueError("not the OID of an INS")
        if not _FORM.fullmatch(self.value):
            raise ValueError("an INS has 15 characters")
        # Corsica: 2A counts as 19, 2B as 18 (INSEE); the key is 97 - n mod 97.
        digits = self.value[:13].replace("2A", "19", 1).replace("2B", "18", 1)
        if not digits.isdigit() or 97 - int(digits) % 97 != int(self.value[13:]):
            raise ValueError("wrong INS key")

    @property
    def issuer(self) -> str:
        """The issuer's label in PID-3.4.1 and in DICOM (0010,0021)."""
        return ISSUER.get(self.oid, DEFAULT_ISSUER)

    def cx(self, kind: str = "NH") -> str:
        """``value^^^&oid&ISO^kind``, the form of XDS patient identifiers (ITI TF-3 4.2.3.1.7)."""
        return f"{self.value}^^^&{self.oid}&ISO^{kind}"

    def __repr__(self) -> str:
        return "Ins(…)"
