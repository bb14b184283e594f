"""The faults of a message in words, for a sender's developer: a text and a clause for each code.

Clauses are named as their standards name them: segments and fields of HL7 v2.5, headings of the
volets CISIS_CDA_HL7_V2 and IMG-CR-IMG and of the annexe INS of the CI-SIS. "" where the rule is
ours alone (a limit, a state of the gateway).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_VOLET: Final = "CISIS_CDA_HL7_V2"
_HEADER: Final = "CI-SIS IMG-CR-IMG"


@dataclass(frozen=True, slots=True)
class Rule:
    """The fault in French and in English, and its clause."""

    fr: str
    en: str
    clause: str = ""


# A code without a row would still be answered: by its location and condition alone.
UNKNOWN: Final = Rule("Le message est incorrect.", "The message is wrong.")

RULES: Final[dict[str, Rule]] = {
    "not_hl7": Rule(
        "Aucun segment MSH lisible en tête : il n'y a pas d'acquittement HL7 possible.",
        "No readable MSH segment at the start: no HL7 acknowledgement is possible.",
        "HL7 v2.5 2.15.9 (MSH)",
    ),
    "message_too_large": Rule(
        "Le message dépasse les limites de la passerelle (octets, segments ou séparateurs).",
        "The message is above the gateway's limits (bytes, segments or delimiters).",
    ),
    "character_set": Rule(
        "MSH-18 nomme un jeu de caractères non lu, ou le message n'est pas écrit dans ce jeu.",
        "MSH-18 names a character set that is not read, or the message is not written in it.",
        f"{_VOLET}, MSH-18; HL7 v2.5 2.15.9.18",
    ),
    "not_a_segment": Rule(
        "La ligne qui suit ce segment n'est pas un segment du message.",
        "The line after this segment is not a segment of the message.",
        "HL7 v2.5 2.5.2",
    ),
    "control_character": Rule(
        "Le segment contient un caractère de contrôle.",
        "The segment holds a control character.",
        "HL7 v2.5 2.7",
    ),
    "segment_missing": Rule(
        "Ce segment obligatoire est absent.",
        "This required segment is missing.",
        f"{_VOLET}, structure of the message",
    ),
    "segment_repeated": Rule(
        "Ce segment ne doit figurer qu'une fois.",
        "This segment may occur only once.",
        f"{_VOLET}, structure of the message",
    ),
    "message_type_missing": Rule(
        "MSH-9 (type du message) est vide.",
        "MSH-9 (message type) is empty.",
        "HL7 v2.5 2.15.9.9",
    ),
    "unsupported_action": Rule(
        "Ce type de message ou cet événement n'est pas traité : sont lus ORU^R01, MDM^T02, T04 et "
        "T10, et OMI^O23.",
        "This message type or event is not processed: those read are ORU^R01, MDM^T02, T04 and "
        "T10, and OMI^O23.",
        f"{_VOLET}, MSH-9",
    ),
    "control_id_missing": Rule(
        "MSH-10 (identifiant du message) est vide.",
        "MSH-10 (message control id) is empty.",
        "HL7 v2.5 2.15.9.10",
    ),
    "control_id_reused": Rule(
        "Cet identifiant (MSH-10) a déjà servi à un autre message du même émetteur.",
        "This identifier (MSH-10) was already used for another message of the same sender.",
        "HL7 v2.5 2.15.9.10",
    ),
    "processing_id": Rule(
        "MSH-11 n'est pas P, T ou D.",
        "MSH-11 is not P, T or D.",
        f"{_VOLET}, MSH-11; HL7 v2.5 2.15.9.11",
    ),
    "version": Rule(
        "MSH-12 n'est ni 2.5 ni 2.6.",
        "MSH-12 is neither 2.5 nor 2.6.",
        f"{_VOLET}, MSH-12; HL7 v2.5 2.15.9.12",
    ),
    "undeclared_sender": Rule(
        "MSH-3 et MSH-4 ne sont pas déclarés pour ce certificat client.",
        "MSH-3 and MSH-4 are not declared for this client certificate.",
    ),
    "storage_unavailable": Rule(
        "Le stockage de la passerelle ne répond pas : le message peut être renvoyé plus tard.",
        "The gateway's storage does not answer: the message may be sent again later.",
    ),
    "ins_missing": Rule(
        "Aucune INS : ni matricule ni OID d'INS à cet endroit.",
        "No INS: there is no matricule under an OID of the INS here.",
        f"{_VOLET}, PID-3; CI-SIS annexe INS",
    ),
    "ins_unknown_oid": Rule(
        "L'identifiant se dit INS, mais son OID n'est pas celui d'une INS.",
        "The identifier says that it is an INS, but its OID is not one of an INS.",
        "CI-SIS annexe INS",
    ),
    "ins_invalid": Rule(
        "L'INS est mal formée, sa clé est fausse, ou il y en a plusieurs.",
        "The INS is ill-formed, its key is wrong, or there are several.",
        "CI-SIS annexe INS",
    ),
    "ins_mismatch": Rule(
        "L'INS de PID-3 n'est pas celle du recordTarget du CDA.",
        "The INS of PID-3 is not that of the CDA's recordTarget.",
        f"{_VOLET}, PID-3",
    ),
    "patient_id_mismatch": Rule(
        "Un identifiant local de PID-3 n'est pas celui du recordTarget du CDA.",
        "A local identifier of PID-3 is not that of the CDA's recordTarget.",
        f"{_VOLET}, PID-3",
    ),
    "identity_not_qualified": Rule(
        "PID-32 ne dit pas VALI : seule une identité qualifiée peut aller au DMP.",
        "PID-32 does not say VALI: only a qualified identity may go to the DMP.",
        f"{_VOLET}, PID-32; CI-SIS annexe INS",
    ),
    "traits_incomplete": Rule(
        "Il manque un trait strict au patient du CDA (nom, prénom, date de naissance ou sexe).",
        "The CDA's patient lacks a strict trait (family name, given name, birth date or sex).",
        "CI-SIS annexe INS; CDA R2 recordTarget",
    ),
    "action_missing": Rule(
        "ORC-1 ou OBX-11 du document est vide : l'action n'est pas dite.",
        "ORC-1 or OBX-11 of the document is empty: the action is not said.",
        f"{_VOLET}, ORC-1 and OBX-11",
    ),
    "action_unknown": Rule(
        "ORC-1 n'est pas NW, RO ou CA.",
        "ORC-1 is not NW, RO or CA.",
        f"{_VOLET}, ORC-1",
    ),
    "action_disagreement": Rule(
        "ORC-1, OBX-11, l'événement et TXA-13 ne demandent pas la même action.",
        "ORC-1, OBX-11, the event and TXA-13 do not ask for the same action.",
        f"{_VOLET}, segment ORC",
    ),
    "document_number_missing": Rule(
        "TXA-12 (identifiant du document) est vide.",
        "TXA-12 (unique document number) is empty.",
        f"{_VOLET}, segment TXA; HL7 v2.5 9.6.1.12",
    ),
    "parent_document_missing": Rule(
        "TXA-13 est obligatoire pour remplacer : il nomme le document remplacé.",
        "TXA-13 is required to replace: it names the replaced document.",
        f"{_VOLET}, segment TXA; HL7 v2.5 9.6.1.13",
    ),
    "document_id_mismatch": Rule(
        "TXA-12 n'est pas l'identifiant du CDA.",
        "TXA-12 is not the CDA's id.",
        f"{_VOLET}, segment TXA",
    ),
    "parent_id_mismatch": Rule(
        "TXA-13 n'est pas le document que le CDA dit remplacer (relatedDocument).",
        "TXA-13 is not the document that the CDA says it replaces (relatedDocument).",
        f"{_VOLET}, segment TXA",
    ),
    "document_missing": Rule(
        "Aucun OBX de type ED ne porte de compte rendu.",
        "No OBX of type ED holds a report.",
        f"{_VOLET}, OBX-5",
    ),
    "document_encoding": Rule(
        "OBX-5 n'est pas de la forme ^TEXT^XML^Base64^…",
        "OBX-5 is not of the form ^TEXT^XML^Base64^…",
        f"{_VOLET}, OBX-5",
    ),
    "document_not_base64": Rule(
        "OBX-5.5 n'est pas du base64.",
        "OBX-5.5 is not base64.",
        f"{_VOLET}, OBX-5",
    ),
    "document_not_xml": Rule(
        "Le document n'est pas du XML bien formé et sûr (ni DTD, ni entité).",
        "The document is not well-formed and safe XML (no DTD, no entity).",
        "CDA R2",
    ),
    "document_not_cda": Rule(
        "La racine du document n'est pas ClinicalDocument (urn:hl7-org:v3).",
        "The root of the document is not ClinicalDocument (urn:hl7-org:v3).",
        "CDA R2 ClinicalDocument",
    ),
    "cda_element_missing": Rule(
        "Il manque à l'en-tête du CDA l'élément nommé dans le détail.",
        "The CDA's header lacks the element that the detail names.",
        _HEADER,
    ),
    "cda_element_invalid": Rule(
        "L'élément de l'en-tête du CDA nommé dans le détail a une valeur incorrecte.",
        "The element of the CDA's header that the detail names has a wrong value.",
        _HEADER,
    ),
    "study_missing": Rule(
        "Aucun examen (StudyInstanceUID) n'est nommé : documentationOf du CDA, IPC-3 d'un OMI.",
        "No study (StudyInstanceUID) is named: documentationOf of the CDA, IPC-3 of an OMI.",
        f"{_HEADER}, documentationOf/serviceEvent/id",
    ),
    "study_uid": Rule(
        "IPC-3 n'est pas un StudyInstanceUID.",
        "IPC-3 is not a StudyInstanceUID.",
        "HL7 v2.5.1 4.4.15; DICOM PS3.5 9",
    ),
    "too_many_studies": Rule(
        "Le compte rendu nomme plus d'examens que la passerelle n'en prend dans un message.",
        "The report names more studies than the gateway takes in one message.",
    ),
    "flag_type": Rule(
        "OBX-2 d'une métadonnée est CE (ORU) ou CWE (MDM).",
        "OBX-2 of a metadata flag is CE (ORU) or CWE (MDM).",
        f"{_VOLET}, DMP and MSSanté metadata",
    ),
    "flag_missing": Rule(
        "OBX-5 d'une métadonnée est vide.",
        "OBX-5 of a metadata flag is empty.",
        f"{_VOLET}, DMP and MSSanté metadata",
    ),
    "flag_value": Rule(
        "OBX-5 d'une métadonnée n'est ni Y ni N.",
        "OBX-5 of a metadata flag is neither Y nor N.",
        f"{_VOLET}, DMP and MSSanté metadata",
    ),
    "flag_contradiction": Rule(
        "Une même métadonnée dit Y et N.",
        "One metadata flag says both Y and N.",
        f"{_VOLET}, DMP and MSSanté metadata",
    ),
}

# Why nothing of an accepted message, or nothing at all, would be published.
UNPUBLISHED: Final[dict[str, Rule]] = {
    "not_accepted": Rule(
        "Le message n'est pas accepté : rien n'en serait publié.",
        "The message is not accepted: nothing of it would be published.",
    ),
    "already_received": Rule(
        "Ce message exact est déjà reçu : le renvoyer n'aurait pas d'autre effet.",
        "This very message was already received: sending it again would have no other effect.",
    ),
    "order_change": Rule(
        "Le message ne porte pas de compte rendu : les examens qu'il nomme seraient relus dans le "
        "PACS, et leur manifeste publié, s'il y en a un, suivrait.",
        "The message holds no report: the studies that it names would be read again in the PACS, "
        "and their published manifest, if there is one, would follow.",
    ),
    "ignored_sender": Rule(
        "Le site a choisi de ne rien publier de cet émetteur.",
        "The site has chosen to publish nothing of this sender.",
    ),
    "not_for_dmp": Rule(
        "La métadonnée DESTDMP dit N : rien ne va au DMP.",
        "The flag DESTDMP says N: nothing goes to the DMP.",
        f"{_VOLET}, DMP and MSSanté metadata",
    ),
    "restricted_document": Rule(
        "Le CDA est de confidentialité R ou V : un tel document n'est pas partagé.",
        "The CDA's confidentiality is R or V: such a document is not shared.",
        f"{_VOLET}, masking",
    ),
}
