"""The template and the code agree: on every variable, and on every error's name."""

from __future__ import annotations

import importlib
import inspect
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.aws import metrics
from functions.drimbox import errors
from functions.drimbox.budget import REQUEST
from functions.drimbox.dmp.client import SHORT, SHOWN
from functions.drimbox.errors import ConfigurationError
from functions.drimbox.identity import oidc, psc
from functions.drimbox.jobs.job import BEAT, LEASE
from functions.drimbox.publication.uploads import LOOK_AFTER
from functions.drimbox.wording.refusals import TITLES
from infra.routes import PROBLEM, ROUTES
from infra.rules.assembly import Assembly
from infra.rules.flow import error_names
from infra.shared.deployment import ROOT
from tests.infra.functions import ENVIRONMENT, functions, variables

# Seconds: two attempts of one second to connect and five to be answered, one between them.
_LONGEST_CALL = 2 * (1 + 5) + 1
_OF_AWS = ("States.", "Lambda.", "Sandbox.", "Runtime.")


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_settings(assembly: Assembly, name: str) -> None:
    if not (ROOT / "functions" / name / "settings.py").is_file():
        pytest.skip(f"functions/{name} is not written yet")
    settings: Any = importlib.import_module(f"functions.{name}.settings").Settings
    function = functions(assembly)[name]
    environment = {
        variable: assembly.text(function.stack, value)
        for variable, value in variables(function).items()
    }
    assert settings.names() == set(environment)
    settings.read(environment)
    for variable in environment:
        with pytest.raises(ConfigurationError, match=variable):
            settings.read({key: text for key, text in environment.items() if key != variable})


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_a_call_of_aws_is_given_up_before_its_function_is_stopped(
    assembly: Assembly, name: str
) -> None:
    assert functions(assembly)[name].properties["Timeout"] > _LONGEST_CALL


# Seconds: the steps before the budget begins, and the page and the audit record after its end.
_BESIDE = 3
# The functions that a person waits for and that ask Pro Santé Connect or the DMP.
_ASKING = (
    "import_exam",
    "list_exams",
    "open_exam",
    "open_file",
    "reader_session",
    "search_exams",
    "set_authorization",
    "show_exams",
    "show_report",
)


@pytest.mark.parametrize("name", _ASKING)
def test_a_professional_s_request_ends_before_its_function_is_stopped(
    assembly: Assembly, name: str
) -> None:
    """A function that is stopped shows no page and leaves no audit record (EX_AIR-090).

    The last question may await one more piece of its answer after the end of the budget.
    """
    pieces = [one.steps.read or 0.0 for one in (SHORT, SHOWN, psc.ASKED, oidc.ASKED)]
    assert REQUEST + max(pieces) + _BESIDE < functions(assembly)[name].properties["Timeout"]


def test_two_questions_to_the_dmp_have_the_time_of_a_request() -> None:
    assert SHORT.whole + SHOWN.whole <= REQUEST


def test_an_authorizer_outlives_pro_sante_connect(assembly: Assembly) -> None:
    timeout = functions(assembly)["authorize_professional"].properties["Timeout"]
    assert psc.ASKED.longest + _BESIDE < timeout


def test_an_upload_is_looked_at_after_the_end_of_its_address(assembly: Assembly) -> None:
    seconds = variables(functions(assembly)["request_upload"])["UPLOAD_URL_SECONDS"]
    assert timedelta(seconds=int(seconds)) < LOOK_AFTER


def test_a_fill_has_the_whole_disk(assembly: Assembly) -> None:
    properties = functions(assembly)["fill_cache"].properties
    assert properties["EphemeralStorage"] == {"Size": 10240}


def test_a_lease_outlives_a_renewal_that_is_given_up_and_the_next_one() -> None:
    assert 2 * (BEAT + timedelta(seconds=_LONGEST_CALL)) - timedelta(seconds=1) <= LEASE
    assert timedelta(minutes=1) > LEASE, "nobody waits longer for a dead worker"


