"""The one-time code with which an agent enrols: shown once, kept as a hash.

It has 25 characters of Crockford's Base32, in groups of five. The first group says which invitation
is meant and is kept as it is; the others, of 100 bits, prove it.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import BadRequest
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable

# No I, L, O and U: people read the first three as digits.
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS: Final = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})
_GROUP: Final = 5
LENGTH: Final = 25
# Of a text that somebody typed, with any separators.
_MOST_TYPED: Final = 64


@frozen
class Code:
    """``place`` is its first group; ``whole`` is secret."""

    whole: str

    @property
    def place(self) -> str:
        """Which invitation is meant."""
        return self.whole[:_GROUP]

    @property
    def shown(self) -> str:
        """The code as a person reads it."""
        groups = (self.whole[at : at + _GROUP] for at in range(0, LENGTH, _GROUP))
        return "-".join(groups)

    def digest(self, tenant: str) -> str:
        """The hash that is kept (SHA-256, hexadecimal): of no use in another tenant."""
        return hashlib.sha256(f"{tenant}/{self.whole}".encode()).hexdigest()

    def is_kept_as(self, digest: str, tenant: str) -> bool:
        """Whether that hash is this code's; the comparison takes the same time for any."""
        return hmac.compare_digest(self.digest(tenant), digest)

    def __repr__(self) -> str:
        return "Code(…)"


def fresh_code(random: Callable[[int], bytes]) -> Code:
    """A new code; ``random`` gives so many bytes that nobody can guess."""
    return Code("".join(ALPHABET[one % len(ALPHABET)] for one in random(LENGTH)))


def read_code(typed: object) -> Code:
    """A code as somebody typed it: any case, with or without hyphens and blanks.

    BadRequest ``/code`` for anything else.
    """
    if not isinstance(typed, str) or len(typed) > _MOST_TYPED:
        raise BadRequest("/code")
    whole = typed.upper().translate(_READ_AS)
    if len(whole) != LENGTH or not set(whole) <= set(ALPHABET):
        raise BadRequest("/code")
    return Code(whole)
