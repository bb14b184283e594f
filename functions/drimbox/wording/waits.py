"""The things that a publication waits for outside its workflow, in words."""

from __future__ import annotations

from typing import Final

from functions.drimbox.wording.text import Text

_IDENTITY: Final = Text(
    "En attente : le DMP refuse l'identité de la structure.",
    "Waiting: the DMP refuses the structure's identity.",
)
# By the kind of the thing (``publication.waiting.wait``).
_WAITS: Final[dict[str, Text]] = {
    "dmp": Text("En attente du DMP.", "Waiting for the DMP."),
    "pacs": Text("En attente du PACS.", "Waiting for the PACS."),
    "study": Text("En attente de l'examen dans le PACS.", "Waiting for the exam in the PACS."),
    "agent": Text(
        "En attente de l'agent du site, ou du PACS qu'il interroge.",
        "Waiting for the site's agent, or for the PACS that it asks.",
    ),
    "job": Text(
        "En attente de la réponse de l'agent du site.",
        "Waiting for the answer of the site's agent.",
    ),
    "turn": Text(
        "En attente d'une autre publication du même examen.",
        "Waiting for another publication of the same exam.",
    ),
    "series": Text("En attente des images à préparer.", "Waiting for the images to be prepared."),
    "dmp/study": Text(
        "En attente d'une réponse du DMP sur cet examen.",
        "Waiting for an answer of the DMP about this exam.",
    ),
    "pacs/study": Text(
        "En attente d'une réponse complète du PACS sur cet examen.",
        "Waiting for a whole answer of the PACS about this exam.",
    ),
}


def waiting_for(kind: str) -> Text:
    """The wait for a thing of that kind: any other one is the circuit of a structure."""
    return _WAITS.get(kind, _IDENTITY)
