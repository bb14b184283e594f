"""Distinguished names compared as names, not as texts: whose certificate this is.

Nothing here puts a name's value into an exception.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

MAX_NAME: Final = 1024

# Other spellings of attribute types, beside those of RFC 4514 3.
_SPELLINGS: Final = {
    "S": NameOID.STATE_OR_PROVINCE_NAME,
    "E": NameOID.EMAIL_ADDRESS,
    "EMAILADDRESS": NameOID.EMAIL_ADDRESS,
    "SERIALNUMBER": NameOID.SERIAL_NUMBER,
}
# An escaped character, or a separator and an attribute type with the spaces around, or a tail.
_LOOSE: Final = re.compile(r"(\\.)|(?:^\s*|\s*([,+])\s*)([A-Za-z0-9.-]+)\s*=\s*|\s+$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class CanonicalName:
    """A distinguished name ready to compare; equal names are the same party.

    ``rdns``: each relative name as sorted (type OID, prepared value) pairs, the whole sorted: the
    order in which the national list and the certificates write them varies. Values are prepared
    as RFC 5280 7.1 asks (RFC 4518: compatibility form, case, inner spaces). Never empty.
    """

    rdns: tuple[tuple[tuple[str, str], ...], ...]

    def __repr__(self) -> str:
        return "CanonicalName(…)"


def canonical_name(text: str) -> CanonicalName:
    """A name declared as RFC 4514 text (a tenant's sender, ``DNCertificatOperateur``).

    Also takes spaces around the separators and types in lower case, as people write them.
    Raises ValueError, without the value, for anything else, an empty name included.
    """
    if len(text) > MAX_NAME or "=#" in text:  # a value in hexadecimal: not for us
        raise ValueError("not a distinguished name of at most 1024 characters, in text")
    try:
        return canonical(x509.Name.from_rfc4514_string(_strict(text), _SPELLINGS))
    except ValueError:
        raise ValueError("not a distinguished name") from None


def canonical(name: x509.Name) -> CanonicalName:
    """A name as a certificate holds it. Raises ValueError for an empty one, or no text."""
    rdns = tuple(
        sorted(
            tuple(sorted((one.oid.dotted_string, _prepared(one.value)) for one in rdn))
            for rdn in name.rdns
        )
    )
    if not rdns:
        raise ValueError("an empty name")
    return CanonicalName(rdns)


def _prepared(value: str | bytes) -> str:
    if isinstance(value, bytes):
        raise ValueError("a value that is not text")  # noqa: TRY004 ill-formed input, as any other
    prepared = " ".join(unicodedata.normalize("NFKC", value).casefold().split())
    if not prepared:
        raise ValueError("an empty value")
    return prepared


def _strict(text: str) -> str:
    """``text`` as RFC 4514 has it: no space around separators, attribute types in upper case."""

    def strict(found: re.Match[str]) -> str:
        escaped, separator, kind = found.groups()
        return escaped or (f"{separator or ''}{kind.upper()}=" if kind else "")

    return _LOOSE.sub(strict, text)
