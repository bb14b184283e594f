"""A publication with every fact, and its page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from lxml import html

from functions.drimbox.pages.kit.layout import Layout, Visitor
from functions.drimbox.pages.operations.area import OPERATIONS
from functions.drimbox.pages.operations.publication_page import publication_page
from functions.drimbox.tenants.model import Operator, Permission
from functions.drimbox.wording.text import Language
from tests.fakes.world import TENANT

AT: Final = "2026-11-26T09:00:00+00:00"
STUDY: Final = "1.2.840.1"
TEXT: Final = "<b>x</b>&amp;'\""
ALL: Final = Operator("Camille", frozenset(Permission), oidc_subject="operator-1")
FACTS: Final[dict[str, Any]] = {
    "id": "0" * 32,
    "kind": "report",
    "state": "held",
    "action": "replace",
    "received_at": AT,
    "changed_at": AT,
    "validated_at": AT,
    "sender": f"{TEXT}|{TEXT}",
    "replays": 2,
    "override": 1,
    "ignored": "",
    "studies": [
        {
            "study_instance_uid": STUDY,
            "outcome": "held",
            "reason": "dmp_refused",
            "words": {"fr": "Refusé", "en": "Refused"},
            "todo": {"fr": "Lire", "en": "Read"},
            "changed_at": AT,
            "replayable": True,
            "overridable": True,
            "in_dmp": {
                "manifest_uid": "2.25.1",
                "version": 3,
                "published_at": AT,
                "by_this_publication": True,
            },
            "pending": {
                "state": "rejected",
                "since": AT,
                "attempt": 2,
                "may_be_in_dmp": False,
                "dmp_codes": TEXT,
                "contested": [],
            },
            "images": {
                "patient_name": TEXT,
                "patient_id": TEXT,
                "patient_birth_date": "19790328",
                "accession_number": TEXT,
                "study_date": TEXT,
                "description": TEXT,
                "series": [{"modality": TEXT, "description": TEXT, "instances": 4}],
            },
            "unservable": [TEXT, TEXT],
            "compared": [
                {"field": "patient_id", "report": [TEXT], "images": TEXT, "differs": False},
                {"field": "name", "report": [TEXT, ""], "images": "", "differs": True},
                {"field": "birth_date", "report": ["19790328"], "images": TEXT, "differs": True},
                {"field": "accession", "report": [TEXT], "images": TEXT, "differs": False},
            ],
        },
        {
            "study_instance_uid": "1.2.840.2",
            "outcome": "published",
            "changed_at": AT,
            "replayable": False,
            "overridable": False,
            "in_dmp": {
                "manifest_uid": "2.25.2",
                "version": 1,
                "published_at": AT,
                "by_this_publication": False,
            },
            "pending": None,
            "waits_for": "1" * 32,
            "images": None,
            "unservable": [],
            "compared": [],
        },
    ],
    "history": [
        {"study_instance_uid": STUDY, "replay": 0, "outcome": "in_progress", "changed_at": AT}
    ],
    "undoing": "possible",
    "overrides": [
        {
            "number": 1,
            "who": TEXT,
            "at": AT,
            "studies": {STUDY: "1.2.840.9"},
            "sender": f"{TEXT}|{TEXT}",
            "identity": {STUDY: {"reason": TEXT, "traits": ["birth_date"]}},
            "decision": {"keep": "these", "reason": TEXT, "traits": ["birth_date"]},
            "released": {STUDY: {"reason": TEXT, "establishment": TEXT, "imported_at": AT}},
        }
    ],
    "message": {
        "segments": [
            {
                "segment": "PID",
                "number": 2,
                "fields": [
                    {"number": 5, "name": {"fr": "Nom", "en": "Name"}, "values": [[TEXT, ""]]},
                    {"number": 99, "values": [[TEXT * 40]]},
                ],
            }
        ],
        "complete": False,
    },
    "report": {
        "title": TEXT,
        "effective_time": AT,
        "version": 2,
        "confidentiality": TEXT,
        "patient": {
            "ins": TEXT,
            "ins_oid": TEXT,
            "local_ids": [TEXT],
            "birth_family": TEXT,
            "birth_given": TEXT,
            "used_family": TEXT,
            "used_given": TEXT,
            "birth_date": "19790328",
            "sex": TEXT,
        },
        "legal_authenticator": {"identifier": TEXT, "name": TEXT, "structure": TEXT},
        "orders": [{"placer": TEXT, "accession": TEXT}],
        "exams": [{"study_instance_uid": STUDY, "act": TEXT}],
    },
}


def page(
    facts: dict[str, Any],
    language: Language = "fr",
    operator: Operator = ALL,
    done: str = "replayed",
) -> Any:
    layout = Layout(OPERATIONS, "site", "Site", language, Visitor(operator.name, "token"))
    body = publication_page(
        layout,
        facts,
        tenant=TENANT,
        operator=operator,
        now=datetime(2026, 11, 26, 10, tzinfo=UTC),
        done=done,
    )
    return html.fromstring(body.decode())


HELD_WHOLE: Final[dict[str, Any]] = {
    **FACTS,
    "state": "held",
    "held": "site_accepted_undeclared",
    "held_words": {"fr": "Émetteur non déclaré", "en": "Undeclared sender"},
    "held_todo": {"fr": "Le déclarer, puis rejouer", "en": "Declare it, then replay"},
    "studies": [],
    "undoing": "nothing",
}
