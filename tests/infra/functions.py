"""The Lambdas of the templates: their variables, by function."""

from __future__ import annotations

from typing import Any, Final

from infra.rules.assembly import Assembly, Resource

# Of every function, and of those that open a tenant's file.
PLATFORM: Final = {"LOG_LEVEL", "POWERTOOLS_SERVICE_NAME"}
COMMON: Final = PLATFORM | {"TENANTS_TABLE"}
AUDITED: Final = COMMON | {"AUDIT_BUCKET"}
TABLES: Final = {"STUDIES_TABLE", "MESSAGES_TABLE"}
JOBS: Final = {"JOBS_TABLE", "FILL_JOBS_QUEUE_URL", "AGENT_QUEUES_URL"}
# Of those that ask the agents at the sites, and of those that read their answers.
AGENTS: Final = {"JOBS_TABLE", "HEALTH_TABLE", "AGENT_QUEUES_URL"}
ANSWERS: Final = AGENTS | {"CACHE_BUCKET"}
PARKING: Final = {"WAITS_TABLE", "TICKS_QUEUE_URL", "PROBE_SECONDS"}
SERVICES: Final = {
    *("CIRCUITS_TABLE", "HEALTH_TABLE", "PEERS_TABLE"),
    *("WHITE_LIST_SIGNER_NAME", "WHITE_LIST_SIGNER_UNIT"),
}
CAUSES: Final = {"OPERATIONS_TABLE", "ALARM_TOPIC_ARN"}
NEWS: Final = {"NEWS_QUEUE_URL"}
PACS: Final = {"PACS_ACCESS_SECRETS", "PRIVATE_PACS"}


SIGN_IN: Final = {
    "SESSIONS_TABLE",
    "SESSION_SECRETS",
    "VI_URL",
    "OPERATOR_ISSUER",
    "OPERATOR_CLIENT_ID",
    "OPERATOR_CLIENT_SECRET",
    "TRUST_ANCHORS_SECRET",
}

SESSIONS: Final = {"SESSIONS_TABLE", "SESSION_SECRETS"}
PROFESSIONALS: Final = {
    "PSC_ISSUER",
    "PSC_INTROSPECTION_URL",
    "PSC_USERINFO_URL",
    "PSC_CLIENT_ID",
    "PSC_CLIENT_SECRET",
    "TRUST_ANCHORS_SECRET",
}

KNOWN_PATIENTS: Final = {"PATIENTS_TABLE", "TRAITS_SECRETS"}
UPLOADED: Final = {"UPLOADS_BUCKET", "LOOKUPS_TABLE", "INBOX_BUCKET", "MESSAGES_QUEUE_URL"}
LOOKUPS: Final = {"LOOKUPS_TABLE", "TRAITS_SECRETS"}

# Of the register of agents, and of those that let one in.
REGISTER: Final = {"AGENTS_TABLE", "AGENT_AUTHORITY_SECRET"}
ENROLMENT: Final = REGISTER | {"ISSUE_CERTIFICATE_FUNCTION"}

