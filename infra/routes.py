"""The one table of routes. The template and the OpenAPI documents are both made from it.

The paths of ``db`` are the RetrieveURL of every published manifest (PS3.18 8.3.2, 10.4): they are
frozen for ever. A path asked on another host than its own is absent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from functions.drimbox.consultation.call_parameters import PARAMETERS as CALL
from functions.drimbox.images.search_attributes import BY_LEVEL, Level
from functions.drimbox.operations.confirming_identity import LONGEST_REASON
from functions.drimbox.operations.filters import MOST_CHARACTERS, PARAMETERS
from functions.drimbox.operations.queue import STATES
from functions.drimbox.operations.searching import LONGEST
from functions.drimbox.publication.known_traits import Keep
from functions.drimbox.wording.held import HELD_REASONS
from infra.agent_schemas import ANSWER, BEAT, REQUEST

Host = Literal["in", "db", "vi"]
HOSTS: Final[tuple[Host, ...]] = ("in", "db", "vi")

JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"
HL7: Final = "application/hl7-v2"
HTML: Final = "text/html"
CSV: Final = "text/csv"
PDF: Final = "application/pdf"
FORM: Final = "application/x-www-form-urlencoded"
UPLOAD: Final = "multipart/form-data"
DICOM: Final = 'multipart/related; type="application/dicom"'
ONE_DICOM: Final = "application/dicom"
DICOM_JSON: Final = "application/dicom+json"
DICOM_XML: Final = "application/dicom+xml"
WADL: Final = "application/vnd.sun.wadl+xml"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: HTTP status, its meaning, media types (none: no body), headers it sets, and the
    name in ``schemas.SCHEMAS`` of its JSON ("": none is published)."""

    status: int
    meaning: str
    media_types: tuple[str, ...] = (PROBLEM,)
    headers: tuple[str, ...] = ()
    schema: str = ""


@dataclass(frozen=True, slots=True)
class Input:
    """One header or query parameter of a request; ``values`` are those that it may have, none where
    they are not counted."""

    name: str
    where: Literal["header", "query"]
    meaning: str
    required: bool = False
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Body:
    """A request's body: its media type, its meaning, its JSON schema (None: not JSON)."""

    media_type: str
    meaning: str
    schema: dict[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """One route of one host. ``authorizer`` is a Lambda's name; None only for a health check and
    for public files.

    ``permission`` is the permission that the calling operator needs in the tenant's file; "" where
    the route asks for none.
    """

    host: Host
    method: Literal["GET", "HEAD", "POST", "OPTIONS"]
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
    "reason": ("The reason why publications are held, as the list gives it.", r"^[a-z_]{1,64}$"),
    "upload": ("The upload's identifier, from the answer to its request.", r"^[0-9a-f-]{36}$"),
    "message": ("The message's MSH-10, or its publication's identifier.", r"^.{1,256}$"),
    "job": ("The job's name, as the queue gives it.", r"^[a-z]+-[0-9a-f]{64}$"),
    "file": ("The file's name, which holds its hash.", r"^[A-Za-z0-9._-]{1,80}$"),
    "page": ("The page's identifier, from the contextual call.", r"^[A-Za-z0-9_-]{43}$"),
    "study": ("StudyInstanceUID (0020,000D).", r"^[0-9.]{1,64}$"),
    "series": ("SeriesInstanceUID (0020,000E).", r"^[0-9.]{1,64}$"),
    "instance": ("SOPInstanceUID (0008,0018).", r"^[0-9.]{1,64}$"),
    "frames": ("The numbers of the frames, from 1 on, separated by commas.", r"^[0-9,]{1,8000}$"),
}

_EXAM_QUERY: Final[dict[str, object]] = {
    "type": "object",
    "required": ["ins", "oid"],
    "additionalProperties": False,
    "properties": {
        "ins": {"type": "string", "description": "The patient's INS, 15 characters."},
        "oid": {"type": "string", "description": "The OID of the kind of INS."},
        "modality": {"type": "string", "description": "DICOM modality (DCM), such as CT."},
        "region": {"type": "string", "description": "Anatomical region (SNOMED code)."},
        "from": {"type": "string", "format": "date"},
        "to": {"type": "string", "format": "date"},
        "traits": {
            "type": "object",
            "description": (
                "The patient's traits as the caller knows them: exams whose traits contradict them "
                "are left out and counted (`contradicting`). Without them no identity is compared "
                "(`identity_compared`)."
            ),
            "required": ["birth_family", "birth_given", "birth_date", "sex"],
            "additionalProperties": False,
            "properties": {
                "birth_family": {"type": "string", "maxLength": 100},
                "birth_given": {"type": "string", "maxLength": 100},
                "birth_date": {"type": "string", "format": "date"},
                "sex": {"type": "string", "enum": ["M", "F", "O", "U"]},
            },
        },
    },
}

# The identifier under which a message is followed, and an operator finds it.
_PUBLICATION_ID: Final = "Publication-Id"
_UNAUTHENTICATED: Final = Answer(
    401, "The token is missing or not active.", headers=("WWW-Authenticate",)
)
_FORBIDDEN: Final = Answer(403, "The caller may not use this route.")
_ABSENT: Final = Answer(
    404,
    "Not found. Another tenant's resources are not found either, nor is one to which the action "
    "does not apply.",
)
_TOO_LARGE: Final = Answer(413, "The body is larger than this route accepts.")
_THROTTLED: Final = Answer(429, "Too many requests; try again later.")
_DEPENDENCY: Final = Answer(
    503, "A service that this route needs is not available.", headers=("Retry-After",)
)

# The operator's pages refuse with a page too, in words.
_REFUSED_PAGES: Final = (
    Answer(403, "The operator is not signed in, or lacks the permission.", (HTML,)),
    Answer(404, "The tenant or the resource is not found.", (HTML,)),
    _THROTTLED,
    Answer(503, "A service that this page needs is not available.", (HTML,)),
)
_REFUSED_FORMS: Final = (
    Answer(400, "The body is not a valid form, or its request is not possible.", (HTML,)),
    *_REFUSED_PAGES,
    Answer(413, "The form is larger than this route accepts.", (HTML,)),
)
# The parameters with which a provider sends a person back (OpenID Connect Core 3.1.2.5).
_SENT_BACK: Final = (
    Input("state", "query", "The state that the sign-in gave to the provider."),
    Input("code", "query", "The authorization code."),
    Input("iss", "query", "The issuer (RFC 9207)."),
    Input("error", "query", "The provider's reason to refuse (RFC 6749 4.1.2.1)."),
)
_REFUSED_READERS: Final = (
    Answer(403, "The professional is not signed in, or practises in no structure here.", (HTML,)),
    Answer(404, "The tenant, or the page of this session, is not found.", (HTML,)),
    _THROTTLED,
    Answer(503, "Pro Santé Connect, or the storage, is not available.", (HTML,)),
)
_LANGUAGE: Final = (
    Input("lang", "query", "fr or en: the page's language; a cookie keeps it."),
    Input("Accept-Language", "header", "fr (the default) or en."),
)

