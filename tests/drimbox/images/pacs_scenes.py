"""A scripted PACS: the answer of each path, as DICOM JSON or as objects."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import pydicom

from functions.drimbox.images.multipart import Item, lay_out
from functions.drimbox.images.pacs import DicomwebPacs
from functions.drimbox.transport import open_client
from tests.drimbox.images.samples import CT, SERIES, STUDY, selection

SPOOL: Final = Path(tempfile.gettempdir())
BASE = "https://pacs.example/dicom-web"
KO = "1.2.840.10008.5.1.4.1.1.88.59"
XA = "1.2.840.10008.5.1.4.1.1.12.1"
Json = dict[str, Any]


def attributes(**values: Any) -> Json:
    """DICOM JSON of these keywords; a None gives an element without value."""
    found: Json = {}
    for keyword, value in values.items():
        tag = pydicom.datadict.tag_for_keyword(keyword)
        assert tag is not None
        element: Json = {"vr": pydicom.datadict.dictionary_VR(tag)}
        if value is not None:
            element["Value"] = [value]
        found[f"{tag:08X}"] = element
    return found


def study(**changes: Any) -> Json:
    facts: Json = {
        "StudyInstanceUID": STUDY,
        "PatientID": "IPP-00471",
        "PatientName": {"Alphabetic": "BÉZIERS^ZOÉ"},
        "PatientBirthDate": "19480321",
        "AccessionNumber": "ACN-77",
        "StudyDate": "20260102",
        "StudyTime": "093015",
        "StudyDescription": "Scanner thoracique",
        "StudyID": "S77",
    }
    return attributes(**(facts | changes))


def series(uid: str = SERIES, **changes: Any) -> Json:
    facts: Json = {
        "SeriesInstanceUID": uid,
        "Modality": "CT",
        "SeriesNumber": 3,
        "SeriesDescription": "Axiales",
    }
    return attributes(**(facts | changes))


def image(number: int, of: str = SERIES, **changes: Any) -> Json:
    facts: Json = {
        "SOPClassUID": CT,
        "SOPInstanceUID": f"{of}.{number}",
        "InstanceNumber": number,
    }
    return attributes(**(facts | changes))


def streamed(answer: httpx.Response) -> httpx.Response:
    """A fresh response that is read from its stream, as one from the network is."""
    stream = httpx.ByteStream(answer.content) if answer.is_closed else answer.stream
    headers = {k: v for k, v in answer.headers.items() if k != "transfer-encoding"}
    return httpx.Response(answer.status_code, headers=headers, stream=stream)


@dataclass
class Archive:
    """A scripted PACS: path after the base to its answer; requests are kept."""

    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        path = request.url.path.removeprefix("/dicom-web")
        answer = self.answers.get(path)
        if "offset" in request.url.params:
            answer = self.answers.get(f"{path}?{request.url.params['offset']}", [])
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, httpx.Response):
            return streamed(answer)
        if answer is None:
            return httpx.Response(404)
        return httpx.Response(200, json=answer)

    @property
    def client(self) -> DicomwebPacs:
        return DicomwebPacs(
            open_client(transport=httpx.MockTransport(self)), BASE + "/", spool=SPOOL
        )

    def paths(self) -> list[str]:
        return [request.url.path.removeprefix("/dicom-web") for request in self.asked]


def archive(*images: Json, **more: Any) -> Archive:
    """A study of one series with these objects."""
    return Archive(
        {
            "/studies": [study(**more.pop("study", {}))],
            f"/studies/{STUDY}/series": [series(**more.pop("series", {}))],
            f"/studies/{STUDY}/series/{SERIES}/instances": list(images),
            **more,
        }
    )


def objects(*files: bytes, boundary: str = "b") -> httpx.Response:
    """A multipart answer with these files."""
    layout = lay_out(boundary, [Item(len(one), "1.2.840.10008.1.2.1") for one in files])
    body = b"".join(
        piece for head, one in zip(layout.heads, files, strict=True) for piece in (head, one)
    )
    return httpx.Response(
        200, content=body + layout.tail, headers={"content-type": layout.content_type}
    )


def with_selections(*titles: str) -> Archive:
    """Three images, and one selection per title: the n-th designates the n-th image."""
    pacs = archive(image(1), image(2), image(3))
    pacs.answers[f"/studies/{STUDY}/series"] = [
        series(),
        series("1.2.99", Modality="KO", SeriesNumber=9),
    ]
    base = f"/studies/{STUDY}/series/1.2.99/instances"
    pacs.answers[base] = [image(n, "1.2.99", SOPClassUID=KO) for n, _ in enumerate(titles, start=1)]
    for n, title in enumerate(titles, start=1):
        pacs.answers[f"{base}/1.2.99.{n}"] = objects(
            selection(title, f"1.2.99.{n}", f"{SERIES}.{n}")
        )
    return pacs
