"""The border of a function: its events, its replies, the permitted content of its logs and
metrics.
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import logging as stdlib_logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.aws import callers, entry, logging, metrics, policies, replies, requests
from functions.aws.clock import RandomUids, SystemClock
from functions.aws.stores import Closed
from functions.drimbox.errors import (
    Absent,
    AgentAway,
    AnswerAwaited,
    BadRequest,
    ConfigurationError,
    DrimboxError,
    Held,
    IdentityUnavailable,
    NotAuthenticated,
    NotReady,
    RequestError,
    StorageUnavailable,
    TooLarge,
    Transient,
)
from functions.drimbox.wording.refusals import TITLES
from functions.version import VERSION
from tests.fakes.logs import written

CONTEXT = SimpleNamespace(function_name="drimbox-test", aws_request_id="request-1")
ROOT = Path(__file__).parents[2]
CANARY = "ZZ279035121518989ZZ"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """The functions' log; at DEBUG, the worst case."""
    with written() as stream:
        yield stream


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def problem(reply: replies.Reply) -> dict[str, Any]:
    assert reply["headers"]["Content-Type"] == "application/problem+json"
    facts: dict[str, Any] = json.loads(base64.b64decode(reply["body"]))
    return facts


# --- entry


def subclasses(kind: type[DrimboxError]) -> list[type[DrimboxError]]:
    return [kind, *(one for child in kind.__subclasses__() for one in subclasses(child))]


def made(kind: type[DrimboxError]) -> DrimboxError:
    more: dict[str, Any] = {"retry_after": 7} if issubclass(kind, NotReady) else {}
    return kind("a field", **more)


@pytest.mark.parametrize("kind", subclasses(RequestError))
def test_a_refused_request_is_a_problem_of_its_status(
    kind: type[RequestError], log: io.StringIO
) -> None:
    def function(_: entry.Event) -> replies.Reply:
        raise made(kind)

    reply = entry.http(function)({"pathParameters": {"tenant": "demo"}}, CONTEXT)
    assert reply["statusCode"] == kind.status
    said = problem(reply)
    assert (said["status"], said["code"]) == (kind.status, kind.code)
    # Of an ill-formed request alone, the field is told.
    assert ("a field" in json.dumps(said)) == issubclass(kind, BadRequest)
    assert ("Retry-After" in reply["headers"]) == issubclass(kind, NotReady)
    assert ("WWW-Authenticate" in reply["headers"]) == issubclass(kind, NotAuthenticated)
    (line,) = lines(log)
    assert (line["message"], line["status"], line["code"]) == ("refused", kind.status, kind.code)
    assert (line["tenant"], line["request_id"]) == ("demo", "request-1")


@pytest.mark.parametrize("kind", subclasses(Transient))
def test_a_failure_that_may_pass_is_503_with_a_delay(
    kind: type[Transient], log: io.StringIO
) -> None:
    def function(_: entry.Event) -> replies.Reply:
        if issubclass(kind, AgentAway):
            raise kind(bool)
        if issubclass(kind, AnswerAwaited):
            raise kind("index#0", bool)
        raise kind("s3 get: SlowDown")

    reply = entry.http(function)({}, CONTEXT)
    assert reply["statusCode"] == 503
    assert reply["headers"]["Retry-After"] == "5"
    assert problem(reply)["code"] == kind.code
    (line,) = lines(log)
    told = "" if issubclass(kind, AgentAway | AnswerAwaited) else "s3 get: SlowDown"
    assert (line["level"], line["detail"]) == ("WARNING", told)


def test_the_delay_that_a_service_names_is_passed_on(log: io.StringIO) -> None:
    def function(_: entry.Event) -> replies.Reply:
        raise IdentityUnavailable("429", retry_after=("30",))

    assert entry.http(function)({}, CONTEXT)["headers"]["Retry-After"] == "30"


