"""Published studies, and requests for their images."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from email import message_from_bytes, policy
from io import BytesIO
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pydicom

from simulators.pacs.studies import Size
from simulators.ris.cases import CASES, Case
from tests.flows.findings import why
from tests.flows.stack import PATIENCE, LocalStack

ANY: Final = 'multipart/related; type="application/dicom"; transfer-syntax=*'


@dataclass(frozen=True, slots=True)
class Exam:
    """A published study: its case, its manifest, its series (with their objects) in Orthanc."""

    case: Case
    manifest: str
    series: dict[str, list[str]]

    @property
    def study(self) -> str:
        return self.case.studies[0]


def publish(stack: LocalStack, name: str, size: Size | None) -> Exam:
    case = CASES[name].fresh(uuid4().hex)
    assert stack.publish(case, size=size).state == "published"
    (document,) = stack.documents(case.studies[0])
    return named(stack, case, document)


def named(stack: LocalStack, case: Case, document: dict[str, Any]) -> Exam:
    """The objects that a manifest of the DMP names."""
    manifest = pydicom.dcmread(BytesIO(stack.document(document["entry_uuid"])))
    (evidence,) = manifest.CurrentRequestedProcedureEvidenceSequence
    series = {
        str(one.SeriesInstanceUID): [
            str(item.ReferencedSOPInstanceUID) for item in one.ReferencedSOPSequence
        ]
        for one in evidence.ReferencedSeriesSequence
    }
    return Exam(case, document["unique_id"], series)


def ask(
    stack: LocalStack,
    exam: Exam,
    *,
    study: str = "",
    series: str = "",
    instance: str = "",
    accept: Iterable[str] = (ANY,),
    kos: Iterable[str] | None = None,
    token: str | None = None,
    tenant: str = "",
    wait: bool = True,
    order: str = "",
    method: str = "GET",
) -> httpx.Response:
    """One WADO-RS request, exactly with these headers; waits while the cache fills."""
    headers = [
        ("Host", urlsplit(stack.endpoints["db"]).netloc),
        ("Authorization", f"Bearer {stack.token() if token is None else token}"),
        *(("KOS-SOPInstanceUID", uid) for uid in ((exam.manifest,) if kos is None else kos)),
        *(("Accept", one) for one in accept),
    ]
    if token == "":
        del headers[1]
    if order == "switched":
        headers.reverse()
    url = stack.images_url(study or exam.study, series, instance, tenant)
    end = time.monotonic() + PATIENCE
    with stack.client() as http:
        while True:
            answer = http.send(httpx.Request(method, url, headers=headers))
            if answer.status_code != 503 or not wait:
                return answer
            if time.monotonic() > end:
                raise AssertionError(f"no images in {PATIENCE:.0f} s\n{why(stack)}")
            time.sleep(0.5)


def parts(answer: httpx.Response) -> list[bytes]:
    """The objects of an answer in either form."""
    kind = answer.headers["Content-Type"]
    if kind.startswith("application/dicom"):
        return [answer.content]
    assert kind.startswith("multipart/related")
    head = f"Content-Type: {kind}\r\n\r\n".encode()
    parsed = message_from_bytes(head + answer.content, policy=policy.HTTP)
    return [part.get_payload(decode=True) for part in parsed.iter_parts()]  # type: ignore[misc]


def search(
    stack: LocalStack, body: object, *, token: str = "", tenant: str = "demo"
) -> httpx.Response:
    """One search, as the radiologist unless said otherwise."""
    with stack.client() as http:
        return http.post(
            f"{stack.endpoints['vi']}/v1/tenants/{tenant}/exams/search",
            json=body,
            headers={"Authorization": f"Bearer {token or stack.token()}"},
        )
