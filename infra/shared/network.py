"""The network of the functions that open a PACS: as they, and the tenants' stacks, see it.

Its stack (:mod:`infra.stacks.network`) writes what AWS chooses to parameters: no stack exports.
"""

from __future__ import annotations

from typing import Final

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_ssm as ssm

from infra.shared.names import named

SUBNETS: Final = "/drimbox/platform/network/subnets"
SECURITY_GROUP: Final = "/drimbox/platform/network/security-group"
VPN_GATEWAY: Final = "/drimbox/platform/network/vpn-gateway"
# Lambda makes and deletes the network interfaces with the function's own rights, and asks for them
# on all resources. The function's code may use none.
_INTERFACES: Final = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)


def place(function: lambda_.Function, name: str, role: iam.Role) -> None:
    """Put the function ``name`` into the private subnets."""
    stack = Stack.of(function)
    # Made of the name: the role's policy comes before the function.
    function_arn = stack.format_arn(
        service="lambda",
        resource="function",
        resource_name=named(name),
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
    role.add_to_policy(iam.PolicyStatement(actions=[*_INTERFACES], resources=["*"]))
    role.add_to_policy(
        iam.PolicyStatement(
            effect=iam.Effect.DENY,
            actions=[*_INTERFACES],
            resources=["*"],
            conditions={"ArnEquals": {"lambda:SourceFunctionArn": function_arn}},
        )
    )
    own = function.node.default_child
    assert isinstance(own, lambda_.CfnFunction)  # noqa: S101  # the CDK's own
    own.vpc_config = lambda_.CfnFunction.VpcConfigProperty(
        subnet_ids=ssm.StringListParameter.value_for_typed_list_parameter(stack, SUBNETS),
        security_group_ids=[ssm.StringParameter.value_for_string_parameter(stack, SECURITY_GROUP)],
    )
