"""Custom resources of the templates: made once, changed, deleted, by their function."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.request import Request, urlopen

import pytest

from infra.local.aws.custom_resources import CustomResourceError, CustomResources
from infra.local.functions.pool import FunctionPool, UnknownFunctionError
from infra.local.functions.process import Outcome
from infra.local.template import Deployment, Resource

ARN = "arn:aws:lambda:eu-west-3:123456789012:function:drimbox-write-tenant"


def succeed(event: dict[str, Any]) -> dict[str, Any]:
    return {"Status": "SUCCESS", "PhysicalResourceId": event["ResourceProperties"]["Tenant"]}


@dataclass
class Functions:
    """Answers as ``say`` does; ``asked`` holds each call's kind and properties."""

    say: Callable[[dict[str, Any]], Any] = succeed
    asked: list[tuple[str, str]] = field(default_factory=list)

    def invoke(self, name: str, payload: bytes) -> Outcome:
        assert name == "drimbox-write-tenant"
        event = json.loads(payload)
        self.asked.append((event["RequestType"], event["ResourceProperties"].get("File")))
        said = self.say(event)
        if said is not None:
            body = json.dumps(
                {"RequestId": event["RequestId"], **said} if isinstance(said, dict) else said
            )
            request = Request(event["ResponseURL"], body.encode(), method="PUT")  # noqa: S310
            with urlopen(request, timeout=5):  # noqa: S310  # its own
                pass
        return Outcome(b"{}", failed=False)


def deployment(**files: str) -> Deployment:
    resources = tuple(
        Resource(
            f"Tenant-{slug}",
            "File",
            "Custom::TenantFile",
            "123456789012",
            "eu-west-3",
            slug,
            {},
            {"ServiceToken": ARN, "Tenant": slug, "File": text},
        )
        for slug, text in files.items()
    )
    return Deployment("123456789012", "eu-west-3", resources, {}, ())


def apply(path: Path, functions: Functions, **files: str) -> int:
    made = CustomResources(path / "made.json", cast(FunctionPool, functions), 0.2)
    return made.apply(deployment(**files))


def test_each_change_is_asked_for_once(tmp_path: Path) -> None:
    functions = Functions()
    assert apply(tmp_path, functions, a="1", b="1") == 2
    assert apply(tmp_path, functions, a="1", b="1") == 0
    assert apply(tmp_path, functions, a="2", b="1") == 1
    assert apply(tmp_path, functions, a="2") == 1
    assert apply(tmp_path, functions, a="2") == 0
    assert functions.asked == [("Create", "1"), ("Create", "1"), ("Update", "2"), ("Delete", "1")]


@pytest.mark.parametrize(
    "say",
    [
        lambda _: None,
        lambda _: {"Status": "FAILED", "Reason": "it is wrong"},
        lambda _: {"Status": "SUCCESS", "RequestId": "another"},
    ],
)
def test_a_resource_that_is_not_made_stops_the_start(
    tmp_path: Path, say: Callable[[dict[str, Any]], Any]
) -> None:
    with pytest.raises(CustomResourceError, match="Tenant-a/File"):
        apply(tmp_path, Functions(say), a="1")
    assert apply(tmp_path, Functions(), a="1") == 1, "the next start asks again"


@pytest.mark.parametrize("said", ["text", ["list"]])
def test_an_answer_of_another_form_is_refused(tmp_path: Path, said: object) -> None:
    with pytest.raises(OSError, match="400"):
        apply(tmp_path, Functions(lambda _: said), a="1")


def test_a_function_that_is_not_there_gives_no_answer(tmp_path: Path) -> None:
    def unknown(_: object) -> None:
        raise UnknownFunctionError("drimbox-write-tenant")

    with pytest.raises(CustomResourceError, match="no answer"):
        apply(tmp_path, Functions(unknown), a="1")
