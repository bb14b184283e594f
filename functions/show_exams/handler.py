"""``GET vi/v1/tenants/{tenant}/reading``, ``GET`` and ``POST …/reading/{page}``,
``GET …/reading/{page}/file``: the pages of a professional.
"""

from __future__ import annotations

from typing import Final

from functions.aws import entry
from functions.aws.patient_pages import on_page
from functions.show_exams import answers

_BASE: Final = "/v1/tenants/{tenant}/reading"
ROUTES: Final[entry.Routes] = {
    ("GET", _BASE): answers.home,
    ("GET", f"{_BASE}/{{page}}"): answers.exams,
    ("POST", f"{_BASE}/{{page}}"): answers.change_view,
    ("GET", f"{_BASE}/{{page}}/file"): answers.file,
}
handler = on_page(entry.routes(ROUTES))
