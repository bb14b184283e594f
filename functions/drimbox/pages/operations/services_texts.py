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
    "webhook": Text(
        "Le RIS ne prend plus les nouvelles de ses messages depuis le {time} : son adresse ne "
        "répond pas, ou refuse. Les publications continuent.",
        "The RIS has not taken the news of its messages since {time}: its address does not answer, "
        "or refuses. Publications go on.",
    ),
    "waits": Text(
        "{count} publications en cours ; rien à faire : elles repartiront seules.",
        "{count} publications in progress; nothing to do: they go on by themselves.",
    ),
    "waits_one": Text(
        "{count} publication en cours ; rien à faire : elle repartira seule.",
        "{count} publication in progress; nothing to do: it goes on by itself.",
    ),
    "see": Text("État des services", "State of the services"),
}
# The services of the site, by their names; ``dmp/`` as ``operations.outages.Needed`` has it.
NAMES: Final[dict[str, Text]] = {
    "dmp": Text("DMP", "DMP"),
    "pacs": Text("PACS du site", "PACS of the site"),
    "psc": Text("Pro Santé Connect", "Pro Santé Connect"),
    "white_list": Text("Liste blanche nationale", "National white list"),
    "dmp/": Text("DMP, pour {structure}", "DMP, for {structure}"),
    "webhook": Text("RIS, pour ses nouvelles", "RIS, for its news"),
    "agent": Text("Agent {structure}", "Agent {structure}"),
    "no_agent": Text("Agent du site", "Agent of the site"),
}
# The page's verdict.
VERDICT: Final[dict[str, Text]] = {
    "works": Text("Tout fonctionne : aucune panne connue.", "Everything works: no fault is known."),
    "told": Text("{count} : {names}.", "{count}: {names}."),
    "down_one": Text("service ne fonctionne pas", "service does not work"),
    "down_some": Text("services ne fonctionnent pas", "services do not work"),
    "aging_one": Text("service est à vérifier", "service must be looked at"),
    "aging_some": Text("services sont à vérifier", "services must be looked at"),
    "certificates_one": Text("certificat est inutilisable", "certificate is not usable"),
    "certificates_some": Text("certificats sont inutilisables", "certificates are not usable"),
}
# By ``consultation.services.Condition``: a word. The next two tables are by service and condition.
CONDITIONS: Final[dict[str, Text]] = {
    "works": Text("Répond", "Answers"),
    "aging": Text("À vérifier", "To be looked at"),
    "down": Text("Ne répond pas", "Does not answer"),
    "unknown": Text("Pas d'échange récent", "Not asked of late"),
}
OWN_CONDITIONS: Final[dict[tuple[str, str], Text]] = {
    ("dmp", "unknown"): Text("Aucune panne connue", "No outage known"),
    ("pacs", "unknown"): Text("Aucune panne connue", "No outage known"),
    ("white_list", "works"): Text("À jour", "Up to date"),
    ("white_list", "down"): Text("Hors d'usage", "Out of use"),
    ("dmp/", "down"): Text("Refuse l'identité", "Refuses the identity"),
    ("webhook", "unknown"): Text("Aucune panne connue", "No outage known"),
    ("webhook", "down"): Text("Ne prend plus les nouvelles", "Takes no news any more"),
    ("agent", "works"): Text("En service", "In service"),
    ("agent", "down"): Text("Silencieux", "Silent"),
    ("no_agent", "down"): Text("Aucun agent connu", "No agent is known"),
}
DETAILS: Final[dict[tuple[str, str], Text]] = {
    ("dmp", "down"): Text(
        "Les publications attendent et repartiront seules ; les listes d'examens du DMP ne "
        "s'affichent pas.",
        "The publications wait and go on by themselves; no list of exams of the DMP is shown.",
    ),
    ("pacs", "down"): Text(
        "Les publications attendent et repartiront seules : vérifier le PACS et son accès.",
        "The publications wait and go on by themselves: check the PACS and the way to it.",
    ),
    ("dmp", "aging"): Text(
        "Le DMP n'a pas répondu pour un examen qui attend, ou pour plusieurs : voir plus bas.",
        "The DMP gave no answer about a study that waits, or about several: see below.",
    ),
    ("pacs", "aging"): Text(
        "Le PACS n'a pas donné de réponse complète pour un examen qui attend, ou pour plusieurs : "
        "voir plus bas.",
        "The PACS gave no whole answer about a study that waits, or about several: see below.",
    ),
    ("psc", "down"): Text(
        "Les sessions ouvertes continuent quelques minutes ; aucun professionnel ne peut se "
        "connecter.",
        "Open sessions go on for some minutes; no professional can sign in.",
    ),
    ("white_list", "aging"): Text(
        "La dernière vérification date de plus d'un jour ; la liste sert encore.",
        "The last verification is more than a day old; the list still serves.",
    ),
    ("dmp/", "down"): Text(
        "Vérifier ses certificats et son habilitation ; les publications des autres structures "
        "continuent.",
        "Check its certificates and its registration; the publications of other structures go on.",
    ),
    ("webhook", "down"): Text(
        "L'adresse du RIS ne répond pas, ou refuse ; les publications continuent.",
        "The RIS's address does not answer, or refuses; publications go on.",
    ),
    ("agent", "down"): Text(
        "Vérifier la machine de l'agent au site et son accès à Internet (`drimbox-agent check`).",
        "Check the agent's machine at the site and its way to the Internet (`drimbox-agent "
        "check`).",
    ),
    ("no_agent", "down"): Text(
        "Le PACS du site ne peut pas être interrogé : installer un agent (page « Agents »).",
        'Nobody can ask the site\'s PACS: install an agent (page "Agents").',
    ),
}
SERVICES: Final[dict[str, Text]] = {
    "title": Text("État des services", "State of the services"),
    "services_caption": Text(
        "Services dont les publications et les consultations ont besoin",
        "Services that publications and consultations need",
    ),
    "service": Text("Service", "Service"),
    "work": Text("Travail en attente", "Waiting work"),
    "work_caption": Text(
        "Examens qui attendent, par motif, l'attente la plus longue d'abord",
        "Studies that wait, by reason, the longest wait first",
    ),
    "no_work": Text("Aucun examen n'attend.", "No study waits."),
    "one_waits": Text(
        "examen attend ; rien à faire : il repartira seul.",
        "study waits; nothing to do: it goes on by itself.",
    ),
    "some_wait": Text(
        "examens attendent ; rien à faire : ils repartiront seuls.",
        "studies wait; nothing to do: they go on by themselves.",
    ),
    "oldest_message": Text(
        "Le plus ancien message en cours est arrivé {time}.",
        "The oldest message in progress came {time}.",
    ),
    "or_older": Text(" Un autre est peut-être plus ancien.", " Another one may be older."),
    "waits_for": Text("Motif", "Reason"),
    "studies": Text("Examens", "Studies"),
    "oldest": Text("Le plus ancien", "The oldest"),
    "next": Text("Prochain essai", "Next try"),
    "in": Text("Dans {time}", "In {time}"),
    "within_the_hour": Text("Dans l'heure", "Within the hour"),
    "news": Text("Nouvelles que le RIS n'a pas prises", "News that the RIS did not take"),
    "no_news_missed": Text(
        "Aucune nouvelle n'a été abandonnée depuis trente jours.",
        "No news was given up within thirty days.",
    ),
    "news_missed": Text(
        "La passerelle a essayé pendant trois jours, puis abandonné. Le RIS peut demander l'état "
        "de ces messages ; leur prochain état lui sera annoncé.",
        "The gateway tried for three days, then gave up. The RIS can ask for the state of these "
        "messages; the gateway tells it their next state.",
    ),
    "news_caption": Text(
        "Messages dont le RIS n'a pas pris le dernier état, les plus récents d'abord",
        "Messages of which the RIS did not take the last state, the latest first",
    ),
    "publication": Text("Publication", "Publication"),
    "refused": Text("Message refusé", "Refused message"),
    "given_up": Text("Abandonnée", "Given up"),
    "certificates": Text("Certificats", "Certificates"),
    "certificates_caption": Text(
        "Certificats des structures du site, au dernier contrôle",
        "Certificates of the site's structures, at the last check",
    ),
    "structure": Text("Structure", "Structure"),
    "certificate": Text("Certificat", "Certificate"),
    "usable": Text("Utilisable", "Usable"),
    "unusable": Text("Inutilisable", "Not usable"),
    "unchecked": Text("Pas contrôlé", "Not checked"),
    "days_left": Text("Jours restants", "Days left"),
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
