"""The words for a document's restrictions."""

from __future__ import annotations

from typing import Final

from functions.drimbox.dmp import xds
from functions.drimbox.wording.text import Text

# By the confidentiality code and its system; N hides nothing.
HIDDEN_FROM: Final[dict[tuple[str, str], Text]] = {
    ("R", xds.CONFIDENTIALITY_SYSTEM): Text("accès restreint", "restricted"),
    ("V", xds.CONFIDENTIALITY_SYSTEM): Text("accès très restreint", "very restricted"),
    ("INVISIBLE_PATIENT", xds.MASKING_SYSTEM): Text(
        "non visible du patient", "not visible to the patient"
    ),
    ("INVISIBLE_REPRESENTANTS_LEGAUX", xds.MASKING_SYSTEM): Text(
        "non visible des représentants légaux", "not visible to the legal representatives"
    ),
    ("MASQUE_PS", xds.MASKING_SYSTEM): Text("masqué aux professionnels", "masked to professionals"),
}
UNKNOWN_RESTRICTION: Final = Text("restriction inconnue", "unknown restriction")
