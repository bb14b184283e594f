"""The restrictions of a document, by its confidentiality codes, beside its exam."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.dmp.documents import Restriction, restricting, restriction_of
from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.pages.reading.restriction_texts import RESTRICTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from functions.drimbox.identity.parties import Code
    from functions.drimbox.pages.kit.layout import Layout


def restrictions(layout: Layout, codes: Iterable[Code]) -> Iterator[Html]:
    """Each restriction of the document; a code that we do not know, or of a system that is not its
    own, is told as an unknown restriction with its code."""
    for one in restricting(codes):
        restriction = restriction_of(one) or Restriction.UNKNOWN
        words = layout.text(RESTRICTIONS[restriction])
        named = f" : {_named(one)}" if restriction is Restriction.UNKNOWN and one.code else ""
        yield join(" ", tag("span", f"{words}{named}", class_="state wait"))


def _named(one: Code) -> str:
    return f"{one.code} ({one.system})" if one.system else one.code
