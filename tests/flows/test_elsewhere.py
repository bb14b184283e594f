"""An exam made elsewhere: published by a second tenant, fetched through its own host over mTLS."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from typing import Any
from uuid import uuid4

import httpx
import pydicom
import pytest

from infra.demo.elsewhere import Elsewhere
from infra.demo.layout import SECOND
from simulators.history.acts import Series
from simulators.history.history import History, history
from simulators.history.load import load
from simulators.history.plan import Report
from simulators.history.series import planned_study
from simulators.history.sites import served_at
from simulators.pacs.exams.objects import exam_objects
from simulators.peer.front import find_nginx
from simulators.peer.server import token_digest
from tests.flows.stack import PATIENCE, LocalStack, wait_for

pytestmark = [
    pytest.mark.stack,
    pytest.mark.slow,
    pytest.mark.skipif(find_nginx() is None, reason="nginx is not installed"),
]
ANY = {"Accept": 'multipart/related; type="application/dicom"; transfer-syntax=*'}


@dataclass(frozen=True)
class Exam:
    """``url`` is the RetrieveURL of its one series, in the manifest ``manifest``."""

    study: str
    url: str
    manifest: str
    pixels: dict[str, bytes]


def small(made: History) -> Report:
    """One report of the second tenant on one exam of six slices."""
    about = next(one for one in made.plan.reports if one.exams[0].site.key == SECOND)
    exam = about.exams[0]
    act = replace(exam.act, series=(Series("Thorax", 6, "ct_chest"),))
    return replace(about, exams=(replace(exam, act=act, key_images=False),))


@pytest.fixture(scope="module")
def exam(_stack: LocalStack) -> Exam:
    stack = _stack
    sites = served_at(stack.layout.sites())
    made = history("demo", uuid4().hex, sites=sites)
    about = small(made)
    study = about.exams[0].study
    load(made, stack.endpoints["dmp"], stack.layout.pki / "ca.pem")
    [former] = _in_force(stack, study)
    desk = Elsewhere(stack.layout)
    others = {one["entry_uuid"] for one in stack.documents()} - {former["entry_uuid"]}
    desk.publish(made, about)
    desk.publish(made, about)  # again changes nothing
    [entry] = _in_force(stack, study)
    assert entry["entry_uuid"] != former["entry_uuid"], "the hospital's own took its place"
    assert desk.published(made) == {study}
    assert others <= {one["entry_uuid"] for one in stack.documents()}
    # The gateway publishes manifests: the report of the history is still there.
    assert len(stack.documents(study, "18748-4")) >= 1
    # Loaded again, as at the next start, the history leaves that exam alone.
    load(made.without({study}), stack.endpoints["dmp"], stack.layout.pki / "ca.pem")
    assert _in_force(stack, study) == [entry]
    manifest = pydicom.dcmread(io.BytesIO(stack.document(entry["entry_uuid"])))
    (evidence,) = manifest.CurrentRequestedProcedureEvidenceSequence
    (series,) = evidence.ReferencedSeriesSequence
    [planned] = planned_study(about.exams[0]).series
    assert {one.ReferencedSOPInstanceUID for one in series.ReferencedSOPSequence} == {
        *planned.instances
    }
    assert series.RetrieveURL == f"{sites[1].images}/studies/{study}/series/{planned.uid}"
    pixels = {
        str(one.SOPInstanceUID): one.PixelData for one in exam_objects(about.exams[0], made.patient)
    }
    return Exam(study, series.RetrieveURL, manifest.SOPInstanceUID, pixels)


def _in_force(stack: LocalStack, study: str) -> list[dict[str, Any]]:
    return [one for one in stack.documents(study) if one["availability_status"] == "Approved"]


def fetch(
    stack: LocalStack, exam: Exam, token: str, *, manifest: str = "", identity: str = "peers-client"
) -> httpx.Response:
    """One request for the series, repeated while its cache fills."""
    headers = {
        **ANY,
        "Authorization": f"Bearer {token}",
        "KOS-SOPInstanceUID": manifest or exam.manifest,
    }
    with stack.client(identity) as http:

        def there() -> httpx.Response | None:
            answer = http.get(exam.url, headers=headers)
            return answer if answer.status_code != 503 else None

        return wait_for(there, PATIENCE, "the series")


def test_our_consumer_s_request_is_served_through_the_other_site_s_host(
    stack: LocalStack, exam: Exam
) -> None:
    token = stack.token()
    answer = fetch(stack, exam, token)
    assert answer.status_code == 200, answer.text
    # The front followed the signed URL itself: our consumer saw no redirect.
    assert answer.history == []
    head = f"Content-Type: {answer.headers['Content-Type']}\r\n\r\n".encode()
    parsed = message_from_bytes(head + answer.content, policy=policy.HTTP)
    got = [
        pydicom.dcmread(io.BytesIO(part.get_payload(decode=True)))  # type: ignore[arg-type]
        for part in parsed.iter_parts()
    ]
    assert {str(one.SOPInstanceUID): one.PixelData for one in got} == exam.pixels
    with stack.client() as http:
        told = http.get(f"{stack.endpoints['peer']}/_sim/state").json()["requests"]
    mine = [one for one in told if one["authorization"] == token_digest(token)]
    assert mine
    assert {one["path"] for one in mine} == {httpx.URL(exam.url).path}
    assert "CN=db.local.example" in mine[-1]["certificate"]


@pytest.mark.parametrize("identity", ["", "peer", "ris-meridien"])
def test_a_caller_without_our_certificate_is_refused(
    stack: LocalStack, exam: Exam, identity: str
) -> None:
    with stack.client() as http:
        before = len(http.get(f"{stack.endpoints['peer']}/_sim/state").json()["requests"])
    token = stack.token()
    assert fetch(stack, exam, token, identity=identity).status_code == 403
    with stack.client() as http:
        told = http.get(f"{stack.endpoints['peer']}/_sim/state").json()["requests"]
    assert token_digest(token) not in {one["authorization"] for one in told[before:]}


def test_our_own_data_plane_decides_behind_it(stack: LocalStack, exam: Exam) -> None:
    assert fetch(stack, exam, "no-token").status_code == 401
    unknown = fetch(stack, exam, stack.token(), manifest="2.25.1")
    assert unknown.status_code == 404
