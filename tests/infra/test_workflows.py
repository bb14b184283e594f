"""The synthesized state machines, run on success, refusal, and failure."""

from __future__ import annotations

import copy
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

import boto3
import pytest
from moto.core import config
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.stepfunctions.parser.models import stepfunctions_parser_backends
from werkzeug.serving import make_server

from functions.drimbox.publication.waiting.parking import QUICK_TRIES
from functions.drimbox.reconciliation.running import TRIES
from infra.rules.assembly import Assembly
from infra.rules.flow import definition_of, states_of
from infra.workflows.tasks import WAITING_ERRORS

Answer = Callable[[dict[str, Any]], dict[str, Any]]
INVOKE = re.compile(r"^/2015-03-31/functions/(.+)/invocations$")
ROLE = "arn:aws:iam::123456789012:role/any"
FACTS = {
    "tenant": "demo",
    "message_id": "m1",
    "study_instance_uid": "1.2.3",
    "replay": 0,
    "override": 0,
    "waited": {"wake": 0, "thing": "", "looks": 0, "since": ""},
    "correlation_id": "c1",
}
START = {**FACTS, "at": "read_report"}


class RaisedError(Exception):
    """The error of a function: the name of its class."""


STEPS_OF_PUBLISH = (
    "read_report",
    "index_study",
    "build_manifest",
    "prepare_series",
    "publish_manifest",
    "settle_publication",
)


def same(state: dict[str, Any]) -> dict[str, Any]:
    """A function that has nothing to add."""
    return state


class Functions:
    """Answers by function; remembers what each one was called with."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, Answer] = {}

    def names(self) -> list[str]:
        return [name for name, _ in self.calls]

    def __call__(self, name: str, event: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        self.calls.append((name, event))
        usual = continues if name in STEPS_OF_PUBLISH else same
        try:
            return self.answers.get(name, usual)(event), False
        except RaisedError as error:
            return {"errorType": str(error), "errorMessage": "why"}, True


@pytest.fixture(scope="module")
def endpoint(request: pytest.FixtureRequest) -> Iterator[tuple[str, Functions]]:
    functions = Functions()
    app = DomainDispatcherApplication(create_backend_app)

    def wsgi(environ: dict[str, Any], start_response: Any) -> Any:
        found = INVOKE.match(environ["PATH_INFO"])
        if found is None:
            return app(environ, start_response)
        length = int(environ.get("CONTENT_LENGTH") or 0)
        name = unquote(found[1]).rsplit(":", 1)[-1]
        answer, failed = functions(name, json.loads(environ["wsgi.input"].read(length)))
        headers = [("Content-Type", "application/json"), ("x-amzn-RequestId", "r")]
        start_response("200 OK", headers + [("X-Amz-Function-Error", "Unhandled")] * failed)
        return [json.dumps(answer).encode()]

    patch = pytest.MonkeyPatch()
    server = make_server("127.0.0.1", 0, wsgi, threaded=True)
    patch.setenv("MOTO_PORT", str(server.server_port))
    for name, value in (("ACCESS_KEY_ID", "ak"), ("SECRET_ACCESS_KEY", "sk")):
        patch.setenv(f"AWS_{name}", value)
    patch.setitem(config.default_user_config, "stepfunctions", {"execute_state_machine": True})
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", functions
    server.shutdown()
    thread.join()
    server.server_close()
    stepfunctions_parser_backends.reset()
    patch.undo()


@pytest.fixture
def functions(endpoint: tuple[str, Functions]) -> Functions:
    endpoint[1].calls.clear()
    endpoint[1].answers.clear()
    return endpoint[1]


def hurried(definition: dict[str, Any]) -> dict[str, Any]:
    """The same machine, whose retries wait for a second at most and are few."""
    made = copy.deepcopy(definition)
    for _, state in states_of(made):
        for retry in state.get("Retry", []):
            retry.update(IntervalSeconds=1, MaxDelaySeconds=2, MaxAttempts=2)
    return made


def run(
    endpoint: tuple[str, Functions], assembly: Assembly, name: str, start: dict[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Run the machine ``drimbox-<name>``; its status and output."""
    [machine] = [
        one
        for one in assembly.resources("AWS::StepFunctions::StateMachine")
        if one.properties["StateMachineName"] == f"drimbox-{name}"
    ]
    text = json.dumps(hurried(definition_of(assembly, machine)))
    for function in assembly.resources("AWS::Lambda::Function"):
        handler = function.properties["Handler"].split(".")[1]
        arn = f"arn:aws:lambda:eu-west-3:123456789012:function:{handler}"
        text = text.replace(f"${{{function.stack}.{function.logical_id}}}", arn)
    text = text.replace("${AWS::Partition}", "aws")
    client = boto3.client("stepfunctions", "eu-west-3", endpoint_url=endpoint[0])
    unique = str(time.monotonic_ns())
    made = client.create_state_machine(name=f"m{unique}", definition=text, roleArn=ROLE)
    execution = client.start_execution(
        stateMachineArn=made["stateMachineArn"], name=f"e{unique}", input=json.dumps(start)
    )["executionArn"]
    for _ in range(600):
        told = client.describe_execution(executionArn=execution)
        if told["status"] != "RUNNING":
            return told["status"], json.loads(told.get("output") or "{}")
        time.sleep(0.05)
    raise AssertionError("the execution does not end")


