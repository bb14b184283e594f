"""A registry's answers, written by hand from IHE's tables."""

from __future__ import annotations

from functions.drimbox.dmp import soap, xds

STATUS = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:"
SEVERITY = "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:"
APPROVED = "urn:oasis:names:tc:ebxml-regrep:StatusType:Approved"
PATIENT = "279035121518989^^^&amp;1.2.250.1.213.1.4.10&amp;ISO^NH"


def envelope(body: str, relates_to: str = "m") -> bytes:
    return (
        f'<s:Envelope xmlns:s="{soap.SOAP}"><s:Header>'
        f'<RelatesTo xmlns="{soap.WSA}">{relates_to}</RelatesTo>'
        f"</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def multipart(boundary: str, parts: list[tuple[str, bytes]], encoding: str = "binary") -> bytes:
    chunks = [
        f"--{boundary}\r\nContent-Type: application/xop+xml\r\n"
        f"Content-Transfer-Encoding: {encoding}\r\nContent-ID: <{content_id}>\r\n\r\n".encode()
        + content
        for content_id, content in parts
    ]
    return b"\r\n".join([*chunks, f"--{boundary}--\r\n".encode()])


def fault(*codes: str, text: str = "Échec pour Mme PATIENTE") -> str:
    inner = ""
    for code in reversed(codes):
        tag = "Code" if code == codes[0] else "Subcode"
        inner = f"<s:{tag}><s:Value>p:{code}</s:Value>{inner}</s:{tag}>"
    reason = f'<s:Reason><s:Text xml:lang="fr">{text}</s:Text></s:Reason>'
    return f'<s:Fault xmlns:p="urn:p">{inner}{reason}</s:Fault>'


def errors(*codes: str, severity: str = "Error") -> str:
    listed = "".join(
        f'<RegistryError errorCode="{code}" codeContext="279035121518989" '
        f'severity="{SEVERITY}{severity}"/>'
        for code in codes
    )
    return f"<RegistryErrorList>{listed}</RegistryErrorList>" if codes else ""


def registry_response(*codes: str, status: str = "Success", severity: str = "Error") -> str:
    return (
        f'<RegistryResponse xmlns="{xds.RS}" status="{STATUS}{status}">'
        f"{errors(*codes, severity=severity)}</RegistryResponse>"
    )


def query_response(
    objects: str = "", *codes: str, status: str = "Success", attributes: str = ""
) -> str:
    listed = f'<RegistryObjectList xmlns="{xds.RIM}">{objects}</RegistryObjectList>'
    return (
        f'<q:AdhocQueryResponse xmlns:q="{xds.QUERY}" xmlns="{xds.RS}" '
        f'status="{STATUS}{status}" {attributes}>{errors(*codes)}{listed}</q:AdhocQueryResponse>'
    )


def slot(name: str, *values: str) -> str:
    listed = "".join(f"<Value>{value}</Value>" for value in values)
    return f'<Slot name="{name}"><ValueList>{listed}</ValueList></Slot>'


def classification(scheme: str, code: str, system: str, display: str) -> str:
    return (
        f'<Classification classificationScheme="{scheme}" classifiedObject="d" id="c" '
        f'nodeRepresentation="{code}">{slot("codingScheme", system)}'
        f'<Name><LocalizedString value="{display}"/></Name></Classification>'
    )


def external_identifier(scheme: str, value: str) -> str:
    return (
        f'<ExternalIdentifier id="e" registryObject="d" identificationScheme="{scheme}" '
        f'value="{value}"/>'
    )


def entry(
    *,
    unique_id: str = "2.25.1002",
    entry_uuid: str = "urn:uuid:0001",
    sha1: str = "AB",
    size: str = "8",
    status: str = APPROVED,
    patient: str = "P^^^&amp;1.2&amp;ISO^NH",
    type_code: tuple[str, str] = ("IMG-KOS", xds.TYPE_SYSTEM),
    confidentiality: tuple[str, ...] = ("N",),
    lid: str = "",
    version: str = "",
    references: tuple[str, ...] = (),
) -> str:
    """One ExtrinsicObject in the older coding, with two authors and further ``references``."""
    author = (
        f'<Classification classificationScheme="{xds.AUTHOR}" classifiedObject="d" id="a">'
        + slot("authorPerson", "P1")
        + slot("authorInstitution", "I1", "I2")
        + "</Classification>"
    )
    return (
        f'<ExtrinsicObject xmlns="{xds.RIM}" id="{entry_uuid}" mimeType="application/dicom" '
        f'objectType="{xds.STABLE_DOCUMENT}" status="{status}"'
        + (f' lid="{lid}">' if lid else ">")
        + slot("hash", sha1)
        + slot("size", size)
        + slot("creationTime", "20260302103014")
        + slot("serviceStartTime", "20260301080000")
        + slot("serviceStopTime", "20260301082000")
        + slot("legalAuthenticator", "L1")
        + slot("repositoryUniqueId", "1.2.250.1.213.9")
        + slot("sourcePatientInfo", "PID-5|PATIENTE^ALICE", "PID-8|F")
        + slot(
            xds.REFERENCE_IDS,
            "ACC-7^^^&amp;1.2.3&amp;ISO^urn:ihe:iti:xds:2013:accession",
            "1.2.9^^^&amp;1.2.3.4.5.6&amp;ISO^urn:ihe:iti:xds:2016:studyInstanceUID",
            "DEM-7^^^&amp;1.2.4&amp;ISO^urn:ihe:iti:xds:2013:order",
            *references,
        )
        + '<Name><LocalizedString value="Un titre"/></Name>'
        + (f'<VersionInfo versionName="{version}"/>' if version else "")
        + author
        + author.replace("P1", "P2")
        + classification(xds.TYPE_CODE, *type_code, "KOS")
        + "".join(
            classification(xds.CONFIDENTIALITY_CODE, one, xds.CONFIDENTIALITY_SYSTEM, "Normal")
            for one in confidentiality
        )
        + classification(xds.CLASS_CODE, "31", "1.2.250.1.213.1.1.4.1", "Imagerie médicale")
        + classification(xds.FORMAT_CODE, "F1", "1.2.840.10008.2.6.1", "Format")
        + classification(xds.FACILITY_TYPE_CODE, "SA07", "1.2.250.1.71.4.2.4", "Cabinet")
        + classification(xds.PRACTICE_SETTING_CODE, "AMBULATOIRE", "1.2", "Ambulatoire")
        + classification(xds.EVENT_CODE, "US", xds.MODALITY_VALUE_SET, "Écho")
        + classification(xds.EVENT_CODE, "818983003", xds.SNOMED, "abdomen")
        + external_identifier(xds.ENTRY_PATIENT_ID, patient)
        + external_identifier(xds.ENTRY_UNIQUE_ID, unique_id)
        + "</ExtrinsicObject>"
    )
