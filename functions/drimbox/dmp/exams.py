"""A patient's imaging exams: a professional's request, and the DMP's answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from functions.drimbox.dmp.queries import DocumentQuery
from functions.drimbox.dmp.registry import DocumentEntry
from functions.drimbox.dmp.vihf import AuthenticationMode, LpsIdentity, VihfFacts
from functions.drimbox.errors import BadRequest, Forbidden
from functions.drimbox.identity.ins import Ins
from functions.drimbox.identity.parties import Code
from functions.drimbox.identity.psc import Activity, HealthProfessional
from functions.drimbox.oid import Oid
from functions.drimbox.tenants.model import Structure, Tenant

_FIELDS: Final = frozenset({"ins", "oid", "modality", "region", "from", "to"})
_CODE: Final = re.compile(r"[A-Za-z0-9]{1,18}")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read_query(facts: Mapping[str, Any]) -> DocumentQuery:
    """The body of a search: ``{ins, oid, modality?, region?, from?, to?}``.

    ``modality`` is a DICOM code (CT), ``region`` a SNOMED CT code, ``from`` and ``to`` days
    (YYYY-MM-DD) of the exam, both included. Raises BadRequest naming the field, never its value.
    """
    unknown = set(facts) - _FIELDS
    if unknown:
        raise BadRequest("unknown field", code="unknown_field")
    for name, value in facts.items():
        if not isinstance(value, str):
            raise BadRequest(name, code=f"bad_{name}")
    try:
        patient = Ins(facts.get("ins", ""), Oid(facts.get("oid", "")))
    except ValueError as error:
        raise BadRequest(str(error), code="bad_ins") from None
    first, last = _day(facts, "from"), _day(facts, "to")
    if first and last and first > last:
        raise BadRequest("from is after to", code="bad_from")
    return DocumentQuery(
        patient=patient,
        modality=_code(facts, "modality"),
        region=_code(facts, "region"),
        service_from=first,
        service_to=last,
    )


def _code(facts: Mapping[str, Any], name: str) -> str:
    value: str = facts.get(name, "")
    if value and not _CODE.fullmatch(value):
        raise BadRequest(name, code=f"bad_{name}")
    return value


def _day(facts: Mapping[str, Any], name: str) -> date | None:
    value: str = facts.get(name, "")
    if not value:
        return None
    try:
        if not _DAY.fullmatch(value):
            raise ValueError(name)
        return date.fromisoformat(value)
    except ValueError:
        raise BadRequest(name, code=f"bad_{name}") from None


def choose_activity(tenant: Tenant, professional: HealthProfessional) -> tuple[Activity, Structure]:
    """The professional's activity in this tenant: the first one in a structure that it declares,
    under the identifier that the tenant gives it; and that structure.

    Forbidden when there is none: the DMP is only asked in the name of a structure whose
    certificate the tenant holds and where the professional works.
    """
    for activity in professional.activities:
        structure = tenant.structure(activity.structure_id)
        if structure is not None:
            return replace(activity, structure_id=structure.id), structure
    raise Forbidden("no activity in this tenant", code="no_activity_here")


def reader_facts(
    professional: HealthProfessional, activity: Activity, patient: Ins, lps: LpsIdentity
) -> VihfFacts:
    """The facts of a consultation's VIHF, in AIR mode (EX_AIR-010 to -050)."""
    try:
        return VihfFacts(
            professional_id=professional.subject_name_id,
            subject_name=f"{professional.given} {professional.family}".strip(),
            structure_id=activity.structure_id,
            sector=activity.sector or professional.sector,
            profession=activity.profession or professional.profession,
            specialty=activity.specialty or professional.specialty,
            patient=patient,
            mode=AuthenticationMode.INDIRECTE_RENFORCEE,
            secret_connection=False,
            lps=lps,
        )
    except ValueError as error:
        raise Forbidden(str(error), code="incomplete_professional") from None


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
