"""The traits that a NIR tells by its own digits, beside those of the call.

A NIR may rightly differ (a sex or a birth date that was corrected later, a registration abroad):
a difference is a doubt to tell, never a refusal.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from functions.drimbox.consultation.context import CallContext

# 1 and 2 are final; 3 and 4, 7 and 8 provisional numbers (INSEE).
_SEXES: Final = {"1": "M", "3": "M", "7": "M", "2": "F", "4": "F", "8": "F"}
_FINAL: Final = frozenset("12")
_DAY: Final = re.compile(r"[0-9]{8}")
# A month above December stands for a civil status that is not known whole.
_MONTHS: Final = frozenset(f"{month:02}" for month in range(1, 13))


def doubts(context: CallContext) -> tuple[str, ...]:
    """The traits of the call, ``sex`` and ``birth_date``, that its INS contradicts."""
    number = context.ins.value
    told = _SEXES.get(number[0], context.sex)
    differing = {
        "sex": context.sex in {"M", "F"} and told != context.sex,
        "birth_date": number[0] in _FINAL and not _born(number, context.birth_date),
    }
    return tuple(trait for trait, differs in differing.items() if differs)


def _born(number: str, birth_date: str) -> bool:
    """Whether the year and the month may be those of the date; a partial date contradicts none."""
    if not _DAY.fullmatch(birth_date):
        return True
    month = number[3:5]
    return number[1:3] == birth_date[2:4] and (month not in _MONTHS or month == birth_date[4:6])
