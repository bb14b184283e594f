"""The queue's consumer and the workflow's steps: a report becomes a manifest, or is held."""

from __future__ import annotations

import base64
import errno
import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from functions.aws import clients
from functions.aws.entry import InternalFailure
from functions.aws.settings import Environment
from functions.aws.stores import for_tenant
from functions.build_manifest.handler import handler as build_manifest
from functions.drimbox.errors import (
    ConfigurationError,
    DmpUnavailable,
    DrimboxError,
    Held,
    PacsUnavailable,
    StorageUnavailable,
    StudyNotFoundYet,
)
from functions.drimbox.images import multipart
from functions.drimbox.oid import Uid
from functions.drimbox.publication.record import State, StudyRecord
from functions.fill_cache.handler import handler as fill_cache
from functions.hold_publication.handler import handler as hold_publication
from functions.hold_publication.settings import Settings as HoldSettings
from functions.index_study.handler import handler as index_study
from functions.publish_manifest.handler import handler as publish_manifest
from functions.read_report.handler import handler as read_report
from functions.receive_message.handler import handler as receive_message
from functions.settle_publication.handler import handler as settle_publication
from functions.start_publication.handler import handler as start_publication
from simulators.ris.messages import message
from tests.drimbox.images.samples import instance
from tests.fakes.memory import MemoryWorkflow
from tests.fakes.world import SENDER, STRUCTURE
from tests.handlers.conftest import CONTEXT, audited, event, now, stores
from tests.handlers.journey import CASE, SERIES, STEPS, STUDY, Journey, executions, journey

__all__ = ["journey"]


def record() -> StudyRecord:
    return stores().records.get(Uid(STUDY))


def state_of(journey: Journey) -> str:
    messages = stores().messages
    found = messages.get(journey.change["message_id"])
    assert found is not None
    return found.state


def identifiers() -> set[str]:
    """The values that no key, execution or log may hold."""
    accession = CASE.orders[0].accession
    return {CASE.ins, CASE.ipp, accession, CASE.traits.family, CASE.traits.given}


def test_a_report_is_published_and_its_images_are_cached(
    journey: Journey, capsys: pytest.CaptureFixture[str]
) -> None:
    journey.archive_study()
    state = journey.publish()
    assert state["fill_cache"] is True
    assert state["series"] == [SERIES]
    (document,) = journey.manifests()
    current = record().current
    assert current is not None
    assert (current.manifest_uid, current.entry_uuid) == (
        document["unique_id"],
        document["entry_uuid"],
    )
    assert state_of(journey) == "published"
    cached = journey.fill()
    assert cached["outcome"] == "cached"
    assert cached["bytes"] > 0
    assert sorted(audited()) == [
        ("manifest.published", "success"),
        ("message.received", "accepted"),
        ("series.cached", "success"),
    ]
    assert '"PublishedManifests": 1' in capsys.readouterr().out
    # Every step again, as a workflow may: nothing is sent twice.
    for function in STEPS:
        journey.step(function)
    assert len(journey.manifests()) == 1
    assert journey.fill() == cached


def test_keys_executions_states_and_logs_hold_no_identifier(journey: Journey) -> None:
    journey.archive_study()
    state = journey.publish()
    journey.fill()
    said = json.dumps([state, *executions()]) + journey.log.getvalue()
    assert "step done" in said
    for bucket in ("inbox", "archive", "cache", "audit"):
        listed = clients.s3().list_objects_v2(Bucket=bucket)["Contents"]
        assert all(one["Key"].startswith("demo/") for one in listed)
        said += "".join(one["Key"] for one in listed)
    for identifier in identifiers():
        assert identifier not in said


def test_a_batch_gives_back_only_what_failed(journey: Journey) -> None:
    good = journey.accept()
    unknown = event("start_publication/batch")["Records"][1]
    poison = {**unknown, "messageId": "poison", "body": "{"}
    foreign = {**unknown, "messageId": "foreign"}
    foreign["body"] = json.dumps({**json.loads(good["body"]), "tenant": "nobody"})
    for records in ([good, unknown, poison, foreign], [poison, foreign, unknown, good]):
        answer = start_publication({"Records": records}, CONTEXT)
        failed = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
        assert failed == {unknown["messageId"], "poison", "foreign"}
    # Delivered twice, started once.
    assert executions() == [journey.change]


