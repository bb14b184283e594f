"""The network in which functions open a PACS: its functions, its ways and its addresses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from functions.drimbox.peers.reachable import is_private_literal
from infra.rules.assembly import Assembly, Finding, Resource, at, many
from infra.rules.stores import KEPT

# The variable of a function that opens a PACS; those of functions that hold a key that signs.
_OPENS: Final = "PACS_ACCESS_SECRETS"
_SIGNS: Final = ("STRUCTURE_SECRETS", "AGENT_AUTHORITY_KEY_ARN")
_INTERFACES: Final = "ec2:"
_ANYWHERE: Final = "0.0.0.0/0"
_HTTPS: Final = 443
# Types of resources by which somebody could come into a network.
_WAYS_IN: Final = ("AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress")


def places(assembly: Assembly) -> Iterator[Finding]:
    """A29: no function outside the network opens a PACS, where some site needs a network; none
    inside holds a signing key, or does anything else there; no code there makes interfaces.
    """
    network = next(assembly.resources("AWS::EC2::VPC"), None)
    needed = [one for one in assembly.resources("Custom::TenantFile") if _needs(one)]
    if network is None:
        for one in needed:
            yield at(one, "a site that is reached from the cloud, and no network")
    for function in assembly.resources("AWS::Lambda::Function"):
        variables = function.properties.get("Environment", {}).get("Variables", {})
        opens, inside = _OPENS in variables, "VpcConfig" in function.properties
        if opens and any(name in variables for name in _SIGNS):
            yield at(function, "opens a PACS and holds a signing key")
        if opens and network is not None and not inside:
            yield at(function, "opens a PACS outside the network")
        if inside and not opens:
            yield at(function, "stands in the network and opens no PACS")
        if inside and not _is_in_private_subnets(assembly, function):
            yield at(function, "stands elsewhere than in the private subnets")
        if inside and not _leaves_interfaces_alone(assembly, function):
            yield at(function, "its code may make network interfaces")


def ways(assembly: Assembly) -> Iterator[Finding]:
    """A29: nothing comes into the network, and out go single ports that tenants' files declare."""
    declared = {(_ANYWHERE, _HTTPS)} | {
        one for file in assembly.resources("Custom::TenantFile") for one in _declared(file)
    }
    for group in assembly.resources("AWS::EC2::SecurityGroup"):
        if group.properties.get("SecurityGroupIngress"):
            yield at(group, "lets somebody in")
        if not _out(group) <= declared:
            yield at(group, "lets out more than the tenants' files declare")
    for another in assembly.resources(*_WAYS_IN):
        yield at(another, "a rule beside its group's own")


def addresses(assembly: Assembly) -> Iterator[Finding]:
    """A29: the network speaks by addresses that are kept and told; each flow is logged."""
    for gateway in assembly.resources("AWS::EC2::NatGateway"):
        address = assembly.pointed_by(gateway, "AllocationId")
        if address is None or address.type != "AWS::EC2::EIP":
            yield at(gateway, "has an address of nobody's")
    for address in assembly.resources("AWS::EC2::EIP"):
        if {name: address.definition.get(name) for name in KEPT} != KEPT:
            yield at(address, "an address that goes with its stack")
        if not _is_told(assembly, address):
            yield at(address, "an address that no output tells")
    logged = {
        assembly.pointed_by(one, "ResourceId") for one in assembly.resources("AWS::EC2::FlowLog")
    }
    for network in assembly.resources("AWS::EC2::VPC"):
        if network not in logged:
            yield at(network, "flows that nobody logs")


def _file(resource: Resource) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(resource.properties["File"])
    return facts


def _needs(resource: Resource) -> bool:
    """Whether the site is reached from the cloud: through a private network, or at an address of
    the Internet. A PACS at a private address is one of a run on this machine."""
    facts = _file(resource)
    host = urlsplit(facts.get("pacs_url", "")).hostname or ""
    return facts["link"] == "vpn" or (facts["link"] == "public" and not is_private_literal(host))


def _declared(resource: Resource) -> Iterator[tuple[str, int]]:
    facts = _file(resource)
    for name in ("pacs_url", "pacs_store_url"):
        if name in facts:
            port = urlsplit(facts[name]).port or _HTTPS
            yield facts.get("pacs_range", _ANYWHERE), port


def _out(group: Resource) -> set[tuple[str, int]]:
    """The destinations and ports; one of port 0 for a rule of several ports, or without any."""
    return {
        (
            str(one.get("CidrIp")),
            one["FromPort"]
            if one.get("IpProtocol") == "tcp" and one.get("FromPort") == one.get("ToPort")
            else 0,
        )
        for one in group.properties.get("SecurityGroupEgress", [{}])
    }


def _is_told(assembly: Assembly, address: Resource) -> bool:
    stack = next(one for one in assembly.stacks if one.name == address.stack)
    outputs = stack.template.get("Outputs", {}).values()
    return any(assembly.target(address.stack, one["Value"]) == address for one in outputs)


def _is_in_private_subnets(assembly: Assembly, function: Resource) -> bool:
    """Whether its subnets are those of a parameter of ours, each of which goes out by a NAT."""
    stack = next(one for one in assembly.stacks if one.name == function.stack)
    named = function.properties["VpcConfig"].get("SubnetIds")
    reference = named.get("Ref") if isinstance(named, dict) else None
    name = stack.template.get("Parameters", {}).get(reference, {}).get("Default")
    for parameter in assembly.resources("AWS::SSM::Parameter"):
        if name is not None and parameter.properties.get("Name") == name:
            _, parts = parameter.properties["Value"]["Fn::Join"]
            found = [assembly.target(parameter.stack, one) for one in parts]
            return bool(found) and all(_is_private(assembly, one) for one in found)
    return False


def _is_private(assembly: Assembly, subnet: Resource | None) -> bool:
    tables = [
        assembly.pointed_by(one, "RouteTableId")
        for one in assembly.resources("AWS::EC2::SubnetRouteTableAssociation")
        if assembly.pointed_by(one, "SubnetId") == subnet
    ]
    routes = [
        one
        for one in assembly.resources("AWS::EC2::Route")
        if assembly.pointed_by(one, "RouteTableId") in tables
    ]
    return subnet is not None and bool(routes) and all(_by_nat(one) for one in routes)


def _by_nat(route: Resource) -> bool:
    return "NatGatewayId" in route.properties


def _leaves_interfaces_alone(assembly: Assembly, function: Resource) -> bool:
    """Whether the code is denied each right on interfaces that Lambda has by the same role."""
    role = assembly.target(function.stack, function.properties.get("Role"))
    own = assembly.text(function.stack, {"Ref": function.logical_id})
    allowed, denied = set[str](), set[str]()
    for policy in assembly.resources("AWS::IAM::Policy"):
        if role not in [assembly.target(policy.stack, one) for one in policy.properties["Roles"]]:
            continue
        for one in policy.properties["PolicyDocument"]["Statement"]:
            actions = {name for name in many(one["Action"]) if name.startswith(_INTERFACES)}
            source = one.get("Condition", {}).get("ArnEquals", {}).get("lambda:SourceFunctionArn")
            if one["Effect"] == "Allow":
                allowed |= actions
            elif assembly.text(policy.stack, source) == own and many(one["Resource"]) == ["*"]:
                denied |= actions
    return allowed <= denied
