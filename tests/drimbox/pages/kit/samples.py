"""An area that no site has: a library's."""

from __future__ import annotations

from typing import Final

from functions.drimbox.pages.kit.area import Area
from functions.drimbox.wording.text import Text

LIBRARY: Final = Area(
    path="books",
    product=Text("Bibliothèque", "Library"),
    navigation={"": Text("Livres", "Books"), "/loans": Text("Prêts", "Loans")},
    session_cookie="__Host-reader",
    sign_in_cookie="__Host-reader-sign-in",
)
