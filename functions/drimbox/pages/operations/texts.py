"""The labels of the operators' pages, one table for each page."""

from __future__ import annotations

from typing import Final

from functions.drimbox.wording.text import Text

PRODUCT: Final = Text("DRIMbox, exploitation", "DRIMbox, operations")
# By the page's path below the area.
NAVIGATION: Final[dict[str, Text]] = {
    "": Text("Publications", "Publications"),
    "/activity": Text("Activité", "Activity"),
    "/services": Text("Services", "Services"),
    "/agents": Text("Agents", "Agents"),
    "/check": Text("Contrôler un message", "Check a message"),
}
# A publication's or a study's state, in the order of the queue's filter.
STATES: Final[dict[str, Text]] = {
    "held": Text("Retenue", "Held"),
    "unknown": Text("Réponse du DMP inconnue", "Answer of the DMP unknown"),
    "stalled": Text("Bloquée", "Stalled"),
    "in_progress": Text("En cours", "In progress"),
    "published": Text("Publiée", "Published"),
    "withdrawn": Text("Retirée", "Withdrawn"),
    "unchanged": Text("Inchangée", "Unchanged"),
    "superseded": Text("Remplacée", "Replaced by a later one"),
    "ignored": Text("Ignorée", "Ignored"),
}
# The state of a publication, or of a study, that another one has replaced or withdrawn since.
FATES: Final[dict[str, Text]] = {
    "published_then_replaced": Text("Publiée, puis remplacée", "Published, then replaced"),
    "published_then_withdrawn": Text("Publiée, puis retirée", "Published, then withdrawn"),
}
# The state of a study that an operator's override has put aside; no publication as a whole has it.
ASIDE: Final[dict[str, Text]] = {
    "set_aside": Text("Écartée (rectification)", "Set aside (override)"),
}
SIGN_IN: Final[dict[str, Text]] = {
    "title": Text("Connexion", "Sign in"),
    "what": Text(
        "Cette page montre les publications du site, et des données de patients.",
        "This page shows the site's publications, and patients' data.",
    ),
    "whom": Text(
        "Elle est réservée aux exploitants déclarés ; chaque consultation et action est tracée.",
        "It is for declared operators only; the gateway records every look and every action.",
    ),
    "how": Text(
        "La connexion se fait auprès du fournisseur d'identité de votre organisation.",
        "You sign in at your organisation's identity provider.",
    ),
    "sign_in": Text("Se connecter", "Sign in"),
    "other_account": Text("Changer de compte", "Use another account"),
    "stranger": Text(
        "Vous êtes connecté, mais ce compte n'est pas celui d'un exploitant déclaré de ce site. "
        "Rien ne vous est montré ; ce refus est tracé.",
        "You are signed in, but this account is not that of a declared operator of this site. "
        "Nothing is shown to you; this refusal is recorded.",
    ),
    "account": Text("Connecté comme", "Signed in as"),
    "subject": Text("Identifiant", "Identifier"),
    "stranger_todo": Text(
        "Si ce compte doit avoir accès, transmettre cet identifiant à la personne qui déclare les "
        "exploitants du site. Sinon, changer de compte : le fournisseur d'identité redemande alors "
        "qui vous êtes.",
        "If this account is to have access, give this identifier to the person who declares the "
        "site's operators. Otherwise use another account: the identity provider then asks again "
        "who you are.",
    ),
    "signed_out": Text("Vous êtes déconnecté.", "You are signed out."),
    "back": Text("Retour aux publications", "Back to the publications"),
    "code": Text("Code", "Code"),
}
QUEUE: Final[dict[str, Text]] = {
    "title": Text("Publications", "Publications"),
    "filters": Text("État", "State"),
    "none": Text("Aucune publication ne correspond.", "No publication matches."),
    "caption": Text(
        "Publications, la dernière modifiée d'abord", "Publications, latest change first"
    ),
    "publication": Text("Publication", "Publication"),
    "state": Text("État", "State"),
    "exam": Text("Examen", "Exam"),
    "accession": Text("accession", "accession"),
    "why": Text("Motif", "Reason"),
    "sender": Text("Émetteur", "Sender"),
    "received": Text("Reçue", "Received"),
    "changed": Text("Dernier changement", "Last change"),
    "replays": Text("Rejeux", "Replays"),
    "more": Text("Suivantes", "Next ones"),
    "reason": Text("Motif", "Reason"),
    "any_reason": Text("tous", "any"),
    "any_sender": Text("tous", "any"),
    "from": Text("Changées depuis le", "Changed from"),
    "to": Text("Changées jusqu'au", "Changed until"),
    "apply": Text("Filtrer", "Filter"),
    "narrow": Text("Filtrer", "Filter"),
    "refused": Text("Messages refusés", "Refused messages"),
    "cause": Text("Relancer les {count} examens", "Replay the {count} studies"),
    "cause_one": Text("Relancer l'examen", "Replay the study"),
    "causes": Text("Motifs de retenue", "Open causes"),
    "causes_caption": Text(
        "Motifs pour lesquels des examens sont retenus",
        "Reasons for which studies are held",
    ),
    "no_cause": Text("Rien n'est retenu.", "Nothing is held."),
    "studies": Text("Examens", "Studies"),
    "opened": Text("Depuis", "Since"),
    "do": Text("Agir", "Act"),
    "list": Text("Voir", "See"),
    "list_of": Text("Voir les publications retenues :", "See the held publications:"),
    "saved": Text("Mes filtres", "My filters"),
    "save": Text("Enregistrer ce filtre", "Save this filter"),
    "filter_name": Text("Nom du filtre", "Name of the filter"),
    "forget": Text("Oublier", "Forget"),
    "csv": Text("Télécharger cette liste (CSV)", "Download this list (CSV)"),
    "identifier": Text("Identifiant", "Identifier"),
    "modality": Text("Modalité", "Modality"),
    "day": Text("Date de l'examen", "Day of the exam"),
    "help": Text(
        "Retenue : la publication attend un exploitant ; son motif dit pourquoi. Bloquée : elle "
        "est en cours depuis trop longtemps, la passerelle ne la fera plus avancer. Rejouer donne "
        "un nouvel essai à une publication ; relancer, à toutes celles d'un motif.",
        "Held: the publication waits for an operator; its reason tells why. Stalled: it has been "
        "in progress for too long, the gateway takes it no further. A replay is another try, of "
        "one publication or of all those of a reason.",
    ),
    "cause_done_one": Text("publication remise en file.", "publication queued again."),
    "cause_done": Text("publications remises en file.", "publications queued again."),
    "left_out_one": Text(
        "publication non relancée : un de ses examens est retenu pour un doute sur le patient, que "
        "cette relance ne lève pas. La vérifier, puis la rejouer depuis sa page.",
        "publication not replayed: one of its studies is held for a doubt about the patient, which "
        "this replay does not settle. Check it, then replay it from its page.",
    ),
    "left_out": Text(
        "publications non relancées : un examen de chacune est retenu pour un doute sur le "
        "patient, que cette relance ne lève pas. Les vérifier, puis les rejouer depuis leur page.",
        "publications not replayed: a study of each is held for a doubt about the patient, which "
        "this replay does not settle. Check them, then replay each from its page.",
    ),
}
REPLAY: Final[dict[str, Text]] = {
    "title": Text("Confirmer la relance", "Confirm the replay"),
    "back": Text("Ne rien relancer", "Replay nothing"),
    "reason": Text("Motif", "Reason"),
    "studies": Text("Examens", "Studies"),
    "todo": Text("Que faire d'abord", "What to do first"),
    "effects": Text("Ce qui se passe", "The effects"),
    "compared": Text(
        "La passerelle compare de nouveau, pour chaque examen, le patient des images et celui du "
        "compte rendu.",
        "The gateway compares, for each study, the patient of the images and that of the report "
        "again.",
    ),
    "published": Text(
        "Un examen dont le patient correspond maintenant est publié au DMP de ce patient, sans "
        "autre question.",
        "A study whose patient agrees now is published to the DMP of that patient, without another "
        "question.",
    ),
    "stays": Text(
        "Un examen qui diffère encore reste retenu.", "A study that still differs stays held."
    ),
    "left_out": Text(
        "Une publication retenue après l'affichage de cette page, ou retenue aussi pour un autre "
        "doute sur le patient, n'est pas relancée.",
        "A publication that is held after this page was shown, or held for another doubt about "
        "the patient too, is not replayed.",
    ),
    "at_once": Text(
        "Une relance prend {most} publications environ ; la répéter pour les suivantes.",
        "One replay takes {most} publications or so; repeat it for the next ones.",
    ),
    "danger": Text(
        "Une publication sous le mauvais patient montre ses images dans le DMP d'une autre "
        "personne. Vérifier d'abord chaque examen de la liste.",
        "A publication under the wrong patient shows its images in the DMP of another person. "
        "Check each study of the list first.",
    ),
    "see": Text("Voir les publications retenues", "See the held publications"),
    "tick": Text(
        "J'ai vérifié l'identité du patient de ces examens",
        "I have checked the identity of the patients of these studies",
    ),
}
REFUSED: Final[dict[str, Text]] = {
    "title": Text("Messages refusés", "Refused messages"),
    "what": Text(
        "La passerelle a répondu AE à ces messages depuis trente jours : elle n'en a rien gardé "
        "d'autre, et n'en publiera rien tant que l'émetteur ne les corrige pas.",
        "The gateway answered AE to these messages within thirty days: it kept nothing else of "
        "them, and publishes nothing of them until their sender corrects them.",
    ),
    "none": Text("Aucun message refusé depuis trente jours.", "No refused message in 30 days."),
    "caption": Text(
        "Messages refusés, les plus récents d'abord", "Refused messages, the latest first"
    ),
    "control_id": Text("MSH-10", "MSH-10"),
    "why": Text("Motif, et que faire", "Reason, and what to do"),
    "place": Text("Champ", "Field"),
    "sender": Text("Émetteur", "Sender"),
    "at": Text("Dernier refus", "Last refusal"),
    "times": Text("Fois", "Times"),
}
SEARCH: Final[dict[str, Text]] = {
    "title": Text("Recherche", "Search"),
    "search": Text("Chercher", "Search"),
    "by_patient": Text(
        "Chercher : nom du patient, INS, IPP, n° d'accession ou de demande, UID d'examen, MSH-10, "
        "identifiant de publication",
        "Search: patient's name, INS, local identifier, accession or order number, study UID, "
        "MSH-10, identifier of the publication",
    ),
    "by_exam": Text(
        "Chercher : n° d'accession ou de demande, UID d'examen, MSH-10, identifiant de publication",
        "Search: accession or order number, study UID, MSH-10, identifier of the publication",
    ),
    "one": Text("publication trouvée", "publication found"),
    "several": Text("publications trouvées", "publications found"),
    "by": Text("par", "by"),
    "more": Text(
        "Il y en a d'autres, plus anciennes : préciser la recherche.",
        "There are older ones: search for something more precise.",
    ),
    "none": Text(
        "Le texte doit être entier : le nom (seul, ou avec le prénom), l'INS ou le numéro complet. "
        "Les accents, les majuscules, l'ordre des mots et une civilité en tête (M., Mme, Dr) ne "
        "comptent pas.",
        "The text must be whole: the name (alone, or with the first name), the INS or the number. "
        "Accents, capitals, the order of the words and a title in front (M., Mme, Dr) do not "
        "count.",
    ),
    "none_by_exam": Text(
        "Le texte doit être entier : le numéro, l'UID, le MSH-10 ou l'identifiant complet.",
        "The text must be whole: the complete number, UID, MSH-10 or identifier.",
    ),
    "no_patients": Text(
        "Vos droits ne permettent pas de chercher par patient (nom, INS, IPP) : un compte rendu "
        "de ce patient peut exister. Chercher par numéro d'accession ou UID d'examen, ou demander "
        "à un exploitant qui a ce droit.",
        "Your rights do not allow a search by patient (name, INS, local identifier): a report of "
        "this patient may exist. Search by accession number or study UID, or ask an operator who "
        "has this right.",
    ),
    "elsewhere": Text(
        "Un message auquel la passerelle a répondu AE n'a pas de publication. Le chercher parmi "
        "les",
        "A message that the gateway answered with AE has no publication. Look for it among the",
    ),
    "to_refused": Text("messages refusés", "refused messages"),
    "refused": Text(
        "La passerelle a refusé un message de ce MSH-10 : elle n'en publie rien.",
        "The gateway refused a message with this MSH-10: it publishes nothing of it.",
    ),
    "caption": Text(
        "Publications trouvées, la dernière reçue d'abord",
        "Publications found, latest received first",
    ),
}
# The kinds of terms, as ``publication.finding.Term`` names them.
TERMS: Final[dict[str, Text]] = {
    "ins": Text("INS", "INS"),
    "name": Text("nom", "name"),
    "ipp": Text("IPP", "local identifier"),
    "accession": Text("numéro d'accession", "accession number"),
    "order": Text("numéro de demande", "order number"),
    "study": Text("UID d'examen", "study UID"),
    "control_id": Text("MSH-10", "MSH-10"),
    "publication": Text("identifiant de publication", "identifier of the publication"),
}
PUBLICATION: Final[dict[str, Text]] = {
    "title": Text("Publication", "Publication"),
    "title_withdrawal": Text("Retrait", "Withdrawal"),
    "back": Text("Toutes les publications", "All publications"),
    "again": Text("Actualiser", "Look again"),
    "replayed": Text(
        "La publication est remise en file. Son état change dès que la passerelle la reprend.",
        "The publication is queued again. Its state changes once the gateway takes it up.",
    ),
    "replayed_taken": Text(
        "La publication remise en file a été reprise : son état ci-dessous est celui du rejeu.",
        "The gateway took up the queued publication: its state below is that of the replay.",
    ),
    "nothing_chosen": Text(
        "Rien n'est enregistré : donner un StudyInstanceUID, ou choisir un émetteur.",
        "Nothing is saved: give a StudyInstanceUID, or choose a sender.",
    ),
    "overridden": Text(
        "La rectification est enregistrée. Le prochain rejeu l'applique.",
        "The override is saved. The next replay applies it.",
    ),
    "corrected": Text(
        "La rectification est enregistrée et la publication remise en file.",
        "The override is saved and the publication is queued again.",
    ),
    "undone": Text(
        "La rectification est retirée. Le prochain rejeu reprend l'examen que le message cite.",
        "The override is undone. The next replay takes up the study that the message names.",
    ),
    "undone_replayed": Text(
        "La rectification est retirée et la publication remise en file.",
        "The override is undone and the publication is queued again.",
    ),
    "identity_confirmed": Text(
        "L'identité est confirmée et la publication remise en file.",
        "The identity is confirmed and the publication is queued again.",
    ),
    "traits_decided": Text(
        "La décision est enregistrée : elle vaut pour les comptes rendus à venir.",
        "The decision is saved: it counts for the reports to come.",
    ),
    "import_released": Text(
        "L'examen n'est plus tenu pour importé : le rejeu donne un nouvel essai à la publication.",
        "The study no longer counts as imported: a replay gives the publication another try.",
    ),
    "withdrawal": Text(
        "Le retrait est demandé : voici sa propre publication.",
        "The withdrawal is ordered: this is its own publication.",
    ),
    "studies": Text("Examens", "Studies"),
    "study": Text("Examen", "Study"),
    "actions": Text("Actions", "Actions"),
    "no_action": Text("Aucune action possible avec vos droits.", "No action within your rights."),
    "why": Text("Motif", "Reason"),
    "parked": Text("En attente", "Waiting"),
    "until": Text("Attend jusqu'au", "It waits until"),
    "until_then": Text(
        " au plus tard : la passerelle essaie alors sans attendre, et retient la publication si "
        "l'essai échoue.",
        " at most: the gateway then tries without waiting, and holds it if that fails.",
    ),
    "todo": Text("Que faire", "What to do"),
    "fault": Text("Défaut du message", "Fault of the message"),
    "changed": Text("Depuis", "Since"),
    "published_then_replaced": Text("Remplacée par une version", "Replaced by a version"),
    "published_then_withdrawn": Text("Retirée", "Withdrawn"),
    "former_published_then_replaced": Text("Remplace la publication", "Replaces publication"),
    "former_published_then_withdrawn": Text("Retire la publication", "Withdraws publication"),
    "by_publication": Text("par la publication", "by publication"),
    "in_dmp": Text("Au DMP", "In the DMP"),
    "version": Text("Version", "Version"),
    "by_another": Text("d'une autre publication", "of another publication"),
    "pending": Text("Étape", "Step"),
    "attempt": Text("essai", "attempt"),
    "in_doubt": Text(
        "Le DMP a peut-être reçu l'envoi : la passerelle l'interroge avant tout changement.",
        "The DMP may have taken the document: the gateway queries it before any change.",
    ),
    "dmp_codes": Text("Réponse du DMP", "Answer of the DMP"),
    "waits_for": Text("Attend la publication", "Waits for the publication"),
    "unservable": Text("Objets à corriger (PACS)", "Objects to correct (PACS)"),
    "images": Text("Images (PACS)", "Images (PACS)"),
    "compared": Text("Comparaison", "Comparison"),
    "compared_field": Text("Champ comparé", "Compared field"),
    "differs": Text("diffère", "differs"),
    "images_patient": Text("Patient des images", "Patient of the images"),
    "images_accession": Text("Numéro d'accession", "Accession number"),
    "images_description": Text("Description", "Description"),
    "images_date": Text("Date", "Date"),
    "images_series": Text("Séries", "Series"),
    "instance": Text("objet", "object"),
    "instances": Text("objets", "objects"),
    "replay": Text("Rejouer", "Replay"),
    "replay_what": Text(
        "Un nouvel essai, du début ; la passerelle n'envoie rien deux fois.",
        "Another try, from the start; the gateway sends nothing twice.",
    ),
    "replay_waiting": Text(
        "Rien à faire : la passerelle réessaie d'elle-même. Rejouer essaie tout de suite.",
        "Nothing to do: the gateway tries again by itself. A replay tries at once.",
    ),
    "replay_after": Text(
        "Après une correction seulement : cette cause ne disparaît pas d'elle-même, et sans "
        "correction la publication est retenue à nouveau.",
        "Only after a correction: this cause does not go away by itself, and without a correction "
        "the publication is held again.",
    ),
    "replay_vain": Text(
        "Un rejeu du même message est retenu à nouveau.",
        "A replay of the same message is held again.",
    ),
    "override": Text("Rectifier", "Override"),
    "override_what": Text(
        "Le message reste tel qu'il est arrivé ; le prochain rejeu applique la rectification.",
        "The message stays as it came; the next replay applies the override.",
    ),
    "stand_in": Text("Examen choisi à sa place", "Study chosen in its place"),
    "stands_for": Text("Choisi à la place de", "Chosen instead of"),
    "taken_by": Text("Publication qui tient l'examen", "Publication that has the study"),
    "set_aside": Text("Écartée", "Set aside"),
    "set_aside_what": Text(
        "Cet examen n'est plus choisi par la rectification en vigueur.",
        "The override in force does not choose this study any more.",
    ),
    "next_takes": Text(
        "La rectification est retirée : le prochain rejeu reprend cet examen.",
        "The override is undone: the next replay takes this study again.",
    ),
    "next_leaves": Text(
        "La rectification en vigueur ne choisit plus cet examen : le prochain rejeu le quitte.",
        "The override in force does not choose this study any more: the next replay leaves it.",
    ),
    "superseded_todo": Text(
        "Rien, si la publication qui tient l'examen est la bonne. Sinon, le RIS envoie ce compte "
        "rendu de nouveau, dans une version plus récente, sous un nouveau MSH-10.",
        "Nothing, if the publication that has the study is the right one. If not, the RIS sends "
        "this report again, in a later version, under a new MSH-10.",
    ),
    "undo": Text("Retirer la rectification", "Undo the override"),
    "undo_what": Text(
        "Le message revient aux examens qu'il cite lui-même ; le prochain rejeu l'applique, avec "
        "les mêmes contrôles. Un examen choisi et déjà publié reste choisi.",
        "The message comes back to the studies that it names itself; the next replay applies this, "
        "with the same checks. A chosen study that is published stays chosen.",
    ),
    "undo_and_replay": Text("Retirer la rectification et rejouer", "Undo the override and replay"),
    "undo_published": Text(
        "L'examen choisi est publié ou retiré : la rectification ne se retire plus ici. S'il est "
        "faux, le retirer du DMP, puis faire envoyer le compte rendu de nouveau par le RIS, sous "
        "un nouveau MSH-10 : c'est alors le seul moyen.",
        "The chosen study is published or withdrawn: the override cannot be undone here any more. "
        "If it is wrong, withdraw it from the DMP, then have the RIS send the report again, under "
        "a new MSH-10: that is then the only way.",
    ),
    "undo_in_progress": Text(
        "L'examen choisi est en cours de publication : la rectification pourra être retirée s'il "
        "est retenu.",
        "The chosen study is in progress: the override can be undone if the study is held.",
    ),
    "undo_in_doubt": Text(
        "Le DMP a peut-être reçu l'envoi : rejouer d'abord, la passerelle l'interroge.",
        "The DMP may have taken the document: replay first, the gateway queries it.",
    ),
    "no_choice": Text(
        "Rectification retirée : les examens que le message cite",
        "Override undone: the studies that the message names",
    ),
    "contested": Text("Traits qui diffèrent", "Traits that differ"),
    "identity": Text("Confirmer l'identité", "Confirm the identity"),
    "identity_what": Text(
        "Ce compte rendu est publié sous cette INS. Ses traits et ceux déjà connus restent tous "
        "acceptés. Comparer d'abord avec le patient des images.",
        "This report is published under this INS. Its traits and those known so far all stay "
        "accepted. Compare with the patient of the images first.",
    ),
    "identity_reason": Text("Motif (obligatoire, tracé)", "Reason (required, audited)"),
    "identity_tick": Text(
        "J'ai vérifié l'identité du patient de l'examen",
        "I have checked the identity of the patient of study",
    ),
    "identity_done": Text("Identité confirmée pour", "Identity confirmed for"),
    "imported": Text("Importé", "Imported"),
    "imported_from": Text("de l'établissement", "from establishment"),
    "release": Text("Tenir l'examen pour celui du site", "Take the study for the site's own"),
    "release_what": Text(
        "L'import est oublié pour cet examen, et rien n'est encore publié : le rejeu compare le "
        "compte rendu et les images comme toujours. Vérifier d'abord dans le PACS que le site a "
        "fait ces images : celles d'un autre établissement ne se publient pas d'ici.",
        "The import of this study is forgotten, and nothing is published yet: a replay compares "
        "report and images as always. Check in the PACS first that the site made these images: "
        "those of another establishment are not published from here.",
    ),
    "release_reason": Text("Motif (obligatoire, tracé)", "Reason (required, audited)"),
    "release_tick": Text(
        "J'ai vérifié que le site a fait les images de l'examen",
        "I have checked that the site made the images of study",
    ),
    "release_done": Text("Examen tenu pour celui du site", "Study taken for the site's own"),
    "known_traits": Text(
        "Séries de traits d'identité connues pour cette INS, qui se contredisent",
        "Sets of identity traits known for this INS, which contradict each other",
    ),
    "decision": Text("Décider des traits d'identité", "Decide on the identity traits"),
    "decision_what": Text(
        "La passerelle retient ensuite les comptes rendus qui ont les traits oubliés. Ce qui est "
        "déjà publié reste au DMP : le retirer depuis sa propre page s'il le faut.",
        "The gateway then holds the reports that have the forgotten traits. Published manifests "
        "stay in the DMP: withdraw them from their own pages if needed.",
    ),
    "keep_these": Text(
        "Ne garder que les traits de ce compte rendu", "Keep the traits of this report only"
    ),
    "keep_others": Text(
        "Oublier les traits de ce compte rendu", "Forget the traits of this report"
    ),
    "decision_reason": Text("Motif (obligatoire, tracé)", "Reason (required, audited)"),
    "decision_tick": Text(
        "J'ai vérifié l'identité du patient d'INS",
        "I have checked the identity of the patient, INS",
    ),
    "decided_these": Text(
        "Seuls les traits de ce compte rendu restent connus",
        "The traits of this report alone stay known",
    ),
    "decided_others": Text(
        "Les traits de ce compte rendu sont oubliés", "The traits of this report are forgotten"
    ),
    "choose_study": Text(
        "StudyInstanceUID voulu à la place de", "StudyInstanceUID meant instead of"
    ),
    "force_sender": Text("Traiter comme venant de", "Treat as sent by"),
    "as_it_came": Text("l'émetteur du message", "the message's own sender"),
    "keep_and_replay": Text("Enregistrer et rejouer", "Save and replay"),
    "keep": Text("Enregistrer la rectification", "Save the override"),
    "withdraw": Text("Retirer du DMP", "Withdraw from the DMP"),
    "withdraw_what": Text(
        "Le manifeste passe à « supprimé » dans le DMP ; la passerelle ne sert plus ses images.",
        "The DMP marks the manifest as deleted; the gateway no longer serves its images.",
    ),
    "withdraw_reason": Text("Motif du retrait (tracé)", "Reason of the withdrawal (audited)"),
    "confirm": Text("Je confirme le retrait de l'examen", "I confirm the withdrawal of study"),
    "export": Text("Exporter", "Export"),
    "export_what": Text(
        "Un fichier JSON, avec des données de patient : message, acquittement, historique.",
        "A JSON file, with patient data: the message, its acknowledgement, the history.",
    ),
    "show_message": Text("Message et document", "Message and document"),
    "show_message_what": Text(
        "Le texte HL7 et le CDA tels qu'ils sont arrivés, avec des données de patient.",
        "The HL7 text and the CDA as they came, with patient data.",
    ),
    "show_message_do": Text("Lire le message", "Read the message"),
    "short": Text("En bref", "In short"),
    "report": Text("Compte rendu", "Report"),
    "kind": Text("Nature", "Kind"),
    "action": Text("Action", "Action"),
    "control_id": Text("MSH-10", "MSH-10"),
    "identifier": Text("Identifiant", "Identifier"),
    "received": Text("Reçue", "Received"),
    "validated": Text("Validé", "Validated"),
    "sender": Text("Émetteur", "Sender"),
    "replays": Text("Rejeux", "Replays"),
    "ignored": Text("Laissée de côté", "Left aside"),
    "ordered_by": Text("Demandé par", "Ordered by"),
    "ordered_at": Text("Demandé", "Ordered"),
    "document": Text("Document", "Document"),
    "effective_time": Text("Daté du", "Dated"),
    "confidentiality": Text("Confidentialité", "Confidentiality"),
    "patient": Text("Patient", "Patient"),
    "ins": Text("INS", "INS"),
    "local_ids": Text("Identifiants locaux", "Local identifiers"),
    "birth": Text("Né(e)", "Born"),
    "used": Text("Nom utilisé", "Used name"),
    "sex": Text("Sexe", "Sex"),
    "legal_authenticator": Text("Responsable", "Legal authenticator"),
    "structure": Text("Structure", "Structure"),
    "orders": Text("Demandes", "Orders"),
    "accession": Text("accession", "accession"),
    "exams": Text("Actes", "Acts"),
    "history": Text("Historique", "History"),
    "history_caption": Text(
        "Événements de chaque examen, le plus ancien d'abord",
        "Events of each study, oldest first",
    ),
    "at": Text("Quand", "When"),
    "outcome": Text("État", "State"),
    "overrides": Text("Rectifications", "Overrides"),
    "overrides_caption": Text("La dernière est en vigueur", "The last one is in force"),
    "who": Text("Par", "By"),
    "what": Text("Quoi", "What"),
    "message": Text("Message", "Message"),
    "message_caption": Text(
        "Champs du message HL7, tels que la passerelle les lit",
        "Fields of the HL7 message, as the gateway reads them",
    ),
    "field": Text("Champ", "Field"),
    "one_field": Text("champ", "field"),
    "fields": Text("champs", "fields"),
    "name": Text("Nom", "Name"),
    "value": Text("Valeur", "Value"),
    "cut": Text(
        "Le message est trop long pour être montré en entier.",
        "The message is too long to be shown whole.",
    ),
}
MESSAGE: Final[dict[str, Text]] = {
    "title": Text("Message de la publication", "Message of the publication"),
    "back": Text("Retour à la publication", "Back to the publication"),
    "what": Text(
        "Le message et le document tels qu'ils sont arrivés ; cette consultation est tracée. Un "
        "contenu en base64 est abrégé, sa longueur entre crochets : l'export le donne en entier.",
        "The message and the document as they came; this look is recorded. A content in base64 is "
        "shortened, its length in brackets: the export gives it whole.",
    ),
    "hl7": Text("Message HL7", "HL7 message"),
    "cda": Text("Compte rendu (CDA)", "Report (CDA)"),
    "cut": Text(
        "Le texte est trop long pour être montré en entier : l'export le donne.",
        "The text is too long to be shown whole: the export gives it.",
    ),
}
EXPORT: Final[dict[str, Text]] = {
    "title": Text("Export de la publication", "Export of the publication"),
    "back": Text("Retour à la publication", "Back to the publication"),
    "what": Text(
        "L'export est trop grand pour une réponse : c'est un fichier, avec des données de patient. "
        "Son adresse vaut {minutes} minutes, et le donne à quiconque la détient.",
        "The export is too large for an answer: it is a file, with patient data. Its address is "
        "good for {minutes} minutes, and gives it to anyone who holds it.",
    ),
    "file": Text(
        "Télécharger le fichier (JSON, {size}\xa0Mo)", "Download the file (JSON, {size} MB)"
    ),
}
# The strict traits, as ``identity.traits`` names them.
TRAITS: Final[dict[str, Text]] = {
    "birth_family": Text("nom de naissance", "birth name"),
    "birth_given": Text("premier prénom de naissance", "first birth given name"),
    "birth_date": Text("date de naissance", "birth date"),
    "sex": Text("sexe", "sex"),
    "birth_place": Text("lieu de naissance", "birth place"),
}
# The compared fields, as ``operations.comparing`` names them.
COMPARED: Final[dict[str, Text]] = {
    "patient_id": Text("Identifiant local (IPP)", "Local identifier"),
    "name": Text("Nom", "Name"),
    "birth_date": Text("Date de naissance", "Birth date"),
    "accession": Text("Numéro d'accession", "Accession number"),
}
KINDS: Final[dict[str, Text]] = {
    "report": Text("Compte rendu", "Report"),
    "order_change": Text("Changement d'images (OMI)", "Change of images (OMI)"),
    "rejection_note": Text("Note de rejet du PACS", "Rejection note of the PACS"),
    "withdrawal": Text("Retrait demandé par un exploitant", "Withdrawal by an operator"),
}
ACTIONS: Final[dict[str, Text]] = {
    "publish": Text("Publier", "Publish"),
    "replace": Text("Remplacer", "Replace"),
    "withdraw": Text("Retirer", "Withdraw"),
}
PENDING: Final[dict[str, Text]] = {
    "received": Text("Reçue", "Received"),
    "intent": Text("Préparée, pas encore envoyée", "Prepared, not sent yet"),
    "sending": Text("En cours d'envoi", "Being sent"),
    "settled": Text("Acceptée", "Accepted"),
    "rejected": Text("Refusée par le DMP", "Refused by the DMP"),
    "unknown": Text("Envoyée, sans réponse", "Sent, no answer"),
    "reconciling": Text("Vérification auprès du DMP", "Being checked with the DMP"),
    "held": Text("Retenue", "Held"),
}
ACTIVITY: Final[dict[str, Text]] = {
    "title": Text("Activité", "Activity"),
    "delay": Text("De la validation à la publication", "From validation to publication"),
    "p50": Text("Médiane (p50)", "Median (p50)"),
    "p95": Text("95 % sont publiés en (p95)", "95 % are published within (p95)"),
    "objective": Text("Objectif du site", "Objective of the site"),
    "within": Text("Dans l'objectif", "Within the objective"),
    "publications": Text("Publications comptées", "Publications counted"),
    "no_objective": Text("aucun", "none"),
    "nothing": Text("—", "—"),
    "days": Text("Par jour", "By day"),
    "days_caption": Text(
        "Messages reçus ce jour, et sort des examens ce jour",
        "Messages received that day, and outcomes of studies that day",
    ),
    "day": Text("Jour", "Day"),
    "today": Text("Aujourd'hui", "Today"),
    "received": Text("Reçus", "Received"),
    "ignored": Text("Laissés de côté", "Left aside"),
    "published": Text("Publiés", "Published"),
    "withdrawn": Text("Retirés", "Withdrawn"),
    "unchanged": Text("Inchangés", "Unchanged"),
    "superseded": Text("Remplacés", "Replaced"),
    "held": Text("Retenus", "Held"),
    "replayed": Text("Rejoués", "Replayed"),
    "total": Text("Total", "Total"),
    "bars": Text(
        "Examens publiés et retenus, une barre par jour ; les chiffres sont dans le tableau",
        "Studies published and held, one bar a day; the figures are in the table",
    ),
    "most": Text("Au plus par jour :", "Most in a day:"),
    "one_published": Text("publié", "published"),
    "some_published": Text("publiés", "published"),
    "one_held": Text("retenu", "held"),
    "some_held": Text("retenus", "held"),
    "csv": Text("Télécharger (CSV)", "Download (CSV)"),
    "period": Text("Période", "Period"),
    "last": Text("derniers jours", "last days"),
    "incomplete": Text(
        "Trop de messages sur cette période : les chiffres sont partiels.",
        "Too many messages in this period: the figures are partial.",
    ),
}
