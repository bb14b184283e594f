"""References are followed within a stack, and across stacks by fixed names."""

from __future__ import annotations

import pytest

from infra.rules.assembly import NAMES, Assembly, StackTemplate, many

PARTITION = {"Ref": "AWS::Partition"}
NAMING = StackTemplate(
    "A",
    "eu-west-3",
    {
        "Resources": {
            "Bucket": {"Type": "AWS::S3::Bucket"},
            **{
                kind.rpartition(":")[2]: {"Type": kind, "Properties": {name: f"the-{index}"}}
                for index, (kind, name) in enumerate(NAMES.items())
                if kind != "AWS::S3::Bucket"
            },
            "Named": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "the-bucket"}},
        },
    },
)
USING = StackTemplate(
    "B", "eu-west-3", {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {}}}}
)
BOTH = Assembly((NAMING, USING))


def test_targets() -> None:
    for stack, value, found in (
        ("A", {"Ref": "Bucket"}, "A.Bucket"),
        ("A", {"Fn::GetAtt": ["Bucket", "Arn"]}, "A.Bucket"),
        ("B", "the-bucket", "A.Named"),
        ("B", {"Fn::Join": ["", ["the-", "bucket"]]}, "A.Named"),
        ("B", "arn:aws:s3:::the-bucket", "A.Named"),
        ("B", "arn:aws:s3:::the-bucket/*", None),
        ("B", "arn:aws:s3:::another", None),
        ("B", {"Ref": "Bucket"}, None),
        ("B", {"Ref": "AWS::Region"}, None),
        ("B", {"Fn::Select": [0, []]}, None),
        ("B", "Topic", None),
        ("B", None, None),
    ):
        target = BOTH.target(stack, value)
        assert (target and f"{target.stack}.{target.logical_id}") == found


def test_texts() -> None:
    joined = {"Fn::Join": ["-", ["a", {"Ref": "Bucket"}, {"Ref": "AWS::Region"}]]}
    assert BOTH.text("A", joined) == "a-${A.Bucket}-${AWS::Region}"
    assert BOTH.text("B", 5) == "5"


@pytest.mark.parametrize(
    ("kind", "arn"),
    [
        ("GlobalTable", "dynamodb:eu-west-3:1:table/"),
        ("Function", "lambda:eu-west-3:1:function:"),
        ("Topic", "sns:eu-west-3:1:"),
        ("Queue", "sqs:eu-west-3:1:"),
        ("StateMachine", "states:eu-west-3:1:stateMachine:"),
    ],
)
def test_an_arn_that_is_made_of_a_name_is_its_resource(kind: str, arn: str) -> None:
    [resource] = [one for one in BOTH.resources() if one.stack == "A" and one.logical_id == kind]
    name = resource.properties[NAMES[resource.type]]
    value = {"Fn::Join": ["", ["arn:", PARTITION, f":{arn}{name}/index"]]}
    assert BOTH.text("B", value) == f"${{A.{kind}}}/index"


def test_a_queue_s_url_is_its_queue() -> None:
    [queue] = BOTH.resources("AWS::SQS::Queue")
    url = ["https://sqs.eu-west-3.", {"Ref": "AWS::URLSuffix"}, "/1/"]
    value = {"Fn::Join": ["", [*url, queue.properties["QueueName"]]]}
    assert BOTH.target("B", value) == queue


def test_resources_by_type() -> None:
    assert [r.logical_id for r in Assembly((USING,)).resources()] == ["Topic"]
    assert [r.stack for r in BOTH.resources("AWS::SNS::Topic")] == ["A", "B"]
    assert [r.properties for r in Assembly((USING,)).resources()] == [{}]


def test_one_stands_for_a_list() -> None:
    assert many(None) == []
    assert many("x") == ["x"]
    assert many(["x", "y"]) == ["x", "y"]
