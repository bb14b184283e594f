"""The labels of the page of one report."""

from __future__ import annotations

from typing import Final

from functions.drimbox.wording.text import Text

REPORT: Final[dict[str, Text]] = {
    "title": Text("Compte rendu d'imagerie", "Imaging report"),
    "name": Text("Titre", "Title"),
    "exam_date": Text("Date de l'examen", "Date of the exam"),
    "structure": Text("Établissement", "Establishment"),
    "author": Text("Signé par", "Signed by"),
    "hidden_from": Text("Visibilité", "Visibility"),
    "same_patient": Text(
        "L'identité dans l'en-tête du document est celle de votre patient.",
        "The identity in the document's header is your patient's.",
    ),
    "same_header": Text(
        "L'identité dans l'en-tête du document est celle de votre patient ; celle qui est écrite "
        "dans le PDF n'est pas comparée : vérifiez-la.",
        "The identity in the document's header is your patient's; the one that is written in the "
        "PDF is not compared: check it.",
    ),
    "only_entry": Text(
        "Ce PDF n'a pas d'en-tête d'identité : seule sa fiche dans le DMP a été comparée avec "
        "votre patient. Vérifiez l'identité écrite dans le PDF.",
        "This PDF has no header with an identity: only its entry in the DMP was compared with your "
        "patient. Check the identity that is written in the PDF.",
    ),
    "proved": Text(
        "Le document est celui que le DMP annonce (taille et empreinte vérifiées).",
        "The document is the one that the DMP announces (size and digest verified).",
    ),
    "changed": Text(
        "Depuis l'affichage de la liste, l'état ou la visibilité de ce document a changé dans le "
        "DMP. Actualisez la liste.",
        "Since the list was shown, this document's state or visibility has changed in the DMP. "
        "Refresh the list.",
    ),
    "untold": Text(
        "Le document ne porte pas tous les traits d'identité ; il manque : {traits}.",
        "The document does not hold all identity traits; these are missing: {traits}.",
    ),
    "other_patient": Text(
        "L'identité dans ce document n'est pas celle de votre patient. Rien n'en est montré.",
        "The identity in this document is not your patient's. Nothing of it is shown.",
    ),
    "different": Text("Traits différents : {traits}.", "Traits that differ: {traits}."),
    "missing": Text(
        "Traits absents du document : {traits}.", "Traits that the document lacks: {traits}."
    ),
    "tell": Text(
        "Prévenez la cellule d'identitovigilance de votre établissement. Les autres documents de "
        "la liste restent lisibles.",
        "Tell the persons in charge of patients' identities in your establishment. The other "
        "documents of the list can still be read.",
    ),
    "document": Text("Document", "Document"),
    "open_alone": Text("Ouvrir le PDF seul", "Open the PDF alone"),
    "never_alone": Text(
        "Ce PDF ne s'ouvre pas seul : il se lit avec les avertissements de cette page.",
        "This PDF does not open alone: it is read with this page's warnings.",
    ),
    "image": Text("[image non affichée]", "[image not shown]"),
    "deleted": Text("supprimé :", "deleted:"),
    "inserted": Text("ajouté :", "inserted:"),
    "unclear": Text(
        "Cette partie n'est pas montrée : elle porte des marques de révision qui ne se lisent pas "
        "avec certitude. Demandez-la à l'établissement qui a produit le compte rendu.",
        "This part is not shown: it holds marks of revision that cannot be read with certainty. "
        "Ask the establishment that made the report for it.",
    ),
    "subject": Text(
        "Cette partie ne concerne pas le patient lui-même, mais une autre personne que le document "
        "désigne ainsi : {who}.",
        "This part is not about the patient, but about another person whom the document names so: "
        "{who}.",
    ),
    "no_value": Text(
        "le document déclare ici qu'il ne donne pas de valeur : {why}",
        "the document states here that it gives no value: {why}",
    ),
    "in_parts": Text(
        "Ce compte rendu est long : il est montré en {parts} parties. Lisez-les toutes.",
        "This report is long: it is shown in {parts} parts. Read all of them.",
    ),
    "parts": Text("Parties du compte rendu", "Parts of the report"),
    "part": Text("Partie {part} sur {parts}", "Part {part} of {parts}"),
    "previous_part": Text("Partie précédente", "Previous part"),
    "next_part": Text("Partie suivante", "Next part"),
    "back": Text("Retour à la liste", "Back to the list"),
    "not_shown": Text("Compte rendu non affiché", "Report not shown"),
    "still_works": Text(
        "Ce qui marche encore : la liste et ses autres documents, les images de votre "
        "établissement dans votre PACS.",
        "These still work: the list and its other documents, your establishment's images in your "
        "PACS.",
    ),
    "code": Text("Code", "Code"),
}
TRAITS: Final[dict[str, Text]] = {
    "ins": Text("matricule INS", "INS number"),
    "birth_family": Text("nom de naissance", "birth name"),
    "birth_given": Text("premier prénom de naissance", "first birth given name"),
    "birth_date": Text("date de naissance", "birth date"),
    "sex": Text("sexe", "sex"),
    "birth_place": Text("lieu de naissance", "birth place"),
}
# HL7 NullFlavor; another code is told as it is.
NULL_FLAVOURS: Final[dict[str, Text]] = {
    "NI": Text("aucune information", "no information"),
    "INV": Text("valeur non valable", "invalid value"),
    "OTH": Text("valeur hors de la liste", "a value outside the list"),
    "NA": Text("sans objet", "not applicable"),
    "UNK": Text("inconnu", "unknown"),
    "ASKU": Text("demandé, mais inconnu", "asked, but not known"),
    "NAV": Text("indisponible pour l'instant", "not available now"),
    "NASK": Text("non demandé", "not asked"),
    "MSK": Text(
        "masqué : l'information existe et n'est pas montrée",
        "masked: the information exists and is not shown",
    ),
}
