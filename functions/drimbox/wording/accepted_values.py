"""The values that a place of a message may have, by the code of the fault that was found there.

The feed check tells them beside the value that it read. Where the value depends on the rest of the
message (the action of ORC-1, the CDA's own identifiers), ``feed_check.fault_values`` writes it, and
the text here stands for a message in which that cannot be read.
"""

from __future__ import annotations

from typing import Final

from functions.drimbox.wording.text import Text


def same(text: str) -> Text:
    """A value of a standard, which no language changes."""
    return Text(text, text)


def beside_order(value: str, control: str) -> Text:
    """The ``value`` of a field that goes with an ORC-1, "" for an empty field."""
    return Text(
        f"{value or 'Rien'} (ORC-1 est {control})", f"{value or 'Nothing'} (ORC-1 is {control})"
    )


_MESSAGES: Final = "ORU^R01, MDM^T02, MDM^T04, MDM^T10, OMI^O23"
_INS_OIDS: Final = "1.2.250.1.213.1.4.8, .9, .10, .11"
_FLAGS: Final = (
    "MASQUE_PS, INVISIBLE_PATIENT, INVISIBLE_REP_LEGAUX, CONNEXION_SECRETE, MODIF_CONF_CODE, "
    "DESTDMP"
)
_OTHER_FLAGS: Final = "DESTMSSANTEPS, DESTMSSANTEPAT, ACK_RECEPTION, ACK_LECTURE_MSS, CORPSMAIL_…"

ACCEPTED: Final[dict[str, Text]] = {
    "not_hl7": same(r"MSH|^~\&|…"),
    "message_too_large": Text(
        "Au plus 4 Mio (64 Mio par dépôt), 2 000 segments, 50 000 séparateurs, et 4 096 octets "
        "pour MSH",
        "At most 4 MiB (64 MiB by an upload), 2,000 segments, 50,000 delimiters, and 4,096 bytes "
        "of MSH",
    ),
    "character_set": Text(
        "UNICODE UTF-8, 8859/1 ou 8859/15, et le message entier dans ce jeu",
        "UNICODE UTF-8, 8859/1 or 8859/15, and the whole message in that set",
    ),
    "not_a_segment": Text(
        "Des lignes qui commencent par un nom de segment et le séparateur ; un seul MSH, en tête",
        "Lines that begin with a segment's name and the separator; one MSH, which comes first",
    ),
    "control_character": Text(
        "Aucun caractère de contrôle, sauf la tabulation",
        "No control character but the tab",
    ),
    "message_fragment": Text(
        "MSH-14 vide, ni segment ADD ni segment DSC", "MSH-14 empty, neither ADD nor DSC"
    ),
    "segment_missing": Text("Ce segment, une fois", "This segment, once"),
    "segment_repeated": Text("Ce segment, une seule fois", "This segment, once only"),
    "field_repeated": Text("Une seule valeur", "One value only"),
    "too_many_repetitions": Text("100 répétitions au plus", "100 repetitions at most"),
    "message_type_missing": same(_MESSAGES),
    "unsupported_action": same(_MESSAGES),
    "control_id_missing": Text(
        "Un identifiant propre à ce message", "An identifier of this message alone"
    ),
    "control_id_reused": Text(
        "Un identifiant que cet émetteur n'a pas encore donné à un autre message",
        "An identifier that this sender has not given to another message",
    ),
    "processing_id": same("P, T, D"),
    "version": same("2.5, 2.5.1, 2.5.2, 2.6"),
    "undeclared_sender": Text(
        "MSH-3 et MSH-4 tels que le site les déclare pour ce certificat",
        "MSH-3 and MSH-4 as the site declares them for this certificate",
    ),
    "ins_missing": Text(
        f"Un matricule INS en vigueur, sous un OID d'INS ({_INS_OIDS})",
        f"An INS in force, under an OID of the INS ({_INS_OIDS})",
    ),
    "ins_unknown_oid": same(_INS_OIDS),
    "ins_invalid": Text(
        "Un seul matricule de 15 caractères, dont la clé est juste ; dates AAAAMMJJ",
        "One INS of 15 characters whose key is right; dates YYYYMMDD",
    ),
    "ins_mismatch": Text("L'INS du CDA (recordTarget)", "The CDA's INS (recordTarget)"),
    "patient_id_mismatch": Text(
        "L'identifiant local du CDA (recordTarget)", "The CDA's local identifier (recordTarget)"
    ),
    "identity_not_qualified": same("VALI"),
    "traits_incomplete": Text(
        "Nom et prénom de naissance, date de naissance, sexe, lieu de naissance (COG)",
        "Birth family name and given name, birth date, sex, birth place (COG)",
    ),
    "action_missing": Text(
        "NW avec F, RO avec C, CA avec D (ORC-1, OBX-11 du CDA)",
        "NW with F, RO with C, CA with D (ORC-1, OBX-11 of the CDA)",
    ),
    "action_unknown": same("NW, RO, CA"),
    "action_disagreement": Text(
        "La valeur que ORC-1 demande : NW, F, T02 ; RO, C, T10 ; CA, D, T04",
        "The value that ORC-1 demands: NW, F, T02; RO, C, T10; CA, D, T04",
    ),
    "document_number_missing": Text("L'identifiant du CDA (id)", "The CDA's id"),
    "parent_document_missing": Text(
        "L'identifiant du document remplacé (relatedDocument du CDA)",
        "The identifier of the replaced document (relatedDocument of the CDA)",
    ),
    "document_id_mismatch": Text("L'identifiant du CDA (id)", "The CDA's id"),
    "parent_id_mismatch": Text(
        "L'identifiant du document remplacé (relatedDocument du CDA)",
        "The identifier of the replaced document (relatedDocument of the CDA)",
    ),
    "document_missing": Text(
        "Un OBX de type ED dont OBX-5 est ^TEXT^XML^Base64^ puis le CDA",
        "An OBX of type ED whose OBX-5 is ^TEXT^XML^Base64^ and the CDA",
    ),
    "document_ambiguous": Text("Un seul document de ce rang", "One document of this rank"),
    "sender_ambiguous": Text(
        "Un seul professionnel et une seule structure dans les PRT dont PRT-4 est SB",
        "One professional and one structure in the PRT whose PRT-4 is SB",
    ),
    "document_encoding": Text(
        "^TEXT^XML^Base64^ puis le CDA en base64", "^TEXT^XML^Base64^ and the CDA in base64"
    ),
    "document_not_base64": Text("Base64 (RFC 4648)", "Base64 (RFC 4648)"),
    "document_not_xml": Text(
        "Du XML bien formé, sans DTD ni entité", "Well-formed XML without DTD or entity"
    ),
    "document_not_cda": same("ClinicalDocument (urn:hl7-org:v3)"),
    "cda_element_missing": Text(
        "Cet élément, avec sa valeur et sans nullFlavor",
        "This element, with its value and without nullFlavor",
    ),
    "cda_element_invalid": Text(
        "La forme que le volet fixe pour cet élément",
        "The form that the volet gives to this element",
    ),
    "cda_element_repeated": Text("Cet élément, une seule fois", "This element, once only"),
    "cda_null_flavor": Text(
        "Une valeur, ou un nullFlavor : pas les deux", "A value, or a nullFlavor: not both"
    ),
    "cda_too_many_elements": Text("Cent éléments au plus", "A hundred elements at most"),
    "document_code": same("18748-4 (codeSystem 2.16.840.1.113883.6.1)"),
    "study_missing": Text(
        "Le StudyInstanceUID de chaque examen", "The StudyInstanceUID of each study"
    ),
    "study_uid": Text(
        "Des chiffres et des points, 64 caractères au plus (DICOM PS3.5 9.1)",
        "Digits and dots, 64 characters at most (DICOM PS3.5 9.1)",
    ),
    "too_many_studies": Text("50 examens au plus", "50 studies at most"),
    "flag_unknown": Text(
        f"Un code de la table MetaDMPMSS : {_FLAGS}, {_OTHER_FLAGS}",
        f"A code of the table MetaDMPMSS: {_FLAGS}, {_OTHER_FLAGS}",
    ),
    "flag_type": same("CE (ORU), CWE (MDM)"),
    "flag_missing": Text(
        f"Un OBX avec Y ou N pour chacune : {_FLAGS}",
        f"An OBX with Y or N for each of {_FLAGS}",
    ),
    "flag_value": same("Y, N (expandedYes-NoIndicator)"),
    "flag_status": same("F"),
    "flag_contradiction": Text("Y ou N, une fois", "Y or N, once"),
}

