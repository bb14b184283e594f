"""Codes that check themselves: LOINC and SNOMED CT numbers end in a check digit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LOINC: Final = "2.16.840.1.113883.6.1"
SNOMED_CT: Final = "2.16.840.1.113883.6.96"
# The value set of regions (JDV 695), which older documents name as the system: SNOMED CT codes.
REGIONS: Final = "1.2.250.1.213.1.1.5.695"

_LOINC: Final = re.compile(r"[1-9][0-9]{0,6}-[0-9]")
# The two digits before the last one say that it is a concept, of the core or of an extension.
_CONCEPT: Final = re.compile(r"[1-9][0-9]{2,14}[01]0[0-9]")
# Verhoeff's permutation of a digit, by its place from the right; the following places repeat it.
_PERMUTED: Final = ("0123456789", "1576283094")


def _permutations() -> tuple[tuple[int, ...], ...]:
    rows = [tuple(map(int, row)) for row in _PERMUTED]
    while len(rows) < 8:
        rows.append(tuple(rows[1][one] for one in rows[-1]))
    return tuple(rows)


_ROWS: Final = _permutations()


def _dihedral(a: int, b: int) -> int:
    """The product in the dihedral group of ten elements: 0 to 4 turn, 5 to 9 turn and mirror."""
    turn = (a + b) % 5 if a < 5 else (a - b) % 5
    return turn + 5 * ((a < 5) is not (b < 5))


def is_loinc(code: str) -> bool:
    """Whether ``code`` has the form of a LOINC number and its check digit (mod 10)."""
    if not _LOINC.fullmatch(code):
        return False
    digits = [int(one) for one in reversed(code.replace("-", ""))]
    return sum(sum(divmod(d * (1 + i % 2), 10)) for i, d in enumerate(digits)) % 10 == 0


def is_concept(code: str) -> bool:
    """Whether ``code`` has the form of a SNOMED CT concept and its check digit (Verhoeff)."""
    if not _CONCEPT.fullmatch(code):
        return False
    check = 0
    for place, digit in enumerate(reversed(code)):
        check = _dihedral(check, _ROWS[place % 8][int(digit)])
    return check == 0


_FORMS: Final[Mapping[str, Callable[[str], bool]]] = {
    LOINC: is_loinc,
    SNOMED_CT: is_concept,
    REGIONS: is_concept,
}


def may_be_of(system: str, code: str) -> bool:
    """Whether ``code`` may be one of the code system (an OID); True for a system without check
    digits."""
    form = _FORMS.get(system)
    return form is None or form(code)
