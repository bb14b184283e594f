"""The tenants' files, from Parameter Store; kept in memory for a minute."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from functions.aws import clients
from functions.aws.faults import code_of, storage
from functions.drimbox.errors import Absent, ConfigurationError
from functions.drimbox.tenants.model import SLUG, Tenant
from functions.drimbox.tenants.reading import read_tenant

if TYPE_CHECKING:
    from collections.abc import Iterator

# A changed tenant is followed within this many seconds.
TTL: Final = 60.0
_read: dict[str, tuple[float, Tenant]] = {}


def every(prefix: str) -> Iterator[tuple[str, Tenant | None]]:
    """The slug of every tenant, and its file, None where it is wrong."""
    with storage("tenants"):
        pages = clients.ssm().get_paginator("get_parameters_by_path")
        found = pages.paginate(Path=prefix.rstrip("/"))
        values = {p["Name"]: p["Value"] for page in found for p in page["Parameters"]}
    for name, value in values.items():
        try:
            yield name.removeprefix(prefix), read_tenant(json.loads(value))
        except (ConfigurationError, ValueError):
            yield name.removeprefix(prefix), None


def find(prefix: str, tenant: str) -> Tenant:
    """The tenant of that slug; Absent when there is none (also for a text that is not a slug)."""
    if not SLUG.fullmatch(tenant):
        raise Absent("tenant")
    name = f"{prefix}{tenant}"
    known = _read.get(name)
    if known is not None and time.monotonic() - known[0] < TTL:
        return known[1]
    with storage("tenant"):
        try:
            value = clients.ssm().get_parameter(Name=name)["Parameter"]["Value"]
        except ClientError as error:
            if code_of(error) == "ParameterNotFound":
                raise Absent("tenant") from None
            raise
    found = read_tenant(json.loads(value))
    _read[name] = (time.monotonic(), found)
    return found
