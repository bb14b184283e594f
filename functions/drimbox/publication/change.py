"""The input of one workflow execution, and the outcomes by which the workflow goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.oid import Uid
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

# The outcomes by which the state machine decides whether to go on.
CONTINUE: Final = "continue"
DONE: Final = "done"


@frozen
class Change:
    """The input of one workflow execution: one message, one study. It holds pointers only.

    ``override`` is the number of the operator's override that is in force, 0 without any.
    """

    tenant: str
    message_id: str
    study_instance_uid: Uid
    replay: int
    override: int = 0

    @classmethod
    def read(cls, event: Mapping[str, Any]) -> Change:
        """From a workflow's state."""
        return cls(
            tenant=str(event["tenant"]),
            message_id=str(event["message_id"]),
            study_instance_uid=Uid(event["study_instance_uid"]),
            replay=int(event["replay"]),
            override=int(event["override"]),
        )

    def state(self, **more: Any) -> dict[str, Any]:
        """The workflow's state after a step; the message's id is also the correlation id."""
        return {
            "tenant": self.tenant,
            "message_id": self.message_id,
            "study_instance_uid": str(self.study_instance_uid),
            "replay": self.replay,
            "override": self.override,
            "correlation_id": self.message_id,
            **more,
        }
