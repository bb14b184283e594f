"""The template's content, function by function: triggers, environment, rights."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any, Final

import pytest
from lxml import html

from functions.aws.audit import KEY_ALIAS
from functions.drimbox.tenants.reconciliation_policy import LIMITS
from infra.local.assembly import load_assembly
from infra.local.install import Install
from infra.local.template import resolve
from infra.routes import DICOM, HL7, HOSTS, ROUTES
from infra.rules.assembly import NAMES, Assembly, Resource, many, resource_counts
from infra.rules.catalogue import judge
from infra.shared.deployment import ROOT
from infra.shared.refusals import REFUSALS
from tests.infra.conftest import NO_RULES_OF_THE_CDK
from tests.infra.functions import ENVIRONMENT, functions, variables

CFN_LINT: Final = str(Path(sys.executable).parent / "cfn-lint")
# Rights on the resource that each variable names. Keys, logs and traces aside.
_WRITE: Final = {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"}
_CONSUME: Final = {
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
}
_LIST: Final = {"dynamodb:GetItem", "dynamodb:Scan"}
_CHANGE: Final = {"dynamodb:GetItem", "dynamodb:PutItem"}
_READ_OBJECTS: Final = {"s3:GetObject", "s3:ListBucket"}
_RECEIVES_UPLOADS: Final = {
    "LOOKUPS_TABLE": {"dynamodb:UpdateItem"},
    "UPLOADS_BUCKET": _READ_OBJECTS | {"s3:PutObject"},
    "INBOX_BUCKET": _READ_OBJECTS | {"s3:PutObject"},
    "MESSAGES_QUEUE_URL": {"sqs:SendMessage"},
}
_SERVICES: Final = {
    "CIRCUITS_TABLE": {"dynamodb:GetItem"},
    "HEALTH_TABLE": {"dynamodb:GetItem", "dynamodb:Query"},
    "PEERS_TABLE": {"dynamodb:GetItem"},
}
_CAUSES: Final = {
    "OPERATIONS_TABLE": {"dynamodb:GetItem", "dynamodb:PutItem"},
    "ALARM_TOPIC_ARN": {"sns:Publish"},
}
_PARKING: Final = {"WAITS_TABLE": _CHANGE, "TICKS_QUEUE_URL": {"sqs:SendMessage"}}
_NEWS: Final = {"NEWS_QUEUE_URL": {"sqs:SendMessage"}}
_AGENTS: Final = {"JOBS_TABLE": _CHANGE, "HEALTH_TABLE": {"dynamodb:Query"}}
_ANSWERS: Final = {**_AGENTS, "CACHE_BUCKET": _READ_OBJECTS}
RIGHTS: Final[dict[str, dict[str, set[str]]]] = {
    "receive_message": {
        "LOOKUPS_TABLE": {"dynamodb:UpdateItem"},
        "INBOX_BUCKET": _READ_OBJECTS | {"s3:PutObject"},
        "MESSAGES_QUEUE_URL": {"sqs:SendMessage"},
    },
    "request_upload": {
        "UPLOADS_BUCKET": {"s3:PutObject"},
        "UPLOADS_QUEUE_URL": {"sqs:SendMessage"},
    },
    "acknowledge_upload": _RECEIVES_UPLOADS,
    "read_upload": {
        **_RECEIVES_UPLOADS,
        "UPLOADS_QUEUE_URL": _CONSUME,
        "NEWS_QUEUE_URL": {"sqs:SendMessage"},
    },
    "follow_message": {
        "LOOKUPS_TABLE": {"dynamodb:GetItem"},
        "WAITS_TABLE": {"dynamodb:Query"},
        "INBOX_BUCKET": _READ_OBJECTS,
        "MESSAGES_TABLE": {"dynamodb:GetItem"},
        "STUDIES_TABLE": {"dynamodb:GetItem"},
    },
    "check_message": {
        "UPLOADS_BUCKET": _READ_OBJECTS,
        "INBOX_BUCKET": _READ_OBJECTS,
        "STUDIES_TABLE": {"dynamodb:GetItem"},
        "CERTIFICATES_TABLE": {"dynamodb:GetItem"},
    },
    "read_operations": {
        "WAITS_TABLE": {"dynamodb:GetItem", "dynamodb:Query"},
        "CERTIFICATES_TABLE": {"dynamodb:GetItem"},
        "NEWS_TABLE": {"dynamodb:Query"},
        **_SERVICES,
        "INBOX_BUCKET": _READ_OBJECTS,
        "ARCHIVE_BUCKET": _READ_OBJECTS,
        "RECONCILIATIONS_BUCKET": _READ_OBJECTS,
        "EXPORTS_BUCKET": _READ_OBJECTS | {"s3:PutObject"},
        "MESSAGES_TABLE": {"dynamodb:GetItem", "dynamodb:Query"},
        "STUDIES_TABLE": {"dynamodb:GetItem", "dynamodb:Query"},
        "OPERATIONS_TABLE": {"dynamodb:GetItem", "dynamodb:Query"},
        "LOOKUPS_TABLE": {"dynamodb:Query", "dynamodb:BatchGetItem"},
        "PATIENTS_TABLE": {"dynamodb:GetItem"},
        "IMPORTS_TABLE": {"dynamodb:GetItem"},
    },
    "act_on_operations": {
        "WAITS_TABLE": {"dynamodb:Query"},
        "INBOX_BUCKET": _READ_OBJECTS | {"s3:PutObject"},
        "MESSAGES_TABLE": _WRITE | {"dynamodb:Query"},
        "STUDIES_TABLE": {"dynamodb:GetItem"},
        "OPERATIONS_TABLE": {"dynamodb:GetItem", "dynamodb:PutItem"},
        "PATIENTS_TABLE": {"dynamodb:GetItem", "dynamodb:PutItem"},
        "IMPORTS_TABLE": {"dynamodb:GetItem", "dynamodb:DeleteItem"},
        "MESSAGES_QUEUE_URL": {"sqs:SendMessage"},
    },
    "export_archive": {
        "ARCHIVE_BUCKET": _READ_OBJECTS,
        "STUDIES_TABLE": {"dynamodb:GetItem", "dynamodb:Query"},
        "EXPORTS_BUCKET": _READ_OBJECTS | {"s3:PutObject"},
    },
    "authorize_sender": {
        "REVOCATIONS_BUCKET": _READ_OBJECTS,
        "AGENTS_TABLE": {"dynamodb:Query"},
    },
    "enrol_agent": {"AGENTS_TABLE": _WRITE | {"dynamodb:Query"}},
    "renew_agent": {"AGENTS_TABLE": _WRITE | {"dynamodb:Query"}},
    "issue_certificate": {},
    "refresh_revocations": {
        "TENANTS_TABLE": _LIST,
        "REVOCATIONS_BUCKET": _READ_OBJECTS | {"s3:PutObject"},
    },
    "authorize_professional": {"PEERS_TABLE": {"dynamodb:GetItem"}},
    "authorize_pacs": {},
    "receive_note": {
        "INBOX_BUCKET": _READ_OBJECTS | {"s3:PutObject"},
        "ARCHIVE_BUCKET": {"s3:PutObject"},
        "CACHE_BUCKET": {"s3:DeleteObject", "s3:ListBucket"},
        "STUDIES_TABLE": _WRITE,
        "MESSAGES_QUEUE_URL": {"sqs:SendMessage"},
    },
    "start_publication": {
        **_NEWS,
        **_CAUSES,
        "WAITS_TABLE": {"dynamodb:Query"},
        "MESSAGES_QUEUE_URL": _CONSUME,
        "INBOX_BUCKET": _READ_OBJECTS,
        "MESSAGES_TABLE": _WRITE,
        "STUDIES_TABLE": {"dynamodb:GetItem"},
        "LOOKUPS_TABLE": {"dynamodb:BatchWriteItem"},
        "PUBLISH_WORKFLOW_ARN": {"states:StartExecution"},
    },
    "read_report": {
        **_NEWS,
        **_PARKING,
        **_CAUSES,
        "INBOX_BUCKET": _READ_OBJECTS,
        "ARCHIVE_BUCKET": _READ_OBJECTS,
        "MESSAGES_TABLE": _WRITE,
        "STUDIES_TABLE": _WRITE,
        "IMPORTS_TABLE": {"dynamodb:GetItem"},
    },
    "index_study": {
        **_NEWS,
        **_ANSWERS,
        **_PARKING,
        **_CAUSES,
        "INBOX_BUCKET": _READ_OBJECTS,
        "ARCHIVE_BUCKET": _READ_OBJECTS | {"s3:PutObject"},
        "MESSAGES_TABLE": _WRITE,
        "STUDIES_TABLE": _WRITE,
        "PATIENTS_TABLE": {"dynamodb:GetItem", "dynamodb:PutItem"},
        "IMPORTS_TABLE": {"dynamodb:GetItem"},
        "CIRCUITS_TABLE": _CHANGE,
    },
    "build_manifest": {
        **_PARKING,
        "INBOX_BUCKET": _READ_OBJECTS,
        "ARCHIVE_BUCKET": _READ_OBJECTS | {"s3:PutObject"},
        "STUDIES_TABLE": _WRITE,
    },
    "publish_manifest": {
        **_PARKING,
        "INBOX_BUCKET": _READ_OBJECTS,
        "ARCHIVE_BUCKET": _READ_OBJECTS | {"s3:PutObject"},
        "STUDIES_TABLE": _WRITE,
        "CIRCUITS_TABLE": _CHANGE | {"dynamodb:BatchGetItem"},
    },
    "sweep_inbox": {
        "TENANTS_TABLE": _LIST,
        "INBOX_BUCKET": {"s3:ListBucket"},
        "CACHE_BUCKET": {"s3:DeleteObject", "s3:GetObjectTagging", "s3:ListBucket"},
        "MESSAGES_TABLE": {"dynamodb:GetItem"},
        "OPERATIONS_TABLE": _CHANGE,
        "MESSAGES_QUEUE_URL": {"sqs:SendMessage"},
    },
    "start_reconciliation": {
        "TENANTS_TABLE": _LIST,
        "RECONCILE_WORKFLOW_ARN": {"states:StartExecution"},
    },
    "write_tenant": {"TENANTS_TABLE": {"dynamodb:PutItem", "dynamodb:DeleteItem"}},
    "find_study": {},
    "reconcile_studies": {
        **_NEWS,
        **_ANSWERS,
        "INBOX_BUCKET": _READ_OBJECTS | {"s3:PutObject"},
        "ARCHIVE_BUCKET": _READ_OBJECTS,
        "RECONCILIATIONS_BUCKET": _READ_OBJECTS | {"s3:PutObject"},
        "STUDIES_TABLE": _WRITE | {"dynamodb:Query"},
        "CIRCUITS_TABLE": _CHANGE | {"dynamodb:BatchGetItem"},
        "MESSAGES_TABLE": _WRITE,
        "MESSAGES_QUEUE_URL": {"sqs:SendMessage"},
    },
    "prepare_series": {
        **_PARKING,
        "ARCHIVE_BUCKET": _READ_OBJECTS,
        "STUDIES_TABLE": {"dynamodb:GetItem"},
        "JOBS_TABLE": _CHANGE | {"dynamodb:BatchGetItem"},
        "FILL_JOBS_QUEUE_URL": {"sqs:SendMessage"},
    },
    "settle_publication": {
        **_NEWS,
        **_CAUSES,
        "JOBS_TABLE": _CHANGE | {"dynamodb:BatchGetItem"},
        "FILL_JOBS_QUEUE_URL": {"sqs:SendMessage"},
        "ARCHIVE_BUCKET": _READ_OBJECTS | {"s3:PutObject"},
        "CACHE_BUCKET": {"s3:DeleteObject", "s3:ListBucket"},
        "MESSAGES_TABLE": _WRITE,
        "STUDIES_TABLE": _WRITE,
    },
    "hold_publication": {
        **_NEWS,
        **_CAUSES,
        "MESSAGES_TABLE": _WRITE,
        "STUDIES_TABLE": _WRITE,
    },
    "fill_cache": {
        **_NEWS,
        "ARCHIVE_BUCKET": _READ_OBJECTS | {"s3:PutObject"},
        "CACHE_BUCKET": _READ_OBJECTS
        | {
            "s3:PutObject",
            "s3:PutObjectTagging",
            "s3:AbortMultipartUpload",
            "s3:DeleteObject",
        },
        **_CAUSES,
        "MESSAGES_TABLE": _WRITE,
        "STUDIES_TABLE": _WRITE,
        "CIRCUITS_TABLE": _CHANGE,
        "JOBS_TABLE": _CHANGE,
        "FILL_JOBS_QUEUE_URL": {"sqs:SendMessage"} | _CONSUME,
    },
    "retrieve_study": {
        "ARCHIVE_BUCKET": _READ_OBJECTS,
        "CACHE_BUCKET": _READ_OBJECTS,
        "STUDIES_TABLE": {"dynamodb:GetItem"},
        "JOBS_TABLE": _CHANGE,
        "FILL_JOBS_QUEUE_URL": {"sqs:SendMessage"},
    },
    "check_health": {"HEALTH_TABLE": _CHANGE | {"dynamodb:Query"}},
    "serve_agents": {
        **_ANSWERS,
        "HEALTH_TABLE": {"dynamodb:PutItem", "dynamodb:Query"},
        "CACHE_BUCKET": _READ_OBJECTS | {"s3:PutObject", "s3:PutObjectTagging"},
        "FILL_JOBS_QUEUE_URL": {"sqs:SendMessage"},
        "TICKS_QUEUE_URL": {"sqs:SendMessage"},
        "ARCHIVE_BUCKET": _READ_OBJECTS,
        "READINGS_BUCKET": _READ_OBJECTS,
        "STUDIES_TABLE": {"dynamodb:GetItem"},
        "AGENTS_TABLE": {"dynamodb:UpdateItem"},
    },
    "fail_jobs": {
        "AGENT_LETTERS_QUEUE_URL": _CONSUME,
        "JOBS_TABLE": _CHANGE,
        "FILL_JOBS_QUEUE_URL": {"sqs:SendMessage"},
        "TICKS_QUEUE_URL": {"sqs:SendMessage"},
    },
    "check_certificates": {
        "TENANTS_TABLE": _LIST,
        "CERTIFICATES_TABLE": _CHANGE,
    },
    "seal_audit": {
        "AUDIT_BUCKET": {"s3:GetObjectVersion", "s3:ListBucketVersions"},
        "SEALS_BUCKET": {"s3:GetObjectVersion", "s3:ListBucketVersions", "s3:PutObject"},
    },
    "refresh_white_list": {"PEERS_TABLE": {"dynamodb:GetItem", "dynamodb:PutItem"}},
    "search_exams": {},
    "search_pacs": {
        **_ANSWERS,
        "INBOX_BUCKET": _READ_OBJECTS,
        "MESSAGES_TABLE": {"dynamodb:GetItem"},
        "CIRCUITS_TABLE": _CHANGE,
    },
}
RIGHTS.update(
    {
        "tell_sender": {
            "NEWS_QUEUE_URL": {"sqs:SendMessage"} | _CONSUME,
            "NEWS_TABLE": _CHANGE | {"dynamodb:DeleteItem"},
            "LOOKUPS_TABLE": {"dynamodb:GetItem"},
            "INBOX_BUCKET": _READ_OBJECTS,
            "MESSAGES_TABLE": {"dynamodb:GetItem"},
            "STUDIES_TABLE": {"dynamodb:GetItem"},
            "WAITS_TABLE": {"dynamodb:Query"},
            "CIRCUITS_TABLE": _CHANGE,
        },
        "wake_waits": {
            **_AGENTS,
            "OPERATIONS_TABLE": _CHANGE | {"dynamodb:Query"},
            "ALARM_TOPIC_ARN": {"sns:Publish"},
            "TENANTS_TABLE": {"dynamodb:GetItem", "dynamodb:Scan"},
            "WAITS_TABLE": _CHANGE
            | {"dynamodb:DeleteItem", "dynamodb:Query", "dynamodb:UpdateItem"},
            "TICKS_QUEUE_URL": {"sqs:SendMessage"} | _CONSUME,
            "CIRCUITS_TABLE": _CHANGE,
            "STUDIES_TABLE": {"dynamodb:GetItem"},
            "PUBLISH_WORKFLOW_ARN": {"states:StartExecution"},
        },
        "authorize_operator": {"SESSIONS_TABLE": {"dynamodb:GetItem", "dynamodb:UpdateItem"}},
        "operator_session": {"SESSIONS_TABLE": {"dynamodb:PutItem", "dynamodb:DeleteItem"}},
        "check_call": {},
        "check_pasted_call": {},
        "open_context": {"SESSIONS_TABLE": {"dynamodb:PutItem"}},
        "authorize_reader": {"SESSIONS_TABLE": {"dynamodb:GetItem", "dynamodb:UpdateItem"}},
        "reader_session": {
            "SESSIONS_TABLE": _WRITE | {"dynamodb:DeleteItem"},
            "HEALTH_TABLE": _CHANGE,
            "READINGS_BUCKET": {"s3:DeleteObject", "s3:ListBucket"},
        },
        "show_exams": {
            "SESSIONS_TABLE": {*_WRITE, "dynamodb:DeleteItem"},
            "STUDIES_TABLE": {"dynamodb:GetItem"},
            "IMPORTS_TABLE": {"dynamodb:BatchGetItem"},
            "ARCHIVE_BUCKET": _READ_OBJECTS,
            "CIRCUITS_TABLE": {"dynamodb:GetItem"},
            "HEALTH_TABLE": _CHANGE,
            "PEERS_TABLE": {"dynamodb:GetItem"},
        },
        "open_exam": {
            "SESSIONS_TABLE": _WRITE | {"dynamodb:DeleteItem"},
            "STUDIES_TABLE": {"dynamodb:GetItem"},
            "ARCHIVE_BUCKET": _READ_OBJECTS,
            "CACHE_BUCKET": _READ_OBJECTS,
            "JOBS_TABLE": _CHANGE,
            "FILL_JOBS_QUEUE_URL": {"sqs:SendMessage"},
            "READINGS_BUCKET": {*_READ_OBJECTS, "s3:PutObject"},
            "FETCH_WORKFLOW_ARN": {"states:StartExecution"},
            "HEALTH_TABLE": _CHANGE,
        },
        "open_file": {"SESSIONS_TABLE": _WRITE | {"dynamodb:DeleteItem"}},
        "import_exam": {
            "SESSIONS_TABLE": _WRITE | {"dynamodb:DeleteItem"},
            "STUDIES_TABLE": {"dynamodb:GetItem"},
            "IMPORTS_TABLE": {"dynamodb:GetItem"},
            "READINGS_BUCKET": {*_READ_OBJECTS, "s3:PutObject"},
            "FETCH_WORKFLOW_ARN": {"states:StartExecution"},
            "IMPORT_WORKFLOW_ARN": {"states:StartExecution"},
            "HEALTH_TABLE": _CHANGE,
        },
        "store_exam": {
            "SESSIONS_TABLE": _WRITE,
            "STUDIES_TABLE": {"dynamodb:GetItem"},
            "IMPORTS_TABLE": _WRITE | {"dynamodb:DeleteItem"},
            "READINGS_BUCKET": {*_READ_OBJECTS, "s3:PutObject", "s3:DeleteObject"},
            "CIRCUITS_TABLE": _CHANGE,
            **_ANSWERS,
        },
        "fetch_exam": {
            "SESSIONS_TABLE": _WRITE | {"dynamodb:DeleteItem"},
            "READINGS_BUCKET": {*_READ_OBJECTS, "s3:PutObject", "s3:DeleteObject"},
            "PEERS_TABLE": {"dynamodb:GetItem"},
            "HEALTH_TABLE": _CHANGE,
            "FETCH_WORKFLOW_ARN": {"states:StartExecution"},
        },
        "show_report": {
            "SESSIONS_TABLE": {"dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"},
            "HEALTH_TABLE": _CHANGE,
            "READINGS_BUCKET": {*_READ_OBJECTS, "s3:PutObject", "s3:DeleteObject"},
        },
        "list_exams": {
            "SESSIONS_TABLE": _WRITE | {"dynamodb:DeleteItem"},
            "STUDIES_TABLE": {"dynamodb:GetItem"},
            "ARCHIVE_BUCKET": _READ_OBJECTS,
            "CACHE_BUCKET": _READ_OBJECTS,
            "CIRCUITS_TABLE": {"dynamodb:GetItem"},
            "HEALTH_TABLE": _CHANGE,
            "PEERS_TABLE": {"dynamodb:GetItem"},
        },
        "serve_asset": {},
        "set_authorization": {
            "SESSIONS_TABLE": {"dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"},
        },
        "check_pasted_message": {
            "INBOX_BUCKET": _READ_OBJECTS,
            "STUDIES_TABLE": {"dynamodb:GetItem"},
            "CERTIFICATES_TABLE": {"dynamodb:GetItem"},
        },
        "show_operations_pages": {
            "WAITS_TABLE": {"dynamodb:GetItem", "dynamodb:Query"},
            "CERTIFICATES_TABLE": {"dynamodb:GetItem"},
            "NEWS_TABLE": {"dynamodb:Query"},
            "AGENTS_TABLE": {"dynamodb:Query"},
            **_SERVICES,
            "INBOX_BUCKET": _READ_OBJECTS,
            "ARCHIVE_BUCKET": _READ_OBJECTS,
            "MESSAGES_TABLE": {"dynamodb:GetItem", "dynamodb:Query"},
            "STUDIES_TABLE": {"dynamodb:GetItem", "dynamodb:Query"},
            "OPERATIONS_TABLE": {"dynamodb:GetItem", "dynamodb:Query"},
            "LOOKUPS_TABLE": {"dynamodb:Query", "dynamodb:BatchGetItem"},
            "PATIENTS_TABLE": {"dynamodb:GetItem"},
            "IMPORTS_TABLE": {"dynamodb:GetItem"},
        },
        "act_on_operations_pages": {
            "WAITS_TABLE": {"dynamodb:Query"},
            "AGENTS_TABLE": {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"},
            "HEALTH_TABLE": {"dynamodb:DeleteItem"},
            "INBOX_BUCKET": _READ_OBJECTS | {"s3:PutObject"},
            "ARCHIVE_BUCKET": _READ_OBJECTS,
            "EXPORTS_BUCKET": _READ_OBJECTS | {"s3:PutObject"},
            "MESSAGES_TABLE": _WRITE | {"dynamodb:Query"},
            "STUDIES_TABLE": {"dynamodb:GetItem"},
            "OPERATIONS_TABLE": {"dynamodb:GetItem", "dynamodb:PutItem"},
            "PATIENTS_TABLE": {"dynamodb:GetItem", "dynamodb:PutItem"},
            "IMPORTS_TABLE": {"dynamodb:GetItem", "dynamodb:DeleteItem"},
            "MESSAGES_QUEUE_URL": {"sqs:SendMessage"},
        },
    }
)
SCHEDULED: Final = {
    "check_certificates",
    "refresh_revocations",
    "refresh_white_list",
    "seal_audit",
    "start_reconciliation",
    "sweep_inbox",
    "wake_waits",
}
EVERYWHERE: Final = {
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "secretsmanager:GetSecretValue",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}


def statements(assembly: Assembly, function: Resource) -> list[dict[str, Any]]:
    role = assembly.target(function.stack, function.properties["Role"])
    return [
        statement
        for policy in assembly.resources("AWS::IAM::Policy")
        if role in [assembly.target(policy.stack, one) for one in policy.properties["Roles"]]
        for statement in policy.properties["PolicyDocument"]["Statement"]
    ]


def test_every_function_is_there_once(assembly: Assembly) -> None:
    handlers = [f.properties["Handler"] for f in assembly.resources("AWS::Lambda::Function")]
    assert sorted(handlers) == sorted(f"functions.{name}.handler.handler" for name in ENVIRONMENT)


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_environment(assembly: Assembly, name: str) -> None:
    assert set(variables(functions(assembly)[name])) == ENVIRONMENT[name]


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_platform(assembly: Assembly, name: str) -> None:
    properties = functions(assembly)[name].properties
    assert properties["Runtime"] == "python3.13"
    assert properties["Architectures"] == ["arm64"]
    assert properties["FunctionName"] == f"drimbox-{name.replace('_', '-')}"
    assert properties["TracingConfig"] == {"Mode": "Active"}
    assert len(properties["Layers"]) == 1


@pytest.mark.parametrize("name", RIGHTS)
def test_rights(assembly: Assembly, name: str) -> None:
    function = functions(assembly)[name]
    wanted = dict(RIGHTS[name])
    if "AUDIT_BUCKET" in ENVIRONMENT[name]:
        wanted.setdefault("AUDIT_BUCKET", {"s3:PutObject"})
    if "TENANTS_TABLE" in ENVIRONMENT[name]:
        wanted.setdefault("TENANTS_TABLE", {"dynamodb:GetItem"})
    for variable in ENVIRONMENT[name]:
        if variable.endswith("_SECRETS"):
            wanted[variable] = _READ_OBJECTS
    named = {
        variable: assembly.target(function.stack, variables(function)[variable])
        for variable in wanted
    }
    found: dict[str, set[str]] = {variable: set() for variable in wanted}
    others: set[str] = set()
    for statement in statements(assembly, function):
        for resource in many(statement["Resource"]):
            where = assembly.text(function.stack, resource)
            owners = [
                variable
                for variable, target in named.items()
                if target and f"${{{target.stack}.{target.logical_id}}}" in where
            ]
            for owner in owners:
                found[owner] |= set(many(statement["Action"]))
            if not owners:
                others |= set(many(statement["Action"]))
    # The queue of a tenant's agents is named by its tenant: the grant names each by a pattern.
    rings = "AGENT_QUEUES_URL" in ENVIRONMENT[name]
    assert {one for one in others if one.startswith("sqs:")} == (
        {"sqs:SendMessage"} if rings else set()
    )
    lends = {"sts:AssumeRole", "sts:TagSession"} if name == "serve_agents" else set[str]()
    assert {one for one in others if one.startswith("sts:")} == lends
    # Our authority over agents: two functions ask it, and one signs (rule A28).
    callers = {"enrol_agent", "renew_agent", "reconcile_studies"}
    calls = {"lambda:InvokeFunction"} if name in callers else set[str]()
    signs = {"kms:GetPublicKey", "kms:Sign"} if name == "issue_certificate" else set[str]()
    special = {"lambda:InvokeFunction", "kms:GetPublicKey", "kms:Sign"}
    assert others & special == calls | signs
    others = {one for one in others - special if not one.startswith(("sqs:", "sts:"))}
    assert found == wanted
    # A scheduled function's failure is told at the topic of all alarms.
    assert others <= EVERYWHERE | ({"sns:Publish"} if name in SCHEDULED else set())
    reads_secrets = any(v.endswith("_SECRET") for v in variables(function))
    assert ("secretsmanager:GetSecretValue" in others) is reads_secrets


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_secrets_are_the_named_ones(assembly: Assembly, name: str) -> None:
    function = functions(assembly)[name]
    wanted = {
        f"{text}-??????"
        for variable, text in variables(function).items()
        if variable.endswith("_SECRET")
    }
    found = {
        re.sub(r".*:secret:", "", assembly.text(function.stack, resource))
        for statement in statements(assembly, function)
        if "secretsmanager:GetSecretValue" in many(statement["Action"])
        for resource in many(statement["Resource"])
    }
    assert found == wanted


# The variable that names the bucket of the tenants' secrets, and those that its function reads.
OF_TENANTS: Final = {
    "STRUCTURE_SECRETS": "*/structures/*/*",
    "TRAITS_SECRETS": "*/traits",
    "SESSION_SECRETS": "*/sessions",
    "WEBHOOK_SECRETS": "*/webhook",
    "PACS_ACCESS_SECRETS": "*/pacs",
    "PACS_SECRETS": "*/pacs-credential",
    "TENANT_ANCHORS_SECRETS": "*/trust-anchors",
}


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_secrets_of_tenants_are_read_by_kind_and_written_by_nobody(
    assembly: Assembly, name: str
) -> None:
    function = functions(assembly)[name]
    [bucket] = [
        f"${{{one.stack}.{one.logical_id}}}"
        for one in assembly.resources("AWS::S3::Bucket")
        if one.logical_id.startswith("BucketsSecrets")
    ]
    found = {
        (assembly.text(function.stack, resource).partition(bucket)[2].lstrip("/"), action)
        for statement in statements(assembly, function)
        for resource in many(statement["Resource"])
        if bucket in assembly.text(function.stack, resource)
        for action in many(statement["Action"])
    }
    kinds = {OF_TENANTS[one] for one in variables(function) if one.endswith("_SECRETS")}
    wanted = {(kind, "s3:GetObject") for kind in kinds}
    assert found == (wanted | {("", "s3:ListBucket")} if kinds else set())


def test_the_keys_of_structures_are_read_by_those_who_sign_or_ask_the_dmp(
    assembly: Assembly,
) -> None:
    """Nobody else: one secret a tenant would have opened them to the readers of another one."""
    readers = {
        name
        for name, function in functions(assembly).items()
        if "STRUCTURE_SECRETS" in variables(function)
    }
    assert readers == {
        *("build_manifest", "publish_manifest", "reconcile_studies", "check_certificates"),
        *("search_exams", "list_exams", "show_exams", "show_report", "set_authorization"),
        *("open_exam", "import_exam", "fetch_exam"),
    }


def test_a_tenant_costs_one_key_and_no_secret(assembly: Assembly) -> None:
    kinds = [one.type for one in assembly.resources() if one.stack == "DrimboxTenant-demo"]
    assert sorted(kinds) == ["AWS::KMS::Alias", "AWS::KMS::Key", "Custom::TenantFile"]


def test_a_secret_of_a_tenant_is_written_under_no_key_of_the_platform(
    assembly: Assembly,
) -> None:
    """The bucket's default key is the platform's: the erasure by key would miss such a secret."""
    [policy] = [
        one
        for one in assembly.resources("AWS::S3::BucketPolicy")
        if one.logical_id.startswith("BucketsSecrets")
    ]
    [default] = [
        one.properties["BucketEncryption"]["ServerSideEncryptionConfiguration"][0]
        for one in assembly.resources("AWS::S3::Bucket")
        if one.logical_id.startswith("BucketsSecrets")
    ]
    key = default["ServerSideEncryptionByDefault"]["KMSMasterKeyID"]
    named = "s3:x-amz-server-side-encryption-aws-kms-key-id"
    refused = {
        one["Sid"]: one
        for one in policy.properties["PolicyDocument"]["Statement"]
        if one["Action"] == "s3:PutObject"
    }
    assert {one["Effect"] for one in refused.values()} == {"Deny"}
    assert refused["DenyWithoutKey"]["Condition"] == {"Null": {named: "true"}}
    arn, ref, alias, alias_arn = refused["DenyDataKey"]["Condition"]["StringEquals"][named]
    assert (arn, ref) == (key, {"Ref": key["Fn::GetAtt"][0]})
    assert alias == "alias/drimbox/data"
    assert assembly.text(policy.stack, alias_arn).endswith(f":{alias}")


def test_a_former_secret_is_gone_after_a_month(assembly: Assembly) -> None:
    [bucket] = [
        one.properties
        for one in assembly.resources("AWS::S3::Bucket")
        if one.logical_id.startswith("BucketsSecrets")
    ]
    [rule] = bucket["LifecycleConfiguration"]["Rules"]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert "ExpirationInDays" not in rule


def test_secrets_exist(assembly: Assembly) -> None:
    declared = {s.properties["Name"] for s in assembly.resources("AWS::SecretsManager::Secret")}
    named = {
        text
        for function in functions(assembly).values()
        for variable, text in variables(function).items()
        if variable.endswith("_SECRET")
    }
    assert named == declared


def test_no_value_of_a_secret(assembly: Assembly) -> None:
    for secret in assembly.resources("AWS::SecretsManager::Secret"):
        assert "SecretString" not in secret.properties
        # Letters and digits: readers take what is not JSON for no value.
        generated = dict(secret.properties["GenerateSecretString"])
        is_used = secret.properties["Name"].endswith(("/traits", "/sessions"))
        assert generated.pop("PasswordLength", 32) == (64 if is_used else 32)
        assert generated == {"ExcludePunctuation": True}


def test_hosts(assembly: Assembly) -> None:
    names = [api.properties["Name"] for api in assembly.resources("AWS::ApiGateway::RestApi")]
    assert sorted(names) == sorted(f"drimbox-{host}" for host in HOSTS)
    for api in assembly.resources("AWS::ApiGateway::RestApi"):
        assert api.properties["BinaryMediaTypes"] == ["*/*"]
    outputs = {n: o for s in assembly.stacks for n, o in s.template.get("Outputs", {}).items()}
    assert outputs["DbUrl"]["Value"] == "https://db.drimbox.example"
    assert not [name for name in outputs if "Endpoint" in name]


@pytest.mark.parametrize("host", HOSTS)
def test_outputs_say_where_dns_must_point(assembly: Assembly, host: str) -> None:
    [of_host] = [one for one in assembly.stacks if one.name == f"Drimbox{host.capitalize()}"]
    outputs = of_host.template["Outputs"]
    [domain] = [
        one.logical_id
        for one in assembly.resources("AWS::ApiGateway::DomainName")
        if one.properties["DomainName"] == f"{host}.drimbox.example"
    ]
    for output, attribute in (("Target", "RegionalDomainName"), ("Zone", "RegionalHostedZoneId")):
        value = outputs[f"{host.capitalize()}Domain{output}"]["Value"]
        assert value == {"Fn::GetAtt": [domain, attribute]}


def test_the_local_runtime_knows_every_part(assembly_folder: Path, tmp_path: Path) -> None:
    install = Install(tmp_path, bytes(32))
    outputs = resolve(load_assembly(assembly_folder), install, "http://127.0.0.1:4566").outputs
    targets = {outputs[f"{host.capitalize()}DomainTarget"] for host in HOSTS}
    assert len(targets) == len(HOSTS)
    assert all(target.endswith(".execute-api.local") for target in targets)


def test_no_stage_in_a_path(assembly: Assembly) -> None:
    mappings = list(assembly.resources("AWS::ApiGateway::BasePathMapping"))
    assert len(mappings) == len(HOSTS)
    for mapping in mappings:
        assert "BasePath" not in mapping.properties
        assert assembly.pointed_by(mapping, "Stage") is not None


def test_client_certificates_on_in_alone(assembly: Assembly) -> None:
    demanded = [
        domain.properties["DomainName"]
        for domain in assembly.resources("AWS::ApiGateway::DomainName")
        if "MutualTlsAuthentication" in domain.properties
    ]
    assert demanded == ["in.drimbox.example"]


def test_a_missing_token_is_401_and_others_are_asked_without_a_header(assembly: Assembly) -> None:
    sources = {
        (
            (assembly.pointed_by(one, "RestApiId") or one).properties["Name"],
            authorizing(assembly, one),
        ): one.properties["IdentitySource"]
        for one in assembly.resources("AWS::ApiGateway::Authorizer")
    }
    assert sources == {
        ("drimbox-in", "authorize_sender"): "",
        ("drimbox-db", "authorize_professional"): "method.request.header.Authorization",
        ("drimbox-db", "authorize_pacs"): "method.request.header.Authorization",
        ("drimbox-vi", "authorize_professional"): "method.request.header.Authorization",
        ("drimbox-vi", "authorize_operator"): "",
        ("drimbox-vi", "authorize_reader"): "",
    }


def authorizing(assembly: Assembly, authorizer: Resource) -> str:
    """The function that an authorizer asks."""
    uri = assembly.text(authorizer.stack, authorizer.properties["AuthorizerUri"])
    [name] = [n for n, f in functions(assembly).items() if f"${{{f.stack}.{f.logical_id}}}" in uri]
    return name


def test_an_api_may_call_each_of_its_functions_by_one_permission(assembly: Assembly) -> None:
    """API Gateway answers 500 for a function that it may not call.

    Every API may ask the authorizer of two hosts, by a permission that stands with the function.
    """

    def api_of(one: Resource) -> str:
        return assembly.text(one.stack, one.properties["RestApiId"])

    called = {
        (name, api_of(method), "")
        for method in assembly.resources("AWS::ApiGateway::Method")
        for name, function in functions(assembly).items()
        if f"${{{function.stack}.{function.logical_id}}}/invocations"
        in assembly.text(method.stack, method.properties["Integration"]["Uri"])
    } | {
        (name, "*" if functions(assembly)[name].stack != one.stack else api_of(one), "authorizers")
        for one in assembly.resources("AWS::ApiGateway::Authorizer")
        for name in [authorizing(assembly, one)]
    }
    assert ("authorize_professional", "*", "authorizers") in called
    permitted = []
    for permission in assembly.resources("AWS::Lambda::Permission"):
        function = assembly.pointed_by(permission, "FunctionName")
        source = assembly.text(permission.stack, permission.properties["SourceArn"])
        by_api = re.search(r":execute-api:.*:(\$\{[^}]+\}|\*)/(authorizers)?", source)
        if by_api and function:
            name = function.properties["Handler"].split(".")[1]
            permitted.append((name, by_api[1], by_api[2] or ""))
            assert permission.stack == function.stack, "gone when that stack alone is made anew"
    assert called
    assert sorted(permitted) == sorted(called)


# CloudFormation takes 500. A stack that is half full leaves room to change it: a name that is
# fixed, or a kept resource, cannot move to another stack by itself.
MOST_RESOURCES: Final = 250


def test_no_stack_is_more_than_half_full(assembly: Assembly) -> None:
    counts = resource_counts(assembly)
    print(counts)
    assert set(counts) == {stack.name for stack in assembly.stacks}
    assert {name: count for name, count in counts.items() if count > MOST_RESOURCES} == {}


def test_the_runbook_tells_the_size_of_each_stack(assembly: Assembly) -> None:
    page = (ROOT / "docs" / "runbooks" / "deploy.md").read_text("utf-8")
    told = dict(re.findall(r"^\| `(Drimbox[\w<>-]+)`.*\| (\d+) \|$", page, re.MULTILINE))
    counts = resource_counts(assembly)
    told["DrimboxTenant-demo"] = told.pop("DrimboxTenant-<slug>")
    assert {name: int(count) for name, count in told.items()} == counts


def test_gateway_answers_are_problems(assembly: Assembly) -> None:
    seen: dict[str, set[str]] = {}
    for answer in assembly.resources("AWS::ApiGateway::GatewayResponse"):
        properties = answer.properties
        api = assembly.pointed_by(answer, "RestApiId")
        assert api is not None
        seen.setdefault(api.properties["Name"], set()).add(properties["ResponseType"])
        headers = properties["ResponseParameters"]
        templates = properties["ResponseTemplates"]
        if api.properties["Name"] == "drimbox-vi":
            # Each template has the type of its key: a header would name one type for all.
            assert "gatewayresponse.header.Content-Type" not in headers
            assert set(templates) == {"application/json", "application/problem+json", "text/html"}
            assert templates["application/json"] == templates["application/problem+json"]
        else:
            assert headers["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
            assert set(templates) == {"application/json"}
        assert headers["gatewayresponse.header.Cache-Control"] == "'no-store'"
        # A fixed value stands in quotes and holds none.
        assert all(value.count("'") in {0, 2} for value in headers.values())
        for body in templates.values():
            # Nothing that the caller sent may come back.
            assert set(re.findall(r"\$[\w.]+", body)) == {"$context.requestId"}
        if properties["ResponseType"] == "UNAUTHORIZED":
            challenge = headers["gatewayresponse.header.WWW-Authenticate"]
            assert challenge.startswith("'Bearer")
            assert ("Basic" in challenge) is (api.properties["Name"] == "drimbox-db")
            assert properties["StatusCode"] == "401"
        if properties["ResponseType"] == "MISSING_AUTHENTICATION_TOKEN":
            assert properties["StatusCode"] == "404"
    assert set(seen) == {f"drimbox-{host}" for host in HOSTS}
    for types in seen.values():
        assert {"DEFAULT_4XX", "DEFAULT_5XX", "REQUEST_TOO_LARGE", "ACCESS_DENIED"} <= types


def test_a_person_gets_a_page_of_two_languages_from_the_gateway(assembly: Assembly) -> None:
    pages: list[Any] = [
        html.fromstring(answer.properties["ResponseTemplates"]["text/html"])
        for answer in assembly.resources("AWS::ApiGateway::GatewayResponse")
        if "text/html" in answer.properties["ResponseTemplates"]
    ]
    assert len(pages) == len(REFUSALS)
    for page in pages:
        assert page.get("lang") == "fr"
        assert page.findtext(".//h1") == page.findtext(".//title")
        [english] = page.findall(".//section[@lang='en']")
        assert english.findtext("h2")
        assert english.findtext("p")
        # The style sheet is the one that the page's policy names; nothing else is loaded.
        sheet = page.findtext(".//style").encode()
        digest = b64encode(hashlib.sha256(sheet).digest()).decode()
        [policy] = page.xpath(".//meta[@http-equiv='Content-Security-Policy']/@content")
        assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
        assert not page.xpath(".//script | .//img | .//link | .//form | .//a")


def test_tables(assembly: Assembly) -> None:
    keys = {
        tuple(key["AttributeName"] for key in table.properties["KeySchema"])
        for table in assembly.resources("AWS::DynamoDB::GlobalTable")
    }
    assert keys == {
        ("tenant", "study_instance_uid"),
        ("tenant", "message_id"),
        ("tenant", "patient"),
        ("tenant", "lookup"),
        ("tenant", "session"),
        ("tenant", "circuit"),
        ("tenant", "service"),
        ("tenant", "job"),
        ("tenant", "wait"),
        ("tenant", "item"),
        ("tenant", "certificate"),
        ("tenant", "agent"),
    }
    unlisted = {"patient", "lookup", "session", "circuit", "service", "item", "certificate"}
    unlisted |= {"job", "wait", "agent"}
    for table in assembly.resources("AWS::DynamoDB::GlobalTable"):
        assert table.properties["BillingMode"] == "PAY_PER_REQUEST"
        named = table.properties["KeySchema"][1]["AttributeName"]
        if table.properties["TableName"] == "drimbox-imports":
            assert table.properties.keys().isdisjoint(
                {"TimeToLiveSpecification", "GlobalSecondaryIndexes"}
            ), "remembered without end, never listed"
            continue
        ends = (
            {"AttributeName": "ends_at", "Enabled": True}
            if named in {"lookup", "session", "circuit", "service", "certificate", "job", "wait"}
            or named == "agent"
            or table.properties["TableName"] == "drimbox-news"
            else None
        )
        assert table.properties.get("TimeToLiveSpecification") == ends
        if named in unlisted:
            assert "GlobalSecondaryIndexes" not in table.properties, "never listed"
            continue
        [index] = table.properties["GlobalSecondaryIndexes"]
        assert index["IndexName"] == "by_state"
        assert [key["AttributeName"] for key in index["KeySchema"]] == [
            "tenant_state",
            "changed_at",
        ]


def test_no_function_but_the_sealing_one_knows_the_seals(assembly: Assembly) -> None:
    known = {
        name
        for name, function in functions(assembly).items()
        if "seals" in json.dumps([function.properties, statements(assembly, function)])
    }
    assert known == {"seal_audit"}


def test_the_alarms_on_ages_ring_also_when_nothing_is_told(assembly: Assembly) -> None:
    made = {
        str(one.properties["MetricName"]): one.properties
        for one in assembly.resources("AWS::CloudWatch::Alarm")
        if one.properties["TreatMissingData"] != "notBreaching" and "MetricName" in one.properties
    }
    assert {one["TreatMissingData"] for one in made.values()} == {"breaching"}
    assert {name: (one["Threshold"], one["Statistic"]) for name, one in made.items()} == {
        "HoursSinceSealedDay": (36, "Maximum"),
        "WhiteListAgeHours": (24, "Maximum"),
        "StaleRevocationLists": (0, "Maximum"),
    }


def test_buckets(assembly: Assembly) -> None:
    locks = {
        bucket.logical_id[:12]: bucket.properties["ObjectLockConfiguration"]["Rule"][
            "DefaultRetention"
        ]["Mode"]
        for bucket in assembly.resources("AWS::S3::Bucket")
        if bucket.properties.get("ObjectLockEnabled")
    }
    assert locks == {
        "BucketsInbox": "GOVERNANCE",
        "BucketsArchi": "GOVERNANCE",
        "BucketsAudit": "COMPLIANCE",
        "BucketsSeals": "COMPLIANCE",
    }
    cors = {
        bucket.logical_id[:12]: rule
        for bucket in assembly.resources("AWS::S3::Bucket")
        for rule in bucket.properties.get("CorsConfiguration", {}).get("CorsRules", [])
    }
    assert {name: rule["AllowedMethods"] for name, rule in cors.items()} == {
        "BucketsCache": ["GET", "HEAD"],
        "BucketsReadi": ["GET"],
    }
    for rule in cors.values():
        assert rule["AllowedOrigins"] == ["https://vi.drimbox.example"]
        assert {"Content-Range", "ETag"} <= set(rule["ExposedHeaders"])


def test_opened_exams_are_kept_for_a_day_at_most(assembly: Assembly) -> None:
    [readings] = [
        bucket
        for bucket in assembly.resources("AWS::S3::Bucket")
        if bucket.logical_id.startswith("BucketsReadings")
    ]
    [rule] = readings.properties["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", 1)
    assert "Prefix" not in rule
    assert "TagFilters" not in rule
    assert "VersioningConfiguration" not in readings.properties


def test_nothing_that_the_law_wants_kept_ends_by_a_rule(assembly: Assembly) -> None:
    found = {
        bucket.properties["BucketName"].split("-")[1]: bucket.properties["LifecycleConfiguration"]
        for bucket in assembly.resources("AWS::S3::Bucket")
        if bucket.properties.get("ObjectLockEnabled")
    }
    assert set(found) == {"inbox", "archive", "audit", "seals"}
    for name, lifecycle in found.items():
        [rule] = lifecycle["Rules"]
        assert not [key for key in rule if "Expiration" in key]
        moved = [
            (one["StorageClass"], one["TransitionInDays"]) for one in rule.get("Transitions", [])
        ]
        assert moved == ([("GLACIER_IR", 90)] if name in {"inbox", "archive"} else [])


def test_pages_of_reconciliations_are_kept_for_weeks_and_not_locked(assembly: Assembly) -> None:
    [pages] = [
        bucket.properties
        for bucket in assembly.resources("AWS::S3::Bucket")
        if bucket.logical_id.startswith("BucketsReconciliations")
    ]
    [rule] = pages["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", 35)
    assert "Prefix" not in rule
    assert not {"ObjectLockEnabled", "VersioningConfiguration"} & set(pages)
    # Two runs are a week apart at most.
    assert rule["ExpirationInDays"] * 24 > 2 * LIMITS["schedule_hours"][1]


def test_exported_archives_are_kept_for_a_day_at_most(assembly: Assembly) -> None:
    [exports] = [
        bucket
        for bucket in assembly.resources("AWS::S3::Bucket")
        if bucket.logical_id.startswith("BucketsExports")
    ]
    [rule] = exports.properties["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", 1)
    assert "CorsConfiguration" not in exports.properties


def test_tenant_stack(assembly: Assembly) -> None:
    of_tenant = Assembly(tuple(s for s in assembly.stacks if s.name == "DrimboxTenant-demo"))
    [file] = of_tenant.resources("Custom::TenantFile")
    writer = assembly.pointed_by(file, "ServiceToken")
    assert writer == functions(assembly)["write_tenant"]
    assert file.properties["Tenant"] == json.loads(file.properties["File"])["tenant"] == "demo"
    aliases = {a.properties["AliasName"] for a in assembly.resources("AWS::KMS::Alias")}
    assert "alias/drimbox/tenants/demo" in aliases


def test_no_stack_exports_anything(assembly: Assembly) -> None:
    for stack in assembly.stacks:
        assert "ImportValue" not in str(stack.template)
        assert not [one for one in stack.template.get("Outputs", {}).values() if "Export" in one]


def test_a_fixed_name_is_one_resource_s(assembly: Assembly) -> None:
    """A name without its kind is enough for the rules, and for people."""
    names = [
        resource.properties[NAMES[resource.type]]
        for resource in assembly.resources(*NAMES)
        if resource.type != "AWS::S3::Bucket"
    ]
    assert len(set(names)) == len(names) == len(assembly.named) - 12
    assert all(name.startswith("drimbox-") for name in assembly.named)


def test_the_keys_of_the_platform_are_read_from_the_stateful_stack_s_parameters(
    assembly: Assembly,
) -> None:
    declared = {
        parameter.properties["Name"]: assembly.target(
            parameter.stack, parameter.properties["Value"]
        )
        for parameter in assembly.resources("AWS::SSM::Parameter")
    }
    assert {
        key.type for name, key in declared.items() if "/platform/" in name and key is not None
    } == {"AWS::KMS::Key"}
    for stack in assembly.stacks:
        used = {
            one["Default"]
            for one in stack.template["Parameters"].values()
            if not one["Default"].startswith("/cdk-bootstrap/")
        }
        assert used <= set(declared)
        assert bool(used) is not stack.name.startswith(("DrimboxStateful", "DrimboxTenant-"))


def test_our_rules_find_nothing(assembly: Assembly) -> None:
    assert [(rule.number, finding) for rule, finding in judge(assembly)] == []


SPOILED: Final = """
import sys
import infra.node
from infra import application
from infra.application import STATEFUL, build
from infra.shared.deployment import context_of_project
from aws_cdk.aws_s3 import CfnBucket
application.HOSTS.clear()  # the other stacks are enough, in half of the time
app = build(context_of_project(), sys.argv[1])
CfnBucket(app.node.find_child(STATEFUL), "Open")
app.synth()
"""


def test_a_fault_is_not_synthesized(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SPOILED, str(tmp_path / "cdk.out")],
        cwd=ROOT,
        env={**os.environ, **NO_RULES_OF_THE_CDK},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    report = json.loads((tmp_path / "cdk.out" / "validation-report.json").read_text("utf-8"))
    broken = {
        one["pluginName"]: {violation["ruleName"] for violation in one["violations"]}
        for one in report["pluginReports"]
        if one["conclusion"] == "failure"
    }
    assert {"AwsSolutions-S1", "AwsSolutions-S10"} <= broken["AwsSolutions"]
    assert {"A7", "A8"} <= broken["drimbox-rules"]


def test_cfn_lint(assembly_folder: Path) -> None:
    # W3005: the CDK writes a DependsOn that a GetAtt implies already.
    done = subprocess.run(
        [CFN_LINT, "--ignore-checks", "W3005", "--"]
        + [str(path) for path in sorted(assembly_folder.glob("*.template.json"))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == ""
    assert done.returncode == 0


def test_cfn_lint_sees_a_fault(assembly_folder: Path, tmp_path: Path) -> None:
    template = (assembly_folder / "DrimboxStateful.template.json").read_text("utf-8")
    spoiled = tmp_path / "spoiled.template.json"
    spoiled.write_text(template.replace('"ObjectLockEnabled"', '"ObjectLockEnable"'), "utf-8")
    done = subprocess.run(
        [CFN_LINT, str(spoiled)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "ObjectLockEnable" in done.stdout
    assert done.returncode != 0


def test_routes_reach_their_functions(assembly: Assembly) -> None:
    assert {route.function for route in ROUTES} | {
        str(route.authorizer) for route in ROUTES if route.authorizer
    } <= set(ENVIRONMENT)


@pytest.mark.parametrize(
    "host", sorted({r.host for r in ROUTES if r.body and r.body.media_type in {HL7, DICOM}})
)
def test_the_firewall_lets_documents_pass(assembly: Assembly, host: str) -> None:
    """Messages and notes are large and hold anything: their routes would never be reached."""
    [acl] = [
        one
        for one in assembly.resources("AWS::WAFv2::WebACL")
        if one.properties["Name"] == f"drimbox-{host}"
    ]
    rules = {rule["Name"]: rule["Statement"] for rule in acl.properties["Rules"]}
    length = rules["BodyTooLarge"]["RegexMatchStatement"]["RegexString"]
    assert not re.search(length, str(4 * 1024 * 1024))
    common = rules["AWSManagedRulesCommonRuleSet"]["ManagedRuleGroupStatement"]
    counted = {
        one["Name"] for one in common["RuleActionOverrides"] if "Count" in one["ActionToUse"]
    }
    assert {"SizeRestrictions_BODY", "CrossSiteScripting_BODY", "GenericLFI_BODY"} <= counted


def _is_in(scope: dict[str, Any], method: str, path: str) -> bool:
    """Whether a request is in the scope of a firewall's statement."""
    if "OrStatement" in scope:
        return any(_is_in(one, method, path) for one in scope["OrStatement"]["Statements"])
    if "ByteMatchStatement" in scope:
        match = scope["ByteMatchStatement"]
        assert (match["FieldToMatch"], match["PositionalConstraint"]) == ({"Method": {}}, "EXACTLY")
        return bool(match["SearchString"] == method)
    match = scope["RegexMatchStatement"]
    assert match["FieldToMatch"] == {"UriPath": {}}
    return re.search(match["RegexString"], path) is not None


