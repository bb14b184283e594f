"""One whole local stack for the tests: the same parts as ``make run``, seen from outside."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import signal
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import uuid4

import httpx
import yaml

from functions.aws.tenant_secrets import Kept
from infra.admin import provision
from infra.admin.secret_stores import Stores
from infra.demo import lifecycle, play, tenants
from infra.demo.aws import REGION, secret_stores, session
from infra.demo.layout import PORTS, STRUCTURES, Layout
from infra.demo.processes import Stack
from simulators.pacs.load import load
from simulators.pacs.orthanc import free_port
from simulators.pacs.studies import Size, study_objects, write
from simulators.pki import AUTHORITY_SUBJECT, Authority
from simulators.ris.cases import Case
from simulators.ris.messages import Form, message
from tests.flows.findings import why
from tests.flows.neighbours import (
    B_S_AUTHORITY,
    FAR,
    FAR_RIS,
    FAR_SENDER,
    THIRD,
    THIRD_SENDER,
    WATCHER,
)

# Seconds. Waits of the workflow are drawn at random: a slow draw is no failure.
PATIENCE: Final = 120.0
# The shortest life that the template takes, so that the end of a signed URL can be seen.
SIGNED_URL_SECONDS: Final = 30
NEIGHBOUR: Final = "voisin"
RIS: Final = "CN=ris.ambroise.example,OU=1750803447,O=Clinique Ambroise,C=FR"
OPERATIONS: Final = "CN=operations.local.example,OU=300000000000025,O=DRIMbox,C=FR"
T = TypeVar("T")
R = TypeVar("R")
ENDED: Final = frozenset({"published", "withdrawn", "unchanged", "superseded", "held", "ignored"})


@dataclass(frozen=True, slots=True)
class Ack:
    """An answer of ``hl7v2``: its status, its bytes, and the fields of the acknowledgement."""

    status: int
    content: bytes
    content_type: str

    def field(self, name: str, number: int) -> str:
        """One field of the first such segment, "" when there is none."""
        for line in self.content.decode().split("\r"):
            fields = line.split("|")
            if fields[0] == name:
                offset = number - 1 if name == "MSH" else number
                return fields[offset] if offset < len(fields) else ""
        return ""

    @property
    def code(self) -> str:
        """MSA-1."""
        return self.field("MSA", 1)

    @property
    def refusal(self) -> tuple[str, str, str, str]:
        """MSA-1, ERR-2 (location), ERR-3.1 (condition), ERR-7 (our code)."""
        condition = self.field("ERR", 3).split("^")[0]
        return self.code, self.field("ERR", 2), condition, self.field("ERR", 7)


@dataclass(frozen=True, slots=True)
class Entry:
    """The fate of one accepted message: its state, and (outcome, reason) of each study."""

    message_id: str
    state: str
    ignored: str
    replays: int
    studies: Mapping[str, tuple[str, str]]


@dataclass
class LocalStack:
    """A running stack. Its methods are what a RIS, an operator, a peer or a test may do."""

    layout: Layout
    processes: Stack
    endpoints: dict[str, Any]
    aws: dict[str, Any] = field(default_factory=dict)
    # Executions that outlasted a test's patience.
    lasting: set[str] = field(default_factory=set)

    # ---- identities

    def client(self, identity: str = "") -> httpx.Client:
        """A client that trusts the local authority; ``identity`` is a stem of the PKI folder."""
        context = ssl.create_default_context(cafile=str(self.layout.pki / "ca.pem"))
        if identity:
            pki = self.layout.pki
            context.load_cert_chain(pki / f"{identity}.pem", pki / f"{identity}.key")
        return httpx.Client(verify=context, trust_env=False, timeout=60)

    def token(self, professional: str = "") -> str:
        """A professional's access token."""
        return play.token(self.endpoints, professional)

    # ---- the site

    def store(self, case: Case, size: Size | None = None) -> None:
        """Put the studies of ``case`` into the PACS."""
        with tempfile.TemporaryDirectory() as folder:
            for study in case.archived_studies():
                write(study_objects(study, size), Path(folder))
            paths = sorted(Path(folder).rglob("*.dcm"))
            assert load(paths, self.endpoints["pacs"]) == len(paths) > 0

    def remove(self, study: str) -> None:
        """Take a study out of the PACS."""
        with self.client() as http:
            answer = http.delete(f"{self._control('pacs')}/studies/{study}")
        assert answer.status_code == 204, answer.text

    def report(
        self, case: Case, form: Form = "ORU", *, control_id: str = "", **options: Any
    ) -> bytes:
        """The message of ``case``, from its own sender or the declared one."""
        return message(
            case,
            form,
            control_id=control_id or uuid4().hex[:20],
            at=datetime.now(UTC),
            sender=case.sender or tuple(self.endpoints["sender"]),
            **options,
        )

    def send(self, raw: bytes, *, identity: str = "ris", tenant: str = "") -> Ack:
        """Send bytes as a message."""
        with self.client(identity) as http:
            answer = http.post(
                self.messages_url(tenant),
                content=raw,
                headers={"Content-Type": "application/hl7-v2"},
            )
        return Ack(answer.status_code, answer.content, answer.headers.get("Content-Type", ""))

    def messages_url(self, tenant: str = "") -> str:
        """Where messages go."""
        return f"{self.endpoints['in']}/v1/tenants/{tenant or self.endpoints['tenant']}/hl7v2"

    def accepted(self, raw: bytes) -> str:
        """Send, demand AA, and give the message's identifier."""
        ack = self.send(raw)
        assert (ack.status, ack.code) == (200, "AA"), ack.content
        return self.message_id(ack)

    def publish(self, case: Case, form: Form = "ORU", size: Size | None = None) -> Entry:
        """Store the study of ``case``, send its report and wait for its end."""
        self.store(case, size)
        return self.await_outcome(self.accepted(self.report(case, form)))

    # ---- outcomes

    def message_id(self, ack: Ack) -> str:
        """The message's identifier: the control id of its acknowledgement is its beginning."""
        prefix = ack.field("MSH", 10)[1:]
        # Its entry is made when its turn comes; the inbox has it before the acknowledgement.
        keys = self.keys("inbox", f"{self.endpoints['tenant']}/messages/{prefix}")
        assert len(keys) == 1, "an acknowledged message is in the inbox"
        return keys[0].rsplit("/", 1)[-1].removesuffix(".hl7")

    def entry(self, message_id: str) -> Entry | None:
        """The entry in the table of messages."""
        item = (
            self.aws["dynamodb"]
            .get_item(
                TableName=self.table("Messages"),
                Key={"tenant": {"S": self.endpoints["tenant"]}, "message_id": {"S": message_id}},
                ConsistentRead=True,
            )
            .get("Item")
        )
        if item is None:
            return None
        studies = {
            uid: (study["M"]["outcome"]["S"], study["M"]["reason"]["S"])
            for uid, study in item["studies"]["M"].items()
        }
        return Entry(
            message_id,
            item["tenant_state"]["S"].partition("#")[2],
            item["ignored"]["S"],
            int(item["replays"]["N"]),
            studies,
        )

    def await_state(self, message_id: str, state: str, patience: float = PATIENCE) -> Entry:
        """The entry once it is in that state."""

        def there() -> Entry | None:
            entry = self.entry(message_id)
            return entry if entry is not None and entry.state == state else None

        what = f"the state {state} of message {message_id}"
        return wait_for(there, patience, what, lambda: why(self, message_id))

    def await_outcome(self, message_id: str, patience: float = PATIENCE) -> Entry:
        """The entry once nothing of it is in progress any more."""

        def ended() -> Entry | None:
            entry = self.entry(message_id)
            if entry is None:
                return None
            going_on = any(outcome == "in_progress" for outcome, _ in entry.studies.values())
            return entry if entry.state in ENDED and not going_on else None

        what = f"the end of message {message_id}"
        return wait_for(ended, patience, what, lambda: why(self, message_id))

    def record(self, study: str) -> dict[str, Any]:
        """The study's record as DynamoDB holds it; empty when there is none."""
        item = self.aws["dynamodb"].get_item(
            TableName=self.table("Studies"),
            Key={"tenant": {"S": self.endpoints["tenant"]}, "study_instance_uid": {"S": study}},
            ConsistentRead=True,
        )
        return dict(item.get("Item", {}))

    def replay(self, message_id: str) -> int:
        """Ask for another try; the answer's status."""
        return self._act(message_id, "replay")

    def confirm_identity(self, message_id: str, study: str) -> int:
        """Confirm the identity of a report that is held for its traits; the answer's status."""
        word = {"study_instance_uid": study, "reason": "Checked", "confirm": True}
        return self._act(message_id, "identity", word)

    def decide_traits(self, message_id: str, keep: str) -> int:
        """Decide between the known sets of traits of the report's patient; the answer's status."""
        revision = self.shown(message_id)["known_traits"]["revision"]
        body = {"keep": keep, "revision": revision, "reason": "Checked", "confirm": True}
        return self._act(message_id, "traits", body)

    def shown(self, message_id: str) -> dict[str, Any]:
        """The publication whole, as an operator's program reads it."""
        with self.client("ris") as http:
            answer = http.get(self._publication(message_id))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def _act(self, message_id: str, verb: str, body: dict[str, Any] | None = None) -> int:
        with self.client("ris") as http:
            return http.post(f"{self._publication(message_id)}/{verb}", json=body).status_code

    def _publication(self, message_id: str) -> str:
        path = f"{self.endpoints['tenant']}/operations/publications/{message_id}"
        return f"{self.endpoints['in']}/v1/tenants/{path}"

    def documents(self, study: str = "", kind: str = "IMG-KOS") -> list[dict[str, Any]]:
        """The DMP's entries of one study (of all without one), of one type of document."""
        with self.client() as http:
            found = http.get(f"{self.endpoints['dmp']}/_sim/state").json()["documents"]
        return [
            document
            for document in found
            if document["type_code"] == kind
            and (
                not study
                or any(value.startswith(f"{study}^") for value in document["reference_ids"])
            )
        ]

    def forget(self, entry_uuid: str) -> None:
        """The DMP loses a document, as if it had never been sent."""
        with self.client() as http:
            answer = http.delete(f"{self.endpoints['dmp']}/_sim/documents/{entry_uuid}")
        assert answer.status_code == 204, answer.text

    def document(self, entry_uuid: str) -> bytes:
        """The bytes of one document, as the DMP keeps them."""
        with self.client() as http:
            answer = http.get(f"{self.endpoints['dmp']}/_sim/documents/{entry_uuid}")
        answer.raise_for_status()
        return answer.content

    # ---- storage, by the AWS endpoint

    def table(self, name: str) -> str:
        """The name of a table."""
        return f"drimbox-{name.lower()}"

    def bucket(self, name: str) -> str:
        """The name of a bucket, which ends with account and region."""
        [found] = [one for one in self._buckets if one.startswith(f"drimbox-{name}-")]
        return found

    # The names below are those of the templates: they are asked for once.

    @cached_property
    def _buckets(self) -> list[str]:
        return [str(one["Name"]) for one in self.aws["s3"].list_buckets()["Buckets"]]

    @cached_property
    def queues(self) -> list[str]:
        """The addresses of all queues."""
        return [str(url) for url in self.aws["sqs"].list_queues()["QueueUrls"]]

    @cached_property
    def _machines(self) -> list[str]:
        found = self.aws["stepfunctions"].list_state_machines()["stateMachines"]
        return [str(one["stateMachineArn"]) for one in found]

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        """Every key of a bucket below ``prefix``."""
        pages = self.aws["s3"].get_paginator("list_objects_v2")
        return [
            item["Key"]
            for page in pages.paginate(Bucket=self.bucket(bucket), Prefix=prefix)
            for item in page.get("Contents", [])
        ]

    def read(self, bucket: str, key: str) -> bytes:
        """The bytes of one object."""
        answer = self.aws["s3"].get_object(Bucket=self.bucket(bucket), Key=key)
        return bytes(answer["Body"].read())

    @property
    def secrets(self) -> Stores:
        """The stores of secrets, as the staff of the hosting company writes them."""
        return secret_stores(self.layout.home, self.endpoints["aws"])

    def secret(self, tenant: str, name: str) -> str:
        """A secret of a tenant."""
        return Kept.decode(self.read("secrets", f"{tenant}/{name}")).value

    def audited(self, event: str, **facts: str) -> list[dict[str, Any]]:
        """The audit records of one event whose content has ``facts``."""
        keys = self.audit_keys(event, self.endpoints["tenant"])
        records = [json.loads(self.read("audit", key)) for key in keys]
        return [one for one in records if facts.items() <= one.items()]

    def audit_keys(self, event: str, tenant: str) -> list[str]:
        """The keys of the audit records of one event: one key of each record, also of one that was
        repeated after midnight and has its name under two days."""
        names = {
            key.rsplit("/", 1)[-1]: key
            for key in reversed(self.keys("audit", f"{tenant}/audit/"))
            if key.split("/")[3] == event
        }
        return sorted(names.values())

    # ---- images

    def images_url(self, study: str, series: str = "", instance: str = "", tenant: str = "") -> str:
        """The WADO-RS address of a study, a series or an instance."""
        base = f"{self.endpoints['db']}/tenants/{tenant or self.endpoints['tenant']}/dicomweb"
        parts = (("studies", study), ("series", series), ("instances", instance))
        return base + "".join(f"/{name}/{uid}" for name, uid in parts if uid)

    # ---- faults

    def fault(self, part: str, **facts: Any) -> None:
        """Ask a simulator for a fault."""
        with self.client() as http:
            answer = http.post(f"{self._control(part)}/faults", json=facts)
        assert answer.status_code == 201, answer.text

    def heal(self, *parts: str) -> None:
        """No fault any more."""
        with self.client() as http:
            for part in parts or ("dmp", "psc", "pacs", "whitelist"):
                http.delete(f"{self._control(part)}/faults").raise_for_status()

    def _control(self, part: str) -> str:
        return f"{self.endpoints[part].removesuffix('/dicom-web')}/_sim"

    def kill(self, part: str) -> None:
        """End a part and all of its children at once, without a word."""
        child = self.processes.children[part]
        # Itself first: it would start again what it misses.
        for pid in (child.pid, *descendants(child.pid)):
            kill_process(pid)
        child.wait()

    def start(self, *parts: str) -> None:
        """Start parts that have ended, and wait until they answer."""
        lifecycle.start(self.processes, parts, lambda: False)

    def recover(self) -> None:
        """Start again each part that a test has left dead, and wait until it answers."""
        lifecycle.wait(self.processes, self.processes.revive(), lambda: False)

    def settle(self, patience: float = 30.0) -> None:
        """Let the work of one test come to its end, which the faults of the next one would strike
        and its counts would see. A work that waits longer goes on, and is not waited for again.
        """
        began = time.monotonic()
        while self._messages_wait() or self._executions() - self.lasting:
            if (waited := time.monotonic() - began) >= patience:
                self.lasting |= self._executions()
                return
            _pause(waited)

    def _messages_wait(self) -> bool:
        """Whether a message waits for its turn."""
        counts = [f"ApproximateNumberOfMessages{one}" for one in ("", "NotVisible")]
        waiting = self.aws["sqs"].get_queue_attributes(
            QueueUrl=self.queue_url("messages"), AttributeNames=counts
        )["Attributes"]
        return any(waiting[one] != "0" for one in counts)

    def _executions(self) -> set[str]:
        """The executions that run, the youngest hundred of each workflow. Those of ``fetch`` are
        left out: they watch the session of an opened exam for hours.
        """
        states = self.aws["stepfunctions"]
        return {
            execution["executionArn"]
            for machine in self._machines
            if not machine.endswith(":drimbox-fetch")
            for execution in states.list_executions(
                stateMachineArn=machine, statusFilter="RUNNING", maxResults=100
            )["executions"]
        }

    def stop(self) -> None:
        """A normal stop of everything."""
        self.processes.stop()

    def gateway(self) -> int:
        """The process id of the local API gateway."""
        return self._child("infra.local.gateway")

    def endpoint(self) -> int:
        """The process id of the local AWS endpoint, above every function."""
        return self._child("infra.local.aws")

    def _child(self, module: str) -> int:
        found = [
            pid
            for pid in descendants(self.processes.children["stack"].pid)
            if module in command_of(pid).split("\0")
        ]
        assert len(found) == 1, f"one {module} runs"
        return found[0]

    def workers(self, function: str = "") -> list[int]:
        """The processes of one function (of all without one)."""
        return [
            pid
            for pid in descendants(self.processes.children["stack"].pid)
            if "/functions/worker.py" in (command := command_of(pid))
            and f"functions.{function}" in command.replace("/", ".").replace(".worker", "")
        ]

    def reconcile(self, tenant: str = "") -> dict[str, Any]:
        """A whole run, started by hand; its final report, once nothing of it is still to come."""
        tenant = tenant or self.endpoints["tenant"]
        answer = self.aws["lambda"].invoke(
            FunctionName="drimbox-start-reconciliation", Payload=json.dumps({"tenant": tenant})
        )
        run = json.loads(answer["Payload"].read())["started"][tenant]
        place, key = "reconciliations", f"{tenant}/last.json"

        def ended() -> dict[str, Any] | None:
            last = json.loads(self.read(place, key)) if self.keys(place, key) else {}
            return last if last.get("run") == run and not self.at_work(run) else None

        return wait_for(ended, PATIENCE, f"the end of the run {run}")

    def at_work(self, named: str) -> bool:
        """Whether a workflow runs whose input names this study, or this run."""
        states = self.aws["stepfunctions"]
        return any(
            named in states.describe_execution(executionArn=one["executionArn"])["input"]
            for machine in self._machines
            for one in states.list_executions(stateMachineArn=machine, statusFilter="RUNNING")[
                "executions"
            ]
        )

    def jobs(self, study: str = "") -> list[dict[str, Any]]:
        """The jobs of one study (of all without one), as DynamoDB holds them."""
        pages = self.aws["dynamodb"].get_paginator("scan")
        return [
            item
            for page in pages.paginate(TableName=self.table("Jobs"), ConsistentRead=True)
            for item in page["Items"]
            if not study or item["facts"]["M"]["study"]["S"] == study
        ]

    def stop_filling(self) -> None:
        """Nothing fills the cache, and nothing will before somebody asks again.

        A message of a worker that was killed, or of a job that waits for its next attempt, may stay
        in the queue longer than any test waits: all of them go, with their jobs. A worker that got
        its message before finds no job; one that had its job already is killed.
        """
        for item in self.jobs():
            key = {name: item[name] for name in ("tenant", "job")}
            self.aws["dynamodb"].delete_item(TableName=self.table("Jobs"), Key=key)
        self.aws["sqs"].purge_queue(QueueUrl=self.queue_url("fill-jobs"))

        def none_works() -> bool:
            pids = self.workers("fill_cache")
            for pid in pids:
                kill_process(pid)
            return not pids

        wait_for(none_works, PATIENCE, "the end of the last fill")

    def queue_url(self, name: str) -> str:
        """The address of a queue."""
        [found] = [url for url in self.queues if url.endswith(f"/drimbox-{name}-queue")]
        return found

    def log(self, function: str) -> str:
        """The log of one function so far."""
        logs = self.layout.home / "logs"
        found = [path for path in logs.iterdir() if function.replace("_", "") in squeezed(path)]
        return "".join(path.read_text(errors="replace") for path in sorted(found))


