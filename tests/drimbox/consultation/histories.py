"""Imaging histories of a fictive patient: entries of the DMP for exams and for their reports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from functions.drimbox.consultation.imaging_document import ImagingDocument, read_document
from functions.drimbox.dmp import xds
from functions.drimbox.dmp.registry import DocumentEntry, ReferenceId
from functions.drimbox.identity.parties import Code

OWN: Final = "1750803447"
HERE: Final = ("Clinique Ambroise", OWN)
LYON: Final = ("Imagerie du Parc, Lyon", "1690000001")
MONTLUCON: Final = ("CH Montluçon Néris-les-Bains", "1030000002")
POITIERS: Final = ("CHU de Poitiers", "1860000003")
ISSUER: Final = "1.2.250.1.999.1"
NORMAL: Final = Code("N", xds.CONFIDENTIALITY_SYSTEM, "Normal")
THORAX: Final = ("51185008", "Thorax")
ABDOMEN: Final = ("818983003", "Abdomen")
SPINE: Final = ("421060004", "Rachis")
BREAST: Final = ("76752008", "Sein")
KNEE: Final = ("72696002", "Genou")


def reference(value: str, kind: str = xds.STUDY_INSTANCE_UID, issuer: str = "") -> ReferenceId:
    """One reference id."""
    return ReferenceId(value, issuer, kind)


def exam(
    study: str, at: str, act: str = "", modality: str = "CT", region: Any = THORAX, **changes: Any
) -> DocumentEntry:
    """A manifest; ``site`` is a name and an identifier, ``hidden`` are masking codes."""
    codes = [
        *([Code("act-" + study, xds.LOINC, act)] if act else []),
        *([Code(modality, xds.DCM, modality)] if modality else []),
        *([Code(region[0], xds.SNOMED, region[1])] if region else []),
    ]
    facts = {
        "unique_id": f"2.25.1.{study}",
        "mime_type": "application/dicom",
        "type_code": Code(xds.IMG_KOS, xds.TYPE_SYSTEM),
        "event_codes": tuple(codes),
        "service_start_time": at,
        "title": "Référence d'objets d'un examen d'imagerie",
        "reference_ids": (
            reference(study),
            reference(f"A{study}", xds.ACCESSION, ISSUER),
            reference(f"O{study}", xds.ORDER, ISSUER),
        ),
    }
    return _entry({**facts, **changes})


def report(studies: Sequence[str], at: str, title: str = "CR", **changes: Any) -> DocumentEntry:
    """A report on the exams of ``studies``."""
    kinds = (("", xds.STUDY_INSTANCE_UID, ""), ("A", xds.ACCESSION, ISSUER))
    facts = {
        "unique_id": "2.25.2." + ".".join(studies) + at,
        "mime_type": "text/xml",
        "type_code": Code("18748-4", xds.LOINC),
        "event_codes": (),
        "service_start_time": "",
        "creation_time": at,
        "title": title,
        "legal_authenticator": "899^ESSAI^Camille^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS",
        "reference_ids": tuple(
            reference(f"{first}{one}", kind, issuer)
            for one in studies
            for first, kind, issuer in kinds
        ),
    }
    return _entry({**facts, **changes})


def _entry(facts: dict[str, Any]) -> DocumentEntry:
    name, identifier = facts.pop("site", HERE)
    hidden = facts.pop("hidden", ())
    whole: dict[str, Any] = {
        "entry_uuid": "urn:uuid:" + facts["unique_id"],
        "sha1": "",
        "size": 1,
        "status": xds.APPROVED,
        "patient_id": "279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH",
        "confidentiality_codes": (NORMAL, *(Code(one, xds.MASKING_SYSTEM) for one in hidden)),
        "author_persons": (),
        "author_institutions": (f"{name}^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^{identifier}",),
        "legal_authenticator": "",
        "creation_time": facts.get("service_start_time", ""),
        "service_stop_time": "",
        "repository_unique_id": "1.2",
    }
    return DocumentEntry(**{**whole, **facts})


def documents(*entries: DocumentEntry) -> list[ImagingDocument]:
    """The documents of those entries, numbered from 1."""
    return [read_document(one, number, OWN.__eq__) for number, one in enumerate(entries, 1)]


def eleven() -> list[DocumentEntry]:
    """Eleven exams of six establishments, ten reports; one report speaks of two exams."""
    orleans, moulins = ("CHU d'Orléans", "1450000004"), ("Cabinet des Tilleuls", "1030000005")
    return [
        exam("1", "202611121015", "Scanner thoracique avec injection"),
        report(["1"], "202611121105", "Augmentation de taille du nodule lobaire supérieur gauche"),
        exam("2", "202609021640", "Radiographie du thorax, face", "DX", site=MONTLUCON),
        report(["2"], "202609021700", "Opacité nodulaire apicale gauche", site=MONTLUCON),
        exam("3", "202503040905", "Scanner thoracique sans injection", site=LYON),
        exam("4", "202503040905", "Scanner abdomino-pelvien", "CT", ABDOMEN, site=LYON),
        report(["3", "4"], "202503051800", "Nodule lobaire supérieur gauche de 8 mm", site=LYON),
        exam("5", "202501181130", "IRM du rachis lombaire", "MR", SPINE, site=POITIERS,
             status=xds.ARCHIVED),
        report(["5"], "202501181400", "Discopathie L4-L5 sans conflit", site=POITIERS),
        exam("6", "202406110900", "Mammographie bilatérale", "MG", BREAST, site=orleans,
             hidden=("INVISIBLE_PATIENT",)),
        report(["6"], "202406111000", "Classification ACR 2", site=orleans),
        exam("7", "202402201415", "Échographie abdominale", "US", ABDOMEN, site=moulins),
        report(["7"], "202402201500", "Sans anomalie", site=moulins),
        exam("8", "202311031000", "Radiographie du genou droit", "DX", KNEE),
        report(["8"], "202311031030", "Pas de fracture"),
        exam("9", "202305121130", "IRM du rachis cervical", "MR", SPINE, site=LYON),
        report(["9"], "202305121700", "Cervicarthrose", site=LYON),
        exam("10", "202202010830", "Scanner thoracique de contrôle", site=MONTLUCON),
        report(["10"], "202202011000", "Pas de nodule", site=MONTLUCON),
        report(["10"], "202202010930", "Pas de nodule (provisoire)", site=MONTLUCON,
               status=xds.DEPRECATED),
        exam("11", "2019", "Radiographie du thorax", "CR", site=POITIERS),
        report(["12"], "20180601", "Scanner cérébral", site=POITIERS),
    ]  # fmt: skip
