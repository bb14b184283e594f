"""The Lambdas of the templates: their variables, by function."""

from __future__ import annotations

from typing import Any, Final

from infra.rules.assembly import Assembly, Resource

COMMON: Final = {"LOG_LEVEL", "POWERTOOLS_SERVICE_NAME", "TENANT_PARAMETERS"}
AUDITED: Final = COMMON | {"AUDIT_BUCKET"}
TABLES: Final = {"STUDIES_TABLE", "MESSAGES_TABLE"}
CAUSES: Final = {"OPERATIONS_TABLE", "ALARM_TOPIC_ARN"}


SIGN_IN: Final = {
    "SESSIONS_TABLE",
    "SESSION_SECRETS",
    "VI_URL",
    "OPERATOR_ISSUER",
    "OPERATOR_CLIENT_ID",
    "OPERATOR_CLIENT_SECRET",
    "TRUST_ANCHORS_SECRET",
}

# The interface with the handlers: every variable of every function.
ENVIRONMENT: Final[dict[str, set[str]]] = {
    "receive_message": AUDITED | {"INBOX_BUCKET", "MESSAGES_QUEUE_URL"},
    "request_upload": AUDITED | {"UPLOADS_BUCKET", "UPLOADS_QUEUE_URL"},
    "acknowledge_upload": AUDITED | {"UPLOADS_BUCKET", "INBOX_BUCKET", "MESSAGES_QUEUE_URL"},
    "read_upload": AUDITED | {"UPLOADS_BUCKET", "INBOX_BUCKET", "MESSAGES_QUEUE_URL"},
    "check_message": AUDITED | {"INBOX_BUCKET", "CERTIFICATES_TABLE"},
    "read_operations": AUDITED | TABLES | {"INBOX_BUCKET", "ARCHIVE_BUCKET", "OPERATIONS_TABLE"},
    "act_on_operations": AUDITED
    | TABLES
    | {"INBOX_BUCKET", "OPERATIONS_TABLE", "MESSAGES_QUEUE_URL"},
    "authorize_sender": AUDITED,
    "authorize_pacs": AUDITED | {"PACS_SECRETS"},
    "receive_note": AUDITED
    | {
        "INBOX_BUCKET",
        "ARCHIVE_BUCKET",
        "CACHE_BUCKET",
        "STUDIES_TABLE",
        "MESSAGES_QUEUE_URL",
    },
    "authorize_professional": AUDITED
    | {
        "PSC_ISSUER",
        "PSC_INTROSPECTION_URL",
        "PSC_CLIENT_ID",
        "PSC_CLIENT_SECRET",
        "TRUST_ANCHORS_SECRET",
    },
    "start_publication": AUDITED | TABLES | {"INBOX_BUCKET", "PUBLISH_WORKFLOW_ARN"},
    "read_report": AUDITED | TABLES | CAUSES | {"INBOX_BUCKET", "ARCHIVE_BUCKET"},
    "index_study": AUDITED
    | TABLES
    | CAUSES
    | {
        "INBOX_BUCKET",
        "ARCHIVE_BUCKET",
        "TRUST_ANCHORS_SECRET",
        "CIRCUITS_TABLE",
        "PROBE_SECONDS",
        "PATIENTS_TABLE",
        "TRAITS_SECRETS",
    },
    "build_manifest": AUDITED
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
    | {
        "STUDIES_TABLE",
        "CIRCUITS_TABLE",
        "PROBE_SECONDS",
        "INBOX_BUCKET",
        "ARCHIVE_BUCKET",
        "STRUCTURE_SECRETS",
        "DMP_URL",
        "DMP_ALGORITHMS",
        "LPS_SECRET",
        "TRUST_ANCHORS_SECRET",
    },
    "start_reconciliation": COMMON | {"RECONCILE_WORKFLOW_ARN"},
    "reconcile_studies": AUDITED
    | TABLES
    | {
        "INBOX_BUCKET",
        "ARCHIVE_BUCKET",
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
    "settle_publication": AUDITED | TABLES | CAUSES | {"ARCHIVE_BUCKET", "CACHE_BUCKET"},
    "hold_publication": AUDITED | TABLES | CAUSES,
    "fill_cache": AUDITED
    | {
        "ARCHIVE_BUCKET",
        "CACHE_BUCKET",
        "STUDIES_TABLE",
        "CIRCUITS_TABLE",
        "PROBE_SECONDS",
        "TRUST_ANCHORS_SECRET",
    },
    "retrieve_study": AUDITED
    | {
        "ARCHIVE_BUCKET",
        "CACHE_BUCKET",
        "STUDIES_TABLE",
        "FILL_WORKFLOW_ARN",
        "SIGNED_URL_SECONDS",
    },
    "check_health": COMMON | {"TRUST_ANCHORS_SECRET"},
    "check_certificates": COMMON
    | {"CERTIFICATES_TABLE", "STRUCTURE_SECRETS", "TRUST_ANCHORS_SECRET"},
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
    "authorize_operator": COMMON | {"SESSIONS_TABLE", "SESSION_SECRETS"},
    "operator_session": AUDITED | SIGN_IN,
    "check_pasted_message": AUDITED | {"INBOX_BUCKET", "CERTIFICATES_TABLE", "VI_URL"},
    "show_operations_pages": AUDITED
    | TABLES
    | {"INBOX_BUCKET", "ARCHIVE_BUCKET", "OPERATIONS_TABLE"},
    "act_on_operations_pages": AUDITED
    | TABLES
    | {"INBOX_BUCKET", "ARCHIVE_BUCKET", "OPERATIONS_TABLE", "MESSAGES_QUEUE_URL", "VI_URL"},
}


def functions(assembly: Assembly) -> dict[str, Resource]:
    return {
        function.properties["Handler"].split(".")[1]: function
        for function in assembly.resources("AWS::Lambda::Function")
    }


def variables(function: Resource) -> dict[str, Any]:
    found: dict[str, Any] = function.properties["Environment"]["Variables"]
    return found
