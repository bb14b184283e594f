"""Refused HTTP requests in words: titles of problem documents, operators' pages, and every code."""

from __future__ import annotations

from typing import Final

from functions.drimbox.wording.text import Advice, Text

# The title of a problem document (RFC 9457), by status.
TITLES: Final[dict[int, Text]] = {
    400: Text("Requête incorrecte", "Bad request"),
    401: Text("Authentification requise", "Authentication required"),
    403: Text("Accès refusé", "Access denied"),
    404: Text("Introuvable", "Not found"),
    406: Text("Aucune forme acceptable", "Not acceptable"),
    409: Text("En conflit avec l'état actuel", "In conflict with the current state"),
    413: Text("Message trop volumineux", "Too large"),
    415: Text("Type de contenu refusé", "Unsupported media type"),
    426: Text("Version trop ancienne", "Version too old"),
    429: Text("Trop de requêtes", "Too many requests"),
    500: Text("Erreur interne", "Internal error"),
    503: Text("Momentanément indisponible", "Temporarily unavailable"),
}
# Those that API Gateway alone gives; None where it chooses the status.
GATEWAY_TITLES: Final[dict[int | None, Text]] = {
    502: Text("Erreur interne", "Internal error"),
    504: Text("Pas de réponse dans le délai prévu", "No answer in time"),
    None: Text("Requête refusée", "Request refused"),
}

_CALL_SUPPORT: Final = Text(
    "Réessayer ; si l'erreur revient, appeler le support avec la référence ci-dessous.",
    "Try again; if the error comes back, call support with the reference below.",
)
# Nobody knows how far the function came.
_MAYBE_DONE: Final = Text(
    "L'action demandée a peut-être été faite : le vérifier avant de recommencer. Si l'erreur "
    "revient, appeler le support avec la référence ci-dessous.",
    "The action may have been done: check before you repeat it. If the error comes back, call "
    "support with the reference below.",
)
_NOTHING_DONE: Final = Text("Rien n'a été fait.", "Nothing was done.")
# The page that a person sees where API Gateway itself answers: title, and sentence as ``todo``.
GATEWAY_PAGES: Final[dict[int | None, Advice]] = {
    401: Advice("Connexion nécessaire", "Sign-in needed", todo=_NOTHING_DONE),
    403: Advice("Accès refusé", "Access denied", todo=_NOTHING_DONE),
    404: Advice(
        "Introuvable",
        "Not found",
        todo=Text(
            "Il n'y a pas de page à cette adresse. Les pages s'ouvrent depuis le logiciel du site "
            "(RIS, DPI), ou par l'adresse complète que le site a donnée.",
            "There is no page at this address. The pages open from the site's software (RIS, DPI), "
            "or by the whole address that the site gave.",
        ),
    ),
    413: Advice("Demande trop volumineuse", "Too large", todo=_NOTHING_DONE),
    429: Advice(
        "Trop de demandes",
        "Too many requests",
        todo=Text("Réessayer dans quelques secondes.", "Try again in some seconds."),
    ),
    500: Advice("Erreur interne", "Internal error", todo=_CALL_SUPPORT),
    502: Advice("Erreur interne", "Internal error", todo=_MAYBE_DONE),
    504: Advice("Pas de réponse dans le délai prévu", "No answer in time", todo=_MAYBE_DONE),
    None: Advice("Demande refusée", "Request refused", todo=_CALL_SUPPORT),
}

