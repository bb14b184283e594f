"""The sign-in page of the operators, and the pages of a refused person and a refused request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.pages.kit import components
from functions.drimbox.pages.kit.html import tag
from functions.drimbox.pages.operations import texts
from functions.drimbox.wording.refusals import PAGES

if TYPE_CHECKING:
    from functions.drimbox.pages.kit.layout import Layout


def sign_in_page(layout: Layout, *, signed_out: bool = False, wanted: str = "") -> bytes:
    """The page that sends to the provider: by a link, since a form may only go to this host.

    The sign-in leads back to the page ``wanted``, below the area. After a sign-out the provider
    asks again who it is: its own session goes on.
    """
    return layout.document(
        layout.say(texts.SIGN_IN, "title"),
        tag("p", layout.say(texts.SIGN_IN, "signed_out"), class_="notice good", role="status")
        if signed_out
        else "",
        tag("p", layout.say(texts.SIGN_IN, "what")),
        tag("p", layout.say(texts.SIGN_IN, "whom")),
        tag("p", layout.say(texts.SIGN_IN, "how")),
        _link(layout, "sign_in", page=wanted, again="1" if signed_out else ""),
    )


def refusal_page(layout: Layout, status: int, code: str) -> bytes:
    """The page of a refused request; ``code`` is one of ours, never a caller's text."""
    advice = PAGES[status]
    return layout.document(
        layout.text(advice),
        tag("p", layout.text(advice.todo), class_="notice bad", role="alert"),
        tag("p", tag("small", f"{layout.say(texts.SIGN_IN, 'code')} : ", tag("code", code))),
        _way_on(layout, status),
    )


def stranger_page(layout: Layout, *, account: str, subject: str, wanted: str = "") -> bytes:
    """The page of a person whom the provider knows and the tenant's file does not name.

    It tells as whom the person is signed in: the ``account``'s own name, "" for none, and the
    ``subject``, which a declaration needs. Another account leads to the page ``wanted``; the
    provider asks who it is, so that nobody comes back here by itself.
    """

    def say(name: str) -> str:
        return layout.say(texts.SIGN_IN, name)

    return layout.document(
        layout.text(PAGES[403]),
        tag("p", say("stranger"), class_="notice bad", role="alert"),
        components.facts([(say("account"), account), (say("subject"), tag("code", subject))]),
        tag("p", say("stranger_todo")),
        tag("p", tag("small", f"{say('code')} : ", tag("code", "not_an_operator"))),
        _link(layout, "other_account", page=wanted, again="1"),
    )


def _way_on(layout: Layout, status: int) -> str:
    """To the sign-in, or back."""
    if status == 401:
        return _link(layout, "sign_in")
    return tag("p", tag("a", layout.say(texts.SIGN_IN, "back"), href=layout.path()))


def _link(layout: Layout, label: str, **query: str) -> str:
    words, href = layout.say(texts.SIGN_IN, label), layout.path("/sign-in", **query)
    return tag("p", tag("a", words, href=href, class_="button main"))
