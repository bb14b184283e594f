"""The list prices of AWS for eu-west-3 (Paris), each with its source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# These come from no page that was read: they are to be compared before somebody relies on a cent of
# them. The others were compared with the price list (its usage type), the page of the service, or a
# page of somebody else, as each says.
_LIST: Final = "to be compared with the price page of the service"
_OTHERS: Final = "pages of others that do not tell the price of Paris apart"
_QUEUE: Final = "price list, EUW3-Requests-Tier1, November 2026"
_READ: Final = "price list, EUW3-ReadRequestUnits, November 2026"
_WRITE: Final = "price list, EUW3-WriteRequestUnits, November 2026"
_STATES: Final = "aws.amazon.com/step-functions/pricing, Europe (Paris), November 2026"
_LAMBDA: Final = "price list, EUW3-Lambda-GB-Second-ARM, November 2026"
_BILL: Final = "a published bill of 2019, usage type EUW3-"
_KMS: Final = "aws.amazon.com/kms/pricing, each key"
_WAF: Final = "pages of others; AWS says that it is the same in all regions"
_API: Final = "AWS whitepaper on private APIs, table 4, which names no region"

_VPC: Final = "known of November 2026, to be compared with aws.amazon.com/vpc/pricing"


@dataclass(frozen=True, slots=True)
class Price:
    """``dollars`` for one; the list gives ``shown`` for ``unit``."""

    what: str
    dollars: float
    shown: str
    unit: str
    source: str


def _price(what: str, listed: float, per: int, unit: str, source: str = _LIST) -> Price:
    return Price(what, listed / per, f"{listed:.7g}", unit, source)


PRICES: Final = {
    "api": _price("request of a REST API", 3.50, 10**6, "1,000,000", _API),
    "call": _price("call of a function", 0.20, 10**6, "1,000,000", _LAMBDA),
    "compute": _price(
        "compute of a function, arm64", 0.0000133334, 1, "a gigabyte and second", _LAMBDA
    ),
    "transition": _price("state transition", 0.0297, 1000, "1,000", _STATES),
    "queue": _price("request of a queue", 0.40, 10**6, "1,000,000", _QUEUE),
    "s3_put": _price("write or list of objects", 0.0053, 1000, "1,000", f"{_BILL}Requests-Tier1"),
    "s3_get": _price("read of an object", 0.00042, 1000, "1,000", f"{_BILL}Requests-Tier2"),
    "storage": _price("storage", 0.024, 1, "a gigabyte and month", f"{_BILL}TimedStorage-ByteHrs"),
    "read": _price("read unit of a table", 0.1487, 10**6, "1,000,000", _READ),
    "write": _price("write unit of a table", 0.7423, 10**6, "1,000,000", _WRITE),
    "secret": _price("secret", 0.40, 1, "a month", _OTHERS),
    "secret_read": _price("read of a secret", 0.05, 10**4, "10,000", _OTHERS),
    "key": _price("key", 1.00, 1, "a month", _KMS),
    "alarm": _price("alarm", 0.10, 1, "a month"),
    "metric": _price("metric", 0.30, 1, "a month", _OTHERS),
    "log": _price("log", 0.5985, 1, "a gigabyte"),
    "nat": _price("NAT gateway", 0.05, 1, "an hour", _VPC),
    "nat_bytes": _price("data through a NAT gateway", 0.05, 1, "a gigabyte", _VPC),
    "address": _price("public IPv4 address", 0.005, 1, "an hour", _VPC),
    "vpn": _price("VPN connection", 0.05, 1, "an hour", _VPC),
    "firewall": _price("web firewall", 5.00, 1, "a month", _WAF),
    "firewall_rule": _price("rule of a web firewall", 1.00, 1, "a month", _WAF),
}
