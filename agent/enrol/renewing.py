"""The renewal of the agent's certificate while it runs, at two thirds of its time: by the one that
it has, which goes on where the renewal fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agent.enrol.asking import CREATED, AnswerWrong, issued, renewal
from agent.enrol.files import read_certificate, read_key, write_certificate
from agent.work.ports import CloudAway
from functions.drimbox.errors import ConfigurationError
from functions.drimbox.identity.agent_names import AUTHORITY
from functions.drimbox.identity.distinguished_name import canonical, canonical_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Event

    from cryptography import x509

    from agent.cloud.door import Door
    from agent.config.model import Identity
    from functions.drimbox.ports import Clock

# Seconds between two looks; a renewal that failed is tried again at the next one.
LOOK: Final = 3600.0


class Renewing:
    """Looks until ``stopping`` is set. ``show`` takes the file's certificate into use, ``say``
    logs.

    The key stays: then one file alone is replaced, and no pair is ever half new.
    """

    def __init__(
        self,
        door: Door,
        identity: Identity,
        clock: Clock,
        *,
        show: Callable[[], object],
        stopping: Event,
        say: Callable[..., object],
    ) -> None:
        self._door = door
        self._identity = identity
        self._clock = clock
        self._show = show
        self._stopping = stopping
        self._say = say
        self._shown: x509.Certificate | None = None

    def run(self) -> None:
        """Look for as long as the agent lives."""
        while not self._stopping.is_set():
            self.look()
            self._stopping.wait(LOOK)

    def look(self) -> None:
        """Renew the certificate where that is due; take another one of the file into use."""
        try:
            certificate = read_certificate(self._identity.certificate)
            if is_due(certificate, self._clock):
                certificate = self._renewed()
            self._take(certificate)
        except (CloudAway, ConfigurationError, AnswerWrong) as error:
            detail = getattr(error, "detail", "") or type(error).__name__
            self._say("certificate not renewed", detail=detail)
        except Exception as error:  # noqa: BLE001 - the next look may be better
            self._say("certificate not renewed", error=type(error).__name__)

    def _renewed(self) -> x509.Certificate:
        key = read_key(self._identity.private_key)
        reply = self._door.post("/renew", renewal(key))
        if reply.status != CREATED:
            raise CloudAway(f"status {reply.status}")
        certificate = issued(reply, key)
        write_certificate(self._identity.certificate, certificate)
        self._say("certificate renewed", ends_at=f"{certificate.not_valid_after_utc:%Y-%m-%d}")
        return certificate

    def _take(self, certificate: x509.Certificate) -> None:
        """The first look finds the one with which the agent has started."""
        if self._shown is not None and certificate != self._shown:
            self._show()
        self._shown = certificate


def is_due(certificate: x509.Certificate, clock: Clock) -> bool:
    """Whether two thirds of its time are over, and the cloud's own authority issued it: the site
    renews a certificate of its own.
    """
    try:
        if canonical(certificate.issuer) != canonical_name(AUTHORITY):
            return False
    except ValueError:
        return False
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return clock.now() - begins >= (ends - begins) * 2 / 3
