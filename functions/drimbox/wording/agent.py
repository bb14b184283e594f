"""The faults that the site's agent tells on its status page, each with the remedy for the hospital.

The words never name a patient, a message or a password: the page may stand on anybody's screen.
"""

from __future__ import annotations

from typing import Final

from functions.drimbox.wording.text import Advice, Text

_NETWORK: Final = Text(
    "Vérifier la règle de sortie du pare-feu (port 443) vers les noms que liste la commande "
    "`drimbox-agent check`.",
    "Check that the firewall lets this machine out (port 443) to the names that the command "
    "`drimbox-agent check` lists.",
)
_NOTHING: Final = Text(
    "Rien à faire au site : l'agent réessaie seul et ne perd aucun message.",
    "Nothing to do at the site: the agent tries again by itself, and loses no message.",
)

# By the cause for which no message reaches the gateway (``agent.spool.courier``).
CLOUD: Final[dict[str, Advice]] = {
    "untrusted": Advice(
        "Le serveur qui répond à la place de la passerelle montre un certificat d'une autorité non "
        "déclarée : l'agent ne lui envoie rien.",
        "The server that answers in the gateway's place shows a certificate of an authority that "
        "is not declared: the agent sends it nothing.",
        todo=Text(
            "Un équipement du site inspecte le TLS : exempter de l'inspection les noms de la "
            "passerelle, ou déclarer son autorité et lui confier le certificat de l'agent.",
            "A device of the site inspects TLS: exempt the gateway's names from its inspection, or "
            "declare its authority and give it the agent's certificate.",
        ),
    ),
    "name": Advice(
        "Le nom de la passerelle n'est pas résolu.",
        "The gateway's name is not resolved.",
        todo=Text(
            "Vérifier le DNS de cette machine, ou déclarer le mandataire (proxy) du site.",
            "Check this machine's DNS, or declare the site's proxy.",
        ),
    ),
    "proxy": Advice(
        "Le mandataire (proxy) du site refuse la connexion vers la passerelle.",
        "The site's proxy refuses the connection to the gateway.",
        todo=Text(
            "Autoriser cette machine et le nom de la passerelle sur le mandataire.",
            "Allow this machine and the gateway's name on the proxy.",
        ),
    ),
    "tls": Advice(
        "La connexion chiffrée avec la passerelle ne s'établit pas : le certificat de l'agent est "
        "refusé, illisible ou expiré, ou un équipement la coupe.",
        "The encrypted connection to the gateway fails: the agent's certificate is refused, "
        "unreadable or expired, or a device cuts the connection.",
        todo=Text(
            "Lancer `drimbox-agent check`, qui examine le certificat ; exempter la passerelle de "
            "l'inspection TLS.",
            "Run `drimbox-agent check`, which examines the certificate; exempt the gateway from "
            "TLS inspection.",
        ),
    ),
    "timeout": Advice(
        "La passerelle n'a pas répondu à temps.",
        "The gateway has not answered in time.",
        todo=_NETWORK,
    ),
    "unreachable": Advice(
        "La passerelle n'est pas joignable.",
        "The gateway cannot be reached.",
        todo=_NETWORK,
    ),
    "broken": Advice(
        "La connexion avec la passerelle a été coupée.",
        "The connection to the gateway was cut.",
        todo=_NETWORK,
    ),
    "unusable_answer": Advice(
        "La réponse reçue n'est pas celle de la passerelle.",
        "The answer that came is not the gateway's.",
        todo=Text(
            "Vérifier que le mandataire (proxy) ne remplace pas les réponses de la passerelle.",
            "Check that the proxy does not replace the gateway's answers.",
        ),
    ),
    "server": Advice(
        "La passerelle est momentanément indisponible.",
        "The gateway is not available for the moment.",
        todo=_NOTHING,
    ),
    "not_now": Advice(
        "La passerelle répond, mais ne peut pas conserver de message pour l'instant.",
        "The gateway answers, but cannot keep a message for the moment.",
        todo=_NOTHING,
    ),
    "store": Advice(
        "Le dépôt des messages de plus de 4 Mio n'est pas joignable.",
        "The store for messages above 4 MiB cannot be reached.",
        todo=_NETWORK,
    ),
    "refused": Advice(
        "La passerelle refuse cet agent : elle ne connaît pas son certificat, ou l'a retiré.",
        "The gateway refuses this agent: it does not know its certificate, or has withdrawn it.",
        todo=Text(
            "Demander à l'exploitant de la passerelle si l'agent est déclaré ; les messages sont "
            "refusés avec AR, et l'émetteur les garde.",
            "Ask the gateway's operator whether the agent is declared; messages are answered with "
            "AR, and their sender keeps them.",
        ),
    ),
}

