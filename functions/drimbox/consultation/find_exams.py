"""A patient's imaging exams and their reports, made anywhere, as the DMP lists them to a
professional."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field
from typing import TYPE_CHECKING, Any, TypeVar

from functions.drimbox.consultation import document_patient
from functions.drimbox.consultation.reader import choose_activity
from functions.drimbox.dmp.session import DocumentRegistry, ExamRegistry
from functions.drimbox.errors import ConfigurationError, DmpRefused, Forbidden, Held
from functions.drimbox.identity.health_professional import Activity, HealthProfessional
from functions.drimbox.identity.ins import Ins
from functions.drimbox.tenants.model import Structure, Tenant
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.consultation.document_patient import KnownPatient
    from functions.drimbox.dmp.queries import DocumentQuery
    from functions.drimbox.dmp.registry import DocumentEntry, DocumentList
    from functions.drimbox.identity.parties import Code

R = TypeVar("R")
Open = Callable[[HealthProfessional, Activity, Structure, Ins], R]
"""Opens the DMP for a professional in an activity, by a structure's certificates, for a patient."""
Connect = Open[ExamRegistry]


@frozen
class FoundExams:
    """``exams`` as :func:`describe` tells them. ``compared``: whether their identities were
    compared with the patient's; ``contradicting`` is the number of those left out since they
    contradict it.
    """

    exams: tuple[dict[str, Any], ...] = field(repr=False)
    contradicting: int
    compared: bool


def find_exams(
    tenant: Tenant,
    professional: HealthProfessional,
    query: DocumentQuery,
    connect: Connect,
    audited: dict[str, str],
    *,
    patient: KnownPatient | None = None,
) -> FoundExams:
    """The exams that ``query`` asks for. ``audited`` gets what the audit record must say besides.
    Those whose traits contradict the ``patient``, where the caller told them, are left out.

    Raises Forbidden (no activity in this tenant, an incomplete professional, or the DMP refuses),
    ConfigurationError when no certificate of the structure may serve, DmpUnavailable.
    """
    registry = opened(tenant, professional, query.patient, connect, audited)
    with refusals():
        found = registry.find(query)
    own, contradicting = (found, 0) if patient is None else document_patient.split(found, patient)
    audited |= {"count": str(len(own)), "contradicting": str(contradicting)}
    return FoundExams(tuple(map(describe, own)), contradicting, compared=patient is not None)


def find_documents(
    tenant: Tenant,
    professional: HealthProfessional,
    query: DocumentQuery,
    connect: Open[DocumentRegistry],
    audited: dict[str, str],
) -> DocumentList:
    """The documents that ``query`` asks for, thousands of them; raises as :func:`find_exams`."""
    registry = opened(tenant, professional, query.patient, connect, audited)
    with refusals():
        return registry.documents(query)


def opened(
    tenant: Tenant,
    professional: HealthProfessional,
    patient: Ins,
    connect: Open[R],
    audited: dict[str, str],
) -> R:
    """The DMP for a professional in this tenant. Raises as :func:`find_exams`."""
    activity, structure = choose_activity(tenant, professional)
    audited["structure_id"] = activity.structure_id
    try:
        return connect(professional, activity, structure, patient)
    except Held as error:
        raise ConfigurationError(error.detail) from None


@contextmanager
def refusals() -> Iterator[None]:
    """A refusal of the DMP is one of the professional's request."""
    try:
        yield
    except DmpRefused:
        raise Forbidden("the DMP refused", code="dmp_refused") from None


def describe(entry: DocumentEntry) -> dict[str, Any]:
    """One exam as the search answers it; times are those of the DMP (HL7 DTM), not converted."""
    identifier, name = entry.establishment
    acts = [code for code in entry.event_codes if code not in {*entry.modalities, *entry.regions}]
    return {
        "study_instance_uid": entry.study_instance_uid,
        "manifest_id": entry.unique_id,
        "date": entry.service_start_time or entry.creation_time,
        "modalities": [_described(code) for code in entry.modalities],
        "regions": [_described(code) for code in entry.regions],
        "act": _described(acts[0]) if acts else None,
        "structure": {"name": name, "id": identifier} if entry.author_institutions else None,
        "author": dict(zip(("id", "family", "given"), entry.signatory, strict=True))
        if entry.legal_authenticator
        else None,
        "status": entry.status.rpartition(":")[2],
        "title": entry.title,
        "confidentiality": [code.code for code in entry.confidentiality_codes],
        "accession_number": entry.accession.value if entry.accession else "",
        "accession_issuer": entry.accession.authority if entry.accession else "",
    }


def _described(code: Code) -> dict[str, str]:
    return {"code": code.code, "system": code.system, "display": code.display}
