"""Routes, authorizers' answers, functions' answers, refusals: the front's decisions."""

from __future__ import annotations

import asyncio
import base64
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.assembly import Assembly, Stack
from infra.local.gateway.app import RestApi
from infra.local.gateway.authorizer import (
    FAILURE,
    MISCONFIGURED,
    UNAUTHORIZED,
    identity_is_complete,
    read_answer,
    read_failure,
)
from infra.local.gateway.event import AnswerError, Asked, Caller, function_answer
from infra.local.gateway.invoker import Invoker
from infra.local.gateway.model import Api, Authorizer, read_apis, render
from infra.local.install import Install
from infra.local.template import TemplateError, resolve
from tests.infra.local.mini import service, stateful
from tests.infra.local.support import ACCOUNT, REGION


def _apis(change: Any = None) -> tuple[Api, ...]:
    template = service(8441, 8442)
    if change is not None:
        change(template)
    stacks = (
        Stack("MiniStateful", ACCOUNT, REGION, stateful()),
        Stack("MiniService", ACCOUNT, REGION, template),
    )
    install = Install(Path("nowhere"), bytes(32))
    return read_apis(resolve(Assembly(Path("nowhere"), stacks), install, "http://127.0.0.1:1"))


API = next(api for api in _apis() if api.name == "mini-db")


def test_apis_listen_where_the_outputs_say() -> None:
    found = {api.name: (api.host, api.port, api.client_certificate) for api in _apis()}
    assert found == {
        "mini-in": ("127.0.0.1", 8441, True),
        "mini-db": ("127.0.0.1", 8442, False),
    }


@pytest.mark.parametrize(
    ("method", "path", "resource", "parameters"),
    [
        ("GET", "/open", "/open", {}),
        ("GET", "/open/", "/open", {}),
        ("PUT", "/echo/t", "/echo/{tenant}", {"tenant": "t"}),
        ("GET", "/echo/a%2Fb/c/d", "/echo/{tenant}/{rest+}", {"tenant": "a/b", "rest": "c/d"}),
        ("GET", "/%6Fpen", "/open", {}),
    ],
)
def test_routes(method: str, path: str, resource: str, parameters: dict[str, str]) -> None:
    found = API.find(method, path)
    assert found is not None
    assert (found[0].resource_path, found[1]) == (resource, parameters)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("POST", "/open"), ("GET", "/echo"), ("GET", "/echo//"), ("GET", "//open")],
)
def test_no_route(method: str, path: str) -> None:
    assert API.find(method, path) is None


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_path_chooses_the_resource_before_the_method(method: str) -> None:
    """A resource that lacks the method does not hand the request to a less literal one."""
    some = API.routes[0]
    literal = replace(some, method="GET", segments=("a", "sign-in"), resource_path="/a/sign-in")
    named = replace(some, method="POST", segments=("a", "{page}"), resource_path="/a/{page}")
    api = replace(API, routes=(named, literal))
    found = api.find(method, "/a/sign-in")
    assert (found and found[0].resource_path) == ("/a/sign-in" if method == "GET" else None)
    other = api.find(method, "/a/x")
    assert (other and other[1]) == ({"page": "x"} if method == "POST" else None)


@given(st.text())
def test_any_path_has_a_route_or_none(path: str) -> None:
    found = API.find("GET", path)
    assert found is None or found[0] in API.routes