def test_a_wrong_configuration_is_500_and_named_in_the_log_only(log: io.StringIO) -> None:
    def function(_: entry.Event) -> replies.Reply:
        raise ConfigurationError("secret lps has no value")

    reply = entry.http(function)({}, CONTEXT)
    assert (reply["statusCode"], problem(reply)["code"]) == (500, "configuration_error")
    assert "lps" not in str(problem(reply))
    (line,) = lines(log)
    assert (line["level"], line["detail"]) == ("ERROR", "secret lps has no value")


def test_each_route_has_its_own_function_and_no_other_has_a_default(log: io.StringIO) -> None:
    def answering(body: str) -> entry.Answer:
        return lambda event: replies.document(200, body)

    handler = entry.http(
        entry.routes(
            {("GET", "/{tenant}"): answering("seen"), ("POST", "/{tenant}"): answering("done")}
        )
    )
    for method, said in (("GET", b'"seen"'), ("POST", b'"done"')):
        reply = handler({"httpMethod": method, "resource": "/{tenant}"}, CONTEXT)
        assert base64.b64decode(reply["body"]) == said
    for method, path in (("PUT", "/{tenant}"), ("GET", "/{tenant}/more"), ("GET", "/demo")):
        reply = handler({"httpMethod": method, "resource": path}, CONTEXT)
        assert (reply["statusCode"], problem(reply)["code"]) == (500, "configuration_error")
    assert {line["message"] for line in lines(log)} == {"misconfigured"}


def test_a_reply_passes_as_it_is() -> None:
    assert entry.http(lambda _: {"statusCode": 204})({}, CONTEXT) == {"statusCode": 204}


UNEXPECTED: list[Callable[[str], BaseException]] = [
    KeyError,
    ValueError,
    TypeError,
    RuntimeError,
    lambda text: UnicodeDecodeError("utf-8", text.encode(), 0, 1, text),
    lambda text: ExceptionGroup(text, [ValueError(text)]),
]


@given(st.sampled_from(UNEXPECTED), st.text(max_size=30), st.booleans())
def test_the_message_of_an_unexpected_error_goes_nowhere(
    kind: Callable[[str], BaseException], text: str, chained: bool
) -> None:
    said = f"{text}{CANARY}{text}"

    def function(_: Any) -> Any:
        if chained:
            try:
                raise kind(said)
            except BaseException as error:
                raise RuntimeError(said) from error
        raise kind(said)

    with written() as stream:
        reply = entry.http(function)({}, CONTEXT)
        assert (reply["statusCode"], problem(reply)["code"]) == (500, "internal_error")
        for wrap in (entry.task, entry.authorizer):
            with pytest.raises(entry.InternalFailure) as raised:
                wrap(function)({"correlation_id": "c"}, CONTEXT)
            # The runtime prints the message and the chained errors.
            assert CANARY not in str(raised.value)
            assert raised.value.__cause__ is None
            assert raised.value.__suppress_context__
        assert CANARY not in json.dumps(problem(reply))
        assert CANARY not in stream.getvalue()
        logged = lines(stream)
    assert [line["level"] for line in logged] == ["ERROR"] * 3
    assert all(line["error"] for line in logged)


def test_the_place_of_an_error_is_the_innermost_line_of_ours(log: io.StringIO) -> None:
    def function(event: entry.Event) -> replies.Reply:
        metrics.count("Unknown", "demo")
        return {}

    entry.http(function)({}, CONTEXT)
    (line,) = lines(log)
    assert line["error"].startswith("ValueError at aws/metrics.py:")


