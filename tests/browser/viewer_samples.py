"""Images to look at, generated: a thorax that grows a nodule, radiographs, films; and encoders."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID

from infra import node
from tests.drimbox.images.samples import EXPLICIT, JPEG_LS, part10

HERE: Final = Path(__file__).parent
CT: Final = "1.2.840.10008.5.1.4.1.1.2"
MR: Final = "1.2.840.10008.5.1.4.1.1.4"
DX: Final = "1.2.840.10008.5.1.4.1.1.1.1"
US: Final = "1.2.840.10008.5.1.4.1.1.3.1"
XA: Final = "1.2.840.10008.5.1.4.1.1.12.1"
SECONDARY: Final = "1.2.840.10008.5.1.4.1.1.7"
JPEG: Final = "1.2.840.10008.1.2.4."
RLE: Final = "1.2.840.10008.1.2.5"
Pixels = NDArray[Any]


@cache
def thorax(at: float, side: int, nodule: float) -> Pixels:
    """A slice through a made-up thorax in Hounsfield units; ``at`` from 0 to 1 from head to foot,
    a nodule of ``nodule`` mm in the middle."""
    axis = np.linspace(-180, 180, side)
    x, y = np.meshgrid(axis, axis)
    noise = np.random.default_rng(round(at * 1000)).normal(0, 12, (side, side))
    image = np.full((side, side), -1000.0)
    body = (x / 150) ** 2 + (y / 105) ** 2 < 1
    image[body] = 40
    inner = (x / 138) ** 2 + (y / 93) ** 2 < 1
    image[body & ~inner] = -80
    height = 0.6 + 0.5 * np.sin(np.pi * at)
    for side_of in (-1, 1):
        lung = ((x - side_of * 70) / 52) ** 2 + ((y + 5) / (78 * height)) ** 2 < 1
        image[lung] = -850
        vessels = (np.sin(x / 9 + at * 9) * np.cos(y / 11 - at * 7) > 0.93) & lung
        image[vessels] = 20
    image[(x / 16) ** 2 + ((y - 70) / 16) ** 2 < 1] = 700
    image[((x + 8) / 40) ** 2 + ((y + 20) / 36) ** 2 < 1] = 160
    for angle in np.linspace(0.25, 2 * np.pi - 0.25, 14):
        rib = ((x - 143 * np.cos(angle + at)) / 7) ** 2 + (
            (y - 98 * np.sin(angle + at)) / 6
        ) ** 2 < 1
        image[rib] = 500
    away = (at - 0.5) * 240
    image[(x - 62) ** 2 + (y + 30) ** 2 + away**2 < (nodule / 2) ** 2] = 60
    return np.round(image + noise).clip(-1024, 3071).astype(np.int16)


def base(sop_class: str, modality: str, series: str, number: int, pixels: Pixels) -> Dataset:
    """An object of these pixels (rows, columns, or frames first, or RGB last)."""
    root = Dataset()
    root.SpecificCharacterSet = "ISO_IR 192"
    root.SOPClassUID, root.SOPInstanceUID = sop_class, f"{series}.{number}"
    root.StudyInstanceUID, root.SeriesInstanceUID = series.rpartition(".")[0], series
    root.PatientName, root.PatientID = "CANARI^ZOÉ", "IPP-CANARI"
    root.Modality, root.InstanceNumber = modality, number
    colour = pixels.dtype == np.uint8 and pixels.shape[-1] == 3
    shape = pixels.shape[:-1] if colour else pixels.shape
    root.Rows, root.Columns = shape[-2:]
    if len(shape) == 3:
        root.NumberOfFrames = shape[0]
    root.SamplesPerPixel = 3 if colour else 1
    root.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    if colour:
        root.PlanarConfiguration = 0
    root.BitsAllocated = root.BitsStored = pixels.dtype.itemsize * 8
    root.HighBit = root.BitsStored - 1
    root.PixelRepresentation = int(pixels.dtype.kind == "i")
    root.PixelData = pixels.tobytes()
    return root


def ct(
    series: str, count: int, side: int = 512, nodule: float = 13, step: float = 2.0
) -> list[Dataset]:
    """A series from head to foot, with windows."""
    made = []
    for number in range(1, count + 1):
        pixels = (thorax((number - 1) / max(1, count - 1), side, nodule) + 1024).astype(np.uint16)
        root = base(CT, "CT", series, number, pixels)
        root.SeriesDescription = f"THORAX {step} mm"
        root.BitsStored, root.HighBit = 12, 11
        root.ImagePositionPatient = [-180, -180, 300 - step * number]
        root.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        root.PixelSpacing = [360 / side, 360 / side]
        root.SliceThickness, root.FrameOfReferenceUID = step, f"{series}.900"
        root.RescaleSlope, root.RescaleIntercept, root.RescaleType = 1, -1024, "HU"
        root.WindowCenter, root.WindowWidth = [40, -600], [400, 1500]
        root.KVP, root.XRayTubeCurrent, root.ConvolutionKernel = 120, 210, "B31f"
        root.Manufacturer, root.ManufacturerModelName = "Essai", "Modèle 1"
        root.PatientPosition = "HFS"
        made.append(root)
    return made


def sagittal(series: str, count: int, space: str) -> list[Dataset]:
    """MR slices that stand upright in the space of another series."""
    made = []
    for number in range(1, count + 1):
        pixels = np.ascontiguousarray(thorax(number / count, 256, 13).T.astype(np.int16) + 1024)
        root = base(MR, "MR", series, number, pixels)
        root.SeriesDescription = "SAG T2"
        root.ImagePositionPatient = [-40 + 8 * number, -128, 300]
        root.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
        root.PixelSpacing, root.FrameOfReferenceUID = [1, 1], space
        root.RepetitionTime, root.EchoTime = 4000, 102
        made.append(root)
    return made


def radiograph(series: str) -> Dataset:
    """A chest radiograph: detector spacing alone, inverted values, its directions told."""
    pixels = (3000 - (thorax(0.5, 1024, 20).astype(np.int32) + 1024) * 0.7).astype(np.uint16)
    root = base(DX, "DX", series, 1, pixels)
    root.SeriesDescription, root.PhotometricInterpretation = "THORAX FACE", "MONOCHROME1"
    root.BitsStored, root.HighBit, root.PresentationLUTShape = 12, 11, "INVERSE"
    root.ImagerPixelSpacing = [0.2, 0.2]
    root.WindowCenter, root.WindowWidth = 1600, 3200
    root.PatientOrientation, root.ImageLaterality, root.ViewPosition = ["L", "F"], "U", "PA"
    return root


def film(series: str, frames: int = 12, side: int = 256) -> Dataset:
    """An ultrasound in colour with a calibrated region."""
    x, y = np.meshgrid(np.arange(side), np.arange(side))
    pixels = np.zeros((frames, side, side, 3), np.uint8)
    for frame in range(frames):
        fan = (x - side / 2) ** 2 + y**2 < (side * 0.9) ** 2
        beat = ((x - side / 2) ** 2 + (y - side / 2) ** 2) < (40 + 3 * frame) ** 2
        pixels[frame, ..., :] = (fan * (60 + (x * 7 + y * 13) % 40))[..., None]
        pixels[frame][beat & fan] = (200, 40, 30)
    root = base(US, "US", series, 1, pixels)
    root.SeriesDescription, root.FrameTime = "ÉCHO", 50
    region = Dataset()
    region.RegionSpatialFormat, region.RegionDataType = 1, 1
    region.RegionLocationMinX0, region.RegionLocationMinY0 = 0, 0
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = side - 1, side - 1
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = 3
    region.PhysicalDeltaX = region.PhysicalDeltaY = 0.05
    root.SequenceOfUltrasoundRegions = [region]
    return root


def frames_of(root: Dataset) -> list[bytes]:
    """The native frames of an object."""
    size = root.Rows * root.Columns * root.SamplesPerPixel * root.BitsAllocated // 8
    data = bytes(root.PixelData)
    return [data[at : at + size] for at in range(0, len(data), size)]


def encoded(
    root: Dataset, kind: str, *, lossless: bool, syntax: str, photometric: str = ""
) -> bytes:
    """The object with its frames compressed by Node's encoder ``kind``."""
    facts = (
        *(root.Rows, root.Columns, root.SamplesPerPixel, root.BitsStored),
        *(root.PixelRepresentation, int(lossless)),
    )
    program = [str(node.folder() / "node"), str(HERE / "viewer_encode.mjs"), kind]
    streams = [
        subprocess.run(
            [*program, *map(str, facts)], input=frame, capture_output=True, check=True, timeout=60
        ).stdout
        for frame in frames_of(root)
    ]
    return compressed(root, streams, syntax, photometric)


def compressed(
    root: Dataset, streams: Sequence[bytes], syntax: str, photometric: str = ""
) -> bytes:
    """The object with these code streams as its frames."""
    made = Dataset()
    made.update(root)
    if photometric:
        made.PhotometricInterpretation = photometric
    # The writer of JPEG-LS encapsulates its one frame itself.
    made.PixelData = streams[0] if syntax == JPEG_LS else encapsulate(list(streams))
    made["PixelData"].is_undefined_length = True
    return part10(made, UID(syntax))


def by_dcmtk(root: Dataset, *command: str) -> bytes:
    """The object converted by a program of dcmtk, which takes a file and writes another."""
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder) / "before.dcm", Path(folder) / "after.dcm"
        before.write_bytes(part10(root, EXPLICIT))
        subprocess.run(
            [*command, str(before), str(after)], check=True, capture_output=True, timeout=60
        )
        return after.read_bytes()
