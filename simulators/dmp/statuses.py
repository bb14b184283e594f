"""The availabilityStatus of a document entry (TF-3 4.2.3.2.2, and CI-SIS' own two)."""

from __future__ import annotations

from typing import Final

from lxml import etree

from simulators.dmp.markup import parse

_OASIS: Final = "urn:oasis:names:tc:ebxml-regrep:StatusType"
_ASIP: Final = "urn:asip:ci-sis:2010:StatusType"
APPROVED: Final = f"{_OASIS}:Approved"
DEPRECATED: Final = f"{_OASIS}:Deprecated"
ARCHIVED: Final = f"{_ASIP}:Archived"
DELETED: Final = f"{_ASIP}:Deleted"
STATUSES: Final = frozenset({APPROVED, DEPRECATED, ARCHIVED, DELETED})


def with_status(entry: bytes, status: str) -> bytes:
    """A stored rim:ExtrinsicObject with another status, nothing else changed."""
    element = parse(entry)
    element.set("status", status)
    return etree.tostring(element, with_tail=False)
