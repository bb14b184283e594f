"""The labels of the page of a site's agents, and of the page that shows a code."""

from __future__ import annotations

from typing import Final

from functions.drimbox.wording.text import Text

AGENTS: Final[dict[str, Text]] = {
    "title": Text("Agents du site", "Agents of the site"),
    "what": Text(
        "Un agent est le programme installé au site : il ouvre des connexions vers l'extérieur et "
        "n'en reçoit aucune.",
        "An agent is the program at the site: it opens connections to the outside and takes none.",
    ),
    "caption": Text("Agents du site, par nom", "Agents of the site, by name"),
    "none": Text("Aucun agent n'est déclaré.", "There is no agent."),
    "name": Text("Agent", "Agent"),
    "state": Text("État", "State"),
    "seen": Text("Vu pour la dernière fois", "Last seen"),
    "never": Text("jamais", "never"),
    "version": Text("Version", "Version"),
    "pacs": Text("PACS", "PACS"),
    "senders": Text("Émetteurs déclarés : {senders}", "Declared senders: {senders}"),
    "senders_none": Text("aucun", "none"),
    "senders_what": Text(
        "Un agent ne transmet que les messages des émetteurs (MSH-3 et MSH-4) que le fichier du "
        "site déclare pour son nom ; le RIS d'un autre reçoit AE (undeclared_sender).",
        "An agent forwards the messages of those senders alone (MSH-3 and MSH-4) that the site's "
        "file declares for its name; the RIS of another one gets AE (undeclared_sender).",
    ),
    "spool": Text("Messages en attente au site", "Messages that wait at the site"),
    "spool_none": Text("aucun", "none"),
    "spool_some": Text("{count}, le plus ancien {time}", "{count}, the oldest {time}"),
    "clock": Text("Horloge", "Clock"),
    "clock_right": Text("à l'heure", "right"),
    "clock_ahead": Text("en avance de {time}", "{time} ahead"),
    "clock_behind": Text("en retard de {time}", "{time} behind"),
    "certificate": Text("Fin du certificat", "End of the certificate"),
    "certificate_own": Text("déclaré par le site", "declared by the site"),
    "do": Text("Agir", "Act"),
    "new_code": Text("Nouveau code", "New code"),
    "remove": Text("Retirer", "Remove"),
    "remove_sure": Text(
        "Je retire cet agent : il ne pourra plus rien faire, et ce qui lui a été prêté prend fin "
        "dans l'heure.",
        "I remove this agent: it can do nothing any more, and its last loan ends within the hour.",
    ),
    "add": Text("Ajouter un agent", "Add an agent"),
    "add_name": Text(
        "Nom (lettres minuscules, chiffres et tirets)",
        "Name (lower-case letters, digits and hyphens)",
    ),
    "add_do": Text("Créer son code", "Make its code"),
    "add_what": Text(
        "La page suivante montre un code, une seule fois. Le service informatique du site le "
        "saisit au moment de l'installation ; il est valable 24 heures.",
        "The next page shows a code, once. The site's IT staff types it while it installs the "
        "agent; it is good for 24 hours.",
    ),
    "removed": Text(
        "L'agent est retiré. Son certificat n'ouvre plus rien ; ce qui lui a été prêté prend fin "
        "dans l'heure.",
        "The agent is removed. Its certificate opens nothing any more; its last loan ends within "
        "the hour.",
    ),
    "silence": Text(
        "Une alerte part quand un agent se tait plus de 30 minutes, et une autre à son retour.",
        "An alert is sent when an agent is silent for more than 30 minutes, and one when it is "
        "back.",
    ),
}
# A state in words, by its name in ``agents_page``.
STATES: Final[dict[str, Text]] = {
    "waiting": Text("Code donné, attend l'installation", "Code given, waits to be installed"),
    "code_ended": Text("Code expiré", "Code ended"),
    "code_void": Text("Code annulé, trop d'essais", "Code void, too many tries"),
    "never_seen": Text("Enrôlé, jamais vu", "Enrolled, never seen"),
    "works": Text("En service", "In service"),
    "pacs_away": Text("En service, le PACS ne lui répond pas", "In service, its PACS is away"),
    "clock_wrong": Text("En service, horloge fausse", "In service, its clock is wrong"),
    "silent": Text("Silencieux", "Silent"),
    "certificate_ended": Text("Certificat expiré", "Certificate ended"),
    "undeclared": Text("Déclaré, jamais vu", "Declared, never seen"),
}
# By ``agents.presence.PacsSeen``.
PACS: Final[dict[str, Text]] = {
    "reachable": Text("répond", "answers"),
    "unreachable": Text("ne répond pas", "does not answer"),
    "unknown": Text("pas encore essayé", "not tried yet"),
}
CODE: Final[dict[str, Text]] = {
    "title": Text("Code de l'agent", "Code of the agent"),
    "back": Text("Retour aux agents", "Back to the agents"),
    "name": Text("Agent", "Agent"),
    "code": Text("Code", "Code"),
    "valid": Text("Valable jusqu'au", "Good until"),
    "once": Text(
        "Ce code ne sera plus montré. Il sert une fois ; cinq essais faux l'annulent.",
        "This code is not shown again. It serves once; five wrong tries make it void.",
    ),
    "command": Text("À lancer sur la machine de l'agent", "To be run on the agent's machine"),
    "then": Text(
        "La clé privée est créée sur cette machine et n'en sort jamais.",
        "The private key is made on that machine and never leaves it.",
    ),
    "senders": Text("Émetteurs à déclarer", "Senders to be declared"),
    "senders_what": Text(
        "Si le RIS envoie ses messages à cet agent, déclarer chaque couple MSH-3, MSH-4 dans le "
        "fichier du site, pour le certificat de l'agent, puis déployer : avant cela, le RIS reçoit "
        "AE (undeclared_sender).",
        "Where the RIS sends its messages to this agent, declare each pair of MSH-3 and MSH-4 in "
        "the site's file, for the agent's certificate, and deploy: before that the RIS gets AE "
        "(undeclared_sender).",
    ),
    "declared": Text("Déjà déclarés", "Declared already"),
}
