"""Small DICOM objects and a cache in memory, for the tests of the image library."""

from __future__ import annotations

import hashlib
import threading
import zlib
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import pydicom
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID

from functions.drimbox.errors import PacsUnavailable, StorageUnavailable
from functions.drimbox.images.explicit import prepare
from functions.drimbox.images.part10 import ObjectFacts, read_facts
from functions.drimbox.manifest.build import build
from functions.drimbox.manifest.read import Manifest, ManifestInstance, ManifestSeries
from functions.drimbox.oid import Uid
from functions.drimbox.ports import StoredObject
from functions.drimbox.study.index import InstanceRef, SeriesIndex
from tests.drimbox.manifest import samples as manifests

IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
BIG = "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
JPEG_LS = "1.2.840.10008.1.2.4.80"
CT = Uid("1.2.840.10008.5.1.4.1.1.2")
STUDY = Uid("1.2.250.9.5")
SERIES = Uid("1.2.250.9.5.1")
MANIFEST = Uid("2.25.500")


def dataset(number: int = 1, **changes: Any) -> Dataset:
    """A 4 x 4 CT slice with a private element, a sequence and accents; a None removes."""
    root = Dataset()
    root.SpecificCharacterSet = "ISO_IR 100"
    root.SOPClassUID = CT
    root.SOPInstanceUID = f"{SERIES}.{number}"
    root.StudyInstanceUID = STUDY
    root.SeriesInstanceUID = SERIES
    root.PatientName = "BÉZIERS^ZOÉ"
    root.PatientID = "IPP-00471"
    root.StudyDate, root.StudyTime, root.AccessionNumber = "20260102", "093015", "ACN-77"
    root.StudyDescription, root.StudyID = "Scanner thoracique", "S77"
    root.Modality, root.SeriesNumber, root.SeriesDescription = "CT", 3, "Axiales"
    root.InstanceNumber = number
    block = root.private_block(0x0009, "DRIMBOX TEST", create=True)
    block.add_new(0x01, "LO", "privé")
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "1", "99T", "Thorax"
    root.ProcedureCodeSequence = [code]
    root.SamplesPerPixel, root.PhotometricInterpretation = 1, "MONOCHROME2"
    root.Rows = root.Columns = 4
    root.BitsAllocated, root.BitsStored, root.HighBit = 16, 12, 11
    root.PixelRepresentation = 0
    root.RescaleSlope, root.RescaleIntercept = "1", "-1024"
    root.PixelData = b"".join((number % 16 * 256 + i).to_bytes(2, "little") for i in range(16))
    for keyword, value in changes.items():
        if value is None:
            delattr(root, keyword)
        else:
            setattr(root, keyword, value)
    return root


def part10(root: Dataset, syntax: str = EXPLICIT) -> bytes:
    """``root`` (little-endian words) as a Part 10 file in ``syntax``, written by pydicom."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = UID(syntax)
    root.file_meta = meta
    if syntax == JPEG_LS:
        # No codec is needed here: nothing of ours looks into a compressed frame.
        root.PixelData = encapsulate([root.PixelData])
        root["PixelData"].is_undefined_length = True
    if syntax == BIG and "PixelData" in root:
        root.PixelData = swapped(root.PixelData)
        root["PixelData"].VR = "OW"
    out = BytesIO()
    pydicom.dcmwrite(
        out,
        root,
        implicit_vr=syntax == IMPLICIT,
        little_endian=syntax != BIG,
        enforce_file_format=True,
    )
    return out.getvalue()


def swapped(words: bytes) -> bytes:
    """``words`` with the two bytes of each exchanged."""
    return b"".join(words[i + 1 : i + 2] + words[i : i + 1] for i in range(0, len(words), 2))


def deflate(data: bytes) -> bytes:
    """Raw deflate, as PS3.5 A.5."""
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def instance(number: int = 1, syntax: str = EXPLICIT, **changes: Any) -> bytes:
    """One object of the sample series."""
    return part10(dataset(number, **changes), syntax)


def manifest(*numbers: int, series: Uid = SERIES) -> Manifest:
    """A manifest that names these objects of the sample series."""
    return Manifest(
        study_instance_uid=STUDY,
        series_instance_uid=Uid("2.25.501"),
        sop_instance_uid=MANIFEST,
        patient_id="248039263001064",
        patient_id_issuer="1.2.250.1.213.1.4.10",
        title="113030",
        description="",
        requests=(),
        series=(
            ManifestSeries(
                series_instance_uid=series,
                retrieve_url="",
                modality="CT",
                number=3,
                instances=tuple(
                    ManifestInstance(CT, Uid(f"{series}.{number}"), number) for number in numbers
                ),
            ),
        ),
    )


@dataclass
class MemoryUpload:
    """An upload that exists once completed, with S3's rule on the size of parts."""

    store: MemoryStore
    key: str
    content_type: str
    parts: dict[int, bytes] = field(default_factory=dict)
    least: int = 5 * 1024 * 1024

    def add(self, number: int, part: bytes) -> None:
        assert number not in self.parts
        self.parts[number] = part

    def complete(self) -> None:
        parts = [self.parts[number] for number in range(1, len(self.parts) + 1)]
        assert parts
        assert all(len(one) >= self.least for one in parts[:-1])
        self.store.put(self.key, BytesIO(b"".join(parts)), self.content_type)

    def abort(self) -> None:
        self.store.aborted.append(self.key)


