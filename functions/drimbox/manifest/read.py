"""Reads a manifest of another maker: the designated objects, and the URLs that serve them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import DrimboxError
from functions.drimbox.manifest.dictionary import ATTRIBUTES
from functions.drimbox.manifest.elements import (
    DEFLATED,
    EXPLICIT_LE,
    UNCOMPRESSED_SYNTAXES,
    Dataset,
    Malformed,
    read_elements,
    read_file_meta,
)
from functions.drimbox.oid import Uid
from functions.drimbox.study.index import KEY_OBJECT_SELECTION
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

MAX_BYTES: Final = 32 * 1024 * 1024

# Document titles (CID 7010) of IHE IOCM's notes: the objects must not be used any more.
REJECTION_TITLES: Final = frozenset(("113001", "113037", "113038", "113039"))
_TRANSFER_SYNTAX: Final = 0x00020010
TAG: Final = {keyword: attribute.tag for keyword, attribute in ATTRIBUTES.items()}
# Specific Character Set to codec (PS3.3 C.12.1.1.2). Others are read as Latin-1: the manifest's
# identifiers are ASCII in every one of them.
CODECS: Final = {
    "": "ascii",
    "ISO_IR 6": "ascii",
    "ISO_IR 100": "latin-1",
    "ISO_IR 101": "iso8859-2",
    "ISO_IR 109": "iso8859-3",
    "ISO_IR 110": "iso8859-4",
    "ISO_IR 148": "iso8859-9",
    "ISO_IR 203": "iso8859-15",
    "ISO_IR 192": "utf-8",
}


class ManifestUnreadable(DrimboxError):
    """The bytes are not a manifest that we accept; ``detail`` names the fault, no value."""

    code = "manifest_unreadable"


@frozen
class ManifestInstance:
    """One object; ``instance_number`` and ``number_of_frames`` None when the manifest is silent.

    ``is_key``: a key image note of the study designates it.
    """

    sop_class_uid: Uid
    sop_instance_uid: Uid
    instance_number: int | None = None
    number_of_frames: int | None = None
    is_key: bool = False


@frozen
class ManifestSeries:
    """One series; ``retrieve_url``, ``modality`` and ``number`` are "" and None when absent."""

    series_instance_uid: Uid
    retrieve_url: str
    modality: str
    number: int | None
    instances: tuple[ManifestInstance, ...]

    def find(self, sop_instance_uid: str) -> ManifestInstance | None:
        """The object of that UID, None when this series does not name it."""
        return next((i for i in self.instances if i.sop_instance_uid == sop_instance_uid), None)


@frozen
class RequestReference:
    """One referenced request: numbers and the OIDs of their issuers, "" when absent."""

    accession_number: str
    accession_issuer: str
    placer_order_number: str
    placer_issuer: str


@frozen
class Manifest:
    """The content of a manifest. ``patient_id_issuer`` is the assigner's OID, "" when absent.

    ``title`` is the code value of the document title (113030), ``description`` the text of its
    Key Object Description items, one after the other.
    """

    study_instance_uid: Uid
    series_instance_uid: Uid
    sop_instance_uid: Uid
    patient_id: str
    patient_id_issuer: str
    title: str
    description: str
    requests: tuple[RequestReference, ...]
    series: tuple[ManifestSeries, ...]

    @property
    def key_images(self) -> int:
        """How many objects are key images."""
        return sum(instance.is_key for one in self.series for instance in one.instances)

    def find_series(self, series_instance_uid: str) -> ManifestSeries | None:
        """The series of that UID, None when the manifest does not name it."""
        return next((s for s in self.series if s.series_instance_uid == series_instance_uid), None)

    def without(self, objects: Collection[Uid]) -> Manifest:
        """The manifest as if it did not name these objects, nor a series that they leave empty."""
        series = (
            replace(
                one,
                instances=tuple(i for i in one.instances if i.sop_instance_uid not in objects),
            )
            for one in self.series
        )
        return replace(self, series=tuple(one for one in series if one.instances))

    def __repr__(self) -> str:
        return f"Manifest({len(self.series)} series)"


def read(data: bytes, *, max_bytes: int = MAX_BYTES) -> Manifest:
    """Read a manifest (a Part 10 file holding a Key Object Selection, PS3.3 A.35.4).

    Implicit and Explicit VR, defined and undefined lengths, attributes that we do not know and a
    description in any form are accepted. Raises ManifestUnreadable, and nothing else, for bytes
    above ``max_bytes``, another class, more than one study, no object, or anything malformed.
    """
    try:
        return _manifest(read_key_objects(data, max_bytes=max_bytes))
    except ValueError as error:
        raise ManifestUnreadable(
            str(error) if isinstance(error, Malformed) else "a UID is ill-formed"
        ) from None


def read_key_objects(data: bytes, *, max_bytes: int) -> Dataset:
    """The elements of any Key Object Selection that this module reads; raises Malformed."""
    if len(data) > max_bytes:
        raise Malformed("larger than accepted")
    meta = read_file_meta(data, wanted=(_TRANSFER_SYNTAX,))
    transfer_syntax = meta.text(_TRANSFER_SYNTAX)
    if transfer_syntax == DEFLATED:
        raise Malformed("deflated")
    syntax = UNCOMPRESSED_SYNTAXES.get(transfer_syntax, EXPLICIT_LE)
    root = read_elements(
        data,
        meta.end,
        syntax,
        wanted=[a.tag for a in ATTRIBUTES.values() if a.vr != "SQ"],
        sequences=[a.tag for a in ATTRIBUTES.values() if a.vr == "SQ"],
    )
    if root.text(TAG["SOPClassUID"]) != KEY_OBJECT_SELECTION:
        raise Malformed("not a Key Object Selection")
    return root


def codec_of(root: Dataset) -> str:
    """The Python codec of a data set's texts."""
    return CODECS.get(root.text(TAG["SpecificCharacterSet"]), "latin-1")


