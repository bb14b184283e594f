"""``POST vi/v1/tenants/{tenant}/exams/search``: a patient's exams, made anywhere, from the DMP."""

from __future__ import annotations

from functions.aws import callers, entry, replies, requests
from functions.aws.stores import TenantStores, for_platform, for_tenant
from functions.drimbox.audited import UNKNOWN, audited
from functions.drimbox.consultation.exam_query import read_query
from functions.drimbox.consultation.find_exams import find_exams
from functions.drimbox.consultation.reader import require_own_application
from functions.drimbox.errors import Absent
from functions.search_exams.settings import Settings


@entry.http
def handler(event: entry.Event) -> replies.Reply:
    """The exams; 403 when the professional does not work in this tenant or the DMP refuses.

    EX_AIR-090: each search, or its refusal, leaves who asked, from which structure, for whom.
    """
    stores = _stores(event)
    settings = stores.settings
    with audited(
        stores.audit,
        "exams.searched",
        key=requests.request_id(event),
        who=requests.caller(event).get("subject") or UNKNOWN,
        facts={"count": "0"},
    ) as record:
        callers.professional(event)
        token = callers.token(event)
        require_own_application(token, settings.psc_client_id)
        query = read_query(requests.json_body(event))
        record.facts["ins"] = query.patient.value
        professional = for_platform(settings).psc_userinfo.userinfo(token)
        connect = stores.dmp_for_professionals
        exams = find_exams(stores.tenant, professional, query, connect, record.facts)
        record.facts["count"] = str(len(exams))
    return replies.document(200, {"exams": exams})


def _stores(event: entry.Event) -> TenantStores[Settings]:
    """The tenant's stores. An unknown tenant has no place for a record, and only a professional
    learns that it is unknown.
    """
    try:
        return for_tenant(Settings.current(), requests.path(event, "tenant"))
    except Absent:
        callers.professional(event)
        raise