def new_ins() -> str:
    """A matricule that no other test uses, with its key."""
    number = f"2790351{uuid4().int % 10**6:06}"
    return f"{number}{97 - int(number) % 97:02}"


def squeezed(path: Path) -> str:
    """A file's name without the separators of its words."""
    return path.name.lower().replace("_", "").replace("-", "")


# The stacks that run, for the words of a failure.
_running: Final[list[LocalStack]] = []


def wait_for(
    probe: Callable[[], T | None],
    patience: float,
    what: str,
    explain: Callable[[], str] = lambda: "\n".join(map(why, _running)),
) -> T:
    """The result of ``probe`` once it is true; AssertionError after ``patience`` seconds, with all
    that explains it."""
    began = time.monotonic()
    while not (found := probe()):
        if (waited := time.monotonic() - began) >= patience:
            raise AssertionError(f"{what} did not come in {patience:.0f} s\n{explain()}")
        _pause(waited)
    return found


def _pause(waited: float) -> None:
    """Between two looks, each of which takes time from the stack: short at first, then a twentieth
    of the seconds ``waited`` so far, and no longer than half a second."""
    time.sleep(min(max(0.1, waited / 20), 0.5))


def command_of(pid: int) -> str:
    """The command line of a process, "" when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def descendants(pid: int) -> list[int]:
    """Every process below ``pid``, deepest last."""
    children: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(status.parent.name))
    found = list(children.get(pid, ()))
    for child in found:
        found += children.get(child, ())
    return found


def kill_process(pid: int) -> None:
    """SIGKILL, and wait until it is dead; a process that is gone is as good as killed."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    wait_for(lambda: _dead(pid), PATIENCE, f"the end of process {pid}")


