"""Documents that are put into the registry from outside: its history before the simulator began."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any

from simulators.dmp import submission as xds
from simulators.dmp.ebrim import RegistryObject, read_object
from simulators.dmp.identifiers import ENTRY_UUID
from simulators.dmp.markup import BadXml, name, parse
from simulators.dmp.statuses import STATUSES


class BadDocument(ValueError):
    """A document cannot be put into the registry; the message says why."""


def read_body(body: bytes) -> Sequence[Mapping[str, Any]]:
    """The documents of ``POST /_sim/documents``: ``{"documents": [{"entry": …, "content": …}]}``.

    Raises :class:`BadDocument`.
    """
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise BadDocument("not JSON") from None
    documents = told.get("documents") if isinstance(told, dict) else None
    if not isinstance(documents, list) or not all(isinstance(one, dict) for one in documents):
        raise BadDocument("documents is a list of objects")
    return documents


def read_loaded(document: Mapping[str, Any]) -> tuple[RegistryObject, bytes]:
    """The entry and the bytes of one document. Its entry has an entryUUID, a status, a uniqueId and
    a patient; nothing else is checked. Raises :class:`BadDocument`.
    """
    try:
        element = parse(document["entry"].encode())
        content = base64.b64decode(document["content"], validate=True)
    except (BadXml, KeyError, AttributeError, TypeError, binascii.Error, ValueError):
        raise BadDocument("a document is an entry (XML) and its content (base64)") from None
    if element.tag != name("rim:ExtrinsicObject"):
        raise BadDocument("an entry is a rim:ExtrinsicObject")
    entry = read_object(element)
    needed = {
        "an entryUUID": ENTRY_UUID.fullmatch(entry.id),
        "a known status": entry.status in STATUSES,
        "a uniqueId": entry.identifier(xds.ENTRY_UNIQUE_ID),
        "a patient's INS": xds.patient_of(entry),
    }
    missing = [what for what, there in needed.items() if not there]
    if missing:
        raise BadDocument(f"an entry without {', '.join(missing)}")
    return entry, content
