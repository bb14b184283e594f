"""The one tree of errors, and the one catalogue of what a caller reads.

::

    DrimboxError
    ├── ConfigurationError          a tenant, secret or setting is missing or wrong
    ├── NotHl7                      no MSH can be read: HTTP 400, never an HL7 ACK
    ├── MessageError                the message itself is wrong: ACK AE, do not send again
    ├── Refusal                     the circumstance is wrong: ACK AR, may be sent again
    ├── Held                        one publication needs a human: reason code, replayable
    ├── Transient                   the same call may succeed later; always retried with bounds
    │   ├── StudyNotFoundYet        the PACS answers, the study is not there (yet)
    │   ├── StudyBusy               another change of the same study is in progress
    │   ├── PacsUnavailable         no usable answer from the PACS
    │   ├── DmpUnavailable          the DMP did not take the request: nothing was committed
    │   ├── DmpOutcomeUnknown       the request left, its answer did not come: committed or not
    │   ├── IdentityUnavailable     Pro Santé Connect gives no usable answer
    │   └── StorageUnavailable      our own storage gives no usable answer
    ├── DmpRefused                  the DMP answered, and refused: never retried by itself
    │   └── IdentityRefused         it refused who asks, before it looked at what is asked
    └── RequestError                an HTTP request of the image or query interface is refused
        ├── BadRequest        400
        ├── NotAuthenticated  401
        ├── Forbidden         403
        ├── Absent            404    also what belongs to another tenant
        ├── NotAcceptable     406
        ├── Conflict          409
        ├── TooLarge          413
        ├── UnsupportedMedia  415
        └── NotReady          503    with Retry-After, in seconds

``code`` is stable and part of the interface. ``detail`` is for operators; neither ever holds
patient data, a token or a value read from a message: a field is named, its value is not.
The class names are also the error names that the state machines retry and catch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


class DrimboxError(Exception):
    """Base of every error that we raise on purpose."""

    code: str = "internal_error"

    def __init__(self, detail: str = "", *, code: str | None = None) -> None:
        super().__init__(detail or code or self.code)
        self.detail = detail
        if code is not None:
            self.code = code


class ConfigurationError(DrimboxError):
    """A tenant, secret or setting is missing or wrong."""

    code = "configuration_error"


class NotHl7(DrimboxError):
    """The body has no readable MSH segment."""

    code = "not_hl7"


class MessageError(DrimboxError):
    """The message is wrong; the sender must correct it (HL7 ACK ``AE``).

    ``location`` is ERR-2 (``PID^1^3``, HL7 2.5 2.15.4.2), ``condition`` is ERR-3 (table 0357),
    ``application_code`` is ERR-5 (table 0533 of CISIS_CDA_HL7_V2) or empty.
    """

    code = "message_error"

    def __init__(
        self,
        code: str,
        *,
        location: str,
        condition: int = 207,
        application_code: str = "",
        detail: str = "",
    ) -> None:
        super().__init__(detail, code=code)
        self.location = location
        self.condition = condition
        self.application_code = application_code


class Refusal(MessageError):
    """The circumstance forbids it now; the sender may send it again (HL7 ACK ``AR``)."""

    code = "refused"


class Held(DrimboxError):
    """This publication stops until a human decides; ``code`` is the reason.

    Its message is the code alone: that is all that a workflow's history may keep.
    """

    code = "held"

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail, code=code)
        self.args = (code,)


class Transient(DrimboxError):
    """The same call may succeed later."""

    code = "unavailable"


class StudyNotFoundYet(Transient):
    """The PACS answers but does not know the study (yet)."""

    code = "study_not_found"


class StudyBusy(Transient):
    """Another change of the same study is in progress."""

    code = "study_busy"


class PacsUnavailable(Transient):
    """The PACS gives no usable answer."""

    code = "pacs_unavailable"


class DmpUnavailable(Transient):
    """The DMP did not take the request; nothing can have been committed."""

    code = "dmp_unavailable"


class DmpOutcomeUnknown(Transient):
    """The request left and no usable answer came: it may be committed or not."""

    code = "dmp_outcome_unknown"


class IdentityUnavailable(Transient):
    """Pro Santé Connect gives no usable answer; access stays closed."""

    code = "identity_unavailable"


class StorageUnavailable(Transient):
    """Our own storage gives no usable answer."""

    code = "storage_unavailable"


class DmpRefused(DrimboxError):
    """The DMP answered and refused; ``registry_codes`` are its own codes, in its order."""

    code = "dmp_refused"

    def __init__(self, registry_codes: tuple[str, ...], detail: str = "") -> None:
        super().__init__(detail or ", ".join(registry_codes))
        self.registry_codes = registry_codes


class IdentityRefused(DmpRefused):
    """The DMP refused the structure's certificate or assertion: nothing was processed."""