def await_message(pids: Sequence[int]) -> None:
    """Wait until one of these frozen processes has been given something that it has not read."""
    wait_for(lambda: any(map(_unread, pids)), PATIENCE, f"a message for one of {list(pids)}")


def _unread(pid: int) -> bool:
    """Whether bytes wait in a connection of that process (proc(5), ``/proc/net/tcp``)."""
    found = set()
    try:
        for one in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):  # closed meanwhile
                found.add(one.readlink().name)
        lines = [line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()]
    except OSError:
        return False
    # The fourth field is the state (01: established), the fifth tx_queue:rx_queue, the tenth the
    # inode.
    return any(
        f"socket:[{fields[9]}]" in found and int(fields[4].partition(":")[2], 16) > 0
        for fields in lines[1:]
        if fields[3] == "01"
    )


def _dead(pid: int) -> bool:
    """Whether nothing of a process runs: its first thread may be gone before the others."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state == "Z" and len(list(Path(f"/proc/{pid}/task").iterdir())) <= 1
    except OSError:
        return True


def _free_ports() -> dict[str, int]:
    """A free port for each part, no two the same."""
    found: dict[int, None] = {}
    while len(found) < len(PORTS):
        found[free_port()] = None
    return dict(zip(PORTS, found, strict=True))


# Everything that can be overridden is, and only when a test asks for it.
_RECONCILIATION: Final = """
reconciliation:
  schedule_hours: 0
  repair: [study_changed, dead_reference, missing_manifest]
