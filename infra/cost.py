"""docs/cost.md: the bill of AWS, from the templates, the traced calls and the list prices.

``python -m infra.cost`` (``make cost``) synthesizes the project's own context and writes the page.
``infra/cost_calls.json`` holds the calls that a test traces through the functions' own code.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from functions.aws import metrics
from functions.drimbox.identity.certificate_findings import Use
from functions.drimbox.tenants.reading import read_tenant
from infra.prices import PRICES, Price
from infra.rules.assembly import Assembly, Resource
from infra.rules.flow import definition_of, states_of
from infra.rules.reading import read_assembly
from infra.shared.deployment import ROOT
from infra.shared.names import NETWORK_ZONES
from infra.synth import synthesize

PAGE: Final = ROOT / "docs" / "cost.md"
TRACE: Final = ROOT / "infra" / "cost_calls.json"
SITES: Final = (1, 10, 1000)
# A middling imaging centre.
STUDIES_A_MONTH: Final = 1500
_TENANT: Final = "DrimboxTenant-"
_HOURS: Final = 730
_GIB: Final = 1 << 30

# Assumptions; the page tells each of them.
SECONDS_A_CALL: Final = 0.3
SECONDS_A_FILL: Final = 5.0
LOG_BYTES_A_CALL: Final = 1500
# A record of two kilobytes is two units, and as many again for the index by state.
WRITE_UNITS: Final = {"studies": 4, "messages": 4}
OTHER_WRITE_UNITS: Final = 1
KEPT_MONTHS: Final = 12

_HEAD: Final = """\
`make cost` writes this page: from the templates, from the calls that a test traces through the
functions' own code, and from the list prices of AWS. A test compares the page with the command's
answer. [Decision 0082](decisions/0082-patience-quotas-cost.md) tells how the cost was lowered, and
[decision 0083](decisions/0083-secrets-of-tenants.md) why a site has no secret of its own at
$0.40."""
_ASSUMED: Final = """\
- The table of months has sites behind an agent, or on one machine: a deployment with a site that is
  reached from the cloud pays for the network too, and for each gigabyte of images through it.
- A record of a study or a message is two kilobytes, and as many for its index by state; another
  item is one. The traced functions share one process: on Lambda each reads its secrets itself,
  once in five minutes.
- Calls of KMS are not traced: tables, queues and buckets keep their data keys for minutes. A key is
  in its first year: each yearly rotation adds a dollar a month. By the news of AWS of April 2024,
  the first two alone do.
- Images leave the account for $0.09 a gigabyte, which is not counted here, nor are waits: a study
  that waits for a PACS or for the DMP costs more. Free tiers are left out."""

# The functions of a publication, the API requests behind them, and their calls by a queue.
_PUBLICATION: Final = (
    *("authorize_sender", "receive_message", "start_publication", "read_report", "index_study"),
    *("build_manifest", "publish_manifest", "settle_publication"),
)
_RETRIEVAL: Final = ("authorize_professional", "retrieve_study")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill: ``amount`` of units, and the price of one."""

    what: str
    amount: float
    price: Price

    @property
    def dollars(self) -> float:
        """Its part of the bill."""
        return self.amount * self.price.dollars


def for_publications(assembly: Assembly, trace: Mapping[str, int], count: int) -> list[Line]:
    """The bill of ``count`` studies, each published once and calmly."""
    return [
        Line("requests of the API", count, PRICES["api"]),
        *_lambdas(assembly, _PUBLICATION, count, SECONDS_A_CALL),
        Line("state transitions", count * transitions(assembly), PRICES["transition"]),
        # A message is sent, received and deleted; the poller's empty receives are the platform's.
        Line("requests of the queue", count * 3, PRICES["queue"]),
        *_calls(trace, count),
        Line(
            f"kept messages, documents and records of the audit, for {KEPT_MONTHS} months",
            count * trace.get("s3.bytes", 0) / _GIB * KEPT_MONTHS,
            PRICES["storage"],
        ),
        Line("log", _logs(len(_PUBLICATION) * count), PRICES["log"]),
    ]


def for_series(
    assembly: Assembly, filling: Mapping[str, int], retrieval: Mapping[str, int], count: int
) -> list[Line]:
    """The bill of ``count`` series that are cached, and retrieved once."""
    names = {*filling, *retrieval}
    both = {name: filling.get(name, 0) + retrieval.get(name, 0) for name in names}
    both.pop("s3.bytes", None)
    return [
        Line("requests of the API", count, PRICES["api"]),
        *_lambdas(assembly, ("fill_cache",), count, SECONDS_A_FILL),
        *_lambdas(assembly, _RETRIEVAL, count, SECONDS_A_CALL),
        Line("requests of the queue", count * 3, PRICES["queue"]),
        *_calls(both, count),
        Line("log", _logs(3 * count), PRICES["log"]),
    ]


