"""The manifest itself: is it a DICOM Key Object Selection document, and of whom (PS3.3 A.35.4)?"""

from __future__ import annotations

import struct
import warnings
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.filereader import read_dataset
from pydicom.tag import BaseTag

KOS_CLASS: Final = "1.2.840.10008.5.1.4.1.1.88.59"
# Explicit and implicit little endian only: a deflated document grows without bound when read.
_SYNTAXES: Final = frozenset({"1.2.840.10008.1.2", "1.2.840.10008.1.2.1"})
_PREAMBLE: Final = 132
# The errors that pydicom raises on bytes that are not DICOM; RecursionError on deep sequences.
_UNREADABLE: Final = (
    ArithmeticError,
    AttributeError,
    BytesLengthException,
    InvalidDicomError,
    LookupError,
    NotImplementedError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    EOFError,
    struct.error,
)


class BadManifest(ValueError):
    """The bytes are not a manifest that we read; the message names the attribute."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The facts to compare with the metadata: UIDs as text, ``patient_id`` is (0010,0020)."""

    sop_instance_uid: str
    study_instance_uid: str
    patient_id: str


def read_manifest(content: bytes) -> Manifest:
    """Read a Part 10 Key Object Selection document. Raises :class:`BadManifest`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _read(content)
    except BadManifest:
        raise
    except _UNREADABLE as error:
        raise BadManifest("the document is not DICOM") from error


def _read(content: bytes) -> Manifest:
    if content[128:_PREAMBLE] != b"DICM":
        raise BadManifest("the document is not a DICOM file")
    stream = BytesIO(content)
    stream.seek(_PREAMBLE)
    meta = read_dataset(stream, False, True, stop_when=_after_meta)
    if str(meta.TransferSyntaxUID) not in _SYNTAXES:
        raise BadManifest("TransferSyntaxUID is not that of a manifest")
    dataset = dcmread(BytesIO(content))
    uid = str(dataset.SOPInstanceUID)
    if dataset.SOPClassUID != KOS_CLASS or meta.MediaStorageSOPClassUID != KOS_CLASS:
        raise BadManifest("SOPClassUID is not Key Object Selection Document")
    if str(meta.MediaStorageSOPInstanceUID) != uid:
        raise BadManifest("MediaStorageSOPInstanceUID is not SOPInstanceUID")
    evidence: list[Dataset] = list(dataset.CurrentRequestedProcedureEvidenceSequence)
    study = str(dataset.StudyInstanceUID)
    if not evidence or any(str(item.StudyInstanceUID) != study for item in evidence):
        raise BadManifest("CurrentRequestedProcedureEvidenceSequence is not of the study")
    return Manifest(uid, study, str(dataset.PatientID))


def _after_meta(tag: BaseTag, _vr: str | None, _length: int) -> bool:
    return tag.group != 2
