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
    "webhook": Text(
        "L'adresse du site qui reçoit l'état des messages ne répond plus : les publications "
        "continuent, mais le RIS ne les voit pas. Vérifier cette adresse et son certificat.",
        "The site's address for the states of its messages does not answer: the publications go "
        "on, but the RIS does not see them. Check this address and its certificate.",
    ),
    "agent/": Text(
        "Un agent du site se tait depuis plus de 30 minutes. Vérifier sa machine et son accès à "
        "Internet (`drimbox-agent check`).",
        "An agent of the site has been silent for more than 30 minutes. Check its machine and its "
        "way to the Internet (`drimbox-agent check`).",
    ),
}
IS_BACK: Final[dict[str, Text]] = {
    "dmp": Text("Le DMP répond de nouveau.", "The DMP answers again."),
    "pacs": Text("Le PACS du site répond de nouveau.", "The site's PACS answers again."),
    "dmp/": Text(
        "Le DMP accepte de nouveau l'identité de la structure, ou elle a quitté le site.",
        "The DMP takes the structure's identity again, or the structure has left the site.",
    ),
    "webhook": Text(
        "L'adresse du site qui reçoit l'état des messages répond de nouveau, ou le site n'en a "
        "plus.",
        "The site's address for the states of its messages answers again, or the site has none any "
        "more.",
    ),
    "agent/": Text(
        "L'agent du site est de retour, ou il est retiré.",
        "The site's agent is back, or it is removed.",
    ),
}