def _set(resource: str, **properties: Any) -> Any:
    def change(template: dict[str, Any]) -> None:
        template["Resources"][resource]["Properties"].update(properties)

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_set("DbOpenMethod", Integration={"Type": "MOCK"}), "only Lambda proxy"),
        (_set("DbOpenMethod", AuthorizationType="AWS_IAM"), "only Lambda authorizers"),
        (_set("DbAuthorizer", AuthorizerResultTtlInSeconds=300), "without a cache"),
        (_set("DbAuthorizer", IdentitySource="stageVariables.x"), "identity source"),
        (_set("DbMapping", BasePath="v1"), "base paths"),
        (_set("DbApi", Name="mini-absent"), "the output AbsentUrl must be"),
        (_set("DbDenied", ResponseTemplates={"application/json": "#set($a)"}), "more than"),
        (_set("DbDenied", ResponseParameters={"gatewayresponse.header.A": "x"}), "value"),
        (_set("DbDenied", ResponseParameters={"other": "'x'"}), "only response headers"),
        (lambda template: template["Resources"].pop("DbStage"), "is called DbStage|one stage"),
    ],
)
def test_a_setting_unknown_to_the_front_is_refused(change: Any, message: str) -> None:
    with pytest.raises(TemplateError, match=message):
        _apis(change)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("text/html;q=0.5", "text/html"),
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/json, text/html", "application/json"),
        ("image/png", "application/json"),
    ],
)
def test_the_caller_s_accept_chooses_the_template_of_a_refusal(
    accept: str | None, kind: str
) -> None:
    """Without a header of its own, the answer has the type of its template."""

    def change(template: dict[str, Any]) -> None:
        properties = template["Resources"]["DbAbsent"]["Properties"]
        del properties["ResponseParameters"]["gatewayresponse.header.Content-Type"]
        page = "<p>l&#x27;adresse $context.requestId</p>"
        properties["ResponseTemplates"] |= {"text/html": page}

    [api] = [one for one in _apis(change) if one.name == "mini-db"]

    async def ask() -> httpx.Response:
        with ThreadPoolExecutor(1) as executor:
            transport = httpx.ASGITransport(RestApi(api, cast(Invoker, None), executor))
            async with httpx.AsyncClient(transport=transport, base_url="https://db") as http:
                http.headers.pop("Accept")
                headers = {} if accept is None else {"Accept": accept}
                return await http.get("/nowhere", headers=headers)

    answer = asyncio.run(ask())
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, kind)
    assert answer.headers["x-amzn-RequestId"] in answer.text
    assert ("<p>" in answer.text) is (kind == "text/html")


def test_render_replaces_names_and_only_them() -> None:
    text = '{"a":"$context.requestId","b":$context.error.messageString,"c":"${context.x}"}'
    values = {"requestId": "1", "error.messageString": '"m"', "x": "2"}
    assert json.loads(render(text, values, {})) == {"a": "1", "b": "m", "c": "2"}
    assert render("$stageVariables.v/$context.absent.", {}, {"v": "1"}) == "1/."


def _answer(payload: Any, accept: str | None = None) -> Any:
    return function_answer(json.dumps(payload).encode(), API, accept)


def test_answer_headers_are_merged_and_renamed() -> None:
    answer = _answer(
        {
            "statusCode": "201",
            "headers": {"A": 1, "B": True, "Set-Cookie": "lost", "Server": "s"},
            "multiValueHeaders": {"set-cookie": ["a", "b"], "Content-Length": ["9"]},
            "body": "é",
        }
    )
    assert answer.status == 201
    assert answer.headers == [
        ("set-cookie", "a"),
        ("set-cookie", "b"),
        ("A", "1"),
        ("B", "true"),
        ("x-amzn-Remapped-Server", "s"),
        ("Content-Type", "application/json"),
    ]
    assert answer.body == "é".encode()


def test_answer_in_base64() -> None:
    body = base64.b64encode(b"\x00\xff").decode()
    assert _answer({"statusCode": 200, "body": body, "isBase64Encoded": True}).body == b"\x00\xff"


