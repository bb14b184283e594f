"""The form in which a check is answered: JSON, or a page where the caller prefers HTML."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from functions.drimbox.accept import prefer_language, prefer_media
from functions.drimbox.errors import NotAcceptable
from functions.drimbox.feed_check.check import Check
from functions.drimbox.feed_check.facts import describe
from functions.drimbox.pages.check.result_page import CONTENT_SECURITY_POLICY, result_page
from functions.drimbox.wording.text import LANGUAGES, Language

JSON: Final = "application/json"
HTML: Final = "text/html"
_VARY: Final = {"Vary": "Accept, Accept-Language"}


@dataclass(frozen=True, slots=True)
class Form:
    """``media_type`` is JSON (in both languages) or HTML, in ``language``."""

    media_type: str
    language: Language


@dataclass(frozen=True, slots=True)
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


def write(check: Check, form: Form) -> Written:
    """The answer to the request; it holds what the message holds."""
    facts = describe(check)
    if form.media_type == JSON:
        return Written(json.dumps(facts, ensure_ascii=False).encode(), JSON, _VARY)
    return Written(
        result_page(facts, form.language),
        f"{HTML}; charset=utf-8",
        {
            **_VARY,
            "Content-Language": form.language,
            "Content-Security-Policy": CONTENT_SECURITY_POLICY,
            "Referrer-Policy": "no-referrer",
        },
    )
