"""The network of the functions that open a PACS: where some site is reached from the cloud."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_ssm as ssm

from functions.drimbox.tenants.model import Tenant
from infra.shared.deployment import Deployment
from infra.shared.function import retention
from infra.shared.names import NETWORK_ZONES, OPERATIONS_KEY
from infra.shared.network import SECURITY_GROUP, SUBNETS, VPN_GATEWAY
from infra.shared.retained import retained
from infra.shared.sites import ways_out

_INSIDE: Final = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)


class NetworkStack(Stack):
    """Private subnets in two zones, each behind an address of its own, which hospitals let in:
    those stay ours, whatever becomes of the stack. Nothing comes in, and out go the ports that the
    tenants' files declare."""

    def __init__(
        self,
        scope: Any,
        construct_id: str,
        *,
        deployment: Deployment,
        tenants: Sequence[Tenant],
        **props: Any,
    ) -> None:
        super().__init__(scope, construct_id, termination_protection=True, **props)
        addresses = [self._address(one.upper()) for one in NETWORK_ZONES]
        for zone, address in zip(NETWORK_ZONES, addresses, strict=True):
            CfnOutput(
                self,
                f"OutgoingAddress{zone.upper()}",
                value=address.attr_public_ip,
                description="Sites with the link `public` let this address in",
            )
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr(deployment.pacs_network),
            availability_zones=[f"{deployment.region}{zone}" for zone in NETWORK_ZONES],
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="Nat",
                    subnet_type=ec2.SubnetType.PUBLIC,
                    cidr_mask=28,
                    map_public_ip_on_launch=False,
                ),
                ec2.SubnetConfiguration(
                    name="Pacs", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS, cidr_mask=26
                ),
            ],
            nat_gateway_provider=ec2.NatProvider.gateway(
                eip_allocation_ids=[one.attr_allocation_id for one in addresses]
            ),
            vpn_gateway=True,
            vpn_route_propagation=[_INSIDE],
        )
        for name, service in (
            ("S3", ec2.GatewayVpcEndpointAwsService.S3),
            ("Dynamodb", ec2.GatewayVpcEndpointAwsService.DYNAMODB),
        ):
            endpoint = self.vpc.add_gateway_endpoint(name, service=service, subnets=[_INSIDE])
            endpoint.add_to_policy(_own_resources(self.account, name.lower()))
        self._log(deployment)
        group = ec2.SecurityGroup(
            self,
            "Outgoing",
            vpc=self.vpc,
            allow_all_outbound=False,
            description="Functions that open a PACS: nothing in, declared ports out",
        )
        for where, port in ways_out(tenants):
            group.add_egress_rule(ec2.Peer.ipv4(where), ec2.Port.tcp(port), "To a PACS, or to AWS")
        ssm.StringListParameter(
            self,
            "Subnets",
            parameter_name=SUBNETS,
            string_list_value=self.vpc.select_subnets(
                subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS
            ).subnet_ids,
            description="The private subnets, for the functions of other stacks",
        )
        for construct, name, text in (
            ("GroupId", SECURITY_GROUP, group.security_group_id),
            ("GatewayId", VPN_GATEWAY, str(self.vpc.vpn_gateway_id)),
        ):
            ssm.StringParameter(
                self,
                construct,
                parameter_name=name,
                string_value=text,
                description="Its id, for the other stacks",
            )

    def _address(self, zone: str) -> ec2.CfnEIP:
        return retained(ec2.CfnEIP(self, f"Address{zone}", domain="vpc"))

    def _log(self, deployment: Deployment) -> None:
        """Log each flow: addresses, ports and amounts."""
        key = ssm.StringParameter.value_for_string_parameter(self, OPERATIONS_KEY)
        kept = retained(
            logs.LogGroup(
                self,
                "Log",
                log_group_name="/drimbox/network",
                retention=retention(deployment.log_retention_days),
                encryption_key=kms.Key.from_key_arn(self, "Operations", key),
            )
        )
        role = iam.Role(
            self,
            "LogRole",
            assumed_by=iam.ServicePrincipal(
                "vpc-flow-logs.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            ),
        )
        kept.grant(role, "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
        ec2.CfnFlowLog(
            self,
            "Flows",
            resource_id=self.vpc.vpc_id,
            resource_type="VPC",
            traffic_type="ALL",
            log_destination=kept.log_group_arn,
            deliver_logs_permission_arn=role.role_arn,
        )


def _own_resources(account: str, service: str) -> iam.PolicyStatement:
    """The way to a service leads to the resources of this account alone."""
    return iam.PolicyStatement(
        principals=[iam.AnyPrincipal()],
        actions=[f"{service}:*"],
        resources=["*"],
        conditions={"StringEquals": {"aws:ResourceAccount": account}},
    )