@pytest.mark.parametrize(
    "payload",
    [
        None,
        [],
        {},
        {"statusCode": "abc"},
        {"statusCode": 99},
        {"statusCode": True},
        {"statusCode": 200, "cookies": []},
        {"statusCode": 200, "headers": []},
        {"statusCode": 200, "headers": {"A": ["x"]}},
        {"statusCode": 200, "headers": {"A\r\nB": "x"}},
        {"statusCode": 200, "headers": {"A": "x\r\ny"}},
        {"statusCode": 200, "multiValueHeaders": {"A": "x"}},
        {"statusCode": 200, "body": {}},
        {"statusCode": 200, "body": "!", "isBase64Encoded": True},
        {"statusCode": 200, "body": "x", "isBase64Encoded": "yes"},
    ],
)
def test_malformed_answer(payload: Any) -> None:
    with pytest.raises(AnswerError):
        _answer(payload)


@given(
    st.binary()
    | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(
        lambda value: json.dumps({"statusCode": 200, "headers": value}).encode()
    )
)
def test_any_answer_is_read_or_refused(payload: bytes) -> None:
    try:
        answer = function_answer(payload, API, None)
    except AnswerError:
        return
    assert answer.status == 200


ARN = "arn:aws:execute-api:eu-west-3:1:api/live/GET/a"


def _policy(*statements: tuple[str, Any], **more: Any) -> bytes:
    return json.dumps(
        {
            "principalId": "p",
            "policyDocument": {
                "Statement": [
                    {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource}
                    for effect, resource in statements
                ]
            },
            **more,
        }
    ).encode()


@pytest.mark.parametrize(
    ("statements", "refusal"),
    [
        ([("Allow", ARN)], None),
        ([("Allow", "*")], None),
        ([("Allow", ["x", "arn:aws:execute-api:*/live/GET/*"])], None),
        ([("Allow", ARN[:-1] + "?")], None),
        ([("Allow", "*"), ("Deny", ARN)], "ACCESS_DENIED"),
        ([("Allow", "*"), ("Deny", "other")], None),
        ([("Allow", ARN + "/b")], "ACCESS_DENIED"),
        ([("Allow", ARN.upper())], "ACCESS_DENIED"),
        ([], "ACCESS_DENIED"),
    ],
)
def test_policies(statements: list[tuple[str, Any]], refusal: str | None) -> None:
    assert read_answer(_policy(*statements), ARN).refusal == refusal


def test_context_is_text() -> None:
    context = {"a": 1, "b": False, "c": "x", "d": None}
    verdict = read_answer(_policy(("Allow", "*"), context=context), ARN)
    assert verdict.context == {"principalId": "p", "a": "1", "b": "false", "c": "x"}


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"{}",
        b'{"principalId": "p"}',
        b'{"principalId": "p", "policyDocument": {"Statement": [1]}}',
        b'{"principalId": 1, "policyDocument": {"Statement": []}}',
        _policy(("Allow", "*"), context={"a": {}}),
        _policy(("Allow", "*"), context=[1]),
    ],
)
def test_malformed_verdict_is_a_misconfiguration(payload: bytes) -> None:
    assert read_answer(payload, ARN) == MISCONFIGURED


@given(st.binary())
def test_any_verdict_is_read(payload: bytes) -> None:
    assert read_answer(payload, ARN).refusal is not None
    assert read_failure(payload).refusal in {"AUTHORIZER_FAILURE", "UNAUTHORIZED"}


def test_failure_with_the_word_unauthorized_is_401() -> None:
    assert read_failure(b'{"errorMessage": "Unauthorized"}') == UNAUTHORIZED
    assert read_failure(b'{"errorMessage": "unauthorized"}') == FAILURE
    assert read_failure(b"\xff") == FAILURE


def test_identity_sources() -> None:
    asked = Asked("1", "GET", "/", "", [("X-A", "1"), ("X-B", "")], b"", Caller("", None, None), 0)
    for sources, complete in (
        ((), True),
        (("method.request.header.x-a",), True),
        (("method.request.header.x-b",), False),
        (("method.request.header.x-a", "method.request.querystring.q"), True),
        (("method.request.querystring.absent",), False),
        (("context.identity.sourceIp",), True),
    ):
        authorizer = Authorizer("a", "f", sources)
        assert identity_is_complete(authorizer, asked, {"q": "1"}) is complete