def test_documented_refusals_are_those_that_the_code_can_give() -> None:
    of_the_code = {status for status in TITLES if status != 500}
    documented = {
        answer.status
        for route in ROUTES
        for answer in route.answers
        if PROBLEM in answer.media_types
    }
    assert documented == of_the_code


def test_the_gateway_speaks_as_the_code_does(assembly: Assembly) -> None:
    said: dict[int, tuple[str, str]] = {}
    for answer in assembly.resources("AWS::ApiGateway::GatewayResponse"):
        body = json.loads(answer.properties["ResponseTemplates"]["application/json"])
        if "status" in body:
            assert answer.properties["StatusCode"] == str(body["status"])
            said[body["status"]] = (body["title"], body["title_en"])
    shared = set(said) & set(TITLES)
    assert {401, 403, 404, 413, 429, 500} == shared
    assert {status: said[status] for status in shared} == {
        status: (TITLES[status].fr, TITLES[status].en) for status in shared
    }


def test_no_function_without_a_place_in_the_template() -> None:
    folders = {path.parent.name for path in Path(ROOT / "functions").glob("*/handler.py")}
    assert folders <= set(ENVIRONMENT)


def test_alarms_watch_what_functions_count(assembly: Assembly) -> None:
    watched = {
        alarm.properties["MetricName"]: alarm.properties.get("Dimensions")
        for alarm in assembly.resources("AWS::CloudWatch::Alarm")
        if alarm.properties.get("Namespace") == metrics.NAMESPACE
    }
    assert set(watched) <= metrics.NAMES | metrics.GAUGES
    assert watched == {
        "AbsentImages": None,
        "IdentityContradictions": None,
        "RequeuedMessages": None,
        "UntoldNews": None,
        "ReconciliationDifferences": None,
        "ControlIdReused": None,
        "IncomingBodies": None,
        "InstanceUidReused": None,
        "UnreadReferences": None,
        "InternalFailures": None,
        "RefusedCallers": None,
        "CertificateDaysLeft": None,
        "HoursSinceSealedDay": None,
        "LateAuditRecords": None,
        "WhiteListAgeHours": None,
        "WhiteListRefused": None,
        "WhiteListLacksUs": None,
        "StaleRevocationLists": None,
        "RevocationListRefused": None,
    }


def test_every_error_name_is_an_error_class(assembly: Assembly) -> None:
    classes = {name for name, _ in inspect.getmembers(errors, inspect.isclass)}
    ours = {name for name in error_names(assembly) if not name.startswith(_OF_AWS)}
    assert ours
    assert ours <= classes


def test_every_transient_error_is_waited_for(assembly: Assembly) -> None:
    # Pro Santé Connect answers requests only: no workflow meets it. A change that waits for the
    # site's agent is parked at its first try.
    transient = {
        name
        for name, one in inspect.getmembers(errors, inspect.isclass)
        if issubclass(one, errors.Transient) and one is not errors.Transient
    } - {"IdentityUnavailable", "AgentAway", "AnswerAwaited"}
    assert transient <= error_names(assembly)


def test_the_assets_are_the_code_and_nothing_else(
    assembly_folder: Path, assembly: Assembly
) -> None:
    """One of all functions, and one with the viewer's files, where it is built, for the function
    that serves them."""
    assets: dict[str, set[str]] = {}
    for function in assembly.resources("AWS::Lambda::Function"):
        key = function.properties["Code"]["S3Key"]
        assets.setdefault(key, set()).add(function.properties["FunctionName"])
    folders = {}
    for key, names in assets.items():
        asset = assembly_folder / f"asset.{key.removesuffix('.zip')}"
        alone = names == {"drimbox-serve-asset"}
        folders[alone] = sorted(path.name for path in asset.iterdir())
        assert (asset / "functions" / "drimbox" / "errors.py").is_file()
        assert not list(asset.rglob("__pycache__"))
    assert folders.pop(False) == ["functions"]
    assert folders in ({}, {True: ["functions", "web"]})
    assert len(assets) == 1 + len(folders)
