"""The archive: everything of one intent, written once; the tables can be rebuilt from it.

Under ``studies/<study>/<message>-<attempt>/``:

================  =====================================================================
``study.json``    the index of the study that the manifest is built from
``intent.json``   the identifiers, the instant and the identity: fixed before the first send
``manifest.dcm``  the exact bytes of the KOS
``signature.xml`` the exact bytes of the signature document (IHE DSG)
``metadata.xml``  the request's metadata (ebRIM), fixed just before its first send
``message.hl7``   the message, hence the CDA
``override.json``     the operator's override that applies, if any
``settled.json``  the DMP's answer: action, entryUUID, instant
================  =====================================================================

Under ``studies/<study>/rejections/``: the rejection notes that were sent to us, ``<note>.dcm``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.oid import Uid, derive_uid
from functions.drimbox.ports import Blobs
from functions.drimbox.publication.ports import Change
from functions.drimbox.study import codec
from functions.drimbox.study.index import StudyIndex

STUDY: Final = "study.json"
INTENT: Final = "intent.json"
MANIFEST: Final = "manifest.dcm"
SIGNATURE: Final = "signature.xml"
METADATA: Final = "metadata.xml"
MESSAGE: Final = "message.hl7"
OVERRIDE: Final = "override.json"
SETTLED: Final = "settled.json"


def intent_id(change: Change, attempt: int) -> str:
    """The folder of one intent, below ``studies/``."""
    return f"{change.study_instance_uid}/{change.message_id}-{attempt}"


def key_of(intent: str, name: str) -> str:
    """The archive key of one file of the intent that a record names."""
    return f"studies/{intent}/{name}"


def rejection_key(study_instance_uid: Uid, note_id: str) -> str:
    """The archive key of a rejection note on that study."""
    return f"studies/{study_instance_uid}/rejections/{note_id}.dcm"


@dataclass(frozen=True, slots=True)
class Intent:
    """The facts that are fixed before the first send: a retry builds and sends the same bytes.

    ``at`` is aware, whole seconds, UTC.
    """

    submission_set_id: Uid
    manifest_uid: Uid
    series_uid: Uid
    signature_uid: Uid
    at: datetime

    @classmethod
    def derive(cls, change: Change, attempt: int, at: datetime) -> Intent:
        """The intent of that attempt; its identifiers follow from the change alone."""
        parts = (change.tenant, change.study_instance_uid, change.message_id, str(attempt))
        return cls(
            submission_set_id=derive_uid(*parts, "submission-set"),
            manifest_uid=derive_uid(*parts, "manifest"),
            series_uid=derive_uid(*parts, "series"),
            signature_uid=derive_uid(*parts, "signature"),
            at=at.replace(microsecond=0),
        )

    def encode(self) -> bytes:
        """JSON."""
        return json.dumps(
            {
                "submission_set_id": self.submission_set_id,
                "manifest_uid": self.manifest_uid,
                "series_uid": self.series_uid,
                "signature_uid": self.signature_uid,
                "at": self.at.isoformat(),
            }
        ).encode()

    @classmethod
    def decode(cls, data: bytes) -> Intent:
        """The intent that :meth:`encode` wrote."""
        facts = json.loads(data)
        return cls(
            submission_set_id=Uid(facts["submission_set_id"]),
            manifest_uid=Uid(facts["manifest_uid"]),
            series_uid=Uid(facts["series_uid"]),
            signature_uid=Uid(facts["signature_uid"]),
            at=datetime.fromisoformat(facts["at"]),
        )


class IntentFiles:
    """The files of one intent, as one step sees them: each is read once, or known as written.

    The files are written once: a file that was read stays the same.
    """

    def __init__(self, blobs: Blobs, intent: str) -> None:
        self._blobs = blobs
        self._intent = intent
        self._known: dict[str, bytes] = {}

    def get(self, name: str) -> bytes | None:
        """The file, None when it is not there."""
        if name not in self._known:
            data = self._blobs.get(key_of(self._intent, name))
            if data is None:
                return None
            self._known[name] = data
        return self._known[name]

    def require(self, name: str) -> bytes:
        """The file; StorageUnavailable when it is not there."""
        data = self.get(name)
        if data is None:
            raise StorageUnavailable(_LACKING)
        return data

    def keep(self, name: str, data: bytes, content_type: str) -> bytes:
        """Write the file once; the first writer's bytes, as :func:`keep`."""
        self._known[name] = keep(self._blobs, key_of(self._intent, name), data, content_type)
        return self._known[name]


_LACKING: Final = "the archive lacks an object it should hold"


def keep(blobs: Blobs, name: str, data: bytes, content_type: str) -> bytes:
    """Write the object once; the first writer's bytes, whether this call or another wrote them."""
    if blobs.put_once(name, data, content_type):
        return data
    return require(blobs, name)


def require(blobs: Blobs, name: str) -> bytes:
    """The object's bytes; StorageUnavailable when it is not there."""
    data = blobs.get(name)
    if data is None:
        raise StorageUnavailable(_LACKING)
    return data


def study_of(blobs: Blobs, intent: str) -> StudyIndex:
    """The study that the intent's manifest was built from."""
    return codec.decode(require(blobs, key_of(intent, STUDY)))
