"""The operator's pages over HTTP: language, cookies, replies; what is refused is a page too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from functions.aws import entry, replies, requests
from functions.aws.operators import Visit
from functions.drimbox.errors import RequestError
from functions.drimbox.identity.session import form_token, require_own_form
from functions.drimbox.web import gate
from functions.drimbox.web.frame import Frame, Visitor
from functions.drimbox.web.language import LANGUAGES, Language
from functions.drimbox.web.preferences import prefer_language
from functions.drimbox.web.sheet import HEADERS

HTML: Final = "text/html; charset=utf-8"
# Of one cause in one click: well within the time that a function has.
MOST_AT_ONCE: Final = 100
_LANGUAGE: Final = "__Host-language"
_YEAR: Final = 365 * 86400
# RFC 6265bis 4.1.3.2: a cookie of this prefix belongs to this very host, over TLS, on every path.
# Lax: the sign-in comes back by a link from another site.
_ATTRIBUTES: Final = "Path=/; Secure; HttpOnly; SameSite=Lax"


@dataclass(frozen=True, slots=True)
class Cookie:
    """One of the cookies of a tenant's operators; no value: it is taken away."""

    name: str
    value: str = ""
    seconds: int | None = None

    def header(self) -> str:
        """The Set-Cookie field."""
        life = 0 if not self.value else self.seconds
        ends = "" if life is None else f"; Max-Age={life}"
        return f"{self.name}={self.value}; {_ATTRIBUTES}{ends}"


def session_cookie(tenant: str, value: str = "") -> Cookie:
    """The session's: it ends with the browser, or before."""
    return Cookie(f"__Host-operator-{tenant}", value)


def attempt_cookie(tenant: str, value: str = "", seconds: int | None = None) -> Cookie:
    """That of a sign-in in progress."""
    return Cookie(f"__Host-signin-{tenant}", value, seconds)


def session_identifier(event: requests.Event) -> str:
    """The value of the session's cookie for the path's tenant, "" when there is none."""
    return requests.cookie(event, session_cookie(requests.path(event, "tenant")).name)


def language(event: requests.Event) -> Language:
    """The one that the switch asks for, the one chosen before, or the browser's."""
    wanted = (requests.query(event, "lang"), requests.cookie(event, _LANGUAGE))
    chosen = next((one for name in wanted for one in LANGUAGES if one == name), None)
    return chosen or prefer_language(requests.headers(event, "Accept-Language"), LANGUAGES)


def base(tenant: str) -> str:
    """The path of a tenant's operations."""
    return f"/v1/tenants/{tenant}/operations"


def return_address(vi_url: str, tenant: str) -> str:
    """Where the operators' provider sends back to: registered there, exactly so."""
    return f"{vi_url}{base(tenant)}/session"


def frame(
    event: requests.Event,
    visit: Visit | None = None,
    *,
    rest: str = "",
    query: Mapping[str, str] | None = None,
) -> Frame:
    """The frame of the page at ``rest`` below the operations; nobody's without ``visit``."""
    own = base(entry.tenant(event))
    visitor = None
    if visit is not None:
        visitor = Visitor(visit.operator.name, form_token(session_identifier(event)))
    return Frame(
        base=own,
        site=visit.site.tenant.name if visit else "",
        language=language(event),
        visitor=visitor,
        here=own + rest,
        query=query,
    )


def require_form(
    event: requests.Event, own_origin: str, *, max_bytes: int = 65536
) -> dict[str, str]:
    """The fields of a form of this session; Forbidden for any other's."""
    fields = requests.form(event, max_bytes=max_bytes)
    require_own_form(
        session_identifier(event),
        fields.pop("token", ""),
        requests.headers(event, "Origin"),
        own_origin,
    )
    return fields


def show(
    event: requests.Event, body: bytes, *, status: int = 200, cookies: Sequence[Cookie] = ()
) -> replies.Reply:
    """A page; the language that its switch asked for is remembered."""
    chosen = language(event)
    remembered = [Cookie(_LANGUAGE, chosen, _YEAR)] if requests.query(event, "lang") else []
    reply = replies.text(status, body, HTML, {**HEADERS, "Content-Language": chosen})
    return _with_cookies(reply, [*cookies, *remembered])


def download(facts: Any, name: str) -> replies.Reply:
    """A JSON file to keep; the browser does not show it."""
    disposition = f'attachment; filename="{name}"'
    return replies.document(200, facts, {**HEADERS, "Content-Disposition": disposition})


def count(text: str | None) -> int | None:
    """A small number of a page's own link, None for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else None


def see_other(location: str, *, cookies: Sequence[Cookie] = ()) -> replies.Reply:
    """303: the answer to a form, or the way to the provider and back."""
    reply = replies.text(303, b"", "text/plain", {"Location": location, **HEADERS})
    return _with_cookies(reply, cookies)


def refused(event: requests.Event, error: RequestError) -> replies.Reply:
    """The page of a refused request. A missing sign-in is 403: no scheme of RFC 9110 11 asks."""
    status = 403 if error.status == 401 else error.status
    return show(event, gate.refusal(frame(event), error.status, error.code), status=status)


page = entry.answering(refused)


def _with_cookies(reply: replies.Reply, cookies: Sequence[Cookie]) -> replies.Reply:
    if not cookies:
        return reply
    return {**reply, "multiValueHeaders": {"Set-Cookie": [one.header() for one in cookies]}}
