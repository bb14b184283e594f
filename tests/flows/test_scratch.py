"""Filling the cache is stopped half-way: the next invocation, of another tenant, finds no image."""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from functions.aws.jobs import encode
from functions.drimbox.jobs.job import Kind, Wish, asked
from simulators.pacs.studies import Size
from tests.flows.exams import Exam, publish
from tests.flows.stack import NEIGHBOUR, PATIENCE, LocalStack, kill_process, wait_for

FILL: Final = "drimbox-fill-cache"
TRIES: Final = 10


def spooled(stack: LocalStack) -> list[Path]:
    """The images on the disks of the function that fills the cache."""
    return list((stack.layout.home / "scratch").glob(f"{FILL}-*/**/part-*"))


def size_of(paths: list[Path]) -> int:
    return sum(path.stat().st_size for path in paths if path.exists())


def fill(stack: LocalStack, exam: Exam, tenant: str) -> str:
    """One delivery of a job of that tenant for the largest series; its reason, "" without any, or
    the error's type."""
    series = max(exam.series, key=lambda uid: len(exam.series[uid]))
    wish = Wish(Kind.FILL, {"study": exam.study, "series": series, "edition": f"{exam.manifest}/0"})
    key = {"tenant": {"S": tenant}, "job": {"S": wish.key}}
    now = datetime.now(UTC)
    item = {**encode(tenant, asked(wish, "", now), now), "revision": {"N": "1"}}
    table = stack.table("Jobs")
    stack.aws["dynamodb"].put_item(TableName=table, Item=item)
    record = {"messageId": "1", "body": json.dumps({"tenant": tenant, "job": wish.key})}
    answer = json.loads(
        stack.aws["lambda"]
        .invoke(FunctionName=FILL, Payload=json.dumps({"Records": [record]}).encode())["Payload"]
        .read()
    )
    if "errorType" in answer:
        return str(answer["errorType"])
    assert answer == {"batchItemFailures": []}
    found = stack.aws["dynamodb"].get_item(TableName=table, Key=key)["Item"]
    return str(found["reason"]["S"])


def forget(stack: LocalStack, exam: Exam) -> None:
    """Take the study out of the cache."""
    for key in stack.keys("cache"):
        if exam.study in key:
            stack.aws["s3"].delete_object(Bucket=stack.bucket("cache"), Key=key)


def stop_half_way(stack: LocalStack, exam: Exam) -> int:
    """Start a fill and kill its process while images are on its disk; how many bytes they have.

    The other tenant's invocation comes first, on the disk of the process that was killed before.
    """

    def deliver(told: list[str]) -> None:
        told.append(fill(stack, exam, "demo"))

    for _ in range(TRIES):
        assert fill(stack, exam, NEIGHBOUR) == "superseded"
        assert spooled(stack) == []
        (pid,) = stack.workers("fill_cache")
        answers: list[str] = []
        forget(stack, exam)
        call = threading.Thread(target=deliver, args=(answers,))
        call.start()
        end = time.monotonic() + PATIENCE
        while not answers and not (len(spooled(stack)) > 2 and size_of(spooled(stack))):
            assert time.monotonic() < end, "images come to the disk"
            time.sleep(0.005)
        if not answers:
            kill_process(pid)
        call.join()
        if answers == ["Runtime.ExitError"]:
            return size_of(spooled(stack))
        # On a busy machine it was over before anybody looked.
        assert answers == ["cached"]
    raise AssertionError(f"{TRIES} fills were over before they could be stopped")


def test_a_fill_that_is_killed_leaves_no_image_to_another_tenant(stack: LocalStack) -> None:
    exam = publish(stack, "C", Size(pixels=512, instances=60))
    # The publication's own jobs, and those of other tests, would take a second process.
    wait_for(lambda: not stack.at_work(exam.study), PATIENCE, "the end of the publication")
    stack.stop_filling()
    left = [stop_half_way(stack, exam) for _ in range(3)]
    assert all(left), "files outlive a process, as on Lambda"
    # Never more than one series is there.
    series = max(len(objects) for objects in exam.series.values())
    assert max(left) <= series * (512 * 512 * 2 + 16_384)
    assert fill(stack, exam, NEIGHBOUR) == "superseded"
    assert spooled(stack) == []
    assert fill(stack, exam, "demo") == "cached"
    assert spooled(stack) == []
