"""The kinds of exam of a history: codes, typical series, and sentences of its reports.

A series is of a kind of :mod:`simulators.history.kinds`, by which its images can be made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

Code = tuple[str, str]
"""A code and its label."""


CHEST: Final = ("51185008", "structure du thorax")
HEAD: Final = ("774007", "structure de la tête et/ou du cou")
ABDOMEN: Final = ("818983003", "abdomen")
LEG: Final = ("61685007", "membre inférieur")
ARM: Final = ("53120007", "membre supérieur")
BREAST: Final = ("76752008", "structure du sein")
SPINE: Final = ("421060004", "structure du rachis")
HEART: Final = ("113257007", "appareil cardiovasculaire")
BODY: Final = ("38266002", "corps entier")

CT: Final = ("CT", "Tomodensitométrie")
MR: Final = ("MR", "Résonance magnétique")
DX: Final = ("DX", "Radiographie numérique")
MG: Final = ("MG", "Mammographie")
US: Final = ("US", "Échographie")
NM: Final = ("NM", "Médecine nucléaire")
XA: Final = ("XA", "Angiographie par rayons X")
PT: Final = ("PT", "Tomographie par émission de positons")


class Series(NamedTuple):
    """A series of so many objects of one kind."""

    description: str
    images: int
    kind: str


@dataclass(frozen=True, slots=True)
class Act:
    """``ccam`` is the act's code, ``modalities`` and ``regions`` in the order of the entry.

    ``weight`` is how often it comes.
    """

    ccam: Code
    modalities: tuple[Code, ...]
    regions: tuple[Code, ...]
    series: tuple[Series, ...]
    findings: tuple[str, str]
    weight: int


ACTS: Final = (
    Act(
        ("ZBQK002", "Radiographie du thorax"),
        (DX,),
        (CHEST,),
        (Series("Thorax face", 1, "dx_chest"), Series("Thorax profil", 1, "dx_chest_lateral")),
        ("Index cardiothoracique normal, pas de foyer.", "Examen sans particularité."),
        9,
    ),
    Act(
        ("ZBQH001", "Scanographie du thorax, avec injection"),
        (CT,),
        (CHEST,),
        (
            Series("Repérage", 2, "ct_scout"),
            Series("Thorax injecté 1 mm", 14, "ct_chest"),
            Series("Thorax 5 mm", 6, "ct_chest"),
        ),
        ("Micronodule de 4 mm du lobe moyen.", "Contrôle à un an proposé."),
        7,
    ),
    Act(
        ("ACQH003", "Scanographie du crâne, sans et avec injection"),
        (CT,),
        (HEAD,),
        (Series("Repérage", 1, "ct_scout_head"), Series("Crâne 0,6 mm", 12, "ct_head")),
        ("Pas de collection, lignes médianes en place.", "Pas de lésion visible."),
        4,
    ),
    Act(
        ("ZCQH001", "Scanographie de l'abdomen et du pelvis, avec injection"),
        (CT,),
        (ABDOMEN,),
        (
            Series("Temps artériel", 10, "ct_abdomen_arterial"),
            Series("Temps portal", 10, "ct_abdomen"),
        ),
        ("Kyste simple du rein gauche de 18 mm.", "Pas d'anomalie évolutive."),
        5,
    ),
    Act(
        ("NZQN001", "Remnographie [IRM] de segment du membre inférieur, sans injection"),
        (MR,),
        (LEG,),
        (
            Series("DP FS sagittal", 8, "mr_knee_sagittal"),
            Series("T1 coronal", 8, "mr_knee_coronal"),
            Series("DP FS axial", 8, "mr_knee"),
        ),
        ("Fissure de la corne postérieure du ménisque médial.", "Lésion méniscale stable."),
        5,
    ),
    Act(
        ("ACQN001", "Remnographie [IRM] du crâne et de son contenu, avec injection"),
        (MR,),
        (HEAD,),
        (
            Series("T1 3D", 12, "mr_head_t1"),
            Series("FLAIR axial", 8, "mr_head_flair"),
            Series("Diffusion", 8, "mr_head_diffusion"),
            Series("T1 3D gadolinium", 12, "mr_head_t1"),
        ),
        ("Quelques hypersignaux aspécifiques de la substance blanche.", "Aspect inchangé."),
        4,
    ),
    Act(
        ("LHQN001", "Remnographie [IRM] d'un ou deux segments de la colonne vertébrale"),
        (MR,),
        (SPINE,),
        (
            Series("T2 sagittal", 8, "mr_spine_t2"),
            Series("T1 sagittal", 8, "mr_spine_t1"),
            Series("T2 axial L4-S1", 8, "mr_spine_axial"),
        ),
        ("Protrusion discale L4-L5 sans conflit.", "Discopathie dégénérative modérée."),
        3,
    ),
    Act(
        ("QEQK001", "Mammographie bilatérale"),
        (MG,),
        (BREAST,),
        (
            Series("CC droite", 1, "mg_rcc"),
            Series("CC gauche", 1, "mg_lcc"),
            Series("MLO droite", 1, "mg_rmlo"),
            Series("MLO gauche", 1, "mg_lmlo"),
        ),
        ("Densité de type B, pas de foyer suspect.", "ACR 2 à droite, ACR 1 à gauche."),
        4,
    ),
    Act(
        ("ZCQM008", "Échographie transcutanée de l'abdomen"),
        (US,),
        (ABDOMEN,),
        (Series("Abdomen", 9, "us"),),
        ("Foie de taille normale, vésicule alithiasique.", "Échographie normale."),
        6,
    ),
    Act(
        ("NBQK001", "Radiographie du fémur"),
        (DX,),
        (LEG,),
        (Series("Fémur face", 1, "dx_femur"), Series("Fémur profil", 1, "dx_femur_lateral")),
        ("Pas de trait de fracture.", "Pas de lésion osseuse."),
        5,
    ),
    Act(
        ("MDQK001", "Radiographie de la main ou de doigts"),
        (DX,),
        (ARM,),
        (Series("Main face", 1, "dx_hand"), Series("Main oblique", 1, "dx_hand")),
        ("Rhizarthrose débutante.", "Arthrose modérée du pouce."),
        4,
    ),
    Act(
        ("DDQH006", "Artériographie coronaire"),
        (XA,),
        (HEART,),
        (Series("Coronaire gauche", 3, "xa"), Series("Coronaire droite", 2, "xa")),
        ("Réseau coronaire sans sténose significative.", "Coronarographie rassurante."),
        1,
    ),
    Act(
        ("KCQL003", "Scintigraphie de la glande thyroïde"),
        (NM,),
        (HEAD,),
        (Series("Thyroïde statique", 2, "nm"),),
        ("Fixation homogène des deux lobes.", "Scintigraphie normale."),
        1,
    ),
    Act(
        ("ZZQL016", "Tomoscintigraphie du corps entier par émission de positons"),
        (PT, CT),
        (BODY,),
        (Series("TEP corrigée", 14, "pt"), Series("Scanner de repérage", 14, "ct_low_dose")),
        ("Pas d'hyperfixation pathologique.", "Examen négatif."),
        2,
    ),
)
