"""Images: every form in which the network asks for them, and every answer that it may get."""

from __future__ import annotations

import shutil
import subprocess
import time
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx
import pydicom
import pytest
import requests
from dicomweb_client import DICOMwebClient
from pydicom.encaps import get_frame

from infra.demo.play import pixels
from simulators.pacs.studies import Size
from tests.flows.exams import ANY, Exam, ask, parts, publish, search
from tests.flows.stack import NEIGHBOUR, SIGNED_URL_SECONDS, LocalStack, in_parallel, new_ins

MIB: Final = 1024 * 1024
WADL: Final = "application/vnd.sun.wadl+xml"
# The ten transfer syntaxes of the network's sample requests; we hold the first and the fifth.
SYNTAXES: Final = (
    "1.2.840.10008.1.2.1",
    *(f"1.2.840.10008.1.2.4.{n}" for n in (50, 51, 70, 80, 91, 100, 101, 102, 103)),
)
PART: Final = 'multipart/related; type="application/dicom"'
LOSSLESS: Final = {"70": 0.9, "80": 0.8, "91": 0.6, "1": 0.4}
LOSSY: Final = {"50": 0.9, "51": 0.9, "70": 0.6, "1": 0.4}


@dataclass(frozen=True, slots=True)
class Exams:
    """``small``: answers directly; ``large``: a series beyond 4 MiB; ``cine``: an object beyond."""

    small: Exam
    large: Exam
    cine: Exam


@pytest.fixture(scope="module")
def exams(_stack: LocalStack) -> Exams:
    """Three published studies whose series are all in the cache."""
    wanted: list[tuple[str, Size | None]] = [
        ("A", None),
        ("C", Size(pixels=512, instances=10)),
        ("G1", Size(pixels=512, frames=20, transfer_syntax=SYNTAXES[0])),
    ]
    found = Exams(*in_parallel(lambda one: publish(_stack, *one), wanted))
    for exam in (found.small, found.large, found.cine):
        for series in exam.series:
            assert ask(_stack, exam, series=series).status_code in {200, 307}
    return found


@pytest.fixture(scope="module", autouse=True)
def signed_early(_stack: LocalStack, exams: Exams) -> tuple[str, float]:
    """A signed URL that works, and when it did: it ends while the other tests run."""
    url, _ = redirected(_stack, exams)
    with httpx.Client(trust_env=False, timeout=30) as http:
        assert http.get(url, headers={"Range": "bytes=0-0"}).status_code == 206
    return url, time.monotonic()


def followed(stack: LocalStack, answer: httpx.Response) -> httpx.Response:
    """The answer itself, or the content at its signed URL."""
    if answer.status_code != 307:
        return answer
    with stack.client() as http:
        return http.get(answer.headers["Location"])


def held_by_the_pacs(stack: LocalStack, study: str, series: str = "") -> dict[str, str]:
    """SOP Instance UID to the hash of its pixels, as Orthanc serves it."""
    url = f"{stack.endpoints['pacs']}/studies/{study}" + (f"/series/{series}" if series else "")
    with httpx.Client(trust_env=False, timeout=60) as http:
        return pixels(parts(http.get(url, headers={"Accept": ANY})))


def image_series(stack: LocalStack, exam: Exam) -> str:
    """The first series that has pixels."""
    return next(uid for uid in exam.series if held_by_the_pacs(stack, exam.study, uid))


def ranges(
    qualities: dict[str, float], default: float | None, media: str, boundary: str
) -> list[str]:
    """One range per transfer syntax, as the sample requests write them."""
    head = f"{media};" if media else ""
    found = []
    for syntax in SYNTAXES:
        quality = qualities.get(syntax.rpartition(".")[2], default)
        if quality is not None:
            found.append(f"{head}transfer-syntax={syntax};q={quality};boundary={boundary}")
    return found


def one_header(lines: list[str]) -> list[str]:
    """A single header with every range, ending with a comma."""
    return [",".join(lines) + ","]