def test_strangers_have_a_rate_of_their_own_on_the_routes_that_they_may_call(
    assembly: Assembly,
) -> None:
    """Routes without an authorizer, sign-ins, calls and enrolments are served to anybody."""
    rules = {
        (acl.properties["Name"], rule["Name"]): rule["Statement"].get("RateBasedStatement")
        for acl in assembly.resources("AWS::WAFv2::WebACL")
        for rule in acl.properties["Rules"]
    }
    for host in HOSTS:
        everybody = rules[f"drimbox-{host}", "TooManyFromOneAddress"]
        strangers = rules.get((f"drimbox-{host}", "TooManyOfAStranger"))
        limited, open_ = set(), set()
        for route in (one for one in ROUTES if one.host == host):
            path = route.path.replace("{tenant}", "site")
            if strangers is not None:
                assert strangers["Limit"] < everybody["Limit"]
                scope = strangers["ScopeDownStatement"]
                if all(_is_in(scope, route.method, one) for one in (path, f"{path}/")):
                    limited.add((route.method, path))
            # A whole hospital behind one address loads the viewer after an upgrade: its files have
            # the limit of everybody.
            if route.function == "serve_asset":
                continue
            if route.authorizer is None or route.function in {
                "operator_session",
                "reader_session",
                "open_context",
                "enrol_agent",
            }:
                open_.add((route.method, path))
        assert limited == open_, host


