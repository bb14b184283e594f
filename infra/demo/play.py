"""The main job, played from outside, as a RIS, a professional and another DRIMbox see it."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from uuid import uuid4

import httpx
import pydicom

from functions.drimbox.tenants.model import Link
from infra.demo.aws import Left, step_functions, steps_of
from infra.demo.layout import ROOT
from infra.demo.ris import NotAcknowledged, client, send
from simulators.pacs.load import load
from simulators.pacs.studies import Size, study_objects, write
from simulators.ris.cases import CASES, Case
from simulators.ris.messages import message

# Seconds: the main job takes some, on a busy machine many more.
PATIENCE: Final = 180.0
# Two series of CT slices as scanners make them: large enough to be served by signed URL.
SIZE: Final = Size(instances=30, pixels=512)
Say = Callable[[str], None]
# Each step of the workflow, in words.
WORDS: Final = {
    "ReadReport": "report read",
    "IndexStudy": "study found in the PACS",
    "BuildManifest": "manifest built and signed",
    "PrepareSeries": "every series proved fit to be served",
    "PublishManifest": "published to the DMP",
    "SettlePublication": "archived and audited",
}
# A step that leaves the workflow, to wait for the site.
ASKED: Final = {
    "IndexStudy": "the study asked of the site's agent",
    "PrepareSeries": "the images asked of the site's agent",
}
# Each kind of job that the site's agent does for a publication, in words.
JOBS: Final = {
    "index": "the study read from the PACS",
    "fill": "a series brought from the PACS into the cache",
}


class PlayFailed(Exception):
    """A step gave another result than it must; the message names the step and the result."""


@dataclass(frozen=True, slots=True)
class Played:
    """The results of the main job, for the commands to try by hand."""

    study_instance_uid: str
    series_instance_uid: str
    manifest_id: str
    ins: str
    ins_oid: str


def token(endpoints: dict[str, Any], professional: str = "") -> str:
    """An access token of the local Pro Santé Connect."""
    with client(endpoints) as http:
        answer = http.post(
            f"{endpoints['psc']}/_sim/tokens",
            json={"professional": professional} if professional else {},
        )
        answer.raise_for_status()
        return str(answer.json()["access_token"])


def play(endpoints: dict[str, Any], say: Say) -> Played:
    """Play the main job once, with a study never seen before; raises PlayFailed."""
    case = CASES["C"].fresh(uuid4().hex).dated(datetime.now().astimezone())
    say(f"1. the site makes a study ({case.studies[0]}) and its PACS stores it")
    with TemporaryDirectory() as folder:
        (study,) = case.archived_studies()
        stored = load(write(study_objects(study, SIZE), Path(folder)), endpoints["pacs"])
    say(f"   {stored} images stored")
    before = _done(endpoints)
    publish(endpoints, case, say)
    manifest = _await_manifest(endpoints, case)
    done = _done(endpoints) - before
    told = [f"{words} ({done[kind]} x {kind})" for kind, words in JOBS.items() if done[kind]]
    if told:
        say(f"   the agent did its jobs: {', '.join(told)}")
    home = (ROOT / endpoints["ca"]).parents[1]
    steps = steps_of(step_functions(home, endpoints["aws"]), case.studies[0])
    say(f"   the workflow's steps: {', '.join(map(in_words, steps))}")
    say(f"   the DMP lists the manifest: {manifest['entry_uuid']}")
    say(f"   visibility: {', '.join(manifest['confidentiality_codes'])}")
    exam = _search(endpoints, case, say)
    series = _read_images(endpoints, case, exam, say)
    return Played(case.studies[0], series, exam["manifest_id"], case.ins, case.ins_oid)


def _done(endpoints: dict[str, Any]) -> Counter[str]:
    """How many jobs of each kind the site's agent has done, by its own page; none without one."""
    if endpoints["link"] != Link.AGENT:
        return Counter()
    with httpx.Client(trust_env=False, timeout=30) as http:
        jobs = http.get(f"{endpoints['agent']}/status.json").json()["work"]["jobs"]
    return Counter({one["kind"]: one["count"] for one in jobs if one["outcome"] == "answered"})


def in_words(step: Left) -> str:
    """A step of the workflow, or the wait in which it ended."""
    if step.parked:
        return ASKED.get(step.name, f"{step.name} waits")
    return WORDS.get(step.name, step.name)


def publish(endpoints: dict[str, Any], case: Case, say: Say) -> str:
    """Send the report of ``case`` as the RIS does; the acknowledgement."""
    by_agent = endpoints["link"] == Link.AGENT
    body = message(
        case,
        form="ORU",
        sender=tuple(endpoints["sender"]),
        control_id=uuid4().hex[:20],
        at=datetime.now(UTC),
    )
    way = "over MLLP to the agent of its site" if by_agent else "over HTTPS to the gateway"
    say(f"2. the RIS sends its validated report {way}: ORU^R01 with a CDA, {len(body)} bytes")
    try:
        ack = send(endpoints, body)
    except NotAcknowledged as error:
        raise PlayFailed(f"the report was not accepted: {error}") from error
    who = "the agent" if by_agent else "the gateway"
    say(f"   acknowledged by {who}, durable: {ack.splitlines()[1]}")
    return ack