def test_a_step_s_own_errors_leave_under_their_names(log: io.StringIO) -> None:
    def held(_: entry.Event) -> dict[str, Any]:
        raise Held("study_not_found")

    with pytest.raises(Held, match=r"^study_not_found$") as raised:
        entry.task(held)({"correlation_id": "m1"}, CONTEXT)
    assert [one.name for one in raised.traceback][1:] == ["handler"]
    answer = entry.task(lambda event: {"outcome": "continue"})({"correlation_id": "m1"}, CONTEXT)
    assert answer == {"outcome": "continue"}
    stopped, done = lines(log)
    assert (stopped["message"], stopped["code"]) == ("step stopped", "study_not_found")
    assert stopped["error"].startswith("Held")
    assert (done["message"], done["outcome"], done["step"]) == (
        "step done",
        "continue",
        "drimbox-test",
    )
    assert stopped["correlation_id"] == done["correlation_id"] == "m1"


def test_an_authorizer_says_unauthorized_or_a_policy() -> None:
    def nobody(_: entry.Event) -> dict[str, Any]:
        raise policies.Unauthorized

    with pytest.raises(policies.Unauthorized, match=r"^Unauthorized$"):
        entry.authorizer(nobody)({}, CONTEXT)
    policy = policies.allow({"methodArn": "arn:x"}, {"caller": "active"}, "professional")
    assert entry.authorizer(lambda _: policy)({}, CONTEXT) is policy


def test_an_authorizer_that_cannot_tell_is_closed(log: io.StringIO) -> None:
    def broken(_: entry.Event) -> dict[str, Any]:
        raise StorageUnavailable(CANARY)

    with pytest.raises(entry.InternalFailure, match=r"^StorageUnavailable$"):
        entry.authorizer(broken)({}, CONTEXT)
    assert CANARY not in log.getvalue()


def test_a_policy_allows_exactly_what_was_called() -> None:
    arn = "arn:aws:execute-api:eu-west-3:1:api/live/GET/tenants/demo"
    policy = policies.allow({"methodArn": arn}, {"caller": "active"}, "professional")
    assert policy["principalId"] == "professional"
    assert policy["context"] == {"caller": "active"}
    (statement,) = policy["policyDocument"]["Statement"]
    assert statement == {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": arn}


# --- logging and metrics


@pytest.mark.parametrize("write", [logging.event, logging.warning, logging.error])
def test_a_field_that_is_not_on_the_list_is_not_logged(
    write: Callable[..., None], log: io.StringIO
) -> None:
    with pytest.raises(ValueError, match="log fields not allowed: authorization, ins") as raised:
        write("x", ins=CANARY, authorization=CANARY, tenant="demo")
    assert CANARY not in str(raised.value)
    assert log.getvalue() == ""
    write("x", **dict.fromkeys(logging.ALLOWED, "v"))
    (line,) = lines(log)
    assert set(line) - logging.ALLOWED <= {"level", "message", "timestamp", "service", "version"}
    assert line["version"] == VERSION


@pytest.mark.parametrize("name", ["ins", "token", "name", "path", "url", "accession_number"])
def test_no_allowed_field_is_made_for_identifiers(name: str) -> None:
    assert name not in logging.ALLOWED


@pytest.mark.parametrize(
    "name", ["httpx", "httpcore.connection", "botocore.endpoint", "boto3", "urllib3", "pydicom"]
)
def test_libraries_stay_silent_even_when_we_debug(name: str, log: io.StringIO) -> None:
    library = stdlib_logging.getLogger(name)
    assert not library.isEnabledFor(stdlib_logging.INFO)
    library.debug("%s", CANARY)
    library.info("%s", CANARY)
    assert CANARY not in log.getvalue()


def test_a_log_that_a_test_has_captured_outlives_the_test() -> None:
    """The logger keeps the stream of its first use, which must not be one that a test closes."""
    program = """
import io, sys
from tests.fakes.logs import written
from functions.aws import logging
before, sys.stdout = sys.stdout, io.TextIOWrapper(io.BytesIO())
logging.event("of a test")
sys.stdout.close()
sys.stdout = before
with written() as log:
    logging.event("of the next test")
assert "of the next test" in log.getvalue()
"""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)