SAME: Final = ranges({}, 0.5, PART, "**")
# Shape of the national sample requests -> (what is asked, Accept lines, order of headers).
SHAPES: Final[dict[str, tuple[str, list[str], str]]] = {
    "study, one header": ("study", one_header(SAME), ""),
    "series, one header": ("series", one_header(SAME), ""),
    "instance, one header": ("instance", one_header(SAME), ""),
    "series, lossless first": ("series", one_header(ranges(LOSSLESS, 0.5, PART, "**")), ""),
    "series, lossy first": ("series", one_header(ranges(LOSSY, 0.5, PART, "**")), ""),
    "series, q from 1.0 to 0.1": (
        "series",
        one_header(
            [
                f"{PART};transfer-syntax={syntax};q={1 - n / 10:.1f};boundary=**"
                for n, syntax in enumerate(SYNTAXES)
            ]
        ),
        "",
    ),
    **{
        f"{what}, {name}": (what, lines, order)
        for what in ("instance", "series")
        for name, lines, order in (
            ("ten headers", ranges({}, 0.5, PART, "myboundary"), ""),
            ("no media type", ranges(LOSSY, 0.5, "", "myboundary"), ""),
            ("headers switched", ranges(LOSSY, 0.5, PART, "myboundary"), "switched"),
            ("lossless, ten headers", ranges(LOSSLESS, 0.5, PART, "myboundary"), ""),
            ("lossy, ten headers", ranges(LOSSY, 0.5, PART, "myboundary"), ""),
            (
                "q of 0, 0.0, 1 and 1.0",
                ranges({"1": 1.0, "80": 1, "50": 0, "51": 0.0}, 0.5, PART, "b"),
                "",
            ),
        )
    },
}


def test_there_are_eighteen_shapes() -> None:
    assert len(SHAPES) == 18


@pytest.mark.parametrize("name", SHAPES)
def test_the_networks_requests(stack: LocalStack, exams: Exams, name: str) -> None:
    what, lines, order = SHAPES[name]
    exam = exams.small
    series = image_series(stack, exam)
    (instance, *_) = exam.series[series]
    answer = ask(
        stack,
        exam,
        series="" if what == "study" else series,
        instance=instance if what == "instance" else "",
        accept=lines,
        order=order,
    )
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("multipart/related")
    assert 'type="application/dicom"' in answer.headers["Content-Type"]
    expected = held_by_the_pacs(stack, exam.study, "" if what == "study" else series)
    if what == "instance":
        expected = {instance: expected[instance]}
    assert pixels(parts(answer)) == expected


def test_the_frame_of_an_object_of_one_may_be_asked_for_as_the_object(
    stack: LocalStack, exams: Exams
) -> None:
    exam = exams.small
    (series, (instance, *_)) = next(iter(exam.series.items()))
    answer = ask(stack, exam, series=series, instance=f"{instance}/frames/1")
    assert answer.status_code == 200
    (one,) = parts(answer)
    assert pydicom.dcmread(BytesIO(one)).SOPInstanceUID == instance
    answer = ask(stack, exam, series=series, instance=f"{instance}/frames/2")
    assert (answer.status_code, answer.json()["code"]) == (404, "absent")


def test_a_film_is_served_frame_by_frame(stack: LocalStack, exams: Exams) -> None:
    exam = exams.cine
    series = image_series(stack, exam)
    (instance, *_) = exam.series[series]
    whole = followed(stack, ask(stack, exam, series=series, instance=instance))
    (data,) = parts(whole)
    film = pydicom.dcmread(BytesIO(data))
    size = len(film.PixelData) // film.NumberOfFrames
    octets = 'multipart/related; type="application/octet-stream"'
    answer = ask(stack, exam, series=series, instance=f"{instance}/frames/7,2", accept=[octets])
    assert answer.status_code == 200
    assert parts(answer) == [
        film.PixelData[number * size : (number + 1) * size] for number in (6, 1)
    ]
    every = ",".join(str(number + 1) for number in range(film.NumberOfFrames))
    answer = ask(stack, exam, series=series, instance=f"{instance}/frames/{every}", accept=[octets])
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    # Some of its frames are no object.
    answer = ask(stack, exam, series=series, instance=f"{instance}/frames/7")
    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")


@pytest.mark.parametrize("zero", ["0", "0.0", "0.000"])
def test_a_quality_of_zero_forbids(stack: LocalStack, exams: Exams, zero: str) -> None:
    lines = [f"{PART};transfer-syntax={s};q={zero}" for s in SYNTAXES]
    answer = ask(stack, exams.small, accept=lines)
    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")


# ---- the forms of an answer


