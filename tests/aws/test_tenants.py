"""The tenants' files in their table: kept for a minute, and for hours while the table is away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from functions.aws import clients, tenants
from functions.aws.operators import person_visit, program_visit
from functions.aws.stores import for_operators, for_tenant
from functions.drimbox.errors import Absent, ConfigurationError, StorageUnavailable
from tests.fakes.aws import SITE_FACTS, put_tenant
from tests.fakes.failing import failing
from tests.fakes.logs import written


@pytest.fixture
def clock(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The monotonic clock, in its first element."""
    at = [1000.0]
    monkeypatch.setattr("functions.aws.tenants.time.monotonic", lambda: at[0])
    put_tenant(SITE_FACTS)
    yield at
    tenants._read.clear()


def name() -> str:
    return tenants.find("tenants", "demo").name


def change(**facts: str) -> None:
    """Another file, which the processes do not know yet."""
    tenants.TenantFiles("tenants").put("demo", json.dumps({**SITE_FACTS, **facts}), "s")


def test_a_file_is_read_once_a_minute(clock: list[float]) -> None:
    assert name() == "Site"
    assert for_tenant(SimpleNamespace(tenants_table="tenants"), "demo").slug == "demo"
    change(name="Other")
    clock[0] += tenants.TTL - 1
    assert name() == "Site"
    clock[0] += 1
    assert name() == "Other"


def test_a_tenant_that_was_removed_is_absent_and_so_is_what_is_no_slug(clock: list[float]) -> None:
    assert name() == "Site"
    tenants.TenantFiles("tenants").remove("demo", "s")
    clock[0] += tenants.TTL
    for slug in ("demo", "Demo", "../demo", "d", "", "demo/../x"):
        with pytest.raises(Absent):
            tenants.find("tenants", slug)
    with failing(clients.dynamodb(), "GetItem", "InternalError"), pytest.raises(StorageUnavailable):
        name()


def test_the_last_file_serves_for_hours_while_the_table_is_away(clock: list[float]) -> None:
    assert name() == "Site"
    change(name="Other")
    with failing(clients.dynamodb(), "GetItem", "InternalError") as asked, written() as log:
        clock[0] += tenants.TTL
        assert (name(), len(asked)) == ("Site", 1)
        assert "the tenant's last file serves" in log.getvalue()
        clock[0] += tenants.AGAIN - 1
        assert (name(), len(asked)) == ("Site", 1), "each request would wait for the table"
        clock[0] += 1
        assert (name(), len(asked)) == ("Site", 2)
        clock[0] = 1000.0 + tenants.STALE
        assert name() == "Site"
        clock[0] += tenants.AGAIN
        with pytest.raises(StorageUnavailable):
            name()
    assert name() == "Other"


def test_an_operator_is_let_in_by_a_file_of_the_last_minutes_alone(clock: list[float]) -> None:
    """The file may have named a person who is no operator any more; a sender goes on for hours."""
    settings = SimpleNamespace(tenants_table="tenants")
    assert for_operators(settings, "demo").slug == "demo"
    with failing(clients.dynamodb(), "GetItem", "InternalError"):
        clock[0] = 1000.0 + tenants.STALE_RIGHTS
        assert for_operators(settings, "demo").slug == "demo"
        clock[0] += 1
        # A sender's request a moment ago puts the next question off: it is asked all the same.
        assert for_tenant(settings, "demo").slug == "demo"
        for visit, caller in ((program_visit, "operating"), (person_visit, "signed_in")):
            who = {"tenant": "demo", "caller": caller, "subject": "operator-1"}
            event = {
                "pathParameters": {"tenant": "demo"},
                "requestContext": {"requestId": "r", "authorizer": who},
            }
            with pytest.raises(StorageUnavailable):
                visit(event, settings)
        assert for_tenant(settings, "demo").slug == "demo"
    assert for_operators(settings, "demo").slug == "demo"


def test_a_file_that_was_never_read_is_not_made_up(clock: list[float]) -> None:
    with failing(clients.dynamodb(), "GetItem", "InternalError"), pytest.raises(StorageUnavailable):
        name()


def test_the_file_of_another_tenant_opens_nothing(clock: list[float]) -> None:
    put_tenant(SITE_FACTS, "other")
    with pytest.raises(ConfigurationError, match="another tenant's"):
        tenants.find("tenants", "other")
    assert dict(tenants.every("tenants"))["other"] is None
    with pytest.raises(ConfigurationError, match="another tenant's"):
        tenants.TenantFiles("tenants").put("other", json.dumps(SITE_FACTS), "s")


@pytest.mark.parametrize("text", ["{", "{}", "[]"])
def test_a_wrong_file_serves_nobody_though_a_good_one_was_read(
    clock: list[float], text: str
) -> None:
    assert name() == "Site"
    kept = dict(tenants._read)
    put_tenant(text)
    tenants._read.update(kept)
    clock[0] += tenants.TTL
    with pytest.raises(ConfigurationError):
        name()


def test_every_tenant_is_listed_and_a_wrong_file_is_told(clock: list[float]) -> None:
    for number in range(12):
        put_tenant("{", f"t-{number}")
    found = dict(tenants.every("tenants"))
    assert found.pop("demo") == tenants.find("tenants", "demo")
    assert found == {f"t-{number}": None for number in range(12)}
