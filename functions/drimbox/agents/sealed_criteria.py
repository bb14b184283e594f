"""The criteria of an operator's search, about a patient: sealed while an agent is asked."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import fields
from typing import TYPE_CHECKING, Final

from functions.drimbox.study.found_study import StudyCriteria
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable

    from functions.drimbox.identity.sealing import Seal

PURPOSE: Final = "searches of agents"


@frozen
class SealedCriteria:
    """Implements ``site_pacs.Seals``: ``secret`` is the tenant's own, ``seal`` made of it for this
    purpose, ``nonce`` gives one that was never used.
    """

    secret: bytes
    seal: Seal
    nonce: Callable[[], bytes]

    def close(self, place: str, criteria: StudyCriteria) -> str:
        """The sealed text of the criteria for the question at ``place``."""
        return self.seal.close(place, _written(criteria), self.nonce())

    def open(self, place: str, sealed: str) -> StudyCriteria | None:
        """The criteria; None where they were not sealed for this place."""
        content = self.seal.open(place, sealed)
        return None if content is None else StudyCriteria(**json.loads(content))

    def digest(self, criteria: StudyCriteria) -> str:
        """A keyed digest: without the secret, nobody can tell by trying whom a search was about."""
        told = f"{PURPOSE}\0".encode() + _written(criteria)
        return hmac.new(self.secret, told, hashlib.sha256).hexdigest()

    def __repr__(self) -> str:
        return "SealedCriteria(…)"


def _written(criteria: StudyCriteria) -> bytes:
    told = {one.name: getattr(criteria, one.name) for one in fields(StudyCriteria)}
    return json.dumps(told, sort_keys=True).encode()