# The page that an operator sees, by status: its title, and its sentence as ``todo``.
PAGES: Final[dict[int, Advice]] = {
    400: Advice(
        "Requête incorrecte",
        "Bad request",
        todo=Text(
            "La passerelle n'a pas compris la demande. Rien n'a été fait.",
            "The gateway did not understand the request. Nothing was done.",
        ),
    ),
    401: Advice(
        "Connexion nécessaire",
        "Sign-in needed",
        todo=Text(
            "La session est terminée, ou la connexion n'a pas abouti. Rien n'a été fait.",
            "The session has ended, or the sign-in did not succeed. Nothing was done.",
        ),
    ),
    403: Advice(
        "Accès refusé",
        "Access denied",
        todo=Text(
            "Ce compte n'a pas ce droit sur ce site. Rien n'a été fait ; le refus est tracé.",
            "This account does not have this right on this site. Nothing was done; the refusal "
            "is recorded.",
        ),
    ),
    404: Advice(
        "Introuvable",
        "Not found",
        todo=Text(
            "Il n'y a rien à cette adresse, ou l'action ne s'y applique pas.",
            "There is nothing at this address, or the action does not apply to it.",
        ),
    ),
    409: Advice(
        "En conflit avec l'état actuel",
        "In conflict with the current state",
        todo=Text(
            "Le document est peut-être déjà au DMP, la limite des rectifications est atteinte, ou "
            "les traits connus ont changé entre-temps. Rien n'a été fait.",
            "The document may already be in the DMP, the limit of overrides was reached, or the "
            "known traits have changed in the meantime. Nothing was done.",
        ),
    ),
    413: Advice(
        "Message trop volumineux",
        "Too large",
        todo=Text("Rien n'a été fait.", "Nothing was done."),
    ),
    500: Advice(
        "Erreur interne",
        "Internal error",
        todo=Text(
            "L'erreur est signalée à l'hébergeur de la passerelle.",
            "The gateway's hosting company is told of the error.",
        ),
    ),
    503: Advice(
        "Momentanément indisponible",
        "Temporarily unavailable",
        todo=Text(
            "Un service nécessaire ne répond pas. Réessayer dans un instant.",
            "A service that the page needs does not answer. Try again in a moment.",
        ),
    ),
}

_AGAIN_LATER: Final = Text(
    "Renvoyer la même requête après le délai de Retry-After.",
    "Send the same request again after the delay of Retry-After.",
)
_CORRECT: Final = Text("Corriger la requête.", "Correct the request.")
_SIGN_IN_AGAIN: Final = Text(
    "Recharger la page, puis recommencer.", "Load the page again, then repeat the action."
)

