"""The facts that an operator's session holds, the page that a sign-in leads back to, and the name
of the account that signed in.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

# The pages that a link may lead to, below the area: nothing else leaves this place.
_PAGE: Final = re.compile(r"/(publications/[A-Za-z0-9_-]{1,128}|activity|services|refused|check)")
# The claims by which a person knows an account (OpenID Connect Core 1.0 5.1), the plainest first.
_NAMES: Final = ("name", "preferred_username", "email")
LONGEST_NAME: Final = 100


def page_of(text: str) -> str:
    """The page that somebody wanted before the sign-in; "", the first one, for any other text."""
    return text if _PAGE.fullmatch(text) else ""


def account_name(claims: Mapping[str, Any]) -> str:
    """The account as its owner knows it, "" where the provider tells none: for the owner's own page
    alone, since it is a person's name. At most LONGEST_NAME characters.
    """
    told = (claims.get(name) for name in _NAMES)
    named = (text.strip() for text in told if isinstance(text, str))
    return next((text[:LONGEST_NAME] for text in named if text), "")


@frozen
class OperatorFacts:
    """``subject`` is the ``sub`` of the operators' provider."""

    subject: str
