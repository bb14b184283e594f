"""The tables of the oracle: the callers, and those of them whom each route lets in.

Nothing here is read from the product. A test compares the routes with those of the templates, so
that a new route has to be judged here first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Host = Literal["in", "db", "vi"]
HOSTS: Final[tuple[Host, ...]] = ("in", "db", "vi")
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

# A and B are tenants. The third never existed, the fourth left data behind, the last is no slug.
A: Final = "demo"
B: Final = "voisin"
TENANTS: Final = (A, B, "nobody", "parti", "Demo")
SITES: Final = (A, B)
REMOVED: Final = "parti"


@dataclass(frozen=True, slots=True)
class Program:
    """The program that a certificate is, at one tenant: may it send, and what else may it do?"""

    sends: bool
    permissions: frozenset[str]


EVERYTHING: Final = frozenset(
    {
        *("view", "patients", "replay", "edit", "identity", "withdraw", "export", "bulk"),
        *("release", "archive", "agents"),
    }
)
VIEW: Final = frozenset({"view"})
NOTHING: Final[frozenset[str]] = frozenset()

CERTIFICATES: Final = (
    "none",
    "ris_a",  # sends at A, and has every permission there
    "watcher_a",  # an operator's program of A that may look, and is no sender
    "ris_b",  # as ris_a, at B
    "third_b",  # sends at B and does nothing else; its authority is one of B alone
    "undeclared",  # of the common authority, declared nowhere
    "ris_a_of_b_s_authority",  # A's subject, from the authority that only B has
    "ris_a_of_a_namesake",  # A's subject and issuer; another key signed it
    "ris_a_expired",
    "ris_a_of_a_server",  # not for clients (RFC 5280 4.2.1.12)
    "ris_a_revoked",  # as ris_a; its authority took it back since
    "watcher_a_revoked",
    "agent_a",  # an agent at the site A, for a sender; that at B shows the certificate of its RIS
    "agent_a_revoked",
    "agent_enrolled_a",  # the same enrolled, under our own authority
    "agent_enrolled_b",
    "agent_removed_a",  # as the first one, before an operator removed it
)
PROGRAMS: Final = {
    ("ris_a", A): Program(True, EVERYTHING),
    ("watcher_a", A): Program(False, VIEW),
    ("ris_b", B): Program(True, EVERYTHING),
    ("third_b", B): Program(True, NOTHING),
    ("agent_a", A): Program(True, NOTHING),
    ("agent_enrolled_a", A): Program(True, NOTHING),
    ("agent_enrolled_b", B): Program(True, NOTHING),
}
# Their authority's list names them: nobody asks what they may do at the tenant that declares them.
REVOKED: Final = frozenset({("ris_a_revoked", A), ("watcher_a_revoked", A), ("agent_a_revoked", A)})
AGENTS: Final = frozenset(
    {("agent_a", A), ("ris_b", B), ("agent_enrolled_a", A), ("agent_enrolled_b", B)}
)
ENROLLED: Final = frozenset({("agent_enrolled_a", A), ("agent_enrolled_b", B)})
# TLS ends before any request; behind it, the authorizer answers 401 or sees a stranger.
NO_SESSION: Final = frozenset({"none", "ris_a_of_a_namesake", "ris_a_expired", "ris_a_of_a_server"})
UNREADABLE: Final = frozenset({"none", "ris_a_expired", "ris_a_of_a_server"})

CREDENTIALS: Final = (
    "none",
    "garbage",
    "basic",
    "psc",  # active; the professional works in the structure of A and B
    "psc_elsewhere",  # active; of a professional who works in neither
    "psc_of_another_application",
    "psc_expired",
    "psc_revoked",
    "psc_of_another_issuer",
    "psc_of_another_kind",  # an ID token
    "psc_twice",  # the header is there twice
    "psc_in_the_query",
    "pacs_a",
    "pacs_a_basic",
    "pacs_b",
    "pacs_wrong",
    "session_a",  # every permission
    "session_a_view",
    "session_b",
    "session_a_stale",
    "session_a_ended",
    "session_a_of_a_stranger",  # a person without a line in the tenant's file
    "session_a_twice",  # the cookie is there twice
    "attempt_a",  # a sign-in that the provider has just sent back
    "reader_a",  # a professional's session
    "reader_b",
    "reader_a_stale",
    "reader_a_ended",
    "reader_a_twice",
    "reader_attempt_a",  # a sign-in that Pro Santé Connect has just sent back
)
# Those that only the scripted provider can make; the certificates whose revocation would stay with
# the local stack, which other tests use; and the agents, of which no site of that stack has one.
ONLY_IN_PROCESS: Final = frozenset(
    {
        "psc_of_another_application",
        "psc_of_another_issuer",
        "psc_of_another_kind",
        "ris_a_revoked",
        "watcher_a_revoked",
        "agent_a",
        "agent_a_revoked",
        "agent_enrolled_a",
        "agent_enrolled_b",
        "agent_removed_a",
    }
)
WITHOUT_HEADER: Final = frozenset(
    {
        "none",
        "psc_in_the_query",
        *(one for one in CREDENTIALS if one.startswith(("session", "att", "reader"))),
    }
)
# Pro Santé Connect speaks for the whole network: its tokens are of no tenant.
ACTIVE: Final = frozenset({"psc", "psc_elsewhere", "psc_of_another_application"})
PACS: Final = {"pacs_a": A, "pacs_a_basic": A, "pacs_b": B}
SESSIONS: Final = {
    "session_a": (A, EVERYTHING),
    "session_a_view": (A, VIEW),
    "session_b": (B, EVERYTHING),
}
READERS: Final = {"reader_a": A, "reader_b": B}
# A person whom the file does not name any more may still end the own session, and nothing else.
LEAVING: Final = frozenset({("session_a_of_a_stranger", A)})

MANIFESTS: Final = (
    "current",
    "former",  # of the same study, replaced since
    "withdrawn",  # of a study that was withdrawn
    "others",  # in force, of the other tenant
    "unknown",
    "malformed",
    "missing",
    "twice",
)
# Whose resource the path names. "withdrawn": the tenant's own study that was withdrawn.
OWNERS: Final = (A, B, "nobody", "withdrawn")
FORMS: Final = ("own", "of_another_session", "without_token", "of_another_site", "without_origin")

Guard = Literal[
    "anybody",
    "sender",
    "operator_program",
    "agent",
    "enrolled",
    "professional",
    "own_professional",
    "pacs",
    "page",
    "form",
    "attempt",
    "reading_page",
    "reading_form",
    "reading_attempt",
    "patient_page",
    "patient_form",
    "reading_file",
]
# Those whose callers are browsers, with forms among them, and with sign-ins that come back.
OF_FORMS: Final = frozenset({"form", "reading_form", "patient_form"})
OF_ATTEMPTS: Final = frozenset({"attempt", "reading_attempt"})
OF_BROWSERS: Final = (
    frozenset({"page", "reading_page", "patient_page", "reading_file"}) | OF_FORMS | OF_ATTEMPTS
)


@dataclass(frozen=True, slots=True)
class Row:
    """One act of one route. ``opened`` is the status of an open cell.

    ``permission`` is the one that an operator needs; ``owned``: the path names a resource.
    """

    name: str
    host: Host
    method: str
    path: str
    guard: Guard
    opened: int
    permission: str = ""

    @property
    def owned(self) -> bool:
        """Whether the path, or the query of images, names a resource of one tenant."""
        return self.images or any(
            name in self.path
            for name in ("{publication}", "{study}", "{upload}", "{page}", "{message}", "{job}")
        )

    @property
    def images(self) -> bool:
        """Whether the request must name the manifest in force."""
        return self.guard == "professional"


_T: Final = "/v1/tenants/{tenant}"
_O: Final = f"{_T}/operations"
_P: Final = f"{_O}/publications/{{publication}}"
_R: Final = f"{_T}/reading"
_D: Final = "/tenants/{tenant}/dicomweb"
_S: Final = f"{_D}/studies/{{study}}"
_SERIES: Final = f"{_S}/series/{{series}}"
_INSTANCE: Final = f"{_SERIES}/instances/{{instance}}"

# In the order in which open cells are played: a note takes images away, a sign-out its session, a
# replayed cause every held publication.
ROWS: Final = (
    Row("health", "db", "GET", _D, "anybody", 200),
    Row("health_head", "db", "HEAD", _D, "anybody", 200),
    Row("health_of_base", "db", "OPTIONS", _D, "anybody", 200),
    Row("health_of_studies", "db", "OPTIONS", f"{_D}/studies", "anybody", 200),
    Row("study", "db", "GET", _S, "professional", 200),
    Row("series", "db", "GET", _SERIES, "professional", 200),
    Row("instance", "db", "GET", _INSTANCE, "professional", 200),
    Row("frames", "db", "GET", f"{_INSTANCE}/frames/{{frames}}", "professional", 200),
    Row("study_metadata", "db", "GET", f"{_S}/metadata", "professional", 200),
    Row("series_metadata", "db", "GET", f"{_SERIES}/metadata", "professional", 200),
    Row("instance_metadata", "db", "GET", f"{_INSTANCE}/metadata", "professional", 200),
    Row("study_head", "db", "HEAD", _S, "professional", 200),
    Row("series_head", "db", "HEAD", _SERIES, "professional", 200),
    Row("instance_head", "db", "HEAD", _INSTANCE, "professional", 200),
    Row("frames_head", "db", "HEAD", f"{_INSTANCE}/frames/{{frames}}", "professional", 200),
    Row("study_metadata_head", "db", "HEAD", f"{_S}/metadata", "professional", 200),
    Row("series_metadata_head", "db", "HEAD", f"{_SERIES}/metadata", "professional", 200),
    Row("instance_metadata_head", "db", "HEAD", f"{_INSTANCE}/metadata", "professional", 200),
    Row("find_study", "db", "GET", f"{_D}/studies", "professional", 200),
    Row("find_series", "db", "GET", f"{_S}/series", "professional", 200),
    Row("find_instances", "db", "GET", f"{_S}/instances", "professional", 200),
    Row("find_series_instances", "db", "GET", f"{_SERIES}/instances", "professional", 200),
    Row("find_study_head", "db", "HEAD", f"{_D}/studies", "professional", 200),
    Row("find_series_head", "db", "HEAD", f"{_S}/series", "professional", 200),
    Row("find_instances_head", "db", "HEAD", f"{_S}/instances", "professional", 200),
    Row("find_series_instances_head", "db", "HEAD", f"{_SERIES}/instances", "professional", 200),
    Row("message", "in", "POST", f"{_T}/hl7v2", "sender", 200),
    Row("ask_upload", "in", "POST", f"{_T}/hl7v2/uploads", "sender", 201),
    Row("read_upload", "in", "GET", f"{_T}/hl7v2/uploads/{{upload}}", "sender", 202),
    Row("follow", "in", "GET", f"{_T}/hl7v2/messages/{{message}}", "sender", 200),
    Row("check", "in", "POST", f"{_T}/hl7v2/check", "sender", 200),
    Row("check_call", "in", "POST", f"{_T}/check/context", "sender", 200),
    Row("reconciliation", "in", "GET", f"{_O}/reconciliation", "operator_program", 200, "view"),
    Row("publications", "in", "GET", f"{_O}/publications", "operator_program", 200, "view"),
    Row("refused", "in", "GET", f"{_O}/refused", "operator_program", 200, "view"),
    Row("find", "in", "POST", f"{_O}/search", "operator_program", 200, "view"),
    Row("causes", "in", "GET", f"{_O}/causes", "operator_program", 200, "view"),
    Row("services", "in", "GET", f"{_O}/services", "operator_program", 200, "view"),
    Row("activity", "in", "GET", f"{_O}/activity", "operator_program", 200, "view"),
    Row("filters", "in", "GET", f"{_O}/filters", "operator_program", 200, "view"),
    Row("keep_filter", "in", "POST", f"{_O}/filters", "operator_program", 200, "view"),
    Row("publication", "in", "GET", _P, "operator_program", 200, "view"),
    Row("export", "in", "GET", f"{_P}/export", "operator_program", 200, "export"),
    Row("override", "in", "POST", f"{_P}/override", "operator_program", 201, "edit"),
    Row("replay", "in", "POST", f"{_P}/replay", "operator_program", 202, "replay"),
    Row("identity", "in", "POST", f"{_P}/identity", "operator_program", 202, "identity"),
    Row("traits", "in", "POST", f"{_P}/traits", "operator_program", 201, "identity"),
    Row("archives", "in", "POST", f"{_O}/archives", "operator_program", 200, "archive"),
    Row("release", "in", "POST", f"{_P}/release", "operator_program", 201, "release"),
    Row("withdraw", "in", "POST", f"{_P}/withdraw", "operator_program", 202, "withdraw"),
    Row("search", "vi", "POST", f"{_T}/exams/search", "own_professional", 200),
    Row("queue_page", "vi", "GET", _O, "page", 200, "view"),
    Row("refused_page", "vi", "GET", f"{_O}/refused", "page", 200, "view"),
    Row("find_form", "vi", "POST", f"{_O}/search", "form", 200, "view"),
    Row("publication_page", "vi", "GET", _P, "page", 200, "view"),
    Row("services_page", "vi", "GET", f"{_O}/services", "page", 200, "view"),
    Row("activity_page", "vi", "GET", f"{_O}/activity", "page", 200, "view"),
    Row("agents_page", "vi", "GET", f"{_O}/agents", "page", 200, "view"),
    Row("invite_agent_form", "vi", "POST", f"{_O}/agents", "form", 200, "agents"),
    # An agent that is not there: the way in is open, and leads to nothing.
    Row("remove_agent_form", "vi", "POST", f"{_O}/agents", "form", 404, "agents"),
    Row("check_page", "vi", "GET", f"{_O}/check", "page", 200, "view"),
    Row("check_form", "vi", "POST", f"{_O}/check", "form", 200, "view"),
    Row("check_call_form", "vi", "POST", f"{_O}/check/context", "form", 200, "view"),
    Row("filter_form", "vi", "POST", _O, "form", 303, "view"),
    Row("export_form", "vi", "POST", _P, "form", 200, "export"),
    Row("message_form", "vi", "POST", _P, "form", 200, "export"),
    Row("pacs_form", "vi", "POST", f"{_P}/pacs", "form", 200, "edit"),
    Row("override_form", "vi", "POST", _P, "form", 303, "edit"),
    Row("replay_form", "vi", "POST", _P, "form", 303, "replay"),
    Row("identity_form", "vi", "POST", _P, "form", 303, "identity"),
    Row("traits_form", "vi", "POST", _P, "form", 303, "identity"),
    Row("release_form", "vi", "POST", _P, "form", 303, "release"),
    Row("withdraw_form", "vi", "POST", _P, "form", 303, "withdraw"),
    Row(
        "replay_cause",
        "in",
        "POST",
        f"{_O}/causes/{{reason}}/replay",
        "operator_program",
        202,
        "bulk",
    ),
    Row("cause_form", "vi", "POST", _O, "form", 303, "bulk"),
    Row("sign_in", "vi", "GET", f"{_O}/sign-in", "anybody", 303),
    Row("return", "vi", "GET", f"{_O}/session", "attempt", 303),
    Row("sign_out", "vi", "POST", f"{_O}/session", "form", 303),
    Row("open_context", "vi", "POST", "/tenants/{tenant}/context", "anybody", 303),
    Row("open_link", "vi", "GET", "/tenants/{tenant}/IHEInvokeImageDisplay", "anybody", 303),
    Row("reading_home", "vi", "GET", _R, "reading_page", 200),
    Row("patient_page", "vi", "GET", f"{_R}/{{page}}", "patient_page", 200),
    Row("patient_filters", "vi", "POST", f"{_R}/{{page}}", "patient_form", 303),
    # A report that the page did not show: the way in is open, and leads to nothing.
    Row("patient_report", "vi", "POST", f"{_R}/{{page}}/report", "patient_form", 404),
    # An exam that the page did not show, likewise.
    Row("patient_open", "vi", "POST", f"{_R}/{{page}}/open", "patient_form", 404),
    # No file was given, and none may be while the DMP was not asked.
    Row("patient_file", "vi", "GET", f"{_R}/{{page}}/file", "patient_page", 303),
    Row("patient_give", "vi", "POST", f"{_R}/{{page}}/file", "patient_form", 409),
    Row("patient_progress", "vi", "POST", f"{_R}/{{page}}/progress", "patient_form", 404),
    Row("patient_import", "vi", "POST", f"{_R}/{{page}}/import", "patient_form", 404),
    Row("patient_sources", "vi", "POST", f"{_R}/{{page}}/exams", "patient_form", 303),
    # No such file: a refusal would be another status.
    Row("viewer_file", "vi", "GET", "/assets/{file}", "anybody", 404),
    Row("reading_file", "vi", "GET", f"{_R}/assets/{{file}}", "reading_file", 200),
    Row("authorize_patient", "vi", "POST", f"{_R}/{{page}}/authorization", "patient_form", 303),
    Row("reading_situation", "vi", "POST", f"{_R}/session", "reading_form", 303),
    Row("reading_sign_in", "vi", "GET", f"{_R}/sign-in", "anybody", 303),
    Row("reading_return", "vi", "GET", f"{_R}/session", "reading_attempt", 303),
    Row("reading_sign_out", "vi", "POST", f"{_R}/session", "reading_form", 303),
    # Bodies without a code or a request: the ways in are open, and lead to nothing.
    Row("enrol", "vi", "POST", f"{_T}/agents/enrol", "anybody", 400),
    Row("renew", "in", "POST", f"{_T}/agents/renew", "enrolled", 400),
    Row("loan", "in", "POST", f"{_T}/agents/loan", "agent", 200),
    Row("job", "in", "GET", f"{_T}/agents/jobs/{{job}}", "agent", 200),
    Row("answer", "in", "POST", f"{_T}/agents/jobs/{{job}}", "agent", 200),
    Row("note", "db", "POST", f"{_D}/studies", "pacs", 200),
    Row("note_of_study", "db", "POST", _S, "pacs", 200),
)
BY_NAME: Final = {row.name: row for row in ROWS}
