"""What the library needs from outside, as protocols: adapters live in ``functions.aws``.

Every adapter is made for one tenant: no port takes a tenant, so no call can name another one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal, Protocol

from functions.drimbox.identity.oid import Uid
from functions.drimbox.manifest.study import StudyIndex


class Clock(Protocol):
    """Gives the present; every time in the library comes from here."""

    def now(self) -> datetime:
        """The present, aware, in UTC."""
        ...


class Uids(Protocol):
    """Gives fresh identifiers, for what is not derived from an intent."""

    def fresh(self) -> str:
        """A new random UUID in its usual text form."""
        ...


class Signer(Protocol):
    """A private key that signs and never leaves its place, and its certificate."""

    @property
    def certificate(self) -> bytes:
        """The X.509 certificate, DER."""
        ...

    def sign(self, data: bytes, digest: Literal["sha1", "sha256"]) -> bytes:
        """RSASSA-PKCS1-v1_5 of ``data`` (hashed here with ``digest``)."""
        ...


class Pacs(Protocol):
    """The site's image archive, over DICOMweb (PS3.18)."""

    def find_study(self, study_instance_uid: Uid) -> StudyIndex | None:
        """The study's index, None when the PACS answers and does not know it.

        Raises PacsUnavailable.
        """
        ...

    def retrieve_series(self, study_instance_uid: Uid, series_instance_uid: Uid) -> Iterator[bytes]:
        """Every object of the series as a Part 10 file in its stored transfer syntax, in the
        archive's own order, one at a time. Raises PacsUnavailable, also half-way.
        """
        ...


class Blobs(Protocol):
    """Objects by key (``/``-separated, no patient data in a key), within one tenant."""

    def put_once(self, key: str, data: bytes, content_type: str = ...) -> bool:
        """Store ``data`` unless the key exists; True when this call stored it."""
        ...

    def put(self, key: str, data: bytes, content_type: str = ...) -> None:
        """Store ``data`` under ``key``, replacing what was there."""
        ...

    def get(self, key: str) -> bytes | None:
        """The object's bytes, None when absent."""
        ...


class Audit(Protocol):
    """One record per effect or refusal on a patient's data; raises StorageUnavailable."""

    def record(
        self, event: str, *, key: str, result: str, who: str, facts: Mapping[str, str]
    ) -> None:
        """``event`` a stable name, ``result`` a stable code, ``who`` the acting identity, ``facts``
        the standard's names (``ins``, ``study_instance_uid``, ``manifest_uid``…). ``key``
        identifies the effect: the same event and key twice leave one record. The adapter adds
        tenant and time, and keeps the record where it cannot be changed.
        """
        ...
