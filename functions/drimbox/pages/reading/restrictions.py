"""The restrictions of a document, by its confidentiality codes, beside its exam."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.dmp.documents import restricting
from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.pages.reading import restriction_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from functions.drimbox.identity.parties import Code
    from functions.drimbox.pages.kit.layout import Layout


def restrictions(layout: Layout, codes: Iterable[Code]) -> Iterator[Html]:
    """Each restriction of the document; a code that we do not know, or of a system that is not its
    own, is told as an unknown restriction with its code."""
    for one in restricting(codes):
        known = restriction_texts.HIDDEN_FROM.get((one.code, one.system))
        words = layout.text(known) if known else _unknown(layout, one)
        yield join(" ", tag("span", words, class_="state wait"))


def _unknown(layout: Layout, one: Code) -> str:
    named = f"{one.code} ({one.system})" if one.system else one.code
    return layout.text(restriction_texts.UNKNOWN_RESTRICTION) + (f" : {named}" if named else "")