_FORMAT: Final = Input("format", "query", "`csv` for a file in the place of the page.")


def _of_images(
    served: Sequence[Answer], ill_formed: str, form: str, large: str
) -> tuple[Answer, ...]:
    """The answers of a retrieve: ``served``, and the meanings of 400, 406 and 413."""
    return (
        *served,
        Answer(400, ill_formed),
        _UNAUTHENTICATED,
        _FORBIDDEN,
        _ABSENT,
        Answer(406, form),
        Answer(409, "The site's PACS gives objects of this series that cannot be served."),
        Answer(413, large),
        _THROTTLED,
        Answer(503, "The images are being fetched from the site's PACS.", headers=("Retry-After",)),
    )


_IMAGE_ANSWERS: Final = _of_images(
    (
        Answer(200, "The instances, in their stored transfer syntax.", (DICOM, ONE_DICOM)),
        Answer(
            307,
            "The same body, at a short-lived signed URL of the exact object.",
            (),
            ("Location",),
        ),
    ),
    "The header Accept or KOS-SOPInstanceUID is missing or ill-formed.",
    "The request accepts no transfer syntax that is available.",
    "The study is too large for one answer; retrieve it series by series.",
)
_IMAGE_INPUTS: Final = (
    Input("Authorization", "header", "Bearer token of Pro Santé Connect.", required=True),
    Input("KOS-SOPInstanceUID", "header", "SOPInstanceUID of the study's manifest.", required=True),
    Input("Accept", "header", "Media types and transfer syntaxes, PS3.18 8.7.3.", required=True),
)


_OCTET_FRAMES: Final = 'multipart/related; type="application/octet-stream"'
_FRAME_ANSWERS: Final = _of_images(
    (
        Answer(
            200,
            "The frames as the instance holds them, each in the media type of its transfer syntax.",
            (_OCTET_FRAMES, "application/octet-stream"),
        ),
    ),
    "The list of frames, Accept or KOS-SOPInstanceUID is missing or ill-formed.",
    "The request accepts no form in which the frames can be sent.",
    "The frames are too large for one answer; retrieve fewer, or the instance.",
)
_METADATA_ANSWERS: Final = _of_images(
    (Answer(200, "The attributes of each instance, bulk data left out.", (DICOM_JSON, JSON)),),
    "The header KOS-SOPInstanceUID is missing or ill-formed.",
    "The request does not accept DICOM JSON.",
    "The attributes are too large for one answer; retrieve a part, or accept gzip.",
)
_METADATA_INPUTS: Final = (
    *_IMAGE_INPUTS[:2],
    Input("Accept", "header", "application/dicom+json, which is sent without it too."),
    Input("Accept-Encoding", "header", "gzip, where the body may come so."),
)


def _with_head(route: Route) -> tuple[Route, Route]:
    """A GET, and the same without its bodies (RFC 9110 9.3.2)."""
    bare = tuple(replace(one, media_types=(), schema="") for one in route.answers)
    summary = f"{route.summary.removesuffix('.')}: the headers alone."
    return route, replace(route, method="HEAD", summary=summary, answers=bare)


def _retrieved(
    path: str, what: str, answers: tuple[Answer, ...], inputs: tuple[Input, ...]
) -> tuple[Route, Route]:
    get = Route(
        host="db",
        method="GET",
        path=f"/tenants/{{tenant}}/dicomweb/studies/{{study}}{path}",
        function="retrieve_study",
        authorizer="authorize_professional",
        summary=f"Retrieve {what} (WADO-RS, PS3.18 10.4).",
        answers=answers,
        inputs=inputs,
    )
    return _with_head(get)


def _images(path: str, what: str) -> tuple[Route, ...]:
    return (
        *_retrieved(path, what, _IMAGE_ANSWERS, _IMAGE_INPUTS),
        *_retrieved(
            f"{path}/metadata", f"the attributes of {what}", _METADATA_ANSWERS, _METADATA_INPUTS
        ),
    )


_INSTANCE: Final = "/series/{series}/instances/{instance}"

_SEARCH_ANSWERS: Final = _of_images(
    (
        Answer(200, "The results, those alone that the manifest names.", (DICOM_JSON, JSON)),
        Answer(204, "Nothing of the study matches.", ()),
    ),
    "A parameter, or the header KOS-SOPInstanceUID, is missing, unknown or ill-formed. No key "
    "names a person, a request or a report.",
    "The request does not accept DICOM JSON.",
    "One result is too large for one answer; ask for fewer attributes.",
)
_PAGE_INPUTS: Final = (
    *_METADATA_INPUTS,
    Input("includefield", "query", "Tags or keywords, separated by commas; or all."),
    Input("limit", "query", "The most results; a header Warning tells how many are left."),
    Input("offset", "query", "Results to leave out from the first on."),
    Input("fuzzymatching", "query", "Names are not matched, so that it changes nothing."),
)


def _searched(path: str, what: str, *levels: Level) -> tuple[Route, Route]:
    """A search whose results are of the last of ``levels``; the keys are those of all of them."""
    matched = [one for level in levels for one in BY_LEVEL[level] if one.matching]
    demanded = {"StudyInstanceUID"} if "study" in levels else set()
    keys = tuple(
        Input(one.keyword, "query", f"({one.tag[:4]},{one.tag[4:]})", one.keyword in demanded)
        for one in matched
    )
    get = Route(
        host="db",
        method="GET",
        path=f"/tenants/{{tenant}}/dicomweb/studies{path}",
        function="retrieve_study",
        authorizer="authorize_professional",
        summary=f"Search {what} (QIDO-RS, PS3.18 10.6).",
        answers=_SEARCH_ANSWERS,
        inputs=(*_PAGE_INPUTS, *keys),
    )
    return _with_head(get)


