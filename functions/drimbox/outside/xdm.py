"""The layout of an XDM archive (IHE ITI TF-2 3.32; DRIMbox: ``KAyyyymm/IHE_XDM/SS000001/…``)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import FileRefused
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

METADATA: Final = "METADATA.XML"
LINKS: Final = "CR.TXT"
MAX_SETS: Final = 100
_PLACE: Final = re.compile(r"(?:[A-Za-z0-9_-]{1,32}/)?IHE_XDM/([A-Za-z0-9_-]{1,16})/([^/]+)")

_BELOW: Final = "/IHE_XDM/"


@frozen
class SubmittedSet:
    """One submission set: its ``folder`` (``SS000001``), its metadata, its other files by name."""

    folder: str
    metadata: bytes
    files: Mapping[str, bytes]

    def __repr__(self) -> str:
        return f"SubmittedSet({len(self.files)} files)"


def read_sets(files: Mapping[str, bytes]) -> tuple[SubmittedSet, ...]:
    """The sets of an archive, in the order of their folders' names.

    Files outside ``IHE_XDM`` (README.TXT, INDEX.HTM) are for people, and are not read. Raises
    FileRefused ``archive_not_xdm`` without any set, for a set without metadata, and for a file
    below ``IHE_XDM`` that is of no set: it may be the one that withdraws what another one says;
    ``archive_too_large`` for more than MAX_SETS.
    """
    sets: dict[str, dict[str, bytes]] = {}
    tops = set()
    for name, content in files.items():
        found = _PLACE.fullmatch(name)
        if found:
            tops.add(name.partition("IHE_XDM/")[0])
            sets.setdefault(found[1], {})[found[2]] = content
        elif _BELOW in f"/{name.upper()}":
            raise FileRefused("a file of no set", code="archive_not_xdm")
    if len(tops) > 1:
        raise FileRefused("several archives in one", code="archive_not_xdm")
    if len(sets) > MAX_SETS:
        raise FileRefused("more sets than accepted", code="archive_too_large")
    if not sets or any(METADATA not in one for one in sets.values()):
        raise FileRefused("no metadata", code="archive_not_xdm")
    return tuple(
        SubmittedSet(
            folder,
            sets[folder][METADATA],
            {name: content for name, content in sets[folder].items() if name != METADATA},
        )
        for folder in sorted(sets)
    )
