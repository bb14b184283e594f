"""Nothing is lost, nothing doubled, whatever fails and whenever.

``tests/drimbox/publication/test_faults.py`` kills each step before and after each of its calls;
here the processes themselves are killed, and the national environment and the PACS misbehave.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any, Final
from uuid import uuid4

import httpx
import pydicom
import pytest
from botocore.exceptions import ClientError

from simulators.ris.cases import CASES, Case
from tests.flows.exams import Exam, ask, search
from tests.flows.stack import Ack, LocalStack, in_parallel, kill_process, wait_for

# The functions of a publication, in the order in which a message meets them.
STEPS: Final = (
    "start_publication",
    "read_report",
    "index_study",
    "build_manifest",
    "publish_manifest",
    "settle_publication",
    "fill_cache",
)


def sent_until_acknowledged(stack: LocalStack, raw: bytes) -> Ack:
    """As a RIS does: the same bytes again until an acknowledgement comes."""

    def acknowledged() -> Ack | None:
        try:
            ack = stack.send(raw)
        except httpx.TransportError:
            return None
        return ack if ack.status == 200 else None

    return wait_for(acknowledged, 60, "an acknowledgement")


def stored(stack: LocalStack, name: str = "C") -> Case:
    """A new case whose study the PACS has."""
    case = CASES[name].fresh(uuid4().hex)
    stack.store(case)
    return case


def published_once(stack: LocalStack, case: Case, message_id: str) -> None:
    """One manifest, the same in the DMP, the archive and the record; one audit record."""
    assert stack.await_state(message_id, "published").message_id == message_id
    for study in case.studies:
        (document,) = stack.documents(study)
        assert document["availability_status"] == "Approved"
        record = stack.record(study)
        assert "pending" not in record
        current = record["current"]["M"]
        assert current["manifest_uid"]["S"] == document["unique_id"]
        assert current["entry_uuid"]["S"] == document["entry_uuid"]
        intent = f"{stack.endpoints['tenant']}/studies/{current['intent_id']['S']}"
        sent = stack.document(document["entry_uuid"])
        assert stack.read("archive", f"{intent}/manifest.dcm") == sent
        assert f"{intent}/settled.json" in stack.keys("archive", intent)
        audited = stack.audited("manifest.published", for_study_instance_uid=study)
        assert len(audited) == 1
    assert len(stack.audited("message.received", for_message_id=message_id)) == 1


def all_published_once(stack: LocalStack, during: Callable[[], None], count: int = 4) -> None:
    """Send some reports, let ``during`` happen meanwhile, and demand the invariants of each."""
    cases = in_parallel(lambda _: stored(stack), range(count))
    raws = [stack.report(case) for case in cases]
    trouble = threading.Thread(target=during)
    trouble.start()
    acks = in_parallel(lambda raw: sent_until_acknowledged(stack, raw), raws)
    trouble.join()
    assert [ack.code for ack in acks] == ["AA"] * count
    again = in_parallel(lambda raw: sent_until_acknowledged(stack, raw), raws)
    assert [ack.content for ack in again] == [ack.content for ack in acks]
    for case, ack in zip(cases, acks, strict=True):
        published_once(stack, case, stack.message_id(ack))


# ---- the DMP misbehaves


def test_whatever_the_dmp_does_each_report_is_published_once(stack: LocalStack) -> None:
    faults: Sequence[dict[str, Any]] = (
        {"kind": "lost_answer"},
        {"kind": "unavailable", "count": 2},
        {"kind": "late_commit", "seconds": 2},
        {"kind": "wrong_answer"},
        {"kind": "busy"},
        {"kind": "delay", "seconds": 2},
        {"kind": "lost_answer"},
    )
    for fault in faults:
        stack.fault("dmp", transaction="iti-41", **fault)
    for kind in ("unavailable", "wrong_answer", "lost_answer"):
        stack.fault("dmp", transaction="iti-18", kind=kind)
    all_published_once(stack, lambda: None, count=6)
    with stack.client() as http:
        left = http.get(f"{stack.endpoints['dmp']}/_sim/faults").json()["faults"]
    assert left == [], "every fault has struck"


def test_a_refusal_of_the_dmp_is_held_with_its_codes(stack: LocalStack) -> None:
    case = stored(stack)
    stack.fault("dmp", kind="refuse", code="XDSPatientIdDoesNotMatch", transaction="iti-41")
    message_id = stack.accepted(stack.report(case))
    entry = stack.await_outcome(message_id)
    assert dict(entry.studies) == {case.studies[0]: ("held", "dmp_refused")}
    assert stack.documents(case.studies[0]) == []
    pending = stack.record(case.studies[0])["pending"]["M"]
    assert (pending["state"]["S"], pending["reason"]["S"]) == ("held", "dmp_refused")
    assert "XDSPatientIdDoesNotMatch" in pending["detail"]["S"]
    assert stack.replay(message_id) == 202
    published_once(stack, case, message_id)


# ---- the PACS misbehaves


def test_whatever_the_pacs_does_each_report_is_published_once(stack: LocalStack) -> None:
    cases = in_parallel(lambda _: stored(stack), range(3))
    for fault in (
        {"kind": "down", "count": 2},
        {"kind": "down", "mode": "close", "count": 2},
        {"kind": "delay", "seconds": 1, "count": 2},
        {"kind": "cut", "operations": ["wado"], "count": 2},
        {"kind": "cut", "operations": ["qido", "metadata"], "count": 2},
    ):
        stack.fault("pacs", **fault)
    ids = in_parallel(lambda case: stack.accepted(stack.report(case)), cases)
    for case, message_id in zip(cases, ids, strict=True):
        published_once(stack, case, message_id)
    for case in cases:
        (document,) = stack.documents(case.studies[0])
        exam = _exam(stack, case, document["entry_uuid"])
        assert ask(stack, exam).status_code == 200, "the images came through all the same"


def _exam(stack: LocalStack, case: Case, entry_uuid: str) -> Exam:
    manifest = pydicom.dcmread(BytesIO(stack.document(entry_uuid)))
    return Exam(case, str(manifest.SOPInstanceUID), {})


# ---- processes are killed


@contextmanager
def frozen(pids: Sequence[int]) -> Iterator[None]:
    """Processes that take what they are given and do nothing with it."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            kill_process(pid)