def test_a_counter_is_one_line_of_the_embedded_format(capsys: pytest.CaptureFixture[str]) -> None:
    metrics.count("HeldPublications", "demo", 2)
    line = json.loads(capsys.readouterr().out)
    assert (line["HeldPublications"], line["tenant"]) == (2, "demo")
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "DRIMbox"
    assert directive["Dimensions"] == [[]], "a metric of each tenant would cost by the month"
    assert directive["Metrics"] == [{"Name": "HeldPublications", "Unit": "Count"}]
    assert line["_aws"]["Timestamp"] > 1_700_000_000_000
    with pytest.raises(ValueError, match=r"^unknown metric$"):
        metrics.count(CANARY, "demo")


def test_a_refusal_of_a_stranger_is_counted_with_its_tenant_and_route(
    capsys: pytest.CaptureFixture[str],
) -> None:
    event = {"pathParameters": {"tenant": "demo"}, "resource": "/tenants/{tenant}/dicomweb"}
    for error in (NotAuthenticated(CANARY), IdentityUnavailable(CANARY)):
        with pytest.raises(type(error)), entry.strangers_counted(event):
            raise error
        out = capsys.readouterr().out
        line = json.loads(out)
        assert (line["tenant"], line["route"]) == ("demo", "/tenants/{tenant}/dicomweb")
        assert (line["RefusedCallers"], line["code"]) == (1, error.code)
        [directive] = line["_aws"]["CloudWatchMetrics"]
        assert directive["Dimensions"] == [[]], "strangers make no new metric"
        assert CANARY not in out
    with entry.strangers_counted(event):
        pass
    assert capsys.readouterr().out == ""


# --- replies


def test_every_status_that_an_error_gives_has_a_title() -> None:
    statuses = {kind.status for kind in subclasses(RequestError)}  # type: ignore[attr-defined]
    assert statuses | {500} <= set(TITLES)


@given(st.binary(max_size=100))
def test_a_body_goes_out_exactly_as_given(body: bytes) -> None:
    reply = replies.text(200, body, "application/dicom")
    assert reply["isBase64Encoded"] is True
    assert base64.b64decode(reply["body"]) == body


@pytest.mark.parametrize(
    "reply",
    [
        replies.text(200, b"x", "application/dicom"),
        replies.document(200, {"é": "à"}),
        replies.problem(404, "absent"),
        replies.redirect("https://cache.example/x"),
    ],
)
def test_no_answer_may_be_kept_or_read_as_another_type(reply: replies.Reply) -> None:
    assert reply["headers"]["Cache-Control"] == "no-store"
    assert reply["headers"]["X-Content-Type-Options"] == "nosniff"
    assert reply["headers"]["Strict-Transport-Security"].startswith("max-age=31536000")


def test_a_redirect_keeps_the_method_and_has_no_body() -> None:
    reply = replies.redirect("https://cache.example/x")
    assert (reply["statusCode"], reply["body"]) == (307, "")
    assert reply["headers"]["Location"] == "https://cache.example/x"


def test_a_document_is_json_in_utf_8() -> None:
    reply = replies.document(200, {"nom": "Béziers"})
    assert base64.b64decode(reply["body"]).decode() == '{"nom":"Béziers"}'


# --- requests


def test_a_path_parameter_is_there_or_the_thing_is_absent() -> None:
    assert requests.path({"pathParameters": {"tenant": "demo"}}, "tenant") == "demo"
    for parameters in (None, {}, {"tenant": None}, {"tenant": 3}):
        with pytest.raises(Absent):
            requests.path({"pathParameters": parameters}, "tenant")
    with pytest.raises(Absent):
        requests.path({}, "tenant")


def test_a_query_parameter_may_be_missing() -> None:
    assert requests.query({"queryStringParameters": {"state": "held"}}, "state") == "held"
    for parameters in (None, {}, {"state": None}):
        assert requests.query({"queryStringParameters": parameters}, "state") is None


