"""The image cache of one tenant: its keys, and the index that makes a cached series whole.

::

    studies/<study>/<edition>/<series>/index.json             written last: the list of objects
    studies/<study>/<edition>/<series>/series.multipart       the whole WADO-RS answer
    studies/<study>/<edition>/<series>/metadata.json.gz       DICOM JSON of every object
    studies/<study>/<edition>/<series>/<instance>.dcm         one Part 10 object
    studies/<study>/<edition>/<series>/<instance>.multipart   its WADO-RS answer, when large

The edition is the manifest, and how many rejection notes are on it: objects that a fill still
writes while its manifest is being replaced, or some of its objects rejected, are never served.
Rejection, replacement and withdrawal delete everything under :func:`study_prefix`; the bucket's
lifecycle sees to the rest.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Final

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.images.multipart import Item, Layout, boundary_for, lay_out
from functions.drimbox.oid import Uid
from functions.drimbox.ports import CacheStore

# The largest answer of a function, in raw bytes: 6 MB with base64 is Lambda's limit.
DIRECT_LIMIT: Final = 4 * 1024 * 1024
MAX_INDEX_BYTES: Final = 64 * 1024 * 1024
DICOM: Final = "application/dicom"


def study_prefix(study_instance_uid: Uid) -> str:
    """Where everything cached of a study stands, whatever the manifest."""
    return f"studies/{study_instance_uid}/"


@dataclass(frozen=True, slots=True)
class SeriesKeys:
    """The keys of one series under one manifest; ``notes``: rejection notes in force on it."""

    study_instance_uid: Uid
    manifest_uid: Uid
    series_instance_uid: Uid
    notes: int = 0

    @property
    def prefix(self) -> str:
        """Where everything of the series stands."""
        edition = f"{self.manifest_uid}-{self.notes}" if self.notes else self.manifest_uid
        return f"{study_prefix(self.study_instance_uid)}{edition}/{self.series_instance_uid}/"

    def _under(self, name: str) -> str:
        return f"{self.prefix}{name}"

    @property
    def index(self) -> str:
        """The index, JSON."""
        return self._under("index.json")

    @property
    def multipart(self) -> str:
        """The whole series as one multipart/related body."""
        return self._under("series.multipart")

    @property
    def metadata(self) -> str:
        """The series' metadata, gzipped DICOM JSON."""
        return self._under("metadata.json.gz")

    def instance(self, sop_instance_uid: Uid) -> str:
        """One object, Part 10."""
        return self._under(f"{sop_instance_uid}.dcm")

    def instance_multipart(self, sop_instance_uid: Uid) -> str:
        """One large object as a multipart/related body."""
        return self._under(f"{sop_instance_uid}.multipart")


@dataclass(frozen=True, slots=True)
class CachedInstance:
    """One object: ``offset`` and ``size`` in bytes within the series' body, ``sha256`` in hex."""

    sop_instance_uid: Uid
    transfer_syntax: Uid
    size: int
    sha256: str
    offset: int

    def layout(self) -> Layout:
        """The multipart body of this object alone."""
        return lay_out(boundary_for([self.sha256]), [Item(self.size, self.transfer_syntax)])


@dataclass(frozen=True, slots=True)
class CachedSeries:
    """The index of a whole cached series, objects in InstanceNumber order.

    ``size`` and ``sha256`` (hex) are those of the multipart body, ``content_type`` its type.
    """

    content_type: str
    size: int
    sha256: str
    instances: tuple[CachedInstance, ...]

    @property
    def transfer_syntaxes(self) -> frozenset[str]:
        """Every transfer syntax in which an object of the series is held."""
        return frozenset(one.transfer_syntax for one in self.instances)

    def find(self, sop_instance_uid: str) -> CachedInstance | None:
        """The object of that UID, None when it is not held."""
        return next((i for i in self.instances if i.sop_instance_uid == sop_instance_uid), None)

    def encode(self) -> bytes:
        """UTF-8 JSON; :func:`decode` gives an equal value back."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":")).encode()


def decode(data: bytes) -> CachedSeries:
    """Read an index. Raises StorageUnavailable when it is not one that we wrote."""
    try:
        facts: dict[str, Any] = json.loads(data)
        instances = tuple(
            CachedInstance(
                sop_instance_uid=Uid(one["sop_instance_uid"]),
                transfer_syntax=Uid(one["transfer_syntax"]),
                size=int(one["size"]),
                sha256=str(one["sha256"]),
                offset=int(one["offset"]),
            )
            for one in facts["instances"]
        )
        return CachedSeries(
            content_type=str(facts["content_type"]),
            size=int(facts["size"]),
            sha256=str(facts["sha256"]),
            instances=instances,
        )
    except (ValueError, LookupError, TypeError, RecursionError):
        raise StorageUnavailable("a cache index cannot be read") from None


def read_index(store: CacheStore, keys: SeriesKeys) -> CachedSeries | None:
    """The series' index, None while it is not wholly cached. Raises StorageUnavailable."""
    data = store.get(keys.index, max_bytes=MAX_INDEX_BYTES)
    return None if data is None else decode(data)
