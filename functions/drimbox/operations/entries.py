"""The entry of a publication that an operator's request names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.errors import Absent

if TYPE_CHECKING:
    from functions.drimbox.publication.message_entry import MessageEntry
    from functions.drimbox.publication.ports import Site


def entry_of(site: Site, message_id: str) -> MessageEntry:
    """The publication's entry; Absent when there is none."""
    entry = site.messages.get(message_id)
    if entry is None:
        raise Absent("publication")
    return entry
