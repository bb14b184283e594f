"""The network of the functions that open a PACS: its templates, its sites, and their files."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from functions.drimbox.errors import ConfigurationError
from infra.rules.assembly import Assembly, Resource
from infra.rules.catalogue import judge
from infra.shared.deployment import ROOT, Deployment, context_of_project
from infra.shared.sites import require_network, ways_out
from infra.shared.tenants import load
from tests.infra.conftest import LINKS, NETWORK
from tests.infra.functions import functions

CFN_LINT: Final = str(Path(sys.executable).parent / "cfn-lint")
OPENS: Final = {
    *("check_health", "fill_cache", "find_study", "index_study"),
    *("search_pacs", "store_exam", "wake_waits"),
}


def of(assembly: Assembly, kind: str) -> list[Resource]:
    return list(assembly.resources(kind))


def test_no_rule_is_broken(linked: Assembly) -> None:
    assert list(judge(linked)) == []


def test_nobody_needs_a_network_who_has_no_such_site(assembly: Assembly) -> None:
    assert {one.type for one in assembly.resources() if one.type.startswith("AWS::EC2::")} == set()
    inside = [name for name, one in functions(assembly).items() if "VpcConfig" in one.properties]
    assert inside == []


def test_the_functions_that_open_a_pacs_stand_in_it_and_no_other(linked: Assembly) -> None:
    inside = {name for name, one in functions(linked).items() if "VpcConfig" in one.properties}
    assert inside == OPENS


def test_two_zones_have_an_address_each_which_stays_and_is_told(linked: Assembly) -> None:
    addresses = of(linked, "AWS::EC2::EIP")
    assert [one.definition["DeletionPolicy"] for one in addresses] == ["RetainExceptOnCreate"] * 2
    gateways = of(linked, "AWS::EC2::NatGateway")
    assert {linked.pointed_by(one, "AllocationId") for one in gateways} == {*addresses}
    zones = {one.properties["AvailabilityZone"] for one in of(linked, "AWS::EC2::Subnet")}
    assert zones == {"eu-west-3a", "eu-west-3b"}
    [stack] = [one for one in linked.stacks if one.name == "DrimboxNetwork"]
    told = [one["Value"] for one in stack.template["Outputs"].values()]
    assert [linked.target(stack.name, one) for one in told] == addresses
    assert not any(one.properties["MapPublicIpOnLaunch"] for one in of(linked, "AWS::EC2::Subnet"))


def test_the_declared_ports_go_out_and_nothing_comes_in(linked: Assembly) -> None:
    [group] = of(linked, "AWS::EC2::SecurityGroup")
    out = [(one["CidrIp"], one["FromPort"]) for one in group.properties["SecurityGroupEgress"]]
    assert out == [
        ("0.0.0.0/0", 443),
        ("0.0.0.0/0", 8443),
        ("100.64.3.0/28", 443),
        ("100.64.3.0/28", 9443),
    ]
    assert "SecurityGroupIngress" not in group.properties


def test_the_ways_to_stores_lead_to_this_account_alone(linked: Assembly) -> None:
    endpoints = of(linked, "AWS::EC2::VPCEndpoint")
    assert len(endpoints) == 2
    for one in endpoints:
        [statement] = one.properties["PolicyDocument"]["Statement"]
        assert statement["Condition"] == {"StringEquals": {"aws:ResourceAccount": "123456789012"}}


def test_a_site_s_tunnels_carry_its_range_and_ours_alone(linked: Assembly) -> None:
    [connection] = of(linked, "AWS::EC2::VPNConnection")
    assert connection.stack == "DrimboxTenant-vpn-one"
    properties = connection.properties
    assert properties["LocalIpv4NetworkCidr"] == "100.64.3.0/28"
    assert properties["RemoteIpv4NetworkCidr"] == NETWORK
    assert properties["StaticRoutesOnly"] is True
    assert len(properties["VpnTunnelOptionsSpecifications"]) == 2
    for tunnel in properties["VpnTunnelOptionsSpecifications"]:
        assert tunnel["IKEVersions"] == [{"Value": "ikev2"}]
        assert "PreSharedKey" not in tunnel
    [site] = of(linked, "AWS::EC2::CustomerGateway")
    assert site.properties["IpAddress"] == "93.184.215.14"
    [route] = of(linked, "AWS::EC2::VPNConnectionRoute")
    assert route.properties["DestinationCidrBlock"] == "100.64.3.0/28"


def test_the_staff_hears_of_a_site_whose_tunnels_are_down(linked: Assembly) -> None:
    alarms = [one for one in of(linked, "AWS::CloudWatch::Alarm") if "vpn-one" in one.stack]
    told = {
        (one.properties["Threshold"], one.properties["EvaluationPeriods"]): one.properties
        for one in alarms
    }
    assert set(told) == {(0.5, 2), (1, 36)}
    for properties in told.values():
        assert properties["MetricName"] == "TunnelState"
        assert properties["ComparisonOperator"] == "LessThanThreshold"
        assert properties["AlarmActions"] == properties["OKActions"]
    # A tunnel that tells nothing carries nothing.
    assert told[0.5, 2]["TreatMissingData"] == "breaching"


def test_cfn_lint(other_assembly_folder: Path) -> None:
    # W3005 as elsewhere. W3010: a zone that is named stays, where the first of a list may become
    # another one, and with it the subnets and their addresses.
    names = ("DrimboxNetwork", "DrimboxTenant-vpn-one", "DrimboxDb")
    done = subprocess.run(
        [CFN_LINT, "--ignore-checks", "W3005", "W3010", "--"]
        + [str(other_assembly_folder / f"{name}.template.json") for name in names],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == ""
    assert done.returncode == 0


# --- files

VPN: Final = LINKS["vpn-one"]
PUBLIC: Final = LINKS["public-one"]


def deployment(folder: Path, network: str = NETWORK, **files: dict[str, Any]) -> Deployment:
    """Somebody's own account, with those tenants."""
    demo = yaml.safe_load((ROOT / "infra" / "tenants" / "demo.yaml").read_text("utf-8"))
    del demo["pacs_url"]
    for name, facts in files.items():
        text = yaml.safe_dump({**demo, "tenant": name, **facts})
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    own = {"account": "111122223333", "alarm_email": "a@example.org", "pacs_network": network}
    return replace(Deployment.read({**context_of_project(), **own}), tenants=folder)


