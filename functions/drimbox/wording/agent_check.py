"""The findings of the check that a site's agent makes, in words for the hospital's IT."""

from __future__ import annotations

from typing import Final

from functions.drimbox.wording.text import Advice, Text

GOOD: Final[dict[str, Text]] = {
    "disk_has_room": Text("Le disque a de la place.", "The disk has room."),
    "host_reached": Text("L'hôte répond.", "The host answers."),
    "agent_known": Text("La passerelle reconnaît cet agent.", "The gateway knows this agent."),
    "enrolled": Text(
        "L'agent est enrôlé ; son certificat est écrit.",
        "The agent is enrolled; its certificate is written.",
    ),
    "certificate_good": Text(
        "Le certificat de l'agent est valable jusqu'à cette date.",
        "The agent's certificate is valid until this day.",
    ),
    "sender_declared": Text(
        "La passerelle accepte de cet agent les messages de cet émetteur.",
        "The gateway takes this sender's messages from this agent.",
    ),
    "clock_right": Text("L'horloge est à l'heure.", "The clock is right."),
    "pacs_answers": Text("Le PACS répond.", "The PACS answers."),
    "find_answers": Text("Le PACS répond à une recherche.", "The PACS answers a search."),
    "object_given": Text("Le PACS donne un objet.", "The PACS gives an object."),
    "store_taken": Text("Le PACS accepte d'enregistrer des images.", "The PACS takes images."),
    "listener_ready": Text(
        "Le port d'écoute DICOM est libre.", "The port of the DICOM listener is free."
    ),
}
WRONG: Final[dict[str, Advice]] = {
    "file_wrong": Advice(
        "Le fichier agent.yaml, ou un fichier qu'il nomme, n'est pas utilisable.",
        "The file agent.yaml, or a file that it names, is not usable.",
        todo=Text(
            "Corriger le champ ou le fichier nommé ci-dessus ; si sa lecture est refusée "
            "(PermissionError), lancer la commande par sudo.",
            "Correct the field or the file that is named above; where the reading is denied "
            "(PermissionError), run the command by sudo.",
        ),
    ),
    "folder_unusable": Advice(
        "L'agent ne peut pas écrire dans son dossier.",
        "The agent cannot write to its folder.",
        todo=Text(
            "Donner ce dossier au compte de l'agent, en lecture et en écriture, à lui seul.",
            "Give this folder to the agent's account, to read and to write, and to no other one.",
        ),
    ),
    "disk_small": Advice(
        "Le disque a moins de 20 Go libres : une grande série, ou les messages d'une longue "
        "coupure, n'y tiendraient pas.",
        "The disk has less than 20 GB free: a large series, or the messages of a long outage, "
        "would not fit.",
        todo=Text(
            "Agrandir ce disque, ou placer le dossier de l'agent sur un autre.",
            "Enlarge this disk, or put the agent's folder on another one.",
        ),
    ),
    "name_unknown": Advice(
        "Le nom de cet hôte n'est pas connu du DNS du site.",
        "The site's DNS does not know the name of this host.",
        todo=Text(
            "Permettre à ce serveur de résoudre ce nom, ou déclarer le proxy (cloud.proxy).",
            "Let this machine resolve this name, or declare the site's proxy (cloud.proxy).",
        ),
    ),
    "host_unreachable": Advice(
        "Aucune connexion ne s'ouvre vers cet hôte.",
        "No connection opens to this host.",
        todo=Text(
            "Autoriser dans le pare-feu la sortie de ce serveur vers cet hôte, port 443.",
            "Allow in the firewall that this machine goes out to this host, port 443.",
        ),
    ),
    "host_silent": Advice(
        "Cet hôte ne répond pas dans le délai : un pare-feu jette sans doute les paquets.",
        "This host does not answer in time: most likely a firewall drops the packets.",
        todo=Text(
            "Autoriser dans le pare-feu la sortie de ce serveur vers cet hôte, port 443.",
            "Allow in the firewall that this machine goes out to this host, port 443.",
        ),
    ),
    "proxy_refuses": Advice(
        "Le proxy du site refuse la connexion vers cet hôte.",
        "The site's proxy refuses the connection to this host.",
        todo=Text(
            "Autoriser cet hôte dans le proxy, et vérifier son compte (cloud.proxy.login).",
            "Allow this host in the proxy, and check its account (cloud.proxy.login).",
        ),
    ),
    "proxy_inspects": Advice(
        "Le certificat présenté n'est pas signé par une autorité reconnue : un proxy du site "
        "déchiffre sans doute les connexions.",
        "No trusted authority signed the certificate that was shown: most likely a proxy of the "
        "site decrypts the connections.",
        todo=Text(
            "Exempter cet hôte du déchiffrement : l'agent s'y présente avec son certificat. Pour "
            "les hôtes de la file et du stockage, déclarer l'autorité du proxy suffit "
            "(cloud.authorities).",
            "Exempt this host from decryption: the agent shows its certificate to it. For the "
            "hosts of the queue and of the store, it is enough to declare the proxy's authority "
            "(cloud.authorities).",
        ),
    ),
    "certificate_dates": Advice(
        "Le certificat présenté n'est pas valable à la date de ce serveur.",
        "The certificate that was shown is not valid at this machine's date.",
        todo=Text(
            "Régler l'horloge de ce serveur (NTP), puis recommencer.",
            "Set the clock of this machine (NTP), then try again.",
        ),
    ),
    "tls_fails": Advice(
        "La connexion TLS avec cet hôte échoue.",
        "The TLS connection to this host fails.",
        todo=Text(
            "Vérifier que rien sur le chemin n'impose une version de TLS antérieure à 1.2, ni ne "
            "déchiffre la connexion.",
            "Check that nothing on the way demands a TLS version before 1.2, or decrypts the "
            "connection.",
        ),
    ),
    "certificate_ends_soon": Advice(
        "Le certificat de l'agent expire bientôt et n'a pas été renouvelé.",
        "The agent's certificate ends soon and was not renewed.",
        todo=Text(
            "Vérifier que l'agent tourne et atteint la passerelle ; un certificat du site est à "
            "renouveler par le site.",
            "Check that the agent runs and reaches the gateway; the site renews a certificate of "
            "its own.",
        ),
    ),
    "certificate_ended": Advice(
        "Le certificat de l'agent a expiré.",
        "The agent's certificate has ended.",
        todo=Text(
            "Demander un nouveau code à l'exploitant, puis lancer `drimbox-agent enrol`.",
            "Ask the operator for a new code, then run `drimbox-agent enrol`.",
        ),
    ),
    "enrol_code_refused": Advice(
        "La passerelle refuse ce code : inconnu, faux, déjà utilisé ou expiré.",
        "The gateway refuses this code: unknown, wrong, spent or ended.",
        todo=Text(
            "Recopier le code ; au besoin, demander un nouveau code à l'exploitant.",
            "Copy the code again; if need be, ask the operator for a new one.",
        ),
    ),
    "enrol_code_unreadable": Advice(
        "Ce n'est pas un code : il a 25 caractères, en cinq groupes de cinq.",
        "This is no code: a code has 25 characters, in five groups of five.",
        todo=Text("Recopier le code.", "Copy the code again."),
    ),
    "enrol_tenant_unknown": Advice(
        "La passerelle ne connaît pas ce site à cette adresse.",
        "The gateway does not know this site at this address.",
        todo=Text(
            "Recopier l'adresse (--url) et le nom du site (--tenant).",
            "Copy the address (--url) and the site's name (--tenant) again.",
        ),
    ),
    "enrol_too_often": Advice(
        "Trop de demandes sont venues de cette adresse.",
        "Too many requests came from this address.",
        todo=Text(
            "Attendre dix minutes, puis recommencer.", "Wait for ten minutes, then try again."
        ),
    ),
    "beat_fails": Advice(
        "La passerelle est joignable, mais sa réponse n'est pas utilisable.",
        "The gateway can be reached, but its answer is not usable.",
        todo=Text(
            "Recommencer dans quelques minutes, puis appeler le support avec le détail ci-dessus.",
            "Try again in some minutes, then call support with the detail above.",
        ),
    ),
    "agent_unknown": Advice(
        "La passerelle ne connaît pas le certificat de cet agent pour ce site.",
        "The gateway does not know the certificate of this agent for this site.",
        todo=Text(
            "Vérifier le nom du site (tenant) et le certificat (cloud.certificate) ; au besoin, "
            "demander un nouveau code d'enrôlement à l'exploitant.",
            "Check the site's name (tenant) and the certificate (cloud.certificate); if need be, "
            "ask the operator for a new enrolment code.",
        ),
    ),
    "agent_outdated": Advice(
        "Cette version de l'agent est trop ancienne pour la passerelle.",
        "This version of the agent is too old for the gateway.",
        todo=Text("Mettre l'agent à jour.", "Upgrade the agent."),
    ),
    "sender_undeclared": Advice(
        "L'exploitant n'a pas déclaré ce couple MSH-3, MSH-4 pour cet agent : le RIS recevrait AE.",
        "The operator has not declared this pair of MSH-3 and MSH-4 for this agent: the RIS would "
        "get AE.",
        todo=Text(
            "Demander à l'exploitant de déclarer ce couple pour le nom de cet agent, ou corriger "
            "senders.",
            "Ask the operator to declare this pair for this agent's name, or correct senders.",
        ),
    ),
    "clock_wrong": Advice(
        "L'horloge de ce serveur s'écarte de plus de deux minutes de celle de la passerelle.",
        "The clock of this machine is more than two minutes away from the gateway's.",
        todo=Text("Régler l'horloge de ce serveur (NTP).", "Set the clock of this machine (NTP)."),
    ),
    "pacs_away": Advice(
        "Le PACS ne répond pas.",
        "The PACS does not answer.",
        todo=Text(
            "Vérifier l'adresse et le port du PACS, et le pare-feu entre ce serveur et lui.",
            "Check the address and port of the PACS, and the firewall between this machine and it.",
        ),
    ),
    "pacs_refuses_title": Advice(
        "Le PACS refuse l'association DICOM de l'agent.",
        "The PACS rejects the agent's DICOM association.",
        todo=Text(
            "Déclarer dans le PACS l'AE title de l'agent (our_ae_title) avec l'adresse de ce "
            "serveur, et vérifier celui du PACS (ae_title).",
            "Declare the agent's AE title (our_ae_title) in the PACS with the address of this "
            "machine, and check the PACS's own (ae_title).",
        ),
    ),
    "pacs_refuses_login": Advice(
        "Le PACS refuse l'accès de l'agent.",
        "The PACS refuses access to the agent.",
        todo=Text(
            "Vérifier le compte, le jeton ou le certificat que l'agent présente au PACS.",
            "Check the account, the token or the certificate that the agent shows to the PACS.",
        ),
    ),
    "find_fails": Advice(
        "Le PACS ne répond pas à une recherche d'examens.",
        "The PACS does not answer a search of studies.",
        todo=Text(
            "Autoriser pour l'agent la recherche : C-FIND, modèle Study Root, ou QIDO-RS.",
            "Allow the agent to search: C-FIND in the Study Root model, or QIDO-RS.",
        ),
    ),
    "nothing_to_fetch": Advice(
        "Le PACS n'a aucun examen des quatorze derniers jours : le transfert n'a pas été essayé.",
        "The PACS has no study of the last fourteen days: no transfer was tried.",
        todo=Text(
            "Archiver un examen d'essai dans le PACS, puis recommencer.",
            "Archive a test study in the PACS, then try again.",
        ),
    ),
    "destination_unknown": Advice(
        "Le PACS refuse d'envoyer à l'agent : il ne connaît pas sa destination.",
        "The PACS refuses to send to the agent: it does not know this destination.",
        todo=Text(
            "Déclarer dans le PACS, comme destination de C-MOVE, l'AE title de l'agent "
            "(our_ae_title), l'adresse de ce serveur et le port d'écoute (listener.port).",
            "Declare in the PACS, as a destination of C-MOVE, the agent's AE title (our_ae_title), "
            "the address of this machine and the listener's port (listener.port).",
        ),
    ),
    "store_refused": Advice(
        "Le PACS n'accepte pas d'images de l'agent : aucun examen ne peut être importé.",
        "The PACS takes no images of the agent: no exam can be imported.",
        todo=Text(
            "Autoriser dans le PACS l'AE title de l'agent (our_ae_title) à envoyer des objets "
            "(C-STORE).",
            "Allow in the PACS that the agent's AE title (our_ae_title) sends objects (C-STORE).",
        ),
    ),
    "move_fails": Advice(
        "Le PACS accepte la demande de transfert, mais l'objet n'arrive pas.",
        "The PACS takes the request for a transfer, but the object does not arrive.",
        todo=Text(
            "Vérifier dans le PACS l'adresse et le port de la destination, autoriser dans le "
            "pare-feu le PACS vers ce serveur sur le port d'écoute, et déclarer l'AE title et "
            "l'adresse du PACS dans listener.callers.",
            "Check the address and port of the destination in the PACS, allow in the firewall that "
            "the PACS reaches this machine at the listener's port, and declare the PACS's AE title "
            "and address in listener.callers.",
        ),
    ),
    "fetch_fails": Advice(
        "Le PACS ne donne pas un objet qu'il annonce.",
        "The PACS does not give an object that it lists.",
        todo=Text(
            "Autoriser pour l'agent la lecture des objets (WADO-RS, ou C-GET).",
            "Allow the agent to read objects (WADO-RS, or C-GET).",
        ),
    ),
    "listener_port_taken": Advice(
        "Le port d'écoute DICOM est déjà pris sur ce serveur.",
        "The port of the DICOM listener is taken on this machine.",
        todo=Text(
            "Arrêter l'autre programme, ou choisir un autre port (listener.port) et le déclarer "
            "dans le PACS. Si l'agent tourne déjà, l'arrêter le temps du contrôle.",
            "Stop the other program, or choose another port (listener.port) and declare it in the "
            "PACS. If the agent runs already, stop it for the time of the check.",
        ),
    ),
}
