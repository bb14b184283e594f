"""The traces of a publication, for the tests of several Lambdas."""

from __future__ import annotations

from functions.aws import clients
from functions.drimbox.oid import Uid
from functions.drimbox.publication.record import StudyRecord
from tests.fakes.world import STRUCTURE
from tests.handlers.conftest import stores
from tests.handlers.journey import STUDY, Journey


def record() -> StudyRecord:
    return stores().records.get(Uid(STUDY))


def state_of(journey: Journey) -> str:
    messages = stores().messages
    found = messages.get(journey.change["message_id"])
    assert found is not None
    return found.state


def _forget(use: str) -> None:
    from functions.aws import secrets  # noqa: PLC0415

    name = f"drimbox/tenants/demo/structures/{STRUCTURE}/{use}"
    clients.secretsmanager().delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    secrets._read.clear()
