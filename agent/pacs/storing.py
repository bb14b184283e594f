"""Objects into the archive by C-STORE (PS3.4 B): each one has the status that the archive says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pynetdicom.presentation import build_context

from agent.pacs.failures import RequestFailed
from agent.pacs.retrieving import COMMON_CLASSES, SYNTAXES
from functions.drimbox.errors import Held
from functions.drimbox.importing.outgoing import Stored

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pynetdicom.association import Association

    from agent.pacs.associations import Associations
    from agent.pacs.port import ToStore
    from functions.drimbox.oid import Uid

# Proposed beside the objects' own contexts: an archive that takes none of those still lets us in,
# and each object then has its failure.
_VERIFICATION: Final = "1.2.840.10008.1.1"
# A context has an odd number below 256 (PS3.8 9.3.2.2).
_CONTEXTS: Final = 127
# Seconds for the status of one object: an archive writes it first.
_PATIENCE: Final = 180.0
_SUCCESS: Final = 0x0000
_NOT_AUTHORISED: Final = 0x0124
# No context for the object's class and transfer syntax: SOP class not supported (PS3.7 C.5.11).
_NO_CONTEXT: Final = 0x0122
# Statuses of stored objects beside 0000: PS3.7 C.3 and C.4, and PS3.4 B.2.3.
_WARNINGS: Final = frozenset({0x0001, 0x0107, 0x0116, *range(0xB000, 0xC000)})


class Storing:
    """Sends objects, one after the other, on one association a call."""

    def __init__(self, associations: Associations) -> None:
        self._associations = associations

    def is_offered(self) -> bool:
        """Whether the archive accepts a context to send it an image. Raises the errors of
        ``Associations.open``."""
        contexts = [build_context(one, SYNTAXES[0]) for one in COMMON_CLASSES]
        with self._associations.open([build_context(_VERIFICATION), *contexts]) as association:
            accepted = {one.abstract_syntax for one in association.accepted_contexts}
        return bool(accepted & set(COMMON_CLASSES))

    def store(self, objects: Sequence[ToStore]) -> Iterator[tuple[Uid, Stored]]:
        """The outcome of each object, as it comes.

        Raises RequestFailed where the archive says nothing of one: it may be stored or not, and is
        sent again under its own UID. Raises Held ``pacs_refused``, OSError, and the errors of
        ``Associations.open``.
        """
        pairs = dict.fromkeys((one.sop_class_uid, one.transfer_syntax) for one in objects)
        contexts = [build_context(*pair) for pair in [*pairs][:_CONTEXTS]]
        with self._associations.open(
            [build_context(_VERIFICATION), *contexts], silence=_PATIENCE
        ) as association:
            for number, one in enumerate(objects, 1):
                yield one.sop_instance_uid, _outcome(_status(association, number, one))


def _status(association: Association, number: int, one: ToStore) -> int:
    try:
        status = association.send_c_store(one.path, msg_id=number).get("Status")
    except RuntimeError:  # the archive has ended the association between two objects
        raise RequestFailed("the association has ended before a C-STORE") from None
    except ValueError:
        return _NO_CONTEXT
    if status is None:
        raise RequestFailed("a C-STORE has no status")
    return int(status)


def _outcome(status: int) -> Stored:
    if status == _NOT_AUTHORISED:
        raise Held("pacs_refused", f"C-STORE: status {status:04X}")
    if status == _SUCCESS:
        return Stored()
    return Stored(warning=status) if status in _WARNINGS else Stored(failure=status)
