"""References are followed within a stack and across stacks."""

from __future__ import annotations

from infra.rules.assembly import Assembly, StackTemplate, many

EXPORTING = StackTemplate(
    "A",
    "eu-west-3",
    {
        "Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}},
        "Outputs": {
            "Plain": {"Value": "text"},
            "Out": {"Value": {"Fn::GetAtt": ["Bucket", "Arn"]}, "Export": {"Name": "A:Bucket"}},
        },
    },
)
IMPORTING = StackTemplate(
    "B", "eu-west-3", {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {}}}}
)
BOTH = Assembly((EXPORTING, IMPORTING))


def test_targets() -> None:
    for stack, value, found in (
        ("A", {"Ref": "Bucket"}, "A.Bucket"),
        ("A", {"Fn::GetAtt": ["Bucket", "Arn"]}, "A.Bucket"),
        ("B", {"Fn::ImportValue": "A:Bucket"}, "A.Bucket"),
        ("B", {"Fn::ImportValue": "A:Nothing"}, None),
        ("B", {"Ref": "Bucket"}, None),
        ("B", {"Ref": "AWS::Region"}, None),
        ("B", {"Fn::Select": [0, []]}, None),
        ("B", "Topic", None),
        ("B", None, None),
    ):
        target = BOTH.target(stack, value)
        assert (target and f"{target.stack}.{target.logical_id}") == found


def test_texts() -> None:
    joined = {"Fn::Join": ["-", ["a", {"Fn::ImportValue": "A:Bucket"}, {"Ref": "AWS::Region"}]]}
    assert BOTH.text("B", joined) == "a-${A.Bucket}-${AWS::Region}"
    assert BOTH.text("B", 5) == "5"


def test_resources_by_type() -> None:
    assert [r.logical_id for r in BOTH.resources()] == ["Bucket", "Topic"]
    assert [r.logical_id for r in BOTH.resources("AWS::SNS::Topic")] == ["Topic"]
    assert [r.properties for r in BOTH.resources()] == [{}, {}]


def test_one_stands_for_a_list() -> None:
    assert many(None) == []
    assert many("x") == ["x"]
    assert many(["x", "y"]) == ["x", "y"]
