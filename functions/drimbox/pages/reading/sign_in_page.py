"""The professionals' sign-in page, and the page of a refused request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.pages.kit.components import notice
from functions.drimbox.pages.kit.html import tag
from functions.drimbox.pages.reading import texts
from functions.drimbox.pages.reading.psc_button import psc_button
from functions.drimbox.wording.refusals import PAGES, PROBLEMS

if TYPE_CHECKING:
    from functions.drimbox.pages.kit.layout import Layout

# The colour of the sentence about a sign-out: ``left`` of the page's query.
_LEFT: Final = {"left": "good", "left_here": "wait"}


def sign_in_page(layout: Layout, *, page: str = "", left: str = "", artwork: str = "") -> bytes:
    """The page that leads to Pro Santé Connect: by a link, since a form may only go to this host.

    ``page`` is the page to come back to; ``left`` tells of a sign-out, as ``left`` or
    ``left_here``, and anything else tells of none. ``artwork`` is the address of the official
    button, "" for words alone.
    """
    return layout.document(
        layout.say(texts.SIGN_IN, "title"),
        notice(layout.say(texts.SIGN_IN, left), _LEFT[left]) if left in _LEFT else "",
        tag("p", layout.say(texts.SIGN_IN, "what")),
        tag("p", layout.say(texts.SIGN_IN, "whom")),
        _link(layout, page, artwork),
    )


def refusal_page(layout: Layout, status: int, code: str) -> bytes:
    """The page of a refused request; ``code`` is one of ours, never a caller's text.

    It leads back to the page that it is about, the layout's ``here``, or to the first one.
    """
    advice = PAGES[status]
    told = PROBLEMS.get(code)
    return layout.document(
        layout.text(advice),
        notice(layout.text(told or advice.todo), "bad", role="alert"),
        tag("p", layout.text((told or advice).todo)) if status in {400, 403, 409} else "",
        tag("p", layout.say(texts.SIGN_IN, "still_works")) if status == 503 else "",
        tag("p", layout.say(texts.SIGN_IN, "call_again")) if status == 404 else "",
        tag("p", tag("small", f"{layout.say(texts.SIGN_IN, 'code')} : ", tag("code", code))),
        _way_on(layout, status),
    )


def _way_on(layout: Layout, status: int) -> str:
    if status == 401 or (status == 403 and not layout.here):
        return _link(layout, layout.here.removeprefix("/"))
    words = layout.say(texts.SIGN_IN, "back_to_patient" if layout.here else "back")
    return tag("p", tag("a", words, href=layout.path(layout.here)))


def _link(layout: Layout, page: str = "", artwork: str = "") -> str:
    words = layout.say(texts.SIGN_IN, "sign_in")
    return tag("p", psc_button(words, layout.path("/sign-in", page=page), artwork))