def test_headers_are_found_in_any_case_with_all_their_values() -> None:
    event = {"multiValueHeaders": {"accept": ["a", "b"], "ACCEPT": ["c"], "Other": ["d"]}}
    assert requests.headers(event, "Accept") == ["a", "b", "c"]
    assert requests.headers(event, "KOS-SOPInstanceUID") == []
    assert requests.headers({"multiValueHeaders": None}, "Accept") == []


@given(st.binary(max_size=64))
def test_a_base64_body_is_given_back_within_its_limit(data: bytes) -> None:
    event = {"body": base64.b64encode(data).decode(), "isBase64Encoded": True}
    assert requests.body(event, max_bytes=len(data)) == data
    if data:
        with pytest.raises(TooLarge):
            requests.body(event, max_bytes=len(data) - 1)


def test_a_body_as_text_is_limited_in_bytes() -> None:
    event = {"body": "é" * 4, "isBase64Encoded": False}
    assert requests.body(event, max_bytes=8) == "éééé".encode()
    with pytest.raises(TooLarge):
        requests.body(event, max_bytes=7)
    assert requests.body({"body": None}, max_bytes=0) == b""


@pytest.mark.parametrize("raw", ["!!!!", "AAA", "AA=A", "AAAA\n", "é==="])
def test_a_body_that_is_not_base64_is_a_bad_request(raw: str) -> None:
    with pytest.raises(BadRequest):
        requests.body({"body": raw, "isBase64Encoded": True}, max_bytes=100)


def test_a_body_far_too_large_is_not_even_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base64, "b64decode", None)
    with pytest.raises(TooLarge):
        requests.body({"body": "A" * 1000, "isBase64Encoded": True}, max_bytes=9)


@given(st.text(max_size=60) | st.sampled_from(["[]", "1", "null", '"x"', "[" * 50_000]))
def test_a_json_body_is_an_object_or_a_bad_request(raw: str) -> None:
    try:
        facts = requests.json_body({"body": raw})
    except BadRequest:
        return
    assert isinstance(facts, dict)


@pytest.mark.parametrize(
    "raw", ['{"keep": "these", "keep": "others"}', '{"name": "\\ud800"}', '{"name": "\ud800"}']
)
def test_a_json_body_says_each_thing_once_and_in_characters(raw: str) -> None:
    with pytest.raises(BadRequest):
        requests.json_body({"body": raw})


def test_the_request_is_known_by_the_gateway_s_name() -> None:
    assert requests.request_id({"requestContext": {"requestId": "r1"}}) == "r1"
    assert requests.request_id({}) == ""
    assert requests.caller({"requestContext": {"authorizer": None}}) == {}


# --- callers


def called(authorizer: object, tenant: object = "demo") -> requests.Event:
    return {
        "pathParameters": {"tenant": tenant},
        "requestContext": {"authorizer": authorizer},
    }


def test_a_bound_program_is_that_of_the_path_s_tenant() -> None:
    facts = {"caller": "bound", "tenant": "demo", "subject": "CN=ris"}
    assert callers.sender(called(facts)) == callers.Program("demo", "CN=ris")


def test_an_agent_is_told_by_its_name_and_may_be_a_sender_too() -> None:
    facts = {"caller": "bound", "tenant": "demo", "subject": "CN=a", "agent": "salle-1"}
    assert callers.agent(called(facts)) == callers.CallingAgent("demo", "salle-1", "CN=a")
    for other in (None, {}, {**facts, "tenant": "other"}, {**facts, "agent": ""}):
        with pytest.raises(Absent):
            callers.agent(called(other))
    with pytest.raises(Absent):
        callers.sender(called({**facts, "caller": "agent"}))


@pytest.mark.parametrize(
    "facts",
    [
        None,
        {},
        {"caller": "foreign"},
        {"caller": "active", "tenant": "demo", "subject": "8"},
        {"caller": "bound", "tenant": "other", "subject": "CN=ris"},
    ],
)
def test_any_other_program_finds_nothing(facts: object) -> None:
    with pytest.raises(Absent):
        callers.sender(called(facts))