def _health(method: Literal["GET", "OPTIONS"], path: str, summary: str, *media_types: str) -> Route:
    return Route(
        host="db",
        method=method,
        path=f"/tenants/{{tenant}}/dicomweb{path}",
        function="check_health",
        authorizer=None,
        summary=summary,
        answers=(
            Answer(200, "It works; the answer names the product's version.", media_types),
            _ABSENT,
            _THROTTLED,
            Answer(503, "It does not work.", headers=("Retry-After",)),
        ),
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
            Answer(202, "Some notes are stored; the body gives each failure.", _STORE_FORMS),
            Answer(400, "The body is malformed, or has no object, or more than 100."),
            _UNAUTHENTICATED,
            _FORBIDDEN,
            Answer(406, "Accept takes neither DICOM JSON nor Native DICOM XML."),
            Answer(409, "No note is stored; the body gives each failure.", _STORE_FORMS),
            _TOO_LARGE,
            Answer(415, "The body is not multipart/related of application/dicom."),
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
    """A route for operators' programs, which present a client certificate."""
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
_OVERRIDE: Final[dict[str, object]] = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": False,
    "properties": {
        "studies": {
            "type": "object",
            "description": "From a study that the report names to the study that is meant. An "
            "empty object undoes the choice in force, as far as nothing of it is published.",
            "additionalProperties": _UID,
        },
        "sender": {
            "type": "string",
            "description": "The declared sender to treat it as sent by: APPLICATION|FACILITY.",
        },
    },
}
_REASON: Final[dict[str, object]] = {
    "type": "string",
    "minLength": 1,
    "maxLength": LONGEST_REASON,
    "description": "One line.",
}
_IDENTITY: Final[dict[str, object]] = {
    "type": "object",
    "required": ["study_instance_uid", "reason", "confirm"],
    "additionalProperties": False,
    "properties": {
        "study_instance_uid": _UID,
        "reason": _REASON,
        "confirm": {"type": "boolean", "enum": [True]},
    },
}
_DECISION: Final[dict[str, object]] = {
    "type": "object",
    "required": ["keep", "revision", "reason", "confirm"],
    "additionalProperties": False,
    "properties": {
        "keep": {
            "type": "string",
            "enum": [str(one) for one in Keep],
            "description": "The sets of traits with which this report agrees, or the others.",
        },
        "revision": {"type": "integer", "description": "As `known_traits.revision` says it."},
        "reason": _REASON,
        "confirm": {"type": "boolean", "enum": [True]},
    },
}
_MONTH: Final[dict[str, object]] = {
    "type": "object",
    "required": ["month"],
    "additionalProperties": False,
    "properties": {
        "month": {"type": "string", "pattern": r"^20[0-9]{2}-(0[1-9]|1[0-2])$"},
        "after": {"type": ["string", "null"], "description": "As `next` of the former answer."},
    },
}
_WITHDRAWAL: Final[dict[str, object]] = {
    "type": "object",
    "required": ["study_instance_uid"],
    "additionalProperties": False,
    "properties": {"study_instance_uid": _UID, "reason": _REASON},
}
_FILTER: Final[dict[str, object]] = {
    "type": "object",
    "required": ["name", "filter"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": MOST_CHARACTERS},
        "filter": {
            "type": ["object", "null"],
            "description": "Parameters of the queue; null deletes the filter.",
            "additionalProperties": False,
            "properties": {
                name: {"type": "string", "maxLength": MOST_CHARACTERS}
                for name in sorted(PARAMETERS)
            },
        },
    },
}
_SEARCH: Final[dict[str, object]] = {
    "type": "object",
    "required": ["text"],
    "additionalProperties": False,
    "properties": {"text": {"type": "string", "minLength": 1, "maxLength": LONGEST}},
}
_ILL_FORMED: Final = Answer(400, "A parameter is ill-formed.")
_ILL_FORMED_BODY: Final = Answer(
    400, "The body is ill-formed, or its request is not possible in the current state."
)
_LISTED_STATES: Final = tuple(sorted(STATES))
_AFTER: Final = Input("after", "query", "The cursor that the previous page gave.")

_OPERATIONS: Final = (
    _operation(
        "GET",
        "/reconciliation",
        "read_operations",
        "view",
        "Show the differences that the last reconciliation of records, PACS and DMP found; "
        "no patient data.",
        Answer(
            200,
            "The last completed run, and a page of its differences.",
            (JSON,),
            schema="Reconciliation",
        ),
        _ILL_FORMED,
        inputs=(_AFTER,),
    ),
    _operation(
        "GET",
        "/publications",
        "read_operations",
        "view",
        "List publications by state, latest change first; the permission `patients` shows the "
        "patient's name and birth date.",
        Answer(200, "A page of publications.", (JSON,), schema="Publications"),
        _ILL_FORMED,
        inputs=(
            Input("state", "query", "The state to list; held by default.", values=_LISTED_STATES),
            Input(
                "reason",
                "query",
                "Only publications held for this reason.",
                values=tuple(HELD_REASONS),
            ),
            Input("sender", "query", "Only messages of this sender: APPLICATION|FACILITY."),
            Input("since", "query", "Only changes at or after this time (ISO 8601, with zone)."),
            Input("until", "query", "Only changes up to this time (ISO 8601, with zone)."),
            _AFTER,
        ),
    ),
    _operation(
        "POST",
        "/search",
        "read_operations",
        "view",
        "Find publications by one whole term: a StudyInstanceUID, an accession number or an "
        "MSH-10; with the permission `patients` also an INS, an IPP or a name.",
        Answer(200, "The publications, the latest received first.", (JSON,), schema="Found"),
        _ILL_FORMED_BODY,
        _TOO_LARGE,
        body=Body(JSON, "The term.", _SEARCH),
    ),
    _operation(
        "GET",
        "/refused",
        "read_operations",
        "view",
        "List the messages that were refused (AE) within thirty days; nothing of their content.",
        Answer(200, "A page of refused messages, latest hour first.", (JSON,), schema="Refused"),
        _ILL_FORMED,
        inputs=(_AFTER,),
    ),
    _operation(
        "GET",
        "/causes",
        "read_operations",
        "view",
        "List the open causes of held publications, each with its start and its number of studies.",
        Answer(200, "The open causes.", (JSON,), schema="Causes"),
    ),
    _operation(
        "GET",
        "/services",
        "read_operations",
        "view",
        "Tell the state of the services that consultations need, and the national white list.",
        Answer(
            200, "The services, the sites that were asked, the list.", (JSON,), schema="Services"
        ),
    ),
    _operation(
        "GET",
        "/activity",
        "read_operations",
        "view",
        "Count publications by day, and measure the delay from validation to the DMP.",
        Answer(200, "The counters and the delays.", (JSON,), schema="Activity"),
        _ILL_FORMED,
        inputs=(Input("days", "query", "How many days, today included: 1 to 31; 7 by default."),),
    ),
    _operation(
        "GET",
        "/filters",
        "read_operations",
        "view",
        "List the caller's own filters of the queue.",
        Answer(200, "The filters by name.", (JSON,), schema="Filters"),
    ),
    _operation(
        "POST",
        "/filters",
        "act_on_operations",
        "view",
        "Save a filter of the queue under a name, or delete it.",
        Answer(200, "The filters by name.", (JSON,), schema="Filters"),
        _ILL_FORMED_BODY,
        Answer(409, "The operator has the maximum number of filters."),
        _TOO_LARGE,
        body=Body(JSON, "The filter.", _FILTER),
    ),
    _operation(
        "GET",
        "/publications/{publication}",
        "read_operations",
        "view",
        "Show one publication whole, with the message and the patient's data.",
        Answer(200, "The publication.", (JSON,), schema="Publication"),
    ),
    _operation(
        "GET",
        "/publications/{publication}/export",
        "read_operations",
        "export",
        "Export one publication: the bytes of the message and of its acknowledgement, and its "
        "history.",
        Answer(200, "The export.", (JSON,), schema="Export"),
        Answer(307, "The same body, above 4 MiB, at a short-lived signed URL.", (), ("Location",)),
    ),
    _operation(
        "POST",
        "/publications/{publication}/replay",
        "act_on_operations",
        "replay",
        "Replay a held publication.",
        Answer(202, "The publication is queued again.", (JSON,), schema="Replay"),
    ),
    _operation(
        "POST",
        "/causes/{reason}/replay",
        "act_on_operations",
        "bulk",
        "Replay the publications held for one reason, one page at a time.",
        Answer(
            202,
            "The publications that are queued again, those left out because a study of theirs is "
            "held for its patient and not confirmed by this request, and the next cursor.",
            (JSON,),
            schema="Replays",
        ),
        _ILL_FORMED,
        inputs=(
            _AFTER,
            Input(
                "confirm",
                "query",
                "`yes`, demanded for `patient_mismatch` and `traits_mismatch`: each exam whose "
                "patient agrees now is published.",
            ),
        ),
    ),
    _operation(
        "POST",
        "/publications/{publication}/override",
        "act_on_operations",
        "edit",
        "Override the study or the sender of a held report, or undo an override; the next replay "
        "applies it.",
        Answer(
            201, "The override is stored; the message is unchanged.", (JSON,), schema="Overridden"
        ),
        _ILL_FORMED_BODY,
        Answer(
            409,
            "The document may already be in the DMP, the chosen study is in progress or published, "
            "or too many overrides are stored.",
        ),
        _TOO_LARGE,
        body=Body(JSON, "The override.", _OVERRIDE),
    ),
    _operation(
        "POST",
        "/publications/{publication}/identity",
        "act_on_operations",
        "identity",
        "Confirm that a report held for its traits is of the person of its INS, and replay it.",
        Answer(
            202,
            "The confirmation is stored, and the publication is queued again.",
            (JSON,),
            schema="Overridden",
        ),
        _ILL_FORMED_BODY,
        Answer(409, "The document may already be in the DMP, or too many overrides are stored."),
        _TOO_LARGE,
        body=Body(JSON, "The study, the reason, and the confirmation.", _IDENTITY),
    ),
    _operation(
        "POST",
        "/publications/{publication}/release",
        "act_on_operations",
        "release",
        "Say that a study held as an imported one is the site's own; a replay then tries again.",
        Answer(
            201,
            "The study does not count as imported any more; the word is stored.",
            (JSON,),
            schema="Overridden",
        ),
        _ILL_FORMED_BODY,
        Answer(409, "Another import of the study began, or too many overrides are stored."),
        _TOO_LARGE,
        body=Body(JSON, "The study, the reason, and the confirmation.", _IDENTITY),
    ),
    _operation(
        "POST",
        "/archives",
        "export_archive",
        "archive",
        "Give the manifests in force that were published in a month, as XDM archives: a page of "
        "them, none that is masked to professionals or about to change.",
        Answer(
            200,
            "Archives at addresses of some minutes, and where the next page begins.",
            (JSON,),
            schema="Archives",
        ),
        _ILL_FORMED_BODY,
        _TOO_LARGE,
        body=Body(JSON, "The month, and the position that the former answer gave.", _MONTH),
    ),
    _operation(
        "POST",
        "/publications/{publication}/traits",
        "act_on_operations",
        "identity",
        "Decide which of several known sets of traits of the report's patient stand.",
        Answer(201, "The decision is stored and in force.", (JSON,), schema="Overridden"),
        _ILL_FORMED_BODY,
        Answer(409, "The known traits have changed since, or too many overrides are stored."),
        _TOO_LARGE,
        body=Body(JSON, "The choice, the reason, and the confirmation.", _DECISION),
    ),
    _operation(
        "POST",
        "/publications/{publication}/withdraw",
        "act_on_operations",
        "withdraw",
        "Withdraw the manifest of a publication from the DMP.",
        Answer(
            202, "The withdrawal is queued as a publication of its own.", (JSON,), schema="Order"
        ),
        _ILL_FORMED_BODY,
        _TOO_LARGE,
        body=Body(JSON, "The study to withdraw.", _WITHDRAWAL),
    ),
)


