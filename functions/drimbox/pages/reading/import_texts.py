"""The labels of the page of an import."""

from __future__ import annotations

from typing import Final

from functions.drimbox.wording.text import Text

IMPORT: Final[dict[str, Text]] = {
    "title": Text("Importer dans le PACS : {site}", "Import into the PACS: {site}"),
    "back": Text("‹ Examens", "‹ Exams"),
    "steps": Text("Étapes de l'import", "Steps of the import"),
    "chosen": Text("Examen choisi", "Exam chosen"),
    "checked": Text("Identité vérifiée", "Identity checked"),
    "sending": Text("Envoi", "Sending"),
    "ended": Text("Terminé", "Finished"),
    "agrees": Text(
        "Les traits stricts concordent entre l'appel contextuel, le manifeste et les images.",
        "The strict traits of the contextual call, the manifest and the images agree.",
    ),
    "waits": Text(
        "L'identité des images est comparée dès la réception de la première.",
        "The identity of the images is compared as soon as the first one has come.",
    ),
    "differs": Text(
        "L'identité ne concorde pas : rien n'est importé.",
        "The identity does not agree: nothing is imported.",
    ),
    "compared": Text(
        "Identité reçue et identité enregistrée", "Identity received and identity stored"
    ),
    "trait": Text("Trait", "Trait"),
    "received": Text("Dans l'examen reçu", "In the exam received"),
    "stored": Text("Sera enregistré dans votre PACS", "To be stored in your PACS"),
    "name": Text("Nom de naissance, premier prénom", "Birth name, first birth given name"),
    "birth_date": Text("Date de naissance", "Birth date"),
    "sex": Text("Sexe", "Sex"),
    "ins": Text("Matricule INS", "INS number"),
    "local": Text("Identifiant du patient (IPP)", "Patient identifier"),
    "former": Text("Identifiants d'origine", "Identifiers of origin"),
    "kept": Text(
        "conservés dans l'historique de chaque image", "kept in the history of each image"
    ),
    "accession": Text("Numéro d'accession", "Accession number"),
    "foreign": Text("celui d'origine, avec son émetteur", "that of origin, with its issuer"),
    "uids": Text("Identifiants d'examen et d'image (UID)", "Identifiers of exam and image (UID)"),
    "unchanged": Text(
        "inchangés : un second import ne crée pas de doublon",
        "unchanged: a second import makes no duplicate",
    ),
    "same": Text("identique", "identical"),
    "other": Text("différent", "different"),
    "replaced": Text("remplacé", "replaced"),
    "by_manifest": Text("donné par le manifeste", "given by the manifest"),
    "exams": Text("Examens à importer", "Exams to import"),
    "unnamed": Text("Examen sans titre", "Exam without a title"),
    "coming": Text("Réception des images : {here} sur {total}", "Images coming: {here} of {total}"),
    "here": Text("Images reçues et vérifiées", "Images received and checked"),
    "queued": Text(
        "Import demandé : l'envoi commence dès que toutes les images sont reçues.",
        "Import asked for: sending begins as soon as all images have come.",
    ),
    "sent": Text("Envoi : {stored} images sur {total}", "Sending: {stored} images of {total}"),
    "done": Text("Terminé : {total} images dans le PACS", "Finished: {total} images in the PACS"),
    "before": Text(
        "dont {before} que le PACS contenait déjà", "{before} of which the PACS held already"
    ),
    "partial": Text(
        "Import incomplet : {stored} images sur {total} dans le PACS",
        "Import incomplete: {stored} images of {total} in the PACS",
    ),
    "interrupted": Text(
        "Envoi interrompu : {stored} images sur {total} dans le PACS",
        "Sending interrupted: {stored} images of {total} in the PACS",
    ),
    "reason": Text("{count} × {words} ({code})", "{count} × {words} ({code})"),
    "unknown_reason": Text("refus du PACS", "refused by the PACS"),
    "failed": Text("Images non enregistrées", "Images that are not stored"),
    "warned": Text("Images enregistrées avec une remarque", "Images stored with a remark"),
    "known": Text("Déjà importé le {day}", "Imported before, on {day}"),
    "import": Text("Importer", "Import"),
    "in_pacs": Text("Ouvrir dans le PACS", "Open in the PACS"),
    "resume": Text("Reprendre", "Resume"),
    "fetch": Text("Redemander les images", "Ask for the images again"),
    "refresh": Text("Actualiser", "Refresh"),
    "failure": Text("Examen non disponible", "Exam not available"),
    "code": Text("Code", "Code"),
    "session": Text(
        "L'envoi se poursuit tant que votre session est ouverte.",
        "Sending goes on while your session is open.",
    ),
    "away": Text(
        "L'agent installé dans votre établissement ne répond pas, ou ne joint pas le PACS. L'envoi "
        "reprendra dès son retour, tant que votre session est ouverte.",
        "The agent at your establishment does not answer, or does not reach the PACS. Sending will "
        "go on once it is back, while your session is open.",
    ),
    "never": Text(
        "Les examens importés ne sont jamais republiés vers le dossier médical partagé par cette "
        "DRIMbox.",
        "This DRIMbox never publishes imported exams to the national record.",
    ),
}
IMAGES: Final = (
    Text("{count} image", "{count} image"),
    Text("{count} images", "{count} images"),
)
# Failure and Warning Reasons of PS3.18 table I.2-1, I.2-2 and PS3.7 C; 0: the PACS said nothing.
REASONS: Final[dict[int, Text]] = {
    0x0000: Text("le PACS n'a rien dit de l'image", "the PACS said nothing of the image"),
    0x0110: Text("erreur de traitement", "processing failure"),
    0x0122: Text("type d'image non accepté", "class of image not supported"),
    0x0124: Text("non autorisé", "not authorised"),
    0xA700: Text("place insuffisante, ou envoi trop volumineux", "out of resources, or too large"),
    0xA900: Text("ne correspond pas à son type", "does not match its class"),
    0xC000: Text("illisible", "cannot be understood"),
    0xC122: Text("syntaxe de transfert non acceptée", "transfer syntax not supported"),
    0xB000: Text("attributs modifiés par le PACS", "attributes coerced by the PACS"),
    0xB006: Text("attributs écartés par le PACS", "attributes discarded by the PACS"),
    0xB007: Text("ne correspond pas tout à fait à son type", "does not match its class entirely"),
}
