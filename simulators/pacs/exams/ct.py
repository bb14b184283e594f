"""CT series (PS3.3 A.3): axial slices from head to feet, in one frame of reference per study."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, JPEGLSLossless

from simulators.pacs.exams import bodies
from simulators.pacs.exams.bodies import Body
from simulators.pacs.exams.making import Making, compressed, grey, put
from simulators.pacs.exams.projection import Weighted, chest
from simulators.pacs.exams.shapes import Field, Plane
from simulators.pacs.exams.solids import Cut, Point, Solid, looked_through

_PIXELS: Final = 512
Slice = Callable[[Plane, float, Body, float], Field]


@dataclass(frozen=True, slots=True)
class _Protocol:
    """``top`` and ``bottom`` are the z of the first and the last slice, mm; ``noise`` and ``blood``
    in HU; ``window`` are centre and width; ``part`` is BodyPartExamined.
    """

    look: Slice
    top: float
    bottom: float
    width: float
    noise: float
    blood: float
    window: tuple[tuple[str, int, int], ...]
    part: str
    kernel: str
    syntax: str = JPEGLSLossless


def _chest(plane: Plane, z: float, body: Body, thickness: float) -> Field:
    return bodies.chest(plane, z, body, thickness)


def _abdomen(plane: Plane, z: float, body: Body, _: float) -> Field:
    return bodies.abdomen(plane, z, body, 32)


def _head(plane: Plane, z: float, body: Body, _: float) -> Field:
    return bodies.head(plane, z, body)


def _whole(plane: Plane, z: float, body: Body, _: float) -> Field:
    return bodies.whole(plane, z, body)


_LUNG: Final = ("POUMON", -600, 1500)
_SOFT: Final = ("MEDIASTIN", 40, 400)
_BRAIN: Final = ("CERVEAU", 40, 80)
_PROTOCOLS: Final[Mapping[str, _Protocol]] = {
    "ct_chest": _Protocol(
        *(_chest, 140, -120, 370, 22, 190, (_LUNG, _SOFT), "CHEST", "LUNG"),
    ),
    "ct_chest_thick": _Protocol(
        *(_chest, 140, -120, 370, 9, 190, (_SOFT, _LUNG), "CHEST", "STANDARD"),
        ExplicitVRLittleEndian,
    ),
    "ct_abdomen": _Protocol(
        *(_abdomen, 130, -150, 380, 12, 110, (_SOFT,), "ABDOMEN", "STANDARD"),
    ),
    "ct_abdomen_arterial": _Protocol(
        *(_abdomen, 130, -150, 380, 14, 230, (_SOFT,), "ABDOMEN", "STANDARD"),
    ),
    "ct_head": _Protocol(*(_head, 78, -55, 230, 4, 40, (_BRAIN,), "HEAD", "BRAIN")),
    "ct_low_dose": _Protocol(
        *(_whole, 395, -440, 500, 32, 0, (_SOFT, _LUNG), "WHOLEBODY", "STANDARD"),
    ),
}


# Scouts: the part of the body, its solids, height and width in mm.
_SCOUTS: Final[Mapping[str, tuple[str, tuple[Weighted, ...], float, float]]] = {
    "ct_scout": ("CHEST", chest(), 420.0, 400.0),
    "ct_scout_head": (
        "HEAD",
        (
            (Solid("skull", (0, 0, 0), (74, 92, 88)), 0.4),
            (Solid("brain", (0, 0, 0), (66, 84, 80)), -0.2),
        ),
        260.0,
        240.0,
    ),
}


def scouts(making: Making) -> Iterator[Dataset]:
    """Localizers: from the front, then from the side (PS3.3 C.8.2.1.1.1)."""
    part, solids, height, width = _SCOUTS[making.series.name]
    rows, columns = int(height), int(width)
    for number in range(1, len(making.series.instances) + 1):
        aside = number % 2 == 0
        across: Point = (0, 1, 0) if aside else (1, 0, 0)
        corner = (across[0] * -width / 2, across[1] * -width / 2, height / 2)
        plane = Cut(corner, across, (0, 0, -1), rows, columns, 1.0)
        depth = looked_through(solids, plane, 0 if aside else 1)
        random = making.random(str(number))
        noise = random.standard_normal(depth.shape, dtype=np.float32) * 0.8
        values = np.clip((depth + noise) * 22, 0, 4095).astype(np.uint16)
        image = making.start(number)
        put(
            image,
            AcquisitionDate=image.StudyDate,
            AcquisitionTime=image.StudyTime,
            AcquisitionNumber=1,
            ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"],
            BodyPartExamined=part,
            PatientPosition="HFS",
            FrameOfReferenceUID=making.frame_of_reference,
            PositionReferenceIndicator="",
            ImageOrientationPatient=[*across, 0, 0, -1],
            ImagePositionPatient=[f"{one:.4f}" for one in corner],
            PixelSpacing=["1", "1"],
            SliceThickness="1",
            KVP=120,
            RescaleIntercept=-1024,
            RescaleSlope=1,
            RescaleType="HU",
            WindowCenter=300,
            WindowWidth=2000,
        )
        grey(image, values, 12)
        yield compressed(image, ExplicitVRLittleEndian)


def series(making: Making) -> Iterator[Dataset]:
    """Every slice, the first one at the head."""
    if making.series.name in _SCOUTS:
        yield from scouts(making)
        return
    protocol = _PROTOCOLS[making.series.name]
    count = len(making.series.instances)
    step = (protocol.top - protocol.bottom) / count
    plane = Plane(_PIXELS, protocol.width)
    body = body_of(making, protocol.blood)
    for number in range(1, count + 1):
        z = protocol.top - step * (number - 1)
        values = protocol.look(plane, z, body, step)
        seen = bodies.with_noise(values, making.random(str(number)), protocol.noise)
        image = _image(making, protocol, plane, number, z=z, step=step)
        grey(image, np.clip(seen + 1024, 0, 4095).astype(np.uint16), 12)
        yield compressed(image, protocol.syntax)


def body_of(making: Making, blood: float) -> Body:
    """The patient's body on the day of the exam: the nodule grows from year to year."""
    random = making.of_patient("body")
    size = float(random.uniform(0.92, 1.04))
    nodule = max(3.0, 14.0 - 1.6 * making.years)
    return Body(size, blood, nodule, bodies.vessels(random))


