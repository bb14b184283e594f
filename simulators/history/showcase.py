"""The chosen exams of the demonstration's histories: those whose images are worth a look.

A nodule of the right lung grows over three exams of three sites (numbers 7, 6 and 1 of the first
history); the other exams show each other kind of image and document once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from simulators.history.acts import ACTS, Act, Series

_BY_CODE: Final = {act.ccam[0]: act for act in ACTS}
_SR: Final = Series("Mesures", 1, "measurements")
_PR: Final = Series("Annotations", 1, "presentation")
_PDF: Final = Series("Compte rendu dosimétrique", 1, "document")


def _act(code: str, findings: tuple[str, str], *series: Series) -> Act:
    return replace(_BY_CODE[code], findings=findings, series=series)


def _chest(slices: int, result: str, conclusion: str) -> Act:
    return _act(
        "ZBQH001",
        (result, conclusion),
        Series("Thorax injecté, coupes fines", slices, "ct_chest"),
        Series("Thorax 10 mm", 30, "ct_chest_thick"),
        _SR,
        _PR,
    )


_CHEST_NOW: Final = _chest(
    300,
    "Nodule du lobe supérieur droit mesuré à 14 mm, contre 9 mm en 2023 et 5 mm en 2021.",
    "Nodule suspect, en croissance : avis spécialisé.",
)
_CHEST_BEFORE: Final = _chest(
    90, "Nodule du lobe supérieur droit de 9 mm, contre 5 mm en 2021.", "Contrôle à un an proposé."
)
_CHEST_FIRST: Final = _chest(
    80, "Nodule du lobe supérieur droit de 5 mm.", "Contrôle à deux ans proposé."
)
_ABDOMEN: Final = _act(
    "ZCQH001",
    ("Kyste simple du rein gauche de 32 mm. Foie homogène.", "Pas d'anomalie évolutive."),
    Series("Temps portal", 80, "ct_abdomen"),
    Series("Temps artériel", 60, "ct_abdomen_arterial"),
    _PDF,
)
_ULTRASOUND: Final = _act(
    "ZCQM008",
    ("Kyste du rein gauche, sans cloison. Vésicule alithiasique.", "Échographie rassurante."),
    Series("Ciné rein gauche", 1, "us_cine"),
    Series("Abdomen", 6, "us"),
)
_MAMMOGRAPHY: Final = _act(
    "QEQK001",
    ("Densité de type B. Pas de foyer suspect.", "ACR 2 à droite, ACR 1 à gauche."),
    Series("CC droite", 1, "mg_rcc"),
    Series("CC gauche", 1, "mg_lcc"),
    Series("MLO droite", 1, "mg_rmlo"),
    Series("MLO gauche", 1, "mg_lmlo"),
)
_PET: Final = _act(
    "ZZQL016",
    ("Pas d'hyperfixation pathologique en dehors du nodule connu.", "Fixation modérée du nodule."),
    Series("TEP corrigée", 90, "pt"),
    Series("Scanner de repérage", 90, "ct_low_dose"),
)
_ANGIOGRAPHY: Final = _act(
    "DDQH006",
    ("Réseau coronaire sans sténose significative.", "Coronarographie rassurante."),
    Series("Coronaire gauche", 2, "xa"),
    Series("Coronaire droite", 1, "xa"),
)

# Preset -> number of the exam -> its act.
SHOWCASE: Final[Mapping[str, Mapping[int, Act]]] = {
    "demo": {
        1: _CHEST_NOW,
        2: _ABDOMEN,
        3: _ULTRASOUND,
        4: _MAMMOGRAPHY,
        5: _BY_CODE["NBQK001"],
        6: _CHEST_BEFORE,
        7: _CHEST_FIRST,
        8: _BY_CODE["LHQN001"],
        9: _PET,
        10: _BY_CODE["ZCQM008"],
        11: _BY_CODE["ACQN001"],
    },
    "long": {14: _ULTRASOUND, 16: _MAMMOGRAPHY, 20: _PET, 26: _ANGIOGRAPHY, 28: _MAMMOGRAPHY},
}