def _await_manifest(endpoints: dict[str, Any], case: Case) -> dict[str, Any]:
    """The manifest's entry, once the DMP lists it."""
    end = time.monotonic() + PATIENCE
    with client(endpoints) as http:
        while time.monotonic() < end:
            documents = http.get(f"{endpoints['dmp']}/_sim/state").json()["documents"]
            for document in documents:
                if document["type_code"] == "IMG-KOS" and any(
                    value.startswith(f"{case.studies[0]}^") for value in document["reference_ids"]
                ):
                    return dict(document)
            time.sleep(0.2)
    raise PlayFailed(
        f"the DMP does not list the manifest after {PATIENCE:.0f} s; see .local/logs and "
        "`curl …/operations/publications?state=held`"
    )


def _search(endpoints: dict[str, Any], case: Case, say: Say) -> dict[str, Any]:
    """Find the exam as a professional does."""
    with client(endpoints) as http:
        answer = http.post(
            f"{endpoints['vi']}/v1/tenants/{endpoints['tenant']}/exams/search",
            json={"ins": case.ins, "oid": case.ins_oid},
            headers={"Authorization": f"Bearer {token(endpoints)}"},
        )
    if answer.status_code != 200:
        raise PlayFailed(f"the search failed: HTTP {answer.status_code} {answer.text}")
    exams = answer.json()["exams"]
    for exam in exams:
        if exam["study_instance_uid"] == case.studies[0]:
            say(f"3. a professional asks the DMP: {len(exams)} exam(s), this one among them")
            say(f"   {exam['date']} · {exam['act']['display']} · {exam['structure']['name']}")
            return dict(exam)
    raise PlayFailed("the professional's search does not list the exam")


def _read_images(endpoints: dict[str, Any], case: Case, exam: dict[str, Any], say: Say) -> str:
    """Fetch one series as another DRIMbox does and compare its pixels with the PACS's."""
    with httpx.Client(trust_env=False, timeout=30) as pacs:
        base = f"{endpoints['pacs']}/studies/{case.studies[0]}"
        listed = pacs.get(f"{base}/series", headers={"Accept": "application/dicom+json"})
        series = str(listed.json()[0]["0020000E"]["Value"][0])
        wanted = pixels(_parts(pacs.get(f"{base}/series/{series}", headers=ANY_SYNTAX)))
    got = pixels(_parts(retrieve(endpoints, exam, series)))
    if not wanted or got != wanted:
        raise PlayFailed("the images served are not those of the PACS")
    whole = "the front sends the whole body" if endpoints["front"] else "it follows the signed URL"
    say(f"4. another DRIMbox asks for series {series} (WADO-RS): {whole}")
    say(f"   {len(got)} images, their pixel hashes equal the PACS's")
    return series


ANY_SYNTAX: Final = {"Accept": 'multipart/related; type="application/dicom"; transfer-syntax=*'}


def retrieve(endpoints: dict[str, Any], exam: dict[str, Any], series: str) -> httpx.Response:
    """A WADO-RS series answer, waiting while the cache fills and following the signed URL."""
    url = (
        f"{endpoints['db']}/tenants/{endpoints['tenant']}/dicomweb/studies/"
        f"{exam['study_instance_uid']}/series/{series}"
    )
    end = time.monotonic() + PATIENCE
    with client(endpoints, identity="peer") as http:
        while True:
            answer = http.get(
                url,
                headers={
                    **ANY_SYNTAX,
                    "Authorization": f"Bearer {token(endpoints)}",
                    "KOS-SOPInstanceUID": exam["manifest_id"],
                },
            )
            if answer.status_code != 503 or time.monotonic() > end:
                break
            time.sleep(min(1.0, float(answer.headers.get("Retry-After", "1"))))
        if answer.status_code == 307 and not endpoints["front"]:
            # The signed URL is all that is needed: the token stays behind.
            answer = http.get(answer.headers["Location"])
    if answer.status_code != 200:
        raise PlayFailed(f"the images were not served: HTTP {answer.status_code} {answer.text}")
    return answer


def _parts(answer: httpx.Response) -> list[bytes]:
    head = f"Content-Type: {answer.headers['Content-Type']}\r\n\r\n".encode()
    parsed = message_from_bytes(head + answer.content, policy=policy.HTTP)
    return [part.get_payload(decode=True) for part in parsed.iter_parts()]  # type: ignore[misc]


def pixels(files: list[bytes]) -> dict[str, str]:
    """SOP Instance UID -> SHA-256 of the pixel data of each Part 10 file."""
    found = {}
    for data in files:
        dataset = pydicom.dcmread(BytesIO(data))
        if "PixelData" in dataset:
            found[str(dataset.SOPInstanceUID)] = hashlib.sha256(dataset.PixelData).hexdigest()
    return found
