"""``POST vi/v1/tenants/{tenant}/exams/search``: a patient's exams, made anywhere, from the DMP."""

from __future__ import annotations

from functions.aws import callers, entry, replies, requests
from functions.aws.stores import for_platform, for_tenant
from functions.drimbox.audited import audited
from functions.drimbox.budget import Budget
from functions.drimbox.consultation.exam_query import read_patient, read_query
from functions.drimbox.consultation.find_exams import find_exams
from functions.drimbox.consultation.reader import require_own_application
from functions.search_exams.settings import Settings


@entry.http
def handler(event: entry.Event) -> replies.Reply:
    """The exams; 403 when the professional does not work in this tenant or the DMP refuses.

    An exam whose traits contradict those of the search is not among them, but counted, as on the
    professionals' page; a search without traits says that no identity was compared.

    EX_AIR-090: each search of a professional, or its refusal, leaves who asked, from which
    structure, for whom. A request of nobody searches nothing and leaves no record.
    """
    reader, budget = callers.professional(event), Budget()
    stores = for_tenant(Settings.current(), reader.tenant, budget)
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
        body = requests.json_body(event)
        query = read_query(body)
        patient = read_patient(body, query.patient)
        record.facts["ins"] = query.patient.value
        professional = for_platform(settings, budget).psc_userinfo.userinfo(token)
        connect = stores.dmp_for_professionals
        found = find_exams(
            stores.tenant, professional, query, connect, record.facts, patient=patient
        )
    answer = {
        "exams": found.exams,
        "identity_compared": found.compared,
        "contradicting": found.contradicting,
    }
    return replies.document(200, answer)
