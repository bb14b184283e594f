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
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import BytesIO
from typing import Any, Final
from uuid import uuid4

import httpx
import pydicom
import pytest
from botocore.exceptions import ClientError

from infra.demo import lifecycle
from simulators.ris.cases import CASES, Case
from tests.flows.exams import Exam, ask, search
from tests.flows.findings import why
from tests.flows.stack import (
    PATIENCE,
    Ack,
    LocalStack,
    await_message,
    in_parallel,
    kill_process,
    wait_for,
)

# Processes of functions that are killed at random.
KILLS: Final = 12
# The functions of a publication, in the order in which a message meets them.
STEPS: Final = (
    "start_publication",
    "read_report",
    "index_study",
    "build_manifest",
    "prepare_series",
    "fill_cache",
    "publish_manifest",
    "settle_publication",
)


def sent_until_acknowledged(stack: LocalStack, raw: bytes) -> Ack:
    """As a RIS does: the same bytes again until an acknowledgement comes."""

    def acknowledged() -> Ack | None:
        try:
            ack = stack.send(raw)
        except httpx.TransportError:
            return None
        return ack if ack.status == 200 else None

    return wait_for(acknowledged, PATIENCE, "an acknowledgement")


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
    with ThreadPoolExecutor(1) as beside:
        trouble = beside.submit(during)
        acks = in_parallel(lambda raw: sent_until_acknowledged(stack, raw), raws)
    trouble.result()
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


def entered(stack: LocalStack, case: Case, state: str) -> bool:
    """Whether an execution on the study has come to that state of its workflow."""
    states = stack.aws["stepfunctions"]
    for machine in states.list_state_machines()["stateMachines"]:
        running = states.list_executions(
            stateMachineArn=machine["stateMachineArn"], statusFilter="RUNNING"
        )["executions"]
        for one in running:
            arn = one["executionArn"]
            if case.studies[0] in states.describe_execution(executionArn=arn)["input"]:
                history = states.get_execution_history(executionArn=arn, maxResults=1000)
                return any(
                    event.get("stateEnteredEventDetails", {}).get("name") == state
                    for event in history["events"]
                )
    return False


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
            if step == "publish_manifest":
                # The message of the killed worker is sent again once its lease is over.
                wait_for(lambda: entered(stack, case, "PublishManifest"), 150, "the series")
            await_message(workers[step])
            for pid in workers[step]:
                kill_process(pid)
    published_once(stack, case, stack.message_id(ack))
    print(f"{len(STEPS)} steps, each killed with the message in its hands")


@pytest.mark.parametrize("function", ["authorize_sender", "receive_message"])
def test_receiving_is_killed_in_the_middle(stack: LocalStack, function: str) -> None:
    assert stack.publish(CASES["C"].fresh(uuid4().hex)).state == "published"
    case = stored(stack)
    raw = stack.report(case)
    pids = stack.workers(function)

    def kill() -> None:
        await_message(pids)
        in_parallel(kill_process, pids)

    with frozen(pids):
        killer = threading.Thread(target=kill)
        killer.start()
        first = stack.send(raw)
        killer.join()
    assert first.status in {500, 502}, "no acknowledgement, so the sender sends again"
    ack = sent_until_acknowledged(stack, raw)
    published_once(stack, case, stack.message_id(ack))


def test_a_person_whose_page_is_killed_in_the_middle_gets_a_page(stack: LocalStack) -> None:
    page = stack.layout.reading()
    with stack.client() as http, ThreadPoolExecutor(1) as beside:
        http.headers["Accept"] = "text/html,*/*;q=0.8"
        assert http.get(page).status_code == 200
        pids = stack.workers("show_exams")
        with frozen(pids):
            asked = beside.submit(http.get, page)
            await_message(pids)
            in_parallel(kill_process, pids)
            answer = asked.result()
        assert answer.status_code == 502
        assert answer.headers["Content-Type"] == "text/html"
        assert "Erreur interne" in answer.text
        assert answer.headers["x-amzn-RequestId"] in answer.text
        assert http.get(page).status_code == 200


