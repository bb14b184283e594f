"""The facts that an operator's session holds, and the page that a sign-in leads back to."""

from __future__ import annotations

import re
from typing import Final

from functions.drimbox.values import frozen

# The pages that a link may lead to, below the area: nothing else leaves this place.
_PAGE: Final = re.compile(r"/(publications/[A-Za-z0-9_-]{1,128}|activity|services|refused|check)")


def page_of(text: str) -> str:
    """The page that somebody wanted before the sign-in; "", the first one, for any other text."""
    return text if _PAGE.fullmatch(text) else ""


@frozen
class OperatorFacts:
    """``subject`` is the ``sub`` of the operators' provider."""

    subject: str
