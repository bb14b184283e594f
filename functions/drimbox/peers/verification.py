"""A downloaded white list, verified: its form, its signer, its signature, its dates, its content.

The order matters: nothing is verified with the key of a signer who was not judged, and nothing is
read of a list that was not verified. Only the bytes that the signature covers are read.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from functions.drimbox import safe_xml
from functions.drimbox.errors import WhiteListUnusable
from functions.drimbox.peers.envelope import open_envelope
from functions.drimbox.peers.faults import Fault
from functions.drimbox.peers.signature import require_signature
from functions.drimbox.peers.signer import require_signer
from functions.drimbox.peers.white_list import WhiteList, read_white_list
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from cryptography import x509
    from lxml import etree

    from functions.drimbox.peers.signer import Signer

# Bytes. The list of 17 domains has 20 kB; an item of DynamoDB, which keeps it, 400 KiB.
MAX_BYTES: Final = 360 * 1024
# The signer's clock may be early by that much. A date beyond it would outrank all later lists.
EARLY: Final = timedelta(minutes=10)


@frozen
class Verified:
    """``covered`` is the canonical XML that ``white_list`` was read from."""

    white_list: WhiteList
    covered: bytes
    signed_at: datetime


def verify(
    data: bytes,
    signer: Signer,
    lists: Sequence[x509.CertificateRevocationList],
    at: datetime,
) -> Verified:
    """The list of ``data``, as downloaded, verified at ``at``; WhiteListUnusable with the fault."""
    if len(data) > MAX_BYTES:
        raise WhiteListUnusable(Fault.TOO_LARGE)
    if b"<?" in _without_declaration(data) or b"\0" in data:
        raise WhiteListUnusable(Fault.UNREADABLE, "a processing instruction, or UTF-16")
    envelope = open_envelope(_parse(data))
    require_signer(envelope.certificate, signer, lists, at)
    require_signature(envelope)
    white_list = read_white_list(_parse(envelope.covered))
    if max(white_list.generated_at, envelope.signed_at) > at + EARLY:
        raise WhiteListUnusable(Fault.FUTURE)
    return Verified(white_list, envelope.covered, envelope.signed_at)


def _without_declaration(data: bytes) -> bytes:
    """The parser drops processing instructions, which a signature covers: none may be there."""
    return re.sub(rb"\A(\xef\xbb\xbf)?<\?xml\s[^?]*\?>", b"", data)


def _parse(data: bytes) -> etree._Element:
    try:
        return safe_xml.parse(data, max_bytes=MAX_BYTES)
    except safe_xml.UnsafeXml as error:
        raise WhiteListUnusable(Fault.UNREADABLE, str(error)) from None