def test_one_object_alone_and_in_a_part(stack: LocalStack, exams: Exams) -> None:
    exam = exams.small
    series = image_series(stack, exam)
    instance = exam.series[series][0]
    alone = ask(
        stack,
        exam,
        series=series,
        instance=instance,
        accept=["application/dicom; transfer-syntax=*"],
    )
    packed = ask(stack, exam, series=series, instance=instance)
    assert alone.status_code == packed.status_code == 200
    assert alone.headers["Content-Type"].startswith("application/dicom")
    assert parts(packed) == [alone.content]
    dataset = pydicom.dcmread(BytesIO(alone.content))
    assert dataset.SOPInstanceUID == instance
    stated = alone.headers["Content-Type"].rpartition("transfer-syntax=")[2]
    assert stated == dataset.file_meta.TransferSyntaxUID
    for answer in (alone, packed):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_whole_study_in_one_body(stack: LocalStack, exams: Exams) -> None:
    answer = ask(stack, exams.small)
    assert answer.status_code == 200
    got = {str(pydicom.dcmread(BytesIO(data)).SOPInstanceUID) for data in parts(answer)}
    assert got == {uid for uids in exams.small.series.values() for uid in uids}, "key images too"


def test_a_study_that_is_too_large_for_one_body(stack: LocalStack, exams: Exams) -> None:
    assert ask(stack, exams.large).status_code == 413


def test_every_series_is_what_the_pacs_has(stack: LocalStack, exams: Exams) -> None:
    statuses = set()
    for exam in (exams.small, exams.large, exams.cine):
        for series, instances in exam.series.items():
            answer = ask(stack, exam, series=series)
            statuses.add(answer.status_code)
            body = followed(stack, answer)
            assert body.status_code == 200
            objects = parts(body)
            assert (len(body.content) > 4 * MIB) == (answer.status_code == 307)
            found = [str(pydicom.dcmread(BytesIO(data)).SOPInstanceUID) for data in objects]
            assert sorted(found) == sorted(instances)
            assert pixels(objects) == held_by_the_pacs(stack, exam.study, series)
    assert statuses == {200, 307}


@pytest.mark.parametrize("accept", ["application/dicom; transfer-syntax=*", ANY])
def test_one_object_beyond_the_limit(stack: LocalStack, exams: Exams, accept: str) -> None:
    exam = exams.cine
    series = image_series(stack, exam)
    (instance, *_) = exam.series[series]
    answer = ask(stack, exam, series=series, instance=instance, accept=[accept])
    assert answer.status_code == 307
    assert answer.content == b""
    body = followed(stack, answer)
    assert body.headers["Content-Type"].startswith(accept.partition(";")[0])
    assert pixels(parts(body)) == {instance: held_by_the_pacs(stack, exam.study, series)[instance]}


def redirected(stack: LocalStack, exams: Exams) -> tuple[str, str]:
    """A signed URL, and the series that it gives."""
    for series in exams.large.series:
        answer = ask(stack, exams.large, series=series)
        if answer.status_code == 307:
            return str(answer.headers["Location"]), series
    raise AssertionError("no series of the large study is redirected")


def test_no_token_travels_in_a_signed_url(stack: LocalStack, exams: Exams) -> None:
    url, _ = redirected(stack, exams)
    for secret in ("Bearer", exams.large.case.ins, exams.large.case.orders[0].accession):
        assert secret not in url
    assert f"X-Amz-Expires={SIGNED_URL_SECONDS}" in url


def test_a_head_tells_the_get_without_its_body(stack: LocalStack, exams: Exams) -> None:
    get, head = (ask(stack, exams.small, method=method) for method in ("GET", "HEAD"))
    assert (head.status_code, head.content) == (200, b"")
    for name in ("Content-Type", "Content-Length", "Cache-Control"):
        assert head.headers[name] == get.headers[name]
    url, series = redirected(stack, exams)
    answer = ask(stack, exams.large, series=series, method="HEAD")
    assert answer.status_code == 307
    with httpx.Client(trust_env=False, timeout=30) as http:
        told = http.head(answer.headers["Location"])
        assert (told.status_code, told.content) == (200, b"")
        assert told.headers["Content-Length"] == http.get(url).headers["Content-Length"]
        assert http.get(answer.headers["Location"]).status_code == 403


# ---- other people's clients


