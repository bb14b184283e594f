"""Object identifiers and DICOM unique identifiers that check themselves."""

from __future__ import annotations

import re
import uuid
from typing import Final, Self

_OID: Final = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")
# Name-based UUIDs of this product (RFC 9562 5.5): the namespace only has to stay the same for ever.
_NAMESPACE: Final = uuid.UUID("8a6f2c52-54b2-5b57-9a4e-0b8fb6c4a1d2")


class Oid(str):
    """An ISO object identifier in dotted form; ValueError when it is not one."""

    __slots__ = ()

    def __new__(cls, value: str) -> Self:
        if len(value) > 256 or not _OID.fullmatch(value):
            raise ValueError("not an object identifier")
        return super().__new__(cls, value)


class Uid(Oid):
    """A DICOM UID (PS3.5 9.1): an OID of at most 64 characters."""

    __slots__ = ()

    def __new__(cls, value: str) -> Self:
        if len(value) > 64:
            raise ValueError("a UID has at most 64 characters")
        return super().__new__(cls, value)


def uid_of(uuid_text: str) -> Uid:
    """The UID ``2.25.<UUID as an integer>`` (PS3.5 B.2) of a UUID in its usual text form.

    Of a random UUID (``ports.Uids``), it is one that nobody can compute: 122 random bits.
    """
    return Uid(f"2.25.{uuid.UUID(uuid_text).int}")


def derive_uid(*parts: str) -> Uid:
    """A UID that anybody can compute from ``parts``: same parts, same UID.

    Its UUID is name-based (version 5). No identifier that opens something is made so (decision
    0048).
    """
    name = "\x1f".join(parts)
    return Uid(f"2.25.{uuid.uuid5(_NAMESPACE, name).int}")
