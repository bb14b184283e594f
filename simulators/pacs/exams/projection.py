"""Projections (PS3.3 A.26 DX, A.27 MG): rays summed through a body, for presentation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, JPEGLSLossless

from simulators.pacs.exams.making import Making, code, compressed, grey, put
from simulators.pacs.exams.shapes import Field, soft_noise
from simulators.pacs.exams.solids import Cut, Point, Solid, looked_through

_FRONT: Final = ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0), 1)
_SIDE: Final = ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0), 0)
Weighted = tuple[Solid, float]


@dataclass(frozen=True, slots=True)
class _View:
    """``solids`` with their attenuation; ``height`` and ``width`` of the detector in mm;
    ``orientation`` of a row and of a column.
    """

    solids: tuple[Weighted, ...]
    direction: tuple[Point, Point, int]
    size: tuple[float, float]
    part: str
    region: tuple[str, str]
    orientation: tuple[str, str]
    view: str
    laterality: str = "U"
    inverted: bool = False


def chest() -> tuple[Weighted, ...]:
    """A chest, for rays from the front or from the side."""
    ribs = [
        (Solid("rib", (side * 78, depth, 120 - 26 * number), (72, 8, 4), tilt=-side * 2.2), 0.9)
        for number in range(10)
        for side, depth in ((-1, 70), (1, 70), (-1, -60), (1, -60))
    ]
    levels = [(Solid("vertebra", (0, 60, 150 - 28 * n), (19, 18, 12)), 0.7) for n in range(12)]
    return (
        (Solid("body", (0, 0, 0), (190, 118, 330)), 0.22),
        (Solid("lung", (-78, 0, 20), (64, 88, 140)), -0.17),
        (Solid("lung", (80, 0, 20), (60, 86, 138)), -0.17),
        (Solid("heart", (26, -20, -50), (62, 52, 60)), 0.17),
        (Solid("aorta", (24, 30, 65), (18, 18, 24)), 0.2),
        (Solid("liver", (-70, 0, -165), (90, 84, 80)), 0.12),
        (Solid("nodule", (-72, -12, 62), (6, 6, 6)), 0.5),
        (Solid("trachea", (0, 18, 110), (8, 8, 55)), -0.2),
        *ribs,
        *levels,
        (Solid("clavicle", (-70, -80, 150), (70, 7, 7)), 0.8),
        (Solid("clavicle", (70, -80, 150), (70, 7, 7)), 0.8),
    )


def _femur() -> tuple[Weighted, ...]:
    return (
        (Solid("thigh", (0, 0, 0), (80, 80, 520)), 0.22),
        (Solid("shaft", (0, 0, -10), (15, 15, 250)), 0.9),
        (Solid("canal", (0, 0, -10), (8, 8, 220)), -0.7),
        (Solid("condyle", (-18, 0, -190), (22, 26, 22)), 0.6),
        (Solid("condyle", (18, 0, -190), (22, 26, 22)), 0.6),
        (Solid("trochanter", (14, 0, 165), (20, 16, 24)), 0.6),
        (Solid("neck", (-18, 0, 180), (34, 13, 13), tilt=-0.9), 0.5),
        (Solid("head", (-42, 0, 200), (24, 24, 24)), 0.6),
    )


def _hand() -> tuple[Weighted, ...]:
    found: list[Weighted] = [(Solid("palm", (0, 0, -20), (44, 14, 56)), 0.25)]
    for finger, (x, reach) in enumerate(((-58, 40), (-30, 78), (-9, 88), (13, 82), (34, 64))):
        lean = x / 220
        for bone, share in enumerate((0.1, 0.52, 0.8, 0.98)):
            middle = (x * (0.75 + 0.3 * share), 0.0, -45 + reach * 1.25 * share)
            size = (6.5 - bone, 6.0 - bone, (26, 18, 11, 8)[bone] * reach / 80)
            if not (finger == 0 and bone == 3):
                found.append((Solid("flesh", middle, (11, 9, size[2] * 1.35), lean), 0.22))
                found.append((Solid("bone", middle, size, lean), 1.5))
    found += [
        (Solid("carpal", (-22 + 15 * n, 0, -72 - 12 * row), (8, 7, 7)), 1.0)
        for row in range(2)
        for n in range(4)
    ]
    found += [(Solid("radius", (x, 0, -150), (r, 9, 62)), 1.3) for x, r in ((-14, 12), (18, 8))]
    return (*found, (Solid("arm", (0, 0, -150), (38, 24, 90)), 0.22))


_THORAX: Final = ("51185008", "Chest")
_THIGH: Final = ("71341001", "Femur")
_VIEWS: Final[Mapping[str, _View]] = {
    "dx_chest": _View(
        *(chest(), _FRONT, (400, 400), "CHEST", _THORAX, ("L", "F"), "PA"),
    ),
    "dx_chest_lateral": _View(
        *(chest(), _SIDE, (400, 400), "CHEST", _THORAX, ("P", "F"), "LL"),
    ),
    "dx_femur": _View(*(_femur(), _FRONT, (430, 180), "FEMUR", _THIGH, ("L", "F"), "AP", "R")),
    "dx_femur_lateral": _View(
        *(_femur(), _SIDE, (430, 180), "FEMUR", _THIGH, ("P", "F"), "LL", "R")
    ),
    "dx_hand": _View(
        *(_hand(), _FRONT, (300, 200), "HAND", ("85562004", "Hand"), ("L", "F"), "PA", "L", True)
    ),
}
_DX_PIXEL: Final = 0.35
_VIEW_CODES: Final = {
    "AP": ("399348003", "antero-posterior"),
    "PA": ("272479007", "postero-anterior"),
    "LL": ("399173006", "left lateral"),
}


def series(making: Making) -> Iterator[Dataset]:
    """The images of one view."""
    for number in range(1, len(making.series.instances) + 1):
        image = making.start(number)
        random = making.random(str(number))
        maker = _mammogram if making.series.name.startswith("mg") else _radiograph
        maker(image, making.series.name, random)
        yield compressed(image, JPEGLSLossless if maker is _mammogram else ExplicitVRLittleEndian)


def _radiograph(image: Dataset, name: str, random: np.random.Generator) -> None:
    view = _VIEWS[name]
    across, down, along = view.direction
    height, width = view.size
    rows, columns = int(height / _DX_PIXEL), int(width / _DX_PIXEL)
    corner = tuple(-a * width / 2 - d * height / 2 for a, d in zip(across, down, strict=True))
    plane = Cut((corner[0], corner[1], corner[2]), across, down, rows, columns, _DX_PIXEL)
    depth = looked_through(view.solids, plane, along)
    # The rays fade with the depth; the picture is their logarithm, and bone is white.
    depth += 0.6 * random.standard_normal((rows, columns), dtype=np.float32)
    low, high = (float(np.percentile(depth, share)) for share in (0.5, 99.7))
    values = np.clip((depth - low) / (high - low), 0, 1) * 3900 + 80
    stored = 4095 - values if view.inverted else values
    _for_presentation(image, view.part, view.region, view.orientation, _DX_PIXEL)
    put(
        image,
        ViewPosition=view.view,
        ImageLaterality=view.laterality,
        KVP=110 if view.part == "CHEST" else 60,
        PresentationLUTShape="INVERSE" if view.inverted else "IDENTITY",
    )
    image.ViewCodeSequence = [code(_VIEW_CODES[view.view][0], "SCT", _VIEW_CODES[view.view][1])]
    grey(image, stored.astype(np.uint16), 12, inverted=view.inverted)


def _for_presentation(
    image: Dataset,
    part: str,
    region: tuple[str, str],
    orientation: tuple[str, str],
    pixel: float,
) -> None:
    """DX series, anatomy imaged, DX image and detector modules (PS3.3 C.8.11)."""
    put(
        image,
        AcquisitionDate=image.StudyDate,
        AcquisitionTime=image.StudyTime,
        PresentationIntentType="FOR PRESENTATION",
        ImageType=["ORIGINAL", "PRIMARY", ""],
        BodyPartExamined=part,
        AnatomicRegionSequence=[code(region[0], "SCT", region[1])],
        PatientOrientation=list(orientation),
        PixelIntensityRelationship="LOG",
        PixelIntensityRelationshipSign=-1,
        RescaleIntercept=0,
        RescaleSlope=1,
        RescaleType="US",
        LossyImageCompression="00",
        BurnedInAnnotation="NO",
        DetectorType="DIRECT",
        ImagerPixelSpacing=[f"{pixel:.6g}", f"{pixel:.6g}"],
        WindowCenter=2048,
        WindowWidth=4096,
        AcquisitionContextSequence=[],
        PositionerType="NONE",
    )


_ROWS: Final = 1200
_COLUMNS: Final = 960
_MG_PIXEL: Final = 0.2
_BREAST: Final = ("76752008", "Breast")


def _mammogram(image: Dataset, name: str, random: np.random.Generator) -> None:
    """A compressed breast: even thickness, falling at its rim; glandular tissue behind the
    nipple."""
    side, oblique = name[3].upper(), name.endswith("mlo")
    values = _breast(random, oblique=oblique)
    # The chest wall is at the left of a left breast's picture, at the right of a right one's.
    shown = values if side == "L" else values[:, ::-1]
    orientation = ("A" if side == "L" else "P", "F" if oblique else ("R" if side == "L" else "L"))
    _for_presentation(image, "BREAST", _BREAST, orientation, _MG_PIXEL)
    view = ("399368009", "medio-lateral oblique") if oblique else ("399162004", "cranio-caudal")
    viewed = code(view[0], "SCT", view[1])
    viewed.ViewModifierCodeSequence = []
    put(
        image,
        ImageLaterality=side,
        OrganExposed="BREAST",
        PositionerType="MAMMOGRAPHIC",
        PositionerPrimaryAngle=45 if oblique else 0,
        ViewPosition="MLO" if oblique else "CC",
        ViewCodeSequence=[viewed],
        BreastImplantPresent="NO",
        PartialView="NO",
        PresentationLUTShape="IDENTITY",
        KVP=28,
        BodyPartThickness=52,
        CompressionForce=90,
        EstimatedRadiographicMagnificationFactor=1,
        AnodeTargetMaterial="TUNGSTEN",
    )
    grey(image, np.ascontiguousarray(shown).astype(np.uint16), 12)


def _breast(random: np.random.Generator, *, oblique: bool) -> Field:
    y = (np.arange(_ROWS, dtype=np.float32)[:, None] - _ROWS * 0.5) / (_ROWS * 0.46)
    x = np.arange(_COLUMNS, dtype=np.float32)[None, :] / (_COLUMNS * 0.86)
    rim = 1 - np.sqrt(np.clip(x, 0, None) ** 2 + np.abs(y) ** 2.2)
    thickness = np.clip(rim / 0.14, 0, 1) ** 0.6
    coarse = soft_noise(random, _ROWS, 14)[:, :_COLUMNS]
    fine = soft_noise(random, _ROWS, 70)[:, :_COLUMNS]
    gland = np.exp(-(((x - 0.45) / 0.34) ** 2) - (y / 0.5) ** 2)
    tissue = 0.42 + gland * (0.4 + 0.2 * coarse + 0.12 * fine) + 0.03 * fine
    values: Field = np.asarray(thickness * tissue * 3600, dtype=np.float32)
    if oblique:
        muscle = (x * 1.25 + (y + 1) * 0.55) < 0.62
        values = np.where(muscle & (rim > 0), values * 0.35 + 2300, values)
    for _ in range(5):
        row, column = int(random.uniform(500, 700)), int(random.uniform(300, 500))
        values[row : row + 2, column : column + 2] += 1100
    values += random.standard_normal(values.shape, dtype=np.float32) * 22
    return np.asarray(np.clip(values, 0, 4095), dtype=np.float32)