# Of an identity that PID-31 calls unknown.
KNOWN_IDENTITY: Final = Text("N, ou rien", "N, or nothing")

_TIME: Final = Text("AAAAMMJJ[HHMM[SS]][±ZZZZ]", "YYYYMMDD[HHMM[SS]][±ZZZZ]")
_CODE: Final = Text(
    "Un code (@code) et l'OID de son système (@codeSystem)",
    "A code (@code) and the OID of its system (@codeSystem)",
)
_IDENTIFIER: Final = Text(
    "@root un OID, et @extension le numéro, 64 caractères au plus",
    "@root an OID, and @extension the number, 64 characters at most",
)
_NAME: Final = Text(
    r"Un texte sans ^, = ni \, sous un qualifieur du CDA (BR, CL, SP…) ou sans qualifieur",
    r"A text without ^, = or \, under a qualifier of the CDA (BR, CL, SP…) or without one",
)
# By the last step of the element's path.
ELEMENTS: Final[dict[str, Text]] = {
    "confidentialityCode": same("N, R, V (codeSystem 2.16.840.1.113883.5.25)"),
    "versionNumber": Text("Un nombre entier, 1 au moins", "A whole number, 1 at least"),
    "@typeCode": same("RPLC, APND, XFRM"),
    "administrativeGenderCode": same("M, F, UN, O, U (codeSystem 2.16.840.1.113883.5.1)"),
    "county": Text("Un code COG de cinq caractères", "A COG code of five characters"),
    **dict.fromkeys(("effectiveTime", "birthTime", "time", "low", "high"), _TIME),
    **dict.fromkeys(("id", "setId", "accessionNumber"), _IDENTIFIER),
    **dict.fromkeys(("code", "translation", "standardIndustryClassCode"), _CODE),
    **dict.fromkeys(("family", "given"), _NAME),
    "serviceEvent/id": Text(
        "@root le StudyInstanceUID, sans @extension", "@root the StudyInstanceUID, no @extension"
    ),
}
# The faults that lie in no value of the message: the circumstances are their only cause.
NO_VALUE: Final = frozenset(
    {
        "storage_unavailable",
        "agent_undeclared_sender",
        "agent_no_room",
        "agent_gateway_away",
        "agent_fault",
        "agent_gateway_refuses",
        "agent_not_admitted",
    }
)

_OF_HOLDS: Final[dict[str, Text]] = {
    "masking_conflict": Text(
        "MASQUE_PS ou INVISIBLE_PATIENT à N", "MASQUE_PS or INVISIBLE_PATIENT is N"
    ),
    "correction_not_shared": Text(
        "DESTDMP Y, confidentialityCode N", "DESTDMP Y, with the confidentialityCode N"
    ),
}


def of_hold(reason: str) -> Text | None:
    """The values of a report that would not be held for that reason, None where the detail of the
    hold names the missing fact."""
    return _OF_HOLDS.get(reason)
