"""Objects on their way to a site's PACS: a pack is one object of S3 with all bytes of a part, and
an index beside it.

An agent that reads its job gets the index and a signed address of the pack, for some minutes. Both
stand in the folder of the professional's session, and go with it.
"""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, Protocol

from functions.drimbox.errors import Absent
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import BinaryIO

    from functions.drimbox.oid import Uid

# The most objects of a pack.
MOST: Final = 100
# An agent that comes later reads its job again.
URL_SECONDS: Final = 900
_TYPE: Final = "application/octet-stream"
_MAX_INDEX: Final = 1024 * 1024


class Store(Protocol):
    """The opened exams of one tenant. Raises StorageUnavailable."""

    def put(self, key: str, data: BinaryIO, content_type: str) -> None:
        """Store the file, replacing the former object."""
        ...

    def get(self, key: str, *, max_bytes: int) -> bytes | None:
        """The object's bytes, None when absent."""
        ...

    def signed_url(self, key: str, *, content_type: str, seconds: int) -> str:
        """The address of the object for so long."""
        ...

    def delete_under(self, prefix: str, *, keep: str = "") -> int:
        """Delete every object whose key starts so."""
        ...


@frozen
class Packed:
    """One object of a pack, where it stands in its order: size in bytes, and SHA-256 (hex)."""

    sop_instance_uid: Uid
    size: int
    sha256: str


def lay(store: Store, key: str, study: Uid, objects: Sequence[Packed], content: BinaryIO) -> None:
    """Put a pack under ``key``, its index last: without it nothing is told."""
    store.put(key, content, _TYPE)
    index = {
        "study_instance_uid": study,
        "objects": [
            {"sop_instance_uid": one.sop_instance_uid, "size": one.size, "sha256": one.sha256}
            for one in objects
        ],
    }
    store.put(_index(key), BytesIO(json.dumps(index).encode()), "application/json")


def ask_of(store: Store, facts: Mapping[str, str]) -> dict[str, Any]:
    """The thing that an agent is asked by a job of these facts. Absent where the pack has gone: its
    session has ended."""
    key = facts["pack"]
    data = store.get(_index(key), max_bytes=_MAX_INDEX)
    if data is None:
        raise Absent("job")
    url = store.signed_url(key, content_type=_TYPE, seconds=URL_SECONDS)
    return {**json.loads(data), "url": url}


def erase(store: Store, key: str) -> None:
    """Erase a pack and its index."""
    store.delete_under(key)


def _index(key: str) -> str:
    return f"{key}.json"
