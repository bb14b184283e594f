"""Distinguished names compared as names, not as texts: whose certificate this is.

Every function reads names, since every tenant's file holds some, and few handle certificates. So
the texts are read here, and a test compares each verdict with that of ``cryptography``, whose
import takes longer than all of a tenant's file. Nothing here puts a name's value into an exception.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cryptography import x509

MAX_NAME: Final = 1024

_COMMON_NAME: Final = "2.5.4.3"
_COUNTRY: Final = "2.5.4.6"
_STATE: Final = "2.5.4.8"
_EMAIL: Final = "1.2.840.113549.1.9.1"
# The attribute types of RFC 4514 3, and other spellings that people write.
_TYPES: Final = {
    "CN": _COMMON_NAME,
    "L": "2.5.4.7",
    "ST": _STATE,
    "O": "2.5.4.10",
    "OU": "2.5.4.11",
    "C": _COUNTRY,
    "STREET": "2.5.4.9",
    "DC": "0.9.2342.19200300.100.1.25",
    "UID": "0.9.2342.19200300.100.1.1",
    "S": _STATE,
    "E": _EMAIL,
    "EMAILADDRESS": _EMAIL,
    "SERIALNUMBER": "2.5.4.5",
}
# Octets in UTF-8, least and most: RFC 5280 A.1, and the jurisdiction's country (CA/Browser Forum).
_LENGTHS: Final = {_COMMON_NAME: (1, 64), _COUNTRY: (2, 2), "1.3.6.1.4.1.311.60.2.1.3": (2, 2)}

# An escaped character, or a separator and an attribute type with the spaces around, or a tail.
_LOOSE: Final = re.compile(r"(\\.)|(?:^\s*|\s*([,+])\s*)([A-Za-z0-9.-]+)\s*=\s*|\s+$", re.DOTALL)
# RFC 4514 3: descr or numericoid, "=", string, then a separator or the end. No hexstring.
_ARC: Final = r"(?:0|[1-9][0-9]{0,17})"
_PAIR: Final = r"""\\(?:[\\ #="+,;<>]|[0-9A-Fa-f]{2})"""
_SPECIAL: Final = r"""\x00"+,;<>\\"""
_ATTRIBUTE: Final = re.compile(
    rf"([A-Z]+|(?:[01]\.[1-3]?[0-9]|2\.{_ARC})(?:\.{_ARC})*)="
    rf"((?:[^ #{_SPECIAL}]|{_PAIR})(?:(?:[^{_SPECIAL}]|{_PAIR})*(?:[^ {_SPECIAL}]|{_PAIR}))?)"
    r"([,+]|\Z)"
)
_ESCAPED: Final = re.compile(r"""\\([\\ #="+,;<>])|((?:\\[0-9A-Fa-f]{2})+)""")


@frozen
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
        return _canonical(_relative_names(_strict(text)))
    except ValueError:
        raise ValueError("not a distinguished name") from None


def canonical(name: x509.Name) -> CanonicalName:
    """A name as a certificate holds it. Raises ValueError for an empty one, or no text."""
    return _canonical([(one.oid.dotted_string, one.value) for one in rdn] for rdn in name.rdns)


def _canonical(rdns: Iterable[list[tuple[str, str | bytes]]]) -> CanonicalName:
    found = tuple(
        sorted(tuple(sorted((kind, _prepared(value)) for kind, value in rdn)) for rdn in rdns)
    )
    if not found:
        raise ValueError("an empty name")
    return CanonicalName(found)


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


def _relative_names(text: str) -> Iterator[list[tuple[str, str | bytes]]]:
    """Each relative name of a strict text as its (type OID, value) pairs."""
    at, more = 0, True
    while more:
        rdn: list[tuple[str, str | bytes]] = []
        separator = "+"
        while separator == "+":
            found = _ATTRIBUTE.match(text, at)
            if found is None:
                raise ValueError("not an attribute")
            rdn.append(_attribute(found[1], _ESCAPED.sub(_unescaped, found[2])))
            at, separator = found.end(), found[3]
        if len(set(rdn)) != len(rdn):
            raise ValueError("the same attribute twice")
        yield rdn
        more = separator == ","


def _attribute(kind: str, value: str) -> tuple[str, str]:
    oid = kind if kind[0].isdigit() else _TYPES.get(kind)
    if oid is None:
        raise ValueError("an unknown attribute type")
    least, most = _LENGTHS.get(oid, (1, MAX_NAME))
    if not least <= len(value.encode()) <= most:
        raise ValueError("a value of a wrong length")
    return oid, value


def _unescaped(found: re.Match[str]) -> str:
    return found[1] or bytes.fromhex(found[2].replace("\\", "")).decode()
