"""A PACS that now and then answers in part: the real client reads it, over scripted DICOMweb."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx
import pydicom

from functions.drimbox.images.multipart import Item, lay_out
from functions.drimbox.images.pacs import DicomwebPacs
from functions.drimbox.oid import Uid
from functions.drimbox.study.index import KEY_OBJECT_SELECTION
from tests.campaign.faults import Fault
from tests.fakes.memory import MemoryPacs
from tests.fakes.world import CT_IMAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from functions.drimbox.study.index import StudyIndex

_BASE: Final = "https://pacs.example"
_SYNTAX: Final = "1.2.840.10008.1.2.1"
Json = dict[str, Any]
Answers = dict[str, httpx.Response]


@dataclass
class PartialPacs(MemoryPacs):
    """``notes``: by study, a rejection note that the archive holds; ``studies`` are without the
    images that it rejects, the archive still lists them. ``fault``: how the next answer is spoiled.
    """

    notes: dict[Uid, bytes] = field(default_factory=dict)
    fault: Fault | None = None

    def find_study(self, study_instance_uid: Uid) -> StudyIndex | None:
        if self.fault is None:
            return super().find_study(study_instance_uid)
        return self.read(study_instance_uid, self.fault)

    def read(self, study_instance_uid: Uid, fault: Fault | None) -> StudyIndex | None:
        """The study as the real client reads it."""
        study = self.studies.get(study_instance_uid)
        if study is None:
            return None
        answers = _answers(study, self.notes.get(study_instance_uid))
        if fault is not None:
            _SPOILED[fault](answers)

        def answer(request: httpx.Request) -> httpx.Response:
            given = answers.get(request.url.path, httpx.Response(404))
            if "offset" in request.url.params:
                given = httpx.Response(204)
            stream = httpx.ByteStream(given.content)
            headers = [one for one in given.headers.items() if one[0] != "content-length"]
            return httpx.Response(given.status_code, headers=headers, stream=stream)

        with httpx.Client(transport=httpx.MockTransport(answer)) as client:
            return DicomwebPacs(client, _BASE, spool=Path(tempfile.gettempdir())).find_study(
                study_instance_uid
            )


def _json(**values: Any) -> Json:
    """DICOM JSON of these keywords; a None leaves the element out."""
    return {
        f"{pydicom.tag.Tag(keyword):08X}": {"vr": "UN", "Value": [value]}
        for keyword, value in values.items()
        if value not in {None, ""}
    }


def _answers(study: StudyIndex, note: bytes | None) -> Answers:
    """Each path of the study with its whole answer, in the order of the levels."""
    objects: dict[str, dict[str, Json]] = {
        one.series_instance_uid: {
            ref.sop_instance_uid: _object(
                ref.sop_instance_uid, ref.sop_class_uid, ref.instance_number
            )
            for ref in one.instances
        }
        for one in study.series
    }
    described: dict[str, Json] = {
        one.series_instance_uid: _json(
            SeriesInstanceUID=one.series_instance_uid,
            Modality=one.modality,
            SeriesNumber=one.number,
            SeriesDescription=one.description,
        )
        for one in study.series
    }
    path = f"/studies/{study.study_instance_uid}"
    files: Answers = {}
    if note is not None:
        root = pydicom.dcmread(BytesIO(note))
        evidence = root.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0]
        rejected = evidence.ReferencedSOPSequence[0].ReferencedSOPInstanceUID
        number = int(rejected.rpartition(".")[2])
        objects[evidence.SeriesInstanceUID][rejected] = _object(rejected, CT_IMAGE, number)
        name, own = str(root.SOPInstanceUID), str(root.SeriesInstanceUID)
        objects[own] = {name: _object(name, KEY_OBJECT_SELECTION, 1)}
        described[own] = _json(SeriesInstanceUID=own, Modality="KO", SeriesNumber=1090)
        files[f"{path}/series/{own}/instances/{name}"] = _multipart(note)
    for uid, series in described.items():
        series.update(_json(NumberOfSeriesRelatedInstances=len(objects[uid])))
    header = _json(
        StudyInstanceUID=study.study_instance_uid,
        PatientID=study.patient_id,
        AccessionNumber=study.accession_number,
        StudyDate=study.study_date,
        StudyTime=study.study_time,
        StudyDescription=study.description,
        NumberOfStudyRelatedSeries=len(described),
    )
    answers = {"/studies": _listed([header])}
    answers[f"{path}/series"] = _listed(list(described.values()))
    for uid, found in objects.items():
        answers[f"{path}/series/{uid}/instances"] = _listed(list(found.values()))
        answers[f"{path}/series/{uid}/metadata"] = _listed(list(found.values()))
    return {**answers, **files}


def _object(uid: str, sop_class: str, number: int | None) -> Json:
    return _json(SOPInstanceUID=uid, SOPClassUID=sop_class, InstanceNumber=number)


def _listed(found: list[Json], **headers: str) -> httpx.Response:
    return httpx.Response(200, json=found, headers=headers)


def _multipart(content: bytes) -> httpx.Response:
    layout = lay_out("part", [Item(len(content), _SYNTAX)])
    body = layout.heads[0] + content + layout.tail
    return httpx.Response(200, content=body, headers={"content-type": layout.content_type})


def _first(answers: Answers, end: str) -> str:
    return next(path for path in answers if path.endswith(end))


def _less(end: str) -> Callable[[Answers], None]:
    """The last answer of that list is left out, here and in the metadata."""

    def spoil(answers: Answers) -> None:
        path = _first(answers, end)
        answers[path] = _listed(answers[path].json()[:-1])
        metadata = path.removesuffix(end) + "/metadata"
        if metadata in answers:
            answers[metadata] = answers[path]

    return spoil


def _not_found(end: str) -> Callable[[Answers], None]:
    def spoil(answers: Answers) -> None:
        answers[_first(answers, end)] = httpx.Response(404)

    return spoil


def _fails_alone(answers: Answers) -> None:
    answers[_first(answers, "/series")] = httpx.Response(500)


def _without(tag: str, answer: httpx.Response) -> list[Json]:
    return [{key: element for key, element in one.items() if key != tag} for one in answer.json()]


def _no_metadata(answers: Answers) -> None:
    path = _first(answers, "/instances")
    answers[path] = _listed(_without("00200013", answers[path]))
    answers[path.removesuffix("/instances") + "/metadata"] = httpx.Response(404)


def _a_page(answers: Answers) -> None:
    path = _first(answers, "/instances")
    more = '299 pacs: "There are 1 additional results that can be requested"'
    answers[path] = _listed(answers[path].json()[:-1], warning=more)
    series = _first(answers, "/series")
    bare = [
        {tag: v for tag, v in one.items() if tag != "00201209"} for one in answers[series].json()
    ]
    answers[series] = _listed(bare)


def _lying_count(answers: Answers) -> None:
    (header,) = answers["/studies"].json()
    answers["/studies"] = _listed([{**header, **_json(NumberOfStudyRelatedInstances=9)}])


def _note_of(answers: Answers) -> str | None:
    return next((path for path in answers if "/instances/" in path), None)


def _no_note(answers: Answers) -> None:
    answers.pop(_note_of(answers) or "", None)


def _bad_note(answers: Answers) -> None:
    path = _note_of(answers)
    if path is not None:
        answers[path] = _multipart(b"DICOM, once")


_SPOILED: Final[Mapping[Fault, Callable[[Answers], None]]] = {
    Fault.LESS_OBJECTS: _less("/instances"),
    Fault.LESS_SERIES: _less("/series"),
    Fault.NO_STUDY: _not_found("/studies"),
    Fault.NO_SERIES: _not_found("/series"),
    Fault.NO_OBJECTS: _not_found("/instances"),
    Fault.NO_METADATA: _no_metadata,
    Fault.A_PAGE: _a_page,
    Fault.LYING_COUNT: _lying_count,
    Fault.NO_NOTE: _no_note,
    Fault.BAD_NOTE: _bad_note,
    Fault.FAILS_ALONE: _fails_alone,
}
