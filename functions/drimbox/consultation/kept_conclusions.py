"""The conclusions of the reports that a professional has read on a page, for that page's list.

They are notes beside the page's context, sealed for its one session, and end with it. Nothing else
of a report is kept (REC_3.2-1020). Neither a report nor a list fails of them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, Protocol

from functions.drimbox.errors import StorageUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.drimbox.consultation.reading_report import ReadReport

_NAME: Final = "conclusions"
# The latest ones: a record of the table stays small.
MOST: Final = 100


class Notes(Protocol):
    """Texts beside the contexts of pages, as ``Contexts`` keeps them. Raises StorageUnavailable."""

    def note(self, page: str, session: str, name: str, text: str) -> None:
        """Keep a text in the place of the former one of that name."""
        ...

    def noted(self, page: str, session: str, name: str) -> str:
        """The text of that name, "" for none."""
        ...


def keep_conclusion(notes: Notes, page: str, session: str, read: ReadReport) -> None:
    """Keep the conclusion of a report that was read, where it has one.

    Of two reports that are read at once, one may be forgotten.
    """
    said, name = read.conclusion, read.entry.unique_id
    before = conclusions(notes, page, session)
    if before.get(name, "") == said:
        return
    others = [(key, text) for key, text in before.items() if key != name]
    kept = dict([*others, *([(name, said)] if said else [])][-MOST:])
    try:
        notes.note(page, session, _NAME, json.dumps(kept))
    except StorageUnavailable:
        return


def conclusions(notes: Notes, page: str, session: str) -> Mapping[str, str]:
    """The kept conclusions by the unique identifier of the report."""
    try:
        text = notes.noted(page, session, _NAME)
    except StorageUnavailable:
        text = ""
    found: dict[str, str] = json.loads(text) if text else {}
    return found