def test_dicomweb_client(stack: LocalStack, exams: Exams) -> None:
    """Objects and small series as it likes; large ones by its streaming calls alone.

    Its other calls set the Host header themselves and carry ours to S3, whose signature covers it.
    """
    _, large = redirected(stack, exams)
    for exam in (exams.small, exams.large):
        with requests.Session() as session:
            session.verify = str(stack.layout.pki / "ca.pem")
            session.trust_env = False
            client = DICOMwebClient(
                stack.images_url("").rstrip("/"),
                session=session,
                headers={
                    "Authorization": f"Bearer {stack.token()}",
                    "KOS-SOPInstanceUID": exam.manifest,
                },
            )
            for series, instances in exam.series.items():
                fetch = client.iter_series if series == large else client.retrieve_series
                found = fetch(exam.study, series, media_types=(("application/dicom", "*"),))
                assert sorted(str(one.SOPInstanceUID) for one in found) == sorted(instances)
            (series, (instance, *_)) = next(iter(exam.series.items()))
            one = client.retrieve_instance(
                exam.study, series, instance, media_types=(("application/dicom", "*"),)
            )
            assert one.SOPInstanceUID == instance
            told = client.retrieve_series_metadata(exam.study, series)
            found = [facts["00080018"]["Value"][0] for facts in told]
            assert sorted(found) == sorted(exam.series[series])
            (study,) = client.search_for_studies(search_filters={"StudyInstanceUID": exam.study})
            assert study["00201206"]["Value"] == [len(exam.series)]
            listed = client.search_for_series(exam.study, fields=["SeriesDate", "StudyDescription"])
            assert [one["0020000E"]["Value"][0] for one in listed] == [*exam.series]
            for within in (None, series):
                rows = client.search_for_instances(exam.study, within, limit=2, get_remaining=True)
                named = exam.series if within is None else [series]
                expected = sorted(uid for one in named for uid in exam.series[one])
                assert sorted(one["00080018"]["Value"][0] for one in rows) == expected
            none = client.search_for_series(exam.study, search_filters={"Modality": "ZZ"})
            assert none == []
            frames = client.retrieve_instance_frames(
                exam.study, series, instance, [1], media_types=(("application/octet-stream", "*"),)
            )
            # An independent reader cuts the same out of the object.
            compressed = one.file_meta.TransferSyntaxUID.is_encapsulated
            cut = get_frame(one.PixelData, 0, number_of_frames=1) if compressed else one.PixelData
            assert [frame.rstrip(b"\0") for frame in frames] == [cut.rstrip(b"\0")]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_follows(stack: LocalStack, exams: Exams, tmp_path: Path) -> None:
    _, series = redirected(stack, exams)
    said = subprocess.run(
        [
            *("curl", "-sS", "-L", "--cacert", str(stack.layout.pki / "ca.pem")),
            *("-H", f"Authorization: Bearer {stack.token()}"),
            *("-H", f"KOS-SOPInstanceUID: {exams.large.manifest}", "-H", f"Accept: {ANY}"),
            *("-o", str(tmp_path / "body"), "-w", "%{http_code} %{num_redirects} %{content_type}"),
            stack.images_url(exams.large.study, series),
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    status, redirects, kind = said.split(" ", 2)
    assert (status, redirects) == ("200", "1")
    body = httpx.Response(
        200, headers={"Content-Type": kind}, content=(tmp_path / "body").read_bytes()
    )
    assert pixels(parts(body)) == held_by_the_pacs(stack, exams.large.study, series)


# ---- refusals


def test_health_needs_no_token(stack: LocalStack) -> None:
    with stack.client() as http:
        answer = http.get(stack.images_url(""), headers={"Accept": "application/json"})
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
        absent = http.get(stack.images_url("", tenant="nobody"))
        bare = http.head(stack.images_url(""), headers={"Accept": "application/json"})
        assert (bare.status_code, bare.content) == (200, b"")
        assert bare.headers["Content-Length"] == answer.headers["Content-Length"]
        for url in (stack.images_url(""), f"{stack.images_url('')}/studies"):
            told = http.options(url, headers={"Accept": WADL})
            assert (told.status_code, told.headers["Content-Type"]) == (200, WADL)
    assert absent.status_code == 404


def test_required_parts_of_a_request(stack: LocalStack, exams: Exams) -> None:
    exam = exams.small
    for wrong in (
        ask(stack, exam, accept=()),
        ask(stack, exam, accept=("",)),
        ask(stack, exam, kos=()),
        ask(stack, exam, kos=("",)),
        ask(stack, exam, kos=(exam.manifest, exam.manifest)),
    ):
        assert (wrong.status_code, wrong.json()["code"]) == (400, "bad_request")


@pytest.mark.parametrize("accept", ["*/*", PART, "application/dicom"])
def test_without_a_transfer_syntax_explicit_little_endian_is_meant(
    stack: LocalStack, exams: Exams, accept: str
) -> None:
    exam = exams.small
    statuses = {}
    for series, instances in exam.series.items():
        alone = ask(stack, exam, series=series, instance=instances[0])
        held = pydicom.dcmread(BytesIO(parts(alone)[0])).file_meta.TransferSyntaxUID
        answer = ask(stack, exam, series=series, instance=instances[0], accept=[accept])
        statuses[str(held)] = answer.status_code
    assert statuses.pop(SYNTAXES[0]) == 200
    assert set(statuses.values()) <= {406}


def test_permitted_callers(stack: LocalStack, exams: Exams) -> None:
    exam = exams.small
    with stack.client() as http:
        control = f"{stack.endpoints['psc']}/_sim"
        ended = http.post(f"{control}/tokens", json={"expires_in": 1}).json()["access_token"]
        revoked = stack.token()
        assert http.post(f"{control}/revoke", json={"access_token": revoked}).status_code == 200
    time.sleep(1.1)
    for token in ("", "x", "a.b.c", ended, revoked, "%00"):
        refused = ask(stack, exam, token=token)
        assert refused.status_code == 401, "no token, or one that is not active"
        assert refused.headers["WWW-Authenticate"].startswith("Bearer")
        assert refused.headers["Content-Type"] == "application/problem+json"


def test_absent_resources(stack: LocalStack, exams: Exams) -> None:
    exam, other = exams.small, exams.large
    (series, (instance, *_)) = next(iter(exam.series.items()))
    foreign_series = next(iter(other.series))
    for absent in (
        ask(stack, exam, kos=["1.2.3.4"]),
        ask(stack, exam, kos=[other.manifest]),
        ask(stack, exam, study=other.study),
        ask(stack, exam, study="1.2.3.4"),
        ask(stack, exam, study="not-a-uid"),
        ask(stack, exam, series=foreign_series),
        ask(stack, exam, series=series, instance=other.series[foreign_series][0]),
        ask(stack, exam, series=foreign_series, instance=instance),
        ask(stack, exam, tenant=NEIGHBOUR),
        ask(stack, exam, tenant="nobody"),
    ):
        assert (absent.status_code, absent.json()["code"]) == (404, "absent")


def test_unacceptable_forms(stack: LocalStack, exams: Exams) -> None:
    lossy = [f"{PART};transfer-syntax={SYNTAXES[1]}"]
    for accept in (lossy, ["image/jpeg"], ["application/dicom+json"], ["text/html,*/*;q=0"]):
        answer = ask(stack, exams.small, accept=accept)
        assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")


def test_pro_sante_connect_down_is_503(stack: LocalStack, exams: Exams) -> None:
    """Nobody gets in, and nobody is told that the token is wrong."""
    token = stack.token()
    for kind in ("unavailable", "wrong_answer"):
        stack.fault("psc", kind=kind, path="introspect")
        answer = ask(stack, exams.small, token=token, wait=False)
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.json()["code"] == "identity_unavailable"
        stack.heal("psc")
    assert ask(stack, exams.small, token=token).status_code == 200


def test_a_cold_series_is_fetched(stack: LocalStack) -> None:
    exam = publish(stack, "Q", None)
    series = next(iter(exam.series))
    assert ask(stack, exam, series=series).status_code == 200
    # The fill of publication may still be busy with another series: all of them are cold after it.
    for each in exam.series:
        ask(stack, exam, series=each)
    prefix = f"{stack.endpoints['tenant']}/studies/{exam.study}/"
    for key in stack.keys("cache", prefix):
        stack.aws["s3"].delete_object(Bucket=stack.bucket("cache"), Key=key)
    cold = ask(stack, exam, series=series, wait=False)
    assert cold.status_code == 503
    assert int(cold.headers["Retry-After"]) > 0
    warm = ask(stack, exam, series=series)
    assert warm.status_code == 200
    assert pixels(parts(warm)) == held_by_the_pacs(stack, exam.study, series)


def test_every_answer_is_audited(stack: LocalStack, exams: Exams) -> None:
    study = exams.small.study
    before = len(stack.audited("images.retrieved", for_study_instance_uid=study))
    assert ask(stack, exams.small).status_code == 200
    assert ask(stack, exams.small, kos=["1.2.3.4"]).status_code == 404
    records = stack.audited("images.retrieved", for_study_instance_uid=study)
    assert len(records) == before + 2
    assert {one["who"] for one in records} == {"810090010017"}
    assert {"served", "absent"} <= {one["result"] for one in records}


# ---- signed URLs


def test_a_signed_url_is_verified(stack: LocalStack, exams: Exams) -> None:
    url, _ = redirected(stack, exams)
    path = urlsplit(url).path
    with httpx.Client(trust_env=False, timeout=30) as http:
        whole = http.get(url)
        assert whole.status_code == 200
        assert whole.headers["Cache-Control"] == "no-store"
        for method in ("HEAD", "PUT", "POST", "DELETE"):
            assert http.request(method, url).status_code in {403, 405}, method
        for tampered in (
            url.replace("series.multipart", "index.json"),
            url.replace(f"X-Amz-Expires={SIGNED_URL_SECONDS}", "X-Amz-Expires=3600"),
            url.replace("response-content-type=multipart", "response-content-type=text"),
            url[:-1] + ("0" if url[-1] != "0" else "1"),
            url.partition("?")[0],
        ):
            assert tampered != url
            assert http.get(tampered).status_code == 403
        both = http.get(url, headers={"Authorization": "Bearer x"})
        assert both.status_code == 400, "a signature and an Authorization header, as in S3"
        assert path.endswith("series.multipart")


def test_ranges_of_a_signed_url(stack: LocalStack, exams: Exams) -> None:
    url, _ = redirected(stack, exams)
    with httpx.Client(trust_env=False, timeout=30) as http:
        whole = http.get(url).content
        size = len(whole)
        for asked, start, end in (
            ("bytes=0-99", 0, 100),
            (f"bytes={size - 10}-", size - 10, size),
            ("bytes=-5", size - 5, size),
            (f"bytes={MIB}-{3 * MIB}", MIB, 3 * MIB + 1),
        ):
            part = http.get(url, headers={"Range": asked})
            assert part.status_code == 206
            assert part.headers["Content-Range"] == f"bytes {start}-{end - 1}/{size}"
            assert part.content == whole[start:end]
        assert http.get(url, headers={"Range": f"bytes={size}-"}).status_code == 416


# ---- the professional's list


def test_the_patients_exams(stack: LocalStack, exams: Exams) -> None:
    who = {"ins": exams.small.case.ins, "oid": exams.small.case.ins_oid}
    found = {one["study_instance_uid"]: one for one in search(stack, who).json()["exams"]}
    for exam in (exams.small, exams.large, exams.cine):
        assert found[exam.study]["manifest_id"] == exam.manifest
    assert found[exams.small.study]["date"].startswith("20210108")
    only = search(stack, {**who, "modality": "XA"}).json()["exams"]
    studies = {one["study_instance_uid"] for one in only}
    assert exams.cine.study in studies
    assert exams.small.study not in studies
    later = search(stack, {**who, "from": "2021-01-09"}).json()["exams"]
    assert all(one["date"] >= "20210109" for one in later), (
        "studies that other tests have published today"
    )
    other = search(stack, {"ins": new_ins(), "oid": who["oid"]})
    assert (other.status_code, other.json()["exams"]) == (200, [])


def test_searches_that_are_refused(stack: LocalStack, exams: Exams) -> None:
    who = {"ins": exams.small.case.ins, "oid": exams.small.case.ins_oid}
    wrong: tuple[object, ...] = (
        {},
        [],
        {**who, "ins": "279035121518988"},
        {**who, "more": 1},
        {"ins": who["ins"]},
    )
    for body in wrong:
        refused = search(stack, body)
        assert refused.status_code == 400
        assert who["ins"] not in refused.text
    assert search(stack, who, token="x").status_code == 401
    assert search(stack, who, tenant="nobody").status_code == 404
    token = stack.token()
    stack.fault("psc", kind="unavailable", path="introspect")
    down = search(stack, who, token=token)
    assert (down.status_code, down.json()["code"]) == (503, "identity_unavailable")
    stack.heal("psc")
    stack.fault("dmp", kind="unavailable", transaction="iti-18", count=None)
    down = search(stack, who, token=token)
    assert (down.status_code, int(down.headers["Retry-After"]) > 0) == (503, True)
    stack.heal("dmp")
    assert search(stack, who, token=token).status_code == 200


# ---- at the end, when it has come


def test_a_signed_url_ends(stack: LocalStack, signed_early: tuple[str, float]) -> None:
    url, at = signed_early
    time.sleep(max(0.0, at + SIGNED_URL_SECONDS + 1 - time.monotonic()))
    with httpx.Client(trust_env=False, timeout=30) as http:
        assert http.get(url, headers={"Range": "bytes=0-0"}).status_code == 403
