"""The facts that an operator's session holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OperatorFacts:
    """``subject`` is the ``sub`` of the operators' provider."""

    subject: str
