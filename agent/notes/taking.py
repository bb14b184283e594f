"""A Key Object Selection that the PACS sends by C-STORE (IHE RAD-66), and the status that it gets.

0000 says that the note is durable: the cloud keeps it. A note that cannot be handed over now gets
A700, upon which the PACS sends it again (PS3.4 B.2.3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from functions.drimbox.errors import DrimboxError
from functions.drimbox.images.part10 import facts_of
from functions.drimbox.importing import stow
from functions.drimbox.importing.outgoing import Outgoing
from functions.drimbox.manifest.elements import Malformed
from functions.drimbox.manifest.read import MAX_BYTES
from functions.drimbox.manifest.writer import file_meta
from functions.drimbox.study.index import KEY_OBJECT_SELECTION

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx

    from functions.drimbox.images.part10 import ObjectFacts

SUCCESS: Final = 0x0000
CLASS_NOT_SUPPORTED: Final = 0x0122
OUT_OF_RESOURCES: Final = 0xA700
DOES_NOT_MATCH: Final = 0xA900
CANNOT_UNDERSTAND: Final = 0xC000
# PS3.7 C: general failures, and those of the storage service.
_STATUSES: Final = frozenset(
    {0x0106, 0x0111, 0x0121, CLASS_NOT_SUPPORTED, DOES_NOT_MATCH, CANNOT_UNDERSTAND}
)


class Notes(Protocol):
    """The place where notes become durable."""

    def hand_over(self, facts: ObjectFacts, note: bytes) -> int:
        """Keep the note (Part 10); the status of C-STORE: 0000 once it is durable."""
        ...


class NoteTaker:
    """Judges each object that comes under the notes' AE title; ``say`` logs."""

    def __init__(self, notes: Notes, say: Callable[..., object]) -> None:
        self._notes = notes
        self._say = say

    def take(self, path: Path, sop_class: str, name: str) -> int:
        """The status for the object in the file at ``path``, which its sender calls so."""
        status = self._taken(path, sop_class, name)
        self._say("note received", status=f"{status:04X}")
        return status

    def _taken(self, path: Path, sop_class: str, name: str) -> int:
        if sop_class != KEY_OBJECT_SELECTION:
            return CLASS_NOT_SUPPORTED
        try:
            if path.stat().st_size > MAX_BYTES:
                return CANNOT_UNDERSTAND
            data = path.read_bytes()
            facts = facts_of(data)
        except Malformed:
            return CANNOT_UNDERSTAND
        except OSError:
            return OUT_OF_RESOURCES
        if (facts.sop_class_uid, facts.sop_instance_uid) != (sop_class, name):
            return DOES_NOT_MATCH
        # The sender's data set; its group 0002 is not transmitted, and was made here.
        head = file_meta(facts.sop_class_uid, facts.sop_instance_uid, facts.transfer_syntax)
        return self._notes.hand_over(facts, head + data[facts.dataset_offset :])


class CloudNotes:
    """Implements :class:`Notes` by STOW-RS to the cloud, which keeps a note before it answers.

    ``client`` shows the PACS's credential; ``url`` is the base of the cloud's STOW-RS.
    """

    def __init__(self, client: httpx.Client, url: str, say: Callable[..., object]) -> None:
        self._client = client
        self._url = url
        self._say = say

    def hand_over(self, facts: ObjectFacts, note: bytes) -> int:
        """See :class:`Notes`."""
        one = Outgoing(facts.sop_instance_uid, len(note), lambda: (note,))
        try:
            outcomes = stow.store(self._client, self._url, facts.study_instance_uid, [one])
        except DrimboxError as error:
            self._say("note not handed over", code=error.code, detail=error.detail)
            return OUT_OF_RESOURCES
        stored = outcomes.get(facts.sop_instance_uid)
        if stored is None:
            return OUT_OF_RESOURCES
        if stored.failure is None:
            return SUCCESS
        return stored.failure if stored.failure in _STATUSES else OUT_OF_RESOURCES


def refuse(_path: Path, _sop_class: str, _name: str) -> int:
    """The status where no notes are taken."""
    return CLASS_NOT_SUPPORTED
