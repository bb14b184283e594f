"""``POST vi/v1/tenants/{tenant}/reading/{page}/open``, ``POST …/reading/{page}/progress``."""

from __future__ import annotations

from typing import Final

from functions.aws import entry
from functions.aws.reading_pages import PAGES
from functions.open_exam import answers

_PAGE: Final = "/v1/tenants/{tenant}/reading/{page}"
ROUTES: Final[entry.Routes] = {
    ("POST", f"{_PAGE}/open"): answers.open_exams,
    ("POST", f"{_PAGE}/progress"): answers.progress,
}
handler = PAGES.handler(entry.routes(ROUTES))