def test_nobody_of_ours_can_shorten_a_lock(assembly: Assembly) -> None:
    """The archive is locked in the mode GOVERNANCE, which one right goes round."""
    rights = [
        json.dumps(one.properties)
        for one in assembly.resources("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::S3::BucketPolicy")
    ]
    assert rights
    assert not [one for one in rights if "Bypass" in one or "PutObjectRetention" in one]


def test_a_tenant_s_keys_and_secrets_carry_its_name(assembly: Assembly) -> None:
    found = [
        one
        for one in assembly.resources("AWS::KMS::Key", "AWS::SecretsManager::Secret")
        if one.stack == "DrimboxTenant-demo"
    ]
    assert found
    for one in found:
        tags = {tag["Key"]: tag["Value"] for tag in one.properties["Tags"]}
        assert (tags["tenant"], tags["data-class"]) == ("demo", "health")


def test_audit_records_have_a_key_of_their_own_that_one_function_reads_with(
    assembly: Assembly,
) -> None:
    keys = {
        one.properties["AliasName"]: assembly.pointed_by(one, "TargetKeyId")
        for one in assembly.resources("AWS::KMS::Alias")
    }
    audit_key = keys[KEY_ALIAS]
    assert audit_key is not None
    (bucket,) = [
        one
        for one in assembly.resources("AWS::S3::Bucket")
        if one.logical_id.startswith("BucketsAudit")
    ]
    (encryption,) = bucket.properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    named = encryption["ServerSideEncryptionByDefault"]["KMSMasterKeyID"]
    assert assembly.target(bucket.stack, named) == audit_key
    granted: dict[str, set[str]] = {}
    for name, function in functions(assembly).items():
        for statement in statements(assembly, function):
            if "keysaudit" in json.dumps(statement["Resource"]).lower():
                granted.setdefault(name, set()).update(many(statement["Action"]))
    # The one function that reads the audit adds nothing to it.
    assert granted.pop("seal_audit") == {"kms:Decrypt", "kms:GenerateDataKey"}
    audited = {name for name, variables in ENVIRONMENT.items() if "AUDIT_BUCKET" in variables}
    assert granted.keys() == audited - {"seal_audit"}
    assert all(actions == {"kms:GenerateDataKey"} for actions in granted.values())


def test_of_the_sessions_those_who_serve_agents_read_imports_on_their_way_alone(
    assembly: Assembly,
) -> None:
    function = functions(assembly)["serve_agents"]
    bucket = assembly.target(function.stack, variables(function)["READINGS_BUCKET"])
    assert bucket is not None
    mark = f"${{{bucket.stack}.{bucket.logical_id}}}"
    told = (
        assembly.text(function.stack, resource)
        for statement in statements(assembly, function)
        if "s3:GetObject" in many(statement["Action"])
        for resource in many(statement["Resource"])
    )
    assert {one.rpartition("/*/")[2] for one in told if mark in one} == {"outgoing/*"}
