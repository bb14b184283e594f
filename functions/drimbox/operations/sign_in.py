"""The facts that an operator's session holds."""

from __future__ import annotations

from functions.drimbox.values import frozen


@frozen
class OperatorFacts:
    """``subject`` is the ``sub`` of the operators' provider."""

    subject: str
