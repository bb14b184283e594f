"""The PACS's answers about a study: each level of QIDO-RS, and the metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from tests.drimbox.images.pacs_scenes import XA, archive, image, series, study
from tests.drimbox.images.samples import SERIES, STUDY
from tests.restrictions.outcomes import outcome_of_pacs
from tests.restrictions.table import Variants, case

if TYPE_CHECKING:
    from tests.drimbox.images.pacs_scenes import Json

_STUDY = "study (QIDO-RS)"
_COUNT = "count of series or objects"
_LIST = "list of series or objects"
_METADATA = "metadata of a series"

_SERIES_PATH = f"/studies/{STUDY}/series"
_INSTANCES = f"{_SERIES_PATH}/{SERIES}/instances"
_MORE = {"warning": '299 pacs: "There are 2 additional results that can be requested"'}


def _answered(path: str, answer: Any, *images: Json, **more: Any) -> str:
    """A study of one series, of which one path has this answer."""
    pacs = archive(*(images or (image(1), image(2))), **more)
    pacs.answers[path] = answer
    return outcome_of_pacs(pacs.client, STUDY)


def _study(answer: Any) -> str:
    return _answered("/studies", answer)


@case(_STUDY, "unknown")
def _study_unknown() -> Variants:
    yield "an empty list", _study([])
    yield "no content", _study(httpx.Response(204))


@case(_STUDY, "missing")
def _study_missing() -> Variants:
    yield "not found", _study(httpx.Response(404))
    yield "no byte", _study(httpx.Response(200, content=b""))
    yield "not here any more", _study(httpx.Response(410))


@case(_STUDY, "repeated")
def _study_repeated() -> Variants:
    once = study(NumberOfStudyRelatedInstances=2)
    yield "with another count", _study([once, study(NumberOfStudyRelatedInstances=3)])
    yield "with no count", _study([once, study()])


@case(_STUDY, "ambiguous")
def _study_ambiguous() -> Variants:
    yield "two patients", _study([study(), study(PatientID="IPP-00472")])
    yield "a patient and none", _study([study(), study(PatientID=None)])


@case(_STUDY, "ill-formed")
def _study_ill_formed() -> Variants:
    yield "another study", _study([study(StudyInstanceUID="1.2.3")])
    yield "another study too", _study([study(), study(StudyInstanceUID="1.2.3")])
    yield "no UID", _study([study(StudyInstanceUID=None)])
    yield "null", _study([study(), None])
    yield "a page of a proxy", _study(httpx.Response(200, content=b"<html>"))


@case(_STUDY, "partial")
def _study_partial() -> Variants:
    yield "206", _study(httpx.Response(206, json=[study()]))
    yield "more to come", _study(httpx.Response(200, json=[study()], headers=_MORE))
    yield "none, and more to come", _study(httpx.Response(204, headers=_MORE))
    yield "cut", _study(httpx.Response(200, content=b'[{"0020000D":{"vr":"UI","Va'))


def _counted(of_study: Any = None, of_series: Any = None) -> str:
    found = {"NumberOfStudyRelatedInstances": of_study} if of_study is not None else {}
    more = {"NumberOfSeriesRelatedInstances": of_series} if of_series is not None else {}
    return _answered("/other", None, study=found, series=more)


@case(_COUNT, "unknown")
def _count_unknown() -> Variants:
    for value in ("many", "2+", True):
        yield f"of the study: {value}", _counted(of_study=value)
        yield f"of the series: {value}", _counted(of_series=value)


@case(_COUNT, "missing")
def _count_missing() -> Variants:
    yield "none at all", _counted()
    yield "of the series", _counted(of_study=2)
    yield "of the study", _counted(of_series="2")


def _values(level: str, *values: Any) -> str:
    element = {"vr": "IS", "Value": list(values)}
    if level == "study":
        return _study([{**study(), "00201208": element}])
    return _answered(_SERIES_PATH, [{**series(), "00201209": element}])


@case(_COUNT, "repeated")
def _count_repeated() -> Variants:
    for level in ("study", "series"):
        yield f"twice the same, {level}", _values(level, 2, 2)
        yield f"two numbers, {level}", _values(level, 2, 3)


@case(_COUNT, "ambiguous")
def _count_ambiguous() -> Variants:
    yield "more in the study", _counted(of_study=3, of_series=2)
    yield "fewer in the study", _counted(of_study=1, of_series=2)
    yield "none in the study", _counted(of_study=0, of_series=2)


@case(_COUNT, "ill-formed")
def _count_ill_formed() -> Variants:
    for level in ("study", "series"):
        yield f"a fraction, {level}", _values(level, 2.5)
        yield f"negative, {level}", _values(level, -2)
        yield f"an object, {level}", _values(level, {"Alphabetic": "2"})


@case(_COUNT, "partial")
def _count_partial() -> Variants:
    yield "more objects than listed", _counted(of_series=3)
    yield "fewer objects than listed", _counted(of_series=1)
    yield "more series", _study([study(NumberOfStudyRelatedSeries=2)])
    yield "no series", _study([study(NumberOfStudyRelatedSeries=0)])


@case(_LIST, "missing")
def _list_missing() -> Variants:
    for path in (_SERIES_PATH, _INSTANCES):
        answers: list[Any] = [httpx.Response(404), httpx.Response(204), []]
        for answer in answers:
            yield f"{path}: {answer}", _answered(path, answer)


@case(_LIST, "repeated")
def _list_repeated() -> Variants:
    other = f"{_SERIES_PATH}/1.2.9/instances"
    two = [series(), series("1.2.9")]
    pacs = archive(image(1), image(2), **{_SERIES_PATH: two, other: [image(2)]})
    yield "an object in two series", outcome_of_pacs(pacs.client, STUDY)
    yield "two contents", _answered(_INSTANCES, [image(1), image(1, InstanceNumber=9)])
    yield "two series of one UID", _answered(_SERIES_PATH, [series(), series(Modality="MR")])
    yield "pages overlap", _answered(f"{_INSTANCES}?2", [image(2), image(3)])
    yield "series overlap", _answered(f"{_SERIES_PATH}?1", [series(), series("1.2.9")])
    yield "a page comes again", _answered(f"{_INSTANCES}?2", [image(1), image(2)])


@case(_LIST, "ambiguous")
def _list_ambiguous() -> Variants:
    elsewhere = image(2, StudyInstanceUID="1.2.3")
    yield "an object of another study", _answered(_INSTANCES, [image(1), elsewhere])
    elsewhere = image(2, SeriesInstanceUID="1.2.3")
    yield "an object of another series", _answered(_INSTANCES, [image(1), elsewhere])
    foreign = series("1.2.9", StudyInstanceUID="1.2.3")
    yield "a series of another study", _answered(_SERIES_PATH, [series(), foreign])
    yield "an object without a UID", _answered(_INSTANCES, [image(1, SOPInstanceUID=None)])
    yield "a series without a UID", _answered(_SERIES_PATH, [series(SeriesInstanceUID=None)])


_ILL_FORMED = ("1.2.0123", "1.2.a", "1." * 40 + "1", "1.2..3", "2.25.-1")


@case(_LIST, "ill-formed")
def _list_ill_formed() -> Variants:
    for uid in _ILL_FORMED:
        yield f"object {uid}", _answered(_INSTANCES, [image(1), image(2, SOPInstanceUID=uid)])
        yield f"class {uid}", _answered(_INSTANCES, [image(1, SOPClassUID=uid, NumberOfFrames=1)])
        yield f"series {uid}", _answered(_SERIES_PATH, [series(SeriesInstanceUID=uid)])


@case(_LIST, "partial")
def _list_partial() -> Variants:
    two = {"NumberOfSeriesRelatedInstances": 2}
    yield "an object less", _answered(_INSTANCES, [image(1)], series=two)
    announced = study(NumberOfStudyRelatedInstances=2)
    yield "an object less of the study", _answered("/studies", [announced], image(1))
    for path, found in ((_SERIES_PATH, [series()]), (_INSTANCES, [image(1)])):
        yield (
            f"more to come: {path}",
            _answered(path, lambda _, found=found: httpx.Response(200, json=found, headers=_MORE)),
        )
        yield f"206: {path}", _answered(path, httpx.Response(206, json=found))


_FRAMES = (image(1, SOPClassUID=XA), image(2, SOPClassUID=XA))


def _metadata(answer: Any) -> str:
    return _answered(f"{_SERIES_PATH}/{SERIES}/metadata", answer, *_FRAMES)


@case(_METADATA, "unknown")
def _metadata_unknown() -> Variants:
    for where in ("StudyInstanceUID", "SeriesInstanceUID"):
        elsewhere = image(2, SOPClassUID=XA, **{where: "1.2.3"})
        yield where, _metadata([_FRAMES[0], elsewhere])


@case(_METADATA, "missing")
def _metadata_missing() -> Variants:
    yield "404", _metadata(httpx.Response(404))
    yield "204", _metadata(httpx.Response(204))
    yield "empty", _metadata([])


@case(_METADATA, "repeated")
def _metadata_repeated() -> Variants:
    yield "two contents", _metadata([*_FRAMES, image(1, SOPClassUID=XA, NumberOfFrames=9)])


@case(_METADATA, "ambiguous")
def _metadata_ambiguous() -> Variants:
    yield "another class", _metadata([_FRAMES[0], image(2)])
    other = image(2, SOPClassUID=XA, InstanceNumber=7)
    yield "another number", _metadata([_FRAMES[0], other])


@case(_METADATA, "ill-formed")
def _metadata_ill_formed() -> Variants:
    for uid in _ILL_FORMED:
        yield uid, _metadata([_FRAMES[0], image(2, SOPClassUID=XA, SOPInstanceUID=uid)])


@case(_METADATA, "partial")
def _metadata_partial() -> Variants:
    yield "an object less", _metadata(_FRAMES[:1])
    yield "an object more", _metadata([*_FRAMES, image(3, SOPClassUID=XA)])
    yield "206", _metadata(httpx.Response(206, json=list(_FRAMES)))
