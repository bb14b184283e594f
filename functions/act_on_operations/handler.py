"""``POST in/v1/tenants/{tenant}/operations/…``: the operators' programs replay, override, withdraw.

Each verb asks for its own permission and leaves its own audit record in the library.
"""

from __future__ import annotations

from typing import Final

from functions.act_on_operations import answers
from functions.act_on_operations.settings import Settings
from functions.aws import entry, operators

_BASE: Final = "/v1/tenants/{tenant}/operations"
ROUTES: Final[entry.Routes] = {
    ("POST", f"{_BASE}/publications/{{publication}}/replay"): answers.replay_publication,
    ("POST", f"{_BASE}/causes/{{reason}}/replay"): answers.replay_page,
    ("POST", f"{_BASE}/publications/{{publication}}/override"): answers.override_publication,
    ("POST", f"{_BASE}/publications/{{publication}}/identity"): answers.confirm_publication,
    ("POST", f"{_BASE}/publications/{{publication}}/traits"): answers.decide_publication,
    ("POST", f"{_BASE}/publications/{{publication}}/release"): answers.release_study,
    ("POST", f"{_BASE}/publications/{{publication}}/withdraw"): answers.withdraw_publication,
    ("POST", f"{_BASE}/filters"): answers.keep_filter,
}
handler = entry.http(
    operators.audited(operators.program_visit, Settings.current)(entry.routes(ROUTES))
)
