"""The demo site behind an agent, which asks, works and answers as one at a site does."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx

from functions.aws import clients
from functions.drimbox.errors import DrimboxError
from functions.drimbox.images.cache_keys import SeriesKeys
from functions.drimbox.images.fill import assemble
from functions.drimbox.images.pacs import DicomwebPacs
from functions.drimbox.oid import Uid
from functions.drimbox.study import codec
from functions.drimbox.study.found_study import StudyCriteria
from functions.serve_agents.handler import handler as serve_agents
from functions.wake_waits.handler import handler as wake_waits
from simulators.pki import AUTHORITY_SUBJECT
from tests.drimbox.images.samples import MemoryStore
from tests.fakes.aws import put_tenant, tenant_facts
from tests.handlers.conftest import CONTEXT, event, now
from tests.handlers.journey import Journey

NAME: Final = "salle-1"
SUBJECT: Final = "CN=agent.ambroise.example,OU=1750803447,O=Centre de radiologie Ambroise,C=FR"


def behind_agent() -> None:
    """The demo site is reached by its agent alone."""
    facts = {key: value for key, value in tenant_facts().items() if key != "pacs_url"}
    agent = {
        "name": NAME,
        "certificate_subject": SUBJECT,
        "certificate_issuer": AUTHORITY_SUBJECT,
    }
    put_tenant({**facts, "link": "agent", "agents": [agent]})


def told(reply: dict[str, Any]) -> dict[str, Any]:
    """The JSON of an answer."""
    found: dict[str, Any] = json.loads(base64.b64decode(reply["body"]))
    return found


def lend(*, request: str = "1", **changes: Any) -> dict[str, Any]:
    """The agent's beat; the answer to it."""
    facts = event("serve_agents/loan")
    body = json.loads(facts["body"])
    body["health"]["at"] = now().isoformat()
    health = changes.pop("health", {})
    body = {**body, **changes, "health": {**body["health"], **health}}
    context = {**facts["requestContext"], "requestId": request}
    return serve_agents({**facts, "body": json.dumps(body), "requestContext": context}, CONTEXT)


def show(job: str) -> dict[str, Any]:
    """The answer to the agent that asks what a job is about."""
    facts = event("serve_agents/job", pathParameters={"tenant": "demo", "job": job})
    return serve_agents(facts, CONTEXT)


def post(job: str, body: dict[str, Any]) -> dict[str, Any]:
    """The answer to the agent that answers a job."""
    facts = event("serve_agents/answer", pathParameters={"tenant": "demo", "job": job})
    return serve_agents({**facts, "body": json.dumps(body)}, CONTEXT)


def rung() -> list[dict[str, Any]]:
    """The messages that wait for the agents of the site; they are taken."""
    queue = clients.sqs()
    url = queue.get_queue_url(QueueName="agents-demo")["QueueUrl"]
    found = []
    while waiting := queue.receive_message(QueueUrl=url).get("Messages"):
        found.append(json.loads(waiting[0]["Body"]))
        queue.delete_message(QueueUrl=url, ReceiptHandle=waiting[0]["ReceiptHandle"])
    return found


def tick() -> int:
    """The queue of ticks delivers the messages that wait and are not delayed; how many."""
    queue = clients.sqs()
    url = queue.get_queue_url(QueueName="ticks")["QueueUrl"]
    delivered = 0
    while waiting := queue.receive_message(QueueUrl=url).get("Messages"):
        sample = event("wake_waits/tick")["Records"][0]
        record = {**sample, "body": waiting[0]["Body"]}
        assert wake_waits({"Records": [record]}, CONTEXT) == {"batchItemFailures": []}
        queue.delete_message(QueueUrl=url, ReceiptHandle=waiting[0]["ReceiptHandle"])
        delivered += 1
    return delivered


@dataclass
class Agent:
    """One that works honestly on the PACS of ``journey``."""

    journey: Journey

    def work(self) -> list[str]:
        """Do every job that it is rung for; the states that it is told."""
        return [self._do(one["job"]) for one in rung()]

    def _do(self, job: str) -> str:
        shown = show(job)
        if shown["statusCode"] != 200:
            return str(told(shown)["code"])
        facts = told(shown)
        envelope = {"protocol": 1, "attempt": facts["attempt"], **self._answer(facts)}
        return str(told(post(job, envelope))["state"])

    def _answer(self, facts: dict[str, Any]) -> dict[str, Any]:
        ask = facts["ask"]
        transport = httpx.MockTransport(self.journey.pacs)
        with TemporaryDirectory() as folder, httpx.Client(transport=transport) as http:
            pacs = DicomwebPacs(http, "https://pacs.example/dicom-web", spool=Path(folder))
            try:
                if facts["kind"] == "fill":
                    return _brought(pacs, ask, facts["incoming"]["key"], Path(folder))
                found = {"index": _index, "survey": _survey, "find": _find}[facts["kind"]]
                return {"outcome": "answered", "answer": found(pacs, ask)}
            except DrimboxError as error:
                return {"outcome": "failed", "reason": error.code}


def _index(pacs: DicomwebPacs, ask: dict[str, Any]) -> dict[str, Any]:
    found = pacs.find_study(Uid(ask["study_instance_uid"]))
    return {"found": False} if found is None else {"found": True, "index": codec.write(found)}


def _survey(pacs: DicomwebPacs, ask: dict[str, Any]) -> dict[str, Any]:
    studies = []
    for study in ask["studies"]:
        name = {"study_instance_uid": study}
        if ask["depth"] == "presence":
            studies.append({**name, "found": pacs.has_study(Uid(study))})
        else:
            studies.append({**name, **_index(pacs, name)})
    return {"studies": studies}


def _find(pacs: DicomwebPacs, ask: dict[str, Any]) -> dict[str, Any]:
    criteria = StudyCriteria(**{name: ask[name] for name in ask if name != "most"})
    found = pacs.search(criteria, most=ask["most"])
    studies = [
        {
            "study_instance_uid": one.study_instance_uid,
            "patient_id": one.patient_id,
            "patient_name": one.patient_name,
            "patient_birth_date": one.patient_birth_date,
            "accession_number": one.accession_number,
            "study_date": one.study_date,
            "description": one.description,
            "modalities": list(one.modalities),
            "instances": one.instances,
        }
        for one in found.studies
    ]
    return {"studies": studies, "left_out": found.left_out, "complete": found.complete}


def _brought(pacs: DicomwebPacs, ask: dict[str, Any], key: str, folder: Path) -> dict[str, Any]:
    study, series = Uid(ask["study_instance_uid"]), Uid(ask["series_instance_uid"])
    keys = SeriesKeys(study, Uid(ask["manifest_uid"]), series, ask["notes"])
    wanted = [Uid(uid) for uids in ask["instances"].values() for uid in uids]
    at_site = MemoryStore()
    assemble(pacs, at_site, keys, wanted, spool=folder)
    body = at_site.objects[keys.multipart]
    clients.s3().put_object(Bucket="cache", Key=key, Body=body)
    said = {"key": key, "size": len(body), "sha256": hashlib.sha256(body).hexdigest()}
    return {"outcome": "answered", "incoming": said}
