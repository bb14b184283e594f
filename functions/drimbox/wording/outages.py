"""The alerts about a service that stays away, in words."""

from __future__ import annotations

from typing import Final

from functions.drimbox.wording.text import Text

# By the service, as ``operations.outages.Needed`` names it.
STAYS_AWAY: Final[dict[str, Text]] = {
    "dmp": Text(
        "Le DMP ne répond plus : les publications attendent et repartiront seules.",
        "The DMP does not answer: the publications wait, and go on by themselves.",
    ),
    "pacs": Text(
        "Le PACS du site ne répond plus : les publications attendent et repartiront seules. "
        "Vérifier le PACS et son accès.",
        "The site's PACS does not answer: the publications wait, and go on by themselves. Check "
        "the PACS and the way to it.",
    ),
    "dmp/": Text(
        "Le DMP refuse l'identité d'une structure : ses publications attendent. Vérifier ses "
        "certificats et son habilitation.",
        "The DMP refuses a structure's identity: its publications wait. Check its certificates "
        "and its registration.",
    ),
}
IS_BACK: Final[dict[str, Text]] = {
    "dmp": Text("Le DMP répond de nouveau.", "The DMP answers again."),
    "pacs": Text("Le PACS du site répond de nouveau.", "The site's PACS answers again."),
    "dmp/": Text(
        "Le DMP accepte de nouveau l'identité de la structure, ou elle a quitté le site.",
        "The DMP takes the structure's identity again, or the structure has left the site.",
    ),
}
