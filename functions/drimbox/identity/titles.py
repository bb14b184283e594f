"""Civil titles before a name, as people write one in a search: they are no part of it."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# Closed, in capitals: no other word is taken for a title. A word that is a family name too, such
# as MAITRE, is not here.
TITLES: Final[frozenset[str]] = frozenset(
    {
        *("M", "MR", "MONSIEUR", "MM", "MESSIEURS"),
        *("MME", "MADAME", "MMES", "MESDAMES", "MLLE", "MELLE", "MADEMOISELLE"),
        *("DR", "DOCTEUR", "PR", "PROF", "PROFESSEUR"),
        *("MRS", "MS", "MISS", "DOCTOR", "PROFESSOR"),
    }
)
# Words that may stand before a title, and count as a part of it there alone: M. le Dr, M. et Mme.
_BEFORE: Final = ("LE", "LA", "ET", "OU", "AND", "THE")
# A full stop or a blank ends a title, and a name follows it: M'BALA and M-BALA are names.
_TITLE: Final = re.compile(
    rf"(?:(?:{'|'.join(_BEFORE)})\s+)?(?:{'|'.join(sorted(TITLES))})(?:\s*\.\s*|\s+)(?=\w)"
)


def readings(text: str) -> tuple[str, ...]:
    """The names that ``text`` may be: as it stands, then without its first title, its first two …
    ("M. le Dr X": "LE DR X" and "X"), in capitals without accents.

    The words as they stand are always one: "M" may be an initial, and a title somebody's name.
    """
    plain = unicodedata.normalize("NFKD", text)
    left = "".join(c for c in plain if not unicodedata.combining(c)).upper().strip()
    found = [text]
    while title := _TITLE.match(left):
        left = left[title.end() :]
        found.append(left)
    return tuple(found)
