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
``unservable.json``   the objects that the PACS gives and that can never be served: the last
                  ones found, the only file that a later one replaces
================  =====================================================================

Under ``studies/<study>/rejections/``: the rejection notes that were sent to us, ``<note>.dcm``.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.oid import Uid, uid_of
from functions.drimbox.study import codec
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.ports import Blobs, Uids
    from functions.drimbox.publication.change import Change
    from functions.drimbox.study.index import StudyIndex

STUDY: Final = "study.json"
INTENT: Final = "intent.json"
MANIFEST: Final = "manifest.dcm"
SIGNATURE: Final = "signature.xml"
METADATA: Final = "metadata.xml"
MESSAGE: Final = "message.hl7"
OVERRIDE: Final = "override.json"
SETTLED: Final = "settled.json"
UNSERVABLE: Final = "unservable.json"


def intent_id(change: Change, attempt: int) -> str:
    """The folder of one intent, below ``studies/``."""
    return folder_of(change.study_instance_uid, change.message_id, attempt)


def folder_of(study_instance_uid: Uid, message_id: str, attempt: int) -> str:
    """The same, of the change that a record names."""
    return f"{study_instance_uid}/{message_id}-{attempt}"


def key_of(intent: str, name: str) -> str:
    """The archive key of one file of the intent that a record names."""
    return f"studies/{intent}/{name}"


def differing(replay: int) -> str:
    """The file of the study that a try found to differ from its report: each replay may find
    another one."""
    return f"differing-{replay}.json"


def rejection_key(study_instance_uid: Uid, note_id: str) -> str:
    """The archive key of a rejection note on that study."""
    return f"studies/{study_instance_uid}/rejections/{note_id}.dcm"


@frozen
class Intent:
    """The facts that are fixed before the first send: a retry builds and sends the same bytes.

    ``at`` is aware, whole seconds, UTC. ``former`` is the message whose manifest was in force then,
    "" for none: this attempt replaces or withdraws it, since a study has one change at a time.
    """

    submission_set_id: Uid
    manifest_uid: Uid
    series_uid: Uid
    signature_uid: Uid
    at: datetime
    former: str = ""

    @classmethod
    def fresh(cls, uids: Uids, at: datetime, former: str = "") -> Intent:
        """A new intent; only a look at the DMP tells its random identifiers to others."""
        return cls(
            submission_set_id=uid_of(uids.fresh()),
            manifest_uid=uid_of(uids.fresh()),
            series_uid=uid_of(uids.fresh()),
            signature_uid=uid_of(uids.fresh()),
            at=at.replace(microsecond=0),
            former=former,
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
                "former": self.former,
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
            # An intent of an earlier release names none.
            former=facts.get("former", ""),
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
