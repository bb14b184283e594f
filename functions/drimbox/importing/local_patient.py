"""The site's own identifier of the patient, as a contextual call names it (PatientID and its
issuer)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.oid import Oid
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.consultation.context import CallContext

# PS3.5 6.2, LO.
_LONGEST: Final = 64
_ISO: Final = "ISO"
# The components of HL7 v2 HD, of which PID-3.4 (CX-4) is one.
_COMPONENTS: Final = 3


@frozen
class LocalPatient:
    """``identifier`` is the local one (IPP); its issuer has a name (``namespace``), an OID
    (``universal``), or both: "" for one that it does not have."""

    identifier: str
    namespace: str
    universal: str

    def __repr__(self) -> str:
        return "LocalPatient(…)"


def local_patient(context: CallContext) -> LocalPatient | None:
    """The local patient of a call; None where it names none that an image can carry.

    The issuer is read as PID-3.4 whole (``name&oid&ISO``, HL7 v2.5 2.A.33), as an OID alone, or as
    a name. Nobody guesses what another form means.
    """
    identifier, issuer = context.local_id, context.local_issuer
    if not identifier.isascii() or not _is_text(identifier):
        return None
    parts = issuer.split("&")
    if len(parts) == _COMPONENTS and parts[2] == _ISO:
        namespace, universal = parts[0].strip(), parts[1].strip()
    elif len(parts) == 1:
        namespace, universal = ("", issuer) if _is_oid(issuer) else (issuer, "")
    else:
        return None
    named = not namespace or _is_text(namespace)
    if not named or (universal and not _is_oid(universal)) or not (namespace or universal):
        return None
    return LocalPatient(identifier, namespace, universal)


def _is_text(value: str) -> bool:
    return 0 < len(value) <= _LONGEST and value.isprintable() and "\\" not in value


def _is_oid(value: str) -> bool:
    try:
        Oid(value)
    except ValueError:
        return False
    return True