_UPLOAD: Final[dict[str, object]] = {
    "type": "object",
    "required": ["size", "sha256"],
    "additionalProperties": False,
    "properties": {
        "size": {"type": "integer", "minimum": 1, "maximum": 64 * 1024 * 1024},
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "Hex."},
        "check": {
            "type": "boolean",
            "description": "True: the message is to be checked, and is never received.",
        },
        "accepted_at": {
            "type": "string",
            "format": "date-time",
            "description": "As the header Accepted-At of a message that is sent directly.",
        },
    },
}

_CALL: Final[dict[str, object]] = {
    "type": "object",
    "description": "Exactly one of the two names of the consent.",
    "required": [one.name for one in CALL if one.mandatory and one.field != "consent"],
    "additionalProperties": False,
    "properties": {
        one.name: {"type": "string", "minLength": 1, "maxLength": one.longest} for one in CALL
    },
}

_AGENTS: Final = "/v1/tenants/{tenant}/agents"
_JOB_ENDED: Final = Answer(409, "The job has ended, or another attempt is under way.")


def _agent(
    method: Literal["GET", "POST"],
    path: str,
    summary: str,
    *answers: Answer,
    body: Body | None = None,
) -> Route:
    """A route for the agents at the sites, which present a client certificate."""
    return Route(
        host="in",
        method=method,
        path=f"{_AGENTS}{path}",
        function="serve_agents",
        authorizer="authorize_sender",
        summary=summary,
        answers=(*answers, _FORBIDDEN, _ABSENT, _THROTTLED, _DEPENDENCY),
        body=body,
    )


_CODE: Final[dict[str, object]] = {
    "type": "object",
    "required": ["code", "request"],
    "additionalProperties": False,
    "properties": {
        "code": {"type": "string", "description": "25 characters, hyphens or blanks between."},
        "request": REQUEST,
    },
}
_RENEWAL: Final[dict[str, object]] = {
    "type": "object",
    "required": ["request"],
    "additionalProperties": False,
    "properties": {"request": REQUEST},
}
_CERTIFICATE: Final = Answer(
    201, "The certificate, of 90 days, and its authority's.", (JSON,), schema="AgentCertificate"
)
_ENROLMENT: Final = Route(
    host="vi",
    method="POST",
    path="/v1/tenants/{tenant}/agents/enrol",
    function="enrol_agent",
    authorizer="authorize_reader",
    summary="Give an agent its certificate, for the one-time code that an operator gave.",
    answers=(
        _CERTIFICATE,
        _ILL_FORMED_BODY,
        Answer(403, "The code is unknown, wrong, spent or ended: the same answer for all."),
        _ABSENT,
        _TOO_LARGE,
        _THROTTLED,
        _DEPENDENCY,
    ),
    body=Body(JSON, "The code, and a certificate request of which the key alone is taken.", _CODE),
)

