"""A folder of Part 10 files as an archive: the index is in memory, the truth is on disk.

A stored object is durable before it is acknowledged (written aside, flushed, renamed), and the
index is read again from the files at start: a killed server loses nothing that it answered.
"""

from __future__ import annotations

import hashlib
import os
import re
import struct
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from pydicom import Dataset, dcmread
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
)

from simulators.pacs.attributes import ATTRIBUTES

_UID: Final = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")
# PS3.18 8.7.3.5.2: never sent by a DICOMweb service; refused rather than served wrongly.
UNSUPPORTED: Final = {
    ImplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
}


class Refused(Exception):
    """An object that cannot be stored; ``reason`` is PS3.18's failure reason (0008,1197)."""

    def __init__(self, reason: int, sop_class: str = "", sop_instance: str = "") -> None:
        super().__init__(f"failure reason {reason:04X}")
        self.reason = reason
        self.sop_class = sop_class
        self.sop_instance = sop_instance


CANNOT_UNDERSTAND: Final = 0xC000
TRANSFER_SYNTAX: Final = 0xC122
DUPLICATE: Final = 0x0111
OTHER_STUDY: Final = 0x0110


def is_uid(text: str) -> bool:
    """True for a UID of PS3.5 9.1."""
    return len(text) <= 64 and bool(_UID.fullmatch(text))


@dataclass(frozen=True, slots=True)
class Entry:
    """One object. ``attributes``: its answer in QIDO-RS, in the DICOM JSON model."""

    study: str
    series: str
    sop_class: str
    instance: str
    transfer_syntax: str
    path: Path
    size: int
    attributes: dict[str, Any]


@dataclass(slots=True)
class Archive:
    """The objects under ``folder``, by SOP Instance UID; ``ignored`` counts the files left out."""

    folder: Path
    entries: dict[str, Entry] = field(default_factory=dict)
    ignored: int = 0

    @classmethod
    def open(cls, folder: Path) -> Archive:
        """Read every ``*.dcm`` under ``folder``, which is made when it is not there."""
        folder.mkdir(parents=True, exist_ok=True)
        archive = cls(folder)
        for path in sorted(folder.rglob("*.dcm")):
            try:
                entry = _entry(path, path)
            except Refused:
                archive.ignored += 1
            else:
                archive.entries[entry.instance] = entry
        return archive

    def store(self, data: bytes, study: str = "") -> Entry:
        """Keep one Part 10 object; durable on return. Bytes already held are accepted again.

        Refused when it is no object, in a syntax that DICOMweb does not carry, of another study
        than ``study``, or other bytes under a SOP Instance UID already held.
        """
        # A name made by us: nothing that a caller wrote becomes part of a path.
        name = hashlib.sha256(data).hexdigest()
        path = self.folder / f"{name}.dcm"
        entry = _entry(BytesIO(data), path)
        if study and entry.study != study:
            raise _refused(OTHER_STUDY, entry)
        held = self.entries.get(entry.instance)
        if held is not None:
            if held.path.read_bytes() != data:
                raise _refused(DUPLICATE, entry)
            return held
        _write_durably(path, data)
        self.entries[entry.instance] = entry
        return entry

    def delete_study(self, study: str) -> int:
        """Forget a study and its files; how many objects it had."""
        gone = [entry for entry in self.entries.values() if entry.study == study]
        for entry in gone:
            entry.path.unlink()
            del self.entries[entry.instance]
        return len(gone)

    def select(self, study: str = "", series: str = "", instance: str = "") -> list[Entry]:
        """The objects of a study, series or instance, "" for any, in UID order."""
        return sorted(
            (
                entry
                for entry in self.entries.values()
                if study in ("", entry.study)
                and series in ("", entry.series)
                and instance in ("", entry.instance)
            ),
            key=lambda entry: (entry.study, entry.series, entry.instance),
        )


def metadata(entry: Entry) -> dict[str, Any]:
    """The object's attributes in the DICOM JSON model (PS3.18 F.2), pixel data left out."""
    dataset = dcmread(entry.path, stop_before_pixels=True)
    return dataset.to_json_dict()


def _entry(source: BytesIO | Path, path: Path) -> Entry:
    try:
        dataset = dcmread(source, stop_before_pixels=True)
        syntax = str(dataset.file_meta.TransferSyntaxUID)  # several values are not one
        uids = [str(dataset[name].value) for name in _IDENTIFYING]
        attributes = _indexed(dataset).to_json_dict()
    except _MALFORMED as error:
        raise Refused(CANNOT_UNDERSTAND) from error
    sop_class, study, series, instance = uids
    if not all(is_uid(uid) for uid in uids):
        raise Refused(CANNOT_UNDERSTAND)
    if syntax in UNSUPPORTED or not UID(syntax).is_transfer_syntax:
        raise Refused(TRANSFER_SYNTAX, sop_class, instance)
    size = path.stat().st_size if isinstance(source, Path) else source.getbuffer().nbytes
    return Entry(study, series, sop_class, instance, str(syntax), path, size, attributes)


# The errors that pydicom raises on bytes that are no data set.
_MALFORMED: Final = (
    ArithmeticError,
    AttributeError,
    BytesLengthException,
    EOFError,
    InvalidDicomError,
    LookupError,
    NotImplementedError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)
_IDENTIFYING: Final = ("SOPClassUID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")


def _indexed(dataset: Dataset) -> Dataset:
    kept = Dataset()
    for keyword in ATTRIBUTES["instance"]:
        if keyword in dataset:
            kept[keyword] = dataset[keyword]
    return kept


def _refused(reason: int, entry: Entry) -> Refused:
    return Refused(reason, entry.sop_class, entry.instance)


def _write_durably(path: Path, data: bytes) -> None:
    aside = path.with_suffix(".part")
    with aside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
