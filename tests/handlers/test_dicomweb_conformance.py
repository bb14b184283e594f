"""The questions that conformance tests of DICOMweb ask (QIDO-RS, WADO-RS), as a table: each is
answered as PS3.18 says, or refused by design, with the reason.

The questions are those of dicomweb-conformance-tests (datadoc1), in our own words. Its tests of
STOW-RS are about a store of images: ``db`` stores rejection notes alone.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final

import pydicom
import pytest

from functions.retrieve_study.handler import ROUTES
from functions.retrieve_study.handler import handler as retrieve_study
from tests.handlers.conftest import CONTEXT
from tests.handlers.image_scenes import published, resource, search, wado
from tests.handlers.journey import SERIES, STUDY, Journey

FIRST: Final = (STUDY, SERIES, f"{SERIES}.1")
JSON: Final = "application/dicom+json"
PLAIN: Final[dict[str, Any]] = {"Accept-Encoding": []}
NAMED: Final = {"StudyInstanceUID": [STUDY]}
OF_SERIES: Final = "/{study}/series"
OF_STUDY: Final = "/{study}/instances"
OF_ONE: Final = "/{study}/series/{series}/instances"
Reply = dict[str, Any]


def rows(reply: Reply) -> list[dict[str, Any]]:
    """The data sets of an answer; pydicom reads each."""
    assert reply["headers"]["Content-Type"] == JSON
    found: list[dict[str, Any]] = json.loads(base64.b64decode(reply["body"]))
    assert isinstance(found, list)
    for one in found:
        pydicom.Dataset.from_json(one)
    return found


def several(count: int) -> Callable[[Reply], bool]:
    return lambda reply: len(rows(reply)) == count


def has(tag: str) -> Callable[[Reply], bool]:
    return lambda reply: all(tag in one for one in rows(reply))


def dicom(reply: Reply) -> bool:
    found = pydicom.dcmread(BytesIO(base64.b64decode(reply["body"])))
    return str(found.SOPInstanceUID) == FIRST[2]


def problem(reply: Reply) -> bool:
    """A refusal says its code, and no more."""
    told = json.loads(base64.b64decode(reply["body"]))
    return {"type", "status", "code", "title", "title_en"} <= told.keys() and STUDY not in str(told)


@dataclass(frozen=True, slots=True)
class Case:
    """One question; ``query`` and ``uids`` belong to a search below ``studies``. ``refused``: the
    reason, where the standard would allow another answer."""

    name: str
    ask: Callable[[str], dict[str, Any]]
    status: int
    judged: Callable[[Reply], bool] = lambda _: True
    refused: str = field(default="")


def find(path: str, *uids: str, **query: list[str]) -> Callable[[str], dict[str, Any]]:
    return lambda manifest: search(manifest, path, *uids, query=query, **PLAIN)


def fetch(*uids: str, **headers: list[str]) -> Callable[[str], dict[str, Any]]:
    return lambda manifest: wado(manifest, *uids, **headers)


def told(*uids: str, **headers: list[str]) -> Callable[[str], dict[str, Any]]:
    return lambda manifest: resource("metadata", manifest, *uids, **{**PLAIN, **headers})


def frames(numbers: str, **headers: list[str]) -> Callable[[str], dict[str, Any]]:
    return lambda manifest: resource("frames", manifest, *FIRST, numbers, **headers)


SCOPE: Final = "a manifest opens one study: nobody looks through those of a site"
IDENTITY: Final = "no key names a person: the study is named, and an address is no place for one"
HALF: Final = "half of a question is not answered"
CASES: Final = (
    # QIDO-RS
    Case("studies, of one", find("", **NAMED), 200, several(1)),
    Case("studies, all of them", find(""), 400, problem, SCOPE),
    Case("studies by PatientID", find("", **NAMED, PatientID=["1"]), 400, problem, IDENTITY),
    Case("studies by PatientName", find("", **NAMED, PatientName=["A*"]), 400, problem, IDENTITY),
    Case("studies by date", find("", **NAMED, StudyDate=["20000101-20991231"]), 200, several(1)),
    Case("studies by modality", find("", **NAMED, ModalitiesInStudy=["CT"]), 200, several(1)),
    Case("series of a study", find(OF_SERIES, STUDY), 200, several(1)),
    Case("series by UID", find(OF_SERIES, STUDY, SeriesInstanceUID=[SERIES]), 200, several(1)),
    Case("series by modality", find(OF_SERIES, STUDY, Modality=["CT"]), 200, several(1)),
    Case("instances of a series", find(OF_ONE, STUDY, SERIES), 200, several(2)),
    Case("instances of a study", find(OF_STUDY, STUDY), 200, several(2)),
    Case("instances by UID", find(OF_STUDY, STUDY, SOPInstanceUID=[FIRST[2]]), 200, several(1)),
    Case("a limit", find(OF_STUDY, STUDY, limit=["1"]), 200, several(1)),
    Case("an offset", find(OF_STUDY, STUDY, offset=["1"]), 200, several(1)),
    Case("an offset behind the end", find(OF_STUDY, STUDY, offset=["99"]), 204),
    Case("a page", find(OF_STUDY, STUDY, limit=["1"], offset=["1"]), 200, several(1)),
    Case("attributes", find(OF_STUDY, STUDY, includefield=["00280100"]), 200, has("00280100")),
    Case(
        "attributes by keyword",
        find(OF_SERIES, STUDY, includefield=["StudyDate,SeriesDescription"]),
        200,
        has("00080020"),
    ),
    Case("all attributes", find(OF_STUDY, STUDY, includefield=["all"]), 200, has("00100020")),
    Case("names nearly alike", find(OF_STUDY, STUDY, fuzzymatching=["true"]), 200, several(2)),
    Case("a keyword in lower case", find(OF_STUDY, STUDY, modality=["CT"]), 400, problem, HALF),
    Case("a key of nobody", find(OF_STUDY, STUDY, InvalidKey=["x"]), 400, problem, HALF),
    Case("a limit that is none", find(OF_STUDY, STUDY, limit=["invalid"]), 400, problem),
    Case("a limit below zero", find(OF_STUDY, STUDY, limit=["-1"]), 400, problem),
    Case("nothing matches", find(OF_SERIES, STUDY, Modality=["ZZ"]), 204),
    Case(
        "a search as XML",
        lambda manifest: search(
            manifest, OF_SERIES, STUDY, Accept=['multipart/related; type="application/dicom+xml"']
        ),
        406,
        problem,
    ),
    # WADO-RS
    Case("attributes of a study", told(STUDY), 200, several(2)),
    Case("attributes of a series", told(STUDY, SERIES), 200, several(2)),
    Case("attributes of an instance", told(*FIRST), 200, several(1)),
    Case("attributes as any form", told(*FIRST, Accept=["*/*"]), 200, several(1)),
    Case("attributes as XML", told(*FIRST, Accept=["application/dicom+xml"]), 406, problem),
    Case("an instance alone", fetch(*FIRST, Accept=["application/dicom"]), 200, dicom),
    Case(
        "an instance in any syntax",
        fetch(*FIRST, Accept=["application/dicom; transfer-syntax=*"]),
        200,
        dicom,
    ),
    Case("an instance as text", fetch(*FIRST, Accept=["text/plain"]), 406, problem),
    Case(
        "an instance without Accept",
        fetch(*FIRST, Accept=[]),
        400,
        problem,
        "the network demands the header (DRIMbox 2.3)",
    ),
    Case("a frame", frames("1"), 200),
    Case("a frame that is not there", frames("99"), 404, problem),
    Case("no frame", frames("0"), 400, problem),
    Case("frames by words", frames("abc"), 400, problem),
    Case("a study of nobody", told("1.2.3.4.5"), 404, problem),
    Case("a series of nobody", told(STUDY, "1.2.3.4.5"), 404, problem),
    Case("an instance of nobody", told(STUDY, SERIES, "1.2.3.4.5"), 404, problem),
    Case("a UID that is none", fetch("invalid.uid"), 404, problem),
    Case("a path for a UID", fetch("../../etc/passwd"), 404, problem),
    Case("a study of nobody, by HEAD", lambda m: {**wado(m, "1.2"), "httpMethod": "HEAD"}, 404),
    Case(
        "no manifest",
        fetch(STUDY, **{"KOS-SOPInstanceUID": []}),
        400,
        problem,
        "the manifest is the evidence that its holder read the DMP",
    ),
)


def test_each_question_gets_its_answer(journey: Journey) -> None:
    manifest = published(journey)
    journey.fill()
    wrong = []
    for number, case in enumerate(CASES):
        request = case.ask(manifest)
        request["requestContext"]["requestId"] = f"case-{number}"
        reply = retrieve_study(request, CONTEXT)
        if reply["statusCode"] != case.status or not case.judged(reply):
            wrong.append(f"{case.name}: {reply['statusCode']}, not {case.status}")
    assert not wrong, "\n".join(wrong)
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)


def test_without_an_identity_each_question_is_refused(journey: Journey) -> None:
    manifest = published(journey)
    journey.fill()
    for case in CASES:
        request = case.ask(manifest)
        request["requestContext"]["authorizer"] = {}
        assert retrieve_study(request, CONTEXT)["statusCode"] == 401, case.name


# A function answers its own routes alone; the gateway has no other (tests/matrix).
@pytest.mark.parametrize(
    "path",
    [
        "/patients",
        "/series",
        "/instances",
        "/studies/{study}/series/{series}/instances/{instance}/rendered",
        "/studies/{study}/thumbnail",
        "/studies/{study}/bulkdata",
    ],
)
def test_resources_that_nobody_serves_yet_or_ever(path: str) -> None:
    assert ("GET", f"/tenants/{{tenant}}/dicomweb{path}") not in ROUTES


def test_twelve_questions_get_one_answer(journey: Journey) -> None:
    # One after another: a Lambda's process has one question at a time.
    manifest = published(journey)
    journey.fill()
    request = wado(manifest, *FIRST, Accept=["application/dicom"])
    replies = [retrieve_study(request, CONTEXT) for _ in range(12)]
    assert {one["body"] for one in replies} == {replies[0]["body"]}
    assert dicom(replies[0])