def fails(error: str, times: int = 10**6) -> Answer:
    """A function that fails so often, and does its work then."""
    left = [times]

    def answer(state: dict[str, Any]) -> dict[str, Any]:
        left[0] -= 1
        if left[0] >= 0:
            raise RaisedError(error)
        return continues(state) if "waited" in state else state

    return answer


def continues(state: dict[str, Any]) -> dict[str, Any]:
    """A step of the publish workflow: it gives back the facts, and its outcome."""
    return {**{name: state[name] for name in FACTS}, "outcome": "continue", "prepare": False}


STEPS = ["read_report", "index_study", "build_manifest", "publish_manifest", "settle_publication"]


def test_published(
    endpoint: tuple[str, Functions], functions: Functions, assembly: Assembly
) -> None:
    status, output = run(endpoint, assembly, "publish", START)
    assert status == "SUCCEEDED"
    assert functions.names() == STEPS
    assert [event for _, event in functions.calls] == [{**FACTS, "tries": 0}] * len(STEPS)
    assert output == {**FACTS, "outcome": "continue", "prepare": False}


def prepares(state: dict[str, Any]) -> dict[str, Any]:
    return {**continues(state), "prepare": True}


def outcome(said: str) -> Answer:
    return lambda state: {**continues(state), "outcome": said}


BUILT = ["read_report", "index_study", "build_manifest"]
SENT = ["publish_manifest", "settle_publication"]


def test_the_series_are_waited_for_before_the_dmp_is_told(
    endpoint: tuple[str, Functions], functions: Functions, assembly: Assembly
) -> None:
    functions.answers = {
        "read_report": continues,
        "build_manifest": prepares,
        "prepare_series": fails("SeriesNotReady", times=2),
    }
    assert run(endpoint, assembly, "publish", START)[0] == "SUCCEEDED"
    assert functions.names() == [*BUILT, *["prepare_series"] * 3, *SENT]
    states = [event for name, event in functions.calls if name == "prepare_series"]
    assert states == [{**FACTS, "tries": tries} for tries in range(3)]


def test_a_series_that_can_never_be_served_holds_the_publication(
    endpoint: tuple[str, Functions], functions: Functions, assembly: Assembly
) -> None:
    functions.answers = {
        "read_report": continues,
        "build_manifest": prepares,
        "prepare_series": fails("Held"),
    }
    assert run(endpoint, assembly, "publish", START)[0] == "SUCCEEDED"
    assert functions.names() == [*BUILT, "prepare_series", "hold_publication"]
    held = functions.calls[-1][1]
    assert held["error"]["Error"] == "Held"
    assert json.loads(held["error"]["Cause"])["errorMessage"] == "why"
    assert {key: held[key] for key in FACTS} == FACTS


@pytest.mark.parametrize(
    ("error", "tries"), [("SeriesNotReady", 3), ("InternalFailure", 1), ("KeyError", 1)]
)
def test_any_other_failure_of_the_preparation_delays_no_publication(
    endpoint: tuple[str, Functions],
    functions: Functions,
    assembly: Assembly,
    error: str,
    tries: int,
) -> None:
    functions.answers = {
        "read_report": continues,
        "build_manifest": prepares,
        "prepare_series": fails(error),
    }
    assert run(endpoint, assembly, "publish", START)[0] == "SUCCEEDED"
    assert functions.names() == [*BUILT, *["prepare_series"] * tries, *SENT]
    assert functions.calls[-1][1] == {**FACTS, "tries": 0}


def test_nothing_to_publish(
    endpoint: tuple[str, Functions], functions: Functions, assembly: Assembly
) -> None:
    functions.answers = {"read_report": outcome("done")}
    assert run(endpoint, assembly, "publish", START)[0] == "SUCCEEDED"
    assert functions.names() == ["read_report"]


