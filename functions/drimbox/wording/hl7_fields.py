"""The names of the HL7 v2.5 fields that a report or an order change uses, by segment and number."""

from __future__ import annotations

from typing import Final

from functions.drimbox.wording.text import Text

FIELDS: Final[dict[str, dict[int, Text]]] = {
    "MSH": {
        3: Text("Application émettrice", "Sending application"),
        4: Text("Établissement émetteur", "Sending facility"),
        5: Text("Application réceptrice", "Receiving application"),
        6: Text("Établissement récepteur", "Receiving facility"),
        7: Text("Date du message", "Date/time of message"),
        9: Text("Type de message", "Message type"),
        10: Text("Identifiant du message", "Message control ID"),
        11: Text("Mode de traitement", "Processing ID"),
        12: Text("Version", "Version ID"),
        14: Text("Suite du message", "Continuation pointer"),
        17: Text("Pays", "Country code"),
        18: Text("Jeu de caractères", "Character set"),
        19: Text("Langue", "Principal language"),
        21: Text("Profil", "Message profile identifier"),
    },
    "EVN": {
        1: Text("Type d'événement", "Event type code"),
        2: Text("Date d'enregistrement", "Recorded date/time"),
    },
    "PID": {
        3: Text("Identifiants du patient", "Patient identifier list"),
        5: Text("Noms du patient", "Patient name"),
        6: Text("Nom de naissance de la mère", "Mother's maiden name"),
        7: Text("Date de naissance", "Date/time of birth"),
        8: Text("Sexe", "Administrative sex"),
        11: Text("Adresse et lieu de naissance", "Patient address"),
        13: Text("Téléphone", "Phone number"),
        18: Text("Numéro de dossier", "Patient account number"),
        31: Text("Identité inconnue", "Identity unknown indicator"),
        32: Text("Fiabilité de l'identité", "Identity reliability code"),
    },
    "PV1": {
        2: Text("Type de venue", "Patient class"),
        3: Text("Lieu", "Assigned patient location"),
        7: Text("Médecin responsable", "Attending doctor"),
        19: Text("Numéro de venue", "Visit number"),
    },
    "ORC": {
        1: Text("Action", "Order control"),
        2: Text("Numéro du demandeur", "Placer order number"),
        3: Text("Numéro de l'exécutant", "Filler order number"),
        4: Text("Numéro de groupe", "Placer group number"),
        5: Text("État de la demande", "Order status"),
        9: Text("Date", "Date/time of transaction"),
        12: Text("Demandeur", "Ordering provider"),
    },
    "OBR": {
        2: Text("Numéro du demandeur", "Placer order number"),
        3: Text("Numéro de l'exécutant", "Filler order number"),
        4: Text("Acte", "Universal service identifier"),
        7: Text("Début de l'examen", "Observation date/time"),
        16: Text("Demandeur", "Ordering provider"),
        18: Text("Numéro d'accession", "Placer field 1"),
        24: Text("Service", "Diagnostic service section"),
        25: Text("État du résultat", "Result status"),
    },
    "TXA": {
        2: Text("Type de document", "Document type"),
        4: Text("Date de l'activité", "Activity date/time"),
        9: Text("Auteur", "Originator"),
        12: Text("Identifiant du document", "Unique document number"),
        13: Text("Document remplacé", "Parent document number"),
        17: Text("État d'achèvement", "Document completion status"),
        18: Text("Confidentialité", "Document confidentiality status"),
    },
    "OBX": {
        2: Text("Type de valeur", "Value type"),
        3: Text("Nature", "Observation identifier"),
        4: Text("Sous-identifiant", "Observation sub-ID"),
        5: Text("Valeur", "Observation value"),
        11: Text("État", "Observation result status"),
        14: Text("Date", "Date/time of the observation"),
    },
    "PRT": {
        1: Text("Identifiant", "Participation instance ID"),
        2: Text("Action", "Action code"),
        4: Text("Rôle", "Participation"),
        5: Text("Personne", "Participation person"),
        8: Text("Structure", "Participation organization"),
    },
    "IPC": {
        1: Text("Numéro d'accession", "Accession identifier"),
        2: Text("Procédure demandée", "Requested procedure ID"),
        3: Text("Identifiant de l'examen", "Study instance UID"),
        4: Text("Étape", "Scheduled procedure step ID"),
        5: Text("Modalité", "Modality"),
    },
    "NTE": {3: Text("Commentaire", "Comment")},
}
