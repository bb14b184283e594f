"""A finding of the check."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from functions.drimbox.values import frozen
from functions.drimbox.wording.agent_check import GOOD, WRONG

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from functions.drimbox.wording.text import Language


@frozen
class Finding:
    """``code`` is one of ``wording.agent_check``; ``about`` is what was tried, such as a host's
    name; ``detail`` is technical, without patient data."""

    code: str
    about: str = ""
    detail: str = ""

    @property
    def is_good(self) -> bool:
        """Whether nothing is to be changed."""
        return self.code in GOOD


def write(findings: Iterable[Finding], out: TextIO, languages: Sequence[Language]) -> bool:
    """Write each finding as it comes, in these languages; whether all of them are good."""
    all_good = True
    for one in findings:
        all_good &= one.is_good
        for line in lines(one, languages):
            out.write(f"{line}\n")
        out.flush()
    return all_good


def lines(finding: Finding, languages: Sequence[Language]) -> list[str]:
    """The finding in words."""
    about = f" [{finding.about}]" if finding.about else ""
    if finding.is_good:
        good = GOOD[finding.code]
        return [f"  OK{about} {' / '.join(good.in_language(one) for one in languages)}"]
    wrong = WRONG[finding.code]
    found = [f"  !!{about} {finding.code}" + (f" ({finding.detail})" if finding.detail else "")]
    for one in languages:
        found.append(f"     {wrong.in_language(one)}")
        found.append(f"     -> {wrong.todo.in_language(one)}")
    return found
