"""``POST db/tenants/{tenant}/dicomweb/studies[/{study}]``: rejection notes (STOW-RS, PS3.18 10.5).

Nothing else is stored here: the answer says why for every other object.
"""

from __future__ import annotations

from typing import Final

from functions.aws import callers, entry, metrics, replies, requests
from functions.aws.stores import TenantStores, for_tenant
from functions.drimbox.accept import prefer_media
from functions.drimbox.audited import refusal_audited
from functions.drimbox.errors import NotAcceptable
from functions.drimbox.images.store_request import (
    ANSWERS,
    Failure,
    read_objects,
    status_of,
    write_answer,
)
from functions.drimbox.publication.notes import NoteDesk, store_object
from functions.receive_note.settings import Settings

# A Lambda request stops at 6 MB in base64; a note on a thousand images has 150 kB.
MAX_BYTES: Final = 4 * 1024 * 1024


def _answer(event: entry.Event) -> replies.Reply:
    stores = for_tenant(Settings.current(), callers.pacs(event))
    key = requests.request_id(event)
    with refusal_audited(stores.audit, "note.refused", key=key, who=callers.PACS):
        return _store(event, stores, stores.note_desk)


def _store(event: entry.Event, stores: TenantStores[Settings], desk: NoteDesk) -> replies.Reply:
    media_type = prefer_media(requests.headers(event, "Accept"), ANSWERS)
    if media_type is None:
        raise NotAcceptable("the answer is DICOM JSON or Native DICOM XML")
    body = requests.body(event, max_bytes=MAX_BYTES)
    content_type = ",".join(requests.headers(event, "Content-Type"))
    study = (event.get("pathParameters") or {}).get("study")
    results = [
        store_object(raw, study, desk, callers.PACS, request_id=requests.request_id(event))
        for raw in read_objects(content_type, body, spool=stores.spool)
    ]
    for one in results:
        if one.failure is Failure.DUPLICATE:
            metrics.count("InstanceUidReused", desk.tenant.tenant)
        if one.notice is not None:
            metrics.count("UnreadReferences", desk.tenant.tenant)
    return replies.text(status_of(results), write_answer(results, media_type), media_type)


_STUDIES: Final = "/tenants/{tenant}/dicomweb/studies"
ROUTES: Final[entry.Routes] = {
    ("POST", _STUDIES): _answer,
    ("POST", f"{_STUDIES}/{{study}}"): _answer,
}
handler = entry.http(entry.routes(ROUTES))
