"""The audit's seals on the local stack: sealed by the function, verified by the command, and found
out when a record on the disk of the local S3 is altered or taken away.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import uuid4

from infra.demo.layout import ROOT
from simulators.ris.cases import CASES
from tests.flows.stack import PATIENCE, LocalStack, wait_for

EVENT: Final = "message.received"


def _written(stack: LocalStack) -> bytes:
    """The bytes of a record that a function has just written under its day."""
    raw = stack.report(CASES["C"].fresh(uuid4().hex))
    message_id = stack.accepted(raw)
    (key,) = [
        key
        for key in stack.audit_keys(EVENT, stack.endpoints["tenant"])
        if json.loads(stack.read("audit", key)).get("for_message_id") == message_id
    ]
    record = stack.read("audit", key)
    assert key.split("/")[2] == json.loads(record)["at"][:10]
    return record


def _verify(stack: LocalStack, tenant: str, *more: str) -> tuple[int, str]:
    """The command, as an auditor calls it."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "AWS_ENDPOINT_URL": str(stack.endpoints["aws"]),
        "AWS_SHARED_CREDENTIALS_FILE": str(stack.layout.home / "credentials"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "infra.admin.verify_audit", "--tenant", tenant, *more],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def _seal(stack: LocalStack) -> None:
    invoked = stack.aws["lambda"].invoke(
        FunctionName="drimbox-seal-audit", Payload=b'{"source": "aws.events"}'
    )
    assert json.loads(invoked["Payload"].read()) == {"outcome": "sealed"}


def _database(stack: LocalStack) -> Path:
    [path] = stack.layout.home.rglob("objects.sqlite")
    return path


def _judged(stack: LocalStack, tenant: str, day: date, records: dict[str, bytes]) -> str:
    """The digest of the day's seal, whose bytes are made here again from its first line."""
    name = stack.bucket("audit")
    lines = b"".join(
        json.dumps(
            [
                key.removeprefix(f"{tenant}/"),
                stack.aws["s3"].head_object(Bucket=name, Key=key)["VersionId"],
                hashlib.sha256(data).hexdigest(),
            ],
            separators=(",", ":"),
        ).encode()
        + b"\n"
        for key, data in sorted(records.items())
        if f"/audit/{day}/" in key
    )
    seal = stack.read("seals", f"{tenant}/seals/{day}.jsonl")
    first, _, rest = seal.partition(b"\n")
    assert rest == lines
    assert json.loads(first)["lines_sha256"] == hashlib.sha256(lines).hexdigest()
    return hashlib.sha256(seal).hexdigest()


def _read_seals(stack: LocalStack, tenant: str, days: tuple[date, ...]) -> list[bytes]:
    """The seals of these days, once all are there.

    A run of the schedule may be at the same tenant: then the function's own run leaves off at the
    day that the other has just sealed, and the other goes on.
    """
    prefix = f"{tenant}/seals/"
    keys = [f"{prefix}{day}.jsonl" for day in days]
    wait_for(lambda: {*keys} <= {*stack.keys("seals", prefix)}, PATIENCE, "the seals of all days")
    return [stack.read("seals", key) for key in keys]


def _sealed(stack: LocalStack, days: tuple[date, ...]) -> tuple[str, dict[str, bytes]]:
    """A tenant of the test's own, and its sealed records by key.

    The schedule may seal a day while its records are still being put: then another tenant is made.
    """
    content = _written(stack)
    for _ in range(3):
        tenant = f"sealed-{uuid4().hex[:8]}"
        records = {
            f"{tenant}/audit/{day}/{EVENT}/{number}.json": content + str(number).encode()
            for day in days
            for number in range(3)
        }
        for key, data in records.items():
            stack.aws["s3"].put_object(Bucket=stack.bucket("audit"), Key=key, Body=data)
        _seal(stack)
        seals = _read_seals(stack, tenant, days)
        if all(json.loads(seal.partition(b"\n")[0])["records"] == 3 for seal in seals):
            return tenant, records
    raise AssertionError("three times not all records are in their seals")


def test_a_sealed_audit_verifies_until_somebody_touches_it(stack: LocalStack) -> None:
    # Closed days, whatever the time now; the function works with the real clock.
    first = datetime.now(UTC).date() - timedelta(days=4)
    days = (first, first + timedelta(days=1))
    tenant, records = _sealed(stack, days)
    before = _judged(stack, tenant, days[0], records)
    _judged(stack, tenant, days[1], records)
    second = stack.read("seals", f"{tenant}/seals/{days[1]}.jsonl").partition(b"\n")[0]
    assert json.loads(second)["previous"] == before
    status, told = _verify(stack, tenant)
    assert status == 0, told
    assert "6 records were read; all is as it was sealed" in told
    kept = told.split("--expect ")[1].strip()

    altered, taken, *_ = records
    database = sqlite3.connect(_database(stack), timeout=30)
    [(blob,)] = database.execute("SELECT blob FROM objects WHERE key = ?", (altered,)).fetchall()
    file = _database(stack).parent / "blobs" / blob[:2] / blob
    file.write_bytes(file.read_bytes().replace(b"{", b"[", 1))
    with database:
        database.execute("DELETE FROM objects WHERE key = ?", (taken,))
    database.close()
    late = f"{tenant}/audit/{days[1]}/{EVENT}/late.json"
    stack.aws["s3"].put_object(Bucket=stack.bucket("audit"), Key=late, Body=b"{}")
    status, told = _verify(stack, tenant, "--expect", kept)
    assert status == 1
    found = told.splitlines()
    assert any(altered.partition("/")[2] in line and "is changed" in line for line in found)
    assert any(taken.partition("/")[2] in line and "is missing" in line for line in found)
    # The schedule may have sealed another day meanwhile, and reported it.
    words = ("was added", "is late")
    assert any("late.json" in line and any(one in line for one in words) for line in found)
    assert "3 findings" in told
    assert _verify(stack, tenant, "--from", str(first + timedelta(days=2)))[0] == 0
