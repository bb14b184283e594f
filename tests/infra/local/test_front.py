"""The REST front of a running stack: events, authorizers, refusals, limits, TLS."""

from __future__ import annotations

import json
import ssl
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.infra.local.conftest import Mini
from tests.infra.local.support import wait_for, write_pki

pytestmark = pytest.mark.stack


def test_event_has_the_rest_proxy_format(mini: Mini) -> None:
    with mini.stack.http(None) as http:
        answer = http.request(
            "POST",
            f"{mini.db_url}/echo/t%201/a/b?x=1&x=2&y=%C3%A9&z=",
            headers=[
                ("Authorization", "Bearer ok"),
                ("Accept", "a/b"),
                ("Accept", "c/d"),
                ("KOS-SOPInstanceUID", "1.2.3"),
                ("Content-Type", "application/hl7-v2"),
                ("X-Forwarded-For", "6.6.6.6"),
            ],
            content=b"\xe9\x0d",
        )
    assert answer.status_code == 200
    assert answer.headers.get_list("Set-Cookie") == ["a=1", "b=2"]
    event = answer.json()
    assert event["resource"] == "/echo/{tenant}/{rest+}"
    assert event["pathParameters"] == {"tenant": "t 1", "rest": "a/b"}
    assert event["queryStringParameters"] == {"x": "2", "y": "é", "z": ""}
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"], "y": ["é"], "z": [""]}
    assert event["multiValueHeaders"]["Accept"][-2:] == ["a/b", "c/d"]
    assert event["headers"]["KOS-SOPInstanceUID"] == "1.2.3"
    assert event["headers"]["X-Forwarded-For"] == "127.0.0.1"
    assert event["stageVariables"] == {"colour": "blue"}
    assert (event["body"], event["isBase64Encoded"]) == ("6Q0=", True)
    context = event["requestContext"]
    assert context["identity"]["sourceIp"] == "127.0.0.1"
    assert "clientCert" not in context["identity"]
    assert context["requestId"] == answer.headers["x-amzn-RequestId"]
    assert context["stage"] == "live"
    authorizer = context["authorizer"]
    assert (
        authorizer.items()
        >= {
            "principalId": "somebody",
            "word": "ok",
            "number": "3",
            "flag": "true",
        }.items()
    )


def test_event_without_query_and_body_has_nulls(mini: Mini) -> None:
    with mini.stack.http(None) as http:
        event = http.get(f"{mini.db_url}/open").json()
    assert event["queryStringParameters"] is None
    assert event["multiValueQueryStringParameters"] is None
    assert event["pathParameters"] is None
    assert (event["body"], event["isBase64Encoded"]) == (None, False)
    assert "authorizer" not in event["requestContext"]


