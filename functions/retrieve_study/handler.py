"""WADO-RS retrieve of the ``db`` host (PS3.18 10.4): study, series or instance.

Small answers come back from here; large ones are a 307 to a signed URL of the preassembled body.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from functions.aws import callers, entry, replies, requests, stores
from functions.aws.cache_store import S3CacheStore
from functions.aws.queues import FillWorkflow
from functions.drimbox.errors import Absent, NotReady, RequestError
from functions.drimbox.images.cache import read_index
from functions.drimbox.images.retrieve import Direct, Redirect, Target, decide
from functions.drimbox.oid import Uid
from functions.drimbox.publication.serving import Served, served
from functions.retrieve_study.settings import Settings

# Seconds, a fill's own time limit: one transfer of a series at a time, however often it is asked
# for. Within it the workflow itself tries again what fails.
FILL_WINDOW: Final = 900


def _answer(event: entry.Event) -> replies.Reply:
    """Answer one retrieve, and leave its audit record whatever the answer is."""
    settings = Settings.current()
    reader = callers.professional(event)
    site = stores.for_tenant(settings.tenant_parameters, reader.tenant)
    names = event.get("pathParameters") or {}
    result = "refused"
    try:
        reply = _retrieve(event, site, _target(names))
        result = "served"
        return reply
    except RequestError as error:
        result = error.code
        raise
    finally:
        site.audit(settings.audit_bucket).record(
            "images.retrieved",
            key=requests.request_id(event),
            result=result,
            who=reader.subject,
            facts={fact: _uid_or_nothing(names.get(name)) for name, fact in _NAMED.items()},
        )


def _retrieve(event: entry.Event, site: stores.TenantStores, target: Target) -> replies.Reply:
    settings = Settings.current()
    store = site.cache(settings.cache_bucket)
    current = _current(site, target)
    try:
        answer = decide(
            current.manifest if current else None,
            target,
            lambda keys: read_index(store, keys),
            accept=requests.headers(event, "Accept"),
            kos_sop_instance_uid=requests.headers(event, "KOS-SOPInstanceUID"),
            notes=current.notes if current else 0,
        )
    except NotReady:
        if current is not None:
            _fill(site, current, target)
        raise
    if isinstance(answer, Redirect):
        url = store.signed_url(
            answer.key, content_type=answer.content_type, seconds=settings.signed_url_seconds
        )
        return replies.redirect(url)
    return _direct(answer, store)


def _direct(answer: Direct, store: S3CacheStore) -> replies.Reply:
    body = answer.body(lambda key, size: store.get(key, max_bytes=size))
    return replies.text(200, body, answer.content_type)


# Part of the path -> what the audit record calls it.
_NAMED: Final = {
    "study": "study_instance_uid",
    "series": "series_instance_uid",
    "instance": "sop_instance_uid",
}


def _uid_or_nothing(text: str | None) -> str:
    """What is no UID is not written down: it may be anything."""
    try:
        return str(Uid(text or ""))
    except ValueError:
        return ""


def _target(names: Mapping[str, str]) -> Target:
    """What the path names; Absent for what is not a UID."""
    try:
        uids = [Uid(names[name]) for name in ("study", "series", "instance") if names.get(name)]
    except ValueError:
        raise Absent("not a UID") from None
    return Target(*uids)


def _current(site: stores.TenantStores, target: Target) -> Served | None:
    settings = Settings.current()
    record = site.records(settings.studies_table).get(Uid(target.study_instance_uid))
    return served(record, site.blobs(settings.archive_bucket))


def _fill(site: stores.TenantStores, current: Served, target: Target) -> None:
    named = target.series_instance_uid
    series = [Uid(named)] if named else [s.series_instance_uid for s in current.manifest.series]
    FillWorkflow(Settings.current().fill_workflow_arn).start(
        site.tenant.tenant,
        Uid(target.study_instance_uid),
        series,
        correlation_id=current.correlation_id,
        edition=current.edition,
        window=int(site.clock.now().timestamp()) // FILL_WINDOW,
    )


_STUDY: Final = "/tenants/{tenant}/dicomweb/studies/{study}"
ROUTES: Final[entry.Routes] = {
    ("GET", _STUDY): _answer,
    ("GET", f"{_STUDY}/series/{{series}}"): _answer,
    ("GET", f"{_STUDY}/series/{{series}}/instances/{{instance}}"): _answer,
}
handler = entry.http(entry.routes(ROUTES))