BATCH = 10


def accepted(count: int) -> list[dict[str, Any]]:
    """The queue's records of ``count`` different reports, as the consumer gets them."""
    for number in range(count):
        raw = message(CASE, control_id=f"batch-{number}", at=now(), sender=SENDER)
        sent = event("receive_message/report", body=base64.b64encode(raw).decode())
        reply = receive_message({**sent, "isBase64Encoded": True}, CONTEXT)
        assert b"MSA|AA" in base64.b64decode(reply["body"])
    url = clients.sqs().get_queue_url(QueueName="messages")["QueueUrl"]
    found = clients.sqs().receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    (sample, *_) = event("start_publication/batch")["Records"]
    records = [
        {**sample, "messageId": f"good-{number}", "body": one["Body"]}
        for number, one in enumerate(found)
    ]
    assert len(records) == count
    return records


# A change that spoils a good record's facts, and whether an alarm counts it as a fault.
POISON: dict[str, tuple[Callable[[dict[str, Any]], str], bool]] = {
    "not JSON": (lambda facts: "{", True),
    "empty": (lambda facts: "", True),
    "not an object": (lambda facts: json.dumps([facts]), True),
    "no tenant": (lambda facts: json.dumps(without(facts, "tenant")), True),
    "no message": (lambda facts: json.dumps(without(facts, "message_id")), True),
    "no replay": (lambda facts: json.dumps(without(facts, "replay")), True),
    "no time": (lambda facts: json.dumps(without(facts, "received_at")), True),
    "not a time": (lambda facts: json.dumps({**facts, "received_at": "then"}), True),
    "an unknown tenant": (lambda facts: json.dumps({**facts, "tenant": "nobody"}), False),
    "another tenant's path": (lambda facts: json.dumps({**facts, "tenant": "../demo"}), False),
    "an unknown message": (lambda facts: json.dumps({**facts, "message_id": "0" * 32}), False),
}


EVERY_POSITION = {"not JSON", "no tenant", "an unknown tenant"}


def without(facts: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if key != name}