def test_a_study_that_has_not_changed_is_not_built_again(
    endpoint: tuple[str, Functions], functions: Functions, assembly: Assembly
) -> None:
    functions.answers = {
        "read_report": continues,
        "index_study": outcome("done"),
    }
    assert run(endpoint, assembly, "publish", START)[0] == "SUCCEEDED"
    assert functions.names() == ["read_report", "index_study"]


@pytest.mark.parametrize("step", STEPS)
def test_a_refusal_at_any_step_is_held(
    endpoint: tuple[str, Functions], functions: Functions, assembly: Assembly, step: str
) -> None:
    functions.answers = {"read_report": continues, step: fails("Held")}
    assert run(endpoint, assembly, "publish", START)[0] == "SUCCEEDED"
    assert functions.names() == [*STEPS[: STEPS.index(step) + 1], "hold_publication"]
    held = functions.calls[-1][1]
    assert held["error"]["Error"] == "Held"
    assert json.loads(held["error"]["Cause"])["errorMessage"] == "why"
    assert {key: held[key] for key in FACTS} == FACTS


@pytest.mark.parametrize("error", ["PacsUnavailable", "StorageUnavailable", "Runtime.ExitError"])
def test_a_side_that_is_not_ready_is_asked_again(
    endpoint: tuple[str, Functions], functions: Functions, assembly: Assembly, error: str
) -> None:
    functions.answers = {
        "read_report": continues,
        "index_study": fails(error, times=2),
    }
    assert run(endpoint, assembly, "publish", START)[0] == "SUCCEEDED"
    assert functions.names() == [STEPS[0], *["index_study"] * 3, *STEPS[2:]]


@pytest.mark.parametrize("step", [*STEPS[:-1], "prepare_series"])
def test_a_change_that_waits_ends_its_execution_at_any_step(
    endpoint: tuple[str, Functions], functions: Functions, assembly: Assembly, step: str
) -> None:
    functions.answers = {"build_manifest": prepares, step: outcome("parked")}
    assert run(endpoint, assembly, "publish", START)[0] == "SUCCEEDED"
    assert functions.names()[-1] == step


@pytest.mark.parametrize("step", [*STEPS[:-1], "prepare_series"])
def test_a_change_that_is_woken_goes_on_where_it_was(
    endpoint: tuple[str, Functions], functions: Functions, assembly: Assembly, step: str
) -> None:
    functions.answers = {"build_manifest": prepares}
    assert run(endpoint, assembly, "publish", {**START, "at": step})[0] == "SUCCEEDED"
    every = [*BUILT, "prepare_series", *SENT]
    assert functions.names() == every[every.index(step) :]


@pytest.mark.parametrize(
    ("machine", "tries"), [("drimbox-publish", QUICK_TRIES), ("drimbox-reconcile", TRIES)]
)
def test_the_last_try_of_a_step_knows_that_it_is_the_last(
    machine: str, tries: int, assembly: Assembly
) -> None:
    """A step that is tried again parks at its last try, or ends its run: none waits in vain."""
    [found] = [
        one
        for one in assembly.resources("AWS::StepFunctions::StateMachine")
        if one.properties["StateMachineName"] == machine
    ]
    for name, state in states_of(definition_of(assembly, found)):
        for retry in state.get("Retry", []):
            if {*WAITING_ERRORS, "SeriesNotReady"} & set(retry["ErrorEquals"]):
                assert retry["MaxAttempts"] == tries, name


