"""One series to be made: its patient and exam, and the modules that all objects share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    ExplicitVRLittleEndian,
    JPEGLSLossless,
    RLELossless,
)

from simulators.history.history import Patient
from simulators.history.plan import Exam
from simulators.history.series import PlannedSeries, PlannedStudy
from simulators.pacs.phantoms import generator

_MAKER: Final = "Simulateur d’imagerie"
# pydicom's encoder of each syntax.
_ENCODERS: Final[dict[str, str]] = {JPEGLSLossless: "pyjpegls", RLELossless: "pydicom"}


@dataclass(frozen=True, slots=True)
class Making:
    """``series`` of ``exam``, whose ``study`` names all objects."""

    patient: Patient
    exam: Exam
    study: PlannedStudy
    series: PlannedSeries

    def random(self, *parts: str) -> np.random.Generator:
        """A generator of this series alone."""
        return generator(self.series.uid, *parts)

    def of_patient(self, part: str) -> np.random.Generator:
        """A generator that is the same for all exams of the patient."""
        return generator(self.patient.ins, part)

    @property
    def frame_of_reference(self) -> str:
        """One for the whole study: its series lie on each other."""
        return f"2.25.{int(self.exam.study[5:]) ^ 3}"

    @property
    def years(self) -> float:
        """The years between the exam and the end of 2026: things grow until then."""
        return (date(2026, 12, 31) - self.exam.started.date()) / timedelta(days=365)

    def start(self, number: int) -> Dataset:
        """Patient, study, series, equipment and SOP common modules of the object of that number,
        with its file meta information."""
        exam, series, traits = self.exam, self.series, self.patient.traits
        day, time = f"{exam.started:%Y%m%d}", f"{exam.started:%H%M%S}"
        item = Dataset()
        item.file_meta = FileMetaDataset()
        item.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        put(
            item,
            SpecificCharacterSet="ISO_IR 192",
            SOPClassUID=series.kind.sop_class,
            SOPInstanceUID=series.instances[number - 1],
            StudyInstanceUID=exam.study,
            SeriesInstanceUID=series.uid,
            StudyDate=day,
            SeriesDate=day,
            ContentDate=day,
            StudyTime=time,
            SeriesTime=time,
            ContentTime=time,
            TimezoneOffsetFromUTC=f"{exam.started:%z}",
            AccessionNumber=exam.accession,
            IssuerOfAccessionNumberSequence=[issuer(exam.site.accession_issuer)],
            Modality=series.kind.modality,
            StudyDescription=exam.act.ccam[1][:60],
            SeriesDescription=series.description,
            SeriesNumber=series.number,
            InstanceNumber=number,
            StudyID=exam.accession[-8:],
            ReferringPhysicianName="",
            Manufacturer=_MAKER,
            ManufacturerModelName="Fantôme",
            DeviceSerialNumber="1",
            SoftwareVersions="1",
            InstitutionName=exam.site.name,
            PatientName=f"{traits.family}^{traits.given}",
            PatientID=self.patient.ipp,
            IssuerOfPatientID="AUT-AFFECTATION",
            IssuerOfPatientIDQualifiersSequence=[issuer(exam.site.patient_issuer)],
            PatientBirthDate=traits.birth_date,
            PatientSex=traits.sex,
        )
        return item


def put(item: Dataset, **attributes: Any) -> None:
    """Set several attributes."""
    for keyword, value in attributes.items():
        setattr(item, keyword, value)


def issuer(oid: str) -> Dataset:
    """An issuer (HL7v2 Hierarchic Designator macro, PS3.3 10.14)."""
    item = Dataset()
    put(item, UniversalEntityID=oid, UniversalEntityIDType="ISO")
    return item


def code(value: str, scheme: str, meaning: str) -> Dataset:
    """A coded entry (PS3.3 8.8)."""
    item = Dataset()
    put(item, CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)
    return item


def grey(image: Dataset, values: NDArray[Any], bits: int, *, inverted: bool = False) -> None:
    """Image pixel module (PS3.3 C.7.6.3): one sample per pixel, of ``bits`` stored bits."""
    photometric = "MONOCHROME1" if inverted else "MONOCHROME2"
    _pixels(image, values, bits, values.shape[-2:], samples=1, photometric=photometric)


def colour(image: Dataset, values: NDArray[Any]) -> None:
    """The same of RGB values, pixel by pixel."""
    _pixels(image, values, 8, values.shape[-3:-1], samples=3, photometric="RGB")
    image.PlanarConfiguration = 0


def _pixels(
    image: Dataset,
    values: NDArray[Any],
    bits: int,
    shape: tuple[int, ...],
    *,
    samples: int,
    photometric: str,
) -> None:
    put(
        image,
        SamplesPerPixel=samples,
        PhotometricInterpretation=photometric,
        Rows=shape[0],
        Columns=shape[1],
        BitsAllocated=values.dtype.itemsize * 8,
        BitsStored=bits,
        HighBit=bits - 1,
        PixelRepresentation=int(values.dtype.kind == "i"),
    )
    data = values.tobytes()
    image.PixelData = data + b"\0" * (len(data) % 2)


def compressed(image: Dataset, syntax: str) -> Dataset:
    """``image`` in that syntax; the lossless ones keep its pixels."""
    encoder = _ENCODERS.get(syntax)
    if encoder is not None:
        image.compress(syntax, encoding_plugin=encoder, generate_instance_uid=False)
    return image
