"""Puts the parts of the endpoint together and serves them."""

from __future__ import annotations

import contextlib
import gc
import shutil
import signal
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from infra.local.assembly import Assembly
from infra.local.aws import interpreter, quick, resources
from infra.local.aws.custom_resources import CustomResources
from infra.local.aws.emulator import Emulator
from infra.local.aws.endpoint import Endpoint, Service
from infra.local.aws.functions import FunctionService
from infra.local.aws.journal import Journal
from infra.local.aws.keys import SigningKeys, read_pairs
from infra.local.aws.loans import LoanBook, TokenService, read_roles
from infra.local.aws.notifications import NotificationService
from infra.local.aws.quotas import Quotas
from infra.local.aws.records import OPERATIONS, Records
from infra.local.aws.signature import Verifier
from infra.local.aws.web import WebServer
from infra.local.aws.workflows import ExecutionStore, Workflows
from infra.local.functions.configuration import read_functions
from infra.local.functions.pool import FunctionPool
from infra.local.install import Install
from infra.local.s3.buckets import read_buckets
from infra.local.s3.service import S3Service
from infra.local.s3.store import ObjectStore
from infra.local.schedule import Clockwork, read_schedules
from infra.local.sqs.poller import Poller, read_event_sources
from infra.local.sqs.queues import MessageStore, read_queues
from infra.local.sqs.service import QueueService
from infra.local.template import Deployment

SWEEP_SECONDS: Final = 60


def serve(
    assembly: Assembly, deployment: Deployment, install: Install, port: int, quotas: Quotas
) -> None:
    """Serve on 127.0.0.1:``port`` until SIGTERM.

    The process may end at any moment without losing what it answered; SIGTERM just ends it.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    endpoint = f"http://127.0.0.1:{port}"
    emulator = Emulator(deployment.region)
    store = ExecutionStore(_private_folder(install.folder / "workflows") / "executions.sqlite")
    workflows = Workflows(emulator, store, quotas.starts)
    keys = install.access_key_id, install.secret_access_key
    quick.install()
    interpreter.install(endpoint, *keys, workflows.ended, quotas.transitions)
    created = resources.create(deployment, emulator, install)
    records = Records(
        emulator, Journal(install.folder / "records"), created.tables, created.expiries
    )
    records.restore()
    # Files that killed processes of an earlier run left behind.
    shutil.rmtree(install.folder / "scratch", ignore_errors=True)
    functions = FunctionPool(
        read_functions(deployment, assembly, install, endpoint),
        install.folder / "logs",
        install.folder / "scratch",
        unreserved=quotas.concurrency,
    )
    loans = LoanBook(read_roles(deployment), install.derive("loans"), lambda: datetime.now(UTC))
    verifier = Verifier(
        install.access_key_id, install.secret_access_key, lambda: datetime.now(UTC), loans
    )
    objects = ObjectStore(install.folder / "objects", read_buckets(deployment))
    queues = read_queues(deployment)
    messages = MessageStore(_private_folder(install.folder / "queues") / "messages.sqlite", queues)
    pollers = [
        Poller(source, messages, functions) for source in read_event_sources(deployment, queues)
    ]
    clockwork = Clockwork(read_schedules(deployment), functions)
    services: dict[str, Service] = {
        **{name: records.service(name) for name in OPERATIONS},
        "states": workflows,
        "sqs": QueueService(queues, messages),
        "lambda": FunctionService(functions),
        "sts": TokenService(loans),
        "kms": SigningKeys(read_pairs(deployment, install)),
        "sns": NotificationService(
            [topic.reference for topic in deployment.of_type("AWS::SNS::Topic")],
            install.folder / "logs" / "alerts.jsonl",
        ),
    }
    server = WebServer(port, Endpoint(verifier, services, S3Service(objects, verifier)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    CustomResources(install.folder / "custom-resources.json", functions).apply(deployment)
    workflows.resume()
    for poller in pollers:
        poller.start()
    clockwork.start()
    # Moto's models, which live until the end: no collection looks at them any more.
    gc.freeze()
    print("ready", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            time.sleep(SWEEP_SECONDS)
            functions.reap()
            records.expire()
            objects.sweep()
            messages.expire()


def _private_folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path
