"""TD0.3: the structure's authorisation to consult a patient's DMP, added at the patient's word.

The request names nobody: the VIHF does. A caller sends it for an explicit act of the professional
alone (EX_0.3-1010), in the profile Consultation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.dmp.soap import AnswerUnreadable, safe_code
from functions.drimbox.errors import DmpRefused

if TYPE_CHECKING:
    from lxml import etree

NAMESPACE: Final = "urn:si-dmp-habilitations"
ACTION: Final = "urn:si-dmp-habilitations:HabilitationsEndPoint:setAuthorization"
ADD: Final = f'<setAuthorization xmlns="{NAMESPACE}"><action>AJOUT</action></setAuthorization>'
_DONE: Final = "DMPOk"


def read(answer: etree._Element) -> None:
    """Return where the DMP says that the authorisation stands now.

    Raises DmpRefused with the DMP's own status, AnswerUnreadable for anything else.
    """
    if answer.tag != f"{{{NAMESPACE}}}setAuthorizationResponse":
        raise AnswerUnreadable("not a setAuthorizationResponse")
    found = answer.findall(f"{{{NAMESPACE}}}output/{{{NAMESPACE}}}status")
    status = (found[0].text or "").strip() if len(found) == 1 else ""
    if not status:
        raise AnswerUnreadable("not exactly one status")
    if status != _DONE:
        raise DmpRefused((safe_code(status),))