def test_every_step_is_killed_in_the_middle(stack: LocalStack) -> None:
    """Each function's process is killed while it has the message, one after the other."""
    assert stack.publish(CASES["C"].fresh(uuid4().hex)).state == "published"
    case = stored(stack)
    workers = {step: stack.workers(step) for step in STEPS}
    assert all(workers.values()), "each step has a process that waits for work"
    raw = stack.report(case)
    pids = [pid for step in STEPS for pid in workers[step]]
    with frozen(pids):
        ack = sent_until_acknowledged(stack, raw)
        for step in STEPS:
            time.sleep(1.0)
            for pid in workers[step]:
                kill_process(pid)
    published_once(stack, case, stack.message_id(ack))
    print(f"{len(STEPS)} steps, each killed with the message in its hands")


@pytest.mark.parametrize("function", ["authorize_sender", "receive_message"])
def test_receiving_is_killed_in_the_middle(stack: LocalStack, function: str) -> None:
    assert stack.publish(CASES["C"].fresh(uuid4().hex)).state == "published"
    case = stored(stack)
    raw = stack.report(case)
    with frozen(stack.workers(function)):
        pids = stack.workers(function)
        killer = threading.Timer(1.0, lambda: in_parallel(kill_process, pids))
        killer.start()
        first = stack.send(raw)
        killer.join()
    assert first.status in {500, 502}, "no acknowledgement, so the sender sends again"
    ack = sent_until_acknowledged(stack, raw)
    published_once(stack, case, stack.message_id(ack))


def test_holding_is_killed_in_the_middle(stack: LocalStack) -> None:
    def held() -> str:
        message_id = stack.accepted(stack.report(CASES["G1"].fresh(uuid4().hex)))
        assert stack.await_outcome(message_id).state == "held"
        return message_id

    held()
    message_id = stack.accepted(stack.report(CASES["G1"].fresh(uuid4().hex)))
    with frozen(stack.workers("hold_publication")):
        time.sleep(12)
        assert stack.entry(message_id).state == "in_progress"  # type: ignore[union-attr]
    assert stack.await_outcome(message_id).state == "held"
    audited = wait_for(
        lambda: stack.audited("publication.held", for_message_id=message_id), 30, "its record"
    )
    assert len(audited) == 1


def test_functions_are_killed_at_random(stack: LocalStack) -> None:
    chance = random.Random(20210108)  # noqa: S311  # the same kills at every run
    killed = 0

    def trouble() -> None:
        nonlocal killed
        end = time.monotonic() + 4
        while time.monotonic() < end:
            time.sleep(chance.uniform(0.05, 0.3))
            if pids := stack.workers():
                kill_process(chance.choice(pids))
                killed += 1

    all_published_once(stack, trouble, count=4)
    assert killed > 5
    print(f"{killed} processes of functions killed")


def test_the_gateway_is_killed(stack: LocalStack) -> None:
    def trouble() -> None:
        time.sleep(0.3)
        kill_process(stack.gateway())

    all_published_once(stack, trouble)


def test_the_aws_endpoint_is_killed(stack: LocalStack) -> None:
    def trouble() -> None:
        time.sleep(0.7)
        kill_process(stack.endpoint())

    all_published_once(stack, trouble, count=3)


