"""The kinds of exam of a history: codes, typical series, and sentences of its reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

Code = tuple[str, str]
"""A code and its label."""

CT_IMAGE: Final = "1.2.840.10008.5.1.4.1.1.2"
MR_IMAGE: Final = "1.2.840.10008.5.1.4.1.1.4"
DX_IMAGE: Final = "1.2.840.10008.5.1.4.1.1.1.1"
MG_IMAGE: Final = "1.2.840.10008.5.1.4.1.1.1.2"
US_IMAGE: Final = "1.2.840.10008.5.1.4.1.1.6.1"
NM_IMAGE: Final = "1.2.840.10008.5.1.4.1.1.20"
XA_IMAGE: Final = "1.2.840.10008.5.1.4.1.1.12.1"
PT_IMAGE: Final = "1.2.840.10008.5.1.4.1.1.128"

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


@dataclass(frozen=True, slots=True)
class Act:
    """``ccam`` is the act's code, ``modalities`` and ``regions`` in the order of the entry.

    ``series`` are descriptions with the number of their images; ``weight`` is how often it comes.
    """

    ccam: Code
    modalities: tuple[Code, ...]
    regions: tuple[Code, ...]
    image: str
    series: tuple[tuple[str, int], ...]
    findings: tuple[str, str]
    weight: int


ACTS: Final = (
    Act(
        ("ZBQK002", "Radiographie du thorax"),
        (DX,),
        (CHEST,),
        DX_IMAGE,
        (("Thorax face", 1), ("Thorax profil", 1)),
        ("Index cardiothoracique normal, pas de foyer.", "Examen sans particularité."),
        9,
    ),
    Act(
        ("ZBQH001", "Scanographie du thorax, avec injection"),
        (CT,),
        (CHEST,),
        CT_IMAGE,
        (("Repérage", 2), ("Thorax injecté 1 mm", 14), ("Thorax 5 mm", 6)),
        ("Micronodule de 4 mm du lobe moyen.", "Contrôle à un an proposé."),
        7,
    ),
    Act(
        ("ACQH003", "Scanographie du crâne, sans et avec injection"),
        (CT,),
        (HEAD,),
        CT_IMAGE,
        (("Repérage", 1), ("Crâne 0,6 mm", 12)),
        ("Pas de collection, lignes médianes en place.", "Pas de lésion visible."),
        4,
    ),
    Act(
        ("ZCQH001", "Scanographie de l'abdomen et du pelvis, avec injection"),
        (CT,),
        (ABDOMEN,),
        CT_IMAGE,
        (("Temps artériel", 10), ("Temps portal", 10)),
        ("Kyste simple du rein gauche de 18 mm.", "Pas d'anomalie évolutive."),
        5,
    ),
    Act(
        ("NZQN001", "Remnographie [IRM] de segment du membre inférieur, sans injection"),
        (MR,),
        (LEG,),
        MR_IMAGE,
        (("DP FS sagittal", 8), ("T1 coronal", 8), ("DP FS axial", 8)),
        ("Fissure de la corne postérieure du ménisque médial.", "Lésion méniscale stable."),
        5,
    ),
    Act(
        ("ACQN001", "Remnographie [IRM] du crâne et de son contenu, avec injection"),
        (MR,),
        (HEAD,),
        MR_IMAGE,
        (("T1 3D", 12), ("FLAIR axial", 8), ("Diffusion", 8), ("T1 3D gadolinium", 12)),
        ("Quelques hypersignaux aspécifiques de la substance blanche.", "Aspect inchangé."),
        4,
    ),
    Act(
        ("LHQN001", "Remnographie [IRM] d'un ou deux segments de la colonne vertébrale"),
        (MR,),
        (SPINE,),
        MR_IMAGE,
        (("T2 sagittal", 8), ("T1 sagittal", 8), ("T2 axial L4-S1", 8)),
        ("Protrusion discale L4-L5 sans conflit.", "Discopathie dégénérative modérée."),
        3,
    ),
    Act(
        ("QEQK001", "Mammographie bilatérale"),
        (MG,),
        (BREAST,),
        MG_IMAGE,
        (("CC droite", 1), ("CC gauche", 1), ("MLO droite", 1), ("MLO gauche", 1)),
        ("Densité de type B, pas de foyer suspect.", "ACR 2 à droite, ACR 1 à gauche."),
        4,
    ),
    Act(
        ("ZCQM008", "Échographie transcutanée de l'abdomen"),
        (US,),
        (ABDOMEN,),
        US_IMAGE,
        (("Abdomen", 9),),
        ("Foie de taille normale, vésicule alithiasique.", "Échographie normale."),
        6,
    ),
    Act(
        ("NBQK001", "Radiographie du fémur"),
        (DX,),
        (LEG,),
        DX_IMAGE,
        (("Fémur face", 1), ("Fémur profil", 1)),
        ("Pas de trait de fracture.", "Pas de lésion osseuse."),
        5,
    ),
    Act(
        ("MDQK001", "Radiographie de la main ou de doigts"),
        (DX,),
        (ARM,),
        DX_IMAGE,
        (("Main face", 1), ("Main oblique", 1)),
        ("Rhizarthrose débutante.", "Arthrose modérée du pouce."),
        4,
    ),
    Act(
        ("DDQH006", "Artériographie coronaire"),
        (XA,),
        (HEART,),
        XA_IMAGE,
        (("Coronaire gauche", 3), ("Coronaire droite", 2)),
        ("Réseau coronaire sans sténose significative.", "Coronarographie rassurante."),
        1,
    ),
    Act(
        ("KCQL003", "Scintigraphie de la glande thyroïde"),
        (NM,),
        (HEAD,),
        NM_IMAGE,
        (("Thyroïde statique", 2),),
        ("Fixation homogène des deux lobes.", "Scintigraphie normale."),
        1,
    ),
    Act(
        ("ZZQL016", "Tomoscintigraphie du corps entier par émission de positons"),
        (PT, CT),
        (BODY,),
        PT_IMAGE,
        (("TEP corrigée", 14), ("Scanner de repérage", 14)),
        ("Pas d'hyperfixation pathologique.", "Examen négatif."),
        2,
    ),
)
