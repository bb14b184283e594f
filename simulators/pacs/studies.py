"""The DICOM study of a case, as a modality would have sent it to the PACS.

Object definitions: PS3.3 A.3 (CT), A.4 (MR), A.14 (XA), A.5 (NM), A.35.4 (key object selection).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    CTImageStorage,
    ExplicitVRLittleEndian,
    JPEGLSLossless,
    KeyObjectSelectionDocumentStorage,
    MRImageStorage,
    NuclearMedicineImageStorage,
    XRayAngiographicImageStorage,
)

from simulators.pacs.phantoms import ct_slice, generator, mr_slice, nm_frames, xa_frames
from simulators.ris.cases import ArchivedStudy

TRANSFER_SYNTAXES: Final = {"explicit": ExplicitVRLittleEndian, "jpegls": JPEGLSLossless}
# The size of the reference study: 1300 slices of 512x512, about 210 MB in JPEG-LS.
FULL_INSTANCES: Final = 1300
FULL_PIXELS: Final = 512


@dataclass(frozen=True, slots=True)
class Size:
    """How large a study is made. ``instances`` per single-frame series, ``frames`` per multi-frame
    object, ``pixels`` per side. ``transfer_syntax`` of every image, None: each series its own."""

    instances: int = 4
    frames: int = 4
    pixels: int = 64
    transfer_syntax: str | None = None


@dataclass(frozen=True, slots=True)
class _Series:
    """A planned series. ``number`` and the instance numbers do not follow the UIDs' order."""

    index: int
    number: int
    description: str
    transfer_syntax: str


@dataclass(frozen=True, slots=True)
class _Modality:
    """How the objects of a modality are made: their class, their text and their pixels."""

    sop_class: str
    study_description: str
    multi_frame: bool
    series: tuple[_Series, ...]
    fill: Callable[[Dataset, ArchivedStudy, Size, int], None]


def study_objects(study: ArchivedStudy, size: Size | None = None) -> Iterator[Dataset]:
    """Every object of ``study``, with file meta, ready to be written; the same bytes every time.

    KeyError for a modality other than CT, MR, XA and NM.
    """
    size = size or Size()
    modality = MODALITIES[study.act.modality[0]]
    references: list[tuple[str, Dataset]] = []
    for series in modality.series:
        count = 1 if modality.multi_frame else size.instances
        numbers = generator(study.study_instance_uid, str(series.index)).permutation(count)
        for position in range(count):
            number = int(numbers[position]) + 1
            image = _image(study, modality, series, size, position=position, number=number)
            references.append((image.SeriesInstanceUID, _reference(image)))
            yield image
    if study.key_image_note:
        yield _key_image_note(study, modality, references)


def full_series(study: ArchivedStudy, instances: int = FULL_INSTANCES) -> Iterator[Dataset]:
    """One CT series like the reference one: 512x512, JPEG-LS, 160 kB each; whole it is 210 MB."""
    size = Size(instances, 1, FULL_PIXELS, JPEGLSLossless)
    series = MODALITIES["CT"].series[0]
    numbers = generator(study.study_instance_uid, "full").permutation(instances)
    for position in range(instances):
        number = int(numbers[position]) + 1
        yield _image(study, MODALITIES["CT"], series, size, position=position, number=number)


