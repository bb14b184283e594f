"""A tenant's file, written by its stack."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from functions.aws import tenants
from functions.aws.entry import InternalFailure
from functions.drimbox.errors import ConfigurationError, StorageUnavailable
from functions.write_tenant.handler import handler as write_tenant
from tests.fakes.aws import tenant_facts
from tests.handlers.conftest import CONTEXT, event


@dataclass
class CloudFormation:
    """Where the function answers; ``refuses`` is how often it does not take the answer."""

    url: str = ""
    refuses: int = 0
    answers: list[dict[str, Any]] = field(default_factory=list)
    types: list[str | None] = field(default_factory=list)


@pytest.fixture
def stack(site: None) -> Iterator[CloudFormation]:
    made = CloudFormation()

    class Answers(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.refuses -= 1
            if made.refuses < 0:
                made.answers.append(json.loads(body))
                made.types.append(self.headers["Content-Type"])
            self.send_response(503 if made.refuses >= 0 else 200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Answers)
    made.url = f"http://127.0.0.1:{server.server_port}/answer?X-Amz-Signature=abc"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


def ask(
    stack: CloudFormation, request: str = "Create", of: str = "", **properties: Any
) -> dict[str, Any]:
    """The function's own outcome; ``of``: the stack that asks, "" for the tenant's first one."""
    facts = {"Tenant": "demo", "File": json.dumps(tenant_facts()), **properties}
    made = event("write_tenant/create", RequestType=request, ResponseURL=stack.url)
    whose = of or made["StackId"]
    return write_tenant({**made, "StackId": whose, "ResourceProperties": facts}, CONTEXT)


def test_a_file_is_written_replaced_and_removed(
    stack: CloudFormation, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = json.dumps({**tenant_facts(), "name": "Other"})
    for request, name in (("Create", "Centre de radiologie Ambroise"), ("Update", "Other")):
        text = changed if name == "Other" else json.dumps(tenant_facts())
        assert ask(stack, request, File=text) == {"outcome": request.lower()}
        tenants._read.clear()
        assert tenants.find("tenants", "demo").name == name
    assert ask(stack, "Delete", File="{}") == {"outcome": "delete"}
    assert dict(tenants.every("tenants")) == {}
    assert [one["Status"] for one in stack.answers] == ["SUCCESS"] * 3
    asked = event("write_tenant/create")
    told = {name: asked[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    assert stack.answers[0] == {
        "Status": "SUCCESS",
        "Reason": "",
        "PhysicalResourceId": "demo",
        **told,
    }
    assert stack.types == [""] * 3, "the address is signed without a type"
    assert "X-Amz-Signature" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"File": "{}"}, "configuration_error"),
        ({"File": "{"}, "configuration_error"),
        ({"Tenant": "other"}, "configuration_error: the file is another tenant's"),
    ],
)
def test_a_wrong_file_is_refused_and_the_former_one_stays(
    stack: CloudFormation, properties: dict[str, Any], reason: str
) -> None:
    assert ask(stack, "Update", **properties) == {"outcome": "failed"}
    (said,) = stack.answers
    assert said["Status"] == "FAILED"
    assert said["Reason"].startswith(reason)
    tenants._read.clear()
    assert tenants.find("tenants", "demo").tenant == "demo"
    assert "other" not in dict(tenants.every("tenants"))


def test_a_second_stack_of_a_tenant_changes_nothing(stack: CloudFormation) -> None:
    """Its creation fails, and CloudFormation then deletes the resource that it asked for."""
    ask(stack)
    before = dict(tenants.every("tenants"))
    other = json.dumps({**tenant_facts(), "name": "Other"})
    assert ask(stack, of="arn:second", File=other) == {"outcome": "failed"}
    assert stack.answers[-1]["Reason"].endswith("the tenant is another stack's")
    assert ask(stack, "Delete", of="arn:second") == {"outcome": "delete"}
    assert dict(tenants.every("tenants")) == before
    assert ask(stack, "Update", File=other) == {"outcome": "update"}


@pytest.mark.parametrize(
    ("error", "reason"),
    [(StorageUnavailable("tenant put"), "tenant put"), (KeyError("x"), "KeyError")],
)
def test_a_fault_is_answered(
    stack: CloudFormation, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    def away(*_: object) -> None:
        raise error

    monkeypatch.setattr(tenants.TenantFiles, "put", away)
    assert ask(stack) == {"outcome": "failed"}
    assert reason in stack.answers[0]["Reason"]


def test_an_answer_that_is_not_taken_is_given_again_and_then_raised(stack: CloudFormation) -> None:
    stack.refuses = 2
    assert ask(stack) == {"outcome": "create"}
    assert len(stack.answers) == 1
    stack.refuses = 3
    with pytest.raises(StorageUnavailable):
        ask(stack)
    stack.url = "file:///etc/passwd"
    with pytest.raises(ConfigurationError):
        ask(stack)
    stack.url = "https://["
    with pytest.raises(InternalFailure):
        ask(stack)