_OF_AGENTS: Final = (
    Route(
        host="in",
        method="POST",
        path=f"{_AGENTS}/renew",
        function="renew_agent",
        authorizer="authorize_sender",
        summary="Renew the certificate that an agent shows, when a third of its time is left.",
        answers=(
            _CERTIFICATE,
            _ILL_FORMED_BODY,
            _FORBIDDEN,
            _ABSENT,
            Answer(409, "More than half of its time is left."),
            _TOO_LARGE,
            _THROTTLED,
            _DEPENDENCY,
        ),
        body=Body(JSON, "A certificate request of which the key alone is taken.", _RENEWAL),
    ),
    _agent(
        "POST",
        "/loan",
        "Tell how an agent is, and lend it the credentials of its site's queue and place.",
        Answer(
            200, "The places, and credentials where they were asked for.", (JSON,), schema="Loan"
        ),
        _ILL_FORMED_BODY,
        _TOO_LARGE,
        Answer(426, "None of the agent's protocols is served any more."),
        body=Body(JSON, "The agent's version, its protocols, and its state.", BEAT),
    ),
    _agent(
        "GET",
        "/jobs/{job}",
        "Read the job to which a message of the queue points.",
        Answer(200, "The thing that is asked.", (JSON,), schema="Job"),
        _JOB_ENDED,
    ),
    _agent(
        "POST",
        "/jobs/{job}",
        "Answer a job, or give it up.",
        Answer(200, "The answer is taken.", (JSON,), schema="Answered"),
        _ILL_FORMED_BODY,
        _JOB_ENDED,
        _TOO_LARGE,
        body=Body(JSON, "The answer, or where it is; 4 MiB at most.", ANSWER),
    ),
)

