"""The labels of the status page."""

from __future__ import annotations

from typing import Final

from functions.drimbox.wording.text import Text

PAGE: Final[dict[str, Text]] = {
    "title": Text("Agent DRIMbox du site", "DRIMbox agent of the site"),
    "healthy": Text("Tout fonctionne.", "Everything works."),
    "problems": Text("À traiter", "To deal with"),
    "problem": Text("Constat", "Fault"),
    "todo": Text("Que faire", "Remedy"),
    "gateway": Text("Passerelle", "Gateway"),
    "spool": Text("Messages gardés", "Kept messages"),
    "listeners": Text("Réception MLLP", "MLLP listeners"),
    "pacs": Text("PACS", "PACS"),
    "work": Text("Travail pour la passerelle", "Work for the gateway"),
    "jobs": Text("Demandes traitées depuis le démarrage", "Jobs done since the start"),
    "kind": Text("Demande", "Job"),
    "outcome": Text("Issue", "Outcome"),
    "count": Text("Nombre", "Count"),
    "last_job_at": Text("Dernière demande traitée", "Last job done"),
    "agent": Text("Agent", "Agent"),
    "version": Text("Version", "Version"),
    "started_at": Text("Démarré", "Started"),
    "now": Text("Page établie", "Page made"),
    "state": Text("État", "State"),
    "since": Text("Depuis", "Since"),
    "answered_at": Text("Dernière réponse", "Last answer"),
    "clock_difference_seconds": Text("Écart d'horloge (s)", "Clock difference (s)"),
    "messages": Text("En attente", "Waiting"),
    "bytes": Text("Octets en attente", "Waiting bytes"),
    "oldest_at": Text("Le plus ancien", "The oldest"),
    "aside": Text("Mis de côté", "Put aside"),
    "sent": Text("Transmis depuis le démarrage", "Sent on since the start"),
    "last_sent_at": Text("Dernier envoi", "Last sent"),
    "disk_free_bytes": Text("Place libre (octets)", "Free room (bytes)"),
    "name": Text("Nom", "Name"),
    "port": Text("Port", "Port"),
    "connections": Text("Connexions", "Connections"),
    "last_message_at": Text("Dernier message", "Last message"),
    "turned_away": Text("Écartés sans réponse", "Turned away"),
    "none": Text("Aucun.", "None."),
    "nothing_kept": Text(
        "Cet agent ne garde aucun message (relay).", "This agent keeps no message (relay)."
    ),
}

STATES: Final[dict[str, Text]] = {
    "unknown": Text("pas encore interrogé", "not asked yet"),
    "there": Text("répond", "answers"),
    "away": Text("ne répond pas", "does not answer"),
    "refused": Text("refuse l'agent", "refuses the agent"),
    "reachable": Text("répond", "answers"),
    "unreachable": Text("ne répond pas", "does not answer"),
}
