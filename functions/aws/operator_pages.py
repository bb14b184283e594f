"""The operators' pages over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from functions.aws.pages import Pages
from functions.drimbox.pages.operations.area import OPERATIONS
from functions.drimbox.pages.operations.sign_in_page import refusal_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.aws import requests
    from functions.aws.operators import Visit
    from functions.drimbox.pages.kit.layout import Layout

PAGES: Final = Pages(OPERATIONS, refusal_page)


def layout(
    event: requests.Event,
    visit: Visit[Any],
    *,
    here: str = "",
    query: Mapping[str, str] | None = None,
) -> Layout:
    """The layout of the page at ``here`` for the operator of ``visit``."""
    return PAGES.layout(
        event,
        site_name=visit.stores.tenant.name,
        visitor=visit.operator.name,
        here=here,
        query=query,
        zone=visit.stores.tenant.time_zone,
    )
