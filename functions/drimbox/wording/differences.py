"""The differences that a reconciliation finds, and the reasons that leave one to a human."""

from __future__ import annotations

from typing import Final

from functions.drimbox.wording.text import Text

# By ``reconciliation.differences.DifferenceCause``.
DIFFERENCES: Final[dict[str, Text]] = {
    "unknown_to_dmp": Text(
        "Le DMP ne connaît pas le manifeste que nous avions publié.",
        "The DMP does not know the manifest that we published.",
    ),
    "not_active": Text(
        "Le manifeste publié n'est plus actif dans le DMP.",
        "The published manifest is no longer active in the DMP.",
    ),
    "other_content": Text(
        "Le DMP tient un autre contenu sous l'identifiant du manifeste.",
        "The DMP holds other content under the manifest's identifier.",
    ),
    "of_a_held_change": Text(
        "Le DMP tient le manifeste d'une publication mise en attente : la rejouer.",
        "The DMP holds the manifest of a held publication: replay it.",
    ),
    "of_no_record": Text(
        "Le DMP tient un manifeste de cet examen qu'aucun dossier ne connaît.",
        "The DMP holds a manifest of this study that no record knows.",
    ),
    "study_gone": Text(
        "L'examen publié n'est plus dans le PACS.",
        "The published study is no longer in the PACS.",
    ),
    "objects_gone": Text(
        "Le manifeste cite des images qui ne sont plus dans le PACS.",
        "The manifest names images that are no longer in the PACS.",
    ),
    "objects_added": Text(
        "Le PACS contient des images que le manifeste ne cite pas.",
        "The PACS holds images that the manifest does not name.",
    ),
}

# By ``reconciliation.planning.NotRepairedBecause``.
NOT_REPAIRED: Final[dict[str, Text]] = {
    "not_safe": Text(
        "Aucune réparation automatique n'est sûre : un humain doit décider.",
        "No automatic repair is safe: a human must decide.",
    ),
    "not_in_policy": Text(
        "Le fichier du site ne demande pas cette réparation.",
        "The tenant's file does not ask for this repair.",
    ),
    "too_many": Text(
        "Trop d'examens ont cette différence : une cause commune est probable.",
        "Too many studies have this difference: one common cause is likely.",
    ),
    "tried_before": Text(
        "Un passage précédent a déjà tenté cette réparation.",
        "A former run has already tried this repair.",
    ),
    "change_held": Text(
        "Une publication retenue de cet examen attend une décision.",
        "A held publication of this study waits for a decision.",
    ),
    "manifest_first": Text(
        "Le manifeste manquant passe d'abord.",
        "The missing manifest comes first.",
    ),
}
