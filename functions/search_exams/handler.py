"""``POST vi/v1/tenants/{tenant}/exams/search``: a patient's exams, made anywhere, from the DMP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from functions.aws import callers, connections, entry, replies, requests
from functions.aws.stores import TenantStores, for_tenant
from functions.drimbox.dmp import vihf
from functions.drimbox.dmp.exams import choose_activity, describe, read_query, reader_facts
from functions.drimbox.dmp.queries import DocumentQuery
from functions.drimbox.dmp.signing import ALGORITHM_SETS
from functions.drimbox.errors import (
    Absent,
    ConfigurationError,
    DmpRefused,
    DrimboxError,
    Forbidden,
    Held,
)
from functions.drimbox.identity.psc import ActiveToken, HealthProfessional, bearer_token
from functions.search_exams.settings import Settings


@entry.http
def handler(event: entry.Event) -> replies.Reply:
    """The exams; 403 when the professional does not work in this tenant or the DMP refuses."""
    exams: list[dict[str, Any]] = []
    audited: dict[str, str] = {}
    result = "failed"
    try:
        exams = _exams(event, audited)
        result = "success"
    except DrimboxError as error:
        result = error.code
        raise
    finally:
        _audit(event, result, {**audited, "count": str(len(exams))})
    return replies.document(200, {"exams": exams})


def _exams(event: entry.Event, audited: dict[str, str]) -> list[dict[str, Any]]:
    """The exams; adds the search's facts for the audit record to ``audited``."""
    settings = Settings.current()
    reader = callers.professional(event)
    stores = for_tenant(settings, reader.tenant)
    _require_own_application(event, settings)
    query = read_query(requests.json_body(event))
    audited["ins"] = query.patient.value
    return _search(event, stores, query, audited)


def _audit(event: entry.Event, result: str, facts: dict[str, str]) -> None:
    """EX_AIR-090: each search, or its refusal, leaves who asked, from which structure, for whom.

    A tenant that does not exist has nowhere to keep it.
    """
    try:
        stores = for_tenant(Settings.current(), requests.path(event, "tenant"))
    except Absent:
        return
    stores.audit.record(
        "exams.searched",
        key=requests.request_id(event),
        result=result,
        who=requests.caller(event).get("subject") or "unknown",
        facts=facts,
    )


def _require_own_application(event: entry.Event, settings: Settings) -> None:
    """A token given to another application is not a sign-in here; Forbidden."""
    if requests.caller(event).get("client_id") != settings.psc_client_id:
        raise Forbidden("a token of another application", code="foreign_application")


def _search(
    event: entry.Event,
    stores: TenantStores[Settings],
    query: DocumentQuery,
    audited: dict[str, str],
) -> list[dict[str, Any]]:
    """The exams; adds further facts for the audit record to ``audited``."""
    settings = Settings.current()
    professional = _userinfo(event, settings)
    activity, structure = choose_activity(stores.tenant, professional)
    audited["structure_id"] = activity.structure_id
    facts = reader_facts(
        professional, activity, query.patient, connections.lps(settings.lps_secret)
    )
    keys = stores.keys.of(structure)
    try:
        signer = keys.signer()
        client = connections.open_dmp(settings.dmp_url, settings.trust_anchors_secret, keys)
    except Held as error:
        raise ConfigurationError(error.detail) from None
    algorithms = ALGORITHM_SETS[settings.dmp_algorithms]
    try:
        found = client.find_documents(query, vihf.builder(facts, signer, algorithms))
    except DmpRefused:
        raise Forbidden("the DMP refused", code="dmp_refused") from None
    return [describe(one) for one in found]


def _userinfo(event: entry.Event, settings: Settings) -> HealthProfessional:
    """The professional; the authorizer has just introspected this very token."""
    facts = requests.caller(event)
    token = ActiveToken(
        value=bearer_token(requests.headers(event, "Authorization")).value,
        subject=facts["sub"],
        subject_name_id=facts["subject"],
        client_id=facts["client_id"],
        expires_at=datetime.fromtimestamp(int(facts["expires_at"]), UTC),
    )
    psc = connections.open_psc(
        settings.trust_anchors_secret,
        settings.psc_client_secret,
        settings.psc_client_id,
        issuer=settings.psc_issuer,
        userinfo_url=settings.psc_userinfo_url,
    )
    return psc.userinfo(token)