def _image(
    making: Making, protocol: _Protocol, plane: Plane, number: int, *, z: float, step: float
) -> Dataset:
    image = making.start(number)
    corner = float(plane.axis[0])
    spacing = f"{plane.spacing:.6g}"
    put(
        image,
        AcquisitionDate=image.StudyDate,
        AcquisitionTime=image.StudyTime,
        AcquisitionNumber=1,
        ImageType=["ORIGINAL", "PRIMARY", "AXIAL"],
        BodyPartExamined=protocol.part,
        PatientPosition="HFS",
        FrameOfReferenceUID=making.frame_of_reference,
        PositionReferenceIndicator="",
        ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
        ImagePositionPatient=[f"{corner:.4f}", f"{corner:.4f}", f"{z:.4f}"],
        PixelSpacing=[spacing, spacing],
        SliceThickness=f"{step:.6g}",
        SliceLocation=f"{z:.4f}",
        KVP=120,
        XRayTubeCurrent=220,
        ExposureTime=500,
        ConvolutionKernel=protocol.kernel,
        RescaleIntercept=-1024,
        RescaleSlope=1,
        RescaleType="HU",
        WindowCenter=[centre for _, centre, _ in protocol.window],
        WindowWidth=[width for _, _, width in protocol.window],
        WindowCenterWidthExplanation=[name for name, _, _ in protocol.window],
    )
    return image
