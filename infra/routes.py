"""The one table of routes: the template and the OpenAPI documents are both made from it.

The paths of ``db`` are the RetrieveURL of every published manifest (PS3.18 8.3.2, 10.4): they are
frozen for ever. A path asked on another host than its own is absent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

Host = Literal["in", "db", "vi"]
HOSTS: Final[tuple[Host, ...]] = ("in", "db", "vi")

JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"
HL7: Final = "application/hl7-v2"
HTML: Final = "text/html"
FORM: Final = "application/x-www-form-urlencoded"
DICOM: Final = 'multipart/related; type="application/dicom"'
ONE_DICOM: Final = "application/dicom"
DICOM_JSON: Final = "application/dicom+json"
DICOM_XML: Final = "application/dicom+xml"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: HTTP status, what it means, media types (none: no body), headers it sets."""

    status: int
    meaning: str
    media_types: tuple[str, ...] = (PROBLEM,)
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Input:
    """One header or query parameter of a request."""

    name: str
    where: Literal["header", "query"]
    meaning: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """A request's body: its media type, what it is, its JSON schema (None: not JSON)."""

    media_type: str
    meaning: str
    schema: dict[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """One route of one host. ``authorizer`` is a Lambda's name; None only for a health check.

    ``permission`` is what the tenant's file must give the calling operator, "" where none is asked.
    """

    host: Host
    method: Literal["GET", "POST"]
    path: str
    function: str
    authorizer: str | None
    summary: str
    answers: tuple[Answer, ...]
    inputs: tuple[Input, ...] = ()
    body: Body | None = None
    permission: str = ""

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names between braces of the path, in order."""
        return tuple(re.findall(r"\{(\w+)\}", self.path))


PATH_PARAMETERS: Final = {
    "tenant": ("The tenant's slug.", r"^[a-z][a-z0-9-]{2,40}$"),
    "publication": ("The publication's identifier, as the list gives it.", r"^[A-Za-z0-9._~-]+$"),
    "reason": ("A held publication's reason, as the list gives it.", r"^[a-z_]{1,64}$"),
    "upload": ("The upload's identifier, as its request answered.", r"^[0-9a-f-]{36}$"),
    "study": ("StudyInstanceUID (0020,000D).", r"^[0-9.]{1,64}$"),
    "series": ("SeriesInstanceUID (0020,000E).", r"^[0-9.]{1,64}$"),
    "instance": ("SOPInstanceUID (0008,0018).", r"^[0-9.]{1,64}$"),
}

_EXAM_QUERY: Final[dict[str, object]] = {
    "type": "object",
    "required": ["ins", "oid"],
    "additionalProperties": False,
    "properties": {
        "ins": {"type": "string", "description": "The patient's INS, 15 characters."},
        "oid": {"type": "string", "description": "OID of the kind of INS."},
        "modality": {"type": "string", "description": "DICOM modality (DCM), such as CT."},
        "region": {"type": "string", "description": "Anatomical region (SNOMED code)."},
        "from": {"type": "string", "format": "date"},
        "to": {"type": "string", "format": "date"},
    },
}

_UNAUTHENTICATED: Final = Answer(
    401, "No token, or it is not active.", headers=("WWW-Authenticate",)
)
_FORBIDDEN: Final = Answer(403, "The caller may not use this route.")
_ABSENT: Final = Answer(404, "Absent, or of another tenant, or nothing to do it on.")
_TOO_LARGE: Final = Answer(413, "The body is larger than this route takes.")
_THROTTLED: Final = Answer(429, "Too many requests for now.")
_DEPENDENCY: Final = Answer(
    503, "A service that the answer needs gives none for now.", headers=("Retry-After",)
)

# What the operator's pages answer when they refuse: a page too, in words.
_REFUSED_PAGES: Final = (
    Answer(403, "Not signed in, or without the right; a page says so.", (HTML,)),
    Answer(404, "No such tenant, or nothing there.", (HTML,)),
    _THROTTLED,
    Answer(503, "A service that the answer needs gives none for now.", (HTML,)),
)
_REFUSED_FORMS: Final = (
    Answer(400, "Not a form, or one that asks for what cannot be.", (HTML,)),
    *_REFUSED_PAGES,
    Answer(413, "The form is larger than it can be.", (HTML,)),
)
_LANGUAGE: Final = (
    Input("lang", "query", "fr or en: the language from now on, kept in a cookie."),
    Input("Accept-Language", "header", "fr (the default) or en."),
)

_IMAGE_ANSWERS: Final = (
    Answer(200, "The instances, in their stored transfer syntax.", (DICOM, ONE_DICOM)),
    Answer(
        307, "The same body, at a short-lived signed URL of the exact object.", (), ("Location",)
    ),
    Answer(400, "No Accept, or no KOS-SOPInstanceUID."),
    _UNAUTHENTICATED,
    _FORBIDDEN,
    _ABSENT,
    Answer(406, "No transfer syntax that the request accepts can be given."),
    Answer(413, "A study of several series that is too large for one answer: ask by series."),
    _THROTTLED,
    Answer(503, "The images are being fetched from the site.", headers=("Retry-After",)),
)
_IMAGE_INPUTS: Final = (
    Input("Authorization", "header", "Bearer token of Pro Santé Connect.", required=True),
    Input("KOS-SOPInstanceUID", "header", "SOPInstanceUID of the study's manifest.", required=True),
    Input("Accept", "header", "Media types and transfer syntaxes, PS3.18 8.7.3.", required=True),
)


def _images(path: str, what: str) -> Route:
    return Route(
        host="db",
        method="GET",
        path=f"/tenants/{{tenant}}/dicomweb/studies/{{study}}{path}",
        function="retrieve_study",
        authorizer="authorize_professional",
        summary=f"Retrieve {what} (WADO-RS, PS3.18 10.4).",
        answers=_IMAGE_ANSWERS,
        inputs=_IMAGE_INPUTS,
    )


_STORE_FORMS: Final = (DICOM_JSON, DICOM_XML)


def _store(path: str, what: str) -> Route:
    return Route(
        host="db",
        method="POST",
        path=f"/tenants/{{tenant}}/dicomweb/studies{path}",
        function="receive_note",
        authorizer="authorize_pacs",
        summary=f"Store rejection notes {what} (STOW-RS, PS3.18 10.5; IHE IOCM).",
        answers=(
            Answer(200, "Every note is stored and in force.", _STORE_FORMS),
            Answer(202, "Some are; the answer says which, and why not the others.", _STORE_FORMS),
            Answer(400, "The body is malformed, or holds no object or more than 100."),
            _UNAUTHENTICATED,
            _FORBIDDEN,
            Answer(406, "Accept takes neither DICOM JSON nor Native DICOM XML."),
            Answer(409, "None is stored; the answer says why.", _STORE_FORMS),
            _TOO_LARGE,
            Answer(415, "Not multipart/related of application/dicom."),
            _THROTTLED,
            _DEPENDENCY,
        ),
        inputs=(
            Input("Authorization", "header", "The credential of the site's PACS.", required=True),
            Input("Accept", "header", "application/dicom+json (the default) or +xml."),
        ),
        body=Body(
            DICOM,
            "Key Object Selections titled 113001, 113037, 113038 or 113039 (DCM), 4 MiB at most.",
        ),
    )


def _operation(
    method: Literal["GET", "POST"],
    path: str,
    function: str,
    permission: str,
    summary: str,
    *answers: Answer,
    inputs: tuple[Input, ...] = (),
    body: Body | None = None,
) -> Route:
    """A route of operators: for their programs, with their certificates."""
    return Route(
        host="in",
        method=method,
        path=f"/v1/tenants/{{tenant}}/operations{path}",
        function=function,
        authorizer="authorize_sender",
        summary=summary,
        answers=(*answers, _FORBIDDEN, _ABSENT, _THROTTLED, _DEPENDENCY),
        inputs=inputs,
        body=body,
        permission=permission,
    )


_UID: Final[dict[str, object]] = {"type": "string", "pattern": r"^[0-9.]{1,64}$"}
_MEND: Final[dict[str, object]] = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": False,
    "properties": {
        "studies": {
            "type": "object",
            "description": "The study meant, by the study that the report names.",
            "additionalProperties": _UID,
        },
        "sender": {
            "type": "string",
            "description": "The declared sender that it counts as: APPLICATION|FACILITY.",
        },
    },
}
_WITHDRAWAL: Final[dict[str, object]] = {
    "type": "object",
    "required": ["study_instance_uid"],
    "additionalProperties": False,
    "properties": {"study_instance_uid": _UID},
}
_FILTER: Final[dict[str, object]] = {
    "type": "object",
    "required": ["name", "filter"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 60},
        "filter": {
            "type": ["object", "null"],
            "description": "Parameters of the queue; null forgets the filter.",
            "additionalProperties": False,
            "properties": {
                name: {"type": "string", "maxLength": 60} for name in ("state", "reason", "sender")
            },
        },
    },
}
_ILL_FORMED: Final = Answer(400, "A parameter is ill-formed.")
_ILL_FORMED_BODY: Final = Answer(400, "The body is ill-formed, or asks for what cannot be.")
_AFTER: Final = Input("after", "query", "Where the page before ended.")

_OPERATIONS: Final = (
    _operation(
        "GET",
        "/reconciliation",
        "view_reconciliation",
        "view",
        "Show what the last comparison of records, PACS and DMP has found; no patient data.",
        Answer(200, "The last run that has ended, and a page of its differences.", (JSON,)),
        _ILL_FORMED,
        inputs=(_AFTER,),
    ),
    _operation(
        "GET",
        "/publications",
        "list_publications",
        "view",
        "List publications by state, latest change first; no patient data.",
        Answer(200, "A page of publications.", (JSON,)),
        _ILL_FORMED,
        inputs=(
            Input("state", "query", "The state to list; held when none is given."),
            Input("reason", "query", "Only what is held for this reason."),
            Input("sender", "query", "Only what this sender sent: APPLICATION|FACILITY."),
            Input("since", "query", "Only what changed from this time on (ISO 8601, with zone)."),
            Input("until", "query", "Only what changed up to this time (ISO 8601, with zone)."),
            _AFTER,
        ),
    ),
    _operation(
        "GET",
        "/causes",
        "list_publications",
        "view",
        "List what holds publications now: each open cause, since when, and how many studies.",
        Answer(200, "The causes.", (JSON,)),
    ),
    _operation(
        "GET",
        "/activity",
        "report_activity",
        "view",
        "Count publications by day, and tell how long they take from validation to the DMP.",
        Answer(200, "The counters and the delays.", (JSON,)),
        _ILL_FORMED,
        inputs=(Input("days", "query", "How many days, today included: 1 to 31; 7 by default."),),
    ),
    _operation(
        "GET",
        "/filters",
        "keep_filters",
        "view",
        "List the caller's own filters of the queue.",
        Answer(200, "The filters by name.", (JSON,)),
    ),
    _operation(
        "POST",
        "/filters",
        "keep_filters",
        "view",
        "Keep a filter of the queue under a name, or forget it.",
        Answer(200, "The filters by name.", (JSON,)),
        _ILL_FORMED_BODY,
        Answer(409, "There are as many as may be kept."),
        _TOO_LARGE,
        body=Body(JSON, "The filter.", _FILTER),
    ),
    _operation(
        "GET",
        "/publications/{publication}",
        "view_publication",
        "view",
        "Show one publication whole, with the message and the patient's data.",
        Answer(200, "The publication.", (JSON,)),
    ),
    _operation(
        "GET",
        "/publications/{publication}/export",
        "view_publication",
        "export",
        "Export one publication: the message's and the acknowledgement's bytes, and what became.",
        Answer(200, "The export.", (JSON,)),
    ),
    _operation(
        "POST",
        "/publications/{publication}/replay",
        "replay_publication",
        "replay",
        "Play a held publication again.",
        Answer(202, "The publication is queued again.", (JSON,)),
    ),
    _operation(
        "POST",
        "/causes/{reason}/replay",
        "replay_publication",
        "bulk",
        "Play again what is held for one reason, a page at a time.",
        Answer(202, "What is queued again, and where to go on.", (JSON,)),
        _ILL_FORMED,
        inputs=(_AFTER,),
    ),
    _operation(
        "POST",
        "/publications/{publication}/mend",
        "mend_publication",
        "edit",
        "Say which study a report is about, or whose it is; its next replay reads it.",
        Answer(201, "The mend is kept; the message is unchanged.", (JSON,)),
        _ILL_FORMED_BODY,
        Answer(409, "What was sent may be in the DMP, or it was mended too often."),
        _TOO_LARGE,
        body=Body(JSON, "What is mended.", _MEND),
    ),
    _operation(
        "POST",
        "/publications/{publication}/withdraw",
        "withdraw_publication",
        "withdraw",
        "Withdraw from the DMP what a publication has put there.",
        Answer(202, "The order is queued: a publication of its own.", (JSON,)),
        _ILL_FORMED_BODY,
        _TOO_LARGE,
        body=Body(JSON, "Which of its studies.", _WITHDRAWAL),
    ),
)


_UPLOAD: Final[dict[str, object]] = {
    "type": "object",
    "required": ["size", "sha256"],
    "additionalProperties": False,
    "properties": {
        "size": {"type": "integer", "minimum": 1, "maximum": 64 * 1024 * 1024},
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "Hex."},
    },
}

ROUTES: Final[tuple[Route, ...]] = (
    Route(
        host="in",
        method="POST",
        path="/v1/tenants/{tenant}/hl7v2",
        function="receive_message",
        authorizer="authorize_sender",
        summary="Send one HL7 v2 message; the answer is its acknowledgement.",
        answers=(
            Answer(200, "The HL7 acknowledgement: AA, AE or AR.", (HL7,)),
            Answer(400, "No MSH segment can be read."),
            _FORBIDDEN,
            _ABSENT,
            _TOO_LARGE,
            _THROTTLED,
            _DEPENDENCY,
        ),
        body=Body(HL7, "One message, at most 4 MiB, in the character set that MSH-18 names."),
    ),
    Route(
        host="in",
        method="POST",
        path="/v1/tenants/{tenant}/hl7v2/uploads",
        function="request_upload",
        authorizer="authorize_sender",
        summary="Ask where to put a message above 4 MiB.",
        answers=(
            Answer(
                201,
                "The signed address, the headers that must go with the bytes, and the path of the "
                "acknowledgement; ten minutes to use it.",
                (JSON,),
            ),
            Answer(400, "The size or the SHA-256 is missing or ill-formed."),
            _FORBIDDEN,
            _ABSENT,
            _TOO_LARGE,
            _THROTTLED,
            _DEPENDENCY,
        ),
        body=Body(JSON, "What will be put there: its size in bytes and its SHA-256.", _UPLOAD),
    ),
    Route(
        host="in",
        method="GET",
        path="/v1/tenants/{tenant}/hl7v2/uploads/{upload}",
        function="acknowledge_upload",
        authorizer="authorize_sender",
        summary="Read the acknowledgement of a message that was uploaded.",
        answers=(
            Answer(200, "The HL7 acknowledgement, as of a message sent directly.", (HL7,)),
            Answer(202, "The message is not there yet.", (JSON,), ("Retry-After",)),
            Answer(400, "No MSH segment can be read."),
            _FORBIDDEN,
            _ABSENT,
            _THROTTLED,
            _DEPENDENCY,
        ),
    ),
    Route(
        host="in",
        method="POST",
        path="/v1/tenants/{tenant}/hl7v2/check",
        function="check_message",
        authorizer="authorize_sender",
        summary="Check one HL7 v2 message; it is neither stored nor processed.",
        answers=(
            Answer(
                200,
                "The acknowledgement that it would get, what is wrong, what was read and what "
                "would be published.",
                (JSON, HTML),
            ),
            Answer(400, "The body cannot be decoded."),
            _FORBIDDEN,
            _ABSENT,
            Answer(406, "Accept takes neither JSON nor HTML."),
            _TOO_LARGE,
            _THROTTLED,
            _DEPENDENCY,
        ),
        inputs=(
            Input("Accept", "header", "application/json (the default) or text/html."),
            Input("Accept-Language", "header", "fr (the default) or en: the page's language."),
        ),
        body=Body(HL7, "The message, as it would be sent."),
    ),
    *_OPERATIONS,
    Route(
        host="db",
        method="GET",
        path="/tenants/{tenant}/dicomweb",
        function="check_health",
        authorizer=None,
        summary="Tell whether this tenant's image service works.",
        answers=(
            Answer(200, "It works; the answer names the product's version.", (JSON,)),
            _ABSENT,
            _THROTTLED,
            Answer(503, "It does not work.", headers=("Retry-After",)),
        ),
    ),
    _store("", "of any study"),
    _store("/{study}", "of one study"),
    _images("", "a study"),
    _images("/series/{series}", "a series"),
    _images("/series/{series}/instances/{instance}", "an instance"),
    Route(
        host="vi",
        method="POST",
        path="/v1/tenants/{tenant}/exams/search",
        function="search_exams",
        authorizer="authorize_professional",
        summary="List a patient's imaging exams known to the DMP.",
        answers=(
            Answer(200, "The exams.", (JSON,)),
            Answer(400, "The body is ill-formed."),
            _UNAUTHENTICATED,
            _FORBIDDEN,
            _ABSENT,
            _TOO_LARGE,
            _THROTTLED,
            _DEPENDENCY,
        ),
        inputs=(
            Input("Authorization", "header", "Bearer token of Pro Santé Connect.", required=True),
        ),
        body=Body(JSON, "Whose exams, and which.", _EXAM_QUERY),
    ),
    Route(
        host="vi",
        method="GET",
        path="/v1/tenants/{tenant}/operations",
        function="show_operations",
        authorizer="authorize_operator",
        summary="The publications that wait for a human, as a page.",
        answers=(
            Answer(200, "The page; the way to sign in without a session.", (HTML,)),
            Answer(400, "A parameter is ill-formed.", (HTML,)),
            *_REFUSED_PAGES,
        ),
        inputs=(
            Input("state", "query", "The state to list; held when none is given."),
            Input("reason", "query", "Only what is held for this reason."),
            Input("sender", "query", "Only what this sender sent: APPLICATION|FACILITY."),
            Input("from", "query", "Only what changed on this day at the site, or later."),
            Input("to", "query", "Only what changed on this day at the site, or before."),
            Input("after", "query", "Where the page before ended."),
            *_LANGUAGE,
        ),
    ),
    Route(
        host="vi",
        method="GET",
        path="/v1/tenants/{tenant}/operations/publications/{publication}",
        function="show_operations",
        authorizer="authorize_operator",
        summary="One publication with its message and the patient's data, as a page.",
        answers=(
            Answer(200, "The page; the way to sign in without a session.", (HTML,)),
            *_REFUSED_PAGES,
        ),
        inputs=_LANGUAGE,
    ),
    Route(
        host="vi",
        method="GET",
        path="/v1/tenants/{tenant}/operations/activity",
        function="show_operations",
        authorizer="authorize_operator",
        summary="Counters by day and delays against the site's objective, as a page.",
        answers=(
            Answer(200, "The page; the way to sign in without a session.", (HTML,)),
            Answer(400, "Not a number of days.", (HTML,)),
            *_REFUSED_PAGES,
        ),
        inputs=(Input("days", "query", "How many days, today included; 7 by default."), *_LANGUAGE),
    ),
    Route(
        host="vi",
        method="GET",
        path="/v1/tenants/{tenant}/operations/check",
        function="show_operations",
        authorizer="authorize_operator",
        summary="Where a message is pasted to be checked.",
        answers=(
            Answer(200, "The page; the way to sign in without a session.", (HTML,)),
            *_REFUSED_PAGES,
        ),
        inputs=_LANGUAGE,
    ),
    Route(
        host="vi",
        method="POST",
        path="/v1/tenants/{tenant}/operations/check",
        function="check_pasted_message",
        authorizer="authorize_operator",
        summary="Check a pasted HL7 v2 message; it is neither stored nor processed.",
        answers=(Answer(200, "The feed check's page.", (HTML,)), *_REFUSED_FORMS),
        body=Body(FORM, "The form's token, the sender that it counts as, and the message."),
    ),
    Route(
        host="vi",
        method="POST",
        path="/v1/tenants/{tenant}/operations",
        function="act_on_publication",
        authorizer="authorize_operator",
        summary="Play again all that is held for one reason; keep or forget an own filter.",
        answers=(
            Answer(303, "To the queue.", (), ("Location",)),
            *_REFUSED_FORMS,
            Answer(409, "Too many filters are kept.", (HTML,)),
        ),
        body=Body(FORM, "The form's token, its verb, and the reason or the filter."),
    ),
    Route(
        host="vi",
        method="POST",
        path="/v1/tenants/{tenant}/operations/publications/{publication}",
        function="act_on_publication",
        authorizer="authorize_operator",
        summary="Replay, mend, withdraw or export one publication.",
        answers=(
            Answer(200, "The export, as a file.", (JSON,), ("Content-Disposition",)),
            Answer(303, "To where the effect is seen.", (), ("Location",)),
            *_REFUSED_FORMS,
            Answer(409, "What was sent may be in the DMP, or was mended too often.", (HTML,)),
        ),
        body=Body(FORM, "The form's token, its verb, and what the verb needs."),
    ),
    Route(
        host="vi",
        method="GET",
        path="/v1/tenants/{tenant}/operations/sign-in",
        function="start_operator_session",
        authorizer="authorize_operator",
        summary="Send an operator to the identity provider (OpenID Connect, code with PKCE).",
        answers=(
            Answer(303, "To the provider.", (), ("Location", "Set-Cookie")),
            *_REFUSED_PAGES,
        ),
    ),
    Route(
        host="vi",
        method="GET",
        path="/v1/tenants/{tenant}/operations/session",
        function="open_operator_session",
        authorizer="authorize_operator",
        summary="Where the identity provider sends an operator back to: opens a session.",
        answers=(
            Answer(303, "To the publications, signed in.", (), ("Location", "Set-Cookie")),
            Answer(400, "A parameter is given twice.", (HTML,)),
            *_REFUSED_PAGES,
        ),
        inputs=(
            Input("state", "query", "That of the sign-in."),
            Input("code", "query", "The authorization code."),
            Input("iss", "query", "The issuer (RFC 9207)."),
            Input("error", "query", "Why the provider refuses."),
        ),
    ),
    Route(
        host="vi",
        method="POST",
        path="/v1/tenants/{tenant}/operations/session",
        function="close_operator_session",
        authorizer="authorize_operator",
        summary="Sign out.",
        answers=(
            Answer(303, "To the sign-in.", (), ("Location", "Set-Cookie")),
            *_REFUSED_FORMS,
        ),
        body=Body(FORM, "The form's token."),
    ),
)


def of_host(host: Host) -> tuple[Route, ...]:
    """The routes of one host, in the table's order."""
    return tuple(route for route in ROUTES if route.host == host)