@dataclass
class MemoryStore:
    """A CacheStore that remembers the order of its writes; ``broken`` keys fail once.
    ``coded``: objects have a content coding."""

    objects: dict[str, bytes] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    aborted: list[str] = field(default_factory=list)
    broken: dict[str, Exception] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    coded: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, key: str, data: BinaryIO, content_type: str) -> None:
        with self.lock:
            for part in list(self.broken):
                if part in key:
                    raise self.broken.pop(part)
            self.objects[key] = data.read()
            self.types[key] = content_type
            self.written.append(key)

    def get(self, key: str, *, max_bytes: int) -> bytes | None:
        data = self.objects.get(key)
        assert data is None or len(data) <= max_bytes
        return data

    def get_range(self, key: str, offset: int, size: int) -> bytes | None:
        data = self.objects.get(key)
        if data is not None and len(data) < offset + size:
            raise StorageUnavailable("shorter")
        return data and data[offset : offset + size]

    def look(self, key: str) -> StoredObject | None:
        data = self.objects.get(key)
        if data is None:
            return None
        return StoredObject(len(data), hashlib.sha256(data).hexdigest(), plain=not self.coded)

    def keep(self, key: str) -> None:
        assert key in self.objects
        self.kept.append(key)

    def upload(self, key: str, content_type: str) -> MemoryUpload:
        return MemoryUpload(self, key, content_type)

    def signed_url(self, key: str, *, content_type: str, seconds: int, head: bool = False) -> str:
        method = "HEAD" if head else "GET"
        return f"https://cache.example/{key}?type={content_type}&seconds={seconds}&by={method}"

    def delete_under(self, prefix: str, *, keep: str = "") -> int:
        keys = [key for key in self.objects if key.startswith(prefix)]
        keys = [key for key in keys if not keep or not key.startswith(keep)]
        for key in keys:
            del self.objects[key]
        return len(keys)


@dataclass
class FolderPacs:
    """A source that gives these objects, then fails when ``failure`` is set."""

    objects: list[bytes]
    failure: Exception | None = None
    asked: list[tuple[Uid, Uid]] = field(default_factory=list)

    def retrieve_series(self, study: Uid, series: Uid, spool: Path) -> Any:
        self.asked.append((study, series))
        for number, data in enumerate(self.objects):
            path = spool / f"given-{number}"
            path.write_bytes(data)
            yield path
        if self.failure is not None:
            raise self.failure

    def unavailable(self, detail: str) -> PacsUnavailable:
        return PacsUnavailable(detail)


ALL = [IMPLICIT, EXPLICIT, BIG, DEFLATED, JPEG_LS]


def stored(folder: Path, data: bytes) -> Path:
    path = folder / "object"
    path.write_bytes(data)
    return path


def prepared(folder: Path, data: bytes) -> tuple[ObjectFacts, bytes]:
    path = stored(folder, data)
    facts, _ = prepare(path, read_facts(path))
    assert list(folder.iterdir()) == [path]
    return facts, path.read_bytes()


def readable(data: bytes) -> Dataset:
    root = pydicom.dcmread(BytesIO(data))
    root.remove_private_tags()
    return root


def selection(title: str, uid: str, *references: str) -> bytes:
    """A key object selection with that title over these objects of the sample series."""
    of = manifests.study(
        study_instance_uid=STUDY,
        key_images=(),
        series=(
            SeriesIndex(
                SERIES, "CT", 3, "", tuple(InstanceRef(CT, Uid(one)) for one in references)
            ),
        ),
    )
    root = pydicom.dcmread(
        BytesIO(
            build(
                manifests.facts(
                    study=of, sop_instance_uid=Uid(uid), series_instance_uid=Uid("1.2.99")
                )
            )
        )
    )
    root.ConceptNameCodeSequence[0].CodeValue = title
    root.ContentSequence[-1].TextValue = "Nodule"
    root.PatientID, root.StudyTime = "IPP-00471", "093015"
    out = BytesIO()
    root.save_as(out)
    return out.getvalue()
