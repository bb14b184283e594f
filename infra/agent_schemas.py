"""The JSON that cloud and agents exchange, for the OpenAPI document of ``in`` (protocol 1)."""

from __future__ import annotations

from typing import Any, Final

from functions.drimbox.agents import wire
from functions.drimbox.agents.answering import MAX_INCOMING
from functions.drimbox.agents.presence import PacsSeen
from functions.drimbox.agents.question import State
from functions.drimbox.agents.told import REASONS
from functions.drimbox.jobs.job import Kind
from functions.drimbox.tenants.model import SenderPolicy

Schema = dict[str, Any]
_TEXT: Final[Schema] = {"type": "string"}
_TIME: Final[Schema] = {"type": "string", "format": "date-time"}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_URL: Final[Schema] = {"type": "string", "format": "uri"}
_UID: Final[Schema] = {"type": "string", "pattern": "^[0-9.]{1,64}$"}
_SHA256: Final[Schema] = {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "Hex."}
_PROTOCOL: Final[Schema] = {"type": "integer", "enum": [wire.PROTOCOL]}
_NAME: Final[Schema] = {"type": "string", "pattern": f"^({'|'.join(Kind)})-[0-9a-f]{{64}}$"}


def _all(properties: dict[str, Schema], **more: Any) -> Schema:
    return {"type": "object", "required": list(properties), "properties": properties, **more}


def _strict(properties: dict[str, Schema]) -> Schema:
    return _all(properties, additionalProperties=False)


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


# A certificate request in the bodies of enrolment and renewal.
REQUEST: Final[Schema] = {
    "type": "string",
    "description": "PKCS #10 in PEM; RSA of 2048 to 4096 bits, P-256 or P-384, by SHA-256 or more.",
}
# The body of a request for a loan.
BEAT: Final = _strict(
    {
        "version": {"type": "string", "pattern": "^[!-~]{1,64}$"},
        "protocols": {"type": "array", "items": _COUNT, "minItems": 1, "maxItems": 16},
        "credentials": {
            "type": "boolean",
            "description": "True where it has none, or they end within a quarter of an hour.",
        },
        "health": _strict(
            {
                "at": {**_TIME, "description": "By the agent's own clock."},
                "pacs": {"type": "string", "enum": [str(one) for one in PacsSeen]},
                "spool": _strict({"messages": _COUNT, "oldest_at": _or_null(_TIME)}),
                "disk_free_bytes": _COUNT,
            }
        ),
    }
)
# That of the answer to a job.
ANSWER: Final[Schema] = {
    "type": "object",
    "required": ["protocol", "attempt", "outcome"],
    "additionalProperties": False,
    "properties": {
        "protocol": _PROTOCOL,
        "attempt": {"type": "integer", "minimum": 1, "description": "As the job says it."},
        "outcome": {"type": "string", "enum": [str(State.ANSWERED), str(State.FAILED)]},
        "reason": {
            "type": "string",
            "enum": sorted(REASONS),
            "description": "Of a job that failed; docs/codes.md says each.",
        },
        "objects": {
            "type": "array",
            "items": _UID,
            "maxItems": 1000,
            "description": "Of `object_unservable`: the objects at fault.",
        },
        "answer": {
            "type": "object",
            "description": "Of a job that was answered; its form is the kind's.",
        },
        "incoming": {
            **_strict({"key": _TEXT, "size": {"type": "integer", "minimum": 1}, "sha256": _SHA256}),
            "description": "In the place of `answer`: the object that was put. The body of a "
            f"series, or the JSON of an answer, {MAX_INCOMING} bytes at most.",
        },
    },
}

SCHEMAS: Final[dict[str, Schema]] = {
    "Loan": _all(
        {
            "protocol": _PROTOCOL,
            "lowest_protocol": _COUNT,
            "time": {**_TIME, "description": "By our clock."},
            "region": _TEXT,
            "endpoints": _all({"sqs": _URL, "s3": _URL}),
            "queue": _all({"url": _URL, "visibility_seconds": _COUNT}),
            "incoming": _all(
                {
                    "bucket": _TEXT,
                    "prefix": {"type": "string", "description": "Each key begins with it."},
                    "kms_key": {"type": "string", "description": "Each object names it."},
                    "part_bytes": _COUNT,
                }
            ),
            "outgoing": {
                **_or_null(_all({"url": _URL})),
                "description": "Where imports come from; null for a site that makes none.",
            },
            "credentials": _or_null(
                _all(
                    {
                        "access_key_id": _TEXT,
                        "secret_access_key": _TEXT,
                        "session_token": _TEXT,
                        "expires_at": _TIME,
                    }
                )
            ),
            "site": _all(
                {
                    "tenant": _TEXT,
                    "senders": {
                        "type": "array",
                        "description": "Those for which this agent may forward messages.",
                        "items": _all(
                            {
                                "application": _TEXT,
                                "facility": _TEXT,
                                "policy": {
                                    "type": "string",
                                    "enum": [str(one) for one in SenderPolicy],
                                },
                            }
                        ),
                    },
                    "time_zone": _TEXT,
                    "structures": {"type": "array", "items": _TEXT},
                }
            ),
        }
    ),
    "Job": _all(
        {
            "job": _NAME,
            "kind": {"type": "string", "enum": [str(one) for one in Kind]},
            "protocol": _PROTOCOL,
            "attempt": {"type": "integer", "minimum": 1},
            "expires_at": _or_null(_TIME),
            "ask": {"type": "object", "description": "The thing that is asked, by the kind."},
            "incoming": _all({"key": _TEXT}),
        }
    ),
    "AgentCertificate": _all(
        {
            "tenant": _TEXT,
            "agent": _TEXT,
            "certificate": {"type": "string", "description": "PEM."},
            "chain": {"type": "string", "description": "Our authority's certificates, PEM."},
            "not_after": _TIME,
        }
    ),
    "Answered": _all(
        {
            "job": _NAME,
            "state": {
                "type": "string",
                "enum": [str(State.ASKED), str(State.ANSWERED), str(State.FAILED)],
                "description": "`asked`: the body of a series is being judged.",
            },
        }
    ),
}