def test_a_professional_is_known_by_the_active_token() -> None:
    facts = {"caller": "active", "tenant": "demo", "subject": "899700367909"}
    assert callers.professional(called(facts)) == callers.SignedIn("demo", "899700367909")


@pytest.mark.parametrize(
    "facts",
    [
        None,
        {"caller": "active", "tenant": "other", "subject": "8"},
        {"caller": "active", "tenant": "demo", "subject": ""},
        {"caller": "active", "tenant": "demo"},
        {"caller": "bound", "tenant": "demo", "subject": "CN=ris"},
    ],
)
def test_without_an_active_token_nobody_gets_in(facts: object) -> None:
    with pytest.raises(NotAuthenticated):
        callers.professional(called(facts))


def test_while_pro_sante_connect_cannot_tell_the_answer_is_later() -> None:
    with pytest.raises(NotReady) as raised:
        callers.professional(called({"caller": "unavailable"}))
    assert (raised.value.code, raised.value.retry_after) == ("identity_unavailable", 10)


def test_the_delay_of_pro_sante_connect_is_passed_on() -> None:
    now = SystemClock().now()
    facts = callers.unavailable(IdentityUnavailable("429", retry_after=("60",)), now)
    with pytest.raises(NotReady) as raised:
        callers.professional(called(facts))
    assert raised.value.retry_after == 60
    assert callers.unavailable(IdentityUnavailable("500"), now)["retry_after"] == "10"


@pytest.mark.parametrize("tenant", ["Demo", "../x", "d", ""])
def test_a_tenant_that_is_no_slug_is_absent_for_every_caller(tenant: str) -> None:
    with pytest.raises(Absent):
        callers.professional(called({"caller": "unavailable"}, tenant))


# --- closed stores, and time


@pytest.mark.parametrize("use", ["put_once", "put", "get", "admit", "follow"])
def test_a_store_that_a_function_lacks_refuses_everything(use: str) -> None:
    with pytest.raises(ConfigurationError, match="this function has no archive"):
        getattr(Closed("archive"), use)


def test_the_clock_is_aware_and_identifiers_are_not_repeated() -> None:
    offset = SystemClock().now().utcoffset()
    assert offset is not None
    assert not offset
    uids = RandomUids()
    assert len({uids.fresh() for _ in range(100)}) == 100


def test_every_error_has_a_stable_code() -> None:
    kinds = subclasses(DrimboxError)
    assert all(kind.code == kind.code.lower() != "" for kind in kinds)


def test_the_collector_leaves_aside_the_objects_of_two_events_and_waits_for_a_list(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    frozen: list[int] = []
    monkeypatch.setattr(entry, "_begun", 0)
    waits: list[int] = []
    monkeypatch.setattr("functions.aws.entry.gc.freeze", lambda: frozen.append(1))
    monkeypatch.setattr("functions.aws.entry.gc.set_threshold", waits.append)
    handler = entry.http(lambda _: replies.text(200, b"", "text/plain"))
    for _ in range(4):
        handler({}, None)
    assert len(frozen) == 2
    assert set(waits) == {50_000}


# -- answers in gzip


def test_the_bytes_of_an_image_are_packed_without_a_search_for_repetitions() -> None:
    told = b'{"same": "words"}' * 12_000
    dense = base64.b64encode(os.urandom(200_000))
    for body in (told, dense, dense[:1000]):
        for is_dense in (False, True):
            assert gzip.decompress(replies.gzipped(body, dense=is_dense)) == body
    assert len(replies.gzipped(told)) < len(told) / 50
    assert len(replies.gzipped(told, dense=True)) > len(told) / 8, "nothing was searched for"
    assert len(replies.gzipped(dense, dense=True)) < 1.03 * len(replies.gzipped(dense))
    # A small answer has no image in it.
    assert replies.gzipped(told[:50_000], dense=True) == replies.gzipped(told[:50_000])
