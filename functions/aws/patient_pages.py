"""The pages of a professional about one patient, and the acts on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from functions.aws import entry, pages
from functions.aws.readers import PAGE
from functions.aws.reading_pages import PAGES
from functions.drimbox.pages.reading.sign_in_page import refusal_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from functions.aws import replies, requests
    from functions.drimbox.errors import RequestError


def on_page(
    function: Callable[[entry.Event], replies.Reply],
) -> Callable[[entry.Event, Any], replies.Reply]:
    """Wrap a handler of a patient's page: a refusal is a page that leads back there."""
    return entry.answering(_refused)(function)


def _refused(event: requests.Event, error: RequestError) -> replies.Reply:
    """A missing sign-in is 403, as everywhere in these pages. A page that is not found leads to
    none."""
    page = str((event.get("pathParameters") or {}).get("page", ""))
    leads_back = error.status != 404 and PAGE.fullmatch(page)
    here = f"/{page}" if leads_back else ""
    body = refusal_page(PAGES.layout(event, here=here), error.status, error.code)
    return pages.show(event, body, status=403 if error.status == 401 else error.status)
