"""The images that a played site has: Part 10 files of a folder, or three small ones made here."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import anyio.to_thread
import numpy as np
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from simulators.pacs.multipart import closing, part_header

BOUNDARY: Final = "piece-of-a-site-8d1f"
TYPE: Final = f'multipart/related; type="application/dicom"; boundary={BOUNDARY}'
_UID: Final = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")
# The objects of a site without files: enough to see every fault.
_MADE: Final = 3


def is_uid(text: str) -> bool:
    """True for a UID of PS3.5 9.1."""
    return len(text) <= 64 and bool(_UID.fullmatch(text))


@dataclass(frozen=True, slots=True)
class Asked:
    """The UIDs of one request; ``series`` and ``instance`` are "" where it asks for all."""

    study: str
    series: str = ""
    instance: str = ""

    def paths(self, folder: Path) -> list[Path]:
        """The files ``<study>/<series>/<instance>.dcm`` that answer it, in the order of names."""
        series = self.series or "*"
        return sorted((folder / self.study).glob(f"{series}/{self.instance or '*'}.dcm"))


def objects(asked: Asked, folder: Path | None) -> Iterator[bytes]:
    """The Part 10 objects that answer, one after the other; made at once where no file does."""
    paths = asked.paths(folder) if folder else []
    for path in paths:
        yield path.read_bytes()
    if not paths:
        yield from map(written, made(asked))


def made(asked: Asked) -> Iterator[Dataset]:
    """Small slices under the UIDs that were asked for."""
    series = asked.series or f"{asked.study[:58]}.1"
    for number in range(1, 2 if asked.instance else _MADE + 1):
        item = Dataset()
        item.file_meta = FileMetaDataset()
        item.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        item.SOPClassUID = CTImageStorage
        item.SOPInstanceUID = asked.instance or f"{series[:58]}.{number}"
        item.StudyInstanceUID, item.SeriesInstanceUID = asked.study, series
        item.Modality, item.InstanceNumber = "CT", number
        item.PatientName, item.PatientID = "SITE^SIMULE", "SIM1"
        item.PatientBirthDate, item.PatientSex = "19700101", "O"
        item.Rows = item.Columns = 64
        item.SamplesPerPixel, item.PhotometricInterpretation = 1, "MONOCHROME2"
        item.BitsAllocated, item.BitsStored, item.HighBit = 16, 12, 11
        item.PixelRepresentation = 0
        item.PixelData = np.full((64, 64), 100 * number, np.uint16).tobytes()
        yield item


def written(item: Dataset) -> bytes:
    """A data set as a Part 10 file."""
    buffer = io.BytesIO()
    dcmwrite(buffer, item, enforce_file_format=True)
    return buffer.getvalue()


def changed(data: bytes, **attributes: object) -> bytes:
    """The same object with other values."""
    item = dcmread(io.BytesIO(data))
    for keyword, value in attributes.items():
        setattr(item, keyword, value)
    if "SOPInstanceUID" in attributes:
        item.file_meta.MediaStorageSOPInstanceUID = item.SOPInstanceUID
    return written(item)


def syntax_of(data: bytes) -> str:
    """The transfer syntax of a Part 10 object, "" when it is none."""
    try:
        found = dcmread(io.BytesIO(data), specific_tags=["SOPInstanceUID"], stop_before_pixels=True)
    except Exception:  # noqa: BLE001  # whatever it is, it has no syntax
        return ""
    return str(found.file_meta.get("TransferSyntaxUID", ""))


def framed(data: bytes) -> bytes:
    """One part of the body."""
    syntax = syntax_of(data)
    kind = f"application/dicom; transfer-syntax={syntax}" if syntax else "application/dicom"
    return part_header(BOUNDARY, kind) + data


async def body(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    """A whole multipart body of these objects, which are read as they are sent."""
    while (part := await anyio.to_thread.run_sync(next, parts, None)) is not None:
        yield framed(part)
    yield closing(BOUNDARY)
