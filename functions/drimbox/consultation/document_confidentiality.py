"""The confidentiality that a clinical document states itself: of its header and of its sections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.identity.parties import Code
from functions.drimbox.report.cda_xml import V3

if TYPE_CHECKING:
    from lxml import etree

_NAME: Final = f"{{{V3}}}confidentialityCode"


def of_cda(root: etree._Element) -> tuple[Code, ...]:
    """Every confidentialityCode of a ClinicalDocument (CDA R2 4.2.1.5, 4.3.2), in its order.

    A code "" stands for a header without the element, which it must have, and for a nullFlavor: the
    document then does not say that it is normal.
    """
    told = tuple(map(_code, root.iter(_NAME)))
    return told if root.find(_NAME) is not None else (Code("", ""), *told)


def _code(element: etree._Element) -> Code:
    if element.get("nullFlavor") is not None:
        return Code("", "")
    return Code(element.get("code", "").strip(), element.get("codeSystem", "").strip())
