"""The loan of one tenant against every call on another's things: refused, and nothing happens.

A sample of each group is played, or the whole with PROOF=whole.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from functions.drimbox.agents.answering import INCOMING
from infra.local.aws.loans import Right
from tests.infra.local.lent_calls import OPEN_ON_OBJECTS, OPEN_ON_QUEUES, Call, Calls
from tests.infra.local.lent_scenes import CANARY, A, Answer, B, Served, served

# Of each group of calls, where not all are played.
SAMPLE: Final = 25
# A request that is not signed as one must be is refused before anybody looks whose it is.
ILL_SIGNED: Final = (
    *("AuthorizationQueryParametersError", "AuthorizationHeaderMalformed", "InvalidArgument"),
)


@pytest.fixture(scope="module")
def scene(assembly_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(assembly_folder, tmp_path_factory.mktemp("lent")) as made:
        yield made


def is_refused(answer: Answer) -> bool:
    """Whether it says that there is nothing, or that the caller may not."""
    text = answer.body.decode("utf-8", "replace")
    is_ill_signed = answer.status == 400 and any(one in text for one in ILL_SIGNED)
    return answer.status in {403, 404} or is_ill_signed


def sent(scene: Served, call: Call) -> Answer:
    """The answer to a call."""
    one = call.make()
    return scene.ask(one.method, one.target, one.headers, one.body)


def opened(scene: Served, calls: list[Call]) -> list[str]:
    """The calls that are not refused, or whose answer shows something."""
    found = []
    for call in calls:
        answer = sent(scene, call)
        shown = CANARY in answer.body or CANARY.decode() in str(answer.headers)
        if shown or not is_refused(answer):
            found.append(f"{call}: {answer.status} {answer.body[:200]!r}")
    return found


def chosen(calls: list[Call]) -> list[Call]:
    """All of them with PROOF=whole, else some of each group, drawn by SEED."""
    if os.environ.get("PROOF") == "whole":
        return calls
    random = Random(int(os.environ.get("SEED") or 1))  # noqa: S311  # a draw, no secret
    groups: dict[str, list[Call]] = {}
    for call in calls:
        groups.setdefault(call.group, []).append(call)
    return [
        one for group in groups.values() for one in random.sample(group, min(SAMPLE, len(group)))
    ]


@pytest.mark.timeout(900)
def test_every_call_on_the_things_of_others_is_refused(
    scene: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = list(Calls(scene, scene.lend(A)).all())
    played = chosen(calls)
    with capsys.disabled():
        print(f"\na tenant's loan: {len(played)} of {len(calls)} calls on the things of others")
    before = scene.state()
    assert len({str(one) for one in calls}) > 3_500
    assert opened(scene, played) == []
    assert scene.state() == before


def test_every_operation_of_queues_and_objects_is_among_them(scene: Served) -> None:
    found = Counter(
        call.name.split(" ")[0]
        for call in Calls(scene, scene.lend(A)).all()
        if call.group in {"object", "bucket", "queue"}
    )
    for service in ("s3", "sqs"):
        model = scene.client(service).meta.service_model
        missing = set(model.operation_names) - found.keys()
        assert missing <= {"WriteGetObjectResponse", "ListDirectoryBuckets"}
    assert found.keys() >= OPEN_ON_OBJECTS | OPEN_ON_QUEUES


@pytest.mark.parametrize("kind", ["objects", "queues"])
def test_a_role_that_names_no_tenant_is_found(
    kind: str, scene: Served, assembly_folder: Path, tmp_path: Path
) -> None:
    """The calls are true ones: a role that opens more lets some of them through."""
    wide = tuple(
        Right(one.actions, tuple(_untagged(place) for place in one.resources), ())
        for one in scene.role.rights
    )
    with served(assembly_folder, tmp_path, rights=wide) as open_scene:
        made = Calls(open_scene, open_scene.lend(A))
        calls = made.of_objects() if kind == "objects" else made.of_queues()
        wanted = OPEN_ON_OBJECTS | OPEN_ON_QUEUES
        found = opened(open_scene, [one for one in calls if one.name.split(" ")[0] in wanted])
        names = {one.split(" ")[1] for one in found}
    assert names >= (
        {"PutObject", "CreateMultipartUpload"} if kind == "objects" else OPEN_ON_QUEUES
    )


def _untagged(place: str) -> str:
    return place.replace("${aws:PrincipalTag/tenant}", "*")


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def sealed(scene: Served, tenant: str, name: str) -> dict[str, Any]:
    """The arguments of a write that the tenant's loan opens."""
    return {
        "Bucket": scene.bucket,
        "Key": f"{tenant}/{INCOMING}{name}",
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": scene.key(tenant),
    }


