"""The sign-in page of the operators, and the page of a refused request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.pages.kit.html import tag
from functions.drimbox.pages.operations import texts
from functions.drimbox.wording.refusals import PAGES

if TYPE_CHECKING:
    from functions.drimbox.pages.kit.layout import Layout


def sign_in_page(layout: Layout, *, signed_out: bool = False) -> bytes:
    """The page that sends to the provider: by a link, since a form may only go to this host."""
    return layout.document(
        layout.say(texts.SIGN_IN, "title"),
        tag("p", layout.say(texts.SIGN_IN, "signed_out"), class_="notice good", role="status")
        if signed_out
        else "",
        tag("p", layout.say(texts.SIGN_IN, "what")),
        tag("p", layout.say(texts.SIGN_IN, "whom")),
        tag("p", layout.say(texts.SIGN_IN, "how")),
        _link(layout),
    )


def refusal_page(layout: Layout, status: int, code: str) -> bytes:
    """The page of a refused request; ``code`` is one of ours, never a caller's text."""
    advice = PAGES[status]
    return layout.document(
        layout.text(advice),
        tag("p", layout.text(advice.todo), class_="notice bad", role="alert"),
        tag("p", tag("small", f"{layout.say(texts.SIGN_IN, 'code')} : ", tag("code", code))),
        _link(layout)
        if status == 401
        else tag("p", tag("a", layout.say(texts.SIGN_IN, "back"), href=layout.path())),
    )


def _link(layout: Layout) -> str:
    words = layout.say(texts.SIGN_IN, "sign_in")
    return tag("p", tag("a", words, href=layout.path("/sign-in"), class_="button main"))
