"""``GET vi/v1/tenants/{tenant}/reading/sign-in``, ``GET`` and ``POST …/reading/session``."""

from __future__ import annotations

from typing import Final

from functions.aws import entry
from functions.aws.reading_pages import PAGES
from functions.reader_session import answers

_BASE: Final = "/v1/tenants/{tenant}/reading"
ROUTES: Final[entry.Routes] = {
    ("GET", f"{_BASE}/sign-in"): answers.start_session,
    ("GET", f"{_BASE}/session"): answers.open_session,
    ("POST", f"{_BASE}/session"): answers.change_session,
}
handler = PAGES.handler(entry.routes(ROUTES))
