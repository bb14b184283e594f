"""Reports of the DMP as they are and as they are not, for several test modules."""

from __future__ import annotations

import dataclasses
import hashlib
from base64 import b64encode
from collections.abc import Iterator
from typing import Any, Final

from functions.drimbox.dmp import registry, xds
from functions.drimbox.dmp.registry import DocumentEntry
from functions.drimbox.safe_xml import parse
from tests.drimbox.consultation.readers import CALL
from tests.drimbox.dmp import answers

PDF: Final = b"%PDF-1.4 canary-of-a-report"
(ENTRY,) = registry.read_entries(
    parse(answers.query_response(answers.entry(patient=answers.PATIENT)).encode())
)
NAME: Final = (
    '<name><family qualifier="BR">PAT-TROIS</family><given qualifier="BR">Dominique</given></name>'
)
BIRTH: Final = '<birthTime value="19790327"/><administrativeGenderCode code="F"/>'
PLACE: Final = "<birthplace><place><addr><county>63113</county></addr></place></birthplace>"
INS: Final = f'<id root="{CALL.ins.oid}" extension="{CALL.ins.value}"/>'
NARRATIVE: Final = (
    "<structuredBody><component><section><title>T</title><text><table><tr><td>a</td></tr></table>"
    '<list listType="ordered"><item><content styleCode="Bold">b</content></item></list></text>'
    "</section></component></structuredBody>"
)


NORMAL: Final = '<confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/>'


def clinical_document(content: str) -> bytes:
    """A ClinicalDocument with that content, of normal confidentiality."""
    return f'<ClinicalDocument xmlns="urn:hl7-org:v3">{NORMAL}{content}</ClinicalDocument>'.encode()


def cda(person: str = NAME + BIRTH, body: str = "") -> bytes:
    """A report of that person; its body is a PDF unless told."""
    content = body or (
        '<nonXMLBody><text mediaType="application/pdf" representation="B64">'
        f"{b64encode(PDF).decode()}</text></nonXMLBody>"
    )
    role = f"<patientRole>{INS}<patient>{person}</patient></patientRole>"
    return clinical_document(f"<recordTarget>{role}</recordTarget><component>{content}</component>")


def entry(content: bytes, **changes: Any) -> DocumentEntry:
    """The entry of a report with that content."""
    digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    facts = {"mime_type": "text/xml", "sha1": digest, "size": len(content), **changes}
    return dataclasses.replace(ENTRY, **facts)


REPORT: Final = entry(cda())
ANSWER: Final = (
    f'<RetrieveDocumentSetResponse xmlns="{xds.XDSB}">{answers.registry_response()}'
    f"<DocumentResponse><RepositoryUniqueId>{REPORT.repository_unique_id}</RepositoryUniqueId>"
    f"<DocumentUniqueId>{REPORT.unique_id}</DocumentUniqueId><Document>"
    '<Include xmlns="http://www.w3.org/2004/08/xop/include" href="cid:d"/></Document>'
    "</DocumentResponse></RetrieveDocumentSetResponse>"
).encode()


def documents() -> Iterator[bytes]:
    """Good documents in each form, then one of another patient."""
    yield cda()
    yield cda(NAME + BIRTH + PLACE, NARRATIVE)
    yield cda(body='<nonXMLBody><text mediaType="text/plain">t</text></nonXMLBody>')
    yield cda(NAME.replace("PAT-TROIS", "AUTRE") + BIRTH)
