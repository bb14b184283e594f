"""Every rule, by its number in the static list of the security goals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from infra.rules import (
    alarms,
    entry_points,
    flow,
    logging,
    network,
    outside,
    regions,
    rights,
    stores,
)
from infra.rules.assembly import Assembly, Finding


@dataclass(frozen=True, slots=True)
class Rule:
    """``check`` yields what breaks the rule; its docstring says what the rule is for."""

    number: str
    check: Callable[[Assembly], Iterator[Finding]]

    @property
    def description(self) -> str:
        """The first sentence of the check's docstring."""
        return " ".join((self.check.__doc__ or "").split())


RULES: Final = (
    Rule("A1", regions.region),
    Rule("A2", regions.no_copy_elsewhere),
    Rule("A3", entry_points.own_endpoint_only),
    Rule("A4", entry_points.client_certificate),
    Rule("A5", entry_points.authorizer_everywhere),
    Rule("A6", entry_points.no_other_entry),
    Rule("A7", stores.bucket_policies),
    Rule("A8", stores.locked),
    Rule("A8", stores.passing),
    Rule("A8", stores.retained),
    Rule("A8", stores.encrypted),
    Rule("A9", rights.least_privilege),
    Rule("A9", rights.audit_is_append_only),
    Rule("A9", rights.secrets_by_kind),
    Rule("A10", rights.keys_have_owners),
    Rule("A11", flow.queues),
    Rule("A12", flow.event_sources),
    Rule("A13", flow.workflows),
    Rule("A13", flow.waits),
    Rule("A14", logging.logs),
    Rule("A14", logging.no_data_in_logs),
    Rule("A15", logging.secrets),
    Rule("A17", flow.concurrency),
    Rule("A18", alarms.alarms),
    Rule("A18", alarms.schedules),
    Rule("A19", entry_points.firewall),
    Rule("A20", entry_points.tls),
    Rule("A21", stores.tagged),
    Rule("A24", entry_points.access_log),
    Rule("A26", outside.private_hosts),
    Rule("A27", rights.loans),
    Rule("A28", rights.authority),
    Rule("A29", network.places),
    Rule("A29", network.ways),
    Rule("A29", network.addresses),
)


def judge(assembly: Assembly) -> Iterator[tuple[Rule, Finding]]:
    """Every finding of every rule."""
    for rule in RULES:
        for finding in rule.check(assembly):
            yield rule, finding
