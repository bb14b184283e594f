"""The start, the opening, the practice situation and the end of a professional's session."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from functions.aws import callers, entry, logging, pages, replies, requests
from functions.aws.readers import page_named
from functions.aws.reading_pages import PAGES
from functions.aws.stores import TenantStores, for_platform, for_tenant
from functions.drimbox.audited import audited
from functions.drimbox.budget import Budget
from functions.drimbox.consultation import situations
from functions.drimbox.consultation.reader_facts import ReaderFacts
from functions.drimbox.errors import (
    BadRequest,
    ConfigurationError,
    IdentityUnavailable,
    RequestError,
    Transient,
)
from functions.drimbox.identity.session import ATTEMPT
from functions.reader_session.settings import Settings

if TYPE_CHECKING:
    from functions.drimbox.identity.psc_sign_in import PscSignIn

Fields = Mapping[str, str]
Stores = TenantStores[Settings]


def start_session(event: entry.Event) -> replies.Reply:
    """303 to Pro Santé Connect; a cookie names the record that the return must match."""
    stores = for_tenant(Settings.current(), requests.path(event, "tenant"), Budget())
    with entry.strangers_counted(event):
        page = page_named(requests.queries(event).get("page", ""))
        identifier, attempt = stores.reader_sessions.begin(page)
        location = _provider(stores).authorization_url(attempt)
    life = int(ATTEMPT.total_seconds())
    return pages.see_other(location, cookies=[PAGES.sign_in_cookie(stores.slug, identifier, life)])


def open_session(event: entry.Event) -> replies.Reply:
    """303 to the wanted page with a new session; refused without a practice situation here.

    The audit trail gets a record once Pro Santé Connect has said who came; before, a refusal is
    counted. The browser's former session ends, whoever came. A professional who is refused is
    signed out there, so that another one may come.
    """
    stores = for_tenant(Settings.current(), requests.path(event, "tenant"), Budget())
    provider = _provider(stores)
    with entry.strangers_counted(event):
        attempt = stores.reader_sessions.attempt(PAGES.sign_in_identifier(event))
        came = provider.redeem(attempt, requests.queries(event))
    who = came.professional.subject_name_id
    with audited(stores.audit, "reader.signed_in", key=requests.request_id(event), who=who):
        stores.reader_sessions.close(PAGES.session_identifier(event))
        try:
            situations.situations(stores.tenant, came.professional)
        except RequestError:
            _end(provider, came.tokens.id_token)
            raise
        identifier = stores.reader_sessions.open(ReaderFacts.of(came))
    cookies = [PAGES.session_cookie(stores.slug, identifier), PAGES.sign_in_cookie(stores.slug)]
    return pages.see_other(_page(stores, attempt.page), cookies=cookies)


def change_session(event: entry.Event) -> replies.Reply:
    """The act that the form's verb names."""
    settings = Settings.current()
    stores = for_tenant(settings, callers.reading(event).tenant, Budget())
    fields = PAGES.require_form(event, settings.vi_url)
    act = _ACTS.get(fields.get("verb", ""))
    if act is None:
        raise BadRequest("verb")
    return act(event, stores, fields)


def _choose(event: entry.Event, stores: Stores, fields: Fields) -> replies.Reply:
    """303 to the page that asked for the practice situation."""
    page = page_named(fields.get("page", ""))
    identifier, number = PAGES.session_identifier(event), fields.get("situation", "")
    situations.choose(stores.reader_sessions, identifier, stores.tenant, number, page)
    return pages.see_other(_page(stores, page))


def _close(event: entry.Event, stores: Stores, _: Fields) -> replies.Reply:
    """303 to the sign-in; our session has ended, and that of Pro Santé Connect if it answers."""
    sessions, identifier = stores.reader_sessions, PAGES.session_identifier(event)
    leaving, provider = sessions.current(identifier), _reachable(stores)
    sessions.close(identifier)
    _erase(stores, identifier)
    ended = leaving and provider and _end(provider, leaving.facts.id_token)
    stores.audit.record(
        "reader.signed_out",
        key=requests.request_id(event),
        result="success",
        who=callers.reading(event).subject,
        facts={"identity_provider": "ended" if ended else "unknown"},
    )
    left = f"?left={'left' if ended else 'left_here'}"
    return pages.see_other(_page(stores) + left, cookies=[PAGES.session_cookie(stores.slug)])


def _erase(stores: Stores, identifier: str) -> None:
    """Erase the exams that were opened in a session that has ended; where that fails, the execution
    that fetched each does it, some minutes later."""
    try:
        stores.shelf.erase_session(identifier)
    except (Transient, ConfigurationError) as error:
        logging.error("opened exams not erased", code=error.code, detail=error.detail)


def _reachable(stores: Stores) -> PscSignIn | None:
    """Pro Santé Connect; None where our own secrets cannot be read: a sign-out here goes on."""
    try:
        return _provider(stores)
    except (Transient, ConfigurationError) as error:
        logging.error("sign-out not asked", code=error.code, detail=error.detail)
        return None


def _end(provider: PscSignIn, id_token: str) -> bool:
    """End the session at Pro Santé Connect; whether it said that it did."""
    try:
        provider.end(id_token)
    except IdentityUnavailable as error:
        logging.warning("sign-out not confirmed", code=error.code, detail=error.detail)
        return False
    return True


def _page(stores: Stores, page: str = "") -> str:
    return PAGES.area.base(stores.slug) + (f"/{page}" if page else "")


def _provider(stores: Stores) -> PscSignIn:
    redirect_uri = PAGES.return_address(stores.settings.vi_url, stores.slug)
    return for_platform(stores.settings, stores.budget).psc_sign_in(redirect_uri, stores.noting_psc)


_ACTS: Final[Mapping[str, Callable[[entry.Event, Stores, Fields], replies.Reply]]] = {
    "sign_out": _close,
    "situation": _choose,
}
