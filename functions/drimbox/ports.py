"""The library's needs from outside, as protocols; adapters live in ``functions.aws``.

Every adapter is made for one tenant: no port takes a tenant, so no call can name another one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Literal, Protocol

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from functions.drimbox.errors import Transient
    from functions.drimbox.oid import Uid
    from functions.drimbox.study.index import StudyIndex


class Clock(Protocol):
    """Gives the present; every time in the library comes from here."""

    def now(self) -> datetime:
        """The present, aware, in UTC."""
        ...


class Uids(Protocol):
    """Gives fresh identifiers that nobody can guess."""

    def fresh(self) -> str:
        """A new random UUID in its usual text form."""
        ...


class Signer(Protocol):
    """A private key that signs and never leaves its store, and its certificate."""

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
        """The study's whole index, None when the PACS states that it has nothing to publish.

        Raises PacsUnavailable; PacsAnswerUnusable when its answers are not whole; and Held, as for
        ``patient_mismatch`` when the PACS holds the study under several patients.
        """
        ...


class SeriesSource(Protocol):
    """Where the objects of a series come from, such as the site's PACS."""

    def retrieve_series(
        self, study_instance_uid: Uid, series_instance_uid: Uid, spool: Path
    ) -> Iterator[Path]:
        """Every object of the series as a Part 10 file in its stored transfer syntax, in the
        source's own order, one at a time: each a whole new file of the folder ``spool``, which
        the caller removes. Nothing when the source does not know the series. An object may be
        larger than the memory, hence files. Raises what ``unavailable`` gives, also half-way.
        """
        ...

    def unavailable(self, detail: str) -> Transient:
        """The error of this source for a series that it does not give whole."""
        ...


class Blobs(Protocol):
    """Objects by key (``/``-separated, no patient data in a key), within one tenant."""

    def put_once(self, key: str, data: bytes, content_type: str = ...) -> bool:
        """Store ``data`` unless the key exists; True when this call stored it."""
        ...

    def put(self, key: str, data: bytes, content_type: str = ...) -> None:
        """Store ``data`` under ``key``, replacing the former object."""
        ...

    def get(self, key: str) -> bytes | None:
        """The object's bytes, None when absent."""
        ...


class MeasuredBlobs(Blobs, Protocol):
    """Objects whose sizes are told before they are read."""

    def size(self, key: str) -> int:
        """The object's bytes, 0 when absent."""
        ...


@frozen
class Listed:
    """One archived object: its key and its size in bytes."""

    key: str
    size: int


class Listing(Protocol):
    """The names of a tenant's objects."""

    def names(self, prefix: str, *, limit: int) -> tuple[Listed, ...]:
        """The objects whose key starts with ``prefix``, by key, at most ``limit``."""
        ...


class Upload(Protocol):
    """One object written in parts, by several threads; it exists, whole, only once completed."""

    def add(self, number: int, part: bytes) -> None:
        """The part of that number, from 1 on: at least 5 MiB, the last one aside (S3)."""
        ...

    def complete(self) -> None:
        """Make the object, replacing the former one under its key."""
        ...

    def abort(self) -> None:
        """Forget every part."""
        ...


@frozen
class StoredObject:
    """An object as it is stored: its ``size`` in bytes. ``version`` is another one once it was
    replaced. ``plain``: every reader gets its bytes at once, as they were put.
    """

    size: int
    version: str
    plain: bool = True


class CacheStore(Protocol):
    """The image cache, within one tenant; used by several threads. Raises StorageUnavailable."""

    def put(self, key: str, data: BinaryIO, content_type: str) -> None:
        """Store the file (from its position to its end), replacing the former object."""
        ...

    def get(self, key: str, *, max_bytes: int) -> bytes | None:
        """The object's bytes, None when absent; StorageUnavailable when it is larger."""
        ...

    def get_range(self, key: str, offset: int, size: int) -> bytes | None:
        """``size`` bytes (at least one) of the object from ``offset`` on, None when it is absent;
        StorageUnavailable when it ends before."""
        ...

    def look(self, key: str) -> StoredObject | None:
        """The object as it is stored, None when absent."""
        ...

    def upload(self, key: str, content_type: str) -> Upload:
        """Start an object that is written in parts."""
        ...

    def signed_url(self, key: str, *, content_type: str, seconds: int, head: bool = False) -> str:
        """A pre-signed URL, valid for a few minutes, that serves the object with that Content-Type
        to anyone who holds it: by GET, or its headers alone by HEAD.
        """
        ...

    def delete_under(self, prefix: str, *, keep: str = "") -> int:
        """Delete every object whose key starts with ``prefix``, but not with ``keep`` (where that
        is not empty); how many were deleted.
        """
        ...


class Tries(Protocol):
    """Counts what one caller asks, for a while. Raises StorageUnavailable."""

    def count(self, who: str) -> int:
        """How many requests ``who`` has made of late, this one included."""
        ...


class Audit(Protocol):
    """One record per effect or refusal on a patient's data; raises StorageUnavailable."""

    def record(
        self, event: str, *, key: str, result: str, who: str, facts: Mapping[str, str]
    ) -> None:
        """``event`` a stable name, ``result`` a stable code, ``who`` the acting identity, ``facts``
        the standard's names (``ins``, ``study_instance_uid``, ``manifest_uid``…). ``key``
        identifies the effect: the same event and key twice on one UTC day leave one record. The
        adapter adds tenant and time, and keeps the record where it cannot be changed.
        """
        ...
