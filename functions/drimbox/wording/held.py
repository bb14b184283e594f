"""The reasons for which the gateway holds a publication, each with its remedy, and the part that a
replay has in it."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import Final

from functions.drimbox.values import frozen
from functions.drimbox.wording.text import Advice, Text


class Replay(StrEnum):
    """Whether another try of the same message may end otherwise."""

    AT_ONCE = "at once"  # the cause may have gone away by itself
    AFTER_A_CHANGE = "after a change"  # somebody changes the PACS, the site's file… first
    IN_VAIN = "in vain"  # the message, or the rule that holds it, stays as it is
    CONFIRMED = "by a confirmation"  # an operator's word decides, and a replay alone says none


@frozen
class HeldAdvice(Advice):
    """The words of a reason, its remedy, and whether a ``replay`` is a part of it."""

    replay: Replay = field(default=Replay.AFTER_A_CHANGE, kw_only=True)


_REPLAY_AFTER_IDENTITY: Final = Text(
    "Vérifier l'identité (identitovigilance). Corriger l'examen dans le PACS, puis rejouer ; ou "
    "corriger le compte rendu dans le RIS et l'envoyer. Sans correction, un rejeu est retenu à "
    "nouveau.",
    "Check the patient's identity. Correct the study in the PACS, then replay; or correct the "
    "report in the RIS and send it. Without a correction a replay is held again.",
)

HELD_REASONS: Final[dict[str, HeldAdvice]] = {
    "study_not_found": HeldAdvice(
        "L'examen n'est pas dans le PACS.",
        "The study is not in the PACS.",
        replay=Replay.AT_ONCE,
        todo=Text(
            "Vérifier l'archivage de l'examen, puis rejouer.",
            "Check that the study was archived, then replay.",
        ),
    ),
    "accession_mismatch": HeldAdvice(
        "Le numéro d'accession des images n'est pas celui du compte rendu.",
        "The accession number of the images is not that of the report.",
        todo=Text(
            "Corriger le rapprochement dans le RIS ou le PACS, puis rejouer.",
            "Correct the match in the RIS or PACS, then replay.",
        ),
    ),
    "patient_mismatch": HeldAdvice(
        "L'identifiant local du patient des images n'est pas celui du compte rendu.",
        "The local patient identifier of the images is not that of the report.",
        todo=_REPLAY_AFTER_IDENTITY,
    ),
    "traits_mismatch": HeldAdvice(
        "Le nom et la date de naissance des images contredisent ceux du compte rendu.",
        "The name and birth date of the images contradict those of the report.",
        todo=_REPLAY_AFTER_IDENTITY,
    ),
    "known_traits_mismatch": HeldAdvice(
        "Un compte rendu précédent donne d'autres traits d'identité pour la même INS.",
        "An earlier report gives other identity traits under the same INS.",
        replay=Replay.CONFIRMED,
        todo=Text(
            "Vérifier l'identité (identitovigilance), puis la confirmer avec son motif : un rejeu "
            "ne confirme rien. Les traits déjà connus restent acceptés à côté de ceux-ci.",
            "Check the patient's identity, then confirm it with a reason: a replay confirms "
            "nothing. The traits known so far stay accepted beside these.",
        ),
    ),
    "structure_mismatch": HeldAdvice(
        "La structure du message (PRT-8) n'est pas celle du responsable du compte rendu.",
        "The structure of the message (PRT-8) is not that of the report's legal authenticator.",
        replay=Replay.IN_VAIN,
        todo=Text(
            "Corriger l'émetteur dans le RIS, puis renvoyer le compte rendu.",
            "Correct the sender in the RIS, then send the report again.",
        ),
        clause="CISIS_CDA_HL7_V2, segment PRT",
    ),
    "correction_not_shared": HeldAdvice(
        "Cette version ne doit pas aller au DMP, où une version précédente peut se trouver.",
        "The DMP must not receive this version of the report, but it may hold a former one.",
        replay=Replay.IN_VAIN,
        todo=Text(
            "Décider s'il faut dépublier la version précédente (envoyer une suppression).",
            "Decide whether to withdraw the former version (send a withdrawal).",
        ),
        clause="CISIS_CDA_HL7_V2, masking",
    ),
    "masking_conflict": HeldAdvice(
        "Document invisible au patient et masqué aux professionnels : le DMP refuse le cumul.",
        "The document is hidden from the patient and from professionals: the DMP refuses both "
        "together.",
        replay=Replay.IN_VAIN,
        todo=Text(
            "Corriger la confidentialité dans le RIS, puis renvoyer le compte rendu.",
            "Correct the confidentiality in the RIS, then send the report again.",
        ),
        clause="DMP EX_2.1-1050",
    ),
    "site_accepted_unreadable": HeldAdvice(
        "Le site a acquitté ce message pendant que la passerelle était injoignable, mais la "
        "passerelle ne sait pas le lire.",
        "The site acknowledged this message while the gateway could not be reached, but the "
        "gateway cannot read it.",
        replay=Replay.IN_VAIN,
        todo=Text(
            "Lire le défaut sur la page, et faire renvoyer le compte rendu corrigé par le RIS.",
            "Read the fault on the page, and have the RIS send the corrected report.",
        ),
    ),
    "site_accepted_undeclared": HeldAdvice(
        "Le site a acquitté ce message pendant que la passerelle était injoignable, mais son "
        "émetteur n'est pas déclaré pour l'agent du site.",
        "The site acknowledged this message while the gateway could not be reached, but its "
        "sender is not declared for the site's agent.",
        todo=Text(
            "Déclarer l'émetteur (MSH-3, MSH-4) avec le certificat de l'agent dans le fichier du "
            "site, puis rejouer.",
            "Declare the sender (MSH-3, MSH-4) with the agent's certificate in the site's file, "
            "then replay.",
        ),
    ),
    "site_accepted_reused": HeldAdvice(
        "Le site a acquitté ce message pendant que la passerelle était injoignable, mais un autre "
        "message du même émetteur porte déjà son identifiant (MSH-10).",
        "The site acknowledged this message while the gateway could not be reached, but another "
        "message of the same sender already has its identifier (MSH-10).",
        todo=Text(
            "Comparer les deux messages, puis rejouer celui-ci s'il doit être publié.",
            "Compare both messages, then replay this one if it is to be published.",
        ),
        clause="HL7 v2.5 2.15.9.10",
    ),
    "study_left_out": HeldAdvice(
        "La version corrigée du compte rendu ne cite plus cet examen, encore publié.",
        "The corrected report no longer names this study, which is still published.",
        replay=Replay.IN_VAIN,
        todo=Text(
            "Vérifier ; pour dépublier l'examen, envoyer une suppression qui le cite, ou le "
            "retirer depuis la page de la publication qui le tient.",
            "Check the report; to withdraw the study, send a withdrawal that names it, or "
            "withdraw it on the page of the publication that has it.",
        ),
    ),
    "manifest_not_in_dmp": HeldAdvice(
        "Le DMP ne connaît plus, ou plus comme actif, le manifeste que nous avions publié.",
        "The DMP no longer knows the manifest that we published, or no longer as active.",
        todo=Text(
            "Vérifier dans le DMP ce qu'il est devenu, puis rejouer ou classer.",
            "Look in the DMP for its present state, then replay or close.",
        ),
    ),
    "other_manifest_in_dmp": HeldAdvice(
        "Le DMP contient pour cet examen un manifeste que nous n'avons pas publié.",
        "The DMP holds a manifest of this study that we did not publish.",
        todo=Text(
            "Faire dépublier l'autre manifeste par le système qui l'a publié, puis rejouer.",
            "Have the other manifest withdrawn by the system that published it, then replay.",
        ),
    ),
    "imported_study": HeldAdvice(
        "L'examen vient d'un autre établissement : il a été importé dans le PACS, et son compte "
        "rendu n'est pas publié d'ici.",
        "The study is another establishment's: it was imported into the PACS, and no report on it "
        "is published from here.",
        replay=Replay.IN_VAIN,
        todo=Text(
            "Rien à rejouer : l'établissement d'origine publie l'examen. Vérifier dans le RIS "
            "pourquoi un compte rendu cite cet examen ; s'il est bien du site, un exploitant le "
            "dit sur la page de la publication, puis la rejoue.",
            "Nothing to replay: the establishment that made the study publishes it. Check in the "
            "RIS why a report names this study; if it is the site's own, an operator says so on "
            "the publication's page, and replays it.",
        ),
    ),
    "empty_study": HeldAdvice(
        "L'examen ne contient aucune image publiable.",
        "The study holds no object that can be published.",
        todo=Text(
            "Vérifier l'examen dans le PACS, puis rejouer.",
            "Check the study in the PACS, then replay.",
        ),
    ),
    "already_published": HeldAdvice(
        "Un autre compte rendu a déjà publié cet examen.",
        "Another report already published this study.",
        todo=Text(
            "Envoyer un remplacement, ou retirer le premier.",
            "Send a replacement, or withdraw the first one.",
        ),
    ),
    "chosen_study_taken": HeldAdvice(
        "L'examen choisi par la rectification appartient à un autre compte rendu, ou en a été "
        "retiré : rien n'en est changé.",
        "The study that the override chose belongs to another report, or was withdrawn from it: "
        "nothing of it is changed.",
        todo=Text(
            "Voir la publication qui tient cet examen, puis choisir un autre examen ou retirer la "
            "rectification. Si l'examen est bien celui de ce compte rendu, le RIS l'envoie de "
            "nouveau avec cet examen, sous un nouveau MSH-10.",
            "Look at the publication that holds the study, then choose another study or undo the "
            "override. If the study is this report's after all, the RIS sends the report again "
            "with this study, under a new MSH-10.",
        ),
    ),
    "later_version": HeldAdvice(
        "Une version plus récente de ce compte rendu est arrivée pendant que celle-ci attendait "
        "sur l'examen choisi.",
        "A later version of this report came while this one waited on the chosen study.",
        replay=Replay.AT_ONCE,
        todo=Text(
            "Traiter la version plus récente ; un rejeu de celle-ci la classe comme remplacée.",
            "Deal with the later version; a replay of this one ends it as replaced.",
        ),
    ),
    "change_pending": HeldAdvice(
        "Une autre demande sur cet examen attend une décision.",
        "Another request on this study is waiting for a decision.",
        todo=Text(
            "Traiter d'abord l'autre demande, puis rejouer celle-ci.",
            "Deal with the other request first, then replay this one.",
        ),
    ),
    "dmp_refused": HeldAdvice(
        "Le DMP a refusé la publication.",
        "The DMP refused the publication.",
        todo=Text(
            "Lire les codes du DMP, corriger la cause, puis rejouer.",
            "Read the DMP's codes, correct the cause, then replay.",
        ),
    ),
    "identity_refused": HeldAdvice(
        "Le DMP refuse l'identité de la structure : ses autres publications attendent.",
        "The DMP refuses the structure's identity: its other publications wait.",
        todo=Text(
            "Vérifier ses certificats et son habilitation au DMP, puis rejouer pour essayer à "
            "nouveau.",
            "Check its certificates and its registration with the DMP, then replay to try again.",
        ),
    ),
    "dmp_unreachable": HeldAdvice(
        "Le DMP n'a pas répondu dans le délai prévu.",
        "The DMP did not answer within the allowed time.",
        replay=Replay.AT_ONCE,
        todo=Text(
            "Rejouer quand le DMP est revenu. Si d'autres publications passent, signaler celle-ci "
            "au support du DMP.",
            "Replay when the DMP is back. If other publications pass, report this one to the DMP's "
            "support.",
        ),
    ),
    "pacs_unreachable": HeldAdvice(
        "Le PACS n'a pas répondu dans le délai prévu.",
        "The PACS did not answer within the allowed time.",
        replay=Replay.AT_ONCE,
        todo=Text(
            "Rejouer quand le PACS est revenu.",
            "Replay when the PACS is back.",
        ),
    ),
    "site_unreachable": HeldAdvice(
        "Aucun agent du site n'a répondu dans le délai prévu, ou le PACS ne lui répond pas.",
        "No agent of the site answered within the allowed time, or the PACS does not answer it.",
        replay=Replay.AT_ONCE,
        todo=Text(
            "Voir l'état des agents sur la page des services : machine arrêtée, ligne coupée, PACS "
            "injoignable. Rejouer quand l'agent est revenu.",
            "Look at the states of the agents on the page of services: a machine that is down, a "
            "line that is cut, a PACS that is away. Replay when the agent is back.",
        ),
    ),
    "agent_failed": HeldAdvice(
        "L'agent du site a abandonné la demande pour un défaut qui lui est propre.",
        "The site's agent gave the request up for a fault of its own.",
        todo=Text(
            "Voir le journal de l'agent (disque, mémoire, version) sur la machine du site, puis "
            "rejouer.",
            "Look into the agent's log on the site's machine (disk, memory, version), then replay.",
        ),
    ),
    "agent_body_refused": HeldAdvice(
        "L'agent du site a déposé une série dont les objets ne sont pas ceux du manifeste.",
        "The site's agent brought a series whose objects are not those of the manifest.",
        todo=Text(
            "Ne rien publier avant d'avoir compris : vérifier la machine de l'agent et son "
            "certificat, puis le PACS. La trace d'audit nomme le défaut.",
            "Publish nothing before it is understood: check the agent's machine and its "
            "certificate, then the PACS. The audit trail names the fault.",
        ),
    ),
    "agent_outdated": HeldAdvice(
        "La version de l'agent du site ne connaît pas cette demande.",
        "The version of the site's agent does not know this request.",
        todo=Text(
            "Mettre l'agent à jour (`drimbox-agent upgrade`), puis rejouer.",
            "Upgrade the agent (`drimbox-agent upgrade`), then replay.",
        ),
    ),
    "pacs_answer_unusable": HeldAdvice(
        "Le PACS répond, mais il échoue pour cet examen, ou ses réponses sur cet examen sont "
        "incomplètes ou se contredisent.",
        "The PACS answers, but it fails for this study, or its answers on this study are not whole "
        "or contradict each other.",
        todo=Text(
            "Vérifier l'examen dans le PACS (erreurs de son journal, transfert terminé, nombre de "
            "séries et d'objets), puis rejouer.",
            "Check the study in the PACS (errors in its log, transfer ended, number of series and "
            "objects), then replay.",
        ),
        clause="DICOM PS3.18 10.6",
    ),
    "object_unservable": HeldAdvice(
        "Le PACS donne des objets de cet examen coupés, illisibles ou classés dans un autre "
        "examen : leurs images ne peuvent pas être servies.",
        "The PACS gives objects of this study that are cut, unreadable or filed under another "
        "study: their images cannot be served.",
        todo=Text(
            "Corriger dans le PACS les objets nommés (SOP Instance UID), puis rejouer. Un examen "
            "déjà au DMP y reste ; ses images ne s'affichent pas jusque-là.",
            "Correct the named objects (SOP Instance UID) in the PACS, then replay. A study that "
            "is in the DMP stays there; its images are not shown until then.",
        ),
        clause="DICOM PS3.5 7, PS3.10 7",
    ),
    "pacs_uid_invalid": HeldAdvice(
        "Le PACS contient dans cet examen un identifiant (UID) mal formé.",
        "The PACS holds an ill-formed identifier (UID) in this study.",
        todo=Text(
            "Corriger l'objet ou la série dans le PACS, puis rejouer.",
            "Correct the object or series in the PACS, then replay.",
        ),
        clause="DICOM PS3.5 9.1",
    ),
    "pacs_note_unreadable": HeldAdvice(
        "Une note (Key Object Selection) de l'examen ne peut pas être lue avec certitude : elle "
        "rejette peut-être des images.",
        "The gateway cannot read a note (Key Object Selection) of the study with certainty: it may "
        "reject images.",
        todo=Text(
            "Corriger ou retirer cette note dans le PACS, puis rejouer.",
            "Correct or remove this note in the PACS, then replay.",
        ),
        clause="IHE RAD-66",
    ),
    "pacs_refused": HeldAdvice(
        "Le PACS refuse l'accès à la passerelle.",
        "The PACS refuses access to the gateway.",
        todo=Text(
            "Autoriser la passerelle dans le PACS, puis rejouer.",
            "Allow the gateway in the PACS, then replay.",
        ),
    ),
    "pacs_address_private": HeldAdvice(
        "Le nom du PACS déclaré dans le fichier du site mène à une adresse privée, que le lien "
        "`public` ne joint jamais.",
        "The PACS's name in the site's file leads to a private address, to which the link "
        "`public` never connects.",
        todo=Text(
            "Déclarer l'adresse publique du PACS dans le fichier du site, ou corriger son nom dans "
            "le DNS, puis rejouer.",
            "Declare the PACS's public address in the site's file, or correct its name in the "
            "DNS, then replay.",
        ),
    ),
    "pacs_address_foreign": HeldAdvice(
        "Le nom du PACS déclaré dans le fichier du site mène hors des adresses attribuées au site "
        "sur le réseau privé (`pacs_range`).",
        "The PACS's name in the site's file leads outside the addresses that are allotted to the "
        "site on the private network (`pacs_range`).",
        todo=Text(
            "Corriger le nom du PACS dans le DNS ou l'adresse dans le fichier du site, puis "
            "rejouer.",
            "Correct the PACS's name in the DNS, or the address in the site's file, then replay.",
        ),
    ),
    "pacs_access_unusable": HeldAdvice(
        "L'accès au PACS n'est pas en place : le secret `pacs` du site (autorités de certification "
        "du PACS et identifiants) manque ou ne peut pas être lu. Rien n'est envoyé au PACS.",
        "The access to the PACS is not in place: the site's secret `pacs` (the PACS's certificate "
        "authorities and our credential) is missing or cannot be read. Nothing is sent to the "
        "PACS.",
        todo=Text(
            "Demander à l'hébergeur de déposer ce secret, attendre cinq minutes, puis rejouer.",
            "Ask the hosting company to put this secret in place, wait for five minutes, then "
            "replay.",
        ),
    ),
    "study_too_large": HeldAdvice(
        "L'examen contient plus d'objets que la passerelle n'en publie.",
        "The study holds more objects than the gateway publishes.",
        replay=Replay.IN_VAIN,
        todo=Text("Appeler le support.", "Call support."),
    ),
    "no_certificate_for_structure": HeldAdvice(
        "Aucun certificat utilisable pour la structure du signataire : structure non déclarée, ou "
        "certificat absent, expiré, pas encore valable ou d'une autre structure.",
        "No usable certificate for the legal authenticator's structure: the structure is not "
        "declared, or its certificate is missing, expired, not valid yet or of another structure.",
        todo=Text(
            "Contrôler le message (contrôle de flux), qui dit pourquoi ; déclarer la structure ou "
            "déposer ses certificats, puis rejouer.",
            "Check the message (feed check), which tells why; declare the structure or put its "
            "certificates in place, then replay.",
        ),
        clause="DMP EX_GEN-1450",
    ),
    "different_document_in_dmp": HeldAdvice(
        "Le DMP tient un autre contenu, ou un doublon, sous l'identifiant du manifeste.",
        "The DMP holds other content, or a duplicate, under the manifest's identifier.",
        replay=Replay.IN_VAIN,
        todo=Text(
            "Ne pas rejouer : appeler le support.",
            "Do not replay: call support.",
        ),
    ),
    "manifest_unbuildable": HeldAdvice(
        "Un texte du compte rendu ou de l'examen ne tient pas dans le manifeste.",
        "A text of the report or the study does not fit the manifest.",
        todo=Text(
            "Corriger l'identité ou la description à sa source, puis rejouer.",
            "Correct the identity or description at its source, then replay.",
        ),
        clause="DICOM PS3.5 6.2",
    ),
    "incomplete_report": HeldAdvice(
        "Il manque au compte rendu une information que le DMP exige.",
        "The report lacks a fact that the DMP demands.",
        replay=Replay.IN_VAIN,
        todo=Text(
            "Compléter le compte rendu dans le RIS et le renvoyer.",
            "Complete the report in the RIS and send it again.",
        ),
    ),
    "internal_error": HeldAdvice(
        "Une erreur interne a arrêté la publication.",
        "An internal error stopped the publication.",
        replay=Replay.AT_ONCE,
        todo=Text(
            "Rejouer ; si l'erreur revient, appeler le support.",
            "Replay; if the error comes back, call support.",
        ),
    ),
}

# Two sources give one identifier to two persons: the site's identity watch must see these.
IDENTITY_REASONS: Final = frozenset(
    {"patient_mismatch", "traits_mismatch", "known_traits_mismatch"}
)


def _reasons(replay: Replay) -> frozenset[str]:
    return frozenset(code for code, one in HELD_REASONS.items() if one.replay is replay)


# Another try cannot end otherwise while the message, or the rule that holds it, stays as it is.
REPLAYED_IN_VAIN: Final = _reasons(Replay.IN_VAIN)

# An operator confirms each of these by itself, with a reason: no replay does, of one publication or
# of a whole cause.
CONFIRMED_ONE_BY_ONE: Final = _reasons(Replay.CONFIRMED)

# Another try of many at once may publish under a patient whom nobody looked at: it is confirmed.
CONFIRMED_IN_BULK: Final = IDENTITY_REASONS - CONFIRMED_ONE_BY_ONE