def test_holding_is_killed_in_the_middle(stack: LocalStack) -> None:
    first = CASES["G1"].fresh(uuid4().hex)
    held = stack.accepted(stack.report(first))
    assert stack.await_outcome(held).state == "held"
    # The state is written before the function ends: a busy process would not take the next one.
    wait_for(lambda: not stack.at_work(first.studies[0]), PATIENCE, "the end of the first holding")
    raw = stack.report(CASES["G1"].fresh(uuid4().hex))
    pids = stack.workers("hold_publication")
    with frozen(pids):
        message_id = stack.accepted(raw)
        await_message(pids)
        assert stack.entry(message_id).state == "in_progress"  # type: ignore[union-attr]
    assert stack.await_outcome(message_id).state == "held"
    audited = wait_for(
        lambda: stack.audited("publication.held", for_message_id=message_id), PATIENCE, "its record"
    )
    assert len(audited) == 1


def test_functions_are_killed_at_random(stack: LocalStack) -> None:
    chance = random.Random(20210108)  # noqa: S311  # the same kills at every run
    killed = 0

    def trouble() -> None:
        nonlocal killed
        # So many, however long a busy machine takes for each.
        end = time.monotonic() + PATIENCE
        while killed < KILLS and time.monotonic() < end:
            time.sleep(chance.uniform(0.05, 0.3))
            if pids := stack.workers():
                kill_process(chance.choice(pids))
                killed += 1

    all_published_once(stack, trouble, count=4)
    assert killed == KILLS
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


def test_a_fill_is_killed_while_it_has_its_job(stack: LocalStack) -> None:
    """Its lease is short, for a worker that lives renews it: nothing waits long for a dead one."""
    case = stored(stack)
    # The PACS is slow enough for a renewal, and answers before it is given up.
    stack.fault("pacs", kind="delay", operations=["wado"], seconds=16)
    raw = stack.report(case)
    message_id = stack.accepted(raw)

    def is_taken() -> bool:
        return any(job["state"]["S"] == "taken" for job in stack.jobs(case.studies[0]))

    wait_for(is_taken, PATIENCE, "the first fill")
    kill_process(stack.endpoint())
    stack.heal("pacs")
    assert stack.message_id(sent_until_acknowledged(stack, raw)) == message_id
    published_once(stack, case, message_id)


def test_a_wait_in_vain_says_why(stack: LocalStack) -> None:
    """Of this very file: a failure that shows once in a thousand runs must explain itself."""
    case = stored(stack)
    (study,) = case.studies
    stack.fault("pacs", kind="down", operations=["wado"])
    message_id = stack.accepted(stack.report(case))
    wait_for(
        lambda: any(job["reason"]["S"] for job in stack.jobs(study)), PATIENCE, "a failed fill"
    )
    waits = "TaskFailed(SeriesNotReady)"
    wait_for(lambda: waits in why(stack, message_id), PATIENCE, "the failure of a step")
    with pytest.raises(AssertionError, match="the state withdrawn of message") as of_entry:
        stack.await_state(message_id, "withdrawn", patience=0)
    with pytest.raises(AssertionError, match="nothing did not come in 0 s") as of_all:
        wait_for(lambda: None, 0, "nothing")
    stack.heal("pacs")
    for said in (str(of_entry.value), str(of_all.value)):
        assert "cannot be told" not in said
        for part in (message_id, study, '"state": "intent"', "reason=pacs_", "pacs/ima"):
            assert part in said
        assert waits in said
        assert "drimbox-prepare-series.log" in said
    stack.await_outcome(message_id)


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
    stack.await_state(ids[-1], "in_progress")
    # Longer than the tenant waits for a study that a living PACS does not have.
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


def everything(stack: LocalStack) -> set[tuple[str, str]]:
    """The documents of the DMP, and the keys of the buckets that lose nothing."""
    kept = {(bucket, key) for bucket in ("inbox", "archive", "audit") for key in stack.keys(bucket)}
    return kept | {("dmp", document["entry_uuid"]) for document in stack.documents()}


def test_a_normal_stop_and_start_keeps_everything(stack: LocalStack) -> None:
    case = stored(stack)
    raw = stack.report(case)
    ack = stack.send(raw)
    message_id = stack.message_id(ack)
    published_once(stack, case, message_id)
    token = stack.token()
    # The schedules, and work that an earlier test has left, may add to it at any time.
    before, record = everything(stack), stack.record(case.studies[0])
    stack.stop()
    with pytest.raises(httpx.TransportError):
        stack.send(raw)
    stack.start(*lifecycle.PARTS)
    assert before <= everything(stack)
    assert stack.record(case.studies[0]) == record
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
