"""The acts on a professional's page about one patient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from functions.aws import entry, pages, requests
from functions.aws.readers import PAGE
from functions.aws.reading_pages import PAGES
from functions.drimbox.pages.reading.sign_in_page import refusal_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from functions.aws import replies
    from functions.drimbox.errors import RequestError


def on_page(
    function: Callable[[entry.Event], replies.Reply],
) -> Callable[[entry.Event, Any], replies.Reply]:
    """Wrap the handler of an act on a patient's page: a refusal is a page that leads back there."""
    return entry.answering(_refused)(function)


def _refused(event: requests.Event, error: RequestError) -> replies.Reply:
    """A missing sign-in is 403, as everywhere in these pages."""
    page = requests.path(event, "page")
    here = f"/{page}" if PAGE.fullmatch(page) else ""
    body = refusal_page(PAGES.layout(event, here=here), error.status, error.code)
    return pages.show(event, body, status=403 if error.status == 401 else error.status)
