"""The start, the opening and the end of an operator's session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.aws import callers, entry, logging, pages, replies, requests
from functions.aws.operator_pages import PAGES
from functions.aws.stores import TenantStores, for_operators, for_platform, for_tenant
from functions.drimbox.audited import audited
from functions.drimbox.errors import Forbidden
from functions.drimbox.identity.session import ATTEMPT
from functions.drimbox.operations.sign_in import OperatorFacts, account_name, page_of
from functions.drimbox.pages.operations.sign_in_page import stranger_page
from functions.operator_session.settings import Settings

if TYPE_CHECKING:
    from functions.drimbox.identity.oidc import OidcClient


def start_session(event: entry.Event) -> replies.Reply:
    """303 to the provider; a cookie names the record that the return must match.

    ``page`` is the page to come back to; ``again`` asks for another proof of the person.
    """
    stores = for_tenant(Settings.current(), requests.path(event, "tenant"))
    asked = requests.queries(event)
    with entry.strangers_counted(event):
        identifier, attempt = stores.sessions.begin(page_of(asked.get("page", "")))
        location = _provider(stores).authorization_url(attempt, again="again" in asked)
    life = int(ATTEMPT.total_seconds())
    return pages.see_other(location, cookies=[PAGES.sign_in_cookie(stores.slug, identifier, life)])


def open_session(event: entry.Event) -> replies.Reply:
    """303 to the wanted page with a new session; refused unless a declared operator is proven, by a
    page that tells a proven stranger as whom he is signed in.

    The audit trail gets a record once the provider has said who came; before, a refusal is counted.
    The browser's former session ends, whoever came.
    """
    stores = for_operators(Settings.current(), requests.path(event, "tenant"))
    with entry.strangers_counted(event):
        attempt = stores.sessions.attempt(PAGES.sign_in_identifier(event))
        person = _provider(stores).redeem(attempt, requests.queries(event))
    who, key = person.subject, requests.request_id(event)
    try:
        with audited(stores.audit, "operator.signed_in", key=key, who=who):
            stores.sessions.close(PAGES.session_identifier(event))
            if stores.tenant.operator_by_oidc(who) is None:
                raise Forbidden("not an operator of this tenant", code="not_an_operator")
            identifier = stores.sessions.open(OperatorFacts(who))
    except Forbidden as error:
        logging.event("refused", status=error.status, code=error.code, tenant=stores.slug)
        account = account_name(person.claims)
        body = stranger_page(PAGES.layout(event), account=account, subject=who, wanted=attempt.page)
        return pages.show(event, body, status=error.status)
    tenant = stores.slug
    cookies = [PAGES.session_cookie(tenant, identifier), PAGES.sign_in_cookie(tenant)]
    return pages.see_other(PAGES.area.base(tenant) + attempt.page, cookies=cookies)


def close_session(event: entry.Event) -> replies.Reply:
    """303 to the sign-in; our session has ended, the provider's session goes on."""
    settings = Settings.current()
    leaving = callers.signed_in(event)
    PAGES.require_form(event, settings.vi_url)
    stores = for_tenant(settings, leaving.tenant)
    stores.sessions.close(PAGES.session_identifier(event))
    stores.audit.record(
        "operator.signed_out",
        key=requests.request_id(event),
        result="success",
        who=leaving.subject,
        facts={},
    )
    cookies = [PAGES.session_cookie(leaving.tenant)]
    return pages.see_other(f"{PAGES.area.base(leaving.tenant)}?left=1", cookies=cookies)


def _provider(stores: TenantStores[Settings]) -> OidcClient:
    settings = stores.settings
    redirect_uri = PAGES.return_address(settings.vi_url, stores.slug)
    return for_platform(settings).operators_provider(redirect_uri)
