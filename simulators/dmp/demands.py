"""The VIHF that each transaction demands: the modes and the purposes that may ask for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from simulators.dmp.soap import SoapFault
from simulators.dmp.vihf import AIR, MODES, Vihf


@dataclass(frozen=True, slots=True)
class Demand:
    """The modes and purposes that a transaction takes; None takes every purpose."""

    modes: frozenset[str] = MODES
    purposes: frozenset[str] | None = None


# Neither feeding in another's name nor a consultation by a structure alone exists: EX_AIR-010 gives
# AIR to the consultation, and setAuthorization belongs to its profile (EX_0.3-1010).
DEMANDS: Final[Mapping[str, Demand]] = {
    "td0.2": Demand(),
    "td0.3": Demand(modes=frozenset({"DIRECTE", AIR}), purposes=frozenset({"normal"})),
}


def check_demands(transaction: str, vihf: Vihf) -> None:
    """Raises :class:`SoapFault` for a VIHF that this transaction does not take."""
    demand = DEMANDS.get(transaction, Demand())
    if vihf.mode not in demand.modes:
        raise SoapFault("this mode does not serve this transaction", "wsse:FailedAuthentication")
    if demand.purposes is not None and vihf.purpose not in demand.purposes:
        raise SoapFault("this purpose does not serve this transaction", "wsse:FailedAuthentication")
