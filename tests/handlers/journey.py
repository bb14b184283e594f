"""A report's way through the functions, in this process, step by step as in the workflow."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from cryptography.hazmat.primitives.serialization import Encoding
from starlette.applications import Starlette
from starlette.routing import Mount

from functions.aws import clients
from functions.build_manifest.handler import handler as build_manifest
from functions.drimbox.jobs.job import Kind, Wish
from functions.drimbox.oid import Uid
from functions.drimbox.publication.serving import served
from functions.fill_cache.handler import handler as fill_cache
from functions.index_study.handler import handler as index_study
from functions.publish_manifest.handler import handler as publish_manifest
from functions.read_report.handler import handler as read_report
from functions.receive_message.handler import handler as receive_message
from functions.settle_publication.handler import handler as settle_publication
from functions.start_publication.handler import handler as start_publication
from simulators.dmp.certificates import Authorities
from simulators.dmp.registry import Registry
from simulators.dmp.store import Store
from simulators.pacs.archive import Archive
from simulators.pacs.dicomweb import DicomWeb
from simulators.ris.cases import Case
from simulators.ris.messages import message
from tests.drimbox.images.samples import instance
from tests.fakes.world import IN_MEMORY, SENDER, case, keys
from tests.handlers.conftest import CONTEXT, MACHINE, Outside, event, now, stores

CASE: Final = case("C")
STUDY: Final = CASE.studies[0]
SERIES: Final = f"{STUDY}.1"
STEPS: Final = (read_report, index_study, build_manifest, publish_manifest, settle_publication)


@dataclass
class Journey:
    """The demo site's PACS (empty at first) and the DMP, behind ``outside``."""

    folder: Path
    outside: Outside
    change: dict[str, Any] = field(default_factory=dict)
    log: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        self.archive = Archive.open(self.folder / "pacs")
        self._pacs = httpx.ASGITransport(
            Starlette(routes=[Mount("/dicom-web", routes=DicomWeb(self.archive).routes())])
        )
        self._store = Store(IN_MEMORY)
        authorities = Authorities.from_pem(keys().authority.root.certificate_pem.encode())
        self.registry = Registry(self._store, authorities, clock=now)
        self.outside.hosts |= {"pacs.example": self.pacs, "dmp.example": self.dmp}
        clients.stepfunctions().create_state_machine(
            name=MACHINE.rpartition(":")[2],
            definition='{"StartAt": "S", "States": {"S": {"Type": "Succeed"}}}',
            roleArn="arn:aws:iam::123456789012:role/workflow",
        )

    def close(self) -> None:
        self._store.close()

    # --- the outside

    def pacs(self, request: httpx.Request) -> httpx.Response:
        """The simulator's DICOMweb."""
        return asyncio.run(self._ask(request))

    async def _ask(self, request: httpx.Request) -> httpx.Response:
        asked = httpx.Request(request.method, request.url, headers=request.headers)
        answer = await self._pacs.handle_async_request(asked)
        return httpx.Response(
            answer.status_code,
            headers={"content-type": answer.headers.get("content-type", "")},
            stream=httpx.ByteStream(await answer.aread()),
        )

    def dmp(self, request: httpx.Request) -> httpx.Response:
        """The simulator's registry and repository."""
        body, kind = request.read(), request.headers["content-type"]
        service = request.url.path.rpartition("/")[2]
        peer = keys().auth.certificate.public_bytes(Encoding.DER)
        transaction = self.registry.transaction_of(service, body, kind)
        said = self.registry.execute(transaction, body, kind, peer)
        return httpx.Response(
            said.status, headers={"content-type": said.content_type}, content=said.body
        )

    def archive_study(self, numbers: int = 2, accession: str = "") -> None:
        """The study of the report arrives in the PACS."""
        for number in range(1, numbers + 1):
            self.archive.store(
                instance(
                    number,
                    StudyInstanceUID=STUDY,
                    SeriesInstanceUID=SERIES,
                    SOPInstanceUID=f"{SERIES}.{number}",
                    PatientID=CASE.ipp,
                    AccessionNumber=accession or CASE.orders[0].accession,
                )
            )

    # --- the way

    def accept(self, case: Case = CASE, control_id: str = "1") -> dict[str, Any]:
        """The RIS sends the report; the queue's record of it, as the consumer gets it."""
        raw = message(case, control_id=control_id, at=now(), sender=SENDER)
        reply = receive_message(
            event(
                "receive_message/report",
                body=base64.b64encode(raw).decode(),
                isBase64Encoded=True,
            ),
            CONTEXT,
        )
        assert b"MSA|AA" in base64.b64decode(reply["body"])
        url = clients.sqs().get_queue_url(QueueName="messages")["QueueUrl"]
        (sent,) = clients.sqs().receive_message(QueueUrl=url)["Messages"]
        message_id = json.loads(sent["Body"])["message_id"]
        self.change = event("read_report/change", message_id=message_id, correlation_id=message_id)
        batch = event("start_publication/batch")
        return {**batch["Records"][0], "body": sent["Body"]}

    def start(self, case: Case = CASE, control_id: str = "1") -> None:
        """The report is accepted and its workflow started."""
        record = self.accept(case, control_id)
        assert start_publication({"Records": [record]}, CONTEXT) == {"batchItemFailures": []}

    def step(self, function: Callable[[Any, Any], dict[str, Any]]) -> dict[str, Any]:
        """One step, given the workflow's state."""
        return function(self.change, CONTEXT)

    def publish(self, case: Case = CASE, control_id: str = "1") -> dict[str, Any]:
        """From the RIS to the DMP; the last step's state."""
        self.start(case, control_id)
        state: dict[str, Any] = {}
        for function in STEPS:
            state = self.step(function)
            assert state["outcome"] == "continue"
        return state

    def fill(self, series: str = SERIES) -> str:
        """The published series goes into the cache; the reason with which its job ended."""
        return fill_now("demo", STUDY, series)

    def manifests(self) -> list[dict[str, Any]]:
        """The manifests that the DMP lists."""
        return [one for one in self.registry.state() if one["type_code"] == "IMG-KOS"]


