"""Every published schema has examples; each is the code's own answer, and mixes no two states."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator

from functions.drimbox.consultation.contextual_call import read_call, read_pairs
from functions.drimbox.operations.following import ACCEPTED, REFUSED
from functions.drimbox.report.hl7 import read_message
from functions.drimbox.wording.acknowledged import sentence
from functions.drimbox.wording.waits import waiting_for
from infra.codes import problems
from infra.examples import ACKNOWLEDGEMENT, FOLDER, WRITTEN_BY_HAND, examples
from infra.openapi import document
from infra.problem_examples import BY_THE_GATEWAY, REQUEST_ID, problem_examples
from infra.routes import HL7, HOSTS, JSON, PROBLEM, ROUTES, Host
from infra.schemas import SCHEMAS, TEXT
from infra.shared.refusals import REFUSALS
from simulators.ris.cases import CASES
from tests.infra.example_scenes import made, written
from tests.infra.schema_scenes import closed, require

ANSWERED = sorted({answer.schema for route in ROUTES for answer in route.answers if answer.schema})
BODIES = sorted({*ANSWERED, "News"})
EACH = [(schema, name) for schema in BODIES for name in examples(schema)]


def value(schema: str, name: str) -> Any:
    return copy.deepcopy(examples(schema)[name]["value"])


def test_each_file_holds_the_code_s_own_answers() -> None:
    played = made()
    for schema, told in played.items():
        text = (FOLDER / f"{schema}.json").read_text("utf-8")
        assert text == written(told), f"{schema}: run make examples"
    files = {path.stem for path in FOLDER.glob("*.json")}
    assert files == set(played) | WRITTEN_BY_HAND
    assert not set(played) & WRITTEN_BY_HAND


@pytest.mark.parametrize(("schema", "name"), EACH)
def test_an_example_is_of_its_schema(schema: str, name: str) -> None:
    require(schema, value(schema, name))
    assert examples(schema)[name]["summary"].endswith(".")


def test_every_state_of_a_followed_message_has_its_example() -> None:
    told = [one["value"] for one in examples("Followed").values()]
    shown = {one["state"] for one in told}
    assert shown == set(SCHEMAS["Followed"]["properties"]["state"]["enum"])
    outcomes = {study["outcome"] for one in told for study in one["studies"]}
    assert outcomes == set(SCHEMAS["StudyState"]["enum"])
    parked = value("Followed", "parked")["studies"][0]["parked"]
    assert parked["words"] == waiting_for(parked["thing"]).by_language()


def test_every_end_of_a_check_has_its_example() -> None:
    shown = {one["value"]["publication"]["would"] for one in examples("Checked").values()}
    assert shown >= {"publish", "hold", "look", "nothing"}


# --- no impossible mixture


def objects(facts: Any) -> Iterator[dict[str, Any]]:
    """Every object of an example, the outermost first."""
    if isinstance(facts, dict):
        yield facts
        facts = list(facts.values())
    for one in facts if isinstance(facts, list) else ():
        yield from objects(one)


def implies(when: bool, then: bool) -> bool:
    return then or not when


# Each rule binds the properties of one object of an example.
RULES: dict[str, Callable[[dict[str, Any]], bool]] = {
    "a reason is of a held study": lambda one: (
        "outcome" not in one or ("reason" in one) is (one["outcome"] == "held")
    ),
    "a reason has its words and its remedy": lambda one: (
        "outcome" not in one or ("reason" in one) is ("words" in one) is ("todo" in one)
    ),
    "a manifest is of a study that is, or was, published by this message": lambda one: (
        "manifest" not in one or (one["manifest"] is not None) is (one["outcome"] == "published")
    ),
    "a later publication is told of a study that it ended": lambda one: (
        "outcome" not in one
        or ("afterwards" in one) is str(one["outcome"]).startswith("published_then_")
    ),
    "a wait is of a study in progress": lambda one: implies(
        "parked" in one, one.get("outcome") == "in_progress"
    ),
    "a refusal is of a refused message, which has no study": lambda one: (
        (
            "state" not in one
            or "studies" not in one
            or ("refusal" in one) is (one["state"] == REFUSED)
        )
        and implies("refusal" in one, not one["studies"] if "refusal" in one else True)
    ),
    "an accepted message has no study yet": lambda one: implies(
        one.get("state") == ACCEPTED, not one.get("studies")
    ),
    "an ignored message says why, and no other does": lambda one: (
        not {"ignored", "state"} <= set(one)
        or bool(one["ignored"]) is ("ignored_words" in one) is (one["state"] == "ignored")
    ),
    "the state is that of a study": lambda one: (
        "state" not in one
        or not one.get("studies")
        or not all("outcome" in study for study in one["studies"])
        or one["state"] in {study["outcome"] for study in one["studies"]} | {"ignored"}
    ),
    "a message that is held whole has no study": lambda one: implies(
        "held" in one and "state" in one, one.get("state") == "held" and not one.get("studies")
    ),
    "a check with faults publishes nothing": lambda one: implies(
        bool(one.get("faults")) and "publication" in one,
        not one["publication"]["published"] if "publication" in one else True,
    ),
    "AA has no fault, AE and AR have the answered one first": lambda one: (
        "answer" not in one
        or (
            (one["answer"]["code"] == "AA") is (not one["faults"])
            and [fault["answered"] for fault in one["faults"][:1]] in ([], [True])
        )
    ),
    "an acknowledgement says its code": lambda one: (
        not one.get("acknowledgement_base64")
        or f"\rMSA|{one['code']}|" in str(one.get("acknowledgement"))
    ),
    "nothing published has its reason, and no other has one": lambda one: (
        "would" not in one
        or (one["reason"] is None) is one["published"] is (one["would"] not in ("nothing", "look"))
    ),
    "it would be held where a study would be": lambda one: (
        "would" not in one
        or (one["would"] == "hold") is any(study["hold"] for study in one["studies"])
    ),
    "a call is refused for its faults": lambda one: (
        "lines" not in one or (one["status"] == 400) is bool(one["faults"])
    ),
    "a line is read, or at fault": lambda one: (
        not {"read", "fault", "name"} <= set(one) or (one["read"] is None) is bool(one["fault"])
    ),
    "an upload is acknowledged, or checked": lambda one: (
        "upload" not in one or ("acknowledgement" in one) is not ("check" in one)
    ),
}


def broken(facts: Any) -> set[str]:
    return {name for one in objects(facts) for name, holds in RULES.items() if not holds(one)}


@pytest.mark.parametrize(("schema", "name"), EACH)
def test_no_example_mixes_what_cannot_be_together(schema: str, name: str) -> None:
    """They were made from the schemas: a published study had a reason to be held."""
    assert broken(value(schema, name)) == set()


REASON = {"reason": "study_not_found", "words": {"fr": "x", "en": "x"}, "todo": {}}
WAIT = {"thing": "dmp", "words": {}, "since": "", "until": ""}


@pytest.mark.parametrize(
    ("schema", "name", "study", "message"),
    [
        ("Followed", "published", REASON, {}),
        ("Followed", "published", {"parked": WAIT}, {}),
        ("Followed", "published", {"manifest": None}, {}),
        ("Followed", "published", {"afterwards": {}}, {}),
        ("Followed", "published", {}, {"state": "held"}),
        ("Followed", "published", {}, {"state": "published", "refusal": {}}),
        ("Followed", "published", {}, {"held": "site_accepted_reused"}),
        ("Followed", "published", {}, {"state": "accepted"}),
        ("Followed", "published", {}, {"ignored": "not_for_dmp"}),
        ("Followed", "held", {"manifest": {}}, {}),
        ("Followed", "held", {"outcome": "published"}, {}),
        ("Followed", "refused", {}, {"studies": [{}]}),
        ("Upload", "message", {}, {"check": "/x"}),
        ("CheckedCall", "right", {}, {"status": 400}),
        ("Checked", "published", {}, {"faults": [{"answered": True}]}),
        ("Checked", "faulty", {}, {"faults": []}),
    ],
)
def test_the_rules_refuse_a_mixture(
    schema: str, name: str, study: dict[str, Any], message: dict[str, Any]
) -> None:
    facts = value(schema, name)
    facts |= message
    for one in facts.get("studies", []):
        one.update(study)
    assert broken(facts)


def test_each_rule_judges_an_example() -> None:
    """A rule about a property that no answer has would hold for ever."""
    names = {key for schema, name in EACH for one in objects(value(schema, name)) for key in one}
    asked = {"parked", "afterwards", "refusal", "ignored_words", "hold", "lines", "acknowledgement"}
    assert asked <= names


# --- acknowledgements, problems, patients


@pytest.mark.parametrize("code", ["AA", "AE", "AR"])
def test_an_acknowledgement_is_hl7_and_says_the_fault(code: str) -> None:
    segments = {
        one.name: one for one in read_message(value(ACKNOWLEDGEMENT, code).encode()).segments
    }
    assert segments["MSA"].text(1) == code
    assert ("ERR" in segments) is (code != "AA")
    if code != "AA":
        assert segments["MSA"].text(3) == sentence(segments["ERR"].text(7))
    shown = [
        content["examples"]
        for item in document("in", "https://in.example")["paths"].values()
        for operation in item.values()
        for answer in operation["responses"].values()
        for kind, content in answer.get("content", {}).items()
        if kind == "application/hl7-v2"
    ]
    assert len(shown) == 2
    assert all(code in one for one in shown)


def test_each_refusal_of_a_route_has_a_problem_document_that_it_can_give() -> None:
    statuses = problems()
    for route in ROUTES:
        for answer in route.answers:
            if PROBLEM not in answer.media_types:
                continue
            told = problem_examples(route, answer.status)
            assert told
            for code, one in told.items():
                body = one["value"]
                assert (body["code"], body["status"]) == (code, answer.status)
                assert str(answer.status) in statuses[code], (route.path, code)
                assert ("field" in body) is (answer.status == 400)
                if answer.status == 400:
                    _is_a_field(route, body["field"])


def _is_a_field(route: Any, field: str) -> None:
    inputs = {one.name for one in route.inputs}
    fields = route.body.schema.get("properties", {}) if route.body and route.body.schema else {}
    assert field in inputs | {"body"} or field.removeprefix("/") in fields, (route.path, field)


def test_a_problem_of_the_gateway_is_its_template() -> None:
    templates = {one.status: json.loads(one.body()) for one in REFUSALS if one.status}
    for status in BY_THE_GATEWAY:
        route = next(r for r in ROUTES if any(a.status == status for a in r.answers))
        (one,) = problem_examples(route, status).values()
        assert one["value"] == {**templates[status], "request_id": REQUEST_ID}


def test_the_documents_show_them_all() -> None:
    for host in HOSTS:
        for path, item in document(host, "https://x.example")["paths"].items():
            for operation in item.values():
                for status, answer in operation["responses"].items():
                    for content in answer.get("content", {}).values():
                        assert ("schema" in content) is ("examples" in content), (path, status)


def test_every_success_answer_to_a_program_has_its_schema_and_examples() -> None:
    """Our own page's script, which comes with the gateway, is no program of others; the answers of
    ``db`` are DICOM's own documents, and the two texts of its base.
    """
    bare = [
        (route.path, answer.status, kind)
        for route in ROUTES
        if route.host != "db" and route.authorizer != "authorize_reader"
        for answer in route.answers
        for kind, content in document(route.host, "https://x.example")["paths"][route.path][
            route.method.lower()
        ]["responses"][str(answer.status)]
        .get("content", {})
        .items()
        if answer.status < 300
        and kind in {JSON, HL7}
        and not {"schema", "examples"} <= set(content)
    ]
    assert bare == []


def judged(host: Host) -> Iterator[tuple[str, Any, Any]]:
    """Each example of the document with its place and its schema, of requests and answers alike."""
    made = document(host, "https://x.example")
    for path, item in {**made["paths"], **made.get("webhooks", {})}.items():
        for method, operation in item.items():
            bodies = [*operation["responses"].values(), operation.get("requestBody", {})]
            for body in bodies:
                for kind, content in body.get("content", {}).items():
                    for name, one in content.get("examples", {}).items():
                        place = f"{method} {path} {kind} {name}"
                        yield place, content.get("schema", TEXT), one["value"]


@pytest.mark.parametrize("host", HOSTS)
def test_every_example_of_a_document_is_of_the_schema_beside_it(host: Host) -> None:
    components = closed(document(host, "https://x.example")["components"])
    seen = 0
    for place, schema, told in judged(host):
        root = {"allOf": [schema], "components": components}
        faults = [one.message for one in OAS31Validator(root).iter_errors(told)]
        assert not faults, (place, faults)
        seen += 1
    assert seen > 20


def test_a_request_that_is_shown_is_taken() -> None:
    for one in examples("Call").values():
        assert read_pairs(tuple(one["value"].items())).context is not None
    body = value("CallBody", "whole").encode()
    assert read_call(["application/x-www-form-urlencoded"], (), body).context is not None


def test_every_patient_is_invented() -> None:
    """The names and numbers of the simulated RIS, and of no other source."""
    text = "".join(path.read_text("utf-8") for path in FOLDER.glob("*.json"))
    invented = {case.ins for case in CASES.values()} | {"279035121518989"}
    assert set(re.findall(r"\b[12][0-9]{14}\b", text)) <= invented
    names = set(re.findall(r'"birth_family": "([^"]+)"', text))
    assert names
    assert names <= {case.traits.family for case in CASES.values()}
