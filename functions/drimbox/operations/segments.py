"""A message's segments as fields with names, for a person to read: text, never markup.

Fields are read as the receiver reads them: the same delimiters, the same escape sequences.
"""

from __future__ import annotations

from typing import Any, Final

from functions.drimbox.report.hl7 import read_message
from functions.drimbox.report.segment import Segment, unescape

# Of one value, and of a whole message: a document in base64 is not for reading.
VALUE_CHARACTERS: Final = 2_000
MESSAGE_CHARACTERS: Final = 400_000

# French and English names of the fields that a report or an order change uses (HL7 v2.5, CISIS).
NAMES: Final[dict[str, dict[int, tuple[str, str]]]] = {
    "MSH": {
        3: ("Application émettrice", "Sending application"),
        4: ("Établissement émetteur", "Sending facility"),
        5: ("Application réceptrice", "Receiving application"),
        6: ("Établissement récepteur", "Receiving facility"),
        7: ("Date du message", "Date/time of message"),
        9: ("Type de message", "Message type"),
        10: ("Identifiant du message", "Message control ID"),
        11: ("Mode de traitement", "Processing ID"),
        12: ("Version", "Version ID"),
        17: ("Pays", "Country code"),
        18: ("Jeu de caractères", "Character set"),
        19: ("Langue", "Principal language"),
        21: ("Profil", "Message profile identifier"),
    },
    "EVN": {
        1: ("Type d'événement", "Event type code"),
        2: ("Date d'enregistrement", "Recorded date/time"),
    },
    "PID": {
        3: ("Identifiants du patient", "Patient identifier list"),
        5: ("Noms du patient", "Patient name"),
        6: ("Nom de naissance de la mère", "Mother's maiden name"),
        7: ("Date de naissance", "Date/time of birth"),
        8: ("Sexe", "Administrative sex"),
        11: ("Adresse et lieu de naissance", "Patient address"),
        13: ("Téléphone", "Phone number"),
        18: ("Numéro de dossier", "Patient account number"),
        32: ("Fiabilité de l'identité", "Identity reliability code"),
    },
    "PV1": {
        2: ("Type de venue", "Patient class"),
        3: ("Lieu", "Assigned patient location"),
        7: ("Médecin responsable", "Attending doctor"),
        19: ("Numéro de venue", "Visit number"),
    },
    "ORC": {
        1: ("Action", "Order control"),
        2: ("Numéro du demandeur", "Placer order number"),
        3: ("Numéro de l'exécutant", "Filler order number"),
        4: ("Numéro de groupe", "Placer group number"),
        5: ("État de la demande", "Order status"),
        9: ("Date", "Date/time of transaction"),
        12: ("Demandeur", "Ordering provider"),
    },
    "OBR": {
        2: ("Numéro du demandeur", "Placer order number"),
        3: ("Numéro de l'exécutant", "Filler order number"),
        4: ("Acte", "Universal service identifier"),
        7: ("Début de l'examen", "Observation date/time"),
        16: ("Demandeur", "Ordering provider"),
        18: ("Numéro d'accession", "Placer field 1"),
        24: ("Service", "Diagnostic service section"),
        25: ("État du résultat", "Result status"),
    },
    "TXA": {
        2: ("Type de document", "Document type"),
        4: ("Date de l'activité", "Activity date/time"),
        9: ("Auteur", "Originator"),
        12: ("Identifiant du document", "Unique document number"),
        13: ("Document remplacé", "Parent document number"),
        17: ("État d'achèvement", "Document completion status"),
        18: ("Confidentialité", "Document confidentiality status"),
    },
    "OBX": {
        2: ("Type de valeur", "Value type"),
        3: ("Nature", "Observation identifier"),
        4: ("Sous-identifiant", "Observation sub-ID"),
        5: ("Valeur", "Observation value"),
        11: ("État", "Observation result status"),
        14: ("Date", "Date/time of the observation"),
    },
    "PRT": {
        1: ("Identifiant", "Participation instance ID"),
        2: ("Action", "Action code"),
        4: ("Rôle", "Participation"),
        5: ("Personne", "Participation person"),
        8: ("Structure", "Participation organization"),
    },
    "IPC": {
        1: ("Numéro d'accession", "Accession identifier"),
        2: ("Procédure demandée", "Requested procedure ID"),
        3: ("Identifiant de l'examen", "Study instance UID"),
        4: ("Étape", "Scheduled procedure step ID"),
        5: ("Modalité", "Modality"),
    },
    "NTE": {3: ("Commentaire", "Comment")},
}


def parse(raw: bytes) -> dict[str, Any]:
    """``segments`` of an accepted message, in order: name, number among those of that name, and
    ``fields`` that hold something. A field has its number, its ``name`` where we know one, and its
    ``values``: repetitions of components, as text. A value that is cut ends with an ellipsis;
    ``complete`` is false where whole fields were left out.

    Raises NotHl7 and MessageError as :func:`read_message`.
    """
    message = read_message(raw)
    left = MESSAGE_CHARACTERS
    segments: list[dict[str, Any]] = []
    for segment in message.segments:
        fields: list[dict[str, Any]] = []
        for number in range(1, len(segment.fields)):
            values = _values(segment, number)
            size = sum(len(text) for components in values for text in components)
            if not size:
                continue
            left -= size
            if left < 0:
                break
            fields.append({"number": number, **_name(segment.name, number), "values": values})
        segments.append({"segment": segment.name, "number": segment.ordinal, "fields": fields})
    return {"segments": segments, "complete": left >= 0}


def _name(segment: str, number: int) -> dict[str, Any]:
    known = NAMES.get(segment, {}).get(number)
    return {} if known is None else {"name": {"fr": known[0], "en": known[1]}}


def _values(segment: Segment, number: int) -> list[list[str]]:
    content = segment.fields[number]
    if segment.name == "MSH" and number <= 2:
        return [[content]]  # the delimiters themselves
    return [
        [_text(segment, component) for component in repetition.split(segment.separators[1])]
        for repetition in content.split(segment.separators[2])
    ]


def _text(segment: Segment, component: str) -> str:
    """A component, its subcomponents joined by ``&``."""
    cut = component[:VALUE_CHARACTERS]
    parts = [
        unescape(part, segment.separators, segment.encoding).strip()
        for part in cut.split(segment.separators[4])
    ]
    return " & ".join(parts) + ("…" if len(cut) < len(component) else "")
