"""An operator's order to withdraw a published study: it takes its turn as a message does."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Final

from functions.drimbox.oid import Uid
from functions.drimbox.values import frozen

# The prefix of an order's identifier, and of no other message's.
PREFIX: Final = "withdrawal-"


@frozen
class WithdrawalOrder:
    """``intent_id`` names the version in force when it was given, ``who`` the operator.

    ``reason`` is the operator's own word in one line, "" where none was given.
    """

    study_instance_uid: Uid
    intent_id: str
    who: str
    at: datetime
    reason: str = ""

    def message_id(self, tenant: str) -> str:
        """Its identifier: the same version is ordered away once, however often it is asked."""
        key = "\x1f".join((tenant, self.study_instance_uid, self.intent_id))
        return PREFIX + hashlib.sha256(key.encode()).hexdigest()[:32]

    def encode(self) -> bytes:
        """JSON."""
        return json.dumps(
            {
                "study_instance_uid": self.study_instance_uid,
                "intent_id": self.intent_id,
                "who": self.who,
                "at": self.at.isoformat(),
                "reason": self.reason,
            }
        ).encode()

    @classmethod
    def decode(cls, data: bytes) -> WithdrawalOrder:
        """The order that :meth:`encode` wrote."""
        facts = json.loads(data)
        return cls(
            study_instance_uid=Uid(facts["study_instance_uid"]),
            intent_id=facts["intent_id"],
            who=facts["who"],
            at=datetime.fromisoformat(facts["at"]),
            reason=facts.get("reason", ""),  # orders of former versions have none
        )


def withdrawal_key(message_id: str) -> str:
    """The order's key in the inbox."""
    return f"withdrawals/{message_id}.json"
