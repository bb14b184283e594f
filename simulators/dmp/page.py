"""A page for people, with the DMP's documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

_COLUMNS: Final = {
    "submitted_at": "Reçu le",
    "type_code": "Type",
    "patient_id": "Patient",
    "event_codes": "Actes, modalités, régions",
    "confidentiality_codes": "Confidentialité",
    "reference_ids": "Références",
    "availability_status": "Statut",
    "unique_id": "uniqueId",
}
_HEAD: Final = """<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><title>DMP simulé</title><style>
body{font:15px/1.4 system-ui,sans-serif;margin:2rem}table{border-collapse:collapse}
th,td{border:1px solid #bbb;padding:.3rem .6rem;text-align:left;vertical-align:top;
overflow-wrap:anywhere}th{background:#eef}
</style></head><body><h1>DMP simulé</h1>
"""
_FOOT: Final = """<p><a href="/_sim/state">JSON</a> ·
<a href="/_sim/faults">pannes demandées</a></p>
</body></html>
"""


def render(documents: Sequence[Mapping[str, Any]]) -> str:
    """The documents of ``/_sim/state`` as HTML, newest first, each with a link to its bytes."""
    heads = "".join(f"<th>{escape(title)}</th>" for title in _COLUMNS.values())
    rows = "".join(_row(document) for document in reversed(documents))
    count = f"<p>{len(documents)} document(s), signatures comprises.</p>\n"
    return f"{_HEAD}{count}<table><tr>{heads}<th></th></tr>\n{rows}</table>\n{_FOOT}"


def _row(document: Mapping[str, Any]) -> str:
    cells = "".join(f"<td>{_cell(document[column])}</td>" for column in _COLUMNS)
    link = f"/_sim/documents/{document['entry_uuid']}"
    return f'<tr>{cells}<td><a href="{escape(link)}">octets</a></td></tr>\n'


def _cell(value: Any) -> str:
    values = value if isinstance(value, list) else [value]
    return "<br>".join(escape(str(item)) for item in values)
