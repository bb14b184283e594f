"""The named examples of the answers: files in ``api_examples``, one for each schema.

``make examples`` writes the files: the code's own answers to cases that it plays. A test plays them
again and compares. A few, which ``WRITTEN_BY_HAND`` names, need AWS; their schema judges them.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

# By name: ``summary`` and ``value``, as OpenAPI has them.
Examples = dict[str, dict[str, Any]]
FOLDER: Final = Path(__file__).with_name("api_examples")
# HL7 v2 is no JSON: its examples are texts, whose segments end with CR.
ACKNOWLEDGEMENT: Final = "Acknowledgement"
# Of a request's body, by the function that takes it.
OF_BODIES: Final = {
    "open_context": "Call",
    "check_call": "CallBody",
    "request_upload": "UploadRequest",
}
WRITTEN_BY_HAND: Final = frozenset(
    {"AgentCertificate", "Answered", "Archives", "Job", "Loan", "Services", "Upload"}
)


@cache
def examples(schema: str) -> Examples:
    """The examples of that schema, at least one."""
    found: Examples = json.loads((FOLDER / f"{schema}.json").read_text("utf-8"))
    return found
