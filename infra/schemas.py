"""The JSON schemas of the success answers to programs, for the OpenAPI documents.

Every enumeration is made from the code's own: states, outcomes, reasons, kinds. A property that is
not ``required`` is left out of an answer that has nothing to say in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.consultation.services import Condition, Service
from functions.drimbox.identity.certificate_findings import Fault as CertificateFault
from functions.drimbox.identity.certificate_findings import Use
from functions.drimbox.operations.activity import COUNTED
from functions.drimbox.operations.afterwards import Fate
from functions.drimbox.operations.choosing import NextReplay, Undoing
from functions.drimbox.operations.filters import PARAMETERS
from functions.drimbox.operations.following import ACCEPTED, REFUSED
from functions.drimbox.operations.outages import Needed
from functions.drimbox.outside.exporting import Left
from functions.drimbox.peers.faults import Fault
from functions.drimbox.peers.source_states import SourceState
from functions.drimbox.publication.finding import Term
from functions.drimbox.publication.known_traits import Keep
from functions.drimbox.publication.message_entry import MessageKind, Outcome
from functions.drimbox.publication.record import State
from functions.drimbox.reconciliation.differences import DifferenceCause
from functions.drimbox.reconciliation.planning import NotRepairedBecause, Repair
from functions.drimbox.report.requested_action import Action
from functions.drimbox.tenants.reconciliation_policy import DifferenceKind
from functions.drimbox.webhook.event import TYPE
from functions.drimbox.wording.call_faults import CALL_FAULTS
from functions.drimbox.wording.held import HELD_REASONS
from functions.drimbox.wording.message_faults import UNPUBLISHED
from infra import agent_schemas

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Schema = dict[str, Any]


def one_of(values: Iterable[str], description: str = "") -> Schema:
    """A text out of ``values``."""
    told = {"description": description} if description else {}
    return {"type": "string", "enum": [str(one) for one in values], **told}


def ref(name: str) -> Schema:
    """The schema of that name among the components."""
    return {"$ref": f"#/components/schemas/{name}"}


def _object(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **(optional or {})},
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _map(values: Schema, description: str) -> Schema:
    return {"type": "object", "description": description, "additionalProperties": values}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


TEXT: Final[Schema] = {"type": "string"}
_UID: Final[Schema] = {"type": "string", "pattern": "^[0-9.]{1,64}$"}
_TIME: Final[Schema] = {"type": "string", "format": "date-time"}
_NUMBER: Final[Schema] = {"type": "integer", "minimum": 0}
_FLAG: Final[Schema] = {"type": "boolean"}
_SECONDS: Final[Schema] = {"type": ["number", "null"]}
_REFUSAL: Final[dict[str, Schema]] = {
    "at": _TIME,
    "code": {"type": "string", "description": "ERR-7; docs/codes.md."},
    "location": {"type": "string", "description": "ERR-2."},
    "words": ref("Words"),
    "todo": ref("Words"),
    "clause": TEXT,
}
_REFUSED: Final = _object(
    {
        **_REFUSAL,
        "times": _NUMBER,
        "sender": TEXT,
        "control_id": {"type": "string", "description": "MSH-10."},
    }
)
_NEXT: Final[Schema] = {
    "type": ["string", "null"],
    "description": "The parameter `after` of the next page; null at the end.",
}
_TRAITS: Final[Schema] = _list({"type": "string", "description": "The name of a strict trait."})

# A reason and its words stand together, or not at all.
_REASON: Final[dict[str, Schema]] = {
    "reason": ref("HeldReason"),
    "words": ref("Words"),
    "todo": ref("Words"),
}
# A study in progress that no execution works on: the thing that it waits for.
_PARKED: Final[Schema] = {
    **_object({"thing": TEXT, "words": ref("Words"), "since": _TIME, "until": _TIME}),
    "description": "Of a study that waits: for which thing, since when, and until when at most; "
    "after `until` the study is held, in most cases.",
}
_AFTERWARDS: Final[Schema] = _object({"at": _TIME, "by": TEXT, "version": _NUMBER})
_STUDY: Final[dict[str, Schema]] = {
    "study_instance_uid": _UID,
    "outcome": ref("StudyState"),
    "changed_at": _TIME,
}
_PUBLICATION: Final[dict[str, Schema]] = {
    "id": TEXT,
    "state": ref("PublicationState"),
    "received_at": _TIME,
    "changed_at": _TIME,
    "sender": {"type": "string", "description": 'APPLICATION|FACILITY; "" for an order.'},
    "replays": _NUMBER,
    "override": _NUMBER,
    "ignored": one_of(("", *UNPUBLISHED), 'Why it is left aside; "" where it is not.'),
}
_LISTED: Final[dict[str, Schema]] = {**_PUBLICATION, "studies": _list(ref("Study"))}
# Beside a listed publication: a report's own facts.
_EXAM: Final[dict[str, Schema]] = {
    "exam": {
        "type": "object",
        "required": ["accession_numbers", "modalities", "days"],
        "properties": {
            "accession_numbers": _list(TEXT),
            "modalities": _list(TEXT),
            "days": _list({"type": "string", "description": "YYYYMMDD."}),
            "patient": {"type": "string", "description": "With the permission `patients`."},
            "birth_date": {"type": "string", "description": "YYYYMMDD, likewise."},
        },
    }
}
_HISTORY: Final[Schema] = _list(ref("Event"))
_OVERRIDES: Final[Schema] = _list(ref("Override"))
# Beside a message that is left aside, or held before any of its studies.
_OF_MESSAGE: Final[dict[str, Schema]] = {
    "ignored_words": ref("Words"),
    "held": ref("HeldReason"),
    "held_words": ref("Words"),
    "held_todo": ref("Words"),
}
# The state of a message, as its sender is told.
# The outcomes that a message as a whole may have.
_OF_WHOLE: Final = tuple(one for one in Outcome if one is not Outcome.SET_ASIDE)
_FOLLOWED: Final[dict[str, Schema]] = {
    "id": TEXT,
    "state": one_of((ACCEPTED, REFUSED, *_OF_WHOLE, "ignored", *Fate)),
    "page": {"type": "string", "description": "The page for the site's operators."},
}
_FOLLOWED_STUDY: Final[dict[str, Schema]] = {
    **_STUDY,
    "manifest": _or_null(
        _object({"manifest_uid": _UID, "version": _NUMBER, "published_at": _TIME})
    ),
}
_SINCE: Final[dict[str, Schema]] = {**_REASON, "afterwards": _AFTERWARDS}
_FOLLOWED_MORE: Final[dict[str, Schema]] = {
    **{name: _PUBLICATION[name] for name in ("received_at", "changed_at", "sender")},
    "ignored": _PUBLICATION["ignored"],
    **_OF_MESSAGE,
    "refusal": {
        **_object(_REFUSAL),
        "description": "Of a refused message: the acknowledgement's fault.",
    },
}

_PATIENT: Final = (
    "ins",
    "ins_oid",
    "birth_family",
    "birth_given",
    "used_family",
    "used_given",
    "birth_date",
    "sex",
)

_TEXT_OR_NULL: Final[Schema] = {"type": ["string", "null"]}
_TIME_OR_NULL: Final[Schema] = _or_null(_TIME)
# The parts of a message, as the feed check read them.
_CODED: Final = _or_null(_object({"code": TEXT, "system": TEXT, "display": TEXT}))
_IDENTIFIER: Final = _or_null(_object({"root": TEXT, "extension": TEXT}))
_ORGANISATION: Final = _or_null(
    _object({"structure_id": TEXT, "name": TEXT, "practice_setting": _CODED})
)
_PROFESSIONAL: Final = _or_null(
    _object(
        {
            **dict.fromkeys(("identifier", "family", "given", "profession", "specialty"), TEXT),
            "organisation": _ORGANISATION,
        }
    )
)
_HEADER: Final = (
    *("sending_application", "sending_facility", "receiving_application", "receiving_facility"),
    *("message_type", "control_id", "processing_id", "version", "character_set"),
)
_FLAGS: Final = (
    *("MASQUE_PS", "INVISIBLE_PATIENT", "INVISIBLE_REP_LEGAUX", "CONNEXION_SECRETE"),
    *("MODIF_CONF_CODE", "DESTDMP"),
)
_READ: Final = _object(
    {
        "header": _or_null(_object(dict.fromkeys(_HEADER, TEXT))),
        "action": _or_null(one_of(Action)),
        "flags": _or_null(_object(dict.fromkeys(_FLAGS, _FLAG))),
        "sender": _PROFESSIONAL,
        "patient_class": _TEXT_OR_NULL,
        "document": _or_null(
            _object(
                {
                    **dict.fromkeys(("id", "set_id", "replaces"), _IDENTIFIER),
                    "version": _or_null(_NUMBER),
                    **dict.fromkeys(("code", "facility_type"), _CODED),
                    **dict.fromkeys(("title", "confidentiality"), TEXT),
                    "effective_time": _TIME_OR_NULL,
                    **dict.fromkeys(("author", "legal_authenticator"), _PROFESSIONAL),
                    "custodian": _ORGANISATION,
                }
            )
        ),
        "patient": _or_null(
            _object(
                {
                    **dict.fromkeys((*_PATIENT, "birth_givens", "birth_place"), TEXT),
                    "local_ids": _list(_IDENTIFIER),
                }
            )
        ),
        "orders": _list(_object({"placer": _IDENTIFIER, "accession": _IDENTIFIER})),
        "exams": _list(
            _object(
                {
                    "study_instance_uid": _UID,
                    "act": _CODED,
                    **dict.fromkeys(("procedures", "modalities", "regions"), _list(_CODED)),
                    "low": _TIME_OR_NULL,
                    "high": _TIME_OR_NULL,
                    "performer": _PROFESSIONAL,
                }
            )
        ),
        "order_change": _or_null(_object({"ins": TEXT, "ins_oid": TEXT, "studies": _list(_UID)})),
    }
)
# Beside a fault, or a reason of a hold, of a message that is checked.
_VALUES: Final[dict[str, Schema]] = {
    "value": {
        "type": ["string", "null"],
        "description": 'The message\'s own value at that place, its first 200 characters; "" '
        "where the place is empty, null where it is no value.",
    },
    "accepted": {
        **_or_null(ref("Words")),
        "description": "The values that may stand there; null where no single value is the cause.",
    },
}
_CHECKED_FAULT: Final = _object(
    {
        "code": {"type": "string", "description": "ERR-7; docs/codes.md."},
        "location": {"type": ["string", "null"], "description": "ERR-2."},
        "condition": {"type": ["integer", "null"], "description": "ERR-3."},
        "condition_text": _TEXT_OR_NULL,
        "application_code": {"type": ["string", "null"], "description": "ERR-5."},
        "application_text": _TEXT_OR_NULL,
        "detail": TEXT,
        "answered": {"type": "boolean", "description": "Whether the acknowledgement tells it."},
        **_VALUES,
        "words": ref("Words"),
        "todo": {**ref("Words"), "description": "The remedy."},
        "clause": _TEXT_OR_NULL,
    }
)
_CERTIFICATE: Final = _object(
    {
        "kind": TEXT,
        "usable": {"type": ["boolean", "null"]},
        "fault": _or_null(one_of(CertificateFault)),
        "words": ref("Words"),
        "todo": _or_null(ref("Words")),
        **dict.fromkeys(("subject", "issuer", "serial_number", "sha256"), _TEXT_OR_NULL),
        **dict.fromkeys(("not_before", "not_after", "checked_at"), _TIME_OR_NULL),
    }
)
_CHECKED_PUBLICATION: Final = _object(
    {
        "would": one_of(
            (*Action, "hold", "look", "nothing"),
            "The end of the message in one word; `look` of a change of images.",
        ),
        "published": _FLAG,
        "reason": _or_null(one_of(UNPUBLISHED)),
        "words": _or_null(ref("Words")),
        "structure": _or_null(_object({"id": TEXT, "name": TEXT})),
        "identity": _or_null(
            _object(
                {
                    "organisation": _or_null(_object({"id": TEXT, "name": TEXT})),
                    "sender": {
                        **_or_null(_object({"id": TEXT, "name": TEXT})),
                        "description": "PRT-8, which is compared and never chosen; null without.",
                    },
                    **dict.fromkeys(("structure", "identification", "holder"), _TEXT_OR_NULL),
                    "why": ref("Words"),
                    "certificates": _list(_CERTIFICATE),
                }
            )
        ),
        "confidentiality_codes": _list(_CODED),
        "studies": _list(
            _object(
                {
                    "study_instance_uid": _UID,
                    "hold": _or_null(_object({**_REASON, "detail": _TEXT_OR_NULL})),
                    "event_codes": _list(_CODED),
                    "reference_ids": _list(
                        _object({"accession_number": TEXT, "values": _list(TEXT)})
                    ),
                }
            )
        ),
        "holds": {
            **_list(
                _object(
                    {
                        **_REASON,
                        "detail": _TEXT_OR_NULL,
                        "location": _TEXT_OR_NULL,
                        **_VALUES,
                        "studies": _list(_UID),
                    }
                )
            ),
            "description": "Every reason for which the report itself would be held, also where it "
            "changes nothing now, or has other faults.",
        },
    }
)

SCHEMAS: Final[dict[str, Schema]] = {
    # Enumerations.
    "Outcome": one_of(Outcome, "The state of one study of one message."),
    "StudyState": one_of(
        (*Outcome, *Fate), "The same, where a later publication may have replaced or withdrawn it."
    ),
    "PublicationState": one_of(
        (*_OF_WHOLE, "ignored", *Fate), "The state of its study that most needs attention."
    ),
    "HeldReason": one_of(HELD_REASONS, "docs/codes.md gives the words and the remedy of each."),
    "PendingState": one_of(State, "The state of a change in progress."),
    # Parts.
    "Words": _object({"fr": TEXT, "en": TEXT}),
    "Study": _object(_STUDY, {**_REASON, "afterwards": _AFTERWARDS, "parked": _PARKED}),
    "Event": _object(
        {
            "study_instance_uid": _UID,
            "replay": _NUMBER,
            "outcome": ref("Outcome"),
            "changed_at": _TIME,
        },
        _REASON,
    ),
    "Override": _object(
        {
            "number": _NUMBER,
            "who": TEXT,
            "at": _TIME,
            "studies": _map(_UID, "From a study that the report names to the one that is meant."),
            "sender": _or_null(TEXT),
            "identity": _map(
                _object({"reason": TEXT, "traits": _TRAITS}),
                "By study: the confirmed identity of its report.",
            ),
            "released": _map(
                _object({"reason": TEXT, "establishment": TEXT, "imported_at": _TIME}),
                "By study: the import that an operator said to be none.",
            ),
            "decision": _or_null(
                _object({"keep": one_of(Keep), "reason": TEXT, "traits": _TRAITS})
            ),
        }
    ),
    "InDmp": _object(
        {
            "manifest_uid": _UID,
            "version": _NUMBER,
            "published_at": _TIME,
            "by_this_publication": _FLAG,
        }
    ),
    "Pending": _object(
        {
            "state": ref("PendingState"),
            "since": _TIME,
            "attempt": _NUMBER,
            "may_be_in_dmp": _FLAG,
            "dmp_codes": TEXT,
            "contested": _TRAITS,
        }
    ),
    "Images": _object(
        {
            "patient_name": TEXT,
            "patient_id": TEXT,
            "patient_birth_date": TEXT,
            "accession_number": TEXT,
            "study_date": TEXT,
            "description": TEXT,
            "series": _list(_object({"modality": TEXT, "description": TEXT, "instances": _NUMBER})),
        }
    ),
    "StudyWhole": _object(
        {
            **_STUDY,
            "replayable": _FLAG,
            "overridable": _FLAG,
            "in_dmp": _or_null(ref("InDmp")),
            "pending": _or_null(ref("Pending")),
            "images": _or_null(ref("Images")),
            "unservable": _list(_UID),
            "compared": _list(
                _object(
                    {
                        "field": one_of(("patient_id", "name", "birth_date", "accession")),
                        "report": _list(TEXT),
                        "images": TEXT,
                        "differs": _FLAG,
                    }
                )
            ),
        },
        {
            **_REASON,
            "afterwards": _AFTERWARDS,
            "parked": _PARKED,
            "ordered_by": {"type": "string", "description": "The operator who withdrew it."},
            "former": _object({"publication": TEXT, "fate": one_of(Fate)}),
            "waits_for": {
                "type": "string",
                "description": "The publication whose end this study waits for.",
            },
            "stand_in": {**_UID, "description": "The study that the override in force chose."},
            "stands_for": {**_UID, "description": "The study in whose place it was chosen."},
            "next_replay": {
                **one_of(NextReplay),
                "description": "Of a study whose choice was taken back, until a replay applies it.",
            },
            "taken_by": {
                "type": "string",
                "description": "The publication that has the study, or a later version of it.",
            },
            "imported": {
                **_object({"establishment": TEXT, "at": _TIME}),
                "description": "Of a study that is held since it was imported from there.",
            },
        },
    ),
    "Message": _object(
        {
            "segments": _list(
                _object(
                    {
                        "segment": TEXT,
                        "number": _NUMBER,
                        "fields": _list(
                            _object(
                                {"number": _NUMBER, "values": _list(_list(TEXT))},
                                {"name": ref("Words")},
                            )
                        ),
                    }
                )
            ),
            "complete": _FLAG,
        }
    ),
    "Report": _object(
        {
            "title": TEXT,
            "effective_time": _TIME,
            "version": _NUMBER,
            "confidentiality": TEXT,
            "patient": _object(
                {
                    **dict.fromkeys(_PATIENT, TEXT),
                    "local_ids": _list(TEXT),
                }
            ),
            "legal_authenticator": _object({"identifier": TEXT, "name": TEXT, "structure": TEXT}),
            "orders": _list(_object({"placer": TEXT, "accession": TEXT})),
            "exams": _list(_object({"study_instance_uid": _UID, "act": TEXT})),
        }
    ),
    # Answers.
    "Publications": _object(
        {"publications": _list(_object(_LISTED, {**_OF_MESSAGE, **_EXAM})), "next": _NEXT}
    ),
    "Found": _object(
        {
            "publications": _list(
                _object(
                    {**_LISTED, "found_by": _list(one_of(Term))},
                    {**_OF_MESSAGE, **_EXAM},
                )
            ),
            "complete": {"type": "boolean", "description": "There are no others."},
            "by_patient": {"type": "boolean", "description": "Patients were searched too."},
            "refused": {
                **_list(_REFUSED),
                "description": "The refused messages with this MSH-10, of the last thirty days.",
            },
        }
    ),
    "Followed": _object(
        {**_FOLLOWED, "studies": _list(_object(_FOLLOWED_STUDY, {**_SINCE, "parked": _PARKED}))},
        _FOLLOWED_MORE,
    ),
    "Checked": _object(
        {
            "answer": _object(
                {
                    "status": _NUMBER,
                    "code": _or_null(one_of(("AA", "AE", "AR"), "MSA-1.")),
                    "acknowledgement": _TEXT_OR_NULL,
                    "acknowledgement_base64": _TEXT_OR_NULL,
                }
            ),
            "faults": _list(_CHECKED_FAULT),
            "publication": _CHECKED_PUBLICATION,
            "read": _READ,
            "cut": {"type": "boolean", "description": "Whether long texts or lists were cut."},
        }
    ),
    "CheckedCall": _object(
        {
            "status": {"type": "integer", "enum": [303, 400], "description": "Of the answer."},
            "faults": _list(
                _object(
                    {
                        "code": one_of(CALL_FAULTS, "docs/codes.md."),
                        "parameter": _TEXT_OR_NULL,
                        "words": ref("Words"),
                        "value": {
                            "type": ["string", "null"],
                            "description": "The call's own value, or its name for the parameter.",
                        },
                        "accepted": ref("Words"),
                        "todo": ref("Words"),
                        "clause": _TEXT_OR_NULL,
                    }
                )
            ),
            "lines": _list(
                _object(
                    {
                        "name": TEXT,
                        "value": TEXT,
                        "read": {
                            "type": ["string", "boolean", "array", "null"],
                            "items": _TEXT_OR_NULL,
                            "description": "A text, a yes or no, the ends of a range of days.",
                        },
                        "fault": {"type": ["string", "null"], "description": "The fault's code."},
                    }
                )
            ),
        }
    ),
    "Exams": _object(
        {
            "exams": _list(
                _object(
                    {
                        "study_instance_uid": TEXT,
                        "manifest_id": {"type": "string", "description": "Of its document."},
                        "date": {"type": "string", "description": "HL7 DTM, as the DMP has it."},
                        **dict.fromkeys(("modalities", "regions"), _list(_CODED)),
                        "act": _CODED,
                        "structure": _or_null(_object({"name": TEXT, "id": TEXT})),
                        "author": _or_null(_object({"id": TEXT, "family": TEXT, "given": TEXT})),
                        "status": {"type": "string", "description": "The DMP's own: Approved, …"},
                        "title": TEXT,
                        "confidentiality": _list(TEXT),
                        "accession_number": TEXT,
                        "accession_issuer": {"type": "string", "description": "An OID."},
                    }
                )
            ),
            "identity_compared": {
                **_FLAG,
                "description": "Whether the search told traits, with which each exam was compared.",
            },
            "contradicting": {
                **_NUMBER,
                "description": "Exams that were left out: their traits contradict the search's.",
            },
        }
    ),
    "Awaited": _object({"state": one_of(("awaited",))}),
    "Upload": _object(
        {
            "upload": TEXT,
            "method": one_of(("PUT",)),
            "url": {"type": "string", "format": "uri"},
            "headers": _map(TEXT, "By name: all of them go with the bytes."),
            "expires_at": _TIME,
        },
        {
            "acknowledgement": {"type": "string", "description": "The path to read it at."},
            "check": {"type": "string", "description": "The path, in its place, of a check."},
        },
    ),
    "News": _object(
        {
            "type": one_of((TYPE,)),
            "timestamp": _TIME,
            "data": _object(
                {
                    "sequence": {
                        "type": "integer",
                        "minimum": 1,
                        "description": "Drop a state of this message whose number is lower than "
                        "that of one you have.",
                    },
                    "control_id": {
                        "type": "string",
                        "description": 'MSH-10; "" once the message is deleted.',
                    },
                    **_FOLLOWED,
                    "studies": _list(_object(_FOLLOWED_STUDY, _SINCE)),
                    "status_url": {
                        "type": "string",
                        "description": "The status route, for this message.",
                    },
                },
                _FOLLOWED_MORE,
            ),
        }
    ),
    "Refused": _object(
        {
            "refused": _list(_REFUSED),
            "next": _NEXT,
        }
    ),
    "Publication": _object(
        {
            **_PUBLICATION,
            "studies": _list(ref("StudyWhole")),
            "validated_at": _or_null(_TIME),
            "history": _HISTORY,
            "overrides": _OVERRIDES,
            "undoing": one_of(Undoing, "Whether the choice of studies in force may be undone."),
            "kind": one_of(
                (one for one in MessageKind if one is not MessageKind.REPAIR),
                "A repair of the reconciliation is an order change.",
            ),
        },
        {
            **_OF_MESSAGE,
            "action": one_of(Action),
            "message": ref("Message"),
            "fault": _object(
                {"code": TEXT, "location": TEXT, "detail": TEXT, "words": ref("Words")}
            ),
            "report": ref("Report"),
            "known_traits": _object(
                {"sets": _NUMBER, "revision": _NUMBER, "differing": _TRAITS, "decidable": _FLAG}
            ),
            "rejected": _map(_list(_UID), "By study: the objects that the note rejects."),
            "ordered_by": TEXT,
            "ordered_at": _TIME,
            "reason": {"type": "string", "description": "The operator's, of a withdrawal."},
        },
    ),
    "Export": _object(
        {
            **_LISTED,
            "message": {"type": "string", "contentEncoding": "base64"},
            "acknowledgement": _or_null({"type": "string", "contentEncoding": "base64"}),
            "history": _HISTORY,
            "overrides": _OVERRIDES,
            "archived": _list(_object({"name": TEXT, "bytes": _NUMBER})),
        },
        _OF_MESSAGE,
    ),
    "Causes": _object(
        {
            "causes": _list(
                _object(
                    {
                        **_REASON,
                        "studies": _NUMBER,
                        "since": _or_null(_TIME),
                        "replay_helps": _FLAG,
                    }
                )
            )
        }
    ),
    "Services": _object(
        {
            "services": _list(
                _object(
                    {
                        "service": one_of(Service),
                        "condition": one_of(Condition),
                        "since": _or_null(_TIME),
                    }
                )
            ),
            "outages": _list(
                _object(
                    {
                        "service": one_of(
                            (one.name.lower() for one in Needed),
                            "`identity`: the DMP for one structure.",
                        ),
                        "since": _TIME,
                        "structure": {
                            "type": "string",
                            "description": 'Its name; "" where all are concerned.',
                        },
                    }
                )
            ),
            "waiting": _list(
                _object(
                    {
                        "kind": TEXT,
                        "words": ref("Words"),
                        "studies": _NUMBER,
                        "since": _TIME,
                        "next_at": {
                            **_or_null(_TIME),
                            "description": "The next try; null: within the hour.",
                        },
                    }
                )
            ),
            "oldest_message": {
                **_or_null(_object({"received_at": _TIME, "whole": {"type": "boolean"}})),
                "description": "Of those in progress; not `whole`: another one may be older.",
            },
            "certificates": _list(
                _object(
                    {
                        "structure": TEXT,
                        "kind": one_of(one.kind for one in Use),
                        "checked_at": _or_null(_TIME),
                        "fault": _or_null(one_of(CertificateFault)),
                        "days_left": _or_null(_NUMBER),
                    }
                )
            ),
            "missed_news": {
                **_or_null(
                    _list(
                        _object({"message_id": TEXT, "at": _TIME, "refused": {"type": "boolean"}})
                    )
                ),
                "description": "Messages of which the site's address did not take the last state; "
                "null where the site names no address.",
            },
            "sites": _list(
                _object(
                    {
                        "host": TEXT,
                        "state": one_of(SourceState),
                        "since": _TIME,
                        "seen_at": _TIME,
                    }
                )
            ),
            "white_list": _object(
                {
                    "holds": {"type": "boolean"},
                    **dict.fromkeys(("generated_at", "signed_at", "verified_at"), _or_null(_TIME)),
                    "age_seconds": _or_null(_NUMBER),
                    "signer": _object({"name": TEXT, "unit": TEXT}),
                    "hosts": _NUMBER,
                    "left_aside": _NUMBER,
                    "last_refusal": _or_null(
                        _object({"code": one_of(f"white_list_{one}" for one in Fault), "at": _TIME})
                    ),
                }
            ),
        }
    ),
    "Activity": _object(
        {
            "days": _list(
                _object(
                    {"day": {"type": "string", "format": "date"}} | dict.fromkeys(COUNTED, _NUMBER)
                )
            ),
            "delay_seconds": _object(
                {
                    "publications": _NUMBER,
                    "p50": _SECONDS,
                    "p95": _SECONDS,
                    "objective": _SECONDS,
                    "within": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
                }
            ),
            "complete": _FLAG,
        }
    ),
    "Filters": _object(
        {
            "filters": _map(
                _object({}, dict.fromkeys(sorted(PARAMETERS), TEXT)), "By the filter's name."
            )
        }
    ),
    "Reconciliation": _object(
        {
            "run": TEXT,
            "started_at": _TIME,
            "ended_at": _TIME,
            "stopped": {"type": "string", "description": 'An error code; "" for none.'},
            "reached_the_end": _FLAG,
            "compared": _NUMBER,
            "not_compared": _map(_NUMBER, "By error code."),
            "found": _map(_NUMBER, "By kind of difference."),
            "left": _map(_NUMBER, "By kind of difference."),
            "differences": _list(
                _object(
                    {
                        "study_instance_uid": _UID,
                        "kind": one_of(DifferenceKind),
                        "cause": one_of(DifferenceCause),
                        "words": ref("Words"),
                        "manifest_uid": TEXT,
                        "objects": _NUMBER,
                        "repair": one_of(Repair),
                        "reason": one_of(NotRepairedBecause),
                    }
                )
            ),
            "next": _NEXT,
        }
    ),
    "Replay": _object({"id": TEXT, "replay": _NUMBER}),
    "Replays": _object({"replayed": _list(TEXT), "left_out": _list(TEXT), "next": _NEXT}),
    "Archives": _object(
        {
            "archives": _list(
                _object(
                    {
                        "name": TEXT,
                        "url": {"type": "string", "format": "uri"},
                        "expires_at": _TIME,
                        "bytes": _NUMBER,
                        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                        "manifests": _NUMBER,
                    }
                )
            ),
            "left_out": _object(dict.fromkeys(map(str, Left), _NUMBER)),
            "next": _NEXT,
        }
    ),
    "Overridden": _object({"id": TEXT, "override": _NUMBER}),
    "Order": _object({"id": {"type": "string", "description": "The order's own publication."}}),
    **agent_schemas.SCHEMAS,
}