ROUTES: Final[tuple[Route, ...]] = (
    Route(
        host="in",
        method="POST",
        path="/v1/tenants/{tenant}/hl7v2",
        function="receive_message",
        authorizer="authorize_sender",
        summary="Send one HL7 v2 message; the answer is its acknowledgement.",
        answers=(
            Answer(200, "The HL7 acknowledgement: AA, AE or AR.", (HL7,), (_PUBLICATION_ID,)),
            Answer(400, "The message has no readable MSH segment, or Accepted-At is no time."),
            _FORBIDDEN,
            _ABSENT,
            _TOO_LARGE,
            _THROTTLED,
            _DEPENDENCY,
        ),
        inputs=(
            Input(
                "Accepted-At",
                "header",
                "From an agent at the site: when the site has acknowledged the message. Such a "
                "message is never refused: it is held instead. Without effect from anybody else.",
            ),
        ),
        body=Body(HL7, "One message, at most 4 MiB, in the character set that MSH-18 names."),
    ),
    Route(
        host="in",
        method="POST",
        path="/v1/tenants/{tenant}/hl7v2/uploads",
        function="request_upload",
        authorizer="authorize_sender",
        summary="Request a signed address to upload a message above 4 MiB.",
        answers=(
            Answer(
                201,
                "The signed address (valid for ten minutes), the headers to send with the bytes, "
                "and the path of the acknowledgement, or of the check.",
                (JSON,),
                schema="Upload",
            ),
            Answer(400, "The size or the SHA-256 is missing or ill-formed."),
            _FORBIDDEN,
            _ABSENT,
            _TOO_LARGE,
            _THROTTLED,
            _DEPENDENCY,
        ),
        body=Body(JSON, "The size in bytes and the SHA-256 of the message.", _UPLOAD),
    ),
    Route(
        host="in",
        method="GET",
        path="/v1/tenants/{tenant}/hl7v2/uploads/{upload}",
        function="acknowledge_upload",
        authorizer="authorize_sender",
        summary="Read the acknowledgement of a message that was uploaded.",
        answers=(
            Answer(
                200,
                "The HL7 acknowledgement, as for a message sent directly.",
                (HL7,),
                (_PUBLICATION_ID,),
            ),
            Answer(202, "The message is not uploaded yet.", (JSON,), ("Retry-After",), "Awaited"),
            Answer(400, "The message has no readable MSH segment."),
            _FORBIDDEN,
            _ABSENT,
            _THROTTLED,
            _DEPENDENCY,
        ),
    ),
    Route(
        host="in",
        method="GET",
        path="/v1/tenants/{tenant}/hl7v2/messages/{message}",
        function="follow_message",
        authorizer="authorize_sender",
        summary="Tell what became of the caller's own message.",
        answers=(
            Answer(
                200,
                "The state of each study, or the fault of a refused message; no patient data.",
                (JSON,),
                schema="Followed",
            ),
            Answer(400, "Several senders of this certificate have used that MSH-10: name one."),
            _FORBIDDEN,
            _ABSENT,
            _THROTTLED,
            _DEPENDENCY,
        ),
        inputs=(
            Input("sender", "query", "One of the certificate's senders: APPLICATION|FACILITY."),
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
                "The acknowledgement that the message would get, its faults, the facts read from "
                "it, and the publication that would follow.",
                (JSON, HTML),
                schema="Checked",
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
            Input(
                "upload",
                "query",
                "The upload (asked for with `check`) that holds a message above 4 MiB; the body is "
                "empty then.",
            ),
            Input("Accept", "header", "application/json (the default) or text/html."),
            Input("Accept-Language", "header", "fr (the default) or en: the page's language."),
        ),
        body=Body(HL7, "The message, byte for byte as the RIS would send it."),
    ),
    Route(
        host="in",
        method="POST",
        path="/v1/tenants/{tenant}/check/context",
        function="check_call",
        authorizer="authorize_sender",
        summary="Check one contextual call; it opens no page and is not stored.",
        answers=(
            Answer(
                200,
                "The status that the call would get, its faults, and each parameter as sent and as "
                "read.",
                (JSON, HTML),
                schema="CheckedCall",
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
        body=Body(FORM, "The call, byte for byte as the RIS's browser would post it."),
    ),
    *_OPERATIONS,
    *_OF_AGENTS,
    _ENROLMENT,
    *_with_head(_health("GET", "", "Tell whether this tenant's image service works.", JSON)),
    _health("OPTIONS", "", "The same, with the service's capabilities (PS3.18 8.9).", WADL, JSON),
    _health("OPTIONS", "/studies", "The same, as probes of a DICOMweb base ask it.", WADL, JSON),
    _store("", "of any study"),
    _store("/{study}", "of one study"),
    *_images("", "a study"),
    *_images("/series/{series}", "a series"),
    *_images(_INSTANCE, "an instance"),
    *_retrieved(
        f"{_INSTANCE}/frames/{{frames}}",
        "frames of an instance",
        _FRAME_ANSWERS,
        _IMAGE_INPUTS,
    ),
    *_searched("", "the study that a manifest names", "study"),
    *_searched("/{study}/series", "the series of a study", "series"),
    *_searched("/{study}/instances", "the instances of a study", "series", "instance"),
    *_searched("/{study}/series/{series}/instances", "the instances of a series", "instance"),
    Route(
        host="vi",
        method="POST",
        path="/v1/tenants/{tenant}/exams/search",
        function="search_exams",
        authorizer="authorize_professional",
        summary="List a patient's imaging exams known to the DMP.",
        answers=(
            Answer(200, "The exams.", (JSON,), schema="Exams"),
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
        body=Body(JSON, "The patient, and the criteria of the search.", _EXAM_QUERY),
    ),
    Route(
        host="vi",
        method="GET",
        path="/v1/tenants/{tenant}/operations",
        function="show_operations_pages",
        authorizer="authorize_operator",
        summary="Show the publications that wait for a human, as a page.",
        answers=(
            Answer(
                200,
                "The page, or the sign-in page when there is no session; the rows, as a file.",
                (HTML, CSV),
            ),
            Answer(400, "A parameter is ill-formed.", (HTML,)),
            *_REFUSED_PAGES,
        ),
        inputs=(
            Input("state", "query", "The state to list; held by default."),
            Input("reason", "query", "Only publications held for this reason."),
            Input("sender", "query", "Only messages of this sender: APPLICATION|FACILITY."),
            Input("from", "query", "Only changes on or after this day, in the site's time zone."),
            Input("to", "query", "Only changes on or before this day, in the site's time zone."),
            Input("after", "query", "The cursor that the previous page gave."),
            Input("replay", "query", "Asks to confirm the replay of this reason's publications."),
            _FORMAT,
            *_LANGUAGE,
        ),
    ),
    Route(
        host="vi",
        method="POST",
        path="/v1/tenants/{tenant}/operations/search",
        function="show_operations_pages",
        authorizer="authorize_operator",
        summary="Find publications by a patient, an exam or a message, as a page.",
        answers=(Answer(200, "The publications found.", (HTML,)), *_REFUSED_FORMS),
        body=Body(FORM, "The form's token, and the text to search."),
    ),
    Route(
        host="vi",
        method="GET",
        path="/v1/tenants/{tenant}/operations/publications/{publication}",
        function="show_operations_pages",
        authorizer="authorize_operator",
        summary="Show one publication with its message and the patient's data, as a page.",
        answers=(
            Answer(200, "The page, or the sign-in page when there is no session.", (HTML,)),
            *_REFUSED_PAGES,
        ),
        inputs=_LANGUAGE,
    ),
    Route(
        host="vi",
        method="GET",
        path="/v1/tenants/{tenant}/operations/refused",
        function="show_operations_pages",
        authorizer="authorize_operator",
        summary="Show the messages that were refused, as a page; nothing of their content.",
        answers=(
            Answer(200, "The page, or the sign-in page when there is no session.", (HTML,)),
            Answer(400, "A parameter is ill-formed.", (HTML,)),
            *_REFUSED_PAGES,
        ),
        inputs=(_AFTER, *_LANGUAGE),
    ),
    Route(
        host="vi",
        method="GET",
        path="/v1/tenants/{tenant}/operations/activity",
        function="show_operations_pages",
        authorizer="authorize_operator",
        summary="Show counters by day and delays against the site's objective, as a page.",
        answers=(
            Answer(
                200,
                "The page, or the sign-in page when there is no session; the counters, as a file.",
                (HTML, CSV),
            ),
            Answer(400, "The number of days is ill-formed.", (HTML,)),
            *_REFUSED_PAGES,
        ),
        inputs=(
            Input("days", "query", "How many days, today included; 7 by default."),
            _FORMAT,
            *_LANGUAGE,
        ),
    ),
    Route(
        host="vi",
        method="GET",
        path="/v1/tenants/{tenant}/operations/services",
        function="show_operations_pages",
        authorizer="authorize_operator",
        summary="Show the state of the services that consultations need, as a page.",
        answers=(
            Answer(200, "The page, or the sign-in page when there is no session.", (HTML,)),
            *_REFUSED_PAGES,
        ),
        inputs=_LANGUAGE,
    ),
    Route(
        host="vi",
        method="GET",
        path="/v1/tenants/{tenant}/operations/agents",
        function="show_operations_pages",
        authorizer="authorize_operator",
        summary="Show the site's agents and how they are, as a page.",
        answers=(
            Answer(200, "The page, or the sign-in page when there is no session.", (HTML,)),
            *_REFUSED_PAGES,
        ),
        inputs=(Input("done", "query", "The act that led here."), *_LANGUAGE),
    ),
    Route(
        host="vi",
        method="POST",
        path="/v1/tenants/{tenant}/operations/agents",
        function="act_on_operations_pages",
        authorizer="authorize_operator",
        summary="Give out a one-time code for an agent, or remove an agent.",
        answers=(
            Answer(200, "The page with the code, which is shown once.", (HTML,)),
            Answer(303, "Redirects to the agents.", (), ("Location",)),
            *_REFUSED_FORMS,
            Answer(409, "The name is declared, or there are too many agents.", (HTML,)),
        ),
        body=Body(FORM, "The form's token, its verb, and the agent's name."),
    ),
    Route(
        host="vi",
        method="GET",
        path="/v1/tenants/{tenant}/operations/check",
        function="show_operations_pages",
        authorizer="authorize_operator",
        summary="Show the forms in which an operator pastes a message or a call to check.",
        answers=(
            Answer(200, "The page, or the sign-in page when there is no session.", (HTML,)),
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
        body=Body(FORM, "The form's token, the sender to check it for, and the message."),
    ),
    Route(
        host="vi",
        method="POST",
        path="/v1/tenants/{tenant}/operations/check/context",
        function="check_pasted_call",
        authorizer="authorize_operator",
        summary="Check a pasted contextual call; it opens no page and is not stored.",
        answers=(Answer(200, "The page of the check.", (HTML,)), *_REFUSED_FORMS),
        body=Body(FORM, "The form's token, the call's Content-Type, and its body."),
    ),
    Route(
        host="vi",
        method="POST",
        path="/v1/tenants/{tenant}/operations",
        function="act_on_operations_pages",
        authorizer="authorize_operator",
        summary="Replay all publications held for one reason; save or delete a filter.",
        answers=(
            Answer(303, "Redirects to the queue.", (), ("Location",)),
            *_REFUSED_FORMS,
            Answer(409, "The operator has the maximum number of filters.", (HTML,)),
        ),
        body=Body(FORM, "The form's token, its verb, and the reason or the filter."),
    ),
    Route(
        host="vi",
        method="POST",
        path="/v1/tenants/{tenant}/operations/publications/{publication}",
        function="act_on_operations_pages",
        authorizer="authorize_operator",
        summary="Replay, override, undo, confirm, decide, withdraw, read or export a publication.",
        answers=(
            Answer(
                200,
                "The export, as a file; above 4 MiB, a page with the signed URL of that file; or "
                "the message as it came, as a page.",
                (JSON, HTML),
                ("Content-Disposition",),
                "Export",
            ),
            Answer(303, "Redirects to the page that shows the effect.", (), ("Location",)),
            *_REFUSED_FORMS,
            Answer(
                409,
                "The document may already be in the DMP, the known traits have changed since, the "
                "chosen study is in progress or published, or too many overrides are stored.",
                (HTML,),
            ),
        ),
        body=Body(FORM, "The form's token, its verb, and the verb's parameters."),
    ),
    Route(
        host="vi",
        method="POST",
        path="/v1/tenants/{tenant}/operations/publications/{publication}/pacs",
        function="search_pacs",
        authorizer="authorize_operator",
        summary="Search the site's PACS for the study that a held report means, as a page.",
        answers=(
            Answer(200, "The studies found, or the reason why there was no search.", (HTML,)),
            *_REFUSED_FORMS,
        ),
        body=Body(FORM, "The form's token, the held study, and the criteria."),
    ),
    Route(
        host="vi",
        method="GET",
        path="/v1/tenants/{tenant}/operations/sign-in",
        function="operator_session",
        authorizer="authorize_operator",
        summary="Send an operator to the identity provider (OpenID Connect, code with PKCE).",
        answers=(
            Answer(303, "Redirects to the provider.", (), ("Location", "Set-Cookie")),
            Answer(400, "A parameter is given twice.", (HTML,)),
            *_REFUSED_PAGES,
        ),
        inputs=(
            Input("page", "query", "The page to come back to; the first one by default."),
            Input("again", "query", "Ask for the person again (prompt=login)."),
        ),
    ),
    Route(
        host="vi",
        method="GET",
        path="/v1/tenants/{tenant}/operations/session",
        function="operator_session",
        authorizer="authorize_operator",
        summary="Open a session when the identity provider sends an operator back.",
        answers=(
            Answer(303, "Redirects to the queue, signed in.", (), ("Location", "Set-Cookie")),
            Answer(400, "A parameter is given twice.", (HTML,)),
            *_REFUSED_PAGES,
        ),
        inputs=_SENT_BACK,
    ),
    Route(
        host="vi",
        method="POST",
        path="/v1/tenants/{tenant}/operations/session",
        function="operator_session",
        authorizer="authorize_operator",
        summary="Sign out.",
        answers=(
            Answer(303, "Redirects to the sign-in page.", (), ("Location", "Set-Cookie")),
            *_REFUSED_FORMS,
        ),
        body=Body(FORM, "The form's token."),
    ),
    Route(
        host="vi",
        method="POST",
        path="/tenants/{tenant}/context",
        function="open_context",
        authorizer="authorize_reader",
        summary="Open the professional's page with a patient (contextual call, DRIMbox 4.6.1).",
        answers=(
            Answer(303, "Redirects to a page of this call alone.", (), ("Location",)),
            Answer(400, "The call has faults; the page names each, and shows no value.", (HTML,)),
            Answer(404, "The tenant is not found.", (HTML,)),
            Answer(413, "The call is larger than 16 KiB.", (HTML,)),
            _THROTTLED,
            Answer(503, "The storage is not available.", (HTML,)),
        ),
        inputs=(Input("Accept-Language", "header", "fr (the default) or en."),),
        body=Body(FORM, "The parameters of the call, in UTF-8.", _CALL),
    ),
    Route(
        host="vi",
        method="GET",
        path="/tenants/{tenant}/IHEInvokeImageDisplay",
        function="open_context",
        authorizer="authorize_reader",
        summary="Open the exam of a report's link (IHE Invoke Image Display, by study).",
        answers=(
            Answer(303, "Redirects to a page, which checks the link.", (), ("Location",)),
            Answer(400, "The link is not whole, or not well-formed.", (HTML,)),
            Answer(404, "The tenant is not found.", (HTML,)),
            _THROTTLED,
            Answer(503, "The storage is not available.", (HTML,)),
        ),
        inputs=(
            Input("requestType", "query", "STUDY. The case of all these names is free.", True),
            Input("studyUID", "query", "StudyInstanceUID; also studyInstanceUID.", True),
            Input("Accessionnumber", "query", "root.extension or root_extension.", True),
            Input("idCDA", "query", "The report's id, written as the accession number is.", True),
            Input("Accept-Language", "header", "fr (the default) or en."),
        ),
    ),
    Route(
        host="vi",
        method="GET",
        path="/v1/tenants/{tenant}/reading",
        function="show_exams",
        authorizer="authorize_reader",
        summary="Show a professional who is signed in, and the practice situation, as a page.",
        answers=(
            Answer(200, "The page, or the sign-in page when there is no session.", (HTML,)),
            *_REFUSED_READERS,
        ),
        inputs=_LANGUAGE,
    ),
    Route(
        host="vi",
        method="GET",
        path="/v1/tenants/{tenant}/reading/{page}",
        function="show_exams",
        authorizer="authorize_reader",
        summary="Show the patient of a contextual call with the exams that the DMP knows.",
        answers=(
            Answer(200, "The page, or the sign-in page when there is no session.", (HTML,)),
            Answer(400, "The page's identifier is ill-formed.", (HTML,)),
            *_REFUSED_READERS,
        ),
        inputs=(
            Input("part", "query", "The page of a long list, from 1."),
            Input("traits", "query", "The patient's traits on each page.", values=("five", "ten")),
            *_LANGUAGE,
        ),
    ),
    Route(
        host="vi",
        method="POST",
        path="/v1/tenants/{tenant}/reading/{page}",
        function="show_exams",
        authorizer="authorize_reader",
        summary="Keep the filters and the order of the patient's list with the page.",
        answers=(
            Answer(303, "Redirects to the page.", (), ("Location",)),
            Answer(400, "The body is not a valid form, or not one of this page.", (HTML,)),
            *_REFUSED_READERS,
            Answer(413, "The form is larger than this route accepts.", (HTML,)),
        ),
        body=Body(FORM, "The form's token, the filters, and the order."),
    ),
    Route(
        host="vi",
        method="GET",
        path="/v1/tenants/{tenant}/reading/{page}/file",
        function="show_exams",
        authorizer="authorize_reader",
        summary="Show the exams of the file that the page was given, marked as outside the DMP.",
        answers=(
            Answer(200, "The page, or the sign-in page when there is no session.", (HTML,)),
            Answer(303, "Redirects to the patient's page: no file is kept.", (), ("Location",)),
            Answer(400, "The page's identifier is ill-formed.", (HTML,)),
            *_REFUSED_READERS,
        ),
        inputs=_LANGUAGE,
    ),
    Route(
        host="vi",
        method="POST",
        path="/v1/tenants/{tenant}/reading/{page}/file",
        function="open_file",
        authorizer="authorize_reader",
        summary="Read a manifest (KOS) or an XDM archive while the DMP does not answer.",
        answers=(
            Answer(303, "Redirects to the page of the file's exams.", (), ("Location",)),
            Answer(400, "The form or the file is not of those that this route reads.", (HTML,)),
            *_REFUSED_READERS,
            Answer(409, "The DMP answers, or has refused access to the record.", (HTML,)),
            Answer(413, "The form is larger than this route accepts.", (HTML,)),
        ),
        body=Body(UPLOAD, "The form's token, and the file: 4 MB at most."),
    ),
    Route(
        host="vi",
        method="POST",
        path="/v1/tenants/{tenant}/reading/{page}/report",
        function="show_report",
        authorizer="authorize_reader",
        summary="Show one report of the page's list, or its PDF alone.",
        answers=(
            Answer(200, "The report, or the reason why it is not shown.", (HTML, PDF)),
            Answer(400, "The page's identifier or the form is ill-formed.", (HTML,)),
            *_REFUSED_READERS,
            Answer(409, "The patient's consent or the practice situation is missing.", (HTML,)),
            Answer(413, "The form is larger than this route accepts.", (HTML,)),
        ),
        body=Body(FORM, "The form's token, the list's edition, and the report's number in it."),
    ),
    Route(
        host="vi",
        method="POST",
        path="/v1/tenants/{tenant}/reading/{page}/open",
        function="open_exam",
        authorizer="authorize_reader",
        summary="Open exams of the page's list: the viewer's document; other sites are asked now.",
        answers=(
            Answer(200, "The document of the exams, with all that is there of them.", (JSON,)),
            Answer(400, "The body is not a valid form, or its numbers are not.", (HTML,)),
            *_REFUSED_READERS,
            Answer(413, "The form is larger than this route accepts.", (HTML,)),
        ),
        body=Body(FORM, "The form's token, the list's edition, and up to four numbers in it."),
    ),
    Route(
        host="vi",
        method="POST",
        path="/v1/tenants/{tenant}/reading/{page}/progress",
        function="open_exam",
        authorizer="authorize_reader",
        summary="Tell how far the opened exams have come, with fresh addresses.",
        answers=(
            Answer(200, "The document of the exams, with all that is there of them.", (JSON,)),
            Answer(400, "The body is not a valid form, or its numbers are not.", (HTML,)),
            *_REFUSED_READERS,
            Answer(413, "The form is larger than this route accepts.", (HTML,)),
        ),
        body=Body(FORM, "The form's token, the list's edition, and up to four numbers in it."),
    ),
    Route(
        host="vi",
        method="POST",
        path="/v1/tenants/{tenant}/reading/{page}/import",
        function="import_exam",
        authorizer="authorize_reader",
        summary="Preview the import of exams of the page's list into the site's PACS, or start it.",
        answers=(
            Answer(200, "The preview of each exam, or the state of its import.", (HTML,)),
            Answer(202, "The exams that may be imported are on their way.", (HTML,)),
            Answer(400, "The body is not a valid form, or its numbers are not.", (HTML,)),
            *_REFUSED_READERS,
            Answer(413, "The form is larger than this route accepts.", (HTML,)),
        ),
        body=Body(FORM, "The form's token, the verb, the list's edition, numbers in it."),
    ),
    Route(
        host="vi",
        method="POST",
        path="/v1/tenants/{tenant}/reading/{page}/exams",
        function="list_exams",
        authorizer="authorize_reader",
        summary="Tell the states of the sites that serve a page's exams, and of the services.",
        answers=(
            Answer(200, "The states in words, for the page's script.", (JSON,)),
            Answer(303, "Redirects to the page, which shows them.", (), ("Location",)),
            Answer(400, "The body is not a valid form, or its numbers are not.", (HTML,)),
            *_REFUSED_READERS,
            Answer(413, "The form is larger than this route accepts.", (HTML,)),
        ),
        inputs=(
            Input("Accept", "header", "application/json asks for the states; else the page."),
            *_LANGUAGE,
        ),
        body=Body(FORM, "The form's token, the list's edition, and the exams' numbers in it."),
    ),
    Route(
        host="vi",
        method="GET",
        path="/v1/tenants/{tenant}/reading/assets/{file}",
        function="list_exams",
        authorizer="authorize_reader",
        summary="Give the script of the professionals' pages.",
        answers=(
            Answer(200, "The script; the browser keeps it for ever.", ("text/javascript",)),
            *_REFUSED_READERS,
        ),
    ),
    Route(
        host="vi",
        method="GET",
        path="/assets/{file}",
        function="serve_asset",
        authorizer=None,
        summary="Give a file of the viewer: the same for everybody, nothing of a patient.",
        answers=(
            Answer(
                200,
                "The file; a browser keeps it for ever.",
                ("text/javascript", "text/css", "application/wasm"),
                ("Cache-Control", "Content-Encoding", "Content-Security-Policy"),
            ),
            _ABSENT,
            _THROTTLED,
        ),
        inputs=(Input("Accept-Encoding", "header", "br or gzip; else the file as it is."),),
    ),
    Route(
        host="vi",
        method="POST",
        path="/v1/tenants/{tenant}/reading/{page}/authorization",
        function="set_authorization",
        authorizer="authorize_reader",
        summary="Record the patient's authorisation in the DMP, at the professional's word.",
        answers=(
            Answer(303, "Redirects to the patient's page.", (), ("Location",)),
            Answer(400, "The body is not a valid form, or the consent is not ticked.", (HTML,)),
            *_REFUSED_READERS,
            Answer(409, "No authorisation can be added to this DMP now.", (HTML,)),
            Answer(413, "The form is larger than this route accepts.", (HTML,)),
        ),
        body=Body(FORM, "The form's token, and the patient's consent."),
    ),
    Route(
        host="vi",
        method="GET",
        path="/v1/tenants/{tenant}/reading/sign-in",
        function="reader_session",
        authorizer="authorize_reader",
        summary="Send a professional to Pro Santé Connect (OpenID Connect, code with PKCE).",
        answers=(
            Answer(303, "Redirects to Pro Santé Connect.", (), ("Location", "Set-Cookie")),
            Answer(400, "A parameter is ill-formed.", (HTML,)),
            *_REFUSED_READERS,
        ),
        inputs=(Input("page", "query", "The page to come back to; the first one by default."),),
    ),
    Route(
        host="vi",
        method="GET",
        path="/v1/tenants/{tenant}/reading/session",
        function="reader_session",
        authorizer="authorize_reader",
        summary="Open a session when Pro Santé Connect sends a professional back.",
        answers=(
            Answer(303, "Redirects to the page, signed in.", (), ("Location", "Set-Cookie")),
            Answer(400, "A parameter is given twice.", (HTML,)),
            *_REFUSED_READERS,
        ),
        inputs=_SENT_BACK,
    ),
    Route(
        host="vi",
        method="POST",
        path="/v1/tenants/{tenant}/reading/session",
        function="reader_session",
        authorizer="authorize_reader",
        summary="Choose the practice situation, or sign out here and at Pro Santé Connect.",
        answers=(
            Answer(303, "Redirects to the page.", (), ("Location", "Set-Cookie")),
            Answer(400, "The body is not a valid form, or not one of these acts.", (HTML,)),
            *_REFUSED_READERS,
            Answer(409, "The session changed at the same time; repeat the choice.", (HTML,)),
            Answer(413, "The form is larger than this route accepts.", (HTML,)),
        ),
        body=Body(FORM, "The form's token, its verb, and the verb's parameters."),
    ),
)


def of_host(host: Host) -> tuple[Route, ...]:
    """The routes of one host, in the table's order."""
    return tuple(route for route in ROUTES if route.host == host)