"""


def _tenants(layout: Layout) -> Path:
    """The demo tenant with one more program, the tenant behind the other sites' host, and a
    neighbour whose programs have certificates of their own, one of them from an authority of the
    neighbour alone, and a site behind an agent.
    """
    folder = layout.home / "tenants"
    tenants.write(layout)
    # The tests' RIS is an operator too.
    demo = tenants.first(layout).replace(OPERATIONS, RIS)
    watcher = (
        f"operators:\n  - name: Observateur\n    certificate_subject: {WATCHER}\n"
        f"    certificate_issuer: {AUTHORITY_SUBJECT}\n    permissions: [view]\n"
    )
    watched = demo.replace("operators:\n", watcher)
    assert watched != demo
    (folder / "demo.yaml").write_text(watched + _RECONCILIATION)
    second = (
        "  - application: AUTRE_RIS\n    facility: AMBROISE\n    certificate_subject: "
        "CN=db1.999.mesimagesmedicales.example,OU=300000000000017,O=Autre DRIMbox,"
        "ST=Paris (75),C=FR\n"
        f"    certificate_issuer: {AUTHORITY_SUBJECT}\n"
        f"  - application: {THIRD_SENDER[0]}\n    facility: {THIRD_SENDER[1]}\n"
        f"    certificate_subject: {THIRD}\n    certificate_issuer: {B_S_AUTHORITY}\n"
    )
    neighbour = (
        re.sub(r"^webhook_url: .*\n", "", demo, flags=re.MULTILINE)
        .replace("link:", f"{second}link:")
        .replace("tenant: demo", f"tenant: {NEIGHBOUR}")
        .replace("1.2.250.1.213.4.5.9.1", "1.2.250.1.213.4.5.9.2")
        .replace(
            RIS,
            OPERATIONS,
        )
    )
    # As a sender, and as an operator.
    assert neighbour.count("operations.local.example") == 2
    (folder / f"{NEIGHBOUR}.yaml").write_text(neighbour)
    (folder / f"{FAR}.yaml").write_text(_far(demo))
    return folder


def _far(demo: str) -> str:
    """The file of a site whose PACS its agent alone reaches; its operators are people."""
    facts = yaml.safe_load(demo)
    del facts["webhook_url"]
    application, facility = FAR_SENDER
    certificate = {"certificate_subject": FAR_RIS, "certificate_issuer": AUTHORITY_SUBJECT}
    site = {
        **facts,
        "tenant": FAR,
        "source_id": "1.2.250.1.213.4.5.9.3",
        "senders": [{"application": application, "facility": facility, **certificate}],
        "operators": [one for one in facts["operators"] if "oidc_subject" in one],
    }
    return tenants.behind_agent(yaml.safe_dump(site, allow_unicode=True))


def _bring_authority(pki: Path) -> None:
    """API Gateway's truststore holds the neighbour's own authority beside the common one."""
    common = pki / "ca.pem"
    (pki / "common.pem").write_text(common.read_text())
    brought = Authority.create(datetime.now(UTC), subject=B_S_AUTHORITY).root
    (pki / "neighbour-ca.pem").write_text(brought.certificate_pem)
    (pki / "neighbour-ca.key").write_text(brought.key_pem)
    common.write_text(common.read_text() + brought.certificate_pem)


def _part_anchors(stack: LocalStack) -> None:
    """The demo tenant's programs are of the common authority, the neighbour's of both. The site
    behind an agent has the demo tenant's structures, and their certificates."""
    both = json.loads(stack.secret("demo", "trust-anchors"))
    alone = both | {"clients": (stack.layout.pki / "common.pem").read_text()}
    stack.secrets.put(
        {
            f"{name}/trust-anchors": json.dumps(one)
            for name, one in (("demo", alone), (NEIGHBOUR, both))
        }
        | {f"{NEIGHBOUR}/pacs": stack.secret("demo", "pacs")}
    )
    pki, structures = stack.layout.pki, list(STRUCTURES)
    stack.secrets.put(provision.secrets_of(pki, FAR, structures, platform=False))
    for tenant in (NEIGHBOUR, FAR):
        stack.secrets.make(tenant)


