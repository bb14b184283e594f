"""Pages over HTTP: an area's handlers, cookies and forms; language and replies."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

from functions.aws import entry, replies, requests
from functions.drimbox.accept import prefer_language, takes_gzip
from functions.drimbox.identity.session import UNATTENDED, form_token, require_own_form
from functions.drimbox.pages.kit.layout import Layout, Visitor
from functions.drimbox.pages.kit.stylesheet import HEADERS
from functions.drimbox.values import frozen
from functions.drimbox.wording.text import LANGUAGES, Language

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from functions.drimbox.errors import RequestError
    from functions.drimbox.pages.kit.area import Area

HTML: Final = "text/html; charset=utf-8"
_LANGUAGE: Final = "__Host-language"
_YEAR: Final = 365 * 86400
# RFC 6265bis 4.1.3.2: a cookie of this prefix belongs to this very host, over TLS, on every path.
# Lax: the sign-in comes back by a link from another site.
_ATTRIBUTES: Final = "Path=/; Secure; HttpOnly; SameSite=Lax"


@frozen
class Cookie:
    """A cookie of a tenant's pages; without a value the browser forgets it."""

    name: str
    value: str = ""
    seconds: int | None = None

    def header(self) -> str:
        """The Set-Cookie field."""
        life = 0 if not self.value else self.seconds
        ends = "" if life is None else f"; Max-Age={life}"
        return f"{self.name}={self.value}; {_ATTRIBUTES}{ends}"


@frozen
class Pages:
    """The pages of one area: its handlers, sessions and forms.

    ``refusal`` makes the page of a refused request from its layout, status and code.
    """

    area: Area
    refusal: Callable[[Layout, int, str], bytes]

    def handler(
        self, function: Callable[[entry.Event], replies.Reply]
    ) -> Callable[[entry.Event, Any], replies.Reply]:
        """Wrap the handler of a page: a refused request is answered by a page too."""
        return entry.answering(self._refused)(function)

    def session_cookie(self, tenant: str, value: str = "") -> Cookie:
        """The cookie of a session: it ends with the browser, or before."""
        return Cookie(self.area.session_cookie_name(tenant), value)

    def sign_in_cookie(self, tenant: str, value: str = "", seconds: int | None = None) -> Cookie:
        """The cookie of a sign-in in progress."""
        return Cookie(self.area.sign_in_cookie_name(tenant), value, seconds)

    def session_identifier(self, event: requests.Event) -> str:
        """The value of the session's cookie for the path's tenant, "" when there is none."""
        name = self.area.session_cookie_name(requests.path(event, "tenant"))
        return requests.cookie(event, name)

    def sign_in_identifier(self, event: requests.Event) -> str:
        """The value of the cookie of a sign-in in progress, "" when there is none."""
        name = self.area.sign_in_cookie_name(requests.path(event, "tenant"))
        return requests.cookie(event, name)

    def return_address(self, origin: str, tenant: str) -> str:
        """The address to which an identity provider sends back: registered there, exactly so."""
        return f"{origin}{self.area.base(tenant)}/session"

    def layout(
        self,
        event: requests.Event,
        *,
        site_name: str = "",
        visitor: str = "",
        here: str = "",
        query: Mapping[str, str] | None = None,
        zone: ZoneInfo | None = None,
    ) -> Layout:
        """The layout of the page at ``here`` below the area, whose times are of ``zone``.

        ``visitor`` is the name of the person who is signed in, "" for nobody.
        """
        salt = secrets.token_urlsafe(8)
        token = form_token(self.session_identifier(event), salt) if visitor else ""
        return Layout(
            area=self.area,
            tenant=entry.tenant(event),
            site_name=site_name,
            language=language(event),
            visitor=Visitor(visitor, token) if visitor else None,
            here=here,
            query=query,
            zone=zone,
        )

    def require_form(
        self,
        event: requests.Event,
        own_origin: str,
        *,
        max_bytes: int = 65536,
        max_fields: int = requests.FIELDS,
    ) -> dict[str, str]:
        """The fields of a form of this session; Forbidden for any other's."""
        fields = requests.form(event, max_bytes=max_bytes, max_fields=max_fields)
        require_own_form(
            self.session_identifier(event),
            fields.pop("token", ""),
            requests.headers(event, "Origin"),
            own_origin,
        )
        return fields

    def require_upload(self, event: requests.Event, own_origin: str, *, max_bytes: int) -> bytes:
        """The file of a form of this session; Forbidden for any other's."""
        fields, file = requests.upload(event, max_bytes=max_bytes)
        origins = requests.headers(event, "Origin")
        require_own_form(
            self.session_identifier(event), fields.get("token", ""), origins, own_origin
        )
        return file

    def _refused(self, event: requests.Event, error: RequestError) -> replies.Reply:
        """A missing sign-in is 403: no scheme of RFC 9110 11 asks."""
        status = 403 if error.status == 401 else error.status
        body = self.refusal(self.layout(event), error.status, error.code)
        return show(event, body, status=status)


def language(event: requests.Event) -> Language:
    """The one that the switch asks for, the one chosen before, or the browser's."""
    wanted = (requests.query(event, "lang"), requests.cookie(event, _LANGUAGE))
    chosen = next((one for name in wanted for one in LANGUAGES if one == name), None)
    return chosen or prefer_language(requests.headers(event, "Accept-Language"), LANGUAGES)


def show(
    event: requests.Event,
    body: bytes,
    *,
    status: int = 200,
    cookies: Sequence[Cookie] = (),
    headers: Mapping[str, str] = HEADERS,
) -> replies.Reply:
    """A page; the language that its switch asked for is remembered.

    ``headers`` hold the page's policy: without others it runs no script.
    """
    chosen = language(event)
    remembered = [Cookie(_LANGUAGE, chosen, _YEAR)] if requests.query(event, "lang") else []
    told = {**headers, "Content-Language": chosen}
    gzip = takes_gzip(requests.headers(event, "Accept-Encoding"))
    reply = replies.compressed(status, body, HTML, told, gzip=gzip)
    return _with_cookies(reply, [*cookies, *remembered])


def download(facts: Any, name: str) -> replies.Reply:
    """A JSON file to keep; the browser does not show it."""
    disposition = f'attachment; filename="{name}"'
    return replies.document(200, facts, {**HEADERS, "Content-Disposition": disposition})


def file(body: bytes, content_type: str, name: str) -> replies.Reply:
    """A file to keep; the browser does not show it. ``name`` is ours, never a caller's text."""
    disposition = f'attachment; filename="{name}"'
    return replies.text(200, body, content_type, {**HEADERS, "Content-Disposition": disposition})


def unattended(event: requests.Event) -> bool:
    """Whether a page's own script sent the request, without any act of a person."""
    return bool(requests.headers(event, UNATTENDED))


def count(text: str | None) -> int | None:
    """A small number of a page's own link, None for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else None


def see_other(location: str, *, cookies: Sequence[Cookie] = ()) -> replies.Reply:
    """303: the answer to a form, or the way to the provider and back."""
    reply = replies.text(303, b"", "text/plain", {"Location": location, **HEADERS})
    return _with_cookies(reply, cookies)


def _with_cookies(reply: replies.Reply, cookies: Sequence[Cookie]) -> replies.Reply:
    if not cookies:
        return reply
    return {**reply, "multiValueHeaders": {"Set-Cookie": [one.header() for one in cookies]}}
