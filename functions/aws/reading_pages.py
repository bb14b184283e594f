"""The professionals' pages over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from functions.aws import requests
from functions.aws.pages import Cookie, Pages
from functions.drimbox.pages.reading.area import READING
from functions.drimbox.pages.reading.home_page import visitor
from functions.drimbox.pages.reading.sign_in_page import refusal_page
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.aws.readers import Reader
    from functions.drimbox.consultation.situations import Situation
    from functions.drimbox.pages.kit.layout import Layout

PAGES: Final = Pages(READING, refusal_page)
_TRAITS: Final = "__Host-traits"
_TEN: Final = "ten"
_YEAR: Final = 365 * 86400


@frozen
class Traits:
    """The professional's setting: all ten traits of a patient, or five. ``cookies`` keep it."""

    all: bool
    cookies: tuple[Cookie, ...] = ()


def traits(event: requests.Event) -> Traits:
    """The setting that the page's link asks for, or the one that was made before."""
    wish = requests.query(event, "traits")
    if wish == _TEN:
        return Traits(True, (Cookie(_TRAITS, _TEN, _YEAR),))
    if wish is not None:
        return Traits(False, (Cookie(_TRAITS),))
    return Traits(requests.cookie(event, _TRAITS) == _TEN)


def layout(
    event: requests.Event,
    reader: Reader[Any],
    situation: Situation | None,
    *,
    here: str = "",
    query: Mapping[str, str] | None = None,
) -> Layout:
    """The layout of the page at ``here`` for the professional who reads in that situation."""
    return PAGES.layout(
        event,
        site_name=reader.stores.tenant.name,
        visitor=visitor(reader.professional, situation),
        here=here,
        query=query,
    )
