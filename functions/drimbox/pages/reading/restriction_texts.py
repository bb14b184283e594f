"""The words for a document's restrictions: in the list of exams, and beside a report."""

from __future__ import annotations

from typing import Final

from functions.drimbox.dmp.documents import Restriction
from functions.drimbox.wording.text import Text

RESTRICTIONS: Final[dict[Restriction, Text]] = {
    Restriction.RESTRICTED: Text("accès restreint", "restricted"),
    Restriction.VERY_RESTRICTED: Text("accès très restreint", "very restricted"),
    Restriction.INVISIBLE_PATIENT: Text("non visible du patient", "not visible to the patient"),
    Restriction.INVISIBLE_REPRESENTATIVES: Text(
        "non visible des représentants légaux", "not visible to the legal representatives"
    ),
    Restriction.MASKED: Text("masqué aux professionnels", "masked to professionals"),
    Restriction.UNKNOWN: Text("restriction inconnue", "unknown restriction"),
}
