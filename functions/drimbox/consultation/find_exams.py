"""A patient's imaging exams, made anywhere, as the DMP lists them to a professional."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from functions.drimbox.consultation.reader import choose_activity
from functions.drimbox.dmp.queries import DocumentQuery
from functions.drimbox.dmp.registry import DocumentEntry
from functions.drimbox.dmp.session import ExamRegistry
from functions.drimbox.errors import ConfigurationError, DmpRefused, Forbidden, Held
from functions.drimbox.identity.ins import Ins
from functions.drimbox.identity.parties import Code
from functions.drimbox.identity.psc import Activity, HealthProfessional
from functions.drimbox.tenants.model import Structure, Tenant

Connect = Callable[[HealthProfessional, Activity, Structure, Ins], ExamRegistry]
"""Opens the DMP for a professional in an activity, by a structure's certificates, for a patient."""


def find_exams(
    tenant: Tenant,
    professional: HealthProfessional,
    query: DocumentQuery,
    connect: Connect,
    audited: dict[str, str],
) -> list[dict[str, Any]]:
    """The exams that ``query`` asks for. ``audited`` gets what the audit record must say besides.

    Raises Forbidden (no activity in this tenant, an incomplete professional, or the DMP refuses),
    ConfigurationError when no certificate of the structure may serve, DmpUnavailable.
    """
    activity, structure = choose_activity(tenant, professional)
    audited["structure_id"] = activity.structure_id
    try:
        registry = connect(professional, activity, structure, query.patient)
    except Held as error:
        raise ConfigurationError(error.detail) from None
    try:
        found = registry.find(query)
    except DmpRefused:
        raise Forbidden("the DMP refused", code="dmp_refused") from None
    return [describe(one) for one in found]


def describe(entry: DocumentEntry) -> dict[str, Any]:
    """One exam as the search answers it; times are those of the DMP (HL7 DTM), not converted."""
    acts = [code for code in entry.event_codes if code not in {*entry.modalities, *entry.regions}]
    return {
        "study_instance_uid": entry.study_instance_uid,
        "manifest_id": entry.unique_id,
        "date": entry.service_start_time or entry.creation_time,
        "modalities": [_described(code) for code in entry.modalities],
        "regions": [_described(code) for code in entry.regions],
        "act": _described(acts[0]) if acts else None,
        "structure": _xon(entry.author_institutions),
        "author": _xcn(entry.legal_authenticator),
        "status": entry.status.rpartition(":")[2],
        "title": entry.title,
        "confidentiality": [code.code for code in entry.confidentiality_codes],
        "accession_number": entry.accession.value if entry.accession else "",
    }


def _described(code: Code) -> dict[str, str]:
    return {"code": code.code, "system": code.system, "display": code.display}


def _xon(values: tuple[str, ...]) -> dict[str, str] | None:
    """XON: name in component 1, identifier in component 10 (ITI TF-3 table 4.2.3.1.7-2)."""
    if not values:
        return None
    parts = values[0].split("^")
    return {"name": parts[0], "id": parts[9] if len(parts) > 9 else ""}


def _xcn(value: str) -> dict[str, str] | None:
    """XCN: identifier, family and given names in components 1 to 3."""
    if not value:
        return None
    parts = [*value.split("^"), "", ""]
    return {"id": parts[0], "family": parts[1], "given": parts[2]}
