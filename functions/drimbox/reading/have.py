"""The index of a series on its way: the objects that are there, and how its fetching stands.

It is written over each time that a pack is complete, and read by the pages. It is ours alone, but
stands outside: a form that is not ours reads as nothing.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import field, fields, replace
from io import BytesIO
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.oid import Uid
from functions.drimbox.reading.ended import Ended
from functions.drimbox.reading.pixel_patient import Identity
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.drimbox.images.frames import Frames
    from functions.drimbox.ports import CacheStore
    from functions.drimbox.reading.keys import SeriesFolder

FORMAT: Final = 2
_GZIP: Final = zlib.MAX_WBITS | 16
_LEVEL: Final = 1
MAX_BYTES: Final = 64 * 1024 * 1024
# The attributes that every image's display has.
_HEAD: Final = ("uid", "syntax", "number", "modality", "description")


@frozen
class HaveInstance:
    """One object: ``offset`` and ``size`` in bytes within its ``pack``, ``sha256`` in hex.

    ``frames``: where each frame stands within the object, None when that is not known.
    ``display``: the facts that a viewer needs, without any identity.
    """

    sop_instance_uid: Uid
    transfer_syntax: Uid
    pack: str
    offset: int
    size: int
    sha256: str
    frames: Frames | None
    display: Mapping[str, Any] = field(default_factory=dict)


_NAMES: Final = tuple(one.name for one in fields(HaveInstance))
_values_of: Final = attrgetter(*_NAMES)


@frozen
class Have:
    """``awaited`` is how many objects the manifest names. ``ended`` None while they come.

    ``patient``: the traits in the images, where these are another person's.
    """

    awaited: int
    instances: tuple[HaveInstance, ...] = ()
    identity: Identity = Identity.UNKNOWN
    ended: Ended | None = None
    patient: Mapping[str, str] = field(default_factory=dict)

    @property
    def uids(self) -> frozenset[Uid]:
        """The objects that are there."""
        return frozenset(one.sop_instance_uid for one in self.instances)

    def __repr__(self) -> str:
        return f"Have({len(self.instances)} of {self.awaited}, {self.ended})"

    def encode(self) -> bytes | None:
        """Gzipped JSON; :func:`decode` gives an equal value back. None above ``MAX_BYTES``."""
        return Growing().encode(self)


class Growing:
    """Encodes the index of a series while it grows: each object once, however often the index of a
    thousand is written over."""

    def __init__(self) -> None:
        self._compressor = zlib.compressobj(_LEVEL, wbits=_GZIP)
        self._done = bytearray()
        self._length = 0
        self._count = 0
        self._add(f'{{"format":{FORMAT},"instances":[')

    def encode(self, have: Have) -> bytes | None:
        """As :meth:`Have.encode`. The instances of the value before are the first ones of this."""
        for one in have.instances[self._count :]:
            # No deep copies, which dataclasses.asdict would make.
            facts = dict(zip(_NAMES, _values_of(one), strict=True))
            self._add(("," if self._count else "") + json.dumps(facts, separators=(",", ":")))
            self._count += 1
        rest = {
            "awaited": have.awaited,
            "identity": have.identity,
            "ended": have.ended,
            "patient": dict(have.patient),
        }
        end = ("]," + json.dumps(rest, separators=(",", ":"))[1:]).encode()
        if self._length + len(end) > MAX_BYTES:
            return None
        last = self._compressor.copy()
        return b"".join((self._done, last.compress(end), last.flush()))

    def _add(self, text: str) -> None:
        data = text.encode()
        self._length += len(data)
        self._done += self._compressor.compress(data)


def decode(data: bytes) -> Have | None:
    """Read an index; None when another version of this product wrote it in its own form.

    Raises StorageUnavailable when it is not one that we wrote.
    """
    try:
        facts: dict[str, Any] = json.loads(_inflated(data))
        if facts.get("format") != FORMAT:
            return None
        return Have(
            awaited=int(facts["awaited"]),
            instances=tuple(_instance(one) for one in facts["instances"]),
            identity=Identity(facts["identity"]),
            ended=None if facts["ended"] is None else Ended(facts["ended"]),
            patient={str(name): str(text) for name, text in facts["patient"].items()},
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise StorageUnavailable("the index of a reading cannot be read") from None


def _inflated(data: bytes) -> bytes:
    inflater = zlib.decompressobj(wbits=_GZIP)
    try:
        text = inflater.decompress(data, MAX_BYTES)
    except zlib.error:
        raise ValueError("not gzip") from None
    if not inflater.eof:
        raise ValueError("longer than accepted, or cut")
    return text


def _instance(one: Mapping[str, Any]) -> HaveInstance:
    frames = one["frames"]
    return HaveInstance(
        sop_instance_uid=Uid(one["sop_instance_uid"]),
        transfer_syntax=Uid(one["transfer_syntax"]),
        pack=str(one["pack"]),
        offset=int(one["offset"]),
        size=int(one["size"]),
        sha256=str(one["sha256"]),
        frames=None if frames is None else tuple(tuple(map(int, frame)) for frame in frames),
        display=dict(one["display"]),
    )


def read(store: CacheStore, folder: SeriesFolder) -> Have | None:
    """The series' index, None before the first one. StorageUnavailable."""
    data = store.get(folder.have, max_bytes=MAX_BYTES)
    return None if data is None else decode(data)


def write(
    store: CacheStore, folder: SeriesFolder, have: Have, growing: Growing | None = None
) -> None:
    """Write it over the former one, by ``growing`` where that wrote it before.

    Where it would be longer than a reader accepts, it is written without the attributes of its
    images: the series is told as DICOM alone then. StorageUnavailable."""
    data = (growing or Growing()).encode(have)
    if data is None:
        data = replace(have, instances=tuple(_undrawn(one) for one in have.instances)).encode()
    if data is None:
        raise StorageUnavailable("the index of a reading is too long")
    store.put(folder.have, BytesIO(data), "application/gzip")


def _undrawn(one: HaveInstance) -> HaveInstance:
    kept = {name: one.display[name] for name in _HEAD if name in one.display}
    return replace(one, display={**kept, "why": "size"})
