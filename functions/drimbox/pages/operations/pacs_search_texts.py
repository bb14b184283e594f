"""The labels of the page of a search in the site's PACS."""

from __future__ import annotations

from typing import Final

from functions.drimbox.wording.text import Text

PACS_SEARCH: Final[dict[str, Text]] = {
    "title": Text("Chercher dans le PACS", "Search the PACS"),
    "start_what": Text(
        "Les examens du patient autour de la date de l'examen, comparés au compte rendu ; la "
        "recherche est tracée.",
        "The patient's studies around the day of the exam, compared with the report; the gateway "
        "records the search.",
    ),
    "start_for": Text("Au lieu de", "Instead of"),
    "back": Text("Retour à la publication", "Back to the publication"),
    "instead_of": Text("Examen à remplacer", "Study to replace"),
    "criteria": Text("Critères", "Criteria"),
    "ipp": Text("IPP, tel que dans le PACS", "Local identifier, as in the PACS"),
    "day": Text("Date de l'examen, à 3 jours près", "Day of the exam, give or take 3 days"),
    "accession": Text("Numéro d'accession", "Accession number"),
    "modality": Text("Modalité (facultative)", "Modality (optional)"),
    "search": Text("Chercher", "Search"),
    "criteria_what": Text(
        "Chaque critère rempli compte, entier ; donner au moins l'IPP ou le numéro d'accession.",
        "Each criterion that is given counts, whole; give at least the local identifier or the "
        "accession number.",
    ),
    "own_only": Text(
        "Vos droits limitent la recherche à ce patient ou à ce numéro d'accession, tels que dans "
        "le compte rendu.",
        "Your rights limit the search to this patient or this accession number, as in the report.",
    ),
    "one": Text("examen trouvé dans le PACS.", "study found in the PACS."),
    "several": Text("examens trouvés dans le PACS.", "studies found in the PACS."),
    "none": Text(
        "Le PACS n'a pas d'examen qui réponde à ces critères. Vider la date, ou chercher par le "
        "seul numéro d'accession.",
        "The PACS has no study that meets these criteria. Leave the day empty, or search by the "
        "accession number alone.",
    ),
    "more": Text(
        "Il peut y en avoir d'autres : préciser les critères.",
        "There may be others: make the criteria more precise.",
    ),
    "left_out_one": Text(
        "réponse du PACS est écartée : elle ne répond pas aux critères, ou ne peut pas être lue.",
        "answer of the PACS is left out: it does not meet the criteria, or cannot be read.",
    ),
    "left_out": Text(
        "réponses du PACS sont écartées : elles ne répondent pas aux critères, ou ne peuvent pas "
        "être lues.",
        "answers of the PACS are left out: they do not meet the criteria, or cannot be read.",
    ),
    "choose": Text("Choisir l'examen", "Choose the study"),
    "choose_what": Text(
        "Le choix ne vaut pas contrôle : la passerelle compare l'examen choisi au compte rendu, et "
        "retient encore la publication s'ils diffèrent, ou si un autre compte rendu tient cet "
        "examen. La rectification peut être retirée tant que rien n'est publié.",
        "A choice is no check: the gateway compares the chosen study with the report, and holds "
        "the publication again if they differ, or if another report has that study. The override "
        "can be undone as long as nothing is published.",
    ),
    "named": Text("déjà un examen de cette publication", "already a study of this publication"),
    "no_day": Text("sans date", "no date"),
    "no_description": Text("sans description", "no description"),
    "no_accession": Text("sans numéro d'accession", "no accession number"),
    "accession_number": Text("accession", "accession"),
    "instance": Text("objet", "object"),
    "instances": Text("objets", "objects"),
    "compared": Text("Compte rendu et images de l'examen", "Report and images of the study"),
}
# By the code of a search without an answer.
FAULTS: Final[dict[str, Text]] = {
    "no_patient": Text(
        "Donner l'IPP ou le numéro d'accession : la recherche porte sur un patient.",
        "Give the local identifier or the accession number: a search is about one patient.",
    ),
    "pacs_unavailable": Text(
        "Le PACS ne répond pas : la recherche n'a pas eu lieu. Réessayer dans une minute ; les "
        "publications en attente repartiront seules.",
        "The PACS does not answer: there was no search. Try again in a minute; the publications "
        "that wait go on by themselves.",
    ),
    "agent_away": Text(
        "Aucun agent du site n'est là, ou le PACS ne lui répond pas : la recherche n'a pas eu "
        "lieu. Voir la page des services.",
        "No agent of the site is there, or the PACS does not answer it: there was no search. "
        "Look at the page of services.",
    ),
    "answer_awaited": Text(
        "L'agent du site n'a pas encore répondu. Chercher de nouveau dans un moment : la réponse "
        "sera là.",
        "The site's agent has not answered yet. Search again in a moment: the answer will be "
        "there.",
    ),
    "agent_failed": Text(
        "L'agent du site a abandonné la recherche. Voir son journal sur la machine du site.",
        "The site's agent gave the search up. Look into its log on the site's machine.",
    ),
    "agent_outdated": Text(
        "La version de l'agent du site ne connaît pas cette recherche : le mettre à jour.",
        "The version of the site's agent does not know this search: upgrade it.",
    ),
    "pacs_answer_unusable": Text(
        "Le PACS répond, mais sa réponse à cette recherche ne peut pas être utilisée (trop longue, "
        "mal formée ou interrompue). Préciser les critères, ou voir le journal du PACS.",
        "The PACS answers, but its answer to this search cannot be used (too long, ill-formed or "
        "interrupted). Make the criteria more precise, or look into the PACS's log.",
    ),
    "pacs_refused": Text(
        "Le PACS refuse l'accès à la passerelle : l'y autoriser, puis chercher de nouveau.",
        "The PACS refuses access to the gateway: allow it there, then search again.",
    ),
    "pacs_address_private": Text(
        "Le nom du PACS déclaré dans le fichier du site mène à une adresse privée : la passerelle "
        "ne s'y connecte pas. Déclarer son adresse publique, puis chercher de nouveau.",
        "The PACS's name in the site's file leads to a private address: the gateway does not "
        "connect to it. Declare its public address, then search again.",
    ),
    "pacs_address_foreign": Text(
        "Le nom du PACS déclaré dans le fichier du site mène hors des adresses attribuées au site "
        "sur le réseau privé : la passerelle ne s'y connecte pas. Corriger le nom ou l'adresse, "
        "puis chercher de nouveau.",
        "The PACS's name in the site's file leads outside the addresses that are allotted to the "
        "site on the private network: the gateway does not connect to it. Correct the name or the "
        "address, then search again.",
    ),
    "pacs_access_unusable": Text(
        "L'accès au PACS n'est pas en place (secret `pacs` du site) : demander à l'hébergeur de le "
        "déposer, puis chercher de nouveau.",
        "The access to the PACS is not in place (the site's secret `pacs`): ask the hosting "
        "company to put it there, then search again.",
    ),
}
