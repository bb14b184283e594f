"""Refused messages: the fault of each, and the place, code and severity of its error."""

from __future__ import annotations

import base64

from tests.drimbox.report.build import (
    DOCUMENT,
    INS,
    INS_OID,
    IPP_OID,
    NOMINAL_FLAGS,
    PID_3,
    cda,
    ins,
    message,
    patient,
)


def other_document(code: str, content: str, system: str = "LN", kind: str = "ED") -> list[str]:
    return ["OBX", "", kind, f"{code}^^{system}", "", content, *[""] * 5, "F"]


OTHER = "^TEXT^XML^Base64^" + base64.b64encode(b"<other/>").decode()
OTHER_INS = ins("1800175000001")
BAD: dict[str, tuple[bytes, str, str, int, str]] = {
    "no PID": (message(drop=("PID",)), "segment_missing", "PID^1", 100, ""),
    "two patients": (
        message(edit=lambda s: s.append(s[1])),
        "segment_repeated",
        "PID^2",
        100,
        "",
    ),
    "no ORC": (message(drop=("ORC",)), "segment_missing", "ORC^1", 100, ""),
    "no OBX": (message(drop=("OBX",)), "document_missing", "OBX^1^5", 101, ""),
    "no ED": (message(OBX={2: "ST"}), "document_missing", "OBX^1^5", 101, ""),
    "empty document": (
        message(OBX={5: "^TEXT^XML^Base64^"}),
        "document_missing",
        "OBX^1^5",
        101,
        "",
    ),
    "not base64": (
        message(OBX={5: "^TEXT^XML^Base64^*not base64*"}),
        "document_not_base64",
        "OBX^1^5",
        102,
        "",
    ),
    "cut base64": (
        message(OBX={5: "^TEXT^XML^Base64^QUJDR"}),
        "document_not_base64",
        "OBX^1^5",
        102,
        "",
    ),
    "a PDF": (
        message(OBX={5: "^APPLICATION^PDF^Base64^JVBERi0="}),
        "document_encoding",
        "OBX^1^5",
        102,
        "",
    ),
    "not XML": (message(document=b"hello"), "document_not_xml", "OBX^1^5", 102, ""),
    "not a CDA": (message(document=b"<a/>"), "document_not_cda", "OBX^1^5", 102, ""),
    "no study": (message(document=cda(exams="")), "study_missing", "OBX^1^5", 101, ""),
    "no PID-3": (message(PID={3: ""}), "ins_missing", "PID^1^3", 101, "903"),
    "no INS": (
        message(PID={3: f"IPP101^^^AUT&{IPP_OID}&ISO^PI"}),
        "ins_missing",
        "PID^1^3",
        101,
        "903",
    ),
    "wrong key": (
        message(PID={3: PID_3.replace(INS, "279035121518988")}),
        "ins_invalid",
        "PID^1^3",
        102,
        "",
    ),
    "unknown OID": (
        message(PID={3: PID_3.replace(INS_OID, "1.2.250.1.213.1.4.99")}),
        "ins_unknown_oid",
        "PID^1^3",
        103,
        "",
    ),
    "PROV": (message(PID={32: "PROV"}), "identity_not_qualified", "PID^1^32", 103, ""),
    "no PID-32": (message(PID={32: ""}), "identity_not_qualified", "PID^1^32", 101, ""),
    "another INS in the CDA": (
        message(document=cda(patient=patient(f'<id extension="{OTHER_INS}" root="{INS_OID}"/>'))),
        "ins_mismatch",
        "PID^1^3",
        199,
        "904",
    ),
    "another IPP in the CDA": (
        message(document=cda(patient=patient().replace("IPP101", "IPP102"))),
        "patient_id_mismatch",
        "PID^1^3",
        199,
        "",
    ),
    "ORC-1 against OBX-11": (message(ORC={1: "RO"}), "action_disagreement", "OBX^1^11", 199, ""),
    "event against ORC-1": (
        message("MDM", MSH={9: "MDM^T04^MDM_T02"}),
        "action_disagreement",
        "MSH^1^9",
        199,
        "",
    ),
    "no MSH-9": (message(MSH={9: ""}), "message_type_missing", "MSH^1^9", 101, ""),
    "no MSH-10": (message(MSH={10: ""}), "control_id_missing", "MSH^1^10", 101, ""),
    "MSH-11": (message(MSH={11: "X"}), "processing_id", "MSH^1^11", 202, ""),
    "no MSH-11": (message(MSH={11: ""}), "processing_id", "MSH^1^11", 202, ""),
    "MSH-12": (message(MSH={12: "2.3.1"}), "version", "MSH^1^12", 203, ""),
    "MSH-12 too new": (message(MSH={12: "2.61"}), "version", "MSH^1^12", 203, ""),
    "two control ids": (message(MSH={10: "M1~M2"}), "field_repeated", "MSH^1^10", 198, ""),
    "two actions": (message(ORC={1: "NW~CA"}), "field_repeated", "ORC^1^1", 198, ""),
    "two actions, in two orders": (
        message(edit=lambda s: s.append(["ORC", "NW~CA"])),
        "field_repeated",
        "ORC^2^1",
        198,
        "",
    ),
    "two statuses": (message(OBX={11: "F~D"}), "field_repeated", "OBX^1^11", 198, ""),
    "two document numbers": (
        message("MDM", TXA={12: f"{DOCUMENT}~1.2.3"}),
        "field_repeated",
        "TXA^1^12",
        198,
        "",
    ),
    "no flag": (message(flags=dict.fromkeys(NOMINAL_FLAGS)), "flag_missing", "OBX^2", 101, ""),
    "a flag of another table": (
        message(flags={"INVISIBLE_REPRESENTANTS_LEGAUX": "Y"}),
        "flag_unknown",
        "OBX^12^3",
        103,
        "",
    ),
    "MSH-18": (message(MSH={18: "ISO IR87"}), "character_set", "MSH^1^18", 103, ""),
}