def of_platform(assembly: Assembly) -> list[Line]:
    """The bill of a month before the first tenant."""
    parts = [one for one in assembly.resources() if not one.stack.startswith(_TENANT)]
    pollers = sum(
        math.ceil(one.properties["ScalingConfig"]["MaximumConcurrency"] / 2)
        for one in parts
        if one.type == "AWS::Lambda::EventSourceMapping"
    )
    rules = sum(
        len(one.properties.get("Rules", [])) for one in parts if one.type == "AWS::WAFv2::WebACL"
    )
    return [
        *_kept(parts),
        Line("web firewalls", _count(parts, "AWS::WAFv2::WebACL"), PRICES["firewall"]),
        Line("rules of them", rules, PRICES["firewall_rule"]),
        Line("alarms", _count(parts, "AWS::CloudWatch::Alarm"), PRICES["alarm"]),
        Line("metrics of our own", len(metrics.NAMES | metrics.GAUGES), PRICES["metric"]),
        # A poller asks for 20 seconds; five watch a quiet queue, whatever its ceiling.
        Line("requests of quiet queues", min(pollers, 15) * _HOURS * 180, PRICES["queue"]),
    ]


def of_tenant(assembly: Assembly) -> list[Line]:
    """The bill of a month of one tenant without traffic."""
    parts = [one for one in assembly.resources() if one.stack.startswith(_TENANT)]
    sweeps, checks = 2 * _HOURS, _HOURS
    certificates = sum(_certificates(one) for one in parts if one.type == "Custom::TenantFile")
    return [
        *_kept(parts),
        # A sweep lists three folders, a page each while the inbox is small.
        Line("lists of the inbox", 3 * sweeps, PRICES["s3_put"]),
        Line("reads of certificates", checks * certificates, PRICES["s3_get"]),
        Line("writes of tables", sweeps + checks * certificates, PRICES["write"]),
    ]


def of_network() -> list[Line]:
    """The bill of a month of the network, where some site is reached from the cloud, before it
    carries anything."""
    return [
        Line("NAT gateways, hours", len(NETWORK_ZONES) * _HOURS, PRICES["nat"]),
        Line("addresses, hours", len(NETWORK_ZONES) * _HOURS, PRICES["address"]),
    ]


def of_vpn() -> list[Line]:
    """The bill of a month of one site's private network."""
    return [
        Line("VPN connection, hours", _HOURS, PRICES["vpn"]),
        # AWS keeps the tunnels' keys in one.
        Line("secrets", 1, PRICES["secret"]),
    ]


def _certificates(file: Resource) -> int:
    """How many certificates the tenant of that file has."""
    tenant = read_tenant(json.loads(file.properties["File"]))
    return len(Use) * len({structure.holder for structure in tenant.structures})


def transitions(assembly: Assembly) -> int:
    """The states that a calm publication enters, without waiting for its series."""
    [machine] = [
        one
        for one in assembly.resources("AWS::StepFunctions::StateMachine")
        if one.properties["StateMachineName"] == "drimbox-publish"
    ]
    definition = definition_of(assembly, machine)
    states = dict(states_of(definition))
    count, name = 0, str(definition["StartAt"])
    while name:
        count, state = count + 1, states[name]
        name = str(_next(state) or "")
    return count


def _next(state: Mapping[str, Any]) -> str | None:
    """The next state of a calm execution: the outcome is ``continue``, and nothing is prepared."""
    for choice in state.get("Choices", ()):
        if choice.get("StringEquals") == "continue":
            return str(choice["Next"])
    return state.get("Default") or state.get("Next")


def _kept(parts: list[Resource]) -> Iterator[Line]:
    yield Line("keys", _count(parts, "AWS::KMS::Key"), PRICES["key"])
    yield Line("secrets", _count(parts, "AWS::SecretsManager::Secret"), PRICES["secret"])


def _count(parts: list[Resource], kind: str) -> int:
    return sum(one.type == kind for one in parts)


def _lambdas(
    assembly: Assembly, names: tuple[str, ...], count: int, seconds: float
) -> Iterator[Line]:
    memory = {
        one.properties["Handler"].split(".")[1]: one.properties["MemorySize"] / 1024
        for one in assembly.resources("AWS::Lambda::Function")
    }
    used = sum(memory[name] for name in names) * seconds * count
    who = names[0] if len(names) == 1 else f"{len(names)} functions"
    yield Line(f"calls of {who}", len(names) * count, PRICES["call"])
    yield Line(f"compute of {who}", used, PRICES["compute"])


