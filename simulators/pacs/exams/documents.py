"""Objects beside the images: measurements (SR), annotations (PR), a PDF, key images (KO)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from pydicom.dataset import Dataset

from simulators.history.series import PlannedSeries
from simulators.pacs.exams.bodies import NODULE_AT
from simulators.pacs.exams.making import Making, code, put
from simulators.ris.pdf import pdf

_KO: Final = "1.2.840.10008.5.1.4.1.1.88.59"
# Of a chest's thin slices, as ct.py makes them.
_TOP: Final = 140.0
_BOTTOM: Final = -120.0
_PIXEL: Final = 370 / 512


def measurements(making: Making) -> Iterator[Dataset]:
    """A Comprehensive SR: the nodule's diameter and volume, on the image where it is largest."""
    item = making.start(1)
    shown = _at_nodule(making)
    diameter = max(3.0, 14.0 - 1.6 * making.years)
    volume = 0.5236 * diameter**3
    measured = [
        _number("103339001", "Long Axis", diameter, ("mm", "millimeter"), shown),
        _number("118565006", "Volume", volume, ("mm3", "cubic millimeter"), shown),
    ]
    _structured(item, ("126000", "DCM", "Imaging Measurement Report"))
    item.ContentTemplateSequence = [_template("1500")]
    group = _content("CONTAINS", "CONTAINER", ("125007", "DCM", "Measurement Group"))
    put(group, ContinuityOfContent="SEPARATE")
    site = _content("HAS CONCEPT MOD", "CODE", ("363698007", "SCT", "Finding Site"))
    site.ConceptCodeSequence = [code("45653009", "SCT", "Upper lobe of Lung")]
    group.ContentSequence = [site, *measured]
    whole = _content("CONTAINS", "CONTAINER", ("126010", "DCM", "Imaging Measurements"))
    put(whole, ContinuityOfContent="SEPARATE", ContentSequence=[group])
    finding = _content("CONTAINS", "TEXT", ("121071", "DCM", "Finding"))
    finding.TextValue = making.exam.act.findings[0]
    item.ContentSequence = [whole, finding]
    item.CurrentRequestedProcedureEvidenceSequence = [
        _evidence(making.exam.study, [(_images(making), [shown])])
    ]
    yield item


def presentation(making: Making) -> Iterator[Dataset]:
    """A greyscale presentation state (PS3.3 A.33): a window, and a circle around the nodule."""
    item = making.start(1)
    shown, series = _at_nodule(making), _images(making)
    centre = [NODULE_AT[axis] / _PIXEL + 256.5 for axis in (0, 1)]
    circle, words, layer, annotation = Dataset(), Dataset(), Dataset(), Dataset()
    put(
        circle,
        GraphicAnnotationUnits="PIXEL",
        GraphicDimensions=2,
        NumberOfGraphicPoints=2,
        GraphicData=[centre[0], centre[1], centre[0] + 18, centre[1]],
        GraphicType="CIRCLE",
        GraphicFilled="N",
    )
    put(
        words,
        AnchorPointAnnotationUnits="PIXEL",
        UnformattedTextValue="Nodule",
        AnchorPoint=[centre[0] + 24, centre[1] - 24],
        AnchorPointVisibility="N",
    )
    put(layer, GraphicLayer="MESURES", GraphicLayerOrder=1)
    put(
        annotation,
        ReferencedImageSequence=[_reference(series, shown)],
        GraphicLayer="MESURES",
        TextObjectSequence=[words],
        GraphicObjectSequence=[circle],
    )
    window, area, referenced = Dataset(), Dataset(), Dataset()
    put(window, WindowCenter=-500, WindowWidth=1200)
    window.ReferencedImageSequence = [_reference(series, uid) for uid in series.instances]
    put(
        area,
        DisplayedAreaTopLeftHandCorner=[1, 1],
        DisplayedAreaBottomRightHandCorner=[512, 512],
        PresentationSizeMode="SCALE TO FIT",
        PresentationPixelSpacing=[f"{_PIXEL:.6g}"] * 2,
    )
    put(
        referenced,
        SeriesInstanceUID=series.uid,
        ReferencedImageSequence=[_reference(series, uid) for uid in series.instances],
    )
    put(
        item,
        Laterality="",
        ContentLabel="NODULE",
        ContentDescription="Nodule du lobe superieur droit",
        PresentationCreationDate=item.ContentDate,
        PresentationCreationTime=item.ContentTime,
        ContentCreatorName=f"{making.exam.signer.family}^{making.exam.signer.given}",
        ReferencedSeriesSequence=[referenced],
        GraphicLayerSequence=[layer],
        GraphicAnnotationSequence=[annotation],
        # A state has the whole way to the screen, the modality's rescaling too (PS3.4 N.2.1.1).
        RescaleIntercept=-1024,
        RescaleSlope=1,
        RescaleType="HU",
        SoftcopyVOILUTSequence=[window],
        DisplayedAreaSelectionSequence=[area],
        PresentationLUTShape="IDENTITY",
    )
    yield item


