"""``vi/v1/tenants/{tenant}/operations…``: the operators' pages and search; nothing changes."""

from __future__ import annotations

from typing import Final

from functions.aws import entry, operators
from functions.aws.operator_pages import PAGES
from functions.drimbox.pages.kit.stylesheet import SCRIPTED_HEADERS
from functions.show_operations_pages import answers
from functions.show_operations_pages.settings import Settings

_BASE: Final = "/v1/tenants/{tenant}/operations"
ROUTES: Final[entry.Routes] = {
    ("GET", _BASE): answers.visited(answers.queue),
    ("POST", f"{_BASE}/search"): answers.found,
    ("GET", f"{_BASE}/publications/{{publication}}"): answers.visited(
        answers.publication, SCRIPTED_HEADERS
    ),
    ("GET", f"{_BASE}/refused"): answers.visited(answers.refused),
    ("GET", f"{_BASE}/activity"): answers.visited(answers.activity),
    ("GET", f"{_BASE}/services"): answers.visited(answers.services),
    ("GET", f"{_BASE}/agents"): answers.visited(answers.agents),
    ("GET", f"{_BASE}/check"): answers.visited(answers.check),
}
handler = PAGES.handler(
    operators.audited(operators.person_visit, Settings.current)(entry.routes(ROUTES))
)