# The other faults of the page.
PROBLEMS: Final[dict[str, Advice]] = {
    "agent_unknown": Advice(
        "La passerelle ne connaît pas, ou plus, le certificat de cet agent : elle ne lui confie "
        "aucun travail.",
        "The gateway does not know this agent's certificate, or no longer: it gives it no work.",
        todo=Text(
            "Demander à l'exploitant de la passerelle si l'agent est déclaré.",
            "Ask the gateway's operator whether the agent is declared.",
        ),
    ),
    "agent_outdated": Advice(
        "Cette version de l'agent est trop ancienne pour la passerelle, qui ne lui confie plus de "
        "travail.",
        "This version of the agent is too old for the gateway, which gives it no work any more.",
        todo=Text("Mettre l'agent à jour.", "Upgrade the agent."),
    ),
    "no_work": Advice(
        "La passerelle n'a répondu à aucun signe de vie de l'agent depuis dix minutes : elle ne "
        "lui confie plus de travail.",
        "The gateway has answered no sign of life of the agent for ten minutes: it gives it no "
        "work any more.",
        todo=Text(
            "Lancer `drimbox-agent check`, qui dit quel élément du réseau changer.",
            "Run `drimbox-agent check`, which says which part of the network to change.",
        ),
    ),
    "clock_wrong": Advice(
        "L'horloge de cette machine s'écarte de plus de deux minutes de celle de la passerelle.",
        "This machine's clock is more than two minutes away from the gateway's.",
        todo=Text(
            "Régler l'horloge sur un serveur de temps (NTP).",
            "Set the clock by a time server (NTP).",
        ),
    ),
    "disk_low": Advice(
        "Le disque a trop peu de place : l'agent ne garde plus de message, et répond AR.",
        "The disk has too little room: the agent keeps no message any more, and answers AR.",
        todo=Text(
            "Libérer de la place sur le disque de l'agent (1 Go au moins).",
            "Make room on the agent's disk (1 GB at least).",
        ),
    ),
    "spool_old": Advice(
        "Le plus ancien message gardé attend depuis plus longtemps que la patience du site : "
        "l'agent répond AR aux suivants.",
        "The oldest kept message waits for longer than the site's patience: the agent answers AR "
        "to the next ones.",
        todo=Text(
            "Rétablir le lien avec la passerelle ; l'agent envoie alors seul ce qu'il garde.",
            "Restore the link to the gateway; the agent then sends its messages by itself.",
        ),
    ),
    "aside": Advice(
        "La passerelle n'a pas pris des messages que le site avait acquittés : l'agent les garde.",
        "The gateway has not taken some messages that the site had acknowledged: the agent keeps "
        "them.",
        todo=Text(
            "Prévenir l'exploitant de la passerelle ; l'agent les présente de nouveau chaque heure "
            "et à chaque démarrage.",
            "Tell the gateway's operator; the agent offers them again each hour, and at each "
            "start.",
        ),
    ),
    "disk_fault": Advice(
        "Le disque refuse d'écrire ou de lire la réserve de messages.",
        "The disk refuses to write or to read the kept messages.",
        todo=Text(
            "Examiner le disque ; l'émetteur garde ses messages et les renverra.",
            "Examine the disk; the sender keeps its messages, and will send them again.",
        ),
    ),
    "pacs_unreachable": Advice(
        "Le PACS ne répond pas à l'agent.",
        "The PACS does not answer the agent.",
        todo=Text(
            "Vérifier que le PACS déclare l'agent (AE, adresse, port) et qu'il est démarré.",
            "Check that the PACS declares the agent (AE, address, port), and that it runs.",
        ),
    ),
}
