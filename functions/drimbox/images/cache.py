"""The image cache of one tenant: the index that makes a cached series whole.

::

    studies/<study>/<edition>/<series>/index.json             written last: the list of objects
    studies/<study>/<edition>/<series>/series.multipart       the whole WADO-RS answer: every object
    studies/<study>/<edition>/<series>/metadata.json.gz       DICOM JSON of every object
    studies/<study>/<edition>/<series>/display-3.json.gz      facts with which a viewer draws each
    studies/<study>/<edition>/<series>/unservable.json        the last fill's objects at fault
    studies/<study>/<edition>/<series>/<instance>.dcm         one Part 10 object, when large
    studies/<study>/<edition>/<series>/<instance>.multipart   its WADO-RS answer, when large
    incoming/<study>/<edition>/<series>/<attempt>.multipart   a body that the site's agent has put

An object is a range of the series' body. The index names a body that an agent has put, and its
version: the place of these takes no copies and no second object under a key, but one after the
first was deleted. Only an object above ``DIRECT_LIMIT`` has
answers of its own: they are given by a signed URL, which can name no range. A series of one object
has its body as that object's WADO-RS answer.

The edition is the manifest, and how many rejection notes are on it: objects that a fill still
writes while its manifest is being replaced, or some of its objects rejected, are never served.
Rejection, replacement and withdrawal delete everything under ``cache_keys.study_prefix``; the
bucket's lifecycle sees to the rest, after the days of the tag that each object carries.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.images.multipart import boundary_for, lay_out
from functions.drimbox.oid import Uid
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from functions.drimbox.images.cache_keys import SeriesKeys
    from functions.drimbox.images.frames import Frames
    from functions.drimbox.images.multipart import Item, Layout
    from functions.drimbox.ports import CacheStore

# The largest answer of a function, in raw bytes: 6 MB with base64 is Lambda's limit.
DIRECT_LIMIT: Final = 4 * 1024 * 1024
MAX_INDEX_BYTES: Final = 64 * 1024 * 1024
# The form of the index: a series whose index has another one is cached anew.
FORMAT: Final = 3


@frozen
class CachedInstance:
    """One object: ``offset`` and ``size`` in bytes within the series' body, ``sha256`` in hex.

    ``frames`` says where each frame stands within the object, None when that is not known.
    """

    sop_instance_uid: Uid
    transfer_syntax: Uid
    size: int
    sha256: str
    offset: int
    frames: Frames | None


@frozen
class CachedSeries:
    """The index of a whole cached series, objects in InstanceNumber order.

    ``size`` and ``sha256`` (hex) are those of the multipart body, ``content_type`` its type.
    ``body`` is the key of a body that an agent of the site has put, "" where the cache has its own;
    ``body_version`` is that of the object that was judged.
    """

    content_type: str
    size: int
    sha256: str
    instances: tuple[CachedInstance, ...]
    body: str = ""
    body_version: str = ""

    def body_under(self, keys: SeriesKeys) -> str:
        """The key of the multipart body."""
        return self.body or keys.multipart

    @property
    def transfer_syntaxes(self) -> frozenset[str]:
        """Every transfer syntax in which an object of the series is held."""
        return frozenset(one.transfer_syntax for one in self.instances)

    def find(self, sop_instance_uid: str) -> CachedInstance | None:
        """The object of that UID, None when it is not held."""
        return next((i for i in self.instances if i.sop_instance_uid == sop_instance_uid), None)

    def encode(self) -> bytes:
        """UTF-8 JSON; :func:`decode` gives an equal value back."""
        facts = {"format": FORMAT, **asdict(self)}
        return json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()


def decode(data: bytes) -> CachedSeries | None:
    """Read an index; None when another version of this product wrote it in its own form.

    Raises StorageUnavailable when it is not one that we wrote.
    """
    try:
        facts: dict[str, Any] = json.loads(data)
        if facts.get("format", 1) != FORMAT:
            return None
        instances = tuple(
            CachedInstance(
                sop_instance_uid=Uid(one["sop_instance_uid"]),
                transfer_syntax=Uid(one["transfer_syntax"]),
                size=int(one["size"]),
                sha256=str(one["sha256"]),
                offset=int(one["offset"]),
                frames=_frames(one["frames"]),
            )
            for one in facts["instances"]
        )
        return CachedSeries(
            content_type=str(facts["content_type"]),
            size=int(facts["size"]),
            sha256=str(facts["sha256"]),
            instances=instances,
            body=str(facts.get("body", "")),
            body_version=str(facts.get("body_version", "")),
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise StorageUnavailable("a cache index cannot be read") from None


def _frames(written: list[list[int]] | None) -> Frames | None:
    return None if written is None else tuple(tuple(map(int, frame)) for frame in written)


def instance_layout(keys: SeriesKeys, uid: Uid, item: Item) -> Layout:
    """The WADO-RS answer of one object alone."""
    return lay_out(boundary_for(keys.instance_multipart(uid)), [item])


def read_index(store: CacheStore, keys: SeriesKeys) -> CachedSeries | None:
    """The series' index, None while it is not wholly cached in our form. StorageUnavailable.

    An index that names the body of an agent is none without the very object that was judged: the
    bucket may have forgotten that, and an agent may have put another one in its place.
    """
    data = store.get(keys.index, max_bytes=MAX_INDEX_BYTES)
    index = None if data is None else decode(data)
    if index is None or not index.body:
        return index
    found = store.look(index.body)
    return index if found is not None and found.version == index.body_version else None


def encode_unservable(objects: Sequence[str]) -> bytes:
    """SOP Instance UIDs as a JSON list."""
    return json.dumps(sorted(objects), separators=(",", ":")).encode()


def is_unservable(store: CacheStore, keys: SeriesKeys) -> bool:
    """Whether a fill gave the series up for the content of its objects, and none has succeeded
    since. Raises StorageUnavailable."""
    given_up = store.get(keys.unservable, max_bytes=MAX_INDEX_BYTES) is not None
    return given_up and read_index(store, keys) is None
