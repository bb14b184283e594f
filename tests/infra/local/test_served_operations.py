"""Every AWS operation that the local stack serves has a caller in the project."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Final, cast

import botocore.session
import pytest
from botocore import xform_name

from infra.local.aws.environment import prepare
from infra.local.aws.web import Body, Request, Response, headers_of
from tests.infra.local.support import ACCOUNT, REGION

prepare(ACCOUNT, REGION)

from infra.local.aws.emulator import Emulator  # noqa: E402 - moto reads the environment
from infra.local.aws.records import OPERATIONS as RECORD_OPERATIONS  # noqa: E402
from infra.local.aws.workflows import ExecutionStore, Workflows  # noqa: E402
from infra.local.s3.service import OPERATIONS as S3_OPERATIONS  # noqa: E402
from infra.local.sqs.queues import MessageStore  # noqa: E402
from infra.local.sqs.service import QueueService  # noqa: E402

ROOT: Final = Path(__file__).resolve().parents[3]
# The programs and the tests that speak to a local stack; not the local stack and its own tests.
CALLERS: Final = (
    *("functions", "infra", "bench", "tests/flows", "tests/campaign", "tests/judges"),
)
# The program at the site speaks the protocols itself: it names operations, and a method and query
# make those of objects.
AGENT: Final = ROOT / "agent" / "cloud"
OF_THE_AGENT: Final = {"s3": "objects.py", "sqs": "queue.py"}
# boto3 takes the name of an operation as an argument of these.
BY_NAME: Final = {"generate_presigned_url", "get_paginator"}


class _Empty:
    """A body without content."""

    def read(self, _size: int = -1, /) -> bytes:
        return b""

    def readline(self, _size: int = -1, /) -> bytes:
        return b""


def _methods(service: str) -> dict[str, str]:
    """The operations of a service by the names of boto3's methods."""
    model = botocore.session.get_session().get_service_model(service)
    return {xform_name(name): name for name in model.operation_names}


@cache
def _sources() -> tuple[tuple[str, frozenset[str]], ...]:
    """Each source, and the names of methods in it."""
    paths = (path for folder in CALLERS for path in sorted((ROOT / folder).rglob("*.py")))
    texts = [
        path.read_text("utf-8") for path in paths if not path.is_relative_to(ROOT / "infra/local")
    ]
    return tuple((text, frozenset(_names(text))) for text in texts)


def _names(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            first = node.args[0] if node.args else None
            if node.func.attr in BY_NAME and isinstance(first, ast.Constant):
                yield str(first.value)


def asked(service: str) -> set[str]:
    """The operations of ``service`` whose boto3 method a source with such a client names."""
    methods = _methods(service)
    # A client that a source opens, or that another one gave it.
    signs = (f'"{service}"', f"clients.{service}()", f"from mypy_boto3_{service} ")
    return {
        methods[name]
        for text, names in _sources()
        if any(sign in text for sign in signs)
        for name in names & methods.keys()
    }


def asked_at_the_site(service: str) -> set[str]:
    """The operations of ``service`` that the agent's module names, in its calls or its texts."""
    source = (AGENT / OF_THE_AGENT[service]).read_text("utf-8")
    names = _methods(service).values()
    return {name for name in names if re.search(rf"\b{name}\b", source)}


def _served(service: str, prefix: str, answer: Callable[[Request, bytes], Response]) -> set[str]:
    """The operations that ``answer`` does not call unknown."""
    found = set()
    for name in _methods(service).values():
        headers = headers_of({"X-Amz-Target": f"{prefix}{name}"})
        response = answer(Request("POST", "/", headers, Body(_Empty(), 0)), b"{}")
        if b"UnknownOperationException" not in cast(bytes, response.body):
            found.add(name)
    return found


def test_records() -> None:
    for service, operations in RECORD_OPERATIONS.items():
        assert operations.keys() == asked(service), service


def test_objects() -> None:
    methods = _methods("s3")
    served = {methods[name] for name in S3_OPERATIONS}
    assert served == asked("s3") | asked_at_the_site("s3")


def test_queues(tmp_path: Path) -> None:
    service = QueueService({}, MessageStore(tmp_path / "messages.sqlite", {}))
    served = _served("sqs", "AmazonSQS.", service)
    assert served == asked("sqs") | asked_at_the_site("sqs")


def test_tokens() -> None:
    assert asked("sts") == {"AssumeRole"}


def test_workflows(tmp_path: Path) -> None:
    service = Workflows(Emulator(REGION), ExecutionStore(tmp_path / "executions.sqlite"))
    assert _served("stepfunctions", "AWSStepFunctions.", service) == asked("stepfunctions")


@pytest.mark.parametrize("unused", ["CopyObject", "GetObjectAttributes", "PutObjectRetention"])
def test_an_operation_without_a_caller_is_found(unused: str) -> None:
    assert unused not in asked("s3")
    assert "PutObject" in asked("s3")