def judge_files(found: Deployment) -> list[tuple[str, int]]:
    tenants = [one.tenant for one in load(found)]
    require_network(tenants, found)
    return ways_out(tenants)


@pytest.mark.parametrize("facts", [VPN, PUBLIC], ids=["vpn", "public"])
def test_a_site_that_is_reached_from_the_cloud_needs_a_network(
    tmp_path: Path, facts: dict[str, Any]
) -> None:
    with pytest.raises(ConfigurationError, match=r"^one\.yaml: no network .* set `pacs_network`"):
        judge_files(deployment(tmp_path, "", one=facts))
    assert judge_files(deployment(tmp_path, one=facts))


def test_a_run_on_one_machine_needs_none() -> None:
    found = Deployment.read(context_of_project())
    require_network([one.tenant for one in load(found)], found)


def test_a_private_network_needs_one_everywhere(tmp_path: Path) -> None:
    found = replace(deployment(tmp_path, "", one=VPN), account="123456789012")
    with pytest.raises(ConfigurationError, match="no network"):
        judge_files(found)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"pacs_range": "10.64.0.128/26"}, "pacs_range is allotted already"),
        ({"vpn_gateway": "10.0.0.1"}, "vpn_gateway"),
        ({"vpn_gateway": "127.0.0.1"}, "vpn_gateway"),
        ({"pacs_url": "https://10.0.0.1/rs"}, "pacs_url"),
    ],
)
def test_addresses_of_a_site_are_its_own(
    tmp_path: Path, changes: dict[str, Any], told: str
) -> None:
    facts = {**VPN, **changes}
    facts.pop("pacs_store_url")
    with pytest.raises(ConfigurationError, match=rf"^one\.yaml: .*{told}"):
        judge_files(deployment(tmp_path, one=facts))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"vpn_gateway": "93.184.215.15"}, "pacs_range is allotted already"),
        ({"pacs_range": "100.64.3.8/29", "vpn_gateway": "93.184.215.15"}, "pacs_range"),
        ({"pacs_range": "100.64.4.0/28"}, "vpn_gateway is another site's"),
    ],
)
def test_two_sites_share_no_address(tmp_path: Path, changes: dict[str, Any], told: str) -> None:
    one = {name: value for name, value in VPN.items() if name != "pacs_store_url"}
    with pytest.raises(ConfigurationError, match=rf"^two\.yaml: {told}"):
        judge_files(deployment(tmp_path, one=one, two={**one, **changes}))


def test_a_group_lets_out_by_sixty_rules(tmp_path: Path) -> None:
    files = {
        f"site{number}": {**PUBLIC, "pacs_url": f"https://pacs.example:{8000 + number}/rs"}
        for number in range(60)
    }
    last = files.pop("site59")
    assert len(judge_files(deployment(tmp_path, NETWORK, **files))) == 60
    with pytest.raises(ConfigurationError, match="more than 60"):
        judge_files(deployment(tmp_path, site59=last))


def test_the_file_that_a_function_reads_has_the_range(linked: Assembly) -> None:
    [file] = [
        json.loads(one.properties["File"])
        for one in of(linked, "Custom::TenantFile")
        if one.stack == "DrimboxTenant-vpn-one"
    ]
    assert file["pacs_range"] == "100.64.3.0/28"
