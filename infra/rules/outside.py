"""The hosts that functions may reach."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from infra.rules.assembly import Assembly, Finding, at

# Variables that name hosts at private addresses, and their value where there is none.
_PRIVATE: Final = ("PRIVATE_PACS", "PRIVATE_PEERS")
_NONE: Final = "-"
_THIS_MACHINE: Final = frozenset({"127.0.0.1", "localhost"})


def private_hosts(assembly: Assembly) -> Iterator[Finding]:
    """A26: no function may connect to a private address, but in a run whose own hosts are on one
    machine.
    """
    domains = {
        str(one.properties.get("DomainName"))
        for one in assembly.resources("AWS::ApiGateway::DomainName")
    }
    if domains and domains <= _THIS_MACHINE:
        return
    for function in assembly.resources("AWS::Lambda::Function"):
        variables = function.properties.get("Environment", {}).get("Variables", {})
        for name in _PRIVATE:
            if variables.get(name, _NONE) != _NONE:
                yield at(function, f"{name} names a host at a private address")
