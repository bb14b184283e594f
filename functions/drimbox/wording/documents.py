"""The documents of the DMP in words: their states, and the reasons why one is not shown."""

from __future__ import annotations

from typing import Final

from functions.drimbox.wording.text import Advice, Text

# By ``dmp.documents.State``; a document in force needs no words.
STATES: Final[dict[str, Text]] = {
    "archived": Text(
        "Document archivé : il a été mis de côté dans le DMP.",
        "Archived document: it was put aside in the DMP.",
    ),
    "replaced": Text(
        "Ancienne version : un autre document l'a remplacée.",
        "Former version: another document has replaced it.",
    ),
}
_ASK_AUTHOR: Final = Text(
    "Les autres documents de la liste restent lisibles. Demander ce compte rendu à l'établissement "
    "qui l'a produit.",
    "The other documents of the list can still be read. Ask the establishment that made this "
    "report for it.",
)
_OPEN_AGAIN: Final = Text(
    "Les autres documents de la liste restent lisibles. Actualiser la liste, puis rouvrir le "
    "compte rendu ; si cela se répète, le demander à l'établissement qui l'a produit.",
    "The other documents of the list can still be read. Refresh the list, then open the report "
    "again; if this happens again, ask the establishment that made it.",
)
_REFRESH: Final = Text(
    "Les autres documents de la liste restent lisibles. Actualiser la liste.",
    "The other documents of the list can still be read. Refresh the list.",
)
# By the codes of ``errors.DocumentUnusable``.
NOT_SHOWN: Final[dict[str, Advice]] = {
    "document_gone": Advice(
        "Le DMP ne donne plus ce document : depuis l'affichage de la liste, il a été retiré, ou il "
        "vous est devenu invisible. Rien n'en est montré.",
        "The DMP does not give this document any more: since the list was shown, somebody withdrew "
        "it, or hid it from you. Nothing of it is shown.",
        todo=_REFRESH,
    ),
    "document_altered": Advice(
        "Le document reçu n'est pas celui que le DMP annonce : sa taille ou son empreinte diffère. "
        "Rien n'en est montré.",
        "The document that came is not the one that the DMP announces: its size or its digest "
        "differs. Nothing of it is shown.",
        todo=_OPEN_AGAIN,
    ),
    "document_unprovable": Advice(
        "Le DMP ne donne pas de quoi vérifier ce document, ou le document est trop volumineux pour "
        "être montré ici.",
        "The DMP does not give the means to verify this document, or the document is too large to "
        "be shown here.",
        todo=_ASK_AUTHOR,
    ),
    "document_unreadable": Advice(
        "Le document a une forme que cette page ne sait pas montrer, ou il est mal formé.",
        "The document has a form that this page cannot show, or it is ill-formed.",
        todo=_ASK_AUTHOR,
    ),
    "document_too_large": Advice(
        "Le compte rendu est trop volumineux pour être montré ici.",
        "The report is too large to be shown here.",
        todo=_ASK_AUTHOR,
    ),
}
