"""``POST vi/v1/tenants/{tenant}/operations…``: the forms of the operators' pages.

A form names its verb; each verb asks for its own permission and leaves its own audit record in the
library. The answer redirects to a page that shows the effect.
"""

from __future__ import annotations

from typing import Final

from functions.act_on_operations_pages import answers
from functions.act_on_operations_pages.settings import Settings
from functions.aws import entry, operators
from functions.aws.operator_pages import PAGES

_BASE: Final = "/v1/tenants/{tenant}/operations"
# 303 to where the effect is seen; the file itself for an export.
ROUTES: Final[entry.Routes] = {
    ("POST", _BASE): answers.act_on_all,
    ("POST", f"{_BASE}/agents"): answers.act_on_agents,
    ("POST", f"{_BASE}/publications/{{publication}}"): answers.act_on_one,
}
handler = PAGES.handler(
    operators.audited(operators.person_visit, Settings.current)(entry.routes(ROUTES))
)
