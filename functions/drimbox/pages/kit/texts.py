"""The labels of the layout that every page has."""

from __future__ import annotations

from typing import Final

from functions.drimbox.wording.text import Text

LAYOUT: Final[dict[str, Text]] = {
    "copy": Text("Copier", "Copy"),
    "copied": Text("Copié", "Copied"),
    "skip": Text("Aller au contenu", "Skip to the content"),
    "pages": Text("Pages", "Pages"),
    "language": Text("Langue", "Language"),
    "sign_out": Text("Se déconnecter", "Sign out"),
    "zone": Text("Heures du site : {zone}", "Times of the site: {zone}"),
    "signed_in": Text("Session ouverte", "Signed in"),
}
# How long ago.
AGO: Final = Text("il y a {age}", "{age} ago")
