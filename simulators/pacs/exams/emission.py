"""PET series (PS3.3 A.21): the same slices as the CT of its study, in activity per volume."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from simulators.pacs.exams.making import Making, code, compressed, grey, put
from simulators.pacs.exams.shapes import Plane, soft_noise
from simulators.pacs.exams.solids import Cut, Solid, cut

_PIXELS: Final = 200
_WIDTH: Final = 500.0
# As the CT of whole bodies: z of the first and of the last slice, mm.
_TOP: Final = 395.0
_BOTTOM: Final = -440.0
# Activity by tissue, about SUV.
_UPTAKE: Final = {
    **{"body": 0.6, "liver": 2.4, "brain": 9.0, "heart": 5.0, "bladder": 22.0, "kidney": 6.0},
    **{"lung": 0.3, "nodule": 6.5, "spine": 1.6},
}
_UNIT: Final = 4200.0


def _solids(nodule: float) -> tuple[Solid, ...]:
    """In the frame of :func:`bodies.whole`: the chest's middle is at z = 75."""
    return (
        Solid("body", (0, 0, -60), (168, 112, 330)),
        Solid("body", (0, 0, 330), (74, 88, 80)),
        Solid("body", (-82, 0, -420), (74, 78, 140)),
        Solid("body", (82, 0, -420), (74, 78, 140)),
        Solid("brain", (0, 0, 335), (64, 78, 62)),
        Solid("lung", (-78, 2, 80), (60, 82, 130)),
        Solid("lung", (80, 2, 80), (56, 80, 128)),
        Solid("heart", (34, -18, 20), (34, 32, 36)),
        Solid("liver", (-66, -10, -110), (76, 72, 70)),
        Solid("kidney", (-62, 44, -190), (24, 26, 46)),
        Solid("kidney", (62, 44, -184), (24, 26, 46)),
        Solid("bladder", (0, -10, -330), (34, 30, 26)),
        Solid("spine", (0, 74, -20), (16, 13, 250)),
        Solid("nodule", (-72, -12, 137), (nodule / 2, nodule / 2, nodule / 2)),
    )


def series(making: Making) -> Iterator[Dataset]:
    """Every slice, the first one at the head."""
    count = len(making.series.instances)
    step = (_TOP - _BOTTOM) / count
    plane = Plane(_PIXELS, _WIDTH)
    corner = float(plane.axis[0])
    # A small nodule is blurred over the resolution of the scanner.
    solids = _solids(max(14.0, 18.0 - 1.6 * making.years))
    for number in range(1, count + 1):
        z = _TOP - step * (number - 1)
        look = Cut((corner, corner, z), (1, 0, 0), (0, 1, 0), _PIXELS, _PIXELS, plane.spacing)
        activity = sum(
            (share * _UPTAKE[name] for name, share in cut(solids, look).items()),
            np.zeros((_PIXELS, _PIXELS), dtype=np.float32),
        )
        random = making.random(str(number))
        activity = activity * (1 + 0.12 * soft_noise(random, _PIXELS, 60))
        counts = random.poisson(np.clip(activity * 60 + 1, 0, None)) / 60
        stored = np.clip(counts * _UNIT / 4, 0, 32767).astype(np.int16)
        image = _image(making, number, z, step, plane)
        grey(image, stored, 16)
        yield compressed(image, ExplicitVRLittleEndian)


def _image(making: Making, number: int, z: float, step: float, plane: Plane) -> Dataset:
    """PET series, isotope and image modules (PS3.3 C.8.9)."""
    image = making.start(number)
    begun = making.exam.started
    dose = Dataset()
    put(
        dose,
        Radiopharmaceutical="Fluorodeoxyglucose",
        RadiopharmaceuticalStartTime=f"{begun - timedelta(minutes=60):%H%M%S}",
        RadionuclideTotalDose="250000000",
        RadionuclideHalfLife="6586.2",
        RadionuclidePositronFraction="0.967",
        RadionuclideCodeSequence=[code("77004003", "SCT", "^18^Fluorine")],
        RadiopharmaceuticalCodeSequence=[code("35321007", "SCT", "Fluorodeoxyglucose F^18^")],
    )
    corner, spacing = float(plane.axis[0]), f"{plane.spacing:.6g}"
    put(
        image,
        AcquisitionDate=image.StudyDate,
        AcquisitionTime=image.StudyTime,
        AcquisitionNumber=1,
        ImageType=["ORIGINAL", "PRIMARY"],
        BodyPartExamined="WHOLEBODY",
        PatientWeight="68",
        PatientSize="1.64",
        FrameOfReferenceUID=making.frame_of_reference,
        PositionReferenceIndicator="",
        ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
        ImagePositionPatient=[f"{corner:.4f}", f"{corner:.4f}", f"{z:.4f}"],
        PixelSpacing=[spacing, spacing],
        SliceThickness=f"{step:.6g}",
        SliceLocation=f"{z:.4f}",
        PatientOrientationCodeSequence=[code("102538003", "SCT", "recumbent")],
        PatientGantryRelationshipCodeSequence=[code("102540001", "SCT", "headfirst")],
        SeriesType=["WHOLE BODY", "IMAGE"],
        Units="BQML",
        CountsSource="EMISSION",
        DecayCorrection="START",
        CorrectedImage=["DECY", "ATTN", "SCAT"],
        NumberOfSlices=len(making.series.instances),
        CollimatorType="NONE",
        AttenuationCorrectionMethod="CT",
        RandomsCorrectionMethod="DLYD",
        ScatterCorrectionMethod="Model",
        RadiopharmaceuticalInformationSequence=[dose],
        FrameReferenceTime=0,
        ActualFrameDuration=120000,
        DecayFactor=1,
        ImageIndex=number,
        RescaleIntercept=0,
        RescaleSlope=4,
        WindowCenter=f"{_UNIT * 3:.6g}",
        WindowWidth=f"{_UNIT * 6:.6g}",
    )
    return image
