"""The faults of a message in words, as a sender's developer reads them, and the clause of each.

Clauses are named as their standards name them: segments and fields of HL7 v2.5, headings of the
volets CISIS_CDA_HL7_V2 and IMG-CR-IMG and of the annexe INS of the CI-SIS. "" where the rule is
ours alone (a limit, a state of the gateway).
"""

from __future__ import annotations

from typing import Final

from functions.drimbox.wording.text import Text

_VOLET: Final = "CISIS_CDA_HL7_V2"
_METADATA: Final = f"{_VOLET}, DMP and MSSanté metadata"
_HEADER: Final = "CI-SIS IMG-CR-IMG"

# A code without a row would still be answered: by its location and condition alone.
UNKNOWN: Final = Text("Le message est incorrect.", "The message is wrong.")

MESSAGE_FAULTS: Final[dict[str, Text]] = {
    "not_hl7": Text(
        "Aucune ligne ne commence par un MSH lisible : il n'y a pas d'acquittement HL7 possible.",
        "No line begins with a readable MSH: no HL7 acknowledgement is possible.",
        "HL7 v2.5 2.15.9 (MSH)",
    ),
    "message_too_large": Text(
        "Le message dépasse les limites de la passerelle (octets, segments ou séparateurs).",
        "The message exceeds the gateway's limits (bytes, segments or delimiters).",
    ),
    "character_set": Text(
        "MSH-18 nomme un jeu de caractères non lu, ou le message n'est pas écrit dans ce jeu.",
        "MSH-18 names a character set that the gateway does not read, or the message is not in it.",
        f"{_VOLET}, MSH-18; HL7 v2.5 2.15.9.18",
    ),
    "not_a_segment": Text(
        "La ligne qui suit ce segment, ou qui précède MSH, n'est pas un segment du message.",
        "The line after this segment, or before MSH, is not a segment of the message.",
        "HL7 v2.5 2.5.2",
    ),
    "control_character": Text(
        "Le segment contient un caractère de contrôle.",
        "The segment holds a control character.",
        "HL7 v2.5 2.7",
    ),
    "message_fragment": Text(
        "Le message est une partie d'un autre (MSH-14, ADD ou DSC) : la passerelle ne lit que des "
        "messages entiers.",
        "The message is a part of another (MSH-14, ADD or DSC): the gateway reads whole messages "
        "only.",
        "HL7 v2.5 2.10.2",
    ),
    "segment_missing": Text(
        "Ce segment obligatoire est absent.",
        "This required segment is missing.",
        f"{_VOLET}, structure of the message",
    ),
    "segment_repeated": Text(
        "Ce segment ne doit figurer qu'une fois.",
        "This segment may occur only once.",
        f"{_VOLET}, structure of the message",
    ),
    "field_repeated": Text(
        "Ce champ n'a qu'une valeur ; il est répété, et la passerelle ne choisit pas.",
        "This field has one value; it repeats, and the gateway does not choose.",
        f"{_VOLET}, cardinalities; HL7 v2.5 2.5.3",
    ),
    "too_many_repetitions": Text(
        "Ce champ a plus de 100 répétitions.",
        "This field has more than 100 repetitions.",
    ),
    "message_type_missing": Text(
        "MSH-9 (type du message) est vide.",
        "MSH-9 (message type) is empty.",
        "HL7 v2.5 2.15.9.9",
    ),
    "unsupported_action": Text(
        "La passerelle ne traite pas ce type de message ou cet événement : elle lit ORU^R01, "
        "MDM^T02, T04 et T10, et OMI^O23.",
        "The gateway does not process this message type or event: it reads ORU^R01, MDM^T02, T04 "
        "and T10, and OMI^O23.",
        f"{_VOLET}, MSH-9",
    ),
    "control_id_missing": Text(
        "MSH-10 (identifiant du message) est vide.",
        "MSH-10 (message control id) is empty.",
        "HL7 v2.5 2.15.9.10",
    ),
    "control_id_reused": Text(
        "Cet identifiant (MSH-10) a déjà servi à un autre message du même émetteur.",
        "The same sender already used this identifier (MSH-10) for another message.",
        "HL7 v2.5 2.15.9.10",
    ),
    "processing_id": Text(
        "MSH-11 n'est pas P, T ou D.",
        "MSH-11 is not P, T or D.",
        f"{_VOLET}, MSH-11; HL7 v2.5 2.15.9.11",
    ),
    "version": Text(
        "MSH-12 n'est ni 2.5 ni 2.6.",
        "MSH-12 is neither 2.5 nor 2.6.",
        f"{_VOLET}, MSH-12; HL7 v2.5 2.15.9.12",
    ),
    "undeclared_sender": Text(
        "Le site ne déclare pas MSH-3 et MSH-4 pour ce certificat client.",
        "The site does not declare MSH-3 and MSH-4 for this client certificate.",
    ),
    "storage_unavailable": Text(
        "Le stockage de la passerelle ne répond pas : renvoyer le même message plus tard.",
        "The gateway's storage does not answer: send the same message again later.",
    ),
    "agent_undeclared_sender": Text(
        "L'agent du site n'admet pas MSH-3 et MSH-4 sur ce port.",
        "The site's agent does not admit MSH-3 and MSH-4 at this port.",
    ),
    "agent_no_room": Text(
        "L'agent du site ne peut pas garder le message : le renvoyer plus tard.",
        "The site's agent cannot keep the message: send the same message again later.",
    ),
    "agent_gateway_away": Text(
        "La passerelle est injoignable, et l'agent ne garde rien : renvoyer plus tard.",
        "The gateway cannot be reached, and the agent keeps nothing: send the same message again "
        "later.",
    ),
    "agent_fault": Text(
        "L'agent du site a rencontré une erreur : renvoyer le message plus tard.",
        "The site's agent has failed: send the same message again later.",
    ),
    "agent_gateway_refuses": Text(
        "La passerelle ne prend pas ce message, pas même pour l'acquitter.",
        "The gateway does not take this message, not even to acknowledge it.",
    ),
    "agent_not_admitted": Text(
        "La passerelle refuse l'agent du site : renvoyer le message plus tard.",
        "The gateway refuses the site's agent: send the same message again later.",
    ),
    "ins_missing": Text(
        "Aucune INS en vigueur à cet endroit : il n'y a pas de matricule sous un OID d'INS, ou sa "
        "date de fin (CX-8) est passée.",
        "No INS in force: there is no matricule under an OID of the INS here, or its end (CX-8) "
        "is past.",
        f"{_VOLET}, PID-3; CI-SIS annexe INS",
    ),
    "ins_unknown_oid": Text(
        "L'identifiant se dit INS, mais son OID n'est pas celui d'une INS.",
        "The identifier says that it is an INS, but its OID is not that of an INS.",
        "CI-SIS annexe INS",
    ),
    "ins_invalid": Text(
        "L'INS ou ses dates (CX-7, CX-8) sont mal formées, sa clé est fausse, ou il y en a "
        "plusieurs.",
        "The INS or its dates (CX-7, CX-8) are ill-formed, its key is wrong, or there are several.",
        "CI-SIS annexe INS",
    ),
    "ins_mismatch": Text(
        "L'INS de PID-3 n'est pas celle du recordTarget du CDA.",
        "The INS of PID-3 is not that of the CDA's recordTarget.",
        f"{_VOLET}, PID-3",
    ),
    "patient_id_mismatch": Text(
        "Un identifiant local de PID-3 n'est pas celui du recordTarget du CDA. Un ancien "
        "identifiant porte sa date de fin (CX-8).",
        "A local identifier of PID-3 is not that of the CDA's recordTarget. A former identifier "
        "has its end (CX-8).",
        f"{_VOLET}, PID-3",
    ),
    "identity_not_qualified": Text(
        "PID-32 ne dit pas VALI, ou PID-31 le contredit : seule une identité qualifiée peut aller "
        "au DMP.",
        "PID-32 does not say VALI, or PID-31 contradicts it: only a qualified identity may go to "
        "the DMP.",
        f"{_VOLET}, PID-32; CI-SIS annexe INS",
    ),
    "traits_incomplete": Text(
        "Il manque un trait strict au patient du CDA (nom, prénom, date de naissance, sexe ou "
        "lieu de naissance).",
        "The CDA's patient lacks a strict trait (family name, given name, birth date, sex or "
        "birth place).",
        "CI-SIS annexe INS; CDA R2 recordTarget",
    ),
    "action_missing": Text(
        "ORC-1 ou OBX-11 du document est vide : le message ne dit pas son action.",
        "ORC-1 or OBX-11 of the document is empty: the message does not say its action.",
        f"{_VOLET}, ORC-1 and OBX-11",
    ),
    "action_unknown": Text(
        "ORC-1 n'est pas NW, RO ou CA.",
        "ORC-1 is not NW, RO or CA.",
        f"{_VOLET}, ORC-1",
    ),
    "action_disagreement": Text(
        "ORC-1, OBX-11, l'événement et TXA-13 ne demandent pas la même action.",
        "ORC-1, OBX-11, the event and TXA-13 do not ask for the same action.",
        f"{_VOLET}, segment ORC",
    ),
    "document_number_missing": Text(
        "TXA-12 (identifiant du document) est vide.",
        "TXA-12 (unique document number) is empty.",
        f"{_VOLET}, segment TXA; HL7 v2.5 9.6.1.12",
    ),
    "parent_document_missing": Text(
        "TXA-13 est obligatoire pour remplacer : il nomme le document remplacé.",
        "TXA-13 is required to replace: it names the replaced document.",
        f"{_VOLET}, segment TXA; HL7 v2.5 9.6.1.13",
    ),
    "document_id_mismatch": Text(
        "TXA-12 n'est pas l'identifiant du CDA.",
        "TXA-12 is not the CDA's id.",
        f"{_VOLET}, segment TXA",
    ),
    "parent_id_mismatch": Text(
        "TXA-13 n'est pas le document que le CDA déclare remplacer (relatedDocument).",
        "TXA-13 is not the document that the CDA says it replaces (relatedDocument).",
        f"{_VOLET}, segment TXA",
    ),
    "document_missing": Text(
        "Aucun OBX de type ED ne porte de compte rendu.",
        "No OBX of type ED holds a report.",
        f"{_VOLET}, OBX-5",
    ),
    "document_ambiguous": Text(
        "Deux OBX portent des documents différents de même rang : la passerelle ne choisit pas.",
        "Two OBX hold different documents of the same rank: the gateway does not choose.",
        f"{_VOLET}, OBX-5",
    ),
    "sender_ambiguous": Text(
        "Deux PRT d'expéditeur (SB) nomment des professionnels ou structures différents.",
        "Two PRT of a sender (SB) name different professionals or structures.",
        f"{_VOLET}, segment PRT",
    ),
    "document_encoding": Text(
        "OBX-5 n'est pas de la forme ^TEXT^XML^Base64^…",
        "OBX-5 is not of the form ^TEXT^XML^Base64^…",
        f"{_VOLET}, OBX-5",
    ),
    "document_not_base64": Text(
        "OBX-5.5 n'est pas du base64.",
        "OBX-5.5 is not base64.",
        f"{_VOLET}, OBX-5",
    ),
    "document_not_xml": Text(
        "Le document n'est pas du XML bien formé et sûr (ni DTD, ni entité).",
        "The document is not well-formed and safe XML (no DTD, no entity).",
        "CDA R2",
    ),
    "document_not_cda": Text(
        "La racine du document n'est pas ClinicalDocument (urn:hl7-org:v3).",
        "The root of the document is not ClinicalDocument (urn:hl7-org:v3).",
        "CDA R2 ClinicalDocument",
    ),
    "cda_element_missing": Text(
        "Il manque à l'en-tête du CDA l'élément nommé dans le détail.",
        "The CDA's header lacks the element that the detail names.",
        _HEADER,
    ),
    "cda_element_invalid": Text(
        "L'élément de l'en-tête du CDA nommé dans le détail a une valeur incorrecte.",
        "The element of the CDA's header that the detail names has a wrong value.",
        _HEADER,
    ),
    "cda_element_repeated": Text(
        "L'élément de l'en-tête du CDA nommé dans le détail doit être unique, et ne l'est pas.",
        "The element of the CDA's header that the detail names must be single, and is not.",
        _HEADER,
    ),
    "cda_null_flavor": Text(
        "L'élément de l'en-tête du CDA nommé dans le détail porte un nullFlavor et une valeur : "
        "retirer l'un des deux.",
        "The element of the CDA's header that the detail names has a nullFlavor and a value: "
        "remove one of them.",
        "CDA R2, data types, nullFlavor",
    ),
    "cda_too_many_elements": Text(
        "L'en-tête du CDA répète l'élément nommé dans le détail plus de cent fois.",
        "The CDA's header repeats the element that the detail names more than a hundred times.",
    ),
    "document_code": Text(
        "Le code du CDA n'est pas 18748-4 (LOINC) : le document n'est pas un compte rendu "
        "d'imagerie.",
        "The CDA's code is not 18748-4 (LOINC): the document is no imaging report.",
        f"{_HEADER}, code",
    ),
    "study_missing": Text(
        "Le message ne nomme pas d'examen, ou l'un de ses actes, qui n'est pas un dépistage, n'en "
        "nomme pas (documentationOf du CDA, IPC-3 d'un OMI).",
        "The message names no study, or one of its acts, which is no screening, names none "
        "(documentationOf of the CDA, IPC-3 of an OMI).",
        f"{_HEADER}, documentationOf/serviceEvent/id",
    ),
    "study_uid": Text(
        "IPC-3 n'est pas un StudyInstanceUID.",
        "IPC-3 is not a StudyInstanceUID.",
        "HL7 v2.5.1 4.4.15; DICOM PS3.5 9",
    ),
    "too_many_studies": Text(
        "Le compte rendu nomme plus d'examens que la passerelle n'en prend dans un message.",
        "The report names more studies than the gateway takes in one message.",
    ),
    "flag_unknown": Text(
        "OBX-3 n'est pas un code de la table MetaDMPMSS du volet, ou ne nomme pas cette table : "
        "c'est peut-être un masquage. Rien n'en est deviné.",
        "OBX-3 is not a code of the volet's table MetaDMPMSS, or does not name that table: it may "
        "be a mask. Nothing of it is guessed.",
        _METADATA,
    ),
    "flag_type": Text(
        "OBX-2 d'une métadonnée n'est ni CE (ORU) ni CWE (MDM).",
        "OBX-2 of a metadata flag is neither CE (ORU) nor CWE (MDM).",
        _METADATA,
    ),
    "flag_missing": Text(
        "Une métadonnée obligatoire (MASQUE_PS, INVISIBLE_PATIENT, INVISIBLE_REP_LEGAUX, "
        "CONNEXION_SECRETE, MODIF_CONF_CODE, DESTDMP) est absente, ou son OBX-5 est vide.",
        "A required metadata flag (MASQUE_PS, INVISIBLE_PATIENT, INVISIBLE_REP_LEGAUX, "
        "CONNEXION_SECRETE, MODIF_CONF_CODE, DESTDMP) is absent, or its OBX-5 is empty.",
        _METADATA,
    ),
    "flag_value": Text(
        "OBX-5 d'une métadonnée n'est ni Y ni N de la table expandedYes-NoIndicator.",
        "OBX-5 of a metadata flag is neither Y nor N of the table expandedYes-NoIndicator.",
        _METADATA,
    ),
    "flag_status": Text(
        "OBX-11 d'une métadonnée n'est pas F.",
        "OBX-11 of a metadata flag is not F.",
        _METADATA,
    ),
    "flag_contradiction": Text(
        "Une même métadonnée dit Y et N.",
        "One metadata flag says both Y and N.",
        _METADATA,
    ),
}

