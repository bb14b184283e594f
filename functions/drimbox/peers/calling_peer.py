"""The DRIMbox that calls, by the client certificate that the front for peers passes on.

The front's TLS end has checked the chain, the key's possession and the revocation lists (decision
0102). Here the certificate's own facts are checked again, and its subject is compared, as a name,
with those of the national white list: no reading tells that DRIMboxes must show one, so a
deployment says whether they must.
"""

from __future__ import annotations

import base64
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from cryptography.hazmat.primitives import hashes

from functions.drimbox.errors import Forbidden, NotAuthenticated
from functions.drimbox.identity.client_certificate import MAX_PEM, read_certificate
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from functions.drimbox.peers.white_list import WhiteList
    from functions.drimbox.ports import Clock

# The front alone writes it: PEM in percent-encoding, absent where the peer showed none.
HEADER: Final = "X-Drimbox-Peer-Certificate"


class PeerCertificates(StrEnum):
    """A deployment's demand: a certificate is judged where one is ``shown``, or ``required``."""

    SHOWN = "shown"
    REQUIRED = "required"


@frozen
class CallingPeer:
    """``operator_id`` is the white list's, ``serial_number`` lower-case hexadecimal;
    ``thumbprint`` is the certificate's SHA-256 as tokens name it (``x5t#S256``, RFC 8705 3.1).
    """

    operator_id: str
    serial_number: str
    thumbprint: str


def calling_peer(
    passed_on: Sequence[str],
    demand: PeerCertificates,
    white_list: Callable[[], WhiteList],
    clock: Clock,
) -> CallingPeer | None:
    """The peer of the header's values; None where none is shown, and none is required.

    Raises NotAuthenticated for a value that is no good certificate or for several, Forbidden for a
    subject that the list does not name, or for none where one is required; and as ``white_list``.
    """
    if not passed_on:
        if demand is PeerCertificates.REQUIRED:
            raise Forbidden("no certificate of a DRIMbox")
        return None
    # Each character of a certificate has three of them at most.
    if len(passed_on) > 1 or len(passed_on[0]) > 3 * MAX_PEM:
        raise NotAuthenticated("not exactly one certificate of a DRIMbox")
    found = read_certificate(unquote(passed_on[0]), clock)
    listed = [one for one in white_list().domains if one.subject == found.subject]
    if not listed:
        raise Forbidden("a certificate that the white list does not name")
    digest = found.certificate.fingerprint(hashes.SHA256())
    return CallingPeer(
        operator_id=listed[0].operator_id,
        serial_number=found.serial_number,
        thumbprint=base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
    )