def fill_now(tenant: str, study: str, series: str) -> str:
    """Somebody asks for a series, and the queue delivers; the reason with which its job ended."""
    mine = stores(tenant)
    current = served(mine.records.get(Uid(study)), mine.archive)
    unknown = Wish(Kind.FILL, {"study": study, "series": series, "edition": "2.25.1/0"})
    wish = unknown if current is None else current.filling(Uid(series))
    mine.fills.ask(wish, "c1", gone=True, corrected=True)
    deliver_fills()
    job = mine.fills.jobs.get(wish.key)
    assert job is not None
    return job.reason


def deliver_fills() -> dict[str, Any]:
    """The queue of fill jobs delivers the messages that wait; the answer of their consumer."""
    queue = clients.sqs()
    url = queue.get_queue_url(QueueName="fill-jobs")["QueueUrl"]
    waiting = queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    sample = event("fill_cache/batch")["Records"][0]
    records = [{**sample, "messageId": one["MessageId"], "body": one["Body"]} for one in waiting]
    answer = fill_cache({"Records": records}, CONTEXT)
    failed = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
    for one in waiting:
        if one["MessageId"] not in failed:
            queue.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    return answer


def forget_fills() -> None:
    """No job was ever asked for."""
    url = clients.sqs().get_queue_url(QueueName="fill-jobs")["QueueUrl"]
    clients.sqs().purge_queue(QueueUrl=url)
    for job in jobs():
        key = {name: job[name] for name in ("tenant", "job")}
        clients.dynamodb().delete_item(TableName="jobs", Key=key)


def executions() -> list[dict[str, Any]]:
    """The input of every execution that was started."""
    found = clients.stepfunctions().list_executions(stateMachineArn=MACHINE)["executions"]
    return [
        json.loads(
            clients.stepfunctions().describe_execution(executionArn=one["executionArn"])["input"]
        )
        for one in found
    ]


def jobs() -> list[dict[str, Any]]:
    """The jobs of the demo tenant, as they are stored."""
    return clients.dynamodb().scan(TableName="jobs")["Items"]


def waiting_fills() -> tuple[int, int]:
    """How many messages wait in the queue of fill jobs, and how many do so behind a delay."""
    queue = clients.sqs()
    url = queue.get_queue_url(QueueName="fill-jobs")["QueueUrl"]
    told = queue.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return int(told["ApproximateNumberOfMessages"]), int(told["ApproximateNumberOfMessagesDelayed"])
