"""The documents of a submission: the bytes of each entry, and whether they are what it says."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from urllib.parse import unquote

from lxml import etree

from simulators.dmp import submission as xds
from simulators.dmp.ebrim import RegistryObject
from simulators.dmp.errors import RegistryError
from simulators.dmp.kos import BadManifest, read_manifest
from simulators.dmp.markup import children, text
from simulators.dmp.mtom import Package
from simulators.dmp.signatures import sha1


def read_documents(
    payload: etree._Element, package: Package, submission: xds.Submission
) -> tuple[dict[str, bytes], list[RegistryError]]:
    """The raw bytes of each entry by its id, and the inconsistencies found (3.41.4.1.2)."""
    contents: dict[str, bytes] = {}
    errors: list[RegistryError] = []
    referred: set[str] = set()
    for document in children(payload, "xdsb:Document"):
        identifier = document.get("id", "")
        if identifier in contents:
            errors.append(_repository("a document is given twice", identifier))
        content = _content(document, package, referred)
        if content is None:
            errors.append(_repository("a document has no readable content", identifier))
        contents[identifier] = content or b""
    entries = {entry.id for entry in submission.entries}
    for identifier in sorted(entries - set(contents)):
        errors.append(RegistryError("XDSMissingDocument", "an entry has no document", identifier))
    for identifier in sorted(set(contents) - entries):
        context = "a document has no entry"
        errors.append(RegistryError("XDSMissingDocumentMetadata", context, identifier))
    if set(package.parts) - referred:
        context = "a part of the package is no document's"
        errors.append(RegistryError("XDSMissingDocumentMetadata", context))
    return contents, errors


def _content(document: etree._Element, package: Package, referred: set[str]) -> bytes | None:
    """The content of xdsb:Document: a part of the package (XOP) or base64 in place."""
    includes = children(document, "xop:Include")
    if len(includes) == 1 and len(document) == 1:
        reference = unquote(includes[0].get("href", ""))
        part = reference.removeprefix("cid:")
        referred.add(part)
        return package.parts.get(part) if reference.startswith("cid:") else None
    if len(document):
        return None
    try:
        return base64.b64decode("".join(text(document).split()), validate=True) or None
    except (binascii.Error, ValueError):
        return None


def _repository(context: str, location: str) -> RegistryError:
    return RegistryError("XDSRepositoryError", context, location)


def manifest_errors(entry: RegistryObject, content: bytes) -> Iterator[RegistryError]:
    """Where a manifest and its entry do not agree: document, patient, study."""
    try:
        manifest = read_manifest(content)
    except BadManifest as error:
        yield RegistryError("XDSRepositoryMetadataError", str(error), entry.id)
        return
    patient = xds.patient_of(entry)
    studies = {
        value.partition("^")[0]
        for value in entry.slot(xds.REFERENCE_IDS)
        if value.endswith(f"^{xds.STUDY_REFERENCE}")
    }
    agreements = {
        "SOPInstanceUID is not the uniqueId": (
            manifest.sop_instance_uid == entry.identifier(xds.ENTRY_UNIQUE_ID)
        ),
        "PatientID is not the patientId": patient is not None
        and manifest.patient_id == patient.value,
        "StudyInstanceUID is not in the referenceIdList": manifest.study_instance_uid in studies,
    }
    for context, agreed in agreements.items():
        if not agreed:
            yield RegistryError("XDSRepositoryMetadataError", context, entry.id)


def integrity_errors(entry: RegistryObject, content: bytes) -> Iterator[RegistryError]:
    """TF-2 3.41.4.1.3: the source's hash and size must be those of the raw bytes."""
    facts = {"hash": sha1(content).hex(), "size": str(len(content))}
    for slot_name, fact in facts.items():
        stated = [value.lower() for value in entry.slot(slot_name)]
        if stated and stated != [fact]:
            context = f"{slot_name} is not that of the document"
            yield RegistryError("XDSRepositoryMetadataError", context, entry.id)