def _calls(trace: Mapping[str, int], count: int) -> Iterator[Line]:
    """The traced calls of stores."""
    sums: dict[str, float] = {}
    for name, times in trace.items():
        kind, units = _kind(name)
        if kind:
            sums[kind] = sums.get(kind, 0) + units * times
    for kind, amount in sorted(sums.items()):
        yield Line(f"traced: {PRICES[kind].what}", amount * count, PRICES[kind])


def _kind(name: str) -> tuple[str, int]:
    """The price of a traced call, and its units; "" for one that is counted otherwise or free."""
    operation, _, table = name.partition(" ")
    service, _, verb = operation.partition(".")
    if service == "s3" and verb != "bytes":
        is_read = verb.startswith(("Get", "Head"))
        free = verb.startswith(("Delete", "Abort"))
        return ("" if free else "s3_get" if is_read else "s3_put"), 1
    if service == "dynamodb":
        if verb in {"GetItem", "Query", "Scan", "BatchGetItem"}:
            return "read", 1
        return "write", WRITE_UNITS.get(table, OTHER_WRITE_UNITS)
    return ("secret_read", 1) if service == "secretsmanager" else ("", 0)


def _logs(calls: int) -> float:
    return calls * LOG_BYTES_A_CALL / _GIB


def total(lines: list[Line]) -> float:
    """In dollars."""
    return sum(line.dollars for line in lines)


def page(assembly: Assembly, trace: Mapping[str, Mapping[str, int]]) -> str:
    """The whole page."""
    return "\n".join(_page(assembly, trace)) + "\n"


def _page(assembly: Assembly, trace: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    thousand = for_publications(assembly, trace["publication"], 1000)
    series = for_series(assembly, trace["filling"], trace["retrieval"], 1000)
    platform, tenant = of_platform(assembly), of_tenant(assembly)
    yield "# The bill"
    yield ""
    yield _HEAD
    yield ""
    yield "## A month"
    yield ""
    yield (
        f"A site publishes {STUDIES_A_MONTH:,} studies a month; one series of each is cached and "
        "retrieved once."
    )
    yield ""
    yield "| sites | platform | before traffic | publications | series | together | a site |"
    yield "|---|---|---|---|---|---|---|"
    for sites in SITES:
        moved = sites * STUDIES_A_MONTH / 1000
        parts = (
            total(platform),
            sites * total(tenant),
            moved * total(thousand),
            moved * total(series),
        )
        cells = (f"${part:,.2f}" for part in (*parts, sum(parts), sum(parts) / sites))
        yield f"| {sites:,} | {' | '.join(cells)} |"
    yield ""
    for title, lines in (
        ("1,000 studies published", thousand),
        ("1,000 series cached, and retrieved once", series),
        ("The platform, a month, before the first site", platform),
        ("A site with two structures, a month, before traffic", tenant),
        ("The network for `public` and `vpn`, a month (decision 0097)", of_network()),
        ("A site with the link `vpn`, a month, beside that", of_vpn()),
    ):
        yield from _bill(title, lines)
    yield "## Prices"
    yield ""
    yield "| price | dollars | for | source |"
    yield "|---|---|---|---|"
    for price in PRICES.values():
        yield f"| {price.what} | {price.shown} | {price.unit} | {price.source} |"
    yield ""
    yield "## Assumptions"
    yield ""
    yield (
        f"- A function works for {SECONDS_A_CALL:g} seconds, a fill of the cache for "
        f"{SECONDS_A_FILL:g}; a call writes {LOG_BYTES_A_CALL:,} bytes of log."
    )
    yield f"- Everything that is stored is paid for {KEPT_MONTHS} months."
    yield _ASSUMED


def _bill(title: str, lines: list[Line]) -> Iterator[str]:
    yield f"## {title}: ${total(lines):,.2f}"
    yield ""
    yield "| part | amount | dollars |"
    yield "|---|---|---|"
    for line in sorted(lines, key=lambda one: -one.dollars):
        amount = f"{line.amount:,.0f}" if line.amount >= 10 else f"{line.amount:.3g}"
        yield f"| {line.what} | {amount} | {line.dollars:.3f} |"
    yield ""


def main() -> None:
    """Write the page."""
    with tempfile.TemporaryDirectory() as folder:
        done = synthesize(Path(folder), {})
        if done.returncode:
            raise SystemExit(done.stderr)
        written = page(read_assembly(Path(folder)), json.loads(TRACE.read_text("utf-8")))
    PAGE.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
