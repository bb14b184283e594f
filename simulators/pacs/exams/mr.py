"""MR series (PS3.3 A.4): head, knee and lumbar spine, in the three directions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, JPEGLSLossless, RLELossless

from simulators.pacs.exams.making import Making, compressed, grey, put
from simulators.pacs.exams.shapes import Field, soft_noise
from simulators.pacs.exams.solids import Cut, Point, Solid, cut

_PIXELS: Final = 256
# The ways of a row, of a column and from slice to slice, in the patient's axes.
_AXES: Final[Mapping[str, tuple[Point, Point, Point]]] = {
    "axial": ((1, 0, 0), (0, 1, 0), (0, 0, -1)),
    "sagittal": ((0, 1, 0), (0, 0, -1), (1, 0, 0)),
    "coronal": ((1, 0, 0), (0, 0, -1), (0, 1, 0)),
}


def _head(random: np.random.Generator) -> tuple[Solid, ...]:
    spots = [
        Solid("lesion", (side * random.uniform(16, 34), random.uniform(-30, 30), 30), (3, 3, 3))
        for side in (-1, 1, -1, 1)
    ]
    return (
        Solid("fat", (0, 0, 0), (80, 96, 92)),
        Solid("bone", (0, 0, 0), (75, 91, 87)),
        Solid("fluid", (0, 0, 0), (69, 85, 81)),
        Solid("cortex", (0, 0, 2), (66, 82, 77)),
        Solid("white", (-32, 0, 8), (29, 68, 58)),
        Solid("white", (32, 0, 8), (29, 68, 58)),
        Solid("fluid", (-11, -4, 14), (6, 30, 13)),
        Solid("fluid", (11, -4, 14), (6, 30, 13)),
        Solid("cortex", (-24, 2, 4), (8, 14, 10)),
        Solid("cortex", (24, 2, 4), (8, 14, 10)),
        Solid("white", (0, 30, -45), (34, 20, 18)),
        Solid("white", (0, 12, -50), (10, 10, 34)),
        *spots,
    )


def _knee(_: np.random.Generator) -> tuple[Solid, ...]:
    return (
        Solid("fat", (0, 0, 0), (66, 70, 150)),
        Solid("muscle", (0, 8, 0), (58, 58, 145)),
        Solid("fluid", (0, -18, 4), (42, 26, 24)),
        Solid("cartilage", (-19, -2, 13), (20, 26, 17)),
        Solid("cartilage", (19, -2, 13), (20, 26, 17)),
        Solid("marrow", (-19, -2, 16), (18, 24, 16)),
        Solid("marrow", (19, -2, 16), (18, 24, 16)),
        Solid("marrow", (0, -4, 72), (17, 16, 62)),
        Solid("cartilage", (0, 0, -18), (41, 28, 16)),
        Solid("marrow", (0, 0, -21), (39, 26, 16)),
        Solid("marrow", (0, 2, -85), (16, 16, 68)),
        Solid("cartilage", (0, -42, 16), (20, 12, 22)),
        Solid("marrow", (0, -43, 16), (18, 10, 20)),
        Solid("tendon", (-19, 2, -2), (18, 22, 2.4)),
        Solid("tendon", (19, 2, -2), (18, 22, 2.4)),
        Solid("fluid", (-24, 16, -2), (3, 4, 1)),
        Solid("tendon", (0, -42, -28), (8, 3, 30)),
    )


def _spine(_: np.random.Generator) -> tuple[Solid, ...]:
    levels = [
        part
        for number in range(7)
        for part in (
            Solid("marrow", (0, 0, 105 - 35 * number), (24, 17, 13.5)),
            Solid("disc", (0, 0.5, 87 - 35 * number), (23, 17.5, 4.5)),
        )
    ]
    return (
        Solid("fat", (0, 40, 0), (165, 60, 400)),
        Solid("muscle", (-45, 34, 0), (36, 28, 350)),
        Solid("muscle", (45, 34, 0), (36, 28, 350)),
        Solid("muscle", (0, -30, 0), (120, 45, 350)),
        *levels,
        # The fourth disc bulges.
        Solid("disc", (0, 8, 87 - 35 * 4), (13, 13, 4)),
        Solid("fluid", (0, 26, 0), (10, 8, 400)),
        Solid("cord", (0, 25, 110), (5, 4, 90)),
        *(Solid("bone", (0, 58, 105 - 35 * number), (4, 14, 8)) for number in range(7)),
    )


_BODIES: Final = {"head": _head, "knee": _knee, "spine": _spine}
_T1: Final = {
    **{"fat": 900, "bone": 40, "fluid": 110, "cortex": 340, "white": 470, "lesion": 300},
    **{"muscle": 300, "marrow": 700, "cartilage": 380, "tendon": 60, "disc": 260, "cord": 330},
}
_T2: Final = {
    **{"fat": 620, "bone": 40, "fluid": 1000, "cortex": 460, "white": 330, "lesion": 800},
    **{"muscle": 160, "marrow": 420, "cartilage": 420, "tendon": 40, "disc": 430, "cord": 340},
}
_FLAIR: Final = {**_T2, "fluid": 70, "cortex": 500, "white": 380, "lesion": 900}
_DIFFUSION: Final = {**_T2, "fat": 60, "fluid": 120, "cortex": 480, "white": 420, "lesion": 460}
_SATURATED: Final = {**_T2, "fat": 110, "marrow": 130, "cartilage": 640, "muscle": 330}


@dataclass(frozen=True, slots=True)
class _Protocol:
    """``gap``: mm from slice to slice. ``times`` are TR and TE in ms, TI (0: none)."""

    body: str
    way: str
    signal: Mapping[str, int]
    gap: float
    width: float
    times: tuple[int, int, int]
    sequence: str
    syntax: str = ExplicitVRLittleEndian


_PROTOCOLS: Final[Mapping[str, _Protocol]] = {
    "mr_head_t1": _Protocol(*("head", "axial", _T1, 10, 240, (500, 10, 0), "GR"), JPEGLSLossless),
    "mr_head_flair": _Protocol("head", "axial", _FLAIR, 14, 240, (9000, 120, 2500), "IR"),
    "mr_head_diffusion": _Protocol("head", "axial", _DIFFUSION, 14, 240, (5000, 80, 0), "EP"),
    "mr_knee": _Protocol(*("knee", "axial", _SATURATED, 12, 170, (3000, 35, 0), "SE"), RLELossless),
    "mr_knee_sagittal": _Protocol("knee", "sagittal", _SATURATED, 10, 170, (3000, 35, 0), "SE"),
    "mr_knee_coronal": _Protocol("knee", "coronal", _T1, 10, 170, (600, 12, 0), "SE"),
    "mr_spine_t1": _Protocol("spine", "sagittal", _T1, 7, 290, (600, 12, 0), "SE"),
    "mr_spine_t2": _Protocol(
        *("spine", "sagittal", _T2, 7, 290, (3500, 100, 0), "SE"), JPEGLSLossless
    ),
    "mr_spine_axial": _Protocol("spine", "axial", _T2, 8, 200, (3500, 100, 0), "SE"),
}
# The part of the body, and where the middle of the slices is, mm.
_PARTS: Final[Mapping[str, tuple[str, Point]]] = {
    "head": ("BRAIN", (0, 0, 10)),
    "knee": ("KNEE", (0, -6, 0)),
    "spine": ("LSPINE", (0, 20, 0)),
}


def series(making: Making) -> Iterator[Dataset]:
    """Every slice, along the normal of its plane."""
    protocol = _PROTOCOLS[making.series.name]
    across, down, onward = _AXES[protocol.way]
    _, middle = _PARTS[protocol.body]
    if making.series.name == "mr_spine_axial":
        middle = (0, 20, -60)
    count, spacing = len(making.series.instances), protocol.width / _PIXELS
    solids = _BODIES[protocol.body](making.of_patient(protocol.body))
    reach = spacing * (_PIXELS - 1) / 2
    for number in range(1, count + 1):
        offset = protocol.gap * (number - (count + 1) / 2)
        x, y, z = (
            place - reach * (row + column) + offset * forth
            for place, row, column, forth in zip(middle, across, down, onward, strict=True)
        )
        plane = Cut((x, y, z), across, down, _PIXELS, _PIXELS, spacing)
        image = _image(making, protocol, plane, number, offset)
        values = _signal(cut(solids, plane), protocol.signal, making.random(str(number)))
        grey(image, values, 12)
        yield compressed(image, protocol.syntax)


def _signal(
    tissues: Mapping[str, Field], signal: Mapping[str, int], random: np.random.Generator
) -> NDArray[np.uint16]:
    """As a receiver gives it: soft edges, uneven sensitivity, Rician noise."""
    shape = (_PIXELS, _PIXELS)
    values = sum(
        (share * signal[name] for name, share in tissues.items()), np.zeros(shape, dtype=np.float32)
    )
    values = values * (1 + 0.06 * soft_noise(random, _PIXELS, 3))
    values = values * (1 + 0.04 * soft_noise(random, _PIXELS, 40))
    noise = random.standard_normal((2, *shape), dtype=np.float32) * 14
    magnitude = np.clip(np.hypot(values + noise[0], noise[1]), 0, 4095)
    return np.asarray(magnitude, dtype=np.uint16)


def _image(making: Making, protocol: _Protocol, plane: Cut, number: int, offset: float) -> Dataset:
    image = making.start(number)
    part, _ = _PARTS[protocol.body]
    repetition, echo, inversion = protocol.times
    spacing = f"{plane.spacing:.6g}"
    put(
        image,
        AcquisitionDate=image.StudyDate,
        AcquisitionTime=image.StudyTime,
        AcquisitionNumber=1,
        ImageType=["ORIGINAL", "PRIMARY", "M", protocol.sequence],
        BodyPartExamined=part,
        PatientPosition="HFS",
        FrameOfReferenceUID=making.frame_of_reference,
        PositionReferenceIndicator="",
        ImageOrientationPatient=[*plane.across, *plane.down],
        ImagePositionPatient=[f"{one:.4f}" for one in plane.corner],
        PixelSpacing=[spacing, spacing],
        SliceThickness=f"{protocol.gap * 0.9:.6g}",
        SpacingBetweenSlices=f"{protocol.gap:.6g}",
        SliceLocation=f"{offset:.4f}",
        ScanningSequence=protocol.sequence,
        SequenceVariant="SK",
        ScanOptions="",
        MRAcquisitionType="2D",
        RepetitionTime=repetition,
        EchoTime=echo,
        EchoTrainLength=1,
        MagneticFieldStrength="1.5",
        WindowCenter=480,
        WindowWidth=960,
    )
    if inversion:
        image.InversionTime = inversion
    if part == "KNEE":
        image.Laterality = "R"
    return image
