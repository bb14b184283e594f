"""The labels of the operators' services page."""

from __future__ import annotations

from typing import Final

from functions.drimbox.wording.text import Text

# By the name of the service, as ``operations.outages.Needed`` gives it.
OUTAGES: Final[dict[str, Text]] = {
    "dmp": Text("Le DMP ne répond pas depuis le {time}.", "The DMP has not answered since {time}."),
    "pacs": Text(
        "Le PACS ne répond pas depuis le {time}.", "The PACS has not answered since {time}."
    ),
    "dmp/": Text(
        "Le DMP refuse l'identité de {structure} depuis le {time} : vérifier ses certificats et "
        "son habilitation.",
        "The DMP has refused the identity of {structure} since {time}: check its certificates and "
        "its registration.",
    ),
    "waits": Text(
        "{count} publications en cours ; rien à faire : elles repartiront seules.",
        "{count} publications in progress; nothing to do: they go on by themselves.",
    ),
    "waits_one": Text(
        "{count} publication en cours ; rien à faire : elle repartira seule.",
        "{count} publication in progress; nothing to do: it goes on by itself.",
    ),
    "all_answer": Text(
        "Publications : aucune panne connue du PACS ni du DMP.",
        "Publications: no outage of the PACS or the DMP is known.",
    ),
}
SERVICES: Final[dict[str, Text]] = {
    "title": Text("Services", "Services"),
    "white_list": Text("Liste blanche nationale", "National white list"),
    "none": Text(
        "Aucune liste n'a encore été retenue : aucun autre site n'est interrogé.",
        "No list was taken yet: no other site is asked.",
    ),
    "holds": Text("En vigueur", "In force"),
    "yes": Text("oui", "yes"),
    "no": Text(
        "non : trop ancienne, aucun autre site n'est interrogé",
        "no: too old, no other site is asked",
    ),
    "verified": Text("Vérifiée le", "Verified on"),
    "age": Text("Âge", "Age"),
    "generated": Text("Générée le", "Generated on"),
    "signed": Text("Signée le", "Signed on"),
    "signer": Text("Signataire attendu", "Signer that is due"),
    "hosts": Text("Hôtes", "Hosts"),
    "left_aside": Text("Lignes illisibles", "Lines that cannot be read"),
    "refusal": Text("Dernier refus", "Last refusal"),
    "sites": Text("Sites interrogés", "Sites that were asked"),
    "sites_caption": Text(
        "Autres DRIMbox, tous sites clients confondus, au cours du dernier jour",
        "Other DRIMboxes, for all tenants together, in the last day",
    ),
    "no_site": Text("Aucun site n'a été interrogé depuis un jour.", "No site was asked for a day."),
    "host": Text("Hôte", "Host"),
    "state": Text("État", "State"),
    "since": Text("Depuis", "Since"),
    "seen": Text("Vu le", "Seen on"),
}
# By ``peers.source_states.SourceState``.
STATES: Final[dict[str, Text]] = {
    "ready": Text("Prêt", "Ready"),
    "not_ready": Text("Ne peut pas donner ses images", "Cannot give its images"),
    "untold": Text("Répond, sans dire son état", "Answers without telling its state"),
    "odd": Text(
        "Réponse inattendue : redirection, certificat d'un autre, ou adresse privée",
        "Unexpected answer: a redirect, another's certificate, or a private address",
    ),
    "silent": Text("Ne répond pas", "Does not answer"),
}
