"""``POST vi/tenants/{tenant}/context`` and ``GET …/IHEInvokeImageDisplay``: the way to a page."""

from __future__ import annotations

from typing import Final

from functions.aws import entry
from functions.aws.reading_pages import PAGES
from functions.open_context import answers

_TENANT: Final = "/tenants/{tenant}"
ROUTES: Final[entry.Routes] = {
    ("POST", f"{_TENANT}/context"): answers.open_call,
    ("GET", f"{_TENANT}/IHEInvokeImageDisplay"): answers.open_link,
}
handler = PAGES.handler(entry.routes(ROUTES))
