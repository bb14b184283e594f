"""Masking: a report's flags, the confidentiality codes that they give, the cumulation that the DMP
may refuse, and whether a report is shared at all.

``report.flags`` reads the flags, ``dmp.metadata`` writes the codes, ``publication.sharing_rules``
holds a report that :func:`cumulates` where the tenant does not allow it, and a correction that is
not shared. The DMP hides the document. ``dmp.documents`` reads the codes of a document that the DMP
lists, and a page shows them (``pages.reading.restrictions``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.identity.parties import Code
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.report.model import Report, Visibility

CONFIDENTIALITY: Final = "2.16.840.1.113883.5.25"
DMP_CONFIDENTIALITY: Final = "1.2.250.1.213.1.1.4.13"

# OBX-3.1 -> the field of Visibility that it sets (volet, "métadonnées DMP/MSSanté").
FLAGS: Final = {
    "MASQUE_PS": "masked_to_professionals",
    "INVISIBLE_PATIENT": "invisible_to_patient",
    "INVISIBLE_REP_LEGAUX": "invisible_to_representatives",
    "CONNEXION_SECRETE": "secret_connection",
    "MODIF_CONF_CODE": "confidentiality_change_only",
    "DESTDMP": "to_dmp",
}
NORMAL: Final = Code("N", CONFIDENTIALITY, "Normal")
# HL7 writes INVISIBLE_REP_LEGAUX, XDS the long form: two tables of the CI-SIS.
MASKING: Final[dict[str, Code]] = {
    "masked_to_professionals": Code(
        "MASQUE_PS", DMP_CONFIDENTIALITY, "Masqué aux professionnels de santé"
    ),
    "invisible_to_patient": Code(
        "INVISIBLE_PATIENT", DMP_CONFIDENTIALITY, "Non visible par le patient"
    ),
    "invisible_to_representatives": Code(
        "INVISIBLE_REPRESENTANTS_LEGAUX",
        DMP_CONFIDENTIALITY,
        "Non visible par les représentants légaux du patient",
    ),
}


def confidentiality_codes(visibility: Visibility) -> tuple[Code, ...]:
    """The XDS confidentialityCodes of a manifest: N always, then one per flag, in table order."""
    return (NORMAL, *(code for flag, code in MASKING.items() if getattr(visibility, flag)))


def cumulates(visibility: Visibility) -> bool:
    """Whether a document is hidden from the patient and from professionals at once.

    The DMP's parameter ``cumul-invisible_patient-masque_ps`` (EX_2.1-1050) says whether it takes
    such a document; a tenant's ``masking_cumulation`` is its value.
    """
    return visibility.invisible_to_patient and visibility.masked_to_professionals


@frozen
class Sharing:
    """Whether a report is shared; ``reason`` is "", or the stable code of the obstacle."""

    shared: bool
    reason: str = ""


def sharing(report: Report) -> Sharing:
    """``not_for_dmp`` when DESTDMP is N; ``restricted_document`` when the CDA is R or V.

    A document of reinforced confidentiality is not shared (volet CISIS_CDA_HL7_V2, masking).
    """
    if not report.visibility.to_dmp:
        return Sharing(False, "not_for_dmp")
    if report.document.confidentiality != "N":
        return Sharing(False, "restricted_document")
    return Sharing(True)
