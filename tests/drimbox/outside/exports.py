"""Exports of a world's archive, and the page of the patient of a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO, cast

from functions.drimbox.budget import Budget
from functions.drimbox.identity.ins import Ins
from functions.drimbox.oid import Oid
from functions.drimbox.operations.permissions import Caller
from functions.drimbox.outside.exporting import Desk, Wish, export_month
from functions.drimbox.outside.given_file import GivenFile, read_file
from functions.drimbox.ports import CacheStore
from simulators.ris.cases import Case
from tests.drimbox.consultation.readers import CALL
from tests.drimbox.outside.archives import reading
from tests.fakes.world import OPERATOR, TENANT, World, keys

NOVEMBER = Wish(2026, 11)


@dataclass
class Exports:
    """``ports.CacheStore`` as an export uses it."""

    objects: dict[str, bytes] = field(default_factory=dict)

    def put(self, key: str, data: BinaryIO, content_type: str) -> None:
        assert content_type == "application/zip"
        self.objects[key] = data.read()

    def signed_url(self, key: str, *, content_type: str, seconds: int) -> str:
        assert (content_type, seconds) == ("application/zip", 600)
        return f"https://bucket.example/{key}"


@dataclass
class Exported:
    """The answer to one request, and the bytes of its archives."""

    told: Mapping[str, Any]
    archives: list[bytes]


def desk(world: World, exports: Exports, budget: Budget | None = None) -> Desk:
    return Desk(
        tenant=TENANT,
        records=world.records,
        archive=world.archive,
        exports=cast("CacheStore", exports),
        audit=world.audit,
        clock=world.clock,
        fresh=world.uids.fresh,
        seconds=600,
        application="DRIMbox 0",
        budget=budget or Budget(),
    )


def exported(
    world: World,
    wish: Wish = NOVEMBER,
    caller: Caller = OPERATOR,
    budget: Budget | None = None,
) -> Exported:
    made = Exports()
    told = export_month(desk(world, made, budget), caller, wish)
    return Exported(told, [made.objects[one["url"][23:]] for one in told["archives"]])


def opened(archive: bytes, case: Case) -> GivenFile:
    """The archive on the page of the case's patient."""
    traits = case.traits
    page = replace(
        CALL,
        ins=Ins(case.ins, Oid(case.ins_oid)),
        birth_family=traits.family,
        birth_given=traits.given,
        birth_date=traits.birth_date,
        sex=traits.sex,
        birth_place=traits.birth_place,
    )
    authorities = (keys().authority.root.certificate,)
    return read_file(archive, reading(patient=page, authorities=authorities))
