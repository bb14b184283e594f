"""The pages of a professional about one patient, and the acts on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from functions.aws import entry, pages, readers, requests
from functions.aws.readers import PAGE, NamesReading, Reader, page_named
from functions.aws.reading_pages import PAGES
from functions.drimbox.consultation import exam_list
from functions.drimbox.consultation.context import CallContext
from functions.drimbox.consultation.exam_list import Listing
from functions.drimbox.errors import Absent
from functions.drimbox.pages.reading.sign_in_page import refusal_page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from functions.aws import replies
    from functions.drimbox.consultation.situations import Situation
    from functions.drimbox.errors import RequestError

S = TypeVar("S", bound=NamesReading)
S_co = TypeVar("S_co", bound=NamesReading, covariant=True)


@dataclass(frozen=True)
class ListedPage(Generic[S_co]):
    """The page and its session, the reader in a situation, the call, the form's fields."""

    page: str
    session: str
    reader: Reader[S_co]
    context: CallContext
    situation: Situation
    fields: Mapping[str, str]


def listed_page(event: entry.Event, settings: S, vi_url: str) -> ListedPage[S]:
    """The page of the request's own form.

    NotAuthenticated without a session, Forbidden for a form of another page's, Absent for another
    session's page and for a list that may not be shown.
    """
    session = PAGES.session_identifier(event)
    reader = readers.reader(event, session, settings)
    fields = PAGES.require_form(event, vi_url)
    page = page_named(requests.path(event, "page"))
    context = reader.stores.contexts.bind(page, session)
    if not isinstance(context, CallContext):
        raise Absent("page")
    situation = reader.situation_for(context.situation, page)
    if situation is None or exam_list.state_of(context, situation) is not Listing.LISTED:
        raise Absent("list")
    return ListedPage(page, session, reader, context, situation, fields)


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
