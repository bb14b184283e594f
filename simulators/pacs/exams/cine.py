"""Ultrasound (PS3.3 A.6, A.7), angiography (A.14) and scintigraphy (A.5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, JPEGLSLossless, RLELossless

from simulators.pacs.exams.making import Making, code, colour, compressed, grey, put
from simulators.pacs.exams.shapes import Field, soft_noise

_HIGH: Final = 360
_WIDE: Final = 480
_FRAMES: Final = 24
# The probe is above the picture; cm of tissue are seen.
_TOP: Final = -30.0
_RADIUS: Final = (45.0, 375.0)
_HALF_ANGLE: Final = 0.62
_CENTIMETRES: Final = 15.0


def ultrasound(making: Making) -> Iterator[Dataset]:
    """Still pictures, or one film with a Doppler box."""
    moving = making.series.name == "us_cine"
    for number in range(1, len(making.series.instances) + 1):
        image = making.start(number)
        _us_modules(image)
        count = _FRAMES if moving else 1
        frames = np.stack([_sector(making, number, frame / _FRAMES) for frame in range(count)])
        picture = np.repeat(frames[..., None], 3, axis=-1)
        if moving:
            _doppler(picture)
            put(
                image,
                NumberOfFrames=count,
                FrameIncrementPointer=0x00181063,
                FrameTime="41.67",
                CineRate=24,
                RecommendedDisplayFrameRate=24,
            )
        colour(image, picture if moving else picture[0])
        yield compressed(image, ExplicitVRLittleEndian if moving else RLELossless)


def _us_modules(image: Dataset) -> None:
    """US region calibration and US image (PS3.3 C.8.5.5, C.8.5.6)."""
    region = Dataset()
    scale = _CENTIMETRES / (_RADIUS[1] - _RADIUS[0])
    put(
        region,
        RegionSpatialFormat=1,
        RegionDataType=1,
        RegionFlags=0,
        RegionLocationMinX0=0,
        RegionLocationMinY0=0,
        RegionLocationMaxX1=_WIDE - 1,
        RegionLocationMaxY1=_HIGH - 1,
        PhysicalUnitsXDirection=3,
        PhysicalUnitsYDirection=3,
        PhysicalDeltaX=scale,
        PhysicalDeltaY=scale,
    )
    put(
        image,
        AcquisitionDate=image.StudyDate,
        AcquisitionTime=image.StudyTime,
        ImageType=["ORIGINAL", "PRIMARY", "ABDOMINAL", "0001"],
        SequenceOfUltrasoundRegions=[region],
        BodyPartExamined="ABDOMEN",
        PatientOrientation="",
        LossyImageCompression="00",
    )


def _sector(making: Making, number: int, beat: float) -> NDArray[np.uint8]:
    """Speckle in a fan: a kidney with a cyst that moves with the breath, and its bright rim."""
    random = making.random(str(number), f"{beat:.3f}")
    y = np.arange(_HIGH, dtype=np.float32)[:, None] - _TOP
    x = np.arange(_WIDE, dtype=np.float32)[None, :] - _WIDE / 2
    radius, angle = np.hypot(x, y), np.arctan2(x, y)
    fan = (radius > _RADIUS[0]) & (radius < _RADIUS[1]) & (np.abs(angle) < _HALF_ANGLE)
    shift = 9 * np.sin(2 * np.pi * beat) + 14 * (number - 1)

    def level(cx: float, cy: float, a: float, b: float) -> Field:
        return np.asarray(((x - cx - shift) / a) ** 2 + ((y - cy) / b) ** 2, dtype=np.float32)

    still = making.random(str(number), "tissue")
    tissue = 88 + 22 * soft_noise(still, _WIDE, 20)[:_HIGH]
    kidney, cyst = level(0, 215, 105, 62), level(48, 205, 34, 32)
    tissue = np.where(kidney < 1, 62, tissue)
    tissue = np.where(level(-12, 217, 58, 22) < 1, 150, tissue)
    tissue = np.where(np.abs(kidney - 1) < 0.06, 190, tissue)
    # Behind a cyst, sound arrives stronger.
    behind = (np.abs(x - 48 - shift) < 30) & (y > 235)
    tissue = np.where(behind, tissue * 1.35, tissue)
    tissue = np.where(cyst < 1, 4, tissue)
    speckle = np.hypot(*random.standard_normal((2, _HIGH, _WIDE), dtype=np.float32)) / 1.25
    fading = 1.15 - 0.5 * radius / _RADIUS[1]
    shown = np.where(fan, np.clip(tissue * speckle * fading, 0, 235), 0)
    return np.asarray(shown, dtype=np.uint8)


def _doppler(picture: NDArray[np.uint8]) -> None:
    """Red and blue flow in the hilum, stronger at each beat."""
    for frame, shown in enumerate(picture):
        force = 0.5 + 0.5 * np.sin(2 * np.pi * 3 * frame / len(picture))
        for x, tint in ((150, 0), (170, 2)):
            area = shown[178:226, x : x + 12]
            area[..., :] = (area * 0.3).astype(np.uint8)
            area[..., tint] = int(90 + 150 * force)


def angiography(making: Making) -> Iterator[Dataset]:
    """Coronary runs: contrast fills a tree, and washes out."""
    for number in range(1, len(making.series.instances) + 1):
        image = making.start(number)
        frames = _run(making, number)
        put(
            image,
            AcquisitionDate=image.StudyDate,
            AcquisitionTime=image.StudyTime,
            ImageType=["ORIGINAL", "PRIMARY", "SINGLE PLANE"],
            BodyPartExamined="HEART",
            PatientOrientation="",
            AcquisitionNumber=number,
            PixelIntensityRelationship="LIN",
            KVP=80,
            XRayTubeCurrent=500,
            ExposureTime=8,
            RadiationSetting="GR",
            PositionerMotion="STATIC",
            PositionerPrimaryAngle=30 * (-1) ** number,
            PositionerSecondaryAngle=20,
            ImagerPixelSpacing=["0.28", "0.28"],
            NumberOfFrames=len(frames),
            FrameIncrementPointer=0x00181063,
            FrameTime="66.67",
            RecommendedDisplayFrameRate=15,
            WindowCenter=128,
            WindowWidth=256,
            LossyImageCompression="00",
        )
        grey(image, frames, 8)
        yield compressed(image, JPEGLSLossless)


def _run(making: Making, number: int) -> NDArray[np.uint8]:
    side, count = 512, 20
    random = making.random(str(number))
    way = _tree(making.of_patient(making.series.description), side)
    ground = 165 + 22 * soft_noise(random, side, 4) + 6 * soft_noise(random, side, 30)
    frames = []
    for frame in range(count):
        beat = round(6 * np.sin(2 * np.pi * frame / 8))
        reach = frame / (count * 0.6)
        dark = np.where(way <= reach, np.clip(1.6 - (reach - way) * 0.6, 0, 1), 0)
        moved = np.roll(dark, (beat, beat // 2), axis=(0, 1))
        noise = random.standard_normal((side, side), dtype=np.float32) * 4
        frames.append(np.clip(ground - 95 * moved + noise, 0, 255).astype(np.uint8))
    return np.stack(frames)


def _tree(random: np.random.Generator, side: int) -> NDArray[Any]:
    """When the contrast reaches each pixel (0 to 1); infinite outside of vessels."""
    arrival = np.full((side, side), np.inf, dtype=np.float32)
    axis = np.arange(side)
    branches = [(120.0, 190.0, 0.5, 0.0, 9.0)]
    for _ in range(7):
        x, y, angle, begun, thick = branches.pop(0)
        for step in range(90):
            angle += float(random.normal(0, 0.05))
            x, y = x + 3 * np.cos(angle), y + 3 * np.sin(angle)
            width = thick * (1 - step / 150)
            low = [max(0, int(one - width - 1)) for one in (y, x)]
            high = [int(one + width + 2) for one in (y, x)]
            rows, columns = axis[low[0] : high[0]], axis[low[1] : high[1]]
            inside = np.hypot(rows[:, None] - y, columns[None, :] - x) < width
            part = arrival[low[0] : high[0], low[1] : high[1]]
            part[inside] = np.minimum(part[inside], begun + step / 260)
            if step in {25, 55}:
                turn = 0.75 * (1 if step == 25 else -1)
                branches.append((x, y, angle + turn, begun + step / 260, width * 0.72))
    return arrival


def nuclear(making: Making) -> Iterator[Dataset]:
    """A static acquisition of the thyroid: one frame, one detector (PS3.3 C.8.4.8)."""
    side = 128
    for number in range(1, len(making.series.instances) + 1):
        image = making.start(number)
        random = making.random(str(number))
        axis = np.linspace(-1, 1, side, dtype=np.float32)
        lobes = [
            np.exp(-(((axis[None, :] - x) / 0.16) ** 2) - (axis[:, None] / 0.34) ** 2)
            for x in (-0.24, 0.24)
        ]
        counts = random.poisson(3 + 90 * (lobes[0] + lobes[1])).astype(np.uint16)
        limits, window, detector = Dataset(), Dataset(), Dataset()
        put(limits, EnergyWindowLowerLimit=126, EnergyWindowUpperLimit=154)
        window.EnergyWindowRangeSequence = [limits]
        detector.CollimatorType = "PARA"
        detector.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]
        detector.ImagePositionPatient = [-100, 0, 100]
        put(
            image,
            AcquisitionDate=image.StudyDate,
            AcquisitionTime=image.StudyTime,
            ImageType=["ORIGINAL", "PRIMARY", "STATIC", "EMISSION"],
            BodyPartExamined="THYROID",
            PatientOrientationCodeSequence=[code("102538003", "SCT", "recumbent")],
            PatientGantryRelationshipCodeSequence=[code("102540001", "SCT", "headfirst")],
            PixelSpacing=["1.5625", "1.5625"],
            CountsAccumulated=int(counts.sum()),
            ActualFrameDuration=300000,
            NumberOfFrames=1,
            FrameIncrementPointer=[0x00540010, 0x00540020],
            NumberOfEnergyWindows=1,
            EnergyWindowVector=[1],
            EnergyWindowInformationSequence=[window],
            RadiopharmaceuticalInformationSequence=[],
            NumberOfDetectors=1,
            DetectorVector=[1],
            DetectorInformationSequence=[detector],
        )
        grey(image, counts[None], 16)
        yield image