@pytest.mark.parametrize(
    ("word", "status", "code"),
    [
        ("deny", 403, "forbidden"),
        ("raise", 401, "not_authenticated"),
        ("crash", 500, "internal_error"),
        ("malformed", 500, "internal_error"),
        (None, 401, "not_authenticated"),
    ],
)
def test_authorizer_refuses(mini: Mini, word: str | None, status: int, code: str) -> None:
    headers = {} if word is None else {"Authorization": f"Bearer {word}"}
    with mini.stack.http(None) as http:
        answer = http.get(f"{mini.db_url}/echo/t/x", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["x-amzn-RequestId"]
    assert answer.json()["why"] == ("why" if word == "deny" else "")
    if status == 401:
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_api_without_gateway_responses_uses_those_of_the_service(mini: Mini) -> None:
    with mini.stack.http() as http:
        answer = http.get(f"{mini.in_url}/nowhere")
    assert answer.status_code == 403
    assert answer.json() == {"message": "Missing Authentication Token"}


@pytest.mark.parametrize("path", ["/nowhere", "/", "/echo", "/echo//x", "/open/more"])
def test_unknown_route_is_absent(mini: Mini, path: str) -> None:
    with mini.stack.http(None) as http:
        assert http.get(mini.db_url + path).status_code == 404


def test_method_without_route_is_absent(mini: Mini) -> None:
    with mini.stack.http(None) as http:
        assert http.delete(f"{mini.db_url}/open").status_code == 404


@pytest.mark.parametrize(
    ("how", "status"),
    [("malformed", 502), ("crash", 502), ("exit", 502), ("memory", 502), ("sleep", 504)],
)
def test_failing_function_is_a_refusal_without_details(mini: Mini, how: str, status: int) -> None:
    with mini.stack.http(None) as http:
        answer = http.get(f"{mini.db_url}/behave", params={"how": how})
    assert answer.status_code == status
    assert answer.json()["code"] == "internal_error"
    assert "broken" not in answer.text
    assert answer.headers["X-Kind"] == answer.json()["request_id"]


def test_answer_above_the_functions_limit_fails(mini: Mini) -> None:
    with mini.stack.http(None) as http:
        answer = http.get(f"{mini.db_url}/behave", params={"how": "big"})
    assert answer.status_code == 502


def test_binary_answer_is_decoded(mini: Mini) -> None:
    with mini.stack.http(None) as http:
        answer = http.get(f"{mini.db_url}/behave", params={"how": "binary"})
    assert answer.content == bytes(range(256))


def test_challenge_of_a_function_is_renamed_as_in_the_cloud(mini: Mini) -> None:
    with mini.stack.http(None) as http:
        answer = http.get(f"{mini.db_url}/behave", params={"how": "challenge"})
    assert answer.status_code == 401
    assert answer.headers["x-amzn-Remapped-WWW-Authenticate"] == "Bearer"
    assert "WWW-Authenticate" not in answer.headers


def test_empty_answer_has_no_body(mini: Mini) -> None:
    with mini.stack.http(None) as http:
        answer = http.get(f"{mini.db_url}/behave")
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize("size", [10_485_761, 5_000_000])
def test_request_above_a_limit_is_refused(mini: Mini, size: int) -> None:
    """10 MB is API Gateway's limit; 5 MB in base64 pass the 6 MB of a function."""
    with mini.stack.http(None) as http:
        answer = http.post(
            f"{mini.db_url}/echo/t/x", content=b"x" * size, headers={"Authorization": "Bearer ok"}
        )
    assert answer.status_code == 413


def test_client_certificate_reaches_the_function(mini: Mini) -> None:
    with mini.stack.http() as http:
        event = http.get(f"{mini.in_url}/open").json()
    sent = event["requestContext"]["identity"]["clientCert"]["clientCertPem"]
    own = (mini.stack.pki / "ris.pem").read_text()
    assert ssl.PEM_cert_to_DER_cert(sent) == ssl.PEM_cert_to_DER_cert(own)


def test_no_connection_without_client_certificate(mini: Mini) -> None:
    with mini.stack.http(None) as http, pytest.raises(httpx.TransportError):
        http.get(f"{mini.in_url}/open")


def test_no_connection_with_a_certificate_of_another_authority(mini: Mini) -> None:
    other = mini.stack.folder / "other"
    write_pki(other, "other authority")
    context = ssl.create_default_context(cafile=mini.stack.pki / "ca.pem")
    context.load_cert_chain(other / "ris.pem", other / "ris.key")
    with httpx.Client(verify=context) as http, pytest.raises(httpx.TransportError):
        http.get(f"{mini.in_url}/open")


def test_another_authority_is_trusted_as_soon_as_it_is_there(mini: Mini) -> None:
    later = mini.stack.folder / "later"
    write_pki(later, "later authority")
    context = ssl.create_default_context(cafile=mini.stack.pki / "ca.pem")
    context.load_cert_chain(later / "ris.pem", later / "ris.key")

    def is_let_in() -> bool:
        with httpx.Client(verify=context) as http:
            try:
                return http.get(f"{mini.in_url}/open").status_code == 200
            except httpx.TransportError:
                return False

    assert not is_let_in()
    (mini.stack.pki / "agent-authority.pem").write_text((later / "ca.pem").read_text())
    wait_for(is_let_in)


def test_function_environment_is_the_templates(mini: Mini) -> None:
    with mini.stack.http(None) as http:
        environment = json.loads(
            http.get(f"{mini.db_url}/behave", params={"how": "environment"}).text
        )
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == "mini-behave"
    assert environment["AWS_ENDPOINT_URL"] == mini.stack.endpoint
    assert environment["TABLE"].startswith("MiniStateful-Table-")
    assert not {"HOME", "USER", "VIRTUAL_ENV"} & environment.keys()


def test_concurrency_above_the_reservation_is_refused(mini: Mini) -> None:
    with mini.stack.http(None) as http, ThreadPoolExecutor(4) as executor:

        def four_at_once() -> bool:
            # An earlier call may still hold one of the two places until it times out.
            url, params = f"{mini.db_url}/behave", {"how": "hold"}
            answers = list(executor.map(lambda _: http.get(url, params=params), range(4)))
            served = {answer.text for answer in answers if answer.status_code == 200}
            refused = [answer.status_code for answer in answers if answer.status_code != 200]
            return len(served) == 2 and refused == [502, 502]

        assert wait_for(four_at_once)


def test_one_route_and_one_workflow(mini: Mini) -> None:
    """The workflow runs for real: here its first task fails, and the machine's Catch holds it."""
    states = mini.stack.client("stepfunctions")
    (machine,) = states.list_state_machines()["stateMachines"]
    arn = states.start_execution(
        stateMachineArn=machine["stateMachineArn"],
        name="no-such-object",
        input='{"id": "absent", "key": "absent", "parts": []}',
    )["executionArn"]
    ended = wait_for(lambda: _ended(states, arn))
    assert ended["status"] == "SUCCEEDED"
    assert json.loads(ended["output"])["error"]["Error"]
    table = mini.stack.client("dynamodb")
    (name,) = table.list_tables()["TableNames"]
    key = {"tenant": {"S": "t"}, "id": {"S": "absent"}}
    assert table.get_item(TableName=name, Key=key)["Item"]["state"] == {"S": "held"}


def _ended(states: Any, arn: str) -> Any:
    description = states.describe_execution(executionArn=arn)
    return None if description["status"] == "RUNNING" else description