# The differences of a test's stack: every function logs at DEBUG (forbidden values must not appear
# there either), a message whose function was killed comes back after seconds, and the pauses of a
# workflow that waits grow to seconds, not to minutes, the first one before a series most of all:
# each publication has it.
_CHANGES: Final = {
    '"LOG_LEVEL": "INFO"': '"LOG_LEVEL": "DEBUG"',
    '"VisibilityTimeout": 180': '"VisibilityTimeout": 10',
    r"\"MaxDelaySeconds\":300": r"\"MaxDelaySeconds\":5",
    r"\"IntervalSeconds\":4": r"\"IntervalSeconds\":1",
}


def _adapt(assembly: Path) -> None:
    """Apply the changes to the templates; each must find its place."""
    templates = list(assembly.glob("*.template.json"))
    for old, new in _CHANGES.items():
        found = 0
        for template in templates:
            text = template.read_text()
            found += text.count(old)
            template.write_text(text.replace(old, new))
        assert found, f"{old} is in no template"


def _prepare(layout: Layout, shared: Path | None) -> None:
    """As ``make run`` does. The first process of several synthesizes the templates, and the others
    take them over from ``shared``, each with its own ports: nothing else differs in them.
    """
    if shared is None:
        return lifecycle.prepare(layout, lambda _: None)
    kept, ports = shared / "stack.cdk.out", shared / "stack.ports.json"
    with (shared / "stack.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ports.exists():
            lifecycle.prepare(layout, lambda _: None)
            shutil.copytree(layout.assembly, kept)
            ports.write_text(json.dumps(dict(layout.ports)))
            return None
    shutil.copytree(kept, layout.assembly)
    others = {
        str(port): str(layout.ports[name]) for name, port in json.loads(ports.read_text()).items()
    }
    address = re.compile(rf"(?<=:)(?:{'|'.join(others)})(?!\d)")
    for template in layout.assembly.glob("*.json"):
        template.write_text(address.sub(lambda found: others[found[0]], template.read_text()))
    (layout.assembly / lifecycle.MADE_FROM).write_text(lifecycle.digest(layout))
    return lifecycle.prepare(layout, lambda _: None)


@contextmanager
def running(home: Path, shared: Path | None = None, *, front: bool = False) -> Iterator[LocalStack]:
    """A fresh stack whose data is in ``home``; stopped, with all of its parts, at the end.
    ``shared``: a folder of this and other processes that run such stacks, from the same sources.
    ``front``: the front for peers stands before ``db``.
    """
    overlay: dict[str, Any] = {
        "signed_url_seconds": SIGNED_URL_SECONDS,
        # A service that a test makes fail is back at once.
        "probe_seconds": 1,
        "reconciled_per_second": 50,
    }
    ports = _free_ports()
    overlay["tenants"] = str(_tenants(Layout(home, ports)))
    layout = Layout(home, ports, overlay, front=front)
    _prepare(layout, shared)
    _bring_authority(layout.pki)
    _adapt(layout.assembly)
    processes = Stack(layout)
    stack = LocalStack(layout, processes, layout.endpoints())
    try:
        stack.start(*lifecycle.parts(layout))
        lifecycle.provide_secrets(layout)
        made = session(home)
        assert made.region_name == REGION
        stack.aws = {
            name: made.client(name, endpoint_url=stack.endpoints["aws"])
            for name in ("s3", "dynamodb", "sqs", "stepfunctions", "secretsmanager", "lambda")
        }
        _part_anchors(stack)
        _running.append(stack)
        yield stack
    finally:
        if stack in _running:
            _running.remove(stack)
        stack.stop()


def in_parallel(work: Callable[[T], R], items: Sequence[T], at_once: int = 4) -> list[R]:
    """``work`` on every item, a few at a time; the first error is raised."""
    results: dict[int, R] = {}
    errors: list[BaseException] = []
    left = list(enumerate(items))
    lock = threading.Lock()

    def run() -> None:
        while True:
            with lock:
                if not left or errors:
                    return
                number, item = left.pop(0)
            try:
                results[number] = work(item)
            except BaseException as error:  # noqa: BLE001  # raised again below
                errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return [results[number] for number in range(len(items))]
