"""An area: its addresses and the names of its cookies, each tenant's own."""

from __future__ import annotations

from tests.drimbox.pages.kit.samples import LIBRARY


def test_the_names_of_an_area_s_cookies_hold_the_tenant() -> None:
    assert LIBRARY.session_cookie_name("north") == "__Host-reader-north"
    assert LIBRARY.sign_in_cookie_name("north") == "__Host-reader-sign-in-north"
