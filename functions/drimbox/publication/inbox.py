"""The inbox: the identifiers of messages and notes, their keys there, and the queue behind it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from functions.drimbox.oid import Uid
    from functions.drimbox.report.model import MessageHeader

# Our names in MSH-3/4 of our acknowledgements.
APPLICATION: Final = "DRIMBOX"


class Queue(Protocol):
    """Where accepted messages wait for their turn."""

    def send(self, message_id: str, *, replay: int, received_at: datetime) -> None:
        """Queue the message; StorageUnavailable when it may not be queued."""
        ...


def message_id_of(tenant: str, header: MessageHeader) -> str:
    """The message's identifier, also its correlation id: 32 hex digits that reveal nothing."""
    sender = header.sending_application, header.sending_facility
    return message_id(tenant, sender, header.control_id)


def message_id(tenant: str, sender: tuple[str, str], control_id: str) -> str:
    """The identifier of the message that ``sender`` (MSH-3, MSH-4) calls ``control_id``."""
    return hashlib.sha256("\x1f".join((tenant, *sender, control_id)).encode()).hexdigest()[:32]


def message_key(message_id: str) -> str:
    """Where the inbox keeps the message."""
    return f"messages/{message_id}.hl7"


def ack_key(message_id: str) -> str:
    """Where the inbox keeps its acknowledgement."""
    return f"acks/{message_id}.hl7"


# The prefix of a note's identifier, and of no other message's.
NOTE_PREFIX: Final = "note-"


def note_id_of(tenant: str, sop_instance_uid: Uid, other_bytes: bytes = b"") -> str:
    """The note's identifier, also its correlation id: it reveals nothing.

    ``other_bytes``: the note itself, when its UID already names another one.
    """
    key = f"{tenant}\x1f{sop_instance_uid}"
    if other_bytes:
        key += f"\x1f{hashlib.sha256(other_bytes).hexdigest()}"
    return NOTE_PREFIX + hashlib.sha256(key.encode()).hexdigest()[:32]


def note_key(note_id: str) -> str:
    """The note's key in the inbox."""
    return f"notes/{note_id}.dcm"