def test_the_loan_opens_the_tenant_s_own_queue(scene: Served) -> None:
    sqs, url = scene.client("sqs", scene.lend(A)), scene.queue(A).url
    first, second = (sqs.receive_message(QueueUrl=url)["Messages"][0] for _ in range(2))
    assert first["Body"] == CANARY.decode()
    held = {"QueueUrl": url, "ReceiptHandle": first["ReceiptHandle"]}
    sqs.change_message_visibility(**held, VisibilityTimeout=0)
    (again,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert again["MessageId"] == first["MessageId"]
    for one in (again, second):
        sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    assert scene.messages.counts(scene.queue(A)) == (0, 0, 0)


def test_another_s_receipt_does_nothing_in_the_own_queue(scene: Served) -> None:
    sqs, (theirs, *_) = (
        scene.client("sqs", scene.lend(A)),
        scene.messages.receive(scene.queue(B), 1),
    )
    held = {"QueueUrl": scene.queue(A).url, "ReceiptHandle": theirs.receipt}
    before = scene.messages.counts(scene.queue(B))
    with pytest.raises(ClientError) as error:
        sqs.change_message_visibility(**held, VisibilityTimeout=0)
    assert code(error) == "MessageNotInflight"
    sqs.delete_message(**held)
    assert scene.messages.counts(scene.queue(B)) == before


def test_the_loan_puts_each_own_object_once(scene: Served) -> None:
    s3, place = scene.client("s3", scene.lend(A)), sealed(scene, A, "own")
    s3.put_object(**place, Body=b"one", IfNoneMatch="*")
    with pytest.raises(ClientError) as error:
        s3.put_object(**place, Body=b"two", IfNoneMatch="*")
    assert code(error) == "PreconditionFailed"
    with pytest.raises(ClientError) as error:
        s3.put_object(**place, Body=b"two")
    assert code(error) == "AccessDenied"
    found, file = scene.store.open(scene.buckets[scene.bucket], place["Key"])
    with file:
        assert file.read() == b"one"
    assert found.facts.encryption["x-amz-server-side-encryption-aws-kms-key-id"] == scene.key(A)


def test_the_loan_puts_an_object_in_parts(scene: Served) -> None:
    s3, place = scene.client("s3", scene.lend(A)), sealed(scene, A, "parts")
    upload = s3.create_multipart_upload(**place)["UploadId"]
    at = {"Bucket": place["Bucket"], "Key": place["Key"], "UploadId": upload}
    tag = s3.upload_part(**at, PartNumber=1, Body=b"one")["ETag"]
    assert [one["ETag"] for one in s3.list_parts(**at)["Parts"]] == [tag]
    parts = {"Parts": [{"PartNumber": 1, "ETag": tag}]}
    with pytest.raises(ClientError) as error:
        s3.complete_multipart_upload(**at, MultipartUpload=parts)
    assert code(error) == "AccessDenied"
    s3.complete_multipart_upload(**at, MultipartUpload=parts, IfNoneMatch="*")
    again = {**at, "UploadId": s3.create_multipart_upload(**place)["UploadId"]}
    s3.abort_multipart_upload(**again)
    with pytest.raises(ClientError) as error:
        s3.list_parts(**again)
    assert code(error) == "NoSuchUpload"


def test_dots_lead_nowhere(scene: Served) -> None:
    """A key is a text: it stays under the own prefix, whatever stands in it."""
    place = sealed(scene, A, f"../../{B}/{INCOMING}dots")
    made = Calls(scene, scene.lend(A))
    headers = {
        "If-None-Match": "*",
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id": scene.key(A),
    }
    call = made.signed("", "", "PUT", f"/{scene.bucket}/{place['Key']}", headers, body=b"x")
    assert sent(scene, call).status == 200
    keys = [one.key for one in scene.store.history(scene.buckets[scene.bucket], "")]
    assert place["Key"] in keys
    assert f"{B}/{INCOMING}dots" not in keys


def test_a_refusal_does_not_say_whether_the_thing_is_there(scene: Served) -> None:
    def told(call: Call, there: str, absent: str) -> tuple[int, bytes]:
        answer = sent(scene, call)
        number = answer.headers.get("x-amz-request-id", "").encode()
        return answer.status, answer.body.replace(number, b"").replace(
            there.encode(), absent.encode()
        )

    calls = [
        one for one in Calls(scene, scene.lend(A)).of_objects() if f"{B}/{INCOMING}" in one.name
    ]
    there = {one.name: one for one in calls if one.name.endswith(f"/{B}/{INCOMING}object")}
    absent = {one.name: one for one in calls if one.name.endswith(f"/{B}/{INCOMING}absent")}
    assert len(there) == len(absent) >= 30
    for name, one in there.items():
        other = absent[name.removesuffix("object") + "absent"]
        assert told(one, "object", "absent") == told(other, "object", "absent"), name


@pytest.mark.parametrize("minutes", [61, 24 * 60])
def test_a_loan_ends(scene: Served, minutes: int) -> None:
    scene.offset = timedelta(minutes=-minutes)
    lent = scene.book.lend(scene.role.arn, {"tenant": A}, timedelta(hours=1))
    scene.offset = timedelta()
    for one in Calls(scene, lent).attempts("ended", A, B):
        answer = sent(scene, one)
        assert (answer.status, b"ExpiredToken" in answer.body) == (403, True)
