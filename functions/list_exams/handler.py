"""``POST vi/v1/tenants/{tenant}/reading/{page}/exams``, ``GET …/reading/assets/{file}``."""

from __future__ import annotations

from typing import Final

from functions.aws import entry
from functions.aws.patient_pages import on_page
from functions.list_exams import answers

_BASE: Final = "/v1/tenants/{tenant}/reading"
ROUTES: Final[entry.Routes] = {
    ("POST", f"{_BASE}/{{page}}/exams"): answers.states,
    ("GET", f"{_BASE}/assets/{{file}}"): answers.asset,
}
handler = on_page(entry.routes(ROUTES))
