"""The attachment of one site: a site-to-site VPN between its gateway and ours."""

from __future__ import annotations

from typing import Final

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from functions.drimbox.tenants.model import Tenant
from infra.shared.alarms import alarm, known_topic
from infra.shared.network import VPN_GATEWAY

_IPSEC: Final = "ipsec.1"
# No BGP: the one route is the range that we allot. AWS wants a number for the site all the same.
_NO_ASN: Final = 65000
# ANSSI, recommendations for IPsec: IKEv2, AES-256 in GCM, SHA-384 or more, elliptic curves.
_ENCRYPTION: Final = ("AES256-GCM-16",)
_INTEGRITY: Final = ("SHA2-384", "SHA2-512")
_GROUPS: Final = (19, 20, 21)
_TUNNELS: Final = 2
# One tunnel of two is half (AWS/VPN, TunnelState of a whole connection). AWS replaces a tunnel
# within minutes; a site whose second one is down for hours has no way left at the next time.
_LOOK: Final = Duration.minutes(5)
_NONE_UP, _ALL_UP = 0.5, 1.0
_HOURS: Final = 36
_Of = ec2.CfnVPNConnection


class VpnAttachment(Construct):
    """Two tunnels, which carry traffic between our network and the site's range alone: a site
    reaches no other site. AWS makes the tunnels' keys, and keeps them in Secrets Manager."""

    def __init__(self, scope: Construct, tenant: Tenant, network: str) -> None:
        super().__init__(scope, "Vpn")
        allotted = str(tenant.pacs_range)
        site = ec2.CfnCustomerGateway(
            self, "Site", type=_IPSEC, ip_address=tenant.vpn_gateway, bgp_asn=_NO_ASN
        )
        connection = _Of(
            self,
            "Connection",
            type=_IPSEC,
            customer_gateway_id=site.ref,
            vpn_gateway_id=ssm.StringParameter.value_for_string_parameter(self, VPN_GATEWAY),
            static_routes_only=True,
            # The tunnels take packets between these two alone.
            local_ipv4_network_cidr=allotted,
            remote_ipv4_network_cidr=network,
            pre_shared_key_storage="SecretsManager",
            vpn_tunnel_options_specifications=[_tunnel() for _ in range(_TUNNELS)],
        )
        ec2.CfnVPNConnectionRoute(
            self, "Route", vpn_connection_id=connection.ref, destination_cidr_block=allotted
        )
        topic, name = known_topic(Stack.of(self)), tenant.tenant
        state = cloudwatch.Metric(
            namespace="AWS/VPN",
            metric_name="TunnelState",
            dimensions_map={"VpnId": connection.ref},
            statistic="Maximum",
            period=_LOOK,
        )
        alarm(
            self,
            "NoTunnel",
            f"The site of {name} is not reached: both tunnels of its VPN are down",
            state,
            topic,
            threshold=_NONE_UP,
            below=True,
            periods=2,
            silence_is_fine=False,
        )
        alarm(
            self,
            "OneTunnel",
            f"One tunnel to the site of {name} is down for hours: the other one is its last way",
            state,
            topic,
            threshold=_ALL_UP,
            below=True,
            periods=_HOURS,
        )


def _tunnel() -> ec2.CfnVPNConnection.VpnTunnelOptionsSpecificationProperty:
    return _Of.VpnTunnelOptionsSpecificationProperty(
        ike_versions=[_Of.IKEVersionsRequestListValueProperty(value="ikev2")],
        phase1_encryption_algorithms=[
            _Of.Phase1EncryptionAlgorithmsRequestListValueProperty(value=one) for one in _ENCRYPTION
        ],
        phase2_encryption_algorithms=[
            _Of.Phase2EncryptionAlgorithmsRequestListValueProperty(value=one) for one in _ENCRYPTION
        ],
        phase1_integrity_algorithms=[
            _Of.Phase1IntegrityAlgorithmsRequestListValueProperty(value=one) for one in _INTEGRITY
        ],
        phase2_integrity_algorithms=[
            _Of.Phase2IntegrityAlgorithmsRequestListValueProperty(value=one) for one in _INTEGRITY
        ],
        phase1_dh_group_numbers=[
            _Of.Phase1DHGroupNumbersRequestListValueProperty(value=one) for one in _GROUPS
        ],
        phase2_dh_group_numbers=[
            _Of.Phase2DHGroupNumbersRequestListValueProperty(value=one) for one in _GROUPS
        ],
    )
