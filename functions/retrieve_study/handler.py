"""WADO-RS retrieve of ``db`` (PS3.18 10.4): a small body, or a 307 to the URL of a large one."""

from __future__ import annotations

from typing import Final

from functions.aws import callers, entry, metrics, replies, requests
from functions.aws.stores import TenantStores, for_tenant
from functions.drimbox.audited import audited
from functions.drimbox.errors import Absent
from functions.drimbox.images.retrieve import Direct, Redirect
from functions.drimbox.publication.serving import retrieve
from functions.retrieve_study.settings import Settings
from functions.retrieve_study.target import audited_facts, target_of


def _retrieve(event: entry.Event) -> replies.Reply:
    """Answer one retrieve, and leave its audit record whatever the answer is."""
    reader = callers.professional(event)
    stores = for_tenant(Settings.current(), reader.tenant)
    names = event.get("pathParameters") or {}
    with audited(
        stores.audit,
        "images.retrieved",
        key=requests.request_id(event),
        who=reader.subject,
        facts=audited_facts(names),
        done="served",
    ):
        try:
            answer = retrieve(
                stores.image_desk,
                target_of(names),
                accept=requests.headers(event, "Accept"),
                kos_sop_instance_uid=requests.headers(event, "KOS-SOPInstanceUID"),
            )
        except Absent:
            metrics.count("AbsentImages", reader.tenant)
            raise
        return _reply(answer, stores)


def _reply(answer: Direct | Redirect, stores: TenantStores[Settings]) -> replies.Reply:
    cache, seconds = stores.cache, stores.settings.signed_url_seconds
    if isinstance(answer, Redirect):
        kind = answer.content_type
        return replies.redirect(cache.signed_url(answer.key, content_type=kind, seconds=seconds))
    return replies.text(200, answer.body(cache.get_range), answer.content_type)


_STUDY: Final = "/tenants/{tenant}/dicomweb/studies/{study}"
ROUTES: Final[entry.Routes] = {
    ("GET", _STUDY): _retrieve,
    ("GET", f"{_STUDY}/series/{{series}}"): _retrieve,
    ("GET", f"{_STUDY}/series/{{series}}/instances/{{instance}}"): _retrieve,
}
handler = entry.http(entry.routes(ROUTES))