def write(objects: Iterator[Dataset], folder: Path) -> tuple[Path, ...]:
    """Write each object as a Part 10 file ``<SOP Instance UID>.dcm``; the paths, in order."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for item in objects:
        path = folder / f"{item.SOPInstanceUID}.dcm"
        dcmwrite(path, item, enforce_file_format=True)
        paths.append(path)
    return tuple(paths)


def _image(
    study: ArchivedStudy,
    modality: _Modality,
    series: _Series,
    size: Size,
    *,
    position: int,
    number: int,
) -> Dataset:
    image = _common(study, modality, series.index, position)
    image.SeriesNumber = series.number
    image.SeriesDescription = series.description
    image.InstanceNumber = number
    image.BodyPartExamined = _BODY_PART[study.act.modality[0]]
    modality.fill(image, study, size, number)
    if (size.transfer_syntax or series.transfer_syntax) == JPEGLSLossless:
        image.compress(JPEGLSLossless, encoding_plugin="pyjpegls", generate_instance_uid=False)
    return image


def _common(study: ArchivedStudy, modality: _Modality, series: int, position: int) -> Dataset:
    """Patient, study, series and equipment modules, and the file meta information."""
    date, time = study.started[:8], study.started[8:14]
    series_uid = f"{study.study_instance_uid}.{200 + series}"
    item = Dataset()
    item.SpecificCharacterSet = "ISO_IR 192"
    item.SOPClassUID = modality.sop_class
    item.SOPInstanceUID = f"{series_uid}.{31 + position}"
    item.StudyInstanceUID = study.study_instance_uid
    item.SeriesInstanceUID = series_uid
    item.StudyDate = item.SeriesDate = item.AcquisitionDate = item.ContentDate = date
    item.StudyTime = item.SeriesTime = item.AcquisitionTime = item.ContentTime = time
    item.TimezoneOffsetFromUTC = study.started[14:]
    item.AccessionNumber = study.accession
    item.IssuerOfAccessionNumberSequence = [_entity(study.accession_root)]
    item.Modality = study.act.modality[0]
    item.StudyDescription = modality.study_description
    item.StudyID = study.accession[-8:]
    item.ReferringPhysicianName = ""
    item.Manufacturer = "Simulateur d’imagerie"
    item.ManufacturerModelName = "Fantôme"
    item.DeviceSerialNumber = "1"
    item.SoftwareVersions = "1"
    item.InstitutionName = "Centre de radiologie Ambroise"
    item.PatientName = f"{study.traits.family}^{study.traits.given}"
    item.PatientID = study.ipp
    item.IssuerOfPatientID = "AUT-AFFECTATION"
    item.IssuerOfPatientIDQualifiersSequence = [_entity(study.ipp_root)]
    item.PatientBirthDate = study.traits.birth_date
    item.PatientSex = study.traits.sex
    item.file_meta = FileMetaDataset()
    item.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return item


def _entity(oid: str) -> Dataset:
    """An issuer (HL7v2 Hierarchic Designator macro, PS3.3 10.14)."""
    item = Dataset()
    item.UniversalEntityID = oid
    item.UniversalEntityIDType = "ISO"
    return item


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue = value
    item.CodingSchemeDesignator = scheme
    item.CodeMeaning = meaning
    return item


def _reference(image: Dataset) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = image.SOPClassUID
    item.ReferencedSOPInstanceUID = image.SOPInstanceUID
    return item


def _set(item: Dataset, **attributes: Any) -> None:
    for keyword, value in attributes.items():
        setattr(item, keyword, value)


def _pixels(image: Dataset, values: Any, bits_stored: int) -> None:
    """Image pixel module (PS3.3 C.7.6.3), one sample per pixel."""
    bits = values.dtype.itemsize * 8
    _set(
        image,
        SamplesPerPixel=1,
        PhotometricInterpretation="MONOCHROME2",
        Rows=values.shape[-2],
        Columns=values.shape[-1],
        BitsAllocated=bits,
        BitsStored=bits_stored,
        HighBit=bits_stored - 1,
        PixelRepresentation=0,
    )
    data = values.tobytes()
    image.PixelData = data + b"\0" * (len(data) % 2)


def _plane(image: Dataset, study: ArchivedStudy, size: Size, number: int) -> None:
    """Frame of reference and image plane (PS3.3 C.7.4.1, C.7.6.2): axial slices, 2 mm apart."""
    spacing = f"{240 / size.pixels:.6g}"
    _set(
        image,
        FrameOfReferenceUID=f"{study.study_instance_uid}.300",
        PositionReferenceIndicator="",
        ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
        ImagePositionPatient=[-120, -120, 2 * number],
        PixelSpacing=[spacing, spacing],
        SliceThickness=2,
        PatientPosition="HFS",
        AcquisitionNumber=1,
    )


def _ct(image: Dataset, study: ArchivedStudy, size: Size, number: int) -> None:
    _plane(image, study, size, number)
    _set(
        image,
        ImageType=["ORIGINAL", "PRIMARY", "AXIAL"],
        KVP=120,
        RescaleIntercept=-1024,
        RescaleSlope=1,
        RescaleType="HU",
        WindowCenter=40,
        WindowWidth=80,
    )
    random = generator(image.SOPInstanceUID)
    _pixels(image, ct_slice(random, size.pixels, number / size.instances), 12)


def _mr(image: Dataset, study: ArchivedStudy, size: Size, number: int) -> None:
    _plane(image, study, size, number)
    _set(
        image,
        ImageType=["ORIGINAL", "PRIMARY", "OTHER"],
        ScanningSequence="SE",
        SequenceVariant="NONE",
        ScanOptions="",
        MRAcquisitionType="2D",
        RepetitionTime=500,
        EchoTime=20,
        EchoTrainLength=1,
        MagneticFieldStrength=1.5,
        Laterality="R",
    )
    random = generator(image.SOPInstanceUID)
    _pixels(image, mr_slice(random, size.pixels, number / size.instances), 12)


def _xa(image: Dataset, study: ArchivedStudy, size: Size, number: int) -> None:
    _set(
        image,
        ImageType=["ORIGINAL", "PRIMARY", "SINGLE PLANE"],
        PatientOrientation="",
        AcquisitionNumber=number,
        PixelIntensityRelationship="LIN",
        KVP=80,
        XRayTubeCurrent=500,
        ExposureTime=8,
        RadiationSetting="GR",
        PositionerMotion="STATIC",
        PositionerPrimaryAngle=30,
        PositionerSecondaryAngle=-10,
        NumberOfFrames=size.frames,
        FrameIncrementPointer=0x00181063,
        FrameTime="66.67",
        RecommendedDisplayFrameRate=15,
        WindowCenter=128,
        WindowWidth=256,
    )
    random = generator(image.SOPInstanceUID, study.accession)
    _pixels(image, xa_frames(random, size.pixels, size.frames), 8)


def _nm(image: Dataset, study: ArchivedStudy, size: Size, number: int) -> None:
    """A static acquisition: one frame per energy window, one detector (PS3.3 C.8.4.8)."""
    limits = Dataset()
    _set(limits, EnergyWindowLowerLimit=328, EnergyWindowUpperLimit=400)
    window = Dataset()
    window.EnergyWindowRangeSequence = [limits]
    detector = Dataset()
    detector.CollimatorType = "PARA"
    detector.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    detector.ImagePositionPatient = [-120, -120, 0]
    _set(
        image,
        ImageType=["ORIGINAL", "PRIMARY", "STATIC", "EMISSION"],
        AcquisitionNumber=number,
        PatientOrientationCodeSequence=[_code("102538003", "SCT", "recumbent")],
        PatientGantryRelationshipCodeSequence=[_code("102540001", "SCT", "headfirst")],
        PixelSpacing=[f"{240 / size.pixels:.6g}"] * 2,
        CountsAccumulated="",
        ActualFrameDuration=60000,
        NumberOfFrames=size.frames,
        FrameIncrementPointer=[0x00540010, 0x00540020],
        NumberOfEnergyWindows=size.frames,
        EnergyWindowVector=list(range(1, size.frames + 1)),
        EnergyWindowInformationSequence=[window] * size.frames,
        RadiopharmaceuticalInformationSequence=[],
        NumberOfDetectors=1,
        DetectorVector=[1] * size.frames,
        DetectorInformationSequence=[detector],
    )
    random = generator(image.SOPInstanceUID, study.accession)
    _pixels(image, nm_frames(random, size.pixels, size.frames), 16)


def _key_image_note(
    study: ArchivedStudy, modality: _Modality, references: list[tuple[str, Dataset]]
) -> Dataset:
    """A note titled 113000 "Of Interest" on the first and the last image (TID 2010)."""
    note = _common(study, modality, 99, 0)
    _select(
        note,
        study,
        [references[0], references[-1]],
        title=("113000", "Of Interest"),
        series=(1003, "Images clés sélectionnées"),
        text="Images retenues à la lecture : étage supérieur et étage inférieur",
    )
    return note


def rejection_note(
    study: ArchivedStudy, rejected: Sequence[Dataset], title: str = "113001", number: int = 1
) -> Dataset:
    """IHE RAD-66: a note that ``rejected`` objects of ``study`` must not be used any more.

    ``number`` tells several notes on one study apart. KeyError for another title than IOCM's.
    """
    note = _common(study, MODALITIES[study.act.modality[0]], 90, number)
    _select(
        note,
        study,
        [(one.SeriesInstanceUID, _reference(one)) for one in rejected],
        title=(title, REJECTIONS[title]),
        series=(1090, "Images rejetées"),
        text="Rejet par l’archive",
    )
    note.InstanceNumber = number
    return note


# CID 7011, as IHE IOCM uses it.
REJECTIONS: Final = {
    "113001": "Rejected for Quality Reasons",
    "113037": "Rejected for Patient Safety Reasons",
    "113038": "Incorrect Modality Worklist Entry",
    "113039": "Data Retention Policy Expired",
}


def _select(
    note: Dataset,
    study: ArchivedStudy,
    chosen: list[tuple[str, Dataset]],
    *,
    title: tuple[str, str],
    series: tuple[int, str],
    text: str,
) -> None:
    """Make ``note`` a Key Object Selection (PS3.3 A.35.4) of the ``chosen`` objects."""
    _set(
        note,
        SOPClassUID=KeyObjectSelectionDocumentStorage,
        Modality="KO",
        SeriesNumber=series[0],
        SeriesDescription=series[1],
        InstanceNumber=1,
        ReferencedPerformedProcedureStepSequence=[],
        ValueType="CONTAINER",
        ConceptNameCodeSequence=[_code(title[0], "DCM", title[1])],
        ContinuityOfContent="SEPARATE",
    )
    for keyword in ("AcquisitionDate", "AcquisitionTime"):
        delattr(note, keyword)
    template = Dataset()
    template.MappingResource = "DCMR"
    template.TemplateIdentifier = "2010"
    note.ContentTemplateSequence = [template]
    description = Dataset()
    _set(
        description,
        RelationshipType="CONTAINS",
        ValueType="TEXT",
        ConceptNameCodeSequence=[_code("113012", "DCM", "Key Object Description")],
        TextValue=text,
    )
    items = [_item(reference) for _, reference in chosen]
    note.ContentSequence = [description, *items]
    note.CurrentRequestedProcedureEvidenceSequence = [_evidence(study, chosen)]


def _item(reference: Dataset) -> Dataset:
    """An image, or another composite object such as a note (TID 2010)."""
    composite = reference.ReferencedSOPClassUID == KeyObjectSelectionDocumentStorage
    item = Dataset()
    _set(
        item,
        RelationshipType="CONTAINS",
        ValueType="COMPOSITE" if composite else "IMAGE",
        ReferencedSOPSequence=[reference],
    )
    return item


def _evidence(study: ArchivedStudy, chosen: list[tuple[str, Dataset]]) -> Dataset:
    by_series: dict[str, list[Dataset]] = {}
    for series_uid, reference in chosen:
        by_series.setdefault(series_uid, []).append(reference)
    items = []
    for series_uid, members in by_series.items():
        item = Dataset()
        item.SeriesInstanceUID = series_uid
        item.ReferencedSOPSequence = members
        items.append(item)
    evidence = Dataset()
    evidence.StudyInstanceUID = study.study_instance_uid
    evidence.ReferencedSeriesSequence = items
    return evidence


_BODY_PART: Final = {"CT": "HEAD", "MR": "KNEE", "XA": "HEART", "NM": "THYROID"}
MODALITIES: Final = {
    "CT": _Modality(
        CTImageStorage,
        "Scanographie de la tête – contrôle à 3 mois",
        False,
        (
            _Series(1, 3, "Encéphale après injection", JPEGLSLossless),
            _Series(2, 2, "Encéphale sans injection", ExplicitVRLittleEndian),
        ),
        _ct,
    ),
    "MR": _Modality(
        MRImageStorage,
        "IRM du genou – ligament croisé antérieur",
        False,
        (
            _Series(1, 5, "Pondérée T2, saturée en graisse", ExplicitVRLittleEndian),
            _Series(2, 4, "Pondérée T1", ExplicitVRLittleEndian),
        ),
        _mr,
    ),
    "XA": _Modality(
        XRayAngiographicImageStorage,
        "Coronarographie – réseau gauche",
        True,
        (
            _Series(1, 2, "Incidence crâniale", ExplicitVRLittleEndian),
            _Series(2, 1, "Incidence caudale", JPEGLSLossless),
        ),
        _xa,
    ),
    "NM": _Modality(
        NuclearMedicineImageStorage,
        "Scintigraphie thyroïdienne",
        True,
        (_Series(1, 1, "Face antérieure, iode 131", ExplicitVRLittleEndian),),
        _nm,
    ),
}