# Why the gateway would publish nothing of a message.
UNPUBLISHED: Final[dict[str, Text]] = {
    "not_accepted": Text(
        "La passerelle n'accepte pas le message : elle n'en publierait rien.",
        "The gateway does not accept the message: it would publish nothing of it.",
    ),
    "already_received": Text(
        "La passerelle a déjà reçu ce message exact : le renvoyer ne changerait rien.",
        "The gateway already received this very message: sending it again would change nothing.",
    ),
    "unchanged": Text(
        "Le manifeste publié dit déjà la même chose : le message ne changerait rien.",
        "The published manifest says the same already: the message would change nothing.",
    ),
    "superseded": Text(
        "La passerelle a déjà un message plus récent sur ces examens : celui-ci ne changerait "
        "rien.",
        "The gateway has a later message about these studies: this one would change nothing.",
    ),
    "order_change": Text(
        "Le message ne porte pas de compte rendu : la passerelle relirait dans le PACS les examens "
        "qu'il nomme, et mettrait à jour leur manifeste publié, s'il y en a un.",
        "The message holds no report: the gateway would read the studies that it names again in "
        "the PACS, and would update their published manifest, if there is one.",
    ),
    "ignored_sender": Text(
        "Le site a choisi de ne rien publier de cet émetteur.",
        "The site has chosen to publish nothing of this sender.",
    ),
    "not_for_dmp": Text(
        "La métadonnée DESTDMP dit N : rien ne va au DMP.",
        "The flag DESTDMP says N: nothing goes to the DMP.",
        _METADATA,
    ),
    "restricted_document": Text(
        "Le CDA est de confidentialité R ou V : un tel document n'est pas partagé.",
        "The CDA's confidentiality is R or V: such a document is not shared.",
        f"{_VOLET}, masking",
    ),
}

