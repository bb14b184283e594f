"""The way to prove ourselves to a site's PACS, and the authorities that vouch for it: one secret.

JSON, whole or not used: ``anchors`` (PEM) and ``credential``, an object of one ``kind``:

===============  ==================================================================
kind             its other fields
===============  ==================================================================
``none``         none: the PACS admits our addresses, and asks for nothing
``basic``        ``user``, ``password``: HTTP Basic (RFC 7617), in UTF-8
``bearer``       ``token`` (RFC 6750)
``certificate``  ``certificate`` (PEM, the leaf first) and ``private_key`` (PEM)
===============  ==================================================================
"""

from __future__ import annotations

import base64
import json
import re
import ssl
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.errors import ConfigurationError
from functions.drimbox.tls import TlsIdentity, tls_context
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# A longer password or token is no header's.
_LONGEST: Final = 4096
_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/-]+=*")
_FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "none": frozenset(),
    "basic": frozenset({"user", "password"}),
    "bearer": frozenset({"token"}),
    "certificate": frozenset({"certificate", "private_key"}),
}


@frozen
class PacsAccess:
    """``authorization`` is the value of each request's header, "" for none; ``identity`` the
    certificate that each connection shows, if any."""

    anchors: str
    authorization: str = ""
    identity: TlsIdentity | None = None

    def __repr__(self) -> str:
        return "PacsAccess(…)"

    def context(self) -> ssl.SSLContext:
        """TLS that trusts these authorities and nobody else. Raises ConfigurationError where they,
        or the certificate and its key, are none."""
        try:
            return tls_context(self.anchors, self.identity)
        except (ssl.SSLError, ValueError):
            raise ConfigurationError("authorities or certificate of a PACS: unreadable") from None


def read_access(text: str) -> PacsAccess:
    """The secret's text, read. Raises ConfigurationError for any other form, without a value."""
    try:
        facts = json.loads(text)
    except ValueError:
        facts = None
    if not isinstance(facts, dict) or {*facts} != {"anchors", "credential"}:
        raise ConfigurationError("the access to a PACS has not the fields anchors and credential")
    anchors, credential = facts["anchors"], facts["credential"]
    if not isinstance(anchors, str) or not anchors.strip():
        raise ConfigurationError("the access to a PACS has no authority")
    return _MADE[_kind(credential)](anchors, credential)


def _kind(credential: Any) -> str:
    facts = credential if isinstance(credential, dict) else {}
    are_texts = all(isinstance(one, str) and one for one in facts.values())
    kind = str(facts.get("kind"))
    if not are_texts or kind not in _FIELDS or {*facts} != {"kind", *_FIELDS[kind]}:
        raise ConfigurationError("the credential for a PACS is of no known kind")
    return kind


def _none(anchors: str, _: Mapping[str, str]) -> PacsAccess:
    return PacsAccess(anchors)


def _basic(anchors: str, facts: Mapping[str, str]) -> PacsAccess:
    user, password = facts["user"], facts["password"]
    # RFC 7617 2: no colon in a user-id, no control character in either.
    is_plain = all(len(one) <= _LONGEST and one.isprintable() for one in (user, password))
    if ":" in user or not is_plain:
        raise ConfigurationError("the credential for a PACS is no pair of HTTP Basic")
    pair = base64.b64encode(f"{user}:{password}".encode()).decode()
    return PacsAccess(anchors, f"Basic {pair}")


def _bearer(anchors: str, facts: Mapping[str, str]) -> PacsAccess:
    token = facts["token"]
    if len(token) > _LONGEST or not _TOKEN.fullmatch(token):
        raise ConfigurationError("the credential for a PACS is no Bearer token")
    return PacsAccess(anchors, f"Bearer {token}")


def _certificate(anchors: str, facts: Mapping[str, str]) -> PacsAccess:
    return PacsAccess(anchors, "", TlsIdentity(facts["certificate"], facts["private_key"]))


_MADE: Final[Mapping[str, Callable[[str, Mapping[str, str]], PacsAccess]]] = {
    "none": _none,
    "basic": _basic,
    "bearer": _bearer,
    "certificate": _certificate,
}