# Every ``code`` of a problem document.
PROBLEMS: Final[dict[str, Advice]] = {
    "bad_request": Advice(
        "La requête est mal formée : un champ manque, est inconnu ou a une valeur incorrecte.",
        "The request is ill-formed: a field is missing, unknown or has a wrong value.",
        todo=_CORRECT,
    ),
    "bad_link": Advice(
        "Le lien du compte rendu est incomplet, ou un de ses paramètres est inconnu, répété ou mal "
        "formé.",
        "The report's link is not whole, or one of its parameters is unknown, repeated or "
        "ill-formed.",
        todo=Text(
            "Ouvrir le lien depuis le compte rendu lui-même ; s'il y est ainsi, prévenir l'éditeur "
            "du RIS.",
            "Open the link from the report itself; if it stands so there, tell the vendor of the "
            "RIS.",
        ),
        clause="CI-SIS FR-DICOM-SOP-instance-observation",
    ),
    "not_hl7": Advice(
        "Le corps n'a pas de segment MSH lisible : il n'y a pas d'acquittement HL7 possible.",
        "The body has no readable MSH segment: no HL7 acknowledgement is possible.",
        todo=Text("Envoyer un message HL7 v2.", "Send an HL7 v2 message."),
        clause="HL7 v2.5 2.15.9 (MSH)",
    ),
    "unknown_field": Advice(
        "La requête a un champ que cette route ne connaît pas.",
        "The request has a field that this route does not know.",
        todo=_CORRECT,
    ),
    "bad_ins": Advice(
        "L'INS est mal formée, ou sa clé est fausse.",
        "The INS is ill-formed, or its key is wrong.",
        todo=_CORRECT,
        clause="CI-SIS annexe INS",
    ),
    "bad_traits": Advice(
        "Les traits du patient ne sont pas entiers ou sont mal formés : nom et premier prénom de "
        "naissance, date de naissance (AAAA-MM-JJ), sexe (M, F, O, U).",
        "The patient's traits are not whole or are ill-formed: birth name and first birth given "
        "name, birth date (YYYY-MM-DD), sex (M, F, O, U).",
        todo=_CORRECT,
    ),
    "bad_from": Advice(
        "Le début de la période est après sa fin.",
        "The start of the period is after its end.",
        todo=_CORRECT,
    ),
    "not_confirmed": Advice(
        "L'exploitant n'a pas coché la confirmation.",
        "The operator did not tick the confirmation.",
        todo=Text("Cocher la confirmation.", "Tick the confirmation."),
    ),
    "one_by_one": Advice(
        "Chaque publication retenue pour ce motif doit être vérifiée pour elle-même.",
        "An operator must check each publication that is held for this reason by itself.",
        todo=Text(
            "Confirmer l'identité de chaque publication.",
            "Confirm the identity of each publication.",
        ),
    ),
    "not_authenticated": Advice(
        "La passerelle ne reconnaît pas l'appelant : certificat, jeton ou session absent ou "
        "périmé.",
        "The gateway does not recognise the caller: the certificate, token or session is missing "
        "or no longer valid.",
        todo=Text(
            "Se connecter à nouveau, ou présenter un certificat ou un jeton valable.",
            "Sign in again, or show a valid certificate or token.",
        ),
    ),
    "forbidden": Advice(
        "L'appelant n'a pas ce droit sur ce site.",
        "The caller does not have this right on this site.",
        todo=Text(
            "Demander ce droit au site : il figure dans son fichier.",
            "Ask the site for this right: the tenant's file gives it.",
        ),
    ),
    "not_an_operator": Advice(
        "Le site ne déclare pas ce compte comme exploitant.",
        "The site does not declare this account as an operator.",
        todo=Text(
            "Demander au site de déclarer ce compte.",
            "Ask the site to declare this account.",
        ),
    ),
    "foreign_form": Advice(
        "Le formulaire n'est pas de cette session, ou vient d'un autre site.",
        "The form is not of this session, or comes from another site.",
        todo=_SIGN_IN_AGAIN,
    ),
    "foreign_application": Advice(
        "Le jeton a été émis pour une autre application.",
        "The token was issued to another application.",
        todo=Text(
            "Présenter un jeton de cette application.",
            "Show a token of this application.",
        ),
    ),
    "no_activity": Advice(
        "Pro Santé Connect ne donne aucune situation d'exercice pour cette identité.",
        "Pro Santé Connect gives no practice situation for this identity.",
        todo=Text(
            "Se connecter avec une identité de professionnel de santé, ou faire compléter ses "
            "données dans l'annuaire santé (RPPS).",
            "Sign in with a health professional's identity, or have the data completed in the "
            "health directory (RPPS).",
        ),
    ),
    "no_activity_here": Advice(
        "Le professionnel n'a pas d'activité dans une structure de ce site.",
        "The professional has no activity in a structure of this site.",
        todo=Text(
            "Choisir une activité dans une structure du site.",
            "Choose an activity in a structure of the site.",
        ),
    ),
    "incomplete_professional": Advice(
        "Pro Santé Connect ne donne pas du professionnel tout ce que le DMP exige.",
        "Pro Santé Connect does not give all facts of the professional that the DMP demands.",
        todo=Text(
            "Faire compléter ses données dans l'annuaire santé (RPPS).",
            "Have the professional's data completed in the health directory (RPPS).",
        ),
    ),
    "dmp_refused": Advice(
        "Le DMP a refusé la demande.",
        "The DMP refused the request.",
        todo=Text(
            "Vérifier les droits du professionnel sur le DMP du patient.",
            "Check the professional's rights on the patient's DMP.",
        ),
    ),
    "files_not_allowed": Advice(
        "Ce site ne permet pas d'ouvrir un fichier hors DMP.",
        "This site does not allow a file to be opened outside the DMP.",
        todo=Text(
            "Demander au site de le permettre (offline_files de son fichier).",
            "Ask the site to allow it (offline_files of the tenant's file).",
        ),
    ),
    "file_not_now": Advice(
        "Un fichier ne s'ouvre pas maintenant : le DMP répond, ou il a refusé l'accès à ce "
        "dossier.",
        "No file opens now: the DMP answers, or it has refused access to this record.",
        todo=Text(
            "Revenir à la page du patient : elle montre la liste du DMP, ou dit son refus.",
            "Go back to the patient's page: it shows the DMP's list, or tells its refusal.",
        ),
    ),
    "file_too_large": Advice(
        "Le fichier dépasse 4 Mo. Rien n'en a été lu.",
        "The file has more than 4 MB. Nothing of it was read.",
        todo=Text(
            "Donner le manifeste d'un seul examen, ou une archive plus petite.",
            "Give the manifest of one exam, or a smaller archive.",
        ),
    ),
    "file_unreadable": Advice(
        "Le fichier n'est ni un manifeste DICOM (KOS) ni une archive ZIP.",
        "The file is neither a DICOM manifest (KOS) nor a ZIP archive.",
        todo=Text(
            "Donner le manifeste de l'examen, ou l'archive XDM de son établissement.",
            "Give the exam's manifest, or the XDM archive of its site.",
        ),
    ),
    "archive_unsafe": Advice(
        "L'archive ZIP est abîmée, chiffrée, ou contient des noms, des liens ou des archives "
        "qu'une archive XDM n'a pas. Rien n'en a été lu.",
        "The ZIP archive is damaged, encrypted, or holds names, links or archives that an XDM "
        "archive does not have. Nothing of it was read.",
        todo=Text(
            "Demander l'archive à son auteur de nouveau.", "Ask its author for the archive again."
        ),
        clause="PKWARE APPNOTE 4.3",
    ),
    "archive_too_large": Advice(
        "L'archive a plus d'entrées ou d'octets que la passerelle n'en lit.",
        "The archive has more entries or bytes than the gateway reads.",
        todo=Text("Donner une archive plus petite.", "Give a smaller archive."),
    ),
    "archive_not_xdm": Advice(
        "L'archive n'a pas la forme d'une archive XDM : IHE_XDM, des lots, et METADATA.XML dans "
        "chacun.",
        "The archive does not have the form of an XDM archive: IHE_XDM, sets, and METADATA.XML in "
        "each.",
        todo=Text("Donner une archive XDM.", "Give an XDM archive."),
        clause="IHE ITI TF-2 3.32",
    ),
    "consent_not_given": Advice(
        "Le professionnel n'a pas coché le consentement du patient. Rien n'a été enregistré.",
        "The professional did not tick the patient's consent. Nothing was recorded.",
        todo=Text(
            "Revenir à la page du patient, et cocher la case si le patient consent.",
            "Go back to the patient's page, and tick the box if the patient consents.",
        ),
        clause="SEL-MP-037 EX_0.3-1010",
    ),
    "not_to_be_authorized": Advice(
        "Une autorisation ne peut pas être ajoutée à ce DMP maintenant : son état a changé, ou le "
        "patient s'y oppose. Rien n'a été enregistré.",
        "No authorisation can be added to this DMP now: its state has changed, or the patient does "
        "not allow it. Nothing was recorded.",
        todo=Text(
            "Revenir à la page du patient : elle dit l'état du DMP.",
            "Go back to the patient's page: it tells the state of the DMP.",
        ),
    ),
    "authorization_not_taken": Advice(
        "Le DMP n'a pas accepté l'autorisation.",
        "The DMP did not take the authorisation.",
        todo=Text(
            "Revenir à la page du patient et réessayer ; si le refus revient, appeler le support "
            "avec l'heure de l'essai.",
            "Go back to the patient's page and try again; if the refusal comes back, call support "
            "with the time of the try.",
        ),
    ),
    "absent": Advice(
        "Rien à cette adresse : inconnu, d'un autre site, ou l'action ne s'y applique pas.",
        "Not found: unknown, of another tenant, or the action does not apply.",
        todo=Text("Vérifier l'adresse.", "Check the address."),
    ),
    "not_acceptable": Advice(
        "Aucune des formes que l'appelant accepte (Accept) n'est disponible.",
        "The gateway has none of the forms that the caller accepts (Accept).",
        todo=Text("Accepter une forme de plus.", "Accept one more form."),
        clause="RFC 9110 12.5.1",
    ),
    "conflict": Advice(
        "La demande ne s'accorde pas avec l'état actuel.",
        "The request does not agree with the current state.",
        todo=Text("Relire l'état, puis décider.", "Read the state again, then decide."),
    ),
    "may_be_in_dmp": Advice(
        "Le document est peut-être déjà au DMP : il ne peut plus être rectifié ici.",
        "The document may already be in the DMP: no override is possible any more.",
        todo=Text(
            "Rejouer la publication : la passerelle interroge d'abord le DMP.",
            "Replay the publication: the gateway queries the DMP first.",
        ),
    ),
    "override_published": Advice(
        "L'examen choisi par la rectification est publié ou retiré : la rectification ne se retire "
        "plus.",
        "The study that the override chose is published or withdrawn: the override cannot be "
        "undone any more.",
        todo=Text(
            "S'il est faux, le retirer du DMP depuis la page de la publication ; le RIS envoie "
            "ensuite le compte rendu de nouveau, sous un nouveau MSH-10.",
            "If it is wrong, withdraw it from the DMP on the publication's page; the RIS then "
            "sends the report again, under a new MSH-10.",
        ),
    ),
    "study_in_progress": Advice(
        "La publication de l'examen choisi est en cours.",
        "The publication of the chosen study is in progress.",
        todo=Text(
            "Attendre qu'elle finisse ou soit retenue, puis rectifier.",
            "Wait until it ends or is held, then override.",
        ),
    ),
    "traits_changed": Advice(
        "Les traits connus de cette INS ont changé entre-temps.",
        "The traits known for this INS have changed in the meantime.",
        todo=Text(
            "Relire la publication, puis décider de nouveau.",
            "Read the publication again, then decide again.",
        ),
    ),
    "imported_again": Advice(
        "Cet examen a été importé de nouveau entre-temps, ou n'est plus tenu pour importé.",
        "This study was imported again in the meantime, or does not count as imported any more.",
        todo=Text(
            "Relire la publication, puis décider de nouveau.",
            "Read the publication again, then decide again.",
        ),
    ),
    "too_many_overrides": Advice(
        "La limite des rectifications de ce message est atteinte.",
        "The limit of this message's overrides was reached.",
        todo=Text(
            "Corriger le message dans le RIS et le renvoyer.",
            "Correct the message in the RIS and send it again.",
        ),
    ),
    "too_many_filters": Advice(
        "La limite des filtres enregistrés de cet exploitant est atteinte.",
        "The limit of this operator's saved filters was reached.",
        todo=Text("Oublier un filtre.", "Forget a filter."),
    ),
    "job_ended": Advice(
        "Cette tâche de l'agent a déjà reçu sa réponse, ou n'est plus attendue.",
        "This job of the agent has its answer already, or is not waited for any more.",
        todo=Text("Rien à faire : l'agent passe à la suivante.", "Nothing: the agent goes on."),
    ),
    "enrolment_code_refused": Advice(
        "Ce code d'enrôlement est inconnu, faux, déjà utilisé ou expiré.",
        "This enrolment code is unknown, wrong, spent or ended.",
        todo=Text(
            "Demander un nouveau code sur la page des agents.",
            "Ask for a new code on the page of the agents.",
        ),
    ),
    "renewal_not_due": Advice(
        "Plus de la moitié de la durée du certificat de l'agent reste à courir.",
        "More than half of the time of the agent's certificate is left.",
        todo=Text("Rien à faire : l'agent attend.", "Nothing: the agent waits."),
    ),
    "agent_declared": Advice(
        "Un agent de ce nom est déjà déclaré, avec son propre certificat, dans le fichier du site.",
        "The site's file declares an agent of this name, with a certificate of its own.",
        todo=Text("Choisir un autre nom.", "Choose another name."),
    ),
    "too_many_agents": Advice(
        "La limite des agents de ce site est atteinte.",
        "The limit of this site's agents was reached.",
        todo=Text("Retirer un agent.", "Remove an agent."),
    ),
    "too_many_tries": Advice(
        "Trop de demandes d'enrôlement, de renouvellement ou de droits en dix minutes.",
        "Too many requests to enrol, to renew or for rights within ten minutes.",
        todo=Text("Attendre dix minutes, puis réessayer.", "Wait for ten minutes, then try again."),
    ),
    "agent_outdated": Advice(
        "Le DRIMbox ne sert plus cette version de l'agent.",
        "The DRIMbox does not serve this version of the agent any more.",
        todo=Text("Mettre à jour l'agent du site.", "Upgrade the site's agent."),
    ),
    "too_large": Advice(
        "La requête ou la réponse dépasse la limite.",
        "The request or the answer exceeds the limit.",
        todo=Text(
            "Passer par un dépôt (uploads) pour un message, demander série par série pour un "
            "examen.",
            "Use an upload for a message, ask for one series at a time for a study.",
        ),
    ),
    "unsupported_media": Advice(
        "Le type de contenu de la requête n'est pas celui de la route.",
        "The request's content type is not that of the route.",
        todo=_CORRECT,
    ),
    "too_many_requests": Advice(
        "L'appelant dépasse le débit permis.",
        "The caller exceeds the allowed rate.",
        todo=_AGAIN_LATER,
    ),
    "internal_error": Advice(
        "Une erreur interne a empêché la réponse.",
        "An internal error prevented the answer.",
        todo=Text(
            "Réessayer ; si l'erreur revient, appeler le support avec request_id.",
            "Try again; if the error comes back, call support with request_id.",
        ),
    ),
    "configuration_error": Advice(
        "Un fichier de site, un secret ou un réglage de la passerelle manque ou est incorrect.",
        "A tenant's file, a secret or a setting of the gateway is missing or wrong.",
        todo=Text(
            "Appeler le support avec request_id.",
            "Call support with request_id.",
        ),
    ),
    "not_ready": Advice(
        "La passerelle n'a pas encore la réponse, ou le PACS du site ne répond pas.",
        "The gateway does not have the answer yet, or the site's PACS does not answer.",
        todo=_AGAIN_LATER,
    ),
    "object_unservable": Advice(
        "Le PACS du site donne des objets de cette série coupés, illisibles ou d'un autre examen.",
        "The site's PACS gives objects of this series that are cut, unreadable or of another "
        "study.",
        todo=Text(
            "Rien ne sert de redemander aussitôt : le site est prévenu et doit corriger les objets "
            "dans son PACS. La passerelle les redemande une fois par jour.",
            "It is no use to ask again at once: the site is told and has to correct the objects in "
            "its PACS. The gateway asks for them once a day.",
        ),
    ),
    "unavailable": Advice(
        "Un service nécessaire ne répond pas.",
        "A service that the gateway needs does not answer.",
        todo=_AGAIN_LATER,
    ),
    "study_not_found": Advice(
        "L'examen n'est pas (encore) dans le PACS.",
        "The study is not in the PACS (yet).",
        todo=_AGAIN_LATER,
    ),
    "study_busy": Advice(
        "Une autre demande sur cet examen est en cours.",
        "Another change of this study is in progress.",
        todo=_AGAIN_LATER,
    ),
    "series_not_ready": Advice(
        "Une série de cet examen est en cours de préparation.",
        "A series of this study is on its way into the cache.",
        todo=_AGAIN_LATER,
    ),
    "pacs_unavailable": Advice(
        "Le PACS du site ne répond pas.",
        "The site's PACS does not answer.",
        todo=_AGAIN_LATER,
    ),
    "pacs_answer_unusable": Advice(
        "Le PACS du site répond, mais ses réponses sur cet examen sont incomplètes ou se "
        "contredisent.",
        "The site's PACS answers, but its answers on this study are not whole, or contradict each "
        "other.",
        todo=_AGAIN_LATER,
    ),
    "agent_away": Advice(
        "Aucun agent du site n'est là, ou le PACS ne lui répond pas.",
        "No agent of the site is there, or the PACS does not answer it.",
        todo=_AGAIN_LATER,
    ),
    "answer_awaited": Advice(
        "L'agent du site n'a pas encore répondu.",
        "The site's agent has not answered yet.",
        todo=_AGAIN_LATER,
    ),
    "dmp_unavailable": Advice(
        "Le DMP ne répond pas.",
        "The DMP does not answer.",
        todo=_AGAIN_LATER,
    ),
    "dmp_outcome_unknown": Advice(
        "La réponse du DMP s'est perdue.",
        "The DMP's answer was lost.",
        todo=_AGAIN_LATER,
    ),
    "identity_unavailable": Advice(
        "Pro Santé Connect, ou le fournisseur d'identité, ne répond pas.",
        "Pro Santé Connect, or the identity provider, does not answer.",
        todo=_AGAIN_LATER,
    ),
    "storage_unavailable": Advice(
        "Le stockage de la passerelle ne répond pas.",
        "The gateway's storage does not answer.",
        todo=_AGAIN_LATER,
    ),
    "timeout": Advice(
        "La passerelle n'a pas répondu dans le délai prévu.",
        "The gateway did not answer in time.",
        todo=_AGAIN_LATER,
    ),
}