def test_a_page_of_a_reconciliation_outlasts_a_probe_and_the_recovery(assembly: Assembly) -> None:
    """Each pause of its last ones is that of two probes, whatever that is."""
    [found] = [
        one
        for one in assembly.resources("AWS::StepFunctions::StateMachine")
        if one.properties["StateMachineName"] == "drimbox-reconcile"
    ]
    state = dict(states_of(definition_of(assembly, found)))["ReconcileStudies"]
    [retry] = [one for one in state["Retry"] if "PacsUnavailable" in one["ErrorEquals"]]
    probe = probe_seconds(assembly)
    assert (retry["IntervalSeconds"], retry["MaxDelaySeconds"]) == (probe // 20, probe)


def probe_seconds(assembly: Assembly) -> int:
    """The pause between two probes, as a function of the deployment reads it."""
    [function] = [
        one
        for one in assembly.resources("AWS::Lambda::Function")
        if one.properties.get("FunctionName") == "drimbox-reconcile-studies"
    ]
    return int(function.properties["Environment"]["Variables"]["PROBE_SECONDS"])


# Parts of AWS that no function of ours has, by the first letters of their errors.
_NOT_OURS = (
    *("CodeArtifact", "DurableExecution", "EC2", "EFS", "ENI", "InvalidSecurityGroup"),
    *("InvalidSubnet", "S3Files", "SnapStart", "Subnet"),
)
# Errors that another try of the same call cannot change.
_FINAL = {
    *("InvalidParameterValueException", "InvalidRequestContentException"),
    *("InvalidRuntimeException", "InvalidZipFileException", "ModeNotSupportedException"),
    *("NoPublishedVersionException", "RecursiveInvocationException", "RequestTooLargeException"),
    *("ResourceNotFoundException", "RuntimeAliasDeletedException"),
    *("RuntimeVersionDeletedException", "SerializedRequestEntityTooLargeException"),
    *("ServiceQuotaExceededException", "UnsupportedMediaTypeException"),
}
# Errors that Step Functions names beside them (developer guide, "Handle Lambda service
# exceptions").
_SAID = {
    *("AWSLambdaException", "ClientExecutionTimeoutException", "SdkClientException"),
    *("ServiceException", "TooManyRequestsException", "Unknown"),
}


def test_each_task_tries_again_what_lambda_may_answer_in_passing(assembly: Assembly) -> None:
    """Every error of Invoke is either tried again by each task, or named here as final."""
    model = boto3.client("lambda", region_name="eu-west-3").meta.service_model
    answers = {shape.name for shape in model.operation_model("Invoke").error_shapes}
    assert answers >= _FINAL, "an error that Invoke does not know"
    passing = {one for one in answers if not one.startswith(_NOT_OURS)} - _FINAL | _SAID
    assert {one for one in passing if one.startswith("KMS")}
    for machine in assembly.resources("AWS::StepFunctions::StateMachine"):
        for name, state in states_of(definition_of(assembly, machine)):
            if state["Type"] != "Task":
                continue
            tried = [error for retry in state["Retry"] for error in retry["ErrorEquals"]]
            assert {f"Lambda.{one}" for one in passing} <= set(tried), name
            assert len(tried) == len(set(tried)), name


def test_a_side_that_is_never_ready_ends_in_a_hold(
    endpoint: tuple[str, Functions], functions: Functions, assembly: Assembly
) -> None:
    functions.answers = {"read_report": continues, "publish_manifest": fails("DmpUnavailable")}
    assert run(endpoint, assembly, "publish", START)[0] == "SUCCEEDED"
    assert functions.names()[-2:] == ["publish_manifest", "hold_publication"]
    assert functions.calls[-1][1]["error"]["Error"] == "DmpUnavailable"


def test_a_failed_hold_fails_the_execution(
    endpoint: tuple[str, Functions], functions: Functions, assembly: Assembly
) -> None:
    functions.answers = {"read_report": fails("Held"), "hold_publication": fails("KeyError")}
    assert run(endpoint, assembly, "publish", START)[0] == "FAILED"


RUN = {
    "tenant": "demo",
    "run": "20261124T09",
    "page": 0,
    "correlation_id": "20261124T09",
}


def test_a_reconciliation_goes_on_until_it_is_done(
    endpoint: tuple[str, Functions], functions: Functions, assembly: Assembly
) -> None:
    def page(state: dict[str, Any]) -> dict[str, Any]:
        following = state["page"] + 1
        told = {name: one for name, one in state.items() if name != "tries"}
        return {**told, "page": following, "outcome": "continue" if following < 3 else "done"}

    functions.answers = {"reconcile_studies": page}
    status, output = run(endpoint, assembly, "reconcile", RUN)
    assert (status, output["page"]) == ("SUCCEEDED", 3)
    assert [event["page"] for _, event in functions.calls] == [0, 1, 2]
    functions.answers = {"reconcile_studies": fails("StorageUnavailable")}
    assert run(endpoint, assembly, "reconcile", RUN)[0] == "FAILED"


def test_a_page_of_a_reconciliation_knows_its_last_try(
    endpoint: tuple[str, Functions], functions: Functions, assembly: Assembly
) -> None:
    tries: list[int] = []

    def page(state: dict[str, Any]) -> dict[str, Any]:
        tries.append(state["tries"])
        if state["tries"] < 2:
            raise RaisedError("PacsUnavailable")
        return {**state, "outcome": "done"}

    functions.answers = {"reconcile_studies": page}
    assert run(endpoint, assembly, "reconcile", RUN)[0] == "SUCCEEDED"
    assert tries == [0, 1, 2]


OPENED = {"tenant": "demo", "page": "p" * 43, "exam": "e" * 32}


def planning(*series: list[int]) -> Answer:
    """Plans of these missing series, one after the other; then the session has ended."""
    left = list(series)

    def answer(state: dict[str, Any]) -> dict[str, Any]:
        if "place" in state:
            return {"outcome": "fetched"}
        missing = left.pop(0) if left else None
        told = {name: state[name] for name in OPENED} | {"run": 1, "round": 1}
        if missing is None:
            return {**told, "outcome": "done", "series": []}
        return {**told, "outcome": "fetch" if missing else "watch", "series": missing}

    return answer


def test_an_exam_is_planned_fetched_and_planned_again(
    endpoint: tuple[str, Functions], functions: Functions, assembly: Assembly
) -> None:
    functions.answers = {"fetch_exam": planning([0, 1, 2], [2])}
    assert run(endpoint, assembly, "fetch", OPENED)[0] == "SUCCEEDED"
    asked = [event for _, event in functions.calls]
    assert asked[0] == OPENED
    assert sorted(one["place"] for one in asked if "place" in one) == [0, 1, 2, 2]
    for one in asked:
        assert set(one) <= {*OPENED, "place", "run", "round", "outcome", "series"}
    assert {**OPENED, "place": 2} in asked


def test_a_series_whose_function_fails_is_left_to_the_next_plan(
    endpoint: tuple[str, Functions], functions: Functions, assembly: Assembly
) -> None:
    plan = planning([0, 1], [1])
    failing = [True] * 3

    def answer(state: dict[str, Any]) -> dict[str, Any]:
        if state.get("place") == 1 and failing:
            failing.pop()
            raise RaisedError("InternalFailure" if len(failing) == 2 else "StorageUnavailable")
        return plan(state)

    functions.answers = {"fetch_exam": answer}
    assert run(endpoint, assembly, "fetch", OPENED)[0] == "SUCCEEDED"


def test_a_series_whose_token_cannot_be_renewed_now_waits_for_pro_sante_connect(
    endpoint: tuple[str, Functions], functions: Functions, assembly: Assembly
) -> None:
    """A round of the execution is no wait: forty of them would be over within a minute."""
    plan, failing = planning([0]), [True] * 2

    def answer(state: dict[str, Any]) -> dict[str, Any]:
        if "place" in state and failing:
            failing.pop()
            raise RaisedError("IdentityUnavailable")
        return plan(state)

    functions.answers = {"fetch_exam": answer}
    assert run(endpoint, assembly, "fetch", OPENED)[0] == "SUCCEEDED"
    asked = [event.get("place") for _, event in functions.calls]
    assert asked[:5] == [None, 0, 0, 0, None]


def test_an_import_waits_goes_on_and_ends(
    endpoint: tuple[str, Functions], functions: Functions, assembly: Assembly
) -> None:
    outcomes = iter(["wait", "send", "done"])

    def answer(state: dict[str, Any]) -> dict[str, Any]:
        return {**{name: state[name] for name in OPENED}, "outcome": next(outcomes)}

    functions.answers = {"store_exam": answer}
    assert run(endpoint, assembly, "import", OPENED)[0] == "SUCCEEDED"
    assert next(event for _, event in functions.calls) == OPENED
    assert all(set(event) <= {*OPENED, "outcome"} for _, event in functions.calls)
    functions.answers = {"store_exam": fails("InternalFailure")}
    assert run(endpoint, assembly, "import", OPENED)[0] == "FAILED"


def test_a_plan_that_fails_ends_the_execution(
    endpoint: tuple[str, Functions], functions: Functions, assembly: Assembly
) -> None:
    functions.answers = {"fetch_exam": fails("InternalFailure")}
    assert run(endpoint, assembly, "fetch", OPENED)[0] == "FAILED"


def test_a_session_is_watched_every_five_minutes(assembly: Assembly) -> None:
    [machine] = [
        one
        for one in assembly.resources("AWS::StepFunctions::StateMachine")
        if one.properties["StateMachineName"] == "drimbox-fetch"
    ]
    states = dict(states_of(definition_of(assembly, machine)))
    assert (states["Watch"]["Seconds"], states["Watch"]["Next"]) == (300, "Plan")
    assert states["EachSeries"]["MaxConcurrency"] == 4