def description_of(root: Dataset, codec: str) -> str:
    """The texts of the Key Object Description items (113012), one after the other."""
    return "\n".join(
        item.text(TAG["TextValue"], codec)
        for item in root.items(TAG["ContentSequence"])
        if any(
            name.text(TAG["CodeValue"]) == "113012"
            for name in item.items(TAG["ConceptNameCodeSequence"])
        )
    )


def evidence_of(root: Dataset) -> list[tuple[str, Dataset]]:
    """(study UID, series item) for each series of the evidence, in the file's order."""
    return [
        (study.text(TAG["StudyInstanceUID"]), series)
        for study in root.items(TAG["CurrentRequestedProcedureEvidenceSequence"])
        for series in study.items(TAG["ReferencedSeriesSequence"])
    ]


def _manifest(root: Dataset) -> Manifest:
    codec = codec_of(root)
    study = Uid(root.text(TAG["StudyInstanceUID"]))
    evidence = evidence_of(root)
    if any(of_study != study for of_study, _ in evidence):
        raise Malformed("names another study")
    series = _merged(_series(one) for _, one in evidence)
    if not any(one.instances for one in series):
        raise Malformed("names no object")
    return Manifest(
        study_instance_uid=study,
        series_instance_uid=Uid(root.text(TAG["SeriesInstanceUID"])),
        sop_instance_uid=Uid(root.text(TAG["SOPInstanceUID"])),
        patient_id=root.text(TAG["PatientID"], codec),
        patient_id_issuer=_issuer(root, "IssuerOfPatientIDQualifiersSequence"),
        title="".join(
            name.text(TAG["CodeValue"]) for name in root.items(TAG["ConceptNameCodeSequence"])
        ),
        description=description_of(root, codec),
        requests=tuple(
            _request(one, codec) for one in root.items(TAG["ReferencedRequestSequence"])
        ),
        series=series,
    )


def _merged(series: Iterable[ManifestSeries]) -> tuple[ManifestSeries, ...]:
    """Each series once: a manifest may name it in several items, but under one address."""
    found: dict[Uid, ManifestSeries] = {}
    for one in series:
        before = found.get(one.series_instance_uid, replace(one, instances=()))
        if before.retrieve_url != one.retrieve_url:
            raise Malformed("names one series under two addresses")
        found[one.series_instance_uid] = replace(
            before, instances=(*before.instances, *one.instances)
        )
    return tuple(found.values())


def _issuer(item: Dataset, keyword: str) -> str:
    return "".join(one.text(TAG["UniversalEntityID"]) for one in item.items(TAG[keyword])[:1])


def _request(item: Dataset, codec: str) -> RequestReference:
    return RequestReference(
        accession_number=item.text(TAG["AccessionNumber"], codec),
        accession_issuer=_issuer(item, "IssuerOfAccessionNumberSequence"),
        placer_order_number=item.text(TAG["PlacerOrderNumberImagingServiceRequest"], codec),
        placer_issuer=_issuer(item, "OrderPlacerIdentifierSequence"),
    )


def _series(item: Dataset) -> ManifestSeries:
    return ManifestSeries(
        series_instance_uid=Uid(item.text(TAG["SeriesInstanceUID"])),
        retrieve_url=item.text(TAG["RetrieveURL"]),
        modality=item.text(TAG["Modality"]),
        number=item.number(TAG["SeriesNumber"]),
        instances=tuple(
            ManifestInstance(
                sop_class_uid=Uid(ref.text(TAG["ReferencedSOPClassUID"])),
                sop_instance_uid=Uid(ref.text(TAG["ReferencedSOPInstanceUID"])),
                instance_number=ref.number(TAG["InstanceNumber"]),
                number_of_frames=ref.number(TAG["NumberOfFrames"]),
                is_key=_is_key(ref),
            )
            for ref in item.items(TAG["ReferencedSOPSequence"])
        ),
    )


def _is_key(reference: Dataset) -> bool:
    """Whether a note stands in the reference (DRIM-M's own nesting) that designates a key image."""
    titles = (
        title.text(TAG["CodeValue"])
        for note in reference.items(TAG["ReferencedSOPSequence"])
        for title in note.items(TAG["ConceptNameCodeSequence"])
    )
    return any(title not in REJECTION_TITLES for title in titles)