class RequestError(DrimboxError):
    """An HTTP request is refused; ``status`` is the answer's status code."""

    status: int = 400


class BadRequest(RequestError):
    code, status = "bad_request", 400


class NotAuthenticated(RequestError):
    code, status = "not_authenticated", 401


class Forbidden(RequestError):
    code, status = "forbidden", 403


class Absent(RequestError):
    code, status = "absent", 404


class NotAcceptable(RequestError):
    code, status = "not_acceptable", 406


class Conflict(RequestError):
    code, status = "conflict", 409


class TooLarge(RequestError):
    code, status = "too_large", 413


class UnsupportedMedia(RequestError):
    code, status = "unsupported_media", 415


class NotReady(RequestError):
    """``retry_after`` is in seconds."""

    code, status = "not_ready", 503

    def __init__(self, detail: str = "", *, retry_after: int, code: str | None = None) -> None:
        super().__init__(detail, code=code)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Wording:
    """The words for one code, for a person: the event and the remedy."""

    fr: str
    en: str
    todo_fr: str
    todo_en: str


HELD_REASONS: Final[dict[str, Wording]] = {
    "study_not_found": Wording(
        "L'examen n'est pas dans le PACS.",
        "The study is not in the PACS.",
        "Vérifier l'archivage de l'examen, puis rejouer.",
        "Check that the study was archived, then replay.",
    ),
    "accession_mismatch": Wording(
        "Le numéro d'accession des images n'est pas celui du compte rendu.",
        "The accession number of the images is not that of the report.",
        "Corriger le rapprochement dans le RIS ou le PACS, puis rejouer.",
        "Correct the match in the RIS or PACS, then replay.",
    ),
    "patient_mismatch": Wording(
        "L'identifiant local du patient des images n'est pas celui du compte rendu.",
        "The local patient identifier of the images is not that of the report.",
        "Vérifier l'identité (identitovigilance) avant tout, puis rejouer.",
        "Check the patient's identity first, then replay.",
    ),
    "traits_mismatch": Wording(
        "Le nom et la date de naissance des images contredisent ceux du compte rendu.",
        "The name and birth date of the images contradict those of the report.",
        "Vérifier l'identité (identitovigilance) avant tout, puis rejouer.",
        "Check the patient's identity first, then replay.",
    ),
    "known_traits_mismatch": Wording(
        "Un compte rendu précédent donne d'autres traits d'identité pour la même INS.",
        "An earlier report gives other identity traits under the same INS.",
        "Vérifier l'identité (identitovigilance) ; rejouer seulement si les traits de ce compte "
        "rendu sont les bons : ils remplacent alors ceux déjà connus.",
        "Check the patient's identity; replay only if the traits of this report are the right "
        "ones: they then replace those known so far.",
    ),
    "structure_mismatch": Wording(
        "La structure du message (PRT-8) n'est pas celle du responsable du compte rendu.",
        "The structure of the message (PRT-8) is not that of the report's legal authenticator.",
        "Corriger l'émetteur dans le RIS, puis renvoyer le compte rendu.",
        "Correct the sender in the RIS, then send the report again.",
    ),
    "correction_not_shared": Wording(
        "Cette version ne doit pas aller au DMP, où une version précédente peut se trouver.",
        "This version of the report is not for the DMP, where a former one may be.",
        "Décider s'il faut dépublier la version précédente (envoyer une suppression).",
        "Decide whether the former version must be withdrawn (send a withdrawal).",
    ),
    "masking_conflict": Wording(
        "Document invisible au patient et masqué aux professionnels : le DMP refuse le cumul.",
        "Hidden from the patient and from professionals at once: the DMP refuses both together.",
        "Corriger la confidentialité dans le RIS, puis renvoyer le compte rendu.",
        "Correct the confidentiality in the RIS, then send the report again.",
    ),
    "study_left_out": Wording(
        "La version corrigée du compte rendu ne cite plus cet examen, encore publié.",
        "The corrected report does not name this study any more, which is still published.",
        "Vérifier ; pour dépublier l'examen, envoyer une suppression qui le cite.",
        "Check; to withdraw the study, send a withdrawal that names it.",
    ),
    "manifest_not_in_dmp": Wording(
        "Le DMP ne connaît plus, ou plus comme actif, le manifeste que nous avions publié.",
        "The DMP no longer knows the manifest that we published, or no longer as active.",
        "Vérifier dans le DMP ce qu'il est devenu, puis rejouer ou classer.",
        "Check in the DMP what became of it, then replay or close.",
    ),
    "other_manifest_in_dmp": Wording(
        "Le DMP contient pour cet examen un manifeste que nous n'avons pas publié.",
        "The DMP holds a manifest of this study that we did not publish.",
        "Faire dépublier l'autre manifeste par le système qui l'a publié, puis rejouer.",
        "Have the other manifest withdrawn by the system that published it, then replay.",
    ),
    "empty_study": Wording(
        "L'examen ne contient aucune image publiable.",
        "The study holds no object that can be published.",
        "Vérifier l'examen dans le PACS, puis rejouer.",
        "Check the study in the PACS, then replay.",
    ),
    "already_published": Wording(
        "Un autre compte rendu a déjà publié cet examen.",
        "Another report already published this study.",
        "Envoyer un remplacement, ou retirer le premier.",
        "Send a replacement, or withdraw the first one.",
    ),
    "change_pending": Wording(
        "Une autre demande sur cet examen attend une décision.",
        "Another request on this study is waiting for a decision.",
        "Traiter d'abord l'autre demande, puis rejouer celle-ci.",
        "Deal with the other request first, then replay this one.",
    ),
    "dmp_refused": Wording(
        "Le DMP a refusé la publication.",
        "The DMP refused the publication.",
        "Lire les codes du DMP, corriger la cause, puis rejouer.",
        "Read the DMP's codes, correct the cause, then replay.",
    ),
    "identity_refused": Wording(
        "Le DMP refuse l'identité de la structure : ses autres publications attendent.",
        "The DMP refuses the structure's identity: its other publications wait.",
        "Vérifier ses certificats et son habilitation au DMP, puis rejouer pour essayer à nouveau.",
        "Check its certificates and its registration with the DMP, then replay: it tries again.",
    ),
    "dmp_unreachable": Wording(
        "Le DMP n'a pas répondu dans le délai prévu.",
        "The DMP did not answer within the allowed time.",
        "Rejouer quand le DMP est revenu.",
        "Replay when the DMP is back.",
    ),
    "pacs_unreachable": Wording(
        "Le PACS n'a pas répondu dans le délai prévu.",
        "The PACS did not answer within the allowed time.",
        "Rejouer quand le PACS est revenu.",
        "Replay when the PACS is back.",
    ),
    "pacs_refused": Wording(
        "Le PACS refuse l'accès à la passerelle.",
        "The PACS refuses access to the gateway.",
        "Autoriser la passerelle dans le PACS, puis rejouer.",
        "Allow the gateway in the PACS, then replay.",
    ),
    "study_too_large": Wording(
        "L'examen contient plus d'objets que la passerelle n'en publie.",
        "The study holds more objects than the gateway publishes.",
        "Appeler le support.",
        "Call support.",
    ),
    "no_certificate_for_structure": Wording(
        "Aucun certificat utilisable pour la structure du signataire : structure non déclarée, ou "
        "certificat absent, expiré, pas encore valable ou d'une autre structure.",
        "No usable certificate for the legal authenticator's structure: structure not declared, or "
        "certificate missing, expired, not valid yet or of another structure.",
        "Contrôler le message (contrôle de flux), qui dit pourquoi ; déclarer la structure ou "
        "déposer ses certificats, puis rejouer.",
        "Check the message (feed check), which tells why; declare the structure or put its "
        "certificates in place, then replay.",
    ),
    "different_document_in_dmp": Wording(
        "Le DMP tient un autre contenu, ou un doublon, sous l'identifiant du manifeste.",
        "The DMP holds other content, or a duplicate, under the manifest's identifier.",
        "Ne pas rejouer : appeler le support.",
        "Do not replay: call support.",
    ),
    "manifest_unbuildable": Wording(
        "Un texte du compte rendu ou de l'examen ne tient pas dans le manifeste.",
        "A text of the report or the study does not fit the manifest.",
        "Corriger l'identité ou la description à sa source, puis rejouer.",
        "Correct the identity or description at its source, then replay.",
    ),
    "incomplete_report": Wording(
        "Il manque au compte rendu une information que le DMP exige.",
        "The report lacks something that the DMP demands.",
        "Compléter le compte rendu dans le RIS et le renvoyer.",
        "Complete the report in the RIS and send it again.",
    ),
    "internal_error": Wording(
        "Une erreur interne a arrêté la publication.",
        "An internal error stopped the publication.",
        "Rejouer ; si l'erreur revient, appeler le support.",
        "Replay; if it comes back, call support.",
    ),
}

# Two sources give one identifier to two persons: an event for the staff that watches over
# identities.
IDENTITY_REASONS: Final = frozenset(
    {"patient_mismatch", "traits_mismatch", "known_traits_mismatch"}
)

# Replaying these says that somebody has checked this very publication: never a whole cause at once.
CONFIRMED_BY_REPLAY: Final = frozenset({"known_traits_mismatch"})
