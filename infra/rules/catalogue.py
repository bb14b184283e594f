"""Every rule, by its number in the static list of the security goals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from infra.rules import doors, flow, places, rights, silence, stores, watch
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
    Rule("A1", places.region),
    Rule("A2", places.no_copy_elsewhere),
    Rule("A3", doors.own_endpoint_only),
    Rule("A4", doors.client_certificate),
    Rule("A5", doors.authorizer_everywhere),
    Rule("A6", doors.no_other_door),
    Rule("A7", stores.bucket_policies),
    Rule("A8", stores.locked),
    Rule("A8", stores.retained),
    Rule("A8", stores.encrypted),
    Rule("A9", rights.least_privilege),
    Rule("A9", rights.audit_is_append_only),
    Rule("A10", rights.keys_have_owners),
    Rule("A11", flow.queues),
    Rule("A12", flow.event_sources),
    Rule("A13", flow.workflows),
    Rule("A14", silence.logs),
    Rule("A14", silence.no_data_in_logs),
    Rule("A15", silence.secrets),
    Rule("A18", watch.alarms),
    Rule("A19", doors.firewall),
    Rule("A20", doors.tls),
    Rule("A24", doors.access_log),
)


def judge(assembly: Assembly) -> Iterator[tuple[Rule, Finding]]:
    """Every finding of every rule."""
    for rule in RULES:
        for finding in rule.check(assembly):
            yield rule, finding
