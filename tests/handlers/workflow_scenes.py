"""The traces of a publication, for the tests of several Lambdas."""

from __future__ import annotations

from functions.drimbox.oid import Uid
from functions.drimbox.publication.record import StudyRecord
from tests.fakes.aws import forget_tenant_secret
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
    forget_tenant_secret("demo", f"structures/{STRUCTURE}/{use}")
