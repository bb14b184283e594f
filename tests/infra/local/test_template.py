"""Templates resolved as CloudFormation would, and every unknown part refused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.assembly import Assembly, AssemblyError, Stack, load_assembly
from infra.local.catalogue import ALWAYS, CATALOGUE
from infra.local.install import Install, InstallError, open_install
from infra.local.ref_getatt import RETURN_VALUES
from infra.local.template import Deployment, TemplateError, function_name, resolve
from tests.infra.local.mini import service, stateful
from tests.infra.local.support import ACCOUNT, REGION, write_assembly

SEED = Install(Path("nowhere"), bytes(range(32)))
ENDPOINT = "http://127.0.0.1:4566"


def _resolve(*templates: dict[str, Any], install: Install = SEED) -> Deployment:
    stacks = tuple(
        Stack(f"Stack{number}", ACCOUNT, REGION, template)
        for number, template in enumerate(templates)
    )
    return resolve(Assembly(Path("nowhere"), stacks), install, ENDPOINT)


def _value(node: Any, **template: Any) -> str:
    """The resolved output with this value."""
    resources = {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}}}
    outputs = {"Out": {"Value": node}}
    return _resolve({"Resources": resources, "Outputs": outputs, **template}).outputs["Out"]


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ("text", "text"),
        ({"Ref": "Queue"}, f"{ENDPOINT}/{ACCOUNT}/q"),
        ({"Ref": "AWS::Region"}, REGION),
        ({"Fn::GetAtt": ["Queue", "Arn"]}, f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"),
        ({"Fn::GetAtt": "Queue.QueueName"}, "q"),
        ({"Fn::Join": ["-", ["a", {"Ref": "AWS::AccountId"}]]}, f"a-{ACCOUNT}"),
        ({"Fn::Sub": "${AWS::Partition}/${Queue.QueueName}/${!Kept}"}, "aws/q/${Kept}"),
        (
            {"Fn::Sub": ["${a}-${Queue}", {"a": {"Ref": "AWS::Region"}}]},
            f"{REGION}-{ENDPOINT}/{ACCOUNT}/q",
        ),
        ({"Fn::Select": [1, {"Fn::Split": [":", "a:b:c"]}]}, "b"),
        ({"Fn::If": ["Yes", "a", "b"]}, "a"),
        ({"Fn::If": ["No", "a", {"Fn::If": ["Both", "c", "d"]}]}, "d"),
        ({"Fn::FindInMap": ["Map", {"Ref": "AWS::Region"}, "key"]}, "found"),
        ({"Fn::Base64": "a"}, "YQ=="),
        ({"Fn::ToJsonString": {"a": {"Ref": "AWS::Region"}}}, json.dumps({"a": REGION})),
        ({"Ref": "Given"}, "default"),
        ({"Ref": "Bootstrap"}, "31"),
    ],
)
def test_functions(node: Any, expected: str) -> None:
    conditions = {
        "Yes": {"Fn::Equals": [{"Ref": "AWS::Region"}, REGION]},
        "No": {"Fn::Not": [{"Condition": "Yes"}]},
        "Both": {"Fn::And": [{"Condition": "Yes"}, {"Fn::Or": [{"Condition": "No"}]}]},
    }
    parameters = {
        "Given": {"Type": "String", "Default": "default"},
        "Bootstrap": {
            "Type": "AWS::SSM::Parameter::Value<String>",
            "Default": "/cdk-bootstrap/hnb659fds/version",
        },
    }
    mappings = {"Map": {REGION: {"key": "found"}}}
    value = _value(node, Conditions=conditions, Parameters=parameters, Mappings=mappings)
    assert value == expected


@pytest.mark.parametrize(
    ("node", "message"),
    [
        ({"Ref": "Absent"}, "nothing is called Absent"),
        ({"Fn::GetAtt": ["Queue", "Absent"]}, "attribute Absent of AWS::SQS::Queue is not known"),
        ({"Fn::ImportValue": "absent"}, "no stack exports absent"),
        ({"Fn::Transform": {}}, "function Fn::Transform is not known"),
        ({"Fn::Select": [9, ["a"]]}, "Fn::Select is malformed"),
        ("{{resolve:ssm:x}}", "dynamic references"),
        ({"Ref": "Needed"}, "parameter Needed has no default"),
        ({"Ref": "Stored"}, "no stack creates the parameter /absent"),
    ],
)
def test_refused_functions(node: Any, message: str) -> None:
    parameters = {
        "Needed": {"Type": "String"},
        "Stored": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/absent"},
    }
    with pytest.raises(TemplateError, match=message):
        _value(node, Parameters=parameters)


def test_no_value_removes_the_member() -> None:
    resources = {
        "Queue": {
            "Type": "AWS::SQS::Queue",
            "Properties": {"QueueName": {"Ref": "AWS::NoValue"}, "DelaySeconds": 1},
        }
    }
    (queue,) = _resolve({"Resources": resources}).resources
    assert queue.properties == {"DelaySeconds": 1}
    assert queue.attributes["QueueName"].startswith("Stack0-Queue-")


def test_resource_of_a_false_condition_is_absent() -> None:
    template = {
        "Conditions": {"No": {"Fn::Equals": ["a", "b"]}},
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Condition": "No"}},
        "Outputs": {"Out": {"Condition": "No", "Value": "x"}},
    }
    deployment = _resolve(template)
    assert (deployment.resources, deployment.outputs) == ((), {})


def test_circle_is_refused() -> None:
    circle = {
        "A": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "B"}}},
        "B": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "A"}}},
    }
    with pytest.raises(TemplateError, match="refers to itself"):
        _resolve({"Resources": circle})


def test_every_unknown_part_is_named_at_once() -> None:
    resources = {
        "Odd": {"Type": "AWS::Odd::Thing"},
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"FifoQueue": True}},
        "Custom": {"Type": "Custom::AutoDelete"},
    }
    with pytest.raises(TemplateError) as error:
        _resolve({"Resources": resources})
    assert str(error.value).splitlines() == [
        "Stack0/Odd: resource type AWS::Odd::Thing is not known here",
        "Stack0/Queue: property FifoQueue of AWS::SQS::Queue is not known here",
        "Stack0/Custom: resource type Custom::AutoDelete is not known here",
    ]


def test_a_setting_without_effect_is_listed_once() -> None:
    resources = {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"Anything": {"Fn::Odd": 1}}},
        "Other": {"Type": "AWS::IAM::Role"},
        "Acl": {"Type": "AWS::WAFv2::WebACL"},
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"KmsMasterKeyId": "k"}},
    }
    notes = _resolve({"Resources": resources}).not_enforced
    assert sum(note.startswith("IAM") for note in notes) == 1
    assert sum(note.startswith("WAF") for note in notes) == 1
    assert sum(note.startswith("KMS") for note in notes) == 1
    assert set(ALWAYS) <= set(notes)
    assert len(notes) == 3 + len(ALWAYS)


def test_every_type_with_an_identity_is_in_the_catalogue() -> None:
    assert RETURN_VALUES.keys() <= CATALOGUE.keys()


def test_names_follow_from_the_seed_and_from_nothing_else() -> None:
    one = _resolve(stateful(), service(1, 2))
    again = _resolve(stateful(), service(1, 2))
    assert one == again
    more = stateful()
    more["Resources"]["Another"] = {"Type": "AWS::SQS::Queue"}
    names = {resource.place: resource.reference for resource in _resolve(more).resources}
    assert (
        names.items()
        >= {
            resource.place: resource.reference
            for resource in one.resources
            if resource.stack == "Stack0"
        }.items()
    )
    other = _resolve(stateful(), install=Install(Path("nowhere"), bytes(32)))
    bucket = next(one.of_type("AWS::S3::Bucket")).reference
    assert bucket != next(other.of_type("AWS::S3::Bucket")).reference


def test_several_accounts_are_refused() -> None:
    stacks = (Stack("A", "1", REGION, {}), Stack("B", "2", REGION, {}))
    with pytest.raises(TemplateError, match="several accounts"):
        resolve(Assembly(Path("nowhere"), stacks), SEED, ENDPOINT)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "Ref",
                    "Fn::GetAtt",
                    "Fn::Join",
                    "Fn::Sub",
                    "Fn::If",
                    "Fn::Select",
                    "Fn::Split",
                    "x",
                ]
            ),
            inner,
            max_size=2,
        )
    ),
    max_leaves=10,
)


@given(_JSON)
def test_any_value_resolves_or_is_refused(node: Any) -> None:
    try:
        value = _value({"Fn::ToJsonString": [node]})
    except TemplateError:
        return
    assert isinstance(json.loads(value), list)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("plain-name", "plain-name"),
        ("plain:live", "plain"),
        ("arn:aws:lambda:eu-west-3:123456789012:function:f", "f"),
        ("arn:aws:lambda:eu-west-3:123456789012:function:f:live", "f"),
        ("a:path/2015-03-31/functions/arn:aws:lambda:r:123456789012:function:f/invocations", "f"),
    ],
)
def test_function_name(text: str, name: str) -> None:
    assert function_name(text) == name


@given(st.text())
def test_any_text_names_a_function_or_is_refused(text: str) -> None:
    try:
        name = function_name(text)
    except TemplateError:
        return
    assert re.fullmatch(r"[A-Za-z0-9_-]+", name)


def test_assembly_in_order_of_dependencies(tmp_path: Path) -> None:
    assembly = load_assembly(
        write_assembly(
            tmp_path,
            {"A": {"Resources": {}}, "B": {"Resources": {}}, "C": {"Resources": {}}},
            {"A": ["B"], "B": ["C"]},
            {"abc": {"file": ""}},
        )
    )
    assert [stack.name for stack in assembly.stacks] == ["C", "B", "A"]
    assert assembly.stacks[0].account == ACCOUNT
    assert assembly.asset("abc.zip").name == "asset.abc"
    with pytest.raises(AssemblyError, match=r"absent\.zip"):
        assembly.asset("absent.zip")


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        (None, "cannot be read"),
        ("[]", "not a JSON object"),
        ("{", "cannot be read"),
        ("{}", "holds no stack"),
        ('{"artifacts": {"A": {"type": "aws:cloudformation:stack"}}}', "has no template"),
        (
            '{"artifacts": {"A": {"dependencies": ["B"]}, "B": {"dependencies": ["A"]}}}',
            "in a circle",
        ),
    ],
)
def test_folder_that_is_no_assembly(tmp_path: Path, manifest: str | None, message: str) -> None:
    if manifest is not None:
        (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(AssemblyError, match=message):
        load_assembly(tmp_path)


def test_environment_without_account_gets_a_stand_in(tmp_path: Path) -> None:
    write_assembly(tmp_path, {"A": {"Resources": {}}})
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    manifest["artifacts"]["A"]["environment"] = "aws://unknown-account/unknown-region"
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    (stack,) = load_assembly(tmp_path).stacks
    assert (stack.account, stack.region) == ("000000000000", "eu-west-3")


def test_install_keeps_its_seed_to_itself(tmp_path: Path) -> None:
    one = open_install(tmp_path / "data")
    assert open_install(tmp_path / "data").seed == one.seed
    assert open_install(tmp_path / "other").seed != one.seed
    assert one.access_key_id != one.secret_access_key
    assert repr(one.seed) not in repr(one)
    for path in (tmp_path / "data" / "seed", one.credentials_file):
        assert path.stat().st_mode & 0o777 == 0o600
    (tmp_path / "data" / "seed").chmod(0o644)
    with pytest.raises(InstallError, match="chmod 600"):
        open_install(tmp_path / "data")
    (tmp_path / "data" / "seed").chmod(0o600)
    (tmp_path / "data" / "seed").write_bytes(b"short")
    with pytest.raises(InstallError, match="damaged"):
        open_install(tmp_path / "data")