def test_the_whole_stack_is_killed(stack: LocalStack) -> None:
    def trouble() -> None:
        time.sleep(0.7)
        stack.kill("stack")
        stack.start("stack")

    all_published_once(stack, trouble, count=3)


def test_the_dmp_is_killed(stack: LocalStack) -> None:
    def trouble() -> None:
        stack.fault("dmp", kind="delay", seconds=2, transaction="iti-41", count=2)
        time.sleep(2.5)
        stack.kill("dmp")
        time.sleep(1)
        stack.start("dmp")

    all_published_once(stack, trouble)


def test_the_pacs_is_killed(stack: LocalStack) -> None:
    cases = in_parallel(lambda _: stored(stack), range(2))
    stack.fault("pacs", kind="delay", seconds=2, count=2)
    ids = [stack.accepted(stack.report(case)) for case in cases]
    time.sleep(0.5)
    stack.kill("pacs")
    ids.append(stack.accepted(stack.report(late := CASES["G1"].fresh(uuid4().hex))))
    time.sleep(6)
    assert stack.entry(ids[-1]).state == "in_progress"  # type: ignore[union-attr]
    stack.start("pacs")
    stack.store(late)
    for case, message_id in zip((*cases, late), ids, strict=True):
        if stack.await_outcome(message_id).state == "held":
            # The PACS answered again before the study was there, and its own wait was over.
            assert case is late
            assert stack.replay(message_id) == 202
        published_once(stack, case, message_id)


def test_pro_sante_connect_is_killed(stack: LocalStack) -> None:
    case = stored(stack)
    message_id = stack.accepted(stack.report(case))
    published_once(stack, case, message_id)
    (document,) = stack.documents(case.studies[0])
    exam = _exam(stack, case, document["entry_uuid"])
    token = stack.token()
    who = {"ins": case.ins, "oid": case.ins_oid}
    assert ask(stack, exam, token=token).status_code == 200
    stack.kill("psc")
    for refused in (ask(stack, exam, token=token, wait=False), search(stack, who, token=token)):
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) > 0
    stack.start("psc")
    assert ask(stack, exam, token=token).status_code == 200, "its tokens outlive it"
    assert search(stack, who, token=token).status_code == 200


# ---- a normal stop and start


def test_a_normal_stop_and_start_keeps_everything(stack: LocalStack) -> None:
    case = stored(stack)
    raw = stack.report(case)
    ack = stack.send(raw)
    message_id = stack.message_id(ack)
    published_once(stack, case, message_id)
    token = stack.token()
    before = (
        sorted(document["entry_uuid"] for document in stack.documents()),
        stack.record(case.studies[0]),
        {bucket: stack.keys(bucket) for bucket in ("inbox", "archive", "audit")},
    )
    stack.stop()
    with pytest.raises(httpx.TransportError):
        stack.send(raw)
    stack.start("dmp", "psc", "pacs", "stack")
    after = (
        sorted(document["entry_uuid"] for document in stack.documents()),
        stack.record(case.studies[0]),
        {bucket: stack.keys(bucket) for bucket in ("inbox", "archive", "audit")},
    )
    assert after == before
    assert stack.send(raw).content == ack.content
    (document,) = stack.documents(case.studies[0])
    exam = _exam(stack, case, document["entry_uuid"])
    assert ask(stack, exam, token=token).status_code == 200, "token, cache and record are there"


@pytest.mark.parametrize(
    ("bucket", "bypass"), [("archive", False), ("audit", False), ("audit", True)]
)
def test_kept_objects_cannot_be_changed(stack: LocalStack, bucket: str, bypass: bool) -> None:
    """Object Lock: no version is deleted, and an overwritten version stays as it was.

    A role with that right could bypass the archive's lock, but no function has it (IAM, not
    enforced here); nobody can bypass the audit trail's.
    """
    s3, name = stack.aws["s3"], stack.bucket(bucket)
    if not stack.keys(bucket):
        stack.publish(CASES["C"].fresh(uuid4().hex))
    key = stack.keys(bucket)[0]
    first = s3.head_object(Bucket=name, Key=key)["VersionId"]
    content = stack.read(bucket, key)
    with pytest.raises(ClientError) as refused:
        s3.delete_object(Bucket=name, Key=key, VersionId=first, BypassGovernanceRetention=bypass)
    assert refused.value.response["Error"]["Code"] == "AccessDenied"
    with pytest.raises(ClientError) as refused:
        s3.put_object(Bucket=name, Key=key, Body=b"{}", IfNoneMatch="*")
    assert refused.value.response["Error"]["Code"] == "PreconditionFailed"
    written = s3.put_object(Bucket=name, Key=key, Body=content)["VersionId"]
    assert written != first, "a new version, beside the first"
    kept = s3.get_object(Bucket=name, Key=key, VersionId=first)["Body"].read()
    assert kept == content
