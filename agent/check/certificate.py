"""The agent's own certificate: when it ends."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from agent.check.finding import Finding
from agent.enrol.files import read_certificate
from functions.drimbox.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cryptography import x509

# An agent renews when a third of 90 days is left: later, something keeps it from doing so.
SOON: Final = timedelta(days=25)


def try_certificate(path: Path, at: datetime) -> Iterator[Finding]:
    """The certificate of the file; nothing where it cannot be read, which another step tells."""
    try:
        certificate = read_certificate(path)
    except ConfigurationError:
        return
    yield judged(certificate, at)


def judged(certificate: x509.Certificate, at: datetime) -> Finding:
    """Whether it is good for a while; ``about`` is its last day."""
    ends = certificate.not_valid_after_utc
    if ends <= at:
        code = "certificate_ended"
    else:
        code = "certificate_good" if ends - at > SOON else "certificate_ends_soon"
    return Finding(code, f"{ends:%Y-%m-%d}")
