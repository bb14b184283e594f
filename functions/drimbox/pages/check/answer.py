"""The form in which a check is answered: JSON, or a page where the caller prefers HTML."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.accept import prefer_language, prefer_media
from functions.drimbox.errors import NotAcceptable
from functions.drimbox.pages.kit.html import DOCTYPE, style, tag
from functions.drimbox.values import frozen
from functions.drimbox.wording.text import LANGUAGES, Language

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

JSON: Final = "application/json"
HTML: Final = "text/html"
_VARY: Final = {"Vary": "Accept, Accept-Language"}
_STYLE: Final = (
    "body{font:1rem/1.5 system-ui,sans-serif;color:#1b1b1b;background:#fff;max-width:70rem;"
    "margin:0 auto;padding:1rem;overflow-wrap:anywhere}"
    "header{background:#0b4f6c;color:#fff;margin:-1rem -1rem 0;padding:.8rem 1rem}"
    "h1{font-size:1.6rem}h2{font-size:1.25rem;margin-top:2rem;border-bottom:1px solid #767676}"
    "h3{font-size:1.05rem}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{border:1px solid #b0b0b0;padding:.3rem .5rem;text-align:left;vertical-align:top}"
    "thead th{background:#f0f0f0}tbody th{width:16rem;max-width:40vw;font-weight:600}"
    "td,pre,code{unicode-bidi:isolate}"
    "pre{background:#f6f6f6;padding:.6rem;white-space:pre-wrap}"
    ".verdict{padding:.6rem 1rem;border-left:.5rem solid;font-weight:600}"
    ".good{border-color:#18753c}.bad{border-color:#b34000}"
    "@media(min-width:40rem){.name{white-space:nowrap}}"
)
# The page is inert: no script, no image, no form, no frame, its one style sheet named by its hash.
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; "
    f"style-src 'sha256-{b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
)


@frozen
class Form:
    """``media_type`` is JSON (in both languages) or HTML, in ``language``."""

    media_type: str
    language: Language


@frozen
class Asked:
    """The page whose form asked for the check: the ``path`` of the form, and the name of the
    ``site`` whose page it is."""

    path: str
    site: str


@frozen
class Written:
    """The body, its Content-Type, and the headers that go with it."""

    body: bytes
    content_type: str
    headers: Mapping[str, str]


def preferred_form(accept: Sequence[str], accept_language: Sequence[str]) -> Form:
    """The form that the lines of Accept and Accept-Language like most: JSON, and French, first.

    Raises NotAcceptable when Accept takes neither JSON nor HTML.
    """
    media_type = prefer_media(accept, (JSON, HTML))
    if media_type is None:
        raise NotAcceptable
    return Form(media_type, prefer_language(accept_language, LANGUAGES))


def write(
    facts: dict[str, Any], page: Callable[[Mapping[str, Any], Language], bytes], form: Form
) -> Written:
    """The answer to the request, from the facts of the check; ``page`` makes their page."""
    if form.media_type == JSON:
        return Written(json.dumps(facts, ensure_ascii=False).encode(), JSON, _VARY)
    return Written(
        page(facts, form.language),
        f"{HTML}; charset=utf-8",
        page_headers(form.language),
    )


def page_headers(language: Language) -> dict[str, str]:
    """The headers of an inert page."""
    return {
        **_VARY,
        "Content-Language": language,
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "Referrer-Policy": "no-referrer",
    }


def inert_page(language: Language, title: str, *content: str, asked: Asked | None = None) -> bytes:
    """A page whole, UTF-8: no script, nothing loaded, no form, every value a text. The answer to a
    page has the header of its site."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        style(_STYLE),
    )
    header = tag("header", tag("strong", "DRIMbox"), f" · {asked.site}") if asked else ""
    body = tag("body", header, tag("main", tag("h1", title), *content))
    return (DOCTYPE + tag("html", head, body, lang=language)).encode()
