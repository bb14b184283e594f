"""``in/v1/tenants/{tenant}/operations/…``: the operators' programs read; nothing changes."""

from __future__ import annotations

from typing import Final

from functions.aws import entry, operators
from functions.read_operations import answers
from functions.read_operations.settings import Settings

_BASE: Final = "/v1/tenants/{tenant}/operations"
ROUTES: Final[entry.Routes] = {
    ("GET", f"{_BASE}/publications"): answers.show_publications,
    ("POST", f"{_BASE}/search"): answers.find_publications,
    ("GET", f"{_BASE}/publications/{{publication}}"): answers.show_publication,
    ("GET", f"{_BASE}/publications/{{publication}}/export"): answers.give_export,
    ("GET", f"{_BASE}/refused"): answers.show_refused,
    ("GET", f"{_BASE}/causes"): answers.show_causes,
    ("GET", f"{_BASE}/activity"): answers.show_activity,
    ("GET", f"{_BASE}/services"): answers.show_services,
    ("GET", f"{_BASE}/filters"): answers.show_filters,
    ("GET", f"{_BASE}/reconciliation"): answers.show_reconciliation,
}
handler = entry.http(
    operators.audited(operators.program_visit, Settings.current)(entry.routes(ROUTES))
)
