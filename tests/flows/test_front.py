"""The front for peers before our own stack: one answer for each request, whatever its size, and no
way around it."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

import httpx
import pytest
from dicomweb_client import DICOMwebClient
from requests import Session

from functions.drimbox.images import joining
from functions.drimbox.peers.calling_peer import HEADER as PEER_CERTIFICATE
from infra.demo.play import pixels
from simulators.pacs.studies import Size
from tests.flows.exams import ANY, Exam, ask, parts, publish
from tests.flows.stack import LocalStack, running

OFFICIAL: Final = Path(__file__).parents[3] / "shared" / "data" / "official" / "WADO"
# In the white list, and not.
LISTED: Final = "peers-client"
UNLISTED: Final = "ris"


@pytest.fixture(scope="module")
def fronted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """A stack of its own: ``db`` is the front's address, and its API listens behind it."""
    with running(tmp_path_factory.mktemp("fronted") / "home", front=True) as stack:
        look = stack.aws["lambda"].invoke(
            FunctionName="drimbox-refresh-white-list", Payload=b'{"at_once": true}'
        )
        assert json.loads(look["Payload"].read())["outcome"] == "kept"
        yield stack


@pytest.fixture(scope="module")
def exam(fronted: LocalStack) -> Exam:
    """Several series, each beyond the size of a function's answer."""
    found = publish(fronted, "A", Size(pixels=512, instances=30))
    assert len(found.series) > 1
    ask(fronted, found)
    return found


def held(stack: LocalStack, exam: Exam, series: str = "") -> dict[str, str]:
    """SOP Instance UID to the hash of its pixels, as the PACS has it."""
    url = f"{stack.endpoints['pacs']}/studies/{exam.study}" + (f"/series/{series}" * bool(series))
    with httpx.Client(trust_env=False, timeout=60) as http:
        return pixels(parts(http.get(url, headers={"Accept": ANY})))


def asked(
    stack: LocalStack, exam: Exam, *, identity: str = "", series: str = "", **more: str
) -> httpx.Response:
    headers = {
        "Authorization": f"Bearer {stack.token()}",
        "KOS-SOPInstanceUID": exam.manifest,
        "Accept": ANY,
        **more,
    }
    with stack.client(identity) as http:
        return http.get(stack.images_url(exam.study, series), headers=headers)


def test_a_study_of_several_large_series_is_one_answer(fronted: LocalStack, exam: Exam) -> None:
    answer = asked(fronted, exam)
    assert answer.status_code == 200
    assert len(answer.content) > 2 * 4 * 1024 * 1024
    assert answer.headers["Content-Length"] == str(len(answer.content))
    assert pixels(parts(answer)) == held(fronted, exam)
    with fronted.client() as http:
        head = http.head(answer.request.url, headers=dict(answer.request.headers))
    assert head.headers["Content-Length"] == answer.headers["Content-Length"]


def test_a_large_series_is_no_redirect(fronted: LocalStack, exam: Exam) -> None:
    series = next(iter(exam.series))
    answer = asked(fronted, exam, series=series, identity=LISTED)
    assert (answer.status_code, answer.history) == (200, [])
    assert pixels(parts(answer)) == held(fronted, exam, series)
    part = asked(fronted, exam, series=series, Range="bytes=0-99")
    assert (part.status_code, part.content) == (206, answer.content[:100])


def test_a_client_that_pins_its_host_is_served(fronted: LocalStack, exam: Exam) -> None:
    """dicomweb-client copies its Host along a redirect, and asks a study in one piece."""
    session = Session()
    session.trust_env = False
    session.verify = str(fronted.layout.pki / "ca.pem")
    session.headers.update(
        {"Authorization": f"Bearer {fronted.token()}", "KOS-SOPInstanceUID": exam.manifest}
    )
    base = f"{fronted.endpoints['db']}/tenants/demo/dicomweb"
    client = DICOMwebClient(base, session=session)
    found = client.retrieve_study(exam.study, media_types=(("application/dicom", "*"),))
    named = {uid for series in exam.series.values() for uid in series}
    assert {str(one.SOPInstanceUID) for one in found} == named
    series = next(iter(exam.series))
    some = client.retrieve_series(exam.study, series, media_types=(("application/dicom", "*"),))
    assert {str(one.SOPInstanceUID) for one in some} == set(exam.series[series])


def test_the_api_behind_it_admits_the_front_alone(fronted: LocalStack, exam: Exam) -> None:
    behind = fronted.layout.url("db_api")
    url = fronted.images_url(exam.study).replace(fronted.endpoints["db"], behind)
    for identity in ("", LISTED, UNLISTED, "peer", "operator"):
        with fronted.client(identity) as http, pytest.raises((httpx.HTTPError, ssl.SSLError)):
            http.get(url, headers={"Authorization": f"Bearer {fronted.token()}"})
    # Nobody else can say what nginx alone may write.
    forged = quote((fronted.layout.pki / f"{LISTED}.pem").read_text())
    answer = asked(fronted, exam, identity=UNLISTED, **{PEER_CERTIFICATE: forged})
    assert answer.status_code == 403
    answer = asked(fronted, exam, **{joining.HEADER: "GET"}, series=next(iter(exam.series)))
    assert joining.MEDIA not in answer.headers["Content-Type"]


def test_a_peer_is_judged_by_the_white_list(fronted: LocalStack, exam: Exam) -> None:
    assert asked(fronted, exam, identity=LISTED).status_code == 200
    refused = asked(fronted, exam, identity=UNLISTED)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    named = {one.get("for_peer") for one in fronted.audited("images.retrieved", result="served")}
    assert any(one and one.startswith("900 ") for one in named)


@pytest.mark.parametrize("number", ["0", "1"])
def test_what_is_not_named_is_refused_through_it_too(
    fronted: LocalStack, exam: Exam, number: str
) -> None:
    answer = asked(fronted, exam, **{"KOS-SOPInstanceUID": f"{exam.manifest}{number}"})
    assert (answer.status_code, answer.json()["code"]) == (404, "absent")
    with fronted.client() as http:
        assert http.get(fronted.images_url(exam.study)).status_code == 401


@pytest.mark.skipif(not OFFICIAL.is_dir(), reason="the network's samples are not here")
def test_the_network_s_own_samples_through_the_front(fronted: LocalStack, exam: Exam) -> None:
    series = next(iter(exam.series))
    uids = {"studies": "", "series": series, "instances": exam.series[series][0]}
    played = 0
    for path in sorted(OFFICIAL.glob("OK_*.txt")):
        first, *lines = path.read_text("utf-8").splitlines()
        form = (re.findall(r"/(studies|series|instances|frames)/[0-9.]+", first) or [""])[-1]
        if form not in uids:
            continue
        given = [
            (name, value.strip())
            for name, _, value in (line.partition(":") for line in lines if line.strip())
            if name.lower() not in {"authorization", "kos-sopinstanceuid", "host"}
        ]
        given += [
            ("Authorization", f"Bearer {fronted.token()}"),
            ("KOS-SOPInstanceUID", exam.manifest),
            ("Host", "db"),
        ]
        instance = uids[form] if form == "instances" else ""
        url = fronted.images_url(exam.study, series if form != "studies" else "", instance)
        with fronted.client() as http:
            answer = http.send(httpx.Request("GET", url, headers=given))
        assert answer.status_code == 200, path.name
        assert set(pixels(parts(answer))) <= set(held(fronted, exam))
        played += 1
    assert played >= 4
