"""An area: the pages of one kind of user, with their address, cookies and navigation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.pages.kit.stylesheet import SHEET
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.drimbox.wording.text import Text


@frozen
class Area:
    """``path`` is below the tenant, ``product`` the name in a page's title.

    ``navigation`` gives each page's path below the area, and its name. The cookies are named by
    their beginning: each tenant has its own (RFC 6265bis 4.1.3.2 on ``__Host-``). ``sheet`` is one
    of those that the policy of pages names.
    """

    path: str
    product: Text
    navigation: Mapping[str, Text]
    session_cookie: str
    sign_in_cookie: str
    sheet: str = SHEET

    def base(self, tenant: str) -> str:
        """The path of the area's first page for a tenant."""
        return f"/v1/tenants/{tenant}/{self.path}"

    def session_cookie_name(self, tenant: str) -> str:
        """The name of the cookie of a session."""
        return f"{self.session_cookie}-{tenant}"

    def sign_in_cookie_name(self, tenant: str) -> str:
        """The name of the cookie of a sign-in that is in progress."""
        return f"{self.sign_in_cookie}-{tenant}"
