"""One world per test, and one report in it that is held."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from functions.drimbox.oid import Uid
from functions.drimbox.operations.permissions import Caller
from functions.drimbox.publication.message_entry import StudyOutcome
from functions.drimbox.tenants.model import Operator, Permission
from simulators.ris.cases import Case
from tests.fakes.world import World, case

CASE = case("C")
STUDY = Uid(CASE.studies[0])
OTHER = Uid("1.2.250.1.213.4.5.999")


@pytest.fixture
def world() -> Iterator[World]:
    """A site, its PACS and a DMP, all new."""
    made = World()
    yield made
    made.close()


@dataclass
class Reported:
    """A report that arrived and was worked on."""

    world: World
    id: str
    study: Uid

    @property
    def outcome(self) -> StudyOutcome:
        return self.world.entry(self.id).studies[self.study]


def report(world: World, what: Case = CASE, *, control_id: str = "1") -> Reported:
    """The report of ``what`` arrives and is worked on."""
    message_id = world.send(what, control_id=control_id).message_id
    world.work()
    return Reported(world, message_id, Uid(what.studies[0]))


@pytest.fixture
def held(world: World) -> Reported:
    """A report whose study is not in the PACS."""
    return report(world)


@pytest.fixture
def published(world: World) -> Reported:
    """A report whose manifest is in the DMP."""
    world.archive_study(CASE)
    return report(world)


def only(*permissions: Permission, request: str = "request-1") -> Caller:
    """An operator with these permissions and no other."""
    return Caller(
        Operator("Camille", frozenset(permissions), oidc_subject="operator-1"),
        "operator-1",
        request,
    )


def but(permission: Permission) -> Caller:
    """An operator with every permission but one."""
    return only(*(set(Permission) - {permission}))


def active(world: World) -> list[str]:
    """StudyInstanceUIDs of the manifests that the DMP offers."""
    return [
        value.split("^")[0]
        for document in world.manifests()
        if document["availability_status"] == "Approved"
        for value in document["reference_ids"]
        if "study" in value.lower()
    ]


def nowhere(caller: Caller) -> Caller:
    """Somebody who is no operator of this tenant."""
    return replace(caller, operator=None, subject="stranger")