# The interface with the handlers: every variable of every function.
ENVIRONMENT: Final[dict[str, set[str]]] = {
    "serve_asset": PLATFORM,
    "write_tenant": PLATFORM | {"TENANTS_TABLE"},
    "receive_message": AUDITED | {"LOOKUPS_TABLE", "INBOX_BUCKET", "MESSAGES_QUEUE_URL"},
    "request_upload": AUDITED | {"UPLOADS_BUCKET", "UPLOADS_QUEUE_URL", "UPLOAD_URL_SECONDS"},
    "acknowledge_upload": AUDITED
    | {"UPLOADS_BUCKET", "LOOKUPS_TABLE", "INBOX_BUCKET", "MESSAGES_QUEUE_URL"},
    "read_upload": AUDITED | UPLOADED | NEWS | {"UPLOADS_QUEUE_URL"},
    "follow_message": COMMON
    | TABLES
    | {"LOOKUPS_TABLE"}
    | {"WAITS_TABLE", "INBOX_BUCKET", "VI_URL"},
    "check_call": AUDITED,
    "check_message": AUDITED
    | {"UPLOADS_BUCKET", "INBOX_BUCKET", "STUDIES_TABLE", "CERTIFICATES_TABLE"},
    "read_operations": AUDITED
    | {"WAITS_TABLE", "CERTIFICATES_TABLE", "NEWS_TABLE"}
    | TABLES
    | LOOKUPS
    | KNOWN_PATIENTS
    | SERVICES
    | {"INBOX_BUCKET", "ARCHIVE_BUCKET", "OPERATIONS_TABLE", "IMPORTS_TABLE"}
    | {"RECONCILIATIONS_BUCKET", "EXPORTS_BUCKET", "EXPORT_URL_SECONDS"},
    "act_on_operations": AUDITED
    | {"WAITS_TABLE"}
    | TABLES
    | KNOWN_PATIENTS
    | {"INBOX_BUCKET", "OPERATIONS_TABLE", "IMPORTS_TABLE", "MESSAGES_QUEUE_URL"},
    "export_archive": AUDITED
    | {"ARCHIVE_BUCKET", "STUDIES_TABLE", "EXPORTS_BUCKET", "EXPORT_URL_SECONDS"},
    "authorize_sender": AUDITED
    | REGISTER
    | {"TENANT_ANCHORS_SECRETS", "REVOCATIONS_BUCKET", "SENDER_REVOCATION"},
    "refresh_revocations": COMMON
    | {
        "TENANT_ANCHORS_SECRETS",
        "TRUST_ANCHORS_SECRET",
        "REVOCATIONS_BUCKET",
        "SENDER_REVOCATION_URLS",
    },
    "authorize_pacs": COMMON | {"PACS_SECRETS"},
    "receive_note": AUDITED
    | {
        "INBOX_BUCKET",
        "ARCHIVE_BUCKET",
        "CACHE_BUCKET",
        "STUDIES_TABLE",
        "MESSAGES_QUEUE_URL",
    },
    "authorize_professional": COMMON
    | {
        "PSC_ISSUER",
        "PSC_INTROSPECTION_URL",
        "PSC_CLIENT_ID",
        "PSC_CLIENT_SECRET",
        "TRUST_ANCHORS_SECRET",
        "PEERS_TABLE",
        "PEER_CERTIFICATES",
    },
    "start_publication": AUDITED
    | TABLES
    | NEWS
    | CAUSES
    | LOOKUPS
    | {"WAITS_TABLE", "INBOX_BUCKET", "MESSAGES_QUEUE_URL", "PUBLISH_WORKFLOW_ARN"},
    "read_report": AUDITED
    | TABLES
    | NEWS
    | CAUSES
    | PARKING
    | {"INBOX_BUCKET", "ARCHIVE_BUCKET", "IMPORTS_TABLE"},
    "index_study": AUDITED
    | TABLES
    | NEWS
    | CAUSES
    | KNOWN_PATIENTS
    | PARKING
    | PACS
    | ANSWERS
    | {"INBOX_BUCKET", "ARCHIVE_BUCKET", "IMPORTS_TABLE", "CIRCUITS_TABLE"},
    "build_manifest": AUDITED
    | PARKING
    | {
        "INBOX_BUCKET",
        "ARCHIVE_BUCKET",
        "STUDIES_TABLE",
        "DB_URL",
        "DMP_ALGORITHMS",
        "STRUCTURE_SECRETS",
        "TRUST_ANCHORS_SECRET",
    },
    "publish_manifest": AUDITED
    | PARKING
    | {
        "STUDIES_TABLE",
        "CIRCUITS_TABLE",
        "INBOX_BUCKET",
        "ARCHIVE_BUCKET",
        "STRUCTURE_SECRETS",
        "DMP_URL",
        "DMP_ALGORITHMS",
        "LPS_SECRET",
        "TRUST_ANCHORS_SECRET",
    },
    "sweep_inbox": COMMON
    | {"INBOX_BUCKET", "MESSAGES_TABLE", "MESSAGES_QUEUE_URL", "OPERATIONS_TABLE", "CACHE_BUCKET"},
    "start_reconciliation": COMMON | {"RECONCILE_WORKFLOW_ARN"},
    "find_study": COMMON | PACS,
    "reconcile_studies": AUDITED
    | TABLES
    | NEWS
    | ANSWERS
    | {
        "FIND_STUDY_FUNCTION",
        "INBOX_BUCKET",
        "ARCHIVE_BUCKET",
        "RECONCILIATIONS_BUCKET",
        "CIRCUITS_TABLE",
        "MESSAGES_QUEUE_URL",
        "STRUCTURE_SECRETS",
        "DMP_URL",
        "LPS_SECRET",
        "TRUST_ANCHORS_SECRET",
        "RECONCILED_PER_SECOND",
        "PROBE_SECONDS",
        "DMP_ALGORITHMS",
    },
    "prepare_series": COMMON | JOBS | PARKING | {"ARCHIVE_BUCKET", "STUDIES_TABLE"},
    "wake_waits": COMMON
    | PARKING
    | CAUSES
    | PACS
    | AGENTS
    | {"CIRCUITS_TABLE", "STUDIES_TABLE", "PUBLISH_WORKFLOW_ARN", "STARTS_PER_SECOND"},
    "tell_sender": COMMON
    | TABLES
    | NEWS
    | {
        *("NEWS_TABLE", "LOOKUPS_TABLE", "INBOX_BUCKET", "WAITS_TABLE"),
        *("CIRCUITS_TABLE", "PROBE_SECONDS"),
        *("WEBHOOK_SECRETS", "TENANT_ANCHORS_SECRETS", "PRIVATE_PEERS", "IN_URL", "VI_URL"),
    },
    "settle_publication": AUDITED
    | TABLES
    | NEWS
    | CAUSES
    | JOBS
    | {"ARCHIVE_BUCKET", "CACHE_BUCKET"},
    "hold_publication": AUDITED | TABLES | NEWS | CAUSES,
    "fill_cache": AUDITED
    | TABLES
    | NEWS
    | CAUSES
    | JOBS
    | PACS
    | {"ARCHIVE_BUCKET", "CACHE_BUCKET", "CIRCUITS_TABLE", "PROBE_SECONDS"},
    "retrieve_study": AUDITED
    | JOBS
    | {
        "ARCHIVE_BUCKET",
        "CACHE_BUCKET",
        "STUDIES_TABLE",
        "SIGNED_URL_SECONDS",
    },
    "check_health": COMMON | PACS | {"HEALTH_TABLE"},
    "refresh_white_list": PLATFORM
    | {
        "TRUST_ANCHORS_SECRET",
        "WHITE_LIST_URL",
        "WHITE_LIST_REVOCATION_URLS",
        "WHITE_LIST_SIGNER_NAME",
        "WHITE_LIST_SIGNER_UNIT",
        "PEERS_TABLE",
        "DB_URL",
    },
    "serve_agents": AUDITED
    | JOBS
    | ANSWERS
    | {"AGENT_ROLE_ARN", "AGENTS_TABLE", "ARCHIVE_BUCKET", "STUDIES_TABLE"}
    | {"READINGS_BUCKET", "TICKS_QUEUE_URL", "TRAITS_SECRETS"},
    "enrol_agent": AUDITED | ENROLMENT,
    "renew_agent": AUDITED | ENROLMENT,
    "issue_certificate": PLATFORM | {"AGENT_AUTHORITY_KEY_ARN", "IN_URL"},
    "fail_jobs": COMMON | JOBS | {"AGENT_LETTERS_QUEUE_URL", "TICKS_QUEUE_URL"},
    "check_certificates": COMMON
    | {"CERTIFICATES_TABLE", "STRUCTURE_SECRETS", "TRUST_ANCHORS_SECRET"},
    "seal_audit": PLATFORM | {"AUDIT_BUCKET", "SEALS_BUCKET"},
    "search_pacs": AUDITED
    | PACS
    | ANSWERS
    | {"TRAITS_SECRETS", "INBOX_BUCKET", "MESSAGES_TABLE", "CIRCUITS_TABLE"}
    | {"PROBE_SECONDS", "VI_URL"},
    "search_exams": AUDITED
    | {
        "DMP_URL",
        "DMP_ALGORITHMS",
        "PSC_ISSUER",
        "PSC_USERINFO_URL",
        "PSC_CLIENT_ID",
        "PSC_CLIENT_SECRET",
        "LPS_SECRET",
        "TRUST_ANCHORS_SECRET",
        "STRUCTURE_SECRETS",
    },
    "authorize_operator": COMMON | SESSIONS,
    "authorize_reader": COMMON | SESSIONS,
    "reader_session": AUDITED
    | SESSIONS
    | PROFESSIONALS
    | {"VI_URL", "HEALTH_TABLE", "READINGS_BUCKET"},
    "show_exams": AUDITED
    | {"CIRCUITS_TABLE", "HEALTH_TABLE", "PEERS_TABLE", "PRIVATE_PEERS"}
    | SESSIONS
    | PROFESSIONALS
    | {"VI_URL"}
    | {"DMP_URL", "DMP_ALGORITHMS", "LPS_SECRET", "STRUCTURE_SECRETS"}
    | {"STUDIES_TABLE", "IMPORTS_TABLE", "ARCHIVE_BUCKET"}
    | {"CACHE_BUCKET", "READINGS_BUCKET", "VIEWER_SCRIPT", "VIEWER_SHEET"},
    "open_exam": AUDITED
    | SESSIONS
    | PROFESSIONALS
    | JOBS
    | {
        *("DMP_URL", "DMP_ALGORITHMS", "LPS_SECRET", "STRUCTURE_SECRETS", "VI_URL", "HEALTH_TABLE"),
        *("STUDIES_TABLE", "ARCHIVE_BUCKET", "CACHE_BUCKET", "SIGNED_URL_SECONDS"),
        *("READINGS_BUCKET", "READING_URL_SECONDS", "FETCH_WORKFLOW_ARN"),
    },
    "open_file": AUDITED | SESSIONS | PROFESSIONALS | {"VI_URL"},
    "import_exam": AUDITED
    | SESSIONS
    | PROFESSIONALS
    | {
        *("DMP_URL", "DMP_ALGORITHMS", "LPS_SECRET", "STRUCTURE_SECRETS", "VI_URL", "HEALTH_TABLE"),
        *("STUDIES_TABLE", "IMPORTS_TABLE", "READINGS_BUCKET"),
        *("FETCH_WORKFLOW_ARN", "IMPORT_WORKFLOW_ARN"),
    },
    "store_exam": AUDITED
    | SESSIONS
    | PROFESSIONALS
    | PACS
    | ANSWERS
    | {
        *("VI_URL", "READINGS_BUCKET", "STUDIES_TABLE", "IMPORTS_TABLE"),
        *("CIRCUITS_TABLE", "PROBE_SECONDS"),
    },
    "fetch_exam": AUDITED
    | SESSIONS
    | PROFESSIONALS
    | {
        *("DMP_URL", "DMP_ALGORITHMS", "LPS_SECRET", "STRUCTURE_SECRETS", "VI_URL", "HEALTH_TABLE"),
        *("READINGS_BUCKET", "CACHE_BUCKET", "PEERS_TABLE", "PRIVATE_PEERS", "PEERS_CLIENT_SECRET"),
        "FETCH_WORKFLOW_ARN",
    },
    "show_report": AUDITED
    | SESSIONS
    | PROFESSIONALS
    | {"DMP_URL", "DMP_ALGORITHMS", "LPS_SECRET", "STRUCTURE_SECRETS", "VI_URL", "HEALTH_TABLE"}
    | {"READINGS_BUCKET", "READING_URL_SECONDS"},
    "set_authorization": AUDITED
    | SESSIONS
    | PROFESSIONALS
    | {"DMP_URL", "DMP_ALGORITHMS", "LPS_SECRET", "STRUCTURE_SECRETS", "VI_URL"},
    "operator_session": AUDITED | SIGN_IN,
    "open_context": COMMON | SESSIONS,
    "list_exams": AUDITED
    | SESSIONS
    | PROFESSIONALS
    | {
        *("VI_URL", "DMP_URL", "DMP_ALGORITHMS", "LPS_SECRET", "STRUCTURE_SECRETS"),
        *("STUDIES_TABLE", "ARCHIVE_BUCKET", "CACHE_BUCKET"),
        *("CIRCUITS_TABLE", "HEALTH_TABLE", "PEERS_TABLE", "PRIVATE_PEERS"),
    },
    "check_pasted_call": AUDITED | {"VI_URL"},
    "check_pasted_message": AUDITED
    | {"INBOX_BUCKET", "STUDIES_TABLE", "CERTIFICATES_TABLE", "VI_URL"},
    "show_operations_pages": AUDITED
    | {"WAITS_TABLE", "CERTIFICATES_TABLE", "NEWS_TABLE", "AGENTS_TABLE"}
    | TABLES
    | LOOKUPS
    | KNOWN_PATIENTS
    | SERVICES
    | {"INBOX_BUCKET", "ARCHIVE_BUCKET", "OPERATIONS_TABLE", "IMPORTS_TABLE", "VI_URL"},
    "act_on_operations_pages": AUDITED
    | {"WAITS_TABLE", "AGENTS_TABLE", "HEALTH_TABLE"}
    | TABLES
    | KNOWN_PATIENTS
    | {
        "INBOX_BUCKET",
        "ARCHIVE_BUCKET",
        "EXPORTS_BUCKET",
        "EXPORT_URL_SECONDS",
        "OPERATIONS_TABLE",
        "IMPORTS_TABLE",
        "MESSAGES_QUEUE_URL",
        "VI_URL",
    },
}


def functions(assembly: Assembly) -> dict[str, Resource]:
    return {
        function.properties["Handler"].split(".")[1]: function
        for function in assembly.resources("AWS::Lambda::Function")
    }


def variables(function: Resource) -> dict[str, Any]:
    found: dict[str, Any] = function.properties["Environment"]["Variables"]
    return found
