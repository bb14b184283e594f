"""The labels of the pages of the feed check."""

from __future__ import annotations

from typing import Final

from functions.drimbox.wording.text import Text

PASTE: Final[dict[str, Text]] = {
    "title": Text("Contrôler un message", "Check a message"),
    "what": Text(
        "La passerelle lit le message comme s'il arrivait : réponse, défauts, publication prévue.",
        "The gateway reads the message as if it arrived: answer, faults, expected publication.",
    ),
    "dry": Text(
        "La passerelle n'envoie ni ne conserve rien. Elle n'interroge ni le PACS ni le DMP.",
        "The gateway sends and keeps nothing. It queries neither the PACS nor the DMP.",
    ),
    "sender": Text("Comme envoyé par", "As if sent by"),
    "message": Text("Message HL7 v2 (à coller)", "HL7 v2 message (to paste)"),
    "check": Text("Contrôler", "Check"),
}
PASTE_CALL: Final[dict[str, Text]] = {
    "title": Text("Contrôler un appel contextuel", "Check a contextual call"),
    "what": Text(
        "La passerelle lit l'appel comme si un RIS l'envoyait : chaque paramètre, ses défauts, la "
        "réponse. Elle n'ouvre aucune page et ne conserve rien.",
        "The gateway reads the call as if a RIS sent it: each parameter, its faults, the answer. "
        "It opens no page and keeps nothing.",
    ),
    "content_type": Text("Content-Type de l'appel", "Content-Type of the call"),
    "call": Text(
        "Corps de l'appel, tel qu'envoyé (à coller)", "Body of the call, as sent (to paste)"
    ),
    "check": Text("Contrôler l'appel", "Check the call"),
}
CALL: Final[dict[str, Text]] = {
    "back": Text("Contrôler un autre appel", "Check another call"),
    "title": Text("Contrôle d'un appel contextuel", "Check of a contextual call"),
    "dry": Text(
        "Aucune page n'a été ouverte, rien n'a été conservé ni compté.",
        "No page was opened, nothing was kept nor counted.",
    ),
    "refused": Text("Appel contextuel refusé", "Contextual call refused"),
    "why": Text(
        "Votre logiciel (RIS, DPI ou logiciel de cabinet) a ouvert cette page par un appel que la "
        "passerelle ne peut pas lire sans risque d'erreur sur le patient. Rien n'a été ouvert.",
        "Your software (RIS, EHR or practice software) opened this page by a call that the gateway "
        "cannot read without the risk of an error about the patient. Nothing was opened.",
    ),
    "todo": Text(
        "Montrez cette page à l'éditeur du logiciel : elle dit chaque défaut, et aucune donnée du "
        "patient.",
        "Show this page to the vendor of the software: it tells each fault, and no data of the "
        "patient.",
    ),
    "303": Text(
        "303 : accepté. L'appel ouvrirait la page du patient.",
        "303: accepted. The call would open the patient's page.",
    ),
    "400": Text(
        "400 : refusé. L'appel est à corriger.", "400: refused. The call has to be corrected."
    ),
    "faults": Text("Défauts", "Faults"),
    "no_fault": Text("Aucun défaut trouvé.", "No fault found."),
    "fault": Text("Défaut", "Fault"),
    "found": Text("Lu", "Read"),
    "accepted": Text("Attendu", "Expected"),
    "empty": Text("(rien)", "(nothing)"),
    "parameter": Text("Paramètre", "Parameter"),
    "clause": Text("Clause", "Clause"),
    "lines": Text("Paramètres, dans l'ordre de l'appel", "Parameters, in the call's order"),
    "no_line": Text("Aucun paramètre lu.", "No parameter was read."),
    "value": Text("Valeur envoyée", "Value as sent"),
    "read": Text("Valeur lue, ou défaut", "Value as read, or fault"),
    "yes": Text("oui", "yes"),
    "no": Text("non", "no"),
    "open": Text("sans limite", "no limit"),
}
# The labels of the page, French then English.
RESULT: Final[dict[str, Text]] = {
    "title": Text("Contrôle d'un message", "Check of a message"),
    "back": Text("Contrôler un autre message", "Check another message"),
    "dry": Text(
        "Rien n'a été envoyé ni conservé. Ni le PACS ni le DMP n'ont été interrogés.",
        "Nothing was sent nor kept. Neither the PACS nor the DMP was asked.",
    ),
    "cut": Text(
        "Le message est trop grand pour être montré en entier : des valeurs sont coupées.",
        "The message is too large to be shown whole: some values are cut.",
    ),
    "answer": Text("Réponse au message", "Answer to the message"),
    "AA": Text(
        "AA : accepté. La passerelle en prendrait la responsabilité.",
        "AA: accepted. The gateway would take responsibility for it.",
    ),
    "AE": Text(
        "AE : le message est incorrect. Le corriger avant de l'envoyer.",
        "AE: the message is wrong. Correct it before sending it.",
    ),
    "AR": Text(
        "AR : les circonstances s'y opposent. L'émetteur peut renvoyer le message plus tard.",
        "AR: circumstances forbid it now. The sender may send the message again later.",
    ),
    "no_ack": Text(
        "HTTP 400 : pas d'acquittement HL7 possible.",
        "HTTP 400: no HL7 acknowledgement is possible.",
    ),
    "faults": Text("Défauts", "Faults"),
    "no_fault": Text("Aucun défaut trouvé.", "No fault found."),
    "what": Text("Défaut", "Fault"),
    "found": Text("Lu", "Read"),
    "accepted": Text("Attendu", "Expected"),
    "empty": Text("(rien)", "(nothing)"),
    "where": Text("Endroit (ERR-2)", "Place (ERR-2)"),
    "condition": Text("Condition (ERR-3, ERR-5)", "Condition (ERR-3, ERR-5)"),
    "clause": Text("Clause", "Clause"),
    "answered": Text("dans l'acquittement", "in the acknowledgement"),
    "publication": Text("Publication prévue", "Expected publication"),
    "withdraw": Text(
        "Rien de nouveau : la passerelle retirerait la publication de ces examens.",
        "Nothing new: the gateway would withdraw the publication of these studies.",
    ),
    "replace": Text(
        "Le manifeste de ces examens remplacerait celui de la version précédente.",
        "The manifest of these studies would replace that of the former version.",
    ),
    "publish": Text(
        "La passerelle publierait un manifeste pour chacun de ces examens.",
        "The gateway would publish a manifest for each of these studies.",
    ),
    "would_hold": Text(
        "AA, puis retenu jusqu'à ce qu'un exploitant intervienne :",
        "AA, then held until an operator acts:",
    ),
    "structure": Text(
        "Structure dont les certificats seraient utilisés",
        "Structure whose certificates would be used",
    ),
    "undeclared": Text("non déclarée pour ce site", "not declared for this site"),
    "identity": Text("Identité d'envoi, et pourquoi", "Sending identity, and why"),
    "named": Text(
        "Structure nommée par le compte rendu (CDA)",
        "Structure that the report names (CDA)",
    ),
    "not_named": Text("aucune", "none"),
    "compared": Text(
        "Structure de l'émetteur (PRT-8), comparée à celle du CDA",
        "Structure of the sender (PRT-8), compared with that of the CDA",
    ),
    "nothing_compared": Text(
        "aucune : rien à comparer, celle du CDA agit seule",
        "none: nothing to compare, that of the CDA acts alone",
    ),
    "holds": Text("Motifs de retenue, tous", "Reasons of a hold, all of them"),
    "held_studies": Text("Examens", "Studies"),
    "once_changed": Text(
        "Mais la passerelle retiendrait le compte rendu, dès qu'il dirait autre chose :",
        "But the gateway would hold the report as soon as it said anything else:",
    ),
    "mode": Text("Mode d'identification au DMP", "Mode of identification to the DMP"),
    "holder": Text(
        "Structure qui détient les certificats", "Structure that holds the certificates"
    ),
    "why": Text("Pourquoi", "Why"),
    "state": Text("État", "State"),
    "subject": Text("Sujet", "Subject"),
    "issuer": Text("Émetteur du certificat", "Issuer"),
    "serial_number": Text("Numéro de série", "Serial number"),
    "validity": Text("Validité", "Validity"),
    "sha256": Text("Empreinte SHA-256", "SHA-256 fingerprint"),
    "checked_at": Text("Contrôlé le", "Checked at"),
    "confidentiality_codes": Text("Codes de confidentialité", "Confidentiality codes"),
    "event_codes": Text("Codes d'événement", "Event codes"),
    "reference_ids": Text("Références (referenceIdList)", "References (referenceIdList)"),
    "if_accession": Text("si le PACS dit", "if the PACS says"),
    "hold": Text("Serait retenu", "Would be held"),
    "no_hold": Text("Non, à lire le message seul", "No, by the message alone"),
    "read": Text("Contenu lu", "Content as read"),
    "not_read": Text("Non lu.", "Not read."),
    "header": Text("En-tête (MSH)", "Header (MSH)"),
    "message": Text("Message", "Message"),
    "flags": Text("Métadonnées DMP/MSSanté", "DMP and MSSanté metadata"),
    "sender": Text("Émetteur (PRT, SB)", "Sender (PRT, SB)"),
    "document": Text("Document (CDA)", "Document (CDA)"),
    "patient": Text("Patient", "Patient"),
    "order": Text("Demande", "Order"),
    "order_change": Text("Changement d'images (OMI^O23)", "Change of images (OMI^O23)"),
    "exam": Text("Examen", "Exam"),
    "study": Text("Examen", "Study"),
    "yes": Text("oui", "yes"),
    "no": Text("non", "no"),
}
# Names of the facts in words; the standard's own names (INS, flags) are the same in both.
FACTS: Final[dict[str, Text]] = {
    "sending_application": Text("MSH-3 application émettrice", "MSH-3 sending application"),
    "sending_facility": Text("MSH-4 établissement émetteur", "MSH-4 sending facility"),
    "receiving_application": Text("MSH-5 application destinataire", "MSH-5 receiving application"),
    "receiving_facility": Text("MSH-6 établissement destinataire", "MSH-6 receiving facility"),
    "message_type": Text("MSH-9 type", "MSH-9 type"),
    "control_id": Text("MSH-10 identifiant", "MSH-10 control id"),
    "processing_id": Text("MSH-11 traitement", "MSH-11 processing id"),
    "version": Text("Version", "Version"),
    "character_set": Text("Jeu de caractères lu", "Character set read"),
    "action": Text("Action (ORC-1)", "Action (ORC-1)"),
    "patient_class": Text("PV1-2 classe", "PV1-2 class"),
    "id": Text("Identifiant", "Identifier"),
    "set_id": Text("setId", "setId"),
    "replaces": Text("Remplace", "Replaces"),
    "code": Text("Code", "Code"),
    "title": Text("Titre", "Title"),
    "effective_time": Text("Date", "Time"),
    "confidentiality": Text("Confidentialité", "Confidentiality"),
    "author": Text("Auteur", "Author"),
    "legal_authenticator": Text("Responsable du document", "Legal authenticator"),
    "custodian": Text("Conservateur", "Custodian"),
    "facility_type": Text("Cadre d'exercice", "Facility type"),
    "ins": Text("INS", "INS"),
    "ins_oid": Text("OID de l'INS", "OID of the INS"),
    "local_ids": Text("Identifiants locaux", "Local identifiers"),
    "birth_family": Text("Nom de naissance", "Birth family name"),
    "birth_given": Text("Premier prénom de naissance", "First birth given name"),
    "birth_givens": Text("Prénoms de naissance", "Birth given names"),
    "used_family": Text("Nom utilisé", "Used family name"),
    "used_given": Text("Prénom utilisé", "Used given name"),
    "birth_date": Text("Date de naissance", "Birth date"),
    "sex": Text("Sexe", "Sex"),
    "birth_place": Text("Lieu de naissance (COG)", "Birth place (COG)"),
    "studies": Text("Examens à relire (IPC-3)", "Studies to look at again (IPC-3)"),
    "placer": Text("Numéro de demande", "Placer order number"),
    "accession": Text("Numéro d'accession", "Accession number"),
    "study_instance_uid": Text("StudyInstanceUID", "StudyInstanceUID"),
    "act": Text("Acte", "Act"),
    "procedures": Text("Procédures", "Procedures"),
    "modalities": Text("Modalités", "Modalities"),
    "regions": Text("Régions", "Regions"),
    "low": Text("Début", "Start"),
    "high": Text("Fin", "End"),
    "performer": Text("Exécutant", "Performer"),
    "identifier": Text("Identifiant", "Identifier"),
    "family": Text("Nom", "Family name"),
    "given": Text("Prénom", "Given name"),
    "profession": Text("Profession", "Profession"),
    "specialty": Text("Savoir-faire", "Specialty"),
    "organisation": Text("Structure", "Organisation"),
    "structure_id": Text("Identifiant de la structure", "Identifier of the organisation"),
    "name": Text("Nom de la structure", "Name of the organisation"),
    "practice_setting": Text("Cadre d'exercice", "Practice setting"),
}
