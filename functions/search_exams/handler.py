"""``POST vi/v1/tenants/{tenant}/exams/search``: a patient's exams, made anywhere, from the DMP."""

from __future__ import annotations

from functions.aws import callers, entry, replies, requests
from functions.aws.stores import for_platform, for_tenant
from functions.drimbox.audited import audited
from functions.drimbox.consultation.exam_query import read_query
from functions.drimbox.consultation.find_exams import find_exams
from functions.drimbox.consultation.reader import require_own_application
from functions.search_exams.settings import Settings


@entry.http
def handler(event: entry.Event) -> replies.Reply:
    """The exams; 403 when the professional does not work in this tenant or the DMP refuses.

    EX_AIR-090: each search of a professional, or its refusal, leaves who asked, from which
    structure, for whom. A request of nobody searches nothing and leaves no record.
    """
    reader = callers.professional(event)
    stores = for_tenant(Settings.current(), reader.tenant)
    settings = stores.settings
    with audited(
        stores.audit,
        "exams.searched",
        key=requests.request_id(event),
        who=reader.subject,
        facts={"count": "0"},
    ) as record:
        token = callers.token(event)
        require_own_application(token, settings.psc_client_id)
        query = read_query(requests.json_body(event))
        record.facts["ins"] = query.patient.value
        professional = for_platform(settings).psc_userinfo.userinfo(token)
        connect = stores.dmp_for_professionals
        exams = find_exams(stores.tenant, professional, query, connect, record.facts)
        record.facts["count"] = str(len(exams))
    return replies.document(200, {"exams": exams})
