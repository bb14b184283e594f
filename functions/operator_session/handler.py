"""``GET vi/v1/tenants/{tenant}/operations/sign-in``, ``GET`` and ``POST …/operations/session``."""

from __future__ import annotations

from typing import Final

from functions.aws import entry
from functions.aws.operator_pages import PAGES
from functions.operator_session import answers

_BASE: Final = "/v1/tenants/{tenant}/operations"
ROUTES: Final[entry.Routes] = {
    ("GET", f"{_BASE}/sign-in"): answers.start_session,
    ("GET", f"{_BASE}/session"): answers.open_session,
    ("POST", f"{_BASE}/session"): answers.close_session,
}
handler = PAGES.handler(entry.routes(ROUTES))