_CORRECT: Final = Text("Corriger le message, puis l'envoyer.", "Correct the message, then send it.")
_LATER: Final = Text("Renvoyer le même message plus tard.", "Send the same message again later.")
# The remedy of a fault that has its own: those of the acknowledgement AR are among them.
REMEDIES: Final[dict[str, Text]] = {
    **dict.fromkeys(
        (
            "storage_unavailable",
            "agent_no_room",
            "agent_gateway_away",
            "agent_fault",
            "agent_not_admitted",
        ),
        _LATER,
    ),
    "not_hl7": Text(
        "Envoyer un message HL7 v2, dont le premier segment est MSH.",
        "Send an HL7 v2 message, whose first segment is MSH.",
    ),
    "control_id_reused": Text(
        "Donner à chaque message un identifiant (MSH-10) à lui, puis l'envoyer.",
        "Give each message an identifier (MSH-10) of its own, then send it.",
    ),
    "undeclared_sender": Text(
        "Demander au site de déclarer cet émetteur, puis renvoyer le même message.",
        "Ask the site to declare this sender, then send the same message again.",
    ),
    "agent_undeclared_sender": Text(
        "Demander au site de déclarer cet émetteur dans l'agent, puis renvoyer le même message.",
        "Ask the site to declare this sender in the agent, then send the same message again.",
    ),
    "unsupported_action": Text(
        "Ne pas envoyer ce type de message à la passerelle.",
        "Do not send this type of message to the gateway.",
    ),
}


def remedy(code: str) -> Text:
    """The remedy of the fault of that code."""
    return REMEDIES.get(code, _CORRECT)