def document(making: Making) -> Iterator[Dataset]:
    """An encapsulated PDF (PS3.3 A.45.1)."""
    item = making.start(1)
    exam = making.exam
    content = pdf(
        (
            exam.site.name,
            "Compte rendu dosimétrique",
            f"Examen du {exam.started:%d/%m/%Y} : {exam.act.ccam[1]}",
            "PDL : 412 mGy.cm",
        )
    )
    put(
        item,
        ConversionType="WSD",
        AcquisitionDateTime=f"{exam.started:%Y%m%d%H%M%S}",
        BurnedInAnnotation="YES",
        DocumentTitle="Compte rendu dosimétrique",
        ConceptNameCodeSequence=[code("113701", "DCM", "X-Ray Radiation Dose Report")],
        MIMETypeOfEncapsulatedDocument="application/pdf",
        EncapsulatedDocument=content + b"\0" * (len(content) % 2),
        EncapsulatedDocumentLength=len(content),
    )
    yield item


def key_images(making: Making) -> Dataset:
    """The note that designates the first image of the first series, as the manifest says."""
    note = making.start(1)
    first = making.study.series[0]
    _structured(note, ("113000", "DCM", "Of Interest"))
    note.Modality = "KO"
    note.ContentTemplateSequence = [_template("2010")]
    for keyword in ("CompletionFlag", "VerificationFlag", "PerformedProcedureCodeSequence"):
        delattr(note, keyword)
    said = _content("CONTAINS", "TEXT", ("113012", "DCM", "Key Object Description"))
    said.TextValue = "Image clé"
    chosen = Dataset()
    put(chosen, RelationshipType="CONTAINS", ValueType="IMAGE")
    chosen.ReferencedSOPSequence = [_reference(first, first.instances[0])]
    note.ContentSequence = [said, chosen]
    note.CurrentRequestedProcedureEvidenceSequence = [
        _evidence(making.exam.study, [(first, [first.instances[0]])])
    ]
    return note


def note_series(note: tuple[str, str]) -> PlannedSeries:
    """The note's own series."""
    return PlannedSeries(note[0], 99, "key_images", "Images clés", (note[1],))


def _structured(item: Dataset, title: tuple[str, str, str]) -> None:
    """SR document general and content modules (PS3.3 C.17.2, C.17.3)."""
    put(
        item,
        ReferencedPerformedProcedureStepSequence=[],
        CompletionFlag="COMPLETE",
        VerificationFlag="UNVERIFIED",
        PerformedProcedureCodeSequence=[],
        ValueType="CONTAINER",
        ConceptNameCodeSequence=[code(*title)],
        ContinuityOfContent="SEPARATE",
    )


def _template(number: str) -> Dataset:
    item = Dataset()
    put(item, MappingResource="DCMR", TemplateIdentifier=number)
    return item


def _content(relation: str, kind: str, name: tuple[str, str, str]) -> Dataset:
    item = Dataset()
    put(item, RelationshipType=relation, ValueType=kind, ConceptNameCodeSequence=[code(*name)])
    return item


def _number(
    value: str, meaning: str, measured: float, unit: tuple[str, str], shown: str
) -> Dataset:
    item = _content("CONTAINS", "NUM", (value, "SCT", meaning))
    amount = Dataset()
    put(
        amount,
        NumericValue=f"{measured:.1f}",
        MeasurementUnitsCodeSequence=[code(unit[0], "UCUM", unit[1])],
    )
    item.MeasuredValueSequence = [amount]
    source = Dataset()
    put(source, RelationshipType="INFERRED FROM", ValueType="IMAGE")
    reference = Dataset()
    put(
        reference,
        ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.2",
        ReferencedSOPInstanceUID=shown,
    )
    source.ReferencedSOPSequence = [reference]
    item.ContentSequence = [source]
    return item


def _images(making: Making) -> PlannedSeries:
    return making.study.series[0]


def _at_nodule(making: Making) -> str:
    """The slice of the first series that is nearest to the nodule's middle."""
    instances = _images(making).instances
    step = (_TOP - _BOTTOM) / len(instances)
    return instances[min(len(instances) - 1, round((_TOP - NODULE_AT[2]) / step))]


def _reference(series: PlannedSeries, uid: str) -> Dataset:
    item = Dataset()
    put(item, ReferencedSOPClassUID=series.kind.sop_class, ReferencedSOPInstanceUID=uid)
    return item


def _evidence(study: str, chosen: Sequence[tuple[PlannedSeries, Sequence[str]]]) -> Dataset:
    listed: list[Any] = []
    for series, uids in chosen:
        item = Dataset()
        item.ReferencedSOPSequence = [_reference(series, uid) for uid in uids]
        item.SeriesInstanceUID = series.uid
        listed.append(item)
    evidence = Dataset()
    put(evidence, ReferencedSeriesSequence=listed, StudyInstanceUID=study)
    return evidence