@pytest.mark.slow
def test_one_bad_record_comes_back_alone_wherever_it_stands(
    site: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = accepted(BATCH - 1)
    expected = [json.loads(one["body"])["message_id"] for one in good]
    for name, (spoil, counted) in POISON.items():
        bad = {**good[0], "messageId": "bad", "body": spoil(json.loads(good[0]["body"]))}
        for position in range(BATCH) if name in EVERY_POSITION else (BATCH // 2,):
            capsys.readouterr()
            started = MemoryWorkflow()
            monkeypatch.setattr(
                "functions.aws.stores.PublishWorkflow", lambda _, made=started: made
            )
            batch = [*good[:position], bad, *good[position:]]
            answer = start_publication({"Records": batch}, CONTEXT)
            where = (name, position)
            assert answer == {"batchItemFailures": [{"itemIdentifier": "bad"}]}, where
            assert [one.message_id for one in started.started.values()] == expected, where
            assert capsys.readouterr().out.count('"InternalFailures": 1') == counted, where


def test_a_study_that_is_not_there_yet_is_waited_for_then_held(journey: Journey) -> None:
    journey.start()
    journey.step(read_report)
    with pytest.raises(StudyNotFoundYet):
        journey.step(index_study)
    held = event("hold_publication/held", **journey.change)
    state = hold_publication(held, CONTEXT)
    assert (state["outcome"], state["reason"]) == ("held", "study_not_found")
    pending = record().pending
    assert pending is not None
    assert (pending.state, pending.reason) == (State.HELD, "study_not_found")
    assert state_of(journey) == "held"
    assert ("publication.held", "study_not_found") in audited()
    # The same change once more finds it held and stops.
    assert journey.step(read_report)["outcome"] == "done"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ({"Error": "DmpUnavailable", "Cause": "{}"}, "dmp_unreachable"),
        ({"Error": "Held", "Cause": '{"errorMessage": "not a reason"}'}, "internal_error"),
        ({"Error": "InternalFailure", "Cause": '{"errorMessage": "KeyError"}'}, "internal_error"),
        ({"Error": "States.Timeout"}, "internal_error"),
        ({"Error": "Held", "Cause": "[]"}, "internal_error"),
        ({"Error": "Held", "Cause": "not JSON"}, "internal_error"),
        ({}, "internal_error"),
    ],
)
def test_whatever_stops_a_publication_has_a_reason(
    journey: Journey, error: dict[str, str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    journey.start()
    journey.step(read_report)
    caught = event("hold_publication/internal", **journey.change, error=error)
    assert hold_publication(caught, CONTEXT)["reason"] == reason
    assert '"HeldPublications": 1' in capsys.readouterr().out


def test_an_execution_that_ended_without_a_message_is_held_too(journey: Journey) -> None:
    journey.start()
    journey.step(read_report)
    caught = event("hold_publication/internal", **journey.change)
    assert hold_publication(caught, CONTEXT)["reason"] == "internal_error"


def test_images_of_another_order_are_held(journey: Journey) -> None:
    journey.archive_study(accession="ACN999")
    journey.start()
    journey.step(read_report)
    with pytest.raises(Held, match=r"^accession_mismatch$"):
        journey.step(index_study)


@pytest.mark.parametrize("algorithms", ["sha1", "sha256"])
def test_the_deployment_says_what_is_signed_with(
    journey: Journey, monkeypatch: pytest.MonkeyPatch, algorithms: str
) -> None:
    monkeypatch.setenv("DMP_ALGORITHMS", algorithms)
    Environment.current.cache_clear()  # a process reads them once
    asked: list[bytes] = []

    def dmp(request: httpx.Request) -> httpx.Response:
        asked.append(request.read())
        return journey.dmp(request)

    journey.outside.hosts["dmp.example"] = dmp
    journey.archive_study()
    journey.start()
    for function in STEPS:
        journey.step(function)
    assert len(journey.manifests()) == 1, "the DMP has verified both signatures"
    (submission,) = [body for body in asked if b"ProvideAndRegister" in body]
    wanted = re.findall(rb'SignatureMethod Algorithm="[^"]+(rsa-sha[0-9]+)"', submission)
    assert wanted == [f"rsa-{algorithms}".encode()] * 2, "the assertion and the document"


def refuse(_: httpx.Request) -> httpx.Response:
    return httpx.Response(503)


def test_a_pacs_or_dmp_that_is_down_is_asked_again(journey: Journey) -> None:
    journey.archive_study()
    journey.start()
    journey.step(read_report)
    journey.outside.hosts["pacs.example"] = refuse
    with pytest.raises(PacsUnavailable):
        journey.step(index_study)
    journey.outside.hosts["pacs.example"] = journey.pacs
    journey.step(index_study)
    journey.step(build_manifest)

    def unreachable(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    journey.outside.hosts["dmp.example"] = unreachable
    with pytest.raises(DmpUnavailable):
        journey.step(publish_manifest)
    journey.outside.hosts["dmp.example"] = journey.dmp
    journey.step(publish_manifest)
    assert len(journey.manifests()) == 1


def test_a_structure_without_certificates_is_held_before_anything_is_built(
    journey: Journey,
) -> None:
    journey.archive_study()
    journey.start()
    journey.step(read_report)
    journey.step(index_study)
    _forget("sign")
    with pytest.raises(Held, match=r"^no_certificate_for_structure$"):
        journey.step(build_manifest)
    assert record().pending is not None


@pytest.mark.parametrize("use", ["auth", "sign"])
def test_a_certificate_that_went_away_is_held_before_anything_is_sent(
    journey: Journey, use: str
) -> None:
    journey.archive_study()
    journey.start()
    for function in (read_report, index_study, build_manifest):
        journey.step(function)
    _forget(use)
    with pytest.raises(Held, match=r"^no_certificate_for_structure$"):
        journey.step(publish_manifest)
    assert journey.registry.state() == []


def _forget(use: str) -> None:
    from functions.aws import secrets  # noqa: PLC0415

    name = f"drimbox/tenants/demo/structures/{STRUCTURE}/{use}"
    clients.secretsmanager().delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    secrets._read.clear()


@pytest.mark.parametrize("function", [*STEPS, hold_publication])
def test_a_change_of_an_unknown_tenant_goes_nowhere(site: None, function: Any) -> None:
    change = {**event("hold_publication/held"), "tenant": "nobody"}
    with pytest.raises(DrimboxError) as raised:
        function(change, CONTEXT)
    assert raised.value.code == "absent"
    assert "Contents" not in clients.s3().list_objects_v2(Bucket="audit")


@pytest.mark.parametrize("function", [*STEPS, hold_publication, fill_cache])
@pytest.mark.parametrize("field", ["tenant", "study_instance_uid"])
def test_a_state_that_lacks_a_field_is_an_internal_failure(
    site: None, function: Any, field: str
) -> None:
    change = {**event("hold_publication/held"), "series_instance_uid": SERIES}
    del change[field]
    with pytest.raises(InternalFailure, match=r"^KeyError$"):
        function(change, CONTEXT)


def test_a_message_that_is_not_in_the_inbox_is_not_read(site: None) -> None:
    with pytest.raises(StorageUnavailable):
        read_report(event("read_report/change"), CONTEXT)


def test_nothing_is_cached_of_a_study_that_is_not_published(journey: Journey) -> None:
    journey.archive_study()
    assert journey.fill() == {"outcome": "withdrawn"}
    assert "Contents" not in clients.s3().list_objects_v2(Bucket="cache")
    assert journey.outside.asked == []


def test_a_series_larger_than_the_disk_is_not_cached_and_the_rest_is(
    journey: Journey, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    journey.archive_study()
    large = instance(
        9,
        StudyInstanceUID=STUDY,
        SeriesInstanceUID=f"{STUDY}.9",
        SOPInstanceUID=f"{STUDY}.9.1",
        PatientID=CASE.ipp,
        AccessionNumber=CASE.orders[0].accession,
        PixelData=bytes(100_000),
    )
    journey.archive.store(large)
    assert journey.publish()["series"] == [SERIES, f"{STUDY}.9"]
    written_whole = multipart._Source.body

    def written_while_it_fits(source: Any, file: Any, max_bytes: int) -> int:
        size = written_whole(source, file, max_bytes)
        if size > 100_000:
            raise OSError(errno.ENOSPC, "no space left on device")
        return size

    monkeypatch.setattr(multipart._Source, "body", written_while_it_fits)
    fill = event("fill_cache/series", series_instance_uid=f"{STUDY}.9")
    # Under a name that the workflow does not try again, and with an alarm.
    with pytest.raises(InternalFailure, match=r"^OSError$"):
        fill_cache(fill, CONTEXT)
    assert '"InternalFailures": 1' in capsys.readouterr().out
    assert journey.fill()["outcome"] == "cached"
    listed = clients.s3().list_objects_v2(Bucket="cache")["Contents"]
    indexes = [one["Key"].split("/")[-2] for one in listed if one["Key"].endswith("index.json")]
    assert indexes == [SERIES]
    assert [one for one in audited() if one[0] == "series.cached"] == [("series.cached", "success")]
    monkeypatch.setattr(multipart._Source, "body", written_whole)
    assert fill_cache(fill, CONTEXT)["outcome"] == "cached"


def test_settling_what_is_not_published_is_held(journey: Journey) -> None:
    journey.start()
    with pytest.raises(Held, match=r"^internal_error$"):
        journey.step(settle_publication)


def test_a_step_without_a_store_may_not_use_it(journey: Journey) -> None:
    """The roles say the same: only what the settings name is open."""
    site = for_tenant(HoldSettings.current(), "demo").site
    for store in (site.inbox, site.archive):
        with pytest.raises(ConfigurationError, match=r"this function has no (inbox|archive)"):
            store.get("k")
    with pytest.raises(ConfigurationError, match="no circuits"):
        site.breaker.admit  # noqa: B018


def test_a_control_id_used_twice_is_counted(
    journey: Journey, capsys: pytest.CaptureFixture[str]
) -> None:
    journey.accept()
    raw = message(CASE, control_id="1", at=now(), sender=SENDER).replace(b"IPP101", b"IPP102")
    other = event("receive_message/report", body=base64.b64encode(raw).decode())
    reply = receive_message({**other, "isBase64Encoded": True}, CONTEXT)
    assert b"MSA|AR|1" in base64.b64decode(reply["body"])
    said = capsys.readouterr().out
    assert '"ControlIdReused": 1' in said
    assert '"RefusedMessages": 1' in said
    assert ("message.refused", "control_id_reused") in audited()
